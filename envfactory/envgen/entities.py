"""Which entities a description keeps: its collections, told by paths and by the shapes of answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from envfactory.envgen.shapes import Operation, Property, Shape
from envfactory.envgen.words import same, singular, snake, stem, words_of

_VERSION = re.compile(r"^v?\d+(\.\d+)*(alpha|beta)?\d*$|^v\d+", re.IGNORECASE)
_PREFIXES = {"api", "rest", "public", "2.0", "1.0"}
_NOISE_TAIL = {
    "response", "result", "dto", "model", "resource", "object", "compact", "base", "request", "schema", "output",
    "read", "full", "detail", "details", "summary", "view", "representation", "public", "data", "out", "body",
    "simple", "minimal", "with",
}  # fmt: skip
_NOISE_HEAD = {"get", "full", "simple", "minimal", "api", "base", "basic", "inline", "list", "create", "update", "post"}
ID_WORDS = ("id", "gid", "uuid", "guid", "sid", "key", "number", "identifier", "slug", "name", "code", "pk", "ref")
_KEY_NAMES = ("id", "gid", "uuid", "guid", "sid", "_id", "identifier", "key", "slug", "code", "number", "name")


_VERBS = {"add", "remove", "set", "get", "create", "delete", "update", "cancel", "send", "import", "export", "batch"}


@dataclass(frozen=True)
class Place:
    """Where an operation's path leads."""

    literals: tuple[str, ...]
    """The path's words without parameters, versions and prefixes."""
    key: str
    """The parameter the path ends in; empty when it ends in a word."""
    above: tuple[tuple[str, tuple[str, ...]], ...]
    """The other path parameters, each with the words before it."""
    verb: str = ""
    """A custom method behind a colon, `…:cancel`."""
    last_is_below_key: bool = False
    """Whether the last word directly follows a parameter."""
    depth: int = 0
    """How many parameters stand side by side at the path's end."""


def place_of(operation: Operation) -> Place:
    """Take an operation's path apart."""
    path, colon, verb = operation.path.partition("?")[0].partition(":")
    if "#" in path and not colon:  # Box writes `/folders/{folder_id}#add_shared_link`
        path, colon, verb = path.partition("#")
    if "{" in verb or "/" in verb:  # a colon inside, not a custom method
        path, verb = operation.path.replace(":", "/"), ""
    segments = [s for s in path.strip("/").split("/") if s]
    cut = next((i + 1 for i, s in enumerate(segments[:4]) if _VERSION.match(s)), 0)
    segments = segments[cut:]
    while len(segments) > 1 and segments[0].lower() in _PREFIXES and "{" not in segments[0]:
        segments = segments[1:]
    known = [p.name for p in operation.parameters]
    literals: list[str] = []
    params: list[tuple[str, tuple[str, ...]]] = []
    tail_is_param = below = False
    for segment in segments:
        names = re.findall(r"\{\+?([^}]+)\}", segment)
        if names:
            params += [(name, tuple(literals)) for name in names]
            tail_is_param, below = True, False
        else:
            literals.append(segment.removesuffix(".json"))
            below, tail_is_param = tail_is_param, False
    # Discovery's whole resource names: one parameter stands for all that the flat path spells out.
    if params and known and not any(name in known for name, _ in params):
        params = [(known[0], params[-1][1])]
    depth = sum(before == tuple(literals) for _, before in params)
    # Of two parameters side by side (`/repos/{owner}/{repo}`) the words before them name only the second.
    params = [
        (name, () if i + 1 < len(params) and params[i + 1][1] == before and len(set(params)) > 1 else before)
        for i, (name, before) in enumerate(params)
    ]
    key = params[-1][0] if params and tail_is_param else ""
    above = params[:-1] if key else params
    return Place(tuple(literals), key, tuple(above), verb if colon else "", below, depth)


@dataclass
class Draft:
    """An entity while it is being found."""

    name: str
    shape: Shape
    home: tuple[str, ...]
    collections: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    key: str = ""
    key_parameters: list[str] = field(default_factory=list[str])
    scopes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Path parameters above it, outermost first, each with the name of the entity it names."""
    homely: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    synthetic: bool = False
    sure: float = 1.0

    def property(self, name: str) -> Property | None:
        """The property that differs from `name` only in how it is written."""
        return self.shape.get(name) or next((p for p in self.shape.properties if same(p.name, name)), None)


@dataclass
class World:
    """The entities of a description, and where each operation leads."""

    places: dict[str, Place]
    drafts: dict[str, Draft]
    by_collection: dict[tuple[str, ...], str]
    actions: dict[str, tuple[tuple[str, ...], str]]
    """Operations that end in a verb: the collection they act on, and the verb."""


def find_entities(operations: Sequence[Operation]) -> World:
    """Group operations into collections, and collections into entities."""
    places = _agreed({op.id: place_of(op) for op in operations})
    grouped: dict[tuple[str, ...], list[Operation]] = {}
    actions: dict[str, tuple[tuple[str, ...], str]] = {}
    sure = {places[op.id].literals for op in operations if places[op.id].key and not places[op.id].verb}
    sure |= {
        places[op.id].literals
        for op in operations
        if op.method == "GET" and not places[op.id].key and not places[op.id].verb and op.answer.kind == "many"
    }
    for op in operations:
        place = places[op.id]
        sig = place.literals
        if place.verb:
            actions[op.id] = (sig, place.verb)
        elif sig and (place.key or sig in sure or _opens(op, place)):
            grouped.setdefault(sig, []).append(op)
        elif sig:
            actions[op.id] = (sig[:-1], sig[-1])
    drafts: dict[str, Draft] = {}
    by_collection: dict[tuple[str, ...], str] = {}
    shapes = {sig: shape for sig in grouped if (shape := _shape_of(grouped[sig], places))}

    def homeliness(sig: tuple[str, ...]) -> tuple[bool, float, int, tuple[str, ...]]:
        """A collection called as its entity (`/repos`, not `/user/starred`) first, then the one that can do most."""
        told, literal = _telling(shapes[sig].name), singular(snake(sig[-1]))
        called = not told or literal in "_".join(told) or stem(told[-1])[:4] == stem(literal)[:4]
        weight = sum(_WEIGHTS.get(ability, 0) for ability in _abilities(grouped[sig], places))
        return not called, -weight, len(sig), sig

    for sig in sorted(shapes, key=homeliness):
        shape = shapes[sig]
        name = _entity_name(shape, sig)
        if not shape.name and "POST item" not in _abilities(grouped[sig], places):
            # `subtasks` that look like tasks are tasks.
            name = next((n for n in drafts if name.endswith(n) and _alike(drafts[n].shape, shape)), name)
        if name in drafts and not _alike(drafts[name].shape, shape):
            name = snake(f"{singular(sig[-2])}_{name}") if len(sig) > 1 else f"{name}_entry"
        draft = drafts.get(name)
        if draft is None:
            draft = drafts[name] = Draft(name, shape, sig)
        draft.collections.append(sig)
        draft.homely.setdefault("/".join(sig), set()).update(_abilities(grouped[sig], places))
        by_collection[sig] = name
    for draft in drafts.values():
        _find_key(draft, grouped, places)
    usable = {name: draft for name, draft in drafts.items() if draft.key}
    world = World(places, usable, {s: n for s, n in by_collection.items() if n in usable}, actions)
    for draft in list(usable.values()):
        _find_scopes(draft, grouped, world)
    return world


def _agreed(places: dict[str, Place]) -> dict[str, Place]:
    """Places where a path that ends in a parameter is a collection when longer paths go on: `/flags/{project}` holds
    what `/flags/{project}/{flag}` names."""

    deepest: dict[tuple[str, ...], int] = {}
    for place in places.values():
        deepest[place.literals] = max(deepest.get(place.literals, 0), place.depth)
    agreed: dict[str, Place] = {}
    for name, place in places.items():
        if place.key and 0 < place.depth < deepest[place.literals]:
            above = (*place.above, (place.key, ()))
            place = replace(place, key="", above=above)
        agreed[name] = place
    return agreed


def _opens(op: Operation, place: Place) -> bool:
    """Whether a POST to a path nobody lists still adds to a collection."""
    if words_of(place.literals[-1])[:1] and words_of(place.literals[-1])[0] in _VERBS:  # `/tasks/{id}/addFollowers`
        return False
    words = set(words_of(op.id))
    plural = singular(place.literals[-1].lower()) != place.literals[-1].lower()
    return op.method == "POST" and plural and bool(words & {"create", "insert", "add", "new", "post"})


def _abilities(ops: Sequence[Operation], places: dict[str, Place]) -> set[str]:
    """What one can do in a collection; a PUT without a body only marks, as `PUT /user/starred/{repo}` does."""
    found: set[str] = set()
    for op in ops:
        method = "MARK" if op.method == "PUT" and not op.takes_body else op.method
        found.add(f"{method} {'item' if places[op.id].key else 'all'}")
    return found


_WEIGHTS = {"POST all": 2.0, "PATCH item": 2.0, "PUT item": 1.0, "GET item": 1.0, "GET all": 1.0, "DELETE item": 0.5}
"""What makes a collection an entity's home: where rows are made and changed, rather than listed or marked."""


def _shape_of(ops: Sequence[Operation], places: dict[str, Place]) -> Shape | None:
    wanted = (("GET", True), ("POST", False), ("GET", False), ("PATCH", True), ("PUT", True), ("POST", True))
    for method, item in wanted:
        for op in ops:
            if op.method == method and bool(places[op.id].key) == item:
                answer = op.answer
                expected = {"many"} if method == "GET" and not item else {"one"}
                if answer.kind in expected and answer.shape and len(answer.shape.properties) > 1:
                    return answer.shape
    return None


def _telling(schema_name: str) -> list[str]:
    """A schema's name without what only says that it is one: `TaskResponse`, `full-repository`."""
    words = list(words_of(re.split(r"[./]", schema_name)[-1] or schema_name))
    if "by" in words[1:]:  # `get_webhook_by_id_response_body`
        words = words[: words.index("by", 1)]
    while len(words) > 1 and (words[-1] in _NOISE_TAIL or words[-1].isdigit() or _VERSION.match(words[-1])):
        words.pop()
    while len(words) > 1 and words[0] in _NOISE_HEAD:
        words.pop(0)
    return words


def entity_word(schema_name: str) -> str:
    """The entity a schema's name speaks of: `UserCompact` → `user`; empty for no name."""
    return singular(snake("_".join(_telling(schema_name)))) if schema_name else ""


def _entity_name(shape: Shape, sig: tuple[str, ...]) -> str:
    literal = singular(snake(sig[-1]))
    words = _telling(shape.name)
    if not words or len(words) > 4 or "".join(words) in _NOISE_TAIL | _NOISE_HEAD or any(w.isdigit() for w in words):
        return literal
    cleaned = singular(snake("_".join(words)))
    tail = literal.split("_")[-1]
    if tail in cleaned.split("_") or cleaned.split("_")[-1] in literal.split("_") or len(words) <= 2:
        return cleaned
    return literal


def _alike(one: Shape, other: Shape) -> bool:
    if one.name and one.name == other.name:
        return True
    names, others = {p.name for p in one.properties}, {p.name for p in other.properties}
    return len(names & others) >= 0.5 * min(len(names), len(others))


def _find_key(draft: Draft, grouped: dict[tuple[str, ...], list[Operation]], places: dict[str, Place]) -> None:
    draft.collections.sort(key=lambda sig: (sig != draft.home, len(sig)))
    for sig in draft.collections:
        for op in grouped[sig]:
            parameter = places[op.id].key
            if not parameter or parameter in draft.key_parameters:
                continue
            kind = next((p.type for p in op.parameters if p.name == parameter), "string")
            found = key_for(parameter, draft, kind)
            if found and (not draft.key or found == draft.key):
                draft.key = found
                draft.key_parameters.append(parameter)
    if not draft.key:
        scalar = [p for p in draft.shape.properties if p.type in {"string", "integer"} and not p.enum]
        own = [f"{draft.name}{end}" for end in ("_id", "_sid", "_gid", "_key", "_number", "_code")]
        draft.key = next((p.name for n in (*_KEY_NAMES[:5], *own) for p in scalar if same(p.name, n)), "")
        draft.sure = 0.7


def key_for(parameter: str, draft: Draft, kind: str = "string") -> str:
    """The attribute that a path parameter such as `task`, `taskId` or `issue_number` names a row by."""
    fitting = [p for p in draft.shape.properties if p.type == kind]
    # `{repo}` is a text, so it is the name and not the number that `id` is; but many write numbers as texts.
    return _key_among(parameter, draft, fitting, strict=True) or _key_among(
        parameter, draft, draft.shape.properties, strict=False
    )


def _key_among(parameter: str, draft: Draft, properties: Sequence[Property], *, strict: bool) -> str:
    scalar = {p.name: p for p in properties if p.type in {"string", "integer", "number"}}
    words = words_of(parameter)
    tail = words[-1] if words else ""
    candidates = [parameter, snake(parameter)]
    if tail in ID_WORDS:
        candidates.append(tail)
        if tail in {"id", "identifier", "uuid", "gid", "sid"}:
            candidates += [f"{draft.name}_id", "id", *_KEY_NAMES[:6]]
    elif strict and any(p.name == "id" for p in draft.shape.properties) and "id" not in scalar:
        candidates += [*_KEY_NAMES, "login", "username"]
    candidates += ["id", f"{draft.name}_id", *_KEY_NAMES[:6]]
    if same(parameter, draft.name) or same(parameter, draft.home[-1] if draft.home else ""):
        candidates += list(_KEY_NAMES)
    for candidate in candidates:
        for name in scalar:
            if same(name, candidate):
                return name
    return ""


def _find_scopes(draft: Draft, grouped: dict[tuple[str, ...], list[Operation]], world: World) -> None:
    ops = grouped[draft.home]
    ordered = sorted(
        ops, key=lambda op: (-len(world.places[op.id].above), op.method != "POST", bool(world.places[op.id].key))
    )
    for op in ordered:
        for parameter, before in world.places[op.id].above:
            if parameter not in [name for name, _ in draft.scopes]:
                prop = next((p for p in op.parameters if p.name == parameter), None)
                draft.scopes.append((parameter, _owner(parameter, before, prop, world, draft)))


def _owner(parameter: str, before: tuple[str, ...], prop: Property | None, world: World, below: Draft) -> str:
    """The entity whose key a path parameter takes; one is made when the description keeps none."""
    found = named_entity(parameter, before, world)
    if found and found != below.name:
        return found
    base = [w for w in words_of(parameter) if w not in ID_WORDS] or list(words_of(parameter))
    follows = [p for d in world.drafts.values() for p, _ in d.scopes]
    name = singular("_".join(base)) if base != ["name"] or parameter not in follows else parameter
    if name in {"name", "parent", "id", "value"} and before:
        name = singular(snake(before[-1]))
    if name == below.name:
        name = f"{name}_scope"
    if name not in world.drafts:
        kind = prop.type if prop and prop.type in {"string", "integer"} else "string"
        key = "id" if words_of(parameter)[-1] in {"id", "gid", "sid", "uuid"} or kind == "integer" else "name"
        shape = Shape(name, (Property(key, kind, required=True),))
        above = [scope for scope in below.scopes if scope[1] != name]
        world.drafts[name] = Draft(name, shape, before, [], key, [parameter], above, synthetic=True, sure=0.8)
    return name


def named_entity(parameter: str, before: tuple[str, ...], world: World) -> str:
    """The entity that a parameter names, told by the path before it, else by the parameter's own words."""
    if before and before in world.by_collection:
        return world.by_collection[before]
    base = "".join(w for w in words_of(parameter) if w not in ID_WORDS) or "".join(words_of(parameter))
    for draft in world.drafts.values():
        if "".join(draft.name.split("_")) == base or (parameter in draft.key_parameters and base not in {"id", "name"}):
            return draft.name
    if before:
        for draft in world.drafts.values():
            if draft.home and draft.home[-1] == before[-1]:
                return draft.name
    return ""


def simplify(world: World, operations: Sequence[Operation]) -> list[tuple[str, str]]:
    """Keep what calls give by a name or number, and answers show as a whole object, the way calls give it: so that
    both agree. Returns each such attribute as `entity.attribute`, with the type it is now kept as."""
    changed: list[tuple[str, str]] = []
    for op in operations:
        draft = world.drafts.get(world.by_collection.get(world.places[op.id].literals, ""))
        if draft is None or op.method not in {"POST", "PUT", "PATCH"} or world.places[op.id].literals != draft.home:
            continue
        for given in op.body:
            shown = draft.shape.get(given.name)
            if shown is None or given.read_only:
                continue
            plain = given.type in {"string", "integer", "number", "boolean"} and shown.type in {"object", "array"}
            listed = given.type == shown.type == "array" and shown.item_type == "object" != given.item_type
            if not plain and not listed:
                continue
            kept = replace(given, required=False, schema_name=shown.schema_name, enum=given.enum, default=None)
            other = world.drafts.get(given.name)
            key = other.property(other.key) if other and plain else None
            allowed = (kept.type, *given.schema.get("alternatives", ()))
            if other and key and key.type not in allowed:
                kept = replace(kept, schema_name="")  # named by something else than its key: no reference
            elif other and key and key.type in {"string", "integer"}:
                kept = replace(kept, type=key.type, schema_name=other.shape.name)
            properties = tuple(kept if p is shown else p for p in draft.shape.properties)
            draft.shape = Shape(draft.shape.name, properties)
            changed.append((f"{draft.name}.{given.name}", kept.type))
    return changed
