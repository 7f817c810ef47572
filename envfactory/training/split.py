"""Which environments a model learns in, and which it is only measured in: no environment is in two splits."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Set
from typing import Literal, get_args

from pydantic import BaseModel

from envfactory.errors import EnvFactoryError

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

Shares = tuple[float, float, float]
"""Of the tasks, for train, validation and test."""

NEAR = 0.02
"""Moves whose costs differ by less than this share of all tasks count as equal; the seed chooses among them."""

LOSS = 0.5
"""What a lost task costs, where a task missing from a share costs 1: at 1 a test of joined environments stays small."""


class SplitPlan(BaseModel, frozen=True):
    """The split of each environment."""

    environments: dict[str, Split]
    notes: tuple[str, ...] = ()
    """What could not be done as asked, a sentence each."""

    def of(self, environments: Iterable[str]) -> Split | None:
        """The split of a task played in `environments`; None when they are in different ones."""
        homes: list[Split] = [self.environments[name] for name in environments]
        return homes[0] if len(set(homes)) == 1 else None


def plan_split(tasks: Mapping[frozenset[str], int], *, shares: Shares = (0.8, 0.1, 0.1), seed: int = 0) -> SplitPlan:
    """Splits environments so that the tasks come near `shares` and few are lost.

    `tasks` counts the tasks of each set of environments. All environments begin in train; then test, then validation,
    is filled by moving the environment, or the group joined by shared tasks, that costs least: the tasks missing from
    the share, or beyond it, and `LOSS` for each task lost because its environments are then apart. A split that is
    still empty gets its first environment even if that costs more, as long as no more than half of all tasks are lost.
    The same arguments give the same plan. Raises EnvFactoryError for shares that are no shares.
    """
    if len(shares) != 3 or min(shares) < 0 or abs(sum(shares) - 1) > 1e-6 or shares[0] == 0:
        raise EnvFactoryError(
            f"{shares!r} are no shares; give three numbers for train, validation and test that add up to 1, "
            "the first above 0"
        )
    names = sorted({name for group in tasks for name in group})
    order = names.copy()
    random.Random(f"split/{seed}").shuffle(order)
    rank = {name: place for place, name in enumerate(order)}
    total = sum(tasks.values())
    members: dict[Split, set[str]] = {"train": set(names), "validation": set(), "test": set()}
    wanted: list[Split] = [split for split in reversed(SPLITS[1:]) if shares[SPLITS.index(split)] > 0]
    notes: list[str] = []
    lost = 0
    for later, split in enumerate(wanted, 1):
        want = shares[SPLITS.index(split)] * total
        spare = 1 + (len(wanted) - later if len(names) > len(wanted) else 0)
        kept = 0
        while True:
            moves: list[tuple[int, int, float, int, int, set[str]]] = []
            for group in [{name} for name in members["train"]] + _joined(tasks, members["train"]):
                if len(members["train"]) - len(group) < spare:
                    continue
                inside, more = _effect(tasks, group, members, split)
                cost = LOSS * more + abs(want - inside)
                place = min(rank[name] for name in group)
                moves.append((round(cost / max(NEAR * total, 1e-9)), place, cost, inside, more, group))
            if not moves:
                break
            _, _, cost, inside, more, group = min(moves, key=lambda move: move[:2])
            forced = kept == 0 and inside > 0 and 2 * (lost + more) <= total
            if cost >= abs(want - kept) and not forced:
                break
            members["train"] -= group
            members[split] |= group
            kept, lost = inside, lost + more
        if kept == 0:
            members["train"] |= members[split]
            members[split] = set()
            count = f"{len(names)} environment{'s' * (len(names) != 1)}"
            reason = "there are too few" if len(names) <= len(wanted) else "setting one apart would lose too many tasks"
            notes.append(f"{split} is empty: of {count} none could be set apart for it, because {reason}")
    home: dict[str, Split] = {name: split for split in SPLITS for name in sorted(members[split])}
    return SplitPlan(environments={name: home[name] for name in names}, notes=tuple(notes))


def _effect(
    tasks: Mapping[frozenset[str], int], group: Set[str], members: Mapping[Split, Set[str]], split: Split
) -> tuple[int, int]:
    """If `group` moved from train to `split`: the tasks inside `split`, and how many more are lost."""
    train, before = members["train"], members[split]
    after = before | group
    inside = more = 0
    for names, count in tasks.items():
        if names <= after:
            inside += count
            if not names <= before and not names <= train:
                more -= count  # its environments come together again
        elif names <= train and not names.isdisjoint(group):
            more += count
    return inside, more


def _joined(tasks: Mapping[frozenset[str], int], among: Set[str]) -> list[set[str]]:
    """The environments of `among` that shared tasks join, directly or through others; lone ones are left out."""
    groups: list[set[str]] = []
    for names in tasks:
        if len(names) > 1 and names <= among:
            touching = [group for group in groups if not group.isdisjoint(names)]
            groups = [group for group in groups if group.isdisjoint(names)]
            groups.append(set(names).union(*touching))
    return groups
