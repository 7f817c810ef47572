"""A model whose replies are kept in a run store: asked twice, it is paid once, within a budget."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from pydantic import ValidationError

from envfactory.errors import FileError
from envfactory.messages import Message, ToolSchema
from envfactory.models.model import Allowance, Metered, Model, ModelFailed, Reply, Request, identity, respond
from envfactory.runs import Run

_POLL = 0.25
"""Seconds after which a request that waits for room looks again, in case it was made by another `Kept`."""


class _UnderWay:
    """What several stages share: requests on their way, and a bell that rings when one is done."""

    def __init__(self) -> None:
        self.asked: dict[str, asyncio.Future[Reply]] = {}
        self.bell: asyncio.Event | None = None

    async def wait(self) -> None:
        """Until a request is done, or a moment."""
        self.bell = self.bell or asyncio.Event()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.bell.wait(), _POLL)

    def ring(self) -> None:
        """A request is done."""
        if self.bell is not None:
            self.bell.set()
            self.bell = None


class Kept:
    """Another model, with every request and reply written to a run: the same request is answered from there.

    Raises BudgetSpent, besides ModelFailed, when the run's budget does not allow a request. When only requests under
    way stand in the way, it waits for them.
    """

    def __init__(
        self, model: Model, run: Run, stage: str, *, allowance: Allowance | None = None, sample: int = 0
    ) -> None:
        """`stage` is what the ledger counts the replies under; `allowance` is the model's own unless given; `sample`
        tells apart several conversations that begin alike."""
        self.model = model
        self.run = run
        self.stage = stage
        self.sample = sample
        self.name = model.name
        self.identity = identity(model)
        self.allowance = allowance or (model.allowance if isinstance(model, Metered) else Allowance())
        self._under_way = _UnderWay()

    def at(self, stage: str, *, sample: int = 0) -> Kept:
        """The same model at another stage of the run, or for another sample; requests under way are shared."""
        other = Kept(self.model, self.run, stage, allowance=self.allowance, sample=sample)
        other._under_way = self._under_way
        return other

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The assistant's next message, from the store or from the model."""
        return (await self.respond(Request(messages=tuple(messages), tools=tuple(tools), sample=self.sample))).message

    async def respond(self, request: Request) -> Reply:
        """The reply from the store; else the model's, which is written down before it is given."""
        key = request.key(self.identity)
        asked = self._under_way.asked
        while True:
            held = self.run.reply(key)
            if held is not None:
                return self._read(held)
            waiting = asked.get(key)
            if waiting is None:
                break
            await asyncio.wait({waiting})
            if not waiting.cancelled():
                return waiting.result()
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        asked[key] = future
        try:
            reply = await self._paid(key, request)
            future.set_result(reply)
            return reply
        except ModelFailed as error:
            future.set_exception(error)
            future.exception()  # those who wait for it get it; nobody has to
            raise
        finally:
            future.cancel()  # nothing, when it is done
            del asked[key]

    async def _paid(self, key: str, request: Request) -> Reply:
        body = request.model_dump_json(exclude_defaults=True)
        tokens, cost = self.allowance.of(body)
        while not self.run.reserve(key, stage=self.stage, identity=self.identity, body=body, tokens=tokens, cost=cost):
            await self._under_way.wait()
        try:
            reply = await respond(self.model, request)
        except ModelFailed as error:
            self.run.fail(key, str(error), error.attempts)
            raise
        except BaseException:
            self.run.fail(key, "stopped before an answer came", ("killed",))
            raise
        else:
            usage = reply.usage
            self.run.answer(
                key,
                reply.model_dump_json(exclude_defaults=True),
                tokens_in=usage.tokens_in,
                tokens_out=usage.tokens_out,
                cost=usage.cost,
                seconds=usage.seconds,
                failures=reply.failures,
            )
            return reply
        finally:
            self._under_way.ring()

    def _read(self, text: str) -> Reply:
        try:
            return Reply.model_validate_json(text)
        except ValidationError as error:
            raise FileError(f"{self.run.path} holds a reply that cannot be read; delete it and start anew") from error
