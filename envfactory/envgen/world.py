"""A first world for a new environment: rows that satisfy its schema, so that it can be called before one is curated.

Names come from Faker (https://faker.readthedocs.io) by what an attribute is called; everything else from one seed.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any, cast

from faker import Faker

from envfactory.envgen.ddl import link
from envfactory.envgen.plan import SEQ, Plan, stamped
from envfactory.environment.entropy import rfc3339
from envfactory.environment.environment import DEFAULT_NOW, State
from envfactory.environment.spec import Attribute, Entity, EnvSpec

NOTE = "A draft written by the compiler; curate it."
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_WORK = ("Review", "Plan", "Prepare", "Update", "Order", "Compare", "Finish", "Discuss", "Sort out", "Check")
_THINGS = (
    "the spring budget", "travel to Lisbon", "the team offsite", "kitchen supplies", "the autumn catalogue",
    "the lease for the studio", "new headphones", "the reading list", "last month's invoices", "the garden fence",
    "the launch notes", "a birthday dinner", "the survey answers", "the train tickets", "the insurance papers",
    "the workshop agenda",
)  # fmt: skip
_TALK = (
    "Ask Priya first.", "Waiting for the quote.", "The old version is in the archive.", "Done by hand last year.",
    "Needs a second pair of eyes.", "Everyone agreed on Monday.", "Keep it under two pages.",
    "The numbers changed since January.", "Bring the printed copy.", "No hurry.",
)  # fmt: skip

Row = dict[str, Any]


def draft_world(spec: EnvSpec, *, seed: int = 0, rows: int = 8) -> State:
    """A state with `rows` rows in every table, in the order their references need; equal seeds give equal bytes."""
    return _Draft(spec, seed, rows).state()


class _Draft:
    def __init__(self, spec: EnvSpec, seed: int, rows: int) -> None:
        self.plan = Plan(spec)
        self.rows = rows
        self.dice = random.Random(f"{spec.name}/{seed}")
        self.names = Faker("en_US", use_weighting=False)
        self.names.seed_instance(self.dice.getrandbits(64))
        self.made: dict[str, list[Row]] = {}
        self.used: set[tuple[str, str, Any]] = set()

    def state(self) -> State:
        for entity in self._ordered():
            self.made[entity.name] = []
            for number in range(self.rows):
                made = self._row(entity, number)
                if made is not None:
                    self.made[entity.name].append(made)
        tables = {e.table: self.made[e.name] for e in self.plan.spec.entities}
        return State(now=DEFAULT_NOW, rows=tables, note=NOTE)

    def _ordered(self) -> list[Entity]:
        """Entities after those that their rows must name; in a circle, in the contract's order."""
        left = list(self.plan.spec.entities)
        done: list[Entity] = []
        while left:
            ready = [e for e in left if not self._awaited(e, {x.name for x in left})]
            done.append(ready[0] if ready else left[0])
            left.remove(done[-1])
        return done

    def _awaited(self, entity: Entity, left: set[str]) -> bool:
        return any(a.entity in left - {entity.name} for a in entity.attributes if a.entity)

    def _row(self, entity: Entity, number: int) -> Row | None:
        made: Row = {}
        links = {a.name: link(self.plan, entity, a) for a in entity.attributes if self.plan.target(a)}
        first = [a for a in entity.attributes if a.name == entity.scope]
        states = [a for a in entity.attributes if a.enum]
        others = [a for a in entity.attributes if a not in first and a not in states and a.name != entity.key]
        for attribute in [*first, *states, *(a for a in others if a.entity)]:
            needed = attribute.required or self.plan.present(entity, attribute)
            if attribute.entity:
                held = self._reference(entity, attribute, made, links.get(attribute.name, ()))
                if held is None and needed:
                    return None  # nothing to refer to: a table in a circle of required references stays empty
            elif attribute.enum:
                held = self._choice(attribute, number)
            else:
                held = self._value(entity, attribute, made, number)
            if held is not None and attribute.name not in made:
                made[attribute.name] = held
        made[entity.key] = self._key(entity, made)
        for attribute in [a for a in others if not a.entity]:
            held = self._value(entity, attribute, made, number)
            if held is not None:
                made[attribute.name] = held
        if self.plan.ordered(entity):
            made[SEQ] = number + 1
        return {a: made[a] for a in [*(x.name for x in entity.attributes), SEQ] if a in made}

    def _key(self, entity: Entity, made: Row) -> str | int:
        key = entity.attribute(entity.key)
        if key.type == "integer":
            within = [r for r in self.made[entity.name] if not entity.scope or r[entity.scope] == made[entity.scope]]
            alone = len(self.plan.key(entity)) == 1
            return 1 + max((int(r[key.name]) for r in (self.made[entity.name] if alone else within)), default=0)
        if key.examples or entity.key == entity.label or not key.read_only:
            return str(self._unique(entity, key, lambda: self._text(entity, key)))
        letters = "".join(self.dice.choice(_LETTERS) for _ in range(10))
        return f"{entity.name}_{letters}"

    def _reference(self, entity: Entity, attribute: Attribute, made: Row, columns: tuple[str, ...]) -> Any:
        target = self.plan.spec.entity(attribute.entity)
        rows = self.made.get(target.name, [])
        itself = target.name == entity.name
        if len(columns) == 2 and columns[0] in made:
            rows = [r for r in rows if r[target.scope] == made[columns[0]]]
        elif itself and entity.scope:
            rows = [r for r in rows if r[entity.scope] == made[entity.scope]]
        else:
            # Rows that say they live in the same place as this one.
            shared = [
                (mine.name, theirs.name)
                for mine in entity.attributes
                for theirs in target.attributes
                if mine.entity and mine.entity == theirs.entity and mine.name in made and mine.entity != entity.name
            ]
            rows = [r for r in rows if all(r.get(theirs) == made[mine] for mine, theirs in shared)] or (
                rows if not shared else []
            )
        optional = not (attribute.required or self.plan.present(entity, attribute))
        if not rows or (optional and self.dice.random() < (0.7 if itself else 0.3)):
            return None
        if attribute.type == "array":
            return [r[target.key] for r in self.dice.sample(rows, min(len(rows), self.dice.randint(1, 2)))]
        chosen = self.dice.choice(rows)
        if len(columns) == 2:
            made.setdefault(columns[0], chosen[target.scope])
        if attribute.name == entity.scope:  # what lives in it lives where it lives
            for above in [a for a in target.attributes if a.entity and a.name in chosen and a.type != "array"]:
                for mine in [a for a in entity.attributes if a.entity == above.entity and a.name != entity.scope]:
                    if mine.required and mine.type == above.type:
                        made.setdefault(mine.name, chosen[above.name])
        return chosen[target.key] if self.plan.target(attribute) else None

    def _choice(self, attribute: Attribute, number: int) -> Any:
        if attribute.type == "array":
            return [self.dice.choice(attribute.enum)]
        # The first choice is usually the state in which things begin: half of the rows are in it.
        return attribute.enum[0] if number % 2 == 0 else attribute.enum[(number // 2 + 1) % len(attribute.enum)]

    def _value(self, entity: Entity, attribute: Attribute, made: Row, number: int) -> Any:
        needed = attribute.required or self.plan.present(entity, attribute) or attribute.name == entity.label
        stamp = stamped(attribute)
        if attribute.examples and (needed or self.dice.random() < 0.7):
            if attribute.name == entity.label and attribute.type == "string":
                return self._unique(entity, attribute, lambda: str(self.dice.choice(attribute.examples)))
            return attribute.examples[number % len(attribute.examples)]
        if attribute.format in {"date-time", "date"} and attribute.type == "string":
            reached = self._reached(entity, attribute, made)
            if reached is False or (reached is None and not needed and not stamp and self.dice.random() < 0.3):
                return None
            return self._moment(attribute, stamp, reached is True, number)
        if attribute.volatile and not needed:
            return None
        if not needed and attribute.default is None and self.dice.random() < 0.35:
            return None
        match attribute.type:
            case "boolean":
                usual = bool(attribute.default)
                return not usual if number % 5 == 4 else usual
            case "integer":
                return int(self._at(stamp, number).timestamp()) if stamp else self.dice.randint(0, 40)
            case "number":
                return round(self.dice.uniform(1, 200), 2)
            case "array" | "object":
                return self._nested({"type": attribute.type, **_described(attribute)})
            case _:
                if attribute.name == entity.label:
                    return self._unique(entity, attribute, lambda: self._text(entity, attribute))
                return self._text(entity, attribute)

    def _reached(self, entity: Entity, attribute: Attribute, made: Row) -> bool | None:
        """Whether the row is in the state that a time such as `completed` or `closed_at` speaks of; None: it is of
        no state."""
        bare = attribute.name.lower().replace("_", "").removesuffix("time").removesuffix("date").removesuffix("at")
        for state in entity.attributes:
            if bare in {value.lower().replace("_", "") for value in state.enum}:
                return str(made.get(state.name, "")).lower().replace("_", "") == bare
        return None

    def _at(self, stamp: str, number: int) -> datetime:
        days = {"created": -60 + 2 * number, "updated": -14 + number}.get(stamp, 0)
        return DEFAULT_NOW + timedelta(days=min(days, -1), minutes=self.dice.randrange(0, 1440))

    def _moment(self, attribute: Attribute, stamp: str, past: bool, number: int) -> str:
        at = self._at(stamp, number)
        if not stamp:
            days = -self.dice.randint(1, 20) if past else self.dice.randint(-10, 21)
            at = DEFAULT_NOW + timedelta(days=days, hours=self.dice.randint(-1, 8))
        return rfc3339(at)[:10] if attribute.format == "date" else rfc3339(at)

    def _unique(self, entity: Entity, attribute: Attribute, make: Any) -> Any:
        value = make()
        for attempt in range(100):
            if (entity.name, attribute.name, value) not in self.used:
                break
            value = make() if attempt < 50 else f"{make()} {attempt - 48}"
        self.used.add((entity.name, attribute.name, value))
        return value

    def _text(self, entity: Entity, attribute: Attribute) -> str:
        """Text as the attribute's format, or else its name, suggests."""
        names, name = self.names, attribute.name.lower().replace("_", "")
        by_format = {"email": names.email, "uri": names.url, "url": names.url, "uuid": names.uuid4, "ipv4": names.ipv4}
        if attribute.format in by_format:
            return str(by_format[attribute.format]())
        by_name = (
            ("email", names.ascii_safe_email), ("phone", names.phone_number), ("firstname", names.first_name),
            ("lastname", names.last_name), ("username", names.user_name), ("login", names.user_name),
            ("city", names.city), ("country", names.country), ("street", names.street_address),
            ("address", names.street_address), ("postal", names.postcode), ("zip", names.postcode),
            ("company", names.company), ("currency", names.currency_code), ("timezone", names.timezone),
            ("color", names.hex_color), ("colour", names.hex_color), ("url", names.url), ("link", names.url),
            ("uri", names.url), ("locale", names.locale), ("language", names.language_code), ("location", names.city),
        )  # fmt: skip
        for part, make in by_name:
            if part in name:
                return str(make())
        people = ("user", "customer", "contact", "person", "member", "employee", "author", "owner", "guest", "patient")
        if "name" in name and any(person in entity.name.lower() for person in people):
            return str(names.name())
        if "name" in name and attribute.name != entity.key:
            return str(names.company() if self.dice.random() < 0.3 else _title(self.dice))
        if any(part in name for part in ("title", "summary", "subject", "label")):
            return _title(self.dice)
        if any(part in name for part in ("note", "description", "body", "content", "comment", "message", "text")):
            return " ".join(self.dice.sample(_TALK, self.dice.randint(1, 2)))
        if attribute.name == entity.label:
            return _title(self.dice)
        return str(names.word()) if name != "id" else "".join(self.dice.choice(_LETTERS) for _ in range(10))

    def _nested(self, schema: Any, depth: int = 0) -> Any:
        """A value of a JSON Schema, as far as a draft needs one."""
        known = cast("dict[str, Any]", schema if isinstance(schema, dict) else {})
        if known.get("enum"):
            return self.dice.choice(known["enum"])
        match known.get("type"):
            case "array":
                return [] if depth > 2 else [self._nested(known.get("items"), depth + 1)]
            case "object":
                parts: dict[str, Any] = known.get("properties") or {}
                return {} if depth > 2 else {name: self._nested(part, depth + 1) for name, part in parts.items()}
            case "integer":
                return self.dice.randint(1, 20)
            case "number":
                return round(self.dice.uniform(1, 100), 2)
            case "boolean":
                return self.dice.random() < 0.5
            case _:
                if known.get("format") == "date-time":
                    return rfc3339(DEFAULT_NOW + timedelta(hours=self.dice.randint(1, 200)))
                if known.get("format") == "date":
                    return rfc3339(DEFAULT_NOW + timedelta(days=self.dice.randint(1, 20)))[:10]
                return str(self.names.word())


def _described(attribute: Attribute) -> dict[str, Any]:
    if attribute.type == "array":
        return {"items": attribute.items or {"type": "string"}}
    return dict(attribute.items or {})


def _title(dice: random.Random) -> str:
    return f"{dice.choice(_WORK)} {dice.choice(_THINGS)}"
