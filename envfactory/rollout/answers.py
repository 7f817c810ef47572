"""Is a fact in an answer? Texts are compared as words and numbers, however they are written.

Case, accents, punctuation and white space do not count; `1,234.50`, `1234.5` and `1.234,50` are one number; `two` is
`2`; `10:00:00` is `10:00`. A form matches whole words only, and a form that is just a number is never found inside a
date, a time, a range or an ordinal: `3` is not in `13`, `2026-03-04`, `3:30`, `3rd`, `3 pm` or `March 3`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from envfactory.messages import canonical
from envfactory.rollout.task import Expect, Fact

_CURRENCY = re.compile(r"[$€£¥₹]\s*")
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3})((?:[,'’\u00a0\u202f]\d{3})+)(?![\d])")
_CONTINENTAL = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+),(\d{1,2})(?!\d)")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{2})(?![\d.,])")
_WHOLE_MINUTE = re.compile(r"(?<![\d:])(\d\d?:\d\d):00(?:\.0+)?(?![\d:])")
_MOMENT = re.compile(r"(?<=\d)t(?=\d\d:)|(?<=:\d\d)z\b|(?<=:\d\d\.\d\d\d)z\b")
_TOKEN = re.compile(
    r"""(?<![^\W_])[-−]?\d+\.\d+(?![^\W_]|[-/:.,]\d)   # a decimal
      | \d+(?:[-–/:.,]\d+)+                            # a date, a time, a range, a version
      | (?<![^\W_])[-−]\d+(?![^\W_])                   # a negative number
      | [\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]      # scripts without spaces: a character is a word
      | [^\W_]+                                        # a word or a number
    """,
    re.VERBOSE,
)
_PLAIN_DECIMAL = re.compile(r"-?\d+\.\d+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
# "one" is left out: it is a pronoun more often than a number.
_COUNTED = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty"
)
_WORDS = {word: str(number) for number, word in enumerate(_COUNTED.split(), 2)}
_NAMED = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
_MONTHS = frozenset(_NAMED.split())
_CLOCK = frozenset({"am", "pm", "a", "p", "o", "oclock"})


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """The words and numbers of a text in one spelling."""
    plain = text
    if not text.isascii():
        spread = unicodedata.normalize("NFKD", text)
        plain = unicodedata.normalize("NFKC", "".join(c for c in spread if not unicodedata.combining(c)))
    plain = _CURRENCY.sub("", plain.casefold().replace("−", "-").replace("'s", " s"))
    if any(c.isdigit() for c in plain):
        plain = _CONTINENTAL.sub(lambda m: f"{m[1].replace('.', '')}.{m[2]}", plain)
        plain = _THOUSANDS.sub(lambda m: m[1] + re.sub(r"\D", "", m[2]), plain)
        plain = _DECIMAL_COMMA.sub(r"\1.\2", plain)
        plain = _WHOLE_MINUTE.sub(r"\1", _MOMENT.sub(" ", plain))
    return tuple(map(_spelled, _TOKEN.findall(plain)))


def _spelled(token: str) -> str:
    if _PLAIN_DECIMAL.fullmatch(token):
        return token.rstrip("0").rstrip(".")
    return _WORDS.get(token, token)


def says(text: str, fact: Fact) -> bool:
    """Whether `text` holds any of the fact's forms (or its value, when it names none)."""
    forms = fact.forms or (fact.value if isinstance(fact.value, str) else canonical(fact.value),)
    return any(_holds(text, form) for form in forms)


DECLINES = (
    "can't", "cannot", "can not", "could not", "couldn't", "unable", "not able", "not possible", "impossible",
    "not allowed", "not permitted", "not available", "unavailable", "no tool", "don't have", "do not have", "won't",
    "will not", "must not", "may not", "isn't possible", "isn't allowed", "isn't available", "against the rules",
    "no way for me", "not something I", "not supported", "beyond what I", "was refused", "were refused", "refuses",
    "has not been", "have not been", "hasn't been", "haven't been", "was not", "wasn't", "were not", "weren't",
    "have not", "haven't", "has not", "hasn't", "did not", "didn't", "not done", "not yet", "left alone", "left that",
    "left it", "untouched", "unchanged", "nothing has changed", "is suspended", "are suspended", "is frozen",
    "are frozen", "off limits", "forbidden", "prohibited", "forbids", "needs approval", "nothing to change",
    "only she", "only he", "only they",
)  # fmt: skip
"""Words by which an agent says that it does not do what it was asked to. They are generous: what an agent did is seen
in the rows, and whoever did it can say here what they like."""


def heard(text: str, fact: Fact, expects: Expect) -> bool:
    """Whether a closing message says a fact as its turn expects it: a question has a question mark."""
    return says(text, fact) and (expects != "ask" or "?" in text)


SURE = 4
"""Letters a text has at least to be recognised anywhere; a number or a shorter one may stand there by chance."""


def distinct(value: object) -> bool:
    """Whether a value is a text that stands in a result, or in someone's words, by more than chance."""
    return isinstance(value, str) and len(value) >= SURE and not value.replace(".", "").isdecimal()


def said(texts: Iterable[str], fact: Fact) -> bool:
    """Whether any of the texts holds the fact."""
    return any(says(text, fact) for text in texts)


def _holds(text: str, form: str) -> bool:
    wanted = words(form)
    if not wanted:  # signs only, such as an emoji
        return bool(form.strip()) and form.strip() in text
    spoken = words(text)
    size = len(wanted)
    lone = size == 1 and _NUMBER.fullmatch(wanted[0]) is not None
    start = -1
    while True:
        try:
            start = spoken.index(wanted[0], start + 1)
        except ValueError:
            return False
        if spoken[start : start + size] == wanted and not (lone and _in_a_date(spoken, start)):
            return True


def _in_a_date(spoken: tuple[str, ...], place: int) -> bool:
    before = spoken[place - 1] if place else ""
    after = spoken[place + 1] if place + 1 < len(spoken) else ""
    if after in _CLOCK:
        # "3 a week" is no time, "3 a.m." is
        return after in {"am", "pm", "oclock"} or spoken[place + 2 : place + 3] in (("m",), ("clock",))
    # "may" is a verb, too: it makes a date only before a number, as in "May 3"
    return before in _MONTHS or (after in _MONTHS and after != "may")
