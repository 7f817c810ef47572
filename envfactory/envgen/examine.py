"""The whole suite in a process of its own, so that a long check of one environment holds up no other.

`python -s -m envfactory.envgen.examine` reads a job as one line of JSON, runs `check`, and writes lines of JSON: how
far it is, then the certificate or what went wrong. A process, not a thread: a check's limit is a signal, which only a
main thread gets, and it counts the processor time of its whole process. It ends when its input ends, so none is left
behind when the one that asked is killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable, Collection
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TextIO

import envfactory
from envfactory.envgen.check import check
from envfactory.environment.confined import confining
from envfactory.environment.library import Certificate, load
from envfactory.environment.pool import Pool
from envfactory.errors import EnvFactoryError

LINE = 64 * 2**20
"""Bytes of one line at most: a certificate with the failures of every check has some thousands."""


async def examine(
    folder: Path,
    *,
    seed: int = 0,
    fuzz: int = 300,
    mutants: int = 400,
    only: Collection[str] = (),
    sandbox: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Certificate:
    """What `check` finds, from another process; with `sandbox` the code runs only in confined workers of that tier.

    Raises what `check` raises as an EnvFactoryError of the same words, and one when the process was killed.
    """
    job: dict[str, Any] = {"folder": str(folder), "seed": seed, "fuzz": fuzz, "mutants": mutants, "only": [*only]}
    job["sandbox"] = sandbox
    package = str(Path(envfactory.__file__).parent.parent)
    paths = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-s", "-m", __name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": paths},
        limit=LINE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    complaints = asyncio.create_task(process.stderr.read())
    told: dict[str, Any] = {}
    try:
        process.stdin.write(json.dumps(job).encode() + b"\n")
        await process.stdin.drain()
        while line := await process.stdout.readline():
            told = json.loads(line)
            if "progress" in told and progress:
                progress(told["progress"])
        status = await process.wait()
        said = (await complaints).decode("utf-8", "replace")
    except ConnectionError:
        status, said = await process.wait(), (await complaints).decode("utf-8", "replace")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        complaints.cancel()
    if "certificate" in told:
        return Certificate.model_validate(told["certificate"])
    if "error" in told:
        raise EnvFactoryError(told["error"])
    if status < 0:
        raise EnvFactoryError(
            f"the checks of {folder} were killed (signal {-status}); see to memory, and run them again"
        )
    raise RuntimeError(f"the checks of {folder} crashed: {said.strip()}")


def _ends_with(source: TextIO) -> None:
    """End this process when its input does."""
    source.read()
    os._exit(1)


def _main() -> int:
    job: dict[str, Any] = json.loads(sys.stdin.readline())
    threading.Thread(target=_ends_with, args=(sys.stdin,), daemon=True).start()
    # What the environment's own code prints must not stand between our lines.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(**line: Any) -> None:
        out.write(json.dumps(line) + "\n")
        out.flush()

    try:
        with Pool(job["sandbox"]) if job["sandbox"] else nullcontext() as pool:
            certificate = check(
                Path(job["folder"]),
                seed=job["seed"],
                fuzz=job["fuzz"],
                mutants=job["mutants"],
                only=job["only"],
                progress=lambda text: tell(progress=text),
                load=confining(pool, reuse=True) if pool is not None else load,
            )
    except EnvFactoryError as error:
        tell(error=str(error))
        return 1
    tell(certificate=certificate.model_dump(mode="json"))
    out.close()
    return 0


if __name__ == "__main__":
    status = _main()
    sys.stderr.flush()
    os._exit(status)  # the thread that waits for the input's end would hold up an orderly one
