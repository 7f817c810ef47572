"""Scripted rewriters: one that is faithful, and one that damages the meaning in a known way, to measure what is caught.

The faithful one paraphrases by rules: other openings and verbs, questions turned, places moved to the front, dates as
`tomorrow` or `next Tuesday`, times and numbers another way. Each damage is something a careless model might do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from random import Random

from envfactory.environment.environment import Environment
from envfactory.messages import Message, ToolSchema
from envfactory.querygen.brief import Brief, valued
from envfactory.querygen.lexicon import VERBS, orders, questions
from envfactory.querygen.query import spoken
from envfactory.querygen.saying import read, stem
from envfactory.rollout.task import Task, state_of

_VERBS = {
    "delete": "remove", "remove": "delete", "add": "put in", "create": "set up", "make me": "set me up with",
    "change": "update", "set up": "create", "get rid of": "delete", "rename": "retitle", "erase": "delete",
    "drop": "remove", "start": "begin", "cancel": "call off",
}  # fmt: skip
_PLEAS = ("could you please", "can you", "I'd like you to", "I need you to", "would you")
_PLEA = re.compile(
    r"^(?:could you(?: please)?|can you(?: please)?|would you(?: please)?|will you|please|may i ask you to|"
    r"i(?:'d| would) (?:also )?(?:be grateful if you could|like you to)|i need you to)\s+(?=[a-z])",
    re.IGNORECASE,
)
_LINK = re.compile(r"^(?:also,?|then|after that,|and then|and|one more thing:)\s+", re.IGNORECASE)
_LINKS = ("Besides,", "While you are at it,", "And", "Next,", "After that,")
_PLACE = re.compile(r'^(?P<head>[^"]*?"[^"]*"[^"]*?|[^"]*?) in (?P<place>the [\w ]+ "[^"]+")(?P<tail>[,.?!].*|$)')
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DAY = re.compile(rf"\b({_MONTH}) (\d{{1,2}})\b(?!\d|:|,? (?:19|20)\d\d)")
_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d\d))? (AM|PM)\b")
_SMALL = re.compile(r"(?<![\w.,:/-])([2-9]|1[0-2])(?![\w.,:/%-]|\.\d)(?= [a-z])")
_COUNTED = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"

Damage = Callable[["Case"], "list[str] | None"]


class Case:
    """A task to be rewritten, and dice."""

    def __init__(self, task: Task, told: Brief, library: Mapping[str, type[Environment]], random: Random) -> None:
        self.task = task
        self.told = told
        self.library = library
        self.random = random
        self.words = [turn.query for turn in task.turns]
        self._links = random.randrange(len(_LINKS))

    def link(self) -> str:
        """Another word each time to go on with."""
        self._links += 1
        return _LINKS[self._links % len(_LINKS)]

    def swapped(self, turn: int, old: str, new: str) -> list[str]:
        """The words with one text of a turn in another's place, once."""
        words = list(self.words)
        words[turn] = words[turn].replace(old, new, 1)
        return words

    def labels(self, entity: str = "") -> list[str]:
        """Names of rows that exist."""
        found: list[str] = []
        for setting in self.task.settings:
            spec = self.library[setting.environment].spec
            rows = state_of(self.library[setting.environment], setting).rows
            for one in spec.entities if spec else ():
                if one.label and entity in {"", one.name}:
                    found += [row[one.label] for row in rows.get(one.table, []) if isinstance(row.get(one.label), str)]
        return list(dict.fromkeys(found))


def faithful(case: Case) -> list[str]:
    """The same meaning in other words."""
    return [_paraphrased(text, case) for text in case.words]


def _paraphrased(text: str, case: Case) -> str:
    sentences = re.split(r'(?<=[.?!])\s+(?=[A-Z])(?=(?:[^"]*"[^"]*")*[^"]*$)', text)
    told = (_outside(_sentence(one, case), lambda piece: _figures(piece, case)) for one in sentences)
    return " ".join(one[:1].upper() + one[1:] for one in told)


def _outside(text: str, change: Callable[[str], str]) -> str:
    """The text with what stands outside quotes changed."""
    pieces = re.split(r'("[^"]*")', text)
    return "".join(piece if number % 2 else change(piece) for number, piece in enumerate(pieces))


def _figures(text: str, case: Case) -> str:
    now = case.told.now

    def day(match: re.Match[str]) -> str:
        found = read(match[0], now).days
        if len(found) != 1:
            return match[0]
        one = next(iter(found))
        ahead = (one - now.date()).days
        options = [f"{one.day} {one:%B}", f"the {one.day}{_ordinal(one.day)} of {one:%B}", f"{one:%b} {one.day}"]
        before = text[: match.start()].rstrip()
        if ahead == 1 and before.endswith((" on", " until", " by", " from", "due", "for", "since")):
            options = ["tomorrow"]
        monday = now.date() + timedelta(days=7 - now.weekday())
        if monday <= one < monday + timedelta(days=7) and ahead < 7 and before.endswith((" on", "due", "until", "by")):
            options = [f"next {one:%A}"]
        return case.random.choice(options)

    def clock(match: re.Match[str]) -> str:
        hour = int(match[1]) % 12 + (12 if match[3] == "PM" else 0)
        minute = match[2] or "00"
        compact = f"{match[1]}{f':{match[2]}' if match[2] else ''}{match[3].lower()}"
        return case.random.choice([f"{hour:02d}:{minute}", compact])

    text = _CLOCK.sub(clock, text)
    text = re.sub(r"\bon (tomorrow|next \w+day)\b", r"\1", _DAY.sub(day, text))
    return _SMALL.sub(_in_words, text)


def _in_words(match: re.Match[str]) -> str:
    before = match.string[: match.start()].rstrip()
    return match[0] if re.search(rf"\b(?:{_MONTH}|[A-Z][a-z][a-z])$", before) else _COUNTED[int(match[1]) - 2]


def _ordinal(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _sentence(text: str, case: Case) -> str:
    random = case.random
    linked = _LINK.match(text)
    bare = _LINK.sub("", text)
    plea = _PLEA.match(bare)
    bare = _PLEA.sub("", bare)
    bare = bare[:1].lower() + bare[1:] if not bare.startswith(("I ", "I'")) else bare
    body, end = bare.rstrip(".?!"), bare[len(bare.rstrip(".?!")) :]
    if body.startswith(("how many", "which", "what is", "who ")):
        turned = re.sub(r"^what is (.*)$", r"what \1 is", body)
        turned = re.sub(r"^how many (.*?) are there", r"how many \1 there are", turned)
        inside = len(turned) > 90 or '"' in turned[40:]
        body, end = (body, end) if inside else (f"{random.choice(('can you tell me', 'please tell me'))} {turned}", "")
        end = end or ("?" if body.startswith("can") else ".")
    elif plea and body.startswith(("tell me ", "check ", "let me know ")):
        body = re.sub(r"^(?:tell me|check|let me know) ", "let me know ", body)
        body, end = f"please {body}", "."
    elif stem(body.partition(" ")[0]) in VERBS and (plea or not end.startswith("?")):
        for verb, other in _VERBS.items():
            if body.startswith(f"{verb} ") and verb != "add":
                body = f"{other}{body[len(verb) :]}"
                break
        place = _PLACE.match(body)
        if place and random.random() < 0.5:
            lead = "" if plea else f"{random.choice(_PLEAS)} "
            body = f"in {place['place']}, {lead}{place['head'].rstrip(', ')}{place['tail']}"
            end = "?" if re.search(r"\b(?:could|can|would) you\b", body) else "."
        elif plea or random.random() < 0.6:
            asking = random.choice(_PLEAS)
            body, end = f"{asking} {body}", "." if asking.startswith("I") else "?"
    else:
        return text
    lead = f"{case.link()} " if linked else ""
    said = f"{lead}{body}{end}"
    return said[:1].upper() + said[1:]


def _drops_a_wish(case: Case) -> list[str] | None:
    options: list[tuple[int, str]] = []
    for request in case.told.requests:
        for wish in request.wishes:
            piece = spoken(valued(wish), case.told.now)
            if len(piece) > 2 and case.words[request.turn].count(piece) == 1:
                options.append((request.turn, piece))
    if not options:
        return None
    turn, piece = case.random.choice(options)
    quoted = f'"{piece}"' if f'"{piece}"' in case.words[turn] else piece
    link = r"(?:,? (?:and|with|to|at|on|in|due|as|is|called|named|titled|the)\b)?\s*"
    text = re.sub(rf"{link}{re.escape(quoted)}", "", case.words[turn], count=1)
    words = list(case.words)
    words[turn] = text.strip()[:1].upper() + text.strip()[1:]
    return words


def _another_day(case: Case) -> list[str] | None:
    options = [
        (turn, m) for turn, text in enumerate(case.words) for m in _DAY.finditer(re.sub(r'"[^"]*"', _hidden, text))
    ]
    if not options:
        return None
    turn, match = case.random.choice(options)
    day = int(match[2])
    other = day + case.random.choice((1, 2, 5)) if day < 23 else day - case.random.choice((1, 2, 5))
    words = list(case.words)
    words[turn] = f"{words[turn][: match.start()]}{match[1]} {other}{words[turn][match.end() :]}"
    return words


def _another_clock(case: Case) -> list[str] | None:
    options = [(t, m) for t, text in enumerate(case.words) for m in _CLOCK.finditer(re.sub(r'"[^"]*"', _hidden, text))]
    if not options:
        return None
    turn, match = case.random.choice(options)
    other = f"{int(match[1]) % 12 + 1}{f':{match[2]}' if match[2] else ''} {match[3]}"
    words = list(case.words)
    words[turn] = words[turn][: match.start()] + other + words[turn][match.end() :]
    return words


def _hidden(match: re.Match[str]) -> str:
    return "_" * len(match[0])


def _another_number(case: Case) -> list[str] | None:
    number = re.compile(r"(?<![\w.,:/-])\d+(?:\.\d+)?(?![\w.:/-]|,\d| (?:AM|PM))")
    options: list[tuple[int, re.Match[str]]] = []
    for turn, text in enumerate(case.words):
        plain = _DAY.sub(_hidden, re.sub(r'"[^"]*"', _hidden, text))
        options += [(turn, m) for m in number.finditer(plain) if not re.search(r"\b[A-Z]\w+ $", plain[: m.start()])]
    if not options:
        return None
    turn, match = case.random.choice(options)
    words = list(case.words)
    value = float(match[0])
    other = f"{value + case.random.choice((1, 2, 10)):g}"
    words[turn] = words[turn][: match.start()] + other + words[turn][match.end() :]
    return words


def _another_text(case: Case) -> list[str] | None:
    texts = [(turn, m) for turn, text in enumerate(case.words) for m in re.findall(r'"([^"]*)"', text)]
    options = [(turn, text) for turn, text in texts if len(text) > 3]
    if not options:
        return None
    turn, text = case.random.choice(options)
    parts = text.split(" ")
    other = " ".join(parts[:-1]) if len(parts) > 1 else f"{text}s"
    return case.swapped(turn, f'"{text}"', f'"{other}"')


def _another_person(case: Case) -> list[str] | None:
    options = [(turn, name) for turn, text in enumerate(case.words) for name in read(text, case.told.now).names]
    months = {*_MONTH.split("|"), *_DAYS.split("|"), "AM", "PM"}
    options = [(turn, name) for turn, name in options if name not in months and name.isalpha() and len(name) > 2]
    if not options:
        return None
    turn, name = case.random.choice(options)
    return case.swapped(turn, name, "Svetlana")


def _another_row(case: Case) -> list[str] | None:
    mine = [(t, m) for t, text in enumerate(case.words) for m in re.findall(r'"([^"]+)"', text) if m in case.labels()]
    if not mine:
        return None
    turn, label = case.random.choice(mine)
    others = [one for one in case.labels() if one != label and one not in case.words[turn]]
    return case.swapped(turn, f'"{label}"', f'"{case.random.choice(others)}"') if others else None


def _an_id(case: Case) -> list[str] | None:
    options: list[str] = []
    for setting in case.task.settings:
        cls = case.library[setting.environment]
        for entity in cls.spec.entities if cls.spec else ():
            if entity.key != entity.label:
                keys = [row.get(entity.key) for row in state_of(cls, setting).rows.get(entity.table, [])]
                options += [key for key in keys if isinstance(key, str) and len(key) > 2 and re.search(r"[\d_-]", key)]
    return _appended(case, f"Its id is {case.random.choice(options)}.") if options else None


def _a_tool(case: Case) -> list[str] | None:
    calls = case.task.calls
    if not calls:
        return None
    tool = case.random.choice(calls).tool
    return _appended(case, f"Use {tool} for that.")


def _no_request(case: Case) -> list[str] | None:
    turn = case.random.randrange(len(case.words))
    pieces = re.split(r'(?<=[.?!])\s+(?=[A-Z])(?=(?:[^"]*"[^"]*")*[^"]*$)', case.words[turn])
    words = list(case.words)
    real = [number for number, piece in enumerate(pieces) if orders(piece) or questions(piece)]
    if len(real) > 1 and case.random.random() < 0.7:
        gone = case.random.choice(real)
        words[turn] = " ".join(piece for number, piece in enumerate(pieces) if number != gone)
    else:
        words[turn] = "Thanks, that has been a great help so far."
    return words


def _one_more(case: Case) -> list[str] | None:
    more = (
        "Also, delete everything that is older than a month.", "And archive it when you are done.",
        "Then email the whole team about it.", "And how many of them are left after that?",
        "Please rename it to something nicer as well.", "And invite my sister to it, too.",
    )  # fmt: skip
    return _appended(case, case.random.choice(more))


def _appended(case: Case, text: str) -> list[str]:
    turn = case.random.randrange(len(case.words))
    words = list(case.words)
    words[turn] = f"{words[turn]} {text}"
    return words


def _negated(case: Case) -> list[str] | None:
    turn = case.random.randrange(len(case.words))
    text = re.sub(r"^(?:could you|can you|would you please|please)\s+", "", case.words[turn], flags=re.IGNORECASE)
    words = list(case.words)
    words[turn] = f"{case.random.choice(('Do not', 'Never', 'Please do not'))} {text[:1].lower()}{text[1:]}"
    return words


def _conditional(case: Case) -> list[str] | None:
    turn = case.random.randrange(len(case.words))
    words = list(case.words)
    words[turn] = f"{words[turn].rstrip('.?')}, but only if nobody has touched it since."
    return words


def _the_answer(case: Case) -> list[str] | None:
    options = [(n, fact) for n, turn in enumerate(case.task.turns) for fact in turn.facts if len(fact.forms[0]) > 2]
    if not options:
        return None
    turn, fact = case.random.choice(options)
    words = list(case.words)
    words[turn] = f"{words[turn]} I believe it is {fact.forms[0]}."
    return words


def _other_end(case: Case) -> list[str] | None:
    pairs = {"earliest": "latest", "latest": "earliest", "lowest": "highest", "highest": "lowest"}
    for turn, text in enumerate(case.words):
        for one, other in pairs.items():
            if re.search(rf"\b{one}\b", re.sub(r'"[^"]*"', _hidden, text)):
                return case.swapped(turn, one, other)
    return None


def _opposite(case: Case) -> list[str] | None:
    pairs = {
        "delete": "restore", "remove": "keep", "add": "remove", "create": "delete", "lock": "unlock", "close": "reopen",
        "publish": "withdraw", "cancel": "confirm", "pause": "resume",
    }  # fmt: skip
    for turn, text in enumerate(case.words):
        plain = re.sub(r'"[^"]*"', _hidden, text)
        for one, other in pairs.items():
            match = re.search(rf"\b{one}\b", plain, re.IGNORECASE)
            if match:
                new = other.capitalize() if match[0][0].isupper() else other
                words = list(case.words)
                words[turn] = text[: match.start()] + new + text[match.end() :]
                return words
    return None


def _exchanged(case: Case) -> list[str] | None:
    for turn, text in enumerate(case.words):
        plain = re.sub(r'"[^"]*"', _hidden, text)
        days = list(_DAY.finditer(plain))
        if len(days) > 1 and days[0][0] != days[1][0]:
            one, other = days[0], days[1]
            words = list(case.words)
            words[turn] = (
                text[: one.start()] + other[0] + text[one.end() : other.start()] + one[0] + text[other.end() :]
            )
            return words
    return None


DAMAGES: Mapping[str, Damage] = {
    "drops a wish": _drops_a_wish,
    "changes a date": _another_day,
    "changes a time": _another_clock,
    "changes a number": _another_number,
    "changes a text": _another_text,
    "changes a name": _another_person,
    "swaps the row": _another_row,
    "leaks an id": _an_id,
    "leaks a tool": _a_tool,
    "drops a request": _no_request,
    "adds a request": _one_more,
    "negates": _negated,
    "makes it conditional": _conditional,
    "says the answer": _the_answer,
    "takes the other end": _other_end,
    "asks for the opposite": _opposite,
    "exchanges two dates": _exchanged,
}
"""What a rewriter may do to the meaning; each gives the damaged words, or None where a task has none to damage."""


def damages(case: Case) -> dict[str, list[str]]:
    """The words of a task with each damage it can have."""
    found: dict[str, list[str]] = {}
    for name, damage in DAMAGES.items():
        words = damage(case)
        if words is not None and words != case.words:
            found[name] = words
    return found


class Rewriter:
    """A model that answers as director and writer of one task: with a plain scene, and with these words every time."""

    def __init__(self, words: Sequence[str], *, name: str = "rewriter") -> None:
        self.name = f"offline:{name}"
        self._words = list(words)

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The scene, or the words; whatever is said against them, they stay."""
        if messages[0].content.startswith("You set the scene"):
            scene = {
                "persona": "Somebody at a desk",
                "story": "An ordinary day, and a few things that have waited for too long.",
                "tone": "plain",
            }
            return Message(role="assistant", content=json.dumps(scene))
        return Message(role="assistant", content=json.dumps({"turns": self._words}))
