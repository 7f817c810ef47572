"""Sessions over code that nobody has reviewed: it runs in a confined process, and all that counts is kept here.

The host keeps the log, the rows' changes, the clock and what ids and dice will give next; it checks each word of a
worker against its own reading of the schema. A worker that is killed (a deadline, a limit, a crash) is replaced by a
fresh one in the state the last call left, and the call that ended it has the outcome `timeout` or `session_lost`. A
worker that speaks out of turn ends its session. Expected answers, verdicts and other sessions' rows never enter one.
"""

from __future__ import annotations

import base64
import binascii
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from envfactory.environment.changeset import BadChangeset, decoded
from envfactory.environment.entropy import Entropy, EntropyState
from envfactory.environment.environment import CallResult, Outcome
from envfactory.environment.frames import BadFrame
from envfactory.environment.pool import Pool, Worker, WorkerLost, uncompiled
from envfactory.environment.schema import Schema
from envfactory.environment.session import SEPARATOR, Checkpoint, LoggedCall, Mark, unmarked
from envfactory.environment.store import Image, RowChange, Store, merged
from envfactory.environment.texts import ConfinedWorld, ToolFace
from envfactory.errors import FileError, StateError, ToolError, UnknownName
from envfactory.messages import ToolSchema, as_list, as_object, canonical

_FAILURES = 3
"""Fresh workers in a row that do not open before a session is given up."""
_CHANGESET = 4 * 2**20
"""Bytes of changes one call may make."""
_ROWS = 50_000
_ARGUMENTS = 4 * 2**20


class _Kept:
    """What the host holds of one environment of a session."""

    def __init__(self, world: ConfinedWorld, seed: int | str) -> None:
        self.world = world
        self.name = world.environment.name
        self.schema = Schema.parse(world.environment.schema)
        self.image = ""
        self.entropy = EntropyState(seed=f"{self.name}/{seed}", now=world.state.now)
        self.journal: list[bytes] = []

    @property
    def changeset(self) -> bytes:
        if len(self.journal) > 1:
            whole = merged(self.journal)
            self.journal = [whole] if whole else []
        return self.journal[0] if self.journal else b""

    def mark(self) -> Mark:
        return Mark.model_construct(image=self.image, changeset=self.changeset, entropy=self.entropy)

    def request(self, pool: Pool) -> dict[str, Any]:
        environment = self.world.environment
        state = self.world.state
        codes = pool.compiled(environment.name, environment.texts, environment.hash)
        begun = self.journal or self.entropy.drawn or self.entropy.ids or self.entropy.now != state.now
        return {
            "name": self.name,
            "texts": uncompiled(environment.texts, codes),
            "codes": codes,
            "now": state.now.isoformat(),
            "rows": state.rows,
            "mark": _told(self.mark()) if begun else None,
        }

    def accept(self, reply: Mapping[str, Any]) -> tuple[RowChange, ...]:
        """Keep what a call wrote; raises BadFrame when it is no change of this schema."""
        data = reply.get("changeset", "")
        try:
            written = base64.b64decode(data, validate=True) if isinstance(data, str) else None
            if written is None or len(written) > _CHANGESET:
                raise BadFrame("a changeset too large, or none")
            changes = decoded(written, self.schema, most=_ROWS)
            entropy = self._entropy(reply["entropy"]) if "entropy" in reply else self.entropy
        except (BadChangeset, binascii.Error, ValueError) as error:
            raise BadFrame(f"changes that cannot be: {error}") from None
        if written:
            self.journal.append(written)
        self.entropy = entropy
        return changes

    def _entropy(self, said: object) -> EntropyState:
        """Only what a call can draw may differ, and only grow; seed and clock are ours."""
        given = as_object(said)
        drawn = given.get("drawn")
        ids = [as_list(pair) for pair in as_list(given.get("ids"))]
        fine = type(drawn) is int and self.entropy.drawn <= drawn < 2**53 and len(ids) <= 1000
        if not fine or not all(
            len(p) == 2 and isinstance(p[0], str) and type(p[1]) is int and 0 <= p[1] < 2**53 for p in ids
        ):
            raise BadFrame("no ids and dice")
        pairs = tuple(sorted((str(name), int(count)) for name, count in ids))
        return self.entropy.model_copy(update={"drawn": drawn, "ids": pairs})


def _told(mark: Mark) -> dict[str, Any]:
    entropy = mark.entropy.model_dump(mode="json")
    return {"changeset": base64.b64encode(mark.changeset).decode(), "entropy": entropy}


class ConfinedSession:
    """One run over environments in a process of their own; the same face as `Session`.

    Opening raises FileError when the code does not load in time, StateError when rows do not fit, and NoSandbox.
    """

    def __init__(self, pool: Pool, worlds: Sequence[ConfinedWorld], *, seed: int | str = 0) -> None:
        self.pool = pool
        self.worlds = tuple(worlds)
        self.seed = seed
        self.log: list[LoggedCall] = []
        self.recovered = 0
        """How many times a worker had to be replaced."""
        self._kept = {world.environment.name: _Kept(world, seed) for world in self.worlds}
        if len(self._kept) < len(self.worlds):
            raise ValueError("two worlds of one environment in one session")
        self._ended = ""
        self._failures = 0
        self._worker: Worker | None = None
        self._worker = self._open()

    # The face of a session -----------------------------------------------------------------------------------------

    @property
    def tools(self) -> dict[str, ToolFace]:
        """All tools by full name, sorted, as the code says they are."""
        found = {f"{name}{SEPARATOR}{face.name}": face for name in self._kept for face in self._faces(name)}
        return dict(sorted(found.items()))

    def schemas(self) -> tuple[ToolSchema, ...]:
        """What an agent is told about the tools."""
        return tuple(
            ToolSchema(name=name, description=face.description, parameters=unmarked(face.input_schema))
            for name, face in self.tools.items()
        )

    def call(self, name: str, arguments: Any) -> LoggedCall:
        """Run one tool and log it. Never raises for what an agent, a tool or a dying worker does."""
        result = self._call(name, arguments)
        entry = LoggedCall.model_construct(
            tool=name,
            arguments=arguments,
            outcome=result.outcome,
            result=result.result,
            changes=result.changes,
            bug=result.bug,
        )
        self.log.append(entry)
        return entry

    def changes(self) -> dict[str, tuple[RowChange, ...]]:
        """Net row changes of every environment since the session began (also those with none)."""
        return {name: decoded(kept.changeset, kept.schema) for name, kept in self._kept.items()}

    def advance(self, time: timedelta) -> None:
        """Move the clock of every environment."""
        for kept in self._kept.values():
            kept.entropy = kept.entropy.model_copy(update={"now": kept.entropy.now + time})
        self._tell({"op": "advance", "microseconds": time // timedelta(microseconds=1)})

    def checkpoint(self) -> Checkpoint:
        """This moment, to `restore` later, in a session of either kind over the same worlds."""
        marks = {name: kept.mark() for name, kept in self._kept.items()}
        return Checkpoint.model_construct(marks=marks, calls=len(self.log))

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back (or forward) to `checkpoint`; raises UnknownName when it is of other worlds."""
        for name, kept in self._kept.items():
            mark = checkpoint.marks.get(name)
            if mark is None or mark.image != kept.image:
                raise UnknownName("checkpoint of this session for", name, [], cure="it was taken in other worlds")
        for name, kept in self._kept.items():
            mark = checkpoint.marks[name]
            kept.journal = [mark.changeset] if mark.changeset else []
            kept.entropy = mark.entropy
        del self.log[checkpoint.calls :]
        self._tell({"op": "restore", "marks": {name: _told(checkpoint.marks[name]) for name in self._kept}})

    def fork(self) -> ConfinedSession:
        """An independent session, in a process of its own, that starts from this moment with the same log so far."""
        copy = object.__new__(ConfinedSession)
        copy.pool, copy.worlds, copy.seed, copy.recovered = self.pool, self.worlds, self.seed, 0
        copy.log = list(self.log)
        copy._kept = {name: _Kept(kept.world, self.seed) for name, kept in self._kept.items()}
        for name, kept in copy._kept.items():
            mine = self._kept[name]
            kept.image, kept.entropy, kept.journal = mine.image, mine.entropy, [d for d in (mine.changeset,) if d]
        copy._ended = self._ended
        copy._failures = 0
        copy._worker = None
        copy._worker = None if self._ended else copy._open()
        return copy

    def fingerprint(self) -> str:
        """Equal for equal rows, clocks, ids to come and dice, and equal to that of an in-process session.

        Computed here from what the host kept, not asked of the worker.
        """
        found: dict[str, str] = {}
        for name, kept in sorted(self._kept.items()):
            base = Image.load(kept.schema, kept.world.state.rows)
            store = Store.replay(base, kept.changeset, Entropy(kept.entropy))
            found[name] = store.fingerprint()
            store.close()
        return canonical(found)

    @property
    def open(self) -> bool:
        """Whether it can still be called: it was not closed, and has not been given up."""
        return not self._ended

    def close(self) -> None:
        """End the worker; closing twice is no error."""
        self._ended = self._ended or "the session was closed"
        self._drop()

    def __enter__(self) -> ConfinedSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self, ending: Callable[[], bool] = sys.is_finalizing) -> None:
        # When Python ends, modules are gone before this runs, and the zygote takes its workers along.
        if getattr(self, "_worker", None) is not None and not ending():
            self.close()

    # Workers come and go -------------------------------------------------------------------------------------------

    def _open(self) -> Worker:
        """A fresh worker with this session in it; raises FileError or StateError when it does not open."""
        names = ", ".join(self._kept)
        request = {"op": "open", "worlds": [kept.request(self.pool) for kept in self._kept.values()], "seed": self.seed}
        worker = self.pool.worker()
        try:
            reply = worker.ask(request, self.pool.limits.opening)
            if "error" in reply:
                text = str(reply["error"])[:500]
                raise StateError(text) if reply.get("state") is True else FileError(f"{names} does not open: {text}")
            images = as_object(reply.get("images"))
            for name, kept in self._kept.items():
                image = images.get(name)
                if not isinstance(image, str) or (kept.image and kept.image != image):
                    raise FileError(f"{name} does not open twice in the same state; its code is not deterministic")
                kept.image = image
        except BaseException as error:
            status = worker.kill()
            if isinstance(error, TimeoutError):
                took = f"its code ran longer than {self.pool.limits.opening:g} s"
                raise FileError(f"{names} does not open: {took}") from None
            if isinstance(error, WorkerLost | BadFrame):
                raise FileError(
                    f"{names} does not open: {error} ({_ending(status)}) while its code was loading"
                ) from None
            raise
        return worker

    def _live(self) -> Worker:
        """The worker, fresh when the last one was lost; raises WorkerLost when none opens."""
        if self._ended:
            raise WorkerLost(self._ended)
        if self._worker is None:
            try:
                self._worker = self._open()
            except (FileError, StateError) as error:
                self._failures += 1
                if self._failures >= _FAILURES:
                    self._ended = f"given up after {_FAILURES} workers that did not open: {error}"
                raise WorkerLost(str(error)) from None
            self._failures = 0
            self.recovered += 1
        return self._worker

    def _drop(self) -> int | None:
        worker, self._worker = self._worker, None
        return worker.kill() if worker is not None else None

    def _tell(self, request: dict[str, Any]) -> None:
        """Let the worker follow a change that the host has made already; a worker that does not is replaced."""
        if self._worker is None or self._ended:
            return
        try:
            if "error" in self._worker.ask(request, self.pool.limits.call):
                self._drop()
        except (TimeoutError, WorkerLost):
            self._drop()
        except BadFrame as error:
            self._end(error)

    def _end(self, error: BadFrame) -> None:
        self._ended = f"the worker broke the protocol: {error}"
        self._drop()

    def _call(self, name: str, arguments: Any) -> CallResult:
        place, _, _ = name.partition(SEPARATOR)
        if place not in self._kept:
            return _refusal(f"there is no tool {name!r}", "unknown_tool")
        request = {"op": "call", "tool": name, "arguments": arguments}
        seconds = self.pool.limits.call
        try:
            if isinstance(arguments, str) and len(arguments) > _ARGUMENTS:
                return _refusal("the arguments are too large", "limit")
            reply = self._live().ask(request, seconds)
            return self._checked(place, reply)
        except (ValueError, TypeError, RecursionError):
            return _refusal("the arguments are no JSON", "invalid_arguments")
        except TimeoutError:
            self._drop()
            return _infrastructure("timeout", f"{name}: killed after {seconds:g} s")
        except WorkerLost as error:
            status = self._drop()
            return _infrastructure("session_lost", f"{name}: {error}{f' ({_ending(status)})' if status else ''}")
        except BadFrame as error:
            self._end(error)
            return _infrastructure("session_lost", f"{name}: {self._ended}")

    def _checked(self, place: str, reply: Mapping[str, Any]) -> CallResult:
        """The result a reply holds; raises BadFrame for one that is none."""
        if "unfit" in reply:  # the call may have written: back to what the host kept
            self._drop()
            return _bug(f"{place}: {str(reply['unfit'])[:500]}")
        if "error" in reply:  # SystemExit and the like
            self._drop()
            return _bug(f"{place}: {str(reply['error'])[:2000]}")
        outcome, result, bug = reply.get("outcome"), reply.get("result"), reply.get("bug")
        if outcome == "ok":
            changes = self._kept[place].accept(reply)
            return CallResult.model_construct(outcome="ok", result=result, changes=changes, bug="")
        if "changeset" in reply or "entropy" in reply:
            raise BadFrame("a call that failed has written")
        if outcome == "bug" and isinstance(bug, str):
            return _bug(bug[:2000])
        said = as_object(as_object(result).get("error"))
        if outcome == "refused" and isinstance(said.get("code"), str) and isinstance(said.get("message"), str):
            return CallResult.model_construct(outcome="refused", result=result, changes=(), bug="")
        raise BadFrame("no outcome")

    def _faces(self, name: str) -> list[ToolFace]:
        texts = self._kept[name].world.environment
        try:
            said = self.pool.faces(name, texts.texts, texts.hash)
            return [ToolFace.model_validate(item, strict=True) for item in said]
        except (TimeoutError, WorkerLost, BadFrame, ValidationError) as error:
            why = str(error).splitlines()[0] if str(error) else "it took too long"
            raise FileError(f"the tools of {name} cannot be read: {why}") from None


def _refusal(message: str, code: str) -> CallResult:
    return CallResult.model_construct(
        outcome="refused", result=ToolError(message, code=code).as_result(), changes=(), bug=""
    )


def _bug(why: str) -> CallResult:
    visible = ToolError("the service failed; this is not your fault", code="internal").as_result()
    return CallResult.model_construct(outcome="bug", result=visible, changes=(), bug=why)


def _infrastructure(outcome: Outcome, why: str) -> CallResult:
    visible = ToolError("the service did not answer; this is not your fault", code="internal").as_result()
    return CallResult.model_construct(outcome=outcome, result=visible, changes=(), bug=why)


def _ending(status: int | None) -> str:
    """How a process ended, in words, from wait(2)'s status."""
    if status is None:
        return "it is not known how"
    if status & 0x7F:
        return f"signal {status & 0x7F}"
    return f"exit status {status >> 8 & 0xFF}"
