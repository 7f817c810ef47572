"""Shares that are kept while chains are drawn: which value the next chain should have."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from envfactory.errors import EnvFactoryError

Bounds = tuple[int, int]
"""From the first to the second, both included."""

Shares = Mapping[int, float]
"""How often each value is wanted: `{1: 0.5, 2: 0.3, 3: 0.2}`. They are taken in proportion, and need not sum to 1."""

PATIENCE = 20
"""A value that was wanted this often in a row and never came is given up."""


def check(what: str, wanted: Bounds | Shares) -> None:
    """Raise EnvFactoryError for bounds that are no range, and for shares of nothing."""
    if isinstance(wanted, Mapping):
        if not any(wanted.values()) or any(value < 1 or share < 0 for value, share in wanted.items()):
            raise EnvFactoryError(
                f"the shares of {what} must be numbers of 1 or more, each with a share of 0 or more, not all 0: "
                "{1: 0.5, 2: 0.5}"
            )
    elif not 1 <= wanted[0] <= wanted[1]:
        raise EnvFactoryError(
            f"{what} from {wanted[0]} to {wanted[1]} is no range; give 1 or more, the smaller number first"
        )


def bounds(wanted: Bounds | Shares) -> Bounds:
    """The smallest and the largest value wanted."""
    if not isinstance(wanted, Mapping):
        return wanted
    values = [value for value, share in wanted.items() if share > 0]
    return min(values), max(values)


class Quota:
    """One figure of the chains to come: bounds, within which any value will do, or shares, which are kept.

    With shares, the value that lags most behind its share is the likeliest to be picked, and none that is ahead is:
    after n draws that all came out as wanted, each value was drawn `share * n` times, up to the number of values.
    """

    def __init__(self, wanted: Bounds | Shares, most: int) -> None:
        low, high = bounds(wanted)
        self.bounds = (low, min(high, most))
        self.exact = isinstance(wanted, Mapping)
        self._drawn = 0
        self._counts: dict[int, int] = {}
        self._missed: dict[int, int] = {}
        self._shares: dict[int, float] = {}
        if isinstance(wanted, Mapping):
            kept = {value: share for value, share in sorted(wanted.items()) if share > 0 and value <= most}
            total = sum(kept.values())
            self._shares = {value: share / total for value, share in kept.items()}

    def pick(self, random: Random, low: int, high: int) -> int:
        """The next value from `low` to `high`; where bounds or shares have none there, the nearest they have."""
        if not self.exact:
            first = max(self.bounds[0], low)
            last = max(first, min(self.bounds[1], high))
            return first + int(random.random() * (last - first + 1))
        fitting = [value for value in self._shares if low <= value <= high]
        if not fitting:
            return min(self._shares, key=lambda value: min(abs(value - low), abs(value - high)))
        behind = [self._shares[value] * (self._drawn + 1) - self._counts.get(value, 0) for value in fitting]
        weights = [max(lag, 0.0) for lag in behind]
        if not any(weights):
            return fitting[behind.index(max(behind))]
        return random.choices(fitting, weights)[0]

    def count(self, value: int, wanted: int) -> None:
        """What came when `wanted` was picked."""
        self._drawn += 1
        self._counts[value] = self._counts.get(value, 0) + 1
        if not self.exact:
            return
        self._missed[wanted] = 0 if value == wanted else self._missed.get(wanted, 0) + 1
        if self._missed[wanted] >= PATIENCE and len(self._shares) > 1 and wanted in self._shares:
            del self._shares[wanted]
            total = sum(self._shares.values())
            self._shares = {other: share / total for other, share in self._shares.items()}


class AtLeast:
    """A share of chains that must have a property: it is asked for whenever the share would fall behind."""

    def __init__(self, share: float) -> None:
        self.share = share
        self._drawn = 0
        self._had = 0
        self._missed = 0

    @property
    def wanted(self) -> bool:
        """Whether the next chain should have it."""
        return self._missed < PATIENCE and self._had < self.share * (self._drawn + 1)

    def count(self, has: bool, wanted: bool) -> None:
        """What came when it was wanted, or not."""
        self._drawn += 1
        self._had += has
        if wanted:
            self._missed = 0 if has else self._missed + 1
