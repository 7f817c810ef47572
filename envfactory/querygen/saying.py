"""Read what people write: the dates, times, numbers, names and quoted texts in a text, however they are put.

A date may be said as `March 4`, `4 March`, `the 4th of March`, `2026-03-04`, `3/4/2026`, `tomorrow`, `on Tuesday` or
`in three days`. What two people could read differently has several readings: on a Sunday `next Tuesday` has one (the
day after tomorrow, in the coming week), on a Monday two (tomorrow, or in eight days).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

Clock = tuple[int, int]
Mark = tuple[str, object]
"""What stands at a place: `("day", date)`, `("clock", (15, 30))`, `("number", 3.0)`, `("code", …)`, `("quote", …)`."""

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = r"(?P<month>" + "|".join([*_MONTHS, "sept", *(m[:3] for m in _MONTHS if m != "may")]) + r")\b"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<year>(?:19|20)\d\d)\b)?"
_COUNT = r"(?P<count>a|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2})"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\w-])(?P<iso>\d{4}-\d\d-\d\d)(?![\w-]*\d-)",
        rf"\b{_MONTH}\.? (?:the )?{_DAY}\b(?!:|\d){_YEAR}",
        rf"\b{_DAY} (?:of )?{_MONTH}{_YEAR}",
        r"(?<![\w/])(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<y>\d{4})(?![\w/])",
        r"\b(?P<after>the day after tomorrow)\b",
        r"\b(?P<word>today|tonight|tomorrow|yesterday|this (?:morning|afternoon|evening))\b",
        rf"\bin {_COUNT} (?P<unit>days?|weeks?)(?:' time)?\b",
        rf"\b{_COUNT} (?P<unit>days?|weeks?) from (?:today|now)\b",
        rf"\b(?:(?P<which>this|next|last|coming|this coming) )?(?P<weekday>{'|'.join(_DAYS)})\b",
    )
)
_CLOCKS = (
    re.compile(r"\b(?P<h>\d\d?)(?:[:.](?P<m>[0-5]\d))? ?(?P<half>[ap])(?:m\b|\.m\.)", re.IGNORECASE),
    re.compile(r"(?<![\d:.])(?:(?<=T)|\b)(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)(?::[0-5]\d)?Z?(?!\d|:\d)"),
    re.compile(r"\b(?P<name>noon|midday|midnight)\b", re.IGNORECASE),
)
_QUOTED = re.compile(r'"([^"]*)"')
_TOKEN = re.compile(r"[^\s\"()\[\]{};!?]+")
_FIGURE = re.compile(
    r"(?:[$€£]|[A-Z]{3})?(?P<sign>[-−]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d+)?"
    r"(?:%|gb|mb|tb|kb|km|cm|mm|kg|kr|m|g|s|min|h|x|th|st|nd|rd)?",
    re.IGNORECASE,
)
_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_UNITS = {word: number for number, word in enumerate(_TO_NINETEEN.split())}
_BY_TEN = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = {word: 10 * number for number, word in enumerate(_BY_TEN.split(), 2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_COUNTED = frozenset({*_UNITS, *_TENS, *_SCALES})
_PRONOUNS = frozenset({"one", "zero"})
"""Number words that are more often something else: the other one."""
_SMALL = (
    "a an the of to for in on at by with from and or as is are be was were it its this that these those my your our "
    "their his her me you i we they he she them us him please could would can will do does did has have had there here "
    "also then after so just too into onto off out up about what which who when where how than but if not no any some "
    "one ones called named titled new want need like let know tell give make"
)
STOPS = frozenset(_SMALL.split())
"""Words that carry no wish."""
_SENTENCE = re.compile(r"(?:^|[.!?:;]\s+|[\n—–-]\s+|[\"(]\s*)$")


@dataclass(frozen=True)
class Said:
    """What a text says."""

    flat: str
    """The text in one spelling of quotes, dashes and spaces."""
    dates: tuple[frozenset[date], ...]
    """Each mention of a day, with its readings."""
    clocks: frozenset[Clock]
    numbers: frozenset[float]
    quotes: tuple[str, ...]
    codes: frozenset[str]
    """Addresses, e-mails, file names and the like: words with dots or with digits among letters."""
    words: frozenset[str]
    """Stems of the other words, but for the smallest ones."""
    names: tuple[str, ...]
    """Words with a capital that do not begin a sentence, outside quotes."""

    marks: tuple[tuple[int, Mark], ...] = ()
    """Where in the text each day, time, number, code and quoted text stands, in order."""

    @property
    def days(self) -> frozenset[date]:
        """The days that are said beyond doubt."""
        return frozenset(next(iter(readings)) for readings in self.dates if len(readings) == 1)


def flat(text: str) -> str:
    """One spelling of quotes, dashes and spaces."""
    plain = unicodedata.normalize("NFC", text)
    for marks, mark in (("“”„«»", '"'), ("’‘", "'"), ("−", "-"), ("\u00a0\u202f", " ")):
        for one in marks:
            plain = plain.replace(one, mark)
    return " ".join(plain.split())


def stem(word: str) -> str:
    """A word without its ending, roughly: `labels`, `labelled` and `labelling` come to one."""
    plain = word.casefold().removesuffix("'s").strip("'-")
    for ending, instead in (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if plain.endswith(ending) and len(plain) - len(ending) >= 3 and not plain.endswith("ss"):
            plain = plain.removesuffix(ending) + instead
            break
    if len(plain) > 3 and plain[-1] == plain[-2] and plain[-1] not in "aeiouls":
        plain = plain[:-1]
    return plain.removesuffix("e") if len(plain) > 3 else plain


@lru_cache(maxsize=16384)
def read(text: str, now: datetime | None = None) -> Said:
    """What a text says; without `now` no relative date is understood, and a day without its year is none."""
    whole = flat(text)
    quotes = tuple(_QUOTED.findall(whole))
    rest = _QUOTED.sub(lambda match: " " * (len(match[0]) - 1) + '"', whole)
    marks: list[tuple[int, Mark]] = [(m.start(), ("quote", m[1])) for m in _QUOTED.finditer(whole)]
    dates: list[frozenset[date]] = []
    for pattern in _DATES:
        for match in list(pattern.finditer(rest)):
            readings = _readings(match, now)
            if readings is not None:
                dates.append(readings)
                marks += [(match.start(), ("day", day)) for day in sorted(readings)]
                rest = _blank(rest, match)
    clocks: set[Clock] = set()
    for pattern in _CLOCKS:
        for match in list(pattern.finditer(rest)):
            clock = _clock(match)
            if clock is not None:
                clocks.add(clock)
                marks.append((match.start(), ("clock", clock)))
                rest = _blank(rest, match)
    numbers: set[float] = set()
    codes: set[str] = set()
    words: set[str] = set()
    names: list[str] = []
    for match in _TOKEN.finditer(rest):
        token = match[0].strip(".,:'*")
        if not token:
            continue
        figure = _FIGURE.fullmatch(token)
        if figure is not None:
            value = float(figure["whole"].replace(",", "") + (figure["part"] or ""))
            numbers.add(-value if figure["sign"] else value)
            marks.append((match.start(), ("number", -value if figure["sign"] else value)))
        elif any(c.isdigit() for c in token) or "@" in token or re.search(r"\w[._/]\w", token):
            codes.add(token.casefold())
            marks.append((match.start(), ("code", token.casefold())))
        else:
            parts = [part.casefold() for part in re.split(r"[-/,–—&+]", token) if part]
            words |= {stem(part) for part in parts if part not in STOPS and part not in _COUNTED}
            begins = _SENTENCE.search(rest[: match.start()]) is not None
            if token[0].isupper() and not begins and not token.startswith(("I'", "I’")) and token != "I":
                names.append(token.removesuffix("'s"))
    for place, number in _spelled(rest):
        numbers.add(number)
        marks.append((place, ("number", number)))
    return Said(
        whole,
        tuple(dates),
        frozenset(clocks),
        frozenset(numbers),
        quotes,
        frozenset(codes),
        frozenset(words),
        tuple(names),
        tuple(sorted(marks, key=lambda mark: mark[0])),
    )


def missing(piece: str, said: Said, now: datetime | None) -> str:
    """What of `piece` the words `said` do not say; empty when they say all of it."""
    wanted = read(piece, now)
    if holds(said.flat, wanted.flat):
        return ""
    if not (wanted.marks or wanted.words):
        return piece
    for quote in wanted.quotes:
        if quote not in said.flat:
            return f'"{quote}"'
    for readings in wanted.dates:
        if not readings <= said.days:
            return " or ".join(f"{day:%B} {day.day}, {day.year}" for day in sorted(readings))
    for hour, minute in sorted(wanted.clocks - said.clocks):
        return f"{hour:02d}:{minute:02d}"
    for number in sorted(wanted.numbers - said.numbers):
        return f"{number:g}"
    for code in sorted(wanted.codes - said.codes):
        if code not in said.flat.casefold():
            return code
    inside = frozenset(stem(word) for quote in said.quotes for word in re.findall(r"[^\W\d_]+", quote))
    for word in sorted(wanted.words - said.words - inside):
        return piece if len(wanted.words) > 1 else word
    return ""


def holds(text: str, piece: str) -> bool:
    """Whether a text holds a piece as whole words, in any case."""
    if not piece:
        return True
    before = r"(?<![\w])" if piece[0].isalnum() else ""
    after = r"(?![\w])" if piece[-1].isalnum() else ""
    pattern = f"{before}{re.escape(piece)}{after}"
    for match in re.finditer(pattern, text, re.IGNORECASE):
        number = piece.replace(".", "").replace(",", "").isdigit()
        near = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 2]
        if not number or not re.search(r"[.,:/-]\d|^[-./:,]", near):
            return True
    return False


def _blank(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]


def _readings(match: re.Match[str], now: datetime | None) -> frozenset[date] | None:
    got = match.groupdict()
    try:
        if got.get("iso"):
            return frozenset({date.fromisoformat(got["iso"])})
        if got.get("y"):
            return frozenset({date(int(got["y"]), int(got["m"]), int(got["d"]))})
        if got.get("month"):
            year = int(got["year"]) if got.get("year") else now.year if now else 0
            month = next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(got["month"].casefold()[:3]))
            return frozenset({date(year, month, int(got["day"]))}) if year else None
    except ValueError:
        return None
    if now is None:
        return None
    today = now.date()
    if got.get("after"):
        return frozenset({today + timedelta(days=2)})
    if got.get("word"):
        return frozenset({today + timedelta(days={"tomorrow": 1, "yesterday": -1}.get(got["word"].casefold(), 0))})
    if got.get("count"):
        many = got["count"].casefold()
        count = int(many) if many.isdigit() else 1 if many == "a" else _UNITS[many]
        return frozenset({today + timedelta(days=count * (7 if got["unit"].startswith("week") else 1))})
    return _weekday(today, _DAYS.index(got["weekday"].casefold()), (got.get("which") or "").casefold())


def _weekday(today: date, day: int, which: str) -> frozenset[date]:
    ahead = (day - today.weekday()) % 7
    coming = today + timedelta(days=ahead or 7)
    if which == "last":
        back = (today.weekday() - day) % 7
        near = today - timedelta(days=back or 7)
        return frozenset({near, today + timedelta(days=day - today.weekday() - 7)})
    if which == "next":
        return frozenset({coming, today + timedelta(days=day - today.weekday() + 7)})
    return frozenset({coming, today}) if not ahead else frozenset({coming})


def _clock(match: re.Match[str]) -> Clock | None:
    got = match.groupdict()
    if got.get("name"):
        return (0, 0) if got["name"].casefold() == "midnight" else (12, 0)
    hour, minute = int(got["h"]), int(got.get("m") or 0)
    if got.get("half"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if got["half"].casefold() == "p" else 0)
    return hour, minute


def _spelled(text: str) -> list[tuple[int, float]]:
    """Numbers written as words, and where: `two`, `twenty-five`, `three hundred`."""
    found: list[tuple[int, float]] = []
    total, part, begun, start = 0, 0, False, 0
    for match in re.finditer(r"[a-z]+|$", text.casefold()):
        word = match[0]
        if word in _UNITS or word in _TENS:
            start = match.start() if not (begun or part) else start
            part += _UNITS.get(word, _TENS.get(word, 0))
            begun = begun or word not in _PRONOUNS
        elif word in _SCALES and (begun or part or total):
            part = max(part, 1) * _SCALES[word]
            if word != "hundred":
                total, part = total + part, 0
            begun = True
        elif word == "and" and begun and part >= 100:
            continue
        else:
            if begun:
                found.append((start, float(total + part)))
            total, part, begun = 0, 0, False
    return found
