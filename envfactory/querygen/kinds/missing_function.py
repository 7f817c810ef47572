"""Missing function: a tool that a request needs is not there; it stays away, or is given later."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from envfactory.environment.session import SEPARATOR
from envfactory.environment.spec import Effect, EnvSpec
from envfactory.querygen.certify import Rejected
from envfactory.querygen.kinds.draft import Draft, Recipe
from envfactory.querygen.kinds.recut import apart, opened, reworded
from envfactory.querygen.kinds.refusal import declined, refused, refusing, stands_alone, undone
from envfactory.querygen.kinds.voices import AlsoCalls, Says, turns_that
from envfactory.querygen.policy import Policy
from envfactory.querygen.query import demand
from envfactory.querygen.story import Move, Story
from envfactory.querygen.told import faithful, told
from envfactory.rollout.task import GoldCall, Kind, Task, Turn

_REACH: dict[str, frozenset[Effect]] = {
    "insert": frozenset({"create", "action", "replace"}),
    "update": frozenset({"create", "update", "replace", "move", "action", "clear"}),
    "delete": frozenset({"delete", "clear", "action"}),
}
"""What a tool may do that changes a row in this way; some services take creating what is there for an update."""
_NOW = (
    "You should be able to do it now, please try again.",
    "I have just switched that on for you. Please try again.",
    "That should work now. Could you try once more?",
    "Sorry about that, you have the right tool now. Go ahead, please.",
)


class MissingFunction(Recipe):
    """One request needs a tool that is withheld; in half of the tasks it is given in the turn after."""

    kind: Kind = "missing_function"

    def recast(self, draft: Draft) -> Task:
        """The task without the tool of one of its writes; raises Rejected when every write is needed."""
        writes = [number for number, move in enumerate(draft.story.moves) if stands_alone(move)]
        draft.random.shuffle(writes)
        later = draft.random.random() < 0.5
        for number in writes[:3]:
            for given in (later, not later):
                try:
                    return _withheld(draft, number, given=given)
                except Rejected:
                    continue
        raise Rejected("no tool can be spared")

    def policies(self, task: Task) -> Iterator[Policy]:
        """Beyond what all declining is tried with: who calls the tool all the same may decline afterwards."""
        yield from refusing(task, anyway=False)
        turn = turns_that(task, "decline")[0]
        absent = GoldCall(tool=task.withheld[0], arguments={})
        yield Policy("calls what is not there, then declines", lambda t: AlsoCalls(t, [absent], turn=turn), passes=True)
        again = [number for number, one in enumerate(task.turns) if one.gives]
        if again:
            yield Policy("does not try again", lambda t: Says(t, "I'm sorry, I still can't do that.", again))


def _withheld(draft: Draft, number: int, *, given: bool) -> Task:
    story, origin = apart(draft.story, number, draft.library)
    wording = reworded(draft.wording, origin, story)
    task = told(story, wording, draft.task.operators, draft.library, random=draft.random)
    faithful(story, wording, task)
    move = story.moves[number]
    turn = move.turn
    absent = _same_effect(draft, story, move)
    others = [call.tool for n, t in enumerate(task.turns) if n != turn for call in t.calls]
    if set(absent) & set(others):
        raise Rejected("another request needs the tool, too")
    clause = demand(story, move, random=draft.random)
    why = f"I don't have a tool for that{' at the moment' if given else ''}"
    answer = refused(clause, why, draft.random)
    before = task.turns[turn - 1].changes if turn else {}
    refusal = declined(task.turns[turn].query, answer, call=_bare(story.calls[move.place]), changes=before)
    turns: tuple[Turn, ...]
    if given:
        again = task.turns[turn].model_copy(
            update={"query": draft.random.choice(_NOW), "act": "confirm", "gives": absent}
        )
        turns = (*task.turns[:turn], refusal, again, *task.turns[turn + 1 :])
    else:
        rest = undone(task, turn, draft.library)
        if not any(call.writes or one.facts for one in rest for call in one.calls):
            raise Rejected("nothing is left to do")
        turns = (*rest[:turn], refusal, *rest[turn + 1 :])
    return task.model_copy(update={"turns": turns, "withheld": absent, "kind": "missing_function"}).named()


def _bare(call: GoldCall) -> GoldCall:
    return call.model_copy(update={"uses": {}})


def _same_effect(draft: Draft, story: Story, move: Move) -> tuple[str, ...]:
    """The tool of the move, and the others that may change rows of the same tables in the same way."""
    changed: set[tuple[str, str]] = set()
    with opened(story, draft.library) as session:
        results: dict[int, JsonValue] = {}
        for number, call in enumerate(story.calls[: move.place + 1]):
            entry = session.call(call.tool, call.live(results))
            results[number] = entry.result
        changed = {(change.table, change.op) for change in session.log[-1].changes}
    spec = draft.library[move.environment].spec
    assert spec is not None  # a story is told of environments with a contract
    own = f"{move.environment}{SEPARATOR}{move.spec.name}"
    alike = [f"{move.environment}{SEPARATOR}{name}" for name in _writers(spec, changed)]
    return (own, *sorted(name for name in alike if name != own))


def _writers(spec: EnvSpec, changed: set[tuple[str, str]]) -> list[str]:
    tables = {entity.name: entity.table for entity in spec.entities}
    return [
        tool.name
        for tool in spec.tools
        if tool.writes and any(tables[tool.entity] == table and tool.effect in _REACH[op] for table, op in changed)
    ]
