"""The figures of a set of tasks: how large it is, what it covers, how long and how deep its tasks are.

Everything is counted from the tasks themselves; nothing here plays, draws or prints.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, median

from pydantic import BaseModel

from envfactory.graph.graph import ToolGraph
from envfactory.rollout.task import GoldCall, Proof, Task, Trial

DEEP = 3
"""From this many calls that depend on each other in a row, a task counts as deep."""


class Spread(BaseModel, frozen=True):
    """How a whole number is distributed."""

    counts: dict[int, int]
    """How often each value occurs, the smallest value first."""
    mean: float
    median: float
    highest: int

    @property
    def total(self) -> int:
        """How many values there are."""
        return sum(self.counts.values())

    def share(self, least: int) -> float:
        """The share of values that are at least `least`, from 0 to 1."""
        return ratio(sum(count for value, count in self.counts.items() if value >= least), self.total)


class Place(BaseModel, frozen=True):
    """An environment that tasks are played in."""

    name: str
    domain: str
    """Empty where the environment is not to be had."""
    hashes: tuple[str, ...]
    """Content hashes the tasks name; more than one means that they were made at different times."""
    tasks: int
    calls: int
    tools: int
    """Tools there are; 0 where the environment is not to be had."""
    used: int
    """Tools that a gold call uses."""


class Coverage(BaseModel, frozen=True):
    """What the gold calls use of what there is."""

    basis: str
    """What `tools` counts: those of the graph, or those of the environments the tasks are played in."""
    tools: int
    calls: dict[str, int]
    """Gold calls by tool, the most used first."""
    never: tuple[str, ...]
    """Tools that no gold call uses, by name."""
    edges: int | None = None
    """Dependencies of the graph that a chain may rest on: producer, consumer and parameter; None without a graph."""
    edges_used: int | None = None
    """Those along which a gold call takes a value."""

    @property
    def used(self) -> int:
        """How many of the tools there are some gold call uses."""
        return self.tools - len(self.never)


class Trials(BaseModel, frozen=True):
    """One policy that certificates played, and what it earned over all tasks."""

    policy: str
    tasks: int
    passed: int
    reward: float
    """Mean total, from 0 to 1."""


class Certificate(BaseModel, frozen=True):
    """What the tasks' proofs say."""

    certified: int
    """Tasks with a proof in which gold passes, doing nothing earns 0 and every mutant fails."""
    mutants: Spread
    """Single-edit mutants of gold, by task."""
    killed: int
    """Mutants that did not pass."""
    permutations: int
    """Other orders of independent calls that were played; all passed."""
    leaks: int
    trials: tuple[Trials, ...]
    """What the certificates of the kinds played beside gold and its mutants, the most frequent first."""


class Steps(BaseModel, frozen=True):
    """The gold calls, by what they are to the outcome."""

    calls: int
    by_user: int
    """Those that the user makes."""
    optional: int
    """Those without which the outcome is the same, as replay showed (`GoldCall.critical` is false)."""
    masked: int
    """Those with an argument whose value does not matter to the outcome, as execution showed."""


class TaskFigures(BaseModel, frozen=True):
    """The set in figures."""

    tasks: int
    kinds: dict[str, int]
    domains: dict[str, int]
    """Tasks by domain; one that spans two domains counts in both."""
    operators: dict[str, int]
    """Tasks by refinement; a task may have several."""
    unrefined: int
    turns: Spread
    calls: Spread
    writes: Spread
    """Gold calls that write, by task."""
    depth: Spread
    spanning: Spread
    """Environments of a task."""
    acts: dict[str, int]
    """Turns by what the user does in them."""
    expects: dict[str, int]
    """Turns by what a right agent does in them."""
    steps: Steps
    environments: tuple[Place, ...]
    coverage: Coverage
    certificate: Certificate

    @property
    def multi_turn(self) -> float:
        """The share of tasks with two turns or more."""
        return self.turns.share(2)

    @property
    def deep(self) -> float:
        """The share of tasks with a path of `DEEP` dependent calls or more."""
        return self.depth.share(DEEP)


def measure(
    tasks: Sequence[Task],
    *,
    tools: Mapping[str, Sequence[str]],
    domains: Mapping[str, str],
    graph: ToolGraph | None = None,
) -> TaskFigures:
    """Count what the tasks hold.

    `tools` gives the full tool names of each environment that is to be had, `domains` its domain. With a graph,
    coverage is measured against the graph's tools and edges.
    """
    kinds = Counter(task.kind for task in tasks)
    operators = Counter(name for task in tasks for name in dict.fromkeys(task.operators))
    domain_counts: Counter[str] = Counter()
    for task in tasks:
        named = {domains.get(setting.environment, "") for setting in task.settings} - {""}
        domain_counts.update(sorted(named))
    known = {name: list(held) for name, held in tools.items()}
    return TaskFigures(
        tasks=len(tasks),
        kinds=by_size(kinds),
        domains=by_size(domain_counts),
        operators=by_size(operators),
        unrefined=sum(not task.operators for task in tasks),
        turns=spread(len(task.turns) for task in tasks),
        calls=spread(len(task.calls) for task in tasks),
        writes=spread(sum(call.writes for call in task.calls) for task in tasks),
        depth=spread(depth(task.calls) for task in tasks),
        spanning=spread(len(task.settings) for task in tasks),
        acts=by_size(Counter(turn.act for task in tasks for turn in task.turns)),
        expects=by_size(Counter(turn.expects for task in tasks for turn in task.turns)),
        steps=_steps([call for task in tasks for call in task.calls]),
        environments=_places(tasks, known, domains),
        coverage=_coverage(tasks, known, graph),
        certificate=_certificate(tasks),
    )


def depth(calls: Sequence[GoldCall]) -> int:
    """The number of calls on the longest path along which each takes a value that the one before gave; 0 without calls.

    `GoldCall.uses` names the call a value came from.
    """
    longest: list[int] = []
    for call in calls:
        before = (int(source.partition(".")[0]) for source in call.uses.values())
        longest.append(1 + max((longest[number] for number in before if number < len(longest)), default=0))
    return max(longest, default=0)


def spread(values: Iterable[int]) -> Spread:
    """The distribution of whole numbers; all zeros for none."""
    listed = sorted(values)
    if not listed:
        return Spread(counts={}, mean=0.0, median=0.0, highest=0)
    counts = Counter(listed)
    return Spread(
        counts=dict(sorted(counts.items())),
        mean=round(mean(listed), 4),
        median=float(median(listed)),
        highest=listed[-1],
    )


def ratio(part: float, whole: float) -> float:
    """A share from 0 to 1, to four digits; 0 of nothing."""
    return round(part / whole, 4) if whole else 0.0


def interval(share: float, number: int) -> tuple[float, float]:
    """A 95 % interval of a mean of `number` values that lie between 0 and 1.

    It is the score interval of Wilson (1927, doi:10.1080/01621459.1927.10502953), meant for yes and no; wider than
    needed for values in between, which vary no more than a coin of the same mean. Without values it is everything.
    """
    if not number:
        return 0.0, 1.0
    z = 1.959964
    middle = share + z * z / (2 * number)
    reach = z * math.sqrt(share * (1 - share) / number + z * z / (4 * number * number))
    scale = 1 + z * z / number
    return max(0.0, round((middle - reach) / scale, 4)), min(1.0, round((middle + reach) / scale, 4))


def by_size(counts: Mapping[str, int]) -> dict[str, int]:
    """The largest first, equal ones by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _places(tasks: Sequence[Task], tools: Mapping[str, Sequence[str]], domains: Mapping[str, str]) -> tuple[Place, ...]:
    held: Counter[str] = Counter()
    hashes: dict[str, set[str]] = defaultdict(set)
    calls: dict[str, Counter[str]] = defaultdict(Counter)
    for task in tasks:
        for setting in task.settings:
            held[setting.environment] += 1
            hashes[setting.environment].add(setting.hash)
        for call in task.calls:
            calls[call.tool.partition("__")[0]][call.tool] += 1
    return tuple(
        Place(
            name=name,
            domain=domains.get(name, ""),
            hashes=tuple(sorted(hashes[name])),
            tasks=number,
            calls=calls[name].total(),
            tools=len(tools.get(name, ())),
            used=len(calls[name]),
        )
        for name, number in by_size(held).items()
    )


def _coverage(tasks: Sequence[Task], tools: Mapping[str, Sequence[str]], graph: ToolGraph | None) -> Coverage:
    calls = Counter(call.tool for task in tasks for call in task.calls)
    if graph is None:
        there = {name for held in tools.values() for name in held}
        played = {setting.environment for task in tasks for setting in task.settings}
        there = {name for name in there if name.partition("__")[0] in played}
        basis, edges, used = "the environments that the tasks are played in", None, None
    else:
        there = {tool.name for tool in graph.tools}
        basis = "the graph"
        trusted = {(d.producer, d.consumer, d.parameter) for d in graph.dependencies if d.trusted}
        edges, used = len(trusted), len(trusted & _edges(tasks))
    return Coverage(
        basis=basis,
        tools=len(there | set(calls)),
        calls=by_size(calls),
        never=tuple(sorted(there - set(calls))),
        edges=edges,
        edges_used=used,
    )


def _edges(tasks: Sequence[Task]) -> set[tuple[str, str, str]]:
    """Producer, consumer and parameter of each value that a gold call takes from an earlier one."""
    found: set[tuple[str, str, str]] = set()
    for task in tasks:
        calls = task.calls
        for call in calls:
            for argument, source in call.uses.items():
                number = int(source.partition(".")[0])
                if number < len(calls):
                    names = {argument, argument.partition(".")[0]}
                    found.update((calls[number].tool, call.tool, name) for name in names)
    return found


def _certificate(tasks: Sequence[Task]) -> Certificate:
    proofs = [task.proof for task in tasks if task.proof is not None]
    return Certificate(
        certified=sum(p.gold == 1 and p.idle == 0 and p.killed == p.mutants and not p.leaks for p in proofs),
        mutants=spread(proof.mutants for proof in proofs),
        killed=sum(proof.killed for proof in proofs),
        permutations=sum(proof.permutations for proof in proofs),
        leaks=sum(proof.leaks for proof in proofs),
        trials=_trials(proofs),
    )


def _trials(proofs: Sequence[Proof]) -> tuple[Trials, ...]:
    held: dict[str, list[Trial]] = defaultdict(list)
    for proof in proofs:
        for trial in proof.trials:
            held[trial.policy].append(trial)
    found = [
        Trials(
            policy=policy,
            tasks=len(listed),
            passed=sum(trial.passed for trial in listed),
            reward=ratio(sum(trial.total for trial in listed), len(listed)),
        )
        for policy, listed in held.items()
    ]
    return tuple(sorted(found, key=lambda trials: (-trials.tasks, trials.policy)))


def _steps(calls: Sequence[GoldCall]) -> Steps:
    return Steps(
        calls=len(calls),
        by_user=sum(call.by == "user" for call in calls),
        optional=sum(not call.critical for call in calls),
        masked=sum(bool(call.masked) for call in calls),
    )
