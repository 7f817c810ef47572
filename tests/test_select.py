"""Several attempts at a task: what they say together, and which of them is kept, cut down to what matters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from worlds import ERRANDS, LIBRARY, QUESTION, SHOPPING, attempt

from envfactory.cli.attempts import sampled
from envfactory.messages import Message, ToolSchema, canonical
from envfactory.models.kept import Kept
from envfactory.models.offline import Scripted, calling
from envfactory.querygen.select import read_attempts, select
from envfactory.rollout.characters import character
from envfactory.rollout.reward import score
from envfactory.rollout.solve import agreement, classes, difficulty, pass_at
from envfactory.rollout.task import Task, task_lines
from envfactory.rollout.trajectory import Trajectory
from envfactory.rollout.trim import replays, trimmed
from envfactory.runs import Run
from tests.faulty_provider import Provider
from tests.test_cli import one_sentence, run

__all__ = ["run"]


def acted(task: Task, name: str, sample: int = 0) -> Trajectory:
    return attempt(task, character(name, task)).model_copy(update={"sample": sample})


# Together -------------------------------------------------------------------------------------------------------------


def test_pass_at_k_is_the_chance_that_one_of_k_draws_passes() -> None:
    assert pass_at(1, 10, 3) == pytest.approx(0.3)
    assert pass_at(2, 4, 2) == pytest.approx(1 - 1 / 6)  # of the six pairs one holds no success
    assert pass_at(4, 4, 1) == 1.0
    assert pass_at(3, 5, 0) == 0.0
    for k in (0, 5):
        with pytest.raises(ValueError, match="cannot be told"):
            pass_at(k, 4, 2)


def test_difficulty_leaves_out_attempts_that_say_nothing_of_the_agent() -> None:
    good, bad = score(SHOPPING, acted(SHOPPING, "oracle")), score(SHOPPING, acted(SHOPPING, "idler"))
    masked = score(SHOPPING, acted(SHOPPING, "oracle").model_copy(update={"ending": "model_failed"}))
    measured = difficulty("m", [good, bad, bad, masked])
    assert measured is not None
    assert (measured.samples, measured.passed) == (3, 1)
    low, high = measured.interval
    assert (round(low, 3), round(high, 3)) == (0.061, 0.792)  # Wilson's interval of 1 in 3
    assert difficulty("m", [masked]) is None


def test_attempts_agree_when_rows_and_facts_do_whatever_ids_new_rows_got() -> None:
    oracle = acted(SHOPPING, "oracle")
    fresh = attempt(SHOPPING.model_copy(update={"seed": 99}), character("oracle", SHOPPING))
    assert oracle.changes != fresh.changes
    assert classes(SHOPPING, [acted(SHOPPING, "idler"), oracle, fresh]) == [[1, 2], [0]]
    assert agreement(SHOPPING, [oracle, fresh, acted(SHOPPING, "idler"), acted(SHOPPING, "vandal")]) == 0.5
    silent = attempt(QUESTION, Scripted([calling(*[(c.tool, c.arguments) for c in QUESTION.calls]), "Done."]))
    assert agreement(QUESTION, [acted(QUESTION, "oracle"), silent]) == 0.5  # the same rows, other answers
    assert agreement(QUESTION, []) == 0.0


def test_samples_start_from_the_same_moment_and_slip_each_in_its_own_way() -> None:
    first = sampled([ERRANDS, SHOPPING], "offline:learner", LIBRARY, 12)
    again = sampled([ERRANDS, SHOPPING], "offline:learner", LIBRARY, 12)
    assert [[t.model_dump_json() for t in group] for group in first] == [
        [t.model_dump_json() for t in group] for group in again
    ]
    assert [[t.sample for t in group] for group in first] == [list(range(12))] * 2
    passed = [score(ERRANDS, played).passed for played in first[0]]
    assert 0 < sum(passed) < 12
    oracles = sampled([SHOPPING], "offline:oracle", LIBRARY, 3)[0]
    assert {canonical(t.changes["todo"][0].model_dump(mode="json")) for t in oracles} == {
        canonical(SHOPPING.changes["todo"][0].model_dump(mode="json"))
    }


def test_the_longer_a_task_the_more_often_the_learner_slips() -> None:
    short, long = sampled([QUESTION, ERRANDS], "offline:learner", LIBRARY, 60)
    assert sum(score(QUESTION, t).passed for t in short) > sum(score(ERRANDS, t).passed for t in long)


def test_each_sample_of_a_model_is_asked_for_and_kept_by_itself(tmp_path: Path) -> None:
    class Counting:
        name = "counting"
        asked = 0

        async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
            Counting.asked += 1
            return Message(role="assistant", content=f"answer {Counting.asked}")

    with Run(tmp_path / "run", {}) as store:
        kept = Kept(Counting(), store, "play")
        first = sampled([QUESTION], "", LIBRARY, 3, kept)[0]
        again = sampled([QUESTION], "", LIBRARY, 3, kept)[0]
    assert Counting.asked == 3
    assert len({played.answers for played in first}) == 3
    assert [played.answers for played in again] == [played.answers for played in first]


# Cutting --------------------------------------------------------------------------------------------------------------

LOOKS = [(call.tool, call.arguments) for call in QUESTION.calls]


def test_repeated_refused_and_needless_looks_are_cut_and_nothing_else() -> None:
    wasteful = attempt(
        QUESTION,
        Scripted([
            calling(("todo__list_tasks", {"list": "x"}), LOOKS[0]),
            calling(LOOKS[0]),
            calling(("todo__list_tasks", {"list_id": "lst_home"})),
            calling(LOOKS[1]),
            "There are 2 tasks on your work list.",
        ]),
    )  # fmt: skip
    done = trimmed(QUESTION, wasteful, LIBRARY)
    assert done is not None
    shorter, cuts = done
    assert [(cut.step, cut.why.partition(",")[0]) for cut in cuts] == [
        (0, "it was refused"),
        (2, "it repeats an earlier call"),
        (3, "the outcome is the same without it"),
    ]
    assert [(made.call.tool, made.call.arguments) for made in shorter.calls] == LOOKS
    assert [m.role for m in shorter.messages] == ["system", "user", *["assistant", "tool"] * 2, "assistant"]
    asked = [call.id for m in shorter.messages for call in m.tool_calls]
    assert asked == [m.tool_call_id for m in shorter.messages if m.role == "tool"]
    assert score(QUESTION, wasteful).total < score(QUESTION, shorter).total == 1.0


def test_a_look_that_gave_what_is_used_or_told_stays() -> None:
    for task in (ERRANDS, QUESTION):
        shorter, cuts = trimmed(task, acted(task, "oracle"), LIBRARY) or (None, None)
        assert cuts == ()
        assert shorter == acted(task, "oracle")
    other = attempt(  # gold looks at the list; this one finds the task's id among all of both lists
        ERRANDS,
        Scripted([
            calling(("todo__list_lists", {})),
            calling(("todo__list_tasks", {"list_id": "lst_work"})),
            calling(("todo__complete_task", {"task_id": "tsk_tax"})), "Ticked off.",
            calling(("bank__log_in", {"owner": "Ada"})),
            calling(("bank__pay", {"owner": "Ada", "amount": 120, "token": "pass-for-ada"})), "380 are left.",
        ]),
    )  # fmt: skip
    done = trimmed(ERRANDS, other, LIBRARY)
    assert done is not None
    assert [made.call.tool for made in done[0].calls] == [
        "todo__list_lists",  # it told the list's id, which nobody had said
        "todo__list_tasks",
        "todo__complete_task",
        "bank__log_in",
        "bank__pay",
    ]


def test_attempts_that_failed_or_were_made_up_are_not_cut_but_refused() -> None:
    assert trimmed(SHOPPING, acted(SHOPPING, "vandal"), LIBRARY) is None
    oracle = acted(QUESTION, "oracle")
    made = oracle.calls[0]
    lied = made.model_copy(update={"call": made.call.model_copy(update={"result": {"items": []}})})
    forged = oracle.model_copy(update={"calls": (lied, *oracle.calls[1:])})
    assert score(QUESTION, forged).passed
    assert not replays(QUESTION, forged, LIBRARY)
    assert trimmed(QUESTION, forged, LIBRARY) is None


@pytest.mark.parametrize("task", [SHOPPING, QUESTION, ERRANDS], ids=["shopping", "question", "errands"])
def test_what_an_over_caller_did_is_cut_down_to_gold(task: Task) -> None:
    done = trimmed(task, acted(task, "over_caller"), LIBRARY)
    assert done is not None
    assert [made.call.tool for made in done[0].calls] == [call.tool for call in task.calls]
    assert score(task, done[0]).total == 1.0


# Selecting ------------------------------------------------------------------------------------------------------------


def crowd(task: Task, passed: int, failed: int) -> list[Trajectory]:
    good = [acted(task, "over_caller" if n else "oracle", n) for n in range(passed)]
    return good + [acted(task, "idler", passed + n) for n in range(failed)]


def test_tasks_outside_of_the_band_are_dropped_and_say_why() -> None:
    attempts = [*crowd(SHOPPING, 4, 0), *crowd(QUESTION, 1, 3), *crowd(ERRANDS, 0, 4)]
    found = select([SHOPPING, QUESTION, ERRANDS], attempts, LIBRARY)
    assert [task.id for task in found.tasks] == [QUESTION.id]
    whys = {item.task: item.why for item in found.dropped if item.what == "task"}
    assert whys == {SHOPPING.id: "too easy: 4 of 4 attempts passed", ERRANDS.id: "too hard: 0 of 4 attempts passed"}
    by_interval = select([SHOPPING, QUESTION, ERRANDS], attempts, LIBRARY, by="interval")
    assert len(by_interval.tasks) == 3  # four attempts prove nothing
    nobody = select([SHOPPING], [], LIBRARY)
    assert [item.why for item in nobody.dropped] == ["no attempt that counts"]


def test_difficulty_is_written_for_each_model_and_older_figures_of_others_stay() -> None:
    first = select([QUESTION], crowd(QUESTION, 1, 1), LIBRARY).tasks[0]
    assert [(d.model, d.passed, d.samples) for d in first.difficulty] == [
        ("offline:idler", 0, 1),
        ("offline:oracle", 1, 1),
    ]
    assert first.id == QUESTION.id
    again = select([first], [acted(QUESTION, "idler"), acted(QUESTION, "liar", 1)], LIBRARY, band=(0, 1)).tasks[0]
    assert [d.model for d in again.difficulty] == ["offline:idler", "offline:liar", "offline:oracle"]


def test_the_best_attempt_is_the_one_with_the_fewest_needless_calls() -> None:
    attempts = [acted(QUESTION, "over_caller"), acted(QUESTION, "oracle"), acted(QUESTION, "idler")]
    found = select([QUESTION], attempts, LIBRARY)
    assert [(t.model, r.total) for t, r in found.kept] == [("offline:oracle", 1.0)]
    reasons = {item.model: item.why for item in found.dropped if item.what == "attempt"}
    assert reasons == {
        "offline:over_caller": "another attempt at the task is better",
        "offline:idler": "it did not pass",
    }


def test_a_model_may_choose_among_attempts_that_passed_and_not_beyond() -> None:
    attempts = [acted(QUESTION, "idler"), acted(QUESTION, "over_caller"), acted(QUESTION, "oracle")]
    found = select([QUESTION], attempts, LIBRARY, ranker=Scripted(['{"best": 1}']))
    assert [t.model for t, _ in found.kept] == ["offline:over_caller"]
    assert found.ranked == 1
    stubborn = select([QUESTION], attempts, LIBRARY, ranker=Scripted(['{"best": 2}'] * 3))
    assert [t.model for t, _ in stubborn.kept] == ["offline:oracle"]


def test_a_task_that_nobody_passed_has_no_attempt_to_learn_from() -> None:
    found = select([SHOPPING], crowd(SHOPPING, 0, 2), LIBRARY, band=(0, 1))
    assert [task.id for task in found.tasks] == [SHOPPING.id]
    assert found.kept == []
    assert "no attempt passed: the task is kept for RL only" in [item.why for item in found.dropped]


# The command ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten certified tasks of one small environment."""
    from envfactory.environment.library import load
    from envfactory.graph.link import link
    from envfactory.querygen.generate import candidates

    library = {"google_tasks": load("google_tasks")}
    drawn = (c.task for c in candidates(library, link(library), seed=3, environments=(1, 1)) if c.task)
    path = tmp_path_factory.mktemp("select") / "tasks.jsonl"
    path.write_text("".join(task_lines([next(drawn) for _ in range(10)])))
    return path


def test_play_with_samples_then_select_from_the_command_line(run: Any, tmp_path: Path, tasks: Path) -> None:
    command = ("play", tasks, "--model", "offline:learner", "--samples", "8", "--output", "a.jsonl", "--json")
    played = run(*command).document
    assert (played["tasks"], played["samples"], played["masked"], played["quarantined"]) == (10, 8, 0, 0)
    assert 0 < played["pass@1"] == played["pass_rate"] < played["pass@8"] <= 1
    assert len(played["difficulty"]) == 10
    for item in played["difficulty"]:
        assert 0 <= item["low"] <= item["rate"] <= item["high"] <= 1
    assert played["blamed"] == {"agent": 80 - sum(item["passed"] for item in played["difficulty"])}
    selected = run("select", "a.jsonl", "--tasks", tasks, "--output", "kept.jsonl", "--json").document
    assert selected["given"] == {"tasks": 10, "attempts": 80}
    inside = [item["task"] for item in played["difficulty"] if 0.2 <= item["rate"] <= 0.8]
    kept = [json.loads(line) for line in (tmp_path / "kept.jsonl").open()]
    assert [line["trajectory"]["task"] for line in kept] == inside
    assert all(line["reward"]["passed"] for line in kept)
    written = [json.loads(line) for line in (tmp_path / "kept.tasks.jsonl").open()]
    assert [task["id"] for task in written] == inside
    assert all(task["difficulty"][0]["samples"] == 8 for task in written)
    dropped = [json.loads(line) for line in (tmp_path / "kept.dropped.jsonl").open()]
    assert len(kept) + sum(item["what"] == "attempt" for item in dropped) == 8 * len(inside)
    before = (tmp_path / "kept.jsonl").read_bytes()
    assert run("select", "a.jsonl", "--tasks", tasks, "--output", "kept.jsonl", "--json").document == selected
    assert (tmp_path / "kept.jsonl").read_bytes() == before


def test_a_model_that_chooses_is_paid_once(run: Any, tmp_path: Path, tasks: Path) -> None:
    run("play", tasks, "--model", "offline:learner", "--samples", "6", "--output", "a.jsonl", "--json")
    with Provider(answer=lambda request: '{"best": 0}') as provider:
        command = ("select", "a.jsonl", "--tasks", tasks, "--output", "b.jsonl", "--json", "--model")
        first = run(*command, f"openai:judge@{provider.url}", "--tokens", "1")
        one_sentence(first, 1, "the budget of 1 tokens", "--resume")
        done = run(*command, f"openai:judge@{provider.url}", "--resume").document
        assert done["ranked"] == done["ledger"]["select"]["replies"] == len(provider.requests) > 0
    assert not (tmp_path / "b.jsonl.run").exists()


def test_wrong_input_gives_one_sentence(run: Any, tmp_path: Path, tasks: Path) -> None:
    run("play", tasks, "--model", "offline:oracle", "--output", "a.jsonl", "--json")
    base = ("select", "a.jsonl", "--tasks", tasks)
    one_sentence(run(*base, "--band", "0.9", "0.1"), 1, "--band 0.2 0.8")
    one_sentence(run(*base, "--by", "luck"), 1, "interval, rate")
    one_sentence(run(*base, "--model", "offline:oracle"), 1, "cannot choose")
    one_sentence(run("select", "none.jsonl", "--tasks", tasks), 1, "cannot read none.jsonl")
    one_sentence(run("select", tasks, "--tasks", tasks), 1, "line 1 is no attempt", "envfactory play")
    one_sentence(run("play", tasks, "--model", "offline:oracle", "--samples", "0"), 2, "--samples")


def test_attempts_that_stand_twice_in_the_files_count_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [canonical({"trajectory": acted(QUESTION, "oracle", n).model_dump(mode="json")}) for n in (0, 1)]
    path.write_text("\n".join(lines))
    assert [played.sample for played in read_attempts([path, path])] == [0, 1]
