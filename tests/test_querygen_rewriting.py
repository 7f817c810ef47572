"""QueryGen with a model: what is written is executed and screened; scripted models play every part."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.messages import Message, ToolSchema
from envfactory.models.kept import Kept
from envfactory.models.model import ModelFailed
from envfactory.models.recorded import Tape, write_tape
from envfactory.querygen.adapt import Addition, adapt, resettled, unclear, with_rows
from envfactory.querygen.brief import Brief, brief_lines, read_briefs, relive
from envfactory.querygen.certify import Rejected, certify
from envfactory.querygen.form import repeated, written
from envfactory.querygen.kinds.draft import Draft
from envfactory.querygen.rewriters import Case, Rewriter, damages, faithful
from envfactory.querygen.saying import missing, read
from envfactory.querygen.screen import Screen
from envfactory.querygen.told import told as tell
from envfactory.querygen.written.drafts import drafted
from envfactory.querygen.written.rewrite import Written, rewrite
from envfactory.querygen.written.scene import Scene, staged
from envfactory.rollout.task import Setting, Task
from envfactory.runs import Run

NOW = datetime(2026, 3, 2, 9)  # a Monday
PLAIN = {
    "persona": "Ines, who coordinates volunteers",
    "story": "The season begins and a few things have waited for too long.",
    "tone": "plain",
}


@cache
def library() -> dict[str, type[Environment]]:
    return {name: load(name) for name in ("google_tasks", "google_calendar", "google_classroom", "ynab")}


@cache
def drafts() -> tuple[tuple[Task, Brief], ...]:
    return tuple(drafted(library(), link(library()), count=16, seed=3))


def briefs() -> dict[str, Brief]:
    return {task.id: told for task, told in drafts()}


def several() -> tuple[Task, Brief]:
    """A task of two requests or more, of which nothing is fixed."""
    return next((t, b) for t, b in drafts() if len(b.requests) > 1 and not b.fixed and b.requests[0].wishes)


class Script:
    """Answers as director with a scene, and as writer with what each list of words holds, in turn."""

    def __init__(self, scenes: Sequence[Any], words: Sequence[Any]) -> None:
        self.name = "script"
        self.left: dict[str, list[Any]] = {"scene": list(scenes), "words": list(words)}
        self.told: list[str] = []

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        role = "scene" if messages[0].content.startswith("You set the scene") else "words"
        self.told.append(messages[-1].content)
        if not self.left[role]:
            raise ModelFailed("the script is over")
        answer = self.left[role].pop(0)
        return Message(role="assistant", content=answer if isinstance(answer, str) else json.dumps(answer))


def one(task: Task, model: Any, **knobs: Any) -> tuple[Written, dict[str, Any]]:
    found, figures = rewrite([task], briefs(), lambda _: model, library(), **knobs)
    return found[0], figures


def other_words(task: Task, told: Brief) -> list[str]:
    return faithful(Case(task, told, library(), Random(1)))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("due tomorrow", "2026-03-03"),
        ("on Friday", "2026-03-06"),
        ("by the 4th of March", "2026-03-04"),
        ("on 2026-03-04", "2026-03-04"),
        ("in three days", "2026-03-05"),
        ("the day after tomorrow", "2026-03-04"),
        ("on 5 Mar 2027", "2027-03-05"),
    ],
)
def test_days_are_read_however_they_are_said(text: str, days: str) -> None:
    assert {day.isoformat() for day in read(text, NOW).days} == {days}


def test_a_day_that_two_people_read_differently_is_no_day() -> None:
    assert not read("next Tuesday", NOW).days  # tomorrow, or in eight days
    assert {d.isoformat() for d in read("next Tuesday", datetime(2026, 3, 1)).days} == {"2026-03-03"}


def test_numbers_times_and_texts_are_read() -> None:
    said = read('Put twenty-five of "Box 7" at 3:30 pm, 11,500 SEK and -4.5 to a.b@example.com', NOW)
    assert said.numbers == {25, 11500, -4.5}
    assert said.clocks == {(15, 30)}
    assert said.quotes == ("Box 7",)
    assert said.codes == {"a.b@example.com"}
    assert missing("March 3 at 9 AM", read("tomorrow at 09:00", NOW), NOW) == ""
    assert missing("March 3 at 9 AM", read("tomorrow at 10:00", NOW), NOW) == "09:00"


def test_how_words_are_written_is_seen_without_their_meaning() -> None:
    assert not [*written('Delete the task "Call Ada".')]
    bad = (
        "delete it.",
        "Delete it",
        'Delete "it.',
        "Delete the the task.",
        "Add a event.",
        "Delete {task}.",
        "Go  on.",
    )
    for text in bad:
        assert [*written(text)], text
    assert repeated("Put it on my own list for today and put it on my own list for today, please.")


def test_a_story_is_lived_again_from_its_brief(tmp_path: Path) -> None:
    path = tmp_path / "briefs.jsonl"
    path.write_text("".join(brief_lines(told for _, told in drafts())))
    held = read_briefs(path)
    for task, told in drafts():
        assert held[task.id] == told
        if not told.requests:
            continue
        story = relive(told, task, library())
        assert [(c.tool, c.arguments) for c in story.calls] == [(c.tool, c.arguments) for c in task.calls]
        assert story.changes == [turn.changes for turn in task.turns]
        story.close()


def test_the_grammars_own_words_pass_the_screen() -> None:
    for task, told in drafts():
        assert not Screen(task, library(), told=told).problems([turn.query for turn in task.turns])


def test_all_damage_is_caught_and_faithful_words_are_kept() -> None:
    whole = kept = 0
    for task, told in drafts():
        case = Case(task, told, library(), Random(task.id))
        screen = Screen(task, library(), told=told)
        kept += not screen.problems(faithful(case))
        for name, words in damages(case).items():
            whole += 1
            assert screen.problems(words), (name, words, case.words)
    assert whole > 100
    assert kept >= len(drafts()) - 1


def test_without_its_brief_a_task_is_screened_by_its_words_alone() -> None:
    caught = whole = 0
    for task, told in drafts():
        screen = Screen(task, library())
        assert not screen.problems([turn.query for turn in task.turns])
        for words in damages(Case(task, told, library(), Random(task.id))).values():
            whole += 1
            caught += bool(screen.problems(words))
    assert caught >= 0.97 * whole


def test_good_words_are_certified_anew_and_nothing_else_changes() -> None:
    task, told = several()
    found, figures = one(task, Script([PLAIN], [{"turns": other_words(task, told)}]))
    assert found.fate == "written"
    assert found.task.id != task.id
    assert found.task.proof
    assert found.task.proof.killed == found.task.proof.mutants > 0
    assert found.task.persona == PLAIN["persona"]
    assert [turn.query for turn in found.task.turns] == other_words(task, told)
    assert [turn.calls for turn in found.task.turns] == [turn.calls for turn in task.turns]
    assert figures["written"] == 1


def test_damaged_words_are_shown_back_with_what_is_wrong_and_repaired() -> None:
    task, told = several()
    bad = damages(Case(task, told, library(), Random(2)))["leaks a tool"]
    script = Script([PLAIN], ["Sure, here it is.", {"turns": bad}, {"turns": other_words(task, told)}])
    found, figures = one(task, script)
    assert found.fate == "written"
    assert any("internal name" in problem for problem in found.caught)
    assert "internal name" in script.told[-1]
    assert figures["roles"]["writer"] == {"accepted": 0, "repaired": 1, "rejected": 0}


def test_words_that_are_never_right_leave_the_grammars() -> None:
    task, told = several()
    for name, words in damages(Case(task, told, library(), Random(2))).items():
        found, figures = one(task, Rewriter(words))
        assert found.fate == "words", name
        assert found.task == task
        assert figures["kept"]["words"] == 1


def test_a_scene_may_split_turns_and_add_rows_and_is_executed() -> None:
    task, told = next(
        (t, b) for t, b in drafts() if len(b.turns[0]) > 1 and not b.fixed and _labelled(t, b) and _splits(t, b)
    )
    entity, label = _labelled(task, told)
    turns = [[number + 1] for number in range(len(told.requests))]
    scene = PLAIN | {"turns": turns, "additions": [{"kind": entity, "like": label, "name": f"{label} for later"}]}
    ready = staged(Scene.model_validate(scene), task, told, library())
    assert len(ready.task.turns) == len(told.requests)
    assert sum(len(rows) for s in ready.task.settings for rows in s.added.values()) == 1
    assert ready.task.proof
    assert [call.arguments for call in ready.task.calls] == [call.arguments for call in task.calls]
    found, _ = one(task, Script([scene], [{"turns": [turn.query for turn in ready.task.turns]}]))
    assert found.fate == "written"
    assert found.task.settings == ready.task.settings


def _labelled(task: Task, told: Brief) -> tuple[str, str]:
    """A thing that the task speaks of by a name in quotes, and that has one more like it without harm."""
    for request in told.requests:
        for thing in request.things.values():
            label = thing.text.partition('"')[2].rpartition('"')[0]
            if not label:
                continue
            try:
                addition = Addition(kind=thing.entity, like=label, name=f"{label} for later")
                resettled(task, told, with_rows(task.settings, [addition], library()), library())
            except Rejected:
                continue
            return thing.entity, label
    return "", ""


def _splits(task: Task, told: Brief) -> bool:
    scene = Scene.model_validate(PLAIN | {"turns": [[number + 1] for number in range(len(told.requests))]})
    try:
        staged(scene, task, told, library())
    except Rejected:
        return False
    return True


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda told: {"turns": [[1, 1]]}, "each request"),
        (lambda told: {"additions": [{"kind": "dragon", "like": "x", "name": "y"}]}, "there is no kind"),
        (lambda told: {"ways": [{"request": 99, "thing": "list", "way": "implicit"}]}, "there is no request 99"),
        (lambda told: {"story": "On March 9 they will need it, and 40 of them."}, "must not say"),
    ],
)
def test_a_scene_that_does_not_work_out_is_told_why(change: Callable[[Brief], dict[str, Any]], says: str) -> None:
    task, told = several()
    script = Script([PLAIN | change(told), PLAIN], [{"turns": other_words(task, told)}])
    found, figures = one(task, script)
    assert found.fate == "written"
    assert says in script.told[1]
    assert figures["roles"]["director"]["repaired"] == 1


def test_a_reference_that_is_not_clear_is_refused() -> None:
    task, told = next((t, b) for t, b in drafts() if not b.fixed and b.requests and b.requests[0].things)
    name = next(iter(told.requests[0].things))
    thing = told.requests[0].things[name].model_copy(update={"way": "implicit"})  # nothing was spoken of before
    first = told.requests[0].model_copy(update={"things": {**told.requests[0].things, name: thing}})
    vague = told.model_copy(update={"requests": (first, *told.requests[1:])})
    story = relive(vague, task, library())
    with pytest.raises(Rejected, match="a reference is no longer clear"):
        unclear(story, vague)
    story.close()


def test_worlds_are_adapted_by_rows_nearly_like_those_spoken_of() -> None:
    adapted = 0
    for task, told in drafts():
        if not told.requests or told.fixed:
            continue
        story = relive(told, task, library())
        draft = Draft(story, told.wording(), task, library(), {}, Random(task.id))
        new = adapt(draft)
        again = adapt(Draft(story, told.wording(), task, library(), {}, Random(task.id)))
        story.close()
        assert new == again
        assert [turn.query for turn in new.turns] == [turn.query for turn in task.turns]
        rows = sum(len(rows) for setting in new.settings for rows in setting.added.values())
        adapted += rows > 0
        if rows:
            assert certify(new, library(), random=Random(0)).proof
    assert adapted >= 3


def test_rows_that_the_database_refuses_are_told_in_its_words() -> None:
    setting = Setting(environment="google_tasks", hash="", state=sorted(library()["google_tasks"].states)[0])
    rows = library()["google_tasks"].state(setting.state).rows
    like = next(row["title"] for row in rows["tasks"])
    with pytest.raises(Rejected, match=r"the database says.*status"):
        with_rows([setting], [Addition(kind="task", like=like, name="Another", changes={"status": "lost"})], library())
    with pytest.raises(Rejected, match="has no property 'id'"):
        with_rows([setting], [Addition(kind="task", like=like, name="Another", changes={"id": "t1"})], library())
    with pytest.raises(Rejected, match="there is a task"):
        with_rows([setting], [Addition(kind="task", like=like, name=like)], library())
    default = next(row["title"] for row in rows["task_lists"] if row.get("isDefault"))
    added = with_rows([setting], [Addition(kind="task_list", like=default, name="Second")], library())[0]
    assert not added.added["task_lists"][0]["isDefault"], "one list is the default, and stays it"


def test_a_run_is_resumed_and_recorded_and_replayed(tmp_path: Path) -> None:
    chosen = [task for task, told in drafts() if not told.fixed][:3]

    class Paraphraser:
        name = "paraphraser"
        asked = 0

        async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
            self.asked += 1
            task = (
                next(t for t in chosen if all(turn.query in messages[1].content for turn in t.turns[:1]))
                if not (messages[0].content.startswith("You set the scene"))
                else chosen[0]
            )
            words = faithful(Case(task, briefs()[task.id], library(), Random(5)))
            return await Rewriter(words).reply(messages, tools)

    model = Paraphraser()
    with Run(tmp_path / "a.run", {}) as run:
        found, _ = rewrite(chosen, briefs(), Kept(model, run, "rewrite"), library(), workers=2)
        asked = model.asked
        again, _ = rewrite(chosen, briefs(), Kept(model, run, "rewrite"), library(), workers=3)
        assert model.asked == asked
        assert again == found
        write_tape(run, tmp_path / "tape.jsonl", made="2026-11-22", endpoint="script", by="a script")
    replayed, _ = rewrite(chosen, briefs(), Tape(tmp_path / "tape.jsonl"), library())
    assert replayed == found
    assert all(one.fate == "written" for one in found)


def test_a_failing_endpoint_ends_the_run_and_blames_no_task() -> None:
    task, _ = several()
    with pytest.raises(ModelFailed):
        one(task, Script([], []))


def test_drafts_are_the_same_for_the_same_seed() -> None:
    assert tuple(drafted(library(), link(library()), count=3, seed=3)) == drafts()[:3]


def test_told_again_the_words_are_the_same() -> None:
    task, told = several()
    story = relive(told, task, library())
    try:
        texts = [tell(story, told.wording(), (), library(), random=Random(4)) for _ in range(2)]
    finally:
        story.close()
    assert texts[0] == texts[1]
