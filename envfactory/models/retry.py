"""The one layer of retries, and how many requests may be under way at once.

Waiting times grow by a factor and are drawn at random below the limit ("full jitter", Brooker, "Exponential Backoff And
Jitter", AWS Architecture Blog, 2015). The number of requests at once grows by one for each round of good answers and is
halved when the server says it is too many, as TCP does (additive increase, multiplicative decrease: Chiu and Jain,
1989).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from types import TracebackType

from pydantic import BaseModel, Field

from envfactory.models.model import PASSING, Kind, ModelFailed, Reply


class Patience(BaseModel, frozen=True):
    """How often a request is tried, and how long is waited in between (seconds)."""

    attempts: int = Field(default=6, ge=1)
    first: float = Field(default=0.5, ge=0)
    factor: float = Field(default=2.0, ge=1)
    longest: float = Field(default=60.0, ge=0)
    longest_asked: float = Field(default=600.0, ge=0)
    """A server that asks for more than this is not waited for."""

    def pause(self, failed: int, asked: float | None, random: Random) -> float:
        """How long to wait after `failed` attempts; never less than the server asked for, if it asked."""
        limit = min(self.longest, self.first * self.factor ** (failed - 1))
        drawn = random.uniform(limit / 2, limit)
        return drawn if asked is None else asked + drawn - limit / 2


class Pace:
    """How many requests may be under way at once; use `async with pace:` around each.

    `limit` moves between 1 and `most`. One burst of refusals halves it once: those sent before the last halving are not
    counted again.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = float(most)
        self.under_way = 0
        self._changes = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> int:
        """Wait for a place; gives the number of halvings so far, for `slower`."""
        while self.under_way >= int(self.limit):
            place = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            try:
                await place
            except asyncio.CancelledError:
                self._waiting.remove(place)
                self._admit()  # a place that was meant for this one goes to the next
                raise
            self._waiting.remove(place)
        self.under_way += 1
        return self._changes

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.under_way -= 1
        self._admit()

    def faster(self) -> None:
        """An answer came."""
        self.limit = min(float(self.most), self.limit + 1 / self.limit)
        self._admit()

    def slower(self, since: int) -> None:
        """The server said that it was too much, to a request that was let in after `since` halvings."""
        if since == self._changes:
            self._changes += 1
            self.limit = max(1.0, self.limit / 2)

    def _admit(self) -> None:
        free = int(self.limit) - self.under_way
        for place in self._waiting[: max(0, free)]:
            if not place.done() and not place.get_loop().is_closed():
                place.set_result(None)


async def persevere(
    send: Callable[[], Awaitable[Reply]],
    *,
    patience: Patience,
    pace: Pace,
    random: Random,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Reply:
    """The reply of `send`, tried again where that may help; raises the last ModelFailed, with all attempts' kinds.

    No place is held while waiting.
    """
    failures: list[Kind] = []
    while True:
        async with pace as since:
            try:
                reply = await send()
            except ModelFailed as error:
                failed = error
                if error.kind == "rate_limited":
                    pace.slower(since)
            else:
                pace.faster()
                return reply.model_copy(update={"failures": tuple(failures)}) if failures else reply
        failures.append(failed.kind)
        asked = failed.retry_after or 0.0
        if failed.kind not in PASSING or len(failures) >= patience.attempts or asked > patience.longest_asked:
            tries = f" ({len(failures)} attempts)" if len(failures) > 1 else ""
            raise ModelFailed(
                f"{failed}{tries}", kind=failed.kind, retry_after=failed.retry_after, attempts=tuple(failures)
            ) from failed
        await sleep(patience.pause(len(failures), failed.retry_after, random))
