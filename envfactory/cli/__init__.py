"""The `envfactory` command: parse, call one function, print.

Exit status: 0 done, 1 the thing asked about failed, 2 bad usage, 130 interrupted. With `--json` stdout holds one JSON
document and nothing else. What is heavy is imported inside the command that needs it: `--help` stays quick.
"""

from __future__ import annotations

import sys
from typing import Any

import typer

from envfactory.cli import (
    bench,
    build,
    characters,
    check,
    demo,
    doctor,
    export,
    generate,
    graph,
    make,
    play,
    report,
    rewrite,
    sample,
    search,
    select,
    shelf,
)
from envfactory.cli.output import say_error
from envfactory.cli.stages import defaults
from envfactory.errors import EnvFactoryError, NoSandbox

_INTERRUPTED = 130
_BadUsage: Any = typer.BadParameter.__mro__[2]  # click's ClickException: typer carries a click of its own

app = typer.Typer(
    name="envfactory",
    help="Executable, verified environments and certified tasks for training tool-using agents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
build.register(app)
make.register(app)
check.register(app)
shelf.register(app)
graph.register(app)
sample.register(app)
generate.register(app)
rewrite.register(app)
play.register(app)
characters.register(app)
select.register(app)
export.register(app)
report.register(app)
demo.register(app)
bench.register(app)
search.register(app)
doctor.register(app)


def main() -> None:
    """The entry point; turns errors into one sentence and an exit status."""
    try:
        status = app(standalone_mode=False, default_map=defaults(app))
        if status == _INTERRUPTED:  # typer takes Ctrl-C for itself
            raise KeyboardInterrupt
    except _BadUsage as error:
        say_error(error.format_message())
        status = 2
    except typer.Abort:
        say_error("interrupted")
        status = _INTERRUPTED
    except KeyboardInterrupt:
        say_error("interrupted; run the same command with --resume to go on, where the command has it")
        status = _INTERRUPTED
    except EnvFactoryError as error:
        say_error(str(error))
        status = 2 if isinstance(error, NoSandbox) else 1  # walls that are not to be had here
    except BrokenPipeError:
        status = 0
    sys.exit(status if isinstance(status, int) else 0)
