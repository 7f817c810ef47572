"""Tasks to be told anew, with the stories behind them: the grammar's, certified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle
from random import Random

from envfactory.environment.environment import Environment
from envfactory.errors import FileError
from envfactory.graph.chain import Chain
from envfactory.graph.graph import ToolGraph
from envfactory.graph.sample import Sampler
from envfactory.querygen.brief import Brief
from envfactory.querygen.certify import Rejected
from envfactory.querygen.generate import hashes_of, make
from envfactory.querygen.kinds.recipes import RECIPES
from envfactory.rollout.task import Kind, Task

_BARREN = 2_000
_MANY = 1 << 20


def drafted(
    library: Mapping[str, type[Environment]],
    graph: ToolGraph,
    *,
    count: int,
    seed: int = 0,
    kinds: tuple[Kind, ...] = ("base",),
    length: tuple[int, int] = (1, 6),
    turns: tuple[int, int] = (1, 3),
) -> Iterator[tuple[Task, Brief]]:
    """`count` certified tasks of these kinds in turn, each with its story; the same for the same seed.

    Raises FileError when no more can be drawn.
    """
    sampler = Sampler(graph, library)
    hashes = hashes_of(library)
    dice = Random(f"{seed}/drafts")
    chains: dict[Kind, Iterator[Chain]] = {}
    for kind in kinds:
        shape = RECIPES[kind].shape
        chains[kind] = sampler.chains(
            count=_MANY, seed=dice.getrandbits(31), length=shape.length or length, turns=shape.turns or turns
        )
    seen: set[str] = set()
    candidate = barren = 0
    for kind in cycle(kinds):
        for chain in chains[kind]:
            if len(seen) == count:
                return
            behind: list[Brief] = []
            candidate, barren = candidate + 1, barren + 1
            if barren > _BARREN:
                raise FileError(f"only {len(seen)} tasks of {', '.join(kinds)} can be drafted; ask for fewer with -n")
            try:
                task = make(chain, library, hashes, seed=seed, candidate=candidate, recipe=RECIPES[kind], behind=behind)
            except Rejected:
                continue
            if task.id not in seen:
                seen.add(task.id)
                barren = 0
                yield task, behind[0]
                break
