"""Draw chains from a graph: valid by construction, within exact bounds, new, deep and wide often enough, spread over
the tools and the edges."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from random import Random

from envfactory.environment.environment import Environment
from envfactory.errors import EnvFactoryError, UnknownName
from envfactory.graph.chain import Binding, Chain, ChainStep, check_bounds, signature, validate
from envfactory.graph.graph import ToolGraph
from envfactory.graph.quota import AtLeast, Bounds, Quota, Shares
from envfactory.graph.tables import Tables
from envfactory.graph.turns import DEEP, Made, Turns, Wish
from envfactory.graph.walk import random_walk

__all__ = [
    "DEEP", "SPREAD", "Binding", "Bounds", "Chain", "ChainStep", "Sampler", "Shares", "random_walk", "sample",
    "signature", "validate",
]  # fmt: skip

SPREAD: Shares = {1: 0.6, 2: 0.3, 3: 0.1}
"""How many environments a chain visits, unless told otherwise."""

_ATTEMPTS = 400
_HARD = 25  # attempts before another wish is made
_NEAR = 10  # attempts before the same is wished for with more steps and fewer turns
_CLOSE = 60  # attempts to have all that was wished for
_WORN = 4  # so many attempts in a row gave only chains that were drawn before: that length is used up
_STALE = 60  # attempts to find a new chain within the bounds


def sample(
    graph: ToolGraph,
    library: Mapping[str, type[Environment]],
    *,
    count: int,
    seed: int = 0,
    length: Bounds | Shares = (1, 6),
    turns: Bounds | Shares = (1, 3),
    environments: Bounds | Shares = SPREAD,
    deep: float = 0.4,
    parallel: float = 0.25,
    novel: bool = True,
    about: Sequence[str] = (),
    drawn: Mapping[str, int] | None = None,
    known: Collection[str] = (),
) -> Iterator[Chain]:
    """`count` chains, each valid (`validate`): `Sampler.chains`, for whoever draws once."""
    sampler = Sampler(graph, library)
    return sampler.chains(
        count=count, seed=seed, length=length, turns=turns, environments=environments, deep=deep, parallel=parallel,
        novel=novel, about=about, drawn=drawn, known=known,
    )  # fmt: skip


class Sampler:
    """Draws chains from one graph; what it looks up is worked out once, for all draws."""

    def __init__(self, graph: ToolGraph, library: Mapping[str, type[Environment]]) -> None:
        self.graph = graph
        self.library = library
        self.tables = Tables(graph)

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools that chains can reach, sorted."""
        return tuple(sorted(tool.name for tool, cost in zip(self.graph.tools, self.tables.cost, strict=True) if cost))

    @property
    def edges(self) -> frozenset[tuple[str, str, str, str]]:
        """The edges that chains can rest on: producer, path, consumer, parameter."""
        edges = self.graph.dependencies
        return frozenset(
            (edges[n].producer, edges[n].path, edges[n].consumer, edges[n].parameter) for n in self.tables.reachable
        )

    def chains(
        self,
        *,
        count: int,
        seed: int = 0,
        length: Bounds | Shares = (1, 6),
        turns: Bounds | Shares = (1, 3),
        environments: Bounds | Shares = SPREAD,
        deep: float = 0.4,
        parallel: float = 0.25,
        novel: bool = True,
        about: Sequence[str] = (),
        drawn: Mapping[str, int] | None = None,
        known: Collection[str] = (),
    ) -> Iterator[Chain]:
        """`count` chains with lengths (steps), turns and environments within the bounds or in the shares given.

        `deep` and `parallel` are the shares, from 0 to 1, of chains of depth `DEEP` or more and of width 2 or more, at
        least. Shares are held from the first chain on; what the graph or other wishes do not allow is made up for
        later, and given up when it never comes. Shares of environments that the graph does not have go to the others.

        Tools and edges that were drawn rarely come first; `drawn` says how often each tool was drawn before this call.
        With `about`, every chain calls one of these tools. With `novel`, no two chains have one `signature`, nor one of
        those in `known`, as long as others can be found within the bounds.

        Equal arguments give equal chains. Raises UnknownName for a tool that graph or library lack, EnvFactoryError
        when no chain fits the bounds.
        """
        check_bounds(self.graph, self.library, length, turns, environments)
        for share in (deep, parallel):
            if not 0 <= share <= 1:
                raise EnvFactoryError(f"a share of {share} is none; give deep and parallel from 0 to 1")
        goals = self._goals(about)
        names = [name for name in self.graph.environments if name in self.tables.goals]
        spread = Quota(environments, max(len(names), 1))
        if not names or len(names) < spread.bounds[0]:
            raise EnvFactoryError(
                f"the graph has {len(names)} environments with tools a chain can reach; ask for fewer than "
                f"{spread.bounds[0]}, or build more environments"
            )
        draw = _Draw(Turns(self.tables, Random(f"chains/{seed}"), names, goals, drawn or {}))
        draw.length, draw.turns, draw.environments = Quota(length, 1 << 30), Quota(turns, 1 << 30), spread
        draw.deep, draw.parallel = AtLeast(deep), AtLeast(parallel)
        draw.known = set(known) if novel else None
        return (draw.chain() for _ in range(count))

    def _goals(self, about: Sequence[str]) -> tuple[int, ...]:
        found: list[int] = []
        for name in about:
            place = self.tables.number.get(name)
            if place is None:
                raise UnknownName("tool", name, self.tables.number, cure="name one that `envfactory graph` linked")
            if not self.tables.cost[place]:
                raise EnvFactoryError(f"no chain reaches {name}: nothing in the graph gives what it needs")
            found.append(place)
        return tuple(found)


class _Draw:
    """Decides what the next chain should be like, and takes the first one that is."""

    length: Quota
    turns: Quota
    environments: Quota
    deep: AtLeast
    parallel: AtLeast
    known: set[str] | None
    """Signatures of what was drawn; None when doubles are welcome."""

    def __init__(self, turns: Turns) -> None:
        self.source = turns
        self.random = turns.random
        self.worn: dict[int, int] = {}  # attempts in a row that gave nothing new, by length wished for
        self.barren = 0  # chains in a row that were drawn before

    def chain(self) -> Chain:
        """The next chain: as wished, else new, else within the bounds."""
        wish = self._wish()
        close: Made | None = None  # new, but not all that was wished for
        double: Made | None = None
        patience = _STALE if self.barren < 3 else 5
        attempt = 0
        while attempt < _ATTEMPTS:
            attempt += 1
            made = self.source.attempt(wish, first=attempt == 1)
            if made is None:
                if attempt % _HARD == 0:  # it may not go together: wish for something easier
                    wish = self._wish(plain=True)
                continue
            if self.known is not None and made.signature in self.known:
                double = double or made
                self.worn[wish.length] = self.worn.get(wish.length, 0) + 1
                if close is None and attempt >= patience:
                    break
                if self.worn[wish.length] % _WORN == 0 and not self.length.exact:
                    wish = self._longer(wish)
                continue
            if self._fits(made, wish):
                close = made
                break
            close = close or made
            if attempt >= _CLOSE:
                break
            if attempt % _NEAR == 0:  # the same with more room
                wish = wish.of(
                    wish.length if self.length.exact else self.length.bounds[1],
                    wish.turns if self.turns.exact else max(self.turns.bounds[0], 1),
                )
        made = close or double
        if made is None:
            steps, turns, spread = ("{} to {}".format(*q.bounds) for q in (self.length, self.turns, self.environments))
            raise EnvFactoryError(
                f"found no chain of {steps} steps in {turns} turns over {spread} environments; widen the bounds"
            )
        self.barren = 0 if close else self.barren + 1
        self._count(made, wish)
        return self.source.take(made)

    def _fits(self, made: Made, wish: Wish) -> bool:
        return (
            (not wish.deep or made.depth >= DEEP)
            and (not wish.wide or made.width > 1)
            and (not self.length.exact or len(made.steps) == wish.length)
            and (not self.turns.exact or len(made.cuts) + 1 == wish.turns)
        )

    def _count(self, made: Made, wish: Wish) -> None:
        self.deep.count(made.depth >= DEEP, wish.deep)
        self.parallel.count(made.width > 1, wish.wide)
        self.length.count(len(made.steps), wish.length)
        self.turns.count(len(made.cuts) + 1, wish.turns)
        self.environments.count(len(made.environments), wish.environments)
        if self.known is not None:
            self.known.add(made.signature)

    def _wish(self, *, plain: bool = False) -> Wish:
        """What the next chain should be like. Lengths in shares go first, for the rest can follow them."""
        random = self.random
        low, high = self.length.bounds
        if self.length.exact:
            low = high = self.length.pick(random, 1, high)
        environments = self.environments.pick(random, 1, high)
        turns = self.turns.pick(random, 1, high)
        deep = not plain and high >= DEEP and self.deep.wanted
        wide = not plain and high > turns and self.parallel.wanted
        least = max(low, min(2 * environments - 1, high), turns, DEEP if deep else 1, turns + 1 if wide else 1)
        if deep and wide:
            least = max(least, min(DEEP + 1, high))
        if deep:
            least = max(least, min(DEEP + environments - 1, high))
        goal = self.source.neediest(high - max(turns, environments) + 1)
        if goal >= 0:
            least = max(least, min(self.source.tables.cost[goal] + max(turns, environments) - 1, high))
        wanted = least + int(random.random() * (high - least + 1))
        wish = Wish(
            least=self.length.bounds[0], length=wanted, turns=turns, split=self.turns.bounds, environments=environments,
            deep=deep, wide=wide, short=not self.length.exact, goal=goal,
        )  # fmt: skip
        worn = self.worn.get(wanted, 0)
        if worn > 2 * _WORN and not self.length.exact and random.random() < 0.9:
            wish = self._longer(wish)
        return wish

    def _longer(self, wish: Wish) -> Wish:
        """The same with more steps, or with any number when there are no longer ones."""
        low, high = wish.length + 1, self.length.bounds[1]
        if low > high:
            low = max(self.length.bounds[0], wish.environments, wish.turns)
        return wish.of(low + int(self.random.random() * (high - low + 1)))
