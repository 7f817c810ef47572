"""Verbs people give orders with, in groups that mean much the same; and words that turn a meaning round.

The groups are ours, made from the verbs of the library's phrases and what else people say for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from envfactory.environment.spec import ToolSpec
from envfactory.querygen import words
from envfactory.querygen.saying import flat, stem

_GROUPS = (
    "delete remove erase drop wipe forget clear bin scrap discard destroy trash empty purge rid throw take|out "
    "take|off cross|out get|rid strip|of tear|down dissolve unenrol unsubscribe kick",
    "cancel withdraw void revoke abandon stop call|off pull descheduled unschedule break|off",
    "create add make set|up open start register put file draft write book place log note record enter include "
    "schedule plan prepare list spin|up begin jot save build queue set post",
    "change update set switch edit adjust correct turn replace revise alter make put reword rewrite amend use bring "
    "describe mark let have move give shift modify",
    "rename retitle call name title change update",
    "move shift put transfer relocate carry push bring reschedule rebook reorder slide send",
    "send mail email e-mail write forward deliver text",
    "reply answer respond comment write post say",
    "invite ask|in bring add share let give grant",
    "share give grant let hand add make",
    "pay transfer send settle instruct charge credit refund",
    "reserve book hold order request",
    "publish release post submit finalize push|out hand|in turn|in return grade",
    "label tag mark flag stick file put add",
    "attach add link connect detach unlink disconnect take|off",
    "lock unlock protect freeze close",
    "pause stop hold",
    "resume continue play start run queue go|on",
    "close complete finish settle end wrap|up done tick|off check|off mark reopen open",
    "archive keep put",
    "copy duplicate clone snapshot",
    "assign give hand put make delegate let",
    "like unlike rate star unstar",
    "remember note keep record",
    "subscribe follow add unsubscribe",
    "report tell show send ask warn say",
    "record log note enter write|down put register add",
    "register sign|up enrol enroll admit add",
    "restore undelete recover reinstate bring|back keep retain",
    "confirm approve accept",
    "quote collect capture declare sign hide sweep budget resend rescue choose pick point hit resize draw quicken tune",
)
GROUPS: tuple[frozenset[str], ...] = tuple(
    frozenset(word.replace("|", " ") for word in group.split()) for group in _GROUPS
)
_EFFECTS = {
    "create": "create", "update": "change", "replace": "change", "delete": "delete", "move": "move", "clear": "clear",
}  # fmt: skip
_LIGHT = frozenset(
    {"want", "need", "get", "new", "have", "let", "say", "ask", "go", "use", "done", "found", "tell", "show"}
)
_EITHER = (
    "list note file book record plan order post report comment label tag charge budget quote schedule log draft star "
    "open clear complete place point name title mail email e-mail text answer reply hold close rate play queue share "
    "run credit sign end return request release copy like mark show tell check work transfer refund"
)
_NOUNS = frozenset(_EITHER.split())
"""Words that are as often a thing or a quality: they give an order only at the beginning of a sentence."""
_EITHER_STEMS = frozenset(map(stem, _NOUNS))
_SLIGHTEST = "make put take give let have get set bring use call turn send add keep"
_SLIGHT = frozenset(map(stem, _SLIGHTEST.split()))
DETAILS = frozenset({*_SLIGHT, stem("name"), stem("describe"), stem("note"), stem("title"), stem("start")}) - {
    "keep",
    "send",
}
"""Verbs that may go on with a request: call it so, give it this description, have it at that place."""
VERBS: frozenset[str] = frozenset(stem(word.split()[0]) for group in GROUPS for word in group) - {
    stem(word) for word in _LIGHT
}
_ANY = VERBS | {"tell", "hav", "let", "get", "go"}
DESTROYING = frozenset(stem(word) for word in GROUPS[0] | GROUPS[1] if " " not in word) - {
    "stop",
    "pul",
    "clear",
    "rid",
}
"""Verbs after which something is gone."""
RESTORING = frozenset(
    map(stem, ["restore", "undelete", "recover", "reinstate", "keep", "retain", "confirm", "approve"])
)
"""Verbs after which something is there, or stays."""
NEGATIONS = re.compile(
    r"\b(?:not|never|don't|do not|doesn't|didn't|no longer|without|except|unless|instead of|rather than|apart from|"
    r"but not|nothing|leave (?:it|that|them) (?:as|alone)|hold off|skip|never mind|scratch that|forget (?:it|that)|"
    r"actually)\b",
    re.IGNORECASE,
)
SWEEPING = re.compile(
    r"\b(?:everything|everyone|all of (?:them|it|those)|the rest|the others|every other|anything|older|"
    r"as well as the)\b",
    re.IGNORECASE,
)
EDGES: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "earliest first soonest oldest nearest next",
        "latest last newest recent furthest",
        "lowest smallest least cheapest fewest shortest minimum",
        "highest largest biggest most greatest longest top dearest maximum",
    )
)
OPPOSITES = ((0, 1), (1, 0), (2, 3), (3, 2))
ASKING = re.compile(
    r"\?|\b(?:tell me|let me know|remind me|find out|look up|check|wonder|curious|need to know|want to know|"
    r"like to know|show me|give me|i'd love to know|what|which|how many|how much|when|who|where)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"\b(?:what(?:'s| is| are| was| were)?|which|how many|how much|who(?:'s)?|where|when(?:'s| is| are| does| did))\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:(?P<start>^(?:(?:in|for|from|under|on|at) [^,]{3,90}, )?|[.!?;:—–]\s*)|,\s*(?:and |then |but )?|"
    r"\b(?:and|then|also|please|kindly|go ahead and|you|"
    r"(?:need|want|like|have|got|love|going|remember|try|ready|time|you|supposed|ask) (?:you )?to|let's|just)\s+)"
    r"(?:(?:could|can|would|will|might|may)\s+)?"
    r"(?:(?:hi|hello|hey|ok|okay|so|now|oh|and|also|please|then|just|kindly|first|next|finally|lastly|"
    r"one more thing|after that|last thing|besides|"
    r"permanently|simply|quickly|kindly|actually|perhaps|maybe)"
    r"[,:]?\s+)*(?=(?P<verb>[a-z][a-z'-]*))",
    re.IGNORECASE,
)


_QUOTED = re.compile(r'"([^"]*)"')
_LEAD_YOU = re.compile(r"\b(?:you|i|we|us|me)\b", re.IGNORECASE)
_ASKED = ("you", "please", "to", "could", "can", "would")


def accepted(tool: ToolSpec) -> frozenset[str]:
    """Stems of the verbs that people may ask for a tool with."""
    said: set[str] = set()
    for phrase in tool.phrases:
        first = [stem(word) for word in re.sub(r"[\[{].*", "", phrase).split()]
        said |= {*first[:1], *VERBS.intersection(first[:3])}
    named = [stem(word) for word in words.split(tool.name).split()]
    said |= VERBS.intersection(named) or (set() if said else set(named))
    begins = {stem(_EFFECTS[tool.effect])} if tool.effect in _EFFECTS else set[str]()
    return frozenset(alike(said | begins) | said)


def alike(stems: Iterable[str]) -> set[str]:
    """Stems of all verbs that stand in a group with one of these; the smallest verbs find none, they mean too much."""
    wanted = set(stems) - _SLIGHT
    found: set[str] = set()
    for group in GROUPS:
        if {stem(word) for word in group if " " not in word} & wanted:
            found |= {stem(word.split()[0]) for word in group}
    return found


def unquoted(text: str) -> str:
    """The text without what stands in quotes."""
    return re.sub(r'"[^"]*"', '""', flat(text))


def orders(text: str, *, slight: bool = False) -> list[tuple[str, str]]:
    """The verbs that a text gives orders with, as stems, each with its clause, which reaches to the next of them;
    with `slight`, also the smallest ones (`tell that van to …`)."""
    found: list[tuple[str, str]] = []
    whole = flat(text)
    for begin, part in sentences(text):
        starts: list[tuple[int, str]] = []
        for match in _LEAD.finditer(part):
            verb = match["verb"].casefold()
            if stem(verb) not in (_ANY if slight else VERBS) or verb.endswith(("ing", "ed", "'s")):
                continue
            if verb in _NOUNS and match["start"] is None and not match[0].rstrip().endswith(_ASKED):
                continue
            starts.append((begin + match.end(), stem(verb)))
        ends = [*(start for start, _ in starts), begin + len(part)][1:]
        found += [(verb, whole[start:end]) for (start, verb), end in zip(starts, ends, strict=True)]
    return found


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Each sentence of a text in one spelling, and where it begins; what stands in quotes is made unreadable."""
    bare = _QUOTED.sub(lambda match: f'"{"·" * (len(match[1]) - 1)}{_end(match)}"', flat(text))
    for match in re.finditer(r"\S.*?(?:[.!?]\"?(?=\s|$)|$)", bare):
        yield match.start(), match[0]


def _end(match: re.Match[str]) -> str:
    """The last character of a quoted text: where it ends a sentence that is seen by what comes next."""
    if not match[1]:
        return ""
    ends = match[1][-1] in ".!?" and re.match(r"\s+[A-Z]|$", match.string[match.end() :])
    return match[1][-1] if ends else "·"


def questions(text: str) -> int:
    """How many questions a text asks."""
    return sum(_QUESTION.search(part) is not None or _asks(part) for _, part in sentences(text))


def _asks(sentence: str) -> bool:
    """Whether a sentence without a question word is a question, and no request: `Price of the ride?`"""
    given = [verb for verb, _ in orders(sentence, slight=True) if verb not in _EITHER_STEMS]
    return sentence.endswith("?") and not _LEAD_YOU.search(sentence) and not given
