"""How words are written: what can be seen without knowing what they mean. Works on any words, also the grammar's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from envfactory.querygen.lexicon import unquoted
from envfactory.querygen.saying import flat

_VOWEL_SOUND = re.compile(r"^(?:[aeio]|u(?!ni|se|su|ti|r[aeio]|k))", re.IGNORECASE)
_CONSONANT_SOUND = frozenset({"one", "eur", "uni", "use", "onc"})
_SILENT = frozenset({"hour", "honest", "heir"})
_TWICE = frozenset({"that", "had"})


def written(text: str) -> Iterator[str]:
    """What is wrong with how a text is written; each can be seen without knowing what it means."""
    plain = flat(text)
    bare = unquoted(text)
    if text != text.strip() or re.search(r"\s{2,}", text):
        yield "there are spaces too many"
    if plain[:1].islower():
        yield "it must begin with a capital letter"
    if not re.search(r"[.?!…][\"')]?$", plain):
        yield "it must end with a full stop, a question mark or an exclamation mark"
    if plain.count('"') % 2:
        yield "a quotation mark is missing"
    if re.search(r'[^\W_]""|""[^\W_]', bare):
        yield "a space is missing beside a quotation mark"
    if re.search(r"\s[,.;?!](?:\s|$)|,,|\?\?|;\.", bare):
        yield "there is a punctuation mark out of place"
    if re.search(r"[{}\[\]<>]|\bTODO\b|\bN/A\b", bare):
        yield "a template was left unfilled"
    for one, other in pairwise(re.findall(r"[^\W\d_]+(?:'\w+)?|[^\w\s]|\d+", bare)):
        if one.casefold() == other.casefold() and one.isalpha() and one.casefold() not in _TWICE:
            yield f"{one!r} stands there twice"
    for match in re.finditer(r"\b(an?) ([A-Za-z]+)", bare, re.IGNORECASE):
        vowel = _VOWEL_SOUND.match(match[2]) is not None
        if match[2].casefold() in _SILENT or match[2].isupper() or match[1] == "A":
            continue
        if (match[1].casefold() == "an") != vowel and match[2][:3].casefold() not in {
            "one",
            "eur",
            "uni",
            "use",
            "onc",
        }:
            yield f"{match[0]!r}: it is the other article"


def repeated(text: str, *, size: int = 7) -> list[str]:
    """Runs of `size` words that a text has twice, outside quotes."""
    plain = re.findall(r"[\w']+|\"\"", unquoted(text).casefold())
    runs = Counter(" ".join(plain[n : n + size]) for n in range(len(plain) - size + 1))
    return [run for run, count in runs.items() if count > 1]
