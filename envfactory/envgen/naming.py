"""Names and sentences of a contract, in our own words, made from the names of the API."""

from __future__ import annotations

import re
from collections.abc import Sequence

from envfactory.envgen.effects import Meaning
from envfactory.envgen.entities import World
from envfactory.envgen.shapes import Operation
from envfactory.envgen.source import Document
from envfactory.envgen.words import article, plural, snake, spoken, words_of

LONGEST_NAME = 40
"""Characters of a tool's name at most: providers allow 64, and the environment's name comes before it."""

_TITLE_NOISE = {
    *("api", "rest", "the", "reference", "official", "openapi", "spec", "specification", "extension", "for", "of"),
    *("octokit", "apis", "documentation", "service", "swagger", "public", "web"),
}


_PEOPLE = {"user", "account", "customer", "owner", "member", "person", "contact", "organization", "student", "teacher"}


def tool_name(operation: str, prefix: str, taken: set[str]) -> str:
    """An operation's name as a tool's: snake_case without the API's own name, at most 40 characters, unique."""
    text = operation
    if prefix and text.lower().startswith(prefix.lower()):
        text = text[len(prefix) :]
    text = re.sub(r"[{}]", "", text)
    words = snake(text).split("_")
    nouns_first = "." in text
    while len("_".join(words)) > LONGEST_NAME and len(words) > 2:
        words = words[1:] if nouns_first else words[:-1]
    name = "_".join(words)[:LONGEST_NAME].strip("_")
    unique, number = name, 2
    while unique in taken:
        unique = f"{name[: LONGEST_NAME - 3]}_{number}"
        number += 1
    return unique


def common_prefix(document: Document, ops: Sequence[Operation]) -> str:
    """The API's own name where every operation id begins with it."""
    if document.kind == "discovery":
        return f"{document.data.get('name', '')}."
    heads = {re.split(r"[./_]", op.id)[0] for op in ops}
    if len(heads) == 1 and len(ops) > 1:
        [head] = heads
        titled = head.lower() in words_of(document.source.title)
        if titled and all(op.id[len(head) : len(head) + 1] in {".", "/", "_"} for op in ops):
            return ops[0].id[: len(head) + 1]
    return ""


def describe(meaning: Meaning, world: World, scoping: set[str]) -> str:
    """What a tool does, in a sentence of ours."""
    draft = world.drafts[meaning.entity]
    one, many = article(spoken(draft.name)), spoken(plural(draft.name))
    owner = next((owner for _, owner in reversed(draft.scopes) if owner in scoping), "")
    inside = f" of {article(spoken(owner))}" if owner else ""
    match meaning.effect:
        case "get":
            return f"Get {one}{inside}."
        case "list":
            return f"List the {many}{inside}."
        case "search":
            return f"Search the {many}{inside}."
        case "create":
            joint = "for" if owner.split("_")[-1] in _PEOPLE else "in"
            return f"Create {one}{f' {joint} {article(spoken(owner))}' if owner else ''}."
        case "update":
            return f"Change what is given of {one}; everything else stays."
        case "replace":
            return f"Replace {one}: what is not given is emptied."
        case "delete":
            return f"Delete {one}{inside}."
        case "move":
            return f"Move {one} to another place."
        case "clear":
            which = " ".join(str(v[0]) for v in meaning.requires.values())
            outcome = f"mark them {listed([spoken(k) for k in meaning.sets])}" if meaning.sets else "delete them"
            return f"Clear the {which + ' ' if which else ''}{many}{inside}: {outcome}."
        case _:
            return f"{sentence(meaning.verb or meaning.effect)} {one}{inside}."


def short_title(title: str) -> str:
    """A title's telling words as a name."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"\(.*?\)|'s\b", "", title).lower())
    while words and words[0][:1].isdigit():
        words.pop(0)
    return "_".join([w for w in words if w not in _TITLE_NOISE and not re.fullmatch(r"v\d+", w)][:3])


def sentence(text: str) -> str:
    """The text with a capital."""
    return text[:1].upper() + text[1:]


def listed(words: Sequence[str]) -> str:
    """The words as a list in prose."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1] if words else ""]))
