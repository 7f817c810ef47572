"""`envfactory characters`: the table of what the reward pays, and the page that shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from envfactory.querygen.kinds.recipes import RECIPES
from envfactory.rollout import promises
from envfactory.rollout.characters import NAMES
from envfactory.rollout.promises import PROMISES, Promise
from envfactory.rollout.task import KINDS
from tests.test_cli import ROOT, one_sentence, run, tasks

__all__ = ["run", "tasks"]

PAGE = ROOT / "docs" / "characters.md"


def test_the_table_has_every_character_and_kind_and_every_promise_is_kept(run: Any, tasks: Path) -> None:
    ran = run("characters", tasks, "-n", "3", "--json", "--markdown", "page.md")
    assert ran.status == 0
    document = ran.document
    assert [row["character"] for row in document["characters"]] == [*NAMES]
    assert document["broken"] == []
    for row in document["characters"]:
        assert list(row["kinds"]) == ["all", *document["kinds"]]
        assert row["kinds"]["all"]["tasks"] == document["tasks"] == sum(document["kinds"].values())
    paid = {row["character"]: row["kinds"]["all"] for row in document["characters"]}
    assert (paid["oracle"]["reward"], paid["oracle"]["passed"]) == (1.0, 1.0)
    assert paid["vandal"]["passed"] == paid["idler"]["reward"] == 0.0
    page = Path("page.md").read_text()
    for name in NAMES:
        assert f"| {name.replace('_', ' ')} | " in page
    assert "it holds on all of them" in page
    assert run("characters", tasks, "-n", "3", "--json", "--markdown", "page.md").document == document
    assert Path("page.md").read_text() == page


def test_the_published_rule_pays_them_otherwise(run: Any, tasks: Path) -> None:
    document = run("characters", tasks, "-n", "5", "--preset", "paper", "--json").document
    paid = {row["character"]: row["kinds"]["all"] for row in document["characters"]}
    assert paid["parrot"]["reward"] > 0.2
    assert paid["vandal"]["reward"] > 0.4
    assert document["broken"] == []  # it promises nothing


def test_a_reward_that_breaks_a_promise_fails_the_command(
    run: Any, tasks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    greedy = {**PROMISES, "idler": Promise("says that it is done", "1", lambda reward: reward.total == 1.0)}
    monkeypatch.setattr(promises, "PROMISES", greedy)
    ran = run("characters", tasks, "-n", "2")
    assert ran.status == 1
    assert "broken: idler earned 0.0 on task_" in ran.out


def test_wrong_input_gives_one_sentence(run: Any, tasks: Path) -> None:
    one_sentence(run("characters", tasks, "--preset", "robusta"), 1, "did you mean 'robust'")
    one_sentence(run("characters", "none.jsonl"), 1, "cannot read none.jsonl")


def test_the_page_speaks_of_every_character_and_every_kind_and_was_written_by_the_command() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]
    assert rows[0] == ["character", "all", *(kind.replace("_", " ") for kind in KINDS if kind in RECIPES), "must be"]
    assert {row[0]: row[-1] for row in rows[2:]} == {n.replace("_", " "): PROMISES[n].must for n in NAMES}
    assert "it holds on all of them" in page
    by_name = {row[0]: row[1:-1] for row in rows[2:]}
    assert set(by_name["oracle"]) == {"1.00, 100%"}
    for name in ("idler", "liar", "parrot", "refuser", "asker"):
        assert set(by_name[name]) == {"0.00, 0%"}
    for name in ("looper", "scrambler", "vandal", "quitter"):
        assert {cell.partition(", ")[2] for cell in by_name[name]} == {"0%"}


@pytest.mark.slow
def test_the_page_is_what_the_command_writes(run: Any) -> None:
    page = PAGE.read_text(encoding="utf-8")
    command = re.search(r"^    envfactory (characters .*?) --markdown \S+$", page, re.MULTILINE)
    assert command is not None
    assert run(*command[1].split(), "--markdown", "docs/characters.md", "--json").status == 0
    assert Path("docs/characters.md").read_text(encoding="utf-8") == page
