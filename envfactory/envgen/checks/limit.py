"""A limit on what a check may take, for tools that never come back."""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from envfactory.envgen.checks.subject import Notes
from envfactory.environment.library import Finding

SECONDS = 300.0
"""CPU seconds one check may take."""


class OutOfTime(BaseException):
    """Code ran too long; not an Exception, so that no tool can catch it by accident."""


def stop(_signal: int, _frame: FrameType | None) -> None:
    """What SIGPROF does: raise OutOfTime where the code is."""
    raise OutOfTime


def limited(name: str, folder: Path, run: Callable[[], Finding]) -> Finding:
    """Run a check; one that takes more than `SECONDS` fails, and names the line of the environment it was in.

    Python gives signals to the main thread only: in another thread a check runs without a limit.
    """
    if threading.current_thread() is not threading.main_thread():
        return run()
    before = signal.signal(signal.SIGPROF, stop)
    try:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        return run()
    except OutOfTime as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).parent == folder]
        where = f", in {Path(frames[-1].filename).name}:{frames[-1].lineno} ({frames[-1].name})" if frames else ""
        notes = Notes(name)
        notes.fail(f"the check was stopped after {SECONDS:g} seconds{where}: a tool may never come back")
        return notes.finding()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
