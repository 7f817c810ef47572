"""How like the real service an environment is: the same calls on both, results and whole states compared.

    python benchmarks/fidelity.py [--calls 300] [--seed 7] [--state small ...] [--json]
    python benchmarks/fidelity.py --server "node PATH/TO/dist/index.js"
    python benchmarks/fidelity.py --record FILE --state small     keep the calls and the real server's answers
    python benchmarks/fidelity.py --replay FILE                   compare with what was kept; needs no server

The service is the official MCP server @modelcontextprotocol/server-memory, which needs no key; it is looked for in
node_modules here and in $ENVFACTORY_NODE_MODULES. It starts with the rows of each state in its file, in a folder of its
own. Half of the calls are made up from the contract (envgen/checks/calls.py, edges included), half know what the tools
are about: known names and unknown ones, near misses, what is there already, the same twice in one call, empty lists,
several at once, text of many scripts. A few have an argument that is missing, unknown or of another type.

A call agrees when both refuse it (the words may differ), or both give the same JSON; and when afterwards `read_graph`
of the real server shows what the environment's rows hold, order included. After a difference in the state the
environment is given the server's rows, so that one difference counts once. Exit status 1 below 95 %, or when a tool
has another name, other arguments or another result than the server's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shlex
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from memory_talk import Graph, Talk, digest, graph_of, lines_of, rows_of

from envfactory.envgen import mcp_client
from envfactory.envgen.checks.calls import Caller, Dice
from envfactory.environment.environment import Environment, State, open_environment
from envfactory.environment.library import find, load
from envfactory.environment.tool import Tool

NAME = "mcp_memory"
PACKAGE = "@modelcontextprotocol/server-memory"
ENOUGH = 0.95
STATES = ("small", "large")
REFUSED = "refused"


def command() -> str:
    """How to start the server that is installed here; empty when node or the package is missing."""
    roots = [Path("node_modules"), *map(Path, filter(None, [os.environ.get("ENVFACTORY_NODE_MODULES")]))]
    found = [root / PACKAGE / "dist/index.js" for root in roots if (root / PACKAGE / "dist/index.js").exists()]
    node = shutil.which("node")
    return f"{node} {shlex.quote(str(found[0].resolve()))}" if node and found else ""


# Shapes ---------------------------------------------------------------------------------------------------------------


def shape(schema: Mapping[str, Any]) -> Any:
    """What a JSON Schema says of types and names, without words and without what closes an object."""
    if schema.get("type") == "array":
        return [shape(schema.get("items", {}))]
    if schema.get("type") == "object" or "properties" in schema:
        needed = schema.get("required", ())
        properties: Mapping[str, Any] = schema.get("properties", {})
        return {f"{name}{'' if name in needed else '?'}": shape(properties[name]) for name in sorted(properties)}
    return schema.get("type")


def misshapen(tools: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where the environment's tools differ from the server's in name, arguments or results."""
    ours = load(NAME).tools
    theirs = {tool["name"]: tool for tool in tools}
    told = [f"{name} is a tool on one side only" for name in sorted(set(ours) ^ set(theirs))]
    for name in sorted(set(ours) & set(theirs)):
        if shape(theirs[name]["inputSchema"]) != shape(ours[name].input_schema):
            told.append(f"{name} takes other arguments")
        if shape(theirs[name]["outputSchema"]) != shape(ours[name].output_schema):
            told.append(f"{name} gives another result")
    return told


# Both sides -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Played:
    """One call and what came of it on one side."""

    state: str
    tool: str
    arguments: dict[str, Any]
    answer: Any
    """The result; `REFUSED` for a refusal."""
    after: str
    """`digest` of the whole state afterwards."""
    graph: Graph | None = None
    """The whole state afterwards, where the other side had another."""


@dataclass
class Tally:
    """What was compared, by tool."""

    calls: Counter[str] = field(default_factory=Counter)
    agree: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    """Refused by both."""
    changed: int = 0
    """Calls after which the state was another, on both sides."""
    differences: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of all calls, those that agree."""
        return self.agree.total() / max(1, self.calls.total())

    def add(self, theirs: Played, ours: Any, twin: Twin, before: str) -> str:
        """Compare one call that was made on both sides, after the state `before`; the server's state afterwards, which
        the twin then has."""
        tool, after = theirs.tool, digest(twin.graph)
        self.calls[tool] += 1
        told: list[str] = []
        if (theirs.answer == REFUSED) != (ours == REFUSED):
            told.append(f"{'the server' if theirs.answer == REFUSED else 'the environment'} alone refuses")
        elif theirs.answer != ours:
            told.append(f"the server gives {_short(theirs.answer)}, the environment {_short(ours)}")
        if theirs.after != after:
            told.append("the states differ")
        self.changed += theirs.after == after != before
        if told:
            shown = dict(sorted(theirs.arguments.items(), key=lambda item: len(str(item[1]))))
            call = f"{theirs.state} {self.calls.total()}: {tool}({_short(shown)})"
            self.differences.append(f"{call}: {'; '.join(told)}")
        else:
            self.agree[tool] += 1
            self.refused[tool] += ours == REFUSED
        if theirs.graph is not None:
            twin.reset(theirs.graph)
        return theirs.after

    def as_json(self) -> dict[str, Any]:
        """The figures."""
        tools = {
            tool: {"calls": self.calls[tool], "agree": self.agree[tool], "refused_by_both": self.refused[tool]}
            for tool in sorted(self.calls)
        }
        figures = {"calls": self.calls.total(), "agree": self.agree.total(), "share": round(self.share, 4)}
        refused = {"refused_by_both": self.refused.total(), "changed_the_state": self.changed}
        return {**figures, **refused, "tools": tools, "differences": self.differences}


class Twin:
    """The environment, kept at the server's state."""

    def __init__(self, graph: Graph) -> None:
        self.cls: type[Environment] = load(NAME)
        self.reset(graph)

    def reset(self, graph: Graph) -> None:
        """Give it the server's rows."""
        self.live = open_environment(self.cls, State(rows=rows_of(graph)))

    @property
    def graph(self) -> Graph:
        """What its rows say."""
        return graph_of(self.live.db.state())

    def call(self, tool: str, arguments: dict[str, Any]) -> Any:
        """The result, or `REFUSED`; raises RuntimeError for a bug."""
        called = self.live.call(tool, arguments)
        if called.outcome == "ok":
            return called.result
        if called.outcome != "refused":
            raise RuntimeError(called.bug)
        return REFUSED


def made_up(twin: Twin, calls: int, dice: Random) -> Iterator[tuple[str, dict[str, Any]]]:
    """Seeded calls on the rows as they are when each is asked for; every tool as often as any other."""
    spec = twin.cls.spec
    assert spec is not None
    caller, talk = Caller(spec, twin.cls, edges=True), Talk(dice)
    tools = [tool.name for tool in spec.tools]
    for number in range(calls):
        tool = tools[number % len(tools)] if number % 4 else dice.choice(tools)
        if dice.random() < 0.5:
            arguments = caller.call(twin.live, Dice(dice), spec.tool(tool)).arguments
            yield tool, arguments if dice.random() < 0.2 else completed(arguments, twin.cls.tools[tool], caller, dice)
        else:
            yield tool, talk.call(tool, twin.graph)


def completed(arguments: dict[str, Any], tool: Tool, caller: Caller, dice: Random) -> dict[str, Any]:
    """The arguments, with what their objects lack: a `Caller` gives a list of objects only the key of each."""
    whole = dict(arguments)
    for name, value in arguments.items():
        item = tool.input_schema["properties"][name].get("items", {})
        if "properties" in item and isinstance(value, list):
            whole[name] = [{**caller.fit(item, Dice(dice)), **one} if isinstance(one, dict) else one for one in value]
    return whole


async def asked(session: Any, tool: str, arguments: dict[str, Any]) -> Any:
    """The real server's answer."""
    from mcp import MCPError

    try:
        answer = await session.call_tool(tool, arguments)
    except MCPError:
        return REFUSED
    if answer.is_error:
        return REFUSED
    if answer.structured_content is not None:
        return answer.structured_content
    return json.loads(answer.content[0].text)


async def play(server: str, states: Sequence[str], calls: int, seed: int) -> tuple[Tally, list[Played]]:
    """The same calls on the real server and on the environment; the tally, and what the server did."""
    tally, played = Tally(), []
    for number, name in enumerate(states):
        start = graph_of(load(NAME).state(name).rows)
        share = calls // len(states) + (number < calls % len(states))
        with tempfile.TemporaryDirectory(prefix="envfactory-fidelity-") as folder:
            path = Path(folder) / "memory.jsonl"
            path.write_text(lines_of(start), encoding="utf-8")
            reference = f"mcp:MEMORY_FILE_PATH={shlex.quote(str(path))} {server}"
            async with mcp_client.talking_to(reference) as session:
                twin = Twin(start)
                before = digest(await asked(session, "read_graph", {}))
                if before != digest(start):
                    raise RuntimeError(f"the server does not show the state {name} that is in its file")
                for tool, arguments in made_up(twin, share, Random(f"fidelity/{seed}/{name}")):
                    answer = await asked(session, tool, arguments)
                    graph = await asked(session, "read_graph", {})
                    ours = twin.call(tool, arguments)
                    parted = digest(twin.graph) != digest(graph)
                    theirs = Played(name, tool, arguments, answer, digest(graph), graph if parted else None)
                    played.append(theirs)
                    before = tally.add(theirs, ours, twin, before)
    return tally, played


def replay(kept: Mapping[str, Any]) -> Tally:
    """Calls and answers that were kept, compared with the environment; no server is needed."""
    tally = Tally()
    twins = {name: Twin(graph) for name, graph in kept["worlds"].items()}
    for call in kept["calls"]:
        theirs = Played(*call)
        twin = twins[theirs.state]
        before = digest(twin.graph)
        tally.add(theirs, twin.call(theirs.tool, theirs.arguments), twin, before)
    return tally


def transcript(states: Sequence[str], played: Sequence[Played], how: str) -> str:
    """What was played as JSON, a call a line."""
    worlds = {name: graph_of(load(NAME).state(name).rows) for name in states}
    calls = [json.dumps(list(vars(p).values())[: 5 + (p.graph is not None)]) for p in played]
    head = f'{{\n"made": {json.dumps(how)},\n"worlds": {json.dumps(worlds)},\n"calls": [\n'
    return head + ",\n".join(calls) + "\n]\n}\n"


def version(server: str) -> str:
    """The version of the package that a command starts; empty when it does not lie in one."""
    for word in shlex.split(server):
        found = [folder / "package.json" for folder in Path(word).parents if (folder / "package.json").exists()]
        if found:
            return str(json.loads(found[0].read_text(encoding="utf-8")).get("version", ""))
    return ""


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:157]}..."


def main() -> None:
    """Print agreement by tool and a line for each difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--state", action="append", choices=STATES, help="once or more; all of them by default")
    parser.add_argument("--server", default="", help="the command that starts the server")
    parser.add_argument("--record", type=Path)
    parser.add_argument("--replay", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    states = options.state or [*STATES]
    if options.replay:
        tally, about = replay(json.loads(options.replay.read_text(encoding="utf-8"))), f"as kept in {options.replay}"
        odd = misshapen(json.loads((find(NAME) / "source.json").read_text(encoding="utf-8"))["tools"])
    else:
        server = options.server or command()
        if not server:
            sys.exit(f"node or {PACKAGE} was not found: npm install {PACKAGE}, or say --server")
        odd = misshapen(mcp_client.list_tools(f"mcp:{server}")["tools"])
        tally, played = asyncio.run(play(server, states, options.calls, options.seed))
        about = f"{PACKAGE} {version(server)}"
        if options.record:
            flags = f"--calls {options.calls} --seed {options.seed} " + " ".join(f"--state {name}" for name in states)
            how = (
                f"python benchmarks/fidelity.py --record FILE {flags}, on {about}: state, tool, arguments, "
                "the real server's answer, the first 16 digits of the SHA-256 of its whole graph afterwards, and that "
                "graph where the environment had another, which it was then given."
            )
            options.record.write_text(transcript(states, played, how), encoding="utf-8")
    if options.json:
        figures = {"server": about, "seed": options.seed, "misshapen": odd, **tally.as_json()}
        print(json.dumps(figures, indent=1, ensure_ascii=False))
    else:
        print(f"{about}: {tally.agree.total()} of {tally.calls.total()} calls agree ({tally.share:.1%}); "
              f"{tally.refused.total()} refused by both, {tally.changed} changed the state")  # fmt: skip
        for tool in sorted(tally.calls):
            print(f"  {tool:20} {tally.agree[tool]:4} of {tally.calls[tool]:4}, {tally.refused[tool]} refused by both")
        print(*odd, *tally.differences, sep="\n")
    sys.exit(bool(odd) or tally.share < ENOUGH)


if __name__ == "__main__":
    main()
