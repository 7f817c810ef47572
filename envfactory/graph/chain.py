"""A chain: tools in an order the graph allows, and where each of their arguments comes from; its signature and its
validator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from pydantic import BaseModel

from envfactory.environment.environment import Environment
from envfactory.errors import EnvFactoryError, UnknownName
from envfactory.graph.graph import Dependency, Input, ToolGraph, ToolNode
from envfactory.graph.pattern import Orders, Place, digest, settle, step_text
from envfactory.graph.quota import Bounds, Shares, bounds, check


class Binding(BaseModel, frozen=True):
    """Where an argument comes from: an earlier step's result, or the user's words."""

    step: int | None = None
    """The step, counted from 0 over the whole chain; None: the user says it."""
    path: str = ""
    """Where in that step's result: `items.*.id`."""
    item: int = 0
    """Which one of several. Bindings with equal step and item take their values from one element, those with other
    items from other elements. For what the user says: equal items of one entity are the same thing, equal items of one
    parameter the same words."""


class ChainStep(BaseModel, frozen=True):
    """One call of a chain."""

    tool: str
    """`<environment>__<tool>`."""
    bindings: dict[str, Binding]
    """All required parameters, and those optional ones that an earlier step fills."""


class Chain(BaseModel, frozen=True):
    """Calls in order, split into turns of the user."""

    steps: tuple[ChainStep, ...]
    turns: tuple[tuple[int, ...], ...]
    """The steps of each turn."""
    environments: tuple[str, ...]
    """Sorted."""
    depth: int
    """Steps on the longest path of calls that each need the one before."""
    width: int = 1
    """The most calls of one turn that could be made at once, as far as the chain tells (`pattern.Orders`)."""

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools in order."""
        return tuple(step.tool for step in self.steps)


def depth(steps: Sequence[ChainStep]) -> int:
    """Steps on the longest path of dependent calls; 0 for no steps."""
    found: list[int] = []
    for place, step in enumerate(steps):
        before = [b.step for b in step.bindings.values() if b.step is not None and b.step < place]
        found.append(1 + max((found[other] for other in before), default=0))
    return max(found, default=0)


def check_bounds(
    graph: ToolGraph,
    library: Mapping[str, type[Environment]],
    length: Bounds | Shares,
    turns: Bounds | Shares,
    environments: Bounds | Shares,
) -> None:
    """Raise UnknownName for a tool that the library lacks, EnvFactoryError for bounds that contradict themselves."""
    for what, wanted in (("length", length), ("turns", turns), ("environments", environments)):
        check(what, wanted)
    longest, least = bounds(length)[1], (bounds(turns)[0], bounds(environments)[0])
    if max(least) > longest:
        raise EnvFactoryError(
            f"chains of at most {longest} steps have no {least[0]} turns over {least[1]} environments; "
            "raise the length or lower the others"
        )
    for tool in graph.tools:
        cls = library.get(tool.environment)
        if cls is None or tool.tool not in cls.tools:
            known = [f"{name}__{other}" for name, item in library.items() for other in item.tools]
            raise UnknownName("tool", tool.name, known, cure="make the graph again with: envfactory graph")


def chain_of(graph: ToolGraph, orders: Orders, steps: Sequence[ChainStep], cuts: Sequence[int]) -> Chain:
    """The chain of these steps, with a turn ending before each of `cuts`."""
    edges = [0, *cuts, len(steps)]
    turns = tuple(tuple(range(a, b)) for a, b in pairwise(edges))
    deepest: list[int] = []
    places: list[dict[str, Place]] = []
    for step in steps:
        deepest.append(1 + max((deepest[b.step] for b in step.bindings.values() if b.step is not None), default=0))
        places.append({n: (-1 if b.step is None else b.step, b.path, b.item) for n, b in step.bindings.items()})
    return Chain(
        steps=tuple(steps),
        turns=turns,
        environments=tuple(sorted({graph.nodes[step.tool].environment for step in steps})),
        depth=max(deepest),
        width=orders.width([step.tool for step in steps], places, turns),
    )


def signature(chain: Chain) -> str:
    """24 hexadecimal digits that two chains share exactly when they are the same up to the names of items.

    That is: the same tools in the same order, each argument from the same place. How the steps are split into turns
    does not count: what is asked for in two turns or in one is the same work.
    """
    renamed: dict[Place, int] = {}
    texts: list[str] = []
    for step in chain.steps:
        places: list[tuple[str, Place]] = []
        for name, binding in sorted(step.bindings.items()):
            place = (-1 if binding.step is None else binding.step, binding.path, binding.item)
            places.append((name, (place[0], place[1], settle(renamed, place))))
        texts.append(step_text(step.tool, places))
    return digest(texts)


def validate(chain: Chain, graph: ToolGraph) -> list[str]:
    """What is wrong with a chain, a sentence each; empty when nothing is. Shares no code or table with the sampler."""
    return list(_Check(chain, graph).problems())


class _Check:
    def __init__(self, chain: Chain, graph: ToolGraph) -> None:
        self.chain = chain
        self.graph = graph
        self.steps = chain.steps

    def problems(self) -> Iterator[str]:
        unknown = [step.tool for step in self.steps if step.tool not in self.graph.nodes]
        if unknown or not self.steps:
            yield f"the graph has no tool {unknown[0]!r}" if unknown else "there are no steps"
            return
        yield from self._frame()
        broken = [problem for place in range(len(self.steps)) for problem in self._bound(place)]
        yield from broken
        if not broken:  # what follows walks along the bindings
            for place in range(len(self.steps)):
                yield from self._in_scope(place)
                yield from self._alive(place)
                yield from self._there(place)
                yield from self._repeated(place)
            yield from self._aimless()

    def _node(self, place: int) -> ToolNode:
        return self.graph.nodes[self.steps[place].tool]

    def _frame(self) -> Iterator[str]:
        if [place for turn in self.chain.turns for place in turn] != list(range(len(self.steps))):
            yield "the turns do not hold every step once, in order"
        if not all(self.chain.turns):
            yield "a turn has no step"
        visited = {self._node(place).environment for place in range(len(self.steps))}
        if self.chain.environments != tuple(sorted(visited)):
            yield "the environments are not those of the steps"
        if self.chain.depth != depth(self.steps):
            yield f"the depth is {depth(self.steps)}, not {self.chain.depth}"

    def _bound(self, place: int) -> Iterator[str]:
        """Every required argument has a source that comes earlier and that the graph knows."""
        step, node = self.steps[place], self._node(place)
        for given in node.inputs:
            if given.required and given.name not in step.bindings:
                yield f"step {place}: nothing fills {given.name} of {node.name}"
        for name, binding in step.bindings.items():
            given = node.input(name)
            if given is None:
                yield f"step {place}: {node.name} has no parameter {name}"
            elif binding.step is None:
                if not given.asked:
                    yield f"step {place}: the user cannot know {name} of {node.name}"
            elif not 0 <= binding.step < place:
                yield f"step {place}: {name} comes from step {binding.step}, which is not earlier"
            elif self._edge(place, name, binding) is None:
                source = self.steps[binding.step].tool
                yield f"step {place}: no edge from {source} ({binding.path or 'its result'}) to {name} of {node.name}"

    def _edge(self, place: int, name: str, binding: Binding) -> Dependency | None:
        source = self.steps[binding.step].tool if binding.step is not None else ""
        for edge in self.graph.producers(self.steps[place].tool, name):
            if edge.producer == source and edge.path == binding.path:
                return edge
        return None

    def _keys(self, place: int) -> Iterator[tuple[Input, Binding]]:
        step = self.steps[place]
        for given in self._node(place).keys:
            if given.name in step.bindings:
                yield given, step.bindings[given.name]

    def _thing(self, environment: str, entity: str, binding: Binding) -> tuple[object, ...]:
        """Which row a binding stands for: equal for equal rows, as far as the chain tells."""
        if binding.step is None:
            return ("user", environment, entity, binding.item)
        many = "*" in binding.path.split(".")
        same = [(given, inner) for given, inner in self._keys(binding.step) if given.entity == entity]
        if len(same) == 1 and (same[0][0].role == "scope" or (same[0][0].role == "key" and not many)):
            return self._thing(environment, entity, same[0][1])  # it only gave back what it was given
        return (binding.step, entity, binding.path, binding.item)

    def _in_scope(self, place: int) -> Iterator[str]:
        """A row that lives in another comes from that other: the task from the very list that the call names."""
        node = self._node(place)
        scoping = {given.entity: binding for given, binding in self._keys(place) if given.role == "scope"}
        for given, binding in self._keys(place):
            if given.role == "scope" and given.entity in scoping and scoping[given.entity] is not binding:
                continue
            for scope in self.graph.scopes(node.environment, given.entity):
                if scope not in scoping or binding.step is None:
                    continue
                there = [b for g, b in self._keys(binding.step) if g.entity == scope and g.role != "reference"]
                wanted = self._thing(node.environment, scope, scoping[scope])
                same_row = (scoping[scope].step, scoping[scope].item) == (binding.step, binding.item)
                if not same_row and all(self._thing(node.environment, scope, b) != wanted for b in there):
                    yield f"step {place}: {given.name} is not known to be in the {scope} that {node.name} is given"
        for given, binding in self._keys(place):
            for other, second in self._keys(place):
                if given.name < other.name and given.entity == other.entity and binding == second:
                    yield f"step {place}: {given.name} and {other.name} are the same {given.entity}"

    def _alive(self, place: int) -> Iterator[str]:
        """Nothing that an earlier step removed or took elsewhere is used."""
        gone: dict[tuple[object, ...], int] = {}
        for earlier in range(place):
            node = self._node(earlier)
            moved = node.effect == "move" and any(
                given.role == "reference" and given.entity in self.graph.scopes(node.environment, node.entity)
                for given, _ in self._keys(earlier)
            )
            if node.effect == "delete" or moved:
                for given, binding in self._keys(earlier):
                    if given.role == "key" and given.entity == node.entity:
                        gone[self._thing(node.environment, given.entity, binding)] = earlier
        for given, binding in self._keys(place) if gone else ():
            if self._is_gone(place, given, binding, gone, -1):
                yield f"step {place}: the {given.entity} for {given.name} was removed before"

    def _is_gone(
        self, place: int, given: Input, binding: Binding, gone: dict[tuple[object, ...], int], since: int
    ) -> bool:
        """Whether the row was removed after step `since`, or the one it was found in after it was found."""
        if gone.get(self._thing(self._node(place).environment, given.entity, binding), -1) > since:
            return True
        if binding.step is None:
            return False
        source = binding.step
        return any(self._is_gone(source, g, b, gone, source) for g, b in self._keys(source) if g.role != "reference")

    def _there(self, place: int) -> Iterator[str]:
        """An element of a list that was empty when made must have been put there before the list was read."""
        for name, binding in self.steps[place].bindings.items():
            if binding.step is None or "*" not in binding.path.split("."):
                continue
            listing = self._node(binding.step).effect in {"list", "search"}
            for given, scope in self._keys(binding.step):
                if scope.step is None or self._node(scope.step).effect != "create":
                    continue
                if given.role == "reference" and not listing:
                    continue  # a new row named beside another one does not empty what that one holds
                between = range(scope.step + 1, binding.step)
                made = [
                    p for p in between if self._node(p).effect == "create" and scope in self.steps[p].bindings.values()
                ]
                if binding.item >= len(made):
                    yield f"step {place}: {name} comes from a list that was made in step {scope.step} and is empty"

    def _repeated(self, place: int) -> Iterator[str]:
        step = self.steps[place]
        for earlier in range(place):
            if self.steps[earlier] == step and self._node(place).effect != "create":
                yield f"step {place}: {step.tool} repeats step {earlier}"

    def _aimless(self) -> Iterator[str]:
        """A read that nothing uses must be the question its turn asks."""
        used = {binding.step for step in self.steps for binding in step.bindings.values()}
        closing = {turn[-1] for turn in self.chain.turns if turn}
        for place in range(len(self.steps)):
            if not self._node(place).writes and place not in used and place not in closing:
                yield f"step {place}: nothing uses what {self.steps[place].tool} gives, and its turn goes on"
