"""Find the dependencies between tools: by type, then by name and meaning, then confirmed by execution."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from envfactory.environment.environment import Environment
from envfactory.graph.alike import Floats, Vectorise, alike, best
from envfactory.graph.confirm import confirmed
from envfactory.graph.graph import Containment, Dependency, Evidence, Input, ToolGraph, ToolNode
from envfactory.graph.loose import loose
from envfactory.graph.mark import mark
from envfactory.graph.schemas import ToolText, text_gives, text_node, text_takes
from envfactory.graph.shape import Leaf, gives, node, takes
from envfactory.graph.words import features, vectors


@dataclass(frozen=True)
class Meaning:
    """How meanings are compared: what turns leaves into unit vectors, and its name, a part of a graph's recipe."""

    name: str
    vectorise: Vectorise


def _by_words(leaves: Sequence[Leaf]) -> Floats:
    return vectors([features(leaf.name, leaf.about, leaf.description) for leaf in leaves])


WORDS = Meaning("words", _by_words)
"""The default: hashed words and letters. It needs nothing and gives the same everywhere."""


def link(
    library: Mapping[str, type[Environment]],
    *,
    confirm: bool = True,
    seed: int = 0,
    known: ToolGraph | None = None,
    meaning: Meaning = WORDS,
) -> ToolGraph:
    """The graph over all tools of `library`.

    Typed edges join the key of an entity to parameters that take it, within one environment. Edges by name and meaning
    join plain values (an address, a date, a name), also between environments. With `confirm` every edge is tried in
    sessions on the smallest curated states, and what was accepted gets `executed` evidence; environments without a
    state are left as they are. Equal libraries and seeds give equal graphs.

    With `known`, a graph that was linked before, only environments that are new or whose content has changed are linked
    and confirmed, and those that are gone are left out; the result is the same, byte for byte. A graph that was linked
    in another way (another seed, another `meaning`) is not used. What a model changed in it is undone: `grow` it again.
    """
    recipe = f"{meaning.name}, {f'confirmed with seed {seed}' if confirm else 'not confirmed'}"
    marks = {name: mark(library[name]) for name in sorted(library)}
    base = known.bare() if known is not None and known.recipe == recipe else ToolGraph(tools=(), dependencies=())
    same = frozenset(name for name, held in marks.items() if base.marks.get(name) == held)
    if same == marks.keys() == base.marks.keys():
        return base
    nodes: list[ToolNode] = []
    given: list[Leaf] = []
    taken: list[Leaf] = []
    for name in sorted(library):
        cls = library[name]
        for tool in sorted(cls.tools.values(), key=lambda tool: tool.name):
            item = base.nodes[f"{name}__{tool.name}"] if name in same else node(cls, tool)
            nodes.append(item)
            given += gives(item, tool)
            taken += takes(item, tool)
    by_name = {item.name: item for item in nodes}
    fresh = {item.name for item in nodes if item.environment not in same}
    typed, plain = _held(base, same)
    # A parameter whose edges came from what is gone may now take what those had crowded out.
    open_ = {(e.consumer, e.parameter) for e in base.dependencies if not e.typed and base.home(e.producer) not in same}
    anew = [leaf for leaf in taken if leaf.tool in fresh or (leaf.tool, leaf.path) in open_]
    rest = [leaf for leaf in taken if leaf.tool not in fresh and (leaf.tool, leaf.path) not in open_]
    typed += _typed([item for item in nodes if item.name in fresh], [leaf for leaf in given if leaf.tool in fresh])
    plain = [edge for edge in plain if (edge.consumer, edge.parameter) not in open_]
    plain += alike(by_name, given, anew, vectorise=meaning.vectorise)
    plain += alike(by_name, [leaf for leaf in given if leaf.tool in fresh], rest, vectorise=meaning.vectorise)
    graph = ToolGraph(
        tools=tuple(nodes),
        dependencies=tuple(sorted([*typed, *best(plain)], key=_order)),
        containments=tuple(_contained(nodes)),
        marks=marks,
        recipe=recipe,
    )
    return confirmed(graph, library, seed=seed, known=base, same=same) if confirm else graph


def link_described(tools: Iterable[ToolText], *, most: int = 64, meaning: Meaning = WORDS) -> ToolGraph:
    """The graph over tools that are only described: nothing is declared, and nothing can be executed.

    Edges come from what descriptions say ("retrieved from `search_hotels`"), identifiers of one thing, names that say
    something, and fitting kinds of values. At most `most` edges for each parameter.
    """
    listed = sorted(tools, key=lambda tool: (tool.environment, tool.name))
    nodes = [text_node(tool) for tool in listed]
    given = [leaf for item, tool in zip(nodes, listed, strict=True) for leaf in text_gives(item, tool)]
    taken = [leaf for item, tool in zip(nodes, listed, strict=True) for leaf in text_takes(item, tool)]
    by_name = {item.name: item for item in nodes}
    found = loose(by_name, listed, given, taken, vectorise=meaning.vectorise, most=most)
    return ToolGraph(tools=tuple(nodes), dependencies=tuple(sorted(found, key=_order)), recipe=meaning.name)


def _held(base: ToolGraph, same: Collection[str]) -> tuple[list[Dependency], list[Dependency]]:
    """The edges between environments that are as they were, as they were before execution: typed ones, and others."""
    kept = [
        edge.untried for edge in base.dependencies if {base.home(edge.producer), base.home(edge.consumer)} <= {*same}
    ]
    return [edge for edge in kept if edge.typed], [edge for edge in kept if not edge.typed]


def _order(edge: Dependency) -> tuple[str, str, str, str]:
    return edge.consumer, edge.parameter, edge.producer, edge.path


def _typed(nodes: Sequence[ToolNode], given: Iterable[Leaf]) -> Iterator[Dependency]:
    wanted: dict[tuple[str, str], list[tuple[ToolNode, Input]]] = defaultdict(list)
    places = {item.name: item.environment for item in nodes}
    for item in nodes:
        for need in item.keys:
            wanted[item.environment, need.entity].append((item, need))
    leaves = [*given]
    paths: dict[str, set[str]] = defaultdict(set)
    for leaf in leaves:
        paths[leaf.tool].add(leaf.path)
    for leaf in leaves:
        if leaf.entity:
            for item, need in wanted[places[leaf.tool], leaf.entity]:
                if need.repeats and not _shows(leaf, need, paths[leaf.tool]):
                    continue
                detail = f"both are the key of a {leaf.entity}"
                yield Dependency.model_construct(
                    producer=leaf.tool,
                    consumer=item.name,
                    path=leaf.path,
                    parameter=need.name,
                    entity=leaf.entity,
                    evidence=(Evidence.model_construct(kind="typed", detail=detail, score=0.9),),
                )


def _shows(leaf: Leaf, need: Input, paths: Collection[str]) -> bool:
    """Whether what must be repeated of a row stands beside its key."""
    home = leaf.path.removesuffix(leaf.name)
    return all(any(f"{path}.".startswith(f"{home}{field}.") for path in paths) for field in need.repeats)


def _contained(nodes: Iterable[ToolNode]) -> Iterator[Containment]:
    """What lives in what: a tool that needs a scope to name its key shows it."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in nodes:
        scopes = {need.entity for need in item.keys if need.role == "scope" and need.required}
        for need in item.keys:
            if need.role == "key" and need.required:
                found[item.environment, need.entity] |= scopes - {need.entity}
    for (environment, entity), scopes in sorted(found.items()):
        if scopes:
            yield Containment(environment=environment, entity=entity, scopes=tuple(sorted(scopes)))
