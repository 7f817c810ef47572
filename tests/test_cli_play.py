"""`envfactory play` with a model that is asked over a socket, and what the settings file says of commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.faulty_provider import Provider
from tests.test_cli import one_sentence, run, tasks

__all__ = ["run", "tasks"]


def says_nothing_useful(request: dict[str, Any]) -> str:
    """The same words whatever is asked; the conversation so far makes each request another one."""
    return f"I have seen {len(request['messages'])} messages and done nothing."


def test_a_served_model_is_asked_once_a_request_and_its_tape_plays_the_same(
    run: Any, tmp_path: Path, tasks: Path
) -> None:
    with Provider(answer=says_nothing_useful) as provider:
        model = f"openai:lazy@{provider.url}"
        first = run(
            "play", tasks, "--model", model, "-n", "6", "--output", "a.jsonl", "--record", "lazy.jsonl", "--json"
        )
    played = first.document
    assert (played["tasks"], played["pass_rate"], played["masked"]) == (6, 0.0, 0)
    assert played["ledger"]["play"]["replies"] == len(provider.requests) >= 6
    assert not (tmp_path / "a.jsonl.run").exists()
    again = run(
        "play", tasks, "--model", "offline:tape=lazy.jsonl", "-n", "6", "--output", "b.jsonl", "--json"
    ).document
    assert again["mean_reward"] == played["mean_reward"]
    said = [
        [m["content"] for m in json.loads(line)["trajectory"]["messages"]] for line in (tmp_path / "b.jsonl").open()
    ]
    assert said == [
        [m["content"] for m in json.loads(line)["trajectory"]["messages"]] for line in (tmp_path / "a.jsonl").open()
    ]


def test_tasks_in_which_the_model_failed_are_played_again_and_no_others(run: Any, tmp_path: Path, tasks: Path) -> None:
    with Provider(lambda number: "400" if number == 2 else "", answer=says_nothing_useful) as provider:
        command = ("play", tasks, "--model", f"openai:lazy@{provider.url}", "-n", "5", "--output", "a.jsonl", "--json")
        first = run(*command)
        assert first.document["masked"] == 1
        assert "--resume plays those again" in first.err
        answered = first.document["ledger"]["play"]["replies"]
        one_sentence(run(*command), 1, "unfinished run", "--resume")
        second = run(*command, "--resume").document
    assert second["masked"] == 0
    assert len(provider.requests) == second["ledger"]["play"]["replies"] + 1  # all answered ones, and the refused one
    assert second["ledger"]["play"]["replies"] > answered
    assert not (tmp_path / "a.jsonl.run").exists()


def test_a_budget_stops_play_before_it_is_overdrawn(run: Any, tmp_path: Path, tasks: Path) -> None:
    with Provider(answer=says_nothing_useful) as provider:
        command = ("play", tasks, "--model", f"openai:lazy@{provider.url}", "-n", "5", "--output", "a.jsonl")
        one_sentence(run(*command, "--tokens", "1", "--json"), 1, "the budget of 1 tokens", "--resume")
        assert not provider.requests
        assert not (tmp_path / "a.jsonl").exists()
        assert run(*command, "--tokens", "10000000", "--resume", "--json").document["masked"] == 0


def test_the_settings_stand_in_for_what_is_not_typed(run: Any, tmp_path: Path) -> None:
    settings = tmp_path / "envfactory.toml"
    settings.write_text('[generate]\nlimit = 3\nturns = [2, 3]\noutput = "three.jsonl"\njson = true\n')
    made = run("generate", "google_tasks").document
    assert (made["tasks"], made["multi_turn"], made["output"]) == (3, 1.0, "three.jsonl")
    assert run("generate", "google_tasks", "--limit", "2").document["tasks"] == 2
    assert run("list", "--json").status == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[generate]\nlimits = 3\n", ("[generate]", "'limits'", "did you mean 'limit'")),
        ("[train]\nsteps = 3\n", ("[train]", "no command")),
        ("[generate\n", ("no TOML",)),
    ],
)
def test_settings_that_no_command_knows_are_refused(
    run: Any, tmp_path: Path, text: str, words: tuple[str, ...]
) -> None:
    (tmp_path / "envfactory.toml").write_text(text)
    one_sentence(run("list"), 1, *words)


def test_tasks_whose_gold_no_longer_passes_are_put_in_quarantine(run: Any, tmp_path: Path, tasks: Path) -> None:
    lines = [json.loads(line) for line in tasks.open()][:3]
    number = next(n for n, line in enumerate(lines) if any(turn["changes"] for turn in line["turns"]))
    wrong = lines[number]
    for turn in wrong["turns"]:
        turn["changes"] = {}
    (tmp_path / "some.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    command = ("play", "some.jsonl", "--model", "offline:oracle", "--output", "out/a.jsonl")
    played = run(*command, "--json")
    assert played.document["quarantined"] == 1
    assert played.document["blamed"] == {"task": 1}
    assert "1 of 3 tasks are in quarantine" in played.err
    held = [json.loads(line) for line in (tmp_path / "out" / "quarantine.jsonl").open()]
    assert [(entry["task"], entry["who"]) for entry in held] == [(wrong["id"], "task")]
    assert held[0]["evidence"][0] == "gold no longer passes"
    assert "- blame: task (gold no longer passes" in run(*command, "--why").out
    run("play", tasks, "--model", "offline:oracle", "-n", "3", "--output", "out/b.jsonl", "--json")
    assert not (tmp_path / "out" / "quarantine.jsonl").exists()  # the same tasks, sound again
    (tmp_path / "out" / "quarantine.jsonl").write_text("no list\n")
    one_sentence(run(*command), 1, "no list of quarantined tasks")
