"""Tasks with distractors: tools of look-alike services stand in the way, and the user says which is meant."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.graph.graph import ToolGraph
from envfactory.graph.link import link
from envfactory.graph.sample import sample
from envfactory.querygen.certify import Rejected
from envfactory.querygen.generate import make
from envfactory.querygen.kinds import distractors as kind
from envfactory.querygen.kinds.astray import LookAlike, likeness
from envfactory.querygen.kinds.distractors import VISIBLE, Distractors, service
from envfactory.rollout.characters import character
from envfactory.rollout.play import play
from envfactory.rollout.task import Task, task_lines
from envfactory.rollout.trajectory import Trajectory

Library = Mapping[str, type[Environment]]
NAMES = (
    "google_tasks", "stripe_billing", "square_orders", "shopify_storefront", "google_calendar", "ynab", "gmail",
    "google_drive", "github_issues",
)  # fmt: skip
HASHES: dict[str, str] = dict.fromkeys(NAMES, "")
OWN = ("stripe_billing", "google_tasks")


@pytest.fixture(scope="module")
def library() -> Library:
    return {name: load(name) for name in NAMES}


@cache
def graph() -> ToolGraph:
    return link({name: load(name) for name in OWN})


def made(library: Library, count: int) -> list[Task]:
    own = {name: library[name] for name in OWN}
    chains = sample(graph(), own, count=count, seed=3, length=(1, 5), turns=(1, 2), environments=(1, 2))
    found: list[Task] = []
    for candidate, chain in enumerate(chains):
        try:
            found.append(make(chain, library, HASHES, seed=3, candidate=candidate, recipe=Distractors()))
        except Rejected:
            continue
    return found


@pytest.fixture(scope="module")
def tasks(library: Library) -> list[Task]:
    found = made(library, 24)
    assert len(found) >= 8
    return found


def played(task: Task, library: Library, name: str) -> Trajectory:
    with task.open(library) as session:
        model = LookAlike(name, task, 0) if name == "look_alike" else character(name, task)
        return asyncio.run(play(task, model, session))


def test_other_services_stand_in_the_way_and_no_more_than_128_tools_are_seen(
    tasks: list[Task], library: Library
) -> None:
    crowded = 0
    for task in tasks:
        own = {setting.environment for setting in task.settings}
        assert 3 <= len(task.others) <= 8
        assert own.isdisjoint(setting.environment for setting in task.others)
        tools = [schema.name for schema in played(task, library, "oracle").tools]
        assert {call.tool for call in task.calls} <= set(tools)
        assert len(tools) <= VISIBLE
        crowded += len(tools) == VISIBLE
        assert all(name.partition("__")[0] not in own for name in task.withheld), "its own tools are all there"
    assert crowded, "some of them need trimming"


def test_who_takes_the_look_alike_or_meddles_fails_and_who_looks_around_passes(
    tasks: list[Task], library: Library
) -> None:
    for task in tasks:
        assert task.proof is not None
        trials = {trial.policy: trial for trial in task.proof.trials}
        assert not trials["uses a look-alike of the right tool"].passed
        assert not trials["changes something in another service as well"].passed
        assert trials["looks into other services first"].passed
        own = {setting.environment for setting in task.settings}
        strayed = [m.call.tool.partition("__")[0] for m in played(task, library, "look_alike").calls]
        assert not own.issuperset(strayed), "it did use another service's tool"


def test_the_service_is_named_where_another_has_things_of_that_name(tasks: list[Task], library: Library) -> None:
    named = 0
    for task in tasks:
        for turn in task.turns:
            makes = [call for call in turn.calls if call.tool == "stripe_billing__create_customer"]
            rivals = {"square_orders"} & {setting.environment for setting in task.others}
            first = not any(c.tool.startswith("stripe") for t in task.turns[: task.turns.index(turn)] for c in t.calls)
            if makes and rivals and first:
                assert "Stripe" in turn.query
                named += 1
    assert named or any("Stripe" in turn.query for task in tasks for turn in task.turns)


def test_the_most_alike_services_come_first(library: Library, tasks: list[Task]) -> None:
    billing = [task for task in tasks if [s.environment for s in task.settings] == ["stripe_billing"]]
    assert billing
    assert all("square_orders" in [s.environment for s in task.others] for task in billing), "customers there, too"
    assert likeness("stripe_billing__create_customer", "square_orders__create_customer") == 1.0
    assert likeness("stripe_billing__create_customer", "gmail__messages_list") == 0.0


def test_services_go_by_the_names_that_people_use(library: Library) -> None:
    found = {name: service(spec) for name in NAMES if (spec := library[name].spec)}
    assert (found["google_tasks"], found["gmail"], found["ynab"]) == ("Google Tasks", "Gmail", "YNAB")
    spotify = load("spotify").spec
    lyft = load("lyft_rides").spec
    assert spotify is not None
    assert lyft is not None
    assert (service(spotify), service(lyft)) == ("Spotify", "Lyft")


def test_two_runs_give_the_same_bytes(library: Library) -> None:
    assert "".join(task_lines(made(library, 5))) == "".join(task_lines(made(library, 5)))


def test_a_gold_tool_that_is_hidden_is_no_task(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        kind,
        "_withheld",
        lambda task, library, others: (task.calls[0].tool,),  # type: ignore[no-untyped-def]
    )
    assert made(library, 5) == []


def test_without_another_service_nobody_can_go_astray(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "FEWEST", 0)
    monkeypatch.setattr(kind, "MOST", 0)
    assert made(library, 5) == [], "who should have taken the look-alike finds none, and passes"


def test_a_small_library_has_no_distractors(library: Library) -> None:
    assert made({name: library[name] for name in OWN}, 5) == []
