"""What the roles are shown, and what is found in their answers before anything is checked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, get_args

import pytest
from test_envgen_loop import write
from ticket_desk import (
    CASES,
    CLOSED,
    GOOD,
    OPEN,
    SPEC,
    THINGS,
    TOOLS,
    WORLD,
    WRONG,
    Crew,
    asked_about,
    case,
    good,
    step,
)  # fmt: skip

from envfactory.envgen.authors import house
from envfactory.envgen.authors.author import Author
from envfactory.envgen.authors.cases import write_cases
from envfactory.envgen.authors.code import flaws
from envfactory.envgen.authors.design import Tools, design, rules_for
from envfactory.envgen.authors.house import REFUSALS, prompt_text
from envfactory.envgen.authors.judge import Failed, alike
from envfactory.envgen.authors.propose import Proposal
from envfactory.envgen.authors.worlds import unreadable, write_world
from envfactory.envgen.case import Case
from envfactory.envgen.checks.stored import failure, prepare
from envfactory.envgen.compile import compile, header
from envfactory.envgen.lists import PAGE_SIZE
from envfactory.envgen.loop import author_environment
from envfactory.envgen.stamps import agreements, disagreements, settled
from envfactory.envgen.world import draft_world
from envfactory.environment.environment import State
from envfactory.environment.library import load
from envfactory.environment.spec import Attribute, Effect, EnvSpec, Parameter, Role, ToolSpec
from envfactory.models.model import Request
from envfactory.models.parse import json_in

NAMES = sorted(path.stem for path in (Path(house.__file__).parent / "prompts").glob("*.md"))


def text_of(request: Request) -> str:
    """All that a request says."""
    return "\n\n".join(message.content for message in request.messages)


def requests_of(tmp_path: Path, script: Any) -> dict[str, list[Request]]:
    """Run the loop on the ticket desk; every request by role."""
    seen: dict[str, list[Request]] = {}

    def kept(role: str, request: Request) -> Any:
        seen.setdefault(role, []).append(request)
        return script(role, request)

    write(Crew(kept), tmp_path / "tickets")
    return seen


# Prompts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_has_no_mark_left(name: str) -> None:
    assert "[[" not in prompt_text(name)


@pytest.mark.parametrize("name", ["rules", "code", "cases", "judge"])
def test_one_table_of_refusals_stands_in_the_prompts_that_need_it(name: str) -> None:
    text = prompt_text(name)
    for code, when in REFUSALS.items():
        assert text.count(f"`{code}`: {when}") == 1
    assert f"{PAGE_SIZE} items" in text


def test_the_designer_is_told_every_effect_and_role() -> None:
    text = prompt_text("tools")
    for word in (*get_args(Effect), *get_args(Role)):
        assert f"`{word}`" in text, word


def test_the_number_of_tools_is_one_number() -> None:
    schema = Tools.model_json_schema()["properties"]["tools"]
    assert (schema["minItems"], schema["maxItems"]) == house.TOOLS
    actions = Proposal.model_json_schema()["properties"]["actions"]
    assert (actions["minItems"], actions["maxItems"]) == house.TOOLS
    assert f"{house.TOOLS[0]} to {house.TOOLS[1]} tools" in prompt_text("tools")


def test_no_request_says_the_same_long_thing_twice(tmp_path: Path) -> None:
    methods = [GOOD, WRONG]

    def script(role: str, request: Request) -> Any:
        if role == "coder":
            return {"keep": False, "method": methods.pop(), "why": "x"}
        return {"fault": "code", "why": "x"} if role == "judge" else good(role, request)

    seen = requests_of(tmp_path, script)
    assert set(seen) == {"world", "coder", "tester", "judge"}
    for role, requests in seen.items():
        for request in requests:
            lines = [line.strip() for line in text_of(request).splitlines() if len(line.strip()) > 60]
            twice = {line for line in lines if lines.count(line) > 1}
            assert not twice, (role, twice)


def test_the_tester_sees_every_signature_and_no_code(tmp_path: Path) -> None:
    for request in requests_of(tmp_path, good)["tester"]:
        text = request.messages[1].content
        for tool in SPEC.tools:
            assert text.count(f"{tool.name} ({'writes' if tool.writes else 'reads'})") == 1
        assert "state?: open | closed" in text
        assert "self.db" not in text
        assert "def " not in text
        assert '"id": "tk_09x"' in text, "the rows are shown"


def test_a_coder_without_code_is_shown_how_the_method_begins() -> None:
    close = SPEC.tool("close_ticket").model_copy(update={"effect": "compute", "returns": "other"})
    text = header(SPEC, close)
    assert text.startswith("@tool()\ndef close_ticket(self, id: TicketId) -> dict[str, Any]:")
    assert '"""Close a ticket."""' in text
    assert "-> Ticket:" in header(SPEC, SPEC.tool("rename_ticket"))


# Designer ----------------------------------------------------------------------------------------------------------


def designed(**changes: Any) -> tuple[EnvSpec, list[str]]:
    """The contract whose list of tickets a designer first drafts with a changed filter, and what each turn says."""
    told: list[str] = []
    tools: list[dict[str, Any]] = json.loads(json.dumps(TOOLS))
    tools[0]["parameters"][0] |= changes

    def script(role: str, request: Request) -> Any:
        if role == "tools":
            told.append(request.messages[-1].content)
            return {"tools": tools if len(told) == 1 else TOOLS}
        rules = [{"text": f"Rule {n}.", "tools": ["close_ticket"], "where": "x"} for n in range(4)]
        return {"things": THINGS, "rules": {"rules": rules}}[role]

    made = design(
        Author(Crew(script)), "A page.", name="x", title="X", domain="office", description="x", source=SPEC.sources[0]
    )
    return asyncio.run(made), told


def test_a_parameter_takes_form_and_choices_from_what_it_is_about() -> None:
    spec, told = designed(enum=[])
    assert spec.tool("list_tickets").parameters[0].enum == ("open", "closed")
    spec, _ = designed(field="closed_at", operator="after", enum=[])
    assert spec.tool("list_tickets").parameters[0].format == "date-time"
    assert "julianday(closed_at) > julianday(:state)" in compile(spec).files["environment.py"]
    spec, _ = designed(type="array", operator="in", items="string", enum=[], field="title")
    assert spec.tool("list_tickets").parameters[0].items == {"type": "string"}
    assert len(told) == 1, "nothing had to be mended"


def test_an_id_that_narrows_a_list_must_be_a_filter() -> None:
    _, told = designed(role="reference", entity="ticket", operator=None, enum=[])
    assert "list_tickets: state narrows a list: its role is filter" in told[1]
    assert "A page." not in told[1]


def test_what_no_code_can_be_written_for_is_told_to_the_designer() -> None:
    _, told = designed(name="state_", enum=[])
    assert "a parameter's name may not end in an underscore" in told[1]


def test_a_rule_about_a_refusal_must_say_its_code() -> None:
    told: list[str] = []

    def script(_role: str, request: Request) -> Any:
        told.append(request.messages[-1].content)
        code = " (failed_precondition)" if len(told) > 1 else ""
        texts = [f"Renaming a closed ticket is refused{code}.", "A list is not refused.", "It opens.", "It closes."]
        return {"rules": [{"text": text, "tools": ["rename_ticket"], "where": "x"} for text in texts]}

    rules = asyncio.run(rules_for(Author(Crew(script)), SPEC, "A page of documentation."))
    assert len(rules) == 4
    assert told[1].count("end it with the code") == 1
    assert "A list is not refused" not in told[1]
    assert "A page of documentation" not in told[1], "a repair says the mistakes and nothing else"
    assert "needs state open, else it is refused (failed_precondition)" in told[0]


# Coder and tester --------------------------------------------------------------------------------------------------


def test_a_method_that_does_not_load_is_mended_in_the_same_conversation(tmp_path: Path) -> None:
    answers = iter([GOOD.replace("title: str)", "title: NoSuchType)"), GOOD])
    seen = requests_of(
        tmp_path,
        lambda role, request: (
            {"keep": False, "method": next(answers), "why": "x"} if role == "coder" else good(role, request)
        ),
    )
    first, second = seen["coder"]
    assert second.messages[:2] == first.messages[:2]
    assert "the environment does not load with it" in second.messages[-1].content
    assert "NoSuchType" in second.messages[-1].content
    assert "schema.sql" not in second.messages[-1].content


def test_a_code_that_is_none_is_found_in_methods_and_cases(tmp_path: Path) -> None:
    spoilt = GOOD.replace('renamed")', 'renamed", code="closed")')
    assert any("'closed' is no code of a refusal" in flaw for flaw in flaws(spoilt, SPEC.tool("rename_ticket")))
    told = shown_back(tmp_path, [case("x", step("close_ticket", {"id": OPEN}, error="gone"))])
    assert "'gone' is no code of a refusal" in told


def shown_back(tmp_path: Path, cases: list[Any]) -> str:
    """What the tester of `close_ticket` is told about these cases, before it gives good ones."""
    told: list[str] = []
    tool = "close_ticket"

    def script(role: str, request: Request) -> Any:
        if role == "tester" and asked_about(request) == tool:
            told.append(request.messages[-1].content)
            return {"cases": cases if len(told) == 1 else CASES[tool]}
        return good(role, request)

    write(Crew(script), tmp_path / "tickets")
    assert len(told) == 2
    return told[1]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (step("close_ticket", {"id": "$1.id"}), "$1 is no earlier step"),
        (step("close_ticket", {"id": OPEN}, result={"closed": True}), "the tool gives no 'closed', but id, title"),
        (step("list_tickets", {}, result={"items": [{"status": "open"}]}), "gives no 'status'"),
        (step("rename_ticket", {"id": OPEN}), "rename_ticket needs title"),
        (step("close_ticket", {"id": CLOSED}, error="conflict", result={"id": OPEN}), "a refusal has no result"),
    ],
)
def test_what_cannot_be_is_found_before_a_case_is_played(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    assert told in shown_back(tmp_path, [*CASES["close_ticket"], case("the wrong one", wrong)])


def test_given_rows_that_do_not_fit_are_found_before_a_case_is_played(tmp_path: Path) -> None:
    lost = case("lost", step("list_tickets", {})) | {"given": {"tickets": [{"id": "tk_q", "state": "lost"}]}}
    assert "its rows do not fit: row 13 of tickets" in shown_back(tmp_path, [*CASES["close_ticket"], lost])


def test_a_given_row_whose_key_is_there_changes_that_row(tmp_path: Path) -> None:
    write(Crew(good), tmp_path / "tickets")
    cls = load(tmp_path / "tickets")
    shut = [{"id": OPEN, "state": "closed", "closed_at": "2026-03-01T10:00:00.000Z"}, {"id": "tk_q", "title": "New"}]
    made = case(
        "closed before",
        step("rename_ticket", {"id": OPEN, "title": "X"}, error="failed_precondition"),
        step("rename_ticket", {"id": "tk_q", "title": "Newer"}, result={"title": "Newer", "state": "open"}),
    )
    prepared = prepare(cls, "x", Case.model_validate(made | {"given": {"tickets": shut}}))
    assert failure(cls, prepared) == ""
    assert prepared.state.rows["tickets"][0]["title"] == WORLD["rows"]["tickets"][0]["title"]
    assert len(prepared.state.rows["tickets"]) == 14
    assert cls.state("small").rows["tickets"][0]["state"] == "open", "the state itself is as it was"


def test_a_second_round_lists_what_stays_and_says_what_is_missing(tmp_path: Path) -> None:
    write(Crew(good), tmp_path / "tickets")
    cls = load(tmp_path / "tickets")
    kept = [Case.model_validate(one) for one in CASES["close_ticket"][:1]]
    told: list[str] = []

    def script(_role: str, request: Request) -> Any:
        told.append(request.messages[-1].content)
        return {"cases": CASES["close_ticket"][:2]}

    new = asyncio.run(
        write_cases(
            Author(Crew(script)),
            SPEC,
            "close_ticket",
            tools=cls.tools,
            state=cls.state("small"),
            kept=kept,
            problem="P",
        )
    )
    assert [one.name for one in new] == ["twice is refused"], "what stays is not written again"
    assert len(told) == 1, "what stays counts: the new cases need no success of their own"
    assert "1 cases stay" in told[0]
    assert "close_ticket succeeds 1 times and is refused 0 times" in told[0]
    assert "- 'closing stamps the time' (closing stamps the time): close_ticket succeeds" in told[0]


def test_a_tool_that_is_left_without_a_refusal_is_named(tmp_path: Path) -> None:
    lone = case("once more", step("close_ticket", {"id": CLOSED}, error="conflict"))
    told: list[str] = []

    def script(role: str, request: Request) -> Any:
        if role == "judge":
            return {"fault": "test", "why": "The code is another."}
        if role == "tester" and asked_about(request) == "close_ticket":
            told.append(request.messages[1].content)
            return {"cases": [CASES["close_ticket"][0], lone] if len(told) == 1 else CASES["close_ticket"][1:]}
        return good(role, request)

    authored = write(Crew(script), tmp_path / "tickets")
    assert "What is missing: no case shows close_ticket refuse" in told[1]
    assert "'once more': step 0" in told[1]
    assert authored.certificate.verdict == "verified"


# Reviser -----------------------------------------------------------------------------------------------------------


def test_cases_that_fail_alike_are_judged_once(tmp_path: Path) -> None:
    def broken(n: int) -> dict[str, Any]:
        return case(f"closed {n} stays", step("rename_ticket", {"id": f"tk_{8 + n % 5:02d}x", "title": f"T{n}"},
                                               error="failed_precondition"))  # fmt: skip

    many = [CASES["rename_ticket"][0], *(broken(n) for n in range(12))]
    coders: list[str] = []

    def script(role: str, request: Request) -> Any:
        if role == "coder":
            coders.append(request.messages[1].content)
            return {"keep": False, "method": WRONG if len(coders) == 1 else GOOD, "why": "x"}
        if role == "judge":
            return {"fault": "code", "tool": "rename_ticket", "why": "The rule refuses it."}
        if role == "tester" and asked_about(request) == "rename_ticket":
            return {"cases": many}
        return good(role, request)

    seen = requests_of(tmp_path, script)
    assert len(seen["judge"]) == 1
    text = seen["judge"][0].messages[1].content
    assert "12 tests fail in this way, 3 of them are:" in text
    assert text.count("What happened: ") == 3
    assert '"id": "tk_09x"' in text, "the judge sees the rows"
    assert "And 9 more like these. The rule refuses it." in coders[1]
    assert coders[1].count("it succeeded, and should have been refused") == 3


def test_failures_are_told_apart_by_what_came_of_the_call() -> None:
    one = Case.model_validate(case("a", step("rename_ticket", {"id": OPEN, "title": "N"})))

    def failed(told: str) -> Failed:
        return Failed("rename_ticket", one, f"step 0, rename_ticket(id='{OPEN}'): {told}")

    groups = alike(
        map(
            failed,
            [
                "result.state is 'open', not 'closed'", "result.state is 'closed', not 'open'",
                "refused: there is no ticket 'tk_1'", "refused: there is no ticket 'tk_2'",
                "result.items has 3 items, not 2", "result.items has 2 items, not 3",
                "a bug: KeyError: 'x'", "a bug: TypeError: 'x'",
            ],
        )
    )  # fmt: skip
    assert [len(group) for group in groups] == [1, 1, 2, 1, 1, 1, 1]


# World writer ------------------------------------------------------------------------------------------------------


def world(**changes: Any) -> dict[str, Any]:
    """The desk's world with a changed fourth row."""
    spoilt = json.loads(json.dumps(WORLD))
    spoilt["rows"]["tickets"][3] |= changes
    return spoilt


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"state": "closed"}, "row 3 ('tk_03x'): state is 'closed', so it has closed_at"),
        ({"closed_at": "2026-02-20T10:00:00.000Z"}, "state is 'open', so it has no closed_at"),
        ({"state": "closed", "closed_at": "2026-02-20 10:00"}, "closed_at '2026-02-20 10:00' is no time with a zone"),
        ({"state": "closed", "closed_at": "2026-02-20T10:00:00Z"}, "is to be written '2026-02-20T10:00:00.000Z'"),
    ],
)
def test_rows_that_no_service_would_have_written_are_shown_back(changes: dict[str, Any], told: str) -> None:
    seen: list[str] = []

    def script(_role: str, request: Request) -> Any:
        seen.append(request.messages[-1].content)
        return world(**changes) if len(seen) == 1 else WORLD

    asyncio.run(write_world(Author(Crew(script)), SPEC, compile(SPEC).files["schema.sql"]))
    assert "tickets: where state is closed, it has closed_at" in seen[0]
    assert "A closed ticket cannot be renamed." in seen[0], "the rules are shown"
    assert told in seen[1]


def tagged() -> EnvSpec:
    """The desk with tags on its tickets."""
    entity = SPEC.entities[0]
    tags = Attribute(name="tags", type="array", items={"type": "string"})
    return SPEC.model_copy(
        update={"entities": (entity.model_copy(update={"attributes": (*entity.attributes, tags)}),), "rules": ()}
    )


def test_rows_that_readers_cannot_read_are_shown_back(tmp_path: Path) -> None:
    seen: list[str] = []

    def script(role: str, request: Request) -> Any:
        if role == "world":
            seen.append(request.messages[-1].content)
            return world(tags=[1, 2] if len(seen) == 1 else '["cold"]')
        return {"cases": CASES[asked_about(request)]}

    made = author_environment(Author(Crew(script)), tagged(), tmp_path / "tickets", load=load, rounds=1, mutants=1)
    asyncio.run(made)
    assert len(seen) == 2
    assert "list_tickets() cannot read these rows" in seen[1]


def test_lists_written_as_text_are_opened() -> None:
    crew = Crew(lambda *_: world(tags='["cold", "urgent"]'))
    made = asyncio.run(write_world(Author(crew), tagged(), compile(tagged()).files["schema.sql"]))
    assert made.rows["tickets"][3]["tags"] == ["cold", "urgent"]


def test_readers_read_a_sound_world(tmp_path: Path) -> None:
    write(Crew(good), tmp_path / "tickets")
    cls = load(tmp_path / "tickets")
    assert unreadable(cls, SPEC, cls.state("small")) == []


# States and their times --------------------------------------------------------------------------------------------


def tracker(*tools: ToolSpec, value: bool = False) -> EnvSpec:
    """A tracker whose frames run and stop; nothing says that `stop` comes with stopped but its name."""
    entity = SPEC.entities[0].model_copy(
        update={
            "label": "", "attributes": (
                Attribute(name="id", type="string", required=True, read_only=True),
                Attribute(name="state", type="string", required=True, enum=("running", "stopped"), read_only=not value),
                Attribute(name="start", type="string", format="date-time", required=True),
                Attribute(name="stop", type="string", format="date-time"),
                Attribute(name="stop_at", type="string", format="date-time"),
                Attribute(name="updated_at", type="string", format="date-time", read_only=True),
            ),
        }
    )  # fmt: skip
    return SPEC.model_copy(update={"entities": (entity,), "tools": tools, "rules": ()})


def test_a_time_called_after_a_state_goes_with_it_and_a_planned_one_does_not() -> None:
    told = [str(one) for one in agreements(tracker())]
    assert told == [
        "tickets: where state is stopped, it has stop",
        "tickets: where state is running, it has no stop",
    ]


def test_drafted_rows_are_brought_into_agreement() -> None:
    spec = tracker()
    draft = draft_world(spec, rows=40)
    assert disagreements(spec, draft.rows), "the draft knows nothing of it"
    made = settled(spec, draft)
    assert disagreements(spec, made.rows) == []
    assert made == settled(spec, draft_world(spec, rows=40)), "equal seeds, equal bytes"
    stopped = [row for row in made.rows["tickets"] if row["state"] == "stopped"]
    assert len(stopped) >= 10
    begun = [row for row in stopped if row["start"] < "2026-03-02T09"]
    assert all(row["start"] < row["stop"] <= "2026-03-02T09:00:00.000Z" for row in begun)
    assert all(row["updated_at"] >= row["stop"] for row in stopped if "updated_at" in row)


def test_a_state_reached_in_two_ways_has_what_both_bring() -> None:
    close = SPEC.tool("close_ticket")
    quietly = close.model_copy(update={"name": "drop_ticket", "sets": {"state": "closed"}})
    back = close.model_copy(
        update={"name": "reopen_ticket", "sets": {"state": "open"}, "requires": {"state": ("closed",)}}
    )
    assert agreements(SPEC.model_copy(update={"tools": (*SPEC.tools, quietly)}))[1:] == []
    reopened = agreements(SPEC.model_copy(update={"tools": (*SPEC.tools, back)}))
    assert [(one.value, one.has, one.lacks) for one in reopened] == [("closed", ("closed_at",), ())]
    emptied = back.model_copy(update={"sets": {"state": "open", "closed_at": None}})
    both = agreements(SPEC.model_copy(update={"tools": (*SPEC.tools, emptied)}))
    assert [(one.value, one.lacks) for one in both] == [("open", ("closed_at",)), ("closed", ())]


def test_a_state_that_callers_set_promises_nothing_by_what_tools_set() -> None:
    free = Parameter(name="state", type="string", role="value", field="state")
    rename = SPEC.tool("rename_ticket")
    loose = rename.model_copy(update={"parameters": (*rename.parameters, free)})
    tools = tuple(loose if tool.name == "rename_ticket" else tool for tool in SPEC.tools)
    told = agreements(SPEC.model_copy(update={"tools": tools}))
    assert all(not one.has or one.value == "closed" for one in told)


def test_the_large_state_of_a_build_agrees(tmp_path: Path) -> None:
    write(Crew(good), tmp_path / "tickets")
    large = State.model_validate(json_in((tmp_path / "tickets/states/large.json").read_text()))
    assert disagreements(SPEC, large.rows) == []
    assert len(large.rows["tickets"]) >= 100
