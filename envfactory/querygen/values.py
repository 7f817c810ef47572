"""Values a user might wish for: from an attribute's examples, its enum or its format, never from thin air twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from pydantic import JsonValue

from envfactory.environment.entropy import rfc3339
from envfactory.environment.spec import Attribute, EnvSpec, Parameter, ToolSpec
from envfactory.environment.store import Row
from envfactory.messages import as_object
from envfactory.querygen import words
from envfactory.querygen.story import Value

_TITLES = (
    "Quarterly budget review", "Order printer paper", "Renew the parking permit", "Plan the spring offsite",
    "Fix the login redirect", "Call the landlord", "Draft the press release", "Book the dentist", "Reading circle",
    "Update the onboarding guide", "Prepare the demo", "Return the library books", "Interview notes", "Garden party",
    "Compare phone plans", "Replace the air filter", "Summer trip ideas", "Sort the tax receipts",
)  # fmt: skip
_NOTES = (
    "Check with Priya before sending.", "Bring the signed copy.", "The blue folder has the details.",
    "Ask for a window seat.", "Keep it under an hour.", "Two copies, please.", "See last year's notes first.",
    "Only the first section is urgent.", "Leave a message at the front desk.", "Use the new template.",
)  # fmt: skip
_PEOPLE = ("amara.okafor", "jonas.lindqvist", "mei.tanaka", "rafael.duarte", "hannah.weiss", "tomas.novak")
_PLACES = ("Room 4.12", "Cafe Lumen", "North Library", "Harbour Office", "Studio B", "Town Hall")
_LONG = ("notes", "description", "body", "comment", "summary text", "message", "details", "content", "text")
_STARTS = ("start", "begin", "from", "checkin", "departure")
_SAID = 0.5
"""How often a value is said that need not be."""
_ENDS = ("end", "until", "to", "checkout", "return")


def invent(
    parameter: Parameter,
    attribute: Attribute | None,
    *,
    now: datetime,
    random: Random,
    row: Row | None = None,
    given: Mapping[str, JsonValue] | None = None,
) -> JsonValue:
    """A value for a parameter that sets `attribute`, different from `row`'s; None when nothing sensible is known.

    `given` are the call's other values: an end comes after its start.
    """
    current = row.get(attribute.name) if row and attribute else None
    if parameter.examples:
        return _other([*parameter.examples], current, random)
    options = parameter.enum or (attribute.enum if attribute else ())
    if options and parameter.operator != "include":
        return _other([*options], current, random)
    kind = attribute.type if attribute else parameter.type
    if parameter.operator == "include":
        return True
    if kind == "boolean":
        return not current
    moment = _paired(parameter.name, given or {}, random)
    if moment is not None:
        return _as_given(moment, attribute, parameter, (given or {}).get(_start_of(parameter.name, given or {})))
    day = words.as_day((given or {}).get(_start_of(parameter.name, given or {})))
    if day is not None:
        return (day + timedelta(days=random.choice((1, 2, 3, 4)))).isoformat()
    examples = [*attribute.examples] if attribute else []
    form = parameter.format or (attribute.format if attribute else "")
    if _is_temporal(form, examples):
        return _temporal(form, examples, now, random, current)
    if examples:
        return _other(examples, current, random)
    if kind == "integer":
        low = int(parameter.minimum) if parameter.minimum is not None else 1
        high = int(parameter.maximum) if parameter.maximum is not None else low + 20
        return random.randint(low, min(high, low + 100))
    if kind == "number":
        return random.randint(5, 400) / 4
    if kind == "string":
        return _text(parameter.name, form, current, random)
    return None


def beside(parameter: Parameter, item: Mapping[str, Any], random: Random) -> tuple[list[Value], list[str]]:
    """What stands beside the key in a list of objects, as the quantity in `[{"id": ..., "quantity": 3}]`.

    First the values that the user says: those of properties that have `examples` in the contract, required ones always,
    others as often as not; they are new to the row `item`, and named after parameter and property (`lines_quantity`).
    Then the required properties that the row shows itself.
    """
    inside = parameter.items or {}
    properties: Mapping[str, Any] = inside.get("properties", {}) if parameter.type == "array" else {}
    needed = inside.get("required", [])
    said: list[Value] = []
    shown: list[str] = []
    for name, schema in [*properties.items()][1:]:
        if not schema.get("examples"):
            shown += [name] if name in needed and item.get(name) is not None else []
        elif name in needed or random.random() < _SAID:
            value = _other([*schema["examples"]], item.get(name), random)
            one = Parameter(name=f"{parameter.name}_{name}", type=schema.get("type", "string"), role="value")
            said += [] if value is None else [Value(one, Attribute(name=name, type=one.type), value)]
    return said, shown


def sought(
    spec: EnvSpec, tool: ToolSpec, given: Mapping[str, JsonValue], rows: Sequence[Row], *, random: Random
) -> dict[str, JsonValue]:
    """The text of a search that nobody asks for, but that finds a row for a later call: where the tool cannot do
    without, the name of one of `rows`."""
    label = spec.entity(tool.entity).label
    names = [name for row in rows if isinstance(name := row.get(label), str) and name.strip()]
    wanted = [
        p.name
        for p in tool.parameters
        if p.required and p.role == "filter" and p.operator == "contains" and p.type == "string" and p.name not in given
    ]
    return {name: random.choice(names) for name in wanted if names}


def _other(options: list[Any], current: Any, random: Random) -> JsonValue:
    left = [option for option in options if option != current]
    return random.choice(left) if left else None


def _text(name: str, form: str, current: Any, random: Random) -> str | None:
    said = words.split(name)
    if form == "email" or "email" in said:
        options = [f"{person}@example.com" for person in _PEOPLE]
    elif form in {"uri", "url"} or said.endswith(("url", "link", "uri")):
        options = [f"https://example.com/{title.lower().replace(' ', '-')}" for title in _TITLES]
    elif said in {"location", "address", "place", "venue"}:
        options = [*_PLACES]
    elif said in _LONG or said.split()[-1] in _LONG:
        options = [*_NOTES]
    elif said in {"title", "name", "summary", "subject", "label"} or said.split()[-1] in {"title", "name", "subject"}:
        options = [*_TITLES]
    else:
        return None  # a free text of unknown meaning: the tool is called without it
    chosen = _other(options, current, random)
    return chosen if isinstance(chosen, str) else None


def _is_temporal(form: str, examples: list[Any]) -> bool:
    if form in {"date", "date-time"}:
        return True
    return bool(examples) and all(_moment_in(example) is not None for example in examples)


def _moment_in(value: Any) -> datetime | None:
    return words.as_moment(as_object(value).get("dateTime", value))


def _temporal(form: str, examples: list[Any], now: datetime, random: Random, current: Any) -> JsonValue:
    """A day or time in the three weeks ahead, in the shape and grain of the examples."""
    moments = [moment for moment in map(_moment_in, examples) if moment is not None]
    whole_days = form == "date" or (bool(moments) and all((m.hour, m.minute) == (0, 0) for m in moments))
    for _ in range(4):
        day = (now + timedelta(days=random.randint(1, 21))).replace(hour=0, minute=0, second=0, microsecond=0)
        if form == "date":
            value: JsonValue = day.date().isoformat()
        else:
            moment = day if whole_days else day.replace(hour=random.randint(8, 18), minute=random.choice((0, 30)))
            template = as_object(examples[0]) if examples else {}
            value = {**template, "dateTime": rfc3339(moment)} if template else rfc3339(moment)
        if value != current:
            return value
    return None


def _start_of(name: str, given: Mapping[str, JsonValue]) -> str:
    """The given parameter whose end `name` is: `start` for `end`, `startTime` for `endTime`; empty when none."""
    said = words.split(name)
    for start, end in zip(_STARTS, _ENDS, strict=True):
        if said.startswith(end):
            wanted = said.replace(end, start, 1)
            for other in given:
                if words.split(other) == wanted:
                    return other
    return ""


def _paired(name: str, given: Mapping[str, JsonValue], random: Random) -> datetime | None:
    start = _moment_in(given.get(_start_of(name, given)))
    return start + timedelta(minutes=random.choice((30, 60, 90))) if start else None


def _as_given(moment: datetime, attribute: Attribute | None, parameter: Parameter, start: JsonValue) -> JsonValue:
    """The end in the shape of its start."""
    if isinstance(start, dict):
        return {**start, "dateTime": rfc3339(moment)}
    return rfc3339(moment)
