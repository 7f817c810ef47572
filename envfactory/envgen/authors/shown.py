"""A contract and its rows as models are shown them: each thing once, in a line where a line will do."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from envfactory.environment.environment import State
from envfactory.environment.spec import Attribute, Entity, EnvSpec, Parameter, ToolSpec


def things(spec: EnvSpec, *, examples: bool = False, internal: bool = False) -> str:
    """The entities with their attributes, a line each: name, type, choices, what it means; `?` where it may be missing.

    `examples` adds values to write rows from, `internal` what the API does not show.
    """
    return "\n\n".join(_thing(entity, examples, internal) for entity in spec.entities)


def _thing(entity: Entity, examples: bool, internal: bool) -> str:
    named = f", named by {entity.label}" if entity.label else ""
    inside = f", lives in a {entity.attribute(entity.scope).entity}" if entity.scope else ""
    lines = [f"{entity.name} (table {entity.table}, key {entity.key}{named}{inside}):"]
    for attribute in entity.attributes:
        if attribute.internal and not internal:
            continue
        optional = "" if attribute.required or attribute.name in (entity.key, entity.scope) else "?"
        parts = [f"- {attribute.name}{optional}: {_type(attribute)}"]
        if attribute.default is not None:
            parts.append(f"default {_json(attribute.default)}")
        if attribute.read_only and attribute.name != entity.key:
            parts.append("set by the service")
        text = f"{', '.join(parts)}. {attribute.description}".rstrip(" .") + "."
        if examples and attribute.examples:
            text += f" Such as {', '.join(map(_json, attribute.examples))}."
        lines.append(text)
    return "\n".join(lines)


def _type(one: Attribute | Parameter) -> str:
    if one.enum:
        choices = " | ".join(one.enum)
        return f"list of {choices}" if one.type == "array" else choices
    kind = one.format if one.format in {"date", "date-time"} else one.type
    held = (one.items or {}).get("type")
    if one.type == "array":
        kind = f"list of {held}" if isinstance(held, str) else "list"
    if one.entity:
        return f"{kind}, {'ids' if one.type == 'array' else 'the id'} of {one.entity}"
    return kind


def signature(spec: EnvSpec, tool: ToolSpec, *, taken: Collection[str] | None = None, described: bool = False) -> str:
    """A tool as its callers see it: parameters with type, choices, limits and default, and the fields of its result.

    `taken` are the parameters that the code has, if not all; with `described` each has a line with what it means.
    """
    parameters = [p for p in tool.parameters if taken is None or p.name in taken]
    given = _result(spec, tool)
    head = f"{tool.name} ({'writes' if tool.writes else 'reads'}): {tool.description}"
    if described:
        lines = [f"- {_parameter(p)}. {p.description}".rstrip(" .") + "." for p in parameters]
        return "\n".join([head, *(lines or ["- no parameters"]), f"It gives {given}."])
    return f"{head}\n  ({'; '.join(map(_parameter, parameters))}) gives {given}"


def _parameter(parameter: Parameter) -> str:
    parts = [f"{parameter.name}{'' if parameter.required else '?'}: {_type(parameter)}"]
    if parameter.minimum is not None:
        parts.append(f"at least {parameter.minimum:g}")
    if parameter.maximum is not None:
        parts.append(f"at most {parameter.maximum:g}")
    if parameter.default is not None:
        parts.append(f"default {_json(parameter.default)}")
    return ", ".join(parts)


def _result(spec: EnvSpec, tool: ToolSpec) -> str:
    entity = spec.entity(tool.entity)
    match tool.returns:
        case "one":
            return f"one {entity.name}"
        case "many":
            listed = f"a list of {entity.name}"
            if not tool.envelope:
                return listed
            return f"{tool.envelope}: {listed}" + (f", {tool.next_page}?: string" if tool.next_page else "")
        case "nothing":
            return "nothing (null)"
        case _:
            return "an object of its own, as its description and rules say"


def rules_of(spec: EnvSpec, tools: Collection[str]) -> str:
    """The rules about any of these tools, as a list."""
    said = [rule.text for rule in spec.rules if set(tools) & set(rule.tools)]
    return "\n".join(f"- {text}" for text in dict.fromkeys(said)) or "- (none beyond what descriptions say)"


def rows_of(spec: EnvSpec, state: State, tables: Collection[str] | None = None) -> str:
    """The rows of a state, one a line, without the columns that hold nothing; lists and objects as they are."""
    nested = {e.table: {a.name for a in e.attributes if a.type in {"array", "object"}} for e in spec.entities}
    parts: list[str] = []
    for table, rows in state.rows.items():
        if tables is not None and table not in tables:
            continue
        kept = nested.get(table, set[str]())
        lines = [_json({n: _opened(v) if n in kept else v for n, v in row.items() if v is not None}) for row in rows]
        parts.append("\n".join([f"{table}:", *lines]))
    return "\n\n".join(parts)


def opened(spec: EnvSpec, rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Rows with lists and objects as they are, where their writer gave JSON text; no row is changed in place."""
    nested = {e.table: {a.name for a in e.attributes if a.type in {"array", "object"}} for e in spec.entities}
    return {
        table: [
            {name: _opened(value) if name in nested.get(table, ()) else value for name, value in row.items()}
            for row in items
        ]
        for table, items in rows.items()
    }


def _opened(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
