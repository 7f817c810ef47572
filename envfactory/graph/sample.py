"""Draw chains from a graph: valid by construction, within exact bounds, deep often enough, spread over the tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from envfactory.environment.environment import Environment
from envfactory.errors import EnvFactoryError
from envfactory.graph.chain import Binding, Bounds, Chain, ChainStep, chain_of, check_bounds, validate
from envfactory.graph.graph import ToolGraph
from envfactory.graph.tables import Need, Plan, Source, Tables
from envfactory.graph.walk import random_walk

__all__ = ["DEEP", "Binding", "Chain", "ChainStep", "random_walk", "sample", "validate"]

DEEP = 3
"""Steps on the longest dependent path from which a chain counts as deep."""

_Place = tuple[int, str, int]  # step, path, item; step -1 is the user
_ATTEMPTS = 400
_ITEMS = 3  # different elements taken from one list, at most


def sample(
    graph: ToolGraph,
    library: Mapping[str, type[Environment]],
    *,
    count: int,
    seed: int = 0,
    length: Bounds = (1, 6),
    turns: Bounds = (1, 3),
    environments: Bounds = (1, 2),
    deep: float = 0.4,
) -> Iterator[Chain]:
    """`count` chains, each valid (`validate`) and with lengths, turns and environments within the bounds given.

    `deep` is the share of chains of depth `DEEP` or more, held from the first chain on where graph and bounds allow it.
    Tools and edges that were drawn rarely come first. Equal graphs and seeds give equal chains. Raises UnknownName when
    the graph has a tool that the library lacks, EnvFactoryError when no chain fits the bounds.
    """
    check_bounds(graph, library, length, turns, environments)
    draw = _Draw(Tables(graph), Random(f"chains/{seed}"), length, turns, environments)
    if not draw.names or len(draw.names) < environments[0]:
        raise EnvFactoryError(
            f"the graph has {len(draw.names)} environments with tools a chain can reach; ask for fewer than "
            f"{environments[0]}, or build more environments"
        )
    drawn_deep = misses = 0
    for number in range(count):
        want = length[1] >= DEEP and drawn_deep < deep * (number + 1) and misses < 20
        chain = draw.chain(deep=want)
        misses = misses + 1 if want and chain.depth < DEEP else 0 if want else misses
        drawn_deep += chain.depth >= DEEP
        yield chain


class _Draw:
    """Draws one chain after another; remembers what was drawn."""

    def __init__(self, tables: Tables, random: Random, length: Bounds, turns: Bounds, environments: Bounds) -> None:
        self.tables = tables
        self.plans = tables.plans
        self.random = random
        self.length = (max(length[0], turns[0], environments[0]), length[1])
        self.turns = turns
        self.environments = environments
        self.names = [name for name in tables.graph.environments if name in tables.goals]
        self.drawn = [0] * len(self.plans)
        self.used = [0] * len(tables.graph.dependencies)
        self.visits = dict.fromkeys(self.names, 0)
        self.bindings: dict[_Place, Binding] = {}
        self.steps: list[tuple[int, dict[str, _Place]]] = []
        self.gone: dict[tuple[str, str, _Place], int] = {}  # removed or taken elsewhere, and by which step
        self.ends: list[int] = []

    # One chain -------------------------------------------------------------------------------------------------------

    def chain(self, *, deep: bool) -> Chain:
        """One chain; when `deep` cannot be had in some attempts, any chain."""
        shallow: Chain | None = None
        for attempt in range(_ATTEMPTS):
            made = self._attempt(deep)
            if made is None:
                continue
            if not deep or made.depth >= DEEP:
                return self._count(made)
            shallow = made
            if attempt >= 40:
                break
        if shallow is not None:
            return self._count(shallow)
        raise EnvFactoryError(
            f"found no chain of {self.length[0]} to {self.length[1]} steps in {self.turns[0]} to {self.turns[1]} turns "
            f"over {self.environments[0]} to {self.environments[1]} environments; widen the bounds"
        )

    def _count(self, made: Chain) -> Chain:
        for tool, places in self.steps if made.tools == tuple(self.plans[t].node.name for t, _ in self.steps) else ():
            self.drawn[tool] += 1
            for name, (step, path, _) in places.items():
                if step >= 0:
                    self.used[self.tables.edges[self.steps[step][0], path, tool, name]] += 1
        for name in made.environments:
            self.visits[name] += 1
        return made

    def _attempt(self, deep: bool) -> Chain | None:
        random = self.random
        self.steps.clear()
        self.gone.clear()
        self.ends.clear()
        low = max(self.length[0], min(DEEP, self.length[1])) if deep else self.length[0]
        wanted = random.randint(low, self.length[1])
        turns = random.randint(self.turns[0], max(self.turns[0], min(self.turns[1], wanted)))
        places = self._places(wanted)
        pending = list(places)
        while len(self.steps) < wanted:
            idle = self._idle()
            if len(idle) >= turns:
                break
            spare = max(turns - len(self.ends), len(pending)) - 1  # steps that later goals need at least
            limit = wanted - max(spare, 0)
            ask = len(idle) + 1 <= turns
            if not any(self._goal(pending, places, limit, ask) for _ in range(10)):
                break
            self.ends.append(len(self.steps))
            pending = [name for name in pending if all(self.plans[t].node.environment != name for t, _ in self.steps)]
        if pending or not self.length[0] <= len(self.steps) <= wanted:
            return None
        return self._split(turns)

    def _places(self, wanted: int) -> list[str]:
        most = min(self.environments[1], wanted, len(self.names))
        size = self.random.randint(self.environments[0], max(self.environments[0], most))
        found = [self._rarest(self.names, self.visits)]
        while len(found) < size:
            others = [name for name in self.names if name not in found]
            joined = [
                n for n in others if any((n, f) in self.tables.bridges or (f, n) in self.tables.bridges for f in found)
            ]
            pool = joined if joined and self.random.random() < 0.8 else others
            found.append(self._rarest(pool, self.visits))
        return found

    def _rarest(self, pool: list[str], counts: Mapping[str, int]) -> str:
        draws = [pool[int(self.random.random() * len(pool))] for _ in range(3)]
        return min(draws, key=counts.__getitem__)

    def _idle(self) -> list[int]:
        """The ends of goals that only read and that nothing uses: each must close a turn."""
        used = {place[0] for _, places in self.steps for place in places.values()}
        return [e for e in self.ends if e - 1 not in used and not self.plans[self.steps[e - 1][0]].node.writes]

    def _split(self, turns: int) -> Chain | None:
        last = len(self.steps)
        cuts = [end for end in self._idle() if end != last]
        free = [end for end in self.ends if end != last and end not in cuts]
        wanted = min(turns - 1, len(cuts) + len(free))
        if len(cuts) + 1 > self.turns[1] or wanted + 1 < self.turns[0]:
            return None
        cuts += self.random.sample(free, max(0, wanted - len(cuts)))
        steps = [
            ChainStep.model_construct(
                tool=self.plans[tool].node.name, bindings={name: self._binding(place) for name, place in places.items()}
            )
            for tool, places in self.steps
        ]
        return chain_of(self.tables.graph, steps, sorted(cuts))

    def _binding(self, place: _Place) -> Binding:
        found = self.bindings.get(place)
        if found is None:
            step, path, item = place
            found = self.bindings[place] = Binding(step=step if step >= 0 else None, path=path, item=item)
        return found

    # Goals -----------------------------------------------------------------------------------------------------------

    def _goal(self, pending: list[str], places: list[str], limit: int, ask: bool) -> bool:
        """Add one tool the chain is about, and what must come before it."""
        random = self.random
        name = pending[0] if pending else places[int(random.random() * len(places))]
        before = len(self.steps)
        visited = [other for other in places if other != name and other not in pending]
        bridge = [b for other in visited for b in self.tables.bridges.get((other, name), ())]
        if bridge and random.random() < 0.6:
            tool, parameter, source = self._fresh_bridge(bridge)
            if ask or self.plans[tool].node.writes:
                place = self._given(source, limit - 1)
                if place is not None and self._add(tool, {}, {parameter: place}, limit, ()):
                    return True
            self._undo(before)
        goals = self.tables.goals[name]
        draws = [goals[int(random.random() * len(goals))] for _ in range(3)]
        tool = min(draws, key=self.drawn.__getitem__)
        plan = self.plans[tool]
        if not plan.node.writes and (not ask or random.random() < 0.3):
            return False
        given: dict[str, _Place] = {}
        near = plan.fillers.get(name)
        if near and random.random() < 0.5:
            parameter, source = near[int(random.random() * len(near))]
            place = self._given(source, limit - 1)
            if place is not None:
                given[parameter] = place
        if self._add(tool, {}, given, limit, ()):
            return True
        self._undo(before)
        return False

    def _fresh_bridge(self, bridge: list[tuple[int, str, Source]]) -> tuple[int, str, Source]:
        draws = [bridge[int(self.random.random() * len(bridge))] for _ in range(2)]
        return min(draws, key=lambda found: self.used[found[2].edge])

    def _given(self, source: Source, limit: int) -> _Place | None:
        """A place where a producer's value stands: in an earlier step if there is one, else in a new one."""
        for step, (tool, places) in enumerate(self.steps):
            if tool == source.producer and self._step_alive(step):
                item = self._item(step, source.many)
                if not source.many or self._holds(step, places, tool) > item:
                    return (step, source.path, item)
        before = len(self.steps)
        if self._add(source.producer, {}, {}, limit, ()):
            last = len(self.steps) - 1
            if not source.many or self._holds(last, self.steps[last][1], source.producer):
                return (last, source.path, 0)
        self._undo(before)
        return None

    def _undo(self, length: int) -> None:
        del self.steps[length:]
        if self.gone:
            self.gone = {thing: step for thing, step in self.gone.items() if step < length}

    # One step and what it needs --------------------------------------------------------------------------------------

    def _add(
        self, tool: int, forced: Mapping[str, _Place], given: dict[str, _Place], limit: int, stack: tuple[int, ...]
    ) -> bool:
        """Append a tool after the producers it needs; False leaves steps behind that the caller undoes."""
        if len(self.steps) >= limit or tool in stack or len(stack) > 5:
            return False
        plan = self.plans[tool]
        bound = dict(given)
        inner = (*stack, tool)
        if plan.joints and not forced and self.random.random() < 0.3:
            self._join(plan, bound, limit, inner)
        context: dict[str, _Place] = {}
        spared = self._spared(plan, bound)
        for need in plan.needs:
            if need.name in spared:
                continue
            place = bound.get(need.name)
            if place is None and need.usual and self.random.random() < 0.5:
                continue
            if place is None and not need.reference and need.entity in forced:
                place = forced[need.entity]
                if not self._reaches(place, tool, need):
                    return False
            if place is None:
                place = self._bind(need, context, bound, tool, limit - 1, inner)
            if place is None:
                return False
            bound[need.name] = place
            if not need.reference:
                context.setdefault(need.entity, place)
        if len(self.steps) >= limit or not self._keep(tool, plan, bound):
            return False
        if plan.moves or plan.node.effect == "delete":
            self._remove(plan, bound)
        return True

    def _spared(self, plan: Plan, bound: Mapping[str, _Place]) -> set[str]:
        """The needs that another one stands for: of those that share a word, all but one."""
        groups: dict[str, list[str]] = {}
        for need in plan.needs:
            if need.either:
                groups.setdefault(need.either, []).append(need.name)
        spared: set[str] = set()
        for names in groups.values():
            given = [name for name in names if name in bound] or names
            chosen = given[int(self.random.random() * len(given))]
            spared.update(name for name in names if name != chosen)
        return spared

    def _keep(self, tool: int, plan: Plan, bound: dict[str, _Place]) -> bool:
        again = [places for other, places in self.steps if other == tool]
        if len(again) > 1:
            return False
        for name in plan.values:
            bound.setdefault(name, (-1, "", len(again)))
        key = plan.taken.get(plan.node.entity)
        if plan.node.effect != "create" and key is not None and any(p.get(key) == bound[key] for p in again):
            return False  # the same tool on the same row again
        if plan.node.effect != "create" and bound in again:
            return False
        if self.gone:
            for given in plan.node.keys:  # what was bound before the step's own needs may have been removed since
                if given.name in bound and not self._alive(plan.node.environment, given.entity, bound[given.name]):
                    return False
        self.steps.append((tool, bound))
        return True

    def _reaches(self, place: _Place, tool: int, need: Need) -> bool:
        if place[0] < 0:
            return need.asked
        return (self.steps[place[0]][0], place[1], tool, need.name) in self.tables.edges

    def _bind(
        self, need: Need, context: Mapping[str, _Place], bound: Mapping[str, _Place], tool: int, limit: int,
        stack: tuple[int, ...],
    ) -> _Place | None:  # fmt: skip
        random = self.random
        environment = self.plans[tool].node.environment
        others = {
            bound[other.name] for other in self.plans[tool].needs if other.entity == need.entity and other.name in bound
        }
        scopes = [scope for scope in need.scopes if scope in context]
        if need.asked and (not need.sources or random.random() < 0.6):
            place = (-1, "", len(others))
            if (environment, need.entity, place) not in self.gone:
                return place
        found: list[_Place] = []
        for step, (producer, places) in enumerate(self.steps):
            for source in need.by_producer.get(producer, ()):
                taken = self.plans[producer].taken
                if all(scope in taken and places.get(taken[scope]) == context[scope] for scope in scopes):
                    place = (step, source.path, self._item(step, source.many))
                    if place in others and source.many:
                        place = (step, source.path, place[2] + 1)
                    full = not source.many or self._holds(step, places, producer) > place[2]
                    if full and place not in others and self._alive(environment, need.entity, place):
                        found.append(place)
        if found and random.random() < 0.85:
            return found[int(random.random() * len(found))]
        return self._produced(need, context, scopes, limit, stack)

    def _produced(
        self, need: Need, context: Mapping[str, _Place], scopes: list[str], limit: int, stack: tuple[int, ...]
    ) -> _Place | None:
        if len(self.steps) >= limit:
            return None
        fitting = (
            need.makers
            if not scopes
            else [s for s in need.makers if all(scope in self.plans[s.producer].taken for scope in scopes)]
        )
        for _ in range(3 if fitting else 0):
            draws = [fitting[int(self.random.random() * len(fitting))] for _ in range(2)]
            source = min(draws, key=lambda s: self.used[s.edge])
            before = len(self.steps)
            if self._add(source.producer, {scope: context[scope] for scope in scopes}, {}, limit, stack):
                last = len(self.steps) - 1
                if not source.many or self._holds(last, self.steps[last][1], source.producer):
                    return (last, source.path, 0)
            self._undo(before)
        return None

    def _join(self, plan: Plan, bound: dict[str, _Place], limit: int, stack: tuple[int, ...]) -> None:
        """Take a key and where it lives from one row of a search."""
        joint = plan.joints[int(self.random.random() * len(plan.joints))]
        step = next((s for s, (tool, _) in enumerate(self.steps) if tool == joint.producer), -1)
        before = len(self.steps)
        if step < 0:
            if not self._add(joint.producer, {}, {}, limit - 1, stack):
                self._undo(before)
                return
            step = len(self.steps) - 1
        item = self._item(step, "*" in joint.bindings[0][1])
        found = {name: (step, path, item) for name, path, _ in joint.bindings}
        entities = {need.name: need.entity for need in plan.needs}
        if all(self._alive(plan.node.environment, entities[name], place) for name, place in found.items()):
            bound.update(found)
        else:
            self._undo(before)

    # Rows ------------------------------------------------------------------------------------------------------------

    def _item(self, step: int, many: bool) -> int:
        """An element of a step's list: mostly the one the chain is about already, sometimes another."""
        if not many:
            return 0
        items = [place[2] for _, places in self.steps for place in places.values() if place[0] == step]
        if not items:
            return 0
        latest = items[-1]
        return latest if self.random.random() < 0.65 else min(max(items) + 1, _ITEMS - 1)

    def _holds(self, step: int, places: Mapping[str, _Place], tool: int) -> int:
        """How many elements a list read at `step` has: unknown and enough, unless what it lists was made just now."""
        for name in self.plans[tool].taken.values():
            origin = places[name]
            if origin[0] >= 0 and self.plans[self.steps[origin[0]][0]].node.effect == "create":
                return sum(
                    self.plans[other].node.effect == "create" and origin in inner.values()
                    for other, inner in self.steps[origin[0] + 1 : step]
                )
        return _ITEMS + 1

    def _alive(self, environment: str, entity: str, place: _Place, since: int = -1) -> bool:
        """Whether a row is still there, and still where it was found, as far as steps after `since` go."""
        if self.gone and self.gone.get((environment, entity, self._origin(entity, place)), -1) > since:
            return False
        return place[0] < 0 or self._step_alive(place[0])

    def _step_alive(self, step: int) -> bool:
        if not self.gone:
            return True
        tool, places = self.steps[step]
        plan = self.plans[tool]
        environment = plan.node.environment
        return all(self._alive(environment, entity, places[name], step) for entity, name in plan.taken.items())

    def _remove(self, plan: Plan, bound: Mapping[str, _Place]) -> None:
        name = plan.taken.get(plan.node.entity)
        if name is not None:
            thing = self._origin(plan.node.entity, bound[name])
            self.gone[plan.node.environment, plan.node.entity, thing] = len(self.steps) - 1

    def _origin(self, entity: str, place: _Place) -> _Place:
        """Where a row was first found: a step that only gives back the row it was given does not make another."""
        while place[0] >= 0:
            tool, places = self.steps[place[0]]
            plan = self.plans[tool]
            name = plan.taken.get(entity)
            if name is None or ("*" in place[1] and not plan.node.scoped(name)):
                break
            place = places[name]
        return place
