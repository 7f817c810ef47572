"""The schema is sound, the states fit it, and the code has the tools that the contract names."""

from __future__ import annotations

import inspect
from typing import Any

from envfactory.envgen.checks.subject import Notes, Subject
from envfactory.environment.environment import Environment
from envfactory.environment.library import Finding
from envfactory.environment.schema import Schema
from envfactory.environment.spec import Parameter, ToolSpec
from envfactory.environment.tool import Tool
from envfactory.errors import StateError


def check_schema(subject: Subject) -> Finding:
    """The DDL runs, every change of a row can be seen, every entity has its table, and every state loads."""
    notes = Notes("schema")
    try:
        schema = Schema.parse(subject.cls.schema)
    except StateError as error:
        notes.fail(f"schema.sql: {error}")
        return notes.finding()
    notes.count = len(schema.tables)
    for problem in schema.problems():
        notes.fail(f"schema.sql: {problem}")
    for entity in subject.spec.entities:
        table = schema.tables.get(entity.table)
        if table is None:
            notes.fail(f"schema.sql has no table {entity.table!r}, which holds the contract's entity {entity.name}")
        elif missing := sorted({a.name for a in entity.attributes} - set(table.names)):
            notes.fail(f"schema.sql: table {entity.table} lacks {', '.join(missing)} of entity {entity.name}")
    if not subject.cls.states:
        notes.fail("states/ holds no state; write at least states/small.json")
    for name, state in subject.cls.states.items():
        notes.tried("states")
        notes.figures["rows"] = notes.figures.get("rows", 0) + sum(map(len, state.rows.values()))
        try:
            subject.cls.image(state)
        except StateError as error:
            notes.fail(f"states/{name}.json: {error}")
    return notes.finding()


def check_contract(subject: Subject) -> Finding:
    """Tools, parameters, types, what is required, and what writes: the code's are the contract's."""
    notes = Notes("contract")
    code = subject.cls.tools
    spec = {tool.name: tool for tool in subject.spec.tools}
    for name in sorted(set(spec) - set(code)):
        notes.fail(f"{name} is in spec.json, but no method in the code is that tool")
    for name in sorted(set(code) - set(spec)):
        notes.fail(f"{name} is a tool in the code, but spec.json does not name it")
    for name in _twice(subject.cls):
        notes.fail(f"two methods are the tool {name}")
    for name in sorted(set(spec) & set(code)):
        notes.tried()
        _compare(notes, spec[name], code[name])
    return notes.finding()


def _twice(cls: type[Environment]) -> list[str]:
    methods = [method for _, method in inspect.getmembers(cls, inspect.isfunction)]
    marks = [mark for mark in (getattr(method, "__tool__", None) for method in methods) if mark is not None]
    names: list[str] = [mark["name"] for mark in marks]
    return sorted({name for name in names if names.count(name) > 1})


def _compare(notes: Notes, spec: ToolSpec, tool: Tool) -> None:
    if tool.writes is not spec.writes:
        says = "writes" if tool.writes else "only reads"
        notes.fail(f"{spec.name} {says} by its @tool mark, but its effect {spec.effect!r} in spec.json says otherwise")
    if not tool.description.strip():
        notes.fail(f"{spec.name} has no description")
    properties: dict[str, Any] = tool.input_schema.get("properties", {})
    required = set(tool.input_schema.get("required", []))
    wanted = {parameter.name: parameter for parameter in spec.parameters}
    for name in sorted(set(wanted) - set(properties)):
        notes.fail(f"{spec.name} lacks the parameter {name} of spec.json")
    for name in sorted(set(properties) - set(wanted)):
        notes.fail(f"{spec.name} takes {name}, which spec.json does not name")
    for name in sorted(set(wanted) & set(properties)):
        notes.tried("parameters")
        for told in _parameter(wanted[name], properties[name], required=name in required):
            notes.fail(f"{spec.name}: {name} {told}")


def _parameter(spec: Parameter, schema: dict[str, Any], *, required: bool) -> list[str]:
    found: list[str] = []
    if spec.required is not required:
        found.append("is required in spec.json only" if spec.required else "is required in the code only")
    kinds = _kinds(schema)
    if kinds and kinds != {spec.type}:
        found.append(f"is {' or '.join(sorted(kinds))} in the code, {spec.type} in spec.json")
    values = _values(schema)
    if set(map(str, spec.enum)) != values:
        found.append(f"takes {sorted(values) or 'any value'} in the code, {sorted(spec.enum) or 'any'} in spec.json")
    for limit in ("minimum", "maximum"):
        asked = getattr(spec, limit)
        if asked is not None and schema.get(limit) != asked:
            found.append(f"has the {limit} {schema.get(limit, 'none')} in the code, {asked:g} in spec.json")
    items: dict[str, Any] = schema.get("items") or {}
    entity: str = schema.get("x-entity") or items.get("x-entity", "")
    if entity and spec.entity and entity != spec.entity:
        found.append(f"names a {entity} in the code, a {spec.entity} in spec.json")
    return found


def _kinds(schema: dict[str, Any]) -> set[str]:
    kinds = {schema["type"]} if isinstance(schema.get("type"), str) else set[str]()
    for option in schema.get("anyOf", []):
        kinds |= _kinds(option)
    return kinds - {"null"}


def _values(schema: dict[str, Any]) -> set[str]:
    values = {str(value) for value in schema.get("enum", [])}
    if "const" in schema:
        values.add(str(schema["const"]))
    for option in schema.get("anyOf", []):
        values |= _values(option)
    return values
