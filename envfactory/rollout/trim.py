"""Cut an attempt that passed down to the steps that matter, by replaying what is left.

Only looks are cut (calls that changed nothing, refused ones among them), from the last to the first. One goes when

- it is none of gold's critical steps, or an equal look that stays came before it;
- every value that later calls use, and every text that the facts hold, still stands in what was said, or in a result
  that stays, before it is used: an attempt must not seem to know what it never saw;
- the calls that are left, made again from the start, give the same results and the same rows, and the attempt still
  passes for no less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from envfactory.environment.environment import Environment
from envfactory.messages import Message, canonical
from envfactory.rollout.answers import distinct, says
from envfactory.rollout.calls import Seen, same_value
from envfactory.rollout.reward import score
from envfactory.rollout.task import GoldCall, Task
from envfactory.rollout.trajectory import Trajectory


class Cut(BaseModel, frozen=True):
    """A step that was left out, and why it could be."""

    step: int
    """Its number among the attempt's calls, from 0."""
    tool: str
    why: str


def trimmed(
    task: Task, trajectory: Trajectory, library: Mapping[str, type[Environment]]
) -> tuple[Trajectory, tuple[Cut, ...]] | None:
    """The attempt without the steps that the outcome does not need, and those steps; None when the attempt cannot be
    replayed, or does not pass, and so should not be learnt from."""
    kept = list(range(len(trajectory.calls)))
    before = score(task, trajectory)
    if not before.passed or not replays(task, trajectory, library):
        return None
    seen = Seen(task, trajectory)
    cuts: list[Cut] = []
    for number in reversed(range(len(trajectory.calls))):
        made = trajectory.calls[number]
        if made.by == "user" or made.call.changes or made.call.outcome not in ("ok", "refused"):
            continue
        left = [n for n in kept if n != number]
        shorter = _with(task, trajectory, left)
        if not _spare(task, trajectory, number, left) or not _knows(task, trajectory, shorter, left, seen):
            continue
        after = score(task, shorter)
        if not after.passed or after.total < before.total or not replays(task, shorter, library):
            continue
        kept, before = left, after
        cuts.append(Cut(step=number, tool=made.call.tool, why=_why(trajectory, number)))
    return _with(task, trajectory, kept), tuple(reversed(cuts))


def replays(task: Task, trajectory: Trajectory, library: Mapping[str, type[Environment]]) -> bool:
    """Whether the attempt's calls, made again from the start, give what they gave, and the rows of its end."""
    with task.open(library) as session:
        for made in trajectory.calls:
            call = made.call
            if made.by == "agent" and call.tool in task.hidden(made.turn):
                continue  # it never reached the session
            again = session.call(call.tool, call.arguments)
            if (again.outcome, again.result, again.changes) != (call.outcome, call.result, call.changes):
                return False
        return {name: rows for name, rows in session.changes().items() if rows} == trajectory.changes


def _spare(task: Task, trajectory: Trajectory, number: int, left: Sequence[int]) -> bool:
    """Whether a look is none of gold's critical steps, or one that an earlier look makes superfluous."""
    call = trajectory.calls[number].call
    if call.outcome != "ok":
        return True
    for other in (trajectory.calls[n].call for n in left if n < number):
        if (other.tool, other.arguments, other.result) == (call.tool, call.arguments, call.result):
            return True
    made = frozenset(n for n, right in enumerate(task.calls) if right.writes)
    return not any(_is(right, call.tool, call.arguments, made) for right in task.calls if right.critical)


def _is(right: GoldCall, tool: str, arguments: Any, made: frozenset[int]) -> bool:
    """Whether a call is this one of gold's; ids of what was `made` by gold's calls of those numbers may be others
    here."""
    if right.tool != tool or not isinstance(arguments, dict):
        return False
    new = [use for use, source in right.uses.items() if int(source.partition(".")[0]) in made]
    free = {*right.masked, *(use.partition(".")[0] for use in new)}
    given: dict[str, Any] = arguments  # pyright: ignore[reportUnknownVariableType]
    names = [name for name in {**right.arguments, **given} if name not in free]
    return all(
        name in right.arguments and name in given and same_value(right.arguments[name], given[name], {})
        for name in names
    )


def _knows(task: Task, whole: Trajectory, shorter: Trajectory, left: Sequence[int], seen: Seen) -> bool:
    """Whether everything that was seen before it was used, or told, still is."""
    less = Seen(task, shorter)
    for place, number in enumerate(left):
        arguments = whole.calls[number].call.arguments
        values: list[Any] = list(arguments.values()) if isinstance(arguments, dict) else [arguments]  # pyright: ignore
        for value in values:
            if seen.before(number, value) and not less.before(place, value):
                return False
    for turn, asked in enumerate(task.turns):
        for fact in (fact for fact in asked.facts if distinct(fact.value)):
            told = [says(canonical(made.call.result), fact) for made in whole.calls if made.turn <= turn]
            still = [says(canonical(made.call.result), fact) for made in shorter.calls if made.turn <= turn]
            if any(told) and not any(still):
                return False
    return True


def _why(trajectory: Trajectory, number: int) -> str:
    call = trajectory.calls[number].call
    if call.outcome == "refused":
        return "it was refused, and the outcome is the same without it"
    for made in trajectory.calls[:number]:
        if (made.call.tool, made.call.arguments, made.call.result) == (call.tool, call.arguments, call.result):
            return "it repeats an earlier call"
    return "the outcome is the same without it"


def _with(task: Task, trajectory: Trajectory, kept: Sequence[int]) -> Trajectory:
    """The attempt with these of its calls, and the messages that make and answer them."""
    if len(kept) == len(trajectory.calls):
        return trajectory
    agents = [(number, made.call) for number, made in enumerate(trajectory.calls) if made.by == "agent"]
    messages: list[Message] = []
    gone: list[bool] = []
    for message in trajectory.messages:
        if message.role == "tool" and gone:  # answers stand in the order of the calls; ids may repeat
            if not gone.pop(0):
                messages.append(message)
            continue
        gone = []
        for call in message.tool_calls:
            logged = bool(agents) and (call.name, call.arguments) == (agents[0][1].tool, agents[0][1].arguments)
            gone.append(logged and agents.pop(0)[0] not in kept)
        calls = tuple(call for call, out in zip(message.tool_calls, gone, strict=True) if not out)
        if not message.tool_calls or calls:
            same = len(calls) == len(message.tool_calls)
            messages.append(message if same else message.model_copy(update={"tool_calls": calls}))
    rest = tuple(trajectory.calls[number] for number in kept)
    return trajectory.model_copy(update={"messages": tuple(messages), "calls": rest})
