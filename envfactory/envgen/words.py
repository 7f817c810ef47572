"""Names of APIs taken apart: words, number, participles, and what prose says about values."""

from __future__ import annotations

import keyword
import re

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNCHANGED = {"series", "news", "status", "address", "access", "species", "analytics", "metadata", "sms"}
_IRREGULAR = {"people": "person", "children": "child", "media": "media", "data": "data", "criteria": "criterion"}
_PARTICIPLES = {
    "pay": ("paid",),
    "send": ("sent",),
    "hold": ("held", "on_hold"),
    "open": ("open", "opened"),
    "reopen": ("open", "reopened"),
    "activate": ("active", "activated"),
    "deactivate": ("inactive", "deactivated"),
    "enable": ("enabled", "active"),
    "disable": ("disabled", "inactive"),
    "submit": ("submitted",),
    "put": ("put",),
    "read": ("read",),
    "win": ("won",),
    "lose": ("lost",),
    "undo": ("undone",),
    "withdraw": ("withdrawn",),
    "turn_in": ("turned_in",),
    "resume": ("active", "resumed", "running"),
    "start": ("started", "running", "active", "in_progress"),
    "finish": ("finished", "done", "completed"),
}
_QUOTED = re.compile(r"[\"“`']([A-Za-z][\w\-.#/]*)[\"”`']")
_STEM = re.compile(r"(ments?|ions?|ing|ed|es|e|s|d)$")


def words_of(name: str) -> tuple[str, ...]:
    """A name's words in lower case: `taskList` → ("task", "list"), `issue_number` → ("issue", "number")."""
    parts = re.split(r"[^A-Za-z0-9]+", _BOUNDARY.sub(" ", name))
    return tuple(part.lower() for part in parts if part)


def snake(name: str) -> str:
    """A name as a Python identifier in snake_case."""
    text = "_".join(words_of(name)) or "value"
    if text[0].isdigit():
        text = f"n_{text}"
    return text


def argument_name(name: str) -> str:
    """An API's own name when Python can write it, else its snake_case; keywords get a trailing underscore."""
    kept = name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) else snake(name)
    return f"{kept}_" if keyword.iskeyword(kept) else kept


def spoken(name: str) -> str:
    """A name as people read it: `dueMin` → `due min`."""
    return " ".join(words_of(name))


def singular(word: str) -> str:
    """One of what the word counts: `categories` → `category`. Only the last of several words is changed."""
    head, joint, last = word.rpartition("_") if "_" in word else word.rpartition(" ")
    return f"{head}{joint}{_singular(last)}"


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _UNCHANGED or len(word) < 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes", "uses")) and not word.endswith(("auses", "ouses", "aches")):
        return word[:-2]
    return word[:-1]


def plural(word: str) -> str:
    """Several of what the word names: `category` → `categories`. Only the last of several words is changed."""
    if word.endswith("s") and singular(word) != word:
        return word
    if word in _UNCHANGED and word.endswith("s"):
        return f"{word}es" if word in {"status", "address", "access"} else word
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    if word.endswith("person"):
        return f"{word[:-6]}people"
    if word.endswith("child"):
        return f"{word}ren"
    if re.search(r"(s|x|z|ch|sh)$", word):
        return f"{word}es"
    return f"{word}s"


def article(words: str) -> str:
    """The words behind `a` or `an`."""
    sounds_open = words[:1] in "aeio" or (words.startswith("u") and not words.startswith(("use", "uni", "ut")))
    return f"{'an' if sounds_open else 'a'} {words}"


def participles(verb: str) -> tuple[str, ...]:
    """What something is once the verb was done to it: `cancel` → canceled, cancelled."""
    verb = verb.lower()
    if verb in _PARTICIPLES:
        return _PARTICIPLES[verb]
    if verb.endswith("e"):
        return (f"{verb}d",)
    if re.search(r"[^aeiou]y$", verb):
        return (f"{verb[:-1]}ied",)
    return (f"{verb}ed", f"{verb}{verb[-1:]}ed")


def stem(word: str) -> str:
    """What `assigned` and `assignment` share; for comparing only."""
    while len(word) > 4:
        shorter = _STEM.sub("", word)
        if shorter == word or len(shorter) < 3:
            break
        word = shorter
    return word


def same(one: str, other: str) -> bool:
    """Whether two names differ only in how they are written."""
    return "".join(words_of(one)) == "".join(words_of(other))


def enum_in_prose(text: str) -> tuple[str, ...]:
    """The values a sentence names as all there are: `This is either "a" or "b"`; empty when it names none."""
    match = re.search(
        r"(possible values (?:are|include)|(?:is|be) either|either|(?:is|be|must be) one of|valid values are|"
        r"acceptable values are|allowed values(?: are)?|can be (?:one of )?(?=[\"`'“]))",
        text,
        re.IGNORECASE,
    )
    if match is None:
        return ()
    rest = text[match.end() :]
    listed = re.match(r"(?:[^\n]{0,40}?:)?\s*((?:\n?\s*[-*•]\s*[\"“`'].*(?:\n|$))+)", rest)
    if listed:
        found = [m.group(1) for line in listed.group(1).splitlines() if (m := _QUOTED.search(line[:80]))]
    else:
        sentence = re.split(r"\.(?:\s|$)|\n\n", rest, maxsplit=1)[0]
        if "e.g." in sentence or "example" in sentence.lower():
            return ()
        found = _QUOTED.findall(sentence)
    unique = tuple(dict.fromkeys(value.strip(".") for value in found))
    return unique if len(unique) > 1 else ()


def default_in_prose(text: str) -> str | None:
    """What a sentence says the default is: `The default is 20`; None when it says nothing simple."""
    match = re.search(r"(?:default(?: value)? is|defaults to|default:)\s*[\"`'“]?([\w@.\-]+)", text, re.IGNORECASE)
    return match.group(1).rstrip(".") if match else None


def maximum_in_prose(text: str) -> int | None:
    """The most a sentence allows: `max allowed: 100`, `never be larger than 2500`; None when it says nothing."""
    match = re.search(
        r"(?:max(?:imum)?(?: allowed| value)?(?: is|:)|(?:larger|greater|more) than|up to|\(max)\s*(\d[\d,]*)",
        text,
        re.IGNORECASE,
    )
    return int(match.group(1).replace(",", "")) if match else None
