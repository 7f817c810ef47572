"""What a call's name says: a verb and a noun."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from envfactory.envgen.words import plural, singular, words_of

Kind = Literal["get", "list", "search", "create", "update", "delete", "action", "unclear"]

VERBS: dict[str, Kind] = {
    **dict.fromkeys(("get", "describe", "read", "retrieve", "fetch", "show", "view", "head", "lookup", "load"), "get"),
    **dict.fromkeys(("list", "index", "enumerate"), "list"),
    **dict.fromkeys(("search", "find", "query"), "search"),
    **dict.fromkeys(("create", "add", "insert", "new", "make"), "create"),
    **dict.fromkeys(("update", "edit", "modify", "patch", "change", "amend"), "update"),
    **dict.fromkeys(("delete", "remove", "destroy", "drop", "erase"), "delete"),
}
"""Verbs that mean one thing whatever they are said of. `put` and `set` do not: they make, replace or change."""

_EITHER = {"put", "upsert", "save", "set", "sync", "store"}
_BULK = {"batch", "bulk", "multi", "many"}
_FILLING = {"all", "my", "the", "a", "an", "new", "details", "detail", "info", "existing", "single", "one", "data"}
_JOINTS = {"by", "for", "in", "of", "with", "from", "to", "into", "on", "as", "at", "via", "using", "between"}


@dataclass(frozen=True)
class Reading:
    """A name taken apart; `why` says what is unclear."""

    kind: Kind
    noun: str = ""
    """In the singular, in snake_case."""
    verb: str = ""
    why: str = ""


def read_name(name: str, prefix: str, group: str, *, writes: bool | None, nouns: Collection[str]) -> Reading:
    """Read a call's name. `prefix` is a word all names begin with, `group` the noun it is listed under, `nouns` those
    that other calls are known to be about: only of them a verb we do not know is an action."""
    words = list(words_of(name))
    if prefix and words[:1] == [prefix]:
        words = words[1:]
    if not words:
        return Reading("unclear", why="its name says nothing")
    if set(words) & _BULK:
        return Reading("unclear", why="it acts on several rows in one call")
    kind, verb, rest = _verb(words)
    if rest[:1] == ["or"]:
        return Reading("unclear", why=f"it may {verb} or {' '.join(rest[1:])}")
    if kind is None:
        return _verbless(words, group, writes, nouns)
    head, joint = _head(rest)
    if joint and kind not in {"get", "list", "search"} and _noun(head):
        tail = _noun([w for w in rest[len(head) + 1 :] if w not in _JOINTS])
        if joint in {"to", "from", "into", "with", "between", "as"} and kind in {"create", "delete"}:
            said = f"{verb} {' '.join(head)} {joint} {tail.replace('_', ' ')}"
            return Reading("unclear", why=f"{said!r} is about the relation of two things")
    if joint in {"by", "for", "of", "in"} and kind == "get" and not _noun(head):
        head = rest
    noun = _noun(head) or singular(group)
    if not noun:
        return Reading("unclear", why=f"{name!r} names a verb but no thing")
    if verb in _EITHER:
        return Reading("unclear", why=f"{verb!r} may make, replace or change a {noun.replace('_', ' ')}")
    several = (
        bool(head)
        and plural(noun) == "_".join(_clean(head))
        and singular("_".join(_clean(head))) != "_".join(_clean(head))
    )
    if kind == "get" and several:
        kind = "list"
    return Reading(kind, noun, verb)


def _verb(words: list[str]) -> tuple[Kind | None, str, list[str]]:
    """The verb of a name, first or last in it, and the other words."""
    for place, rest in ((0, words[1:]), (-1, words[:-1])):
        word = words[place]
        if word in VERBS or word in _EITHER:
            return VERBS.get(word, "unclear"), word, rest
    return None, "", words


def _verbless(words: list[str], group: str, writes: bool | None, nouns: Collection[str]) -> Reading:
    """A name without a verb we know: a noun alone reads, a strange verb on a known noun is an action."""
    whole = _noun(words)
    if writes is False:
        many = singular("_".join(words)) != "_".join(words)
        return Reading("list" if many else "get", whole)
    candidates = [(words[0], words[1:]), (words[-1], words[:-1])]
    if group:
        candidates.append(("_".join(words), [group]))
    for verb, rest in candidates:
        noun = _noun(_head(rest)[0])
        if noun in nouns and verb not in _JOINTS:
            return Reading("action", noun, verb)
    return Reading("unclear", why=f"{' '.join(words)!r} names no verb and thing that other calls make clear")


def _head(words: list[str]) -> tuple[list[str], str]:
    """The words before the first preposition, and that preposition."""
    for place, word in enumerate(words):
        if word in _JOINTS:
            return words[:place], word
    return words, ""


def _clean(words: list[str]) -> list[str]:
    kept = [w for w in words if w not in _FILLING and not w.isdigit()]
    return kept or [w for w in words if not w.isdigit()]


def _noun(words: list[str]) -> str:
    return singular("_".join(_clean(words))) if words else ""
