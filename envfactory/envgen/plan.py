"""What the compiler decides before it writes a line: the names of classes, the keys of tables, what may be missing."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from pydantic import BaseModel

from envfactory.envgen.layout import plain
from envfactory.environment.environment import Environment
from envfactory.environment.spec import IDENTIFIER, Attribute, Entity, EnvSpec, Omission, Parameter, ToolSpec
from envfactory.errors import SpecError
from envfactory.messages import canonical

SEQ = "seq"
"""The column that keeps the order in which rows with text keys were created; no API shows it."""

_DEEPEST = 4
"""Objects within objects that get a class; deeper ones are taken as they come."""

CREATED = frozenset(
    re.findall(
        r"\w+",
        "created createdat createdtime createddate createtime createdate creationtime creationdate creationtimestamp "
        "datecreated timecreated addedat dateadded inserttime insertedat publishedat",
    )
)
UPDATED = frozenset(
    re.findall(
        r"\w+",
        "updated updatedat updatedtime updateddate updatetime updatedate lastupdated lastupdatedat lastupdatedtime "
        "lastupdatetime dateupdated modified modifiedat modifiedtime modifieddate datemodified lastmodified "
        "lastmodifiedat lastmodifiedtime lastmodifieddate modificationtime updatetimestamp lastmodifiedtimestamp",
    )
)

# Names that generated classes and annotations use themselves.
_TAKEN: frozenset[str] = frozenset(
    re.findall(
        r"\w+",
        "Annotated Any BaseModel Date DateTime Environment Field FromJson Key Literal Overrides Row ToolError "
        "TypedDict NotRequired tool given bool dict float int list str None True False self",
    )
)
_FIELDS = _TAKEN | {name for name in dir(BaseModel) if not name.startswith("_")}
_METHODS = _TAKEN | {name for name in dir(Environment) if not name.startswith("_")} | {"db"}


def camel(name: str) -> str:
    """`task_list` and `taskList` as `TaskList`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def spaced(name: str) -> str:
    """`taskList` and `task_list` as `task list`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").lower()


def field_name(name: str) -> str:
    """A name for a field or parameter: the API's own, with an underscore where Python or pydantic use it."""
    return f"{name}_" if keyword.iskeyword(name) or name in _FIELDS else name


def method_name(name: str) -> str:
    """A name for a tool's method: its own, with an underscore where `Environment` uses it."""
    return f"{name}_" if keyword.iskeyword(name) or name in _METHODS else name


@dataclass(frozen=True)
class Shape:
    """An object that callers give, and what is in it."""

    what: str
    parts: dict[str, dict[str, Any]]
    needed: frozenset[str]


class Plan:
    """Decisions about one contract, all derived from it; raises SpecError for what no code can be written for."""

    def __init__(self, spec: EnvSpec, overridden: Collection[str] = ()) -> None:
        self.spec = linked(spec)
        self.overridden = frozenset(overridden)
        self.notes: list[Omission] = []
        self._check_names()
        for entity in spec.entities:
            if entity.attribute(entity.key).type not in {"string", "integer"}:
                raise SpecError(f"entity {entity.name}: its key {entity.key!r} must be text or an integer")

    def _check_names(self) -> None:
        spec = self.spec
        names = [spec.name, *(t.name for t in spec.tools), *(p.name for t in spec.tools for p in t.parameters)]
        for entity in spec.entities:
            names += [entity.name, entity.table, *(attribute.name for attribute in entity.attributes)]
            _distinct([a.name for a in entity.attributes], f"entity {entity.name} has two attributes called")
            if entity.table.lower().startswith("sqlite_"):
                raise SpecError(f"entity {entity.name}: SQLite keeps table names that begin with sqlite_ for itself")
        wrong = [name for name in names if not IDENTIFIER.fullmatch(name) or name.endswith("\n")]
        if wrong:
            raise SpecError(f"{wrong[0]!r} is not a name; names are letters, digits and underscores")
        _distinct([entity.table for entity in spec.entities], "two entities share the table")
        for tool in spec.tools:
            _distinct([parameter.name for parameter in tool.parameters], f"tool {tool.name} has two parameters called")
            # `from_` stands for `from` (environment/tool.py), so a name of its own may not end that way.
            late = [p.name for p in tool.parameters if p.name.endswith("_")]
            if late:
                raise SpecError(f"tool {tool.name}: a parameter's name may not end in an underscore: {late[0]!r}")

    # Names -----------------------------------------------------------------------------------------------------------

    @cached_property
    def classes(self) -> dict[str, str]:
        """Each entity's class."""
        taken: set[str] = set(_TAKEN)
        found: dict[str, str] = {}
        for entity in self.spec.entities:
            found[entity.name] = _free(camel(entity.name), taken, "Entity")
        return found

    @cached_property
    def id_types(self) -> dict[str, str]:
        """The type of each entity's key: `TaskId`, or `IssueNumber` after the key's own name."""
        taken: set[str] = set(_TAKEN) | set(self.classes.values())
        found: dict[str, str] = {}
        for entity in self.spec.entities:
            cls = self.classes[entity.name]
            own = camel(entity.key)
            name = own if own.startswith(cls) and own != cls else cls + own
            found[entity.name] = _free(name, taken, "Key")
        return found

    @cached_property
    def pages(self) -> dict[str, tuple[str, ToolSpec]]:
        """The class of the page each listing tool returns, and the first tool that returns it."""
        taken: set[str] = set(_TAKEN) | set(self.classes.values()) | set(self.id_types.values())
        shapes: dict[tuple[str, str, str], tuple[str, ToolSpec]] = {}
        found: dict[str, tuple[str, ToolSpec]] = {}
        for tool in self.spec.tools:
            if tool.returns != "many" or not tool.envelope:
                continue
            shape = (tool.entity, tool.envelope, tool.next_page)
            if shape not in shapes:
                cls = self.classes[tool.entity]
                first = f"{cls}Page" if f"{cls}Page" not in taken else f"{camel(tool.name)}Page"
                shapes[shape] = (_free(first, taken, "Page"), tool)
            found[tool.name] = shapes[shape]
        return found

    @cached_property
    def choices(self) -> dict[tuple[str, str], str]:
        """The type of each attribute that takes one of a few values, by entity and attribute."""
        taken: set[str] = set(_TAKEN) | set(self.classes.values()) | set(self.id_types.values())
        taken |= {name for name, _ in self.pages.values()}
        found: dict[tuple[str, str], str] = {}
        for entity in self.spec.entities:
            for attribute in entity.attributes:
                if self.allowed(entity, attribute):
                    name = self.classes[entity.name] + camel(attribute.name)
                    found[entity.name, attribute.name] = _free(name, taken, "Choice")
        return found

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The classes of the objects that callers give, parts before wholes; equal objects share one."""
        taken: set[str] = set(_TAKEN) | set(self.classes.values()) | set(self.id_types.values())
        taken |= set(self.choices.values()) | {name for name, _ in self.pages.values()}
        found: dict[str, Shape] = {}
        self._shape_names: dict[str, str] = {}

        def visit(schema: Any, name: str, what: str, depth: int) -> None:
            known = cast("dict[str, Any]", schema if isinstance(schema, dict) else {})
            parts = parts_of(known)
            if known and not parts and depth < _DEEPEST:
                visit(known.get("items"), name, what, depth)
            if not parts or depth >= _DEEPEST or canonical(known) in self._shape_names:
                return
            for key, part in parts.items():
                visit(part, name + camel(key), f"{spaced(key)} of {what}", depth + 1)
            needed = known.get("required")
            names = frozenset(map(str, cast("list[object]", needed))) if isinstance(needed, list) else frozenset[str]()
            own = _free(name, taken, "Value")
            self._shape_names[canonical(known)] = own
            found[own] = Shape(what, parts, names & frozenset(parts))

        for tool in self.spec.tools:
            for parameter in tool.parameters:
                if parameter.role == "value" and parameter.type in {"object", "array"}:
                    entity = self.spec.entity(tool.entity)
                    what = f"{spaced(parameter.name)} of one {plain(self.word(entity))}"
                    visit(parameter.items, self.classes[entity.name] + camel(parameter.name), what, 0)
        return found

    @cached_property
    def type_names(self) -> frozenset[str]:
        """Every type of `entities.py`: a field of such a name would hide it."""
        pages = (name for name, _ in self.pages.values())
        return frozenset(
            [*self.classes.values(), *self.id_types.values(), *self.choices.values(), *pages, *self.shapes]
        )

    def shape_of(self, schema: Any) -> str:
        """The class for an object's JSON Schema; empty when it has none."""
        return self._shape_names.get(canonical(schema), "") if self.shapes and parts_of(schema) else ""

    @cached_property
    def class_name(self) -> str:
        """The environment's class."""
        taken: set[str] = (
            set(_TAKEN) | set(self.classes.values()) | set(self.id_types.values()) | set(self.choices.values())
        )
        return _free(camel(self.spec.name), taken | {name for name, _ in self.pages.values()}, "Environment")

    def word(self, entity: Entity) -> str:
        """What people call one."""
        return entity.words[0] if entity.words else spaced(entity.name)

    # Rows ------------------------------------------------------------------------------------------------------------

    def creators(self, entity: Entity) -> list[ToolSpec]:
        """The tools that create rows of `entity` and are compiled."""
        return [
            t
            for t in self.spec.tools
            if t.entity == entity.name and t.effect == "create" and t.name not in self.overridden
        ]

    def key(self, entity: Entity) -> tuple[str, ...]:
        """The columns of the primary key: with the scope where callers or counters choose keys within it."""
        chosen = any(attribute_of(p, entity) == entity.key for t in self.creators(entity) for p in t.parameters)
        counted = entity.attribute(entity.key).type == "integer"
        within = entity.scope and (entity.local or ((counted or chosen) and self._told_apart(entity)))
        return (entity.scope, entity.key) if within else (entity.key,)

    def _told_apart(self, entity: Entity) -> bool:
        """Whether every tool that names a row by its key says where it lives, too: else the key alone must tell."""
        keyed = [t for t in self.spec.tools if t.entity == entity.name and any(p.role == "key" for p in t.parameters)]
        return all(any(attribute_of(p, entity) == entity.scope for p in t.parameters) for t in keyed)

    def ordered(self, entity: Entity) -> bool:
        """Whether the table needs a column for the order of creation: integers count upwards by themselves."""
        return entity.attribute(entity.key).type == "string" and all(a.name.lower() != SEQ for a in entity.attributes)

    def order(self, entity: Entity) -> tuple[str, ...]:
        """The columns whose order is that of creation."""
        key = self.key(entity)[::-1]  # within a scope its own column says nothing
        return (SEQ, *key) if self.ordered(entity) else key

    def target(self, attribute: Attribute) -> Entity | None:
        """The entity whose key a scalar attribute holds, when the types agree."""
        if not attribute.entity:
            return None
        entity = self.spec.entity(attribute.entity)
        return entity if entity.attribute(entity.key).type == attribute.type else None

    def allowed(self, entity: Entity, attribute: Attribute) -> tuple[str, ...]:
        """The values a text attribute may take, or () for any: its own, and those that a tool may write."""
        if not attribute.enum or attribute.type != "string":
            return ()
        more = [
            value
            for tool in self.spec.tools
            if tool.entity == entity.name
            for p in tool.parameters
            if p.role == "value" and attribute_of(p, entity) == attribute.name
            for value in p.enum
        ]
        given = [attribute.default] if isinstance(attribute.default, str) else []
        return tuple(dict.fromkeys([*attribute.enum, *more, *given]))

    def present(self, entity: Entity, attribute: Attribute) -> bool:
        """Whether the attribute is in every row: said to be, and set by every tool that creates one."""
        if attribute.name in (entity.key, entity.scope):
            return True
        if not attribute.required:
            return False
        return all(self._filled(t, entity, attribute) for t in self.creators(entity))

    def _filled(self, tool: ToolSpec, entity: Entity, attribute: Attribute) -> bool:
        if attribute.default is not None or stamped(attribute):
            return True
        given = [p for p in tool.parameters if attribute_of(p, entity) == attribute.name]
        return any(p.required or p.default is not None or p.role == "scope" for p in given) or bool(attribute.enum)


def linked(spec: EnvSpec) -> EnvSpec:
    """`spec` with the entity of each attribute that says none, where all parameters about it agree on one."""
    entities: list[Entity] = []
    for entity in spec.entities:
        attributes: list[Attribute] = []
        for attribute in entity.attributes:
            about = {
                p.entity
                for t in spec.tools
                if t.entity == entity.name
                for p in t.parameters
                if p.field == attribute.name and p.role in {"scope", "reference"} and p.type == attribute.type
            }
            named = about.pop() if len(about) == 1 else ""
            fits = named and not attribute.entity and attribute.name != entity.key
            attributes.append(attribute.model_copy(update={"entity": named}) if fits else attribute)
        entities.append(entity.model_copy(update={"attributes": tuple(attributes)}))
    return spec.model_copy(update={"entities": tuple(entities)})


def parts_of(schema: Any) -> dict[str, dict[str, Any]]:
    """The properties of an object's JSON Schema, when all of them can be fields; else none."""
    found = cast("dict[str, Any]", schema).get("properties") if isinstance(schema, dict) else None
    parts = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    used = _TAKEN - {"self"}
    named = all(IDENTIFIER.fullmatch(key) and not keyword.iskeyword(key) and key not in used for key in parts)
    return parts if named and all(isinstance(part, dict) for part in parts.values()) else {}


def attribute_of(parameter: Parameter, entity: Entity) -> str:
    """The attribute of `entity` that a parameter is about; empty when there is none."""
    names = {attribute.name for attribute in entity.attributes}
    if parameter.field:
        return parameter.field if parameter.field in names else ""
    if parameter.role == "key":
        return entity.key
    if parameter.role in {"scope", "reference"} and parameter.entity:
        scoped = entity.scope and entity.attribute(entity.scope).entity == parameter.entity
        if parameter.role == "scope" and scoped:
            return entity.scope
        linked = [a.name for a in entity.attributes if a.entity == parameter.entity and a.type != "array"]
        if parameter.name in linked:
            return parameter.name
        if len(linked) == 1 and (parameter.role == "scope" or linked[0] == entity.scope):
            return linked[0]
        return ""
    return parameter.name if parameter.name in names and parameter.role in {"scope", "value", "filter"} else ""


def stamped(attribute: Attribute) -> str:
    """`created` or `updated` for an attribute that the service sets to the time of that moment; else empty."""
    if not (attribute.format in {"date-time", "date"} or (attribute.type == "integer" and attribute.read_only)):
        return ""
    bare = attribute.name.replace("_", "").lower()
    return "created" if bare in CREATED else "updated" if bare in UPDATED else ""


def _distinct(names: list[str], complaint: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise SpecError(f"{complaint} {name!r} (SQL does not tell capitals apart)")
        seen.add(name.lower())


def _free(name: str, taken: set[str], suffix: str) -> str:
    while name in taken:
        name += suffix
    taken.add(name)
    return name
