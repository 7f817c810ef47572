"""What a write repeats of its row, what has no name yet, people, and days in pairs: the grammar over hotel bookings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from random import Random

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.environment.spec import Attribute, Entity, EnvSpec, Parameter
from envfactory.graph.link import link
from envfactory.querygen import words
from envfactory.querygen.generate import candidates
from envfactory.querygen.query import IMPLICIT, NAMED, refer
from envfactory.querygen.repeat import repeated
from envfactory.querygen.story import Referent
from envfactory.querygen.values import invent
from envfactory.rollout.task import GoldCall, Task

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
H = "impala_hotels__"
VERSION = "updateBookingVersionAtTimestamp"


@pytest.fixture(scope="module")
def library() -> Mapping[str, type[Environment]]:
    return {"impala_hotels": load("impala_hotels")}


@pytest.fixture(scope="module")
def spec(library: Mapping[str, type[Environment]]) -> EnvSpec:
    found = library["impala_hotels"].spec
    assert found is not None
    return found


@pytest.fixture(scope="module")
def tasks(library: Mapping[str, type[Environment]]) -> list[Task]:
    """The tasks among the first hundred candidates."""
    drawn = candidates(library, link(library), seed=5)
    return [task for _, one in zip(range(100), drawn, strict=False) if (task := one.task) is not None]


def test_a_version_comes_from_the_latest_result_that_shows_the_row(spec: EnvSpec) -> None:
    tool = spec.tool("update_booking_contact")
    listed = {"data": [{"bookingId": "A", "updatedAt": "1"}, {"bookingId": "B", "updatedAt": "2"}]}
    changed = {"bookingId": "B", "updatedAt": "3"}
    calls = [GoldCall(tool=f"{H}{name}", arguments={}) for name in ("list_bookings", "update_booking")]
    assert repeated(spec, tool, {"bookingId": "A"}, calls, [listed, changed]) == {VERSION: ("1", "0.data.0.updatedAt")}
    assert repeated(spec, tool, {"bookingId": "B"}, calls, [listed, changed]) == {VERSION: ("3", "1.updatedAt")}
    assert repeated(spec, tool, {"bookingId": "C"}, calls, [listed, changed]) == {}
    assert repeated(spec, tool, {"bookingId": "B", VERSION: "0"}, calls, [listed, changed]) == {}
    elsewhere = [calls[0], GoldCall(tool="other_service__get_booking", arguments={})]
    assert repeated(spec, tool, {"bookingId": "B"}, elsewhere, [listed, changed])[VERSION][0] == "2"


def test_gold_repeats_a_version_that_nobody_says(tasks: list[Task]) -> None:
    changes = [(task, call) for task in tasks for call in task.calls if VERSION in call.arguments]
    assert len(changes) >= 5
    for task, call in changes:
        assert call.uses[VERSION].endswith(".updatedAt")
        assert not any(str(call.arguments[VERSION]) in turn.query for turn in task.turns)


def test_what_goes_along_with_another_argument_is_repeated_only_with_it(spec: EnvSpec) -> None:
    tool = spec.tool("update_booking_contact")
    home = Parameter(name="leaves", type="string", role="option", field="rooms", along="enters")
    moving = tool.model_copy(update={"parameters": (tool.parameters[0], home)})
    calls = [GoldCall(tool=f"{H}list_bookings", arguments={})]
    listed = {"data": [{"bookingId": "A", "rooms": ["R1"]}, {"bookingId": "B", "rooms": ["R1", "R2"]}]}
    moved = {"bookingId": "A", "enters": "R2"}
    assert repeated(spec, moving, moved, calls, [listed]) == {"leaves": ("R1", "0.data.0.rooms.0")}
    assert repeated(spec, moving, {"bookingId": "A"}, calls, [listed]) == {}
    assert repeated(spec, moving, {**moved, "leaves": "R7"}, calls, [listed]) == {}


def test_a_row_is_called_by_its_kind_where_the_contract_has_a_word_for_it() -> None:
    kind = Attribute(name="type", type="string", says={"dir": "folder"})
    file = Entity(name="file", table="files", key="id", label="name", kind="type", attributes=(kind,))
    assert words.noun_for(file, {"type": "dir"}) == "folder"
    assert words.noun_for(file, {"type": "blob"}) == "file"
    assert words.noun_for(file, {}) == "file"
    folder = Referent("drive", file, {"type": "dir", "name": "Lisbon"}, "f1")
    assert refer(folder, NAMED) == 'the folder "Lisbon"'
    assert refer(folder, IMPLICIT) == "that folder"
    assert refer(folder, IMPLICIT, focus=folder) == "it"


def test_what_was_just_made_and_has_no_name_is_spoken_of_as_it(tasks: list[Task]) -> None:
    found = 0
    for task in tasks:
        made = {str(n) for n, call in enumerate(task.calls) if call.tool == f"{H}create_booking"}
        for turn in task.turns:
            assert '""' not in turn.query
            for call in turn.calls:
                if call.uses.get("bookingId", "").partition(".")[0] in made:
                    found += 1
                    assert " it" in turn.query or "that booking" in turn.query
    assert found


def test_a_person_is_said_with_name_and_address() -> None:
    person = {"firstName": "Mei", "lastName": "Tanaka"}
    assert words.say({**person, "email": "mei.tanaka@example.com"}, NOW) == "Mei Tanaka (mei.tanaka@example.com)"
    assert words.say(person, NOW) == "Mei Tanaka"


def test_a_day_of_departure_comes_after_the_day_of_arrival(spec: EnvSpec) -> None:
    parameter: Parameter = spec.tool("create_booking").parameter("end")
    attribute = spec.entity("booking").attribute("end")
    for seed in range(20):
        end = invent(parameter, attribute, now=NOW, random=Random(seed), given={"start": "2026-03-30"})
        assert isinstance(end, str)
        assert date(2026, 3, 30) < date.fromisoformat(end) <= date(2026, 4, 3)
