"""Linking ten thousand tools: seconds and memory, without execution.

    python benchmarks/graph_scale.py [--tools 10000] [--classes]

The library's tools are copied, as many times as it takes, each copy a service of its own in which every entity has a
new made-up name (in the names of tools, parameters and values, and in what they say), so that copies are of the same
make but not the same. They are linked as descriptions. With `--classes` they are linked as environments, which declare
their keys: there the copies have the same words, so that every value is offered by every copy.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import time
import zlib
from typing import Any

from envfactory.environment.environment import Environment
from envfactory.environment.library import folders, load
from envfactory.graph.graph import ToolGraph
from envfactory.graph.link import link, link_described
from envfactory.graph.schemas import ToolText, described
from envfactory.graph.words import split

_SYLLABLES = [
    "ba",
    "cor",
    "del",
    "fen",
    "gri",
    "hol",
    "jun",
    "kel",
    "lom",
    "mur",
    "nas",
    "pol",
    "quin",
    "ros",
    "tev",
    "vor",
]
_WORD = re.compile(r"[A-Za-z]+")


def made_up(word: str, copy: int) -> str:
    """A name for an entity that no other copy has."""
    number = zlib.crc32(f"{word}/{copy}".encode())
    return "".join(_SYLLABLES[number >> shift & 15] for shift in (0, 4, 8))


def renamed(value: Any, words: frozenset[str], copy: int) -> Any:
    """A schema, or a name, with the entities' words replaced wherever they stand."""
    if isinstance(value, str):
        found = value
        for word in {part for name in _WORD.findall(value) for part in split(name)} & words:
            found = re.sub(rf"(?i){word}", made_up(word, copy), found)
        return found
    if isinstance(value, list):
        return [renamed(item, words, copy) for item in value]
    if isinstance(value, dict):
        kept = {"type", "format", "items", "properties", "required", "enum", "anyOf", "description"}
        return {
            key if key in kept else renamed(key, words, copy): renamed(item, words, copy) for key, item in value.items()
        }
    return value


def copies(library: dict[str, type[Environment]], wanted: int) -> list[ToolText]:
    """That many descriptions."""
    found: list[ToolText] = []
    copy = 0
    while len(found) < wanted:
        for name, cls in library.items():
            entities = [entity.name for entity in cls.spec.entities] if cls.spec else []
            words = frozenset(word for entity in entities for word in split(entity) if len(word) > 2)
            tools = [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "inputSchema": tool.input_schema,
                    "outputSchema": tool.output_schema,
                    "annotations": {"readOnlyHint": not tool.writes},
                }
                for tool in cls.tools.values()
            ]
            seen: dict[str, dict[str, Any]] = {}
            for tool in renamed(tools, words, copy) if copy else tools:
                seen.setdefault(tool["name"], tool)
            found += described(f"{name}_{copy}", seen.values())
        copy += 1
    return found[:wanted]


def environments(library: dict[str, type[Environment]], wanted: int) -> dict[str, type[Environment]]:
    """Environments with at least that many tools."""
    found: dict[str, type[Environment]] = {}
    copy = tools = 0
    while tools < wanted:
        for name, cls in library.items():
            if tools < wanted:
                made = type("Copy", (Environment,), {"name": f"{name}_{copy}"})
                made.tools, made.spec, made.states, made.folder = cls.tools, cls.spec, cls.states, cls.folder
                found[made.name] = made
                tools += len(cls.tools)
        copy += 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds and memory of linking many tools.")
    parser.add_argument("--tools", type=int, default=10_000)
    parser.add_argument("--classes", action="store_true", help="as environments that declare their keys")
    options = parser.parse_args()
    library = {name: load(name) for name in folders()}
    made: Any = (environments if options.classes else copies)(library, options.tools)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, cpu = time.perf_counter(), time.process_time()
    graph: ToolGraph = link(made, confirm=False) if options.classes else link_described(made)
    seconds, busy = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    document = {
        "tools": len(graph.tools),
        "environments": len(graph.environments),
        "edges": len(graph.dependencies),
        "connected": round(graph.connected, 4),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(busy, 1),
        "peak_mb": round(peak / 1024),
        "of_it_before_linking_mb": round(before / 1024),
    }
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
