"""`envfactory check`: environments are run through every check, and their certificates are written."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from envfactory.cli.options import Extra, Json, Seed
from envfactory.cli.output import emit, note
from envfactory.cli.shelf import findings, overview, report


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(check)


def check(
    environments: Annotated[list[str] | None, typer.Argument(help="Names or folders.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every environment of the library.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Run these checks only; no certificate is written.")] = None,
    write: Annotated[bool, typer.Option(help="Write certificate.json.")] = True,
    library: Extra = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Run every check on environments and write their certificates."""
    from envfactory.envgen.check import check as verify
    from envfactory.envgen.check import write_certificate
    from envfactory.environment.library import find, folders

    if not environments and not all_:
        raise typer.BadParameter("name an environment, or give --all")
    paths = (
        list(folders(library or ()).values()) if all_ else [find(name, library or ()) for name in environments or ()]
    )
    reports: list[dict[str, Any]] = []
    for path in paths:
        certificate = verify(path, seed=seed, only=only or (), progress=None if json_ else note)
        if write and not only:
            write_certificate(path, certificate)
        reports.append(report(path, certificate))
        if not json_:
            findings(certificate)
    if json_:
        emit({"environments": reports})
    else:
        overview("checked", reports)
    wanted = {"verified", "draft"} if only else {"verified"}
    return 0 if reports and all(r["verdict"] in wanted for r in reports) else 1
