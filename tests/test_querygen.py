"""Certified tasks: what the certificate catches, what refinement may leave unsaid, and that a seed fixes the bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import content_hash, load
from envfactory.environment.spec import Attribute, Entity, EnvSpec, Parameter
from envfactory.errors import FileError
from envfactory.graph.chain import Binding, Chain, ChainStep, depth
from envfactory.graph.graph import ToolGraph
from envfactory.graph.link import link
from envfactory.querygen import words
from envfactory.querygen.ask import extreme
from envfactory.querygen.batch import generate
from envfactory.querygen.certify import Rejected, certify, leaked
from envfactory.querygen.generate import candidates
from envfactory.querygen.ground import Stuck, ground
from envfactory.querygen.mutate import mutants
from envfactory.querygen.query import IMPLICIT, OMITTED, Wording, refer, spoken, write
from envfactory.querygen.refine import OPERATORS, resolves
from envfactory.querygen.scenario import PERSONAS
from envfactory.querygen.story import Referent, Scenario, Story, Value
from envfactory.querygen.tally import Drawn, Tally
from envfactory.querygen.told import told
from envfactory.querygen.values import invent
from envfactory.rollout.replay import Replay
from envfactory.rollout.reward import score
from envfactory.rollout.task import Fact, Setting, Task, read_tasks

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
T = "google_tasks__"
Library = Mapping[str, type[Environment]]


@pytest.fixture(scope="module")
def library() -> Library:
    return {"google_tasks": load("google_tasks")}


@pytest.fixture(scope="module")
def graph(library: Library) -> ToolGraph:
    return link(library)


@pytest.fixture(scope="module")
def tasks(library: Library, graph: ToolGraph) -> list[Task]:
    """Thirty certified tasks."""
    found: list[Task] = []
    for drawn in candidates(library, graph, seed=11):
        if drawn.task is not None:
            found.append(drawn.task)
        if len(found) == 30:
            return found
    raise AssertionError


def story_of(
    library: Library,
    *steps: tuple[str, dict[str, tuple[int, str]], int],
    seed: int = 1,
    state: str = "small",
    environment: str = "google_tasks",
) -> Story:
    """A chain on a state of an environment: tool, bindings (parameter → step and path), turn."""
    chained = tuple(
        ChainStep(
            tool=f"{environment}__{tool}",
            bindings={name: Binding(step=s, path=path) for name, (s, path) in bound.items()},
        )
        for tool, bound, _ in steps
    )
    count = max(turn for *_, turn in steps) + 1
    turns = tuple(tuple(n for n, (*_, turn) in enumerate(steps) if turn == wanted) for wanted in range(count))
    chain = Chain(steps=chained, turns=turns, environments=(environment,), depth=depth(chained))
    cls = library[environment]
    assert cls.folder is not None
    setting = Setting(environment=environment, hash=content_hash(cls.folder), state=state)
    for attempt in range(40):
        try:
            return ground(chain, library, Scenario(PERSONAS[0], (setting,), 5), random=Random(f"{seed}/{attempt}"))
        except Stuck:
            continue
    raise AssertionError("the chain cannot be grounded")


LISTS: tuple[str, dict[str, Any], int] = ("tasklists_list", {}, 0)
IN_LIST = {"tasklist": (0, "items.*.id")}
TASKS = ("tasks_list", IN_LIST, 0)
ONE = IN_LIST | {"task": (1, "items.*.id")}


def plain(story: Story, library: Library) -> Task:
    return told(story, Wording(), (), library, random=Random(0))


# Certificates ------------------------------------------------------------------------------------------------------


def test_every_task_proves_that_gold_passes_nothing_fails_and_every_edit_fails(tasks: list[Task]) -> None:
    for task in tasks:
        assert task.proof is not None
        assert (task.proof.gold, task.proof.idle, task.proof.leaks) == (1.0, 0.0, 0)
        assert task.proof.killed == task.proof.mutants > 0


def test_the_proof_holds_when_its_edits_are_played_again(tasks: list[Task], library: Library) -> None:
    for task in tasks[:12]:
        specs = {name: cls.spec for name, cls in library.items() if cls.spec is not None}
        with task.open(library) as start:
            edits = list(mutants(task, specs, start, random=Random(99)))
            assert edits
            replay = Replay(task, start)
            for mutant in edits:
                answers = mutant.answers or [turn.answer for turn in task.turns]
                run = replay.edited(mutant.turns, answers, first=mutant.first)
                assert run == replay.edited(mutant.turns, answers), "played from the start it is the same"
                same = mutant.answers is None and run.changes == task.changes
                assert same or not score(task, run).passed, mutant.name


def test_gold_that_no_longer_does_what_the_task_says_is_rejected(tasks: list[Task], library: Library) -> None:
    task = next(t for t in tasks if t.changes)
    turns = [turn.model_copy(update={"changes": {}}) for turn in task.turns]
    with pytest.raises(Rejected, match="gold does not pass"):
        certify(task.model_copy(update={"turns": tuple(turns)}), library, random=Random(0))


def test_a_task_that_asks_for_nothing_is_rejected(tasks: list[Task], library: Library) -> None:
    first = tasks[0].turns[0].model_copy(update={"calls": (), "facts": (), "changes": {}})
    with pytest.raises(Rejected):
        certify(tasks[0].model_copy(update={"turns": (first,)}), library, random=Random(0))


def test_a_fact_that_a_guess_can_hit_is_rejected(library: Library, graph: ToolGraph) -> None:
    drawn = (found.task for found in candidates(library, graph, seed=12))
    task = next(task for task in drawn if task is not None and task.facts)
    easy = tuple(
        turn.model_copy(update={"facts": (Fact(name="x", value="Done", forms=("Done",)),), "answer": "Done."})
        for turn in task.turns
    )
    with pytest.raises(Rejected):
        certify(task.model_copy(update={"turns": easy}), library, random=Random(0))


@pytest.mark.parametrize("kind", ["id", "tool", "short tool"])
def test_words_that_leak_an_id_or_a_tool_are_rejected(tasks: list[Task], library: Library, kind: str) -> None:
    task = tasks[0]
    with task.open(library) as session:
        row: Any = session.environments["google_tasks"].db.find("tasks")[0]
    leak = {"id": row["id"], "tool": T + "tasks_patch", "short tool": "tasks_patch"}[kind]
    turn = task.turns[0].model_copy(update={"query": f"{task.turns[0].query} See {leak}."})
    with pytest.raises(Rejected, match="leaks"):
        certify(task.model_copy(update={"turns": (turn, *task.turns[1:])}), library, random=Random(0))


def test_no_query_holds_an_internal_name(tasks: list[Task], library: Library) -> None:
    specs = {name: cls.spec for name, cls in library.items() if cls.spec is not None}
    for task in tasks:
        with task.open(library) as session:
            assert leaked(task, specs, session) == []


def test_calls_whose_order_matters_are_rejected_when_nothing_says_so(library: Library) -> None:
    story = story_of(
        library, LISTS, ("tasks_insert", IN_LIST, 0), ("tasks_insert", {"tasklist": (0, "items.*.id")}, 0)
    )  # both at the top of the same list: which one is first depends on the order
    with pytest.raises(Rejected, match="order"):
        certify(plain(story, library), library, random=Random(0))
    story.close()


# Stories and words -------------------------------------------------------------------------------------------------


def test_gold_looks_up_what_users_name(library: Library) -> None:
    story = story_of(library, LISTS, TASKS, ("tasks_delete", ONE, 0))
    task = certify(plain(story, library), library, random=Random(0))
    story.close()
    delete = task.calls[-1]
    assert delete.uses.keys() == {"tasklist", "task"}
    assert delete.uses["task"].startswith("1.items.")
    label = story.moves[0].referents["task"].label
    assert f'"{label}"' in task.turns[0].query
    assert str(delete.arguments["task"]) not in task.turns[0].query
    assert [change.op for change in task.changes["google_tasks"]].count("delete") >= 1


def test_a_question_asks_for_what_was_read_and_does_not_say_it(library: Library) -> None:
    story = story_of(library, LISTS, TASKS, ("tasks_get", ONE, 0))
    task = certify(plain(story, library), library, random=Random(0))
    story.close()
    fact = task.facts[0]
    assert "?" in task.turns[0].query
    assert fact.forms[0] not in task.turns[0].query
    assert fact.forms[0] in task.turns[0].answer


def test_it_means_what_the_move_before_acted_on_and_that_task_the_last_task_spoken_of(library: Library) -> None:
    story = story_of(library, LISTS, TASKS, ("tasks_patch", ONE, 0), ("tasks_delete", ONE, 1))
    assert resolves(story, Wording(), 1, "task", IMPLICIT)
    assert resolves(story, Wording(), 1, "tasklist", IMPLICIT)
    assert not resolves(story, Wording(), 0, "task", IMPLICIT), "nothing was spoken of before"
    queries = write(story, Wording({(1, "task"): IMPLICIT, (1, "tasklist"): OMITTED}), random=Random(0))
    story.close()
    assert queries[1].rstrip(".?").split()[-1] == "it"
    assert story.moves[1].referents["task"].label not in queries[1]


def test_a_reference_to_another_row_than_the_last_one_must_be_named(library: Library) -> None:
    other = IN_LIST | {"task": (1, "items.*.id")}
    chain = story_of(
        library, LISTS, TASKS, ("tasks_patch", ONE, 0), ("tasks_insert", IN_LIST, 0), ("tasks_get", other, 1)
    )
    number = len(chain.moves) - 1
    assert chain.moves[number].target is not None
    assert not resolves(chain, Wording(), number, "task", IMPLICIT), "the task made in between was spoken of last"
    chain.close()


def test_a_list_may_go_unsaid_only_when_the_task_alone_tells_it(library: Library) -> None:
    story = story_of(library, LISTS, TASKS, ("tasks_delete", ONE, 0))
    move = story.moves[0]
    moment = story.moments[0].environments["google_tasks"]
    named = moment.db.value("SELECT count(*) FROM tasks WHERE title = ?", (move.referents["task"].label,))
    assert resolves(story, Wording(), 0, "tasklist", OMITTED) == (named == 1)
    twin = dict(moment.db.find("tasks", id=move.referents["task"].key)[0]) | {"id": "twin", "parent": None}
    with moment.db.transaction():
        moment.db.insert("tasks", twin)
    assert not resolves(story, Wording(), 0, "tasklist", OMITTED), "two tasks of that name"
    story.close()


def test_the_earliest_must_be_exactly_one(library: Library) -> None:
    for seed in range(60):
        story = story_of(library, LISTS, TASKS, ("tasks_delete", ONE, 0), seed=seed)
        referent = story.moves[0].referents["task"]
        dues = [str(item["due"]) for item in (referent.item, *referent.peers) if item.get("due")]
        wanted = referent.item.get("due") == min(dues, default=None) and dues.count(min(dues, default="")) == 1
        assert resolves(story, Wording(), 0, "task", "first:due") == (wanted and len(dues) > 1)
        story.close()


def test_one_page_of_a_longer_list_does_not_tell_the_earliest(library: Library) -> None:
    seen: set[bool] = set()
    for seed in range(20):
        story = story_of(library, LISTS, TASKS, ("tasks_delete", ONE, 0), seed=seed, state="large")
        page: Any = story.moments[0].call(story.calls[1].tool, story.calls[1].arguments).result
        referent = story.moves[0].referents["task"]
        more = "nextPageToken" in page
        assert len(referent.peers) == (0 if more else len(page["items"]) - 1)
        seen.add(more)
        story.close()
    assert seen == {True, False}


@pytest.mark.parametrize("size", [3, 100])
def test_a_full_page_may_have_another_after_it_where_nothing_says_so(size: int) -> None:
    cls = load("github_issues")
    assert cls.spec is not None
    sized = json.loads(cls.spec.model_dump_json())
    for tool in sized["tools"]:
        for parameter in tool["parameters"]:
            if parameter["role"] == "page_size":
                parameter["default"] = size
    github: Library = {"github_issues": type("GithubIssues", (cls,), {"spec": EnvSpec.model_validate(sized)})}
    place: Any = {"owner": (None, ""), "repo": (None, "")}
    chain = (("issues_list_for_repo", place, 0), ("issues_lock", place | {"issue_number": (0, "*.number")}, 0))
    for seed in range(5):
        story = story_of(github, *chain, seed=seed, state="large", environment="github_issues")
        page: Any = story.moments[0].call(story.calls[0].tool, story.calls[0].arguments).result
        peers = {len(r.peers) for move in story.moves for r in move.referents.values() if r.entity.name == "issue"}
        assert peers == {0 if len(page) >= size else len(page) - 1}
        story.close()


def test_a_number_is_said_in_the_words_of_the_contract() -> None:
    amount = Attribute(name="amount", type="integer", says={"4550": "€45.50", "true": "yes"})
    parameter = Parameter(name="amount", type="integer")
    assert [spoken(Value(parameter, amount, v), NOW) for v in (4550, 4551, True)] == ["€45.50", "4551", "yes"]


def test_refinements_are_used_and_named(tasks: list[Task]) -> None:
    used = {operator for task in tasks for operator in task.operators}
    assert used <= set(OPERATORS)
    assert {"implicit_reference", "omitted_parameter", "compressed"} <= used


def test_values_are_new_and_an_end_comes_after_its_start() -> None:
    title = Attribute(name="title", type="string", examples=("A", "B"))
    parameter = Parameter(name="title", type="string", role="value", field="title")
    for seed in range(8):
        assert invent(parameter, title, now=NOW, random=Random(seed), row={"title": "A"}) == "B"
    status = Attribute(name="status", type="string", enum=("open", "done"))
    assert invent(parameter, status, now=NOW, random=Random(0), row={"status": "open"}) == "done"
    unknown = Attribute(name="zorp", type="string")
    assert invent(Parameter(name="zorp", type="string"), unknown, now=NOW, random=Random(0)) is None
    start = {"dateTime": "2026-03-04T15:00:00.000Z"}
    shape = Attribute(name="end", type="object", examples=({"dateTime": "2026-03-04T16:00:00.000Z"},))
    end: Any = invent(Parameter(name="end", type="object"), shape, now=NOW, random=Random(0), given={"start": start})
    assert end["dateTime"] > start["dateTime"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2026-03-04T00:00:00.000Z", "March 4"),
        ("2026-03-04T15:30:00.000Z", "March 4 at 3:30 PM"),
        ("2027-01-01", "January 1, 2027"),
        ({"dateTime": "2026-03-04T09:00:00.000Z", "timeZone": "UTC"}, "March 4 at 9 AM"),
        (["a", "b", "c"], "a, b and c"),
        (True, "yes"),
        (2.5, "2.5"),
        ({"year": 2026, "month": 3, "day": 4}, "March 4"),
        ({"hours": 17}, "5 PM"),
        ({"hours": 17, "minutes": 30}, "5:30 PM"),
        ({"year": 2026, "month": 2, "day": 30}, "year 2026, month 2 and day 30"),
        ({"amount": 14950, "currency": "DKK"}, "149.50 DKK"),
        ({"amount": 15000, "currency": "DKK"}, "150 DKK"),
        ({"amount": 15000, "currency": "JPY"}, "15000 JPY"),
        (
            [
                {"name": "A2 poster", "quantity": "20", "base_price_money": {"amount": 4550, "currency": "DKK"}},
                {"quantity": 2, "name": "tube"},
            ],
            "20 × A2 poster at 45.50 DKK each and 2 × tube",
        ),
    ],
)
def test_values_are_said_as_people_say_them(value: Any, said: str) -> None:
    assert words.say(value, NOW) == said


def test_an_answer_may_put_a_time_in_many_ways() -> None:
    ways = words.forms("2026-03-03T15:00:00.000Z", NOW)
    assert {"March 3 at 3 PM", "2026-03-03 at 15:00", "3 March at 3 PM", "tomorrow at 3 PM"} <= set(ways)
    assert words.forms(3, NOW) == ("3", "three")
    assert {"149.50 DKK", "DKK 149.50", "149.50"} <= set(words.forms({"amount": 14950, "currency": "DKK"}, NOW))


def test_sums_of_one_currency_have_a_highest() -> None:
    total = Attribute(name="total", type="object")
    orders = [
        {"name": name, "total": {"amount": amount, "currency": currency}}
        for name, amount, currency in (("a", 900, "DKK"), ("b", 1200, "DKK"), ("c", 100, "EUR"))
    ]
    assert extreme(total, "last", orders[:2], "name") == orders[1]
    assert extreme(total, "first", orders, "name") is None


def test_days_written_in_parts_have_an_earliest() -> None:
    due = Attribute(name="due", type="object", format="date")
    days = ((2026, 10, 2), (2026, 9, 30), (2025, 12, 31))
    works: list[Mapping[str, Any]] = [
        {"name": str(day), "due": dict(zip(("year", "month", "day"), day, strict=True))} for day in days
    ]
    assert extreme(due, "first", works[:2], "name") == works[1]
    assert extreme(due, "last", works, "name") == works[0]
    assert extreme(due, "first", [*works[:2], works[1]], "name") is None


def test_what_has_no_name_of_its_own_is_called_by_its_parts_and_mine_is_mine() -> None:
    student = Attribute(name="student", type="string", says={"Priya Raman": "my submission"})
    key = Attribute(name="id", type="string")
    kind = Entity(
        name="submission", table="submissions", key="id", label="student",
        called="{student}'s submission", attributes=(key, student),
    )  # fmt: skip
    said = [refer(Referent("a", kind, {"id": "1", "student": n}, "1"), "named") for n in ("Mei Tanaka", "Priya Raman")]
    assert said == ["Mei Tanaka's submission", "my submission"]


# Runs --------------------------------------------------------------------------------------------------------------


def test_nobody_calls_a_person_it() -> None:
    name = Attribute(name="name", type="string")
    kind = Entity(name="patient", table="patients", key="id", label="name", person=True, attributes=(name,))
    patient = Referent("a", kind, {"id": "1", "name": "Mei Tanaka"}, "1")
    assert refer(patient, IMPLICIT, focus=patient) == "that patient"


def test_a_seed_fixes_the_bytes_and_another_seed_other_tasks(
    library: Library, graph: ToolGraph, tmp_path: Path
) -> None:
    texts: list[bytes] = []
    for number, seed in enumerate((5, 5, 6)):
        path = tmp_path / f"{number}.jsonl"
        tally = generate(library, graph, path, count=12, seed=seed)
        assert tally.tasks == 12
        texts.append(path.read_bytes())
    assert texts[0] == texts[1] != texts[2]
    ids = [task.id for task in read_tasks(tmp_path / "0.jsonl")]
    assert len(set(ids)) == 12


def test_a_duplicate_is_counted_and_dropped(tasks: list[Task]) -> None:
    tally = Tally()
    assert tally.add(Drawn(0, tasks[0]))
    assert not tally.add(Drawn(1, tasks[0].model_copy(update={"persona": "somebody else"})))
    assert not tally.add(Drawn(2, None, "no luck"))
    assert tally.document()["rejected"] == {"a duplicate": 1, "no luck": 1}
    assert tally.document()["tasks"] == 1


def test_a_damaged_tasks_file_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_text('{"id": "x"}\n')
    with pytest.raises(FileError, match="line 1 is no task"):
        list(read_tasks(path))


def test_no_row_is_named_by_another_that_refers_to_it(library: Library) -> None:
    """A subtask holds its parent's id: calling the parent by the subtask's title would act on the wrong row."""
    of_parent = IN_LIST | {"task": (1, "items.*.parent")}
    with pytest.raises(AssertionError, match="cannot be grounded"):
        story_of(library, LISTS, TASKS, ("tasks_delete", of_parent, 0))
    assert story_of(library, LISTS, TASKS, ("tasks_delete", ONE, 0)).calls
