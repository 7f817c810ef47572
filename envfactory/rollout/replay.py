"""Play given calls and answers without a model: the fast path for certificates, where thousands of edits are tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from envfactory.environment.session import Session
from envfactory.rollout.task import Changes, GoldCall, Task
from envfactory.rollout.trajectory import PlayedCall, Trajectory


def replay(
    task: Task, turns: Sequence[Sequence[GoldCall]], answers: Sequence[str], session: Session, *, name: str = "replay"
) -> Trajectory:
    """The trajectory of making these calls in `session`, with no messages; a call whose tool is empty is not made.

    `uses` are resolved on this session's results; where they cannot be, the argument is left out.
    """
    results: list[Any] = []
    played: list[PlayedCall] = []
    snapshots: list[Changes] = []
    for turn, calls in enumerate(turns):
        for call in calls:
            if not call.tool:
                results.append(None)
                continue
            entry = session.call(call.tool, resolved(call, results))
            results.append(entry.result if entry.outcome == "ok" else None)
            played.append(PlayedCall.model_construct(turn=turn, call=entry))
        snapshots.append({key: rows for key, rows in session.changes().items() if rows})
    return Trajectory.model_construct(
        task=task.id,
        model=name,
        seed=task.seed,
        messages=(),
        tools=(),
        calls=tuple(played),
        turn_changes=tuple(snapshots),
        answers=tuple(answers),
        malformed=0,
        ending="done",
    )


def resolved(call: GoldCall, results: Sequence[Any]) -> dict[str, JsonValue]:
    """The call's arguments, with those that `uses` names taken from `results` of the gold calls before it."""
    arguments = dict(call.arguments)
    for parameter, source in call.uses.items():
        try:
            arguments[parameter] = at(results, source)
        except LookupError:
            arguments.pop(parameter, None)
    return arguments


def at(results: Sequence[Any], source: str) -> Any:
    """The value that `0.items.2.id` names: of call 0's result, at that path; raises LookupError when there is none."""
    first, *steps = source.split(".")
    node: Any = results[int(first)]
    for step in steps:
        if isinstance(node, list):
            node = node[int(step)]
        elif isinstance(node, dict):
            node = node[step]
        else:
            raise LookupError(source)
    return node
