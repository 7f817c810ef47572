"""What the settings file says of a command (`[generate] limit = 500`) stands in for what is not typed."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any

import typer

from envfactory.errors import FileError


def defaults(app: typer.Typer) -> dict[str, dict[str, Any]]:
    """Each command's arguments from the settings, by its parameters' names, as click's `default_map` wants them.

    In the file an option has the name it has on the command line, without the dashes in front (`limit`, `json`,
    `without-near`; `_` does for `-`). Raises FileError for one that the command does not have.
    """
    from envfactory.settings import FILE, VARIABLE

    if not os.environ.get(VARIABLE) and not Path(FILE).exists():
        return {}  # most runs have no settings; reading them costs an import
    from envfactory.settings import read_settings

    commands: Any = typer.main.get_command(app)
    found: dict[str, dict[str, Any]] = {}
    for stage, given in read_settings().stages.items():
        command = commands.commands.get(stage)
        if command is None:
            raise FileError(f"the settings speak of [{stage}], which this version has no command for; take it out")
        names = {spelt: p.name for p in command.params for spelt in _spellings(p)}
        for name in given:
            if name.replace("_", "-") not in names:
                near = difflib.get_close_matches(name, names, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(sorted(names))}"
                raise FileError(f"the settings give [{stage}] an argument {name!r} that it does not have; {hint}")
        found[stage] = {names[name.replace("_", "-")]: value for name, value in given.items()}
    return found


def _spellings(parameter: Any) -> list[str]:
    """How an option is written, without its dashes; nothing for an argument, which has to be typed."""
    return [spelt[2:] for spelt in parameter.opts if spelt.startswith("--") and spelt != "--help"]
