"""The commands that run environments: call, serve."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from envfactory.cli.load import loader
from envfactory.cli.options import Extra, Json, Seed, Walls
from envfactory.cli.output import emit, note, say
from envfactory.errors import UnknownName


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command()(call)
    app.command()(serve)


def call(
    tool: Annotated[str, typer.Argument(help="ENVIRONMENT__TOOL.")],
    arguments: Annotated[str, typer.Argument(help="The arguments as a JSON object.")] = "{}",
    state: Annotated[str | None, typer.Option(help="A curated state; small if not given.")] = None,
    library: Extra = None,
    sandbox: Walls = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Call one tool on a fresh session; print its result and the rows it changed."""
    from envfactory.environment.library import find
    from envfactory.environment.session import SEPARATOR, Session, World

    name, _, wanted = tool.partition(SEPARATOR)
    cls = loader(sandbox)(find(name, library or ()))
    if wanted not in cls.tools:
        raise UnknownName(f"tool of {name}", wanted, cls.tools)
    try:
        given = json.loads(arguments)
    except ValueError as error:
        raise typer.BadParameter(
            f'the arguments are no JSON ({error}); write them as \'{{"key": "value"}}\''
        ) from error
    with Session([World.of(cls, state or cls.first_state())], seed=seed) as session:
        entry = session.call(f"{cls.name}{SEPARATOR}{wanted}", given)  # `name` may be a path
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
    sandbox: Walls = None,
    seed: Seed = 0,
) -> int:
    """Serve environments over MCP: one session on stdio, or many over HTTP, each under its own URL."""
    import secrets

    from envfactory.environment.library import find
    from envfactory.environment.server import serve_http, serve_stdio
    from envfactory.environment.session import Session, World

    load = loader(sandbox)
    classes = [load(find(name, library or ())) for name in environments]
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
