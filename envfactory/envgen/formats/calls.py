"""Named calls as operations: formats that know names and arguments, but neither methods nor paths.

GraphQL fields, AWS operations, MCP tools and Python functions are called `create_issue`, `issueCreate`,
`DescribeBudget`, `tasks.list`. A name's verb tells the method and its noun the collection, so that the rest of the
inference, which reads methods and paths, serves them all. What no name tells is handed on as unclear, with the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from envfactory.envgen.entities import ID_WORDS
from envfactory.envgen.formats.verbs import Kind, Reading, read_name
from envfactory.envgen.shapes import Operation, Property, Schema, Shapes
from envfactory.envgen.words import article, plural, singular, words_of

_METHODS: dict[Kind, str] = {
    "get": "GET", "list": "GET", "search": "GET", "create": "POST", "update": "PATCH", "delete": "DELETE",
    "action": "POST",
}  # fmt: skip
_OVERRIDES = re.compile(r"(?:overrid|overwrit|replac)\w* (?:the |all |any )?(?:entire|existing|whole|current)", re.I)
"""How AWS says that an update takes nothing over from before."""
_ITEM: frozenset[Kind] = frozenset({"get", "update", "delete", "action"})
_NOT_SCOPES = {"query", "q", "search", "text", "keyword", "content", "title", "body", "status", "state", "type", "name"}
_PAGING = {"limit", "offset", "cursor", "page", "perpage", "first", "last", "after", "before", "pagesize", "maxresults",
           "nexttoken", "pagetoken", "sort", "order", "direction", "reverse", "sortkey"}  # fmt: skip
_WHOLE = {"page", "limit", "offset", "count", "size", "results"}
_BARE = {"id", "uuid", "gid"}
_CHOICES = frozenset({"string", "integer"})


@dataclass(frozen=True)
class Call:
    """One named call of a description."""

    name: str
    arguments: tuple[Property, ...] = ()
    answer: Schema | None = None
    description: str = ""
    group: str = ""
    """The noun it is listed under, where the format has one: the class of a method."""
    writes: bool | None = None
    """What the format itself says (a GraphQL mutation, an MCP `readOnlyHint`); None when it does not."""
    removes: bool | None = None
    """Whether it destroys, where the format says so (an MCP `destructiveHint`)."""
    deprecated: bool = False


@dataclass(frozen=True)
class _Read:
    call: Call
    reading: Reading
    key: str = ""


def operations_of(calls: Sequence[Call], shapes: Shapes) -> list[Operation]:
    """Every call as an operation, in the order given."""
    read = [_with_key(one) for one in _read_all([_counted(call) for call in calls], shapes)]
    scopes: dict[str, tuple[str, ...]] = {}
    made: dict[str, Schema | None] = {}
    for noun in _nouns(read):
        read = [
            _of_another(r, [o for o in read if o.reading.noun == noun]) if r.reading.noun == noun else r for r in read
        ]
        mine = [r for r in read if r.reading.noun == noun and r.reading.kind != "unclear"]
        scopes[noun] = _scopes(mine, read)
        if not _described(mine, shapes):
            made[noun] = _made(mine, scopes[noun])
            if made[noun] is None:
                read = [_unclear(r) if r in mine else r for r in read]
    return [_operation(r, scopes.get(r.reading.noun, ()), made.get(r.reading.noun), shapes) for r in read]


def _counted(call: Call) -> Call:
    """The call with numbers that name or count as integers: many JavaScript servers say only `number`."""

    def whole(p: Property) -> bool:
        return p.type == "number" and bool(set(words_of(p.name)[-1:]) & (_WHOLE | {"id", "number"}))

    if not any(whole(p) for p in call.arguments):
        return call
    return replace(call, arguments=tuple(replace(p, type="integer") if whole(p) else p for p in call.arguments))


# Names -------------------------------------------------------------------------------------------------------------


def _read_all(calls: Sequence[Call], shapes: Shapes) -> list[_Read]:
    prefix = _shared_head(calls)
    first = [_Read(c, read_name(c.name, prefix, c.group, writes=c.writes, nouns=())) for c in calls]
    nouns = {r.reading.noun for r in first if r.reading.kind not in {"action", "unclear"} and r.reading.noun}
    found: list[_Read] = []
    for call in calls:
        reading = read_name(call.name, prefix, call.group, writes=call.writes, nouns=nouns)
        if reading.kind in {"get", "list", "search"}:
            reading = _by_answer(call, reading, shapes)
        if call.writes is False and reading.kind in {"create", "update", "delete", "action"}:
            reading = replace(reading, kind="unclear", why="its name says that it writes and its description that not")
        found.append(_Read(call, reading))
    return found


def _shared_head(calls: Sequence[Call]) -> str:
    """The first word of every name, where they all begin alike: `API-get-user`, `API-post-page`."""
    heads = {words_of(c.name)[0] for c in calls if words_of(c.name)}
    if len(calls) < 3 or len(heads) != 1:
        return ""
    [head] = heads
    return head if read_name(head, "", "thing", writes=None, nouns=()).kind in {"action", "unclear"} else ""


def _by_answer(call: Call, reading: Reading, shapes: Shapes) -> Reading:
    """One or many, as the answer says; without an answer as the noun says."""
    if call.answer is None:
        return reading
    answer = shapes.answer(call.answer, f"/{plural(reading.noun)}")
    kind: Kind = reading.kind
    if answer.kind == "many" and kind == "get":
        kind = "list"
    elif answer.kind == "one" and kind == "list":
        kind = "get"
    return replace(reading, kind=kind)


def _nouns(read: Sequence[_Read]) -> list[str]:
    return list(dict.fromkeys(r.reading.noun for r in read if r.reading.kind != "unclear"))


# Keys and scopes ---------------------------------------------------------------------------------------------------


def _with_key(one: _Read) -> _Read:
    """The call with the argument that names its row; unclear when it acts on one row and names none."""
    reading = one.reading
    several = _several(one)
    if several:
        why = f"{several!r} holds several: it reads, makes or changes several rows in one call"
        return replace(one, reading=replace(reading, kind="unclear", why=why))
    if reading.kind not in _ITEM:
        return one
    key = _key_of(one.call, reading.noun)
    if not key:
        thing = " ".join(reading.noun.split("_"))
        return replace(one, reading=replace(reading, kind="unclear", why=f"no argument says which {thing} it is about"))
    return replace(one, key=key)


def _of_another(one: _Read, mine: Sequence[_Read]) -> _Read:
    """Unclear when a bare `id` does not name the row: that of a list, or of a creation whose rows have another key."""
    bare = next((p.name for p in one.call.arguments if p.required and p.name.lower() in _BARE), "")
    keys = {o.key for o in mine if o.key}
    kind = one.reading.kind
    if bare and bare != one.key and (kind in {"list", "search"} or (keys and bare not in keys)):
        why = f"{bare!r} is that of another thing, and it is not said of which"
        return replace(one, reading=replace(one.reading, kind="unclear", why=why))
    return one


def _several(one: _Read) -> str:
    """The argument that makes a call one about several rows: `issues: [{…}]`, `issueIds: [...]`."""
    noun, kind = one.reading.noun, one.reading.kind
    if kind == "unclear":
        return ""
    rows = [p for p in one.call.arguments if p.type == "array" and (p.required or len(one.call.arguments) == 1)]
    for p in rows:
        words = words_of(p.name)
        base = [singular(w) for w in words if singular(w) not in ID_WORDS]
        about = not base or noun.endswith("_".join(base)) or base[-1] == noun.split("_")[-1]
        keys = about and singular(words[-1]) in ID_WORDS
        if (p.item_type == "object" and (about or kind == "create")) or keys or (about and kind in _ITEM):
            return p.name
    return ""


def _key_of(call: Call, noun: str) -> str:
    named = [p for p in call.arguments if p.type in _CHOICES and not p.enum]
    for pool in ([p for p in named if p.required], named):
        ranked = sorted((rank, n) for n, p in enumerate(pool) if (rank := _names(p.name, noun)) is not None)
        if ranked:
            return pool[ranked[0][1]].name
    needed = [p for p in named if p.required]
    identifying = [p for p in needed if words_of(p.name)[-1:] and words_of(p.name)[-1] in ID_WORDS]
    if len(identifying) == 1:
        return identifying[0].name
    return needed[0].name if len(needed) == 1 and words_of(needed[0].name)[-1] not in _NOT_SCOPES else ""


def _names(argument: str, noun: str) -> int | None:
    """How well an argument's name fits a row of `noun`, 0 best; None for not at all."""
    words = words_of(argument)
    if not words:
        return None
    base = "_".join(singular(w) for w in words)
    if base in _BARE:
        return 2
    if base == noun:
        return 3
    if words[-1] not in ID_WORDS:
        return None
    owner = "_".join(words[:-1])
    if owner and owner == noun:
        return 0
    # `note_id` names a document's note; `document_id` only the document it lies in.
    if owner and noun.endswith(f"_{owner}"):
        return 1
    if owner and noun.startswith(f"{owner}_"):
        return 5
    return 4 if base in {"name", "key", "number", "slug", "identifier"} else None


def _scopes(mine: Sequence[_Read], every: Sequence[_Read]) -> tuple[str, ...]:
    """The arguments that say where the rows of a noun lie: asked for by every call that names one or lists them."""
    placed = [r for r in mine if r.reading.kind in {"get", "update", "delete", "list"}]
    if not placed or len(mine) < 2:
        return ()
    shared = _needed(placed[0])
    for one in (*placed[1:], *(r for r in mine if r.reading.kind == "create")):
        shared = [name for name in shared if name in _needed(one)]
    used = Counter(name for r in every for name in dict.fromkeys(_needed(r)))
    nouns = set(_nouns(every))
    return tuple(
        name
        for name in shared
        if "".join(words_of(name)) not in _NOT_SCOPES
        and name.lower() not in _BARE
        and (used[name] > len(mine) or _noun_of(name) in nouns or words_of(name)[-1] in ID_WORDS)
    )


def _needed(one: _Read) -> list[str]:
    return [
        p.name for p in one.call.arguments if p.required and p.type in _CHOICES and not p.enum and p.name != one.key
    ]


def _noun_of(argument: str) -> str:
    words = [w for w in words_of(argument) if w not in ID_WORDS] or list(words_of(argument))
    return singular("_".join(words))


# Shapes ------------------------------------------------------------------------------------------------------------


def _described(mine: Sequence[_Read], shapes: Shapes) -> bool:
    """Whether an answer shows rows of a noun."""
    for one in mine:
        if one.call.answer is not None and one.reading.kind != "action":
            answer = shapes.answer(one.call.answer, f"/{plural(one.reading.noun)}")
            if answer.kind in {"one", "many"} and answer.shape and len(answer.shape.properties) > 1:
                return True
    return False


def _unclear(one: _Read) -> _Read:
    why = f"nothing describes what {article(' '.join(one.reading.noun.split('_')))} looks like"
    return replace(one, reading=replace(one.reading, kind="unclear", why=why))


def _made(mine: Sequence[_Read], scopes: Sequence[str]) -> Schema | None:
    """What a row looks like, where no answer is described at all: what creating and changing it give, with what names
    it. Where nothing creates one, or any answer is described and is no row, this would be a guess: None."""
    if any(one.call.answer is not None for one in mine) or not any(r.reading.kind == "create" for r in mine):
        return None
    properties: dict[str, Any] = {}
    for one in mine:
        for p in one.call.arguments:
            if p.name == one.key:
                properties.setdefault(p.name, _schema(p))
    if not properties:
        return None
    for one in mine:
        for p in one.call.arguments if one.reading.kind in {"create", "update"} else ():
            if "".join(words_of(p.name)) not in _PAGING and p.name not in scopes:
                properties.setdefault(p.name, _schema(p))
    return {"type": "object", "properties": properties} if len(properties) > 1 else None


def _schema(p: Property) -> dict[str, Any]:
    return {**p.schema, "type": p.type, "description": p.description}


# Operations --------------------------------------------------------------------------------------------------------


def _operation(one: _Read, scopes: tuple[str, ...], made: Schema | None, shapes: Shapes) -> Operation:
    call, reading = one.call, one.reading
    kind: Kind | Literal["unclear"] = reading.kind
    if kind == "unclear":
        return Operation(id=call.name, method="POST", path="", parameters=(), query=(), body=None, answer=None,
                         shapes=shapes, description=call.description, deprecated=call.deprecated,
                         unclear=reading.why)  # fmt: skip
    above = [p for name in scopes for p in call.arguments if p.name == name]
    key = next((p for p in call.arguments if p.name == one.key), None)
    path = "".join(f"/{plural(_noun_of(p.name))}/{{{p.name}}}" for p in above) + f"/{plural(reading.noun)}"
    if key:
        path += f"/{{{key.name}}}"
    if kind == "action":
        path += f"/{reading.verb}"
    rest = tuple(p for p in call.arguments if p is not key and p not in above)
    reads = kind in {"get", "list", "search", "delete"}
    answer = call.answer
    if made is not None and kind in {"get", "create", "update"}:
        answer = made
    elif made is not None and kind in {"list", "search"}:
        answer = {"type": "array", "items": made}
    evidence = f"the name {call.name!r}: {kind} {reading.noun}"
    if key:
        evidence += f", by {key.name}"
    if made is not None:
        evidence += "; no answer is described, so it shows what calls give"
    whole = kind == "update" and _OVERRIDES.search(call.description)
    return Operation(
        id=call.name,
        method="PUT" if whole else _METHODS[kind],
        path=path,
        parameters=tuple(replace(p, required=True) for p in (*above, *([key] if key else []))),
        query=rest if reads else (),
        body=None,
        given=() if reads else rest,
        answer=answer,
        shapes=shapes,
        description=call.description,
        deprecated=call.deprecated,
        sure=(0.6 if made is not None else 0.8) * (1.0 if reading.verb else 0.9),
        evidence=evidence,
    )
