"""The tool graph: which tools there are, and which output of one can fill which input of another."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from envfactory.environment.spec import Effect, Role
from envfactory.errors import FileError
from envfactory.messages import canonical

K = TypeVar("K")
V = TypeVar("V")

EvidenceKind = Literal["typed", "name", "meaning", "said", "model", "executed"]

STRONG = 0.7
"""From this score on, an edge by name or meaning alone is taken for a dependency when chains are drawn."""


class Evidence(BaseModel, frozen=True):
    """One reason to believe in a dependency."""

    kind: EvidenceKind
    """`typed`: both sides are declared the key of one entity; `name`: their names are equal once normalised; `meaning`:
    their words are near; `executed`: a value the producer gave was accepted, and a value nobody gave was not."""
    detail: str
    """The reason in words, for people."""
    score: float
    """How strong it is, from 0 to 1."""


class Dependency(BaseModel, frozen=True):
    """A value in the producer's result can fill a parameter of the consumer."""

    producer: str
    """`<environment>__<tool>`."""
    consumer: str
    path: str
    """Where the value stands in the producer's result: `items.*.id`; `*` is any element of a list, the empty path the
    result itself."""
    parameter: str
    """The consumer's."""
    entity: str
    """Whose key it is; for a plain value what kind of value: `email`, `date`."""
    evidence: tuple[Evidence, ...]

    @property
    def score(self) -> float:
        """The best evidence's score."""
        return max((item.score for item in self.evidence), default=0.0)

    @property
    def typed(self) -> bool:
        """Whether both sides are declared the key of one entity."""
        return any(item.kind == "typed" for item in self.evidence)

    @property
    def executed(self) -> bool:
        """Whether it was confirmed by execution."""
        return any(item.kind == "executed" for item in self.evidence)

    @property
    def proposed(self) -> bool:
        """Whether it is there only because a model proposed it."""
        return all(item.kind in {"model", "executed"} for item in self.evidence)

    @property
    def untried(self) -> Dependency:
        """The same edge as it was before execution."""
        kept = tuple(item for item in self.evidence if item.kind != "executed")
        return self if len(kept) == len(self.evidence) else self.model_copy(update={"evidence": kept})

    @property
    def trusted(self) -> bool:
        """Whether a chain may rest on it: typed, executed, or strong by name or meaning."""
        return self.typed or self.executed or self.score >= STRONG

    @property
    def many(self) -> bool:
        """Whether the producer gives several such values, in a list."""
        return "*" in self.path.split(".")


class Input(BaseModel, frozen=True):
    """One parameter of a tool, as far as chains care."""

    name: str
    type: str
    required: bool
    role: Role
    entity: str = ""
    """For a key, scope or reference: whose key it takes."""
    asked: bool = False
    """The user can say it: a wish, a name, an address. False for internal ids, which a tool must have given before."""
    usual: bool = False
    """Optional, but a row that users often name."""
    either: str = ""
    """Optional references that share this word: a chain gives exactly one of them."""
    repeats: tuple[str, ...] = ()
    """For a key: what the call must repeat of its row, so that only results which show it lead there."""


class ToolNode(BaseModel, frozen=True):
    """A tool: a node of the graph."""

    name: str
    """`<environment>__<tool>`."""
    environment: str
    writes: bool
    effect: Effect
    entity: str
    inputs: tuple[Input, ...]

    @property
    def tool(self) -> str:
        """The name without the environment's."""
        return self.name.removeprefix(f"{self.environment}__")

    @cached_property
    def keys(self) -> tuple[Input, ...]:
        """The inputs that take an entity's key: scopes first, then the key, then references."""
        order = {"scope": 0, "key": 1, "reference": 2}
        return tuple(sorted((i for i in self.inputs if i.entity and i.role in order), key=lambda i: order[i.role]))

    def scoped(self, name: str) -> bool:
        """Whether a parameter says where rows live, and not which row is meant."""
        found = self.input(name)
        return found is not None and found.role == "scope"

    def input(self, name: str) -> Input | None:
        """One parameter by name."""
        return next((item for item in self.inputs if item.name == name), None)


class Containment(BaseModel, frozen=True):
    """Rows of `entity` live in a row of each of `scopes`: a task in a task list, an issue in a repository."""

    environment: str
    entity: str
    scopes: tuple[str, ...]


class Pruned(BaseModel, frozen=True):
    """An edge that a model took out, with its reason; an executed one never is."""

    dependency: Dependency
    reason: str


class ToolGraph(BaseModel):
    """The tools of some environments, and the dependencies between them."""

    model_config = ConfigDict(frozen=True)

    tools: tuple[ToolNode, ...]
    dependencies: tuple[Dependency, ...]
    containments: tuple[Containment, ...] = ()
    marks: dict[str, str] = {}
    """A hash of each environment's content, so that what has changed can be linked again."""
    recipe: str = ""
    """How it was linked: how meanings were compared, and the seed of the execution."""
    pruned: tuple[Pruned, ...] = ()

    @cached_property
    def nodes(self) -> dict[str, ToolNode]:
        """The tools by full name."""
        return {tool.name: tool for tool in self.tools}

    @cached_property
    def environments(self) -> tuple[str, ...]:
        """The environments' names, sorted."""
        return tuple(sorted({tool.environment for tool in self.tools}))

    @cached_property
    def _incoming(self) -> dict[tuple[str, str], tuple[Dependency, ...]]:
        return _grouped(((d.consumer, d.parameter), d) for d in self.dependencies)

    @cached_property
    def _outgoing(self) -> dict[str, tuple[Dependency, ...]]:
        return _grouped((d.producer, d) for d in self.dependencies)

    @cached_property
    def _containing(self) -> dict[tuple[str, str], tuple[str, ...]]:
        return {(item.environment, item.entity): item.scopes for item in self.containments}

    def producers(self, tool: str, parameter: str) -> tuple[Dependency, ...]:
        """The dependencies that can fill one parameter."""
        return self._incoming.get((tool, parameter), ())

    def consumers(self, tool: str) -> tuple[Dependency, ...]:
        """The dependencies that a tool's result can fill."""
        return self._outgoing.get(tool, ())

    def scopes(self, environment: str, entity: str) -> tuple[str, ...]:
        """The entities that rows of `entity` live in, all levels."""
        return self._containing.get((environment, entity), ())

    def echoes(self, dependency: Dependency) -> str:
        """The producer's parameter whose value it only gives back; empty when it tells something new.

        `get` needs the id before it can return it, and every task of a list names the list that was asked for.
        """
        same = [given for given in self.nodes[dependency.producer].keys if given.entity == dependency.entity]
        if not same or any(given.role == "reference" for given in same):
            return ""  # one of two: which, only execution tells
        return "" if dependency.many and same[0].role == "key" else same[0].name

    @cached_property
    def connected(self) -> float:
        """The share of tools that some edge joins to another tool, from 0 to 1."""
        joined = {name for d in self.dependencies if d.producer != d.consumer for name in (d.producer, d.consumer)}
        return len(joined) / len(self.tools) if self.tools else 0.0

    def replaced(self, dependencies: Iterable[Dependency], *, pruned: Iterable[Pruned] | None = None) -> ToolGraph:
        """The same tools with other edges (`model_copy` would keep the look-up tables of these)."""
        return ToolGraph(
            tools=self.tools,
            dependencies=tuple(dependencies),
            containments=self.containments,
            marks=self.marks,
            recipe=self.recipe,
            pruned=self.pruned if pruned is None else tuple(pruned),
        )

    def bare(self) -> ToolGraph:
        """The graph as it was linked, without what a model took out or proposed."""
        if not self.pruned and not any(edge.proposed for edge in self.dependencies):
            return self
        kept = [edge for edge in self.dependencies if not edge.proposed]
        back = [item.dependency for item in self.pruned]
        order = sorted([*kept, *back], key=lambda e: (e.consumer, e.parameter, e.producer, e.path))
        return self.replaced(order, pruned=())

    def home(self, tool: str) -> str:
        """The environment of a tool."""
        return self.nodes[tool].environment

    def to_json(self) -> str:
        """Canonical JSON: equal graphs give equal bytes."""
        return canonical(self.model_dump(mode="json")) + "\n"

    def write(self, path: Path) -> None:
        """Keep the graph in a file, whole or not at all; raises FileError when the folder cannot be written."""
        partial = path.with_name(f"{path.name}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(self.to_json(), encoding="utf-8")
            os.replace(partial, path)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise FileError(f"cannot write {path}: {error.strerror or error}; give another --output") from error


def read_graph(path: Path) -> ToolGraph:
    """The graph in a file; raises FileError when there is none, or when it is damaged."""
    try:
        graph = ToolGraph.model_validate_json(path.read_bytes())
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}; make it with: envfactory graph") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise FileError(f"{path} is no tool graph ({where}: {first['msg']}); run: envfactory graph") from error
    unknown = sorted({n for d in graph.dependencies for n in (d.producer, d.consumer)} - set(graph.nodes))
    if unknown:
        raise FileError(f"{path} has an edge of {unknown[0]!r}, no tool of it; make it again: envfactory graph")
    return graph


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, tuple[V, ...]]:
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}
