"""Two sessions served side by side: one called over MCP, one in plain JSON; neither sees the other's rows.

Needs the extra packages: pip install 'envfactory[mcp]'. `envfactory serve google_tasks --http 8765` does the same.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import uvicorn

from envfactory.environment.library import load
from envfactory.environment.server import make_app
from envfactory.environment.session import Session, World

TASKS = load("google_tasks")
app = make_app(lambda: Session([World.of(TASKS, min(TASKS.states))], seed=7), token="a long secret")
HEADERS = {"Authorization": "Bearer a long secret", "Accept": "application/json, text/event-stream"}


def request(number: int, method: str, **params: Any) -> dict[str, Any]:
    """A request of the Model Context Protocol."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


async def main() -> None:
    """Start the server on a free port of this machine, open two sessions and call both."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=url, headers=HEADERS, trust_env=False) as http:
        first, second = [(await http.post("/sessions")).json()["id"] for _ in range(2)]
        over_mcp, plain = f"/sessions/{first}/mcp", f"/sessions/{second}/call"

        listed = (await http.post(over_mcp, json=request(1, "tools/list"))).json()["result"]["tools"]
        print(f"{len(listed)} tools over MCP, such as {listed[0]['name']}: {listed[0]['description']}")
        call = {"name": "google_tasks__tasklists_insert", "arguments": {"title": "Garden"}}
        made = (await http.post(over_mcp, json=request(2, "tools/call", **call))).json()["result"]
        print("over MCP:", made["structuredContent"])

        wrong = {"tool": "google_tasks__tasklists_insert", "arguments": {"name": "Garden"}}
        print("plain:   ", (await http.post(plain, json=wrong)).json()["result"])
        for name, session in (("first", first), ("second", second)):
            changes = (await http.get(f"/sessions/{session}/changes")).json()["google_tasks"]
            print(f"rows changed in the {name} session:", [(row["op"], row["table"]) for row in changes])
    server.should_exit = True
    await serving


asyncio.run(main())
