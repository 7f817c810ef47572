"""Edges by name and meaning between many outputs and many parameters: candidates first, scores a block at a time.

What is compared is whole numbers (`words.vectors`), so that a score does not depend on what else is compared beside
it: linking what is new gives the very edges that linking everything would.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from envfactory.environment.session import SEPARATOR
from envfactory.graph.graph import Dependency, Evidence, ToolNode
from envfactory.graph.shape import Leaf
from envfactory.graph.words import FIT, KINDS, canonical_words, kind, split

FLOOR = 0.3
"""Edges by name or meaning that score less are not kept."""

WEAK = 0.35
"""At most this much for a plain text that the consumer writes: anything fits there, so that it fits says nothing."""

PER_PARAMETER = 6
"""Edges by name or meaning kept for one parameter, the best of them; at most two from one environment."""

PER_ENVIRONMENT = 2

CELLS = 4_000_000
"""Scores held at once, at most: it bounds the memory (some 100 MB)."""

Floats = NDArray[np.float32]
Vectorise = Callable[[Sequence[Leaf]], Floats]
"""Unit vectors of leaves, a row each: how near two meanings are is the product of their rows."""

_TEXTS = frozenset({"title", "text", "", "query"})
_KIND = {name: place for place, name in enumerate(KINDS)}
_Key = tuple[str, ...]
_Fitting = tuple[float, float, tuple[Leaf, ...]]  # score, nearness, and the outputs described alike


@dataclass(frozen=True)
class Side:
    """Distinct descriptions on one side, with the leaves that share each."""

    leaves: tuple[tuple[Leaf, ...], ...]
    kinds: NDArray[np.int64]
    types: NDArray[np.int64]
    names: NDArray[np.int64]
    """Equal numbers are equal names, once normalised."""
    rows: Floats

    def near(self, rows: NDArray[np.int64], other: Side, columns: NDArray[np.int64]) -> Floats:
        """How near the meanings of some of these are to some of the others', from 0 to 1."""
        return self.rows[rows] @ other.rows[columns].T

    @cached_property
    def first(self) -> tuple[Leaf, ...]:
        """One leaf of each description."""
        return tuple(same[0] for same in self.leaves)


_TYPES = {"string": 1, "integer": 2, "number": 3, "array": 4}


def side(leaves: Sequence[Leaf], vectorise: Vectorise, home: Callable[[Leaf], str]) -> Side:
    """The leaves by description; `home` says apart which leaves are held (outputs of two environments stay apart, so
    that the best of each can be told)."""
    found: dict[_Key, list[Leaf]] = defaultdict(list)
    for leaf in leaves:
        found[home(leaf), leaf.name, leaf.about, leaf.type, leaf.format, leaf.description].append(leaf)
    ordered = [found[key] for key in sorted(found)]
    firsts = [same[0] for same in ordered]
    kinds = [
        kind(one.name, type=one.type, format=one.format, about=one.about, description=one.description) for one in firsts
    ]
    return Side(
        leaves=tuple(map(tuple, ordered)),
        kinds=np.array([_KIND[one] for one in kinds], dtype=np.int64),
        names=np.array([zlib.crc32(" ".join(sorted({*canonical_words(leaf.name)})).encode()) for leaf in firsts]),
        types=np.array([_TYPES.get(leaf.type, 0) for leaf in firsts], dtype=np.int64),
        rows=vectorise(firsts),
    )


def alike(
    nodes: Mapping[str, ToolNode], given: Sequence[Leaf], taken: Sequence[Leaf], *, vectorise: Vectorise
) -> Iterator[Dependency]:
    """Edges by kind of value and by words, for tools that declare which of their values are keys.

    For each parameter the best of these outputs: at most `PER_PARAMETER`, `PER_ENVIRONMENT` from one environment.
    """
    places = {name: node.environment for name, node in nodes.items()}
    # What a writer returns is mostly what it was given.
    givers = [
        leaf
        for leaf in given
        if not leaf.entity and not leaf.choices and leaf.format != "byte" and not nodes[leaf.tool].writes
    ]
    takers = [leaf for leaf in taken if not leaf.choices]
    if not givers or not takers:
        return
    offered = side(givers, vectorise, lambda leaf: places[leaf.tool])
    wanted = side(takers, vectorise, lambda leaf: "")
    homes = [places[leaf.tool] for leaf in offered.first]
    for rows, columns in groups(wanted, offered):
        near, score = _scored(wanted, offered, rows, columns)
        apart = [
            place for place, c in enumerate(columns.tolist()) if not place or homes[c] != homes[columns[place - 1]]
        ]
        tops = np.maximum.reduceat(score, apart, axis=1)
        ends: list[int] = [*apart[1:], len(columns)]
        numbers: list[int] = rows.tolist()
        for place, row in enumerate(numbers):
            worth = np.flatnonzero(tops[place] >= FLOOR)
            # One more than are kept, for of its own environment a tool may be offered nothing that helps.
            worth = worth[np.argsort(-tops[place, worth], kind="stable")][: PER_PARAMETER + 1]
            best_homes: list[int] = worth.tolist()
            fitting = [
                [
                    (float(score[place, c]), float(near[place, c]), offered.leaves[int(columns[c])])
                    for c in range(apart[home], ends[home])
                    if score[place, c] >= FLOOR
                ]
                for home in best_homes
            ]
            for target in wanted.leaves[row]:
                yield from _edges(nodes, target, fitting, KINDS[int(wanted.kinds[row])])


def best(edges: Iterable[Dependency]) -> list[Dependency]:
    """Of edges by name and meaning, found in several goes, the best for each parameter: at most `PER_PARAMETER`."""
    found: dict[tuple[str, str], list[Dependency]] = defaultdict(list)
    for edge in edges:
        found[edge.consumer, edge.parameter].append(edge)
    kept: list[Dependency] = []
    for same in found.values():
        same.sort(key=lambda edge: _rank(_strength(edge), edge.producer, edge.path))
        kept += same[:PER_PARAMETER]
    return kept


def _strength(edge: Dependency) -> float:
    return max(item.score for item in edge.evidence if item.kind in {"name", "meaning"})


def groups(wanted: Side, offered: Side) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Parameters with the outputs that may fit them: of fitting kinds; where the kind is unknown, of a common word.

    No pair has more than `CELLS` scores.
    """
    by_kind = [np.flatnonzero(FIT[one][offered.kinds] > 0) for one in range(len(KINDS))]
    by_word: dict[str, list[int]] = defaultdict(list)
    for column in np.flatnonzero(offered.kinds == 0).tolist():
        for word in set(canonical_words(offered.first[column].name)):
            by_word[word].append(column)
    rows_of: dict[tuple[int, tuple[str, ...]], list[int]] = defaultdict(list)
    for row, leaf in enumerate(wanted.first):
        what = int(wanted.kinds[row])
        rows_of[what, () if what else tuple(sorted(set(canonical_words(leaf.name))))].append(row)
    for (what, words), rows in rows_of.items():
        columns = (
            by_kind[what] if what else np.array(sorted({c for word in words for c in by_word[word]}), dtype=np.int64)
        )
        if len(columns):
            step = max(1, CELLS // len(columns))
            for begin in range(0, len(rows), step):
                yield np.array(rows[begin : begin + step], dtype=np.int64), columns


def _scored(wanted: Side, offered: Side, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """How near the meanings are, and how well the values fit."""
    near: Floats = wanted.near(rows, offered, columns)
    likeness = FIT[wanted.kinds[rows]][:, offered.kinds[columns]]
    # An unknown kind says nothing for or against: there the words alone decide, and only when they are nearly equal.
    unknown = (wanted.kinds[rows][:, None] == 0) & (offered.kinds[columns][None, :] == 0)
    score = np.where(unknown, 0.5 * near * (near > 0.6), likeness * (0.8 + 0.4 * near))
    score *= wanted.types[rows][:, None] == offered.types[columns][None, :]
    equal = wanted.names[rows][:, None] == offered.names[columns][None, :]
    total = np.where(score >= FLOOR, np.minimum(score + 0.1 * equal, 1.0), 0.0)
    return near, np.round(total, 3).astype(np.float32)


def _rank(score: float, producer: str, path: str) -> tuple[float, str, str, str]:
    """In which order edges into a parameter are kept; of equal scores by environment."""
    return -score, producer.partition(SEPARATOR)[0], producer, path


def _edges(
    nodes: Mapping[str, ToolNode], target: Leaf, fitting: Sequence[Sequence[_Fitting]], what: str
) -> Iterator[Dependency]:
    """The best edges into one parameter; `fitting` holds the outputs that fit, by environment."""
    consumer = nodes[target.tool]
    wanted = consumer.input(target.path)
    share = WEAK if wanted is not None and wanted.role == "value" and what in _TEXTS else 1.0
    found: list[tuple[float, float, Leaf]] = []
    for outputs in fitting:
        # Of one environment the fittest tools, lists before single things.
        ranked = sorted(
            (-score, "*" not in leaf.path, leaf.tool, leaf.path, near, leaf)
            for score, near, leaves in outputs
            for leaf in leaves
            if nodes[leaf.tool].environment != consumer.environment or not _same_thing(leaf, target)
        )
        tools: set[str] = set()
        for less, _, tool, _, near, leaf in ranked:
            if tool not in tools:
                tools.add(tool)
                found.append((round(-less * share, 5), near, leaf))
            if len(tools) == PER_ENVIRONMENT:
                break
    found.sort(key=lambda item: _rank(item[0], item[2].tool, item[2].path))
    for score, near, leaf in found[:PER_PARAMETER]:
        shown = f"{leaf.about} {' '.join(split(leaf.name))}".strip()
        said = f"{shown}: {what or 'the same words'} ({near:.2f})"
        reasons = [Evidence.model_construct(kind="meaning", detail=said, score=score)]
        if set(canonical_words(leaf.name)) == set(canonical_words(target.name)):
            detail = f"{leaf.name} is {target.name}"
            reasons.append(Evidence.model_construct(kind="name", detail=detail, score=score))
        yield Dependency.model_construct(
            producer=leaf.tool,
            consumer=consumer.name,
            path=leaf.path,
            parameter=target.path,
            entity=what,
            evidence=tuple(reasons),
        )


def _same_thing(leaf: Leaf, target: Leaf) -> bool:
    """Whether a value would only come back to where it was read: a task's title as that task's new title."""
    return leaf.tool == target.tool or (leaf.about == target.about and split(leaf.name) == split(target.name))
