"""All that a report says, as one record; the page and the JSON document are drawn from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel

from envfactory.environment.spec import Domain
from envfactory.rollout.task import KINDS
from envfactory.viewer.attempts import Part, Solver
from envfactory.viewer.measure import TaskFigures, ratio
from envfactory.viewer.wording import Wording

DOMAINS: tuple[str, ...] = get_args(Domain)
"""The paper's seven."""


class Likeness(BaseModel, frozen=True):
    """How near an environment is to one benchmark."""

    environment: str
    benchmark: str
    group: str
    """The group of the benchmark's tools it is nearest to."""
    alike: int
    """The environment's tools that the group has too."""
    share: float
    """How many of the environment's tools these are, 0 to 1."""
    near: bool
    """Whether it should be left out where the benchmark is the test."""


class Report(BaseModel, frozen=True):
    """The figures of a folder that the other commands wrote."""

    seed: int
    files: dict[str, str]
    """What was read: sha256 by file name."""
    tasks: TaskFigures
    wording: Wording
    cast: tuple[Part, ...] = ()
    """What every character earns on every kind, by both presets."""
    solvers: tuple[Solver, ...] = ()
    """The models whose attempts lie in the folder."""
    contamination: tuple[Likeness, ...] = ()
    """By environment and benchmark; empty when no environment was to be had."""
    near_tasks: dict[str, int] = {}
    """Tasks that play in an environment near to the benchmark, by benchmark."""
    quarantine: dict[str, int] | None = None
    """Tasks set aside, by reason; None without a file of them."""
    missing: dict[str, str] = {}
    """Plots that are left out: why, and what to run for them."""
    notes: tuple[str, ...] = ()
    """What the reader should know of what was read."""

    def document(self) -> dict[str, Any]:
        """The figures as JSON: the head by name, then every record."""
        return {"figures": {tile.name: tile.figure for tile in head(self)}, **self.model_dump(mode="json")}


class Tile(NamedTuple):
    """One figure of the page's head."""

    name: str
    label: str
    figure: float
    shown: str
    meaning: str


def head(report: Report) -> tuple[Tile, ...]:
    """The figures that stand first, each with its definition."""
    tasks, certificate, duplicates = report.tasks, report.tasks.certificate, report.wording.duplicates
    coverage, total = tasks.coverage, report.tasks.tasks
    mutants = sum(value * count for value, count in certificate.mutants.counts.items())
    tiles = [
        Tile("tasks", "tasks", total, f"{total:,}", "conversations to be played and scored"),
        _share(
            "certified", "certified", certificate.certified, total,
            "gold passes, doing nothing earns 0, every mutant of gold fails, nothing leaks",
        ),
        _share(
            "killed", "mutants killed", certificate.killed, mutants,
            f"of {mutants:,} single edits of gold, those that do not pass",
        ),
        Tile(
            "kinds", "kinds", len(tasks.kinds), f"{len(tasks.kinds)} of {len(KINDS)}",
            "ways in which a task can be hard, base among them",
        ),
        Tile(
            "environments", "environments", len(tasks.environments), f"{len(tasks.environments)}",
            "worlds that at least one task is played in",
        ),
        Tile(
            "domains", "domains", len(tasks.domains), f"{len(tasks.domains)} of {len(DOMAINS)}",
            "of the seven of arXiv:2605.18703",
        ),
        Tile(
            "tools_used", "tools used", ratio(coverage.used, coverage.tools),
            f"{coverage.used:,} of {coverage.tools:,}",
            f"tools that a gold call uses, of those of {coverage.basis}",
        ),
        _share(
            "multi_turn", "multi-turn", sum(n for v, n in tasks.turns.counts.items() if v > 1), total,
            "the user speaks twice or more",
        ),
        _share(
            "deep", "deep", sum(n for v, n in tasks.depth.counts.items() if v > 2), total,
            "three or more calls in a row, each needing a value that the one before gave",
        ),
        _share(
            "spanning", "spanning", sum(n for v, n in tasks.spanning.counts.items() if v > 1), total,
            "played in two environments or more",
        ),
        _share(
            "near_duplicates", "near duplicates", duplicates.near, total,
            "queries whose 5-grams are like another task's (Jaccard 0.8 or more)",
        ),
    ]  # fmt: skip
    if coverage.edges is not None and coverage.edges_used is not None:
        tiles.append(
            _share("edges_used", "edges used", coverage.edges_used, coverage.edges,
                   f"dependencies of the graph along which a gold call takes a value, of {coverage.edges:,} that "
                   "chains may rest on")
        )  # fmt: skip
    return tuple(tiles)


def near_counts(environments: Mapping[str, frozenset[str]], tasks: list[tuple[str, ...]]) -> dict[str, int]:
    """How many tasks play in an environment near to each benchmark.

    `environments` gives the benchmarks each environment is near to, `tasks` the environments of each task.
    """
    near = [frozenset[str]().union(*(environments.get(name, frozenset()) for name in names)) for names in tasks]
    return {name: sum(name in found for found in near) for name in sorted({n for found in near for n in found})}


def _share(name: str, label: str, part: int, whole: int, meaning: str) -> Tile:
    share = ratio(part, whole)
    shown = f"{share:.1%}".replace("100.0%", "100%")
    shown = "0%" if shown == "0.0%" else shown
    if (shown == "0%" and part) or (shown == "100%" and part < whole):
        shown = f"{part:,} of {whole:,}"
    return Tile(name, label, share, shown, meaning)
