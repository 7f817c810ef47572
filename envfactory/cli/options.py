"""Options that mean the same in every command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from envfactory.errors import UnknownName

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Seed = Annotated[int, typer.Option(help="Equal seeds give equal bytes.")]
Walls = Annotated[
    str | None,
    typer.Option(
        "--sandbox",
        metavar="TIER",
        help="The walls around the code: sealed, landlock, bubblewrap, container[:IMAGE] or none. "
        "Not given: none for the library that came with this package, sealed for any other folder.",
    ),
]
Tasks = Annotated[Path, typer.Argument(help="Tasks as `envfactory generate` wrote them.")]
Drafts = Annotated[bool, typer.Option("--unverified", help="Use environments that are not verified, too.")]
Names = Annotated[list[str] | None, typer.Argument(help="Environments; all verified ones if none is named.")]
Extra = Annotated[list[Path] | None, typer.Option("--library", help="More folders that hold environments.")]


def known_domain(name: str | None) -> None:
    """Raise UnknownName for a `--domain` that is none of the paper's seven."""
    from typing import get_args

    from envfactory.environment.spec import Domain

    if name is not None and name not in get_args(Domain):
        raise UnknownName("domain", name, get_args(Domain))
