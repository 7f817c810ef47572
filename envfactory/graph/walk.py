"""The baseline sampler: a random walk over the graph's edges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from envfactory.environment.environment import Environment
from envfactory.graph.chain import Binding, Chain, ChainStep, chain_of, check_bounds
from envfactory.graph.graph import ToolGraph
from envfactory.graph.pattern import Orders
from envfactory.graph.quota import Bounds


def random_walk(
    graph: ToolGraph,
    library: Mapping[str, type[Environment]],
    *,
    count: int,
    seed: int = 0,
    length: Bounds = (1, 6),
    turns: Bounds = (1, 3),
    environments: Bounds = (1, 3),
) -> Iterator[Chain]:
    """The baseline: walk along any edges from a random tool; what no earlier step fills is left to the user.

    The walk of arXiv:2307.16789 and its successors. Most of its chains are not valid; it is here to be compared with.
    """
    check_bounds(graph, library, length, turns, environments)
    random = Random(f"walk/{seed}")
    following = {tool.name: sorted({e.consumer for e in graph.consumers(tool.name)}) for tool in graph.tools}
    everything = sorted(graph.nodes)
    orders = Orders(graph)
    for _ in range(count):
        wanted = random.randint(max(length[0], turns[0]), length[1])
        names = [random.choice(everything)]
        while len(names) < wanted:
            visited = {graph.nodes[name].environment for name in names}
            allowed = [n for n in following[names[-1]] or everything if _fits(graph, n, visited, environments[1])]
            names.append(random.choice(allowed or [names[-1]]))
        steps: list[ChainStep] = []
        for place, name in enumerate(names):
            bindings: dict[str, Binding] = {}
            for given in graph.nodes[name].inputs:
                sources = [
                    Binding(step=earlier, path=edge.path)
                    for earlier in range(place)
                    for edge in graph.producers(name, given.name)
                    if edge.producer == names[earlier]
                ]
                if sources:
                    bindings[given.name] = random.choice(sources)
                elif given.required:
                    bindings[given.name] = Binding()
            steps.append(ChainStep(tool=name, bindings=bindings))
        most = min(turns[1], len(steps))
        cuts = sorted(random.sample(range(1, len(steps)), random.randint(min(turns[0], most), most) - 1))
        yield chain_of(graph, orders, steps, cuts)


def _fits(graph: ToolGraph, name: str, visited: set[str], most: int) -> bool:
    return len(visited | {graph.nodes[name].environment}) <= most
