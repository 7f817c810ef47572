"""One isolated run over one or more environments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, Field, JsonValue

from envfactory.environment.entropy import Entropy, EntropyState
from envfactory.environment.environment import CallResult, Environment, Outcome, State
from envfactory.environment.faults import Fault
from envfactory.environment.store import Image, RowChange, Store
from envfactory.environment.tool import Tool
from envfactory.errors import ToolError, UnknownName
from envfactory.messages import ToolSchema, canonical

SEPARATOR = "__"
"""Between an environment's name and its tool's: `google_tasks__tasks_insert`."""


@dataclass(frozen=True)
class World:
    """An environment in a state: what a session opens."""

    environment: type[Environment]
    state: State

    @staticmethod
    def of(environment: type[Environment], state: str) -> World:
        """An environment in one of its curated states; raises UnknownName."""
        return World(environment, environment.state(state))


class LoggedCall(BaseModel, frozen=True):
    """A call as the executor saw it: the truth that rewards are computed from."""

    tool: str
    """`<environment>__<tool>`, or whatever name was asked for."""
    arguments: JsonValue
    outcome: Outcome
    result: JsonValue
    changes: tuple[RowChange, ...] = ()
    bug: str = ""


class Mark(BaseModel, frozen=True, ser_json_bytes="base64", val_json_bytes="base64"):
    """One environment at a checkpoint: the hash of its first image, and what changed since."""

    image: str
    changeset: bytes
    entropy: EntropyState


class Checkpoint(BaseModel, frozen=True):
    """A moment of a session: hundreds of bytes, enough to come back to it in another process with the same worlds."""

    marks: dict[str, Mark]
    calls: int
    """How long the log was."""
    struck: tuple[int, ...] = ()
    """How many calls each of the session's faults had counted."""
    older: dict[str, Mark] = Field(default_factory=dict[str, Mark])
    """What stale reads would answer from: the environments before the last write to each."""


class Session:
    """Calls tools in its own copies of some worlds, logs every call, and can go back, or fork.

    `faults` strike the calls they name, counted since the session began; forks and checkpoints carry the count and what
    stale reads answer from. Sessions never see each other's rows. Not thread-safe: one session belongs to one thread
    at a time.
    """

    def __init__(self, worlds: Sequence[World], *, seed: int | str = 0, faults: Sequence[Fault] = ()) -> None:
        self.worlds = tuple(worlds)
        self.seed = seed
        self.faults = tuple(faults)
        self._struck = [0] * len(self.faults)
        self._older: dict[str, Environment] = {}
        self.log: list[LoggedCall] = []
        self.environments: dict[str, Environment] = {}
        for world in self.worlds:
            cls = world.environment
            if cls.name in self.environments:
                raise ValueError(f"two worlds of {cls.name} in one session")
            entropy = Entropy(EntropyState(seed=f"{cls.name}/{seed}", now=world.state.now))
            self.environments[cls.name] = cls(Store(cls.image(world.state), entropy))

    @property
    def tools(self) -> dict[str, Tool]:
        """All tools by full name, sorted."""
        found = {
            f"{name}{SEPARATOR}{tool.name}": tool
            for name, environment in self.environments.items()
            for tool in environment.tools.values()
        }
        return dict(sorted(found.items()))

    def schemas(self) -> tuple[ToolSchema, ...]:
        """What an agent is told about the tools."""
        return tuple(
            ToolSchema(name=name, description=tool.description, parameters=agent_schema(tool))
            for name, tool in self.tools.items()
        )

    def call(self, name: str, arguments: Any) -> LoggedCall:
        """Run one tool and log it. Never raises for what an agent or a tool does: unknown names are refused."""
        place, _, action = name.partition(SEPARATOR)
        environment = self.environments.get(place)
        if environment is None:
            refusal = ToolError(f"there is no tool {name!r}", code="unknown_tool")
            result = CallResult(outcome="refused", result=refusal.as_result())
        elif self.faults:
            result = self._under_faults(name, environment, action, arguments)
        else:
            result = environment.call(action, arguments)
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

    def _under_faults(self, name: str, environment: Environment, action: str, arguments: Any) -> CallResult:
        """One call, with the fault that strikes it, if one does: the first of those that do."""
        fault: Fault | None = None
        for number, other in enumerate(self.faults):
            if other.covers(name):
                if fault is None and other.first <= self._struck[number] < other.first + other.times:
                    fault = other
                self._struck[number] += 1
        if fault is not None and fault.kind in {"timeout", "rate_limited", "outage"}:
            return CallResult(outcome="fault", result=fault.answer)
        tool = environment.tools.get(action)
        writes = tool is not None and tool.writes
        older = self._older.get(environment.name)
        if fault is not None and fault.kind == "stale_read" and older is not None and not writes:
            return older.call(action, arguments)
        if not writes or not any(f.kind == "stale_read" and f.within(environment.name) for f in self.faults):
            result = environment.call(action, arguments)
        else:
            before = type(environment)(environment.db.fork())
            result = environment.call(action, arguments)
            if result.changes:
                self._older[environment.name], before = before, older
            if before is not None:
                before.db.close()
        if fault is not None and fault.kind == "lost_answer" and result.outcome == "ok":
            return CallResult(outcome="fault", result=fault.answer, changes=result.changes)
        return result

    def changes(self) -> dict[str, tuple[RowChange, ...]]:
        """Net row changes of every environment since the session began (also those with none)."""
        return {name: environment.db.changes() for name, environment in self.environments.items()}

    def advance(self, time: timedelta) -> None:
        """Move the clock of every environment."""
        for environment in self.environments.values():
            environment.db.entropy.now += time

    def checkpoint(self) -> Checkpoint:
        """This moment, to `restore` later."""
        marks = {name: _mark(e) for name, e in self.environments.items()}
        older = {name: _mark(e) for name, e in self._older.items()}
        struck = tuple(self._struck)
        return Checkpoint.model_construct(marks=marks, calls=len(self.log), struck=struck, older=older)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back (or forward) to `checkpoint`; raises UnknownName when it is of other worlds."""
        for name, environment in self.environments.items():
            mark = checkpoint.marks.get(name)
            if mark is None or mark.image != environment.db.base.hash:
                raise UnknownName("checkpoint of this session for", name, [], cure="it was taken in other worlds")
        self._forget()
        for name, environment in self.environments.items():
            base = environment.db.base
            environment.db.close()
            environment.db = _stored(base, checkpoint.marks[name])
            if name in checkpoint.older:
                self._older[name] = type(environment)(_stored(base, checkpoint.older[name]))
        del self.log[checkpoint.calls :]
        self._struck = [*checkpoint.struck] or [0] * len(self.faults)

    def fork(self) -> Session:
        """An independent session that starts from this moment, with the same log so far."""
        copy = object.__new__(Session)
        copy.worlds = self.worlds
        copy.seed = self.seed
        copy.log = list(self.log)
        copy.environments = {name: type(e)(e.db.fork()) for name, e in self.environments.items()}
        copy.faults = self.faults
        copy._struck = list(self._struck)
        copy._older = {name: type(e)(e.db.fork()) for name, e in self._older.items()}
        return copy

    def _forget(self) -> None:
        """Drop the rows that stale reads would answer from."""
        for environment in self._older.values():
            environment.db.close()
        self._older = {}

    def fingerprint(self) -> str:
        """Equal for equal rows, clocks, ids to come and dice."""
        return canonical({name: e.db.fingerprint() for name, e in sorted(self.environments.items())})

    def close(self) -> None:
        """Give the memory back; closing twice is no error."""
        self._forget()
        for environment in self.environments.values():
            environment.db.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _mark(environment: Environment) -> Mark:
    store = environment.db
    return Mark.model_construct(image=store.base.hash, changeset=store.changeset, entropy=store.entropy.state)


def _stored(base: Image, mark: Mark) -> Store:
    return Store.replay(base, mark.changeset, Entropy(mark.entropy))


def agent_schema(tool: Tool) -> dict[str, Any]:
    """The input schema without the marks that are for us."""
    return unmarked(tool.input_schema)


def unmarked(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without `x-entity` and the other marks that are for us."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {k: walk(v) for k, v in node.items() if not str(k).startswith("x-")}  # pyright: ignore
        if isinstance(node, list):
            return [walk(item) for item in node]  # pyright: ignore
        return node

    return walk(schema)
