"""How people put things: questions, manners, answers; and that a name said for a row is the row's alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.environment.spec import Attribute, Entity, Parameter, ToolSpec
from envfactory.graph.chain import Binding, Chain, ChainStep, depth
from envfactory.querygen import answer as answers
from envfactory.querygen import manners, questions
from envfactory.querygen.ask import ask
from envfactory.querygen.certify import Rejected
from envfactory.querygen.ground import Stuck, ground
from envfactory.querygen.manners import Clause
from envfactory.querygen.namesakes import namesakes, unclear
from envfactory.querygen.query import NAMED, Wording
from envfactory.querygen.refine import resolves
from envfactory.querygen.scenario import PERSONAS
from envfactory.querygen.story import Move, Persona, Referent, Scenario, Story, Value
from envfactory.querygen.told import faithful, told
from envfactory.querygen.verbs import turned
from envfactory.rollout.task import Setting

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
EMAIL = Entity(
    name="email",
    table="emails",
    key="id",
    label="subject",
    attributes=(Attribute(name="id", type="string"), Attribute(name="subject", type="string")),
)


def group(
    *conditions: tuple[str, str], place: tuple[str, str] = ("", ""), plural: str = "emails", word: str = "email"
) -> questions.Group:
    """What a list with conditions (their phrase, their value in words) and one place is of."""
    filters = tuple(
        Parameter(name=f"f{n}", type="string", role="filter", phrase=p) for n, (p, _) in enumerate(conditions)
    )
    places = (Parameter(name="place", type="string", role="reference", entity="email", phrase=place[0]),)
    spec = ToolSpec(
        name="list", operation="list", description="", effect="list", entity="email", returns="many",
        parameters=(*filters, *(places if place[0] else ())),
    )  # fmt: skip
    entity = EMAIL.model_copy(update={"plural": plural, "words": (word,)})
    values = tuple(Value(p, None, said) for p, (_, said) in zip(filters, conditions, strict=True))
    move = Move(0, 0, "mail", spec, entity, {}, values, [])
    texts = {p.name: said for p, (_, said) in zip(filters, conditions, strict=True)}
    texts |= {"place": place[1]} if place[0] else {}
    return questions.group(move, texts, {p.name: p.phrase for p in spec.parameters})


def asked(listed: questions.Group, texts: Mapping[str, str], have: str = "do I have") -> str:
    """The question how many there are, with its holes filled."""
    return questions.counting(listed, "how many", have).format(**texts)


@pytest.mark.parametrize(
    ("listed", "texts", "question"),
    [
        (group(), {}, "how many emails do I have?"),
        (group(("that mention {}", '"Ada"')), {"f0": '"Ada"'}, 'how many emails mention "Ada"?'),
        (group(("{}", "that I have not read yet")), {}, "how many emails have I not read yet?"),
        (group(("{}", "that I own")), {}, "how many emails do I own?"),
        (
            group(("labelled {}", '"Trip"'), ("since {}", "March 1")),
            {"f0": '"Trip"', "f1": "March 1"},
            'how many emails labelled "Trip" are there since March 1?',
        ),
        (group(place=("for {}", "Ida Holm")), {"place": "Ida Holm"}, "how many emails does Ida Holm have?"),
        (
            group(("that are {}", "unread"), place=("for {}", "Ida Holm")),
            {"f0": "unread", "place": "Ida Holm"},
            "how many emails for Ida Holm are unread?",
        ),
        (
            group(place=("where {} was last seen", '"Van"')),
            {"place": '"Van"'},
            'how many emails are there where "Van" was last seen?',
        ),
        (group(plural="entries in your memory", word="entry"), {}, "how many entries are there in your memory?"),
    ],
)
def test_a_question_puts_each_of_its_pieces_where_people_do(
    listed: questions.Group, texts: dict[str, str], question: str
) -> None:
    assert asked(listed, texts) == question


def test_all_there_are_are_asked_for_in_so_many_words_where_a_place_could_be_said() -> None:
    open_ = replace(group(), wide=True)
    assert asked(open_, {}, "are there") == "how many emails are there in all?"
    assert questions.comparing(open_, "latest date") == "which of all the emails has the latest date?"
    assert (
        asked(replace(group(("that are {}", "unread")), wide=True), {"f0": "unread"}) == "how many emails are unread?"
    )


def test_nobody_asks_for_names_that_people_do_not_say() -> None:
    person = EMAIL.model_copy(update={"called": "{subject}", "label": "id"})
    spec = ToolSpec(name="list", operation="list", description="", effect="list", entity="email", returns="many")
    rows = [{"id": f"X{n}", "subject": f"Ada {n}"} for n in range(3)]
    for seed in range(20):
        found = ask(Move(0, 0, "mail", spec, person, {}, (), rows), now=NOW, random=Random(seed))
        assert found is not None
        assert found.question == "count"


def test_a_place_where_something_is_becomes_a_question_of_its_own() -> None:
    seen = group(place=("where {} was last seen", '"Van"'), plural="places", word="place")
    assert questions.counting(seen, "which", "are there").format(place='"Van"') == 'where was "Van" last seen?'


def test_comparing_and_answering_keep_the_grammar_of_what_is_asked() -> None:
    disabled = group(("that are {}", "disabled"), plural="schedules", word="schedule")
    assert questions.comparing(disabled, "latest date").format(f0="disabled") == (
        "of the schedules that are disabled, which one has the latest date?"
    )
    mention = group(("that mention {}", '"Ada"'))
    assert questions.described(mention, one=True).format(f0='"Ada"') == 'email that mentions "Ada"'
    assert questions.asking("number of rooms", "{id}", person=False) == "how many rooms does {id} have?"
    assert questions.asking("contact's name", "{id}", person=False) == "what is the contact's name for {id}?"
    assert questions.asking("city", "that patient", person=True) == "what is that patient's city?"


@pytest.mark.parametrize(
    ("question", "within"),
    [
        ("how many lists are there?", "how many lists there are"),
        ("how many lists do I have?", "how many lists I have"),
        ('which zones does "Blue van" have?', 'which zones "Blue van" has'),
        ('what is the price of "Are there pens"?', 'what the price of "Are there pens" is'),
        ("which ride has the lowest price?", "which ride has the lowest price"),
        ('how many emails mention "Ada"?', ""),
    ],
)
def test_a_question_stands_within_another_sentence_or_not_at_all(question: str, within: str) -> None:
    assert manners.indirect(question) == within


def test_a_telegram_leaves_out_articles_and_fillers_but_no_names() -> None:
    assert manners.telegram('delete the list "The end of the list"', asks=False) == 'delete list "The end of the list"'
    assert manners.telegram("how many offices are there?", asks=True) == "how many offices?"
    assert manners.telegram('what is the price of the ride "A"?', asks=True) == 'price of ride "A"?'


@pytest.mark.parametrize("style", ["plain", "polite", "chatty", "brief"])
def test_manners_differ_in_what_stands_around_a_request_and_say_it_whole(style: str) -> None:
    clauses = [
        Clause('delete "A"', asks=False, effect="delete"),
        Clause('create "B"', asks=False),
        Clause('who is "C"?', True),
    ]
    seen: set[str] = set()
    for seed in range(40):
        said = manners.sentences(clauses, Persona("", style), first=True, last=True, now=NOW, random=Random(seed))
        text = " ".join(said)
        assert all(wish in text for wish in ('elete "A"', 'reate "B"', 'ho is "C"?'))
        assert not any(mark in text for mark in ("{", "[", "  ", "..", "?.", ".?"))
        assert all(one[0].isupper() or before.endswith(":") for before, one in zip(["", *said], said, strict=False))
        seen.add(text)
    assert len(seen) == 1 if style == "brief" else len(seen) > 20
    again = manners.sentences(clauses, Persona("", style), first=True, last=True, now=NOW, random=Random(3))
    assert again == manners.sentences(clauses, Persona("", style), first=True, last=True, now=NOW, random=Random(3))


def test_there_are_many_ways_to_begin() -> None:
    one = [Clause('delete the list "A"', asks=False, things="lists")]
    texts = (
        manners.sentences(one, Persona("", "chatty"), first=True, last=False, now=NOW, random=Random(n))
        for n in range(900)
    )
    assert len({text[0] for text in texts}) >= 30


def test_what_is_too_long_or_too_much_is_not_said_in_one_breath() -> None:
    assert manners.joined(["do A", "do B"]) == "do A and do B"
    assert manners.joined(["do A and C", "do B"]) == "do A and C, and do B"
    assert manners.joined(["do A"] * 4) == ""
    assert manners.joined(["x" * 200, "do B"]) == ""


def test_a_quotation_brings_its_own_full_stop() -> None:
    assert manners.stopped('say "Done."') == 'say "Done."'
    assert manners.stopped('say "Done"') == 'say "Done".'


def test_the_agent_turns_mine_into_yours_and_your_memory_into_its_own() -> None:
    assert turned('my list "my own" in your memory that I made') == 'your list "my own" in my memory that you made'


@pytest.mark.parametrize(
    ("deeds", "told_"),
    [
        (['deleted the list "A"', 'deleted the list "B"'], ['deleted the lists "A" and "B"']),
        (['created a list called "A"', 'created a list called "B"'], ['created lists called "A" and "B"']),
        (['added "A" as a customer', 'added "B" as a customer'], ['added "A" and "B" as customers']),
        (['deleted the list "A"', 'moved the list "B"'], ['deleted the list "A"', 'moved the list "B"']),
        (
            ['told "A" to set its alarm', 'told "B" to set its alarm'],
            ['told "A" to set its alarm', 'told "B" to set its alarm'],
        ),
    ],
)
def test_alike_deeds_are_told_as_one(deeds: list[str], told_: list[str]) -> None:
    assert answers._alike(deeds) == told_  # pyright: ignore[reportPrivateUsage]


# Names ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def library() -> Mapping[str, type[Environment]]:
    return {"google_tasks": load("google_tasks")}


@pytest.fixture
def story(library: Mapping[str, type[Environment]]) -> Any:
    """A task is deleted from a list."""
    lists = {"tasklist": Binding(step=0, path="items.*.id")}
    steps = (
        ChainStep(tool="google_tasks__tasklists_list", bindings={}),
        ChainStep(tool="google_tasks__tasks_list", bindings=lists),
        ChainStep(tool="google_tasks__tasks_delete", bindings=lists | {"task": Binding(step=1, path="items.*.id")}),
    )
    chain = Chain(steps=steps, turns=((0, 1, 2),), environments=("google_tasks",), depth=depth(steps))
    scenario = Scenario(PERSONAS[0], (Setting(environment="google_tasks", hash="as it is", state="small"),), 5)
    for seed in range(40):
        try:
            found = ground(chain, library, scenario, random=Random(seed))
        except Stuck:
            continue
        yield found
        found.close()
        return
    raise AssertionError("the chain cannot be grounded")


def another(story: Story, **changed: object) -> None:
    """Put another row like the task that is deleted into the world, as it is when the turn begins."""
    db = story.moments[0].environments["google_tasks"].db
    referent = story.moves[0].referents["task"]
    (row,) = [row for row in db.find("tasks") if row["id"] == referent.key]
    db.insert("tasks", {**row, "id": "another", **changed})


def test_a_name_that_no_other_row_has_is_clear(story: Story) -> None:
    assert list(unclear(story, Wording())) == []


def test_a_name_that_another_row_of_the_place_has_is_found_and_rejected(
    story: Story, library: Mapping[str, type[Environment]]
) -> None:
    another(story)
    assert list(unclear(story, Wording())) == [(0, "task", 1)]
    task = told(story, Wording(), (), library, random=Random(0))
    with pytest.raises(Rejected, match="same name"):
        faithful(story, Wording(), task)


def test_a_row_of_the_name_in_another_place_does_no_harm_where_the_place_is_known(story: Story) -> None:
    db = story.moments[0].environments["google_tasks"].db
    here = story.moves[0].referents["tasklist"].key
    other = next(row["id"] for row in db.find("task_lists") if row["id"] != here)
    column = story.moves[0].entity.scope
    another(story, **{column: other})
    assert namesakes(story.moments[0].environments["google_tasks"], story.moves[0].referents["task"])
    assert list(unclear(story, Wording())) == []


def test_that_task_is_neither_of_two_that_one_turn_spoke_of_unless_the_other_is_gone(story: Story) -> None:
    move = story.moves[0]
    rename = ToolSpec(name="rename", operation="rename", description="", effect="update", entity="task")
    mine = move.referents["task"]
    theirs = replace(mine, key="another", item={**mine.item, "id": "another", "title": "Another"})
    between = replace(move, spec=rename, referents={"list": move.referents["tasklist"]})
    for effect, clear in (("update", False), ("delete", True)):
        key = (Parameter(name="task", type="string", role="key", entity="task"),)
        first = replace(
            move, spec=rename.model_copy(update={"effect": effect, "parameters": key}), referents={"task": theirs}
        )
        second = replace(first, spec=rename.model_copy(update={"parameters": key}), referents={"task": mine})
        last = replace(second, turn=1)
        asked_ = replace(story, moves=[first, second, between, last], moments=story.moments * 2)
        assert resolves(asked_, Wording(), 3, "task", "implicit") is clear


def test_what_points_back_is_not_judged_by_its_name(story: Story) -> None:
    another(story)
    assert list(unclear(story, Wording({(0, "task"): "implicit"}))) == []
    assert list(unclear(story, Wording({(0, "task"): NAMED}))) != []


def test_rows_whose_keys_are_their_own_only_in_one_place_are_told_apart_by_it() -> None:
    spec = load("mcp_memory").spec
    assert spec is not None
    link = {"from": "Priya", "relationType": "owns", "to": "Studio"}
    one = Referent("mcp_memory", spec.entity("relation"), link, "Priya")
    assert one.same == replace(one, item=dict(link)).same
    assert one.same != replace(one, item=link | {"relationType": "visits", "to": "Lisbon"}).same
    tags = load("aws_scheduler").spec
    assert tags is not None
    tag = Referent("aws_scheduler", tags.entity("tag"), {"Key": "client"}, "client", home="arn:one")
    assert tag.same != replace(tag, home="arn:two").same


def test_what_was_renamed_goes_by_its_new_name_from_then_on(story: Story) -> None:
    last = story.moves[0]
    title = Parameter(name="title", type="string", role="value", field="title")
    key = Parameter(name="task", type="string", role="key", entity="task")
    spec = ToolSpec(name="r", operation="r", description="", effect="update", entity="task", parameters=(key, title))
    renamed = replace(last, spec=spec, referents={"task": last.referents["task"]}, values=(Value(title, None, "New"),))
    told_ = replace(story, moves=[renamed, replace(last, turn=1)], moments=story.moments * 2)
    assert told_.known_as(0, last.referents["task"]).label != "New"
    assert told_.known_as(1, last.referents["task"]).label == "New"
    assert told_.known_as(1, last.referents["tasklist"]) is last.referents["tasklist"]
