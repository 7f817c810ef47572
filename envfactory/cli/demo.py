"""`envfactory demo`: the whole pipeline once, on real input, with nothing but this package."""

from __future__ import annotations

import time
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from envfactory.cli.attempts import attempts
from envfactory.cli.load import verified
from envfactory.cli.options import Json, Seed
from envfactory.cli.output import emit, note, say, table, write_text
from envfactory.cli.shelf import report


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(demo)


def run(output: Path, *, count: int, seed: int, json_: bool) -> int:
    """Build, check, link, sample, generate, play and export into `output`; print a table of it all."""
    from envfactory.envgen.build import build
    from envfactory.envgen.check import check, write_certificate
    from envfactory.environment.library import certificate, folders
    from envfactory.graph.draw import draw
    from envfactory.graph.link import link
    from envfactory.graph.sample import sample, validate
    from envfactory.querygen.batch import generate
    from envfactory.rollout.reward import score
    from envfactory.rollout.task import read_tasks
    from envfactory.training.export import export

    began = time.monotonic()

    def step(text: str) -> None:
        if not json_:
            note(f"[{time.monotonic() - began:5.1f} s] {text}")

    rows: list[tuple[str, Any, str]] = []
    step("building a draft from Google's description of its Tasks API")
    source = str(files("envfactory").joinpath("library/google_tasks/source.json"))
    built = build(source, output=output / "environments", name="google_tasks_draft", seed=seed)
    draft = check(built.folder, seed=seed)
    write_certificate(built.folder, draft)
    rows.append(("draft from the description", f"{len(built.spec.tools)} tools, {draft.verdict}", str(built.folder)))

    step("looking at the library's certificates")
    reports = [report(path, certificate(path)) for path in folders().values()]
    classes = verified(None, None)
    tools = sum(r["tools"] for r in reports if r["passed"])
    rows.append(("verified environments", f"{len(classes)} with {tools} tools", ", ".join(classes)))

    step("linking the tools, confirming edges by execution")
    graph = link(classes, seed=seed)
    graph.write(output / "graph.json")
    write_text(output / "graph.svg", draw(graph))
    rows.append(("tool graph", f"{len(graph.dependencies)} edges", str(output / "graph.svg")))

    step("sampling chains")
    chains = list(sample(graph, classes, count=1000, seed=seed))
    valid = sum(not validate(chain, graph) for chain in chains)
    rows.append(("chains", f"{len(chains)}, {valid / len(chains):.1%} valid", ""))

    step(f"making {count} certified tasks")
    tasks_file = output / "tasks.jsonl"
    Path(f"{tasks_file}.run").unlink(missing_ok=True)
    tally = generate(classes, graph, tasks_file, count=count, seed=seed)
    figures = f"{tally.tasks}, {tally.share(tally.multi_turn):.0%} multi-turn"
    rows.append(("certified tasks", figures, str(tasks_file)))

    tasks = list(read_tasks(tasks_file))
    for name in ("oracle", "idler", "vandal"):
        step(f"playing them with offline:{name}")
        played = attempts(tasks, f"offline:{name}", classes, seed=seed, steps=20)
        mean = sum(score(task, t).total for task, t in zip(tasks, played, strict=True)) / len(tasks)
        rows.append((f"reward of the {name}", f"{mean:.3f}", ""))
        if name == "oracle":
            gold = played

    step("exporting rows")
    exported = export(zip(tasks, gold, strict=True), output / "rows", seed=seed)  # pyright: ignore[reportPossiblyUnboundVariable]
    rows.append(("SFT rows", sum(f.rows for f in exported.files if f.format == "sft"), str(output / "rows" / "sft")))
    rows.append(("RL rows", sum(f.rows for f in exported.files if f.format == "rl"), str(output / "rows" / "rl")))
    seconds = round(time.monotonic() - began, 1)
    if json_:
        emit({"rows": [{"what": w, "figure": f, "where": p} for w, f, p in rows], "seconds": seconds})
        return 0
    columns = ("name", "domain", "verdict", "tools", "writers", "tests", "laws", "fuzz_calls", "mutation_score")
    table("environments", tuple(c.replace("_", " ") for c in columns), [[r[c] for c in columns] for r in reports])
    table("the pipeline", ("what", "figure", "where"), rows)
    example = max(tasks, key=lambda t: len(t.turns))
    say(f"\nA task ({example.id}, {example.persona}):")
    for turn in example.turns:
        say(f"  user:  {turn.query}")
        for made in turn.calls:
            say(f"         {made.tool} {made.arguments}")
        say(f"  agent: {turn.answer}")
    say(f"\n{seconds} s; look at {output / 'graph.svg'} in a browser")
    return 0


def demo(
    output: Annotated[Path, typer.Option(help="Where everything goes.")] = Path("out/demo"),
    count: Annotated[int, typer.Option("-n", "--limit", help="How many tasks.", min=1)] = 60,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """The whole pipeline once, offline: a description becomes an environment; the library's become tasks and rows."""
    return run(output, count=count, seed=seed, json_=json_)
