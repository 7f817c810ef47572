"""A model prunes and extends a graph, one consumer at a time. It may not overrule execution."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, Field

from envfactory.environment.environment import Environment
from envfactory.graph.confirm import confirmed
from envfactory.graph.graph import Dependency, Evidence, Pruned, ToolGraph, ToolNode
from envfactory.graph.shape import gives
from envfactory.models.ask import Asked, ask
from envfactory.models.model import Model

SCORE = 0.6
"""Of an edge that a model proposed: below what chains rest on, so that only execution makes it trusted."""

_PRODUCERS = 24  # tools shown as possible producers, at most
_VALUES = 24  # values shown of each, at most


class Prune(BaseModel, frozen=True, extra="forbid"):
    """An edge to take out."""

    edge: int = Field(description="Its number in the list.")
    reason: str = Field(min_length=3, max_length=300)


class Propose(BaseModel, frozen=True, extra="forbid"):
    """An edge that is missing."""

    producer: str
    path: str
    parameter: str
    reason: str = Field(min_length=3, max_length=300)


class Review(BaseModel, frozen=True, extra="forbid"):
    """What to change in the edges into one consumer; empty lists for nothing."""

    prune: list[Prune] = Field(default_factory=list[Prune], max_length=200)
    propose: list[Propose] = Field(default_factory=list[Propose], max_length=20)


@dataclass(frozen=True)
class Grown:
    """The graph after a model's review, and how asking went."""

    graph: ToolGraph
    asked: tuple[Asked[Any], ...]

    @property
    def rejected(self) -> int:
        """Consumers whose review was never right; their edges are as they were."""
        return sum(one.answer is None for one in self.asked)


async def grow(
    graph: ToolGraph,
    library: Mapping[str, type[Environment]],
    model: Model,
    *,
    confirm: bool = True,
    seed: int = 0,
    repairs: int = 2,
    workers: int = 4,
    progress: Callable[[str], None] | None = None,
) -> Grown:
    """The graph as `model` prunes and extends it.

    Uncertain are edges that are neither typed nor executed. What is pruned is kept with its reason in `graph.pruned`.
    A proposed edge must name a tool, a path and a parameter that exist — else the model is shown what is wrong, at most
    `repairs` times — and has evidence `model`; with `confirm` it is tried by execution. An edge that was confirmed by
    execution is never shown, and never taken out. Raises ModelFailed.
    """
    base = graph.bare()
    values = _values(base, library)
    incoming: dict[str, list[Dependency]] = defaultdict(list)
    for edge in base.dependencies:
        incoming[edge.consumer].append(edge)
    place = asyncio.Semaphore(workers)

    async def review(tool: ToolNode) -> tuple[ToolNode, list[Dependency], Asked[Review]]:
        uncertain = [edge for edge in incoming[tool.name] if not edge.typed and not edge.executed]
        async with place:
            got = await ask(
                model,
                _prompt(),
                Review,
                context=_context(base, library, tool, uncertain, values),
                role="reviewer",
                prompt=f"review/{hashlib.sha256(_prompt().encode()).hexdigest()[:12]}",
                repairs=repairs,
                check=lambda answer: _problems(answer, base, tool, uncertain, values),
            )
        if progress is not None:
            progress(f"{tool.name}: {got.outcome}")
        return tool, uncertain, got

    wanted = [tool for tool in base.tools if any(given.role in _FILLED for given in tool.inputs)]
    reviews = await asyncio.gather(*(review(tool) for tool in wanted))
    pruned: list[Pruned] = []
    added: list[Dependency] = []
    for tool, uncertain, got in reviews:
        if got.answer is not None:
            reasons = {item.edge: item.reason for item in got.answer.prune}
            pruned += [Pruned(dependency=uncertain[n - 1], reason=reasons[n]) for n in sorted(reasons)]
            added += [_proposed(tool, item) for item in got.answer.propose]
    gone = {_name(item.dependency) for item in pruned}
    edges = {_name(edge): edge for edge in (*added, *base.dependencies) if _name(edge) not in gone}
    order = sorted(edges.values(), key=lambda e: (e.consumer, e.parameter, e.producer, e.path))
    changed = base.replaced(order, pruned=pruned)
    if confirm and library:
        untried = changed.replaced(edge.untried for edge in changed.dependencies)
        changed = _kept(confirmed(untried, library, seed=seed, known=base, same=base.environments), base)
    return Grown(changed, tuple(got for _, _, got in reviews))


_FILLED = frozenset({"key", "scope", "reference", "filter", "value"})


def _kept(graph: ToolGraph, base: ToolGraph) -> ToolGraph:
    """The graph with the edges as they were before it was tried again, but for those that are new in it."""
    held = {_name(edge): edge for edge in base.dependencies}
    return graph.replaced(held.get(_name(edge), edge) for edge in graph.dependencies)


def _name(edge: Dependency) -> tuple[str, str, str, str]:
    return edge.consumer, edge.parameter, edge.producer, edge.path


def _proposed(tool: ToolNode, item: Propose) -> Dependency:
    given = tool.input(item.parameter)
    return Dependency(
        producer=item.producer,
        consumer=tool.name,
        path=item.path,
        parameter=item.parameter,
        entity=given.entity if given is not None else "",
        evidence=(Evidence(kind="model", detail=item.reason, score=SCORE),),
    )


def _values(graph: ToolGraph, library: Mapping[str, type[Environment]]) -> dict[str, tuple[str, ...]]:
    """The paths of what each tool gives."""
    found: dict[str, tuple[str, ...]] = {}
    for tool in graph.tools:
        cls = library.get(tool.environment)
        if cls is not None and tool.tool in cls.tools:
            found[tool.name] = tuple(leaf.path for leaf in gives(tool, cls.tools[tool.tool]))
    return found


def _problems(
    answer: Review,
    graph: ToolGraph,
    tool: ToolNode,
    uncertain: Sequence[Dependency],
    values: Mapping[str, Sequence[str]],
) -> Iterable[str]:
    """What is wrong with a review, a sentence each."""
    numbers = [item.edge for item in answer.prune]
    for number in sorted(set(numbers)):
        if not 1 <= number <= len(uncertain):
            yield f"there is no edge {number}; they are numbered 1 to {len(uncertain)}"
        elif numbers.count(number) > 1:
            yield f"edge {number} is pruned twice"
    there = {(e.producer, e.path, e.parameter) for e in graph.dependencies if e.consumer == tool.name}
    for item in answer.propose:
        if item.producer not in values:
            yield f"there is no tool {item.producer!r} to propose; name one that is listed"
        elif item.path not in values[item.producer]:
            yield f"{item.producer} gives nothing at {item.path!r}; it gives {', '.join(values[item.producer][:12])}"
        elif tool.input(item.parameter) is None:
            yield f"{tool.name} takes no {item.parameter!r}; it takes {', '.join(given.name for given in tool.inputs)}"
        elif item.producer == tool.name:
            yield f"{tool.name} cannot feed itself"
        elif (item.producer, item.path, item.parameter) in there:
            yield f"{item.producer} {item.path} into {item.parameter} is there already"


def _context(
    graph: ToolGraph,
    library: Mapping[str, type[Environment]],
    tool: ToolNode,
    uncertain: Sequence[Dependency],
    values: Mapping[str, Sequence[str]],
) -> str:
    def said(name: str) -> str:
        node = graph.nodes[name]
        cls = library.get(node.environment)
        about = cls.tools[node.tool].description if cls is not None and node.tool in cls.tools else ""
        return f"{name}: {' '.join(about.split())[:200]}".rstrip(": ")

    lines = [f"Consumer {said(tool.name)}", "Parameters:"]
    for given in tool.inputs:
        need = "required" if given.required else "optional"
        lines.append(f"- {given.name} ({given.type}, {need}{f', key of a {given.entity}' if given.entity else ''})")
    lines.append("" if uncertain else "\nNo edge is uncertain.")
    if uncertain:
        lines.append("Uncertain edges:")
    for number, edge in enumerate(uncertain, 1):
        lines.append(f"{number}. {edge.producer} {edge.path or 'result'} -> {edge.parameter} (score {edge.score:.2f})")
    near = [edge.producer for edge in uncertain]
    home = [node.name for node in graph.tools if node.environment == tool.environment and not node.writes]
    listed = [name for name in dict.fromkeys([*home, *near]) if name != tool.name and values.get(name)][:_PRODUCERS]
    lines.append("\nTools and what they give:")
    lines += [f"- {said(name)}\n  gives {', '.join(values[name][:_VALUES])}" for name in listed]
    return "\n".join(lines)


@cache
def _prompt() -> str:
    return files("envfactory.graph").joinpath("prompts", "review.md").read_text(encoding="utf-8")
