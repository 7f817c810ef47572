"""What a write must repeat of its row as it was last read, such as a version: nobody says it, an agent looks it up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from envfactory.environment.spec import EnvSpec, ToolSpec
from envfactory.messages import as_list, as_object
from envfactory.querygen.story import parts
from envfactory.rollout.task import GoldCall


def repeated(
    spec: EnvSpec,
    tool: ToolSpec,
    arguments: Mapping[str, JsonValue],
    calls: Sequence[GoldCall],
    results: Sequence[Any],
) -> dict[str, tuple[JsonValue, str]]:
    """Values of the options that name an attribute and are required, as `updateBookingVersionAtTimestamp` names
    `updatedAt`, or that go `along` with a parameter that is given; values and references that go along are repeated as
    well where nobody wishes for others. Where the row has a list, its only element is meant.

    Each comes from the latest of `results` that shows the row acted on, with its place there as `uses` name it. A value
    that no result shows is left out.
    """
    key = next((arguments[p.name] for p in tool.parameters if p.role == "key" and p.name in arguments), None)
    wanted = [
        p for p in tool.parameters
        if ((p.role == "option" and p.field and (p.required or p.along in arguments))
            or (p.role in {"value", "reference", "scope"} and p.along in arguments))
        and p.name not in arguments
    ]  # fmt: skip
    name = spec.entity(tool.entity).key
    found: dict[str, tuple[JsonValue, str]] = {}
    for parameter in wanted if key is not None else ():
        field = parameter.field or parameter.name
        for step in reversed(range(len(results))):
            shown = _objects(results[step], str(step)) if parts(calls[step].tool)[0] == spec.name else ()
            place = next(((_at(item, field), f"{trail}.{field}") for item, trail in shown
                          if item.get(name) == key and _at(item, field) is not None), None)  # fmt: skip
            if place is not None:
                found[parameter.name] = _only(place) if parameter.type != "array" else place
                break
    return found


def _at(item: Mapping[str, Any], field: str) -> Any:
    """What stands at a field, also inside an object: `cancellation_price.token`."""
    value: Any = item
    for name in field.split("."):
        value = as_object(value).get(name)
    return value


def _only(place: tuple[Any, str]) -> tuple[JsonValue, str]:
    """The one element of a list, and where it stands; anything else as it is."""
    value, trail = place
    items = as_list(value)
    return (items[0], f"{trail}.0") if len(items) == 1 else (value, trail)


def _objects(node: Any, trail: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Every object in a result, outer ones first, and where it stands."""
    item = as_object(node)
    if item:
        yield item, trail
    for name, value in item.items() if item else enumerate(as_list(node)):
        yield from _objects(value, f"{trail}.{name}")
