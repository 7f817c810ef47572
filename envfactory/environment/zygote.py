"""The process that confined workers are forked from: started with exec and a clean environment, imports made, no keys.

It holds no descriptor but the socket to the host and /dev/null, runs no code but ours, and has one thread. It knows
four commands, nine bytes each: F with a socket attached (fork a worker that serves it; answers with its process id), S
(the same for a spare one, which rehearses until it is needed), R with a process id (kill that worker, unless the host
has, and wait for it; answers with its status), and the end of the socket (end, and take all workers along). A worker's
process id is free for others only after R: it can be killed without a race.
"""

from __future__ import annotations

import codecs
import ctypes
import gc
import importlib
import itertools
import json
import os
import signal
import socket
import struct
import sys
import zoneinfo
from typing import Any

from envfactory.environment import inside
from envfactory.environment.confine import Walls, confine, die_with_parent, hide
from envfactory.environment.frames import pack
from envfactory.errors import NoSandbox

COMMAND = struct.Struct("!cq")
NUMBER = struct.Struct("!q")
SESSION = 3
"""The descriptor a worker serves; 0, 1 and 2 are /dev/null."""

_WARM = """
abc array base64 binascii bisect calendar cmath collections colorsys contextlib contextvars copy csv ctypes
dataclasses datetime decimal difflib email.utils enum fnmatch fractions functools graphlib hashlib heapq hmac html
html.parser ipaddress itertools json keyword locale logging math numbers operator pprint queue random re reprlib
secrets shlex statistics string stringprep struct textwrap threading time timeit traceback types typing
typing_extensions unicodedata urllib.parse uuid warnings weakref xml.etree.ElementTree zlib zoneinfo
pydantic.alias_generators pydantic.dataclasses pydantic.deprecated.class_validators pydantic.functional_serializers
pydantic.functional_validators pydantic.json_schema pydantic.networks pydantic.root_model pydantic.types
""".split()  # noqa: SIM905 - a page of quotation marks says no more
"""Imported here because a sealed worker cannot open a file: what tools may want of Python's library and pydantic."""

_CODECS = ("ascii", "latin-1", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "idna", "punycode")

_SAMPLE = {
    "schema.sql": "CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, size INTEGER) STRICT;",
    "environment.py": '''
from __future__ import annotations
from typing import Annotated, Any, Literal, NotRequired
from pydantic import BaseModel, Field
from typing_extensions import TypedDict
from envfactory.environment.environment import Environment
from envfactory.environment.tool import Date, DateTime, FromJson, Key, tool
class Part(TypedDict):
    name: NotRequired[str]
class Thing(BaseModel):
    id: Annotated[str, Key("thing")]
    name: Annotated[str, Field(max_length=9)]
    size: int | None = None
    parts: Annotated[list[Part] | None, FromJson] = None
class Sample(Environment):
    """A sample."""
    @tool()
    def list_things(
        self, at: DateTime | None = None, day: Date | None = None, kind: Literal["a", "b"] = "a"
    ) -> list[Thing]:
        """All things."""
        return [Thing.model_validate(row) for row in self.db.find("things")]
    @tool(writes=True)
    def add_thing(
        self, name: Annotated[str, Field(max_length=9, pattern="^[a-z]+$")], more: dict[str, Any] | None = None
    ) -> Thing:
        """Add one."""
        row = {"id": self.new_id("th"), "name": name, "size": self.random.randrange(9)}
        self.db.insert("things", row)
        return Thing.model_validate(self.need("things", "thing", id=row["id"]))
''',
}
"""Opened and called once before the first fork: whatever pydantic and SQLite load late is then there already."""


def main(descriptor: int, plan: str) -> None:
    """Serve the host on `descriptor`; `plan` is JSON: the walls, or null for none."""
    control = socket.socket(fileno=descriptor)
    wanted: dict[str, Any] | None = json.loads(plan)
    walls = None
    if wanted is not None:
        walls = Walls(memory=wanted["memory"], files=wanted["files"], readable=tuple(wanted["readable"]))
    try:
        hide()
        warm()
        proof = prove(walls) if walls else {}
        hello: dict[str, Any] = {"ready": True, "proof": proof, "pid": os.getpid()}
        if wanted and wanted["packages"]:
            from envfactory.environment.container import packages

            hello["packages"] = packages()
    except NoSandbox as error:
        hello = {"ready": False, "error": str(error)}
    control.sendall(pack(hello))
    if not hello["ready"]:
        return
    os.dup2(1, 2)  # the host reads what the start says on stderr, and no more
    gc.collect()
    _FILLING.extend(fill_holes())
    gc.freeze()
    while True:
        data, sockets, _, _ = socket.recv_fds(control, COMMAND.size, 1, socket.MSG_WAITALL)
        if len(data) < COMMAND.size:
            os._exit(0)
        command, number = COMMAND.unpack(data)
        if command in (b"F", b"S"):
            pid = os.fork()
            if pid == 0:
                work(control, sockets[0], walls, spare=command == b"S")
            os.close(sockets[0])
            control.sendall(NUMBER.pack(pid))
        else:
            os.kill(number, signal.SIGKILL)  # one that has ended keeps its number until it is waited for
            _, status = os.waitpid(number, 0)
            control.sendall(NUMBER.pack(status))


def work(control: socket.socket, session: int, walls: Walls | None, *, spare: bool = False) -> None:
    """Become a worker: keep one descriptor, go behind the walls, serve. Never returns.

    A spare one first opens the sample: what a fork shares is copied page by page when it is touched, two thousand pages
    for one environment, and those pages are then its own already.
    """
    try:
        parent = os.getppid()
        control.detach()
        os.dup2(session, SESSION)
        os.closerange(SESSION + 1, 64)
        die_with_parent()
        if os.getppid() != parent:
            os._exit(1)
        if walls:
            confine(walls)
        if spare:
            rehearse([])
        inside.serve(SESSION)
    finally:
        os._exit(1)


def warm() -> None:
    """Import and use once what a worker could not load any more."""
    for name in _WARM:
        importlib.import_module(name)
    for name in _CODECS:
        codecs.lookup(name)
    _ZONES.extend(_zone(name) for name in sorted(zoneinfo.available_timezones()))
    rehearse(
        [
            {"op": "tools"},
            {"op": "call", "tool": "sample__add_thing", "arguments": {"name": "lamp"}},
            {"op": "call", "tool": "sample__add_thing", "arguments": {"name": 1}},
            {"op": "call", "tool": "sample__list_things", "arguments": {"at": _AT, "day": "2026-03-02"}},
        ]
    )
    _SAMPLE_CODES.update(
        inside.Inside().answer({"id": "", "op": "compile", "name": "sample", "texts": _SAMPLE})["codes"]
    )


_AT = "2026-03-02T09:00:00Z"
_SAMPLE_CODES: dict[str, str] = {}


def rehearse(requests: list[dict[str, Any]]) -> None:
    """Open the sample, make some requests of it, and forget it."""
    opened = inside.Inside()
    world = {"name": "sample", "texts": _SAMPLE, "now": _AT, "rows": {}, "mark": None, "codes": _SAMPLE_CODES}
    for request in [{"op": "open", "worlds": [world], "seed": 0}, *requests]:
        reply = opened.answer({"id": "", **request})
        if "error" in reply:
            raise RuntimeError(f"the sample does not run: {reply['error']}")
        inside.encoded(reply)
    assert opened.session is not None
    opened.session.close()


_ZONES: list[zoneinfo.ZoneInfo] = []
"""Kept, so that `ZoneInfo(key)` finds them in its weak cache without a file."""


def _zone(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)


_FILLING: list[object] = []
_POOL = 16384 - 48
"""Bytes for objects of one size in a pool of CPython's allocator (`POOL_SIZE` and its header in Objects/obmalloc.c)."""
_HOLES = 20_000
"""Holes of one size in C's heap that are filled at most."""


def fill_holes() -> list[object]:
    """Objects that fill all free places between others, to be kept: a worker then builds on pages that are empty.

    What a worker allocates would otherwise go into free places all over the pages it shares with the zygote, and each
    page would be copied for the few objects that fit. It saves a worker a megabyte.
    """
    kept: list[object] = []
    for size in range(16, 513, 16):
        capacity = _POOL // size
        batch: list[object]
        if size < 48:  # bytes are larger
            batch = [object() if size == 16 else complex(0.5, 1.0) for _ in itertools.repeat(None, 4 * capacity)]
        else:
            batch = [bytes(size - 33) for _ in itertools.repeat(None, 3 * capacity + 1000)]
        run = 1
        for place in range(1, len(batch)):
            run = run + 1 if id(batch[place]) - id(batch[place - 1]) == size else 1
            if run == capacity:  # a pool that was empty: there are no others with free places
                del batch[place - run + 1 :]
                break
        kept.append(batch)
    _fill_heap()
    return kept


def _fill_heap() -> None:
    """The same for C's heap, below its end; glibc's alone, which allocates at the end when nothing else is free."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "malloc_trim"):
        return
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    end = libc.malloc(100_000)
    for size in (65536, 32768, 16384, 8192, *range(4096, 0, -16)):
        for _ in range(_HOLES):
            place = libc.malloc(size)
            if place is None or place > end:
                libc.free(place)
                break
    libc.malloc_trim(0)


_ATTEMPTS = ("read a file", "make a socket", "start a process", "signal the host")


def prove(walls: Walls) -> dict[str, str]:
    """Put a process behind the walls and let it try: what each attempt came to; raises NoSandbox when one succeeds."""
    mine, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            said = _attempts(walls)
        except (NoSandbox, OSError) as error:
            said = {"error": f"the walls cannot be put up: {error}"}
        os.write(theirs.fileno(), json.dumps(said).encode())
        os._exit(0)
    theirs.close()
    said: dict[str, str] = json.loads(mine.recv(65536) or b"{}")
    mine.close()
    os.waitpid(pid, 0)
    if not said or "error" in said:
        raise NoSandbox(
            said.get("error", "a process behind the walls does not live; use --sandbox=none if you trust the code")
        )
    for attempt in _ATTEMPTS:
        if said[attempt] != "denied":
            raise NoSandbox(
                f"behind the walls a process could still {attempt}; use --sandbox=none if you trust the code"
            )
    return said


def _attempts(walls: Walls) -> dict[str, str]:
    host = os.getppid()
    confine(walls)
    tries: dict[str, Any] = {
        "read a file": lambda: open("/etc/passwd", "rb").close(),
        "make a socket": lambda: socket.socket().close(),
        "start a process": _fork,
        "signal the host": lambda: os.kill(host, 0),
    }
    said: dict[str, str] = {}
    for name, attempt in tries.items():
        try:
            attempt()
            said[name] = "possible"
        except OSError:
            said[name] = "denied"
    return said


def _fork() -> None:
    if os.fork() == 0:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
