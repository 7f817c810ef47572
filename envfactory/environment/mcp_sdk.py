"""Tools as the Model Context Protocol shows them: the only file here that imports the official `mcp` package.

It works with the 1.x line (1.30 and later) and with the 2.x line, because other packages pin the one or the other.
They differ in how a server is given its functions (`build`) and in where the HTTP request of a call is found.
Specification: https://modelcontextprotocol.io/specification/2025-11-25/server/tools
"""

# One installed line cannot type-check code for the other: `mcp` is used as untyped, and only in this file.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import anyio
import mcp.server.lowlevel as lowlevel
import mcp.server.stdio as stdio
import mcp.server.streamable_http_manager as streamable
import mcp.types
from pydantic import ValidationError

from envfactory.environment.session import Session, unmarked
from envfactory.environment.tool import Tool
from envfactory.errors import ToolError
from envfactory.messages import canonical

INSTRUCTIONS = "Every tool acts on one simulated world; what a tool changes stays changed until the world is reset."

_sdk: Any = lowlevel
_stdio: Any = stdio
_streamable: Any = streamable
_types: Any = mcp.types

Find = Callable[[Any], Session]
"""The session a call is for, given its starlette request (None over stdio); raises ToolError when it is over."""


def described(name: str, tool: Tool) -> Any:
    """One tool as `tools/list` gives it (an `mcp.types.Tool`)."""
    return _types.Tool.model_validate(
        {
            "name": name,
            "description": tool.description,
            "inputSchema": unmarked(tool.input_schema),
            "outputSchema": _output_schema(tool),
            "annotations": {"readOnlyHint": not tool.writes, "openWorldHint": False},
        }
    )


def answered(session: Session, name: str, arguments: Any) -> Any:
    """Call a tool and give what `tools/call` answers (an `mcp.types.CallToolResult`).

    A refusal is a result with `isError` whose text is `{"error": {"code", "message"}}`: the agent is to read it.
    """
    entry = session.call(name, arguments)
    if entry.outcome != "ok":
        return _failed(canonical(entry.result))
    wrapped = _is_wrapped(session.tools[name])
    return _types.CallToolResult.model_validate(
        {
            "content": [{"type": "text", "text": canonical(entry.result)}],
            "structuredContent": {"result": entry.result} if wrapped else entry.result,
            "isError": False,
        }
    )


def _failed(text: str) -> Any:
    return _types.CallToolResult.model_validate({"content": [{"type": "text", "text": text}], "isError": True})


def _may_be_null(tool: Tool) -> bool:
    try:
        tool.result.validate_python(None)
    except ValidationError:
        return False
    return True


def _is_wrapped(tool: Tool) -> bool:
    """Structured content must be an object before the revision of 2026; what is none travels in `{"result": …}`."""
    return tool.output_schema.get("type") != "object" or _may_be_null(tool)


def _output_schema(tool: Tool) -> dict[str, Any]:
    schema = unmarked(tool.output_schema)
    if not _is_wrapped(tool):
        return schema
    if _may_be_null(tool) and schema.get("type") != "null":
        schema = {"anyOf": [schema, {"type": "null"}]}
    return {"type": "object", "properties": {"result": schema}, "required": ["result"]}


def build(find: Find) -> Any:
    """A low-level MCP server (of whichever line is installed) whose calls go to the session that `find` gives."""

    def listed(request: Any) -> list[Any]:
        return [described(name, tool) for name, tool in find(request).tools.items()]

    def called(request: Any, name: str, arguments: Any) -> Any:
        try:
            return answered(find(request), name, arguments)
        except ToolError as error:
            return _failed(canonical(error.as_result()))

    if hasattr(_sdk.Server, "call_tool"):
        return _build_1(listed, called)
    return _build_2(listed, called)


def _build_1(listed: Callable[[Any], list[Any]], called: Callable[[Any, str, Any], Any]) -> Any:
    server = _sdk.Server("envfactory", version=version("envfactory"), instructions=INSTRUCTIONS)

    @server.list_tools()
    async def list_tools() -> list[Any]:
        return listed(server.request_context.request)

    @server.call_tool(validate_input=False)  # the session validates, and its refusal is what an agent should read
    async def call_tool(name: str, arguments: Any) -> Any:
        return called(server.request_context.request, name, arguments)

    assert callable(list_tools)
    assert callable(call_tool)
    return server


def _build_2(listed: Callable[[Any], list[Any]], called: Callable[[Any, str, Any], Any]) -> Any:
    async def list_tools(context: Any, _params: Any) -> Any:
        return _types.ListToolsResult(tools=listed(context.request))

    async def call_tool(context: Any, params: Any) -> Any:
        return called(context.request, params.name, params.arguments or {})

    named: dict[str, Any] = {"version": version("envfactory"), "instructions": INSTRUCTIONS}
    return _sdk.Server("envfactory", **named, on_list_tools=list_tools, on_call_tool=call_tool)


def endpoint(find: Find, *, limit: int) -> Any:
    """Streamable HTTP for `build(find)`: `async with it.run()`, then `it.handle_request(scope, receive, send)`.

    Requests stand alone (no MCP session is kept), and replies are plain JSON; bodies over `limit` bytes are refused.
    """
    manager = _streamable.StreamableHTTPSessionManager
    return manager(app=build(find), json_response=True, stateless=True, max_request_body_size=limit)


async def run_stdio(session: Session) -> None:
    """Serve `session` on stdin and stdout until stdin ends or nobody reads stdout.

    With the 1.x line, calls under way when stdin ends may remain without an answer.
    """
    server = build(lambda _: session)
    try:
        async with _stdio.stdio_server(stdin=_Lines(0)) as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())
    except* (BrokenPipeError, anyio.ClosedResourceError):
        pass  # an answer that nobody can be given any more


class _Lines:
    """The lines of a file descriptor, read by a daemon thread.

    The SDK's own reader cannot be interrupted while it waits: a signal would take effect only after the next line.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def _read(self) -> None:
        rest = b""
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            while data := os.read(self._descriptor, 65536):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._give(line.decode(errors="replace"))
            if rest:
                self._give(rest.decode(errors="replace"))
            self._give(None)

    def _give(self, line: str | None) -> None:
        self._loop.call_soon_threadsafe(self._queue.put_nowait, line)

    async def __aiter__(self) -> AsyncIterator[str]:
        while (line := await self._queue.get()) is not None:
            yield line
