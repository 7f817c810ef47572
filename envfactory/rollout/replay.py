"""Play given calls and answers without a model: the fast path for certificates, where thousands of edits are tried."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from envfactory.environment.session import Session
from envfactory.rollout.task import Changes, GoldCall, Task
from envfactory.rollout.trajectory import PlayedCall, Trajectory


def replay(
    task: Task, turns: Sequence[Sequence[GoldCall]], answers: Sequence[str], session: Session, *, name: str = "replay"
) -> Trajectory:
    """The trajectory of making these calls in `session`, with no messages; a call whose tool is empty is not made.

    `uses` are resolved on this session's results (`GoldCall.live`).
    """
    results: dict[int, JsonValue] = {}
    number = -1
    played: list[PlayedCall] = []
    snapshots: list[Changes] = []
    for turn, calls in enumerate(turns):
        for call in calls:
            number += 1
            if not call.tool:
                continue
            entry = session.call(call.tool, call.live(results))
            if entry.outcome == "ok":
                results[number] = entry.result
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
