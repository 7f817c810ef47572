"""The tool graph: which output fills which input, how we know, and chains drawn from it."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from envfactory.environment.library import load
from envfactory.graph.draw import draw
from envfactory.graph.link import link
from envfactory.graph.sample import random_walk, sample, validate

library = {name: load(name) for name in ("google_calendar", "google_tasks")}
graph = link(library)
print(f"{len(graph.tools)} tools of {', '.join(library)}; {graph.connected:.0%} of them connected")
kinds = Counter(kind for edge in graph.dependencies for kind in sorted({e.kind for e in edge.evidence}))
print(f"{len(graph.dependencies)} edges; evidence:", dict(kinds))

edges = graph.producers("google_tasks__tasks_move", "destinationTasklist")
for edge in [edge for edge in edges if edge.producer != edge.consumer][:3]:
    print(f"  {edge.producer}  {edge.path}  ->  {edge.parameter} of {edge.consumer}")
    for evidence in edge.evidence:
        print(f"      {evidence.kind} {evidence.score}: {evidence.detail}")

chains = list(sample(graph, library, count=500, seed=7))
for chain in chains[:4]:
    print("  " + " | ".join(" > ".join(chain.tools[place] for place in turn) for turn in chain.turns))
walks = list(random_walk(graph, library, count=500, seed=7))
for name, drawn in (("sampled", chains), ("random walk", walks)):
    valid = sum(not validate(chain, graph) for chain in drawn)
    print(f"{name}: {valid} of {len(drawn)} chains are valid")

folder = Path(tempfile.mkdtemp(prefix="envfactory_"))
graph.write(folder / "graph.json")
(folder / "graph.svg").write_text(draw(graph), encoding="utf-8")
print("written:", folder / "graph.json", folder / "graph.svg")
