"""AWS service models, as botocore carries them, as operations.

The format: https://smithy.io/2.0/aws/aws-core.html describes its successor; botocore's own reader is the reference
(https://github.com/boto/botocore/blob/develop/botocore/model.py). Operations are read by their names, which AWS keeps
regular (`CreateSchedule`, `DescribeBudgets`), for JSON-RPC services and for rest-json ones alike: paths of the latter
say less, since many create with PUT or POST on an item.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from envfactory.envgen.formats.calls import Call
from envfactory.envgen.formats.calls import operations_of as _operations_of
from envfactory.envgen.shapes import Operation, Property, Schema, Shapes

_TYPES = {
    "string": "string", "character": "string", "blob": "string", "timestamp": "string", "integer": "integer",
    "long": "integer", "short": "integer", "bigInteger": "integer", "float": "number", "double": "number",
    "bigDecimal": "number", "boolean": "boolean",
}  # fmt: skip
_TECHNICAL = {"clienttoken", "clientrequesttoken", "idempotencytoken", "dryrun"}
"""Arguments about the sending of a request, not about what is kept."""


def shapes_of(data: Mapping[str, Any]) -> Shapes:
    """A reader of the model's shapes; a `$ref` is the bare name of one."""
    shapes = _mapping(data.get("shapes"))

    def resolve(schema: Schema) -> tuple[str, Schema]:
        name = schema.get("$ref")
        if not isinstance(name, str):
            return "", schema
        return name, _schema(_mapping(shapes.get(name)))

    return Shapes(resolve)


def operations_of(data: Mapping[str, Any], shapes: Shapes) -> list[Operation]:
    """Every operation of the model, in its order."""
    calls = [_call(name, _mapping(node), shapes) for name, node in _mapping(data.get("operations")).items()]
    return _operations_of(calls, shapes)


def title_of(data: Mapping[str, Any]) -> str:
    """The service's full name."""
    metadata = _mapping(data.get("metadata"))
    return str(metadata.get("serviceFullName") or metadata.get("serviceId") or "AWS service")


def _call(name: str, node: Mapping[str, Any], shapes: Shapes) -> Call:
    given = _mapping(node.get("input")).get("shape")
    answer = _mapping(node.get("output")).get("shape")
    arguments: tuple[Property, ...] = ()
    if given:
        arguments = shapes.shape({"$ref": given}).properties
    technical = [p for p in arguments if "".join(re.findall(r"[a-z]+", p.name.lower())) in _TECHNICAL]
    return Call(
        name=name,
        arguments=tuple(p for p in arguments if p not in technical),
        answer={"$ref": answer} if answer else None,
        description=plain(str(node.get("documentation") or "")),
        deprecated=bool(node.get("deprecated")),
    )


def _schema(shape: Mapping[str, Any]) -> dict[str, Any]:
    """A shape as JSON Schema; members stay references, so circles do no harm."""
    kind = str(shape.get("type"))
    if kind == "structure":
        return {
            "type": "object",
            "properties": {name: _member(_mapping(m)) for name, m in _mapping(shape.get("members")).items()},
            "required": shape.get("required") or [],
        }
    if kind == "list":
        return {"type": "array", "items": _member(_mapping(shape.get("member")))}
    if kind == "map":
        return {"type": "object", "additionalProperties": _member(_mapping(shape.get("value")))}
    out: dict[str, Any] = {"type": _TYPES.get(kind, "string")}
    if kind == "timestamp":
        out["format"] = "date-time"
    if shape.get("enum"):
        out["enum"] = shape["enum"]
    if out["type"] in {"integer", "number"}:
        out.update({new: shape[old] for old, new in (("min", "minimum"), ("max", "maximum")) if old in shape})
    return out


def _member(member: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {"$ref": member.get("shape"), "description": plain(str(member.get("documentation") or ""))}
    if member.get("deprecated"):
        out["deprecated"] = True
    return out


def plain(html: str) -> str:
    """AWS's documentation without its tags: read for what it says about values, never shown."""
    text = re.sub(r"<code>(.*?)</code>", r"`\1`", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).strip()


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
