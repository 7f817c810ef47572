"""Ask an MCP server what tools it has: one that is started for it, or one that runs.

Starting a server runs somebody's code with the user's rights, so it happens only for a command that the user wrote. The
child gets a clean environment (no keys; an empty folder as its home) and is ended as soon as its tools are listed or
the time is over, with all it started (those that cleared their own environment, or run where there is no /proc,
escape). It is not confined while it runs: that is the sandbox's work.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import os
import re
import shlex
import signal
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

from envfactory.errors import MissingExtra, SourceError

SECONDS = 120.0
"""Time for starting, greeting and listing together; `npx -y` may have to download the server first."""

TOOLS_CAP = 1000
"""Tools of one server at most."""

BYTES_CAP = 16 * 1024 * 1024
"""Bytes of all tools together at most."""

_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SystemRoot", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy",
         "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "npm_config_registry",
         "UV_INDEX_URL", "PIP_INDEX_URL")  # fmt: skip
"""What a server inherits: where programs and certificates are and how to reach a registry, nothing that holds a key. An
address with a password in it is left out."""

_SETTING = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*=")
_RUNNERS = {"npx": "npm", "bunx": "npm", "uvx": "pypi", "pipx": "pypi"}


def list_tools(reference: str, *, seconds: float = SECONDS) -> dict[str, Any]:
    """What the server of `mcp:[NAME=value …] COMMAND …`, `mcp+http://…` or `mcp+https://…` answers to `tools/list`, as
    `{"serverInfo": {...}, "tools": [...]}`.

    Raises SourceError when it cannot be reached, does not answer in time or says too much; MissingExtra without `mcp`.
    """
    if importlib.util.find_spec("mcp") is None:
        raise MissingExtra("asking an MCP server for its tools", "mcp")
    shown = address(reference) or _without_values(reference)
    try:
        return asyncio.run(_within(reference, seconds))
    except TimeoutError as error:
        raise SourceError(f"{shown} did not list its tools within {seconds:g} s; try the command by hand") from error
    except SourceError:
        raise
    except Exception as error:
        reason = _innermost(error)
        cure = "try the command by hand" if reference.startswith("mcp:") else "check the address"
        raise SourceError(f"cannot list the tools of {shown}: {reason}; {cure}") from error


def address(reference: str) -> str:
    """The URL of a server that runs, without a user's name or password; empty for a command."""
    if not reference.startswith("mcp+"):
        return ""
    return re.sub(r"^(https?://)[^/@]*@", r"\1", reference.removeprefix("mcp+"))


def package(reference: str) -> str:
    """The registry package that a command runs, as `npm:NAME`; else the command itself, without values given to it."""
    if not reference.startswith("mcp:"):
        return ""
    words = [w for w in _words(reference) if not _SETTING.match(w)]
    runner = _RUNNERS.get(Path(words[0]).name if words else "")
    named = [w for w in words[1:] if not w.startswith("-") and w != "run"]
    if runner and named:
        return f"{runner}:{named[0]}"
    # A script inside a package's folder: the package is what counts, not where it lies on this machine.
    for word in words:
        if "node_modules/" in word and "node_modules/.bin/" not in word:
            parts = word.rsplit("node_modules/", 1)[1].split("/")
            return f"npm:{'/'.join(parts[: 2 if parts[0].startswith('@') else 1])}"
    return f"command:{Path(words[0]).name}" if words else ""


def as_json(listed: Mapping[str, Any]) -> str:
    """The listing as text, the same each time: to keep, or to take a hash of."""
    return json.dumps(listed, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


async def _within(reference: str, seconds: float) -> dict[str, Any]:
    async with asyncio.timeout(seconds):
        if reference.startswith("mcp:"):
            with tempfile.TemporaryDirectory(prefix="envfactory-mcp-", ignore_cleanup_errors=True) as home:
                try:
                    async with _started(reference, home) as streams:
                        return await _listed(streams)
                finally:
                    _kill_those_at_home(home)
        async with _connected(reference.removeprefix("mcp+")) as streams:
            return await _listed(streams)


@asynccontextmanager
async def talking_to(reference: str) -> AsyncGenerator[Any]:
    """The SDK's session with the server of `mcp:[NAME=value …] COMMAND …`, started for it and greeted; afterwards the
    server is ended with all it started. Raises MissingExtra without `mcp`."""
    if importlib.util.find_spec("mcp") is None:
        raise MissingExtra("talking to an MCP server", "mcp")
    sdk: Any = importlib.import_module("mcp")
    with tempfile.TemporaryDirectory(prefix="envfactory-mcp-", ignore_cleanup_errors=True) as home:
        try:
            async with _started(reference, home) as streams, sdk.ClientSession(streams[0], streams[1]) as session:
                await session.initialize()
                yield session
        finally:
            _kill_those_at_home(home)


@asynccontextmanager
async def _started(reference: str, home: str) -> AsyncGenerator[Any]:
    stdio: Any = importlib.import_module("mcp.client.stdio")
    words = _words(reference)
    count = next((i for i, word in enumerate(words) if not _SETTING.match(word)), len(words))
    given = dict(word.split("=", 1) for word in words[:count])
    if not words[count:]:
        raise SourceError("mcp: names no command; write mcp:npx -y PACKAGE")
    kept = {n: v for n in _KEPT if (v := os.environ.get(n)) and "@" not in v}
    clean = {"HOME": home, "USERPROFILE": home, "USER": "", "LOGNAME": "", "SHELL": "", "TMPDIR": home, **kept, **given}
    server = stdio.StdioServerParameters(command=words[count], args=words[count + 1 :], env=clean, cwd=home)
    with open(os.devnull, "w", encoding="utf-8") as silence:
        async with stdio.stdio_client(server, errlog=silence) as streams:
            yield streams


def _kill_those_at_home(home: str) -> None:
    """Kill whatever the server left behind. The SDK ends the server itself and, when that does not obey, its process
    group; a child outlives a server that ended when asked. All of them have the one home that only they were given."""
    mark = f"HOME={home}".encode()
    for _ in range(20):  # again, for one may have been starting another
        found = [p for p in Path("/proc").glob("[0-9]*") if mark in _environment(p).split(b"\0")]
        if not found:
            return
        for process in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(process.name), signal.SIGKILL)
        time.sleep(0.02)


def _environment(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:  # ended, or another user's
        return b""


@asynccontextmanager
async def _connected(url: str) -> AsyncGenerator[Any]:
    http: Any = importlib.import_module("mcp.client.streamable_http")
    connect = getattr(http, "streamable_http_client", None) or http.streamablehttp_client  # 2.x, then 1.x
    async with connect(url) as streams:
        yield streams


async def _listed(streams: Any) -> dict[str, Any]:
    sdk: Any = importlib.import_module("mcp")
    tools: list[Any] = []
    size = 0
    async with sdk.ClientSession(streams[0], streams[1]) as session:
        hello: Any = await session.initialize()
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            page = await _page(session, cursor)
            found = cast("list[Any]", page.get("tools") or [])
            size += len(json.dumps(found))
            tools += found
            if len(tools) > TOOLS_CAP or size > BYTES_CAP:
                raise SourceError(f"the server lists more than {TOOLS_CAP} tools or {BYTES_CAP // 2**20} MB; no API")
            cursor = page.get("nextCursor")
            if not cursor or cursor in seen:
                break
            seen.add(cursor)
    about = _plain(hello)
    info = {k: v for k, v in cast("dict[str, Any]", about.get("serverInfo") or {}).items() if k in _ABOUT}
    return {"protocolVersion": about.get("protocolVersion"), "serverInfo": info, "tools": tools}


async def _page(session: Any, cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return _plain(await session.list_tools())
    types: Any = importlib.import_module("mcp.types")
    return _plain(await session.list_tools(params=types.PaginatedRequestParams(cursor=cursor)))


def _plain(model: Any) -> dict[str, Any]:
    """A model of the SDK as it came over the wire."""
    return cast("dict[str, Any]", model.model_dump(mode="json", by_alias=True, exclude_none=True))


def _words(reference: str) -> list[str]:
    try:
        return shlex.split(reference.removeprefix("mcp:"))
    except ValueError as error:
        raise SourceError(f"the command of {reference!r} cannot be split: {error}; mind its quotes") from error


def _without_values(reference: str) -> str:
    return "mcp:" + " ".join(re.sub(r"=.*", "=…", w) if _SETTING.match(w) else w for w in _words(reference))


def _innermost(error: BaseException) -> str:
    """The first cause inside groups of errors, in a few words."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return " ".join(str(error).split())[:200] or type(error).__name__


_ABOUT = {"name", "title", "version"}
