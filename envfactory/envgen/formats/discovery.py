"""Google Discovery documents as operations.

The format: https://developers.google.com/discovery/v1/reference/apis
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from envfactory.envgen.shapes import Operation, Property, Schema, Shapes


def shapes_of(data: Mapping[str, Any]) -> Shapes:
    """A reader of the document's schemas; a `$ref` is the bare name of one."""
    schemas = _mapping(data.get("schemas"))

    def resolve(schema: Schema) -> tuple[str, Schema]:
        name = schema.get("$ref")
        if not isinstance(name, str):
            return "", schema
        return name, _mapping(schemas.get(name))

    return Shapes(resolve)


def operations_of(data: Mapping[str, Any], shapes: Shapes) -> list[Operation]:
    """Every method of the document, in its order."""
    return [_operation(method, shapes) for method in _methods(data) if "path" in method]


def _methods(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name, method in _mapping(node.get("methods")).items():
        yield {"id": name, **_mapping(method)}
    for resource in _mapping(node.get("resources")).values():
        yield from _methods(_mapping(resource))


def _operation(method: Mapping[str, Any], shapes: Shapes) -> Operation:
    parameters = _mapping(method.get("parameters"))
    read = {name: _parameter(shapes, name, _mapping(schema)) for name, schema in parameters.items()}
    # `{+name}` stands for a whole resource name; flatPath spells out its collections.
    path = str(method.get("path"))
    shown = str(method.get("flatPath") or path) if "{+" in path else path
    ordered = [n for n in re.findall(r"\{\+?([^}]+)\}", path) if n in read]
    body = _mapping(method.get("request"))
    answer = _mapping(method.get("response"))
    return Operation(
        id=str(method.get("id")),
        method=str(method.get("httpMethod") or "GET"),
        path=shown,
        parameters=tuple(read[n] for n in ordered),
        query=tuple(p for n, p in read.items() if n not in ordered),
        body=body or None,
        answer=answer or None,
        shapes=shapes,
        description=str(method.get("description") or ""),
        deprecated=bool(method.get("deprecated")),
        binary=bool(method.get("supportsMediaUpload")),
    )


def _parameter(shapes: Shapes, name: str, schema: Schema) -> Property:
    if schema.get("repeated") is True:
        item = {k: v for k, v in schema.items() if k not in {"repeated", "location", "required"}}
        outer = {"type": "array", "items": item, "description": schema.get("description") or ""}
        return shapes.property(name, outer, required=schema.get("required") is True)
    return shapes.property(name, schema, required=schema.get("required") is True)


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
