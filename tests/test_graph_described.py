"""Tools that are only described: how they are read, and how they are linked."""

from __future__ import annotations

from typing import Any

import pytest

from envfactory.errors import EnvFactoryError
from envfactory.graph.graph import Dependency, ToolGraph
from envfactory.graph.link import link_described
from envfactory.graph.schemas import described
from envfactory.graph.words import kind, said_kind, vectors, whole


def mcp(name: str, takes: dict[str, Any], gives: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": more.pop("description", ""),
        "inputSchema": {"type": "object", "properties": takes, "required": [*takes]},
        "outputSchema": {"type": "object", "properties": gives},
        **more,
    }


TEXT = {"type": "string"}
NUMBER = {"type": "number"}


def graph(*tools: dict[str, Any], **services: list[dict[str, Any]]) -> ToolGraph:
    listed = [*described("shop", tools)]
    for name, more in services.items():
        listed += described(name, more)
    return link_described(listed)


def edges(found: ToolGraph, consumer: str, parameter: str) -> dict[str, Dependency]:
    return {d.producer.partition("__")[2]: d for d in found.producers(f"shop__{consumer}", parameter)}


def test_three_spellings_of_a_tool_are_read_alike() -> None:
    schema = {"type": "object", "properties": {"id": {**TEXT, "description": "Which."}}, "required": ["id"]}
    one = {"name": "get_x", "description": "An x.", "inputSchema": schema, "outputSchema": {}}
    two = {"type": "function", "function": {"name": "get_x", "description": "An x.", "parameters": schema}}
    listed = {"id": {"type": "str", "description": "Which.", "required": True}}
    three = {"name": "get_x", "description": "An x.", "query_parameters": listed, "output_parameters": {}}
    read = [described("s", [tool])[0] for tool in (one, two, three)]
    assert {(tool.name, tool.description) for tool in read} == {("get_x", "An x.")}
    assert all(tool.input_schema["properties"]["id"]["type"] == "string" for tool in read)
    assert all(tool.input_schema["required"] == ["id"] for tool in read)


@pytest.mark.parametrize("tools", [[{}], [{"name": ""}], [{"name": "a"}, {"name": "a"}]])
def test_a_tool_without_a_name_of_its_own_is_told(tools: list[dict[str, Any]]) -> None:
    with pytest.raises(EnvFactoryError, match="name"):
        described("s", tools)


def test_odd_descriptions_are_read_as_far_as_they_go() -> None:
    odd = {
        "name": "odd",
        "inputSchema": {"properties": {"a": None, "b": {"type": ["null", "integer"]}, "c": 3}},
        "outputSchema": {"type": "array", "items": [{"type": "string"}]},
    }
    assert link_described(described("s", [odd])).dependencies == ()


def test_an_identifier_is_filled_by_one_of_the_same_thing_only() -> None:
    found = graph(
        mcp("search_hotels", {"city": TEXT}, {"hotels": {"type": "array", "items": {"properties": {"id": TEXT}}}}),
        mcp("search_flights", {"city": TEXT}, {"id": TEXT, "flight_id": TEXT}),
        mcp("get_hotel", {"hotel_id": TEXT}, {"name": TEXT}),
    )
    (edge,) = edges(found, "get_hotel", "hotel_id").values()
    assert (edge.producer, edge.path) == ("shop__search_hotels", "hotels.*.id")


def test_an_identifier_of_another_service_means_nothing() -> None:
    give = mcp("find_hotel", {"city": TEXT}, {"hotel_id": TEXT, "email": TEXT})
    found = graph(mcp("get_hotel", {"hotel_id": TEXT, "email": TEXT}, {}), other=[give])
    assert not edges(found, "get_hotel", "hotel_id")
    assert edges(found, "get_hotel", "email")


@pytest.mark.parametrize(
    "said",
    ["Taken from `search_rooms`.", "See the Search Rooms endpoint.", "It comes from `api/v1/rooms/search`."],
)
def test_a_description_that_names_a_tool_is_believed(said: str) -> None:
    tools = (
        mcp("search_rooms", {"city": TEXT}, {"code": TEXT}, endpoint="/api/v1/rooms/search"),
        mcp("list_doors", {"city": TEXT}, {"code": TEXT}, endpoint="/api/v1/doors"),
    )
    plain = edges(graph(*tools, mcp("book", {"room_code": TEXT}, {})), "book", "room_code")
    assert not any(e.kind == "said" for d in plain.values() for e in d.evidence)
    named = edges(graph(*tools, mcp("book", {"room_code": {**TEXT, "description": said}}, {})), "book", "room_code")
    (edge,) = named.values()
    assert (edge.producer, edge.evidence[0].kind, edge.trusted) == ("shop__search_rooms", "said", True)


def test_what_takes_any_text_gets_what_tools_are_called_for_at_a_low_score() -> None:
    found = edges(
        graph(
            mcp("tell_joke", {}, {"joke": TEXT}),
            mcp("measure", {}, {"width": NUMBER}),
            mcp("translate", {"text": TEXT, "language": TEXT}, {"translation": TEXT}),
        ),
        "translate",
        "text",
    )
    assert set(found) == {"tell_joke"}
    assert not found["tell_joke"].trusted


def test_a_sum_of_money_takes_sums_of_money() -> None:
    found = edges(
        graph(
            mcp("sales_report", {}, {"total_sales": NUMBER}),
            mcp("body_mass", {}, {"bmi": NUMBER}),
            mcp("tax_rate", {}, {"tax_rate": NUMBER}),
            mcp("convert", {"amount": NUMBER}, {"converted_amount": NUMBER}),
        ),
        "convert",
        "amount",
    )
    assert set(found) == {"sales_report"}


def test_what_only_comes_back_counts_for_less() -> None:
    found = edges(
        graph(
            mcp("find_events", {"city": TEXT}, {"event_name": TEXT, "venue": TEXT, "seats": NUMBER, "day": TEXT}),
            mcp("event_times", {"event_name": TEXT}, {"event_name": TEXT, "show_time": TEXT, "a": TEXT, "b": TEXT}),
            mcp("buy_tickets", {"event_name": TEXT}, {}),
        ),
        "buy_tickets",
        "event_name",
    )
    assert found["find_events"].score > found["event_times"].score


def test_kinds_of_numbers_and_of_searches() -> None:
    assert kind("gross_salary", type="number") == "amount"
    assert kind("tax_rate", type="number") == ""
    assert kind("num1", type="integer") == "number"
    assert kind("pick_up_latitude", type="number") == "latitude"
    assert said_kind("query", "Names of cities or airports.") == "place"
    assert said_kind("title", "Names of cities or airports.") == ""


def test_a_vector_does_not_depend_on_what_stands_beside_it() -> None:
    from envfactory.graph.words import features

    items = [features("due_date", "task", "When it is due."), features("email", "person", "Where to write.")]
    both = vectors(items)
    assert (both[:1] == vectors(items[:1])).all()
    assert (whole(both) @ whole(both).T == (whole(both[::-1]) @ whole(both[::-1]).T)[::-1, ::-1]).all()
