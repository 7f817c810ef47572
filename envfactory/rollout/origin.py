"""Where the key of a new row came from: did the environment make it, or did the agent choose it?

An id that the environment made may differ from attempt to attempt; a key that was chosen (a ticker, a user's name) is
content and must be right. A key was chosen when it stood in an argument or a result before the row was inserted, the
arguments of the inserting call included.
"""

from __future__ import annotations

from typing import Any

from envfactory.environment.session import SEPARATOR
from envfactory.environment.store import Scalar
from envfactory.rollout.identity import Generated
from envfactory.rollout.task import GoldCall, Task
from envfactory.rollout.trajectory import Trajectory


def gold_origin(task: Task) -> Generated:
    """Which keys of the wanted rows the environment made; a value that an earlier result gave (`uses`) is no choice."""
    known: dict[Scalar, int] = {}
    ready = False

    def generated(environment: str, table: str, key: Scalar) -> bool:
        nonlocal ready
        if not ready:  # most attempts are never asked
            ready = True
            for call in task.calls:
                _note(_own(call), known, 0)
        return _plain(key) not in known

    return generated


def attempt_origin(trajectory: Trajectory) -> Generated:
    """Which keys of the attempt's rows the environment made."""
    known: dict[Scalar, int] = {}
    inserted: dict[tuple[str, str, Scalar], int] = {}
    ready = False

    def generated(environment: str, table: str, key: Scalar) -> bool:
        nonlocal ready
        if not ready:
            ready = True
            for number, made in enumerate(trajectory.calls):
                call = made.call
                _note(call.arguments, known, 2 * number)
                _note(_texts(call.result), known, 2 * number + 1)
                home = call.tool.partition(SEPARATOR)[0]
                for change in call.changes:
                    if change.op == "insert" and len(change.key) == 1:
                        inserted.setdefault((home, change.table, change.key[0]), 2 * number)
        place = inserted.get((environment, table, key))
        return place is None or known.get(_plain(key), place + 1) > place

    return generated


def _own(call: GoldCall) -> dict[str, Any]:
    """The arguments that no earlier result gave."""
    used = {use.partition(".")[0] for use in call.uses} | set(call.uses)
    return {name: value for name, value in call.arguments.items() if name not in used}


def _texts(value: Any) -> list[str]:
    """The texts inside a result; numbers are left out, for rows of other tables may well have the same."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, (list, dict)):
        inner: list[Any] = list(value.values()) if isinstance(value, dict) else value  # pyright: ignore
        return [text for item in inner for text in _texts(item)]
    return []


def _plain(key: Scalar) -> Scalar:
    return key.casefold() if isinstance(key, str) else key


def _note(value: Any, known: dict[Scalar, int], moment: int, name: str = "") -> None:
    """Keep when each text was first seen, and each number whose name is an id's (any count could equal an id)."""
    if isinstance(value, str):
        known.setdefault(value.casefold(), moment)
    elif isinstance(value, dict):
        for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]
            _note(item, known, moment, str(key))  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            _note(item, known, moment, name)
    elif isinstance(value, int) and name.lower().endswith(("id", "ids", "key", "number")):
        known.setdefault(value, moment)
