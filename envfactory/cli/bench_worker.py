"""Figures of confined sessions, for `envfactory bench worker`."""

from __future__ import annotations

import os
import random
import signal
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

Item = tuple[str, str, Literal["at most", "at least"], float, Callable[[], float]]

_LIVE = 64
"""Sessions open at once when memory is measured."""


def items(*, cycles: int = 10_000, frames: int = 100_000) -> list[Item]:
    """What is measured of confined workers; a machine without walls raises NoSandbox when it is."""
    return [
        ("worker: open a session, one small environment", "ms", "at most", 10, lambda: _opening("small")),
        ("worker: open a session of Google Tasks", "ms", "at most", 10, lambda: _opening("google_tasks")),
        ("worker: open and close Google Tasks, CPU both sides", "ms", "at most", 20, _opening_cpu),
        ("worker: call, CPU both sides", "us", "at most", 300, _call),
        ("worker: memory of a small session, of 64 (PSS)", "MB", "at most", 8, lambda: _memory("small")),
        ("worker: memory of a Google Tasks session, of 64 (PSS)", "MB", "at most", 8, lambda: _memory("google_tasks")),
        ("worker: kill and recover with state", "ms", "at most", 250, _recovery),
        (f"worker: left behind by {cycles:,} open and close", "things", "at most", 0, lambda: _leaks(cycles)),
        (f"worker: crashes of the host in {frames:,} broken frames", "", "at most", 0, lambda: _frames(frames)),
    ]


_CODE = '''
from __future__ import annotations

from pydantic import BaseModel

from envfactory.environment.environment import Environment
from envfactory.environment.tool import tool


class Note(BaseModel):
    id: str
    text: str


class Notes(Environment):
    """Notes."""

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
'''
_DDL = "CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL) STRICT;"


def _world(kind: str) -> Any:
    from envfactory.environment.environment import State
    from envfactory.environment.library import find
    from envfactory.environment.texts import ConfinedWorld, Texts

    if kind != "small":
        return ConfinedWorld.of(find(kind), "small")
    rows = [{"id": f"n{number}", "text": "x" * 40} for number in range(10)]
    return ConfinedWorld(Texts("notes", {"schema.sql": _DDL, "environment.py": _CODE}), State(rows={"notes": rows}))


def _first_call(kind: str) -> tuple[str, dict[str, Any]]:
    return ("notes__read_notes", {}) if kind == "small" else ("google_tasks__tasklists_list", {})


def _opening(kind: str) -> float:
    from envfactory.environment.pool import Pool
    from envfactory.environment.worker import ConfinedSession

    world = _world(kind)
    times: list[float] = []
    with Pool() as pool:
        for _ in range(100):
            start = time.perf_counter()
            session = ConfinedSession(pool, [world])
            times.append(time.perf_counter() - start)
            session.close()
            time.sleep(0.03)  # idle: nothing else is under way
    return statistics.median(times) * 1e3


def _opening_cpu() -> float:
    """Host, zygote and worker together: the zygote waits for its workers, so their time is in its own account."""
    from envfactory.environment.pool import Pool
    from envfactory.environment.worker import ConfinedSession

    world = _world("google_tasks")
    with Pool() as pool:
        ConfinedSession(pool, [world]).close()
        pid = pool.zygote.pid
        own, theirs = time.process_time(), _cpu(pid)
        for _ in range(100):
            ConfinedSession(pool, [world]).close()
        return (time.process_time() - own + _cpu(pid) - theirs) * 1e3 / 100


def _cpu(pid: int) -> float:
    """Seconds of a process and of its children that it has waited for, from /proc/PID/stat."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _call() -> float:
    """Both sides, over 3,000 calls that read and write: the clock of /proc ticks every 10 ms."""
    from envfactory.environment.pool import Pool
    from envfactory.environment.worker import ConfinedSession

    count = 3000
    with Pool() as pool, ConfinedSession(pool, [_world("google_tasks")]) as session:
        lists: Any = session.call("google_tasks__tasklists_list", {}).result
        place = {"tasklist": lists["items"][0]["id"]}
        worker = session._worker  # pyright: ignore[reportPrivateUsage]
        assert worker is not None
        session.call("google_tasks__tasklists_get", place)
        session.call("google_tasks__tasklists_patch", {**place, "title": "x"})
        own, theirs = time.process_time(), _cpu(worker.pid)
        for number in range(count // 3):
            session.call("google_tasks__tasklists_get", place)
            session.call("google_tasks__tasklists_list", {})
            session.call("google_tasks__tasklists_patch", {**place, "title": f"T{number}"})
        return (time.process_time() - own + _cpu(worker.pid) - theirs) * 1e6 / count


def _memory(kind: str) -> float:
    from envfactory.environment.pool import Pool, memory_of
    from envfactory.environment.worker import ConfinedSession

    with Pool() as pool:
        sessions = [ConfinedSession(pool, [_world(kind)]) for _ in range(_LIVE)]
        for session in sessions:
            session.call(*_first_call(kind))
        workers = [session._worker for session in sessions]  # pyright: ignore[reportPrivateUsage]
        found = [memory_of(worker.pid) for worker in workers if worker]
        for session in sessions:
            session.close()
    return statistics.mean(found) / 1024


def _recovery() -> float:
    from envfactory.environment.pool import Pool
    from envfactory.environment.worker import ConfinedSession

    times: list[float] = []
    with Pool() as pool, ConfinedSession(pool, [_world("google_tasks")]) as session:
        lists: Any = session.call("google_tasks__tasklists_list", {}).result
        for number in range(20):
            place = {"tasklist": lists["items"][0]["id"], "title": f"T{number}"}
            session.call("google_tasks__tasklists_patch", place)
            worker = session._worker  # pyright: ignore[reportPrivateUsage]
            assert worker is not None
            start = time.perf_counter()
            os.kill(worker.pid, signal.SIGKILL)
            lost = session.call("google_tasks__tasklists_list", {})
            read: Any = session.call("google_tasks__tasklists_list", {}).result
            times.append(time.perf_counter() - start)
            if lost.outcome != "session_lost" or f"T{number}" not in str(read):
                raise RuntimeError("the worker came back without its state")
    return statistics.median(times) * 1e3


def _leaks(count: int) -> float:
    from envfactory.environment.pool import Pool, processes_of
    from envfactory.environment.worker import ConfinedSession

    world = _world("small")
    with Pool() as pool:
        ConfinedSession(pool, [world]).close()
        pid = pool.zygote.pid
        pool.zygote.settle()
        before = len(os.listdir("/proc/self/fd")) + len(processes_of(pid))
        for _ in range(count):
            ConfinedSession(pool, [world]).close()
        pool.zygote.settle()
        return len(os.listdir("/proc/self/fd")) + len(processes_of(pid)) - before


def _frames(count: int) -> float:
    """Replies broken at random, parsed and checked as those of a worker are; anything but BadFrame is a crash."""
    from envfactory.environment.frames import BadFrame, pack, parse
    from envfactory.environment.pool import Pool
    from envfactory.environment.worker import ConfinedSession

    dice = random.Random(0)
    reply = {
        "outcome": "ok",
        "result": [{"id": "n1", "text": "x"}],
        "bug": "",
        "changeset": "",
        "entropy": {"drawn": 0},
    }
    good = pack(reply)[4:]
    crashes = 0
    with Pool() as pool, ConfinedSession(pool, [_world("small")]) as session:
        for _ in range(count):
            data = bytearray(good)
            for _ in range(dice.randrange(1, 5)):
                place = dice.randrange(len(data))
                data[place : place + dice.randrange(4)] = dice.randbytes(dice.randrange(4)) or good[:place]
            try:
                session._checked("notes", parse(bytes(data)))  # pyright: ignore[reportPrivateUsage]
            except BadFrame:
                continue
            except Exception:  # noqa: BLE001 - that is what is counted
                crashes += 1
    return crashes
