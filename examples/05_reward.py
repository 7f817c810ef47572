"""What a reward is worth is shown by characters: eight ways to play the same tasks, from right to harmful."""

from __future__ import annotations

import asyncio
from itertools import islice
from statistics import mean

from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.querygen.generate import candidates
from envfactory.rollout.characters import NAMES, character
from envfactory.rollout.play import play
from envfactory.rollout.reward import Reward, score
from envfactory.rollout.task import Task
from envfactory.rollout.trajectory import Trajectory

library = {"google_tasks": load("google_tasks")}
drawn = (candidate.task for candidate in candidates(library, link(library), seed=7))
tasks = list(islice((task for task in drawn if task is not None), 20))


def attempt(task: Task, name: str) -> Trajectory:
    """One character's attempt, in a session of its own."""
    with task.open(library) as session:
        return asyncio.run(play(task, character(name, task), session))


print(f"{'':12} {'robust':>7} {'paper':>7} {'passed':>7}   (means over {len(tasks)} tasks)")
kept: dict[str, list[Reward]] = {}
for name in NAMES:
    played = [(task, attempt(task, name)) for task in tasks]
    kept[name] = [score(task, trajectory) for task, trajectory in played]
    published = mean(score(task, trajectory, preset="paper").total for task, trajectory in played)
    robust = mean(reward.total for reward in kept[name])
    passed = sum(reward.passed for reward in kept[name])
    print(f"{name:12} {robust:7.3f} {published:7.3f} {passed:4}/{len(tasks)}")

for name in ("vandal", "over_caller", "scrambler"):
    number, reward = max(enumerate(kept[name]), key=lambda item: len(item[1].reasons))
    print(f"\n{name} on: {tasks[number].turns[0].query}\n{reward.why()}")
