"""What stands on the page: the plots in their sections, each with the sentence that defines what it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from envfactory.rollout.characters import NAMES
from envfactory.rollout.reward import PRESETS
from envfactory.rollout.task import KINDS
from envfactory.viewer import plots
from envfactory.viewer.attempts import Estimate
from envfactory.viewer.canvas import NARROW, WIDE
from envfactory.viewer.measure import DEEP
from envfactory.viewer.report import DOMAINS, Report

BENCHMARKS = {"bfcl": "BFCL", "tau2": "τ²-bench", "mcp_atlas": "MCP-Atlas"}
"""What people call the benchmarks."""
LETTERS = 30
"""Letters of a model's name that are shown."""
POLICIES = 16
"""Policies of certificates that are drawn, at most."""
HEATED = 40
"""Columns of a heat map, at most."""


class Plot(NamedTuple):
    """One drawing with its words; `svg` is empty where it is left out, and `caption` then says why."""

    name: str
    title: str
    svg: str
    caption: str
    wide: bool = False
    listed: tuple[str, tuple[str, ...]] = ("", ())
    """A heading and names that belong to it."""


class Section(NamedTuple):
    """Plots that belong together."""

    name: str
    title: str
    plots: tuple[Plot, ...]


def sections(report: Report) -> tuple[Section, ...]:
    """Everything the page draws, in order."""
    parts: tuple[tuple[str, str, Callable[[Report], Iterator[Plot]]], ...] = (
        ("set", "What there is", _set),
        ("shape", "How long and how deep", _shape),
        ("coverage", "What is covered", _coverage),
        ("language", "What users and agents say", _language),
        ("repeats", "What repeats", _repeats),
        ("certificate", "What is proven", _certificate),
        ("reward", "What a reward pays", _reward),
        ("difficulty", "How hard it is", _difficulty),
        ("contamination", "How near to the benchmarks", _contamination),
    )
    return tuple(Section(name, title, tuple(make(report))) for name, title, make in parts)


def _set(report: Report) -> Iterator[Plot]:
    tasks = report.tasks
    yield Plot(
        "kinds", "Kinds", plots.bars(_said({kind: tasks.kinds.get(kind, 0) for kind in KINDS}), label="tasks"),
        "Tasks by kind: what makes the task hard beyond its calls. Base has no such thing.",
    )  # fmt: skip
    if tasks.domains:
        domains = {name: tasks.domains.get(name, 0) for name in (*tasks.domains, *DOMAINS)}
        yield Plot(
            "domains", "Domains", plots.bars(domains, label="tasks"),
            "Tasks by domain of their environments; a task that spans two domains counts in both.",
        )  # fmt: skip
    else:
        yield _left_out(report, "domains", "Domains")
    operators = {**tasks.operators, "unrefined": tasks.unrefined}
    yield Plot(
        "operators", "Refinements", plots.bars(_said(operators), label="tasks"),
        "Tasks by operator that was applied to the user's words; a task may have several, unrefined ones have none.",
    )  # fmt: skip
    yield Plot(
        "spanning", "Environments of a task", plots.columns(tasks.spanning, label="environments"),
        f"How many environments a task is played in; {tasks.spanning.share(2):.0%} span two or more.",
    )  # fmt: skip
    tips = {
        said(place.name): f"{place.name}: {place.tasks:,} tasks, {place.used} of {place.tools} tools used"
        for place in tasks.environments
    }
    yield Plot(
        "environments", "Environments",
        plots.upright(_said({place.name: place.tasks for place in tasks.environments}), unit="tasks", tips=tips),
        "Tasks by environment; a task that spans two counts in both. Content hashes stand at the end of the page.",
        wide=True,
    )  # fmt: skip


def _shape(report: Report) -> Iterator[Plot]:
    tasks = report.tasks
    yield Plot(
        "turns", "Turns", plots.columns(tasks.turns, label="turns of the user"),
        f"How often the user speaks; {tasks.multi_turn:.0%} of the tasks have two turns or more.",
    )  # fmt: skip
    yield Plot(
        "calls", "Calls", plots.columns(tasks.calls, label="gold calls"),
        f"Right calls of a task, over all turns: {tasks.calls.mean:.1f} on average.",
    )  # fmt: skip
    yield Plot(
        "writes", "Writes", plots.columns(tasks.writes, label="gold calls that write"),
        f"Right calls that change rows; a task with 0 only asks. {tasks.writes.share(1):.0%} of the tasks change "
        "something.",
    )  # fmt: skip
    yield Plot(
        "depth", "Depth", plots.columns(tasks.depth, label="calls on the longest path"),
        "The longest path of calls in which each takes a value that the one before gave; 0 is a task without calls. "
        f"{tasks.deep:.0%} of the tasks have a depth of {DEEP} or more.",
    )  # fmt: skip


def _coverage(report: Report) -> Iterator[Plot]:
    coverage = report.tasks.coverage
    often = next(iter(coverage.calls.items()), ("", 0))
    edges = (
        f" Of the graph's {coverage.edges:,} dependencies that chains may rest on, gold calls take values along "
        f"{coverage.edges_used:,}."
        if coverage.edges is not None
        else ""
    )
    heading = f"Never used ({len(coverage.never)})" if coverage.never else ""
    yield Plot(
        "tools", "Tools",
        plots.ranks(coverage.calls, label="tools, the most used first", unit="gold calls", never=len(coverage.never)),
        f"Gold calls by tool: {coverage.used:,} of the {coverage.tools:,} tools of {coverage.basis} are used; the most "
        f"used is {often[0]} ({often[1]:,} calls).{edges} A column's name shows on hover.",
        wide=True, listed=(heading, coverage.never),
    )  # fmt: skip
    if coverage.edges is None:
        yield _left_out(report, "edges", "Edges of the graph")


def _language(report: Report) -> Iterator[Plot]:
    said = report.wording
    yield Plot(
        "query_length", "Length of a query", plots.histogram(said.query, label="words", unit="turns"),
        f"Words the user says in a turn; {said.words:,} words in all, {said.vocabulary:,} different ones.",
    )  # fmt: skip
    yield Plot(
        "answer_length", "Length of an answer", plots.histogram(said.answer, label="words", unit="turns"),
        "Words of the right closing message of a turn: what the oracle says, and what training rows hold.",
    )  # fmt: skip
    yield Plot(
        "acts", "What the user does", plots.bars(report.tasks.acts, label="turns"),
        "Turns by what the user does by opening them: asks for something, gives what the agent asked for, corrects or "
        "retracts what was said, confirms that something was done.",
    )  # fmt: skip
    yield Plot(
        "expects", "What a right agent does", plots.bars(report.tasks.expects, label="turns"),
        "Turns by what is right in them: act and answer, ask for what is missing, decline, guide the user.",
    )  # fmt: skip


def _repeats(report: Report) -> Iterator[Plot]:
    said = report.wording
    doubles, whole = said.duplicates, report.tasks.tasks or 1
    counts = {"same words": doubles.words, "same gold": doubles.gold, "both": doubles.both, "near": doubles.near}
    top = max(0.05, 1.2 * max(counts.values()) / whole)
    yield Plot(
        "duplicates", "Duplicates",
        plots.bars({name: n / whole for name, n in counts.items()}, label="share of the tasks", top=top, shares=True),
        "Tasks that repeat an earlier one: its words, its worlds and gold calls, both; near: 5-grams of the queries "
        f"like those of another task (Jaccard 0.8 or more). There are {doubles.chains:,} different sequences of tools.",
    )  # fmt: skip
    yield Plot(
        "distinct", "Variety",
        plots.bars({f"distinct-{n}": share for n, share in said.distinct.items()},
                   label="different n-grams by all n-grams", show="{:.3f}".format, top=1),
        "distinct-n of all queries (Li et al. 2016). It falls as a set grows: compare sets of one size.",
    )  # fmt: skip
    yield Plot(
        "repetition", "Repetition",
        plots.curves({"repetition": said.repetition}, label="n: words of an n-gram", unit="n-grams met elsewhere"),
        "The share of a task's n-grams that some other task has too, averaged over tasks. Texts from few templates "
        "stay high for long n.",
    )  # fmt: skip
    if said.frequent:
        yield Plot(
            "frequent", "Most repeated 4-grams", plots.bars(said.frequent, label="tasks"),
            f"The 4-grams of queries that most of the {report.tasks.tasks:,} tasks have.",
        )  # fmt: skip


def _certificate(report: Report) -> Iterator[Plot]:
    proof = report.tasks.certificate
    mutants = sum(value * count for value, count in proof.mutants.counts.items())
    yield Plot(
        "mutants", "Mutants of a task",
        plots.histogram(proof.mutants, label="single-edit mutants of gold", unit="tasks", last=100),
        f"Each is gold with one thing wrong: a call left out, another value, another row, an untold fact. "
        f"{proof.killed:,} of {mutants:,} do not pass; {proof.permutations:,} other orders of independent calls do.",
    )  # fmt: skip
    steps = report.tasks.steps
    whole = steps.calls or 1
    counts = {"by the user": steps.by_user, "not critical": steps.optional, "with masked arguments": steps.masked}
    if any(counts.values()):
        yield Plot(
            "steps", "Steps",
            plots.bars({name: count / whole for name, count in counts.items()}, label="share of the gold calls",
                       top=max(0.05, 1.2 * max(counts.values()) / whole), shares=True),
            f"Of {steps.calls:,} gold calls: those the user makes, those without which the outcome is the same (by "
            "replay) and those with an argument whose value does not matter (by execution).",
        )  # fmt: skip
    else:
        told = f"All {steps.calls:,} gold calls are the agent's; none is marked as not critical, no argument as masked."
        yield Plot("steps", "Steps", "", told)
    if proof.trials:
        yield Plot(
            "trials", "Policies that were played",
            plots.bars({f"{t.policy} ({t.passed:,} pass)": t.tasks for t in proof.trials[:POLICIES]}, label="tasks",
                       width=WIDE),
            "What the certificates of the kinds played beside gold and its mutants, right ways and wrong ones, and how "
            "many of them pass.",
            wide=True,
        )  # fmt: skip
    else:
        yield _left_out(report, "trials", "Policies that were played")
    if report.quarantine is None:
        yield _left_out(report, "quarantine", "Quarantine")
    elif report.quarantine:
        yield Plot(
            "quarantine", "Quarantine", plots.bars(_said(report.quarantine), label="tasks"),
            "Tasks that were set aside, by reason.",
        )  # fmt: skip
    else:
        yield Plot("quarantine", "Quarantine", "", "No task was set aside.")


def _reward(report: Report) -> Iterator[Plot]:
    if not report.cast:
        yield _left_out(report, "cast", "Reward of every character")
        return
    kinds = list(dict.fromkeys(part.kind for part in report.cast))
    wide = len(kinds) > 3
    panels = {
        preset: {(said(p.character), said(p.kind)): p.reward for p in report.cast if p.preset == preset and p.tasks}
        for preset in PRESETS
    }
    tips = {
        (
            p.preset,
            said(p.character),
            said(p.kind),
        ): f"{said(p.character)} on {said(p.kind)}, {p.preset}: {p.reward:.3f} on average, {p.passed} of {p.tasks} pass"
        for p in report.cast
    }
    played = {part.kind: part.tasks + part.masked for part in report.cast}
    told = ", ".join(f"{number} {said(kind)}" for kind, number in played.items())
    yield Plot(
        "cast", "Reward of every character",
        plots.heat(
            panels, rows=[*map(said, NAMES)], across=[*map(said, kinds)], width=WIDE if wide else NARROW, tips=tips
        ),
        f"Mean reward of {len(NAMES)} models that know the task and act a part, by both presets: the oracle must earn "
        "1, the idler nothing. Paper is the published rule, kept to compare with. "
        f"Played for this report on tasks drawn with its seed: {told}.",
        wide=wide,
    )  # fmt: skip


def _difficulty(report: Report) -> Iterator[Plot]:
    if not report.solvers:
        yield _left_out(report, "solvers", "Models")
        return
    solvers, names = report.solvers, _models(report)
    limits = {names[solver.model]: (solver.passed.low, solver.passed.high) for solver in solvers}
    attempts, masked = sum(s.attempts for s in solvers), sum(s.masked for s in solvers)
    aside = f", {masked:,} masked ones left out" if masked else ""
    yield Plot(
        "passed", "Pass rate",
        plots.bars({names[s.model]: s.passed.value for s in solvers}, label="attempts that pass", top=1, shares=True,
                   limits=limits, show="{:.0%}".format),
        f"The mean over tasks of the share of attempts that pass, with its 95 % interval (Wilson, over tasks); "
        f"{attempts:,} attempts{aside}.",
    )  # fmt: skip
    several = [solver for solver in solvers if solver.samples > 1]
    if several:
        yield Plot(
            "pass_at", "pass@k",
            plots.curves(
                {names[s.model]: {k: e.value for k, e in s.pass_at.items()} for s in several},
                bands={names[s.model]: {k: (e.low, e.high) for k, e in s.pass_at.items()} for s in several},
                label="k: attempts", unit="tasks solved",
            ),
            "The chance that at least one of k attempts passes (Chen et al. 2021), with its 95 % interval over tasks.",
        )  # fmt: skip
        yield Plot(
            "difficulty", "Difficulty", plots.strips({names[s.model]: s.bands for s in several}),
            "Tasks by how often the model's attempts pass. What is always or never solved teaches nothing.",
        )  # fmt: skip
    else:
        yield _left_out(report, "pass_at", "Difficulty")
    kinds = [*map(said, report.tasks.kinds)]
    by_kind: dict[tuple[str, str], Estimate] = {
        (names[s.model], said(k)): e for s in solvers for k, e in s.by_kind.items()
    }
    wide = len(kinds) > 6
    yield Plot(
        "by_kind", "Pass rate by kind",
        plots.heat(
            {"": {pair: found.value for pair, found in by_kind.items()}},
            rows=list(names.values()), across=kinds, width=WIDE if wide else NARROW,
            tips={
                ("", model, kind): f"{model} on {kind}: {e.value:.1%} ({e.low:.1%} to {e.high:.1%}) of "
                f"{e.tasks:,} tasks"
                for (model, kind), e in by_kind.items()
            },
        ),
        "The same, kind by kind; the interval shows on hover.",
        wide=wide,
    )  # fmt: skip


def _contamination(report: Report) -> Iterator[Plot]:
    if not report.contamination:
        yield _left_out(report, "contamination", "Likeness to the benchmarks")
        return
    most: dict[str, float] = {}
    for found in report.contamination:
        most[found.environment] = max(found.share + found.near, most.get(found.environment, 0.0))
    across = sorted(most, key=lambda name: (-most[name], name))
    benchmarks = list(dict.fromkeys(found.benchmark for found in report.contamination))
    called = {name: BENCHMARKS.get(name, name) for name in benchmarks}
    flagged = sorted({f"{found.environment} ({found.group})" for found in report.contamination if found.near})
    beyond = f" The {HEATED} nearest of {len(across)} environments are drawn." if len(across) > HEATED else ""
    yield Plot(
        "contamination", "Tools that a benchmark has too",
        plots.heat(
            {"": {(called[f.benchmark], said(f.environment)): f.share for f in report.contamination}},
            rows=list(called.values()), across=[*map(said, across[:HEATED])], width=WIDE,
            framed={(called[f.benchmark], said(f.environment)) for f in report.contamination if f.near},
            tips={
                ("", called[f.benchmark], said(f.environment)): f"{f.environment}: {f.alike} tools are like those of "
                + (f.group or "no group")
                + (", near" if f.near else "")
                for f in report.contamination
            },
        ),
        "The share of an environment's tools that the nearest group of the benchmark's tools has too, by names and "
        "parameters; what the benchmarks ask was not compared. An environment is near (framed) from a quarter on, or "
        f"when both stand for the same service: leave it out where that benchmark is the test.{beyond}",
        wide=True, listed=(f"Near ({len(flagged)})" if flagged else "", tuple(flagged)),
    )  # fmt: skip
    whole = report.tasks.tasks or 1
    yield Plot(
        "near_tasks", "Tasks near to a benchmark",
        plots.bars({called[name]: report.near_tasks.get(name, 0) / whole for name in benchmarks},
                   label="share of the tasks", top=1, shares=True),
        "Tasks that are played in at least one environment near to the benchmark: those to leave out where it is the "
        "test.",
    )  # fmt: skip


def said(name: str) -> str:
    """A name of ours as people read it."""
    return name.replace("_", " ")


def _said(counts: Mapping[str, int]) -> dict[str, int]:
    return {said(name): count for name, count in counts.items()}


def _models(report: Report) -> dict[str, str]:
    """What models are called on the page: the end of a path, no more than `LETTERS`; in full where two would be one."""
    short = {solver.model: solver.model.rpartition("/")[2] for solver in report.solvers}
    short = {
        name: told if len(told) <= LETTERS else f"{told[: LETTERS - 9]}…{told[-8:]}" for name, told in short.items()
    }
    several = {told for told, number in Counter(short.values()).items() if number > 1}
    return {name: name if told in several else told for name, told in short.items()}


def _left_out(report: Report, name: str, title: str) -> Plot:
    return Plot(name, title, "", report.missing.get(name, "There is nothing to draw."))
