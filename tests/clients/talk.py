"""Talk to a server with the official SDK of whichever line is installed, and print what it said as JSON.

`talk.py http URL TOKEN`  the MCP endpoints of two sessions of the server at URL, side by side
`talk.py stdio`           the server that serve.py starts with this interpreter
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.request import Request, urlopen

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client


def ask(url, token, method="GET", body=None):
    """One request to the plain JSON part of the server."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data=data, headers=headers, method=method), timeout=20) as reply:
        text = reply.read()
    return json.loads(text) if text else None


def plain(result):
    """A result of either line in the protocol's own field names."""
    return result.model_dump(by_alias=True, mode="json", exclude_none=True)


@asynccontextmanager
async def over_http(url, token):
    async with (
        create_mcp_http_client(headers={"Authorization": f"Bearer {token}"}) as http,
        streamable_http_client(url, http_client=http) as (reading, writing, *_),
        ClientSession(reading, writing) as client,
    ):
        await client.initialize()
        yield client


@asynccontextmanager
async def over_stdio():
    server = StdioServerParameters(command=sys.executable, args=[str(Path(__file__).with_name("serve.py")), "stdio"])
    async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as client:
        await client.initialize()
        yield client


async def converse(client):
    """What a client sees of one session, calls and refusals alike."""
    tools = [plain(tool) for tool in (await client.list_tools()).tools]
    calls = {
        "added": ("notes__add_note", {"title": "bread"}),
        "listed": ("notes__list_notes", {}),
        "found": ("notes__find_note", {"title": "bread"}),
        "missing": ("notes__find_note", {"title": "cake"}),
        "removed": ("notes__remove_note", {"note_id": "note_1"}),
        "refused": ("notes__remove_note", {"note_id": "note_9"}),
        "misfit": ("notes__add_note", {"title": 7}),
        "unknown": ("notes__burn", {}),
        "bug": ("notes__break_down", {}),
    }
    said = {name: plain(await client.call_tool(tool, arguments)) for name, (tool, arguments) in calls.items()}
    return {"tools": tools, **said}


async def two_sessions(url, token):
    """One client writes while another, of another session, looks."""
    async with AsyncExitStack() as stack:
        opened = [ask(f"{url}/sessions", token, "POST") for _ in range(2)]
        first, second = [await stack.enter_async_context(over_http(item["url"], token)) for item in opened]
        said, other = await asyncio.gather(converse(first), second.call_tool("notes__list_notes", {}))
        for title in ("eggs", "salt"):
            await asyncio.gather(
                first.call_tool("notes__add_note", {"title": f"{title} of the first"}),
                second.call_tool("notes__add_note", {"title": f"{title} of the second"}),
            )
        lists = [plain(await client.call_tool("notes__list_notes", {})) for client in (first, second)]
        titles = [[note["title"] for note in seen["structuredContent"]["result"]] for seen in lists]
        changes = [ask(f"{url}/sessions/{item['id']}/changes", token) for item in opened]
        return {**said, "other": plain(other), "titles": titles, "changes": changes}


async def main():
    if sys.argv[1] == "http":
        said = await two_sessions(*sys.argv[2:4])
    else:
        async with over_stdio() as client:
            said = await converse(client)
    sys.stdout.write(json.dumps({"line": version("mcp"), **said}))


if __name__ == "__main__":
    asyncio.run(main())
