"""Write the contract of an environment from an API description, with no model.

What is not understood is left out and listed in `omitted` with the reason, never faked: a default behaviour that is
guessed passes every general check and is still wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from envfactory.envgen.attributes import is_set_by_service, is_volatile, label_of, referred, says
from envfactory.envgen.domain import guess_domain
from envfactory.envgen.effects import Meaning, meaning_of
from envfactory.envgen.entities import Draft, World, find_entities, simplify
from envfactory.envgen.formats.read import read_operations
from envfactory.envgen.naming import common_prefix, describe, listed, sentence, short_title, tool_name
from envfactory.envgen.roles import Reader
from envfactory.envgen.select import choose
from envfactory.envgen.shapes import JsonType, Operation, Property, Shapes
from envfactory.envgen.source import Document
from envfactory.envgen.words import argument_name, article, plural, same, singular, snake, spoken, words_of
from envfactory.environment.spec import (
    Attribute,
    Domain,
    Entity,
    EnvSpec,
    Omission,
    Parameter,
    ToolSpec,
)
from envfactory.errors import SourceError, UnknownName


@dataclass(frozen=True)
class _Understood:
    op: Operation
    meaning: Meaning
    tool: ToolSpec
    omitted: tuple[Omission, ...]


def write_spec(
    document: Document,
    *,
    name: str | None = None,
    operations: Sequence[str] = (),
    limit: int = 16,
    domain: Domain | None = None,
) -> EnvSpec:
    """The contract of an environment over `document`.

    `operations` names exactly the operations to use; without it at most `limit` tools are chosen, the surest first,
    two in five of them writing. Raises SourceError when no operation is understood, UnknownName for an operation that
    the document does not have.
    """
    every, shapes = read_operations(document)
    if not every:
        raise SourceError(f"{document.source.title} describes no operations; name another description")
    known = {op.id: op for op in every}
    for wanted in operations:
        if wanted not in known:
            raise UnknownName("operation", wanted, known)
    world = find_entities(every)
    simplified = simplify(world, every)
    prefix = common_prefix(document, every)
    chosen_ops = [known[o] for o in dict.fromkeys(operations)] if operations else every
    understood, omitted = _understand(chosen_ops, world, shapes, prefix)
    if not understood:
        raise SourceError(
            f"no operation of {document.source.title} is understood without a model; the first is left out because "
            f"{omitted[0].why if omitted else 'it has none'}; name another description, or write the contract by hand"
        )
    if not operations:
        picked = choose([u.tool for u in understood], limit=limit)
        understood = [u for u in understood if u.tool.name in picked]
    tools = tuple(u.tool for u in understood)
    used = _used(tools, world)
    notes = [
        Omission(what=f"{what}: the whole object", why=f"it is kept as calls give it, as {article(kind)}")
        for what, kind in simplified
        if what.split(".")[0] in used
    ]
    entities = tuple(_entity(world.drafts[n], understood, every, world, shapes, used, notes) for n in used)
    tools = tuple(_fitted(tool, entities, notes) for tool in tools)
    arguments = [omission for one in understood for omission in one.omitted]
    title = document.source.title
    acted = {tool.entity for tool in tools}
    own = snake(name or short_title(title) or "environment")
    return EnvSpec(
        name=own,
        title=title,
        domain=domain or guess_domain(title, [e.name for e in entities]),
        description=f"{sentence(listed([spoken(e.plural) for e in entities if e.name in acted]))}.",
        sources=(document.source,),
        entities=entities,
        tools=tools,
        omitted=tuple(dict.fromkeys([*omitted, *_gathered(arguments), *notes])),
    )


def _understand(
    ops: Sequence[Operation], world: World, shapes: Shapes, prefix: str
) -> tuple[list[_Understood], list[Omission]]:
    found: list[_Understood] = []
    left: list[Omission] = []
    taken: set[str] = set()
    for op in ops:
        meaning = meaning_of(op, world)
        if isinstance(meaning, str):
            left.append(Omission(what=op.id, why=meaning))
            continue
        reader = Reader(op, meaning, world, shapes)
        parameters = reader.read()
        if reader.lacks:
            left.append(Omission(what=op.id, why=reader.lacks))
            continue
        changing = {"create", "update", "replace", "move"}
        if meaning.effect in changing and all(p.role in {"key", "scope"} for p in parameters):
            left.append(Omission(what=op.id, why="none of what it changes is understood"))
            continue
        name = tool_name(op.id, prefix, taken)
        taken.add(name)
        notes = [Omission(what=f"{op.id}: {what}", why=why) for what, why in reader.omitted]
        if op.headers:
            notes.append(Omission(what=f"{op.id}: {', '.join(op.headers)}", why="a header, not an argument of a tool"))
        dropped = len(reader.omitted)
        many = meaning.effect in {"list", "search"}
        answer = op.answer
        returns = "many" if many else "nothing" if answer.kind == "nothing" or meaning.effect == "delete" else "one"
        if returns == "one" and not _answers_entity(op, world.drafts[meaning.entity]):
            notes.append(Omission(what=f"{op.id}: its answer", why=f"the {spoken(meaning.entity)} itself is answered"))
        tool = ToolSpec(
            name=name,
            operation=op.id,
            description=describe(meaning, world, {p.entity for p in parameters if p.role == "scope"}),
            effect=meaning.effect,
            entity=meaning.entity,
            parameters=parameters,
            returns=returns,
            envelope=answer.envelope if many else "",
            next_page=answer.next_page if many and any(p.role == "page_token" for p in parameters) else "",
            sets={argument_name(k): v for k, v in meaning.sets.items()},
            requires={argument_name(k): v for k, v in meaning.requires.items()},
            confidence=round(max(0.1, meaning.confidence * op.sure - 0.02 * min(dropped, 10)), 2),
            evidence=op.evidence or meaning.evidence,
        )
        found.append(_Understood(op, meaning, tool, tuple(notes)))
    return found, left


def _gathered(arguments: Sequence[Omission]) -> list[Omission]:
    """Arguments left out of several operations for one reason, said once."""
    where: dict[tuple[str, str], list[str]] = {}
    for one in arguments:
        operation, _, name = one.what.partition(": ")
        where.setdefault((name, one.why), []).append(operation)
    return [Omission(what=f"{', '.join(ops)}: {name}", why=why) for (name, why), ops in where.items()]


def _answers_entity(op: Operation, draft: Draft) -> bool:
    shape = op.answer.shape
    if op.answer.kind != "one" or shape is None:
        return False
    named = bool(shape.name) and shape.name == draft.shape.name
    return named or any(same(p.name, draft.key) for p in shape.properties)


# Entities ----------------------------------------------------------------------------------------------------------


def _used(tools: Sequence[ToolSpec], world: World) -> list[str]:
    """The entities of the tools, and those that scope or refer to them; outermost first."""
    wanted: dict[str, None] = {}
    begun: set[str] = set()

    def add(name: str) -> None:
        if name in begun or name not in world.drafts:
            return
        begun.add(name)  # before its scopes: two entities may each lie in the other
        for _, owner in world.drafts[name].scopes:
            if owner != name:
                add(owner)
        wanted[name] = None

    for tool in tools:
        for parameter in tool.parameters:
            if parameter.role == "scope" and parameter.entity != tool.entity:
                add(parameter.entity)
        add(tool.entity)
    for tool in tools:
        for parameter in tool.parameters:
            # Something linked that lives in places no tool knows would bring them all along: it stays a plain value.
            draft = world.drafts.get(parameter.entity)
            if parameter.role == "reference" and draft and all(owner in wanted for _, owner in draft.scopes):
                add(parameter.entity)
    return list(wanted)


def _entity(
    draft: Draft,
    understood: Sequence[_Understood],
    every: Sequence[Operation],
    world: World,
    shapes: Shapes,
    used: Sequence[str],
    notes: list[Omission],
) -> Entity:
    mine = [u for u in understood if u.tool.entity == draft.name]
    scopes = draft.scopes
    label = label_of(draft)
    creates = [u for u in mine if u.tool.effect == "create"]
    writers = [u for u in mine if u.tool.effect in {"create", "update", "replace", "action"}]
    settable: dict[str, Property] = {}
    for one in writers:
        bodies = {argument_name(p.name): p for p in (*one.op.body, *one.op.query)}
        for parameter in one.tool.parameters:
            if parameter.role in {"value", "reference"} and parameter.field and parameter.name in bodies:
                settable.setdefault(parameter.field, bodies[parameter.name])
    needed = {p.field for u in creates for p in u.tool.parameters if p.role == "value" and p.required}
    changed = {field for u in mine for field in (*u.tool.sets, *u.tool.requires)}
    asked = {p.field for u in mine for p in u.tool.parameters if p.role == "filter"}
    attributes: dict[str, Attribute] = {}
    links: list[str] = []
    for parameter, owner in scopes:
        own = argument_name(parameter)
        if draft.property(parameter) is None and owner in used:
            held = world.drafts[owner].property(world.drafts[owner].key)
            kind: JsonType = held.type if held else "string"
            attributes[own] = Attribute(
                name=own, type=kind, description=f"The {spoken(owner)} it belongs to.", required=True, entity=owner,
                read_only=True, internal=True,
            )  # fmt: skip
    for prop in draft.shape.properties:
        own = argument_name(prop.name)
        keep = own in settable or own in changed or own in asked or prop.name in {draft.key, label}
        held_in = {p for p, owner in scopes if owner in used}
        if not mine and prop.name not in {draft.key, label} | held_in:
            continue
        if not keep and (prop.constant or same(prop.name, "kind") or prop.deprecated or prop.write_only):
            continue
        if not keep and _is_link(prop):
            links.append(prop.name)
            continue
        is_key = prop.name == draft.key
        served = is_set_by_service(prop) or (bool(writers) and not is_key)
        attributes.setdefault(
            own,
            _attribute(
                draft, prop, settable.get(own), world, shapes, used,
                required=is_key or own in needed or own in {argument_name(p) for p, o in scopes if o in used},
                read_only=own not in needed if is_key else served and own not in settable,
            ),
        )  # fmt: skip
    if links:
        notes.append(Omission(what=f"{draft.name}: {', '.join(links)}", why="addresses of the service itself"))
    if draft.synthetic:
        notes.append(Omission(what=f"{draft.name}: all but its {draft.key}", why="no operation here shows more of it"))
    nearest = next(
        (argument_name(p) for p, _ in reversed(scopes) if argument_name(p) in attributes or draft.property(p)), ""
    )
    if nearest and nearest not in attributes:
        held = draft.property(nearest)
        nearest = argument_name(held.name) if held and argument_name(held.name) in attributes else ""
    key = attributes.get(argument_name(draft.key))
    if key is not None and key.type == "number":  # JavaScript's numbers: what identifies a row is a whole one
        attributes[key.name] = key.model_copy(update={"type": "integer"})
    return Entity(
        name=draft.name,
        plural=plural(draft.name),
        table=plural(draft.name) if plural(draft.name) != draft.name else f"{draft.name}_rows",
        key=argument_name(draft.key),
        label=argument_name(label) if label and argument_name(label) in attributes else "",
        scope=nearest,
        attributes=tuple(attributes.values()),
        words=(spoken(draft.name),),
    )


def _attribute(
    draft: Draft,
    prop: Property,
    given: Property | None,
    world: World,
    shapes: Shapes,
    used: Sequence[str],
    *,
    required: bool,
    read_only: bool,
) -> Attribute:
    shown = prop
    entity = referred(prop, draft, world) if shown.type in {"string", "integer"} else ""
    if prop.name == draft.key or entity not in used:
        entity = ""
    items = shapes.plain(shown.schema) if shown.type in {"object", "array"} else {}
    enum = prop.enum or (given.enum if given else ())
    default = prop.default
    if default is None and words_of(prop.name)[-1:] in {("status",), ("state",)} and enum and given is not None:
        default = enum[0]
    if default is not None and enum and default not in enum:
        default = None
    layout = shown.format or (given.format if given else "")
    return Attribute(
        name=argument_name(prop.name),
        type=shown.type,
        description=_attribute_text(draft, prop, layout, entity),
        required=required,
        default=default,
        format=layout,
        enum=enum if shown.type == "string" else (),
        items=(items.get("items") if shown.type == "array" else items) or None,
        entity=entity,
        read_only=read_only,
        volatile=is_volatile(prop)
        or (read_only and prop.type == "integer" and singular(words_of(prop.name)[-1]) != words_of(prop.name)[-1]),
    )


def _attribute_text(draft: Draft, prop: Property, layout: str, entity: str) -> str:
    words = spoken(prop.name)
    if prop.name == draft.key:
        return f"What identifies the {spoken(draft.name)}."
    if entity:
        return f"{sentence(words)}: {article(spoken(entity))}."
    return says(prop.name, prop.type, layout, draft.name)


def _is_link(prop: Property) -> bool:
    words = words_of(prop.name)
    return prop.type == "string" and ((words[-1:] in {("url",), ("href",)} and len(words) > 1) or words == ("url",))


def _fitted(tool: ToolSpec, entities: Sequence[Entity], notes: list[Omission]) -> ToolSpec:
    """The tool without parameters whose attribute or entity did not survive."""
    held = next(e for e in entities if e.name == tool.entity)
    attributes = {a.name for a in held.attributes}
    names = {e.name for e in entities}
    given: list[Parameter] = []
    for p in tool.parameters:
        if p.role == "reference" and p.entity not in names and p.field in attributes:
            text = says(p.field, p.type, p.format, held.name)
            p = p.model_copy(update={"role": "value", "entity": "", "description": text})
        given.append(p)
    kept = [
        p for p in given
        if (p.role not in {"value", "filter"} or p.field in attributes) and (not p.entity or p.entity in names)
    ]  # fmt: skip
    for gone in (p for p in given if p not in kept):
        notes.append(Omission(what=f"{tool.operation}: {gone.name}", why="the attribute it is about is not kept"))
    return tool.model_copy(update={"parameters": tuple(kept)})
