"""A model: anything that answers a conversation with one message.

`Model` is all that playing a task needs. A model that is paid for, or run by a server, can say more: it is `Metered`,
takes a whole `Request` and gives a `Reply` with what it cost. `respond` asks either kind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, Field

from envfactory.messages import Message, ToolSchema, canonical

Kind = Literal["rate_limited", "server", "timeout", "cut", "malformed", "refused", "budget"]
"""Why there is no answer: too many requests · the server's fault, or no connection · no answer in time · an answer
that broke off · an answer that is none · the request was not taken · the account at the provider is empty."""

PASSING: frozenset[Kind] = frozenset({"rate_limited", "server", "timeout", "cut", "malformed"})
"""The kinds that another attempt may cure."""


class ModelFailed(Exception):
    """A model could not answer for a reason that is not its doing: no connection, a refused request, no reply left.

    It is infrastructure: an attempt that meets it is masked, never scored 0. `retry_after` is how many seconds the
    server asked to be left alone; `attempts` are the kinds of the failures of one request that was tried several times,
    this one last.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: Kind = "server",
        retry_after: float | None = None,
        attempts: tuple[Kind, ...] = (),
    ) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.retry_after = retry_after
        self.attempts = attempts or (kind,)


class Request(BaseModel, frozen=True):
    """What a model is asked."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...] = ()
    form: dict[str, Any] | None = None
    """JSON Schema of the answer, for servers that can hold a model to one; the messages must say it too."""
    sample: int = 0
    """Which of several answers to the same request this is."""
    prompt: str = ""
    """The version of the prompt that made the messages."""

    def key(self, identity: str) -> str:
        """What the reply of the model of that identity is kept under: a hash of the whole request."""
        return hashlib.sha256(canonical([identity, self.model_dump(mode="json")]).encode()).hexdigest()


class Usage(BaseModel, frozen=True):
    """What a reply took: tokens read and written, money in US dollars, seconds on the clock."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    estimated: bool = False
    """The server counted no tokens; these are counted from the bytes, rather too many than too few."""


class Reply(BaseModel, frozen=True):
    """A model's message, and how it came about."""

    message: Message
    reasoning: str = ""
    """What the model thought aloud; it is never sent back."""
    usage: Usage = Usage()
    finish: str = "stop"
    """Why the model stopped: `stop`, `tool_calls`, `length` (the answer is not whole) or a server's own word."""
    lenient: bool = False
    """The calls were read from the text, because the server gave none."""
    failures: tuple[Kind, ...] = ()
    """The attempts that failed before this one."""


class Allowance(BaseModel, frozen=True):
    """How much is set aside for a request before it is sent, so that a budget holds whatever comes back."""

    reply_tokens: int = Field(default=4096, ge=0)
    """The longest reply expected; what a server is told as `max_tokens` binds it, nothing else does."""
    bytes_a_token: float = Field(default=2.0, gt=0)
    """English prose has about four bytes a token, and no common text fewer than two."""
    price_in: float = Field(default=0.0, ge=0)
    price_out: float = Field(default=0.0, ge=0)
    """US dollars for a million tokens read and written."""

    def of(self, body: str) -> tuple[int, float]:
        """Tokens and US dollars to set aside for a request."""
        read = int(len(body.encode()) / self.bytes_a_token) + 1
        return read + self.reply_tokens, self.cost(read, self.reply_tokens)

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """US dollars for so many tokens."""
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1_000_000


class Model(Protocol):
    """Anything that answers a conversation with one message."""

    @property
    def name(self) -> str:
        """What reports and trajectories call it."""
        ...

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The assistant's next message; a call whose arguments are no JSON object keeps their text as it came.

        Raises ModelFailed when no answer can be had.
        """
        ...


@runtime_checkable
class Metered(Model, Protocol):
    """A model that takes whole requests and says what its replies cost."""

    @property
    def identity(self) -> str:
        """Its name and whatever else of it changes its replies, such as a temperature; never a secret."""
        ...

    @property
    def allowance(self) -> Allowance:
        """What a request may cost at most."""
        ...

    async def respond(self, request: Request) -> Reply:
        """The reply to a request; raises ModelFailed."""
        ...


async def respond(model: Model, request: Request) -> Reply:
    """The reply of any model; one that is not metered is told the messages and the tools only, and costs nothing."""
    if isinstance(model, Metered):
        return await model.respond(request)
    message = await model.reply(request.messages, request.tools)
    return Reply(message=message, finish="tool_calls" if message.tool_calls else "stop")


def identity(model: Model) -> str:
    """What a model's replies are kept under."""
    return model.identity if isinstance(model, Metered) else model.name
