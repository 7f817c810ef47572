"""Users: what they know, what they answer, and what a model that plays one is never shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from worlds import ERRANDS, attempt, fact, make_task

from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.messages import Message, ToolSchema
from envfactory.models.model import ModelFailed
from envfactory.models.offline import Scripted
from envfactory.querygen.generate import candidates
from envfactory.querygen.kinds.user_action import Misguider, Stopper, UserAction
from envfactory.rollout.characters import character
from envfactory.rollout.knowledge import Knowledge, knowledge
from envfactory.rollout.model_user import ModelUser
from envfactory.rollout.oracle import Oracle
from envfactory.rollout.play import play
from envfactory.rollout.reactive import AGREED, UNKNOWN, ReactiveUser
from envfactory.rollout.reward import score
from envfactory.rollout.task import Task
from tests.faulty_provider import Provider
from tests.test_cli import one_sentence, run, tasks

__all__ = ["run", "tasks"]

TASKS = {"google_tasks": load("google_tasks")}


def _user(say: str = "", **more: object) -> str:
    return json.dumps({"say": say, **more})


def _said(messages: Sequence[Message]) -> list[str]:
    return [message.content for message in messages if message.role == "user"]


RENAMING = make_task(
    (
        'Add "Buy milk" to my home list.',
        [("todo__create_task", {"list_id": "lst_home", "title": "Buy milk"})],
        [],
        "Done.",
    ),
    ("How many tasks are on it now?", [("todo__list_tasks", {"list_id": "lst_home"})], [fact("2")], "There are 2."),
)


@pytest.fixture(scope="module")
def guided() -> list[Task]:
    """Tasks in which the user has something to do."""
    drawn = candidates(
        TASKS, link(TASKS), seed=3, length=(2, 6), turns=(1, 3), environments=(1, 1), recipe=UserAction()
    )
    return [one.task for one in islice(drawn, 40) if one.task]


# What they know


def test_they_know_their_wishes_and_the_values_they_say_and_no_ids() -> None:
    known = knowledge(RENAMING)
    assert [wish.words for wish in known.wishes] == [turn.query for turn in RENAMING.turns]
    assert [(one.about, one.says) for one in known.known] == [(("title",), "Buy milk")]
    assert "lst_home" not in known.model_dump_json()
    assert known.wishes[0].needs == ("Buy milk",)


def test_what_their_fingers_press_is_not_among_what_can_be_shown(guided: list[Task]) -> None:
    for task in guided:
        (own,) = [call for call in task.calls if call.by == "user"]
        known = knowledge(task)
        shown = known.model_dump_json() + repr(known)
        assert all(str(value) not in shown for value in own.arguments.values() if isinstance(value, str))
        assert own.tool not in shown
        assert sum(len(wish.deeds) for wish in known.wishes) == 1


# The reactive one


def test_it_says_what_the_script_says_to_who_does_the_work() -> None:
    played = attempt(ERRANDS, character("oracle", ERRANDS), user=ReactiveUser(knowledge(ERRANDS)))
    assert _said(played.messages) == [turn.query for turn in ERRANDS.turns]
    assert score(ERRANDS, played).total == 1.0


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("What title should the task have?", "As I said: Buy milk."),
        ("Which colour shall it get?", UNKNOWN),
        ("I can add it now. Shall I go ahead?", AGREED),
    ],
)
def test_it_answers_what_it_knows_and_nothing_else(question: str, reply: str) -> None:
    answers = [question, "Done. Is there anything else I can do?", "There are 2."]
    played = attempt(RENAMING, Scripted(answers), user=ReactiveUser(knowledge(RENAMING)))
    assert _said(played.messages) == [RENAMING.turns[0].query, reply, RENAMING.turns[1].query]


def test_it_repeats_itself_when_it_is_ignored_but_not_for_ever() -> None:
    played = attempt(RENAMING, Scripted([""] * 9), user=ReactiveUser(knowledge(RENAMING)))
    said = _said(played.messages)
    first, second = (turn.query for turn in RENAMING.turns)
    assert said[:4] == [first, f"Are you still there? {first}", f"Are you still there? {first}", second]
    assert len(said) == 6


def test_a_question_more_than_the_script_has_is_judged_by_the_end() -> None:
    asks = Message(role="assistant", content="Shall I do that?")

    class Careful(Oracle):
        async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
            """Ask for leave first, then play as the oracle does."""
            if sum(message.role == "user" for message in messages) == 1:
                return asks
            spared = [m for m in messages if m is not asks and m.content != AGREED]
            return await super().reply(spared, tools)

    played = attempt(RENAMING, Careful("careful", RENAMING, 0), user=ReactiveUser(knowledge(RENAMING)))
    assert len(played.answers) == 3
    assert score(RENAMING, played).passed


def test_it_does_its_deed_only_when_told_what_to_do(guided: list[Task]) -> None:
    task = guided[0]
    for model, deeds in ((Oracle("oracle", task, 0), 1), (Misguider.of(task), 0), (Stopper.of(task), 1)):
        with task.open(TASKS) as session:
            if isinstance(model, Misguider):
                model.enter(session)
            played = asyncio.run(play(task, model, session, user=ReactiveUser(knowledge(task))))
        assert sum(made.by == "user" for made in played.calls) == deeds
        assert score(task, played).passed is (type(model) is Oracle)


# A model


class Overheard(Scripted):
    """A scripted model that keeps what it was asked."""

    def __init__(self, replies: Sequence[str | ModelFailed]) -> None:
        super().__init__(replies)
        self.asked: list[str] = []

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The next reply."""
        self.asked.append("\n".join(message.content for message in messages))
        return await super().reply(messages, tools)


GOOD = [
    _user('Hey, put "Buy milk" on my home list please.', next=True),
    _user("And how many are on it now?", next=True),
]


def test_a_model_speaks_in_its_own_words_and_the_oracle_still_passes() -> None:
    user = ModelUser(Overheard([*GOOD, _user(finished=True)]), knowledge(RENAMING))
    played = attempt(RENAMING, character("oracle", RENAMING), user=user)
    assert _said(played.messages) == ['Hey, put "Buy milk" on my home list please.', "And how many are on it now?"]
    assert score(RENAMING, played).total == 1.0
    assert user.fallbacks == 0


def test_a_model_is_never_shown_an_id_a_result_or_a_later_wish() -> None:
    model = Overheard([*GOOD, _user(finished=True)])
    attempt(RENAMING, character("oracle", RENAMING), user=ModelUser(model, knowledge(RENAMING)))
    first, second, third = model.asked
    assert RENAMING.turns[0].query in first
    assert RENAMING.turns[1].query not in first
    assert RENAMING.turns[1].query in second
    for asked in (first, second, third):
        for secret in ("lst_home", "todo__", "list_id", '"items"', "You act for the user", "tsk_"):
            assert secret not in asked
    assert "There are 2." not in second
    assert "There are 2." in third  # the agent said so


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("no JSON at all", "JSON"),
        (_user("Please put it on my home list.", next=True), "'Buy milk' is missing"),
        (_user('Add "Buy milk" with todo__create_task.', next=True), "'todo__create_task' looks like an id"),
        (_user('Add "Buy milk" to list x7Fq20Lmz9.', next=True), "'x7Fq20Lmz9' looks like an id"),
        (_user(finished=True), "there is still something"),
        (_user('Let us talk about "Buy milk" first.'), "you speak first"),
    ],
)
def test_words_that_will_not_do_are_shown_back_and_mended(bad: str, problem: str) -> None:
    model = Overheard([bad, *GOOD, _user(finished=True)])
    user = ModelUser(model, knowledge(RENAMING))
    played = attempt(RENAMING, character("oracle", RENAMING), user=user)
    assert problem in model.asked[1]
    assert [asked.outcome for asked in user.asked] == ["repaired", "accepted", "accepted"]
    assert user.fallbacks == 0
    assert score(RENAMING, played).passed


def test_the_task_speaks_for_a_model_that_does_not_mend_its_words_and_that_is_counted() -> None:
    user = ModelUser(Overheard([_user("Nothing.", next=True)] * 3 + GOOD[1:] + ["?"] * 3), knowledge(RENAMING))
    played = attempt(RENAMING, character("oracle", RENAMING), user=user)
    assert _said(played.messages) == [RENAMING.turns[0].query, "And how many are on it now?"]
    assert user.fallbacks == 2
    assert score(RENAMING, played).passed


def test_a_model_that_cannot_answer_masks_the_attempt() -> None:
    played = attempt(
        RENAMING, character("oracle", RENAMING), user=ModelUser(Overheard([ModelFailed("gone")]), knowledge(RENAMING))
    )
    assert played.ending == "model_failed"
    assert score(RENAMING, played).masked


def test_a_model_answers_questions_on_the_side_but_not_for_ever() -> None:
    aside = _user("The home one, as I said.")
    user = ModelUser(Overheard([GOOD[0], aside, aside, aside, GOOD[1], _user(finished=True)]), knowledge(RENAMING))
    answers = ["Which list?", "Which list?", "Which list?", "There are 2."]
    played = attempt(RENAMING, Scripted(answers), user=user)
    assert len(_said(played.messages)) == 4  # the third time it was told to go on
    assert user.asked[3].outcome == "repaired"


def test_a_model_does_its_deed_when_guided_and_cannot_claim_it_before(guided: list[Task]) -> None:
    task = next(task for task in guided if task.turns[1].act == "confirm" and len(task.turns) == 2)
    own = next(call for call in task.calls if call.by == "user")
    first, second = (_user(turn.query, next=True) for turn in task.turns)
    deed = _user(task.turns[1].query, next=True, does=True)
    waiting = _user("What exactly do I have to do?")
    for model, replies, done in (
        (Oracle("oracle", task, 0), [first, second, deed, _user(finished=True)], 1),
        (Misguider.of(task), [first, deed, waiting, waiting, waiting, _user(finished=True)], 0),
    ):
        speaker = Overheard(replies)
        user = ModelUser(speaker, knowledge(task))
        with task.open(TASKS) as session:
            if isinstance(model, Misguider):
                model.enter(session)
            played = asyncio.run(play(task, model, session, user=user))
        assert sum(made.by == "user" for made in played.calls) == done
        assert score(task, played).passed is bool(done)
        assert all(own.tool not in asked for asked in speaker.asked)
        values: list[Any] = [value for value in own.arguments.values() if isinstance(value, str)]
        assert all(value not in asked for asked in speaker.asked for value in values)


def test_knowledge_is_what_the_user_is_made_of_so_nothing_else_can_be_asked_of_them() -> None:
    assert set(Knowledge.model_fields) == {"persona", "wishes", "known"}


# The command


def wishes_aloud(request: dict[str, Any]) -> str:
    """Says what it is told that it wants, in a sentence of its own."""
    _, found, rest = request["messages"][-1]["content"].partition("What you want next:\n")
    if not found:
        return json.dumps({"finished": True})
    return json.dumps({"say": f"Listen. {rest.partition(chr(10))[0]}", "next": True})


def test_a_served_model_plays_the_user_and_its_tape_plays_the_same(run: Any, tmp_path: Path, tasks: Path) -> None:
    with Provider(answer=wishes_aloud) as provider:
        user = f"openai:talker@{provider.url}"
        played = run("play", tasks, "--model", "offline:oracle", "--user", user, "-n", "5", "--output", "a.jsonl",
                     "--record", "talk.jsonl", "--json").document  # fmt: skip
    assert (played["tasks"], played["pass_rate"], played["masked"]) == (5, 1.0, 0)
    assert played["ledger"]["user"]["replies"] == len(provider.requests) >= 10
    first = json.loads((tmp_path / "a.jsonl").read_text().splitlines()[0])["trajectory"]["messages"]
    assert next(message["content"] for message in first if message["role"] == "user").startswith("Listen. ")
    run("play", tasks, "--model", "offline:oracle", "--user", "offline:tape=talk.jsonl", "-n", "5", "--output",
        "b.jsonl", "--json")  # fmt: skip
    assert (tmp_path / "b.jsonl").read_bytes() == (tmp_path / "a.jsonl").read_bytes()


def test_an_unknown_user_is_one_sentence(run: Any, tasks: Path) -> None:
    one_sentence(run("play", tasks, "--model", "offline:oracle", "--user", "nobody"), 1, "nobody", "reactive")
