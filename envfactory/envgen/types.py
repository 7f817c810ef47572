"""`entities.py` from a contract: the types of ids, choices, rows and pages."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, cast

from envfactory.envgen.layout import WIDTH, Code, Text, docstring, exploded, flat, group, lay, literal, plain, row
from envfactory.envgen.plan import Plan, Shape, field_name
from envfactory.environment.spec import IDENTIFIER, Attribute, Entity, Parameter

_MODULES: dict[str, Sequence[str]] = {
    "typing": ("Annotated", "Any", "Literal", "NotRequired"),
    "pydantic": ("BaseModel", "Field"),
    "typing_extensions": ("TypedDict",),
    "envfactory.environment.tool": ("Date", "DateTime", "FromJson", "Key"),
}
_OUTSIDE = ("pydantic", "typing_extensions")
PYTHON = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


def entities_py(plan: Plan) -> str:
    """The text of `entities.py`."""
    body: list[str] = []
    for entity in plan.spec.entities:
        body += _id_type(plan, entity)
    for entity in plan.spec.entities:
        for attribute in entity.attributes:
            if (entity.name, attribute.name) in plan.choices:
                values = [literal(value) for value in plan.allowed(entity, attribute)]
                name = plan.choices[entity.name, attribute.name]
                body += lay(row(f"{name} = ", group("Literal[", values, "]")), "")
    for name, parts in plan.shapes.items():
        body += ["", "", *_shape(plan, name, parts)]
    for entity in plan.spec.entities:
        body += ["", "", f"class {plan.classes[entity.name]}(BaseModel):"]
        body += docstring(f"One {plain(plan.word(entity))}.", "    ")
        fields = [line for a in entity.attributes if not a.internal for line in _field(plan, entity, a)]
        body += ["", *fields]
    for name, tool in dict(plan.pages.values()).items():
        cls = plan.classes[tool.entity]
        word = plain(plan.word(plan.spec.entity(tool.entity)))
        body += ["", "", f"class {name}(BaseModel):"]
        body += docstring(f"A page of a list, each item one {word}.", "    ")
        body += ["", *_plain_field(plan, tool.envelope, f"list[{cls}]", optional=False)]
        if tool.next_page:
            text = "The token of the next page; absent on the last."
            body += _plain_field(plan, tool.next_page, "str", optional=True, description=text)
    title = plain(plan.spec.title)
    head = docstring(f"Ids, rows and pages of {title}: compiled from spec.json by EnvFactory.", "")
    head += ["", "from __future__ import annotations", "", *imports("\n".join(body), _MODULES), ""]
    return "\n".join(head + body).rstrip() + "\n"


def imports(body: str, modules: dict[str, Sequence[str]]) -> list[str]:
    """The import lines for the names that `body` uses, in the formatter's order; `modules` in that order too."""
    used = names_in(body)
    lines: list[str] = []
    last = ""
    for module, names in modules.items():
        wanted = sorted({name for name in names if name in used}, key=_import_order)
        if not wanted:
            continue
        section = "outside" if module in _OUTSIDE else module.split(".", maxsplit=1)[0]
        if lines and section != last:
            lines.append("")
        last = section
        line = f"from {module} import {', '.join(wanted)}"
        lines += [line] if len(line) <= WIDTH else [f"from {module} import (", *(f"    {n}," for n in wanted), ")"]
    return lines


def names_in(code: str) -> set[str]:
    """The names that Python code uses, outside its strings."""
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}


def _import_order(name: str) -> tuple[bool, str]:
    return name[0].islower(), name


def _id_type(plan: Plan, entity: Entity) -> list[str]:
    key = entity.attribute(entity.key)
    word = plain(plan.word(entity))
    text = plain(key.description) or f"The {entity.key} of one {word}."
    code = group("Annotated[", [PYTHON[key.type], group("Key(", [literal(entity.name), Text(text)], ")")], "]")
    return lay(row(f"{plan.id_types[entity.name]} = ", code), "")


def _shape(plan: Plan, name: str, shape: Shape) -> list[str]:
    """A class for an object that callers give; what it does not name is refused, as for arguments."""
    lines = [f"class {name}(TypedDict{'' if shape.needed else ', total=False'}):"]
    lines += [*docstring(f"{shape.what[:1].upper()}{shape.what[1:]}, as a caller gives it.", "    "), ""]
    for key, schema in shape.parts.items():
        kind: Code = _part(plan, schema)
        text = plain(str(schema.get("description") or ""))
        if text:
            kind = group("Annotated[", [kind, group("Field(", [row("description=", Text(text))], ")")], "]")
        if shape.needed and key not in shape.needed:
            kind = group("NotRequired[", [kind], "]", single=True)
        lines += lay(row(f"{key}: ", kind), "    ")
    return lines


def _part(plan: Plan, schema: dict[str, Any]) -> Code:
    known = plan.shape_of(schema)
    if known:
        return known
    kind, values = schema.get("type"), schema.get("enum")
    if kind == "array":
        items: Any = schema.get("items")
        inner = _part(plan, cast("dict[str, Any]", items)) if isinstance(items, dict) else "Any"
        return group("list[", [inner], "]")
    if kind == "string" and isinstance(values, list | tuple) and values:
        choices = cast("Sequence[object]", values)
        if all(isinstance(value, str) for value in choices):
            return group("Literal[", [literal(value) for value in choices], "]")
    if kind == "string" and schema.get("format") in ("date-time", "date"):
        return "DateTime" if schema["format"] == "date-time" else "Date"
    return PYTHON.get(str(kind), "dict[str, Any]" if kind == "object" else "Any")


def given(plan: Plan, parameter: Parameter) -> Code:
    """The Python type of what a caller gives: with the parts of objects, where the contract names them."""
    schema = parameter.items or {}
    if parameter.type == "object":
        return plan.shape_of(schema) or "dict[str, Any]"
    inner = plan.shape_of(schema) if parameter.type == "array" else ""
    return f"list[{inner}]" if inner else held(parameter)


def held(attribute: Attribute | Parameter) -> str:
    """The Python type of a value, without its choices: `list[str]`, `dict[str, Any]`."""
    if attribute.type == "array":
        inner: Any = (attribute.items or {}).get("type")
        return f"list[{PYTHON.get(inner, 'dict[str, Any]' if inner == 'object' else 'Any')}]"
    return PYTHON.get(attribute.type, "dict[str, Any]")


def _field(plan: Plan, entity: Entity, attribute: Attribute) -> list[str]:
    optional = not plan.present(entity, attribute)
    target = plan.target(attribute)
    choice = plan.choices.get((entity.name, attribute.name))
    if attribute.name == entity.key:
        kind = plan.id_types[entity.name]
    elif attribute.type == "array" and attribute.entity:
        listed = plan.spec.entity(attribute.entity)
        kind = f"list[{plan.id_types[listed.name]}]"
    else:
        kind = plan.id_types[target.name] if target else choice or held(attribute)
    described = attribute.description if attribute.name != entity.key else ""
    extra = "" if target or not attribute.format else attribute.format
    stored = attribute.type in {"object", "array"}
    return _plain_field(plan, attribute.name, kind, optional=optional, description=described, form=extra, stored=stored)


def _plain_field(
    plan: Plan, name: str, kind: str, *, optional: bool, description: str = "", form: str = "", stored: bool = False
) -> list[str]:
    python = f"{name}_" if name in plan.type_names else field_name(name)
    alias = name if python != name else ""
    whole = f"{kind} | None" if optional else kind
    typed: Code = group("Annotated[", [whole, "FromJson"], "]") if stored else whole
    options: list[Code] = []
    if alias:
        options.append(f"alias={literal(alias)}")
    if plain(description):
        options.append(row("description=", Text(plain(description))))
    if form:
        options.append(f'json_schema_extra={{"format": {literal(plain(form))}}}')
    if optional:
        options = ["default=None", *options] if options else []
    if not options:
        return lay(row(f"{python}: ", typed, " = None" if optional else ""), "    ")
    line = row(f"{python}: ", typed, " = ", group("Field(", options, ")"))
    if len(flat(line)) + 4 > WIDTH:
        made = exploded(group("Field(", options, ")"), "    ")
        return [f"    {python}: {flat(typed)} = {made[0].strip()}", *made[1:]]
    return lay(line, "    ")


def is_name(text: str) -> bool:
    """Whether a property of an envelope can be a field."""
    return IDENTIFIER.fullmatch(text) is not None and not text.endswith(("\n", "_"))
