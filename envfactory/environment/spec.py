"""The contract of an environment before there is code: entities, tools and rules, each with its source.

`spec.json` in an environment's folder holds one. Importers and models write it, people edit it, the compiler, the
checks, the graph and the query grammar read it: it lives on this floor because all of them stand above it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, JsonValue, ValidationError, model_validator

from envfactory.errors import FileError, SpecError

Domain = Literal["commerce", "finance", "travel", "office", "lifestyle", "academia", "utilities"]
"""The paper's seven domains (arXiv:2605.18703)."""

Effect = Literal["get", "list", "search", "create", "update", "replace", "delete", "move", "action", "clear", "compute"]
"""What a tool does to its entity. `update` changes what is given, `replace` the whole; `move` changes place or
order; `action` changes its state (close, lock); `clear` acts on many rows; `compute` answers from rows (free/busy)."""

Role = Literal["key", "scope", "reference", "value", "filter", "sort", "page_size", "page_token", "option"]
"""What a parameter is for: `key` names the row acted on; `scope` the row it belongs to (path parameters above the key);
`reference` another row (new parent, destination); `value` is written into `field`; `filter` narrows a list."""

Operator = Literal["equals", "not_equals", "at_least", "at_most", "after", "before", "contains", "in", "include"]
"""How a filter compares `field`; `include` is a flag that lets rows in which are hidden otherwise."""

IDENTIFIER = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")


class Source(BaseModel, frozen=True):
    """An authentic resource and where it came from."""

    kind: Literal["discovery", "openapi", "prose", "mcp", "graphql", "botocore", "python"]
    title: str
    url: str = ""
    package: str = ""
    """The registry package that carries it, as `pypi:google-api-python-client` or `npm:@octokit/openapi`."""
    version: str = ""
    file: str = ""
    sha256: str
    licence: str
    chosen: str = ""
    """Where a search was made for it: what for, and why this was taken."""


class Attribute(BaseModel, frozen=True):
    """One property of an entity, stored as one column."""

    name: str
    type: Literal["string", "integer", "number", "boolean", "object", "array"]
    description: str = ""
    required: bool = False
    """Present in every row (NOT NULL)."""
    default: JsonValue = None
    format: str = ""
    """`date-time`, `date`, `email`, `uri`, … as JSON Schema names them."""
    enum: tuple[str, ...] = ()
    items: dict[str, Any] | None = None
    """JSON Schema of what an array or object holds; it is stored as JSON text."""
    entity: str = ""
    """The entity whose key this holds."""
    read_only: bool = False
    """Set by the service, never by a caller."""
    volatile: bool = False
    """Differs by when or how often things were done (etag, counters): exempt when states are compared for a reward."""
    internal: bool = False
    """A column the API does not show (an order, an owner)."""
    words: tuple[str, ...] = ()
    """What people call it: `due date`; the first is preferred. Empty: the name, split into words."""
    examples: tuple[JsonValue, ...] = ()
    """Values that mean something, for worlds and queries."""
    says: dict[str, str] = Field(default_factory=dict)
    """What people say for a value, where they do not say the value itself: `{"needsAction": "not done"}`; a truth value
    stands as `true` or `false`, a whole number in its digits. `first` and `last` are its lowest and its highest in
    people's words (`nearest date`); empty where they would not compare by it (sums above and below zero)."""


class Entity(BaseModel, frozen=True):
    """A kind of thing the service keeps: one table."""

    name: str
    plural: str = ""
    table: str
    key: str
    """The attribute that identifies a row; with `scope`, only within it."""
    label: str = ""
    """The attribute people name it by (`title`); empty when there is none."""
    scope: str = ""
    """The attribute that holds the key of the entity it lives in (`tasklist` of a task); part of the key of the table
    only when `key` alone is not unique."""
    local: bool = False
    """Whether `key` is unique only within `scope` although no caller chooses it: a sharing rule named by its person."""
    attributes: tuple[Attribute, ...]
    source: int = 0
    """Which of the spec's sources."""
    words: tuple[str, ...] = ()
    """What people call one: `to-do`, `task`; the first is preferred."""
    person: bool = False
    """Whether one is a person, whom nobody calls `it`: that patient."""
    kind: str = ""
    """The attribute that tells what kind of one it is, when people call them differently: by its `says`, a file is a
    folder or a spreadsheet."""
    called: str = ""
    """How people speak of one that has no name of its own, a part in brackets only where it is known: `my ride[ to
    {destination}] on {requested_at}`. Empty: by its label in quotes. The label still tells the rows apart."""

    def attribute(self, name: str) -> Attribute:
        """One attribute by name; raises KeyError."""
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        raise KeyError(name)


class Parameter(BaseModel, frozen=True):
    """One argument of a tool."""

    name: str
    type: Literal["string", "integer", "number", "boolean", "object", "array"]
    description: str = ""
    required: bool = False
    default: JsonValue = None
    format: str = ""
    enum: tuple[str, ...] = ()
    items: dict[str, Any] | None = None
    minimum: float | None = None
    maximum: float | None = None
    role: Role = "option"
    entity: str = ""
    """For `key`, `scope` and `reference`: whose key it takes."""
    field: str = ""
    """For `value` and `filter`: the attribute it sets or compares."""
    operator: Operator | None = None
    phrase: str = ""
    """How people say it, with `{}` for the value: `due {}`, `with the note {}`. Empty: made from the field's words."""
    examples: tuple[JsonValue, ...] = ()
    """Values that mean something here, before those of the field: searches in a query language, say."""
    says: dict[str, str] = Field(default_factory=dict)
    """What people say for a value, before what the field says: `{"is:unread": "that I have not read"}`; for a list, by
    its elements."""
    usual: bool = False
    """Optional, but people mostly say it: a value always gets one, a reference is looked up as often as not."""
    among: dict[str, tuple[JsonValue, ...]] = Field(default_factory=dict)
    """For the key of a row: only one that shows one of these values will do, as a file goes into what is a folder."""
    either: str = ""
    """Optional references that share this word stand for one another: of them a chain gives exactly one, as a geofence
    or a driver is what is linked to a device."""
    along: str = ""
    """For an option with a `field`: whenever this other parameter is given, it must repeat what the row says there, as
    a move names the folder that the file is in now. A value or reference with it is repeated unless the user wishes
    for another: what a whole replacement would lose."""


class ToolSpec(BaseModel, frozen=True):
    """One tool of the contract."""

    name: str
    operation: str
    """The operation's name in the source: `tasks.tasks.insert`."""
    description: str
    effect: Effect
    entity: str
    parameters: tuple[Parameter, ...] = ()
    returns: Literal["one", "many", "nothing", "other"] = "one"
    """`one` entity, `many` of them in an envelope, nothing, or some other shape (then the tool is an override)."""
    envelope: str = ""
    """For `many`: the property that holds the list; empty for a bare list."""
    next_page: str = ""
    """For `many`: the property that holds the next page's token."""
    shows: tuple[Attribute, ...] = ()
    """What an answer tells of each row beyond what is kept of it, worked out for the call: the price of a trip."""
    sets: dict[str, JsonValue] = Field(default_factory=dict)
    """For `action`: what it writes: `{"state": "closed", "closed_at": "$now"}`."""
    requires: dict[str, tuple[JsonValue, ...]] = Field(default_factory=dict)
    """For `action`: values the row must have beforehand, else it is refused: `{"state": ["open"]}`."""
    phrases: tuple[str, ...] = ()
    """How people ask for it: `add {title} to {tasklist}`; `{parameter}` is replaced by a referring expression, the
    parameters not named are appended by their own phrases. Empty: made from effect and words."""
    confidence: float = 1.0
    """How sure the importer is of effect and roles, 0 to 1."""
    evidence: str = ""
    source: int = 0
    """Which of the spec's sources."""

    @property
    def writes(self) -> bool:
        """Whether it may change rows."""
        return self.effect not in {"get", "list", "search", "compute"}

    def parameter(self, name: str) -> Parameter:
        """One parameter by name; raises KeyError."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)


class Rule(BaseModel, frozen=True):
    """One sentence of documented behaviour, in our words, to be tested."""

    text: str
    tools: tuple[str, ...] = ()
    where: str = ""
    """Where the source says it: an operation, a property, a heading."""


class Omission(BaseModel, frozen=True):
    """Something the source has and the environment does not, and why: never ignored silently."""

    what: str
    why: str


class EnvSpec(BaseModel, frozen=True):
    """The whole contract."""

    name: str
    title: str
    domain: Domain
    description: str
    sources: tuple[Source, ...]
    entities: tuple[Entity, ...]
    tools: tuple[ToolSpec, ...]
    rules: tuple[Rule, ...] = ()
    omitted: tuple[Omission, ...] = ()

    def entity(self, name: str) -> Entity:
        """One entity by name; raises KeyError."""
        for entity in self.entities:
            if entity.name == name:
                return entity
        raise KeyError(name)

    def tool(self, name: str) -> ToolSpec:
        """One tool by name; raises KeyError."""
        for tool in self.tools:
            if tool.name == name:
                return tool
        raise KeyError(name)

    @model_validator(mode="after")
    def _hangs_together(self) -> EnvSpec:
        names = {entity.name for entity in self.entities}
        problems = [f"{n!r} is not a name" for n in _names(self) if not IDENTIFIER.match(n)]
        for entity in self.entities:
            attributes = {attribute.name for attribute in entity.attributes}
            for role in ("key", "label", "scope", "kind"):
                wanted = getattr(entity, role)
                if wanted and wanted not in attributes:
                    problems.append(f"entity {entity.name}: its {role} {wanted!r} is no attribute")
            problems += [
                f"entity {entity.name}: {a.name} refers to the unknown entity {a.entity!r}"
                for a in entity.attributes
                if a.entity and a.entity not in names
            ]
        for tool in self.tools:
            if tool.entity not in names:
                problems.append(f"tool {tool.name}: unknown entity {tool.entity!r}")
                continue
            attributes = {attribute.name for attribute in self.entity(tool.entity).attributes}
            for parameter in tool.parameters:
                if parameter.entity and parameter.entity not in names:
                    problems.append(f"tool {tool.name}: {parameter.name} names the unknown entity {parameter.entity!r}")
                if parameter.role in {"value", "filter"} and parameter.field and parameter.field not in attributes:
                    problems.append(f"tool {tool.name}: {parameter.name} is about {parameter.field!r}, no attribute")
        problems += [
            f"{one.name} comes from source {one.source}, of which there are {len(self.sources)}"
            for one in (*self.entities, *self.tools)
            if not 0 <= one.source < len(self.sources)
        ]
        problems += [f"two tools are called {n!r}" for n in {t.name for t in self.tools} if self._count(n) > 1]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _count(self, name: str) -> int:
        return sum(tool.name == name for tool in self.tools)

    def to_json(self) -> str:
        """Indented JSON without what is default, so that a person can read and edit it."""
        return self.model_dump_json(indent=2, exclude_defaults=True) + "\n"


def _names(spec: EnvSpec) -> list[str]:
    names = [spec.name, *(tool.name for tool in spec.tools)]
    for entity in spec.entities:
        names += [entity.name, entity.table, *(attribute.name for attribute in entity.attributes)]
    return names + [parameter.name for tool in spec.tools for parameter in tool.parameters]


def read_spec(path: Path) -> EnvSpec:
    """The contract in a file; raises FileError when there is none and SpecError when it contradicts itself."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}") from error
    try:
        return EnvSpec.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the contract"
        raise SpecError(f"{path}: {where}: {first['msg'].removeprefix('Value error, ')}") from error
