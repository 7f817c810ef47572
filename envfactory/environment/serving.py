"""Sessions over HTTP: open one, call its tools in plain JSON or over MCP, see what changed, reset it, close it.

    POST   /sessions                open a session → 201 {"id", "url"}; `url` is its MCP endpoint
    POST   /sessions/{id}/mcp       Model Context Protocol, streamable HTTP, for exactly this session
    GET    /sessions/{id}/tools     the tools in the OpenAI chat format
    POST   /sessions/{id}/call      {"tool", "arguments"} → the call as the executor logged it (`LoggedCall`)
    GET    /sessions/{id}/changes   net row changes of every environment since the session was opened
    POST   /sessions/{id}/reset     back to the first moment → 204
    DELETE /sessions/{id}           close → 204

Every request carries `Authorization: Bearer TOKEN`. What is wrong with a request is said as
`{"error": {"code", "message"}}` with status 400, 401, 404, 413 or 503. The session is named in the path and nowhere
else: the MCP revision of 2026-07-28 has no sessions of its own.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import from_json, to_json
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from envfactory.environment import mcp_sdk
from envfactory.environment.session import Checkpoint, Session
from envfactory.environment.tool import explain
from envfactory.errors import EnvFactoryError, ToolError

BODY_LIMIT = 4 * 1024 * 1024
"""Bytes of a request's body."""
_LARGEST_PAUSE = 30.0
"""Seconds between two looks for idle sessions while no request comes."""


@dataclass
class _Open:
    """A session that is open, and the moment to which `reset` goes back."""

    session: Session
    first: Checkpoint
    used: float


@dataclass
class Sessions:
    """The sessions that are open, by id, the one used longest ago first."""

    open_session: Callable[[], Session]
    idle_seconds: float
    limit: int
    clock: Callable[[], float]
    _opened: OrderedDict[str, _Open] = field(default_factory=OrderedDict[str, _Open])

    def __len__(self) -> int:
        return len(self._opened)

    def open(self) -> str:
        """Open a session and give its id, which nobody can guess; raises ToolError at the limit."""
        self.reap()
        if len(self) >= self.limit:
            raise ToolError(
                f"all {self.limit} sessions are in use; delete one, or try again when one has been idle for"
                f" {self.idle_seconds:g} seconds",
                code="limit",
            )
        session = self.open_session()
        name = secrets.token_urlsafe(16)
        self._opened[name] = _Open(session, session.checkpoint(), self.clock())
        return name

    def find(self, name: str) -> Session:
        """The session of that id, counted as used now; raises ToolError when it was closed or never existed."""
        return self._touch(name).session

    def reset(self, name: str) -> None:
        """Back to the session's first moment; raises ToolError."""
        found = self._touch(name)
        found.session.restore(found.first)

    def close(self, name: str) -> None:
        """Close the session; raises ToolError."""
        self._touch(name).session.close()
        del self._opened[name]

    def reap(self) -> None:
        """Close what has been idle for too long."""
        oldest = self.clock() - self.idle_seconds
        while self._opened:
            name, found = next(iter(self._opened.items()))
            if found.used > oldest:
                break
            self.close(name)

    def close_all(self) -> None:
        """Close every session."""
        for name in list(self._opened):
            self.close(name)

    def _touch(self, name: str) -> _Open:
        found = self._opened.get(name)
        if found is None:
            raise ToolError("there is no such session; it may have been idle for too long", code="not_found")
        found.used = self.clock()
        self._opened.move_to_end(name)
        return found


class _Call(BaseModel, frozen=True, extra="forbid"):
    tool: str
    arguments: JsonValue = {}


class _Api:
    """The routes over one `Sessions`. Calls take microseconds: they run in the event loop, one after another."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.endpoint: Any = None

    async def open(self, request: Request) -> Response:
        try:
            name = self.sessions.open()
        except EnvFactoryError as error:
            return _refusal(500, ToolError(str(error), code="internal"))
        return _reply({"id": name, "url": f"{str(request.base_url).rstrip('/')}/sessions/{name}/mcp"}, status=201)

    async def tools(self, request: Request) -> Response:
        return _reply([schema.as_openai() for schema in self._session(request).schemas()])

    async def call(self, request: Request) -> Response:
        body = await request.body()
        try:
            wanted = _Call.model_validate(from_json(body, allow_inf_nan=False))
        except ValidationError as error:
            raise ToolError(f'a call is {{"tool", "arguments"}}: {explain(error)}', code="invalid_arguments") from None
        except ValueError as error:
            raise ToolError(f"the body is not JSON: {error}", code="invalid_arguments") from None
        return _reply(self._session(request).call(wanted.tool, wanted.arguments))

    async def changes(self, request: Request) -> Response:
        return _reply(self._session(request).changes())

    async def reset(self, request: Request) -> Response:
        self.sessions.reset(request.path_params["id"])
        return Response(status_code=204)

    async def close(self, request: Request) -> Response:
        self.sessions.close(request.path_params["id"])
        return Response(status_code=204)

    async def mcp(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._session(Request(scope))  # an unknown one is answered with 404 before the protocol begins
        await self.endpoint.handle_request(scope, receive, send)

    def _session(self, request: Request) -> Session:
        return self.sessions.find(request.path_params["id"])

    @asynccontextmanager
    async def running(self, _app: Starlette) -> AsyncGenerator[None]:
        """While the app runs: answer MCP, close idle sessions; at its end close all."""
        self.endpoint = mcp_sdk.endpoint(self._session, limit=BODY_LIMIT)
        reaping = asyncio.create_task(self._reap())
        try:
            async with self.endpoint.run():
                yield
        finally:
            reaping.cancel()
            with suppress(asyncio.CancelledError):
                await reaping
            self.sessions.close_all()

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(min(self.sessions.idle_seconds / 2, _LARGEST_PAUSE))
            self.sessions.reap()


class _Endpoint:
    """A bare ASGI app as a route's endpoint: starlette would call a bound method with a request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class _Gate:
    """Lets a request in that has the token and a body within the limit; nothing else is read of any other."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # a WebSocket: starlette's server closes what nobody accepts
        if not self._admits(scope):
            refusal = _refusal(401, ToolError("send the header Authorization: Bearer TOKEN", code="forbidden"))
            refusal.headers["WWW-Authenticate"] = "Bearer"
            await refusal(scope, receive, send)
            return
        try:
            body = await _body(receive)
        except ClientDisconnect:
            return
        if body is None:
            too_large = ToolError(f"a body has at most {BODY_LIMIT} bytes", code="limit")
            await _refusal(413, too_large)(scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replayed() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, replayed, send)

    def _admits(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        scheme, _, token = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
        return scheme.lower() == b"bearer" and secrets.compare_digest(token.strip(), self._token)


async def _body(receive: Receive) -> bytes | None:
    """The whole body, None when it is larger than the limit; raises ClientDisconnect when it ends too early."""
    parts: list[bytes] = []
    size = 0
    while True:
        message: MutableMapping[str, Any] = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > BODY_LIMIT:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _reply(value: Any, *, status: int = 200) -> Response:
    text = to_json(value, bytes_mode="base64", inf_nan_mode="null")
    return Response(text, status_code=status, media_type="application/json")


def _refusal(status: int, error: ToolError) -> Response:
    return _reply(error.as_result(), status=status)


_STATUS = {"not_found": 404, "limit": 503}


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ToolError)
    return _refusal(_STATUS.get(error.code, 400), error)


async def _misdirected(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = "not_found" if error.status_code == 404 else "invalid_arguments"
    response = _refusal(error.status_code, ToolError(f"{request.method} {request.url.path}: {error.detail}", code=code))
    response.headers.update(error.headers or {})
    return response


def build_app(sessions: Sessions, token: str) -> ASGIApp:
    """The ASGI app (with lifespan) that answers the requests listed above for `sessions`."""
    api = _Api(sessions)
    routes = [
        Route("/sessions", api.open, methods=["POST"]),
        Route("/sessions/{id}", api.close, methods=["DELETE"]),
        Route("/sessions/{id}/mcp", _Endpoint(api.mcp), methods=["POST"]),
        Route("/sessions/{id}/tools", api.tools, methods=["GET"]),
        Route("/sessions/{id}/call", api.call, methods=["POST"]),
        Route("/sessions/{id}/changes", api.changes, methods=["GET"]),
        Route("/sessions/{id}/reset", api.reset, methods=["POST"]),
    ]
    told = {ToolError: _refused, HTTPException: _misdirected}
    app = Starlette(routes=routes, lifespan=api.running, exception_handlers=told)
    return _Gate(app, token)
