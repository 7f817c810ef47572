"""Compare the row changes of an attempt with those that were wanted, whatever ids the attempt's new rows got.

Rows that both sides insert are matched by their content (optimal assignment, Kuhn 1955, as in
scipy.optimize.linear_sum_assignment); rows that existed are matched by their key. Ids that a side created stand for
their rows: two of them are equal when their rows are matched with each other. They are recognised wherever they occur:
in columns that refer to them, in JSON text, in prose.

What counts and what does not:
- Exempt columns never count.
- What a trigger or a cascade wrote (`indirect`) must be there when the wanted changes have it; more of it is ignored,
  because the change that fired it is judged itself.
- A key that the agent chose (it stands in the arguments of the call that inserted the row) is content, not an id.
- In the JSON lists of a row that is new or whose column was empty, the order of plain values does not count.
- An inserted row that agrees with a wanted one in less than half of its columns is another row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from envfactory.environment.store import Scalar
from envfactory.rollout.identity import Generated, Ids, Item, Pairs, pair_ids
from envfactory.rollout.task import Changes

ENOUGH = 0.5
"""The least share of columns in which an inserted row must agree with a wanted one to be taken for it."""

Exempt = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(slots=True)
class StateMatch:
    """How the rows of one moment compare with those wanted."""

    required: int = 0
    """Row changes wanted."""
    made: float = 0.0
    """Of these, made; a row that is right in part counts in part."""
    harm: list[str] = field(default_factory=list[str])
    """What was changed that nobody wanted, each in words."""
    missing: list[str] = field(default_factory=list[str])
    """What was wanted and is not there, or not wholly."""
    ids: dict[Scalar, Scalar] = field(default_factory=dict[Scalar, Scalar])
    """Created ids: wanted → the attempt's."""

    @property
    def exact(self) -> bool:
        """Whether the rows are just as wanted."""
        return not self.harm and not self.missing


def assign(credits: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pairs (row, column) with the greatest sum of credits; pairs without any credit are left out."""
    if not credits or not credits[0]:
        return []
    if len(credits) == 1:
        best = max(range(len(credits[0])), key=credits[0].__getitem__)
        return [(0, best)] if credits[0][best] > 0 else []
    if len(credits[0]) == 1:
        best = max(range(len(credits)), key=lambda row: credits[row][0])
        return [(best, 0)] if credits[best][0] > 0 else []
    tops = [max(range(len(row)), key=row.__getitem__) for row in credits]
    if len(set(tops)) == len(tops):  # every row can have its best
        return [(row, top) for row, top in enumerate(tops) if credits[row][top] > 0]
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]  # slow to import, seldom needed

    found = cast("Any", linear_sum_assignment(credits, maximize=True))
    pairs: list[tuple[int, int]] = list(zip(found[0].tolist(), found[1].tolist(), strict=True))
    return [(row, column) for row, column in pairs if credits[row][column] > 0]


def same_changes(wanted: Changes, got: Changes) -> bool:
    """Whether both hold the same rows, ids and all; a quick test before `compare`."""
    if len(wanted) != len(got):
        return False
    for name, rows in wanted.items():
        others = got.get(name)
        if others is None or len(others) != len(rows):
            return False
        for row, other in zip(rows, others, strict=True):
            if row is not other and not (
                row.key == other.key
                and row.after == other.after
                and row.before == other.before
                and row.op == other.op
                and row.table == other.table
            ):
                return False
    return True


def compare(
    wanted: Changes, got: Changes, exempt: Exempt, *, gold_made: Generated, attempt_made: Generated
) -> StateMatch:
    """How the rows changed (`got`) compare with those wanted.

    `gold_made` and `attempt_made` tell which keys of new rows are ids that the environment made.
    """
    gold = items(wanted, exempt)
    mine = items(got, exempt)
    # A key that both sides inserted and that one of them chose is content on both sides.
    shared = {item.place for item in gold if item.op == "insert"} & {item.place for item in mine}

    def agreed(first: Generated, second: Generated) -> Generated:
        return lambda environment, table, key: (
            first(environment, table, key)
            and ((environment, table, "insert", (key,)) not in shared or second(environment, table, key))
        )

    gold_ids = Ids(gold, agreed(gold_made, attempt_made))
    ids = pair_ids(gold, gold_ids, mine, Ids(mine, agreed(attempt_made, gold_made)))
    _pair_by_content(ids)
    match = StateMatch(required=len(gold), ids=ids.values)

    existing = {item.place: number for number, item in enumerate(mine) if item.op != "insert"}
    taken: set[int] = set()
    for item in gold:
        if item.op == "insert":
            continue
        number = existing.get(item.place)
        if number is None:
            match.missing.append(f"{item} was not made")
            continue
        taken.add(number)
        other = mine[number]
        if item.op == "delete":
            match.made += 1
            continue
        right = [name for name in item.columns if name in other.columns and ids.same(item, name, other)]
        match.made += len(right) / len(item.columns)
        if len(right) < len(item.columns):
            wrong = ", ".join(name for name in item.columns if name not in right)
            match.missing.append(f"{item} is wrong in {wrong}")
        more = [name for name in other.columns if name not in item.columns]
        if more and not other.indirect:
            match.harm.append(f"{other} also changed {', '.join(more)}")

    for group, wanted_rows in _inserts(gold).items():
        offered = [n for n, item in enumerate(mine) if item.op == "insert" and item.group == group]
        credits = [[_credit(gold[w], mine[n], ids) for n in offered] for w in wanted_rows]
        found = {row: column for row, column in assign(credits) if credits[row][column] >= ENOUGH}
        for row, w in enumerate(wanted_rows):
            if row not in found:
                match.missing.append(f"{gold[w]} was not made")
                continue
            credit = credits[row][found[row]]
            match.made += credit
            taken.add(offered[found[row]])
            if credit < 1:
                other = mine[offered[found[row]]]
                wrong = ", ".join(n for n in gold[w].columns if not ids.same(gold[w], n, other))
                match.missing.append(f"{gold[w]} is wrong in {wrong}")
    match.harm += [f"{item} was not wanted" for n, item in enumerate(mine) if n not in taken and not item.indirect]
    return match


def items(changes: Changes, exempt: Exempt) -> list[Item]:
    """The row changes that count, without exempt columns."""
    found: list[Item] = []
    for name in sorted(changes):
        tables = exempt.get(name, {})
        for change in changes[name]:
            without = tables.get(change.table, ())
            if "*" in without:
                continue
            columns: dict[str, Scalar] = {} if change.op == "delete" else change.after
            if without:
                columns = {column: value for column, value in columns.items() if column not in without}
            if change.op == "update" and not columns:
                continue
            found.append(Item(name, change, columns))
    return found


def required(changes: Changes, exempt: Exempt) -> int:
    """How many row changes of these count."""
    if not exempt:
        return sum(map(len, changes.values()))
    return len(items(changes, exempt))


def _inserts(found: Sequence[Item]) -> dict[tuple[str, str], list[int]]:
    groups: dict[tuple[str, str], list[int]] = {}
    for number, item in enumerate(found):
        if item.op == "insert":
            groups.setdefault(item.group, []).append(number)
    return groups


def _credit(wanted: Item, other: Item, ids: Pairs) -> float:
    """The share of columns that are equal; an id that the environment made does not count as a column."""
    names = [name for name in wanted.columns if name != wanted.key_column]
    if bool(wanted.key_column) != bool(other.key_column):
        names.append(wanted.key_column or other.key_column)  # one side chose its key
    if not names:
        return 1.0
    return sum(name in wanted.columns and ids.same(wanted, name, other) for name in names) / len(names)


def _pair_by_content(ids: Pairs) -> None:
    """Match the ids that are left over by the rows they are of: those that agree in most columns."""
    groups: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for g, item in enumerate(ids.gold.own):
        if g not in ids.to:
            groups.setdefault(item.group, ([], []))[0].append(g)
    used = set(ids.to.values())
    for m, item in enumerate(ids.mine.own):
        if m not in used and item.group in groups:
            groups[item.group][1].append(m)
    for left, right in groups.values():
        credits = [[_credit(ids.gold.own[g], ids.mine.own[m], ids) for m in right] for g in left]
        for row, column in assign(credits):
            ids.to[left[row]] = right[column]
