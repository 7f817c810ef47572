"""Clock, ids and chance of one environment, all from a seed: equal seeds and equal calls give equal bytes."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime

from pydantic import BaseModel

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread


class EntropyState(BaseModel, frozen=True):
    """Everything a later call may read of clock, ids and chance; a few dozen bytes."""

    seed: str
    now: datetime
    drawn: int = 0
    ids: tuple[tuple[str, int], ...] = ()


class _Dice(random.Random):
    """`random.Random` over SHA-256 in counter mode, so that its whole state is one small number."""

    def __init__(self, seed: str, drawn: int) -> None:
        self.key = seed.encode()
        self.drawn = drawn
        super().__init__(0)

    def seed(self, a: object = None, version: int = 2) -> None:
        """Seeding happens in the constructor only."""

    def getrandbits(self, k: int, /) -> int:
        bits = b""
        while len(bits) * 8 < k:
            bits += hashlib.sha256(b"%s/%d" % (self.key, self.drawn)).digest()
            self.drawn += 1
        return int.from_bytes(bits, "big") >> (len(bits) * 8 - k)

    def random(self) -> float:
        return self.getrandbits(53) / (1 << 53)


class Entropy:
    """The clock, the ids and the dice an environment may use; nothing else in it may be random."""

    def __init__(self, state: EntropyState) -> None:
        self._seed = state.seed
        self.now = state.now
        self._ids = dict(state.ids)
        self._dice = _Dice(state.seed, state.drawn)

    @property
    def random(self) -> random.Random:
        """The dice."""
        return self._dice

    def new_id(self, prefix: str = "", *, length: int = 10) -> str:
        """A fresh id such as `evt_7k2m9q4xwz`: no agent can guess it, every replay repeats it.

        With no prefix the id is `length` characters of Crockford's base 32.
        """
        count = self._ids.get(prefix, 0)
        self._ids[prefix] = count + 1
        digest = hashlib.sha256(f"{self._seed}/{prefix}/{count}".encode()).digest()
        number = int.from_bytes(digest, "big")
        text = "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(length))
        return f"{prefix}_{text}" if prefix else text

    @property
    def state(self) -> EntropyState:
        """The state to carry in a checkpoint."""
        ids = tuple(sorted(self._ids.items()))
        return EntropyState.model_construct(seed=self._seed, now=self.now, drawn=self._dice.drawn, ids=ids)


def utc(text: str) -> datetime:
    """An aware UTC time from RFC 3339 text; raises ValueError when it is not one or has no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is beyond the calendar in UTC") from error


def rfc3339(moment: datetime) -> str:
    """`2026-03-02T09:00:00.000Z`: text whose alphabetical order is the order in time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
