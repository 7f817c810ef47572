"""Descriptions are found by words and meaning, and what the library holds is not proposed again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from envfactory.cli import app
from envfactory.envgen.catalogue import Entry, in_folder, installed
from envfactory.envgen.search import SAME, Held, held_by_library, ranked, repeats, search
from envfactory.errors import SourceError

DESCRIPTIONS = Path(__file__).parent / "descriptions"
LIBRARY = ["google_tasks", "google_calendar", "github_issues"]


def entry(title: str, *operations: str, description: str = "") -> Entry:
    return Entry(title=title, reference=title, kind="openapi", where="here", description=description,
                 operations=operations)  # fmt: skip


SHELF = [
    entry("Hotel Booking", "searchHotels", "createBooking", "cancelBooking"),
    entry("Flight Search", "searchFlights", "getFlight"),
    entry("Parcel Post", "createShipment", "trackShipment", description="Send parcels and follow them."),
    entry("Bookshop", "listBooks", "createOrder"),
]


def titles(query: str, shelf: list[Entry] = SHELF) -> list[str]:
    return [c.entry.title for c in ranked(query, shelf, [])]


def test_what_fits_best_comes_first_and_what_fits_not_is_left_out() -> None:
    assert titles("hotel booking")[0] == "Hotel Booking"
    assert titles("track a parcel") == ["Parcel Post"]
    assert titles("cancel bookings")[0] == "Hotel Booking"
    assert titles("quantum chemistry") == []
    assert ranked("hotel", [], []) == []


def test_words_that_occur_together_lie_close() -> None:
    # No description says both `lodging` and `hotel`; many say each beside `room` and `guest`.
    shelf = [
        *(entry(f"Hotel {n}", "listRooms", "addGuest", "getHotel") for n in range(20)),
        *(entry(f"Lodging {n}", "listRooms", "addGuest", "getLodging") for n in range(20)),
        *(entry(f"Ledger {n}", "listAccounts", "postJournal", "getLedger") for n in range(20)),
    ]
    found = ranked("hotel", shelf, [], limit=60)
    score = {c.entry.title: c.score for c in found}
    assert score["Lodging 3"] > 0.1
    assert score.get("Ledger 3", 0) < score["Lodging 3"] < score["Hotel 3"]


def test_equal_questions_give_equal_answers() -> None:
    shelf = [entry(f"Thing {n}", f"list{'abcdefgh'[n % 8]}", f"get{n}") for n in range(80)]
    first, second = (ranked("thing list", shelf, held_by_library()) for _ in range(2))
    assert first == second


def test_what_a_library_environment_was_made_from_is_refused() -> None:
    [found] = [
        c for c in search("tasks", folders=[DESCRIPTIONS], packages=False) if c.entry.title == "Google Tasks API"
    ]
    assert found.entry.kind == "discovery"
    assert found.refused
    assert found.twin == "google_tasks"
    origin = entry("Anything else").model_copy(update={"reference": "pypi:google-api-python-client/tasks.v1"})
    assert repeats(origin, held_by_library()) == ("google_tasks", 1.0)


def test_a_proposal_is_refused_by_meaning_and_a_new_one_is_not() -> None:
    held = held_by_library()
    assert {h.name for h in held} >= set(LIBRARY)
    calendar = entry("Calendar", "calendar.events.list", "calendar.events.insert", "calendar.calendars.get",
                     "calendar.acl.insert", "calendar.calendarList.list", "calendar.freebusy.query",
                     description="Events, calendars and sharing rules.")  # fmt: skip
    twin, similarity = repeats(calendar, held, among=SHELF)
    assert twin == "google_calendar"
    assert similarity >= SAME
    for new in SHELF:
        assert repeats(new, held, among=SHELF)[1] < SAME
    assert repeats(calendar, []) == ("", 0.0)


def test_descriptions_in_a_folder_are_known_for_what_they_are() -> None:
    found = {Path(e.reference).name: e for e in in_folder(DESCRIPTIONS)}
    assert {name: e.kind for name, e in found.items()} == {
        "github_issues.json": "openapi",
        "mcp_github.json": "mcp",
        "mcp_paperless.json": "mcp",
        "mcp_todoist.json": "mcp",
        "notes.pyi": "python",
        "shop.graphql": "graphql",
        "shop_introspection.json": "graphql",
        "swagger2_library.yaml": "openapi",
        "tasks.v1.json": "discovery",
        "traccar.json": "openapi",
    }
    assert found["swagger2_library.yaml"].title == "Lending Library"
    assert "withdrawBook" in found["swagger2_library.yaml"].operations
    assert "orderCreate" in found["shop.graphql"].operations
    assert "create_issue" in found["mcp_github.json"].operations
    with pytest.raises(SourceError, match="is no folder"):
        list(in_folder(DESCRIPTIONS / "nowhere"))


def test_installed_npm_packages_are_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVFACTORY_NODE_MODULES", str(tmp_path))
    package = tmp_path / "@inn" / "openapi"
    (package / "node_modules" / "deep").mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"name": "@inn/openapi", "description": "OpenAPI of an inn"}))
    document = {"openapi": "3.1.0", "info": {"title": "Inn rooms", "description": "Book a room at the inn."},
                "paths": {"/rooms": {"get": {"operationId": "listRooms", "responses": {}}}}}  # fmt: skip
    (package / "openapi.json").write_text(json.dumps(document))
    (package / "node_modules" / "deep" / "openapi.json").write_text(json.dumps(document))
    (package / "broken.schema.json").write_text("{")
    entries = [e for e in installed() if e.where == "npm:@inn/openapi"]
    assert [e.reference for e in entries] == ["npm:@inn/openapi/openapi.json"]
    assert (entries[0].title, entries[0].operations) == ("Inn rooms", ("listRooms",))
    assert entries[0].description == "Book a room at the inn."


# The command -------------------------------------------------------------------------------------------------------


def test_the_command_marks_what_the_library_holds() -> None:
    result = CliRunner().invoke(app, ["search", "task list", "--from", str(DESCRIPTIONS), "--no-packages", "--json"])
    found = {c["title"]: c for c in json.loads(result.stdout)["candidates"]}
    assert found["Google Tasks API"]["refused"] is True
    assert found["Google Tasks API"]["resembles"] == "google_tasks"
    assert any(not c["refused"] for c in found.values())


def test_the_command_fails_when_nothing_fits() -> None:
    result = CliRunner().invoke(
        app, ["search", "xylophone", "--from", str(DESCRIPTIONS), "--no-packages"], standalone_mode=False
    )
    assert result.return_value == 1
    assert "nothing fits" in result.stdout


def test_nothing_is_proposed_from_an_empty_library() -> None:
    [first, *_] = ranked("hotel", SHELF, [Held(name="inn", text=entry("Weather"))])
    assert (first.entry.title, first.refused) == ("Hotel Booking", False)
