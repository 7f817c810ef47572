"""Calibrated refinement: say less, as people do — and check by execution that it still means exactly one thing.

The four operators of arXiv:2605.18703: implicit reference (`it`, `that task`), omitted parameter (the same list as
before, or the only one that fits), action compression (several actions in one sentence), resolvable ambiguity (`the
task with the earliest due date`). Each is tried on the story's live rows and kept only when it resolves to the row that
gold acts on.
"""

from __future__ import annotations

from random import Random

from envfactory.querygen import words
from envfactory.querygen.ask import answered, extreme
from envfactory.querygen.query import (
    BACKWARD,
    EARLIER,
    IMPLICIT,
    NAMED,
    NTH,
    OMITTED,
    OTHER,
    Wording,
    focus_before,
    nameable,
)
from envfactory.querygen.story import Move, Referent, Story, parts

_EXTREMES_FIRST = 0.4
"""How often an extreme is tried before `it`, which nearly always works once something was spoken of."""
OPERATORS = ("implicit_reference", "omitted_parameter", "compressed", "ambiguity")


def refine(story: Story, *, random: Random, strength: float = 0.85) -> tuple[Wording, tuple[str, ...]]:
    """A wording with refinements, and the names of those that were applied; `strength` is the chance of each."""
    wording = Wording()
    applied: set[str] = set()
    for number, move in enumerate(story.moves):
        # what is acted on comes first: whether its list may go unsaid depends on how it is named
        order = sorted(move.referents.items(), key=lambda item: move.spec.parameter(item[0]).role != "key")
        for parameter, referent in order:
            role = move.spec.parameter(parameter).role
            if role == "scope" and only_one(story, move, referent):
                wording.ways[(number, parameter)] = OMITTED  # nobody names the one organization there is
                continue
            told = IMPLICIT in (wording.ways.get((number, name)) for name in move.referents)
            if role == "scope" and told and _lives(move):
                wording.ways[(number, parameter)] = OMITTED  # "move it", not "move it in the list ..."
                continue
            before = focus_before(story, number)
            fresh = before is not None and before.same == referent.same and story.moves[number - 1].turn == move.turn
            if nameable(referent) and move.act == "request" and not fresh and random.random() > strength:
                continue  # what has no name yet cannot be named
            for operator, way in _options(story, number, move, parameter, referent, role, random):
                if resolves(story, wording, number, parameter, way):
                    wording.ways[(number, parameter)] = way
                    applied.add(operator)
                    break
    _introduce(story, wording)
    for turn in range(story.count):
        moves = story.in_turn(turn)
        if len(moves) > 1 and all(move.spec.writes for move in moves) and random.random() < strength:
            wording.joined.add(turn)
            applied.add("compressed")
    return wording, tuple(operator for operator in OPERATORS if operator in applied)


def _introduce(story: Story, wording: Wording) -> None:
    """Say what no look-up tells, such as whose repository it is, when it is first needed; later it may go unsaid."""
    known: set[tuple[str, str, str]] = set()
    for number, move in enumerate(story.moves):
        looked_up = {use.partition(".")[0] for use in story.calls[move.place].uses}
        for name, referent in move.referents.items():
            if name not in looked_up and referent.same not in known and wording.way(number, name) == OMITTED:
                del wording.ways[(number, name)]
            if name in looked_up or wording.way(number, name) != OMITTED:
                known.add(referent.same)


def _options(
    story: Story, number: int, move: Move, parameter: str, referent: Referent, role: str, random: Random
) -> list[tuple[str, str]]:
    if role == "scope" and move.question and move.target is None:
        return [("implicit_reference", IMPLICIT)]  # "how many tasks are there?" would ask about all lists
    if role == "scope" and move.spec.effect in {"clear", "delete"} and move.target is None:
        return [("implicit_reference", IMPLICIT)]  # nobody clears all there is without saying of what
    if role == "scope":
        return [("omitted_parameter", OMITTED), ("implicit_reference", IMPLICIT)]
    options = [("implicit_reference", IMPLICIT)]
    if role == "key" and _compared(story, move, parameter, referent):
        measures = [a.name for a in referent.entity.attributes if move.question != f"field:{a.name}"]
        random.shuffle(measures)
        extremes = [("ambiguity", f"{side}:{name}") for name in measures for side in ("first", "last")]
        options = [*extremes, *options] if random.random() < _EXTREMES_FIRST else [*options, *extremes]
    return options


def resolves(story: Story, wording: Wording, number: int, parameter: str, way: str) -> bool:
    """Whether a listener with the live rows and the conversation so far finds exactly the row that is meant."""
    move = story.moves[number]
    referent = move.referents[parameter]
    if way == IMPLICIT:
        return _implicit(story, wording, number, referent)
    if way == OMITTED:
        return _omitted(story, wording, number, move, referent)
    if way == EARLIER:
        alike = {r.same for r in mentions(story, wording, number) if _alike(r, referent)}
        return alike == {referent.same}
    if way == OTHER or way.startswith(NTH):
        return _counted(story, wording, number, referent, way)
    side, _, name = way.partition(":")
    try:
        attribute = referent.entity.attribute(name)
    except KeyError:
        return False
    items = [referent.item, *referent.peers]
    found = extreme(attribute, side, items, referent.entity.label)
    return found is not None and found is referent.item


def mentions(story: Story, wording: Wording, number: int) -> list[Referent]:
    """The rows spoken of before a move, by the user or in an answer: what a move acts on, makes or finds comes last,
    what went unsaid is not among them."""
    return [referent for _, referent in _spoken(story, wording, number)]


def _spoken(story: Story, wording: Wording, number: int) -> list[tuple[int, Referent]]:
    """The rows spoken of before a move, each with its turn."""
    found: list[tuple[int, Referent]] = []
    for place, move in enumerate(story.moves[:number]):
        said = [r for name, r in move.referents.items() if wording.way(place, name) != OMITTED]
        target = move.created or move.target
        rows = [r for r in said if target is None or r.same != target.same]
        rows += [target] if target is not None else []
        found += [(move.turn, row) for row in (*rows, *answered(move))]
    return found


def _implicit(story: Story, wording: Wording, number: int, referent: Referent) -> bool:
    """`it` is what the move before made or acted on; `that task` the last task spoken of."""
    focus = focus_before(story, number)
    spoken = mentions(story, wording, number)
    several = {r.same for r in answered(story.moves[number - 1])} if number else set[tuple[str, str, str]]()
    if len(several) > 1 and any(_alike(r, referent) for r in answered(story.moves[number - 1])):
        return False  # after "the tasks are A and B", that task is neither
    if focus is not None and focus.same == referent.same and any(r.same == focus.same for r in spoken):
        return True
    alike = [(turn, r) for turn, r in _spoken(story, wording, number) if _alike(r, referent)]
    if not alike or alike[-1][1].same != referent.same:
        return False
    gone = {move.target.same for move in story.moves[:number] if move.spec.effect == "delete" and move.target}
    noun = words.noun_for(referent.entity, referent.item)
    rivals = [r for turn, r in alike if turn == alike[-1][0] and words.noun_for(r.entity, r.item) == noun]
    return all(r.same == referent.same or r.same in gone for r in rivals)  # of two in one turn, which?


def _alike(one: Referent, other: Referent) -> bool:
    """Whether they are of one kind."""
    return one.environment == other.environment and one.entity.name == other.entity.name


def _counted(story: Story, wording: Wording, number: int, referent: Referent, way: str) -> bool:
    """`the second of those tasks`: of the last answer that named several of the kind, where no other of them was named
    since but by what it was. `the other task`: of two that an answer named, the one that nothing was done to since."""
    for place in reversed(range(number)):
        listed = [r for r in answered(story.moves[place]) if _alike(r, referent)]
        if len(listed) < 2:
            continue
        since = {r.same for r in _said_since(story, place, number) if _alike(r, referent)}
        order = [r.same for r in listed]
        if way == OTHER:
            return len(order) == 2 and referent.same in order and since == {*order} - {referent.same}
        if not since <= {*order}:
            return False
        wanted = order[-1] if way == f"{NTH}last" else next(iter(order[int(way.removeprefix(NTH)) - 1 :]), None)
        return wanted == referent.same
    return False


def _said_since(story: Story, place: int, number: int) -> list[Referent]:
    """The rows that the moves between two places act on, make or find."""
    found: list[Referent] = []
    for move in story.moves[place + 1 : number]:
        found += [*move.referents.values(), *answered(move)]
        found += [move.created] if move.created else []
    return found


def _compared(story: Story, move: Move, parameter: str, referent: Referent) -> bool:
    """Whether a listener knows with which others a row is compared: with all of its kind, or with those of the place it
    lives in; the longest track of an album, or the dearest order of a customer, nobody named is not to be found."""
    if referent.entity.scope:
        return True
    uses = story.calls[move.place].uses
    source = next((use for name, use in uses.items() if name.partition(".")[0] == parameter), "")
    if not source:
        return True
    call = story.calls[int(source.partition(".")[0])]
    environment, tool = parts(call.tool)
    spec = story.moments[move.turn].environments[environment].spec
    return spec is None or not any(
        p.role in {"scope", "key"} or (p.role in {"reference", "filter"} and p.name in call.arguments)
        for p in spec.tool(tool).parameters
    )


def _lives(move: Move) -> bool:
    """Whether the row acted on lives in one place, as a task in its list: a song may be on many playlists."""
    return move.target is None or bool(move.target.entity.scope)


def only_one(story: Story, move: Move, referent: Referent) -> bool:
    """Whether there is no other row of its kind when a move's turn begins; nobody names what there is one of."""
    if move.turn >= len(story.moments):
        return False
    db = story.moments[move.turn].environments[move.environment].db
    return db.value(f'SELECT count(*) FROM "{referent.entity.table}"') == 1


def _omitted(story: Story, wording: Wording, number: int, move: Move, referent: Referent) -> bool:
    """A scope may go unsaid when it is the last one spoken of, or when only one row could be meant without it."""
    moment = story.moments[move.turn].environments[move.environment]
    if only_one(story, move, referent):
        return True
    key = next((p.name for p in move.spec.parameters if p.role == "key" and p.name in move.referents), "")
    if key:
        target, way = move.referents[key], wording.way(number, key)
        if not _lives(move):
            return number > 0 and _implicit(story, wording, number, referent)
        if way.startswith(BACKWARD):
            return True  # whoever knows which task is meant knows its list
        if way != NAMED or not target.label or target.created:
            return number > 0 and _implicit(story, wording, number, referent)
        label = target.entity.label
        sql = f'SELECT count(*) FROM "{target.entity.table}" WHERE "{label}" = ?'
        if label in moment.db.schema.tables[target.entity.table].names:
            return moment.db.value(sql, (target.label,)) == 1
        return False
    return number > 0 and _implicit(story, wording, number, referent)
