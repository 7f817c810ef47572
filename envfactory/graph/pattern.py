"""What a chain looks like from afar: the pieces of its signature, and which calls could be made at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from envfactory.graph.graph import ToolGraph, ToolNode

Place = tuple[int, str, int]
"""Step, path and item of a binding as numbers go faster through a sampler; step -1 is the user."""

_FREE, _BY_ROW, _ALWAYS = 0, 1, 2


def settle(renamed: dict[Place, int], place: Place) -> int:
    """The item's number counted in the order in which items of its step appear; the user's are counted already."""
    step, _, item = place
    if step < 0:
        return item
    known = (step, "", item)
    if known not in renamed:
        renamed[known] = renamed[step, "*", 0] = renamed.get((step, "*", 0), -1) + 1
    return renamed[known]


def step_text(tool: str, places: Iterable[tuple[str, Place]]) -> str:
    """One step of a signature; the places sorted by parameter."""
    return f"{tool}({','.join([f'{name}={step}.{path}#{item}' for name, (step, path, item) in places])})"


def digest(texts: Iterable[str]) -> str:
    """The signature of steps in order."""
    return hashlib.blake2b("|".join(texts).encode(), digest_size=12).hexdigest()


class Orders:
    """Which calls must stay in their order, as far as a chain tells: remembered for every pair of tools."""

    def __init__(self, graph: ToolGraph) -> None:
        self.graph = graph
        self._pairs: dict[tuple[str, str], int] = {}

    def width(self, tools: Sequence[str], places: Sequence[Mapping[str, Place]], turns: Iterable[Iterable[int]]) -> int:
        """The most calls of one turn that go out together when every call is made as soon as it can be."""
        widest = 1
        for turn in turns:
            levels: dict[int, int] = {}
            for step in turn:
                needed = {place[0] for place in places[step].values()}
                level = 1
                for other, reached in levels.items():
                    if reached >= level and (
                        other in needed
                        or self.ordered(tools[other], places[other], tools[step], places[step])
                    ):  # fmt: skip
                        level = reached + 1
                levels[step] = level
            if len(levels) > widest:
                counts: dict[int, int] = {}
                for level in levels.values():
                    counts[level] = counts.get(level, 0) + 1
                widest = max(widest, *counts.values())
        return widest

    def ordered(self, first: str, given: Mapping[str, Place], second: str, taken: Mapping[str, Place]) -> bool:
        """Whether two calls, neither of which uses what the other gives, may still come out otherwise when swapped.

        Two readers never do, nor do calls in two environments. A writer and a list or search of what it writes always
        do. Else it depends on the rows: a call that changes a row goes before or after all others that touch that row,
        and rows are the same unless they are different items of one result or different things that the user named.
        """
        kind = self._pairs.get((first, second))
        if kind is None:
            kind = self._pairs[first, second] = self._kind(self.graph.nodes[first], self.graph.nodes[second])
        if kind != _BY_ROW:
            return kind == _ALWAYS
        one, two = self.graph.nodes[first], self.graph.nodes[second]
        return self._touches(one, given, two, taken) or self._touches(two, taken, one, given)

    def _kind(self, first: ToolNode, second: ToolNode) -> int:
        if first.environment != second.environment or not (first.writes or second.writes):
            return _FREE
        if first.writes and second.writes:
            return _BY_ROW
        reader, writer = (second, first) if first.writes else (first, second)
        if not self._related(first.environment, reader.entity, writer.entity):
            return _FREE
        return _BY_ROW if reader.effect == "get" and writer.effect != "delete" else _ALWAYS

    def _related(self, environment: str, one: str, two: str) -> bool:
        scopes = self.graph.scopes
        return one == two or one in scopes(environment, two) or two in scopes(environment, one)

    def _touches(
        self, writer: ToolNode, given: Mapping[str, Place], other: ToolNode, taken: Mapping[str, Place]
    ) -> bool:
        """Whether the row that the writer changes may be one the other call needs."""
        if not writer.writes:
            return False
        for key in writer.keys:
            if key.role != "key" or key.name not in given:
                continue
            place = given[key.name]
            touched = [taken[item.name] for item in other.keys if item.entity == key.entity and item.name in taken]
            if any(_may_be_one(place, there) for there in touched):
                return True
            within = any(key.entity in self.graph.scopes(other.environment, item.entity) for item in other.keys)
            if not touched and within and writer.effect in {"delete", "move"}:
                return True  # its rows may live in what is removed
        return False


def _may_be_one(one: Place, two: Place) -> bool:
    apart = one[0] == two[0] and one[1] == two[1] and one[2] != two[2]
    return not apart
