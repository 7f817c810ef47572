"""Play given calls and answers without a model: the fast path for certificates, where thousands of edits are tried."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from envfactory.environment.session import Session
from envfactory.rollout.task import Changes, GoldCall, Task
from envfactory.rollout.trajectory import PlayedCall, Trajectory


class Replay:
    """Gold played once, with a fork before every call, so that an edit is played only from where it begins.

    `session` is the task's start and stays as it is; `close` gives the forks back.
    """

    def __init__(self, task: Task, session: Session) -> None:
        self.task = task
        self._turns = [turn.calls for turn in task.turns]
        self._results: dict[int, JsonValue] = {}
        self._played: list[PlayedCall] = []
        self._before = [0]
        self._moments = [session.fork()]
        self._snapshots: list[Changes] = []
        number = 0
        for turn, calls in enumerate(self._turns):
            for call in calls:
                here = self._moments[-1].fork()
                self._call(here, turn, number, call, self._results, self._played)
                self._moments.append(here)
                self._before.append(len(self._played))
                number += 1
            self._snapshots.append(_net(self._moments[-1]))

    @property
    def gold(self) -> Trajectory:
        """The gold calls and answers."""
        return self.edited(self._turns, [turn.answer for turn in self.task.turns], first=len(self._before) - 1)

    def edited(
        self, turns: Sequence[Sequence[GoldCall]], answers: Sequence[str], *, first: int = 0, name: str = "replay"
    ) -> Trajectory:
        """The trajectory of these calls, which are gold's up to number `first`, with no messages.

        A call whose tool is empty is not made; one that a fault struck is made again, as the oracle does. `uses` are
        resolved on live results (`GoldCall.live`).
        """
        results = {number: result for number, result in self._results.items() if number < first}
        played = self._played[: self._before[first]]
        snapshots: list[Changes] = []
        here = self._moments[first].fork()
        number, untouched = 0, True
        for turn, calls in enumerate(turns):
            for call in calls:
                if number >= first and call.tool:
                    self._call(here, turn, number, call, results, played)
                number += 1
            untouched = (
                untouched and number <= first and turn < len(self._turns) and len(calls) == len(self._turns[turn])
            )
            snapshots.append(self._snapshots[turn] if untouched else _net(here))
        here.close()
        return Trajectory.model_construct(
            task=self.task.id,
            model=name,
            seed=self.task.seed,
            messages=(),
            tools=(),
            calls=tuple(played),
            turn_changes=tuple(snapshots),
            answers=tuple(answers),
            malformed=0,
            ending="done",
        )

    def _call(
        self,
        session: Session,
        turn: int,
        number: int,
        call: GoldCall,
        results: dict[int, JsonValue],
        played: list[PlayedCall],
    ) -> None:
        while True:
            before = [entry.tool for entry in session.log] if self.task.faults else ()
            fault = next((fault for fault in self.task.faults if fault.strikes(call.tool, before)), None)
            entry = session.call(call.tool, call.live(results))
            played.append(PlayedCall.model_construct(turn=turn, call=entry, by=call.by))
            if fault is None or fault.kind == "lost_answer":
                break
        if entry.outcome == "ok":
            results[number] = entry.result

    def close(self) -> None:
        """Give the forks back."""
        for moment in self._moments:
            moment.close()


def _net(session: Session) -> Changes:
    return {name: rows for name, rows in session.changes().items() if rows}
