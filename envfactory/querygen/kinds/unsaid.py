"""Requests with something left out: the words for them, for the question they call for, and for its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from envfactory.messages import as_object
from envfactory.querygen import words
from envfactory.querygen.query import NAMED, OMITTED, Wording, refer, said
from envfactory.querygen.story import Move, Persona, Referent, Story, Value

_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_HOLE = re.compile(r"\{(\w+)\}")
_LEADS = (
    "with", "at", "of", "to", "for", "on", "in", "as", "from", "until", "called", "named", "by", "dated", "covering",
    "saying", "that", "pointing", "starting", "under", "worth", "due", "living", "giving", "noting", "size", "memo",
    "number", "titled", "into", "when", "below", "and",
)  # fmt: skip
_CUT = re.compile(rf"(?:,\s*|;\s*|:\s*|\s+)(?:(?:{'|'.join(_LEADS)})\b(?:\s+[\w']+){{0,4}}\s+)?\{{HOLE\}}")
_AFTER = re.compile(rf"(?:$|[,;\[]|\s+(?:{'|'.join(_LEADS)})\b| percent$|%$)")
_ARTICLE = re.compile(r"\b(?:an?|the|another|new)(?: [\w{}-]+){1,3}$")
_THE = re.compile(r"\bthe ((?:new )?[\w-]+)$")
_NEEDY = frozenset({"point", "bring", "have"})
"""Verbs that make no sentence without what was cut."""
_BROKEN = re.compile(r" (?:as the|on in|to \{|until \{)|, (?:counting|if) ")
"""What is left behind a hole that was half of something: `from {start} to {end}`."""
_DEFINITE = re.compile(r"\bthe \w+$")
_STUMP = re.compile(r"[:,] \w+( \w+)?$|\b(?:with|to|from|of|called|on|in|at|as|for|that)$")
_SMALL = frozenset(
    {"the", "and", "for", "with", "from", "that", "this", "how", "what", "which", "its", "first", "last"}
)
_PEOPLE = frozenset({"contact", "person", "recipient", "guest"})
_LONG = ("text", "body", "message", "comment", "content")
OPENINGS = ("Oh, of course: ", "Sorry, I forgot. ", "Right, I left that out. ")
"""What chatty people say before they give what they left out."""


@dataclass(frozen=True)
class Missing:
    """Something that a request leaves out."""

    parameter: str
    name: str
    """What it is, in people's words."""
    template: str
    """The request without it."""
    question: str
    """What a right agent asks."""
    forms: tuple[str, ...]
    """Words of which a right question holds any."""
    spoken: str
    """How the user says it when asked."""


def omissions(story: Story, number: int, wording: Wording) -> Iterator[Missing]:
    """What a move may leave out so that nobody could do it without asking."""
    move = story.moves[number]
    if not move.spec.writes or move.question:
        return
    templates = _templates(move, {p for p in move.referents if wording.way(number, p) != OMITTED})
    for value in move.values:
        for template in _without_value(move, value, templates):
            yield _value(story, move, value, template)
    for parameter, referent in move.referents.items():
        if wording.way(number, parameter) == NAMED and _of_many(move, parameter, referent):
            for template in templates:
                if cut := _one_of(move, template, parameter, referent):
                    yield _row(story, move, parameter, referent, cut)


# Requests ------------------------------------------------------------------------------------------------------------


def _without_value(move: Move, value: Value, templates: Sequence[str]) -> list[str]:
    """Templates that ask for the move and leave the value out."""
    name, field = value.parameter.name, value.attribute
    if isinstance(value.value, bool) or name not in {p.name for p in move.spec.parameters}:
        return []
    if move.spec.effect in {"update", "replace"}:
        key = next((p.name for p in move.spec.parameters if p.role == "key" and p.name in move.referents), "")
        beside = [n for n in move.referents if move.spec.parameter(n).role not in {"key", "scope"}]
        known = field is not None and (field.words or len(words.split(field.name).split()) < 3)
        if len(move.values) > 1 or beside or not key or not known or field is None:
            return []
        place = "".join(f"[ in {{{p.name}}}]" for p in move.spec.parameters if p.role == "scope")
        return [f"change the {words.field_words(field)} of {{{key}}}{place}"]
    labelled = move.spec.effect == "create" and value.parameter.field == move.entity.label
    if labelled and move.entity.called:  # its name is none: the "www" of an address record
        return []
    alone = len(move.values) == 1
    if not value.parameter.required and not (labelled and alone):
        return []
    if not alone and name.split("_")[-1].lower() in _LONG:
        return []  # who is given the subject may well write the letter
    if words.split(name).startswith(("to ", "from ")) or (isinstance(value.value, dict) and not _plain(value.value)):
        return []
    if (
        isinstance(value.value, str)
        and "@" in value.value
        and any(move.spec.parameter(n).role == "reference" for n in move.referents)
    ):
        return []  # a reply goes to whoever wrote
    found = [cut for t in templates if (cut := _cut(move, t, name, labelled=labelled))]
    if labelled and not found and not move.spec.phrases and alone:
        place = "".join(f"[ in {{{p.name}}}]" for p in move.spec.parameters if p.role == "scope")
        found = [f"create {words.article(words.noun(move.entity))}{place}"]
    return found


def _plain(value: object) -> bool:
    """Whether an object is one thing to people: a sum, a day, a time."""
    return bool(words.as_money(value) or words.as_day(value) or words.as_clock(value)) or "dateTime" in str(value)


def _templates(move: Move, rows: set[str]) -> list[str]:
    """The contract's phrases that say most of this move, in which `rows` are spoken of."""
    given = {*rows, *(value.parameter.name for value in move.values)}
    found = [t for t in move.spec.phrases if set(_HOLE.findall(_BRACKETS.sub("", t))) <= given]
    most = max((len(set(_HOLE.findall(t)) & given) for t in found), default=0)
    return [t for t in found if len(set(_HOLE.findall(t)) & given) == most]


def _cut(move: Move, template: str, name: str, *, labelled: bool) -> str:
    """The template without the words around a hole; empty where that leaves no sentence."""
    hole = f"{{{name}}}"
    if hole not in _BRACKETS.sub("", template):
        return ""
    pattern = re.compile(_CUT.pattern.replace(r"\{HOLE\}", re.escape(hole)))
    noun = words.noun(move.entity)
    for match in pattern.finditer(template):
        head, tail = template[: match.start()], template[match.end() :]
        lead = match[0][: -len(hole)].strip(" ,;:")
        if labelled and noun.split()[-1] in lead.split():  # "for a new domain {name}"
            head, lead = template[: match.end() - len(hole)].rstrip(), ""
        if not _AFTER.match(tail) or (not lead and not labelled) or "{" in lead or head.count("[") > head.count("]"):
            continue
        if _BROKEN.match(tail) or (tail.startswith(" and ") and not lead.startswith("and")):
            continue
        if lead and (lead.startswith("to ") or _DEFINITE.search(head) or (head.startswith("put ") and " " in lead)):
            continue
        if not lead and not _ARTICLE.search(head):  # "add {title} to the list" becomes "add a task to the list"
            if re.search(rf"\b{re.escape(noun)}\b", template) or head.startswith(("reply", "write", "answer")):
                continue
            head = f"{head} {words.article(noun)}"
        left = _THE.sub(lambda m: words.article(m[1]), head) if labelled and not lead else head
        left += re.sub(r"^( percent|%)", "", tail)
        plain = _BRACKETS.sub("", left).strip()
        if len(plain.split()) < 3 or plain.endswith((":", ",")) or plain.split()[0] in _NEEDY or _STUMP.search(plain):
            continue
        return re.sub(r"\s+([,;])", r"\1", left)
    return ""


def _of_many(move: Move, parameter: str, referent: Referent) -> bool:
    """Whether a listener cannot know which row is meant: it has others beside it, and people can tell them apart."""
    role = move.spec.parameter(parameter).role
    names = [item.get(referent.entity.label) for item in referent.peers] if referent.entity.label else []
    told = [name for name in names if isinstance(name, str) and name.strip()]
    return role in {"key", "reference", "scope"} and bool(told) and bool(referent.label) and not referent.created


def _one_of(move: Move, template: str, parameter: str, referent: Referent) -> str:
    """The template with `one of the tasks` in the row's place; empty where it does not stand there."""
    hole = f"{{{parameter}}}"
    plain = _BRACKETS.sub("", template)
    if words.noun(referent.entity)[:3] not in words.nouns(referent.entity) or re.search(
        rf"(all|whole|\}}) of \{hole}", plain
    ):
        return ""
    if hole not in plain or f"{hole}'" in plain or move.spec.parameter(parameter).type == "array":
        return ""
    if move.spec.effect == "move" and move.spec.parameter(parameter).role == "reference":
        return template.replace(hole, f"another {words.noun(referent.entity)}")
    if move.spec.effect in {"delete", "action"} and len(template) % 2 and not referent.entity.person:
        return template.replace(hole, words.article(words.noun(referent.entity)))
    if move.spec.parameter(parameter).among:  # only folders will do, although they are files
        return template.replace(hole, f"one of the {words.noun_for(referent.entity, referent.item)}s")
    return template.replace(hole, f"one of the {words.nouns(referent.entity)}")


# Questions and answers -----------------------------------------------------------------------------------------------


def _value(story: Story, move: Move, value: Value, template: str) -> Missing:
    name = words.field_words(value.attribute) if value.attribute else words.split(value.parameter.name)
    noun = words.noun_for(move.entity, as_object(move.result))
    labelled = value.parameter.field == move.entity.label and move.spec.effect == "create"
    text = said(value, story.now)
    named = labelled and {"name", "title", "called", "summary"} & set(name.split())
    if named:
        question, spoken = f"What should the {noun} be called?", f"Call it {text}"
    elif name in {"name", "title"} and move.spec.effect not in {"update", "replace"}:
        question, spoken = f"What {name} should I use?", text
    elif name in _PEOPLE:
        question, spoken = f"Who should the {name} be?", text
    elif name.endswith("s") and not name.endswith(("ss", "us")):
        question, spoken = f"Which {name} should I use?", text
    elif move.spec.effect in {"update", "replace"}:
        question, spoken = f"What should the new {name} be?", text
    elif name.split()[-1] in _LONG and labelled:
        question, spoken = f"What should the {noun} say?", f"It should say {text}"
    elif name.split()[-1] in _LONG:
        question, spoken = f"What should the {name} say?", f"It should say {text}"
    else:
        question, spoken = f"What should the {name} be?", text
    own = {*noun.split(), *words.nouns(move.entity).split()}
    forms = [form for form in _spelled(value, name) if form not in own]
    forms += [*(("called", "call it", "call the", "name", "title", "named") if named else ())]
    forms += _asked(value, name, story.now)
    return Missing(value.parameter.name, name, template, question, tuple(dict.fromkeys(forms)), spoken)


def _spelled(value: Value, name: str) -> list[str]:
    """The words people have for a field, one by one."""
    own = [*(value.attribute.words if value.attribute else ()), name, words.split(value.parameter.name)]
    single = [word for phrase in own for word in re.findall(r"[\w-]+", phrase) if len(word) > 2 and word not in _SMALL]
    other = [word[:-1] if word.endswith("s") and not word.endswith("ss") else f"{word}s" for word in single]
    return [*own, *single, *other]


def _asked(value: Value, name: str, now: datetime) -> list[str]:
    """Question words for a value of this kind."""
    found: list[str] = []
    held = value.value
    if words.as_moment(held) or words.as_day(held) or "dateTime" in str(held):
        found += ["when", "what time", "which day", "what day", "date", "what date", "time"]
    if words.as_money(held) or {"amount", "price", "balance", "limit"} & set(name.split()):
        found += ["how much", "amount", "sum"]
    elif isinstance(held, (int, float)) or (isinstance(held, str) and held.isdecimal()):
        found += ["how many", "how much", "what number", "how high", "how large", "how big"]
    if {"duration", "length", "time"} & set(name.split()):
        found += ["how long"]
    if isinstance(held, str) and "@" in held:
        found += ["who", "whom", "whose", "e-mail", "email", "address"]
    if {"location", "place", "venue", "address", "origin", "destination", "city"} & set(name.split()):
        found += ["where"]
    if _PEOPLE & set(name.split()):
        found += ["who", "whose name"]
    if {"expression", "frequency"} & set(name.split()):
        found += ["how often", "when", "schedule"]
    if name.split()[-1] in {*_LONG, "note", "description", "reason", "notes"}:
        found += ["what should it say", "say", "wording", "write"]
    if name.split()[-1] == "reason":
        found += ["why"]
    return found


def _row(story: Story, move: Move, parameter: str, referent: Referent, template: str) -> Missing:
    noun = words.noun(referent.entity)
    kinds = dict.fromkeys((noun, words.noun_for(referent.entity, referent.item), *referent.entity.words))
    forms = ["which one", "which of", "name of the", "names of"]
    for kind in kinds:
        forms += [f"which {kind}", f"what {kind}", f"{kind} you", f"{kind} should", f"{kind} do you", f"{kind}'s name"]
    forms += ["who", "whom", "whose"] if referent.entity.person else []
    spoken = refer(referent, NAMED, now=story.now)
    return Missing(parameter, noun, template, f"Which {noun} do you mean?", tuple(dict.fromkeys(forms)), spoken)


def asking(missing: Sequence[Missing]) -> str:
    """The question for all that is missing, in one sentence."""
    first, *rest = [one.question for one in missing]
    return " ".join([first, *(f"And {q[0].lower()}{q[1:]}" for q in rest)])


def giving(missing: Sequence[Missing], persona: Persona, random: Random) -> str:
    """What the user answers, in the persona's manner."""
    spoken = [one.spoken for one in missing]
    if len(missing) > 1:
        spoken = [
            one.spoken if one.spoken.startswith(("Call ", "It should")) else f"the {one.name}: {one.spoken}"
            for one in missing
        ]
    text = words.listed(spoken).rstrip(".")
    short = f"{text[:1].upper()}{text[1:]}" if text.partition(" ")[0].isalpha() else text
    if persona.style == "brief":
        return f"{short}."
    if persona.style == "polite":
        return f"{short}, please."
    options = [f"{short}.", f"{short}, please."]
    if persona.style == "chatty":
        lower = f"{text[:1].lower()}{text[1:]}" if text.startswith(("Call ", "It should")) else text
        options = [f"{OPENINGS[0]}{lower}.", *(f"{opening}{short}." for opening in OPENINGS[1:])]
    return random.choice(options)
