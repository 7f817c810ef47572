"""How people say things: names as words, values as text, and the ways an answer may put a value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from envfactory.environment.entropy import utc
from envfactory.environment.spec import Attribute, Entity
from envfactory.messages import as_list, as_object

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_+|-+")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]+)?")
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_STAMPS = {"created": "creation date", "updated": "date of the last change"}
"""What people call the times that many services name by a participle."""
_AGREE = (("was", "were"), ("does", "do"), ("is", "are"), ("has", "have"), ("starts", "start"), ("ends", "end"))
_WHOLE_CURRENCIES = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"})
"""Those that have no smaller unit."""


def split(name: str) -> str:
    """`dueDate` and `due_date` as `due date`."""
    return " ".join(part.lower() for part in _CAMEL.split(name) if part)


def noun(entity: Entity) -> str:
    """What people call one of them."""
    return entity.words[0] if entity.words else split(entity.name)


def noun_for(entity: Entity, item: Mapping[str, Any]) -> str:
    """What people call this one: a folder is a file, but nobody says so."""
    value = item.get(entity.kind) if entity.kind else None
    return entity.attribute(entity.kind).says.get(value, noun(entity)) if isinstance(value, str) else noun(entity)


def nouns(entity: Entity) -> str:
    """What people call several of them."""
    if entity.plural:
        return split(entity.plural)
    one = noun(entity)
    if one.endswith("y") and one[-2:-1] not in "aeiou":
        return f"{one[:-1]}ies"
    return f"{one}es" if one.endswith(("s", "x", "ch", "sh")) else f"{one}s"


def field_words(attribute: Attribute) -> str:
    """What people call an attribute."""
    return attribute.words[0] if attribute.words else _STAMPS.get(split(attribute.name), split(attribute.name))


def in_plural(clause: str, several: str, entity: Entity | None = None) -> str:
    """A clause in which `several` things stand where one stood: `create a task called ...` becomes `create tasks called
    ...` (of an `entity`), `that the invoice ... was paid` becomes `that the invoices ... were paid`."""
    if entity is not None:
        one, many = noun(entity), nouns(entity)
        clause = re.sub(rf"\ban? ((?:[a-z]+ ){{0,2}}){re.escape(one)}\b", rf"\1{many}", clause)
        clause = re.sub(r"\ban? ((?:[\w-]+ ){0,2})([a-z]+) (called|named|titled)\b", r"\1\2s \3", clause)
        clause = re.sub(rf"\b(?:the|an?) (new )?([a-z]*[a-rt-z]) (?={re.escape(several)})", r"the \1\2s ", clause)
    before, found, after = clause.partition(several)
    for one, many in _AGREE:
        before = re.sub(rf"\b{one} $", f"{many} ", before)
        after = re.sub(rf"^( that)? {one}\b", rf"\1 {many}", after)
    after = re.sub(r"^( \w+) its (\w+)$", r"\1 their \2s", after)
    after = re.sub(r"^( and| with) (everything|all) (in|on) it\b", r"\1 \2 \3 them", after)
    return before + found + after


def article(phrase: str) -> str:
    """`a task`, `an event`."""
    return f"{'an' if phrase[:1].lower() in 'aeiou' else 'a'} {phrase}"


def listed(items: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def counted(number: int) -> str:
    """A small number as a word, a large one in figures."""
    return _COUNTS[number] if number < len(_COUNTS) else str(number)


def as_moment(value: Any) -> datetime | None:
    """The time that RFC 3339 text says; None for anything else."""
    if not isinstance(value, str) or len(value) < 16 or "T" not in value:
        return None
    try:
        return utc(value)
    except ValueError:
        return None


def as_day(value: Any) -> date | None:
    """The day that ISO text says, or `{"year": 2026, "month": 3, "day": 4}` (google.type.Date); None for anything
    else."""
    parts = as_object(value)
    if set(parts) == {"year", "month", "day"} and all(isinstance(part, int) for part in parts.values()):
        try:
            return date(parts["year"], parts["month"], parts["day"])
        except ValueError:
            return None
    if not isinstance(value, str) or len(value) != 10:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def as_clock(value: Any) -> time | None:
    """The time of day that `{"hours": 17, "minutes": 30}` says (google.type.TimeOfDay); None for anything else."""
    parts = as_object(value)
    if "hours" not in parts or not set(parts) <= {"hours", "minutes"}:
        return None
    try:
        return time(parts["hours"], parts.get("minutes", 0))
    except (TypeError, ValueError):
        return None


def as_money(value: Any) -> tuple[float, str] | None:
    """What `{"amount": 14950, "currency": "DKK"}` comes to, and in what: 149.5 and DKK. Amounts are in the currency's
    smallest unit (ISO 4217), or in whole ones as `{"amount": "149.50", "currencyCode": "DKK"}` and
    `{"value": "149.50", "currency": "DKK"}`; None for anything else."""
    parts = as_object(value)
    if set(parts) == {"value", "currency"} and isinstance(parts["value"], str):
        parts = {"amount": parts["value"], "currencyCode": parts["currency"]}
    amount, currency, code = parts.get("amount"), parts.get("currency"), parts.get("currencyCode")
    if set(parts) == {"amount", "currencyCode"} and isinstance(amount, str) and isinstance(code, str):
        return (float(amount), code) if _DECIMAL.fullmatch(amount) else None
    if set(parts) != {"amount", "currency"} or not isinstance(amount, int) or not isinstance(currency, str):
        return None
    return amount / (1 if currency in _WHOLE_CURRENCIES else 100), currency


def as_milliunits(value: Any, form: str) -> tuple[float, str] | None:
    """What 149500 comes to, and in what, where the contract's format is `milliunits DKK`: 149.5 and DKK. Some services
    keep thousandths of the unit, whatever the currency's smallest is; None for anything else."""
    kind, _, currency = form.partition(" ")
    if kind != "milliunits" or not currency or isinstance(value, bool) or not isinstance(value, int):
        return None
    return value / 1000, currency


def say_money(amount: float, currency: str) -> str:
    """`149.50 DKK`, `150 DKK`."""
    return f"{amount:.0f} {currency}" if amount == int(amount) else f"{amount:.2f} {currency}"


def say_day(day: date, now: datetime, *, relative: bool = False) -> str:
    """`March 4`, with the year when it is not this one; `tomorrow` where `relative` allows it."""
    if relative and day == now.date():
        return "today"
    if relative and day == now.date() + timedelta(days=1):
        return "tomorrow"
    text = f"{day:%B} {day.day}"
    return text if day.year == now.year else f"{text}, {day.year}"


def say_time(moment: datetime | time) -> str:
    """`3:30 PM`, `9 AM`."""
    hour = moment.hour % 12 or 12
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{hour}{minutes} {'AM' if moment.hour < 12 else 'PM'}"


def say(value: Any, now: datetime, *, day_only: bool = False, relative: bool = False) -> str:
    """A value as a person would write it; text stays as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    items = as_list(value)
    if items:
        return listed([say(item, now, relative=relative) for item in items])
    money = as_money(value)
    if money is not None:
        return say_money(*money)
    day = as_day(value)
    if day is not None:
        return say_day(day, now, relative=relative)
    clock = as_clock(value)
    if clock is not None:
        return say_time(clock)
    parts = as_object(value)
    if parts:
        counted_name, quantity = parts.get("name"), parts.get("quantity")
        if isinstance(counted_name, str) and isinstance(quantity, (str, int)):  # a line of an order
            price = as_money(parts.get("base_price_money"))
            return f"{quantity} × {counted_name}{f' at {say_money(*price)} each' if price else ''}"
        first, last, address = parts.get("firstName"), parts.get("lastName"), parts.get("email")
        if isinstance(first, str) and isinstance(last, str):  # a person
            return f"{first} {last} ({address})" if address else f"{first} {last}"
        for name in ("dateTime", "date", "email", "displayName", "name", "value", "address"):
            if parts.get(name) is not None:
                return say(parts[name], now, relative=relative)
        return listed([f"{split(name)} {say(item, now)}" for name, item in parts.items()])
    moment = as_moment(value)
    if moment is not None:
        said = say_day(moment.date(), now, relative=relative)
        if day_only or (moment.hour, moment.minute, moment.second) == (0, 0, 0):
            return said
        return f"{said} at {say_time(moment)}"
    return str(value)


def forms(value: Any, now: datetime, *, form: str = "") -> tuple[str, ...]:
    """The ways to put a value that an answer may use; the first is how the oracle says it. `form` is the contract's
    format for it."""
    if isinstance(value, bool):
        return ("yes",) if value else ("no",)
    money = as_money(value) or as_milliunits(value, form)
    if isinstance(value, int) and money is None and 0 <= value < len(_COUNTS):
        return (str(value), _COUNTS[value])
    if isinstance(value, float):
        return tuple(dict.fromkeys((f"{value:.2f}", f"{value:g}")))
    if money is not None:
        amount, currency = money
        spelled = (say_money(amount, currency), f"{amount:.2f} {currency}", f"{currency} {amount:.2f}", f"{amount:.2f}")
        return tuple(dict.fromkeys(spelled))
    day = as_day(value)
    moment = as_moment(value)
    if moment is not None:
        day = moment.date()
        if (moment.hour, moment.minute) != (0, 0):
            return _moment_forms(moment, now)
    if day is not None:
        return day_forms(day, now)
    return (say(value, now),)


def day_forms(day: date, now: datetime) -> tuple[str, ...]:
    """The ways to put a day that an answer may use, with its year and without."""
    found = [say_day(day, now), day.isoformat(), f"{day:%B} {day.day}", f"{day.day} {day:%B}", f"{day:%b} {day.day}"]
    found += [f"{day.day} {day:%b}", f"{day.month}/{day.day}/{day.year}"]
    found += [f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%B} {day.year}", f"{day.day} {day:%b} {day.year}"]
    if say_day(day, now, relative=True) in {"today", "tomorrow"}:
        found.append(say_day(day, now, relative=True))
    return tuple(dict.fromkeys(found))


def _moment_forms(moment: datetime, now: datetime) -> tuple[str, ...]:
    clock = (f"{moment:%H:%M}", say_time(moment), say_time(moment).replace(" ", ""), f"{moment.hour}:{moment:%M}")
    found = [say(moment.isoformat(), now), moment.isoformat().replace("+00:00", "Z")]
    found += [f"{day} at {time}" for day in day_forms(moment.date(), now) for time in clock]
    found += [f"{day} {time}" for day in day_forms(moment.date(), now) for time in clock]
    found += [f"{day}, {time}" for day in day_forms(moment.date(), now) for time in clock]
    return tuple(dict.fromkeys(found))
