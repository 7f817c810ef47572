"""A tool is a typed method: its signature is the schema, its docstring is what the agent reads."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic.json_schema import GenerateJsonSchema

from envfactory.environment.entropy import rfc3339, utc
from envfactory.errors import ToolError

Method = TypeVar("Method", bound=Callable[..., Any])


def _decode(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


FromJson = BeforeValidator(_decode)
"""For a field whose column holds a list or object as JSON text: `Annotated[list[str] | None, FromJson]`."""


def _instant(text: str) -> str:
    return rfc3339(utc(text))


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


DateTime = Annotated[str, AfterValidator(_instant), Field(json_schema_extra={"format": "date-time"})]
"""For a parameter: RFC 3339 text with a time zone, given to the method as `Environment.timestamp` writes it."""
Date = Annotated[str, AfterValidator(_day), Field(json_schema_extra={"format": "date"})]
"""For a parameter: a day as `2026-03-02`."""


def Key(entity: str, description: str = "", **extra: Any) -> Any:
    """For a parameter or field that names an entity: `TaskId = Annotated[str, Key("task", "Task identifier.")]`."""
    return Field(description=description or f"The id of a {entity}.", json_schema_extra={"x-entity": entity}, **extra)


def tool(*, writes: bool = False, name: str | None = None) -> Callable[[Method], Method]:
    """Make a method a tool; `writes` says whether it may change rows, `name` replaces the method's own."""

    def mark(method: Method) -> Method:
        method.__tool__ = {"writes": writes, "name": name or method.__name__}  # type: ignore[attr-defined]
        return method

    return mark


class _Inlined(GenerateJsonSchema):
    """JSON Schema without titles, which only repeat the names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@dataclass(frozen=True)
class Tool:
    """One action an agent can take in an environment."""

    name: str
    description: str
    writes: bool
    input_schema: dict[str, Any]
    """JSON Schema of the arguments; `x-entity` marks the ids of entities."""
    output_schema: dict[str, Any]
    """JSON Schema of the result."""
    method: str
    arguments: type[BaseModel]
    result: TypeAdapter[Any]

    @staticmethod
    def of(method: Callable[..., Any], *, schemas: bool = True) -> Tool:
        """The tool a marked method describes; raises TypeError for a method without full annotations or docstring.

        Without `schemas` both are empty: a worker that is only called saves the memory that making them takes.
        """
        marked: dict[str, Any] = method.__tool__  # type: ignore[attr-defined]
        hints = get_type_hints(method, include_extras=True)
        fields: dict[str, Any] = {}
        for parameter in list(inspect.signature(method).parameters.values())[1:]:
            if parameter.name not in hints:
                raise TypeError(f"tool {method.__name__}: parameter {parameter.name} has no type")
            default = ... if parameter.default is parameter.empty else parameter.default
            # A Python keyword cannot name a parameter: `from_` stands for the API's `from`.
            alias = parameter.name.rstrip("_")
            hint = hints[parameter.name]
            fields[parameter.name] = (Annotated[hint, Field(alias=alias)] if alias != parameter.name else hint, default)
        if "return" not in hints or not (method.__doc__ or "").strip():
            raise TypeError(f"tool {method.__name__} needs a return type and a docstring")
        config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=False)
        arguments = create_model(f"{method.__name__}_arguments", __config__=config, **fields)
        result: TypeAdapter[Any] = TypeAdapter(hints["return"])
        taken: dict[str, Any] = {}
        given: dict[str, Any] = {}
        if schemas:
            taken = _tidy(arguments.model_json_schema(schema_generator=_Inlined))
            given = _tidy(_may_lack_nulls(result.json_schema(schema_generator=_Inlined, mode="serialization")))
        return Tool(
            name=marked["name"],
            description=inspect.cleandoc(method.__doc__ or ""),
            writes=marked["writes"],
            input_schema=taken,
            output_schema=given,
            method=method.__name__,
            arguments=arguments,
            result=result,
        )

    def parse(self, arguments: Any) -> dict[str, Any]:
        """The method's keyword arguments; raises ToolError when `arguments` do not fit the schema."""
        try:
            parsed = self.arguments.model_validate(arguments)
        except ValidationError as error:
            raise ToolError(explain(error), code="invalid_arguments") from None
        values = {name: getattr(parsed, name) for name in type(parsed).model_fields}
        for name, value in values.items():
            if not _storable(value):
                raise ToolError(f"{name.rstrip('_')}: no service can keep this value", code="invalid_arguments")
        return values

    def render(self, value: Any) -> Any:
        """The JSON value an agent reads; raises ValidationError when the method's result does not fit its type."""
        parsed = self.result.validate_python(value, from_attributes=True)
        return self.result.dump_python(parsed, mode="json", exclude_none=True, by_alias=True)


def _storable(value: Any) -> bool:
    """Whether a database can hold it: integers of 64 bits, finite numbers, text that is Unicode all through."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict | list):
        try:
            json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        except ValueError:
            return False
    return True


def explain(error: ValidationError) -> str:
    """A validation error in one line that names each argument at fault."""
    parts: list[str] = []
    for item in error.errors(include_url=False, include_context=False):
        where = ".".join(str(step) for step in item["loc"]) or "the arguments"
        text = {"extra_forbidden": "there is no such argument", "missing": "is required"}.get(item["type"], item["msg"])
        parts.append(f"{where}: {text}")
    return "; ".join(dict.fromkeys(parts))


def _may_lack_nulls(node: Any) -> Any:
    """`render` leaves fields without a value out: they are not required, whatever pydantic says of their type."""
    if isinstance(node, list):
        return [_may_lack_nulls(item) for item in node]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(node, dict):
        return node
    item: dict[str, Any] = {name: _may_lack_nulls(value) for name, value in node.items()}  # pyright: ignore
    if isinstance(item.get("properties"), dict) and isinstance(item.get("required"), list):
        fields: dict[str, Any] = item["properties"]
        item["required"] = [n for n in item["required"] if {"type": "null"} not in fields.get(n, {}).get("anyOf", [])]
    return item


def _tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """Put `$defs` in place, drop titles, say `{"type": "string"}` instead of "string or null" for optional input."""
    definitions: dict[str, Any] = schema.pop("$defs", {})

    def walk(node: Any, depth: int) -> Any:
        if isinstance(node, list):
            return [walk(item, depth) for item in node]  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(node, dict):
            return node
        item: dict[str, Any] = dict(node)  # pyright: ignore[reportUnknownArgumentType]
        if "$ref" in item:
            if depth > 8:
                return {"type": "object"}  # a type that contains itself
            target = definitions[item.pop("$ref").rsplit("/", 1)[1]]
            return walk({**target, **item}, depth + 1)
        if isinstance(item.get("title"), str):
            item.pop("title")
        options = [option for option in item.get("anyOf", []) if option != {"type": "null"}]
        if len(options) == 1 and len(item["anyOf"]) == 2:
            item.pop("anyOf")
            if item.get("default", ...) is None:
                item.pop("default")
            return walk({**options[0], **item}, depth)
        if isinstance(item.get("properties"), dict):
            item["properties"] = {name: walk(value, depth) for name, value in item["properties"].items()}
        return {name: value if name == "properties" else walk(value, depth) for name, value in item.items()}

    return walk(schema, 0)
