"""Python stubs and modules as operations: annotated functions and methods, read as text and never imported.

The format: https://typing.python.org/en/latest/spec/distributing.html#stub-files. A class with annotated fields is a
shape; a class without is a group of calls (`class Tasks: def create(self, title: str) -> Task`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any, cast

from envfactory.envgen.formats.calls import Call
from envfactory.envgen.formats.calls import operations_of as _operations_of
from envfactory.envgen.shapes import Operation, Schema, Shapes
from envfactory.envgen.words import snake
from envfactory.errors import SourceError

_PLAIN = {"str": "string", "int": "integer", "float": "number", "Decimal": "number", "bool": "boolean",
          "bytes": "string", "dict": "object", "Dict": "object", "Mapping": "object", "Any": "object"}  # fmt: skip
_DATES = {"datetime": "date-time", "date": "date", "time": "time", "UUID": "uuid"}
_LISTS = {"list", "List", "Sequence", "tuple", "Tuple", "set", "Set", "frozenset", "Iterable", "Iterator",
          "Collection", "Generator"}  # fmt: skip
_THROUGH = {"Annotated", "Required", "NotRequired", "ReadOnly", "Final", "Awaitable", "Coroutine", "ClassVar"}
_GROUP_TAILS = {"client", "api", "service", "resource", "manager", "endpoint", "collection", "async", "repository"}


def parsed(text: str, reference: str) -> dict[str, Any]:
    """The calls and shapes of a module as plain data. Raises SourceError for text that is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise SourceError(f"{reference} is not valid Python: {error}; name a .py or .pyi file") from error
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    schemas = {name: _class(node, classes) for name, node in classes.items()}
    functions = [_function(f, "", schemas) for f in tree.body if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)]
    for name, node in classes.items():
        methods = [f for f in node.body if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)]
        group = "_".join(w for w in snake(name).split("_") if w not in _GROUP_TAILS)
        functions += [_function(f, group, schemas) for f in methods if not _is_property(f)]
    kept: dict[str, dict[str, Any]] = {}
    for one in functions:
        if not str(one["name"]).rsplit(".", 1)[-1].startswith("_"):
            kept.setdefault(str(one["name"]), one)
    shapes = {name: schema for name, schema in schemas.items() if schema.get("properties") or schema.get("enum")}
    return {"python": 1, "functions": list(kept.values()), "schemas": shapes}


def shapes_of(data: Mapping[str, Any]) -> Shapes:
    """A reader of the module's classes; a `$ref` is the bare name of one."""
    schemas = _mapping(data.get("schemas"))

    def resolve(schema: Schema) -> tuple[str, Schema]:
        name = schema.get("$ref")
        if not isinstance(name, str):
            return "", schema
        return name, _mapping(schemas.get(name)) or {"type": "object"}

    return Shapes(resolve)


def operations_of(data: Mapping[str, Any], shapes: Shapes) -> list[Operation]:
    """Every public function and method, in the order of the module."""
    calls: list[Call] = []
    for raw in cast("list[Any]", data.get("functions") or []):
        one = _mapping(raw)
        needed = set(cast("list[str]", one.get("required") or []))
        calls.append(
            Call(
                name=str(one.get("name")),
                arguments=tuple(
                    shapes.property(name, _mapping(schema), required=name in needed)
                    for name, schema in _mapping(one.get("arguments")).items()
                ),
                answer=_mapping(one.get("answer")) or None,
                description=str(one.get("description") or ""),
                group=str(one.get("group") or ""),
            )
        )
    return _operations_of(calls, shapes)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, group: str, schemas: Mapping[str, Any]) -> dict[str, Any]:
    given = [*node.args.posonlyargs, *node.args.args]
    if group or (given and given[0].arg in {"self", "cls"}):
        given = [a for a in given if a.arg not in {"self", "cls"}]
    optional = {a.arg for a in given[len(given) - len(node.args.defaults) :]} if node.args.defaults else set[str]()
    by_name = list(zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True))
    optional |= {a.arg for a, default in by_name if default is not None}
    every = [*given, *(a for a, _ in by_name)]
    answer = _type(node.returns, schemas) if node.returns is not None else {}
    arguments = {a.arg: _type(a.annotation, schemas) for a in every}
    defaults = {**dict(zip([a.arg for a in reversed(given)], reversed(node.args.defaults), strict=False)),
                **{a.arg: d for a, d in by_name if d is not None}}  # fmt: skip
    for name, default in defaults.items():
        if isinstance(default, ast.Constant) and isinstance(default.value, str | int | float | bool):
            arguments[name] = {**arguments[name], "default": default.value}
    return {
        "name": f"{group}.{node.name}" if group else node.name,
        "group": group,
        "arguments": arguments,
        "required": [a.arg for a in every if a.arg not in optional],
        "answer": answer,
        "description": ast.get_docstring(node) or "",
    }


def _class(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef], depth: int = 0) -> dict[str, Any]:
    """A class as a JSON Schema: its annotated fields and properties, those of its bases first."""
    bases = [_name(b) for b in node.bases]
    if any(b in {"Enum", "StrEnum", "IntEnum"} for b in bases):
        values = [s.value.value for s in node.body if isinstance(s, ast.Assign) and isinstance(s.value, ast.Constant)]
        return {"type": "string", "enum": [str(v) for v in values]}
    properties: dict[str, Any] = {}
    required: list[str] = []
    for base in bases:
        if base in classes and depth < 6:
            above = _class(classes[base], classes, depth + 1)
            properties.update(above.get("properties", {}))
            required += above.get("required", [])
    whole = not any(k.arg == "total" and isinstance(k.value, ast.Constant) and not k.value.value for k in node.keywords)
    for name, annotation, has_default, text in _fields(node):
        properties[name] = {**_type(annotation, {known: {} for known in classes}), "description": text}
        if whole and not has_default and "NotRequired" not in ast.dump(annotation):
            required.append(name)
    return {"type": "object", "properties": properties, "required": required}


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr, bool, str]]:
    """Each annotated field and property, whether it has a default, and the text below it."""
    for place, statement in enumerate(node.body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            following = node.body[place + 1] if place + 1 < len(node.body) else None
            text = ""
            if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                text = str(following.value.value) if isinstance(following.value.value, str) else ""
            if not statement.target.id.startswith("_"):
                yield statement.target.id, statement.annotation, statement.value is not None, text
        elif isinstance(statement, ast.FunctionDef) and _is_property(statement) and statement.returns is not None:
            yield statement.name, statement.returns, False, ast.get_docstring(statement) or ""


def _is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(_name(d) in {"property", "cached_property", "setter"} for d in node.decorator_list)


# Annotations -------------------------------------------------------------------------------------------------------


def _type(node: ast.expr | None, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """An annotation as JSON Schema; what is not understood is any object."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):  # a quoted annotation
        try:
            return _type(ast.parse(node.value, mode="eval").body, schemas)
        except SyntaxError:
            return {"type": "object"}
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return {} if node is not None else {"type": "string"}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right], schemas)
    name = _name(node)
    if isinstance(node, ast.Subscript):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Literal":
            return {"type": "string", "enum": [str(e.value) for e in inner if isinstance(e, ast.Constant)]}
        if name in {"Optional", "Union"}:
            return _union(inner, schemas)
        if name in _LISTS:
            return {"type": "array", "items": _type(inner[0], schemas)}
        if name in _THROUGH:
            return _type(inner[-1] if name == "Coroutine" else inner[0], schemas)
        return {"type": "object"} if name in _PLAIN else {"$ref": name} if name in schemas else {"type": "object"}
    if name in schemas:
        return {"$ref": name}
    if name in _DATES:
        return {"type": "string", "format": _DATES[name]}
    if name in _LISTS:
        return {"type": "array"}
    return {"type": _PLAIN.get(name, "object")}


def _union(parts: list[ast.expr], schemas: Mapping[str, Any]) -> dict[str, Any]:
    read = [_type(p, schemas) for p in parts if not (isinstance(p, ast.Constant) and p.value is None)]
    read = [r for r in read if r]
    return read[0] if len(read) == 1 else {"anyOf": read} if read else {}


def _name(node: ast.expr) -> str:
    """The last word of `typing.Optional[...]`, `dt.date`, `property`."""
    if isinstance(node, ast.Subscript | ast.Call):
        return _name(node.value if isinstance(node, ast.Subscript) else node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
