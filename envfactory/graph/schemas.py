"""Tools that are only described: read from JSON as MCP, OpenAI and API catalogues write it, made ready for linking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from envfactory.environment.session import SEPARATOR
from envfactory.environment.spec import Effect, Role
from envfactory.errors import EnvFactoryError
from envfactory.graph.graph import Input, ToolNode
from envfactory.graph.shape import NOISE, VERBS, Leaf, is_page_token, leaves, parameter_leaf
from envfactory.graph.words import HANDLES, split
from envfactory.messages import as_list, as_object

_READS = frozenset({"get", "list", "search"})
_FILLER = frozenset(
    [
        "api",
        "by",
        "for",
        "of",
        "the",
        "a",
        "an",
        "in",
        "on",
        "with",
        "and",
        "to",
        "from",
        "data",
        "detail",
        "info",
        "information",
        "result",
        "all",
        "using",
        "via",
    ]
)
_TYPES = {"float": "number", "double": "number", "int": "integer", "str": "string", "text": "string", "list": "array"}
_SWITCH = frozenset({"sort", "order", "page", "limit", "offset", "format", "lang", "language"})


@dataclass(frozen=True)
class ToolText:
    """A tool known by its description alone: nothing of it can be called."""

    name: str
    environment: str
    """The service it belongs to; tools of one service may share identifiers."""
    description: str
    input_schema: dict[str, Any]
    """JSON Schema of an object: what it takes."""
    output_schema: dict[str, Any]
    """JSON Schema of what it gives; empty when nobody says."""
    endpoint: str = ""
    """The path of the operation, when there is one: documentation names tools by it, too."""
    writes: bool | None = None
    """Whether it changes anything; None leaves it to the verb in its name."""


def described(environment: str, tools: Iterable[Mapping[str, Any]]) -> tuple[ToolText, ...]:
    """The tools of one service from JSON descriptions, in the order of their names.

    Understood are MCP (`inputSchema`, `outputSchema`, `annotations.readOnlyHint`;
    https://modelcontextprotocol.io/specification), OpenAI functions (`function.parameters`;
    https://platform.openai.com/docs/guides/function-calling) and catalogues that list `query_parameters` and
    `output_parameters` by name. Raises EnvFactoryError for a tool without a name and for two of one name.
    """
    found: dict[str, ToolText] = {}
    for number, given in enumerate(tools):
        item = {**as_object(given), **as_object(given.get("function"))}
        name = item.get("name")
        if not isinstance(name, str) or not name:
            raise EnvFactoryError(f"tool {number + 1} of {environment} has no name; give each tool a `name`")
        if name in found:
            raise EnvFactoryError(f"{environment} has two tools called {name!r}; give each another name")
        hint = as_object(item.get("annotations")).get("readOnlyHint")
        found[name] = ToolText(
            name=name,
            environment=environment,
            description=str(item.get("description") or ""),
            input_schema=_schema(item, "inputSchema", "input_schema", "parameters", "query_parameters"),
            output_schema=_schema(item, "outputSchema", "output_schema", "returns", "output_parameters"),
            endpoint=str(item.get("endpoint") or ""),
            writes=not hint if isinstance(hint, bool) else None,
        )
    return tuple(found[name] for name in sorted(found))


def text_node(tool: ToolText) -> ToolNode:
    """The tool as a node; effect and roles are guessed from names, for nothing declares them."""
    words = split(tool.name)
    verbs: list[Effect] = [VERBS[word] for word in words if word in VERBS]
    guessed = bool(verbs) and verbs[0] not in _READS
    writes = guessed if tool.writes is None else tool.writes
    plain: Effect = "action" if writes else "get"
    effect = verbs[0] if verbs and (verbs[0] in _READS) != writes else plain
    about = subject(tool)
    required = {str(name) for name in as_list(tool.input_schema.get("required"))}
    inputs = tuple(
        _input(str(name), as_object(schema), name in required, about, writes)
        for name, schema in as_object(tool.input_schema.get("properties")).items()
    )
    return ToolNode(
        name=f"{tool.environment}{SEPARATOR}{tool.name}",
        environment=tool.environment,
        writes=writes,
        effect=effect,
        entity=about,
        inputs=inputs,
    )


def subject(tool: ToolText) -> str:
    """What a tool is about: the words of its name without verbs, filler and its service's own name."""
    own = set(split(tool.environment))
    words = [word for word in split(tool.name) if word not in VERBS and word not in _FILLER]
    return "_".join(dict.fromkeys([word for word in words if word not in own] or words))


def text_gives(item: ToolNode, tool: ToolText) -> tuple[Leaf, ...]:
    """Every plain value in what the tool gives; what only comes back as it was given is marked."""
    taken = {tuple(sorted(split(given.name))) for given in item.inputs}
    found = {leaf.path: leaf for leaf in leaves(item, tool.output_schema, mixed=True)}
    kept = [leaf for leaf in found.values() if not is_page_token(leaf.name) and leaf.name.lower() not in NOISE]
    return tuple(leaf.marked(echo=tuple(sorted(split(leaf.name))) in taken, main=len(kept) <= 3) for leaf in kept)


def text_takes(item: ToolNode, tool: ToolText) -> tuple[Leaf, ...]:
    """Every parameter that a value of another tool may fill."""
    properties = as_object(tool.input_schema.get("properties"))
    found: list[Leaf] = []
    for given in item.inputs:
        schema = as_object(properties[given.name])
        if given.role in {"page_token", "page_size", "sort", "option"} or schema.get("type") == "boolean":
            continue
        found.append(parameter_leaf(item, given.name, schema))
    return tuple(found)


def _schema(item: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The first of the schemas named that is there, as JSON Schema."""
    for name in names:
        given = as_object(item.get(name))
        if given:
            return _regular(given, named=name.endswith("_parameters"))
    return {}


def _regular(schema: dict[str, Any], *, named: bool = False) -> dict[str, Any]:
    """A schema in one spelling: type names as JSON Schema has them, a mapping of names as an object."""
    if named:
        properties = {str(name): as_object(value) for name, value in schema.items()}
        required = [name for name, value in properties.items() if value.get("required") is True]
        return {
            "type": "object",
            "properties": {name: _regular(value) for name, value in properties.items()},
            "required": required,
        }
    kept = {name: value for name, value in schema.items() if name not in {"properties", "items", "type", "enum"}}
    several = [str(one) for one in as_list(schema.get("type")) if one != "null"]
    kind = several[0] if several else schema.get("type")
    known = re.split(r"[^a-z]", str(kind or "").lower())[0]
    if known:
        kept["type"] = _TYPES.get(known, known)
    choices = as_list(schema.get("enum")) or as_list(schema.get("allowed_values"))
    if choices:
        kept["enum"] = choices
    properties = as_object(schema.get("properties"))
    if properties:
        kept["type"] = "object"
        kept["properties"] = {str(name): _regular(as_object(value)) for name, value in properties.items()}
    items = as_object(schema.get("items"))
    if items:
        kept["type"] = "array"
        inside = items if "type" in items or "properties" in items else {"type": "object", "properties": items}
        kept["items"] = _regular(inside)
    return kept


def _input(name: str, schema: dict[str, Any], required: bool, about: str, writes: bool) -> Input:
    words = split(name)
    role: Role = "value" if writes else "filter"
    entity = ""
    if is_page_token(name):
        role = "page_token"
    elif not required and (set(words) & _SWITCH or schema.get("enum")):
        role = "option" if "sort" not in words else "sort"
    elif words[-1] in HANDLES:
        entity = "_".join(words[:-1]) or about
        role = "key" if set(words[:-1]) <= set(about.split("_")) else "reference"
    return Input(
        name=name,
        type=str(schema.get("type", "string")),
        required=required,
        role=role,
        entity=entity,
        asked=not entity and role != "page_token",
    )
