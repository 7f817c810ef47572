"""The published reward of arXiv:2605.18703, with its known holes, to compare with and to reproduce.

total = 0.5 · trace + 0.5 · state − 0.05 an extra call − 0.05 a malformed call, each cost capped at 0.5, not below 0.

- Trace: calls are taken one after the other; each is paired with the first right call of the same tool that is still
  free and earns the share of its arguments that are equal, text for text. Order does not count, and calls are read from
  the text of the whole conversation too: `<tool_call>{…}</tool_call>` in an answer or in a tool's result counts.
- State: the share of the environments the right calls visit whose rows are just as wanted, ids included. An environment
  that the attempt never called scores 0; one that the right calls never visit is not looked at.

The holes were found by running the rule; each has a test in `tests/test_reward.py` that shows it and how `robust`
closes it. Do not train on this preset.
"""

from __future__ import annotations

import json
import re
from typing import Any

from envfactory.environment.session import SEPARATOR
from envfactory.rollout.match import same_changes
from envfactory.rollout.task import Task
from envfactory.rollout.trajectory import Trajectory

_CALL_TEXT = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)


def published(task: Task, trajectory: Trajectory) -> tuple[float, dict[str, float], tuple[str, ...]]:
    """Total, parts and reasons of the published rule."""
    made = [(played.call.tool, played.call.arguments) for played in trajectory.calls]
    calls = made + _in_text(trajectory)
    gold = task.calls
    trace = _trace([(call.tool, call.arguments) for call in gold], calls)
    visited = {tool.partition(SEPARATOR)[0] for tool, _ in made}
    homes = sorted({call.tool.partition(SEPARATOR)[0] for call in gold})
    right = [
        name
        for name in homes
        if name in visited and same_changes(_of(task.changes, name), _of(trajectory.changes, name))
    ]
    state = len(right) / len(homes) if homes else 1.0
    extra = max(0, len(made) - len(gold))
    excess = min(0.5, 0.05 * extra)
    format_cost = min(0.5, 0.05 * trajectory.malformed)
    total = max(0.0, 0.5 * trace + 0.5 * state - excess - format_cost)
    parts = {"trace": trace, "state": state, "excess": excess, "format": format_cost}
    reasons = (
        f"trace: {trace:.0%} of the right calls found in the conversation",
        f"state: {len(right)} of {len(homes)} visited environments have the wanted rows",
        f"excess: {extra} calls beyond the right ones",
        f"format: {trajectory.malformed} messages whose calls could not be read",
    )
    return round(total, 6), parts, reasons


def _in_text(trajectory: Trajectory) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for message in trajectory.messages:
        if message.role in ("assistant", "tool") and "<tool_call>" in message.content:
            for body in _CALL_TEXT.findall(message.content.replace('\\"', '"')):
                try:
                    call = json.loads(body)
                except ValueError:
                    continue
                found.append((str(call.get("name", "")), call.get("arguments", {})))
    return found


def _trace(gold: list[tuple[str, Any]], calls: list[tuple[str, Any]]) -> float:
    if not gold:
        return 1.0
    free = list(range(len(gold)))
    points = 0.0
    for tool, arguments in calls:
        number = next((n for n in free if gold[n][0] == tool), None)
        if number is None:
            continue
        free.remove(number)
        wanted = gold[number][1]
        if not wanted:
            points += 1.0
        elif isinstance(arguments, dict):
            equal = [name for name in wanted if name in arguments and arguments[name] == wanted[name]]
            points += len(equal) / len(wanted)
    return points / len(gold)


def _of(changes: Any, name: str) -> Any:
    return {name: changes[name]} if changes.get(name) else {}
