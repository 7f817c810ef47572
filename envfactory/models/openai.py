"""Models behind any OpenAI-compatible address: hosted ones, vLLM, SGLang, llama.cpp, the answer desk.

httpx alone carries it. The openai package costs a second of CPU to import and retries by itself, whereas retries belong
in one layer; and what compatible servers get wrong has to be read leniently anyhow.
"""

from __future__ import annotations

import asyncio
import email.utils
import os
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from envfactory.errors import EnvFactoryError
from envfactory.messages import Message, ToolSchema, as_object, canonical
from envfactory.models.model import Allowance, Kind, ModelFailed, Reply, Request, Usage
from envfactory.models.parse import NotJson, decoded
from envfactory.models.retry import Pace, Patience, persevere
from envfactory.models.wire import OPTIONAL, Stream, complaint, completion, encoded, written

LARGEST = 32 * 1024 * 1024
"""Bytes an answer may have."""
_T = TypeVar("_T")
_EMPTY_ACCOUNT = ("insufficient_quota", "billing", "credit")


class Endpoint(BaseModel):
    """Where a model is served and how it is asked; a table `[models.NAME]` of the settings file.

    The key itself is never part of it: `key_variable` names the environment variable that holds it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    """What the server calls the model."""
    url: str
    """The base address, such as http://127.0.0.1:8000/v1."""
    key_variable: str = "OPENAI_API_KEY"
    timeout: float = Field(default=300.0, gt=0)
    """Seconds for one attempt, from sending to the last byte."""
    silence: float = Field(default=120.0, gt=0)
    """Seconds without a byte in a stream that has begun."""
    stream: bool = False
    lenient: bool = True
    """Read calls out of the text where the server gives none; turn it off for a server that parses them."""
    workers: int = Field(default=8, ge=1, le=1024)
    """Requests at once, at most."""
    options: dict[str, JsonValue] = {}
    """Sent with every request as they are: temperature, max_tokens, top_p, …"""
    price_in: float = Field(default=0.0, ge=0)
    """US dollars for a million tokens read."""
    price_out: float = Field(default=0.0, ge=0)
    """US dollars for a million tokens written."""
    patience: Patience = Patience()


class OpenAI:
    """A model at an `Endpoint`; may be used from one event loop after another, and by many tasks at once."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        key: str | None = None,
        random: Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`key` is read from the endpoint's environment variable when not given; without one none is sent. Raises
        EnvFactoryError for an address that is none."""
        try:
            self._url = httpx.URL(endpoint.url.rstrip("/") + "/chat/completions")
        except httpx.InvalidURL:
            self._url = httpx.URL("")
        if self._url.scheme not in {"http", "https"} or not self._url.host:
            raise EnvFactoryError(
                f"{endpoint.model}: the address {shown(endpoint.url)!r} is none; write it as http://HOST:PORT/v1"
            )
        self.endpoint = endpoint
        self.name = f"openai:{endpoint.model}"
        self.pace = Pace(endpoint.workers)
        self._secret = key if key is not None else os.environ.get(endpoint.key_variable, "")
        self._random = random or Random(0)
        self._sleep = sleep
        self._clock = clock
        self._leave_out: frozenset[str] = frozenset()
        self._bound: tuple[asyncio.AbstractEventLoop, httpx.AsyncClient] | None = None

    def __repr__(self) -> str:
        return f"OpenAI({self.name!r} at {shown(self.endpoint.url)!r})"

    @property
    def identity(self) -> str:
        """The model and its options; not the address, for the same model may move."""
        return f"{self.name} {canonical(self.endpoint.options)}" if self.endpoint.options else self.name

    @property
    def allowance(self) -> Allowance:
        """The endpoint's prices, and its `max_tokens`."""
        options = self.endpoint.options
        most = options.get("max_completion_tokens", options.get("max_tokens"))
        return Allowance(
            reply_tokens=most if isinstance(most, int) else Allowance().reply_tokens,
            price_in=self.endpoint.price_in,
            price_out=self.endpoint.price_out,
        )

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The assistant's next message; raises ModelFailed."""
        return (await self.respond(Request(messages=tuple(messages), tools=tuple(tools)))).message

    async def respond(self, request: Request) -> Reply:
        """The reply with what it cost; raises ModelFailed."""
        begun = self._clock()
        reply = await persevere(
            lambda: self._attempt(request),
            patience=self.endpoint.patience,
            pace=self.pace,
            random=self._random,
            sleep=self._sleep,
        )
        usage = reply.usage if reply.usage.tokens_in or reply.usage.tokens_out else self._estimated(request, reply)
        cost = self.allowance.cost(usage.tokens_in, usage.tokens_out)
        usage = usage.model_copy(update={"cost": cost, "seconds": self._clock() - begun})
        return reply.model_copy(update={"usage": usage})

    def _estimated(self, request: Request, reply: Reply) -> Usage:
        """A usage that is not too small, for servers that give none (many do not when they stream)."""
        rate = self.allowance.bytes_a_token
        read = len(encoded(self._body(request, self._leave_out)))
        wrote = len(canonical(reply.message.as_openai()).encode()) + len(reply.reasoning.encode())
        return Usage(tokens_in=int(read / rate) + 1, tokens_out=int(wrote / rate) + 1, estimated=True)

    async def close(self) -> None:
        """Close the connections; the model may be used again."""
        if self._bound is not None:
            _, client = self._bound
            self._bound = None
            await client.aclose()

    async def _attempt(self, request: Request) -> Reply:
        """One attempt; a server that refuses it with fields it may not know is asked once more without them."""
        leave_out = self._leave_out
        try:
            return await self._timed(request, leave_out)
        except _NotTaken:
            extra = frozenset(OPTIONAL) & self._body(request, leave_out).keys()
            if not extra:
                raise
        reply = await self._timed(request, leave_out | extra)
        self._leave_out |= extra
        return reply

    async def _timed(self, request: Request, leave_out: frozenset[str]) -> Reply:
        where = shown(self.endpoint.url)
        try:
            async with asyncio.timeout(self.endpoint.timeout):
                return await self._send(request, leave_out)
        except (TimeoutError, httpx.TimeoutException):
            raise ModelFailed(f"{where} gave no whole answer in time", kind="timeout") from None
        except httpx.ConnectError as error:
            raise ModelFailed(f"cannot connect to {where}: {self._clean(str(error))}", kind="server") from None
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.DecodingError) as error:
            raise ModelFailed(f"{where} broke off its answer: {self._clean(str(error))}", kind="cut") from None
        except httpx.HTTPError as error:
            raise ModelFailed(f"{where} failed: {self._clean(str(error))}", kind="server") from None

    async def _send(self, request: Request, leave_out: frozenset[str]) -> Reply:
        body = encoded(self._body(request, leave_out))
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if self._secret:
            headers["Authorization"] = f"Bearer {self._secret}"
        async with self._client().stream("POST", self._url, content=body, headers=headers) as response:
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if response.status_code == 200 and kind == "text/event-stream":
                return await self._streamed(response, request)
            text = await _whole(response)
            if response.status_code != 200:
                raise self._failure(response, text)
            if kind and not kind.endswith("json"):
                raise ModelFailed(
                    f"{shown(self.endpoint.url)} answered with {self._clean(kind)}, not JSON; does it end in /v1?",
                    kind="malformed",
                )
            return self._checked(lambda: completion(text, request, lenient=self.endpoint.lenient))

    async def _streamed(self, response: httpx.Response, request: Request) -> Reply:
        stream = Stream()
        size = 0
        async for line in response.aiter_lines():
            size += len(line)
            if size > LARGEST:
                raise ModelFailed(f"the stream is larger than {LARGEST} bytes", kind="malformed")
            self._checked(lambda line=line: stream.feed(line))
        return stream.reply(request, lenient=self.endpoint.lenient)

    def _body(self, request: Request, leave_out: frozenset[str]) -> dict[str, Any]:
        return written(
            request,
            self.endpoint.model,
            options=self.endpoint.options,
            stream=self.endpoint.stream,
            leave_out=leave_out,
        )

    def _failure(self, response: httpx.Response, text: str) -> ModelFailed:
        """What a status other than 200 means."""
        status = response.status_code
        try:
            said = complaint(as_object(decoded(text)) or {"error": text})
        except NotJson:
            said = " ".join(re.sub(r"<[^>]*>", " ", text).split())[:300]
        kind: Kind = "refused"
        if status == 402 or (status == 429 and any(word in text for word in _EMPTY_ACCOUNT)):
            kind = "budget"
        elif status == 429:
            kind = "rate_limited"
        elif status in {408, 504}:
            kind = "timeout"
        elif status >= 500 or status in {409, 425}:
            kind = "server"
        cure = ""
        if status in {401, 403}:
            cure = f"; set {self.endpoint.key_variable} to a key that is good there"
        elif status == 404:
            cure = "; is the address right, and the model's name?"
        failure = _NotTaken if status in {400, 422} else ModelFailed
        return failure(
            f"{shown(self.endpoint.url)} answered {status}: {self._clean(said)}{cure}",
            kind=kind,
            retry_after=_seconds(response.headers.get("retry-after")),
        )

    def _checked(self, read: Callable[[], _T]) -> _T:
        """What `read` gives; the server's words in a failure are cleaned of the key."""
        try:
            return read()
        except ModelFailed as error:
            raise ModelFailed(self._clean(str(error)), kind=error.kind) from None

    def _clean(self, text: str) -> str:
        """A text of the server's without the key, whole or masked in part."""
        text = text.replace(self._secret, "[key]") if self._secret else text
        return re.sub(r"\b(sk|key)-[\w*.-]{6,}", "[key]", text)

    def _client(self) -> httpx.AsyncClient:
        """The client of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._bound is None or self._bound[0] is not loop:
            endpoint = self.endpoint
            times = httpx.Timeout(endpoint.timeout, connect=min(15.0, endpoint.timeout))
            times.read = min(endpoint.silence, endpoint.timeout) if endpoint.stream else endpoint.timeout
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=endpoint.workers)
            self._bound = loop, httpx.AsyncClient(timeout=times, limits=limits)
        return self._bound[1]


class _NotTaken(ModelFailed):
    """The server did not take the request as it was written."""


def shown(url: str) -> str:
    """An address as it may be shown: without a user, a password or a query."""
    return re.sub(r"//[^/@]*@", "//", url).partition("?")[0]


async def _whole(response: httpx.Response) -> str:
    """The body, as long as it is not too long."""
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > LARGEST:
            raise ModelFailed(f"the answer is larger than {LARGEST} bytes", kind="malformed")
        parts.append(part)
    return b"".join(parts).decode("utf-8", "replace")


def _seconds(header: str | None) -> float | None:
    """What a Retry-After header asks for (RFC 9110, section 10.2.3): seconds, or a moment."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())
