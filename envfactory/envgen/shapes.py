"""What every description format comes down to: operations, the properties they take and the shapes they answer with.

The vendor's prose travels in `description` for inference only; it is never copied into a contract.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, cast

from envfactory.envgen.words import default_in_prose, enum_in_prose, words_of

JsonType = Literal["string", "integer", "number", "boolean", "object", "array"]
Schema = Mapping[str, Any]
Resolve = Callable[[Schema], tuple[str, Schema]]
"""A schema that may be a reference → the name it goes by (empty for none) and the schema itself."""

_LIST_NAMES = (
    "items",
    "data",
    "results",
    "values",
    "entries",
    "records",
    "value",
    "rows",
    "list",
    "objects",
    "resources",
    "nodes",
)
_PAGE_TOKENS = ("nextpagetoken", "nexttoken", "nextcursor", "nextpage", "nextpageuri", "cursor", "nextmarker", "next",
                "endcursor")  # fmt: skip
_BESIDE = frozenset({"error", "errors", "etag", "kind", "links", "meta", "requestid", "success", "warnings"})
"""What may stand beside the one object that an answer is about, as in `{"order": {...}, "errors": [...]}`."""

_ENVELOPES = ("data", "result", "response", "item", "value", "body", "payload", "attributes")
_KEEP = ("type", "format", "enum", "minimum", "maximum", "pattern", "additionalProperties")


@dataclass(frozen=True)
class Property:
    """One named value, in a path, a query, a body or an answer."""

    name: str
    type: JsonType
    description: str = ""
    required: bool = False
    required_in: tuple[str, ...] = ()
    """The operations that need it, where the format says so one by one (Discovery's annotations)."""
    format: str = ""
    enum: tuple[str, ...] = ()
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    read_only: bool = False
    write_only: bool = False
    deprecated: bool = False
    constant: bool = False
    schema_name: str = ""
    """The name of its object's schema, or of its items'."""
    item_type: str = ""
    schema: Schema = field(default_factory=dict[str, Any], compare=False)


@dataclass(frozen=True)
class Shape:
    """An object's properties, with the name of its schema (empty for one written in place)."""

    name: str
    properties: tuple[Property, ...]

    def get(self, name: str) -> Property | None:
        """The property of that name."""
        return next((p for p in self.properties if p.name == name), None)


@dataclass(frozen=True)
class Answer:
    """What an operation gives: one object, many in an envelope, nothing, or some other thing."""

    kind: Literal["one", "many", "nothing", "other"]
    shape: Shape | None = None
    envelope: str = ""
    next_page: str = ""


class Operation:
    """One operation of a description; bodies and answers are read when they are first asked for."""

    def __init__(
        self,
        *,
        id: str,
        method: str,
        path: str,
        parameters: tuple[Property, ...],
        query: tuple[Property, ...],
        body: Schema | None,
        answer: Schema | None,
        shapes: Shapes,
        description: str = "",
        deprecated: bool = False,
        headers: tuple[str, ...] = (),
        binary: bool = False,
        given: tuple[Property, ...] = (),
        unclear: str = "",
        sure: float = 1.0,
        evidence: str = "",
    ) -> None:
        self.id = id
        self.method = method.upper()
        self.path = path
        self.parameters = parameters
        self.query = query
        self.description = description
        self.deprecated = deprecated
        self.headers = headers
        self.binary = binary
        self.unclear = unclear
        """Why the reader itself could not tell what it does; empty when it could."""
        self.sure = sure
        self.evidence = evidence
        """What the reader took method and path from, where the format has neither."""
        self._given = given
        self._body = body
        self._answer = answer
        self._shapes = shapes

    @property
    def takes_body(self) -> bool:
        """Whether the description gives it a body."""
        return self._body is not None or bool(self._given)

    @cached_property
    def body(self) -> tuple[Property, ...]:
        """The body's properties, out of their envelope or as the reader gave them one by one; empty for no body and for
        one that is no object."""
        if self._body is None:
            return self._given
        found = self._shapes.unwrap(self._body).properties
        return tuple(replace(p, required=True) if self.id in p.required_in else p for p in found)

    @cached_property
    def answer(self) -> Answer:
        """What it gives when it succeeds."""
        if self._answer is None:
            return Answer("nothing")
        return self._shapes.answer(self._answer, self.path)


class Shapes:
    """Reads the schemas of one description, each at most once."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._read: dict[str, Shape] = {}

    def property(self, name: str, schema: Schema, *, required: bool = False) -> Property:
        """A property from its schema."""
        schema_name, solved = self.merged(schema)
        kind = _type_of(solved)
        outer: dict[str, Any] = {**solved, **{k: v for k, v in schema.items() if k not in {"$ref", "allOf"}}}
        text = str(outer.get("description") or "")
        item_type = ""
        if kind == "array":
            schema_name, item = self.merged(_mapping(solved.get("items")))
            item_type = _type_of(item) if item else ""
        raw = [str(v) for v in _list(solved.get("enum")) if v is not None and not isinstance(v, bool)]
        values = tuple(v for v in raw if not v.endswith("_UNSPECIFIED"))
        constant = len(values) == 1 and kind == "string" and not name.lower().startswith("stat")
        enum = values if kind == "string" else ()
        if not enum and kind == "string":
            enum = enum_in_prose(text)
        layout = str(solved.get("format") or "")
        if kind == "string" and not layout and re.search(r"RFC ?3339|ISO ?8601", text) and not enum:
            is_date = re.search(r"yyyy-mm-dd|\bdate only\b", text, re.IGNORECASE) and "hh" not in text.lower()
            layout = "date" if is_date else "date-time"
        return Property(
            name=name,
            type=kind,
            description=text,
            required=required,
            required_in=tuple(str(o) for o in _list(_mapping(outer.get("annotations")).get("required"))),
            format=layout if layout in _FORMATS else "",
            enum=enum,
            default=_default(outer.get("default"), text, kind, enum),
            minimum=_number(solved.get("minimum")),
            maximum=_number(solved.get("maximum")),
            read_only=bool(outer.get("readOnly")) or _says_read_only(text),
            write_only=bool(outer.get("writeOnly")),
            deprecated=bool(outer.get("deprecated")) or text.lower().startswith(("deprecated", "**deprecated")),
            constant=constant or bool(re.search(r"[Vv]alue: the fixed string|[Tt]his is always [\"']", text)),
            schema_name=schema_name,
            item_type=item_type,
            schema=solved,
        )

    def shape(self, schema: Schema) -> Shape:
        """An object's properties, references resolved and `allOf` merged."""
        name, solved = self.merged(schema)
        if name and name in self._read:
            return self._read[name]
        needed = {str(item) for item in _list(solved.get("required"))}
        properties = _mapping(solved.get("properties"))
        found = tuple(self.property(n, _mapping(s), required=n in needed) for n, s in properties.items())
        shape = Shape(name, found)
        if name:
            self._read[name] = shape
        return shape

    def merged(self, schema: Schema, depth: int = 0) -> tuple[str, Schema]:
        """The schema behind references, `allOf` merged, one branch taken of `oneOf`/`anyOf`; and its name."""
        name, solved = self._resolve(schema)
        if depth > 8:
            return name, {}
        parts = _list(solved.get("allOf"))
        if parts:
            properties: dict[str, Any] = {}
            required: list[Any] = []
            rest: dict[str, Any] = {}
            names: list[str] = []
            for part in [*parts, {k: v for k, v in solved.items() if k != "allOf"}]:
                part_name, one = self.merged(_mapping(part), depth + 1)
                names.append(part_name)
                properties.update(_mapping(one.get("properties")))
                required += _list(one.get("required"))
                rest.update({k: v for k, v in one.items() if k not in {"properties", "required"}})
            named = [n for n in names if n]
            if not name and len(named) == 1 and len(parts) == 1:
                name = named[0]
            if properties:
                rest["properties"] = properties
                rest["type"] = "object"
            if required:
                rest["required"] = required
            return name, rest
        branches = [_mapping(b) for b in (*_list(solved.get("oneOf")), *_list(solved.get("anyOf")))]
        branches = [b for b in branches if b.get("type") != "null"]
        if branches and "properties" not in solved:
            read = [self.merged(b, depth + 1) for b in branches]
            # Of several shapes the one with most properties tells most. Where a plain value comes first, as in Stripe's
            # "the id, or the whole customer", the value is what is kept, and the shape's name says whose it is.
            best_name, best = max(read, key=lambda r: len(_mapping(r[1].get("properties"))))
            if _type_of(read[0][1]) in {"string", "integer"}:
                best = {**read[0][1], "alternatives": [_type_of(branch) for _, branch in read]}
            return name or best_name, {**best, **{k: v for k, v in solved.items() if k not in {"oneOf", "anyOf"}}}
        return name, solved

    def unwrap(self, schema: Schema) -> Shape:
        """The object inside an envelope such as `{"data": {...}}`, or the object itself."""
        shape = self.shape(schema)
        inner = self._inner(shape)
        return self.shape(inner.schema) if inner else shape

    def _inner(self, shape: Shape) -> Property | None:
        objects = [p for p in shape.properties if p.type == "object" and _mapping(p.schema.get("properties"))]
        if len(objects) != 1:
            return None
        [inner] = objects
        others = [p for p in shape.properties if p is not inner]
        named = inner.name.lower() in _ENVELOPES
        alone = (
            all("".join(words_of(p.name)) in _BESIDE for p in others) and len(self.shape(inner.schema).properties) > 1
        )
        return inner if (alone or (named and all(_is_page_word(p.name) for p in others))) else None

    def answer(self, schema: Schema, path: str) -> Answer:
        """Whether a response holds one, many or something else, and where the many are."""
        name, solved = self.merged(schema)
        kind = _type_of(solved)
        if kind == "array":
            item = self.shape(_mapping(solved.get("items")))
            return Answer("many", item) if item.properties else Answer("other")
        if kind != "object":
            return Answer("other")
        shape = self.shape(schema)
        if not shape.properties:
            return Answer("nothing" if not _mapping(solved.get("additionalProperties")) else "other")
        rows = self._rows(shape, path)
        within = self._inner(shape) if rows is None else None
        if within:
            # `{"data": {"accounts": [...]}}` is a list in two envelopes; the outer one says nothing.
            deeper = self.answer(within.schema, path)
            if deeper.kind == "many":
                return deeper
        if rows is not None:
            token = next((p.name for p in shape.properties if _is_next_page(p)), "")
            if rows.schema_name or rows.item_type == "object":
                item = self._item(rows)
                if item.properties:
                    return Answer("many", item, rows.name, token)
        inner = self._inner(shape)
        if inner:
            unwrapped = self.unwrap(inner.schema)
            return Answer("one", Shape(inner.schema_name or name, unwrapped.properties), inner.name)
        return Answer("one", shape)

    def _item(self, rows: Property) -> Shape:
        return self.shape(_mapping(rows.schema.get("items")))

    def _rows(self, shape: Shape, path: str) -> Property | None:
        arrays = [p for p in shape.properties if p.type == "array" and p.item_type == "object"]
        last = [segment for segment in path.split("/") if segment and "{" not in segment][-1:]
        others = [p for p in shape.properties if p.type != "array" and not _is_page_word(p.name)]
        identified = any(p.name in {"id", "name", "title"} for p in others)
        for rows in arrays:
            named = "".join(words_of(rows.name))
            if last and not identified and named == "".join(words_of(last[0].removesuffix(".json"))):
                return rows
        by_name = [p for p in arrays if p.name.lower() in _LIST_NAMES]
        if len(by_name) == 1 and not any(p.name in {"id"} for p in others):
            return by_name[0]
        if len(arrays) == 1 and not others:
            return arrays[0]
        return None

    def plain(self, schema: Schema, depth: int = 3) -> dict[str, Any]:
        """A schema as JSON Schema without references or prose, at most `depth` objects deep."""
        _, solved = self.merged(schema)
        kind = _type_of(solved)
        out: dict[str, Any] = {"type": kind}
        for name in ("format", "enum", "minimum", "maximum"):
            if name in solved and solved[name] is not None:
                out[name] = solved[name]
        if isinstance(out.get("format"), str) and out["format"] not in _FORMATS:
            del out["format"]
        if kind != "string":
            out.pop("enum", None)
        elif "enum" in out:
            out["enum"] = [str(v) for v in _list(out["enum"]) if v is not None]
        for name in ("minimum", "maximum"):
            if name in out and not isinstance(out[name], (int, float)):
                number = _number(out[name])
                out.pop(name)
                if number is not None:
                    out[name] = number
        if kind == "array":
            inner = _mapping(solved.get("items"))
            if inner and depth:
                out["items"] = self.plain(inner, depth - 1)
        if kind == "object":
            properties = _mapping(solved.get("properties"))
            if properties and depth:
                out["properties"] = {n: self.plain(_mapping(s), depth - 1) for n, s in properties.items()}
        return out


_FORMATS = {"date-time", "date", "time", "email", "uri", "uuid", "ipv4", "ipv6", "hostname", "duration", "byte"}


def _is_page_word(name: str) -> bool:
    word = "".join(words_of(name))
    return word in _PAGE_TOKENS or word in {
        "kind", "etag", "prevpagetoken", "hasmore", "total", "count", "totalitems", "totalcount", "page", "pages",
        "pagesize", "perpage", "limit", "offset", "links", "object", "url", "meta", "metadata", "previous", "pageinfo",
        "totalresults", "resultsperpage", "nextsynctoken", "includedcount", "included", "paging", "pagination", "size",
        "success", "status", "errors", "error", "message", "code", "requestid", "totalpages", "visitorid", "eventid",
        "first", "last", "start", "end", "self", "warnings", "hasnext", "hasnextpage", "totalentries", "order",
        "incompleteresults", "unreachable", "entries", "prev", "previouspageuri", "firstpageuri", "uri", "num_pages",
    }  # fmt: skip


def _is_next_page(prop: Property) -> bool:
    return prop.type == "string" and "".join(words_of(prop.name)) in _PAGE_TOKENS


def _says_read_only(text: str) -> bool:
    return bool(re.search(r"(?:^|[.\n(]\s*)(?:output[ -]only|read[ -]only|this field is read[ -]only)\b", text, re.I))


def _type_of(schema: Schema) -> JsonType:
    kind = schema.get("type")
    if isinstance(kind, list):
        options = [k for k in cast("list[Any]", kind) if k != "null"]
        kind = options[0] if options else None
    if kind in {"string", "integer", "number", "boolean", "object", "array"}:
        return cast("JsonType", kind)
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    if kind in {"any", None} and not schema.get("enum"):
        return "object" if kind == "any" else "string"
    return "string"


def _default(given: Any, text: str, kind: JsonType, enum: tuple[str, ...]) -> Any:
    value: Any = given if given is not None else default_in_prose(text)
    if value is None:
        return None
    if kind == "boolean":
        return {"true": True, "false": False}.get(str(value).lower())
    if kind == "integer":
        return int(str(value)) if re.fullmatch(r"-?\d+", str(value)) else None
    if kind == "number":
        return _number(value)
    if kind == "string":
        if enum:
            return next((v for v in enum if v.lower() == str(value).lower()), None)
        return str(value) if given is not None and isinstance(given, str) else None
    return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return int(number) if number.is_integer() else number


def _mapping(value: Any) -> Schema:
    return cast("Schema", value) if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
