"""What benchmarks/fidelity.py knows of the memory server: its file, its graph as rows, calls that know its tools."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from envfactory.envgen.checks.calls import EDGES, WORDS
from envfactory.messages import canonical

SCRIPTS = (
    "Øresund",
    "İstanbul",
    "ΣΊΣΥΦΟΣ",
    "名前 🙂",
    "straße",
    "naïve\u0301",
    "line\u2028end",
    "tab\t\nline",
    "__proto__",
)
KINDS = ("person", "project", "Place", "event", "")
VERBS = ("works with", "mentors", "is part of", "WORKS WITH", "kennt", "")

Graph = dict[str, Any]
"""`entities` and `relations`, as `read_graph` shows them."""

# Worlds on both sides -------------------------------------------------------------------------------------------------


def graph_of(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Graph:
    """What the rows of the environment say, as the server would show it."""
    known: dict[tuple[str, int], list[str]] = {}
    for row in sorted(rows["observations"], key=lambda row: row["seq"]):
        known.setdefault((row["entityName"], row["copy"]), []).append(row["content"])
    entities = [
        {
            "name": row["name"],
            "entityType": row["entityType"],
            "observations": known.pop((row["name"], row["copy"]), []),
        }
        for row in sorted(rows["entities"], key=lambda row: row["seq"])
    ]
    relations = [
        {name: row[name] for name in ("from", "to", "relationType")}
        for row in sorted(rows["relations"], key=lambda row: row["seq"])
    ]
    strays = {"observations of nobody": [list(owner) for owner in known]} if known else {}
    return {"entities": entities, "relations": relations, **strays}


def rows_of(graph: Graph) -> dict[str, list[dict[str, Any]]]:
    """The rows that say what a server shows."""
    rows: dict[str, list[dict[str, Any]]] = {"entities": [], "observations": [], "relations": []}
    copies: Counter[str] = Counter()
    for entity in graph["entities"]:
        owner = {"copy": copies[entity["name"]]}
        copies[entity["name"]] += 1
        place = {"seq": len(rows["entities"]) + 1}
        rows["entities"].append({"name": entity["name"], "entityType": entity["entityType"], **owner, **place})
        for content in entity["observations"]:
            place = {"seq": len(rows["observations"]) + 1}
            rows["observations"].append({"content": content, "entityName": entity["name"], **owner, **place})
    for number, relation in enumerate(graph["relations"], 1):
        rows["relations"].append({**relation, "seq": number})
    return rows


def lines_of(graph: Graph) -> str:
    """The server's file for a graph: an entity or a relation a line."""
    lines = [{"type": "entity", **entity} for entity in graph["entities"]]
    lines += [{"type": "relation", **relation} for relation in graph["relations"]]
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)


def digest(graph: Graph) -> str:
    """A hash of a whole state, order included."""
    return hashlib.sha256(canonical(graph).encode()).hexdigest()[:16]


# Calls ----------------------------------------------------------------------------------------------------------------


class Talk:
    """Makes up calls that know what the tools are about, on the graph as it is now."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.graph: Graph = {}

    def call(self, tool: str, graph: Graph) -> dict[str, Any]:
        """The arguments of one call."""
        self.graph = graph
        arguments: dict[str, Any] = getattr(self, f"_{tool}")()
        chance = self.dice.random()
        if chance < 0.02:
            return {**arguments, "limit": 5}
        if chance < 0.04 and arguments:
            return {next(iter(arguments)): self.dice.choice([None, "text", 7, [7], [{}], {}])}
        return {} if chance < 0.05 else arguments

    def _create_entities(self) -> dict[str, Any]:
        made = [
            {"name": self._name(known=0.3), "entityType": self.dice.choice(KINDS), "observations": self._facts()}
            for _ in range(self._several())
        ]
        return {"entities": self._repeated(made)}

    def _create_relations(self) -> dict[str, Any]:
        return {"relations": self._repeated([self._relation(0.3) for _ in range(self._several())])}

    def _add_observations(self) -> dict[str, Any]:
        additions = [{"entityName": name, "contents": self._facts(name)} for name in self._names(0.93)]
        return {"observations": self._repeated(additions)}

    def _delete_entities(self) -> dict[str, Any]:
        return {"entityNames": self._repeated(self._names(0.7)[:2])}

    def _delete_observations(self) -> dict[str, Any]:
        return {"deletions": [{"entityName": name, "observations": self._facts(name)} for name in self._names(0.85)]}

    def _delete_relations(self) -> dict[str, Any]:
        return {"relations": self._repeated([self._relation(0.75) for _ in range(self._several())])}

    def _read_graph(self) -> dict[str, Any]:
        return {}

    def _search_nodes(self) -> dict[str, Any]:
        text = self.dice.choice([*self._texts(), *SCRIPTS, *EDGES, "zz-nothing"])
        if len(text) > 2 and self.dice.random() < 0.6:
            start = self.dice.randrange(len(text) - 1)
            text = text[start : start + self.dice.randint(1, 6)]
        return {"query": self.dice.choice([text, text.upper(), text.lower()])}

    def _open_nodes(self) -> dict[str, Any]:
        return {"names": self._repeated(self._names(0.75))}

    # Parts -----------------------------------------------------------------------------------------------------------

    def _several(self) -> int:
        return self.dice.choice([0, 1, 1, 1, 2, 2, 3])

    def _repeated(self, items: list[Any]) -> list[Any]:
        """The items, sometimes with one of them a second time."""
        return [*items, self.dice.choice(items)] if items and self.dice.random() < 0.15 else items

    def _names(self, known: float) -> list[str]:
        return [self._name(known=known) for _ in range(self._several())]

    def _name(self, *, known: float) -> str:
        there = [entity["name"] for entity in self.graph["entities"]]
        if there and self.dice.random() < known:
            return self.dice.choice(there)
        near = self.dice.choice(there) if there else ""
        new = f"{self.dice.choice(WORDS)} {self.dice.randint(1, 999)}"
        return self.dice.choice([new, new, new, self.dice.choice(SCRIPTS), near.upper(), f"{near} ", near[:4]])

    def _facts(self, name: str = "") -> list[str]:
        own = [fact for entity in self.graph["entities"] if entity["name"] == name for fact in entity["observations"]]
        new = f"{self.dice.choice(WORDS)} {self.dice.randint(1, 99)}"
        pool = [*own, *own, new, *self._texts()[:3], *SCRIPTS[:2], ""]
        return self._repeated([self.dice.choice(pool) for _ in range(self._several())])

    def _relation(self, known: float) -> dict[str, str]:
        there = self.graph["relations"]
        if there and self.dice.random() < known:
            found = self.dice.choice(there)
            turned = {"from": found["to"], "to": found["from"], "relationType": found["relationType"]}
            other = {**found, "relationType": self.dice.choice(VERBS)}
            return self.dice.choice([dict(found), dict(found), dict(found), turned, other])
        ends = {"from": self._name(known=0.85), "to": self._name(known=0.85)}
        return {**ends, "relationType": self.dice.choice(VERBS)}

    def _texts(self) -> list[str]:
        entities = self.graph["entities"][-6:]
        return [t for e in entities for t in (e["name"], e["entityType"], *e["observations"])] or ["nothing"]
