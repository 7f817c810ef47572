"""The commands that tell what is on the shelf: list, show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from envfactory.cli.load import loader
from envfactory.cli.options import Extra, Json, Walls
from envfactory.cli.output import emit, say, table, write_text
from envfactory.cli.pages import licence_class, pages
from envfactory.errors import UnknownName


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("list")(list_)
    app.command()(show)


def report(path: Path, certificate: Any | None) -> dict[str, Any]:
    """One environment as `check --json` and `list --json` print it."""
    from envfactory.envgen.build import overridden
    from envfactory.environment.library import content_hash, read_state, status
    from envfactory.environment.spec import read_spec
    from envfactory.training.overlap import near_benchmarks

    spec = read_spec(path / "spec.json")
    states = [read_state(file) for file in sorted((path / "states").glob("*.json"))]
    held = {finding.check: finding for finding in certificate.findings} if certificate else {}
    fits = certificate is not None and certificate.hash == content_hash(path)
    verdict = certificate.verdict if fits and certificate is not None else status(path)

    def figure(name: str, key: str) -> float:
        return held[name].figures.get(key, 0.0) if name in held else 0.0

    return {
        "name": path.name,
        "domain": spec.domain,
        "verdict": verdict if fits or verdict != "failed" else "unverified",
        "passed": verdict == "verified",
        "tools": len(spec.tools),
        "writers": sum(tool.writes for tool in spec.tools),
        "by_hand": len(overridden(path) or ()),
        "tests": held["stored"].count if "stored" in held else 0,
        "laws": held["laws"].count if "laws" in held else 0,
        "fuzz_calls": int(figure("fuzz", "calls")),
        "mutation_score": round(figure("mutation", "score"), 4),
        "entities": len(spec.entities),
        "rows": sum(len(rows) for state in states for rows in state.rows.values()),
        "licence": licence_class([source.licence for source in spec.sources]),
        "near_benchmark": list(near_benchmarks(spec)),
        "hash": content_hash(path),
        "failures": [f"{f.check}: {text}" for f in held.values() for text in f.failures],
    }


def overview(title: str, reports: list[dict[str, Any]]) -> None:
    """Environments as a table."""
    columns = (
        "name",
        "domain",
        "verdict",
        "tools",
        "writers",
        "entities",
        "rows",
        "tests",
        "mutation_score",
        "licence",
    )
    table(title, tuple(c.replace("_", " ") for c in columns), [[r[c] for c in columns] for r in reports])


def findings(certificate: Any) -> None:
    """A certificate as a table."""
    rows: list[tuple[str, str, int, str]] = []
    for finding in certificate.findings:
        verdict = "skipped" if finding.skipped else "passed" if finding.passed else "FAILED"
        figures = ", ".join(f"{name} {value:g}" for name, value in finding.figures.items())
        rows.append((finding.check, verdict, finding.count, finding.skipped or figures))
        rows += [("", "", "", f"- {failure}") for failure in finding.failures[:12]]  # type: ignore[misc]
    table(f"checks of {certificate.name}", ("check", "verdict", "tried", "figures"), rows)


def list_(
    output: Annotated[
        Path | None, typer.Option("--pages", help="Also write library.md and a page each into this folder.")
    ] = None,
    library: Extra = None,
    sandbox: Walls = None,
    json_: Json = False,
) -> int:
    """Environments and whether their certificates hold; nothing is run."""
    from envfactory.environment.library import certificate, folders

    paths = folders(library or ())
    reports = [report(path, certificate(path)) for path in paths.values()]
    if output is not None:
        load = loader(sandbox)
        classes = {name: load(path) for name, path in paths.items()}
        for page, text in pages(output, reports, classes).items():
            write_text(page, text)
    if json_:
        emit({"environments": reports})
    else:
        overview("environments", reports)
    return 0


def show(
    environment: Annotated[str, typer.Argument(help="A name or a folder; NAME__TOOL for one tool.")],
    library: Extra = None,
    sandbox: Walls = None,
    json_: Json = False,
) -> int:
    """One environment: sources, entities, tools, states, certificate; or one tool with its schemas."""
    from envfactory.environment.library import certificate, find
    from envfactory.environment.session import SEPARATOR, agent_schema

    name, _, wanted = environment.partition(SEPARATOR)
    folder = find(name, library or ())
    cls = loader(sandbox)(folder)
    spec = cls.spec
    assert spec is not None
    if wanted:
        if wanted not in cls.tools:
            raise UnknownName(f"tool of {cls.name}", wanted, cls.tools)
        tool = cls.tools[wanted]
        document = {
            "name": environment,
            "description": tool.description,
            "writes": tool.writes,
            "input": agent_schema(tool),
            "output": tool.output_schema,
        }
        emit(document)
        return 0
    held = report(folder, certificate(folder))
    if json_:
        states = {name: {t: len(r) for t, r in state.rows.items()} for name, state in cls.states.items()}
        emit(held | {"spec": spec.model_dump(mode="json", exclude_defaults=True), "states": states})
        return 0
    say(f"{spec.title} ({cls.name}, {spec.domain}): {held['verdict']}")
    say(spec.description)
    for source in spec.sources:
        say(f"source: {source.title} {source.package} {source.version} {source.file} ({source.licence})")
    for group in held["near_benchmark"]:
        say(f"near {group}: leave it out where that is the test (envfactory export --without-near)")
    rows = [
        (t.name, "yes" if t.writes else "", t.effect, " ".join(cls.tools[t.name].description.split("\n\n")[0].split()))
        for t in spec.tools
    ]
    table("tools", ("tool", "writes", "effect", "what it does"), rows)
    states = [(n, s.now.isoformat(), sum(map(len, s.rows.values())), s.note) for n, s in cls.states.items()]
    table("states", ("state", "now", "rows", "what it is for"), states)
    if spec.omitted:
        table("left out", ("what", "why"), [(o.what, o.why) for o in spec.omitted])
    return 0
