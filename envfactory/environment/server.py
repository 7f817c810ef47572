"""Serve sessions to the outside: one over stdio (MCP), many over HTTP (MCP and plain JSON; see serving.py).

The packages this needs are an extra (`envfactory[mcp]`) and take over a second to import: only calls import them.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from envfactory.environment.session import Session
from envfactory.errors import EnvFactoryError, MissingExtra

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_OPTIONAL = frozenset({"mcp", "starlette", "uvicorn"})
_GRACE = 5
"""Seconds that requests under way may take when the server is told to stop."""


@contextmanager
def _needs_extra() -> Generator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _OPTIONAL:
            raise
        raise MissingExtra("serving over MCP", "mcp") from None


def serve_stdio(session: Session) -> None:
    """Serve one session over MCP on stdin and stdout, until stdin ends or SIGINT or SIGTERM comes.

    The session stays open: it is the caller's. Raises MissingExtra.
    """
    with _needs_extra():
        from envfactory.environment import mcp_sdk

    async def until_told() -> None:
        serving = asyncio.ensure_future(mcp_sdk.run_stdio(session))
        loop = asyncio.get_running_loop()

        def stop() -> None:
            for number in _SIGNALS:  # a second one, while output is stuck in a full pipe, kills as it does by default
                loop.remove_signal_handler(number)
            serving.cancel()

        with suppress(NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread
            for number in _SIGNALS:
                loop.add_signal_handler(number, stop)
        with suppress(asyncio.CancelledError):
            await serving

    asyncio.run(until_told())


def make_app(
    open_session: Callable[[], Session],
    *,
    token: str,
    idle_seconds: float = 600,
    limit: int = 1024,
    clock: Callable[[], float] = time.monotonic,
) -> ASGIApp:
    """An ASGI app that opens sessions and serves each under its own path; the requests are listed in serving.py.

    `token` is what every request must bear. A session nobody used for `idle_seconds` of `clock` is closed; at most
    `limit` are open at once. Every session lives in the event loop's thread. Raises EnvFactoryError for an empty
    token, MissingExtra.
    """
    if not token:
        raise EnvFactoryError("a server needs a token; any long random text will do, such as: openssl rand -hex 16")
    with _needs_extra():
        from envfactory.environment import serving

    sessions = serving.Sessions(open_session, idle_seconds=idle_seconds, limit=limit, clock=clock)
    return serving.build_app(sessions, token)


def serve_http(
    open_session: Callable[[], Session],
    *,
    port: int,
    token: str,
    host: str = "127.0.0.1",
    idle_seconds: float = 600,
    limit: int = 1024,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve `make_app` until SIGINT or SIGTERM, then close every session and return.

    `port` 0 takes a free one; `ready` is given the server's URL once it accepts connections. `host` other than this
    machine's own lets every machine in that network try tokens. Raises EnvFactoryError when the port is taken.
    """
    app = make_app(open_session, token=token, idle_seconds=idle_seconds, limit=limit)
    with _needs_extra():
        import uvicorn

    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise EnvFactoryError(f"cannot listen on {host} port {port} ({error}); choose another port") from error
    # Inherited by every connection; without it each reply waits about 40 ms for the acknowledgement of its header.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        app, lifespan="on", log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE, server_header=False
    )
    with listening, _signals_ignored_after_shutdown():
        if ready is not None:
            shown = f"[{host}]" if ":" in host else host
            ready(f"http://{shown}:{listening.getsockname()[1]}")
        uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def _signals_ignored_after_shutdown() -> Generator[None]:
    """Uvicorn stops at a signal and raises it again at its end; by then it has been obeyed."""

    def ignored(_number: int, _frame: object) -> None:
        """Nothing is left to do."""

    before = {number: signal.signal(number, ignored) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
