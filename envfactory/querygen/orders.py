"""Other orders of right calls: what waits for nothing may come in any order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations as all_orders
from random import Random

from envfactory.rollout.task import GoldCall, Task, Turn

MOST = 24
"""Orders of one group of calls that are tried: all of four calls, some of more."""


def levels(calls: Sequence[GoldCall], first: int) -> list[int]:
    """How many calls of the turn, one after another, each call of it waits for; `first` is the number of the first."""
    found: list[int] = []
    for call in calls:
        needed = [int(source.partition(".")[0]) - first for source in call.uses.values()]
        found.append(max((found[n] + 1 for n in needed if 0 <= n < len(found)), default=0))
    return found


def breadth(turn: Turn, first: int) -> int:
    """The most calls of a turn that can be made at once."""
    found = levels(turn.calls, first)
    return max(map(found.count, found), default=0)


def permutations(task: Task) -> Iterator[tuple[int, list[list[GoldCall]]]]:
    """Gold with the largest group of calls that can be made at once in other orders, turn by turn, and the number of
    the first call that moved; every turn in the order of its levels."""
    first = 0
    for number, turn in enumerate(task.turns):
        found = levels(turn.calls, first)
        widest = max(found, key=lambda level: (found.count(level), -level), default=0)
        group = [place for place, level in enumerate(found) if level == widest]
        order = sorted(range(len(found)), key=lambda place: found[place])
        start = order.index(group[0]) if group else 0
        for shuffled in _orders(group, f"{task.id}/{number}"):
            whole = [*order[:start], *shuffled, *order[start + len(group) :]]
            if whole != list(range(len(found))):
                yield first, _in_order(task, number, first, whole)
        first += len(turn.calls)


def _orders(group: list[int], seed: str) -> Iterator[tuple[int, ...]]:
    """All orders of a group when they are few, else some, the same for the same seed."""
    if len(group) < 2:
        return
    if math.factorial(len(group)) <= MOST:
        yield from all_orders(group)
        return
    random = Random(seed)
    for _ in range(MOST):
        yield tuple(random.sample(group, len(group)))


def _in_order(task: Task, number: int, first: int, order: Sequence[int]) -> list[list[GoldCall]]:
    moved = {first + place: first + new for new, place in enumerate(order)}
    turns = [list(turn.calls) for turn in task.turns]
    turns[number] = [turns[number][place] for place in order]
    return [[renumbered(call, moved) for call in calls] for calls in turns]


def renumbered(call: GoldCall, moved: Mapping[int, int]) -> GoldCall:
    """A call whose `uses` name other calls by their new numbers."""
    uses: dict[str, str] = {}
    for parameter, source in call.uses.items():
        head, dot, rest = source.partition(".")
        uses[parameter] = f"{moved.get(int(head), int(head))}{dot}{rest}"
    return call.model_copy(update={"uses": uses})
