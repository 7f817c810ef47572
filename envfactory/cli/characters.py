"""`envfactory characters`: what the reward pays to those of whom it is known what they do, on every kind of task."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from envfactory.cli.attempts import attempts
from envfactory.cli.load import classes_for, read, verified
from envfactory.cli.options import Extra, Json, Seed, Walls
from envfactory.cli.output import emit, note, progress, say, table, write_text
from envfactory.errors import UnknownName

if TYPE_CHECKING:
    from envfactory.rollout.reward import Preset
    from envfactory.rollout.task import Task

_PAGE = """# What the reward pays

Characters are models that hold the task and act a part ([rollout](rollout.md)). This is what the `{preset}` reward pays
them, written by

    {command}

over {tasks} certified tasks. A cell is the mean total and the share of tasks that passed. The last column is what the
robust reward must give on every single task; {verdict}

{table}
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(characters)


def characters(
    tasks: Annotated[
        Path | None, typer.Argument(help="Tasks as `envfactory generate` wrote them; some are made if not given.")
    ] = None,
    preset: Annotated[str, typer.Option(help="The reward: robust or paper.")] = "robust",
    count: Annotated[int, typer.Option("-n", "--limit", help="Tasks of each kind.", min=1)] = 8,
    markdown: Annotated[Path | None, typer.Option(help="Write the table as a page, too.")] = None,
    library: Extra = None,
    sandbox: Walls = None,
    seed: Seed = 1,
    json_: Json = False,
) -> int:
    """Let every character play tasks of every kind; fail when the robust reward breaks a promise."""
    from envfactory.rollout.characters import NAMES
    from envfactory.rollout.promises import PROMISES, broken
    from envfactory.rollout.reward import score

    if preset not in {"robust", "paper"}:
        raise UnknownName("reward preset", preset, ["robust", "paper"])
    chosen, classes = (
        _drawn(count, library, sandbox, seed=seed, quiet=json_) if tasks is None else (_few(read(tasks), count), {})
    )
    classes = classes or classes_for(chosen, library, sandbox)
    kinds = list(dict.fromkeys(task.kind for task in chosen))
    rows: list[dict[str, Any]] = []
    breaches: list[dict[str, Any]] = []
    with progress(len(NAMES), "characters", quiet=json_) as advance:
        for number, name in enumerate(NAMES, 1):
            played = attempts(chosen, f"offline:{name}", classes, seed=seed, steps=40)
            chosen_preset: Preset = "paper" if preset == "paper" else "robust"
            rewards = [score(task, t, preset=chosen_preset) for task, t in zip(chosen, played, strict=True)]
            promise = PROMISES.get(name)
            row: dict[str, Any] = {"character": name, "must": promise.must if promise else "", "kinds": {}}
            for kind in ("all", *kinds):
                paid = [
                    r for task, r in zip(chosen, rewards, strict=True) if kind in ("all", task.kind) and not r.masked
                ]
                row["kinds"][kind] = {
                    "reward": _mean([r.total for r in paid]),
                    "passed": _mean([float(r.passed) for r in paid]),
                    "tasks": len(paid),
                }
            rows.append(row)
            if preset == "robust":
                breaches += [
                    {"character": name, "task": task.id, "kind": task.kind, "total": r.total, "passed": r.passed}
                    for task, r in zip(chosen, rewards, strict=True)
                    if broken(name, r)
                ]
            advance(number)
    document = {
        "preset": preset,
        "seed": seed,
        "tasks": len(chosen),
        "kinds": {kind: sum(task.kind == kind for task in chosen) for kind in kinds},
        "characters": rows,
        "broken": breaches,
    }
    if markdown is not None:
        given = "" if tasks is None else f" {tasks}"
        options = f"{given} --preset {preset} -n {count} --seed {seed} --markdown {markdown}"
        write_text(markdown, _page(document, f"envfactory characters{options}"))
    if json_:
        emit(document)
    else:
        heads, cells = _cells(document)
        table(f"the {preset} reward of every character: mean total, share passed", heads, cells)
        for breach in breaches:
            say(f"broken: {breach['character']} earned {breach['total']} on {breach['task']} ({breach['kind']})")
    return 1 if breaches else 0


def _drawn(
    count: int, library: list[Path] | None, sandbox: str | None, *, seed: int, quiet: bool
) -> tuple[list[Task], dict[str, Any]]:
    """So many tasks of each kind, made from all verified environments, and those environments."""
    from envfactory.graph.link import link
    from envfactory.querygen.batch import generate
    from envfactory.querygen.kinds.recipes import RECIPES

    classes = verified(None, library, sandbox=sandbox, reuse=True)
    kinds = dict.fromkeys(RECIPES, 1.0)
    with tempfile.TemporaryDirectory() as folder, progress(count * len(kinds), "tasks", quiet=quiet) as advance:
        path = Path(folder) / "tasks.jsonl"
        graph = link(classes, seed=seed)
        tally = generate(
            classes,
            graph,
            path,
            count=count * len(kinds),
            seed=seed,
            kinds=kinds,
            progress=lambda made: advance(made.tasks),
        )
        for kind, short in tally.given_up.items():
            note(f"{short} of {count} tasks of kind {kind} could not be made")
        return _few(read(path), count), classes


def _few(tasks: list[Task], count: int) -> list[Task]:
    """The first tasks of each kind, the kinds in their usual order."""
    from envfactory.rollout.task import KINDS

    return [task for kind in KINDS for task in [t for t in tasks if t.kind == kind][:count]]


def _page(document: dict[str, Any], command: str) -> str:
    heads, cells = _cells(document)
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *(f"| {' | '.join(row)} |" for row in cells)]
    if document["preset"] != "robust":
        verdict = "the published rule promises nothing of the kind."
    elif document["broken"]:
        verdict = f"it is broken {len(document['broken'])} times."
    else:
        verdict = "it holds on all of them."
    return _PAGE.format(
        preset=document["preset"], command=command, tasks=document["tasks"], verdict=verdict, table="\n".join(lines)
    )


def _cells(document: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    kinds = ["all", *document["kinds"]]
    heads = ["character", *(kind.replace("_", " ") for kind in kinds), "must be"]
    rows = [
        [row["character"].replace("_", " "), *(_cell(row["kinds"][kind]) for kind in kinds), row["must"]]
        for row in document["characters"]
    ]
    return heads, rows


def _cell(figures: dict[str, Any]) -> str:
    return f"{figures['reward']:.2f}, {figures['passed']:.0%}" if figures["tasks"] else "-"


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 6) if values else 0.0
