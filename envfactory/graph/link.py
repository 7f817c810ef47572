"""Find the dependencies between tools: by type, then by name and meaning, then confirmed by execution."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from envfactory.environment.environment import Environment
from envfactory.graph.confirm import confirmed
from envfactory.graph.graph import Containment, Dependency, Evidence, Input, ToolGraph, ToolNode
from envfactory.graph.shape import Leaf, gives, node, takes
from envfactory.graph.words import FIT, KINDS, canonical_words, features, kind, split, vectors

FLOOR = 0.3
"""Edges by name or meaning that score less are not kept."""

WEAK = 0.35
"""At most this much for a plain text that the consumer writes: anything fits there, so that it fits says nothing."""

PER_PARAMETER = 6
"""Edges by name or meaning kept for one parameter, the best of them; at most two from one environment."""

_TEXTS = {"title", "text", "", "query"}
_Descriptor = tuple[str, str, str, str, str, bool]


def link(library: Mapping[str, type[Environment]], *, confirm: bool = True, seed: int = 0) -> ToolGraph:
    """The graph over all tools of `library`.

    Typed edges join the key of an entity to parameters that take it, within one environment. Edges by name and meaning
    join plain values (an address, a date, a name), also between environments. With `confirm` every edge is tried in
    sessions on the smallest curated states, and what was accepted gets `executed` evidence; environments without a
    state are left as they are. Equal libraries and seeds give equal graphs.
    """
    nodes: list[ToolNode] = []
    given: list[Leaf] = []
    taken: list[Leaf] = []
    for name in sorted(library):
        cls = library[name]
        for tool in sorted(cls.tools.values(), key=lambda tool: tool.name):
            item = node(cls, tool)
            nodes.append(item)
            given += gives(item, tool)
            taken += takes(item, tool)
    by_name = {item.name: item for item in nodes}
    found = [*_typed(nodes, given), *_alike(by_name, given, taken)]
    graph = ToolGraph(
        tools=tuple(nodes), dependencies=tuple(sorted(found, key=_order)), containments=tuple(_contained(nodes))
    )
    return confirmed(graph, library, seed=seed) if confirm else graph


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


def _alike(nodes: Mapping[str, ToolNode], given: Sequence[Leaf], taken: Sequence[Leaf]) -> Iterator[Dependency]:
    """Edges by name and meaning: one matrix product over the distinct descriptions of outputs and parameters."""
    givers = _distinct(leaf for leaf in given if not leaf.entity and not leaf.choices and leaf.format != "byte")
    takers = _distinct(leaf for leaf in taken if not leaf.choices)
    if not givers or not takers:
        return
    keys = [*takers, *givers]
    rows = vectors([features(name, about, text) for name, about, _, _, text, _ in keys])
    near: NDArray[np.float32] = rows[: len(takers)] @ rows[len(takers) :].T
    kinds = np.array([_KIND[kind(n, type=t, format=f, about=a, description=d)] for n, a, t, f, d, _ in keys])
    wanted, offered = kinds[: len(takers)], kinds[len(takers) :]
    likeness = FIT[wanted][:, offered]
    # An unknown kind says nothing for or against: there the words alone decide, and only when they are nearly equal.
    unknown = (wanted[:, None] == 0) & (offered[None, :] == 0)
    types = np.array([key[2] for key in keys])
    same_type = types[: len(takers), None] == types[None, len(takers) :]
    score = np.where(unknown, 0.5 * near * (near > 0.6), likeness * (0.8 + 0.4 * near)) * same_type
    sources, targets = list(givers.values()), list(takers.values())
    for row, leaves in enumerate(targets):
        best = np.flatnonzero(score[row] >= FLOOR)
        best = best[np.argsort(-score[row, best], kind="stable")][:48]
        columns: list[int] = best.tolist()
        ranked = [(float(score[row, column]), float(near[row, column]), sources[column]) for column in columns]
        for target in leaves:
            yield from _chosen(nodes, target, ranked, KINDS[int(wanted[row])])


_KIND = {name: place for place, name in enumerate(KINDS)}


def _distinct(leaves: Iterable[Leaf]) -> dict[_Descriptor, list[Leaf]]:
    found: dict[_Descriptor, list[Leaf]] = {}
    for leaf in leaves:
        key = (leaf.name, leaf.about, leaf.type, leaf.format, leaf.description, leaf.choices)
        found.setdefault(key, []).append(leaf)
    return found


def _chosen(
    nodes: Mapping[str, ToolNode], target: Leaf, ranked: Sequence[tuple[float, float, list[Leaf]]], what: str
) -> Iterator[Dependency]:
    consumer = nodes[target.tool]
    wanted = consumer.input(target.path)
    weak = wanted is not None and wanted.role == "value" and what in _TEXTS
    taken: dict[str, int] = defaultdict(int)
    tools: set[str] = set()
    for score, near, leaves in ranked:
        # Readers first: what a writer returns is mostly what it was given.
        for leaf in sorted(leaves, key=lambda leaf: (nodes[leaf.tool].writes, "*" not in leaf.path, leaf.tool)):
            producer = nodes[leaf.tool]
            if producer.writes or producer.name in tools or taken[producer.environment] >= 2:
                continue
            if producer.environment == consumer.environment and _same_thing(producer, consumer, leaf, target):
                continue
            equal = set(canonical_words(leaf.name)) == set(canonical_words(target.name))
            total = min(score + 0.1 * equal, 1.0, WEAK if weak else 1.0)
            shown = f"{leaf.about} {' '.join(split(leaf.name))}".strip()
            said = f"{shown}: {what or 'the same words'} ({near:.2f})"
            reasons = [Evidence(kind="meaning", detail=said, score=total)]
            if equal:
                reasons.append(Evidence(kind="name", detail=f"{leaf.name} is {target.name}", score=total))
            tools.add(producer.name)
            taken[producer.environment] += 1
            yield Dependency.model_construct(
                producer=producer.name,
                consumer=consumer.name,
                path=leaf.path,
                parameter=target.path,
                entity=what,
                evidence=tuple(e.model_copy(update={"score": round(e.score, 3)}) for e in reasons),
            )
            if len(tools) >= PER_PARAMETER:
                return


def _same_thing(producer: ToolNode, consumer: ToolNode, leaf: Leaf, target: Leaf) -> bool:
    """Whether a value would only come back to where it was read: a task's title as that task's new title."""
    return producer.name == consumer.name or (leaf.about == target.about and split(leaf.name) == split(target.name))
