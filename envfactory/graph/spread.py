"""How chains are spread: lengths, turns, depth, width, environments, what they cover, how many come twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import BaseModel

from envfactory.graph.chain import Chain, signature, validate
from envfactory.graph.graph import ToolGraph
from envfactory.graph.tables import Tables
from envfactory.graph.turns import DEEP

_MARKS = 60
"""Points on a curve of coverage."""


class Covered(BaseModel, frozen=True):
    """What the first `chains` chains have called: shares from 0 to 1 of what chains can reach."""

    chains: int
    tools: float
    edges: float
    valid_tools: float
    """The same for valid chains only: what a chain calls that cannot be executed is not covered by it."""
    valid_edges: float


class Spread(BaseModel, frozen=True):
    """The distribution of some chains. Shares are from 0 to 1; distributions are counts by value."""

    chains: int
    valid: float
    novel: float
    """Chains that are no double of an earlier one (`chain.signature`)."""
    again: float
    """Chains that call the same tool twice in one way: with all arguments from the same places."""
    depth3: float
    """Chains of three or more dependent steps."""
    width2: float
    """Chains with a turn that has two or more calls which could be made at once."""
    tools: int
    """Different tools."""
    edges: int
    """Different edges of those that chains can rest on."""
    steps: dict[int, int]
    turns: dict[int, int]
    depths: dict[int, int]
    widths: dict[int, int]
    environments: dict[int, int]
    coverage: tuple[Covered, ...]
    """After ever more chains; the last is after all."""

    @property
    def covered(self) -> Covered:
        """What all of the chains cover."""
        return self.coverage[-1] if self.coverage else Covered(chains=0, tools=0, edges=0, valid_tools=0, valid_edges=0)


def spread(chains: Iterable[Chain], graph: ToolGraph, *, marks: Sequence[int] = ()) -> Spread:
    """Measure some chains, in the order in which they were drawn; `marks` are more places to note the coverage at."""
    tables = Tables(graph)
    edges = graph.dependencies
    reachable = {(edges[n].producer, edges[n].path, edges[n].consumer, edges[n].parameter) for n in tables.reachable}
    names = {tool.name for tool, cost in zip(graph.tools, tables.cost, strict=True) if cost}
    listed = list(chains)
    noted = {round(len(listed) * (place / _MARKS) ** 2) for place in range(1, _MARKS + 1)} | {*marks}
    seen = _Seen(names, reachable)
    sound = _Seen(names, reachable)
    known: set[str] = set()
    valid = again = 0
    curve: list[Covered] = []
    for number, chain in enumerate(listed, start=1):
        fine = not validate(chain, graph)
        valid += fine
        known.add(signature(chain))
        calls = {step.tool + repr(sorted(step.bindings.items())) for step in chain.steps}
        again += len(calls) < len(chain.steps)
        seen.add(chain)
        if fine:
            sound.add(chain)
        if number in noted:
            curve.append(
                Covered(
                    chains=number, tools=seen.tool_share, edges=seen.edge_share,
                    valid_tools=sound.tool_share, valid_edges=sound.edge_share,
                )
            )  # fmt: skip
    total = max(len(listed), 1)
    return Spread(
        chains=len(listed),
        valid=valid / total,
        novel=len(known) / total,
        again=again / total,
        depth3=sum(chain.depth >= DEEP for chain in listed) / total,
        width2=sum(chain.width > 1 for chain in listed) / total,
        tools=len(seen.tools),
        edges=len(seen.edges),
        steps=_counts(len(chain.steps) for chain in listed),
        turns=_counts(len(chain.turns) for chain in listed),
        depths=_counts(chain.depth for chain in listed),
        widths=_counts(chain.width for chain in listed),
        environments=_counts(len(chain.environments) for chain in listed),
        coverage=tuple(curve),
    )


def _counts(values: Iterable[int]) -> dict[int, int]:
    return dict(sorted(Counter(values).items()))


class _Seen:
    """The tools and edges seen so far, of those that chains can reach."""

    def __init__(self, names: set[str], reachable: set[tuple[str, str, str, str]]) -> None:
        self.names = names
        self.reachable = reachable
        self.tools: set[str] = set()
        self.edges: set[tuple[str, str, str, str]] = set()

    def add(self, chain: Chain) -> None:
        for step in chain.steps:
            if step.tool in self.names:
                self.tools.add(step.tool)
            for name, binding in step.bindings.items():
                if binding.step is not None:
                    edge = (chain.steps[binding.step].tool, binding.path, step.tool, name)
                    if edge in self.reachable:
                        self.edges.add(edge)

    @property
    def tool_share(self) -> float:
        return round(len(self.tools) / len(self.names), 4) if self.names else 0.0

    @property
    def edge_share(self) -> float:
        return round(len(self.edges) / len(self.reachable), 4) if self.reachable else 0.0
