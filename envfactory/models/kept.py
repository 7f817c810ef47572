"""A model whose replies are kept in a run store: asked twice, it is paid once, within a budget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pydantic import BaseModel, Field, ValidationError

from envfactory.errors import FileError
from envfactory.messages import Message, ToolSchema
from envfactory.models.model import Model, ModelFailed, Reply, Request, identity, respond
from envfactory.runs import Run


class Allowance(BaseModel, frozen=True):
    """How much is set aside for a request before it is sent, so that a budget holds whatever comes back."""

    reply_tokens: int = Field(default=4096, ge=0)
    """The longest reply expected; make it the endpoint's `max_tokens`, which alone binds the model."""
    bytes_a_token: float = Field(default=2.0, gt=0)
    """English prose has about four bytes a token, and no common text fewer than two."""
    price_in: float = Field(default=0.0, ge=0)
    price_out: float = Field(default=0.0, ge=0)
    """US dollars for a million tokens, as the endpoint's."""

    def of(self, body: str) -> tuple[int, float]:
        """Tokens and US dollars to set aside for a request."""
        read = int(len(body.encode()) / self.bytes_a_token) + 1
        cost = (read * self.price_in + self.reply_tokens * self.price_out) / 1_000_000
        return read + self.reply_tokens, cost


class Kept:
    """Another model, with every request and reply written to a run: the same request is answered from there.

    Raises BudgetSpent, besides ModelFailed, when the run's budget does not allow a request. When only requests under way
    stand in the way, it waits for them.
    """

    def __init__(self, model: Model, run: Run, stage: str, *, allowance: Allowance | None = None) -> None:
        self.model = model
        self.run = run
        self.stage = stage
        self.name = model.name
        self.identity = identity(model)
        self.allowance = allowance or Allowance()
        self._asked: dict[str, asyncio.Future[Reply]] = {}
        self._room: dict[str, asyncio.Event] = {}

    def at(self, stage: str) -> Kept:
        """The same model at another stage of the run; requests under way are shared."""
        other = Kept(self.model, self.run, stage, allowance=self.allowance)
        other._asked, other._room = self._asked, self._room
        return other

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The assistant's next message, from the store or from the model."""
        return (await self.respond(Request(messages=tuple(messages), tools=tuple(tools)))).message

    async def respond(self, request: Request) -> Reply:
        """The reply from the store; else the model's, which is written down before it is given."""
        key = request.key(self.identity)
        held = self.run.reply(key)
        if held is not None:
            return read_reply(held, self.run.path)
        if key in self._asked:
            return await asyncio.shield(self._asked[key])
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._asked[key] = future
        try:
            reply = await self._paid(key, request)
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                future.cancel()
            else:
                future.set_exception(error)
                future.exception()  # whoever waits gets it; nobody has to
            raise
        else:
            future.set_result(reply)
            return reply
        finally:
            del self._asked[key]

    async def _paid(self, key: str, request: Request) -> Reply:
        body = request.model_dump_json(exclude_defaults=True)
        tokens, cost = self.allowance.of(body)
        while not self.run.reserve(key, stage=self.stage, identity=self.identity, body=body, tokens=tokens, cost=cost):
            await self._room.setdefault("", asyncio.Event()).wait()
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
            waiting = self._room.pop("", None)
            if waiting is not None:
                waiting.set()


def read_reply(text: str, path: object) -> Reply:
    """A reply as it was kept; raises FileError when it is none."""
    try:
        return Reply.model_validate_json(text)
    except ValidationError as error:
        raise FileError(f"{path} holds a reply that cannot be read; delete it and start anew") from error
