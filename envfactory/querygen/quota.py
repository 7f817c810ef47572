"""Quotas: how many tasks of each kind are wanted, and what to try next so that they are met."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from envfactory.rollout.task import Kind

K = TypeVar("K")

SHARES: dict[Kind, float] = {
    "base": 0.22,
    "references": 0.18,
    "missing_parameter": 0.09,
    "missing_function": 0.08,
    "irrelevant": 0.05,
    "forbidden": 0.08,
    "distractors": 0.07,
    "parallel": 0.07,
    "faults": 0.07,
    "long_context": 0.03,
    "user_action": 0.06,
}
"""What part of all tasks each kind makes up, unless told otherwise."""

PATIENCE = 400
"""Candidates of a kind that are tried before it is given up, when fewer than one in a hundred became a task; fewer
where few are wanted."""
_FIRST = 60
_EACH = 40
"""Candidates that are tried in any case, and more for each task wanted."""
_USUAL = 0.5
"""The share of candidates that become tasks, before anything was tried."""
_HOPED = 8
"""How many candidates that guess is worth."""


def split(count: int, shares: Mapping[K, float]) -> dict[K, int]:
    """`count` divided by shares, by largest remainder; the first kinds win ties."""
    whole = sum(shares.values())
    exact = {kind: count * share / whole for kind, share in shares.items()}
    found = {kind: math.floor(part) for kind, part in exact.items()}
    rest = sorted(exact, key=lambda kind: (found[kind] - exact[kind], [*exact].index(kind)))
    for kind in rest[: count - sum(found.values())]:
        found[kind] += 1
    return found


@dataclass
class Quota:
    """What is wanted of each kind, and what came of trying."""

    wanted: dict[Kind, int]
    tried: Counter[Kind] = field(default_factory=Counter[Kind])
    made: Counter[Kind] = field(default_factory=Counter[Kind])
    given_up: dict[Kind, int] = field(default_factory=dict[Kind, int])
    """Kinds that these environments do not yield, and how many of them were wanted."""

    @property
    def missing(self) -> dict[Kind, int]:
        """How many tasks of each kind are still to be made."""
        return {kind: count - self.made[kind] for kind, count in self.wanted.items() if count > self.made[kind]}

    def add(self, kind: Kind, made: bool) -> None:
        """Count a candidate."""
        self.tried[kind] += 1
        self.made[kind] += made

    def settle(self) -> None:
        """Give up the kinds that do not come; the others, where there are any, make up for them."""
        hopeless: list[Kind] = [
            k
            for k in self.missing
            if self.tried[k] >= min(PATIENCE, _FIRST + _EACH * self.wanted[k]) and self.made[k] < self.tried[k] / 100
        ]
        for kind in hopeless:
            short = self.wanted[kind] - self.made[kind]
            self.wanted[kind] = self.made[kind]
            self.given_up[kind] = short
            heirs: dict[Kind, float] = {k: n for k, n in self.wanted.items() if k not in self.given_up and n}
            for heir, more in split(short, heirs).items() if heirs else ():
                self.wanted[heir] += more

    def block(self, size: int) -> list[Kind]:
        """The kinds of the next candidates, at most `size`, as many of each as will probably be needed, well mixed."""
        needed: dict[Kind, float] = {kind: count / self._yield(kind) for kind, count in self.missing.items()}
        total = sum(needed.values())
        if not needed:
            return []
        shares = split(min(size, math.ceil(total) + len(needed)), needed)
        places: list[tuple[float, int, Kind]] = [
            ((number + 0.5) / count, [*shares].index(kind), kind)
            for kind, count in shares.items()
            for number in range(count)
        ]
        return [kind for _, _, kind in sorted(places)]

    def _yield(self, kind: Kind) -> float:
        return (self.made[kind] + _USUAL * _HOPED) / (self.tried[kind] + _HOPED)
