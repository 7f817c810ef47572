"""How different people put the same requests: openers, what joins one sentence to the next, thanks.

`plain` people say what they want; `polite` ones in full sentences; `brief` ones as in a telegram; `chatty` ones with
a word about themselves. What is asked for is the same in all of them: only what stands around it differs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from envfactory.querygen import words
from envfactory.querygen.story import Persona

MOST = 3
"""Clauses that are pressed into one sentence, at most."""
WIDE = 240
"""Characters of such a sentence, at most."""
LONG = 110
"""Clauses longer than this are not pressed into one sentence with others."""

_OPENERS = (
    "Hi there, quick one for you.", "I have a moment between two calls.", "Trying to stay on top of things today.",
    "My coffee is still hot, so let's get this done.", "I've been putting this off all week.",
    "Someone just reminded me of this.", "My to-do list is getting out of hand.", "You're my last hope today.",
    "I'm on the train, so you'll have to be my hands.", "Let's see how much we can get through.",
    "I only have one free hand at the moment.", "Before I forget again:", "OK, time for some housekeeping.",
    "My head is full, so I'm handing this over.", "I promised myself I'd deal with this today.",
    "Somebody has to do it, so here we go.", "I've got ten minutes before my next appointment.",
    "I woke up thinking about this.", "It's one of those days, I'm afraid.", "Hello again, me and my lists.",
    "I'm trying to clear my desk.", "The phone won't stop ringing here, so I'm counting on you.",
)  # fmt: skip
"""What chatty people begin with, whatever it is about."""
_ABOUT = (
    "I'm going through {things} today.", "I finally got round to {things}.", "{Things} again, sorry.",
    "I've been looking at {things} since breakfast.", "It's about {things} this time.",
    "My mind is on {things} today.", "I'm sorting out {things}.",
)  # fmt: skip
"""And what they begin with about the matter itself."""
_HOURS = (
    (12, ("Morning! Getting organised here.", "Good morning! I'm up early for once.", "Morning! First things first.")),
    (18, ("Afternoon! Just back from lunch.", "Good afternoon! One thing before the day is over.")),
    (24, ("Evening! I know it's late.", "Good evening! One last thing before I log off.")),
)
"""Until which hour people greet in which words."""
_ON = ("Right, next one.", "OK, moving on.", "While I have you:", "Now that I think of it:", "Next on my list:",
       "Oh, before I forget:", "And since we're at it:")  # fmt: skip
"""What chatty people go on with."""
_GREETINGS = ("Hello.", "Good {day}.", "Hello, I hope you are well.")
_THANKS = {
    "plain": ("Thanks.", "Thanks!", "Thank you."),
    "polite": ("Thank you very much.", "Many thanks.", "Thank you.", "Thanks a lot for your help."),
    "chatty": ("Thanks a million!", "You're a star.", "Thank you, thank you!", "That would be a weight off my mind."),
}
_REASONS = {
    "create": ("I've been meaning to do that for ages.", "Better now than never.", "It was about time."),
    "delete": ("It's only in the way.", "I should have done that weeks ago.", "Less clutter, please."),
    "update": ("It's been bothering me.", "I think that's best.", "Better to have it right."),
    "ask": ("I keep forgetting.", "I never can remember.", "Somebody asked me, and I had no idea."),
}
"""Why, by what is done: a few words that are true of any such thing."""
_POLITE = (
    "could you please {}?", "would you please {}?", "please {}.", "I would like you to {}.", "could you {}?",
    "I'd be grateful if you could {}.", "may I ask you to {}?",
)  # fmt: skip
_POLITE_LATER = (
    "please also {}.", "then please {}.", "after that, please {}.", "could you also {}?", "and please {}.",
    "I would also like you to {}.",
)  # fmt: skip
_POLITE_LAST = ("finally, please {}.", "lastly, could you {}?", "and as a last thing, please {}.")
_POLITE_ASK = ("{}", "could you tell me [{}]?", "could you please check [{}]?", "I would like to know [{}].")
_POLITE_ASK_LATER = (
    "could you also tell me [{}]?", "and please tell me [{}].", "I would also like to know [{}].", "also, {}", "and {}",
)  # fmt: skip
_ASK = ("{}", "{}", "{}", "can you tell me [{}]?", "can you check [{}]?", "do you know [{}]?")
_PLAIN = ("{}.", "{}.", "{}.", "please {}.", "can you {}?", "I need you to {}.")
_PLAIN_LATER = ("also {}.", "then {}.", "after that, {}.", "and {}.", "next, {}.")
_PLAIN_LAST = ("finally, {}.", "and then {}.", "last thing: {}.")
_ASK_LATER = ("and {}", "also, {}", "one more thing: {}", "oh, and {}", "and tell me [{}].", "can you also check [{}]?")
_ARTICLE = re.compile(r'\bthe ((?:(?!the\b)[a-z/-]+ ){1,3})(?=")')
_THERE = re.compile(r"^(how many .*?) (?:are there|do I have|do we have)\b")
_PLAINEST = frozenset({"{}", "{}.", "please {}."})
_TEXT = r'(?:[^"]|"[^"]*")*?'
_INDIRECT = (
    (re.compile(rf"^((?:how many|which|what) {_TEXT}) are there\b"), r"\1 there are"),
    (re.compile(r"^((?:how many|which|what) [^\"]*) do (I|we) have$"), r"\1 \2 have"),
    (re.compile(rf"^((?:how many|which|what) {_TEXT}) does ({_TEXT}) have\b"), r"\1 \2 has"),
    (re.compile(rf"^what(?: is|'s) ((?:the|its) {_TEXT})$"), r"what \1 is"),
    (re.compile(rf"^(which {_TEXT} has the [^\"]*)$"), r"\1"),
)
"""Questions as they stand within another sentence."""
_LONG_QUESTION = 80
_WHAT_IS = re.compile(r"^what(?: is|'s) (?:the )?")


@dataclass(frozen=True)
class Clause:
    """A thing that is asked for: `delete the list "Home"`, or a question."""

    text: str
    asks: bool
    effect: str = ""
    things: str = ""
    """What it is about: `lists`."""
    place: str = ""
    """The service it is for, where it says so."""


def sentences(
    clauses: Sequence[Clause],
    persona: Persona,
    *,
    first: bool,
    last: bool,
    now: datetime,
    random: Random,
    opened: bool = False,
    used: set[str] | None = None,
) -> list[str]:
    """Clauses as sentences in the persona's manner; `first` and `last` tell whether it is the conversation's first or
    last turn, `opened` whether something has been said in this turn already. `used` keeps, from turn to turn, which
    turns of phrase the conversation has had: nobody says the same one twice."""
    texts: list[str] = []
    used = set() if used is None else used
    for number, clause in enumerate(clauses):
        texts.append(_sentence(clause, number, len(clauses), persona, random, used))
    if not clauses:
        return texts
    opener = "" if opened else _opening(clauses[0], persona, first, now, random, used)
    if opener.endswith(":") and not re.match(r"I\b", texts[0]):
        texts[0] = texts[0][:1].lower() + texts[0][1:]
    if opener:
        texts.insert(0, opener)
    if persona.style == "chatty" and len(clauses) == 1 and random.random() < 0.35:
        effect = "ask" if clauses[0].asks else clauses[0].effect
        reasons = _REASONS.get({"replace": "update", "move": "update", "clear": "delete"}.get(effect, effect), ())
        if reasons:
            texts.append(_fresh(reasons, random, used))
            return texts
    if last and persona.style in _THANKS and random.random() < 0.3:
        texts.append(_fresh(_THANKS[persona.style], random, used))
    return texts


def joined(orders: Sequence[str]) -> str:
    """Several orders as one: `delete A and add B`; empty when they are too long or too many for one breath."""
    if len(orders) > MOST or max(map(len, orders)) > LONG or sum(map(len, orders)) > WIDE:
        return ""
    if any(" and " in order or ", " in order for order in orders):
        return f"{', '.join(orders[:-1])}, and {orders[-1]}"
    return words.listed(list(orders))


def _opening(clause: Clause, persona: Persona, first: bool, now: datetime, random: Random, used: set[str]) -> str:
    greeting = next(greetings for hour, greetings in _HOURS if now.hour < hour)
    day = next(name for hour, name in ((12, "morning"), (18, "afternoon"), (24, "evening")) if now.hour < hour)
    if persona.style == "polite" and first and random.random() < 0.4:
        return random.choice(_GREETINGS).format(day=day)
    if persona.style != "chatty":
        return ""
    if not first:
        return _fresh(_ON, random, used) if random.random() < 0.6 else ""
    if clause.things and clause.things.split()[0][:-2] in clause.text and random.random() < 0.5:
        return random.choice(_ABOUT).format(things=clause.things, Things=capital(clause.things))
    return random.choice((*_OPENERS, *greeting))


def _sentence(clause: Clause, number: int, count: int, persona: Persona, random: Random, used: set[str]) -> str:
    text = clause.text
    if persona.style == "brief":
        text = telegram(text, asks=clause.asks)
        text = f"in {clause.place}, {text}" if clause.place else text
        return capital(text if clause.asks else stopped(text))
    if clause.place:
        lead = f"{'and ' if number else ''}in {clause.place}, "
        return capital(lead + _framed(text, clause.asks, 0, 1, persona, random, used))
    return capital(_framed(text, clause.asks, number, count, persona, random, used))


def _framed(text: str, asks: bool, number: int, count: int, persona: Persona, random: Random, used: set[str]) -> str:
    polite = persona.style == "polite"
    if asks:
        frames = (_POLITE_ASK_LATER if polite else _ASK_LATER) if number else (_POLITE_ASK if polite else _ASK)
        within = indirect(text)
        frames = tuple(frame.replace("[{}]", within) for frame in frames if within or "[" not in frame)
    elif not number:
        frames = _POLITE if polite else _PLAIN
    elif number == count - 1 and count > 2:
        frames = _POLITE_LAST if polite else _PLAIN_LAST
    else:
        frames = _POLITE_LATER if polite else _PLAIN_LATER
    frame = _fresh(frames, random, used)
    if "{}" not in frame:
        return frame
    before, _, after = frame.partition("{}")
    return stopped(before + text) if after == "." else before + text + after


def _fresh(ways: Sequence[str], random: Random, used: set[str]) -> str:
    """One of several turns of phrase, if possible one that was not used; the plainest may come again."""
    way = random.choice([way for way in ways if way not in used] or list(ways))
    if way not in _PLAINEST:
        used.add(way)
    return way


def single(text: str, persona: Persona, *, random: Random) -> str:
    """An order as a sentence of its own."""
    return _sentence(Clause(text, asks=False), 0, 1, persona, random, set())


def indirect(question: str) -> str:
    """`how many lists there are` for `how many lists are there?`; empty where it would take more than that."""
    text = question.removesuffix("?")
    if len(text) > _LONG_QUESTION:
        return ""
    return next((pattern.sub(instead, text) for pattern, instead in _INDIRECT if pattern.search(text)), "")


def telegram(text: str, *, asks: bool) -> str:
    """A clause without what a telegram leaves out: `delete label "Home"`, `price of "Shelf"?`."""
    short = _ARTICLE.sub(r"\1", text)
    if asks:
        short = _WHAT_IS.sub("", _THERE.sub(r"\1", short))
    return short


def stopped(text: str) -> str:
    """A sentence with its full stop, unless a quotation at its end has one."""
    return text if text.endswith(('."', '!"', '?"', ".", "!", "?")) else f"{text}."


def capital(text: str) -> str:
    """With a capital at its beginning."""
    return text[:1].upper() + text[1:]
