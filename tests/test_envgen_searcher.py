"""A model says what to look for and chooses what to build from; what it chooses is tried, and the reason is kept."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

import envfactory.models.load as load_module
from envfactory.cli import main
from envfactory.envgen.authors.author import Author, Rejected
from envfactory.envgen.catalogue import Entry
from envfactory.envgen.contract import contract, is_wish
from envfactory.envgen.infer import write_spec
from envfactory.envgen.search import Shelf, gather, held_by_library
from envfactory.envgen.seek import FAILURES, Found, described, propose_more, seek, wish_of
from envfactory.envgen.source import fetch
from envfactory.environment.spec import read_spec
from envfactory.errors import EnvFactoryError
from envfactory.messages import Message
from envfactory.models.model import Allowance, ModelFailed, Reply, Request, Usage

DESCRIPTIONS = Path(__file__).parent / "descriptions"
WISH = "a shop where people order goods and get them sent"
QUERIES = {"queries": ["online shop", "product orders"]}


class Scripted:
    """A metered model that answers by the name of the prompt."""

    name = identity = "scripted:searcher"
    allowance = Allowance(reply_tokens=200)

    def __init__(self, script: Callable[[str, Request], Any]) -> None:
        self.script = script
        self.asked: list[str] = []

    async def reply(self, messages: Any, tools: Any) -> Message:
        raise AssertionError("every role asks with a whole request")

    async def respond(self, request: Request) -> Reply:
        prompt = request.prompt.split("/")[0]
        self.asked.append(prompt)
        answer = self.script(prompt, request)
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return Reply(message=Message(role="assistant", content=text), usage=Usage(tokens_in=10, tokens_out=5))


def number_of(request: Request, source: str) -> int:
    """The number a candidate has in what the searcher is shown."""
    shown = request.messages[1].content
    return next(int(m[1]) for m in re.finditer(r"(?m)^(\d+)\. .*\n.*, (.*)$", shown) if m[2].endswith(source))


def shop(prompt: str, request: Request) -> Any:
    """A good run: it looks for shops and takes the one with operations."""
    if prompt == "search":
        return QUERIES
    return {"number": number_of(request, "shop.graphql"), "why": "It keeps orders and changes them."}


@pytest.fixture
def shelf() -> Shelf:
    return gather(folders=[DESCRIPTIONS], packages=False)


def sought(model: Scripted, shelf: Shelf, wish: str = WISH) -> tuple[Found, Author]:
    author = Author(model)
    return asyncio.run(seek(author, wish, shelf)), author


def test_the_searcher_says_what_to_look_for_and_chooses_by_what_it_is_shown(shelf: Shelf) -> None:
    told: list[str] = []

    def script(prompt: str, request: Request) -> Any:
        told.append(request.messages[1].content)
        return shop(prompt, request)

    found, author = sought(Scripted(script), shelf)
    assert found.queries == ("online shop", "product orders")
    assert found.entry is not None
    assert found.entry.reference.endswith("shop.graphql")
    assert WISH in told[0]
    assert "orderCreate" in told[1], "operations are shown"
    assert "licence: " in told[1]
    assert [one.outcome for one in author.asked] == ["accepted", "accepted"]
    assert "'online shop', 'product orders'" in found.provenance
    assert "It keeps orders" in found.provenance


def test_every_query_has_its_share_of_the_candidates() -> None:
    entries = [
        *(Entry(title=f"Report {n}", reference=f"r{n}", kind="openapi", where="here") for n in range(20)),
        Entry(title="Reimbursement of receipts and other claims", reference="claims", kind="openapi", where="here"),
    ]

    def script(prompt: str, _: Request) -> Any:
        if prompt == "search":
            return {"queries": ["report", "receipt reimbursement"]}
        return {"number": None, "why": "None of them can be read."}

    found, _ = sought(Scripted(script), Shelf(entries, []))
    assert len(found.candidates) == 12
    assert "claims" in [c.entry.reference for c in found.candidates[:2]]


def test_what_the_library_holds_is_not_among_the_candidates(shelf: Shelf) -> None:
    shown: list[str] = []

    def script(prompt: str, request: Request) -> Any:
        if prompt == "search":
            return {"queries": ["task lists"]}
        shown.append(request.messages[1].content)
        return {"number": None, "why": "None of them is a list of tasks."}

    found, _ = sought(Scripted(script), shelf, "lists of tasks to do")
    assert [c.twin for c in found.repeated] == ["google_tasks"]
    assert "tasks.v1.json" not in shown[0]
    assert found.entry is None


def test_a_malformed_answer_and_a_number_that_is_not_on_the_list_are_shown_back(shelf: Shelf) -> None:
    answers: dict[str, list[Any]] = {
        "search": ["let me think", {"queries": ["shop", "Shop"]}, QUERIES],
        "choose": [{"number": 99, "why": "It is the best of all."}, None],
    }
    told: list[str] = []

    def script(prompt: str, request: Request) -> Any:
        told.append(request.messages[-1].content)
        return answers[prompt].pop(0) or shop(prompt, request)

    found, author = sought(Scripted(script), shelf)
    assert found.entry is not None
    assert [(one.role, one.outcome) for one in author.asked] == [("searcher", "repaired")] * 2
    assert "is there twice" in told[2]
    assert "there is no candidate 99" in told[4]


def test_a_searcher_that_never_answers_rightly_is_rejected(shelf: Shelf) -> None:
    model = Scripted(lambda prompt, _: QUERIES if prompt == "search" else {"number": 0, "why": "Zero seems nice."})
    with pytest.raises(Rejected, match=r"searcher.*no candidate 0"):
        sought(model, shelf)
    assert model.asked == ["search", *["choose"] * 3]


def test_a_failing_endpoint_is_infrastructure(shelf: Shelf) -> None:
    def script(prompt: str, request: Request) -> Any:
        raise ModelFailed("the endpoint answered 503", kind="server")

    with pytest.raises(ModelFailed, match="503"):
        sought(Scripted(script), shelf)


def test_a_choice_that_cannot_be_built_from_is_sent_back(tmp_path: Path) -> None:
    damaged = {"openapi": "3.1.0", "info": {"title": "Shop of orders", "license": {"name": "MIT"}}, "paths": {}}
    (tmp_path / "openapi.json").write_text(json.dumps(damaged))
    (tmp_path / "shop.graphql").write_text((DESCRIPTIONS / "shop.graphql").read_text())
    told: list[str] = []

    def script(prompt: str, request: Request) -> Any:
        if prompt == "search":
            return QUERIES
        told.append(request.messages[1].content)
        source = "openapi.json" if len(told) == 1 else "shop.graphql"
        return {"number": number_of(request, source), "why": "It is about orders."}

    found, _ = sought(Scripted(script), gather(folders=[tmp_path], packages=False))
    assert "licence: MIT" in told[0]
    assert "cannot be used: " in told[1]
    assert found.entry is not None
    assert found.entry.kind == "graphql"
    assert len(found.useless) == 1


def test_without_a_model_the_best_description_that_fits_is_taken(shelf: Shelf) -> None:
    found = asyncio.run(seek(None, "online shop", shelf))
    assert found.entry is not None
    assert "shop" in found.entry.reference
    assert found == asyncio.run(seek(None, "online shop", shelf))
    assert asyncio.run(seek(None, "quantum chemistry", shelf)).entry is None


# From the choice to the contract -----------------------------------------------------------------------------------


def test_a_chosen_description_goes_through_its_importer_and_the_reason_stays(shelf: Shelf) -> None:
    tool = write_spec(fetch(str(DESCRIPTIONS / "shop.graphql"))).tools[0].name

    def script(prompt: str, request: Request) -> Any:
        if prompt != "rules":
            return shop(prompt, request)
        return {"rules": [{"text": f"Rule {n}.", "tools": [tool], "where": "Orders"} for n in range(4)]}

    model = Scripted(script)
    found, author = sought(model, shelf)
    spec = asyncio.run(contract(author, WISH, found=found))
    assert spec.sources[0].kind == "graphql"
    assert spec.sources[0].chosen == found.provenance
    assert json.loads(spec.to_json())["sources"][0]["chosen"] == found.provenance
    assert "propose" not in model.asked


PAGE = "# Parcel post\n\nParcels are booked, weighed and sent. A sent parcel cannot be cancelled.\n"


@pytest.fixture
def web() -> Iterator[str]:
    """A search engine and the one page it finds, beside one that is gone."""

    class Web(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here = f"http://127.0.0.1:{self.server.server_address[1]}"  # type: ignore[str-bytes-safe]
            listed = [
                {"title": "Parcel post", "url": f"{here}/parcels.md", "content": "Parcels, booked and sent."},
                {"title": "Parcel museum", "url": f"{here}/gone.md", "content": "Parcels of old."},
            ]
            pages = {"/search": json.dumps({"results": listed}), "/parcels.md": PAGE}
            body = pages.get(self.path.split("?")[0], "").encode()
            self.send_response(200 if body else 404)
            self.send_header("content-type", "text/markdown")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    server = HTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_chosen_page_is_read_once_and_goes_the_prose_way(web: str) -> None:
    shelf = Shelf([], [], endpoint=f"{web}/search?q={{query}}")
    tried: list[str] = []

    class Stopped(Exception):
        pass

    def script(prompt: str, request: Request) -> Any:
        if prompt == "search":
            return {"queries": ["parcel post"]}
        if prompt == "choose":
            tried.append("gone.md" if not tried else "parcels.md")
            return {"number": number_of(request, tried[-1]), "why": "It is about parcels."}
        assert prompt == "propose"
        assert "A sent parcel cannot be cancelled." in request.messages[1].content
        assert "a desk for parcels" in request.messages[1].content, "the wish is there, too"
        raise Stopped

    found, author = sought(Scripted(script), shelf, "a desk for parcels")
    assert tried == ["gone.md", "parcels.md"]
    assert found.page is not None
    assert Found.model_validate_json(found.model_dump_json()) == found, (
        "an interrupted build goes on with the same text"
    )
    with pytest.raises(Stopped):
        asyncio.run(contract(author, "a desk for parcels", found=found))


def test_a_sentence_is_told_from_the_name_of_something(tmp_path: Path) -> None:
    assert is_wish("a desk that keeps tickets")
    assert is_wish("a very long wish " * 40)
    spaced = tmp_path / "my file.json"
    spaced.write_text("{}")
    for name in (str(spaced), "tickets.json", "mcp:npx -y some-server", "https://example.org/a b"):
        assert not is_wish(name)


# Proposals ---------------------------------------------------------------------------------------------------------


def proposal(name: str, title: str, things: list[str], verbs: list[str]) -> dict[str, Any]:
    """What a proposer answers."""
    actions = [f"{verb} {thing}" for thing in things for verb in verbs]
    return {
        "name": name, "title": title, "domain": "office", "description": f"It keeps {' and '.join(things)}.",
        "things": things, "actions": actions[:20], "rules": [f"Rule {n} holds." for n in range(8)],
    }  # fmt: skip


CALENDAR = proposal("my_calendar", "Calendar", ["calendars", "events", "acl rules"],
                    ["list", "get", "insert", "update", "delete", "patch"])  # fmt: skip
BEES = proposal("bee_yard", "Bee yard", ["hives", "honey harvests"], ["inspect", "feed", "close", "list", "add"])
KILNS = proposal("pottery", "Pottery studio", ["kilns", "firings"], ["load", "light", "cool", "list", "book"])
HIVES = proposal("apiary", "Bee yard", ["hives", "honey harvests"], ["inspect", "feed", "close", "list", "add"])


def test_proposals_repeat_neither_the_library_nor_each_other(shelf: Shelf) -> None:
    answers = [CALENDAR, BEES, HIVES, KILNS]
    told: list[str] = []

    def script(prompt: str, request: Request) -> Any:
        assert prompt == "propose_new"
        told.append(request.messages[-1].content)
        return answers.pop(0)

    author = Author(Scripted(script))
    made = asyncio.run(propose_more(author, shelf, 2, domain="office"))
    assert [one.name for one in made.proposals] == ["bee_yard", "pottery"]
    assert [one.outcome for one in author.asked] == ["repaired", "repaired"]
    assert "it repeats 'google_calendar'" in told[1]
    assert "- bee_yard: Bee yard" in told[2], "what was proposed counts as held"
    assert "it repeats 'bee_yard'" in told[3]
    assert wish_of(made.proposals[0]) == "Bee yard: It keeps hives and honey harvests."


def test_a_proposer_that_only_repeats_is_given_up(shelf: Shelf) -> None:
    model = Scripted(lambda *_: CALENDAR)
    made = asyncio.run(propose_more(Author(model), shelf, 5))
    assert made.proposals == ()
    assert len(made.refused) == FAILURES
    assert len(model.asked) == 3 * FAILURES


def test_without_a_model_descriptions_are_proposed_that_are_alike_to_none() -> None:
    entries = [
        Entry(title=title, reference=name, kind="openapi", where="here", operations=operations)
        for name, title, operations in (
            ("inn", "Hotel Booking", ("searchHotels", "createBooking")),
            ("inn2", "Hotel Booking", ("searchHotels", "createBooking")),
            ("air", "Flight Booking", ("searchFlights", "createTicket")),
            ("mail", "Parcel Post", ("createShipment",)),
        )
    ]
    shelf = Shelf(entries, held_by_library())
    assert [c.entry.reference for c in described(shelf, 3, wish="booking")] == ["inn", "air"]
    assert [c.entry.reference for c in described(shelf, 1, domain="travel")] == ["air"]
    with pytest.raises(EnvFactoryError, match="words or a domain"):
        described(shelf, 1)


# The command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)

    def call(model: Scripted, *arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(load_module, "model_named", lambda *_: model)
        monkeypatch.setattr(sys, "argv", ["envfactory", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        return int(str(stopped.value.code)), said.out, said.err

    return call


LOOK = ("--from", DESCRIPTIONS, "--no-packages", "--model", "openai:x")


def test_the_command_shows_what_was_found_and_chosen(command: Any) -> None:
    status, out, _ = command(Scripted(shop), "search", WISH, *LOOK, "--json")
    document = json.loads(out)
    assert status == 0
    assert document["queries"] == QUERIES["queries"]
    assert document["chosen"].endswith("shop.graphql")
    assert document["why"] == "It keeps orders and changes them."
    status, out, _ = command(Scripted(shop), "search", WISH, *LOOK)
    assert "chosen: " in out
    assert "envfactory build" in out


def test_the_command_says_in_one_sentence_that_the_model_failed(command: Any) -> None:
    def script(*_: Any) -> Any:
        raise ModelFailed("no connection", kind="server")

    status, _, err = command(Scripted(script), "search", WISH, *LOOK, "--json")
    assert status == 1
    assert "the model failed (server): no connection" in err
    assert "Traceback" not in err


def test_the_command_writes_proposals_that_build_takes_and_pays_for_none_twice(command: Any, tmp_path: Path) -> None:
    answers: list[Any] = [BEES, ModelFailed("no connection", kind="server"), KILNS]
    asked: list[str] = []

    def script(_prompt: str, request: Request) -> Any:
        asked.append(request.messages[1].content)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    arguments = ["search", "--propose", 2, "--domain", "office", *LOOK, "--json"]
    status, _, err = command(Scripted(script), *arguments)
    assert status == 1
    assert "--resume" in err
    status, out, _ = command(Scripted(script), *arguments, "--resume")
    assert status == 0
    assert [one["name"] for one in json.loads(out)["proposals"]] == ["bee_yard", "pottery"]
    assert asked[1] == asked[2], "only the one that failed is asked again"
    lines = (tmp_path / "out" / "proposals.txt").read_text().splitlines()
    assert len(lines) == 2
    assert all(map(is_wish, lines))
    assert not (tmp_path / "out" / "proposals.txt.run").exists()


def test_build_searches_without_a_model_too(command: Any, tmp_path: Path) -> None:
    look = ("--search", "--no-packages", "--look-in", DESCRIPTIONS, "--limit", 4)
    status, out, _ = command(Scripted(shop), "build", "online shop", *look, "--json")
    assert status == 0
    document = json.loads(out)
    source = read_spec(tmp_path / document["folder"] / "spec.json").sources[0]
    assert "'online shop'" in source.chosen
    status, _, err = command(Scripted(shop), "build", "quantum chemistry lab", *look)
    assert status == 1
    assert "no source for 'quantum chemistry lab'" in err
