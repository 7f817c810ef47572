"""What runs in a confined worker: one session, answering the host's requests until the host is gone.

This code shares a process with code that nobody has reviewed. Nothing it says is believed: the host (`worker.py`)
checks every frame, and holds the state, the log and the verdicts.
"""

from __future__ import annotations

import base64
import ctypes
import gc
import marshal
import os
from datetime import datetime, timedelta
from typing import Any

from envfactory.environment.entropy import EntropyState
from envfactory.environment.environment import State, add_tool, deferred_tools, marked
from envfactory.environment.frames import NESTING, RESULT_CAP, depth_over, pack, read_frame, write_frame
from envfactory.environment.library import load_texts
from envfactory.environment.session import SEPARATOR, Checkpoint, Mark, Session, World
from envfactory.errors import StateError
from envfactory.messages import canonical

_libc = ctypes.CDLL(None)


class Unfit(Exception):
    """A result that cannot be sent; the call has written rows that the host will not hear of."""


class Inside:
    """The session of one worker."""

    def __init__(self) -> None:
        self.session: Session | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The reply to one request; whatever foreign code raises becomes part of the reply."""
        try:
            reply = {
                "compile": self.compile,
                "open": self.open,
                "call": self.call,
                "tools": self.tools,
                "restore": self.restore,
                "advance": self.advance,
            }[request["op"]](request)
        except Unfit as error:
            reply = {"unfit": str(error)}
        except BaseException as error:  # noqa: BLE001 - tool code may raise SystemExit; the loop must go on
            reply = {"error": f"{type(error).__name__}: {error}"[:2000], "state": isinstance(error, StateError)}
        return {"id": request["id"], **reply}

    def compile(self, request: dict[str, Any]) -> dict[str, Any]:
        """Compile an environment's files and run none of them; asked of a worker that will never hold a session."""
        codes: dict[str, str] = {}
        for path, text in request["texts"].items():
            if path.endswith(".py"):
                code = compile(text, f"{request['name']}/{path}", "exec", dont_inherit=True)
                codes[path] = base64.b64encode(marshal.dumps(code)).decode()
        return {"codes": codes}

    def open(self, request: dict[str, Any]) -> dict[str, Any]:
        """Load environments from their texts and put them in their states, or where they were when a worker died."""
        worlds: list[World] = []
        marks: dict[str, Any] = {}
        for world in request["worlds"]:
            codes = {path: marshal.loads(base64.b64decode(code)) for path, code in world["codes"].items()}
            with deferred_tools():
                cls = load_texts(world["name"], world["texts"], codes=codes)
            worlds.append(World(cls, State.model_construct(now=_moment(world["now"]), rows=world["rows"])))
            if world["mark"]:
                marks[cls.name] = world["mark"]
        self.session = Session(worlds, seed=request["seed"])
        if marks:
            self.restore({"marks": marks})
        return {"images": {name: e.db.base.hash for name, e in self.session.environments.items()}}

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run one tool; what it wrote goes along, for the host to keep."""
        assert self.session is not None
        place, _, action = request["tool"].partition(SEPARATOR)
        environment = self.session.environments[place]
        add_tool(type(environment), action, schemas=False)
        environment.db.last = b""
        before = environment.db.entropy.state
        result = environment.call(action, request["arguments"])
        reply: dict[str, Any] = {"outcome": result.outcome, "result": result.result, "bug": result.bug[:2000]}
        after = environment.db.entropy.state
        if environment.db.last:
            reply["changeset"] = base64.b64encode(environment.db.last).decode()
        if after != before:
            reply["entropy"] = {"drawn": after.drawn, "ids": after.ids}
        return reply

    def tools(self, _: dict[str, Any]) -> dict[str, Any]:
        """What each tool is called, says and takes, by environment."""
        assert self.session is not None
        found: dict[str, Any] = {}
        for place, environment in self.session.environments.items():
            cls = type(environment)
            cls.tools = {}  # those that were called have no schemas
            for name in marked(cls):
                add_tool(cls, name)
            found[place] = [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "writes": tool.writes,
                    "input_schema": tool.input_schema,
                    "output_schema": tool.output_schema,
                }
                for tool in cls.tools.values()
            ]
        return {"tools": found}

    def restore(self, request: dict[str, Any]) -> dict[str, Any]:
        """Go to the moment the host kept."""
        assert self.session is not None
        marks = {
            name: Mark(
                image=self.session.environments[name].db.base.hash,
                changeset=base64.b64decode(mark["changeset"]),
                entropy=EntropyState.model_validate(mark["entropy"]),
            )
            for name, mark in request["marks"].items()
        }
        self.session.restore(Checkpoint(marks=marks, calls=0))
        return {}

    def advance(self, request: dict[str, Any]) -> dict[str, Any]:
        """Move all clocks."""
        assert self.session is not None
        self.session.advance(timedelta(microseconds=request["microseconds"]))
        return {}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def encoded(reply: dict[str, Any]) -> bytes:
    """The reply as a frame; one that is too large, too deep or no text becomes word of that."""
    try:
        if "result" in reply:
            _check(reply["result"])
        return pack(reply, nan=False)
    except Unfit as error:
        why = str(error)
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        why = f"the result cannot be sent: {type(error).__name__}"
    return pack({"id": reply["id"], "unfit": why})


def _check(result: Any) -> None:
    text = canonical(result)
    if depth_over(result, NESTING):
        raise Unfit(f"the result is nested more than {NESTING} deep")
    if len(text) * 4 > RESULT_CAP and len(pack({"result": result})) > RESULT_CAP:
        raise Unfit(f"the result is larger than {RESULT_CAP // 2**20} MB")
    text.encode()  # half of a surrogate pair: UnicodeEncodeError, a ValueError


def serve(descriptor: int) -> None:
    """Answer requests on one socket until the other side closes it; never returns."""
    inside = Inside()
    while True:
        request = read_frame(descriptor)
        if request is None:
            os._exit(0)
        write_frame(descriptor, encoded(inside.answer(request)))
        if request["op"] == "open":  # after the answer: give back what compiling and reading took
            del request
            gc.collect()
            if hasattr(_libc, "malloc_trim"):  # glibc's alone
                _libc.malloc_trim(0)
