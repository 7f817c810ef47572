"""Confirm edges by execution: feed what one tool gave into another, and see that a value nobody gave is not taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from envfactory.environment.environment import Environment, State
from envfactory.environment.session import LoggedCall, Session, World
from envfactory.environment.tool import Tool
from envfactory.graph.graph import Dependency, Evidence, Input, ToolGraph, ToolNode

CALLS = 2000
"""Calls made to explore one environment, at most, and as many to try the edges from one environment to another; edges
that are not reached keep the evidence they had."""

_Edge = tuple[str, str, str, str]
_OBSERVATIONS = 3  # results of one tool kept, at most
_TRIES = 4  # values tried for one edge, at most
_SAMPLES: dict[str, Any] = {
    "email": "nobody@nowhere.invalid",
    "date": "2026-03-05",
    "date-time": "2026-03-05T10:00:00Z",
    "time": "10:00:00",
    "uri": "https://nowhere.invalid/page",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_STRANGE = "zq-nobody-gave-this-7731"


@dataclass
class _Seen:
    """A call that succeeded, where the session stood after it, and what it gave."""

    arguments: dict[str, Any]
    result: Any
    after: Any
    """A checkpoint for a writer, None for a reader."""


@dataclass
class _Probe:
    """One environment under test: a session that goes back to its start after every trial."""

    cls: type[Environment]
    nodes: Mapping[str, ToolNode]
    session: Session
    start: Any
    calls: int = 0
    """Since the count was last set to nothing."""
    seen: dict[str, list[_Seen]] = field(default_factory=lambda: defaultdict[str, list[_Seen]](list))
    pool: dict[str, list[Any]] = field(default_factory=lambda: defaultdict[str, list[Any]](list))
    """Keys that results gave, by entity, in the order they came."""
    last: Any = None
    """The moment after the last call, when it wrote."""

    def call(self, name: str, arguments: Mapping[str, Any], after: Any = None) -> LoggedCall:
        """One call from the start, or from the moment `after`."""
        self.calls += 1
        node = self.nodes[name]
        if after is not None:
            self.session.restore(after)
        entry = self.session.call(name, dict(arguments))
        self.last = self.session.checkpoint() if node.writes and entry.outcome == "ok" else None
        if node.writes or after is not None:
            self.session.restore(self.start)
        else:
            self.session.log.clear()
        return entry


def confirmed(
    graph: ToolGraph,
    library: Mapping[str, type[Environment]],
    *,
    seed: int = 0,
    known: ToolGraph | None = None,
    same: Collection[str] = (),
) -> ToolGraph:
    """The graph with `executed` evidence on every edge whose value was accepted, while a strange value was refused or
    answered otherwise. Runs in sessions of its own on each environment's smallest state; at most `CALLS` calls each.

    Environments in `same` are as they were when `known` was confirmed: where the edges from one of them to another are
    the same, too, what was found then is kept. What is found between two environments depends on nothing else.
    """
    held: dict[tuple[str, str], list[Dependency]] = defaultdict(list)
    for edge in known.dependencies if known is not None else ():
        held[known.home(edge.producer), known.home(edge.consumer)].append(edge)  # type: ignore[union-attr]
    pairs: dict[tuple[str, str], list[Dependency]] = defaultdict(list)
    for edge in graph.dependencies:
        pairs[graph.home(edge.producer), graph.home(edge.consumer)].append(edge)
    found: dict[_Edge, Dependency] = {}
    todo: dict[tuple[str, str], list[Dependency]] = {}
    for pair, edges in pairs.items():
        before = held.get(pair, [])
        if {*pair} <= {*same} and [edge.untried for edge in before] == [edge.untried for edge in edges]:
            found |= {_edge(edge): edge for edge in before}
        else:
            todo[pair] = edges
    probes: dict[str, _Probe] = {}
    try:
        sources: dict[tuple[str, str], list[Dependency]] = defaultdict(list)
        for edge in graph.dependencies:
            sources[edge.producer, edge.path].append(edge)
        for name in sorted({name for pair in todo for name in pair}):
            state = _smallest(library[name])
            if state is not None:
                nodes = {n.name: n for n in graph.tools if n.environment == name}
                session = Session([World(library[name], state)], seed=f"link/{seed}")
                probes[name] = _Probe(library[name], nodes, session, session.checkpoint())
                _explore(probes[name], sources)
        for (source, target), edges in todo.items():
            if target in probes:
                probes[target].calls = 0
            found |= {_edge(edge): _tried(graph, edge, probes.get(source), probes.get(target)) for edge in edges}
        return graph.replaced(found[_edge(edge)] for edge in graph.dependencies)
    finally:
        for probe in probes.values():
            probe.session.close()


def _edge(edge: Dependency) -> _Edge:
    return edge.producer, edge.path, edge.consumer, edge.parameter


def _smallest(cls: type[Environment]) -> State | None:
    """The state with the fewest rows among those that have at least half of the tables filled, else the largest."""
    if not cls.states:
        return None
    sizes = {
        n: (sum(bool(r) for r in s.rows.values()), sum(map(len, s.rows.values())), n) for n, s in cls.states.items()
    }
    fullest = max(filled for filled, _, _ in sizes.values())
    name = min((n for n in sizes if 2 * sizes[n][0] >= fullest), key=lambda n: sizes[n][1:])
    return cls.states[name]


def _explore(probe: _Probe, sources: Mapping[tuple[str, str], Sequence[Dependency]]) -> None:
    """Call every tool that can be called with what is known, readers first, until nothing new comes."""
    paths: dict[str, dict[str, str]] = defaultdict(dict)
    for (producer, path), edges in sources.items():
        for edge in edges:
            if edge.typed:
                paths[producer][path] = edge.entity
    order = sorted(probe.nodes.values(), key=lambda n: (n.writes, n.effect == "delete", len(n.keys), n.name))
    for _ in range(4):
        grown = False
        for node in order:
            if len(probe.seen[node.name]) >= _OBSERVATIONS or (node.writes and probe.seen[node.name]):
                continue
            for arguments in _candidates(probe, node):
                if probe.calls >= CALLS or len(probe.seen[node.name]) >= (1 if node.writes else _OBSERVATIONS):
                    break
                if any(seen.arguments == arguments for seen in probe.seen[node.name]):
                    continue
                entry = probe.call(node.name, arguments)
                if entry.outcome != "ok":
                    continue
                probe.seen[node.name].append(_Seen(arguments, entry.result, probe.last))
                grown = True
                for path, entity in paths[node.name].items():
                    if not node.writes:
                        known = probe.pool[entity]
                        known += [v for v, _ in _values(entry.result, path) if v not in known]
        if not grown:
            return


def _candidates(probe: _Probe, node: ToolNode) -> Iterator[dict[str, Any]]:
    """Arguments worth trying: the required ones, with known keys where keys are taken, rows of one scope together."""
    keys = [given for given in node.keys if given.required]
    plain = {g.name: _plain(probe, node, g) for g in node.inputs if g.required and g not in keys}
    if any(value is None for value in plain.values()):
        return
    if not keys:
        yield plain
        return
    made = 0
    for last in probe.pool[keys[-1].entity][:6]:
        for first in probe.pool[keys[0].entity][:6] if len(keys) > 1 else [None]:
            arguments = dict(plain)
            for given in keys:
                pool = probe.pool[given.entity]
                chosen = last if given is keys[-1] else first if given is keys[0] else next(iter(pool), None)
                arguments[given.name] = _wrapped(given, chosen)
            if None not in arguments.values():
                yield arguments
                made += 1
            if made >= 24:
                return


def _wrapped(given: Input, value: Any) -> Any:
    """The value as the parameter takes it: some take a list of keys."""
    single = value is None or isinstance(value, list)
    return [value] if given.type == "array" and not single else value  # pyright: ignore[reportUnknownVariableType]


def _tool(probe: _Probe, node: ToolNode) -> Tool:
    return probe.cls.tools[node.tool]


def _plain(probe: _Probe, node: ToolNode, given: Input) -> Any:
    """A value for a required parameter that takes no key: an example, an existing value, or a sample of its type."""
    schema: dict[str, Any] = _tool(probe, node).input_schema["properties"][given.name]
    for name in ("default", "const"):
        if name in schema:
            return schema[name]
    examples: list[Any] = [*schema.get("examples", ()), *schema.get("enum", ())]
    if examples:
        return examples[0]
    stored = _stored(probe, node, given)
    if stored is not None:
        return stored
    return _sample(schema)


def _stored(probe: _Probe, node: ToolNode, given: Input) -> Any:
    """A value that a row of the state holds in the field the parameter is about."""
    spec = probe.cls.spec
    if spec is None or given.type not in {"string", "integer", "number"}:
        return None
    tool = next((item for item in spec.tools if item.name == node.tool), None)
    about = next((p.field for p in tool.parameters if p.name == given.name), "") if tool else ""
    if not about or tool is None:
        return None
    environment = probe.session.environments[probe.cls.name]
    rows = environment.db.find(spec.entity(tool.entity).table)
    wanted = str if given.type == "string" else (int, float)
    found: list[Any] = [row[about] for row in rows if isinstance(row.get(about), wanted)]
    return found[0] if found else None


def _sample(schema: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "string":
        text = _SAMPLES.get(str(schema.get("format", "")), "a")
        return text + "a" * max(0, int(schema.get("minLength", 0)) - len(text))
    if kind in {"integer", "number"}:
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        return int(low) if kind == "integer" else float(low)
    if kind == "boolean":
        return True
    if kind == "array":
        inner = _sample(schema.get("items", {}))
        return [] if inner is None else [inner]
    if kind == "object":
        properties: dict[str, Any] = schema.get("properties", {})
        return {name: _sample(properties[name]) for name in schema.get("required", ()) if name in properties}
    return None


def _tried(graph: ToolGraph, edge: Dependency, source: _Probe | None, target: _Probe | None) -> Dependency:
    if source is None or target is None:
        return edge
    consumer = graph.nodes[edge.consumer]
    given = consumer.input(edge.parameter)
    tried = 0
    for seen in source.seen.get(edge.producer, ()) if given is not None else ():
        for value, row in _values(seen.result, edge.path):
            if tried >= _TRIES or target.calls >= CALLS:
                return edge
            arguments = _arguments(graph, edge, target, seen, value, row)
            if arguments is None:
                continue
            tried += 1
            after = seen.after if source is target else None
            entry = target.call(edge.consumer, arguments, after)
            if entry.outcome == "ok" and _answer(entry) != _control(target, consumer, edge, arguments, value, after):
                said = Evidence(kind="executed", detail=f"{edge.consumer} took {_short(value)}", score=1.0)
                return edge.model_copy(update={"evidence": (*edge.evidence, said)})
    return edge


def _arguments(
    graph: ToolGraph, edge: Dependency, target: _Probe, seen: _Seen, value: Any, row: Any
) -> dict[str, Any] | None:
    """The consumer's arguments: the value, keys from the same row or call where the value lives there, others known."""
    consumer = graph.nodes[edge.consumer]
    producer = graph.nodes[edge.producer]
    found: dict[str, Any] = {}
    for given in consumer.inputs:
        if given.name == edge.parameter:
            found[given.name] = _wrapped(given, value)
        elif given.required and given.entity and given.role in {"key", "scope", "reference"}:
            chosen = None
            if producer.environment == consumer.environment:
                chosen = _beside(graph, edge, given, row)
                taken = next((g.name for g in producer.keys if g.entity == given.entity), "")
                chosen = seen.arguments.get(taken) if chosen is None else chosen
            if chosen is None or (given.entity == edge.entity and chosen == value):
                chosen = next((known for known in target.pool[given.entity] if known != value), None)
            found[given.name] = _wrapped(given, chosen)
        elif given.required:
            found[given.name] = _plain(target, consumer, given)
    return None if None in found.values() else found


def _beside(graph: ToolGraph, edge: Dependency, given: Input, row: Any) -> Any:
    """Another key in the row that holds the value."""
    if not isinstance(row, dict):
        return None
    prefix = edge.path.rpartition(".")[0]
    for other in graph.producers(edge.consumer, given.name):
        head, _, name = other.path.rpartition(".")
        if other.producer == edge.producer and head == prefix and name in row:
            return row[name]  # pyright: ignore[reportUnknownVariableType]
    return None


def _control(
    probe: _Probe, consumer: ToolNode, edge: Dependency, arguments: Mapping[str, Any], value: Any, after: Any
) -> str:
    """What the same call answers for a value nobody gave: `refused`, or its answer."""
    strange = _unlike(value, edge.entity)
    given = consumer.input(edge.parameter)
    if strange is None or given is None:
        return "no control"
    entry = probe.call(consumer.name, {**arguments, edge.parameter: _wrapped(given, strange)}, after)
    return _answer(entry)


def _unlike(value: Any, entity: str) -> Any:
    """A value of the same shape that no tool gave; for a plain text any other text, since any fits or none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return type(value)(987_654_321)
    return _SAMPLES["email"] if entity == "email" else _STRANGE


def _answer(entry: LoggedCall) -> str:
    """What tells two answers apart: refused or not, for readers what came back, for writers only that they wrote."""
    if entry.outcome != "ok":
        return "refused"
    if entry.changes:
        return "written"
    return f"read {entry.result!r}"


def _values(result: Any, path: str) -> Iterator[tuple[Any, Any]]:
    """The values at `path`, each with the object that holds it."""
    found: list[tuple[Any, Any]] = [(result, None)]
    for step in path.split(".") if path else ():
        following: list[tuple[Any, Any]] = []
        for value, row in found:
            if step == "*" and isinstance(value, list):
                following += [(item, row) for item in value]  # pyright: ignore[reportUnknownVariableType]
            elif isinstance(value, dict) and step in value:
                following.append((value[step], value))  # pyright: ignore[reportUnknownArgumentType]
        found = following
    for value, row in found:
        if isinstance(value, str | int | float) and value != "":
            yield value, row


def _short(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
