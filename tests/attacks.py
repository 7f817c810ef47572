"""A scene with things worth stealing or breaking, and eyes on it from the host: what did an attack really do?"""

from __future__ import annotations

import ast
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from envfactory.environment.environment import State
from envfactory.environment.library import BUILT_IN
from envfactory.environment.pool import Pool, Worker, processes_of
from envfactory.environment.texts import ConfinedWorld, Texts
from envfactory.environment.worker import ConfinedSession
from envfactory.errors import EnvFactoryError
from envfactory.messages import canonical

HOSTILE = Path(__file__).parent / "hostile"
SCHEMA = "CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL) STRICT;"
SIZE = 7919
"""Bytes of the file with the secret: its size is a secret, too."""

_ENVIRONMENT = '''
from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from envfactory.environment.environment import Environment
from envfactory.environment.tool import tool


class Note(BaseModel):
    id: str
    text: str


%s


class Notes(Environment):
    """Notes, and a tool nobody should have let in."""

    @tool()
    def read_notes(self) -> list[Note]:
        """All notes."""
        return [Note.model_validate(row) for row in self.db.find("notes")]

    @tool(writes=True)
    def add_note(self, text: str) -> Note:
        """Add a note."""
        row = {"id": self.new_id("n"), "text": text}
        self.db.insert("notes", row)
        return Note.model_validate(row)

    @tool(writes=True)
    def attack(self, at: dict[str, Any]) -> Any:
        """Do it."""
        return %s


%s
'''


def snippets() -> dict[str, str]:
    """Every hostile function's source, as `file.function`."""
    found: dict[str, str] = {}
    for path in sorted(HOSTILE.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                found[f"{path.stem}.{node.name}"] = ast.get_source_segment(text, node) or ""
    return found


SNIPPETS = snippets()


def world(code: str = "", call: str = "None", after: str = "", *, text: str = "hello") -> ConfinedWorld:
    """Notes with `code` in the module, `call` as the body of `attack`, and `after` run when it is imported."""
    texts = {"schema.sql": SCHEMA, "environment.py": _ENVIRONMENT % (code, call, after)}
    return ConfinedWorld(Texts("notes", texts), State(rows={"notes": [{"id": "n1", "text": text}]}))


class Scene:
    """Files, listeners, keys, a neighbour, and what must not become known."""

    def __init__(self, folder: Path, pool: Pool) -> None:
        self.pool = pool
        self.secrets = {
            name: f"secret-{name}-{secrets.token_hex(6)}" for name in ("file", "name", "row", "code", "memory")
        }
        self.secrets["key"] = os.environ["ENVFACTORY_TEST_KEY"]
        self.cases = sorted((BUILT_IN / "google_tasks" / "tests").glob("*.json"))[0]
        self.secrets["case"] = self.cases.read_text(encoding="utf-8")[100:160]
        self.folder = folder / "canary"
        self.folder.mkdir()
        self.file = self.folder / "secret"
        self.file.write_text(self.secrets["file"].ljust(SIZE))
        (self.folder / self.secrets["name"]).touch()
        (self.folder / "evil.py").write_text(f"SECRET = {self.secrets['code']!r}")
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(folder / "unix"))
        self.abstract = socket.socket(socket.AF_UNIX)
        self.name = f"envfactory-{secrets.token_hex(6)}"
        self.abstract.bind(f"\0{self.name}")
        for server in (self.unix, self.abstract):
            server.listen()
        for listener in (self.tcp, self.udp, self.unix, self.abstract):
            listener.setblocking(False)
        self.memory = bytearray(self.secrets["memory"].encode())
        self.neighbour = ConfinedSession(pool, [world(text=self.secrets["row"])])
        self.print = self.neighbour.fingerprint()
        self.zygote = pool.zygote.pid
        self.group = os.getsid(self.zygote)
        self.own = self.processes()
        self.before = self.snapshot()
        self.at = {
            "folder": str(self.folder),
            "file": str(self.file),
            "cases": str(self.cases),
            "host": os.getpid(),
            "neighbour": _process(self.neighbour).pid,
            "tcp": self.tcp.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "unix": str(folder / "unix"),
            "abstract": self.name,
            "address": _address(self.memory),
        }

    def close(self) -> None:
        self.neighbour.close()
        for listener in (self.tcp, self.udp, self.unix, self.abstract):
            listener.close()

    def snapshot(self) -> dict[str, tuple[Any, ...]]:
        """All that can be changed in the folder."""
        found: dict[str, tuple[Any, ...]] = {}
        for path in [self.folder, *sorted(self.folder.iterdir())]:
            stat = path.lstat()
            data = path.read_bytes() if path.is_file() else b""
            found[path.name] = (stat.st_mode, stat.st_uid, stat.st_nlink, stat.st_size, stat.st_mtime_ns, data)
        return found

    def arrivals(self) -> list[str]:
        """Where something came in."""
        found: list[str] = []
        for name in ("tcp", "udp", "unix", "abstract"):
            listener: socket.socket = getattr(self, name)
            try:
                if name == "udp":
                    listener.recv(100)
                else:
                    listener.accept()[0].close()
                found.append(f"something came in by {name}")
            except BlockingIOError:
                pass
        return found

    def processes(self) -> set[int]:
        """The zygote and its descendants: they share one session id, which none can leave."""
        return processes_of(self.group)

    def violations(self, session: ConfinedSession | None, said: str) -> list[str]:
        """What an attack has achieved, seen from outside; its session is closed here."""
        found = [f"the {name} became known" for name, value in self.secrets.items() if value in said]
        if str(SIZE) in said:
            found.append("the size became known")
        if self.snapshot() != self.before:
            found.append("the folder changed")
        found += self.arrivals()
        if self.processes() - self.own - ({session_pid(session)} if session else set()):
            found.append("there are processes more than before")
        if session:
            session.close()
        if self.pool.zygote.pid != self.zygote or not self.processes() >= self.own:
            found.append("the zygote or the neighbour died")
        read = self.neighbour.call("notes__read_notes", {})
        if read.result != [{"id": "n1", "text": self.secrets["row"]}] or self.neighbour.recovered:
            found.append("the neighbour was harmed")
        if self.neighbour.fingerprint() != self.print:
            found.append("the neighbour's rows changed")
        with ConfinedSession(self.pool, [world()]) as fresh:
            wrote = fresh.call("notes__add_note", {"text": "again"})
            if wrote.outcome != "ok" or fresh.call("notes__read_notes", {}).result != [
                {"id": "n1", "text": "hello"},
                wrote.result,
            ]:
                found.append("a fresh session does not work")
        if self.processes() != self.own:
            found.append("a process was left behind")
        return found

    def attack(self, name: str) -> list[str]:
        """Run one snippet as a tool; what it achieved."""
        function = name.partition(".")[2]
        with ConfinedSession(self.pool, [world(SNIPPETS[name], f"{function}(self, at)")]) as session:
            session.call("notes__attack", {"at": self.at})
            session.call("notes__read_notes", {})
            session.call("notes__add_note", {"text": "after"})
            return self.violations(session, said(session))

    def attack_on_import(self, name: str) -> list[str]:
        """Run one snippet while its module is imported; what it achieved."""
        function = name.partition(".")[2]
        after = f"AT = {self.at!r}\nFOUND = {function}(None, AT)\n"
        try:
            session = ConfinedSession(self.pool, [world(SNIPPETS[name], "FOUND", after)])
        except EnvFactoryError as error:
            return self.violations(None, str(error))
        with session:
            session.call("notes__attack", {"at": {}})
            return self.violations(session, said(session))


def said(session: ConfinedSession) -> str:
    """All that came out of a session."""
    texts = [entry.result if isinstance(entry.result, str) else "" for entry in session.log]
    return (
        "".join(texts)
        + json.dumps([[e.result, e.bug] for e in session.log])
        + canonical({name: [c.model_dump() for c in changes] for name, changes in session.changes().items()})
    )


def session_pid(session: ConfinedSession) -> int:
    """The process a session is in; 0 for none."""
    worker = session._worker
    return worker.pid if worker else 0


def _process(session: ConfinedSession) -> Worker:
    worker = session._worker
    assert worker is not None
    return worker


def _address(data: bytearray) -> int:
    import ctypes

    return ctypes.addressof((ctypes.c_char * len(data)).from_buffer(data))


@contextmanager
def scene(folder: Path, pool: Pool) -> Iterator[Scene]:
    """A scene in a folder."""
    made = Scene(folder, pool)
    try:
        yield made
    finally:
        made.close()
