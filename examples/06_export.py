"""Attempts become training rows: only those that earned the reward, whole, with a mask over what the agent wrote."""

from __future__ import annotations

import asyncio
import json
import tempfile
from itertools import islice
from pathlib import Path

from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.querygen.generate import candidates
from envfactory.rollout.characters import character
from envfactory.rollout.play import play
from envfactory.rollout.reward import score
from envfactory.training.export import export
from envfactory.training.masks import render

library = {"google_tasks": load("google_tasks")}
drawn = (candidate.task for candidate in candidates(library, link(library), seed=7))
tasks = list(islice((task for task in drawn if task is not None), 10))

pairs = []
for name in ("oracle", "idler"):
    for task in tasks:
        with task.open(library) as session:
            pairs.append((task, asyncio.run(play(task, character(name, task), session))))

folder = Path(tempfile.mkdtemp(prefix="envfactory_"))
exported = export(pairs, folder, passed=lambda task, trajectory: score(task, trajectory).passed)
for file in exported.files:
    print(f"{file.path:24} {file.rows:3} rows  sha256 {file.sha256[:12]}…")
for reason, count in exported.dropped.items():
    print(f"dropped {count}: {reason}")
for note in exported.notes:
    print("note:", note)

row = json.loads((folder / "sft" / "train.jsonl").read_text(encoding="utf-8").splitlines()[0])
print(f"\nan SFT row: {len(row['tools'])} tools, messages {[message['role'] for message in row['messages']]}")
messages, tools = pairs[0][1].messages, pairs[0][1].tools
rendered = render(messages, tools, template="qwen2.5")
learnt = sum(end - start for start, end in rendered.spans)
print(f"as text: {len(rendered.text)} characters, of which {learnt} are learnt:")
for start, end in rendered.spans:
    print("  " + rendered.text[start:end].replace("\n", "\n  "))
