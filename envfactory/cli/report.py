"""`envfactory report`: one page with plots of what the other commands wrote into a folder."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import typer

from envfactory.cli.load import read, verified
from envfactory.cli.options import Extra, Json, Seed, Walls
from envfactory.cli.output import emit, progress, say, write_text
from envfactory.errors import FileError

if TYPE_CHECKING:
    from envfactory.viewer.attempts import Attempt, Part
    from envfactory.viewer.report import Likeness

TASKS, GRAPH, QUARANTINE = "tasks.jsonl", "graph.json", "quarantine.jsonl"
_NOT_TASKS = ("trajectories", "quarantine")


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(report)


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What generate, play and graph wrote.")],
    output: Annotated[Path | None, typer.Option(help="The page; DIR/report.html if not given.")] = None,
    limit: Annotated[
        int, typer.Option("-n", "--limit", help="Tasks of each kind that the characters play; 0: none.", min=0)
    ] = 12,
    library: Extra = None,
    sandbox: Walls = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Draw what the tasks of a folder are like, what they cover and what they are worth, on one HTML page."""
    from envfactory.graph.graph import read_graph
    from envfactory.viewer.attempts import solvers
    from envfactory.viewer.measure import measure
    from envfactory.viewer.page import page
    from envfactory.viewer.report import Report, near_counts
    from envfactory.viewer.wording import wording

    files = _files(folder)
    tasks = [task for path in files["tasks"] for task in read(path)]
    classes, notes = _classes(tasks, library, sandbox)
    graph = read_graph(files["graph"][0]) if files["graph"] else None
    attempts = [attempt for path in files["trajectories"] for attempt in _attempts(path)]
    known = {task.id for task in tasks}
    foreign = sum(attempt.task not in known for attempt in attempts)
    if foreign:
        notes.append(f"{foreign:,} of {len(attempts):,} attempts are at tasks that do not lie here; they are left out.")
    playable = [task for task in tasks if all(s.environment in classes for s in (*task.settings, *task.others))]
    cast: list[Part] = []
    if limit and playable:
        with progress(limit, "characters", quiet=json_) as advance:
            cast = _cast(playable, classes, limit=limit, seed=seed, advance=advance)
    likeness = _likeness(classes)
    near = {name: frozenset(f.benchmark for f in likeness if f.near and f.environment == name) for name in classes}
    figures = measure(
        tasks,
        tools={name: [f"{name}__{tool}" for tool in cls.tools] for name, cls in classes.items()},
        domains={name: cls.spec.domain for name, cls in classes.items() if cls.spec},
        graph=graph,
    )
    found = solvers(tasks, attempts)
    made = Report(
        seed=seed,
        files={path.name: _digest(path) for paths in files.values() for path in paths},
        tasks=figures,
        wording=wording(tasks),
        cast=tuple(cast),
        solvers=found,
        contamination=tuple(likeness),
        near_tasks=near_counts(near, [tuple(s.environment for s in task.settings) for task in tasks]),
        quarantine=_quarantine(files["quarantine"][0]) if files["quarantine"] else None,
        missing=_missing(bool(playable), limit),
        notes=tuple(notes),
    )
    target = output or folder / "report.html"
    write_text(target, page(made))
    if json_:
        emit({**made.document(), "output": str(target)})
    else:
        say(f"{target}: {len(tasks):,} tasks, {len(figures.environments)} environments, {len(found)} models")
    return 0


def _files(folder: Path) -> dict[str, list[Path]]:
    """What lies in the folder, by what it holds; raises FileError when there are no tasks."""
    if not folder.is_dir():
        raise FileError(f"there is no folder {folder}; make one with: envfactory generate --output {folder}/{TASKS}")
    lines = sorted(path for path in folder.glob("*.jsonl") if path.is_file())
    tasks = [folder / TASKS] if folder / TASKS in lines else []
    tasks = tasks or [path for path in lines if not path.name.startswith(_NOT_TASKS)]
    if not tasks:
        raise FileError(f"{folder} holds no {TASKS}; make it with: envfactory generate --output {folder}/{TASKS}")
    return {
        "tasks": tasks,
        "trajectories": [path for path in lines if path.name.startswith("trajectories")],
        "graph": [folder / GRAPH] if (folder / GRAPH).is_file() else [],
        "quarantine": [folder / QUARANTINE] if (folder / QUARANTINE).is_file() else [],
    }


def _classes(tasks: Sequence[Any], library: list[Path] | None, sandbox: str | None) -> tuple[dict[str, Any], list[str]]:
    """The environments as they were when the tasks were made, and what is to be said of those that are not."""
    from envfactory.environment.library import content_hash, folders

    hashes: dict[str, set[str]] = {}
    for task in tasks:
        for setting in (*task.settings, *task.others):
            hashes.setdefault(setting.environment, set()).add(setting.hash)
    there = folders(library or ())
    notes: list[str] = []
    kept: list[str] = []
    for name, wanted in sorted(hashes.items()):
        if name not in there:
            notes.append(f"The environment {name} is not to be had (name its folder with --library): nothing is played "
                         "in it, and its tools and domain are not known.")  # fmt: skip
        elif wanted != {content_hash(there[name])}:
            notes.append(f"{name} has changed since the tasks were made: nothing is played in it, and its tools and "
                         "domain are not counted.")  # fmt: skip
        else:
            kept.append(name)
    return (verified(kept, library, unverified=True, sandbox=sandbox) if kept else {}), notes


def _attempts(path: Path) -> list[Attempt]:
    from envfactory.viewer.attempts import read_attempts

    return list(read_attempts(path))


def _cast(
    tasks: Sequence[Any], classes: dict[str, Any], *, limit: int, seed: int, advance: Callable[[int], None]
) -> list[Part]:
    """What every character earns on some tasks of every kind, drawn with the seed, by both presets."""
    from envfactory.cli.attempts import attempts
    from envfactory.rollout.characters import NAMES
    from envfactory.rollout.reward import PRESETS, score
    from envfactory.viewer.attempts import part

    drawn: list[Any] = []
    kinds = list(dict.fromkeys(task.kind for task in tasks))
    for kind in kinds:
        of_kind = [task for task in tasks if task.kind == kind]
        drawn += Random(f"{seed}/{kind}").sample(of_kind, min(limit, len(of_kind)))
    found: list[Part] = []
    for number, name in enumerate(NAMES, 1):
        played = attempts(drawn, f"offline:{name}", classes, seed=seed)
        for preset in PRESETS:
            scored = [(task.kind, score(task, t, preset=preset)) for task, t in zip(drawn, played, strict=True)]  # type: ignore[arg-type]
            found += [part(name, kind, preset, [r for k, r in scored if k == kind]) for kind in kinds]  # type: ignore[arg-type]
        advance(number * limit // len(NAMES))
    return found


def _likeness(classes: dict[str, Any]) -> list[Likeness]:
    """How near each environment is to each benchmark, by the nearest group of the benchmark's tools."""
    from envfactory.training.overlap import BENCHMARKS, overlaps
    from envfactory.viewer.report import Likeness

    found: list[Likeness] = []
    for name, cls in sorted(classes.items()):
        if cls.spec is None:
            continue
        shared = overlaps(cls.spec)
        for benchmark in BENCHMARKS:
            groups = [overlap for overlap in shared if overlap.group.startswith(f"{benchmark}:")]
            nearest = max(groups, key=lambda overlap: (overlap.near, overlap.share), default=None)
            found.append(
                Likeness(
                    environment=name,
                    benchmark=benchmark,
                    group=nearest.group if nearest else "",
                    alike=len(nearest.alike) if nearest else 0,
                    share=nearest.share if nearest else 0.0,
                    near=nearest.near if nearest else False,
                )
            )
    return found


def _quarantine(path: Path) -> dict[str, int]:
    """Tasks set aside, by who is to blame; raises FileError naming the line that is damaged."""
    from envfactory.messages import as_object
    from envfactory.viewer.measure import by_size

    counts: Counter[str] = Counter()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                held: Any = json.loads(line)
                blamed: Any = held.get("blame") or held.get("who") or held.get("reason") or "no reason given"
                counts[str(as_object(blamed).get("who") or blamed)] += 1
            except (ValueError, AttributeError) as error:
                raise FileError(f"{path}, line {number} is no JSON object ({error}); take the line out") from error
    return by_size(counts)


def _missing(playable: bool, limit: int) -> dict[str, str]:
    """Why a plot may be left out, by its name, and what makes it."""
    unplayed = (
        "None was played, as --limit 0 asks; leave it away to see them."
        if not limit and playable
        else "No environment of these tasks is here as it was when they were made; make them again with: envfactory "
        "generate --output DIR/tasks.jsonl"
    )
    play = "envfactory play DIR/tasks.jsonl --model MODEL --output DIR/trajectories.jsonl"
    return {
        "cast": unplayed,
        "domains": unplayed,
        "contamination": unplayed,
        "edges": "No graph.json lies in the folder, so that its dependencies are not counted; make it with: envfactory "
        "graph --output DIR/graph.json",
        "trials": "The tasks' proofs name no policies: they were certified by gold and its mutants alone.",
        "quarantine": "No quarantine.jsonl lies in the folder: nothing is known of tasks that were set aside.",
        "solvers": f"No trajectories*.jsonl lies in the folder; let a model play with: {play}",
        "pass_at": "Each task was tried once. Difficulty needs several attempts of one model, each in a file of its "
        "own whose name begins with trajectories: envfactory play DIR/tasks.jsonl --model MODEL --output "
        "DIR/trajectories-2.jsonl",
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
