"""How strong the walls around generated code are: five tiers behind one interface, and what each needs of the machine.

A tier is configured, then proved, never weakened in silence: the zygote tries to break out of what it puts up, and a
tier that does not hold here is refused with one sentence.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel

from envfactory.environment import container
from envfactory.environment.confine import mechanisms, require
from envfactory.errors import NoSandbox, UnknownName

Sandbox = Literal["sealed", "landlock", "bubblewrap", "container", "none"]
"""`sealed`: no system call that takes a path. `landlock`: Python's own files may be read (for imports in mid-run).
`bubblewrap`: sealed, within namespaces of its own. `container`: sealed, within a container of docker or podman.
`none`: a process without walls, for code you trust."""

_START = 60.0
"""Seconds a container may take to start."""

PACKAGES = str(Path(__file__).parents[2])
"""Where `envfactory` is imported from."""


class Limits(BaseModel, frozen=True):
    """What a session may take."""

    call: float = 5.0
    """Seconds a call may last before its worker is killed."""
    opening: float = 10.0
    """Seconds in which a session must be open, with its code loaded."""
    memory: int = 512 * 2**20
    """Bytes of address space a worker may take on top of what it starts with."""
    together: int = 4 * 2**30
    """Bytes of memory all workers of one container may take."""
    processes: int = 2048
    """Processes in one container: its workers, and the one that forks them."""


@dataclass(frozen=True)
class Tier:
    """A tier as it was asked for."""

    kind: Sandbox
    image: str = ""
    """The container's, when one was named."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.image}" if self.image else self.kind


def tier_of(name: str) -> Tier:
    """The tier of a name, which for a container may end in `:IMAGE`; raises UnknownName."""
    kind, _, image = name.partition(":")
    for known in get_args(Sandbox):
        if kind == known and (not image or known == "container"):
            return Tier(known, image)
    raise UnknownName("sandbox", name, get_args(Sandbox))


def needs(sandbox: Sandbox) -> tuple[str, ...]:
    """The mechanisms of `offered` a tier cannot do without."""
    base = ("linux", "machine", "seccomp")
    more: dict[Sandbox, tuple[str, ...]] = {
        "sealed": base,
        "landlock": (*base, "landlock"),
        "bubblewrap": (*base, "bubblewrap"),
        "container": (*base, "container"),
        "none": (),
    }
    return more[sandbox]


def offered(*, asked: Tier | None = None) -> dict[str, str]:
    """What this machine offers, by mechanism: "yes", a version, or "no" with the reason. `asked`: for that tier."""
    found = mechanisms()
    if asked is None or asked.kind == "bubblewrap":
        found["bubblewrap"] = _bubblewrap()
    if asked is None or asked.kind == "container":
        found["container"] = container.offered(asked.image if asked else "")
    return found


def refuse_if_missing(tier: Tier) -> None:
    """Raise NoSandbox, with the cure, when this machine lacks what the tier needs."""
    require(offered(asked=tier), needs(tier.kind))


def start(tier: Tier, limits: Limits, hash_seed: int = 0) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The process of a zygote, which may be a client that runs it, and the socket to it; raises NoSandbox."""
    told = json.dumps(plan(tier.kind, limits))
    if tier.kind == "container":
        room: dict[str, Any] = {"memory": limits.together, "processes": limits.processes, "hash_seed": hash_seed}
        return container.start(tier.image, told, seconds=_START, **room)
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            command(tier.kind, theirs.fileno(), told),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=clean_environment(hash_seed),
            cwd="/",
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    return process, ours


def command(sandbox: Sandbox, descriptor: int, plan: str) -> list[str]:
    """The program that starts a zygote serving the socket `descriptor`, but in a container.

    -s and -P: no packages of the user, nothing from the folder we happen to be in; -B: no bytecode is written. Not -I,
    which would ignore PYTHONHASHSEED.
    """
    start = "import sys; sys.path.append(sys.argv[3]); from envfactory.environment.zygote import main; "
    start += "main(int(sys.argv[1]), sys.argv[2])"
    inner = [sys.executable, "-s", "-P", "-B", "-c", start, str(descriptor), plan, PACKAGES]
    if sandbox != "bubblewrap":
        return inner
    binary = shutil.which("bwrap")
    if binary is None:
        raise NoSandbox("bubblewrap is not installed (no bwrap on PATH); install it, or use --sandbox=sealed")
    places = [item for path in _readable() for item in ("--ro-bind", path, path)]
    walls = ["--die-with-parent", "--unshare-user", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--dev", "/dev"]
    walls += ["--ro-bind", "/proc", "/proc"]  # a worker's size is read there before it is sealed
    return [binary, *walls, *places, "--chdir", "/", "--", *inner]


def plan(sandbox: Sandbox, limits: Limits) -> dict[str, Any] | None:
    """The walls of a tier as the zygote is told them."""
    if sandbox == "none":
        return None
    files = sandbox == "landlock"
    walls: dict[str, Any] = {"memory": limits.memory, "files": files, "readable": _importable() if files else []}
    return walls | {"packages": sandbox == "container"}


def clean_environment(hash_seed: int = 0) -> dict[str, str]:
    """The variables a zygote starts with: nothing of ours but where shared libraries lie, if that was said."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {"PYTHONHASHSEED": str(hash_seed), "LANG": "C.UTF-8", "TZ": "UTC", **kept}


def _readable() -> list[str]:
    """Where Python, its libraries and the packages lie."""
    paths = sysconfig.get_paths()
    places = {sys.prefix, sys.base_prefix, paths["stdlib"], paths["purelib"], paths["platlib"], PACKAGES}
    system = {"/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives"}
    return sorted(path for path in places | system if os.path.exists(path))


def _importable() -> list[str]:
    """What may be imported in mid-run: Python's library and the packages, but not ours, where the expected answers of
    stored cases lie. Listed one by one, for Landlock allows whole folders only."""
    paths = sysconfig.get_paths()
    roots = {paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"]}
    found: set[str] = set()
    for root in map(Path, roots):
        for child in root.iterdir() if root.is_dir() else ():
            if not child.name.startswith(("envfactory", "_editable", "site-packages", "dist-packages")):
                found.add(str(child))
    return sorted(found)


def _bubblewrap() -> str:
    binary = shutil.which("bwrap")
    if binary is None:
        return "no: bubblewrap is not installed (no bwrap on PATH)"
    try:
        tried = subprocess.run(
            [binary, "--unshare-user", "--unshare-net", "--ro-bind", "/", "/", "true"],
            capture_output=True,
            timeout=10,
            env={"PATH": os.defpath},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"no: bubblewrap does not run ({type(error).__name__})"
    return "yes" if tried.returncode == 0 else "no: bubblewrap cannot make a user namespace on this machine"
