"""What the screen compares texts by: days, times, numbers and quoted texts in their places, and the words around."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from envfactory.querygen.lexicon import orders, unquoted
from envfactory.querygen.saying import Mark, Said, holds, stem

_Item = TypeVar("_Item", bound=Hashable)
_CONDITION = re.compile(r"\b(?:if|in case|provided|as long as|only when)\b", re.IGNORECASE)
_COURTESY = re.compile(
    r" (?:you (?:can|could|would|don't|have|get)|possible|that(?:'s| is) (?:ok|fine|all))", re.IGNORECASE
)
_TELL = re.compile(r"(?:tell|show|let) (?:me|us)\b", re.IGNORECASE)


def missing_marks(own: Said, now: Said) -> list[Mark]:
    """The days, times, numbers, codes and quoted texts that one text says and another does not."""
    there = Counter(mark for _, mark in now.marks)
    often = Counter(mark for _, mark in own.marks)
    lost: list[Mark] = []
    for _, mark in own.marks:
        # a day is said once for two times of day; a number is not
        if there[mark] >= (often[mark] if mark[0] == "number" else 1) or mark in lost:
            continue
        if mark[0] == "quote" and isinstance(mark[1], str):
            exact = mark[1] in now.flat and holds(now.flat, mark[1])
            if exact or not mark[1].strip():
                continue
        if mark[0] == "day" and mark[1] not in own.days:
            continue
        if mark[0] == "code" and str(mark[1]) in now.flat.casefold():
            continue
        lost.append(mark)
    return lost


def shown(mark: Mark) -> str:
    """A mark as its writer would put it."""
    kind, value = mark
    if kind == "quote":
        return f'"{value}"'
    if kind == "number":
        return f"{value:g}"
    if kind == "clock" and isinstance(value, tuple):
        return "{:02d}:{:02d}".format(*value)  # pyright: ignore[reportUnknownArgumentType]
    return f"{value:%B %-d, %Y}" if kind == "day" else str(value)


def windows_of(text: str, runs: Sequence[tuple[int, int, int]]) -> Iterator[tuple[int, str]]:
    """For each request, the text between the values of the one before it and its own."""
    begin = 0
    for start, last, number in runs:
        yield number, unquoted(text[begin:start])
        begin = text.find('"', last + 1) + 1 if text[last] == '"' else last


def asking(text: Said) -> int:
    """How many orders a text gives, those apart by which it wants to know something."""
    return sum(not _TELL.match(clause) for _, clause in orders(text.flat, slight=True))


def asked(text: str) -> frozenset[str]:
    """The verbs of a text that give orders; all its words, where none does."""
    return frozenset(verb for verb, _ in orders(text)) or word_stems(text)


def stems(text: Said) -> frozenset[str]:
    """Stems of the words outside quotes."""
    return word_stems(unquoted(text.flat))


def word_stems(text: str) -> frozenset[str]:
    """Stems of the words of a text."""
    return frozenset(stem(word) for word in re.findall(r"[a-zA-Z'-]+", text))


def plain_words(text: Said) -> Counter[str]:
    """How often each word stands outside quotes."""
    return Counter(re.findall(r"[a-z]+", unquoted(text.flat).casefold()))


def says_all(piece: str, text: Said) -> bool:
    """Whether each word of a piece is said outside quotes."""
    own = {stem(word) for word in re.findall(r"[^\W\d_]+", piece)}
    return bool(own) and own <= stems(text)


def telling(label: str) -> bool:
    """Whether a name is one that nobody says by chance."""
    return len(label) >= 4 and (" " in label.strip() or any(c.isdigit() for c in label) or "-" in label)


def once(items: Iterable[_Item]) -> list[_Item]:
    """Each item once, in order."""
    return list(dict.fromkeys(items))


def runs_of(places: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Where each run of equal numbers begins and where its last begins, and the number."""
    found: list[tuple[int, int, int]] = []
    for at, number in places:
        if found and found[-1][2] == number:
            found[-1] = (found[-1][0], at, number)
        else:
            found.append((at, at, number))
    return found


def conditions(text: Said) -> int:
    """How often something is made to depend on something else; courtesies do not count."""
    plain = unquoted(text.flat)
    return sum(not _COURTESY.match(plain[match.end() :]) for match in _CONDITION.finditer(plain))


def asked_by(phrases: Sequence[str]) -> str:
    """What a tool's first phrase begins with."""
    return re.sub(r"\s*[\[{].*", "", phrases[0]) if phrases else ""


def plainly(verb: str, text: str) -> str:
    """The word that a stem stands for in a text."""
    return next((word for word in re.findall(r"[a-zA-Z'-]+", text) if stem(word) == verb), verb or text)
