"""An environment: a schema, and the tools that act on its rows."""

from __future__ import annotations

import base64
import binascii
import inspect
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field, JsonValue, PrivateAttr, ValidationError

from envfactory.environment.entropy import Entropy, EntropyState, rfc3339
from envfactory.environment.schema import Schema
from envfactory.environment.spec import EnvSpec
from envfactory.environment.store import (
    BrokenConstraint,
    Image,
    RefusedByDatabase,
    Row,
    RowChange,
    Runaway,
    Store,
    WroteInReader,
)
from envfactory.environment.tool import Tool
from envfactory.errors import StateError, ToolError, UnknownName
from envfactory.messages import canonical

Outcome = Literal["ok", "refused", "fault", "bug", "timeout", "session_lost"]
"""`fault`: the session injected one (`faults.py`). The last two are of the infrastructure: a worker was stopped or
died, the call left no trace, nobody is blamed."""
DEFAULT_NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning."""


_deferred: ContextVar[bool] = ContextVar("deferred", default=False)


class State(BaseModel, frozen=True):
    """The rows of one environment at one moment; `states/NAME.json` holds one."""

    now: datetime = DEFAULT_NOW
    rows: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    note: str = ""
    """What this state is for, in a sentence."""

    _images: dict[str, Image] = PrivateAttr(default_factory=dict[str, Image])


class CallResult(BaseModel, frozen=True):
    """What one call gave: a result the agent reads, and the rows it changed."""

    outcome: Outcome
    result: JsonValue
    """The tool's result; for a refusal or a bug `{"error": {"code", "message"}}`."""
    changes: tuple[RowChange, ...] = ()
    bug: str = ""
    """For `outcome="bug"`: what went wrong inside the environment; never shown to the agent."""


class Environment:
    """Subclass this: set `schema` (DDL), mark methods with `@tool`, read and write through `self.db`."""

    name: ClassVar[str] = ""
    domain: ClassVar[str] = ""
    schema: ClassVar[str] = ""
    spec: ClassVar[EnvSpec | None] = None
    states: ClassVar[Mapping[str, State]] = {}
    folder: ClassVar[Path | None] = None
    tools: ClassVar[dict[str, Tool]] = {}

    def __init__(self, store: Store) -> None:
        self.db = store

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.name = cls.__dict__.get("name") or _snake(cls.__name__)
        cls.tools = {} if _deferred.get() else {name: Tool.of(method) for name, method in marked(cls).items()}

    # For tools -----------------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The time it is in this session; it stands still unless the session advances it."""
        return self.db.entropy.now

    @property
    def timestamp(self) -> str:
        """`now` as RFC 3339 text in UTC."""
        return rfc3339(self.now)

    @property
    def random(self) -> Random:
        """Dice from the session's seed."""
        return self.db.entropy.random

    def new_id(self, prefix: str = "", *, length: int = 10) -> str:
        """A fresh id nobody can guess and every replay repeats."""
        return self.db.entropy.new_id(prefix, length=length)

    def need(self, table: str, what: str, **where: Any) -> Row:
        """The row of `table` that equals `where`; raises ToolError("there is no `what` ...") when there is none."""
        row = self.db.get(table, **where)
        if row is None:
            named = list(where.values())[-1]
            raise ToolError(f"there is no {what} {named!r}", code="not_found")
        return row

    @staticmethod
    def given(values: Mapping[str, Any]) -> Row:
        """The values that the caller gave, by column: those that are not None."""
        return {column: value for column, value in values.items() if value is not None}

    def page(self, rows: Sequence[Row], limit: int, token: str | None) -> tuple[list[Row], str | None]:
        """The rows of one page and the token of the next one (None on the last); raises ToolError for a bad token."""
        start = 0
        if token is not None:
            try:
                start = int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("from "))
            except (ValueError, binascii.Error, UnicodeDecodeError):
                start = -1
            if not 0 < start <= len(rows):
                raise ToolError(f"{token!r} is no page token of this list", code="invalid_arguments")
        following = start + limit
        after = base64.urlsafe_b64encode(f"from {following}".encode()).decode() if following < len(rows) else None
        return list(rows[start:following]), after

    # For sessions and checks ---------------------------------------------------------------------------------------

    @classmethod
    def state(cls, name: str) -> State:
        """One of the environment's curated states; raises UnknownName."""
        if name not in cls.states:
            raise UnknownName(f"state of {cls.name}", name, cls.states)
        return cls.states[name]

    @classmethod
    def first_state(cls) -> str:
        """The state to open when none is named: `small` if there is one, else the first by name; raises UnknownName."""
        if not cls.states:
            raise UnknownName(f"state of {cls.name}", "small", (), cure="add states/small.json to its folder")
        return "small" if "small" in cls.states else min(cls.states)

    @classmethod
    def image(cls, state: State) -> Image:
        """The database that holds `state`, built once for equal rows; raises StateError when it does not fit."""
        image = state._images.get(cls.schema)  # pyright: ignore[reportPrivateUsage]
        if image is None:
            image = state._images[cls.schema] = _load(cls.schema, _Keyed(canonical(state.rows), state))  # pyright: ignore[reportPrivateUsage]
        return image

    def call(self, name: str, arguments: Any) -> CallResult:
        """Run one tool in one transaction; a refusal or a bug leaves no trace. Never raises for what a tool does."""
        try:
            found = self.tools.get(name)
            if found is None:
                raise ToolError(f"there is no tool {name!r}", code="unknown_tool")
            parsed = found.parse(arguments)
            method = getattr(self, found.method)
            if found.writes:
                with self.db.transaction() as written:
                    result = found.render(method(**parsed))
                return CallResult.model_construct(outcome="ok", result=result, changes=written.changes(), bug="")
            with self.db.reading():
                result = found.render(method(**parsed))
            return CallResult.model_construct(outcome="ok", result=result, changes=(), bug="")
        except ToolError as error:
            return CallResult(outcome="refused", result=error.as_result())
        except RefusedByDatabase as error:
            return CallResult(outcome="refused", result=ToolError(str(error)).as_result())
        except (BrokenConstraint, Runaway, WroteInReader, ValidationError) as error:
            return _bug(name, error)
        except Exception as error:  # noqa: BLE001 - any other exception of tool code is a bug of the environment
            return _bug(name, error)


def marked(cls: type[Environment]) -> dict[str, Callable[..., Any]]:
    """The methods of a class that are tools, by the tool's name."""
    methods: list[Any] = [member for _, member in inspect.getmembers(cls, inspect.isfunction)]
    return {method.__tool__["name"]: method for method in methods if hasattr(method, "__tool__")}


@contextmanager
def deferred_tools() -> Generator[None]:
    """Classes defined inside have no tools until `add_tool` adds them one by one, which opens a worker in a tenth of
    the time: reading a signature into schemas takes milliseconds."""
    token = _deferred.set(True)
    try:
        yield
    finally:
        _deferred.reset(token)


def add_tool(cls: type[Environment], name: str, *, schemas: bool = True) -> None:
    """Read one tool of a class with deferred tools, if it has that tool and lacks it yet; raises TypeError."""
    if name not in cls.tools and (method := marked(cls).get(name)) is not None:
        cls.tools[name] = Tool.of(method, schemas=schemas)


def _bug(name: str, error: Exception) -> CallResult:
    visible = ToolError("the service failed; this is not your fault", code="internal")
    return CallResult(outcome="bug", result=visible.as_result(), bug=f"{name}: {type(error).__name__}: {error}")


class _Keyed:
    """A state and its rows' text, equal by the text: the cache must not compare whole worlds."""

    def __init__(self, text: str, state: State) -> None:
        self.text = text
        self.state = state

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.text == other.text


@lru_cache(maxsize=512)
def _load(ddl: str, keyed: _Keyed) -> Image:
    try:
        return Image.load(Schema.parse(ddl), keyed.state.rows)
    except StateError as error:
        raise StateError(f"{error}{f' (state: {keyed.state.note})' if keyed.state.note else ''}") from error


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def open_environment(cls: type[Environment], state: State, *, seed: int | str = 0) -> Environment:
    """A live environment of its own, in `state`."""
    entropy = Entropy(EntropyState(seed=f"{cls.name}/{seed}", now=state.now))
    return cls(Store(cls.image(state), entropy))
