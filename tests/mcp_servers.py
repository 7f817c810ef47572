"""Tiny MCP servers that speak the wire by hand: `python mcp_servers.py MODE [PATH]`. No package is needed.

`pages` lists three tools on two pages; `env` tells what it inherited; `hangs` greets, starts a child and never lists;
`dies` exits at once; `endless` always has one more page.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def tool(name: str, **properties: Any) -> dict[str, Any]:
    required = [n for n, p in properties.items() if p.pop("needed", False)]
    return {"name": name, "description": name, "inputSchema": {"type": "object", "properties": properties,
                                                              "required": required}}  # fmt: skip


TOOLS = [
    tool("create_ticket", title={"type": "string", "needed": True}, urgent={"type": "boolean"}),
    tool("get_ticket", ticket_id={"type": "string", "needed": True}),
    tool("list_tickets", limit={"type": "integer"}),
]


def answer(request: dict[str, Any], mode: str, path: str) -> dict[str, Any] | None:
    method, params = request.get("method"), request.get("params") or {}
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "ticket desk", "version": "1.2", "icons": []},
        }
    if method != "tools/list":
        return None
    if mode == "env":
        seen = {**os.environ, "cwd": os.getcwd()}
        return {"tools": [{"name": "tell", "description": json.dumps(seen), "inputSchema": {"type": "object"}}]}
    if mode == "hangs":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(path).write_text(f"{os.getpid()} {child.pid}")
        return None
    if mode == "endless":
        count = int(params.get("cursor") or 0)
        many = [tool(f"tool_{count}_{n}") for n in range(300)]
        return {"tools": many, "nextCursor": str(count + 1)}
    if params.get("cursor") == "2":
        return {"tools": TOOLS[2:]}
    return {"tools": TOOLS[:2], "nextCursor": "2"}


def main(mode: str, path: str = "") -> None:
    if mode == "dies":
        sys.exit(3)
    for line in sys.stdin:
        request = json.loads(line)
        result = answer(request, mode, path)
        if "id" in request and (result is not None or request["method"] != "tools/list"):
            reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
            reply |= {"result": result} if result is not None else {"error": {"code": -32601, "message": "no"}}
            sys.stdout.write(json.dumps(reply) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
