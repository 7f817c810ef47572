"""A chain as it grows: tools are added with whatever must come before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from envfactory.graph.pattern import Place
from envfactory.graph.tables import Aim, Need, Plan, Source, Tables

ITEMS = 3
"""Different elements taken from one list, at most."""

_SAID = 0.6
"""How often the user says a key that people can say, where a tool could give it as well."""


class Draft:
    """The steps of one chain while they are drawn. A place is where an argument stands: step, path and item.

    What is added can be executed in this order as far as the graph knows: each argument has a source, a row is looked
    up where it lives, and nothing that was removed is used.
    """

    def __init__(self, tables: Tables, random: Random, used: list[int]) -> None:
        self.tables = tables
        self.plans = tables.plans
        self.random = random
        self.used = used  # how often each edge was drawn
        self.steps: list[tuple[int, dict[str, Place]]] = []
        self.gone: dict[tuple[str, str, Place], int] = {}  # removed or taken elsewhere, and by which step
        self.twice = 2  # a tool comes at most this often
        self.said = _SAID

    def clear(self, *, twice: int, deep: bool) -> None:
        """Begin another chain. In a deep one, users say fewer of the keys they could say."""
        self.steps.clear()
        self.gone.clear()
        self.twice = twice
        self.said = _SAID / 3 if deep else _SAID

    def undo(self, length: int) -> None:
        """Take back the steps from this one on."""
        del self.steps[length:]
        if self.gone:
            self.gone = {thing: step for thing, step in self.gone.items() if step < length}

    def depth(self) -> int:
        """Steps on the longest path of dependent calls."""
        deepest: list[int] = []
        for _, places in self.steps:
            deepest.append(1 + max((deepest[p[0]] for p in places.values() if p[0] >= 0), default=0))
        return max(deepest, default=0)

    # What a chain is about -------------------------------------------------------------------------------------------

    def reach(self, tool: int, given: dict[str, Place], limit: int) -> bool:
        """Add a tool after what it needs, or leave everything as it was; `given` are arguments that are fixed."""
        before = len(self.steps)
        if self._add(tool, {}, given, limit, ()):
            return True
        self.undo(before)
        return False

    def follow(self, aim: Aim, limit: int) -> bool:
        """Add a tool with an argument from a certain producer, or leave everything as it was."""
        before = len(self.steps)
        place = self.given(aim.source, limit - 1)
        if place is not None:
            need, places = aim.need, self.steps[place[0]][1]
            taken = self.plans[aim.source.producer].taken
            forced: dict[str, Place] = {}
            for scope in need.scopes if need else ():
                if scope in self.plans[aim.tool].taken:
                    if scope not in taken:
                        break  # nobody knows whether the row lives where the tool will look
                    forced[scope] = places[taken[scope]]
            else:
                if self._add(aim.tool, forced, {aim.parameter: place}, limit, ()):
                    return True
        self.undo(before)
        return False

    def given(self, source: Source, limit: int) -> Place | None:
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
        self.undo(before)
        return None

    # One step and what it needs --------------------------------------------------------------------------------------

    def _add(
        self, tool: int, forced: Mapping[str, Place], given: dict[str, Place], limit: int, stack: tuple[int, ...]
    ) -> bool:
        """Append a tool after the producers it needs; False leaves steps behind that the caller undoes."""
        if len(self.steps) >= limit or tool in stack or len(stack) > 5:
            return False
        plan = self.plans[tool]
        bound = dict(given)
        inner = (*stack, tool)
        if plan.joints and not forced and not given and self.random.random() < 0.3:
            self._join(plan, bound, limit, inner)
        context: dict[str, Place] = {}
        spared = self._spared(plan, bound) if plan.groups else ()
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

    def _spared(self, plan: Plan, bound: Mapping[str, Place]) -> set[str]:
        """The needs that another one stands for: of those that share a word, all but one."""
        spared: set[str] = set()
        for names in plan.groups:
            given = [name for name in names if name in bound] or names
            chosen = given[int(self.random.random() * len(given))]
            spared.update(name for name in names if name != chosen)
        return spared

    def _keep(self, tool: int, plan: Plan, bound: dict[str, Place]) -> bool:
        again = [places for other, places in self.steps if other == tool]
        if len(again) >= self.twice:
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

    def _reaches(self, place: Place, tool: int, need: Need) -> bool:
        if place[0] < 0:
            return need.asked
        return (self.steps[place[0]][0], place[1], tool, need.name) in self.tables.edges

    def _bind(
        self, need: Need, context: Mapping[str, Place], bound: Mapping[str, Place], tool: int, limit: int,
        stack: tuple[int, ...],
    ) -> Place | None:  # fmt: skip
        random = self.random
        environment = self.plans[tool].node.environment
        others = {bound[name] for name in need.rivals if name in bound} if need.rivals else ()
        scopes = [scope for scope in need.scopes if scope in context] if need.scopes else ()
        if need.asked and (not need.sources or random.random() < self.said):
            place = (-1, "", len(others))
            if (environment, need.entity, place) not in self.gone:
                return place
        found: list[Place] = []
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
        self, need: Need, context: Mapping[str, Place], scopes: Sequence[str], limit: int, stack: tuple[int, ...]
    ) -> Place | None:
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
            self.undo(before)
        return None

    def _join(self, plan: Plan, bound: dict[str, Place], limit: int, stack: tuple[int, ...]) -> None:
        """Take a key and where it lives from one row of a search."""
        joint = plan.joints[int(self.random.random() * len(plan.joints))]
        step = next((s for s, (tool, _) in enumerate(self.steps) if tool == joint.producer), -1)
        before = len(self.steps)
        if step < 0:
            if not self._add(joint.producer, {}, {}, limit - 1, stack):
                self.undo(before)
                return
            step = len(self.steps) - 1
        item = self._item(step, "*" in joint.bindings[0][1])
        found = {name: (step, path, item) for name, path, _ in joint.bindings}
        entities = {need.name: need.entity for need in plan.needs}
        if all(self._alive(plan.node.environment, entities[name], place) for name, place in found.items()):
            bound.update(found)
        else:
            self.undo(before)

    # Rows ------------------------------------------------------------------------------------------------------------

    def _item(self, step: int, many: bool) -> int:
        """An element of a step's list: mostly the one the chain is about already, sometimes another."""
        if not many:
            return 0
        items = [place[2] for _, places in self.steps for place in places.values() if place[0] == step]
        if not items:
            return 0
        latest = items[-1]
        return latest if self.random.random() < 0.65 else min(max(items) + 1, ITEMS - 1)

    def _holds(self, step: int, places: Mapping[str, Place], tool: int) -> int:
        """How many elements a list read at `step` has: unknown and enough, unless what it lists was made just now."""
        for name in self.plans[tool].taken.values():
            origin = places[name]
            if origin[0] >= 0 and self.plans[self.steps[origin[0]][0]].node.effect == "create":
                return sum(
                    self.plans[other].node.effect == "create" and origin in inner.values()
                    for other, inner in self.steps[origin[0] + 1 : step]
                )
        return ITEMS + 1

    def _alive(self, environment: str, entity: str, place: Place, since: int = -1) -> bool:
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

    def _remove(self, plan: Plan, bound: Mapping[str, Place]) -> None:
        name = plan.taken.get(plan.node.entity)
        if name is not None:
            thing = self._origin(plan.node.entity, bound[name])
            self.gone[plan.node.environment, plan.node.entity, thing] = len(self.steps) - 1

    def _origin(self, entity: str, place: Place) -> Place:
        """Where a row was first found: a step that only gives back the row it was given does not make another."""
        while place[0] >= 0:
            tool, places = self.steps[place[0]]
            plan = self.plans[tool]
            name = plan.taken.get(entity)
            if name is None or ("*" in place[1] and not plan.node.scoped(name)):
                break
            place = places[name]
        return place
