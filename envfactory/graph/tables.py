"""What the sampler looks up for every step it takes, worked out once for a graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from envfactory.graph.graph import Dependency, Input, ToolGraph, ToolNode
from envfactory.graph.pattern import Orders


@dataclass(frozen=True)
class Source:
    """An edge a chain may rest on."""

    edge: int
    """Its place in the graph's dependencies."""
    producer: int
    path: str
    many: bool


@dataclass(frozen=True)
class Need:
    """A parameter that takes an entity's key: a required one, or one that users often name."""

    name: str
    entity: str
    reference: bool
    """Another row than the one acted on; it need not live where that one lives."""
    asked: bool
    scopes: tuple[str, ...]
    """The entities its rows live in."""
    sources: tuple[Source, ...]
    makers: tuple[Source, ...]
    """Those of readers and creators, if there are any: nobody moves a row only to learn its id."""
    by_producer: dict[int, tuple[Source, ...]]
    """`sources` by their tool."""
    usual: bool = False
    """Not required: a chain may leave it out."""
    either: str = ""
    """Not required: a chain takes one of those that share this word."""
    rivals: tuple[str, ...] = ()
    """The tool's other parameters for rows of this entity: they take other rows."""


@dataclass(frozen=True)
class Joint:
    """A producer that tells a key and where it lives at once, as a search over all lists does."""

    producer: int
    bindings: tuple[tuple[str, str, int], ...]
    """Parameter, path and edge."""


@dataclass(frozen=True)
class Aim:
    """An edge that a chain may be about: this tool with this argument from that producer."""

    tool: int
    parameter: str
    source: Source
    need: Need | None
    """Set when the argument is a row's key."""


@dataclass
class Plan:
    """One tool, as the sampler sees it."""

    node: ToolNode
    needs: tuple[Need, ...]
    values: tuple[str, ...]
    """Required parameters that the user says."""
    moves: bool
    """It takes its row out of the scope it was found in."""
    taken: dict[str, str]
    """Scope or key by entity: which parameter takes it."""
    groups: tuple[tuple[str, ...], ...] = ()
    """Needs of which one is enough: those that share their word `either`."""
    joints: list[Joint] = field(default_factory=list[Joint])
    fillers: dict[str, list[Aim]] = field(default_factory=dict[str, list[Aim]])
    """Plain values another tool can fill, by the producer's environment."""


class Tables:
    """A graph's tools by number, the reachable ones and their sources."""

    def __init__(self, graph: ToolGraph) -> None:
        self.graph = graph
        self.number = {tool.name: place for place, tool in enumerate(graph.tools)}
        usable = _usable(graph)
        self.edges = {
            (self.number[e.producer], e.path, self.number[e.consumer], e.parameter): place
            for place, e in enumerate(graph.dependencies)
        }
        by_input: dict[tuple[str, str], list[tuple[int, Dependency]]] = defaultdict(list)
        for place, edge in usable:
            by_input[edge.consumer, edge.parameter].append((place, edge))
        self.cost = self._costs(by_input)
        self.plans = [self._plan(tool, by_input) for tool in graph.tools]
        for place, plan in enumerate(self.plans):
            plan.joints += self._joints(place, plan)
        self.orders = Orders(graph)
        self.depths = self._depths()
        self.goals: dict[str, tuple[int, ...]] = {}
        """The tools a chain may be about, by environment."""
        self.aims: dict[str, tuple[Aim, ...]] = {}
        """The edges a chain may be about, by their only environment."""
        self.bridges: dict[tuple[str, str], tuple[Aim, ...]] = {}
        """Those between two environments, by the producer's and the consumer's."""
        bridges: dict[tuple[str, str], list[Aim]] = defaultdict(list)
        for name in graph.environments:
            reachable = tuple(n for n, tool in enumerate(graph.tools) if tool.environment == name and self.cost[n])
            if reachable:
                self.goals[name] = reachable
            inner: list[Aim] = []
            for place in reachable:
                plan = self.plans[place]
                inner += [Aim(place, need.name, source, need) for need in plan.needs for source in need.sources]
                inner += plan.fillers.get(name, [])
                for other, fillers in plan.fillers.items():
                    if other != name:
                        bridges[other, name] += fillers
            self.aims[name] = tuple(inner)
        self.bridges.update({pair: tuple(aims) for pair, aims in bridges.items()})
        self.near = {
            name: tuple(o for o in self.goals if (o, name) in bridges or (name, o) in bridges) for name in self.goals
        }
        """The environments that an edge joins to one."""
        self.writers = {name: tuple(t for t in goals if graph.tools[t].writes) for name, goals in self.goals.items()}
        self.reachable = frozenset(
            [aim.source.edge for aims in (*self.aims.values(), *self.bridges.values()) for aim in aims]
        )
        """The edges that chains can rest on, by their places in the graph's dependencies."""

    def _depths(self) -> list[int]:
        """Dependent steps that every chain to a tool has, itself counted; 0: no chain can reach it."""
        depths = [int(cost > 0) for cost in self.cost]
        for _ in depths:
            before = list(depths)
            for place, plan in enumerate(self.plans):
                if not self.cost[place]:
                    continue
                forced = [n for n in plan.needs if not (n.asked or n.usual or n.either)]
                above = [min((before[s.producer] for s in need.sources), default=0) for need in forced]
                depths[place] = 1 + max(above, default=0)
            if depths == before:
                break
        return depths

    def _costs(self, by_input: dict[tuple[str, str], list[tuple[int, Dependency]]]) -> list[int]:
        """Steps a tool takes with all that must come before it, at most; 0: no chain can reach it."""
        costs = [0] * len(self.graph.tools)
        while True:
            changed = False
            for place, tool in enumerate(self.graph.tools):
                total = 1
                for need in (given for given in tool.inputs if given.required and not given.asked):
                    found = [costs[self.number[e.producer]] for _, e in by_input[tool.name, need.name]]
                    cheapest = min((cost for cost in found if cost), default=0)
                    total = total + cheapest if cheapest and total else 0
                if total and (not costs[place] or total < costs[place]):
                    costs[place] = total
                    changed = True
            if not changed:
                return costs

    def _plan(self, tool: ToolNode, by_input: dict[tuple[str, str], list[tuple[int, Dependency]]]) -> Plan:
        taking = [given for given in tool.keys if given.required or given.usual or given.either]
        contained = {given.entity: self.graph.scopes(tool.environment, given.entity) for given in tool.keys}
        needs = [
            Need(
                name=given.name,
                entity=given.entity,
                reference=given.role == "reference",
                asked=given.asked,
                scopes=contained[given.entity],
                sources=(sources := self._known(tool, given, by_input[tool.name, given.name])),
                makers=tuple(filter(self._makes, sources)) or sources,
                by_producer={s.producer: tuple(o for o in sources if o.producer == s.producer) for s in sources},
                usual=given.usual,
                either=given.either,
                rivals=tuple(o.name for o in taking if o.entity == given.entity and o is not given),
            )
            for given in taking
        ]
        needs.sort(key=lambda need: (need.usual, need.reference, len(need.scopes)))
        named = {need.name for need in needs}
        fillers: dict[str, list[Aim]] = defaultdict(list)
        for given in tool.inputs:
            if given.asked and given.name not in named:
                for source in self._sources(by_input[tool.name, given.name]):
                    environment = self.graph.tools[source.producer].environment
                    fillers[environment].append(Aim(self.number[tool.name], given.name, source, None))
        return Plan(
            node=tool,
            needs=tuple(needs),
            values=tuple(given.name for given in tool.inputs if given.required and given.name not in named),
            moves=tool.effect == "move"
            and any(n.reference and n.entity in contained.get(tool.entity, ()) for n in needs),
            taken={need.entity: need.name for need in reversed(needs) if not need.reference},
            groups=_groups(needs),
            fillers=dict(fillers),
        )

    def _sources(self, edges: list[tuple[int, Dependency]]) -> tuple[Source, ...]:
        return tuple(
            Source(place, self.number[e.producer], e.path, e.many)
            for place, e in edges
            if self.cost[self.number[e.producer]]
        )

    def _known(self, tool: ToolNode, given: Input, edges: list[tuple[int, Dependency]]) -> tuple[Source, ...]:
        """A list of what lies in a thing only just made would be empty, and nobody wants a thing made only to be
        removed."""
        listing = tool.effect in {"list", "search"}
        removing = tool.effect == "delete" and given.role == "key"
        sources = self._nameable(given, self._sources(edges))
        if not listing and not removing:
            return sources
        others = tuple(s for s in sources if self.graph.tools[s.producer].effect != "create")
        return others if others or given.usual else sources

    def _makes(self, source: Source) -> bool:
        producer = self.graph.tools[source.producer]
        return not producer.writes or producer.effect == "create"

    def _nameable(self, given: Input, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        """Those that show a row by its own key, if there are any: an order holds its customer's key, but not the name
        that a user would say."""
        own = {s.path.rpartition(".")[2] for s in sources if self.graph.tools[s.producer].entity == given.entity}
        return tuple(s for s in sources if s.path.rpartition(".")[2] in own) or sources

    def _joints(self, place: int, plan: Plan) -> list[Joint]:
        found: list[Joint] = []
        own = [need for need in plan.needs if not need.reference]
        for key in (need for need in own if need.scopes):
            for source in key.makers:
                scopes = [need for need in own if need.entity in key.scopes]
                if any(need.entity in self.plans[source.producer].taken for need in scopes):
                    continue  # it is given the scope: that is the ordinary way
                bindings = [(key.name, source.path, source.edge)]
                row = source.path.rpartition(".")[0]
                for need in scopes:
                    same = [
                        s for s in need.sources if s.producer == source.producer and s.path.rpartition(".")[0] == row
                    ]
                    bindings += [(need.name, s.path, s.edge) for s in same[:1]]
                if len(bindings) == len(scopes) + 1 > 1:
                    found.append(Joint(source.producer, tuple(bindings)))
        return found


def _groups(needs: Sequence[Need]) -> tuple[tuple[str, ...], ...]:
    words = dict.fromkeys(need.either for need in needs if need.either)
    return tuple(tuple(need.name for need in needs if need.either == word) for word in words)


def _usable(graph: ToolGraph) -> list[tuple[int, Dependency]]:
    """The edges chains may rest on: trusted, and telling something new.

    Where execution has confirmed an edge into a parameter, typed edges into it count only if their value was accepted
    as such a key there or elsewhere: a new list's id is taken for the scope of a task, but not before it has a task.
    """
    confirmed = {(e.consumer, e.parameter) for e in graph.dependencies if e.executed and not graph.echoes(e)}
    proven = {(e.producer, e.path, e.entity) for e in graph.dependencies if e.executed}
    return [
        (place, e)
        for place, e in enumerate(graph.dependencies)
        if e.trusted
        and e.producer != e.consumer
        and not graph.echoes(e)
        and (not e.typed or (e.producer, e.path, e.entity) in proven or (e.consumer, e.parameter) not in confirmed)
    ]
