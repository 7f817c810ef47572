"""What an attribute is: whose key it holds, who sets it, whether people name rows by it, and our words for it."""

from __future__ import annotations

import re

from envfactory.envgen.entities import ID_WORDS, Draft, World, entity_word
from envfactory.envgen.shapes import Property
from envfactory.envgen.words import spoken, words_of

_TOWARDS = {("destination",), ("target",), ("new",), ("to",)}


def referred(prop: Property, draft: Draft, world: World) -> str:
    """The entity whose key a property holds, by its name (`projectId`, `destinationTasklist`) or by its prose
    (`Parent task identifier`); empty for none."""
    words = words_of(prop.name)
    bare = words[:-1] if len(words) > 1 and words[-1] in {"id", "gid", "sid", "uuid", "key", "number"} else words
    text = "".join(bare)
    identifying = bare != words
    for other in world.drafts.values():
        names = {"".join(other.name.split("_"))}
        names |= {"".join(w for w in words_of(p) if w not in ID_WORDS) for p in other.key_parameters} - {""}
        if (identifying and text in names) or any(
            words and text.endswith(n) and text != n and words[0] in {"destination", "target", "new", "to"}
            for n in names
        ):
            return other.name
    said = " ".join(words_of(prop.description.split(".")[0] + "." + " ".join(prop.description.split(".")[1:2])))
    candidates = sorted(world.drafts.values(), key=lambda d: -len(d.name))
    if re.search(r"comma[- ](?:separated|delimited)", prop.description, re.IGNORECASE):
        return ""
    told = entity_word(prop.schema_name)
    whole = next((d for d in candidates if told and (d.shape.name == prop.schema_name or d.name == told)), None)
    if whole and prop.type in {"string", "integer"}:
        key = whole.property(whole.key)
        # A text where the key is a number names it by something else; that is no reference.
        return whole.name if key and key.type == prop.type else ""
    for other in candidates:
        if re.search(rf"\b{re.escape(spoken(other.name))} (?:identifier|id)\b", said) and not identifying:
            own = other.name == draft.name
            if not own or re.search(r"\b(?:parent|previous|sibling|next|other)\b", said):
                return other.name
    target = re.search(r"identifier of the (?:target|destination|new) ([a-z ]+?)(?: where| to which|$| that| to)", said)
    if target:
        return next((d.name for d in candidates if spoken(d.name) == target.group(1).strip()), "")
    return ""


def label_of(draft: Draft) -> str:
    """The attribute people name a row by; empty when there is none."""
    own = draft.name.split("_")[-1]
    names = ("title", "name", "summary", "subject", "displayName", "fullName", "headline", "label", "friendlyName",
             f"{draft.name}Name", f"{own}Name", "login", "username", "email", "address", "body", "text", "content",
             "description", "code", "number")  # fmt: skip
    for name in names:
        prop = draft.property(name)
        if prop and prop.type == "string" and not prop.enum and prop.format not in {"date-time", "uri"}:
            return prop.name
    return ""


def is_set_by_service(prop: Property) -> bool:
    """Whether only the service writes it, told by its flag or by a name that all services use alike."""
    plain = "".join(words_of(prop.name))
    counted = prop.type == "integer" and re.match(r"(?:the )?(?:total )?(?:number|count) of", prop.description, re.I)
    return prop.read_only or plain in _STAMPED or bool(counted) or is_volatile(prop)


def given_by_caller(key: Property) -> bool:
    """Whether a row's key is something people choose (a name, an address) rather than an id the service makes."""
    made = words_of(key.name)[-1:] and words_of(key.name)[-1] in {"id", "gid", "uuid", "guid", "sid", "number", "pk"}
    resource = key.name == "name" and "resource name" in key.description.lower()
    return not (made or resource or key.read_only)


_STAMPED = {
    "created", "createdat", "createtime", "creationtime", "datecreated", "createddate", "creationdate", "createdtime",
    "selflink", "kind", "nodeid", "createdby", "insertedat", "published", "createdon", "timecreated",
}  # fmt: skip


def is_volatile(prop: Property) -> bool:
    """Whether it differs by when or how often things were done."""
    plain = "".join(words_of(prop.name))
    return plain in {
        "etag", "updated", "updatedat", "updatetime", "lastmodified", "lastupdated", "modifiedtime", "dateupdated",
        "modified", "modifiedat", "lastmodifiedtime", "lastupdatedat", "lastmodifiedat", "modificationtime",
        "updateddate", "revision", "resourceversion", "updatedon", "dateupdate", "lastupdatetime",
    } or (prop.type == "integer" and words_of(prop.name)[-1:] == ("count",))  # fmt: skip


def unstamped(name: str) -> str:
    """A name without the words that only say it is a time: `closed_at` as `closed`."""
    words = [w for w in words_of(name) if w not in {"at", "on", "time", "date", "timestamp"}]
    return "".join(words) or "".join(words_of(name))


_NOTES = {
    "date-time": "RFC 3339",
    "date": "YYYY-MM-DD",
    "email": "an email address",
    "uri": "an address",
    "uuid": "a UUID",
}


def says(name: str, kind: str, layout: str, entity: str) -> str:
    """Our own words for one attribute, from its name, type and format."""
    words = spoken(name)
    of = spoken(entity)
    note = f" ({_NOTES[layout]})" if layout in _NOTES else ""
    if kind == "boolean":
        bare = words.removeprefix("is ")
        plain = len(bare.split()) == 1 and not bare.endswith("s")
        return f"Whether the {of} is {bare}." if plain else f"Yes or no for the {of}: {bare}."
    if layout in {"date-time", "date"} or words.endswith((" at", " on")):
        bare = re.sub(r" (?:at|on)$", "", words)
        if bare != words or bare.split()[-1] in {"completed", "due", "updated", "created", "closed", "deleted"}:
            return f"When the {of} {'is' if bare == 'due' else 'was'} {bare}{note}."
    return f"The {words} of the {of}{note}."


def timed(prop: Property) -> str:
    """An ordered attribute as part of a sentence: `due time`, `price`."""
    words = re.sub(r" (?:at|on)$", "", spoken(prop.name))
    plain = prop.format in {"date-time", "date"} and words.split()[-1] not in {"time", "date"}
    return f"{words} time" if plain and prop.format == "date-time" else f"{words} date" if plain else words
