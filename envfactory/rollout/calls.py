"""Compare the calls an attempt made with the right ones, and count those that were of no use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from envfactory.environment.store import Scalar
from envfactory.messages import canonical
from envfactory.rollout.identity import ordered, same_day
from envfactory.rollout.match import assign
from envfactory.rollout.task import GoldCall, Task, at
from envfactory.rollout.trajectory import PlayedCall, Trajectory

FREE_READS = 3
"""Reads beyond the right calls that cost nothing: looking around is no fault."""


@dataclass(slots=True)
class CallMatch:
    """How the calls compare with the right ones."""

    credit: float = 1.0
    """The share of right calls made, each with the share of its arguments that are right; what gold marks as uncritical
    and masked does not count."""
    blind: list[str] = field(default_factory=list[str])
    """Writes that used a value before anything had given it, each in words."""
    failed: int = 0
    """Calls that were refused."""
    repeated: int = 0
    """Calls equal to an earlier one of the turn, with the same result and no write in between."""
    wasted: int = 0
    """Writes beyond the right ones."""
    reads: int = 0
    """Other calls beyond the right ones."""
    rounds: int = 0
    """Messages with calls beyond those needed, where calls can be made at once (`kind="parallel"`)."""


def as_gold(gold: Sequence[GoldCall], played: Sequence[PlayedCall]) -> bool:
    """Whether just the right calls were made, in the order in which they were recorded; a quick test."""
    if len(gold) != len(played):
        return False
    for right, made in zip(gold, played, strict=True):
        call = made.call
        if call.tool != right.tool or call.outcome != "ok" or call.arguments != right.arguments:
            return False
    return True


def compare_calls(task: Task, trajectory: Trajectory, ids: Mapping[Scalar, Scalar]) -> CallMatch:
    """Pair right calls with those made, by optimal assignment; `ids` maps created ids to the attempt's.

    Only calls that succeeded count. An argument whose value an earlier result gave (`uses`) is right when it is that
    value in this attempt: the recorded one, the id of the row that stands for it, or what the call paired with its
    producer gave. It earns nothing when it was used before its producer was called and before anything else in the
    conversation had given it. A masked argument does not count, whatever it is and whether or not it is given; a step
    that is not critical may be left out.
    """
    gold = task.calls
    played = trajectory.calls
    done = [number for number, made in enumerate(played) if made.call.outcome == "ok"]
    failed = sum(made.call.outcome not in ("ok", "fault") for made in played)
    match = CallMatch(failed=failed)
    credits = [[_credit(right, played[number], ids) for number in done] for right in gold]
    paired = {row: done[column] for row, column in assign(credits)}
    seen = Seen(task, trajectory)
    counts = [row for row, right in enumerate(gold) if right.critical] or range(len(gold))
    settled = {row: _settled(gold[row], paired, row, played, ids, seen, match) for row in sorted(paired)}
    match.credit = sum(settled.get(row, 0.0) for row in counts) / len(counts) if gold else 1.0
    _count_excess(match, gold, played, done, set(paired.values()))
    return match


def _credit(right: GoldCall, made: PlayedCall, ids: Mapping[Scalar, Scalar]) -> float:
    call = made.call
    if call.tool != right.tool or not isinstance(call.arguments, dict):
        return 0.0
    names = _counting(right, call.arguments)
    if not names:
        return 1.0
    points = 1.0
    for name in names:
        if name in right.arguments and name in call.arguments:
            if same_value(right.arguments[name], call.arguments[name], ids):
                points += 1
            elif _from_result(right, name):
                points += 0.5  # perhaps the same thing under another id: settled when its producer is known
    return points / (1 + len(names))


def _counting(right: GoldCall, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments, right or given, that matter."""
    names: dict[str, Any] = {**right.arguments, **given}
    for name in right.masked:
        names.pop(name, None)
    return names


def _settled(
    right: GoldCall,
    paired: Mapping[int, int],
    row: int,
    played: Sequence[PlayedCall],
    ids: Mapping[Scalar, Scalar],
    seen: Seen,
    match: CallMatch,
) -> float:
    """The credit of a paired call, now that it is known which calls made the values it uses."""
    arguments = played[paired[row]].call.arguments
    assert isinstance(arguments, dict)
    names = _counting(right, arguments)
    if not names:
        return 1.0
    points = 1.0
    for name in names:
        if name not in right.arguments or name not in arguments:
            continue
        value = arguments[name]
        if not same_value(right.arguments[name], value, ids) and not _given(right, name, value, paired, played):
            continue
        if _later(right, name, paired, paired[row]) and not seen.before(paired[row], value):
            if right.writes:
                match.blind.append(f"{right.tool} used {name} before anything had given it")
            continue
        points += 1
    return points / (1 + len(names))


def _from_result(right: GoldCall, name: str) -> bool:
    return bool(right.uses) and (name in right.uses or any(use.startswith(name + ".") for use in right.uses))


def _later(right: GoldCall, name: str, paired: Mapping[int, int], made: int) -> bool:
    """Whether the call that gives this argument its value was made only after it was used."""
    sources = [source for use, source in right.uses.items() if use == name or use.startswith(name + ".")]
    return any(paired.get(int(source.partition(".")[0]), -1) > made for source in sources)


def _given(right: GoldCall, name: str, value: Any, paired: Mapping[int, int], played: Sequence[PlayedCall]) -> bool:
    """Whether the call that stands for the producer gave this value."""
    number, _, path = right.uses.get(name, "").partition(".")
    producer = paired.get(int(number)) if number else None
    if producer is None:
        return False
    try:
        return at(played[producer].call.result, path) == value
    except LookupError:
        return False


def same_value(wanted: Any, got: Any, ids: Mapping[Scalar, Scalar]) -> bool:
    """Whether two arguments are equal, ids mapped; the order in lists of plain values does not count."""
    if isinstance(wanted, str):
        return ids.get(wanted, wanted) == got or (isinstance(got, str) and same_day(wanted, got))
    if isinstance(wanted, (list, dict)):
        mapped: Any = _mapped(wanted, ids) if ids else wanted  # pyright: ignore[reportUnknownVariableType]
        return mapped == got or (isinstance(got, (list, dict)) and ordered(mapped) == ordered(got))
    return wanted == got and isinstance(wanted, bool) == isinstance(got, bool)


def _mapped(value: Any, ids: Mapping[Scalar, Scalar]) -> Any:
    if isinstance(value, str):
        return ids.get(value, value)
    if isinstance(value, list):
        return [_mapped(item, ids) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {key: _mapped(item, ids) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value


class Seen:
    """What the tools' descriptions, the user and the results had said before each call."""

    def __init__(self, task: Task, trajectory: Trajectory) -> None:
        self._task = task
        self._trajectory = trajectory
        self._kept: list[str] = []

    @property
    def _texts(self) -> list[str]:
        """What had been said before each call; made when it is first asked for, which is seldom."""
        if not self._kept:
            messages, tools = self._trajectory.messages, self._trajectory.tools
            said = [message.content for message in messages if message.role == "user"]
            said = said or [turn.query for turn in self._task.turns]  # replayed calls have no conversation
            text = "\n".join([*(f"{schema.description} {canonical(schema.parameters)}" for schema in tools), ""])
            turn = -1
            for made in self._trajectory.calls:
                text += "".join(f"{words}\n" for words in said[turn + 1 : made.turn + 1])
                turn = max(turn, made.turn)
                self._kept.append(text)
                text += canonical(made.call.result) + "\n"
        return self._kept

    def before(self, call: int, value: Any) -> bool:
        """Whether every plain value inside `value` stood somewhere before that call."""
        if isinstance(value, (list, dict)):
            parts: list[Any] = list(value.values()) if isinstance(value, dict) else value  # pyright: ignore
            return all(self.before(call, part) for part in parts)
        text = self._texts[call]
        return (value if isinstance(value, str) else canonical(value)) in text or canonical(value)[1:-1] in text


def _count_excess(
    match: CallMatch, gold: Sequence[GoldCall], played: Sequence[PlayedCall], done: Sequence[int], paired: set[int]
) -> None:
    since_write: list[tuple[str, Any, Any]] = []
    turn = 0
    counted = set(done)
    for number, made in enumerate(played):
        call = made.call
        if call.outcome == "fault":  # to look whether what was struck arrived is no waste
            since_write.clear()
        if number not in counted:
            continue
        if played[number].turn != turn:  # to look again when the user has spoken is no waste
            turn = played[number].turn
            since_write.clear()
        same = (call.tool, call.arguments, call.result)
        if number not in paired:
            if call.changes:
                match.wasted += 1
            elif same in since_write:
                match.repeated += 1
            else:
                match.reads += 1
        if call.changes:
            since_write.clear()
        since_write.append(same)


def rounds_beyond(task: Task, trajectory: Trajectory) -> int:
    """Messages with calls beyond those that the right calls need, over the turns; 0 for an attempt without messages."""
    made: list[int] = []
    for message in trajectory.messages:
        if message.role == "user":
            made.append(0)
        elif message.role == "assistant" and message.tool_calls and made:
            made[-1] += 1
    found, first = 0, 0
    for turn, count in zip(task.turns, made, strict=False):
        found += max(0, count - _rounds(turn.calls, first))
        first += len(turn.calls)
    return found


def _rounds(calls: Sequence[GoldCall], first: int) -> int:
    """How many messages these calls need when those that wait for nothing are made together."""
    level: dict[int, int] = {}
    for number, call in enumerate(calls, first):
        needed = [int(source.partition(".")[0]) for source in call.uses.values()]
        level[number] = 1 + max((level.get(n, 0) for n in needed), default=0)
    return max(level.values(), default=0)
