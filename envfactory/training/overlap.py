"""How near an environment is to the worlds of the benchmarks we evaluate on: by service, and tool by tool.

A model trained on what it is tested on scores well and has learnt little; the environments published with
arXiv:2605.18703 hold 18 of 18 tools of one of BFCL's APIs. Names and parameters of BFCL's eight multi-turn APIs, of
τ²-bench's domains and of MCP-Atlas' servers lie in `benchmark_tools.json` (`benchmarks/benchmark_tools.py` writes it).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from envfactory.environment.spec import EnvSpec
from envfactory.graph.words import canonical_words, split

BENCHMARKS = ("bfcl", "tau2", "mcp_atlas")
"""The benchmarks whose tools are known here."""

NEAR = 0.25
"""Share of an environment's tools that a group has too from which it counts as near; chosen by us."""

_DATA = Path(__file__).with_name("benchmark_tools.json")
_ALIKE = 0.5
"""How far names and parameters (as sets of words, Jaccard) must agree for two tools to be alike."""
_VERBS = (
    "create add insert new post make open place start",
    "list all search find query retrieve",
    "get read show view display fetch lookup check describe",
    "update patch edit modify change set rename put",
    "delete remove clear trash",
    "cancel void withdraw",
    "send reply forward",
    "move mv transfer",
    "copy cp duplicate",
    "close resolve complete finish",
)
_VERB = {word: group.split()[0] for group in _VERBS for word in group.split()}
_DROPPED = frozenset({*_VERB, "a", "all", "api", "to"})
_SERVICES = {
    "mcp_atlas:google-workspace": ("gmail", "google calendar", "google drive", "google docs", "google sheets"),
    "mcp_atlas:open-library": ("open library",),
    "mcp_atlas:google-maps": ("google maps",),
    "bfcl:posting_api": ("twitter",),
    "tau2:airline": ("airline", "flights"),
}
"""What a group is called elsewhere; any group is also called by its own name."""
_COMMON = frozenset({"mock", "memory", "fetch", "weather", "calculator", "exa"})
"""Names of groups that are ordinary words: they need tools that are alike, or `mcp` in the environment's name."""


class Overlap(BaseModel, frozen=True):
    """What an environment and one group of a benchmark's tools have in common."""

    group: str
    """`bfcl:message_api`, `tau2:retail`, `mcp_atlas:github`."""
    service: bool
    """Whether both stand for the same service."""
    alike: dict[str, str]
    """The environment's tools that the group has too: its name for each."""
    share: float
    """How many of the environment's tools these are, 0 to 1."""

    @property
    def near(self) -> bool:
        """Whether the environment should be left out where the benchmark is the test."""
        return self.service or self.share >= NEAR


def overlaps(spec: EnvSpec) -> tuple[Overlap, ...]:
    """What the environment has in common with each group of each benchmark, the nearest first; nothing in common is
    not listed."""
    found: list[Overlap] = []
    ours = {tool.name: _sketch(tool.name, [p.name for p in tool.parameters]) for tool in spec.tools}
    for group, tools in _groups().items():
        theirs = {name: _sketch(name, parameters) for name, parameters in tools.items()}
        nearest = {name: _nearest(sketch, theirs) for name, sketch in ours.items()}
        alike = {name: other for name, other in nearest.items() if other}
        service = _same_service(spec, group)
        if alike or service:
            found.append(Overlap(group=group, service=service, alike=alike, share=round(len(alike) / len(ours), 4)))
    return tuple(sorted(found, key=lambda o: (not o.service, -o.share, o.group)))


def near_benchmarks(spec: EnvSpec) -> tuple[str, ...]:
    """The groups the environment is near to."""
    return tuple(overlap.group for overlap in overlaps(spec) if overlap.near)


@lru_cache(maxsize=1)
def _groups() -> dict[str, dict[str, list[str]]]:
    """Parameters by tool by group."""
    benchmarks = json.loads(_DATA.read_text(encoding="utf-8"))
    return {f"{name}:{group}": tools for name, held in benchmarks.items() for group, tools in held["groups"].items()}


def _same_service(spec: EnvSpec, group: str) -> bool:
    name = group.partition(":")[2]
    called = {" ".join(split(spec.name)), spec.title.lower(), *(source.title.lower() for source in spec.sources)}
    if name in _COMMON:
        return any({name, "mcp"} <= set(text.split()) for text in called)
    wanted = (" ".join(split(name)), *_SERVICES.get(group, ()))
    return any(f" {service} " in f" {text} " for service in wanted for text in called)


class _Sketch(NamedTuple):
    """What a tool does, to what, and with what inputs: `issues_add_labels` creates an issue's label."""

    words: tuple[str, ...]
    verb: str
    nouns: frozenset[str]
    meant: frozenset[str]
    """The nouns with synonyms made equal."""
    inputs: frozenset[str]


def _sketch(name: str, parameters: Iterable[str]) -> _Sketch:
    words = split(name)
    verbs = [_VERB[word] for word in words if word in _VERB]
    return _Sketch(
        words=words,
        verb=verbs[0] if verbs else "",
        nouns=frozenset(words) - _DROPPED,
        meant=frozenset(canonical_words(name)) - _DROPPED,
        inputs=frozenset(word for parameter in parameters for word in canonical_words(parameter)),
    )


def _nearest(mine: _Sketch, theirs: dict[str, _Sketch]) -> str:
    """The name of the tool most like it; empty when none is alike."""
    likeness = {name: _likeness(mine, its) for name, its in theirs.items()}
    best = max(likeness, key=lambda name: likeness[name], default="")
    return best if best and likeness[best] else ""


def _likeness(mine: _Sketch, its: _Sketch) -> float:
    """From 0 for nothing in common to 2 for the same name and inputs; 0 as well for tools that are not alike."""
    inputs = _jaccard(mine.inputs, its.inputs)
    if mine.words != its.words and (mine.verb != its.verb or not mine.nouns or not its.nouns):
        return 0.0
    if mine.nouns == its.nouns:
        return 1.0 + inputs
    names = _jaccard(mine.meant, its.meant)
    return names + inputs if names >= _ALIKE and inputs >= _ALIKE else 0.0


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0
