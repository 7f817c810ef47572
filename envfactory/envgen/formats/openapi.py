"""OpenAPI 3 documents as operations.

The format: https://spec.openapis.org/oas/v3.1.0. The document stays the parsed JSON and is read where an operation
needs it: a model of the whole takes seconds for descriptions of 13 MB.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote

from envfactory.envgen.shapes import Operation, Property, Schema, Shapes

_METHODS = ("get", "post", "put", "patch", "delete")


def shapes_of(data: Mapping[str, Any]) -> Shapes:
    """A reader of the document's schemas; a `$ref` is a JSON pointer into it."""

    def resolve(schema: Schema) -> tuple[str, Schema]:
        name = ""
        for _ in range(8):  # a chain of references, or a circle of them
            pointer = schema.get("$ref")
            if not isinstance(pointer, str):
                break
            if pointer.startswith("#/components/schemas/") and pointer.count("/") == 3:
                name = unquote(pointer.rsplit("/", 1)[-1])
            schema = _mapping(_at(data, pointer))
        return name, schema

    return Shapes(resolve)


def operations_of(data: Mapping[str, Any], shapes: Shapes) -> list[Operation]:
    """Every operation of the document, in its order; those without an id are named by method and path."""
    found: list[Operation] = []
    for path, item in _mapping(data.get("paths")).items():
        node = _follow(data, _mapping(item))
        for method in _METHODS:
            if isinstance(node.get(method), Mapping):
                found.append(_operation(data, shapes, path, method, node))
    return found


def _operation(data: Mapping[str, Any], shapes: Shapes, path: str, method: str, item: Schema) -> Operation:
    node = _mapping(item[method])
    parameters: dict[tuple[str, str], Property] = {}
    headers: list[str] = []
    for raw in (*_list(item.get("parameters")), *_list(node.get("parameters"))):
        one = _follow(data, _mapping(raw))
        place, name = str(one.get("in")), str(one.get("name"))
        if place in {"header", "cookie"}:
            headers.append(name)
        elif place in {"path", "query"}:
            parameters[place, name] = _parameter(shapes, one)
    in_path = [p for (place, _), p in parameters.items() if place == "path" and f"{{{p.name}}}" in path]
    content = _mapping(_follow(data, _mapping(node.get("requestBody"))).get("content"))
    body, json_body = _media(content)
    responses = _mapping(node.get("responses"))
    good = [code for code in responses if code in {"200", "201", "202", "2XX", "203"}] or (
        ["default"] if "default" in responses and not any(c.startswith("2") for c in responses) else []
    )
    answer: Schema | None = None
    for code in good:
        answer, _ = _media(_mapping(_follow(data, _mapping(responses[code])).get("content")))
        if answer is not None:
            break
    return Operation(
        id=str(node.get("operationId") or f"{method} {path}"),
        method=method,
        path=path,
        parameters=tuple(sorted(in_path, key=lambda p: path.index(f"{{{p.name}}}"))),
        query=tuple(p for (place, _), p in parameters.items() if place == "query"),
        body=body,
        answer=answer,
        shapes=shapes,
        description=f"{node.get('summary') or ''}. {node.get('description') or ''}".strip(". "),
        deprecated=bool(node.get("deprecated")),
        headers=tuple(headers),
        binary=bool(content) and not json_body,
    )


def _parameter(shapes: Shapes, node: Schema) -> Property:
    schema = _mapping(node.get("schema"))
    if not schema:
        schema, _ = _media(_mapping(node.get("content")))
    extra = {k: node[k] for k in ("description", "deprecated") if k in node}
    return shapes.property(str(node.get("name")), {**(schema or {}), **extra}, required=node.get("required") is True)


def _media(content: Schema) -> tuple[Schema | None, bool]:
    """The schema of the best media type, and whether it is data rather than a file."""
    for wanted in ("application/json", "+json", "json", "x-www-form-urlencoded"):
        for name, media in content.items():
            if wanted in name:
                schema = _mapping(_mapping(media).get("schema"))
                return (schema or None), True
    for name, media in content.items():
        schema = _mapping(_mapping(media).get("schema"))
        if name.startswith("*/*") and schema:
            return schema, True
        if name.startswith("multipart/") and schema:
            return schema, "binary" not in str(schema.get("properties"))
    return None, False


def _follow(data: Mapping[str, Any], node: Schema) -> Schema:
    for _ in range(8):
        pointer = node.get("$ref")
        if not isinstance(pointer, str):
            break
        node = _mapping(_at(data, pointer))
    return node


def _at(data: Mapping[str, Any], pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) into the same document names; nothing for other documents."""
    if not pointer.startswith("#/"):
        return {}
    node: Any = data
    for raw in pointer[2:].split("/"):
        step = unquote(raw).replace("~1", "/").replace("~0", "~")
        if isinstance(node, Mapping):
            node = cast("Mapping[str, Any]", node).get(step)
        elif isinstance(node, list) and step.isdigit() and int(step) < len(cast("list[Any]", node)):
            node = cast("list[Any]", node)[int(step)]
        else:
            return {}
    return node


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
