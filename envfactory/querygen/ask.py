"""Questions about what a read gave: what the user wants to know, and the facts a right answer must say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

from pydantic import JsonValue

from envfactory.environment.spec import Attribute, Entity
from envfactory.messages import as_list, as_object
from envfactory.querygen import words
from envfactory.querygen.story import Move, Referent
from envfactory.rollout.task import Fact

_MARKED = re.compile(r"[a-z]+:(\S+@\S+|\S+\.\S+)")
"""A name with its sort before it, `user:ada@example.com`: people say what comes after it."""
_LATEST = 4
"""More names than this nobody wants read out."""
_MACHINES = ("milliseconds", "in bytes", "epoch")
"""What the words for a measure say when only machines count in it."""


def ask(move: Move, *, now: datetime, random: Random) -> Move | None:
    """The move with a question about its result, and the facts that answer it; None when there is nothing to ask."""
    if move.spec.shows:
        attributes = (*move.entity.attributes, *move.spec.shows)
        move = replace(move, entity=move.entity.model_copy(update={"attributes": attributes}))
    if move.spec.returns == "one":
        return _about_one(move, as_object(move.result), now, random)
    if move.spec.returns == "many":
        items, complete = listed_rows(move)
        if items and complete:
            return _about_many(move, items, now, random)
    return None


def listed_rows(move: Move) -> tuple[list[Mapping[str, Any]], bool]:
    """The rows of a list, and whether there are no more pages."""
    result: Any = move.result
    envelope = as_object(result)
    page = as_object(envelope.get(move.spec.envelope)) if move.spec.envelope else {}
    if isinstance(page.get("items"), list):  # a search that gives one page for each kind of thing
        return as_list(page["items"]), not (move.spec.next_page and page.get(move.spec.next_page))
    if envelope and move.spec.next_page:
        items = as_list(envelope.get(move.spec.envelope))
        return items, not envelope.get(move.spec.next_page)
    items = as_list(envelope.get(move.spec.envelope)) if envelope else result
    size = next((p for p in move.spec.parameters if p.role == "page_size"), None)
    full = isinstance(size.default, int) and len(items) >= size.default if size else False
    return items, not full


def answered(move: Move) -> tuple[Referent, ...]:
    """The rows that a right answer to a question names, in the order in which it names them."""
    kind, _, _ = move.question.partition(":")
    if kind not in {"names", "first", "last"} or not move.entity.label:
        return ()
    items, _ = listed_rows(move)
    labels = [item.get(move.entity.label) for item in items]
    rows = {
        label: item
        for item, label in zip(items, labels, strict=True)
        if isinstance(label, str) and labels.count(label) == 1
    }
    named = [rows[fact.value] for fact in move.facts if isinstance(fact.value, str) and fact.value in rows]
    home = move.scope.key if move.entity.local and move.scope is not None else None
    return tuple(
        Referent(
            move.environment,
            move.entity,
            item,
            item.get(move.entity.key),
            tuple(other for other in items if other is not item),
            home=home,
        )
        for item in named
    )


def _about_one(move: Move, item: Mapping[str, Any], now: datetime, random: Random) -> Move | None:
    options = [a for a in move.entity.attributes if _worth_asking(move, a, _told(a, item), now)]
    if not options:
        return None
    chosen = random.choice(options)
    fact = _fact(words.field_words(chosen), _told(chosen, item), now, form=chosen.format)
    return replace(move, facts=(fact,), question=f"field:{chosen.name}")


def _worth_asking(move: Move, attribute: Attribute, value: Any, now: datetime) -> bool:
    """Whether a person would ask for it, and could not guess or already know it."""
    entity = move.entity
    if attribute.name in {entity.key, entity.label, entity.scope} or attribute.entity or attribute.volatile:
        return False
    shapeless = isinstance(value, (bool, list, dict)) and words.as_money(value) is None
    if value is None or shapeless or value == "" or attribute.internal:
        return False
    if isinstance(value, str) and (len(value) > 80 or attribute.enum or value.startswith("http")):
        return False
    if isinstance(value, str) and value.isdigit() and attribute.format != "decimal":
        return False  # a place or a code; `decimal` marks a number that the API writes as text
    if isinstance(value, (int, float)) and (
        value in {0, 1} or any(m in words.field_words(attribute) for m in _MACHINES)
    ):
        return False
    said = words.forms(value, now, form=attribute.format)[0].lower()
    known = [words.say(v.value, now).lower() for v in move.values] + [r.label.lower() for r in move.referents.values()]
    return not any(said in other or other in said for other in known if other)


def _about_many(move: Move, items: list[Mapping[str, Any]], now: datetime, random: Random) -> Move | None:
    label = _told_by(move.entity)
    names = [item.get(label) for item in items] if label else []
    known = " ".join(
        [words.say(v.value, now) for v in move.values] + [r.label for r in move.referents.values()]
    ).lower()
    options: list[str] = []
    if len(items) >= 2:
        options.append("count")
    told = [n for n in names if isinstance(n, str) and n.strip() and n.lower() not in known]
    if len(told) == len(items) <= _LATEST and len(set(told)) == len(told):
        options += ["names", "names"]
    extremes = _extremes(move, items, now) if label else []
    options += [f"{way}:{attribute.name}" for attribute, way, _ in extremes] * 2
    if not options:
        return None
    chosen = random.choice(options)
    if chosen == "count":
        return replace(move, facts=(_fact(f"number of {words.nouns(move.entity)}", len(items), now),), question="count")
    if chosen == "names":
        facts = tuple(_fact(f"a {words.noun(move.entity)}", name, now) for name in told)
        return replace(move, facts=facts, question="names")
    found = next(item for attribute, way, item in extremes if f"{way}:{attribute.name}" == chosen)
    if str(found[label]).lower() in known:
        return None
    return replace(move, facts=(_fact(f"the {words.noun(move.entity)}", found[label], now),), question=chosen)


def _told_by(entity: Entity) -> str:
    """The attribute that answers which one: the label, unless people speak of the rows in words that leave it out. Who
    asks which patients there are wants names, not the numbers of charts."""
    return entity.label if not entity.called or f"{{{entity.label}}}" in entity.called else ""


def _extremes(
    move: Move, items: list[Mapping[str, Any]], now: datetime
) -> list[tuple[Attribute, str, Mapping[str, Any]]]:
    """The rows that alone are first or last by some date or number that every row has."""
    return [
        (attribute, way, found)
        for attribute in move.entity.attributes
        for way in ("first", "last")
        if (found := extreme(attribute, way, items, move.entity.label)) is not None
    ]


def extreme(attribute: Attribute, way: str, items: list[Mapping[str, Any]], label: str) -> Mapping[str, Any] | None:
    """The one row that is first or last by a date or number; None when several are, or the attribute is no measure."""
    if attribute.volatile or attribute.internal or attribute.read_only or attribute.entity or len(items) < 2:
        return None
    if attribute.says.get(way) == "":  # the contract says that people would not understand it
        return None
    dated = attribute.format in {"date", "date-time"}
    if not dated and attribute.type not in {"integer", "number", "object"}:
        return None
    kind = str if dated else (int, float)
    measured = [(_measure(_told(attribute, item)), item) for item in items]
    if len({measure[1:] for measure, _ in measured}) > 1:
        return None  # amounts in different currencies do not compare
    rows: list[tuple[Any, Mapping[str, Any]]] = [(m[0], item) for m, item in measured if isinstance(m[0], kind)]
    if len(rows) < 2:
        return None
    edge: JsonValue = min(v for v, _ in rows) if way == "first" else max(v for v, _ in rows)
    found = [item for value, item in rows if value == edge]
    return found[0] if len(found) == 1 and isinstance(found[0].get(label), str) else None


def _told(attribute: Attribute, item: Mapping[str, Any]) -> Any:
    """What an item shows of an attribute; where the contract's format is `minor-units`, the sum in the item's currency:
    some services keep amount and currency apart."""
    value, currency = item.get(attribute.name), item.get("currency")
    if attribute.format == "minor-units" and isinstance(value, int) and isinstance(currency, str):
        return {"amount": value, "currency": currency}
    return value


def _measure(value: Any) -> tuple[Any, ...]:
    """What a value is compared by: an amount and its currency, a day written in parts as text, else itself."""
    day = words.as_day(value) if as_object(value) else None
    return (day.isoformat(),) if day is not None else words.as_money(value) or (value,)


def _fact(name: str, value: Any, now: datetime, *, form: str = "") -> Fact:
    forms = words.forms(value, now, form=form)
    moment = words.as_moment(value)
    if moment is not None and {"date", "day"} & set(name.split()):  # who asks for a date is content with the day
        forms = tuple(dict.fromkeys([*forms, *words.day_forms(moment.date(), now)]))
    marked = _MARKED.fullmatch(value) if isinstance(value, str) else None
    return Fact(name=name, value=value, forms=(*forms, marked[1]) if marked else forms)
