"""From chains to certified tasks: ground, refine, write, certify, solve; the rest is counted and dropped."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from envfactory.environment.environment import Environment
from envfactory.environment.library import content_hash
from envfactory.errors import FileError
from envfactory.graph.graph import ToolGraph
from envfactory.graph.sample import Chain, sample
from envfactory.messages import canonical
from envfactory.querygen.certify import Rejected, certify
from envfactory.querygen.ground import Hopeless, Stuck, ground
from envfactory.querygen.kinds.draft import Draft, Recipe
from envfactory.querygen.refine import refine
from envfactory.querygen.scenario import imagine
from envfactory.querygen.told import faithful, readable, told
from envfactory.rollout.characters import character
from envfactory.rollout.play import play
from envfactory.rollout.reward import score
from envfactory.rollout.task import Task, task_lines
from envfactory.runs import Run

_ATTEMPTS = 3
_BARREN = 5_000
_ENDLESS = 1 << 40


class Drawn(NamedTuple):
    """One candidate: a certified task, or why there is none."""

    candidate: int
    task: Task | None
    rejected: str = ""


def candidates(
    library: Mapping[str, type[Environment]],
    graph: ToolGraph,
    *,
    seed: int = 0,
    length: tuple[int, int] = (1, 8),
    turns: tuple[int, int] = (1, 3),
    environments: tuple[int, int] = (1, 2),
    after: int = -1,
) -> Iterator[Drawn]:
    """Candidates without end, the same for the same seed; those up to number `after` are skipped, for a resumed run."""
    hashes = {name: content_hash(cls.folder) for name, cls in library.items() if cls.folder}
    chains = sample(graph, library, count=_ENDLESS, seed=seed, length=length, turns=turns, environments=environments)
    for candidate, chain in enumerate(chains):
        if candidate <= after:
            continue
        try:
            yield Drawn(candidate, make(chain, library, hashes, seed=seed, candidate=candidate))
        except Rejected as reason:
            yield Drawn(candidate, None, str(reason))


def make(
    chain: Chain,
    library: Mapping[str, type[Environment]],
    hashes: Mapping[str, str],
    *,
    seed: int,
    candidate: int,
    recipe: Recipe | None = None,
) -> Task:
    """One certified task of a recipe's kind from a chain; raises Rejected."""
    recipe = recipe or Recipe()
    stuck = ""
    for attempt in range(_ATTEMPTS):
        random = Random(f"{seed}/{candidate}/{attempt}")
        scenario = imagine(chain.environments, library, hashes, seed=random.getrandbits(31), random=random)
        try:
            story = ground(chain, library, scenario, random=random)
            break
        except Hopeless as reason:
            raise Rejected(str(reason)) from None
        except Stuck as reason:
            stuck = str(reason)
    else:
        raise Rejected(stuck)
    try:
        wording, operators = refine(story, random=random)
        task = told(story, wording, operators, library, random=random)
        faithful(story, wording, task)
        task = recipe.recast(Draft(story, wording, task, library, hashes, random))
        readable(task)
    finally:
        story.close()
    return solve(certify(task, library, random=random, policies=recipe.policies), library)


def solve(task: Task, library: Mapping[str, type[Environment]]) -> Task:
    """The task, after the oracle has solved it through the same door as every model; raises Rejected."""
    with task.open(library) as session:
        trajectory = asyncio.run(play(task, character("oracle", task), session))
    if score(task, trajectory).total != 1.0:
        raise Rejected("the oracle does not solve it")
    return task


class Tally:
    """What a run of `candidates` gave, in figures."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.operators: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.seen: set[str] = set()
        self.multi_turn = 0
        self.spanning = 0
        self.tasks = 0

    def add(self, drawn: Drawn) -> bool:
        """Count a candidate; whether it is a new task, with words and gold that no earlier one has."""
        if drawn.task is None:
            self.rejected[drawn.rejected] += 1
            return False
        words_and_gold = repr([(t.query, [(c.tool, c.arguments) for c in t.calls]) for t in drawn.task.turns])
        if words_and_gold in self.seen:
            self.rejected["a duplicate"] += 1
            return False
        self.seen.add(words_and_gold)
        self.tasks += 1
        self.kinds[drawn.task.kind] += 1
        self.multi_turn += len(drawn.task.turns) > 1
        self.spanning += len(drawn.task.settings) > 1
        self.operators.update(drawn.task.operators)
        return True

    def share(self, count: int) -> float:
        """A count as a share of the tasks, 0 to 1."""
        return round(count / self.tasks, 4) if self.tasks else 0.0

    def document(self) -> dict[str, Any]:
        """The figures as `--json` prints them."""
        return {
            "tasks": self.tasks,
            "certified": self.tasks,
            "kinds": dict(sorted(self.kinds.items())),
            "multi_turn": self.share(self.multi_turn),
            "implicit": self.share(self.operators["implicit_reference"]),
            "operators": {name: self.share(count) for name, count in sorted(self.operators.items())},
            "spanning": self.share(self.spanning),
            "rejected": dict(sorted(self.rejected.items())),
        }


def generate(
    library: Mapping[str, type[Environment]],
    graph: ToolGraph,
    output: Path,
    *,
    count: int,
    resume: bool = False,
    progress: Callable[[Tally], None] | None = None,
    **draw: Any,
) -> Tally:
    """Write `count` certified tasks to `output` (JSON Lines); `draw` goes to `candidates`.

    A killed run goes on with `resume` and gives the same bytes. Raises FileError when `output` cannot be written, when
    an unfinished run is there, or when no more tasks can be drawn.
    """
    config = {"count": count, "library": sorted(library), "graph": graph.to_json(), **draw}
    tally = Tally()
    lines: list[str] = []
    with Run(output.with_name(f"{output.name}.run"), config, resume=resume) as run:
        last, barren = -1, 0
        for number, body in run.records():
            drawn = _stored(number, body)
            if tally.add(drawn) and drawn.task:
                lines.extend(task_lines([drawn.task]))
            last = number
        for drawn in candidates(library, graph, after=last, **draw):
            if tally.tasks >= count:
                break
            run.add(drawn.candidate, drawn.task.model_dump_json() if drawn.task else canonical(drawn.rejected))
            barren += 1
            if tally.add(drawn) and drawn.task:
                lines.extend(task_lines([drawn.task]))
                barren = 0
            if barren > _BARREN:
                raise FileError(f"no new task in {_BARREN} candidates; {tally.tasks} were made: ask for fewer with -n")
            if progress is not None:
                progress(tally)
        partial = output.with_name(f".{output.name}.partial")
        partial.write_text("".join(lines), encoding="utf-8")
        partial.replace(output)
        run.finish()
    return tally


def _stored(number: int, body: str) -> Drawn:
    if body.startswith("{"):
        return Drawn(number, Task.model_validate_json(body))
    return Drawn(number, None, json.loads(body))
