"""What an operation does, told by its method, path, verb and answer; or why that cannot be told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from envfactory.envgen.entities import ID_WORDS, Draft, World, named_entity
from envfactory.envgen.shapes import Operation, Property
from envfactory.envgen.words import participles, plural, same, singular, spoken, stem, words_of
from envfactory.environment.spec import Effect

_MOVES = {"move", "reorder", "reposition", "relocate"}
_SOFT = {
    *("withdraw", "cancel", "void", "archive", "close", "revoke", "disable", "deactivate", "suspend", "end", "stop"),
    *("leave", "unsubscribe", "detach", "unassign", "terminate", "reject", "decline", "reset", "clear"),
}
"""Verbs that a DELETE may stand for without removing the row."""

_STAMPS = ("at", "on", "date", "time", "timestamp")


@dataclass(frozen=True)
class Meaning:
    """An operation understood."""

    effect: Effect
    entity: str
    confidence: float
    evidence: str
    sets: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    requires: dict[str, tuple[JsonValue, ...]] = field(default_factory=dict[str, tuple[JsonValue, ...]])
    key: str = ""
    """The parameter that names the row, wherever it stands; empty for none."""
    verb: str = ""


def meaning_of(op: Operation, world: World) -> Meaning | str:
    """What `op` does, or in one sentence why that is not understood."""
    if op.deprecated:
        return "the service has deprecated it"
    if op.unclear:
        return op.unclear
    if op.binary and not op.body:
        return "it sends a file, and an environment keeps rows"
    place = world.places[op.id]
    if any(literal.lower() in {"batch", "bulk", "watch"} for literal in place.literals[-1:]):
        return f"{place.literals[-1]!r} acts through other operations or on other services"
    if op.id in world.actions:
        return _verbal(op, world)
    entity = world.by_collection.get(place.literals)
    if entity is None:
        if op.answer.kind == "other":
            return "its answer is neither an entity nor a list of them"
        return f"nothing in {'/'.join(place.literals) or 'its path'} is an entity with a key"
    draft = world.drafts[entity]
    away = place.literals != draft.home
    if place.key:
        return _on_item(op, draft, place.key, away)
    return _on_collection(op, draft, away, world)


def _on_item(op: Operation, draft: Draft, key: str, away: bool) -> Meaning | str:
    items = {f"{method} item" for method in ("GET", "PUT", "PATCH", "POST", "DELETE")}
    if (
        away
        and (op.method != "GET" or "GET item" in draft.homely.get("/".join(draft.home), set()))
        and (items & draft.homely.get("/".join(draft.home), set()))
    ):
        return f"it is about the relation of {spoken(draft.name)} to something else, which no default behaviour covers"
    if key not in draft.key_parameters:
        return f"{key!r} does not name the {spoken(draft.name)} by its key {draft.key!r}"
    sure = draft.sure * (0.8 if away else 1)
    where = f"{op.method} on an item path"
    if op.method == "GET":
        if op.answer.kind == "many":
            return "an item path answers with a list"
        if op.answer.kind != "one":
            return "its answer is not the entity"
        return Meaning("get", draft.name, sure, where, key=key)
    if op.method == "DELETE":
        if "MARK item" in draft.homely.get("/".join(draft.home), set()):
            return f"it takes a {spoken(draft.name)} off a list that a PUT puts it on, and may keep it elsewhere"
        if op.takes_body and any(p.required for p in op.body):
            return "it deletes by conditions in a body"
        named = words_of(re.split(r"[./]", op.id)[-1])[:1]
        if named and named[0] in _SOFT:
            changed = state_after(named, draft)
            if changed is None:
                return f"it is called {named[0]!r}, which may keep the row, and no value says what becomes of it"
            return Meaning("action", draft.name, 0.75 * sure, changed[1], sets=changed[0], key=key, verb=named[0])
        return Meaning("delete", draft.name, sure, where, key=key)
    if not op.body:
        return f"a {op.method} on an item without a body: what it changes is not said"
    if op.method == "PATCH":
        return Meaning("update", draft.name, sure, where, key=key)
    partial = re.search(
        r"partial|only the (?:fields|properties|attributes)[^.]{0,40}(?:provided|given|sent|specified)|unspecified|"
        r"not (?:provided|specified|sent)[^.]{0,40}(?:unchanged|untouched)|any parameters not provided",
        op.description,
        re.IGNORECASE,
    )
    if op.method == "POST":
        return Meaning("update", draft.name, sure * 0.85, f"{where}, which changes what is given", key=key)
    if partial:
        return Meaning(
            "update", draft.name, sure * 0.95, f"{where}; documented as changing only what is given", key=key
        )
    patched = "PATCH item" in draft.homely.get("/".join(draft.home), set())
    return Meaning("replace", draft.name, sure * (1 if patched else 0.8), where, key=key)


def _on_collection(op: Operation, draft: Draft, away: bool, world: World) -> Meaning | str:
    words = words_of(op.id)
    place = world.places[op.id]
    home = draft.homely.get("/".join(draft.home), set())
    if op.method == "GET":
        if op.answer.kind != "many":
            return "its answer is not a list of entities"
        if away and not _relates(op, draft, world):
            return f"a list of {spoken(plural(draft.name))} by a relation that no attribute holds"
        if away and not world.places[op.id].above and not {"search", "find"} & {w.lower() for w in place.literals[-1:]}:
            return f"a list of {spoken(plural(draft.name))} of which it is not said how they are chosen"
        searching = bool({"search", "find", "query"} & set(words))
        where = "GET on a collection, its answer lists the entity"
        return Meaning("search" if searching else "list", draft.name, draft.sure * (0.8 if away else 1), where)
    if op.method == "POST":
        if op.answer.kind == "many":
            if words and {"search", "query", "find"} & set(words) and not away:
                return "it searches by a body of conditions"
            return "it makes or changes several rows in one call"
        if {"search", "query", "batch", "bulk", "import", "validate", "upload", "find"} & set(words):
            return f"{spoken(op.id)!r} is no plain creation"
        if away and "POST all" in home:
            return (
                f"it is about the relation of {spoken(draft.name)} to something else, which no default behaviour covers"
            )
        if not op.body:
            return "a creation without a body: what the new row holds is not said"
        if away and not _relates(op, draft, world):
            return f"it makes a {spoken(draft.name)} by a relation that no attribute holds"
        sure = draft.sure * (0.8 if away else 1) * (1 if op.answer.kind == "one" else 0.9)
        return Meaning("create", draft.name, sure, "POST on a collection with a body")
    keyed = next((p for p in (*op.query, *op.body) if same(p.name, draft.key)), None)
    if keyed is None:
        return f"a {op.method} on a whole collection"
    if op.method == "DELETE" and keyed.required:
        return Meaning("delete", draft.name, draft.sure * 0.9, "DELETE with the key in the query", key=keyed.name)
    if op.method in {"PUT", "PATCH"} and op.answer.kind == "one":
        effect: Effect = "replace" if op.method == "PUT" else "update"
        return Meaning(effect, draft.name, draft.sure * 0.85, f"{op.method} with the key in the body", key=keyed.name)
    return f"a {op.method} on a whole collection"


def _relates(op: Operation, draft: Draft, world: World) -> bool:
    """Whether every path parameter of a collection away from home is held by an attribute."""
    return all(
        any(parameter == name for name, _ in draft.scopes) or relating(parameter, draft) is not None
        for parameter, _ in world.places[op.id].above
    )


def relating(parameter: str, draft: Draft) -> Property | None:
    """The scalar attribute that holds what a path parameter of another entity names."""
    base = "_".join(w for w in words_of(parameter) if w not in ID_WORDS)
    found = draft.property(parameter) or (draft.property(base) if base else None)
    return found if found and found.type in {"string", "integer"} and found.name != draft.key else None


def _verbal(op: Operation, world: World) -> Meaning | str:
    """An operation whose path ends in a verb: `/tasks/{task}/move`, `/issues/{n}/lock`."""
    place = world.places[op.id]
    sig, last = world.actions[op.id]
    words = words_of(last)
    verb = words[0] if words else ""
    entity = world.by_collection.get(sig)
    if entity is None and place.last_is_below_key:
        entity = named_entity(place.above[-1][0], sig, world) or None
    if op.method == "GET":
        if op.answer.kind == "one":
            return f"{spoken(last)!r} is one thing without a key of its own"
        return f"{spoken(last)!r} answers with something that is no entity"
    if entity is None:
        return f"nothing in {'/'.join(sig) or 'its path'} is an entity with a key"
    draft = world.drafts[entity]
    above = [name for name, _ in place.above]
    if place.key:
        above.append(place.key)
    key = above[-1] if above and above[-1] in draft.key_parameters and (place.last_is_below_key or place.verb) else ""
    if (verb == "clear" and op.method == "POST") or verb == "empty":
        return _clearing(op, draft, key, world)
    if not key:
        return f"{spoken(last)!r} acts on the whole collection in a way that is not understood"
    if verb in _MOVES and draft.homely:
        if not (op.query or op.body):
            return "it moves something, but not to where"
        return Meaning("move", entity, 0.9 * draft.sure, f"the verb {verb!r} on an item", key=key, verb=verb)
    # The operation's own name may say more than its path: DELETE …/lock is `unlock`.
    named = words_of(re.split(r"[./]", op.id)[-1])
    if op.method == "DELETE":
        called = named[0] if named and named[0] != "delete" else f"un{verb}"
        # `unlock` undoes the path's `lock`; `disable-security-fixes` is about more than `disable`.
        words = (called, *words[1:]) if called.endswith(verb) else (called, *words)
    changed = state_after(words, draft)
    if changed is None:
        return f"the verb {spoken(' '.join(words))!r} matches no value, flag or time of the {spoken(draft.name)}"
    sets, evidence = changed
    return Meaning("action", entity, 0.75 * draft.sure, evidence, sets=sets, requires=_needed(op, draft, sets), key=key,
                   verb=" ".join(words))  # fmt: skip


def state_after(words: tuple[str, ...], draft: Draft) -> tuple[dict[str, JsonValue], str] | None:
    """What an entity looks like after the verb was done to it, and what tells so; None when nothing does."""
    if not words:
        return None
    about = set(draft.name.split("_"))
    words = (words[0], *(w for w in words[1:] if singular(w) not in about))
    if words[0] in {"update", "create", "get", "set", "add", "remove", "put", "list"}:
        return None
    verb = "_".join(words)
    opposite = verb.startswith("un") and len(verb) > 4
    done = {"".join(words_of(p)) for p in participles(verb)} | {"".join(words)}
    base = {"".join(words_of(p)) for p in participles(verb[2:])} if opposite else set[str]()
    sets: dict[str, JsonValue] = {}
    found: list[str] = []
    for prop in draft.shape.properties:
        plain = "".join(words_of(prop.name))
        if prop.enum and words_of(prop.name)[-1:] not in {("type",), ("role",), ("reason",)}:
            value = next((v for v in prop.enum if "".join(words_of(v)) in done), None)
            if value is not None:
                sets[prop.name] = value
                found.append(f"{prop.name} can be {value!r}")
        elif prop.type == "boolean":
            bare = plain.removeprefix("is")
            if bare in done and not opposite:
                sets[prop.name] = True
                found.append(f"the flag {prop.name}")
            elif bare in base:
                sets[prop.name] = False
                found.append(f"the flag {prop.name}, undone")
        elif prop.format in {"date-time", "date"} and not opposite:
            root = "".join(w for w in words_of(prop.name) if w not in _STAMPS)
            if (root in done and root != plain) or plain in done:
                sets[prop.name] = "$now"
                found.append(f"the time {prop.name}")
    return (sets, f"after {spoken(' '.join(words))!r}: {', '.join(found)}") if sets else None


def _needed(op: Operation, draft: Draft, sets: Mapping[str, JsonValue]) -> dict[str, tuple[JsonValue, ...]]:
    """The state a row must be in, where the prose says `only … can be` or `must be in the … state`."""
    match = re.search(r"(?:only|must be)\b([^.]*)", op.description, re.IGNORECASE)
    if match is None or not re.search(r"stat(e|us)", op.description, re.IGNORECASE):
        return {}
    said = set(words_of(match.group(1)))
    for prop in draft.shape.properties:
        values = tuple(v for v in prop.enum if set(words_of(v)) <= said and v != sets.get(prop.name))
        if values and len(values) < len(prop.enum):
            return {prop.name: values}
    return {}


def _clearing(op: Operation, draft: Draft, key: str, world: World) -> Meaning | str:
    """`clear` acts on many rows: those of the collection below the last parameter that the prose names."""
    below = draft
    if key:
        inside = [d for d in world.drafts.values() if d.scopes and d.scopes[-1][1] == draft.name]
        said = op.description.lower()
        below = next((d for d in inside if spoken(plural(d.name)) in said), draft)
        if below is draft:
            return f"what is cleared in the {spoken(draft.name)} is not said"
    match = re.search(r"mark(?:ed|s)?(?: them)? as ['\"“]?(\w+)", op.description)
    flag = below.property(match.group(1)) if match else None
    sets: dict[str, JsonValue] = {}
    requires: dict[str, tuple[JsonValue, ...]] = {}
    if flag and flag.type == "boolean":
        sets[flag.name] = True
    elif not re.search(r"delet|remov", op.description, re.IGNORECASE):
        return f"what becomes of the cleared {spoken(plural(below.name))} is not said"
    before = re.search(rf"all (\w+) {spoken(plural(below.name))}", op.description, re.IGNORECASE)
    if before:
        wanted = stem(before.group(1).lower())
        for prop in below.shape.properties:
            value = next((v for v in prop.enum if stem(v.lower()) == wanted), None)
            if value:
                requires[prop.name] = (value,)
    told = "; ".join(f"{name} becomes true" for name in sets) or "the rows are deleted"
    return Meaning("clear", below.name, 0.8, f"the verb 'clear' on a collection; {told}", sets=sets, requires=requires)
