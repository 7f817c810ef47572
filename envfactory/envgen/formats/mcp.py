"""The tools of an MCP server as operations, from what `tools/list` answers.

Specification: https://modelcontextprotocol.io/specification/2025-11-25/server/tools
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from envfactory.envgen.formats.calls import Call
from envfactory.envgen.formats.calls import operations_of as _operations_of
from envfactory.envgen.shapes import Operation, Schema, Shapes


def shapes_of(data: Mapping[str, Any]) -> Shapes:
    """A reader of the tools' schemas; each holds its own definitions, so they are written in place."""
    del data
    return Shapes(lambda schema: (str(schema.get("title") or "") if "x-definition" in schema else "", schema))


def operations_of(data: Mapping[str, Any], shapes: Shapes) -> list[Operation]:
    """Every tool that `tools/list` gave, in its order."""
    calls = [_call(_mapping(tool), shapes) for tool in _list(data.get("tools")) if _mapping(tool).get("name")]
    return _operations_of(calls, shapes)


def _call(tool: Mapping[str, Any], shapes: Shapes) -> Call:
    given = _inlined(_mapping(tool.get("inputSchema")))
    needed = {str(name) for name in _list(given.get("required"))}
    answer = _inlined(_mapping(tool.get("outputSchema")))
    hints = _mapping(tool.get("annotations"))
    read_only = hints.get("readOnlyHint")
    return Call(
        name=str(tool.get("name")),
        arguments=tuple(
            shapes.property(name, _mapping(schema), required=name in needed)
            for name, schema in _mapping(given.get("properties")).items()
        ),
        answer=answer or None,
        description=str(tool.get("description") or ""),
        writes=not read_only if isinstance(read_only, bool) else None,
    )


def _inlined(schema: Mapping[str, Any]) -> Schema:
    """A schema with its own definitions put in place of references, at most six deep."""
    definitions = {**_mapping(schema.get("definitions")), **_mapping(schema.get("$defs"))}
    return _mapping(_put(schema, definitions, 6))


def _put(node: Any, definitions: Mapping[str, Any], depth: int) -> Any:
    if isinstance(node, Mapping):
        one = cast("Mapping[str, Any]", node)
        pointer = one.get("$ref")
        if isinstance(pointer, str):
            name = pointer.rsplit("/", 1)[-1]
            if depth == 0 or name not in definitions:
                return {"type": "object"}
            found = _mapping(_put(definitions[name], definitions, depth - 1))
            return {"title": name, **found, "x-definition": True}
        return {k: _put(v, definitions, depth) for k, v in one.items() if k not in {"$defs", "definitions"}
                and not _is_no_bound(k, v)}  # fmt: skip
    if isinstance(node, list):
        return [_put(value, definitions, depth) for value in cast("list[Any]", node)]
    return node


def _is_no_bound(name: str, value: Any) -> bool:
    """Whether a bound is only JavaScript's largest safe integer, which `z.int()` writes into every schema."""
    bounds = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    return name in bounds and isinstance(value, int | float) and abs(value) >= 2**53 - 1


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
