"""From a wish to one chain: choose what it is about, goal by goal, and split it into turns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from random import Random
from typing import NamedTuple

from envfactory.graph.chain import Binding, Chain, ChainStep
from envfactory.graph.pattern import Place, digest, settle, step_text
from envfactory.graph.quota import Bounds
from envfactory.graph.resolve import Draft
from envfactory.graph.tables import Aim, Tables

DEEP = 3
"""Steps on the longest dependent path from which a chain counts as deep."""

_TRIES = 10  # goals tried before an attempt is over
_REMEMBERED = 50_000  # steps kept to be used again

Step = tuple[int, tuple[tuple[str, Place], ...]]
"""A tool's number, and its arguments' places sorted by name."""


class Wish(NamedTuple):
    """What the next chain should be like."""

    least: int
    """Steps at least."""
    length: int
    """Steps at most, and aimed at."""
    turns: int
    split: Bounds
    """Turns that will do."""
    environments: int
    deep: bool
    wide: bool
    short: bool
    """Fewer steps than `length` will do, too."""
    goal: int
    """The tool the chain is about in the first place; -1 leaves it open."""

    def of(self, length: int, turns: int | None = None) -> Wish:
        """The same with another length, and another number of turns."""
        return self._replace(length=length, turns=self.turns if turns is None else turns)


class Made(NamedTuple):
    """One attempt that came out within the bounds."""

    steps: tuple[Step, ...]
    cuts: tuple[int, ...]
    """The steps before which a turn ends."""
    environments: tuple[str, ...]
    depth: int
    width: int
    signature: str


class Turns:
    """Makes one attempt after another, and remembers what was taken."""

    def __init__(
        self, tables: Tables, random: Random, names: list[str], about: tuple[int, ...], drawn: Mapping[str, int]
    ) -> None:
        self.tables = tables
        self.plans = tables.plans
        self.random = random
        self.names = names
        self.about = about
        self.drawn = [drawn.get(tool.name, 0) for tool in tables.graph.tools]
        self.used = [0] * len(tables.graph.dependencies)
        self.visits = dict.fromkeys(names, 0)
        self.draft = Draft(tables, random, self.used)
        self.everything = tuple(tool for name in names for tool in tables.goals[name])
        self.ends: list[int] = []
        self._known_bindings: dict[Place, Binding] = {}
        self._known_steps: dict[Step, tuple[ChainStep, str]] = {}

    def take(self, made: Made) -> Chain:
        """The chain that was made; its tools and edges count as drawn."""
        edges = self.tables.edges
        for tool, places in made.steps:
            self.drawn[tool] += 1
            for name, (step, path, _) in places:
                if step >= 0:
                    self.used[edges[made.steps[step][0], path, tool, name]] += 1
        for name in made.environments:
            self.visits[name] += 1
        ends = (0, *made.cuts, len(made.steps))
        return Chain.model_construct(
            steps=tuple([self._step(step)[0] for step in made.steps]),
            turns=tuple([tuple(range(a, b)) for a, b in pairwise(ends)]),
            environments=made.environments,
            depth=made.depth,
            width=made.width,
        )

    # One attempt -----------------------------------------------------------------------------------------------------

    def attempt(self, wish: Wish, *, first: bool) -> Made | None:
        """One chain within the bounds, as near to the wish as chance has it; None when it does not come out.

        The `first` attempt is about the wish's goal, later ones are about another tool each.
        """
        draft = self.draft
        draft.clear(twice=2 if wish.length <= 10 else 3, deep=wish.deep)
        self.ends.clear()
        goal = wish.goal if first else self.neediest(wish.length - max(wish.turns, wish.environments) + 1)
        places = self._places(wish.environments, goal)
        pending = list(places)
        idle = 0
        while len(draft.steps) < wish.length:
            if idle >= wish.turns:
                break
            spare = max(wish.turns - len(self.ends), len(pending)) - 1  # steps that later goals need at least
            limit = wish.length - max(spare, 0)
            if not self._some_goal(goal if not self.ends else -1, pending, places, limit, idle < wish.turns, wish):
                break
            self.ends.append(len(draft.steps))
            idle = len(self._idle())
            if pending:
                seen = {self.plans[tool].node.environment for tool, _ in draft.steps}
                pending = [name for name in pending if name not in seen]
        if pending or len(draft.steps) < (wish.least if wish.short else wish.length):
            return None
        if self.about and not any(tool in self.about for tool, _ in draft.steps):
            return None
        return self._split(wish)

    def neediest(self, room: int) -> int:
        """What a chain should be about in the first place: a tool that was drawn rarely; -1 leaves it open."""
        pool = self.about or (self.everything if self.random.random() < 0.5 else ())
        if not pool:
            return -1
        draws = [pool[int(self.random.random() * len(pool))] for _ in range(16)]
        fitting = [tool for tool in draws if self.tables.cost[tool] <= room]
        return min(fitting, key=self.drawn.__getitem__, default=draws[0] if self.about else -1)

    def _places(self, size: int, goal: int) -> list[str]:
        """The environments to visit; those that pass values to each other come together more often."""
        near = self.tables.near
        found = [self.plans[goal].node.environment if goal >= 0 else self._rarest(self.names)]
        while len(found) < size:
            others = [name for name in self.names if name not in found]
            joined = [name for one in found for name in near[one] if name not in found]
            found.append(self._rarest(joined if joined and self.random.random() < 0.8 else others))
        return found

    def _rarest(self, pool: list[str]) -> str:
        draws = [pool[int(self.random.random() * len(pool))] for _ in range(3)]
        return min(draws, key=self.visits.__getitem__)

    def _idle(self) -> list[int]:
        """The ends of goals that only read and that nothing uses: each must close a turn."""
        steps = self.draft.steps
        used = {place[0] for _, places in steps for place in places.values()}
        return [end for end in self.ends if end - 1 not in used and not self.plans[steps[end - 1][0]].node.writes]

    # Goals -----------------------------------------------------------------------------------------------------------

    def _some_goal(self, goal: int, pending: list[str], places: list[str], limit: int, ask: bool, wish: Wish) -> bool:
        """Add one thing the chain is about. The last goal of a turn may be a question; others must do something."""
        if goal >= 0:
            for _ in range(3):
                if self.draft.reach(goal, {}, limit):
                    return True
            if self.about:
                return False
        return any(self._goal(pending, places, limit, ask, wish) for _ in range(_TRIES))

    def _goal(self, pending: list[str], places: list[str], limit: int, ask: bool, wish: Wish) -> bool:
        random, draft = self.random, self.draft
        name = pending[0] if pending else places[int(random.random() * len(places))]
        if wish.wide and draft.steps and not pending and random.random() < 0.4:
            last = draft.steps[-1][0]  # the same once more, for another row
            if self.plans[last].node.writes and draft.reach(last, {}, limit):
                return True
        aims: tuple[Aim, ...] = ()
        if len(places) > 1 and random.random() < 0.6:
            there = [other for other in places if other != name and other not in pending]
            if there:
                aims = self.tables.bridges.get((there[int(random.random() * len(there))], name), ())
        if not aims and random.random() < 0.35:
            aims = self.tables.aims[name]
        if aims:
            draws = [aims[int(random.random() * len(aims))] for _ in range(8)]
            aim = min(draws, key=lambda found: self.used[found.source.edge])
            if (ask or self.plans[aim.tool].node.writes) and draft.follow(aim, limit):
                return True
        goals = self.tables.goals[name] if ask and random.random() < 0.7 else self.tables.writers[name]
        if not goals:
            return False
        draws = [goals[int(random.random() * len(goals))] for _ in range(3)]
        if pending or not draft.steps:  # nothing is there to build on
            room = limit - len(draft.steps)
            draws = [tool for tool in draws if self.tables.cost[tool] <= room]
            if not draws:
                return False
        if wish.deep and draft.depth() < DEEP:
            deeper = [tool for tool in draws if self.tables.depths[tool] >= DEEP - 1]
            draws = deeper or draws
        return draft.reach(min(draws, key=self.drawn.__getitem__), {}, limit)

    # Turns -----------------------------------------------------------------------------------------------------------

    def _split(self, wish: Wish) -> Made | None:
        """Cut after each question, and elsewhere as often as wished."""
        draft = self.draft
        last = len(draft.steps)
        cuts = [end for end in self._idle() if end != last]
        free = [end for end in self.ends if end != last and end not in cuts]
        wanted = min(wish.turns - 1, len(cuts) + len(free))
        if len(cuts) + 1 > wish.split[1] or wanted + 1 < wish.split[0]:
            return None
        cuts = sorted(cuts + self.random.sample(free, max(0, wanted - len(cuts))))
        steps, texts = self._settled()
        ends = (0, *cuts, last)
        nodes = self.plans
        return Made(
            steps=steps,
            cuts=tuple(cuts),
            environments=tuple(sorted({nodes[tool].node.environment for tool, _ in steps})),
            depth=draft.depth(),
            width=self.tables.orders.width(
                [nodes[tool].node.name for tool, _ in steps],
                [places for _, places in draft.steps],
                [range(a, b) for a, b in pairwise(ends)],
            ),
            signature=digest(texts),
        )

    def _settled(self) -> tuple[tuple[Step, ...], list[str]]:
        """The steps with their items counted in the order in which they appear, and their texts."""
        renamed: dict[Place, int] = {}
        steps: list[Step] = []
        texts: list[str] = []
        plain = not any(place[2] for _, places in self.draft.steps for place in places.values())
        for tool, places in self.draft.steps:
            settled = tuple(sorted(places.items()))
            if not plain:
                settled = tuple([(name, (p[0], p[1], settle(renamed, p))) for name, p in settled])
            step = (tool, settled)
            steps.append(step)
            texts.append(self._step(step)[1])
        return tuple(steps), texts

    def _step(self, step: Step) -> tuple[ChainStep, str]:
        """A step and its text: most come again and again."""
        found = self._known_steps.get(step)
        if found is None:
            tool, places = step
            name = self.plans[tool].node.name
            bindings = {parameter: self._binding(place) for parameter, place in places}
            found = ChainStep.model_construct(tool=name, bindings=bindings), step_text(name, places)
            if len(self._known_steps) >= _REMEMBERED:
                self._known_steps.clear()
            self._known_steps[step] = found
        return found

    def _binding(self, place: Place) -> Binding:
        found = self._known_bindings.get(place)
        if found is None:
            step, path, item = place
            found = Binding(step=step if step >= 0 else None, path=path, item=item)
            self._known_bindings[place] = found
        return found
