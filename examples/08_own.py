"""An environment of your own: typed functions, a world and four cases become a verified environment with tasks."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from envfactory.envgen.build import build
from envfactory.envgen.check import check, write_certificate
from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.querygen.batch import generate
from envfactory.rollout.task import read_tasks

STUB = """
class Plant(TypedDict):
    id: str
    name: str
    room: str

def list_plants(room: str | None = None) -> list[Plant]: ...
def create_plant(name: str, room: str) -> Plant: ...
def update_plant(id: str, name: str | None = None, room: str | None = None) -> Plant: ...
def delete_plant(id: str) -> None: ...
"""
PLANTS = {"p_71": ("Fern", "Kitchen"), "p_38": ("Lemon tree", "Studio"), "p_09": ("Ivy", "Studio")}
ROWS = [{"id": id, "name": name, "room": room, "seq": n} for n, (id, (name, room)) in enumerate(PLANTS.items(), 1)]
CASES = """
{"cases": [
 {"name": "list", "sentence": "The plants of a room are listed in the order they came.", "steps": [
  {"tool": "list_plants", "arguments": {"room": "Studio"}, "result": [{"id": "p_38"}, {"id": "p_09"}]},
  {"tool": "list_plants", "arguments": {"room": 3}, "error": "invalid_arguments"}]},
 {"name": "create", "sentence": "A new plant comes last.", "steps": [
  {"tool": "create_plant", "arguments": {"name": "Palm", "room": "Hall"},
   "changes": [{"table": "plants", "op": "insert", "after": {"name": "Palm", "room": "Hall", "seq": 4}}]},
  {"tool": "create_plant", "arguments": {"name": "Palm"}, "error": "invalid_arguments"}]},
 {"name": "update", "sentence": "Only what is given changes.", "steps": [
  {"tool": "update_plant", "arguments": {"id": "p_09", "room": "Hall"}, "result": {"name": "Ivy", "room": "Hall"},
   "changes": [{"table": "plants", "op": "update", "key": ["p_09"], "after": {"room": "Hall"}}]},
  {"tool": "update_plant", "arguments": {"id": "p_00"}, "error": "not_found", "message": "no plant 'p_00'"}]},
 {"name": "delete", "sentence": "A plant that was given away is gone.", "steps": [
  {"tool": "delete_plant", "arguments": {"id": "p_71"}, "changes": [{"table": "plants", "op": "delete"}]},
  {"tool": "delete_plant", "arguments": {"id": "p_71"}, "error": "not_found"}]}]}"""

home = Path(tempfile.mkdtemp(prefix="envfactory_"))
world = json.dumps({"now": "2026-03-02T09:00:00Z", "rows": {"plants": ROWS}})
for path, text in {"office.py": STUB, "plants/states/small.json": world, "plants/tests/all.json": CASES}.items():
    (home / path).parent.mkdir(parents=True, exist_ok=True)
    (home / path).write_text(text, encoding="utf-8")
built = build(str(home / "office.py"), output=home, name="plants", domain="office")
certificate = check(built.folder, fuzz=60)
write_certificate(built.folder, certificate)
print("plants:", certificate.verdict, certificate.finding("mutation").figures)
classes = {"plants": load(built.folder)}
generate(classes, link(classes), home / "tasks.jsonl", count=4, seed=2)
for task in read_tasks(home / "tasks.jsonl"):
    print("task:", " / ".join(turn.query for turn in task.turns))
