"""Credit by turn: what each turn of an attempt reached of what that very turn wanted.

The reward compares rows with the start, after every turn, so that a mistake in the first turn shows in all that follow.
For learning turn by turn (advantages of turns, as in multi-turn GRPO) each turn is judged alone here: what had to
change between the turn before and this one, and what did. A turn's credit is the share of its own row changes made and
its own facts said, times 0.25 for every change in it that nobody wanted; a turn that wants neither is worth 1 if
nothing was changed in it. An attempt that passes has 1 in every turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from envfactory.environment.store import RowChange, Scalar
from envfactory.rollout.identity import LONG, Generated
from envfactory.rollout.match import Exempt, StateMatch, compare, required, same_changes
from envfactory.rollout.task import Changes, Task

HARM = 0.25
"""What is left of a credit for every change nobody wanted."""


def between(before: Changes, after: Changes) -> Changes:
    """The row changes that lead from one moment to a later one, both given as net changes since the same start.

    A change that the later moment no longer has was undone; a row that was made earlier and changed now is an update.
    """
    found: Changes = {}
    for name in sorted({*before, *after}):
        old = {(change.table, change.key): change for change in before.get(name, ())}
        new = {(change.table, change.key): change for change in after.get(name, ())}
        steps = [_step(old.get(place), new.get(place)) for place in {**old, **new}]
        if rows := tuple(step for step in steps if step is not None):
            found[name] = rows
    return found


def _step(old: RowChange | None, new: RowChange | None) -> RowChange | None:
    """What happened to one row between two moments."""
    if old is None or new is None:
        return new if old is None else _undone(old)
    if old.op == new.op == "delete":
        return None
    if new.op == "delete":
        return new.model_copy(update={"before": {**new.before, **old.after}})
    if old.op == "delete":
        row = {**old.before, **new.after}  # it is there again, perhaps changed
        return RowChange(table=new.table, op="insert", key=new.key, before={}, after=row, indirect=new.indirect)
    missing: Any = object()
    was = {name: old.after.get(name, new.before.get(name)) for name in {**old.after, **new.after}}
    now = {name: new.after.get(name, old.before.get(name)) for name in {**old.after, **new.after}}
    changed = [name for name in was if was[name] != now.get(name, missing)]
    if not changed:
        return None
    return RowChange(
        table=new.table,
        op="update",
        key=new.key,
        before={name: was[name] for name in changed},
        after={name: now[name] for name in changed},
        indirect=new.indirect,
    )


def _undone(change: RowChange) -> RowChange:
    if change.op == "insert":
        return change.model_copy(update={"op": "delete", "before": change.after, "after": {}})
    if change.op == "delete":
        return change.model_copy(update={"op": "insert", "before": {}, "after": change.before})
    return change.model_copy(update={"before": change.after, "after": change.before})


def credits(
    task: Task,
    reached: Sequence[Changes],
    said: Sequence[tuple[int, int]],
    matches: Sequence[StateMatch],
    gold_made: Generated,
    attempt_made: Generated,
) -> tuple[float, ...]:
    """The credit of each turn.

    `reached` are the attempt's net changes after each turn it reached, `said` how many of each turn's facts were said
    and how many there are, `matches` the comparison of rows after each turn. A turn that was not reached is worth 0.
    """
    found: list[float] = []
    for number, turn in enumerate(task.turns):
        if number >= len(reached):
            found.append(0.0)
            continue
        earlier: Changes = task.turns[number - 1].changes if number else {}
        wanted, got = turn.changes, reached[number]
        spoken, facts = said[number]
        if matches[number].exact and (not number or matches[number - 1].exact):
            rows = required(between(earlier, wanted) if earlier else wanted, task.exempt)
            match = StateMatch(required=rows, made=float(rows))
        else:
            own, mine = between(earlier, wanted), between(reached[number - 1] if number else {}, got)
            ids = matches[number - 1].ids if number else {}
            match = _alone(own, mine, ids, task.exempt, gold_made, attempt_made)
        harmed = HARM ** len(match.harm)
        parts = match.required + facts
        found.append(round(((match.made + spoken) / parts if parts else 1.0) * harmed, 6))
        if not parts and match.harm:
            found[-1] = 0.0
    return tuple(found)


def _alone(
    wanted: Changes,
    got: Changes,
    ids: Mapping[Scalar, Scalar],
    exempt: Exempt,
    gold_made: Generated,
    attempt_made: Generated,
) -> StateMatch:
    """Compare the changes of one turn; rows that earlier turns made are named by the attempt's ids."""
    if ids:
        wanted = {name: tuple(_named(change, ids) for change in rows) for name, rows in wanted.items()}
    if same_changes(wanted, got):
        count = required(wanted, exempt)
        return StateMatch(required=count, made=float(count))
    return compare(wanted, got, exempt, gold_made=gold_made, attempt_made=attempt_made)


def _named(change: RowChange, ids: Mapping[Scalar, Scalar]) -> RowChange:
    """A change with the attempt's ids in place of gold's, for rows that were made in earlier turns."""
    after = {name: _text(value, ids) if isinstance(value, str) else value for name, value in change.after.items()}
    if change.op == "insert":
        return change.model_copy(update={"after": after})
    return change.model_copy(update={"key": tuple(ids.get(value, value) for value in change.key), "after": after})


def _text(text: str, ids: Mapping[Scalar, Scalar]) -> Scalar:
    """A text that is an id, or speaks of one that is long enough to be recognised."""
    if text in ids:
        return ids[text]
    for wanted, mine in ids.items():
        if isinstance(wanted, str) and len(wanted) >= LONG and wanted != mine:
            text = text.replace(wanted, str(mine))
    return text
