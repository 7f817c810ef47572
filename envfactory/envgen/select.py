"""Choose the tools of an environment: sure ones, reachable entities, enough that write."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from envfactory.environment.spec import ToolSpec

WRITING_SHARE = 0.4
"""At least this share of the tools writes, when the description has as many."""

DOUBTFUL = 0.7
"""Below this confidence a tool is taken only where surer ones leave room."""

FULL = 7
"""Tools an entity has at most before the next one has its own."""

_CORE = ("list", "search", "get", "create", "update", "delete", "move", "action", "clear", "replace")


def choose(tools: Sequence[ToolSpec], *, limit: int = 16) -> set[str]:
    """The names of at most `limit` tools.

    Entities are ranked by how much one can do with them and how sure that is; each chosen entity brings a reader and,
    where it has one, its creation, before any brings more. Entities that scope a chosen one come before it.
    """
    by_entity: dict[str, list[ToolSpec]] = {}
    for tool in tools:
        by_entity.setdefault(tool.entity, []).append(tool)
    first = {name: index for index, name in enumerate(by_entity)}
    mentions = Counter(name for tool in tools for name in {tool.entity, *(p.entity for p in tool.parameters)})
    ranked = sorted(by_entity, key=lambda name: (-_worth(by_entity[name], mentions[name]), first[name]))
    order: list[str] = []
    for name in ranked:
        for above in (*_scopes(by_entity[name]), name):
            if above in by_entity and above not in order:
                order.append(above)
    # Few entities that one can do much with, rather than many that one can only read.
    room = max(1, limit // 4)
    order = order[:room]
    chosen: dict[str, ToolSpec] = {}
    ranks = {name: [*_by_core(by_entity[name])] for name in order}
    for wanted in (("list", "search", "get"), ("create",)):
        for name in order:
            one = next((t for t in ranks[name] if t.effect in wanted), None)
            if one and len(chosen) < limit:
                chosen[one.name] = one
    rest = [tool for name in order for tool in ranks[name] if tool.name not in chosen]
    rest.sort(key=lambda t: (t.confidence < DOUBTFUL, ranks[t.entity].index(t) >= FULL, order.index(t.entity)))
    for tool in rest:
        if len(chosen) >= limit:
            break
        chosen[tool.name] = tool
    _balance(chosen, rest)
    return set(chosen)


def _balance(chosen: dict[str, ToolSpec], rest: Sequence[ToolSpec]) -> None:
    """Exchange the least sure extra readers for writers until the share is met, or no writer is left."""
    writers = [t for t in rest if t.writes and t.name not in chosen]
    for writer in writers:
        if sum(t.writes for t in chosen.values()) >= WRITING_SHARE * len(chosen):
            break
        readers = [t for t in chosen.values() if not t.writes]
        spare = [r for r in readers if sum(o.entity == r.entity for o in readers) > 1]
        if not spare:
            break
        del chosen[min(spare, key=lambda t: (t.confidence, t.effect == "list")).name]
        chosen[writer.name] = writer


def _worth(tools: Sequence[ToolSpec], mentions: int) -> float:
    effects = {tool.effect: tool.confidence for tool in tools}
    alike = {"list": "read", "search": "read", "get": "read", "replace": "update"}
    kinds = {alike.get(effect, effect) for effect in effects}
    return len(kinds) + sum(effects.values()) / (len(effects) or 1) + math.log2(1 + mentions) / 2


def _scopes(tools: Sequence[ToolSpec]) -> list[str]:
    """The entities a row of this one is made in; those that some list is merely narrowed by do not count."""
    made = next((t for t in tools if t.effect == "create"), tools[0])
    return [p.entity for p in made.parameters if p.role == "scope" and p.entity != made.entity]


def _by_core(tools: Sequence[ToolSpec]) -> list[ToolSpec]:
    return sorted(tools, key=lambda t: (_CORE.index(t.effect) if t.effect in _CORE else 99, -t.confidence))
