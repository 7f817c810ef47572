"""GraphQL schemas as operations: every mutation and every query field is one.

The formats: SDL and introspection, https://spec.graphql.org/September2025/. A client chooses what it is shown; a tool
shows one fixed choice: plain values and enumerations, small objects without an id in full, and for an object with an
id that id, as `projectId`, the name that inputs give it. Lists in connections (https://relay.dev/graphql/connections.htm)
are shown as `nodes` with `endCursor` beside them. What a tool must be given as `input: {…}` is given one by one.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from typing import Any, cast

from envfactory.envgen.formats.calls import Call
from envfactory.envgen.formats.calls import operations_of as _operations_of
from envfactory.envgen.shapes import Operation, Property, Schema, Shapes
from envfactory.envgen.words import plural, words_of
from envfactory.errors import MissingExtra, SourceError

_SCALARS = {"Int": "integer", "Float": "number", "Boolean": "boolean", "BigInt": "integer"}
_DATES = {"DateTime": "date-time", "ISO8601DateTime": "date-time", "Date": "date", "URI": "uri", "URL": "uri"}
_ASIDE = {"clientMutationId", "userErrors", "errors", "customerUserErrors", "warnings", "__typename"}


def introspected(sdl: str, reference: str) -> dict[str, Any]:
    """What introspection would answer for a schema written in SDL; needs graphql-core.

    Raises MissingExtra without it and SourceError for text that is no schema.
    """
    if importlib.util.find_spec("graphql") is None:
        raise MissingExtra("reading GraphQL's schema language", "graphql")
    graphql: Any = importlib.import_module("graphql")
    try:
        schema = graphql.build_schema(sdl, assume_valid=True)
        return cast("dict[str, Any]", graphql.introspection_from_schema(schema))
    except (graphql.GraphQLError, TypeError) as error:
        first = str(error).splitlines()[0]
        raise SourceError(f"{reference} is no GraphQL schema: {first}; name a file in SDL or introspection") from error


def shapes_of(data: Mapping[str, Any]) -> Shapes:
    """A reader of the schema's types; a `$ref` is the bare name of one."""
    types = _types(data)
    built: dict[str, dict[str, Any]] = {}

    def resolve(schema: Schema) -> tuple[str, Schema]:
        name = schema.get("$ref")
        if not isinstance(name, str):
            return "", schema
        if name not in built:
            built[name] = _object(_mapping(types.get(name)), types)
        return name, built[name]

    return Shapes(resolve)


def operations_of(data: Mapping[str, Any], shapes: Shapes) -> list[Operation]:
    """Queries first, then mutations, each in the schema's order."""
    types = _types(data)
    schema = _schema(data)
    calls: list[Call] = []
    for root, writes in (("queryType", False), ("mutationType", True)):
        name = str(_mapping(schema.get(root)).get("name") or "")
        calls += [_call(_mapping(f), types, shapes, writes) for f in _list(_mapping(types.get(name)).get("fields"))]
    return _operations_of(calls, shapes)


def _call(field: Mapping[str, Any], types: Mapping[str, Any], shapes: Shapes, writes: bool) -> Call:
    arguments: list[Property] = []
    for raw in _list(field.get("args")):
        one = _mapping(raw)
        kind, name, listed = _named(_mapping(one.get("type")))
        if kind == "INPUT_OBJECT" and not listed and writes:
            inner = _list(_mapping(types.get(name)).get("inputFields"))
            arguments += [_argument(_mapping(f), types, shapes) for f in inner]
        else:
            arguments.append(_argument(one, types, shapes))
    unique = {p.name: p for p in reversed(arguments) if p.name not in _ASIDE}
    name = str(field.get("name"))
    return Call(
        name=name,
        arguments=tuple(p for p in arguments if unique.get(p.name) is p),
        answer=_payload(field, types) if writes else _shown(_mapping(field.get("type")), types),
        description=str(field.get("description") or ""),
        writes=writes,
        deprecated=bool(field.get("isDeprecated")),
    )


def _argument(one: Mapping[str, Any], types: Mapping[str, Any], shapes: Shapes) -> Property:
    node = _mapping(one.get("type"))
    required = node.get("kind") == "NON_NULL" and one.get("defaultValue") is None
    schema = {**_given(node, types, 3), "description": str(one.get("description") or "")}
    if one.get("isDeprecated"):
        schema["deprecated"] = True
    return shapes.property(str(one.get("name")), schema, required=required)


# Types -------------------------------------------------------------------------------------------------------------


def _given(node: Mapping[str, Any], types: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """An input type as JSON Schema, at most `depth` objects deep."""
    if node.get("kind") == "NON_NULL":
        return _given(_mapping(node.get("ofType")), types, depth)
    if node.get("kind") == "LIST":
        return {"type": "array", "items": _given(_mapping(node.get("ofType")), types, depth)}
    if node.get("kind") == "INPUT_OBJECT":
        fields = [_mapping(f) for f in _list(_mapping(types.get(str(node.get("name")))).get("inputFields"))]
        return {
            "type": "object",
            "properties": {str(f["name"]): _given(_mapping(f.get("type")), types, depth - 1) for f in fields}
            if depth
            else {},
            "required": [str(f["name"]) for f in fields if _mapping(f.get("type")).get("kind") == "NON_NULL"],
        }
    return _plain(node, types)


def _plain(node: Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
    name = str(node.get("name"))
    if node.get("kind") == "ENUM":
        values = [str(_mapping(v).get("name")) for v in _list(_mapping(types.get(name)).get("enumValues"))]
        return {"type": "string", "enum": values}
    out: dict[str, Any] = {"type": _SCALARS.get(name, "string")}
    if name in _DATES:
        out["format"] = _DATES[name]
    if name in {"JSON", "JSONObject"}:
        out["type"] = "object"
    return out


def _object(node: Mapping[str, Any], types: Mapping[str, Any], depth: int = 2) -> dict[str, Any]:
    """An object type as it is shown."""
    properties: dict[str, Any] = {}
    required: list[str] = []
    for raw in _list(node.get("fields")):
        field = _mapping(raw)
        if field.get("isDeprecated") or any(_is_needed(_mapping(a)) for a in _list(field.get("args"))):
            continue
        name, shown = str(field.get("name")), None
        kind, type_name, listed = _named(_mapping(field.get("type")))
        extra = {"description": str(field.get("description") or "")}
        if kind in {"SCALAR", "ENUM"}:
            shown = _plain({"kind": kind, "name": type_name}, types)
        elif kind in {"OBJECT", "INTERFACE"} and not listed:
            inner = _mapping(types.get(type_name))
            names = {str(_mapping(f).get("name")) for f in _list(inner.get("fields"))}
            if "id" in names:
                name, shown = f"{name}Id", {"type": "string"}
                extra = {"description": f"The id of a {type_name}."}
            elif depth and "pageInfo" not in names:
                shown = _object(inner, types, depth - 1)
                shown = shown if shown["properties"] else None
        if shown is None or name in properties:
            continue
        properties[name] = {**({"type": "array", "items": shown} if listed else shown), **extra}
        if _mapping(field.get("type")).get("kind") == "NON_NULL":
            required.append(name)
    return {"type": "object", "properties": properties, "required": required}


def _shown(node: Mapping[str, Any], types: Mapping[str, Any]) -> Schema | None:
    """What a query field answers with."""
    kind, name, listed = _named(node)
    if kind not in {"OBJECT", "INTERFACE"}:
        return _plain({"kind": kind, "name": name}, types)
    if listed:
        return {"type": "array", "items": {"$ref": name}}
    fields = {str(_mapping(f).get("name")): _mapping(f) for f in _list(_mapping(types.get(name)).get("fields"))}
    if "pageInfo" in fields:
        held = _row_type(fields, types)
        if held:
            rows = {"type": "array", "items": {"$ref": held}}
            return {"type": "object", "properties": {"nodes": rows, "endCursor": {"type": "string"}}}
    return {"$ref": name}


def _row_type(fields: Mapping[str, Mapping[str, Any]], types: Mapping[str, Any]) -> str:
    if "nodes" in fields:
        return _named(_mapping(fields["nodes"].get("type")))[1]
    _, edge, _ = _named(_mapping(fields.get("edges", {}).get("type")))
    for raw in _list(_mapping(types.get(edge)).get("fields")):
        if _mapping(raw).get("name") == "node":
            return _named(_mapping(_mapping(raw).get("type")))[1]
    return ""


def _payload(field: Mapping[str, Any], types: Mapping[str, Any]) -> Schema | None:
    """What a mutation answers with: the one object in its payload, of several the one it is named after."""
    kind, name, listed = _named(_mapping(field.get("type")))
    if kind != "OBJECT" or listed:
        return None
    found: list[tuple[str, str]] = []
    for raw in _list(_mapping(types.get(name)).get("fields")):
        one = _mapping(raw)
        inner, type_name, many = _named(_mapping(one.get("type")))
        if one.get("name") not in _ASIDE and inner in {"OBJECT", "INTERFACE"} and not many:
            found.append((str(one.get("name")), type_name))
    if not name.endswith("Payload") and not found:
        return {"$ref": name}
    said = set(words_of(str(field.get("name"))))
    named = [t for n, t in found if set(words_of(n)) <= said | {plural(w) for w in said}]
    chosen = named[0] if named else found[0][1] if len(found) == 1 else ""
    return {"$ref": chosen} if chosen else None


def _is_needed(argument: Mapping[str, Any]) -> bool:
    return _mapping(argument.get("type")).get("kind") == "NON_NULL" and argument.get("defaultValue") is None


def _named(node: Mapping[str, Any]) -> tuple[str, str, bool]:
    """The kind and name of a type inside its wrappers, and whether one of these is a list."""
    listed = False
    while node.get("kind") in {"NON_NULL", "LIST"}:
        listed = listed or node.get("kind") == "LIST"
        node = _mapping(node.get("ofType"))
    return str(node.get("kind")), str(node.get("name")), listed


def _schema(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(_mapping(data.get("data")).get("__schema")) or _mapping(data.get("__schema"))


def _types(data: Mapping[str, Any]) -> dict[str, Any]:
    return {str(_mapping(t).get("name")): _mapping(t) for t in _list(_schema(data).get("types"))}


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
