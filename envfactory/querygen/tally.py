"""What a run of the factory gave, in figures."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from envfactory.rollout.task import Kind, Task

DEEP = 3
"""Calls on the longest path of which each needs the one before, from which a task counts as deep."""


class Drawn(NamedTuple):
    """One candidate: a certified task, or why there is none."""

    candidate: int
    task: Task | None
    rejected: str = ""


def depth(task: Task) -> int:
    """Calls on the longest path of right calls that each use a result of the one before; 0 without calls."""
    found: list[int] = []
    for call in task.calls:
        needed = [int(source.partition(".")[0]) for source in call.uses.values()]
        found.append(1 + max((found[number] for number in needed if number < len(found)), default=0))
    return max(found, default=0)


class Tally:
    """Counts tasks, and what did not become one."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.operators: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.tools: Counter[str] = Counter()
        """How many tasks make a call of each tool."""
        self.environments: Counter[int] = Counter()
        """Tasks by the number of environments they are about."""
        self.seen: set[str] = set()
        self.multi_turn = 0
        self.deep = 0
        self.tasks = 0
        self.given_up: dict[Kind, int] = {}
        """Kinds that the environments did not yield, and how many of them were wanted."""

    def add(self, drawn: Drawn) -> bool:
        """Count a candidate; whether it is a new task, with words and gold that no earlier one has."""
        task = drawn.task
        if task is None:
            self.rejected[drawn.rejected] += 1
            return False
        words_and_gold = repr([(t.query, [(c.tool, c.arguments) for c in t.calls]) for t in task.turns])
        if words_and_gold in self.seen:
            self.rejected["a duplicate"] += 1
            return False
        self.seen.add(words_and_gold)
        self.tasks += 1
        self.kinds[task.kind] += 1
        self.multi_turn += len(task.turns) > 1
        self.environments[len(task.settings)] += 1
        self.deep += depth(task) >= DEEP
        self.tools.update({call.tool for call in task.calls})
        self.operators.update(task.operators)
        return True

    def share(self, count: int) -> float:
        """A count as a share of the tasks, 0 to 1."""
        return round(count / self.tasks, 4) if self.tasks else 0.0

    def document(self) -> dict[str, Any]:
        """The figures as `--json` prints them."""
        return {
            "tasks": self.tasks,
            "certified": self.tasks,
            "kinds": dict(sorted(self.kinds.items())),
            "multi_turn": self.share(self.multi_turn),
            "implicit": self.share(self.operators["implicit_reference"]),
            "operators": {name: self.share(count) for name, count in sorted(self.operators.items())},
            "depth3": self.share(self.deep),
            "environments": {str(size): self.share(count) for size, count in sorted(self.environments.items())},
            "tools": len(self.tools),
            "given_up": dict(sorted(self.given_up.items())),
            "rejected": dict(sorted(self.rejected.items())),
        }
