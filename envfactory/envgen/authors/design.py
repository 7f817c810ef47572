"""Designer: documentation becomes a contract, in three steps: things, tools, rules. Small answers, each checked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field, JsonValue, ValidationError

from envfactory.envgen.authors.author import Author
from envfactory.envgen.authors.house import REFUSALS, TOOLS
from envfactory.envgen.authors.shown import signature, things
from envfactory.envgen.compile import compile
from envfactory.environment.spec import (
    IDENTIFIER,
    Attribute,
    Domain,
    Effect,
    Entity,
    EnvSpec,
    Operator,
    Parameter,
    Role,
    Rule,
    Source,
    ToolSpec,
)
from envfactory.errors import SpecError

Type = Literal["string", "integer", "number", "boolean", "object", "array"]
Held = Literal["string", "integer", "number", "boolean", "object"]


class AttributeDraft(BaseModel, frozen=True, extra="forbid"):
    """One property of a thing."""

    name: str
    type: Type
    description: str
    required: bool = Field(default=False, description="Present in every row.")
    read_only: bool = Field(default=False, description="Set by the service, never by a caller.")
    enum: list[str] = Field(default_factory=list[str], description="The only values, for states and kinds.")
    format: Literal["", "date", "date-time", "email", "uri"] = ""
    items: Held | None = Field(default=None, description="For an array: what it holds.")
    default: JsonValue = None
    refers_to: str = Field(default="", description="The thing whose id this holds.")
    examples: list[JsonValue] = Field(
        default_factory=list[JsonValue],
        description="Six to twelve real-looking, different values, for every text or number that a caller sets.",
    )


class EntityDraft(BaseModel, frozen=True, extra="forbid"):
    """One kind of thing: one table."""

    name: str = Field(description="singular, snake_case")
    plural: str
    key: str = Field(default="id", description="The attribute that identifies it: opaque, set by the service.")
    label: str = Field(description="The attribute people name it by, such as title or name; empty if there is none.")
    lives_in: str = Field(default="", description="The thing it belongs to and is deleted with; empty if none.")
    attributes: list[AttributeDraft] = Field(min_length=2)


class Things(BaseModel, frozen=True, extra="forbid"):
    """All kinds of things."""

    entities: list[EntityDraft] = Field(min_length=1, max_length=6)


class ParameterDraft(BaseModel, frozen=True, extra="forbid"):
    """One argument of a tool."""

    name: str
    type: Type
    description: str
    required: bool = False
    role: Role
    entity: str = Field(default="", description="For key, scope and reference: whose id it takes.")
    field: str = Field(default="", description="For value and filter (and scope): the attribute it is about.")
    operator: Operator | None = Field(default=None, description="For filter.")
    format: Literal["", "date", "date-time", "email", "uri"] = ""
    items: Held | None = Field(default=None, description="For an array: what it holds.")
    minimum: float | None = None
    maximum: float | None = None
    enum: list[str] = Field(default_factory=list[str])
    default: JsonValue = None
    phrase: str = Field(default="", description="How a person says it, {} for the value: `due {}`, `for {} people`.")


class ToolDraft(BaseModel, frozen=True, extra="forbid"):
    """One tool."""

    name: str = Field(description="snake_case, verb first or thing first, the same way for all: book_room")
    description: str = Field(description="One or two sentences an agent reads.")
    effect: Effect
    entity: str
    parameters: list[ParameterDraft] = Field(default_factory=list[ParameterDraft])
    returns: Literal["one", "many", "nothing", "other"] = "one"
    sets: dict[str, JsonValue] = Field(
        default_factory=dict,
        description='For an action: what it writes, `{"state": "cancelled", "closed_at": "$now"}`.',
    )
    requires: dict[str, list[JsonValue]] = Field(
        default_factory=dict, description='For an action: values the row must have before, `{"state": ["open"]}`.'
    )
    phrases: list[str] = Field(
        default_factory=list[str],
        description="Two or three ways a person asks for it: `book {room} for {guest}[ from {start}]`.",
    )


class Tools(BaseModel, frozen=True, extra="forbid"):
    """All tools."""

    tools: list[ToolDraft] = Field(min_length=TOOLS[0], max_length=TOOLS[1])


class RuleDraft(BaseModel, frozen=True, extra="forbid"):
    """One checkable sentence."""

    text: str
    tools: list[str] = Field(min_length=1)
    where: str = Field(description="The heading of the documentation that says it.")


class Rules(BaseModel, frozen=True, extra="forbid"):
    """All rules."""

    rules: list[RuleDraft] = Field(min_length=4, max_length=60)


async def design(
    author: Author,
    text: str,
    *,
    name: str,
    title: str,
    domain: Domain,
    description: str,
    source: Source,
) -> EnvSpec:
    """The contract that documentation describes; raises Rejected."""
    page = f"Documentation of {title}:\n\n{text}"
    kinds = await author.answer("designer", "things", Things, page, check=_check_things)
    entities = tuple(_entity(draft, kinds.entities) for draft in kinds.entities)
    kept = EnvSpec(
        name=name, title=title, domain=domain, description=description, sources=(source,), entities=entities, tools=()
    )

    def check_tools(tools: Tools) -> list[str]:
        return _check_tools(tools, name, title, domain, description, source, entities)

    tools = await author.answer("designer", "tools", Tools, f"{page}\n\nThings:\n\n{things(kept)}", check=check_tools)
    spec = _spec(name, title, domain, description, source, entities, tools.tools)
    return spec.model_copy(update={"rules": await rules_for(author, spec, page)})


async def rules_for(author: Author, spec: EnvSpec, page: str = "") -> tuple[Rule, ...]:
    """The checkable sentences about a contract's tools; raises Rejected.

    `page` is what documents them beyond their own descriptions.
    """
    tools = "\n".join(_with_state(tool, signature(spec, tool)) for tool in spec.tools)
    context = "\n\n".join([*([page] if page else []), f"Tools:\n\n{tools}", f"Things:\n\n{things(spec)}"])
    known = {tool.name for tool in spec.tools}

    def check(rules: Rules) -> Iterable[str]:
        for rule in rules.rules:
            yield from (f"rule {rule.text!r}: there is no tool {tool!r}" for tool in rule.tools if tool not in known)
            if _REFUSED.search(rule.text) and not any(code in rule.text for code in REFUSALS):
                yield f"rule {rule.text!r}: end it with the code of the refusal, in brackets"

    rules = await author.answer("designer", "rules", Rules, context, check=check)
    return tuple(Rule(text=rule.text, tools=tuple(rule.tools), where=rule.where) for rule in rules.rules)


_REFUSED = re.compile(r"(?<!not )(?<!never )\brefuse[sd]\b")
"""A sentence that promises a refusal."""


def _with_state(tool: ToolSpec, text: str) -> str:
    """A signature, and what the contract says of the state before and after."""
    before = "; ".join(f"{name} {' or '.join(map(str, values))}" for name, values in tool.requires.items())
    after = "; ".join(f"{name} to {value}" for name, value in tool.sets.items())
    needs = f"\n  needs {before}, else it is refused (failed_precondition)" if before else ""
    return f"{text}{needs}" + (f"\n  sets {after}" if after else "")


def prose_source(text: str, *, title: str, url: str = "", file: str = "", licence: str = "not stated") -> Source:
    """A page of prose, or a sentence, as a source."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Source(kind="prose", title=title, url=url, file=file, sha256=digest, licence=licence)


def _entity(draft: EntityDraft, all_: Sequence[EntityDraft]) -> Entity:
    keys = {entity.name: entity.key for entity in all_}
    attributes = [
        Attribute(
            name=a.name,
            type=a.type,
            description=a.description,
            required=a.required or a.name == draft.key,
            read_only=a.read_only or a.name == draft.key,
            enum=tuple(a.enum),
            format=a.format,
            default=a.default,
            entity=a.refers_to if a.name != draft.key else "",
            items={"type": a.items} if a.type == "array" and a.items else None,
            examples=tuple(a.examples),
            volatile=a.read_only and a.format == "date-time" and a.name.startswith(("updated", "modified")),
        )
        for a in draft.attributes
    ]
    if draft.key not in {a.name for a in attributes}:
        attributes.insert(0, Attribute(name=draft.key, type="string", required=True, read_only=True))
    scope = ""
    if draft.lives_in:
        held = [a.name for a in attributes if a.entity == draft.lives_in]
        scope = held[0] if held else f"{draft.lives_in}_{keys.get(draft.lives_in, 'id')}"
        if not held:
            attributes.insert(1, Attribute(name=scope, type="string", required=True, entity=draft.lives_in))
    table = draft.plural.lower().replace(" ", "_") or f"{draft.name}s"
    return Entity(
        name=draft.name, plural=draft.plural, table=table, key=draft.key, label=draft.label, scope=scope,
        attributes=tuple(attributes),
    )  # fmt: skip


def _check_things(things: Things) -> Iterable[str]:
    names = [entity.name for entity in things.entities]
    for entity in things.entities:
        attributes = [a.name for a in entity.attributes]
        for name in [entity.name, entity.key, *attributes]:
            if not IDENTIFIER.match(name):
                yield f"{entity.name}: {name!r} is not an identifier"
        if entity.label and entity.label not in attributes:
            yield f"{entity.name}: its label {entity.label!r} is none of its attributes"
        if entity.lives_in and entity.lives_in not in names:
            yield f"{entity.name}: it lives in {entity.lives_in!r}, which is none of the things"
        if len(set(attributes)) < len(attributes):
            yield f"{entity.name}: two attributes have the same name"
        for attribute in entity.attributes:
            if attribute.refers_to and attribute.refers_to not in names:
                yield f"{entity.name}.{attribute.name}: {attribute.refers_to!r} is none of the things"
            wanted = attribute.type == "string" and not attribute.read_only and not attribute.refers_to
            free = wanted and not (attribute.enum or attribute.format)
            if free and attribute.name != entity.key and len(attribute.examples) < 3:
                yield f"{entity.name}.{attribute.name}: give at least six examples, as people would write them"
    if len(set(names)) < len(names):
        yield "two things have the same name"


def _check_tools(
    tools: Tools,
    name: str,
    title: str,
    domain: Domain,
    description: str,
    source: Source,
    entities: tuple[Entity, ...],
) -> list[str]:
    writers = sum(tool.effect not in {"get", "list", "search", "compute"} for tool in tools.tools)
    problems = (
        [] if writers >= 0.4 * len(tools.tools) else [f"only {writers} of {len(tools.tools)} tools change anything"]
    )
    for tool in tools.tools:
        roles = [p.role for p in tool.parameters]
        lists = tool.effect in {"list", "search"}
        if tool.effect in {"get", "update", "replace", "delete", "move", "action"} and "key" not in roles:
            problems.append(f"{tool.name}: it acts on one {tool.entity}, so it needs a parameter of role key")
        for parameter in tool.parameters:
            if parameter.role == "filter" and parameter.operator is None:
                problems.append(f"{tool.name}: the filter {parameter.name} needs an operator")
            if parameter.role == "reference" and lists:
                problems.append(f"{tool.name}: {parameter.name} narrows a list: its role is filter")
            if parameter.role in {"key", "scope", "reference"} and not parameter.entity:
                problems.append(f"{tool.name}: {parameter.name} needs the entity whose id it takes")
        listable = {e.name for e in entities}
        if tool.entity not in listable:
            problems.append(f"{tool.name}: {tool.entity!r} is none of the things")
    for entity in entities:
        found = any(t.entity == entity.name and t.effect in {"list", "search"} for t in tools.tools)
        if not found:
            problems.append(f"nothing lists or searches {entity.plural}: an agent could never learn their ids")
    if problems:
        return problems
    try:
        compile(_spec(name, title, domain, description, source, entities, tools.tools))
    except SpecError as error:
        return [str(error)]
    except ValidationError as error:
        text = str(error.errors(include_url=False)[0]["msg"]).removeprefix("Value error, ")
        return text.split("; ")
    return []


def _spec(
    name: str,
    title: str,
    domain: Domain,
    description: str,
    source: Source,
    entities: tuple[Entity, ...],
    tools: Sequence[ToolDraft],
) -> EnvSpec:
    return EnvSpec(
        name=name,
        title=title,
        domain=domain,
        description=description,
        sources=(source,),
        entities=entities,
        tools=tuple(_tool(draft, entities) for draft in tools),
    )


def _tool(draft: ToolDraft, entities: Sequence[Entity]) -> ToolSpec:
    many: dict[str, Any] = {"envelope": "items", "next_page": "next_page_token"} if draft.returns == "many" else {}
    if draft.returns == "many" and not any(p.role == "page_token" for p in draft.parameters):
        many["next_page"] = ""
    about = {a.name: a for e in entities if e.name == draft.entity for a in e.attributes}
    return ToolSpec(
        name=draft.name,
        operation=draft.name,
        description=draft.description,
        effect=draft.effect,
        entity=draft.entity,
        parameters=tuple(_parameter(p, about.get(p.field or p.name)) for p in draft.parameters),
        returns=draft.returns,
        sets=draft.sets,
        requires={name: tuple(values) for name, values in draft.requires.items()},
        phrases=tuple(draft.phrases),
        **many,
    )


def _parameter(draft: ParameterDraft, about: Attribute | None) -> Parameter:
    """One parameter; format, choices and items are those of the attribute it is about where nothing else is said."""
    taken = about if about is not None and draft.role in {"value", "filter"} and about.type == draft.type else None
    enum = tuple(draft.enum) or (taken.enum if taken is not None and taken.type == "string" else ())
    items = {"type": draft.items} if draft.type == "array" and draft.items else taken.items if taken else None
    return Parameter(
        name=draft.name,
        type=draft.type,
        description=draft.description,
        required=draft.required,
        role=draft.role,
        entity=draft.entity,
        field=draft.field,
        operator=draft.operator,
        format=draft.format or (taken.format if taken is not None else ""),
        enum=enum,
        items=items,
        minimum=draft.minimum,
        maximum=draft.maximum,
        default=draft.default,
        phrase=draft.phrase,
    )
