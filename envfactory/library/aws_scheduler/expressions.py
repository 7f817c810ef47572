"""Schedule expressions: `at(...)`, `rate(...)` and `cron(...)`, read into one form each way of writing them shares."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from envfactory.errors import ToolError

_EXPRESSION = re.compile(r"(at|rate|cron)\((.*)\)")
_RATE = re.compile(r"([1-9][0-9]{0,8}) (minute|hour|day)s?")
_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_WHOLE = re.compile(r"[0-9]{1,4}")
_WORKDAY = re.compile(r"([0-9]{1,2})W")
_LAST = re.compile(r"(\w+)L")
_NTH = re.compile(r"(\w+)#([1-5])")
_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_EVERY = "*"


@dataclass(frozen=True)
class Field:
    """One of the six parts of a cron expression."""

    name: str
    low: int
    high: int
    names: Sequence[str] = ()
    """Names that stand for `low`, `low` + 1, ..."""

    def numbers(self, text: str) -> str:
        """The numbers that a part means, in order; `*` when it is all of them."""
        found: set[int] = set()
        for piece in text.split(","):
            found |= self._piece(piece)
        if len(found) == self.high - self.low + 1:
            return _EVERY
        return ",".join(map(str, sorted(found)))

    def number(self, text: str) -> int:
        """One number, or the name of one."""
        if text.upper() in self.names:
            return self.low + self.names.index(text.upper())
        if not _WHOLE.fullmatch(text) or not self.low <= int(text) <= self.high:
            raise refused(f"{text!r} is not one of the {self.name} from {self.low} to {self.high}")
        return int(text)

    def _piece(self, piece: str) -> set[int]:
        span, slash, step = piece.partition("/")
        if slash and (not _WHOLE.fullmatch(step) or int(step) == 0):
            raise refused(f"{piece!r} steps by {step!r}, which is no positive number")
        first, dash, last = span.partition("-")
        if span == _EVERY:
            begin, end = self.low, self.high
        elif dash:
            begin, end = self.number(first), self.number(last)
        else:
            begin = self.number(span)
            end = self.high if slash else begin
        if begin > end:
            raise refused(f"{piece!r} runs backwards")
        return set(range(begin, end + 1, int(step) if slash else 1))


_MINUTE = Field("minutes", 0, 59)
_HOUR = Field("hours", 0, 23)
_DAY_OF_MONTH = Field("days of the month", 1, 31)
_MONTH = Field("months", 1, 12, _MONTHS)
_DAY_OF_WEEK = Field("days of the week", 1, 7, _DAYS)
_YEAR = Field("years", 1970, 2199)


def refused(why: str) -> ToolError:
    """The refusal of an expression."""
    return ToolError(f"Invalid Schedule Expression: {why}", code="invalid_arguments")


def timing(expression: str) -> str:
    """What an expression means: equal for expressions that fire at the same times, as `2-6` and `MON-FRI`, or one hour
    and 60 minutes. Raises ToolError for what is no expression."""
    found = _EXPRESSION.fullmatch(expression)
    if found is None:
        raise refused(f"{expression!r} is none of at(...), rate(...) and cron(...)")
    kind, inside = found.groups()
    if kind == "rate":
        return _rate(inside)
    return _at(inside) if kind == "at" else _cron(inside)


def _rate(inside: str) -> str:
    found = _RATE.fullmatch(inside)
    if found is None:
        raise refused(f"{inside!r} is no positive whole number of minutes, hours or days")
    return f"every {int(found[1]) * _MINUTES[found[2]]} minutes"


def _at(inside: str) -> str:
    if not _AT.fullmatch(inside):
        raise refused(f"{inside!r} is no time such as 2026-03-09T18:00:00, without a zone")
    try:
        return f"once at {datetime.fromisoformat(inside).isoformat()}"
    except ValueError:
        raise refused(f"{inside!r} is no time of any calendar") from None


def _cron(inside: str) -> str:
    fields = inside.split(" ")
    if len(fields) != 6:
        raise refused("cron takes six fields: minutes hours day-of-month month day-of-week year")
    minutes, hours, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        raise refused("exactly one of day-of-month and day-of-week must be ?")
    days = _days_of_month(day) if weekday == "?" else _days_of_week(weekday)
    parts = [_MINUTE.numbers(minutes), _HOUR.numbers(hours), days, _MONTH.numbers(month), _YEAR.numbers(year)]
    return " ".join(("cron", *parts))


def _days_of_month(text: str) -> str:
    """Days of the month; `L` is the last one, `LW` the last working day, `15W` the working day nearest to the 15th."""
    if text in {"L", "LW"}:
        return f"day:{text}"
    near = _WORKDAY.fullmatch(text)
    if near is not None:
        return f"day:{_DAY_OF_MONTH.number(near[1])}W"
    found = _DAY_OF_MONTH.numbers(text)
    return found if found == _EVERY else f"day:{found}"


def _days_of_week(text: str) -> str:
    """Days of the week from Sunday, 1; `6L` is the last Friday of the month, `6#2` the second, `L` a Saturday."""
    if text == "L":
        return "weekday:7"
    last, nth = _LAST.fullmatch(text), _NTH.fullmatch(text)
    if last is not None:
        return f"weekday:{_DAY_OF_WEEK.number(last[1])}L"
    if nth is not None:
        return f"weekday:{_DAY_OF_WEEK.number(nth[1])}#{nth[2]}"
    found = _DAY_OF_WEEK.numbers(text)
    return found if found == _EVERY else f"weekday:{found}"
