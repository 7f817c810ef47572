"""What tools take and what they give, read from their schemas and, where there is one, from the contract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from envfactory.environment.environment import Environment
from envfactory.environment.session import SEPARATOR
from envfactory.environment.spec import Effect, EnvSpec, Parameter, Role
from envfactory.environment.tool import Tool
from envfactory.graph.graph import Input, ToolNode
from envfactory.graph.words import split

_VERBS: tuple[tuple[Effect, str], ...] = (
    ("get", "get read show fetch describe view retrieve"),
    ("list", "list browse"),
    ("search", "search find query lookup"),
    ("create", "create insert add new book send post place schedule"),
    ("update", "update patch edit set rename modify change"),
    ("delete", "delete remove cancel"),
    ("move", "move transfer reorder"),
    ("clear", "clear empty"),
)
VERBS: dict[str, Effect] = {verb: effect for effect, verbs in _VERBS for verb in verbs.split()}
"""What a tool does, by the first verb in its name."""
_NATURAL = {"email", "login", "username", "code", "symbol", "ticker", "slug", "currency", "iata", "handle", "domain"}
"""Names of keys that people say: an airport's code, a share's symbol."""
_READABLE = re.compile(r"^[A-Za-z][A-Za-z.' -]{1,39}$|^[^@\s]+@[^@\s]+\.[a-z]+$")
NOISE = {"etag", "kind", "selflink"}
"""Values in results that say nothing about the world."""


@dataclass(frozen=True)
class Leaf:
    """A plain value in a result, or a parameter: what the search by meaning compares."""

    tool: str
    path: str
    name: str
    type: str
    format: str
    entity: str
    """Whose key it is, when the schema says so."""
    about: str
    """The entity it describes: the tool's, or the property it stands in."""
    description: str
    choices: bool
    """One of a few fixed values."""
    declared: bool = True
    """The tool declares which of its values are keys; a tool that is only described does not."""
    main: bool = False
    """What the tool is called for: one of at most three values that it gives."""
    echo: bool = False
    """It only comes back as it was given."""

    def marked(self, *, main: bool, echo: bool) -> Leaf:
        """The same leaf of a tool that is only described."""
        return replace(self, declared=False, main=main, echo=echo)


def node(cls: type[Environment], tool: Tool) -> ToolNode:
    """A tool as a node: effect, entity and the roles of its inputs from the contract, else from names and marks."""
    effect, entity = _does(cls, tool)
    inputs = tuple(_input(cls, tool, name, schema, effect, entity) for name, schema in _properties(tool).items())
    return ToolNode(
        name=f"{cls.name}{SEPARATOR}{tool.name}",
        environment=cls.name,
        writes=tool.writes,
        effect=effect,
        entity=entity,
        inputs=inputs,
    )


def gives(item: ToolNode, tool: Tool) -> tuple[Leaf, ...]:
    """Every plain value in a tool's result; page tokens, etags and the like left out."""
    found = {leaf.path: leaf for leaf in leaves(item, tool.output_schema)}
    return tuple(leaf for leaf in found.values() if not is_page_token(leaf.name) and leaf.name.lower() not in NOISE)


def takes(item: ToolNode, tool: Tool) -> tuple[Leaf, ...]:
    """Every input that a value of another tool may fill by name or meaning: no internal ids, no paging, no switches."""
    found: list[Leaf] = []
    for given in item.inputs:
        schema = _properties(tool)[given.name]
        inner = _inner(schema)
        if (given.entity and not given.asked) or given.role in {"page_token", "page_size", "sort", "option"}:
            continue
        if inner.get("type") in {"string", "integer", "number"}:
            found.append(_leaf(item, given.name, given.name, {**inner, **_said(schema)}, item.entity))
    return tuple(found)


def _does(cls: type[Environment], tool: Tool) -> tuple[Effect, str]:
    if cls.spec is not None:
        for item in cls.spec.tools:
            if item.name == tool.name:
                return item.effect, item.entity
    verbs: list[Effect] = [VERBS[word] for word in split(tool.name) if word in VERBS]
    plain: Effect = "action" if tool.writes else "get"
    effect: Effect = verbs[0] if verbs else plain
    if tool.writes == (effect in {"get", "list", "search"}):
        effect = plain  # the name says one thing and the mark another: the mark is enforced
    marks = sorted(_marks(tool.output_schema, ""), key=lambda mark: (mark[0].count("."), len(mark[0])))
    keyed = [m for m in marks if m[0].split(".")[-1] in {"id", "*", "", f"{m[1]}_id"}]
    taken = [mark for schema in _properties(tool).values() if (mark := _mark(schema))]
    return effect, next(iter([m[1] for m in keyed or marks]), taken[-1] if taken else "")


def _input(
    cls: type[Environment], tool: Tool, name: str, schema: dict[str, Any], effect: Effect, subject: str
) -> Input:
    required = name in tool.input_schema.get("required", [])
    entity = _mark(schema)
    role: Role | None = None
    usual, either = False, ""
    if cls.spec is not None:
        for item in cls.spec.tools:
            for parameter in item.parameters if item.name == tool.name else ():
                if parameter.name == name:
                    role, entity, usual = parameter.role, parameter.entity or entity, parameter.usual
                    either = parameter.either
    if role is None:
        role = _guess(name, entity, effect, subject, tool)
    words = split(name)
    if not entity and cls.spec is None and words[-1] == "id" and role == "value":
        entity = "_".join(words[:-1]) or subject  # an id nobody marked is still no word of the user's
        role = "key" if entity == subject else "reference"
    if entity and role not in {"key", "scope"}:
        role = "reference"
    if not entity and role in {"key", "scope", "reference"}:
        role = "value"
    asked = role != "page_token" if not entity else _people_say(cls, entity, schema) and not _along(cls, tool, name)
    return Input(
        name=name,
        type=str(schema.get("type", "string")),
        required=required,
        role=role,
        entity=entity,
        asked=asked,
        usual=usual and role == "reference" and not required,
        either=either if role == "reference" and not required else "",
        repeats=tuple(p.field for p in _along(cls, tool, name) if p.required and p.field),
    )


def _guess(name: str, entity: str, effect: Effect, subject: str, tool: Tool) -> Role:
    words = split(name)
    if is_page_token(name):
        return "page_token"
    if entity:
        first = next(n for n, s in _properties(tool).items() if _mark(s) == entity)
        if entity == subject and effect != "create":
            return "key" if name == first else "reference"
        required = name in tool.input_schema.get("required", [])
        return "scope" if required and name == first else "reference"
    if {"limit", "max", "per"} & set(words) and {"limit", "page", "result", "size"} & set(words):
        return "page_size"
    if tool.writes:
        return "value"
    return "sort" if {"sort", "order"} & set(words) else "filter"


def _along(cls: type[Environment], tool: Tool, name: str) -> tuple[Parameter, ...]:
    """What must be repeated along with a key: whoever says its row has to look it up all the same."""
    found = next((item for item in cls.spec.tools if item.name == tool.name), None) if cls.spec else None
    return tuple(p for p in found.parameters if p.along == name) if found else ()


def _people_say(cls: type[Environment], entity: str, schema: dict[str, Any]) -> bool:
    if _inner(schema).get("format") == "email":
        return True
    spec: EnvSpec | None = cls.spec
    kind = next((item for item in spec.entities if item.name == entity), None) if spec else None
    if kind is None:
        return False
    key = kind.attribute(kind.key)
    if kind.key == kind.label or key.format == "email" or split(kind.key)[-1] in _NATURAL:
        return True
    if key.read_only or key.type != "string" or split(kind.key)[-1] == "id":
        return False
    values = [str(row.get(kind.key)) for state in cls.states.values() for row in state.rows.get(kind.table, [])]
    return len(values) >= 3 and sum(bool(_READABLE.match(value)) for value in values) >= 0.8 * len(values)


def _properties(tool: Tool) -> dict[str, dict[str, Any]]:
    return tool.input_schema.get("properties", {})


def _inner(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a list holds, or the schema itself."""
    items: Any = schema.get("items")
    return dict(items) if schema.get("type") == "array" and isinstance(items, dict) else dict(schema)  # pyright: ignore


def _mark(schema: Mapping[str, Any]) -> str:
    """The entity whose key a parameter, or each element of it, is marked to take."""
    return str(_inner(schema).get("x-entity") or schema.get("x-entity") or "")


def _said(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": schema["description"]} if "description" in schema else {}


def is_page_token(name: str) -> bool:
    """Whether a name is that of a mark in a paged list."""
    words = set(split(name))
    return "cursor" in words or ("token" in words and bool(words & {"page", "next", "sync", "continuation"}))


def leaves(item: ToolNode, schema: Mapping[str, Any], *, mixed: bool = False) -> Iterator[Leaf]:
    """The plain values in a result of that schema; with `mixed` those of unknown type and bare lists, too."""
    return _leaves(item, schema, "", "", item.entity, mixed)


def parameter_leaf(item: ToolNode, name: str, schema: Mapping[str, Any]) -> Leaf:
    """A parameter of a tool that is only described."""
    return _leaf(item, name, name, {**_inner(schema), **_said(schema)}, item.entity).marked(main=False, echo=False)


def _leaves(item: ToolNode, schema: Mapping[str, Any], path: str, name: str, about: str, mixed: bool) -> Iterator[Leaf]:
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _leaves(item, {**_said(schema), **option}, path, name, about, mixed)
    kind = schema.get("type")
    if kind == "array" and (schema.get("items") or not mixed):
        yield from _leaves(item, {**_said(schema), **schema.get("items", {})}, _under(path, "*"), name, about, mixed)
    elif kind == "object" or "properties" in schema:
        properties: dict[str, dict[str, Any]] = schema.get("properties", {})
        inside = name if name and name not in {"items", "results", "data"} else about
        if mixed and inside == name:  # what a tool is about helps to read what nobody declared
            inside = f"{item.entity}_{name}".strip("_")
        for key, value in properties.items():
            yield from _leaves(item, value, _under(path, key), key, inside, mixed)
    elif kind in {"string", "integer", "number"} or (mixed and path and kind not in {"boolean", "null"}):
        yield _leaf(item, path, name, schema, about)


def _leaf(item: ToolNode, path: str, name: str, schema: Mapping[str, Any], about: str) -> Leaf:
    return Leaf(
        tool=item.name,
        path=path,
        name=name or item.entity,
        type=str(schema.get("type", "")),
        format=str(schema.get("format", "")),
        entity=str(schema.get("x-entity", "")),
        about=about,
        description=str(schema.get("description", "")),
        choices="enum" in schema or "const" in schema,
    )


def _marks(schema: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(schema, dict):
        item: dict[str, Any] = dict(schema)  # pyright: ignore[reportUnknownArgumentType]
        if "x-entity" in item:
            yield path, str(item["x-entity"])
        for key, value in item.get("properties", {}).items():
            yield from _marks(value, _under(path, key))
        yield from _marks(item.get("items"), _under(path, "*"))
        for option in (*item.get("anyOf", ()), *item.get("oneOf", ())):
            yield from _marks(option, path)


def _under(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
