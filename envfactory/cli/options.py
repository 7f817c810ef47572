"""Options that mean the same in every command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Seed = Annotated[int, typer.Option(help="Equal seeds give equal bytes.")]
Extra = Annotated[list[Path] | None, typer.Option("--library", help="More folders that hold environments.")]
