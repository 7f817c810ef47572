"""The tier `container`: the zygote starts in a container of docker or podman, and reaches the host over one socket.

The container has no network, no capabilities, a root it cannot write to and a user without rights; the walls of the
tier `sealed` stand around each worker within it. Its image holds Python and a few packages (`sandbox/Dockerfile`);
EnvFactory's own files are mounted read-only, those a worker needs and no more. The socket lies in a folder that only
this user can reach, is mounted read-only too, and is gone from the disk once the zygote has come.

Options: `docker run --help` (28.2) and podman-run(1); both take all that is used here.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from envfactory.errors import NoSandbox

IMAGE = "envfactory-sandbox"
"""The image when none is named."""
DOCKERFILE = Path(__file__).parent / "sandbox"
"""The folder to make it from."""

_ENGINES = {"docker": "{{.Server.Version}}", "podman": "{{.Client.Version}}"}
"""What is looked for, in this order, and the template that has `ENGINE version` print the version."""
_PROBE = 20.0
"""Seconds an engine may take to answer."""
_HERE = Path(__file__).parents[1]
_MOUNTED = ("__init__.py", "errors.py", "messages.py", "environment")
"""What a zygote imports of EnvFactory: not the library, where expected answers lie, and nothing that asks models."""
_TARGET, _LINK = "/opt/envfactory", "/run/envfactory"
_NOBODY = "65534:65534"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY")
_CLIENT = ("PATH", "HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "CONTAINER_HOST")
"""Variables by which the engine's client finds its engine; the container sees none of them."""
_BEGIN = """
import os, socket, sys
null = os.open(os.devnull, os.O_RDWR)
os.dup2(null, 0)
os.dup2(null, 1)
os.close(null)
link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[2])
sys.path.append(sys.argv[3])
from envfactory.environment.zygote import main
main(link.detach(), sys.argv[1])
""".strip()


@dataclass(frozen=True)
class Engine:
    """A program that runs containers, and answers."""

    name: str
    path: str
    version: str


def packages() -> dict[str, str]:
    """Python and the packages an image must hold, in the versions that run here: other ones may word an error in
    another way, and equal seeds must give equal bytes."""
    held = {name: version(name) for name in ("apsw", "pydantic", "pydantic_core", "typing_extensions")}
    return {"python": ".".join(map(str, sys.version_info[:2])), **held}


def engine() -> Engine:
    """The first of docker and podman that is on PATH and answers; raises NoSandbox saying what is missing."""
    silent: list[str] = []
    for name, template in _ENGINES.items():
        path = shutil.which(name)
        if path is None:
            continue
        said = _ask(path, "version", "--format", template)
        if said:
            return Engine(name, path, said)
        silent.append(f"{name} is installed, but {'its daemon' if name == 'docker' else 'it'} does not answer")
    raise NoSandbox(silent[0] if silent else "neither docker nor podman is on PATH")


def offered(image: str = "") -> str:
    """What this machine offers for a container of this image: the engine and its version, or "no" with the reason."""
    wanted = image or IMAGE
    try:
        found = engine()
    except NoSandbox as error:
        return f"no: {error}"
    if _ask(found.path, "image", "inspect", "--format", "{{.Id}}", wanted):
        return f"{found.name} {found.version}"
    return f"no: {found.name} has no image {wanted}, which this makes: {' '.join(build_command(found, wanted))}"


def build_command(found: Engine, image: str) -> list[str]:
    """The program that makes the image."""
    held = packages()
    given = {"PYTHON": held.pop("python"), "PACKAGES": ",".join(f"{name}=={number}" for name, number in held.items())}
    arguments = [part for name, value in given.items() for part in ("--build-arg", f"{name}={value}")]
    return [found.name, "build", "--tag", image, *arguments, str(DOCKERFILE)]


def refuse_other_packages(held: dict[str, str], image: str) -> None:
    """Raise NoSandbox, with the cure, when an image holds other versions than those here."""
    for name, number in packages().items():
        if held.get(name) != number:
            build = " ".join(build_command(engine(), image or IMAGE))
            raise NoSandbox(f"the image holds {name} {held.get(name)}, and here is {number}; make it again: {build}")


def command(
    found: Engine, image: str, link: Path, plan: str, *, memory: int, processes: int, hash_seed: int = 0
) -> list[str]:
    """The program that starts a zygote in a container, which connects to `socket` in the folder `link`.

    `memory` (bytes, swap included) and `processes` are for all workers together. Proxy variables are emptied, for
    docker's client hands those of its own configuration on, and they may hold passwords.
    """
    variables = {"PYTHONHASHSEED": str(hash_seed), "LANG": "C.UTF-8", "TZ": "UTC"}
    variables |= {name: "" for upper in _PROXIES for name in (upper, upper.lower())}
    mounts = {str(_HERE / name): f"{_TARGET}/envfactory/{name}" for name in _MOUNTED} | {str(link): _LINK}
    return [
        *(found.path, "run", "--rm", "--pull", "never", "--attach", "stderr", "--log-driver", "none"),
        *("--network", "none", "--ipc", "none", "--hostname", "sandbox", "--read-only", "--workdir", "/"),
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", _NOBODY),
        *("--pids-limit", str(processes), "--memory", f"{memory}b", "--memory-swap", f"{memory}b"),
        *(part for name, value in variables.items() for part in ("--env", f"{name}={value}")),
        *(part for source, target in mounts.items() for part in ("--mount", _mount(source, target))),
        *("--entrypoint", "python3", image or IMAGE),
        *("-s", "-P", "-B", "-c", _BEGIN, plan, f"{_LINK}/socket", _TARGET),
    ]


def start(
    image: str, plan: str, *, memory: int, processes: int, hash_seed: int, seconds: float
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A container with a zygote in it, and the socket to it; raises NoSandbox when it does not come in time."""
    found = engine()
    with _listening() as (link, server):
        process = subprocess.Popen(
            command(found, image, link, plan, memory=memory, processes=processes, hash_seed=hash_seed),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={name: os.environ[name] for name in _CLIENT if name in os.environ},
            cwd="/",
            start_new_session=True,
        )
        until = time.monotonic() + seconds
        server.settimeout(0.1)
        while time.monotonic() < until and process.poll() is None:
            try:
                return process, server.accept()[0]
            except TimeoutError:
                continue
    process.kill()
    assert process.stderr is not None
    said = process.stderr.read().decode(errors="replace").strip().splitlines()
    process.stderr.close()
    process.wait()
    told = [line for line in said if line.strip() and not line.startswith(("See '", "Run '"))]
    why = told[-1].removeprefix(f"{found.name}: ") if told else f"{found.name} said nothing in {seconds:g} s"
    raise NoSandbox(f"the container does not start: {why}; mend that, or use --sandbox=sealed")


@contextmanager
def _listening() -> Generator[tuple[Path, socket.socket]]:
    """A folder to mount, and the socket in it: any user may connect who can come there, and only we can."""
    outer = Path(tempfile.mkdtemp(prefix="envfactory-"))
    link = outer / "link"
    try:
        link.mkdir()
        link.chmod(0o755)
        with socket.socket(socket.AF_UNIX) as server:
            try:
                server.bind(str(link / "socket"))
            except OSError as error:
                raise NoSandbox(f"no socket can be made in {link} ({error}); set TMPDIR to a short path") from None
            (link / "socket").chmod(0o666)
            server.listen(1)
            yield link, server
    finally:
        shutil.rmtree(outer, ignore_errors=True)


def _mount(source: str, target: str) -> str:
    """The value of `--mount`, which is a line of CSV: a path may hold a comma."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["type=bind", f"source={source}", f"target={target}", "readonly"])
    return line.getvalue()


def _ask(*command: str) -> str:
    """What a program prints; nothing when it fails or does not answer."""
    client = {name: os.environ[name] for name in _CLIENT if name in os.environ}
    try:
        tried = subprocess.run(command, capture_output=True, timeout=_PROBE, env=client, text=True)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return tried.stdout.strip() if tried.returncode == 0 else ""
