"""The host's hold on the zygote and its workers: start, fork, ask by a deadline, kill, leave nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from envfactory.environment.confine import hide
from envfactory.environment.container import refuse_other_packages
from envfactory.environment.frames import RESULT_CAP, BadFrame, fresh_id, pack, parse, pending, receive, send
from envfactory.environment.tiers import Limits, Tier, refuse_if_missing, start, tier_of
from envfactory.environment.zygote import COMMAND, NUMBER
from envfactory.errors import NoSandbox
from envfactory.messages import as_list, as_object

_START = 60.0
"""Seconds a zygote may take to start: it imports pydantic and apsw, on a machine that may be busy."""

_CODES = 256
"""Environments whose compiled code and faces are kept."""


class WorkerLost(Exception):
    """A worker ended on its own: a crash, a limit, or somebody killed it."""


class Worker:
    """One process that serves one session."""

    def __init__(self, zygote: Zygote, link: socket.socket, pid: int) -> None:
        self.zygote = zygote
        self.link = link
        self.pid = pid
        self.open = True

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The reply to one request; raises TimeoutError, WorkerLost, BadFrame, and ValueError for what is no JSON."""
        asked = fresh_id()
        frame = pack({"id": asked, **request})
        if pending(self.link):
            self._explain_silence()
        until = time.monotonic() + seconds
        try:
            send(self.link, frame, until)
            data = receive(self.link, until)
        except TimeoutError:
            raise
        except (EOFError, OSError):
            raise WorkerLost("the worker died") from None
        reply = parse(data)
        if reply.get("id") != asked:
            raise BadFrame("the id of another request")
        if len(data) > RESULT_CAP and len(pack({"result": reply.get("result")})) > RESULT_CAP + 64:
            raise BadFrame("a result too large")
        return reply

    def _explain_silence(self) -> None:
        try:
            said = self.link.recv(1, socket.MSG_PEEK)
        except OSError:
            said = b""
        if said:
            raise BadFrame("bytes that nobody asked for")
        raise WorkerLost("the worker died")

    def kill(self) -> int | None:
        """End the process, at once and for good; the status it ended with, if it can be known. Twice is no error."""
        if not self.open:
            return None
        self.open = False
        self.link.close()
        return self.zygote.kill(self.pid)


class Zygote:
    """One exec'ed process that forks workers on request."""

    def __init__(self, tier: Tier, limits: Limits, hash_seed: int = 0) -> None:
        refuse_if_missing(tier)
        hide()
        self.apart = tier.kind == "container"
        """Whether its processes have numbers of their own, which are others' out here."""
        self.lock = threading.Lock()
        self._spare: list[Worker] = []
        self._coming: list[socket.socket] = []
        self.process, ours = start(tier, limits, hash_seed)
        self.control = ours
        assert self.process.stderr is not None
        try:
            hello = json.loads(receive(ours, time.monotonic() + _START))
        except (TimeoutError, EOFError, OSError, ValueError):
            self.process.kill()
            said = self.process.stderr.read().decode(errors="replace").strip().splitlines()
            self.close()
            raise NoSandbox(
                f"the process that makes workers does not start: {said[-1] if said else 'no word'}"
            ) from None
        self.process.stderr.close()
        try:
            if not hello["ready"]:
                raise NoSandbox(hello["error"])
            if self.apart:
                refuse_other_packages(hello["packages"], tier.image)
        except NoSandbox:
            self.close()
            raise
        self.proof: dict[str, str] = hello["proof"]
        self.pid: int = hello["pid"]
        self.owner = os.getpid()
        ours.settimeout(_START)

    @property
    def alive(self) -> bool:
        """Whether it still answers to this process (a fork of the host must have its own)."""
        return self.owner == os.getpid() and self.process.poll() is None

    def fork(self, *, spares: int = 0) -> Worker:
        """A new worker, or a spare one, which is replaced meanwhile; raises OSError when the zygote has died."""
        with self.lock:
            self._settle()
            if not self._spare:
                self._request(b"F")
                self._settle()
            worker = self._spare.pop(0)
            while len(self._spare) + len(self._coming) < spares:
                self._request(b"S")
        return worker

    def settle(self) -> None:
        """Wait until the spare workers that were asked for are there."""
        with self.lock:
            self._settle()

    def _request(self, command: bytes) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self.control, [COMMAND.pack(command, 0)], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        self._coming.append(ours)

    def _settle(self) -> None:
        """Take the answers still to come: the zygote answers in the order it was asked."""
        while self._coming:
            pid = self._number()
            self._spare.append(Worker(self, self._coming.pop(0), pid))

    def kill(self, pid: int) -> int | None:
        """End a worker and wait for it. Its id cannot be another's: the zygote keeps it until asked here."""
        if not self.alive:
            return None
        try:
            with self.lock:
                if not self.apart:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                self._settle()
                self.control.sendall(COMMAND.pack(b"R", pid))
                return self._number()
        except OSError:
            return None

    def close(self) -> None:
        """End it and all its workers; twice is no error."""
        self.control.close()
        for link in (*self._coming, *(worker.link for worker in self._spare)):
            link.close()
        if self.process.stderr is not None:
            self.process.stderr.close()
        if getattr(self, "owner", os.getpid()) == os.getpid():
            self.process.kill()
            self.process.wait()

    def _number(self) -> int:
        data = self.control.recv(NUMBER.size, socket.MSG_WAITALL)
        if len(data) < NUMBER.size:
            raise ConnectionResetError("the zygote died")
        return NUMBER.unpack(data)[0]


class Pool:
    """Confined workers of one tier, by its name. Safe to share between threads; a session is of one thread at a time.

    Raises UnknownName; entering it raises NoSandbox on a machine that lacks what the tier needs.
    """

    def __init__(
        self, sandbox: str = "sealed", *, limits: Limits | None = None, hash_seed: int = 0, spares: int = 1
    ) -> None:
        self.tier = tier_of(sandbox)
        self.spares = spares
        """Confined workers kept ready, of some 6 MB each: they make opening twice as quick."""
        self.hash_seed = hash_seed
        self.limits = limits or Limits()
        self._zygote: Zygote | None = None
        self._lock = threading.Lock()
        self._faces: dict[str, list[Any]] = {}
        self._codes: dict[str, dict[str, str]] = {}

    @property
    def sandbox(self) -> str:
        """The tier's name."""
        return str(self.tier)

    @property
    def zygote(self) -> Zygote:
        """The process that forks, started when first wanted and again when it died; raises NoSandbox."""
        with self._lock:
            if self._zygote is None or not self._zygote.alive:
                if self._zygote is not None:
                    self._zygote.close()
                self._zygote = Zygote(self.tier, self.limits, self.hash_seed)
            return self._zygote

    @property
    def proof(self) -> dict[str, str]:
        """What a process behind the walls tried when the pool started, and what came of it."""
        return self.zygote.proof

    def worker(self) -> Worker:
        """A fresh confined process; raises NoSandbox."""
        try:
            return self.zygote.fork(spares=self.spares)
        except OSError:  # it died in between
            return self.zygote.fork(spares=self.spares)

    def compiled(self, name: str, texts: Mapping[str, str], key: str) -> dict[str, str]:
        """An environment's files as code, marshalled and never read here; empty when they do not compile.

        Compiling takes half the time of opening. A worker of its own does it, once, which runs none of the code and
        sees no rows: what it says can carry nothing from one session to another.
        """
        if key not in self._codes:
            worker = self.worker()
            try:
                said = as_object(worker.ask({"op": "compile", "name": name, "texts": dict(texts)}, self.limits.opening))
                codes = as_object(said.get("codes"))
                self._codes[key] = {
                    path: code for path, code in codes.items() if path in texts and isinstance(code, str)
                }
            except (TimeoutError, WorkerLost, BadFrame):
                self._codes[key] = {}  # opening will say what is wrong
            finally:
                worker.kill()
            for oldest in list(self._codes)[:-_CODES]:
                del self._codes[oldest]
        return self._codes[key]

    def faces(self, name: str, texts: Mapping[str, str], key: str) -> list[Any]:
        """What an environment says its tools look like, unchecked; raises TimeoutError, WorkerLost, BadFrame.

        Asked once, of a worker without rows: no session's can come out of it.
        """
        if key not in self._faces:
            codes = self.compiled(name, texts, key)
            now = "2026-03-02T09:00:00Z"
            world: dict[str, Any] = {"name": name, "texts": uncompiled(texts, codes), "codes": codes}
            world |= {"now": now, "rows": {}, "mark": None}
            worker = self.worker()
            try:
                for request in ({"op": "open", "worlds": [world], "seed": 0}, {"op": "tools"}):
                    reply = worker.ask(request, self.limits.opening)
                    if "error" in reply:
                        raise WorkerLost(str(reply["error"])[:500])
                self._faces[key] = as_list(as_object(reply.get("tools")).get(name))  # pyright: ignore[reportPossiblyUnboundVariable]
            finally:
                worker.kill()
            for oldest in list(self._faces)[:-_CODES]:
                del self._faces[oldest]
        return self._faces[key]

    def close(self) -> None:
        """End all workers; twice is no error, and the pool can be used again."""
        with self._lock:
            if self._zygote is not None:
                self._zygote.close()
                self._zygote = None

    def __enter__(self) -> Pool:
        refuse_if_missing(self.tier)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def uncompiled(texts: Mapping[str, str], codes: Mapping[str, str]) -> dict[str, str]:
    """What a worker needs of texts whose code it gets: their names."""
    return {path: "" if path in codes else text for path, text in texts.items()}


def memory_of(pid: int) -> float:
    """Kilobytes of memory a process holds, shared pages by their share (PSS); the caller must be root, for workers."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return float(line.split()[1])
    return 0.0


def processes_of(group: int) -> set[int]:
    """The processes of one session of the kernel's (setsid): a zygote's process id names it and all its workers."""
    found: set[int] = set()
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                fields = (path / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            if int(fields[3]) == group:
                found.add(int(path.name))
    return found
