"""The baseline of the paper: the sampler that arXiv:2605.18703 describes, run on our graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from random import Random

from envfactory.environment.environment import Environment
from envfactory.graph.chain import Binding, Chain, ChainStep, chain_of, check_bounds
from envfactory.graph.graph import Dependency, ToolGraph
from envfactory.graph.pattern import Orders
from envfactory.graph.quota import Bounds

_DEEPEST = 5
_SKIP_OPTIONAL = 0.6
_SKIP_GIVEN = 0.9


def published(
    graph: ToolGraph,
    library: Mapping[str, type[Environment]],
    *,
    count: int,
    seed: int = 0,
    length: Bounds = (1, 6),
    turns: Bounds = (1, 3),
    environments: Bounds = (1, 3),
) -> Iterator[Chain]:
    """Chains as the paper's sampler draws them. Many are not valid; they are here to be compared with.

    From the paper (section on topology-aware sampling) and the code its authors published (LARK-AI-Lab/EnvFactory,
    `src/graph/sampler.py` and `tool_graph.py`): the search starts at a random tool and goes on breadth first. Before a
    tool is taken, producers of its inputs are put before it, recursively and five deep at most: one at random for each
    input that neither the user nor an earlier tool can give, for one in ten of those that one of them can give, and for
    four in ten of the optional ones. After it, a random number of the tools that its outputs feed are queued; where
    there is none, any tool of the same environment is, also one that was called before. It ends at a number of tools,
    which the producers of the last one may exceed. At most `environments[1]` environments are visited (theirs: 3).

    Guessed, as theirs is a bare list of tools: the number to end at is drawn from `length` (theirs: 10); an argument
    comes from the latest earlier tool that has an edge to it, else from the user; the turns are cut at random (theirs:
    by a model, afterwards). The edges are those that our chains rest on, too: trusted ones of our graph, not theirs.
    """
    check_bounds(graph, library, length, turns, environments)
    draw = _Published(graph, Random(f"published/{seed}"), environments[1])
    orders = Orders(graph)
    for _ in range(count):
        names = draw.tools(draw.random.randint(max(length[0], turns[0]), length[1]))
        most = min(turns[1], len(names))
        pieces = draw.random.randint(min(turns[0], most), most)
        cuts = sorted(draw.random.sample(range(1, len(names)), pieces - 1))
        yield chain_of(graph, orders, [draw.step(names, place) for place in range(len(names))], cuts)


class _Published:
    def __init__(self, graph: ToolGraph, random: Random, most: int) -> None:
        self.graph = graph
        self.random = random
        self.most = most
        self.into: dict[tuple[str, str], list[Dependency]] = {}
        after: dict[str, set[str]] = {}
        for edge in graph.dependencies:
            if edge.trusted and edge.producer != edge.consumer:
                self.into.setdefault((edge.consumer, edge.parameter), []).append(edge)
                after.setdefault(edge.producer, set()).add(edge.consumer)
        self.after = {name: sorted(found) for name, found in after.items()}
        self.everything = sorted(graph.nodes)
        self.beside = {
            name: [tool.name for tool in graph.tools if tool.environment == name] for name in graph.environments
        }

    def tools(self, wanted: int) -> list[str]:
        """The tools of one chain, in order."""
        random = self.random
        taken: list[str] = []
        queue = deque([random.choice(self.everything)])
        while queue and len(taken) < wanted:
            name = queue.popleft()
            taken += self._before(name, taken, 0)
            taken.append(name)
            following = self._allowed([n for n in self.after.get(name, ()) if n not in taken], taken)
            if following:
                queue.extend(random.sample(following, random.randint(1, len(following))))
            else:
                queue.append(random.choice(self.beside[self.graph.nodes[name].environment]))
        return taken

    def _before(self, name: str, taken: list[str], deep: int) -> list[str]:
        """The producers put before a tool."""
        if deep >= _DEEPEST:
            return []
        found: list[str] = []
        for given in self.graph.nodes[name].inputs:
            if not given.required and self.random.random() < _SKIP_OPTIONAL:
                continue
            edges = self.into.get((name, given.name), [])
            has = given.asked or any(edge.producer in taken or edge.producer in found for edge in edges)
            if has and self.random.random() < _SKIP_GIVEN:
                continue
            makers = self._allowed(sorted({edge.producer for edge in edges}), taken + found)
            if not makers:
                continue
            maker = self.random.choice(makers)
            if maker not in taken and maker not in found:
                for other in [*self._before(maker, taken + found, deep + 1), maker]:
                    if other not in taken and other not in found:
                        found.append(other)
        return found

    def _allowed(self, names: list[str], taken: list[str]) -> list[str]:
        visited = {self.graph.nodes[name].environment for name in taken}
        if len(visited) < self.most:
            return names
        return [name for name in names if self.graph.nodes[name].environment in visited]

    def step(self, names: list[str], place: int) -> ChainStep:
        """One call, its arguments from the latest tool that can give them."""
        bindings: dict[str, Binding] = {}
        for given in self.graph.nodes[names[place]].inputs:
            sources = {edge.producer: edge.path for edge in self.into.get((names[place], given.name), ())}
            earlier = next((other for other in reversed(range(place)) if names[other] in sources), None)
            if earlier is not None and (given.required or not given.asked):
                bindings[given.name] = Binding(step=earlier, path=sources[names[earlier]])
            elif given.required:
                bindings[given.name] = Binding()
        return ChainStep(tool=names[place], bindings=bindings)
