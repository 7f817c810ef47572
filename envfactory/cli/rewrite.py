"""`envfactory rewrite`: a model tells tasks anew; execution decides what is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from envfactory.cli.load import classes_for, endpoint_of, read, verified
from envfactory.cli.options import Extra, Json, Seed, Walls
from envfactory.cli.output import emit, note, progress, say, short, table, write_text
from envfactory.errors import EnvFactoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envfactory.querygen.brief import Brief
    from envfactory.querygen.written.rewrite import Written
    from envfactory.rollout.task import Task


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(rewrite)


def rewrite(
    tasks: Annotated[Path, typer.Argument(help="Tasks; drafted first with -n, when the file is not there.")],
    model: Annotated[str, typer.Option(help="Who rewrites: openai:NAME, local:FILE or offline:tape=FILE.")] = "",
    output: Annotated[Path, typer.Option(help="The tasks told anew, as JSON Lines.")] = Path("out/written.jsonl"),
    briefs: Annotated[
        Path | None, typer.Option(help="The stories behind the tasks; TASKS with .briefs.jsonl if not given.")
    ] = None,
    count: Annotated[int, typer.Option("-n", "--limit", help="How many tasks, at most.", min=1)] = 60,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Kinds to draft; base if not given.")] = None,
    workers: Annotated[int, typer.Option(help="Tasks under way at once.", min=1)] = 8,
    record: Annotated[Path | None, typer.Option(help="Write the replies as a tape.")] = None,
    made_by: Annotated[str, typer.Option(help="What wrote the replies, for the tape's header.")] = "",
    tokens: Annotated[int | None, typer.Option(help="Most tokens to spend.")] = None,
    cost: Annotated[float | None, typer.Option(help="Most US dollars to spend.")] = None,
    shown: Annotated[int, typer.Option(help="Print so many tasks before and after.", min=0)] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
    library: Extra = None,
    sandbox: Walls = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Have a model write persona, story and words of certified tasks; each is certified again, or stays as it was."""
    from envfactory.models.kept import Kept
    from envfactory.models.recorded import write_tape
    from envfactory.querygen.kinds.recipes import RECIPES
    from envfactory.querygen.written.rewrite import rewrite as tell
    from envfactory.rollout.task import task_lines
    from envfactory.runs import Budget, Run

    if record is not None and not made_by:
        raise typer.BadParameter("a tape says what wrote its replies; add --made-by")
    beside = briefs or tasks.with_name(f"{tasks.stem}.briefs.jsonl")
    if not tasks.exists():
        draft(tasks, beside, count=count, seed=seed, kinds=kind or ["base"], library=library, sandbox=sandbox)
        if not json_ or not model:
            note(f"{tasks}: drafted, with {beside.name}")
        if not model:
            return 0
    if not model:
        raise typer.BadParameter("name who rewrites: --model openai:NAME")
    chosen, told = chosen_of(tasks, beside, count)
    classes = classes_for(chosen, library, sandbox)
    endpoint = endpoint_of(model)
    config = {"tasks": [task.id for task in chosen], "model": model}
    store = output.with_name(f"{output.name}.run")
    with Run(store, config, resume=resume, budget=Budget(tokens=tokens, cost=cost)) as run:
        with progress(len(chosen), "tasks", quiet=json_) as advance:
            found, figures = tell(
                chosen,
                told,
                Kept(endpoint, run, "rewrite"),
                classes,
                recipes=RECIPES,
                workers=workers,
                progress=advance,
            )
        if record is not None:
            today = date.today().isoformat()
            count = write_tape(run, record, made=today, endpoint=model.split("@")[0], by=made_by)
            note(f"{record}: {count} replies")
        write_text(output, "".join(task_lines(one.task for one in found)))
        pairs = output.with_name(f"{output.stem}.pairs.jsonl")
        write_text(pairs, "".join(f"{one.model_dump_json(exclude=_PROOFS)}\n" for one in found))
        ledger = {stage: item.model_dump(mode="json") for stage, item in run.ledger().items()}
        run.finish()
    document: dict[str, Any] = figures | {"output": str(output), "pairs": str(pairs), "ledger": ledger}
    if json_:
        emit(document)
    else:
        table("rewritten", ("what", "figure"), [(k.replace("_", " "), short(v)) for k, v in document.items()])
        for one in [one for one in found if one.fate == "written"][:shown]:
            say("\n".join(["", f"{one.before.id} → {one.task.id}, {one.task.persona}", *_lines(one)]))
        say(f"{figures['written']} of {figures['tasks']} told anew and certified again")
    return 0


def _lines(one: Written) -> Iterator[str]:
    """A task before and after, for people."""
    for what, task in (("before", one.before), ("after", one.task)):
        for number, turn in enumerate(task.turns, 1):
            yield f"  {what} {number}: {turn.query}"


_PROOFS: Any = {"before": {"proof", "difficulty"}, "task": {"proof", "difficulty"}}


def chosen_of(tasks: Path, beside: Path, count: int) -> tuple[list[Task], dict[str, Brief]]:
    """The first `count` tasks of a file, and the stories behind them where a file holds those."""
    from envfactory.querygen.brief import read_briefs

    return read(tasks)[:count], read_briefs(beside) if beside.exists() else {}


def draft(
    tasks: Path,
    beside: Path,
    *,
    count: int,
    seed: int,
    kinds: list[str],
    library: list[Path] | None,
    sandbox: str | None,
) -> None:
    """Write certified tasks, and the stories behind them."""
    from envfactory.graph.link import link
    from envfactory.querygen.brief import brief_lines
    from envfactory.querygen.kinds.recipes import RECIPES
    from envfactory.querygen.written.drafts import drafted
    from envfactory.rollout.task import KINDS, Kind, task_lines

    wanted: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind in kinds and kind in RECIPES)
    unknown = [kind for kind in kinds if kind not in RECIPES]
    if unknown:
        raise EnvFactoryError(f"there is no kind {unknown[0]!r}; there are {', '.join(RECIPES)}")
    classes = verified(None, library, sandbox=sandbox, reuse=True)
    made = list(drafted(classes, link(classes, seed=seed), count=count, seed=seed, kinds=wanted))
    write_text(tasks, "".join(task_lines(task for task, _ in made)))
    write_text(beside, "".join(brief_lines(told for _, told in made)))
