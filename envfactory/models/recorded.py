"""Tapes: replies that a model once gave, replayed by the hash of the request. `offline:tape=PATH` is one.

A tape is a JSON Lines file, compressed when its name ends with `.gz`. Its first line says how it was made; each other
line is one request with its reply, in the order in which they were first asked. A request that is not on it is an error
that names where it departs: then a prompt, a tool or the world has changed since, and the tape has to be made again.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from envfactory.errors import FileError, Unrecorded
from envfactory.messages import Message, ToolSchema, canonical
from envfactory.models.model import Allowance, Reply, Request
from envfactory.runs import Run


class Header(BaseModel):
    """How a tape was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tape: Literal[1] = 1
    """The version of the format."""
    made: str
    """The day, as 2026-11-22."""
    endpoint: str
    """What kind of endpoint answered, such as `vLLM` or `answer desk`; no address."""
    by: str
    """What wrote the replies, and what it was shown."""
    note: str = ""
    identity: str
    """The model whose replies these are; part of every key."""
    held: tuple[str, ...] | None = None
    """The environments that were there already, where a request speaks of them: the library has grown since."""


class Recorded(BaseModel):
    """One line of a tape after the first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    request: Request
    reply: Reply


class Tape:
    """A model that answers what it once answered, and nothing else. It costs nothing and says what it once cost."""

    def __init__(self, path: Path) -> None:
        """Read a tape; raises FileError when it is none."""
        lines = _lines(path)
        if not lines:
            raise FileError(f"{path} is empty, not a tape; record it again")
        try:
            self.header = Header.model_validate_json(lines[0])
        except ValidationError as error:
            raise FileError(f"{path} does not begin with the header of a tape: {_first(error)}") from error
        self.path = path
        self.records: list[Recorded] = []
        for number, line in enumerate(lines[1:], 2):
            try:
                self.records.append(Recorded.model_validate_json(line))
            except ValidationError as error:
                raise FileError(f"{path}, line {number}, is no reply of a tape: {_first(error)}") from error
        self.identity = self.header.identity
        self.name = self.identity.partition(" ")[0]
        self.allowance = Allowance(reply_tokens=0)
        self._replies = {record.request.key(self.identity): record.reply for record in self.records}

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The assistant's next message; raises Unrecorded."""
        return (await self.respond(Request(messages=tuple(messages), tools=tuple(tools)))).message

    async def respond(self, request: Request) -> Reply:
        """The reply that was given to exactly this request; raises Unrecorded."""
        held = self._replies.get(request.key(self.identity))
        if held is None:
            raise Unrecorded(f"{self.path} has no reply to this request: {self._departure(request)}")
        return held

    def _departure(self, request: Request) -> str:
        """Where the request leaves the recorded one that it has most in common with."""
        if not self.records:
            return "it holds no replies at all; record it again"
        asked = list(_parts(request))
        kept = [list(_parts(record.request)) for record in self.records]
        near = max(range(len(kept)), key=lambda number: (_common(asked, kept[number]), -number))
        for mine, theirs in zip_longest(asked, kept[near], fillvalue=("the end", "")):
            if mine == theirs:
                continue
            place = _same(mine[1], theirs[1])
            begin = max(0, place - 40)
            where = mine[0] if mine[0] != "the end" else theirs[0]
            return (
                f"it is nearest to line {near + 2} and differs from it first in {where}, character {place}: "
                f"{mine[1][begin : place + 40]!r} is asked and {theirs[1][begin : place + 40]!r} is recorded; "
                "record the tape again, or undo the change"
            )
        return f"line {near + 2} holds the same request for another model; record the tape again"


def write_tape(run: Run, path: Path, *, made: str, endpoint: str, by: str, note: str = "", model: str = "") -> int:
    """Write a run's replies as a tape, whole or not at all; the number of replies.

    `model` is the identity whose replies are meant when several models answered. Raises FileError when there is not
    exactly one, or when the file cannot be written.
    """
    answered = [one for one in run.answered() if not model or one.identity == model]
    identities = sorted({one.identity for one in answered})
    if len(identities) != 1:
        found = ", ".join(identities) or "none"
        raise FileError(f"a tape holds the replies of one model, and {run.path} holds those of: {found}")
    held = run.record(0, kind="held")
    header = Header(
        made=made, endpoint=endpoint, by=by, note=note, identity=identities[0], held=json.loads(held) if held else None
    )
    lines = [canonical(header.model_dump(mode="json", exclude_none=True))]
    for one in answered:
        record = {"stage": one.stage, "request": json.loads(one.request), "reply": json.loads(one.reply)}
        lines.append(canonical(record))
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        data = "\n".join([*lines, ""]).encode()
        part.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
        part.replace(path)
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror}; choose another place") from error
    return len(answered)


def _lines(path: Path) -> list[str]:
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        return [line for line in text.split("\n") if line.strip()]
    except (gzip.BadGzipFile, EOFError) as error:
        raise FileError(f"{path} is not compressed, as its name says ({error}); give another file") from error
    except OSError as error:
        raise FileError(f"cannot read the tape {path}: {error.strerror}; give offline:tape=PATH a file") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path} is no text, so no tape; give offline:tape=PATH a file of JSON Lines") from error


def _first(error: ValidationError) -> str:
    item = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(map(str, item["loc"]))
    return f"{place}: {item['msg']}" if place else item["msg"]


def _parts(request: Request) -> Iterator[tuple[str, str]]:
    """A request in the parts that a person would compare."""
    yield "the prompt's version", request.prompt
    for number, message in enumerate(request.messages):
        yield f"message {number} ({message.role})", message.content
        if message.tool_calls:
            yield f"the calls of message {number}", canonical([c.model_dump(mode="json") for c in message.tool_calls])
    yield "the tools", canonical([tool.model_dump(mode="json") for tool in request.tools])
    yield "the answer's schema", canonical(request.form)
    yield "the sample", str(request.sample)
    yield "the names of tools and calls", canonical([[m.name, m.tool_call_id] for m in request.messages])


def _common(asked: list[tuple[str, str]], kept: list[tuple[str, str]]) -> tuple[int, int]:
    """How many parts are the same at the beginning, and how many characters of the next."""
    for number, (mine, theirs) in enumerate(zip(asked, kept, strict=False)):
        if mine != theirs:
            return number, _same(mine[1], theirs[1])
    return min(len(asked), len(kept)), 0


def _same(one: str, other: str) -> int:
    """How many characters two texts have in common at the beginning."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
