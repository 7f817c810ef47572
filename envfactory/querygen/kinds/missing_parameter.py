"""Missing parameter: the user leaves out what the agent can neither look up nor guess, and gives it when asked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from pydantic import JsonValue

from envfactory.graph.chain import Chain
from envfactory.messages import canonical
from envfactory.querygen.answer import answer
from envfactory.querygen.certify import Rejected
from envfactory.querygen.kinds.draft import Draft, Recipe
from envfactory.querygen.kinds.recut import apart, reworded
from envfactory.querygen.kinds.unsaid import OPENINGS, Missing, asking, giving, omissions
from envfactory.querygen.kinds.voices import Early, Says, turns_that
from envfactory.querygen.policy import Policy
from envfactory.querygen.query import OMITTED
from envfactory.querygen.story import Story
from envfactory.querygen.told import faithful, told
from envfactory.querygen.words import split
from envfactory.rollout.answers import says
from envfactory.rollout.task import Fact, GoldCall, Kind, Task, Turn

_LEAVE = "Would you like me to go ahead with that?"
_ASIDE = "Which time zone are you in, and shall I send you a reminder?"


class MissingParameter(Recipe):
    """One request lacks a value or does not say which row; the agent must ask, is told, and then acts."""

    kind: Kind = "missing_parameter"

    def fits(self, chain: Chain) -> bool:
        """There must be something to leave out: at least one parameter."""
        return any(step.bindings for step in chain.steps)

    def recast(self, draft: Draft) -> Task:
        """The task with the least said request of its story; raises Rejected when nothing can go unsaid."""
        options = [
            (number, missing)
            for number in range(len(draft.story.moves))
            for missing in _groups([*omissions(draft.story, number, draft.wording)])
        ]
        draft.random.shuffle(options)
        rows = [m.parameter in draft.story.moves[n].referents for n, (m, *_) in options]
        weights = [draft.random.random() * (0.6 if row else 1.0) for row in rows]
        for _, (number, missing) in sorted(zip(weights, options, strict=True), key=lambda pair: -pair[0])[:4]:
            if task := _asked(draft, number, missing):
                return task
        raise Rejected("nothing can go unsaid")

    def policies(self, task: Task) -> Iterator[Policy]:
        """Who guesses, asks for something else, asks always or waits fails; other words and look-ups first pass."""
        asks = turns_that(task, "ask")
        turn = asks[0]
        before = " ".join(one.query for one in task.turns[: turn + 1]).lower()
        if _bare(task.turns[turn + 1].query) in before:
            raise Rejected("what is missing was said")
        right = task.turns[turn].answer
        facts = task.turns[turn].facts
        other = " ".join(_about(name) for name in _told_arguments(task, turn))
        yield Policy("acts on a lucky guess and asks afterwards", lambda t: Early(t, right, turn=turn, writes=True))
        wrong = _guess(task, turn)
        if wrong is not None:
            yield Policy("guesses what was not said", lambda t: Early(t, "Done.", turn=turn, writes=False, wrong=wrong))
        yield Policy("asks for leave instead", lambda t: Says(t, _LEAVE, asks))
        yield Policy("asks about something else", lambda t: Says(t, f"{_ASIDE} {other}".strip(), asks))
        yield Policy("asks always", lambda t: Says(t, right, range(len(t.turns))))
        yield Policy("waits to be told", lambda t: Says(t, "Done.", asks))
        plain = "Before I do that, one thing: " + ", and ".join(fact.forms[-1] for fact in facts) + "?"
        yield Policy(
            "looks around first and asks in other words", lambda t: Early(t, plain, turn=turn, writes=False), True
        )


def _groups(missing: list[Missing]) -> list[tuple[Missing, ...]]:
    """Each alone, and two values of one request where a template lacks both."""
    found: list[tuple[Missing, ...]] = [(one,) for one in missing]
    for a, b in combinations(missing, 2):
        if a.parameter != b.parameter and (both := _both(a, b)):
            found.append(both)
    return found


def _both(a: Missing, b: Missing) -> tuple[Missing, ...]:
    """Two omissions as one, where the second row or value stands in neither's words."""
    return (a, b) if a.template == b.template else ()


def _asked(draft: Draft, number: int, missing: tuple[Missing, ...]) -> Task | None:
    """The task in which this is missing; None where something gives it away or a question for it fits others, too."""
    story, origin = apart(draft.story, number, draft.library)
    wording = reworded(draft.wording, origin, story)
    wording.clauses[number] = missing[0].template
    for one in missing:
        wording.ways[(number, one.parameter)] = OMITTED
    task = told(story, wording, draft.task.operators, draft.library, random=draft.random)
    turn = story.moves[number].turn
    before = " ".join(t.query for t in task.turns[: turn + 1]).lower()
    if any(_core(one.spoken) in before for one in missing) or _shown(story, number, missing):
        return None
    faithful(story, wording, task)
    move = story.moves[number]
    facts = tuple(Fact(name=f"a question for the {one.name}", value=one.name, forms=one.forms) for one in missing)
    others = [_about(value.parameter.name) for value in move.values if value.parameter.name not in _names(missing)]
    kept = tuple(
        fact.model_copy(update={"forms": tuple(f for f in fact.forms if not _in(f, [_LEAVE, _ASIDE, *others]))})
        for fact in facts
    )
    question = asking(missing)
    if any(not fact.forms or not says(question, fact) for fact in kept):
        return None
    kept = tuple(fact.model_copy(update={"forms": _cased(fact.forms, question)}) for fact in kept)
    full = task.turns[turn]
    changes = task.turns[turn - 1].changes if turn else {}
    asked = Turn(query=full.query, expects="ask", facts=kept, answer=question, changes=changes)
    given = full.model_copy(
        update={
            "query": giving(missing, story.scenario.persona, draft.random),
            "act": "provide",
            "answer": answer(story, turn),
        }
    )
    turns = (*task.turns[:turn], asked, given, *task.turns[turn + 1 :])
    return task.model_copy(update={"turns": turns, "kind": "missing_parameter"}).named()


def _names(missing: tuple[Missing, ...]) -> set[str]:
    return {one.parameter for one in missing}


def _bare(given: str) -> str:
    """What the user gives, without the words around it."""
    plain = given.rstrip(".").removesuffix(", please")
    for opening in OPENINGS:
        plain = plain.removeprefix(opening)
    return _core(f"{plain[:1].upper()}{plain[1:]}" if plain.startswith("call it") else plain)


def _core(spoken: str) -> str:
    return spoken.removeprefix("Call it ").removeprefix("It should say ").strip('"').lower()


def _shown(story: Story, number: int, missing: tuple[Missing, ...]) -> bool:
    """Whether a row that the agent sees on the way holds the value: it could be taken from there."""
    move = story.moves[number]
    values = [canonical(v.value).strip('"') for v in move.values if v.parameter.name in _names(missing)]
    rows = [canonical(dict(referent.item)) for referent in move.referents.values()]
    return any(len(value) > 2 and value in row for value in values for row in rows)


def _in(form: str, texts: list[str]) -> bool:
    return any(says(text, Fact(name="", value="", forms=(form,))) for text in texts)


def _cased(forms: tuple[str, ...], question: str) -> tuple[str, ...]:
    """The forms, those that begin a sentence of the question also as they stand there."""
    more = [form[:1].upper() + form[1:] for form in forms if form[:1].upper() + form[1:] in question]
    return tuple(dict.fromkeys((*more, *forms)))


def _about(argument: str) -> str:
    """A question for an argument that was given."""
    return f"What {split(argument)} should I use?"


def _told_arguments(task: Task, turn: int) -> list[str]:
    """Arguments of the write to come that the user has said already."""
    said = task.turns[turn].query.lower()
    found: list[str] = []
    for call in task.turns[turn + 1].calls:
        for name, value in call.arguments.items() if call.writes else ():
            if name not in call.uses and isinstance(value, str) and value.lower() in said:
                found.append(name)
    return found


def _guess(task: Task, turn: int) -> GoldCall | None:
    """The write with another value than the one that was not said; None where only a row is missing."""
    given = task.turns[turn + 1]
    said = given.query.lower()
    for call in given.calls:
        if not call.writes:
            continue
        for name, value in call.arguments.items():
            if name in call.uses or isinstance(value, bool):
                continue
            other = _else(value) if isinstance(value, (str, int)) and str(value).lower() in said else None
            if other is not None:
                return call.model_copy(update={"arguments": {**call.arguments, name: other}})
    return None


def _else(value: JsonValue) -> JsonValue:
    if isinstance(value, int):
        return value + 1
    return f"{value} 2" if isinstance(value, str) else None
