"""The factory's run: many tasks, by quota, over several processes, resumable, and always the same bytes for a seed.

Candidates are tried in blocks. What a block tries follows from what the blocks before it gave (which kinds and tools
are still short) and from nothing else: not from the number of processes, nor from who was faster, nor from where an
earlier run was killed.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from random import Random

from envfactory.environment.environment import Environment
from envfactory.errors import FileError
from envfactory.graph.chain import Chain
from envfactory.graph.graph import ToolGraph
from envfactory.graph.sample import SPREAD, Bounds, Sampler, Shares, signature
from envfactory.messages import canonical
from envfactory.querygen.generate import drawn, hashes_of
from envfactory.querygen.kinds.draft import Shape
from envfactory.querygen.kinds.recipes import RECIPES
from envfactory.querygen.quota import SHARES, Quota, split
from envfactory.querygen.tally import DEEP, Drawn, Tally, depth
from envfactory.rollout.task import Kind, Task, task_lines
from envfactory.runs import Run

Library = Mapping[str, type[Environment]]

BLOCK = 512
"""Candidates in a block, at most."""
SLICE = 8
"""Candidates that a process is given at a time."""
FEW = 64
"""So few tasks are made in this process: to start others would take longer."""
TRIES = 60
"""After so many candidates a tool that no task uses is no longer aimed at."""
_BARREN = 6_000
DEEP_TASKS = 0.4
"""The share of tasks of depth three or more, at least, where the environments have them."""
_DEEP = 0.55
"""The share of deep chains that is drawn for that: grounding drops more of them."""


@dataclass(frozen=True)
class _Job:
    """One candidate to be tried."""

    candidate: int
    kind: Kind
    chain: Chain


def generate(
    library: Library,
    graph: ToolGraph,
    output: Path,
    *,
    count: int,
    seed: int = 0,
    kinds: Mapping[Kind, float] | None = None,
    length: Bounds = (1, 8),
    turns: Bounds = (1, 3),
    environments: Bounds | Shares = SPREAD,
    workers: int = 1,
    reopen: Callable[[], Library] | None = None,
    resume: bool = False,
    progress: Callable[[Tally], None] | None = None,
) -> Tally:
    """Write `count` certified tasks to `output` (JSON Lines).

    `kinds` are shares, `SHARES` by default; a kind that these environments do not yield is given up, and the others
    make up for it (`Tally.given_up`). With several `workers` each process gets the library from `reopen`. A killed run
    goes on with `resume` and gives the same bytes. Raises FileError when `output` cannot be written, when an unfinished
    run is there, or when no more tasks can be drawn.
    """
    wished = dict(kinds or SHARES)
    shares: dict[Kind, float] = {
        kind: share for kind, share in wished.items() if kind in RECIPES and RECIPES[kind].possible(library)
    }
    if not shares:
        raise FileError(f"these environments yield no task of kind {', '.join(wished)}; name more environments")
    bounds: dict[str, Bounds | Shares] = {"length": length, "turns": turns, "environments": environments}
    config = {"count": count, "library": sorted(library), "graph": graph.to_json(), "seed": seed, "kinds": shares}
    tally, quota = Tally(), Quota(split(count, shares))
    lines: list[str] = []
    shallow = _Shallow(count)
    few = count <= FEW or reopen is None
    with (
        Run(output.with_name(f"{output.name}.run"), config | bounds, resume=resume) as run,
        _workshop(library, seed, 1 if few else workers, reopen) as tried,
    ):
        kept = dict(run.records())
        source = _Source(library, graph, seed, bounds)
        tries = barren = 0
        while planned := quota.block(BLOCK):
            jobs = source.block(planned, tally)
            fresh = tried([job for job in jobs if job.candidate not in kept])
            for job in jobs:
                if job.candidate in kept:
                    found = _stored(job.candidate, kept.pop(job.candidate))
                else:
                    found = next(fresh)
                    run.add(job.candidate, found.task.model_dump_json() if found.task else canonical(found.rejected))
                surplus = "more than wanted" if job.kind not in quota.missing else shallow.surplus(found, tally)
                new = not surplus and tally.add(found)
                if surplus:
                    tally.rejected[surplus] += 1
                quota.add(job.kind, new)
                barren = 0 if new else barren + 1
                if new and found.task:
                    lines.extend(task_lines([found.task]))
                    if progress is not None:
                        progress(tally)
            tries += len(jobs)
            quota.settle()
            if barren > _BARREN:
                break
        tally.given_up = {kind: n for kind, n in split(count, wished).items() if kind not in shares and n}
        tally.given_up |= quota.given_up
        if tally.tasks < count:
            raise FileError(f"only {tally.tasks} tasks came of {tries} candidates; ask for fewer with -n")
        partial = output.with_name(f".{output.name}.partial")
        partial.write_text("".join(lines), encoding="utf-8")
        partial.replace(output)
        run.finish()
    return tally


class _Shallow:
    """Keeps room for deep tasks, for as long as that is worth waiting."""

    def __init__(self, count: int) -> None:
        self._room = count - math.ceil(DEEP_TASKS * count)
        self._patience = 2 * count

    def surplus(self, drawn: Drawn, tally: Tally) -> str:
        """Why a task is not wanted; empty when it is, and for what is no task."""
        if drawn.task is None or depth(drawn.task) >= DEEP or tally.tasks - tally.deep < self._room:
            return ""
        self._patience -= 1
        return "more shallow ones than wanted" if self._patience >= 0 else ""


class _Source:
    """Draws the candidates of one block after the other."""

    def __init__(self, library: Library, graph: ToolGraph, seed: int, bounds: Mapping[str, Bounds | Shares]) -> None:
        self._sampler = Sampler(graph, library)
        self._seed = seed
        self._bounds = bounds
        self._known: set[str] = set()
        self._tried: Counter[str] = Counter()
        """How many candidates call each tool."""
        self._blocks = self._candidates = 0

    def block(self, planned: list[Kind], tally: Tally) -> list[_Job]:
        """A candidate for each kind planned, of the shape it wants; tools that no task uses yet come first."""
        random = Random(f"{self._seed}/{self._blocks}")
        unused = [name for name in self._sampler.tools if not tally.tools[name] and self._tried[name] < TRIES]
        drawn: dict[Kind, Iterator[Chain]] = {}
        for kind in dict.fromkeys(planned):
            aimed = planned.count(kind) // 4 if self._blocks and unused and RECIPES[kind].shape == Shape() else 0
            drawn[kind] = chain(
                self._chains(kind, aimed, random, unused),
                self._chains(kind, planned.count(kind) - aimed, random),
            )
        jobs = [_Job(self._candidates + place, kind, next(drawn[kind])) for place, kind in enumerate(planned)]
        self._blocks += 1
        self._candidates += len(jobs)
        self._known.update(signature(job.chain) for job in jobs)
        for job in jobs:
            self._tried.update({*job.chain.tools})
        return jobs

    def _chains(self, kind: Kind, count: int, random: Random, about: Sequence[str] = ()) -> Iterator[Chain]:
        shape = RECIPES[kind].shape
        return self._sampler.chains(
            count=count,
            seed=random.getrandbits(31),
            length=shape.length or self._bounds["length"],
            turns=shape.turns or self._bounds["turns"],
            environments=shape.environments or self._bounds["environments"],
            deep=_DEEP,
            about=about,
            drawn=self._tried,
            known=self._known,
        )


@contextmanager
def _workshop(
    library: Library, seed: int, workers: int, reopen: Callable[[], Library] | None
) -> Generator[Callable[[list[_Job]], Iterator[Drawn]]]:
    """Where candidates are tried: here, or in processes of their own; what comes of them comes in their order."""
    if workers == 1 or reopen is None:
        yield partial(_each, library, hashes_of(library), seed)
        return
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_enter, initargs=(reopen, seed)
    ) as pool:

        def tried(jobs: list[_Job]) -> Iterator[Drawn]:
            slices = [jobs[place : place + SLICE] for place in range(0, len(jobs), SLICE)]
            futures = [pool.submit(_work, part) for part in slices]
            for future in futures:
                yield from future.result()

        try:
            yield tried
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _each(library: Library, hashes: Mapping[str, str], seed: int, jobs: list[_Job]) -> Iterator[Drawn]:
    for job in jobs:
        recipe = RECIPES[job.kind]
        yield drawn(job.chain, library, hashes, seed=seed, candidate=job.candidate, recipe=recipe)


_here: list[Callable[[list[_Job]], Iterator[Drawn]]] = []
"""What a worker process does, set when it starts."""


def _enter(reopen: Callable[[], Library], seed: int) -> None:
    library = reopen()
    _here[:] = [partial(_each, library, hashes_of(library), seed)]


def _work(jobs: list[_Job]) -> list[Drawn]:
    return [*_here[0](jobs)]


def _stored(number: int, body: str) -> Drawn:
    if body.startswith("{"):
        return Drawn(number, Task.model_validate_json(body))
    return Drawn(number, None, json.loads(body))
