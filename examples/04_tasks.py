"""Generate certified tasks and read one: what the user says, what is right, and the proof that it can be scored."""

from __future__ import annotations

import tempfile
from pathlib import Path

from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.querygen.batch import generate
from envfactory.rollout.task import read_tasks

library = {"google_tasks": load("google_tasks")}
output = Path(tempfile.mkdtemp(prefix="envfactory_")) / "tasks.jsonl"
tally = generate(library, link(library), output, count=12, seed=7)
print(f"{tally.tasks} certified tasks; candidates dropped:")
for reason, count in tally.rejected.most_common():
    print(f"  {count:3}  {reason}")

tasks = list(read_tasks(output))
task = max(tasks, key=lambda task: (len(task.turns), len(task.operators), len(task.calls)))
print(f"\n{task.id}: {task.persona}; state {task.settings[0].state!r}; refined by {', '.join(task.operators) or '-'}")
for turn in task.turns:
    print(f"\nuser:  {turn.query}")
    for call in turn.calls:
        print(f"gold:  {call.tool} {call.arguments}")
    for change in turn.changes.get("google_tasks", ()):
        print(f"rows:  {change.op} {change.table}")  # since the task began
    for fact in turn.facts:
        print(f"fact:  {fact.name}, in any of {len(fact.forms)} ways: {fact.forms[0]!r}")
    print(f"agent: {turn.answer}")
print("\nproof:", task.proof)
