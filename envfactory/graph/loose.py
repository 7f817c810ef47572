"""Edges between tools that are only described.

Within a service by all that names and descriptions say; between services by the kinds of plain values alone, for an
identifier of one means nothing to another.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from envfactory.graph.alike import FLOOR, Vectorise, alike, best
from envfactory.graph.fit import fit, read, said_score, sink
from envfactory.graph.graph import Dependency, Evidence, ToolNode
from envfactory.graph.schemas import ToolText
from envfactory.graph.shape import VERBS, Leaf
from envfactory.graph.words import fits, said_kind, split

SURE = 0.55
"""What merely fits scores this much, at least, to stand beside an edge that the documentation names."""

_PATH = re.compile(r"/?\w+(?:/[\w{}.-]+)+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def loose(
    nodes: Mapping[str, ToolNode],
    tools: Sequence[ToolText],
    given: Sequence[Leaf],
    taken: Sequence[Leaf],
    *,
    vectorise: Vectorise,
    most: int,
) -> Iterator[Dependency]:
    """The edges, at most `most` for each parameter, the best of them."""
    gives: dict[str, list[Leaf]] = defaultdict(list)
    takes: dict[str, list[Leaf]] = defaultdict(list)
    texts: dict[str, list[ToolText]] = defaultdict(list)
    for leaf in given:
        gives[nodes[leaf.tool].environment].append(leaf)
    for leaf in taken:
        takes[nodes[leaf.tool].environment].append(leaf)
    for tool in tools:
        texts[tool.environment].append(tool)
    for home in sorted(takes):
        if gives[home]:
            yield from _within(home, texts[home], gives[home], takes[home], vectorise, most)
    if len(texts) > 1:
        plain = [leaf for leaf in taken if not read(leaf).handle]
        across = alike(nodes, [leaf for leaf in given if not read(leaf).handle], plain, vectorise=vectorise)
        yield from best(e for e in across if nodes[e.producer].environment != nodes[e.consumer].environment)


def _within(
    home: str, tools: Sequence[ToolText], given: Sequence[Leaf], taken: Sequence[Leaf], vectorise: Vectorise, most: int
) -> Iterator[Dependency]:
    wanted_rows, given_rows = vectorise(taken), vectorise(given)
    by_word: dict[str, list[int]] = defaultdict(list)
    by_kind: dict[str, list[int]] = defaultdict(list)
    by_tool: dict[str, list[int]] = defaultdict(list)
    mains: list[int] = []
    words = [read(leaf) for leaf in given]
    for place, (leaf, known) in enumerate(zip(given, words, strict=True)):
        for word in known.words:
            by_word[word].append(place)
        by_kind[known.kind].append(place)
        by_tool[leaf.tool].append(place)
        if leaf.main:
            mains.append(place)
    mentions = _Mentions(home, tools)
    for row, leaf in enumerate(taken):
        known = read(leaf)
        said = mentions.of(leaf)
        candidates = {place for word in known.words for place in by_word[word]}
        for wanted in {known.kind, said_kind(leaf.name, leaf.description)} - {""}:
            candidates |= {place for one, places in by_kind.items() if fits(one, wanted) for place in places}
        candidates |= {place for tool in said for place in by_tool[tool]}
        candidates |= {*mains} if sink(leaf) else set()
        found: dict[str, tuple[float, str, str, Leaf, float]] = {}
        places = sorted(place for place in candidates if given[place].tool != leaf.tool)
        near: list[float] = (given_rows[places] @ wanted_rows[row]).tolist()
        for place, likeness in zip(places, near, strict=True):
            one = given[place]
            score, why = fit(one, words[place], leaf, known, likeness)
            kind = "name" if why.startswith("the same name") else "meaning"
            if one.tool in said:
                score, why, kind = said_score(one, leaf, score, likeness), f"the description names {one.tool}", "said"
            if score >= FLOOR and (one.tool not in found or score > found[one.tool][0]):
                found[one.tool] = (score, why, kind, one, likeness)
        if any(kind == "said" for _, _, kind, _, _ in found.values()):
            # Whoever wrote where a value comes from did not mean what is merely like it.
            found = {tool: item for tool, item in found.items() if item[2] != "meaning" or item[0] >= SURE}
        ranked = sorted(found.values(), key=lambda item: (-round(item[0], 3), item[3].tool, item[3].path))
        for score, why, kind, one, likeness in ranked[:most]:
            shown = f"{one.about} {' '.join(split(one.name))}".strip()
            detail = f"{shown}: {why} ({likeness:.2f})"
            yield Dependency.model_construct(
                producer=one.tool,
                consumer=leaf.tool,
                path=one.path,
                parameter=leaf.path,
                entity=" ".join(sorted(known.words)) if known.handle else known.kind,
                evidence=(Evidence.model_construct(kind=kind, detail=detail, score=round(min(score, 1.0), 3)),),
            )


class _Mentions:
    """Which tools of a service a description names: by name, by the words of the name in order, or by path."""

    def __init__(self, home: str, tools: Sequence[ToolText]) -> None:
        self._paths = {tool.endpoint.strip("/"): f"{home}__{tool.name}" for tool in tools if tool.endpoint}
        self._names: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for tool in tools:
            words = split(tool.name)
            # From the verb on: `search location` names TripadvisorSearchLocation.
            verb = next((place for place, word in enumerate(words) if word in VERBS), 0)
            for name in {words, words[verb:]}:
                if len(name) > 1:
                    self._names[name].add(f"{home}__{tool.name}")

    def of(self, leaf: Leaf) -> frozenset[str]:
        """The tools that a parameter's description names, itself left out; none when one name means several."""
        text = leaf.description
        found = {self._paths[path.strip("/")] for path in _PATH.findall(text) if path.strip("/") in self._paths}
        words = [word for name in _NAME.findall(_PATH.sub(" ", text)) for word in split(name)]
        for length in range(2, 7):
            for start in range(len(words) - length + 1):
                named = self._names.get(tuple(words[start : start + length]), set())
                if len(named) == 1:
                    found |= named
        return frozenset(found - {leaf.tool})
