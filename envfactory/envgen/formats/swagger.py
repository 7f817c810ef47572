"""Swagger 2 documents as OpenAPI 3 ones, as far as the reader looks.

The format: https://swagger.io/specification/v2/. What differs: schemas lie under `definitions`, parameters hold their
type themselves, a body is a parameter, an answer has its schema directly under the status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

_METHODS = ("get", "post", "put", "patch", "delete", "options", "head")
_MOVED = {
    "#/definitions/": "#/components/schemas/",
    "#/parameters/": "#/components/parameters/",
    "#/responses/": "#/components/responses/",
}
_OUTSIDE = {"name", "in", "required", "description", "allowEmptyValue", "collectionFormat", "deprecated"}
"""What stays on a parameter; all else of it is its schema."""


def upgrade(data: Mapping[str, Any]) -> dict[str, Any]:
    """The document in the shape of OpenAPI 3; nothing of it is shared with the original."""
    moved = _mapping(_moved(data))
    media = [str(m) for m in _list(moved.get("consumes"))] or ["application/json"]
    shown = [str(m) for m in _list(moved.get("produces"))] or ["application/json"]
    shared = {name: _mapping(p) for name, p in _mapping(moved.get("parameters")).items()}
    responses = {name: _response(_mapping(r), shown) for name, r in _mapping(moved.get("responses")).items()}
    base = str(moved.get("basePath") or "").rstrip("/")
    paths = {f"{base}{path}": _path(_mapping(item), shared, media, shown)
             for path, item in _mapping(moved.get("paths")).items() if path.startswith("/")}  # fmt: skip
    out: dict[str, Any] = {
        "openapi": "3.0.3",
        "info": moved.get("info") or {},
        "paths": paths,
        "components": {
            "schemas": moved.get("definitions") or {},
            "responses": responses,
            "parameters": {n: _parameter(p) for n, p in shared.items() if p.get("in") not in {"body", "formData"}},
        },
    }
    if moved.get("externalDocs"):
        out["externalDocs"] = moved["externalDocs"]
    return out


def _moved(node: Any) -> Any:
    """A copy with references to where OpenAPI 3 keeps things, `x-nullable` and `type: file` translated."""
    if isinstance(node, Mapping):
        found = {key: _moved(value) for key, value in cast("Mapping[str, Any]", node).items()}
        pointer = found.get("$ref")
        if isinstance(pointer, str):
            for old, new in _MOVED.items():
                if pointer.startswith(old):
                    found["$ref"] = new + pointer[len(old) :]
        if found.get("type") == "file":
            found.update(type="string", format="binary")
        return found
    return [_moved(value) for value in cast("list[Any]", node)] if isinstance(node, list) else node


def _path(
    item: Mapping[str, Any], shared: Mapping[str, Mapping[str, Any]], media: list[str], shown: list[str]
) -> dict[str, Any]:
    given = [_solved(p, shared) for p in _list(item.get("parameters"))]
    out: dict[str, Any] = {"parameters": [_parameter(p) for p in given if p.get("in") not in {"body", "formData"}]}
    for method in _METHODS:
        if isinstance(item.get(method), Mapping):
            out[method] = _operation(_mapping(item[method]), given, shared, media, shown)
    return out


def _operation(
    node: Mapping[str, Any],
    above: list[Mapping[str, Any]],
    shared: Mapping[str, Mapping[str, Any]],
    media: list[str],
    shown: list[str],
) -> dict[str, Any]:
    own = [_solved(p, shared) for p in _list(node.get("parameters"))]
    sent = [p for p in (*above, *own) if p.get("in") in {"body", "formData"}]
    out = {k: v for k, v in node.items() if k not in {"parameters", "responses", "consumes", "produces"}}
    out["parameters"] = [_parameter(p) for p in own if p.get("in") not in {"body", "formData"}]
    body = _body(sent, [str(m) for m in _list(node.get("consumes"))] or media)
    if body:
        out["requestBody"] = body
    kinds = [str(m) for m in _list(node.get("produces"))] or shown
    out["responses"] = {c: _response(_mapping(r), kinds) for c, r in _mapping(node.get("responses")).items()}
    return out


def _body(sent: list[Mapping[str, Any]], media: list[str]) -> dict[str, Any]:
    if not sent:
        return {}
    whole = next((p for p in sent if p.get("in") == "body"), None)
    if whole is not None:
        schema: Any = whole.get("schema") or {}
        kinds = media
    else:
        fields = {str(p.get("name")): _parameter(p)["schema"] for p in sent}
        schema = {"type": "object", "properties": fields,
                  "required": [str(p.get("name")) for p in sent if p.get("required") is True]}  # fmt: skip
        files = any(s.get("format") == "binary" for s in fields.values())
        kinds = ["multipart/form-data" if files else "application/x-www-form-urlencoded"]
    return {"required": any(p.get("required") is True for p in sent), "content": {k: {"schema": schema} for k in kinds}}


def _parameter(node: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        return dict(node)
    schema = {k: v for k, v in node.items() if k not in _OUTSIDE}
    out: dict[str, Any] = {k: v for k, v in node.items() if k in _OUTSIDE}
    if node.get("in") in {"formData"} and node.get("description"):
        schema["description"] = node["description"]
    return {**out, "schema": schema}


def _response(node: Mapping[str, Any], shown: list[str]) -> dict[str, Any]:
    if "$ref" in node or "schema" not in node:
        return dict(node)
    return {"description": node.get("description") or "", "content": {k: {"schema": node["schema"]} for k in shown}}


def _solved(node: Any, shared: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """A parameter, or the shared one it refers to: a shared body must be found to become a request body."""
    one = _mapping(node)
    pointer = one.get("$ref")
    if isinstance(pointer, str):
        return shared.get(pointer.rsplit("/", 1)[-1], one)
    return one


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
