"""Options that mean the same in every command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
Extra = Annotated[list[Path] | None, typer.Option("--library", help="More folders that hold environments.")]
