"""The commands that make and run environments: build, call, serve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from envfactory.cli.options import Extra, Json, Seed
from envfactory.cli.output import emit, note, say, table
from envfactory.cli.shelf import findings
from envfactory.errors import UnknownName


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command()(build)
    app.command()(call)
    app.command()(serve)


def build(
    source: Annotated[
        str, typer.Argument(help="A file, URL, pypi:PACKAGE/FILE, npm:PACKAGE/FILE, mcp:COMMAND, or folder.")
    ],
    output: Annotated[Path, typer.Option(help="Where the environment's folder goes.")] = Path("environments"),
    name: Annotated[str | None, typer.Option(help="The environment's name.")] = None,
    operation: Annotated[list[str] | None, typer.Option(help="Use exactly these operations.")] = None,
    limit: Annotated[int, typer.Option(help="At most this many tools.", min=1, max=64)] = 16,
    domain: Annotated[str | None, typer.Option(help="One of the paper's seven domains.")] = None,
    respec: Annotated[bool, typer.Option(help="Read the source again instead of the edited spec.json.")] = False,
    seed: Seed = 0,
    model: Annotated[str | None, typer.Option(help="Let a model design, code and test: openai:NAME@URL, …")] = None,
    pages: Annotated[Path | None, typer.Option("--from", help="With --model: a folder of documentation.")] = None,
    rounds: Annotated[int, typer.Option(help="With --model: versions at most.", min=1)] = 4,
    mutants: Annotated[int, typer.Option(help="With --model: faults put into its code.", min=10)] = 200,
    resume: Annotated[bool, typer.Option("--resume", help="With --model: go on with an interrupted run.")] = False,
    record: Annotated[Path | None, typer.Option(help="With --model: keep the replies as a tape.")] = None,
    made_by: Annotated[str, typer.Option(help="With --record: what wrote the replies.")] = "a language model",
    sandbox: Annotated[str, typer.Option(help="With --model: the walls around its code.")] = "sealed",
    tokens: Annotated[int | None, typer.Option(help="With --model: tokens it may spend.")] = None,
    json_: Json = False,
) -> int:
    """Make an environment from an API description, or again from its edited spec.json; then check it.

    With --model, from documentation or a sentence, too: the model writes what the compiler cannot, tests included; its
    code runs only in confined workers, and what fails is written again.
    """
    from envfactory.envgen.build import build as make
    from envfactory.envgen.check import check as verify
    from envfactory.envgen.check import write_certificate
    from envfactory.environment.spec import Domain

    domains: tuple[str, ...] = Domain.__args__  # type: ignore[attr-defined]
    if domain is not None and domain not in domains:
        raise UnknownName("domain", domain, domains)
    if model is not None:
        from envfactory.cli.author import author

        return author(
            source,
            model=model,
            pages=pages,
            output=output,
            name=name,
            operations=tuple(operation or ()),
            limit=limit,
            domain=domain,  # type: ignore[arg-type]
            rounds=rounds,
            mutants=mutants,
            resume=resume,
            record=record,
            made_by=made_by,
            sandbox=sandbox,
            tokens=tokens,
            json_=json_,
        )
    built = make(
        source,
        output=output,
        name=name,
        operations=operation or (),
        limit=limit,
        domain=domain,  # type: ignore[arg-type]
        seed=seed,
        respec=respec,
    )
    certificate = verify(built.folder, seed=seed, progress=None if json_ else note)
    write_certificate(built.folder, certificate)
    failures = [f"{f.check}: {text}" for f in certificate.findings for text in f.failures]
    if json_:
        emit(
            {
                "name": built.spec.name,
                "folder": str(built.folder),
                "verdict": certificate.verdict,
                "tools": [tool.name for tool in built.spec.tools],
                "overridden": list(built.overridden),
                "omitted": [{"what": o.what, "why": o.why} for o in (*built.spec.omitted, *built.omitted)],
                "failures": failures,
            }
        )
    else:
        left_out = {(o.what, o.why): None for o in (*built.spec.omitted, *built.omitted)}
        table(f"left out of {built.spec.name}", ("what", "why"), left_out)
        rows = [(t.name, t.effect, t.entity, "yes" if t.writes else "") for t in built.spec.tools]
        table(f"tools of {built.spec.name}", ("tool", "effect", "entity", "writes"), rows)
        findings(certificate)
        say(f"{built.folder}: {certificate.verdict}")
        if certificate.verdict == "draft":
            say("next: edit spec.json, add overrides.py, states/ and tests/, and build the folder again")
    return 0 if certificate.verdict != "failed" else 1


def call(
    tool: Annotated[str, typer.Argument(help="ENVIRONMENT__TOOL.")],
    arguments: Annotated[str, typer.Argument(help="The arguments as a JSON object.")] = "{}",
    state: Annotated[str | None, typer.Option(help="A curated state; small if not given.")] = None,
    library: Extra = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Call one tool on a fresh session; print its result and the rows it changed."""
    from envfactory.environment.library import load
    from envfactory.environment.session import SEPARATOR, Session, World

    name, _, wanted = tool.partition(SEPARATOR)
    cls = load(name, library or ())
    if wanted not in cls.tools:
        raise UnknownName(f"tool of {name}", wanted, cls.tools)
    try:
        given = json.loads(arguments)
    except ValueError as error:
        raise typer.BadParameter(
            f'the arguments are no JSON ({error}); write them as \'{{"key": "value"}}\''
        ) from error
    with Session([World.of(cls, state or cls.first_state())], seed=seed) as session:
        entry = session.call(tool, given)
    changes = [c.model_dump(mode="json", exclude_defaults=True) for c in entry.changes]
    if json_:
        emit({"outcome": entry.outcome, "result": entry.result, "changes": changes, "bug": entry.bug})
    else:
        say(json.dumps(entry.result, indent=1, ensure_ascii=False))
        for change in changes:
            before, after = change.get("before", {}), change.get("after", {})
            say(f"{change['op']} {change['table']} {change['key']}: {before} -> {after}")
        if entry.bug:
            say(f"bug: {entry.bug}")
    return 0 if entry.outcome == "ok" else 1


def serve(
    environments: Annotated[list[str], typer.Argument(help="Environments to serve together.")],
    http: Annotated[int | None, typer.Option(help="Serve HTTP on this port (0: a free one); else stdio.")] = None,
    host: Annotated[str, typer.Option(help="Bind here; only this machine can reach the default.")] = "127.0.0.1",
    token: Annotated[str | None, typer.Option(help="Bearer token; a new one is made and shown if not given.")] = None,
    state: Annotated[str | None, typer.Option(help="The curated state to open; small if not given.")] = None,
    library: Extra = None,
    seed: Seed = 0,
) -> int:
    """Serve environments over MCP: one session on stdio, or many over HTTP, each under its own URL."""
    import secrets

    from envfactory.environment.library import load
    from envfactory.environment.server import serve_http, serve_stdio
    from envfactory.environment.session import Session, World

    classes = [load(name, library or ()) for name in environments]
    worlds = [World.of(cls, state or cls.first_state()) for cls in classes]
    if http is None:
        with Session(worlds, seed=seed) as session:
            serve_stdio(session)
        return 0
    secret = token or secrets.token_hex(16)

    def ready(url: str) -> None:
        note(f"serving {', '.join(environments)} at {url}")
        note(f"open a session: curl -X POST -H 'Authorization: Bearer {secret}' {url}/sessions")

    serve_http(lambda: Session(worlds, seed=seed), port=http, token=secret, host=host, ready=ready)
    return 0
