"""References that only some rows can serve: the grammar over Google Drive, where things go into folders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.querygen.generate import candidates
from envfactory.rollout.task import Task

FOLDER = "application/vnd.google-apps.folder"


@pytest.fixture(scope="module")
def library() -> Mapping[str, type[Environment]]:
    return {"google_drive": load("google_drive")}


@pytest.fixture(scope="module")
def tasks(library: Mapping[str, type[Environment]]) -> list[Task]:
    """The tasks among the first eighty candidates."""
    drawn = candidates(library, link(library), seed=7)
    return [task for _, one in zip(range(80), drawn, strict=False) if (task := one.task) is not None]


def test_only_a_row_of_the_wanted_kind_is_chosen_where_the_contract_says_which_will_do(
    tasks: list[Task], library: Mapping[str, type[Environment]]
) -> None:
    found = 0
    for task in tasks:
        session = task.open(library)
        results: list[Any] = []
        for call in task.calls:
            for name, source in call.uses.items():
                if name.partition(".")[0] in {"parents", "addParents"}:
                    step, *path = source.split(".")[:-1]
                    item: Any = results[int(step)]
                    for key in path:
                        item = item[int(key) if key.isdigit() else key]
                    assert (item["mimeType"], item["trashed"]) == (FOLDER, False)
                    found += 1
            results.append(session.call(call.tool, call.arguments).result)
        session.close()
    assert found >= 5


def test_a_move_names_the_folder_that_the_file_is_in(tasks: list[Task]) -> None:
    moves = [call for task in tasks for call in task.calls if "addParents" in call.arguments]
    assert moves
    assert all(call.uses["removeParents"].endswith(".parents.0") for call in moves)
