"""The compiler: a contract becomes tables, types and tools that do what it says and nothing else."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from envfactory.envgen.build import build, settle
from envfactory.envgen.compile import beside_overrides, compile, overridden_in
from envfactory.envgen.layout import docstring, group, lay, literal, row
from envfactory.envgen.world import draft_world
from envfactory.environment.environment import Environment, State, open_environment
from envfactory.environment.library import load
from envfactory.environment.schema import Schema
from envfactory.environment.spec import Attribute, Entity, EnvSpec, Parameter, Source, ToolSpec
from envfactory.environment.store import Image
from envfactory.errors import FileError, SpecError

SOURCE = Source(kind="openapi", title="Boards", sha256="0" * 64, licence="CC0-1.0")


def attribute(name: str, type: str = "string", **more: Any) -> Attribute:
    return Attribute.model_validate({"name": name, "type": type, **more})


def parameter(name: str, role: str, type: str = "string", **more: Any) -> Parameter:
    return Parameter.model_validate({"name": name, "role": role, "type": type, **more})


PLACE = {
    "type": "object",
    "properties": {
        "floor": {"type": "integer", "description": "Which floor."},
        "rooms": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
    },
    "required": ["floor"],
}

BOARD = Entity(
    name="board",
    table="boards",
    key="id",
    label="name",
    attributes=(
        attribute("id", required=True, read_only=True),
        attribute("name", required=True),
        attribute("createdAt", format="date-time", read_only=True),
    ),
)
CARD = Entity(
    name="card",
    table="cards",
    key="number",
    label="title",
    scope="board",
    words=("card",),
    attributes=(
        attribute("number", "integer", required=True, read_only=True),
        attribute("board", entity="board", required=True, internal=True),
        attribute("title", required=True),
        attribute("notes"),
        attribute("state", required=True, default="open", enum=("open", "closed")),
        attribute("closed_at", format="date-time", read_only=True),
        attribute("due", format="date-time"),
        attribute("points", "integer"),
        attribute("archived", "boolean", default=False),
        attribute("tags", "array", items={"type": "string"}),
        attribute("parent", "integer", entity="card"),
        attribute("from"),
        attribute("LabelId"),
        attribute("place", "object", items=PLACE),
        attribute("extra", "object"),
        attribute("updated_at", format="date-time", read_only=True),
    ),
)
LABEL = Entity(
    name="label",
    table="labels",
    key="id",
    label="name",
    scope="board",
    attributes=(
        attribute("id", required=True, read_only=True),
        attribute("board", entity="board", required=True),
        attribute("name", required=True),
        attribute("card", "integer", entity="card"),
    ),
)
ON_BOARD = parameter("board", "scope", entity="board", required=True)
NUMBER = parameter("number", "key", "integer", entity="card", field="number", required=True)
VALUES = (
    parameter("notes", "value", field="notes"),
    parameter("due", "value", field="due", format="date-time"),
    parameter("points", "value", "integer", field="points", minimum=0, maximum=100),
    parameter("tags", "value", "array", field="tags", items={"type": "string"}),
    parameter("parent", "reference", "integer", field="parent", entity="card"),
    parameter("from", "value", field="from"),
    parameter("place", "value", "object", field="place", items=PLACE),
    parameter("extra", "value", "object", field="extra"),
)
TITLE = parameter("title", "value", field="title", description="What the card is about.")
MUST_TITLE = TITLE.model_copy(update={"required": True})
PAGING = (
    parameter("limit", "page_size", "integer", default=3, maximum=50),
    parameter("token", "page_token"),
)


def tool(name: str, effect: str, entity: str, *parameters: Parameter, **more: Any) -> ToolSpec:
    known = {"name": name, "effect": effect, "entity": entity, "operation": name, "description": f"{name}."}
    return ToolSpec.model_validate({**known, "parameters": parameters, **more})


LISTED = {"returns": "many", "envelope": "items", "next_page": "next"}
SPEC = EnvSpec(
    name="boards",
    title="Boards",
    domain="office",
    description="Boards and the cards on them.",
    sources=(SOURCE,),
    entities=(BOARD, CARD, LABEL),
    tools=(
        tool("create_board", "create", "board", parameter("name", "value", field="name", required=True)),
        tool("list_boards", "list", "board", returns="many"),
        tool(
            "delete_board",
            "delete",
            "board",
            parameter("id", "key", entity="board", required=True),
            returns="nothing",
        ),
        tool("create_card", "create", "card", ON_BOARD, MUST_TITLE, *VALUES),
        tool("get_card", "get", "card", ON_BOARD, NUMBER, parameter("fields", "option")),
        tool("update_card", "update", "card", ON_BOARD, NUMBER, TITLE, *VALUES),
        tool("replace_card", "replace", "card", ON_BOARD, NUMBER, MUST_TITLE, *VALUES),
        tool("delete_card", "delete", "card", ON_BOARD, NUMBER, returns="nothing"),
        tool(
            "close_card",
            "action",
            "card",
            ON_BOARD,
            NUMBER,
            sets={"state": "closed", "closed_at": "$now"},
            requires={"state": ("open",)},
        ),
        tool(
            "archive_closed",
            "clear",
            "card",
            ON_BOARD,
            sets={"archived": True},
            requires={"state": ("closed",)},
            returns="nothing",
        ),
        tool(
            "list_cards",
            "list",
            "card",
            ON_BOARD,
            parameter("state", "filter", field="state", enum=("open", "closed", "all"), default="open"),
            parameter("due_before", "filter", field="due", format="date-time", operator="before"),
            parameter("min_points", "filter", "integer", field="points", operator="at_least"),
            parameter("tag", "filter", field="tags", operator="contains"),
            parameter("numbers", "filter", "array", field="number", operator="in", items={"type": "integer"}),
            parameter("showArchived", "filter", "boolean", field="archived", operator="include", default=False),
            parameter("sort", "sort", enum=("points", "updated")),
            parameter("direction", "sort", enum=("asc", "desc"), default="asc"),
            *PAGING,
            **LISTED,
        ),
        tool("search_cards", "search", "card", ON_BOARD, parameter("q", "filter", operator="contains"), **LISTED),
        tool(
            "create_label",
            "create",
            "label",
            ON_BOARD,
            parameter("name", "value", field="name", required=True),
            parameter("card", "reference", "integer", field="card", entity="card"),
        ),
    ),
)
GIVEN = State(
    rows={
        "boards": [{"id": "b1", "name": "Home", "seq": 1}, {"id": "b2", "name": "Work", "seq": 2}],
        "cards": [
            {"number": 1, "board": "b1", "title": "Paint", "state": "open", "points": 5, "tags": ["wall", "blue"],
             "due": "2026-03-04T12:00:00Z"},
            {"number": 2, "board": "b1", "title": "Sweep", "state": "open", "points": 1, "notes": "the WALL too"},
            {"number": 3, "board": "b1", "title": "Cook", "state": "closed", "points": 3, "parent": 1},
            {"number": 4, "board": "b1", "title": "Mend", "state": "open", "archived": True},
            {"number": 1, "board": "b2", "title": "Report", "state": "open"},
        ],
        "labels": [{"id": "l1", "board": "b1", "name": "red", "card": 1}],
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> type[Environment]:
    folder = tmp_path_factory.mktemp("library") / "boards"
    folder.mkdir()
    spec, _ = settle(SPEC)
    (folder / "spec.json").write_text(spec.to_json())
    return load(build(str(folder), output=folder.parent).folder)


@pytest.fixture
def world(boards: type[Environment]) -> Iterator[Environment]:
    opened = open_environment(boards, GIVEN)
    yield opened
    opened.db.close()


def ok(world: Environment, tool_name: str, /, **arguments: Any) -> Any:
    called = world.call(tool_name, arguments)
    assert called.outcome == "ok", called
    return called.result


def refused(world: Environment, tool_name: str, /, **arguments: Any) -> dict[str, str]:
    called = world.call(tool_name, arguments)
    assert called.outcome == "refused", called
    assert not called.changes
    error: Any = called.result
    return error["error"]


def changes(world: Environment, tool_name: str, /, **arguments: Any) -> list[tuple[Any, ...]]:
    called = world.call(tool_name, arguments)
    assert called.outcome == "ok", called
    return [(c.table, c.op, c.key, c.before, c.after) for c in called.changes]


# Effects -----------------------------------------------------------------------------------------------------------


def test_create_numbers_within_its_board_and_fills_what_the_service_sets(world: Environment) -> None:
    made = ok(world, "create_card", board="b2", title="Call", tags=["a"], **{"from": "Ann"})
    assert made == {
        "number": 2,
        "title": "Call",
        "state": "open",
        "archived": False,
        "tags": ["a"],
        "from": "Ann",
        "updated_at": "2026-03-02T09:00:00.000Z",
    }
    assert world.db.get("cards", board="b2", number=2) is not None
    [(table, op, _, _, after)] = changes(world, "create_card", board="b2", title="Write")
    assert (table, op, after["board"], after["number"], after["state"]) == ("cards", "insert", "b2", 3, "open")


def test_ids_are_new_and_boards_come_in_the_order_they_were_made(world: Environment) -> None:
    made = [ok(world, "create_board", name=name)["id"] for name in ("Garden", "Attic")]
    assert [board["name"] for board in ok(world, "list_boards")] == ["Home", "Work", "Garden", "Attic"]
    assert len({*made, "b1", "b2"}) == 4


def test_objects_are_checked_part_by_part_and_come_back_as_given(world: Environment) -> None:
    place = {"floor": 2, "rooms": [{"name": "hall"}]}
    made = ok(world, "create_card", board="b1", title="Lamp", place=place)
    assert made["place"] == place
    assert ok(world, "get_card", board="b1", number=made["number"])["place"] == place
    schema = world.tools["create_card"].input_schema["properties"]["place"]
    assert schema["required"] == ["floor"]
    assert schema["properties"]["rooms"]["items"]["properties"] == {"name": {"type": "string"}}


def test_get_finds_the_row_of_its_own_board(world: Environment) -> None:
    assert ok(world, "get_card", board="b2", number=1)["title"] == "Report"
    assert ok(world, "get_card", board="b1", number=1)["tags"] == ["wall", "blue"]


def test_update_writes_what_is_given_and_nothing_else(world: Environment) -> None:
    [(table, op, _, before, after)] = changes(world, "update_card", board="b1", number=1, notes="twice")
    assert (table, op, before["notes"], after["notes"]) == ("cards", "update", None, "twice")
    assert set(after) == {"notes", "updated_at"}


def test_replace_empties_what_is_not_given(world: Environment) -> None:
    replaced = ok(world, "replace_card", board="b1", number=1, title="Paint it")
    assert replaced == {
        "number": 1,
        "title": "Paint it",
        "state": "open",
        "archived": False,
        "updated_at": world.timestamp,
    }
    assert ok(world, "get_card", board="b1", number=1) == replaced


def test_delete_takes_what_belongs_to_it_and_leaves_no_reference_behind(world: Environment) -> None:
    gone = changes(world, "delete_card", board="b1", number=1)
    assert {(table, op) for table, op, *_ in gone} == {("cards", "delete"), ("cards", "update"), ("labels", "update")}
    assert "parent" not in ok(world, "get_card", board="b1", number=3)
    assert world.db.get("labels", id="l1") == {"id": "l1", "board": "b1", "name": "red", "card": None, "seq": 0}
    assert world.db.get("cards", board="b2", number=1) is not None
    ok(world, "delete_board", id="b1")
    assert [row["board"] for row in world.db.find("cards")] == ["b2"]
    assert world.db.find("labels") == []


def test_an_action_sets_the_state_and_the_time_once(world: Environment) -> None:
    closed = ok(world, "close_card", board="b1", number=1)
    assert (closed["state"], closed["closed_at"]) == ("closed", world.timestamp)
    assert refused(world, "close_card", board="b1", number=1)["code"] == "failed_precondition"


def test_clear_changes_the_rows_that_qualify_and_no_others(world: Environment) -> None:
    cleared = changes(world, "archive_closed", board="b1")
    assert [(op, after["archived"]) for _, op, _, _, after in cleared] == [("update", 1)]
    assert {row["number"] for row in world.db.find("cards", board="b1", archived=1)} == {3, 4}


# Lists -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        ({}, [1, 2]),
        ({"state": "closed"}, [3]),
        ({"state": "all"}, [1, 2, 3]),
        ({"state": "all", "showArchived": True, "limit": 50}, [1, 2, 3, 4]),
        ({"min_points": 5}, [1]),
        ({"tag": "blue"}, [1]),
        ({"tag": "blu"}, []),
        ({"numbers": [2, 3]}, [2]),
        ({"numbers": []}, []),
        ({"due_before": "2026-03-04T13:30:00+01:00"}, [1]),
        ({"due_before": "2026-03-04T12:30:00+01:00"}, []),
        ({"sort": "points"}, [2, 1]),
        ({"sort": "points", "direction": "desc", "state": "all"}, [1, 3, 2]),
        ({"direction": "desc"}, [2, 1]),
    ],
)
def test_every_filter_and_order_is_applied(world: Environment, arguments: Any, numbers: list[int]) -> None:
    listed = ok(world, "list_cards", board="b1", **arguments)
    assert [card["number"] for card in listed["items"]] == numbers


def test_free_text_is_looked_for_in_all_that_people_write(world: Environment) -> None:
    assert [c["number"] for c in ok(world, "search_cards", board="b1", q="wall")["items"]] == [2]
    assert [c["number"] for c in ok(world, "search_cards", board="b1", q="PAINT")["items"]] == [1]
    assert ok(world, "search_cards", board="b1", q="' OR 1=1 --")["items"] == []


def test_pages_add_up(world: Environment) -> None:
    for number in range(7):
        ok(world, "create_card", board="b2", title=f"Card {number}")
    pages: list[list[int]] = []
    token: dict[str, str] = {}
    while True:
        page = ok(world, "list_cards", board="b2", **token)
        pages.append([card["number"] for card in page["items"]])
        if "next" not in page:
            break
        token = {"token": page["next"]}
    assert pages == [[1, 2, 3], [4, 5, 6], [7, 8]]


# Refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("get_card", {"board": "b9", "number": 1}, "not_found"),
        ("get_card", {"board": "b2", "number": 4}, "not_found"),
        ("list_cards", {"board": "b9"}, "not_found"),
        ("list_cards", {"board": "b1", "token": "nonsense"}, "invalid_arguments"),
        ("list_cards", {"board": "b1", "limit": 0}, "invalid_arguments"),
        ("list_cards", {"board": "b1", "limit": 51}, "invalid_arguments"),
        ("list_cards", {"board": "b1", "state": "lost"}, "invalid_arguments"),
        ("list_cards", {"board": "b1", "due_before": "tomorrow"}, "invalid_arguments"),
        ("create_card", {"board": "b9", "title": "x"}, "not_found"),
        ("create_card", {"board": "b2", "title": "x", "parent": 2}, "not_found"),
        ("create_card", {"board": "b2"}, "invalid_arguments"),
        ("create_card", {"board": "b2", "title": "x", "points": 101}, "invalid_arguments"),
        ("update_card", {"board": "b1", "number": 1, "parent": 1}, "invalid_arguments"),
        ("update_card", {"board": "b1", "number": 1, "parent": 99}, "not_found"),
        ("replace_card", {"board": "b1", "number": 9, "title": "x"}, "not_found"),
        ("delete_card", {"board": "b2", "number": 3}, "not_found"),
        ("delete_board", {"id": "b9"}, "not_found"),
        ("create_label", {"board": "b2", "name": "x", "card": 3}, "not_found"),
        ("get_card", {"board": "b1", "number": 2**63}, "invalid_arguments"),
        ("create_card", {"board": "b1", "title": "x", "place": {"floor": 1, "door": "b"}}, "invalid_arguments"),
        ("create_card", {"board": "b1", "title": "x", "place": {"door": "b"}}, "invalid_arguments"),
        ("create_card", {"board": "b1", "title": "x", "extra": {"a": float("nan")}}, "invalid_arguments"),
        ("create_card", {"board": "b1", "title": "x", "extra": {"a": "\ud800"}}, "invalid_arguments"),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(world: Environment, name: str, arguments: Any, code: str) -> None:
    before = world.db.fingerprint()
    assert refused(world, name, **arguments)["code"] == code
    assert world.db.fingerprint() == before


def test_an_argument_that_no_default_uses_is_gone_from_the_signature(world: Environment) -> None:
    assert "no such argument" in refused(world, "get_card", board="b1", number=1, fields="title")["message"]
    assert [o.what for o in compile(SPEC).omitted] == ["get_card(fields)"]


def test_the_graph_can_read_entities_from_the_schemas(boards: type[Environment]) -> None:
    made = boards.tools["create_label"]
    assert made.input_schema["properties"]["board"]["x-entity"] == "board"
    assert made.input_schema["properties"]["card"]["x-entity"] == "card"
    assert made.output_schema["properties"]["id"]["x-entity"] == "label"
    assert made.output_schema["properties"]["card"]["x-entity"] == "card"
    listed = boards.tools["list_cards"].output_schema["properties"]["items"]["items"]
    assert listed["properties"]["number"]["x-entity"] == "card"
    assert "board" not in listed["properties"]


# What cannot be written --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (tool("find_free", "compute", "card", returns="other"), "no default knows how to compute"),
        (tool("touch", "action", "card", ON_BOARD, NUMBER), "nothing says what it changes"),
        (tool("odd", "get", "card", ON_BOARD, returns="one"), "no parameter names the row"),
        (tool("stats", "get", "card", ON_BOARD, NUMBER, returns="other"), "follows from no row"),
        (tool("wipe", "clear", "card", ON_BOARD, returns="nothing"), "nothing says what clearing writes"),
        (
            tool("place", "move", "card", ON_BOARD, NUMBER, parameter("after", "reference", "integer", entity="card")),
            "sets no attribute",
        ),
        (tool("paint", "action", "card", ON_BOARD, NUMBER, sets={"state": "blue"}), "whose values are open, closed"),
    ],
)
def test_a_tool_of_unknown_meaning_is_left_out_with_the_reason(wrong: ToolSpec, why: str) -> None:
    compiled = compile(SPEC.model_copy(update={"tools": (*SPEC.tools, wrong)}))
    [omission] = [o for o in compiled.omitted if o.what == wrong.name]
    assert why in omission.why
    assert f"def {wrong.name}" not in compiled.files["environment.py"]


def test_a_new_contract_promises_only_what_its_code_keeps() -> None:
    extra = tool("find_free", "compute", "card", returns="other")
    spec, compiled = settle(SPEC.model_copy(update={"tools": (*SPEC.tools, extra)}))
    assert "find_free" not in {t.name for t in spec.tools}
    assert {o.what for o in spec.omitted} == {"find_free", "get_card(fields)"}
    assert compile(spec).files == compiled.files
    assert not compile(spec).omitted


def test_equal_contracts_give_equal_bytes_in_another_process() -> None:
    code = "import sys; sys.path.insert(0, 'tests'); import test_envgen_compile as t, hashlib; " \
        "print(hashlib.sha256(repr(sorted(t.compile(t.SPEC).files.items())).encode()).hexdigest())"  # fmt: skip
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_the_code_is_formatted_as_our_own(tmp_path: Path) -> None:
    ruff = Path(sys.executable).parent / "ruff"
    for name, text in compile(SPEC).files.items():
        (tmp_path / name).write_text(text)
    config = str(Path(__file__).parent.parent / "pyproject.toml")
    for verb in (["format", "--check"], ["check"]):
        ran = subprocess.run([ruff, *verb, "--config", config, tmp_path], capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout


# Hostile descriptions ----------------------------------------------------------------------------------------------

HOSTILE = (
    '"""\nimport os; os.abort()\n"""',
    "'); DROP TABLE boards; --",
    "\\",
    '"',
    "{__import__('os').abort()}",
    "\u202e\x00\u2028x = 1 # \\N{BULLET} \\x41",
    "*/ ]] %s %(x)s \\'\\\"",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_descriptions_are_inert(tmp_path: Path, text: str) -> None:
    enum = ("fine", text) if "\0" not in text else ("fine",)
    card = CARD.model_copy(
        update={
            "words": (text,),
            "attributes": tuple(
                a.model_copy(update={"description": text, "format": a.format or text * (a.name == "notes")})
                if a.name != "from"
                else a.model_copy(update={"enum": enum, "default": enum[-1]})
                for a in CARD.attributes
            ),
        }
    )
    tools = tuple(
        t.model_copy(
            update={
                "description": text,
                "parameters": tuple(p.model_copy(update={"description": text}) for p in t.parameters),
            }
        )
        for t in SPEC.tools
    )
    spec = SPEC.model_copy(
        update={"title": text, "description": text, "entities": (BOARD, card, LABEL), "tools": tools}
    )
    (tmp_path / "spec.json").write_text(spec.to_json())
    build(str(tmp_path), output=tmp_path)
    world = open_environment(load(tmp_path), GIVEN)
    if text.isprintable() and text.strip():
        assert text in world.tools["create_card"].description
    made = ok(world, "create_card", board="b1", title="x")
    assert made["from"] == enum[-1]
    assert "cards" in world.db.schema.tables


@pytest.mark.parametrize("text", [*HOSTILE, "", "a" * 500, 'it\'s "both"', "ä\ud800"])
def test_a_literal_means_its_value(text: str) -> None:
    assert eval(literal(text)) == text
    assert eval(literal({text: [text, 1, None, True]})) == {text: [text, 1, None, True]}
    scope: dict[str, Any] = {}
    exec("\n".join(["def f():", *docstring(text, "    "), "    pass"]), scope)


@pytest.mark.parametrize("name", ["x\n", "a b", "x); DROP TABLE y; --", "ä", "1st"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    broken = BOARD.model_copy(update={"attributes": (*BOARD.attributes, attribute(name))})
    with pytest.raises(SpecError, match="is not a name"):
        compile(SPEC.model_copy(update={"entities": (broken, CARD, LABEL)}))


def test_columns_that_sql_cannot_tell_apart_are_refused() -> None:
    broken = BOARD.model_copy(update={"attributes": (*BOARD.attributes, attribute("NAME"))})
    with pytest.raises(SpecError, match="NAME"):
        compile(SPEC.model_copy(update={"entities": (broken, CARD, LABEL)}))


# Folders -----------------------------------------------------------------------------------------------------------

OVERRIDES = '''"""By hand."""

from __future__ import annotations

from envfactory.environment.environment import Environment
from envfactory.environment.tool import tool

from .entities import BoardId, Card


class Overrides(Environment):
    """What a default cannot know."""

    @tool(name="get_card")
    def read(self, board: BoardId, number: int) -> Card:
        """Get a card, loudly."""
        row = self.need("cards", "card", board=board, number=number)
        return Card.model_validate(row | {"title": row["title"].upper()})
'''


def test_an_override_replaces_one_tool_and_survives_a_changed_contract(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(SPEC.to_json())
    (tmp_path / "overrides.py").write_text(OVERRIDES)
    assert build(str(tmp_path), output=tmp_path).overridden == ("get_card",)
    world = open_environment(load(tmp_path), GIVEN)
    assert ok(world, "get_card", board="b1", number=1)["title"] == "PAINT"
    assert ok(world, "update_card", board="b1", number=1, notes="n")["title"] == "Paint"

    wider = CARD.model_copy(update={"attributes": (*CARD.attributes, attribute("colour"))})
    edited = SPEC.model_copy(update={"entities": (BOARD, wider, LABEL), "tools": SPEC.tools[1:]})
    (tmp_path / "spec.json").write_text(edited.to_json())
    built = build(str(tmp_path), output=tmp_path)
    assert set(built.written) == {"schema.sql", "entities.py", "environment.py"}
    assert (tmp_path / "overrides.py").read_text() == OVERRIDES
    world = open_environment(load(tmp_path), GIVEN)
    assert ok(world, "get_card", board="b1", number=1)["title"] == "PAINT"
    assert world.call("create_board", {"name": "x"}).outcome == "refused"
    assert "colour" in (tmp_path / "schema.sql").read_text()


def test_only_marked_methods_of_the_class_are_overrides() -> None:
    more = """
    def plain(self) -> None:
        pass

    @tool(writes=True)
    def other(self) -> None:
        pass
"""
    assert overridden_in(OVERRIDES + more) == ("get_card", "other")
    with pytest.raises(SpecError, match="no class Overrides"):
        overridden_in("x = 1\n")
    with pytest.raises(SpecError, match=r"overrides\.py, line 1"):
        overridden_in("def (:\n")


def test_tools_in_a_file_beside_overrides_count_too() -> None:
    beside = OVERRIDES.replace("class Overrides", "class Cards")
    assert beside_overrides(beside) == ("get_card",)
    assert beside_overrides("x = 1\n") == beside_overrides("def (:\n") == ()


def test_building_twice_changes_nothing_and_keeps_curated_states(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(SPEC.to_json())
    assert "states/draft.json" in build(str(tmp_path), output=tmp_path).written
    assert build(str(tmp_path), output=tmp_path).written == ()
    (tmp_path / "states" / "draft.json").rename(tmp_path / "states" / "small.json")
    assert build(str(tmp_path), output=tmp_path).written == ()


def test_a_build_that_fails_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(SPEC.to_json())
    (tmp_path / "environment.py").mkdir()
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(FileError, match="cannot write"):
        build(str(tmp_path), output=tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


# Worlds ------------------------------------------------------------------------------------------------------------


def test_a_draft_world_fits_the_schema_and_shows_every_state() -> None:
    state = draft_world(SPEC, seed=3, rows=8)
    image = Image.load(Schema.parse(compile(SPEC).files["schema.sql"]), state.rows)
    assert image.data
    assert {row["state"] for row in state.rows["cards"]} == {"open", "closed"}
    assert all(("closed_at" in row) == (row["state"] == "closed") for row in state.rows["cards"])
    titles = [row["title"] for row in state.rows["cards"]]
    assert len(set(titles)) == len(titles) == 8
    assert draft_world(SPEC, seed=3) == state
    assert draft_world(SPEC, seed=4) != state


def test_a_long_type_with_one_argument_is_laid_out_without_a_comma() -> None:
    long = "What people see of it, " * 6
    code = group("NotRequired[", [f'Annotated[str, Field(description="{long}")]'], "]", single=True)
    text = "\n".join(lay(row("name: ", code), "    "))
    assert text.splitlines()[-1].strip() == "]"
    assert ",\n    ]" not in text
    tree = ast.parse(f"class A:\n{text}")
    annotated = tree.body[0].body[0]  # type: ignore[attr-defined]
    assert not isinstance(annotated.annotation.slice, ast.Tuple)
