"""References across turns: a turn speaks of a row only by what an earlier turn named or found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from random import Random

from pydantic import JsonValue

from envfactory.environment.environment import Environment
from envfactory.environment.session import Session
from envfactory.environment.spec import Entity, ToolSpec
from envfactory.graph.chain import Binding, Chain
from envfactory.messages import ToolCall
from envfactory.querygen.ask import answered
from envfactory.querygen.certify import Rejected
from envfactory.querygen.kinds.draft import Draft, Recipe, Shape
from envfactory.querygen.policy import Policy
from envfactory.querygen.query import BACKWARD, EARLIER, IMPLICIT, NAMED, NTH, OMITTED, OTHER, Wording, focus_before
from envfactory.querygen.refine import mentions, resolves
from envfactory.querygen.story import Move, Referent, Story, parts
from envfactory.querygen.told import faithful, told
from envfactory.rollout.oracle import Oracle, numbered
from envfactory.rollout.oracle import Story as Played
from envfactory.rollout.task import GoldCall, Task, Turn

MOST_TURNS = 3
_WAYS: tuple[tuple[str, str], ...] = (
    (IMPLICIT, "implicit_reference"),
    (EARLIER, "back_reference"),
    (OTHER, "counted_reference"),
    (NTH, "counted_reference"),
)


class References(Recipe):
    """Tasks in which a write acts on a row that its turn does not name: `the second of those tasks`."""

    kind = "references"
    shape = Shape(length=(2, 7), turns=(2, 3))

    def fits(self, chain: Chain) -> bool:
        """Whether two steps share a row."""
        return next(_pairs(chain), None) is not None

    def prepare(self, chain: Chain, library: Mapping[str, type[Environment]], random: Random) -> Chain:
        """The chain with a turn ending between two steps that share a row, unless one does; the later one writes."""
        turn_of = {place: turn for turn, places in enumerate(chain.turns) for place in places}
        closing = {places[-1] for places in chain.turns}
        writes = {place for place in range(len(chain.steps)) if _tool(chain, library, place).writes}
        pairs = [(i, j) for i, j in _pairs(chain) if j in writes]
        pairs = [(i, j) for i, j in pairs if i in writes] or pairs  # what was written is surely spoken of
        if not pairs or any(turn_of[i] < turn_of[j] and i in writes | closing for i, j in pairs):
            return chain
        earlier, _ = random.choice(pairs)
        cuts = {places[0] for places in chain.turns[1:]} | {earlier + 1}
        while len(cuts) > MOST_TURNS - 1:
            cuts.remove(random.choice(sorted(cuts - {earlier + 1})))
        return recut(chain, cuts)

    def recast(self, draft: Draft) -> Task:
        """The draft in words that point back over the turns; raises Rejected when nothing can be pointed at so."""
        story = draft.story
        wording = replace(draft.wording, ways=dict(draft.wording.ways), pressed=set[int]())
        crossing = [*_rewritten(story, wording, draft.random)]
        if not any(story.moves[number].spec.writes for number, _ in crossing):
            raise Rejected("no reference across turns")
        for number, move in enumerate(story.moves):
            for parameter in move.referents:
                way = wording.way(number, parameter)
                if way != NAMED and not resolves(story, wording, number, parameter, way):
                    raise Rejected("a reference does not resolve")
        used = {wording.way(number, parameter) for number, parameter in crossing}
        ways = [name for way, name in _WAYS if any(u.startswith(way) for u in used)]
        operators = tuple(dict.fromkeys((*draft.task.operators, *ways)))
        task = told(story, wording, operators, draft.library, random=draft.random)
        faithful(story, wording, task)
        for number, parameter in crossing:
            move = story.moves[number]
            label = move.referents[parameter].label
            if label and label.lower() in task.turns[move.turn].query.lower():
                raise Rejected("the turn names what it points at")
        return task.model_copy(update={"kind": "references"}).named()

    def policies(self, task: Task) -> Iterator[Policy]:
        """Who forgets fails, who looks the row up again passes."""
        yield Policy("forgets earlier turns", Forgetful.of)
        if Looker.sources(task):
            yield Policy("looks the rows up again", Looker.of, passes=True)


def recut(chain: Chain, cuts: Iterable[int]) -> Chain:
    """The chain with turns that end before these steps."""
    edges = [0, *sorted(cuts), len(chain.steps)]
    turns = tuple(tuple(range(a, b)) for a, b in pairwise(edges))
    return chain.model_copy(update={"turns": turns})


def _tool(chain: Chain, library: Mapping[str, type[Environment]], place: int) -> ToolSpec:
    environment, name = parts(chain.steps[place].tool)
    spec = library[environment].spec
    if spec is None:
        raise Rejected(f"{environment} has no contract")
    return spec.tool(name)


def _slot(binding: Binding) -> tuple[int, str, int] | None:
    """Which element of which result a binding takes; None for what the user says."""
    return None if binding.step is None else (binding.step, binding.path.rpartition(".")[0], binding.item)


def _pairs(chain: Chain) -> Iterator[tuple[int, int]]:
    """Steps that act on one row: the later takes it from the earlier, or both from one place."""
    slots = [{s for b in step.bindings.values() if (s := _slot(b)) is not None} for step in chain.steps]
    for later in range(1, len(slots)):
        for earlier in range(later):
            if slots[later] & slots[earlier] or any(step == earlier for step, _, _ in slots[later]):
                yield earlier, later


# The words ------------------------------------------------------------------------------------------------------------


def _rewritten(story: Story, wording: Wording, random: Random) -> Iterator[tuple[int, str]]:
    """Change the wording so that rows are spoken of by what earlier turns said; yields each such reference."""
    for number, move in enumerate(story.moves):
        order = sorted(move.referents.items(), key=lambda item: move.spec.parameter(item[0]).role != "key")
        for parameter, referent in order if move.turn else ():
            if not _across(story, wording, number, referent) or not _doubtful(story, wording, number, parameter):
                continue
            keyed = any(wording.way(number, name).startswith(BACKWARD) for name in move.referents if name != parameter)
            if wording.way(number, parameter) == OMITTED and keyed:
                continue  # whoever knows the task knows its list
            for way in _ways(story, number, referent, random):
                if resolves(story, wording, number, parameter, way):
                    wording.ways[(number, parameter)] = way
                    yield number, parameter
                    break


def _ways(story: Story, number: int, referent: Referent, random: Random) -> list[str]:
    """Ways to point back, the one that sounds best first."""
    listed: list[tuple[str, str, str]] = []
    for move in story.moves[:number]:
        found = [other.same for other in answered(move)]
        listed = found if referent.same in found else listed
    counted = [OTHER] if len(listed) == 2 else []
    if len(listed) > 1:
        place = listed.index(referent.same)
        last = [f"{NTH}last"] if place == len(listed) - 1 > 1 else []
        counted += [*last, f"{NTH}{place + 1}"]
    focus = focus_before(story, number)
    near = focus is not None and focus.same == referent.same
    plain = [IMPLICIT, EARLIER] if near or random.random() < 0.5 else [EARLIER, IMPLICIT]
    return [*counted, *plain]


def _across(story: Story, wording: Wording, number: int, referent: Referent) -> bool:
    """Whether an earlier turn spoke of the row, and this one has not named or made it."""
    move = story.moves[number]
    first = next(place for place, other in enumerate(story.moves) if other.turn == move.turn)
    if not any(r.same == referent.same for r in mentions(story, wording, first)):
        return False
    return not any(
        _names(wording, place, other, referent) for place, other in enumerate(story.moves[first:number], first)
    )


def _names(wording: Wording, place: int, move: Move, referent: Referent) -> bool:
    """Whether a move says which row is meant by something else than what was said before."""
    made = move.created is not None and move.created.same == referent.same
    ways = [wording.way(place, name) for name, other in move.referents.items() if other.same == referent.same]
    return made or any(way != OMITTED and not way.startswith(BACKWARD) for way in ways)


def _doubtful(story: Story, wording: Wording, number: int, parameter: str) -> bool:
    """Whether, by the words of this turn alone, two rows or more could be meant."""
    move = story.moves[number]
    referent = move.referents[parameter]
    db = story.moments[move.turn].environments[move.environment].db
    entity = referent.entity
    homes = [
        other.key for name, other in move.referents.items()
        if move.spec.parameter(name).role == "scope" and move.spec.parameter(name).field == entity.scope
        and name != parameter and wording.way(number, name) == NAMED
    ]  # fmt: skip
    where = {entity.scope: homes[-1]} if homes and entity.scope in db.schema.tables[entity.table].names else {}
    return len(db.find(entity.table, **where)) >= 2


# The certificate ------------------------------------------------------------------------------------------------------


class Forgetful(Oracle):
    """Takes another row for the one that an earlier turn spoke of; does the rest right."""

    @classmethod
    def of(cls, task: Task) -> Forgetful:
        """The policy for a task."""
        return cls("forgetful", task, task.seed)

    def enter(self, session: Session) -> None:
        """Choose which row is taken for which, by number of the gold call."""
        self.wrong: dict[int, dict[str, JsonValue]] = {}
        number = 0
        seen: list[tuple[Entity, JsonValue]] = []
        for place, turn in enumerate(self.task.turns):
            first, mistaken = number, False
            for call in turn.calls:
                spoken = [*_rows(call, session)]
                if place and call.writes and not mistaken:
                    mistaken = self._mistake(number, first, call, spoken, seen, turn, session)
                number += 1
            seen += [row for call in turn.calls for _, *row in _rows(call, session)]  # type: ignore[misc]

    def _mistake(
        self,
        number: int,
        first: int,
        call: GoldCall,
        spoken: list[tuple[str, Entity, JsonValue]],
        seen: list[tuple[Entity, JsonValue]],
        turn: Turn,
        session: Session,
    ) -> bool:
        for name, entity, key in spoken:
            made = int(call.uses.get(name, str(first)).partition(".")[0]) < first
            if not made and not any(other.name == entity.name and value == key for other, value in seen):
                continue
            db = session.environments[parts(call.tool)[0]].db
            rows = db.find(entity.table)
            label = next((str(row.get(entity.label) or "") for row in rows if row[entity.key] == key), "")
            if label and label.lower() in turn.query.lower():
                continue
            others = [{name: row[entity.key]} for row in rows if row[entity.key] != key]
            for other in others:
                with session.fork() as fork:
                    if fork.call(call.tool, {**call.arguments, **other}).outcome == "ok":
                        self.wrong[number] = other
                        return True
            if others:
                self.wrong[number] = others[0]
                return True
        return False

    def waiting(self, story: Played, turn: Turn) -> list[ToolCall]:
        """The next gold calls, on the wrong row where the words of the turn do not say which one is meant."""
        return [
            call.model_copy(update={"arguments": {**call.arguments, **self.wrong.get(numbered(call.id), {})}})  # type: ignore[dict-item]
            for call in super().waiting(story, turn)
        ]


def _rows(call: GoldCall, session: Session) -> Iterator[tuple[str, Entity, JsonValue]]:
    """The rows that a call's arguments name, by parameter; what it acts on first."""
    environment, name = parts(call.tool)
    spec = session.environments[environment].spec
    if spec is None:
        return
    for parameter in sorted(spec.tool(name).parameters, key=lambda p: p.role != "key"):
        value = call.arguments.get(parameter.name)
        if parameter.entity and parameter.role in {"key", "scope", "reference"} and isinstance(value, (str, int)):
            yield parameter.name, spec.entity(parameter.entity), value


class Looker(Oracle):
    """Trusts no memory: makes the look-ups of earlier turns again before it acts on what they found."""

    @classmethod
    def of(cls, task: Task) -> Looker:
        """The policy for a task."""
        return cls("looker", task, task.seed)

    @staticmethod
    def sources(task: Task) -> dict[int, list[int]]:
        """By turn, the numbers of the reads of earlier turns that its calls take values from."""
        found: dict[int, list[int]] = {}
        number = 0
        for place, turn in enumerate(task.turns):
            used = {int(use.partition(".")[0]) for call in turn.calls for use in call.uses.values()}
            again = [n for n in sorted(used) if n < number and not task.calls[n].writes]
            if again:
                found[place] = again
            number += len(turn.calls)
        return found

    def waiting(self, story: Played, turn: Turn) -> list[ToolCall]:
        """First the look-ups that are not made again yet in this turn, then the gold calls."""
        for number in self.sources(self.task).get(story.turn, []):
            name = f"again_{number}_{story.turn}"
            if name not in story.made:
                call = self.task.calls[number]
                return [ToolCall(id=name, name=call.tool, arguments=call.live(story.gold()))]
        return super().waiting(story, turn)
