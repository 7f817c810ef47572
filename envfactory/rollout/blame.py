"""Who is to blame when an attempt failed: the agent, the environment, the task, or whoever played the user.

The answer is found by replaying, not by opinion. Gold is played once more from the task's start: where it no longer
passes, the task is broken, or the environment under it. The attempt's own calls are made once more, too: an environment
that answers otherwise the second time is broken. Where both hold, and the user's words were not the task's, the wishes
that gold needs are looked for in them. What is left is the agent's.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, Literal

from pydantic import BaseModel, JsonValue

from envfactory.environment.environment import Environment
from envfactory.environment.library import content_hash
from envfactory.messages import canonical
from envfactory.rollout.answers import says
from envfactory.rollout.replay import Replay
from envfactory.rollout.reward import Reward, score
from envfactory.rollout.task import Fact, Task
from envfactory.rollout.trajectory import PlayedCall, Trajectory
from envfactory.rollout.user import UNGUIDED

Who = Literal["nobody", "agent", "environment", "task", "user", "endpoint"]
"""Nobody: it passed. Endpoint: the model behind the agent or the user could not answer."""
FAULTY: frozenset[Who] = frozenset({"environment", "task"})
"""Those whose tasks are put into quarantine: no attempt at them says anything about an agent."""
_BROKEN = ("bug", "timeout", "session_lost")


class Blame(BaseModel, frozen=True):
    """Who made an attempt fail, and what shows it."""

    who: Who
    evidence: tuple[str, ...]
    """What was found, a sentence each."""

    def __str__(self) -> str:
        return f"{self.who}: {'; '.join(self.evidence)}" if self.evidence else self.who


def blame(
    task: Task, trajectory: Trajectory, library: Mapping[str, type[Environment]], *, reward: Reward | None = None
) -> Blame:
    """Who made this attempt fail; `reward` is its robust reward, when it is known already.

    Runs gold and the attempt's own calls on fresh sessions of the task. Raises UnknownName for an environment that
    `library` lacks.
    """
    reward = reward or score(task, trajectory)
    if reward.passed:
        return Blame(who="nobody", evidence=())
    if trajectory.ending == "model_failed":
        return Blame(who="endpoint", evidence=("the model's endpoint could not answer",))
    found = _crashed(trajectory) or unsound(task, library) or _unsteady(task, trajectory, library)
    return found or _unsaid(task, trajectory) or Blame(who="agent", evidence=_shortfall(reward))


def unsound(task: Task, library: Mapping[str, type[Environment]]) -> Blame | None:
    """What is wrong with a task, whoever plays it; None when gold still passes."""
    with task.open(library, others=False) as session:
        replay = Replay(task, session)
        try:
            run = replay.gold
        finally:
            replay.close()
    for made in run.calls:
        if made.call.outcome in _BROKEN:
            return Blame(who="environment", evidence=(f"gold's own call breaks it: {_told(made)}",))
    reward = score(task, run)
    if reward.passed:
        return None
    changed = [
        f"{setting.environment} has changed since the task was certified"
        for setting in (*task.settings, *task.others)
        if (folder := library[setting.environment].folder) and setting.hash != content_hash(folder)
    ]
    refused = [f"gold's own call is refused: {_told(made)}" for made in run.calls if made.call.outcome == "refused"]
    evidence = (*changed, "gold no longer passes", *refused[:1], *_shortfall(reward))
    return Blame(who="environment" if changed else "task", evidence=evidence)


def _crashed(trajectory: Trajectory) -> Blame | None:
    """A call of the attempt that broke the environment."""
    for made in trajectory.calls:
        if made.call.outcome in _BROKEN:
            return Blame(who="environment", evidence=(f"a call broke it: {_told(made)}",))
    return None


def _unsteady(task: Task, trajectory: Trajectory, library: Mapping[str, type[Environment]]) -> Blame | None:
    """A call of the attempt that gives something else when all of them are made again."""
    if trajectory.seed != task.seed:
        return None  # it was played elsewhere: other ids are no fault
    with task.open(library) as session:
        for made in trajectory.calls:
            if made.by == "agent" and made.call.tool in task.hidden(made.turn):
                continue  # it never reached the session
            again = session.call(made.call.tool, made.call.arguments)
            if (again.outcome, again.result, again.changes) != (made.call.outcome, made.call.result, made.call.changes):
                evidence = f"the same call gives something else when it is made again: {_told(made)}"
                return Blame(who="environment", evidence=(evidence,))
    return None


def _unsaid(task: Task, trajectory: Trajectory) -> Blame | None:
    """Wishes that the task's words hold and the words of this conversation do not."""
    queries = [turn.query for turn in task.turns]
    words = [message.content for message in trajectory.messages if message.role == "user"]
    said = [
        meant if text == UNGUIDED else text for text, meant in zip_longest(words, queries[: len(words)], fillvalue="")
    ]
    if not said or trajectory.ending != "done" or said == queries:
        return None
    heard, meant = " ".join(said), " ".join(queries)
    missing: list[str] = []
    for call in task.calls:
        for name, value in call.arguments.items():
            if call.by == "user" or name in call.uses:
                continue
            for text in _texts(value):
                fact = Fact(name=name, value=text, forms=(text,))
                if says(meant, fact) and not says(heard, fact):
                    missing.append(f"the user never said {text!r}, the {name} of {call.tool}")
    if len(said) < len(queries):
        missing.append(f"the user fell silent after {len(said)} of {len(queries)} turns")
    return Blame(who="user", evidence=tuple(dict.fromkeys(missing))) if missing else None


def _texts(value: JsonValue) -> list[str]:
    """The texts and numbers inside an argument."""
    if isinstance(value, (list, dict)):
        return [text for item in (value.values() if isinstance(value, dict) else value) for text in _texts(item)]
    return [str(value)] if isinstance(value, (str, int, float)) and not isinstance(value, bool) else []


def _shortfall(reward: Reward) -> tuple[str, ...]:
    """What the reward holds against the attempt."""
    turns = [f"turn {n + 1} reached {credit:.0%} of its own" for n, credit in enumerate(reward.turns) if credit < 1]
    return (*turns, *reward.reasons)


def _told(made: PlayedCall) -> str:
    call: Any = made.call
    text = call.bug or canonical(call.result)
    return f"{call.tool}({canonical(call.arguments)[:120]}): {text.strip()[-160:]}"
