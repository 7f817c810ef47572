"""What was asked for, told as done: `take the label off my note` becomes `taken the label off your note`."""

from __future__ import annotations

import re

_PAIRS = (
    "be:been begin:begun bring:brought break:broken build:built buy:bought catch:caught choose:chosen cut:cut do:done "
    "draw:drawn drive:driven find:found forget:forgotten freeze:frozen get:got give:given go:gone have:had hide:hidden "
    "hit:hit hold:held keep:kept leave:left lend:lent let:let light:lit lose:lost make:made mean:meant pay:paid "
    "put:put read:read redraw:redrawn resend:resent reset:reset rewrite:rewritten run:run say:said see:seen sell:sold "
    "send:sent set:set show:shown shut:shut spin:spun split:split spread:spread strike:struck sweep:swept take:taken "
    "tear:torn tell:told think:thought throw:thrown undo:undone withdraw:withdrawn write:written"
)
_IRREGULAR: dict[str, str] = {verb: form for verb, _, form in (pair.partition(":") for pair in _PAIRS.split())}
_DOUBLED = frozenset({"submit", "unsubmit", "transfer", "permit", "refer", "prefer", "commit", "unsubscribe", "unpin"})
_SECOND = (
    "accept add adjust answer ask assign attach bin book bring budget call cancel capture carry change charge choose "
    "clear close comment copy correct create credit declare delete describe destroy detach discard draft drop "
    "duplicate edit email empty end enter erase file finalize forget get give hand hide include invite invoice keep "
    "label leave like list lock log make mark move note open order pause pay pick place plan play point post prepare "
    "publish pull push put queue rate record redraw refund register release remove rename replace reply report "
    "request reschedule reserve resize resolve resume return rewrite save schedule send set settle share show sign "
    "star start stop submit subscribe switch tag take tell throw tip transfer turn unlock unstar update use void "
    "withdraw write"
)
_VERBS = frozenset(_SECOND.split())
"""What may follow `and` as a second thing to do."""
_BEFORE = frozenset({"also", "permanently", "please", "then", "just"})
_WHOSE = re.compile(r"\b(my|mine|me|us|I|we|our|am|your|yours|you)\b")
_TURNED = {"my": "your", "mine": "yours", "our": "your", "am": "are", "your": "my", "yours": "mine", "you": "me"}
"""Who asks says `I` of themselves and `you` of who answers; whoever is neither `my` nor `your` is `you`."""
_QUOTED = re.compile(r'("[^"]*")')
_VOWELS = "aeiou"


def past(verb: str) -> str:
    """The past participle of a verb: `added`, `put`, `stopped`, `copied`."""
    low = verb.lower()
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if low.endswith("e"):
        return f"{low}d"
    if low.endswith("y") and low[-2:-1] not in _VOWELS:
        return f"{low[:-1]}ied"
    short = re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", low) is not None
    return f"{low}{low[-1] if short or (low in _DOUBLED and low[-1] != 'e') else ''}ed"


def done(request: str) -> str:
    """A request as its being done: verbs as participles, `my` as `your`; what stands in quotes stays as it is."""
    pieces = _QUOTED.split(request)
    waiting = True
    for place, piece in enumerate(pieces):
        if piece.startswith('"'):
            continue
        words = piece.split(" ")
        for number, word in enumerate(words):
            bare = word.rstrip(",")
            after_and = number > 0 and words[number - 1] == "and" and bare in _VERBS
            if bare and ((waiting and bare.lower() not in _BEFORE) or after_and):
                words[number] = past(bare) + word[len(bare) :]
                waiting = False
        pieces[place] = " ".join(words)
    return turned("".join(pieces))


def turned(text: str) -> str:
    """What a user says of `my` things and `your` memory, as the agent says it; what stands in quotes stays as it is."""
    pieces = _QUOTED.split(text)
    return "".join(
        piece if piece.startswith('"') else _WHOSE.sub(lambda match: _TURNED.get(match[1], "you"), piece)
        for piece in pieces
    )
