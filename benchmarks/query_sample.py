"""A random sample of tasks to be read: what the user says, the right calls in short, what a right answer says.

    envfactory generate -n 400 --seed 11 --output out/sample.jsonl
    python benchmarks/query_sample.py out/sample.jsonl --seed 11 --count 40 --markdown

Every kind that the file has is in the sample, in its share, at least once. The same file and seed give the same sample.
The marks in docs/querygen.md were given to what this prints.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from envfactory.messages import canonical
from envfactory.querygen.quota import split
from envfactory.rollout.task import GoldCall, Kind, Task, read_tasks

_ARGUMENT = 60
"""Characters shown of one call's arguments."""


def sample(tasks: Sequence[Task], *, count: int, seed: int) -> list[Task]:
    """`count` tasks, each kind in its share and at least once, in random order."""
    random = Random(seed)
    kinds: dict[Kind, list[Task]] = {}
    for task in tasks:
        kinds.setdefault(task.kind, []).append(task)
    spare = max(0, count - len(kinds))
    shares = split(spare, {kind: float(len(found)) for kind, found in kinds.items()})
    chosen = [
        task
        for kind in sorted(kinds)
        for task in random.sample(kinds[kind], min(1 + shares.get(kind, 0), len(kinds[kind])))
    ]
    random.shuffle(chosen)
    return chosen[:count]


def told(task: Task, number: int, *, markdown: bool) -> Iterator[str]:
    """One task, line by line."""
    services = " + ".join(setting.environment for setting in task.settings)
    head = f"{number}. {task.kind} · {services} · {task.persona}"
    yield f"**{head}**" if markdown else head
    yield ""
    for rule in task.rules:
        yield f"> *Rule of the house:* {rule}" if markdown else f"   rule: {rule}"
        yield ">" if markdown else ""
    for turn in task.turns:
        calls = " → ".join(short(call) for call in turn.calls) or "no call"
        if markdown:
            yield f"> **User:** {turn.query}  "
            yield f"> {calls}  "
            yield f"> **Agent:** {turn.answer}"
            yield ">" if turn is not task.turns[-1] else ""
        else:
            yield f"   user:  {turn.query}"
            yield f"          {calls}"
            yield f"   agent: {turn.answer}"
    if not markdown:
        yield ""


def short(call: GoldCall) -> str:
    """A call by its name, with the arguments that no earlier call gave."""
    used = {name.partition(".")[0] for name in call.uses}
    own = {name: value for name, value in call.arguments.items() if name not in used}
    text = canonical(own) if own else ""
    name = call.tool.partition("__")[2]
    return f"`{name}{' ' if text else ''}{text if len(text) <= _ARGUMENT else text[: _ARGUMENT - 1] + '…'}`".replace(
        "``", "`"
    )


def main() -> int:
    """Print the sample."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", type=Path, help="tasks as JSON Lines, from envfactory generate")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--markdown", action="store_true")
    given = parser.parse_args()
    chosen = sample(list(read_tasks(given.tasks)), count=given.count, seed=given.seed)
    for number, task in enumerate(chosen, 1):
        sys.stdout.write("\n".join(told(task, number, markdown=given.markdown)) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
