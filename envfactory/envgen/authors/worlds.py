"""World writer: rows that hang together, in which people, places and dates mean something."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel, Field

from envfactory.envgen.authors.author import Author
from envfactory.envgen.authors.house import ROWS
from envfactory.envgen.authors.shown import opened, things
from envfactory.envgen.checks.calls import Caller, Dice
from envfactory.envgen.checks.subject import ResultSchemas, shown
from envfactory.envgen.stamps import agreements, disagreements
from envfactory.environment.environment import DEFAULT_NOW, Environment, State, open_environment
from envfactory.environment.schema import Schema
from envfactory.environment.spec import EnvSpec
from envfactory.environment.store import Image
from envfactory.errors import StateError

READS = 12
"""Calls made of each reader on a world."""


class WorldAnswer(BaseModel, frozen=True, extra="forbid"):
    """A small world."""

    note: str = Field(description="One sentence: whose world it is.")
    rows: dict[str, list[dict[str, Any]]] = Field(description="Rows by table; every table has some.")


async def write_world(
    author: Author, spec: EnvSpec, schema: str, *, trial: Callable[[State], Iterable[str]] | None = None
) -> State:
    """A curated state that the database accepts and whose rows agree with the contract; raises Rejected.

    `trial` tries a world further and tells what is wrong with it.
    """
    tables = Schema.parse(schema)
    rules = "\n".join(f"- {rule.text}" for rule in spec.rules)
    agreed = "\n".join(f"- {agreement}" for agreement in agreements(spec))
    parts = [
        f"{spec.title}: {spec.description}",
        f"Things:\n\n{things(spec, examples=True, internal=True)}",
        f"schema.sql:\n\n```sql\n{schema.strip()}\n```",
    ]
    parts += [f"Rules of the service:\n\n{rules}"] if rules else []
    parts += [f"States and their times:\n\n{agreed}"] if agreed else []

    def made(answer: WorldAnswer) -> State:
        return State(now=DEFAULT_NOW, rows=opened(spec, answer.rows), note=answer.note)

    def check(answer: WorldAnswer) -> list[str]:
        total = sum(map(len, answer.rows.values()))
        problems = [] if ROWS[0] <= total <= ROWS[1] else [f"there are {total} rows; give {ROWS[0]} to {ROWS[1]}"]
        problems += [f"the table {name} has no rows" for name in tables.tables if not answer.rows.get(name)]
        state = made(answer)
        try:
            Image.load(tables, state.rows)
        except StateError as error:
            return [*problems, str(error)]
        for entity in spec.entities:
            labels = [row.get(entity.label) for row in answer.rows.get(entity.table, []) if entity.label]
            if len(labels) > 3 and len(set(map(str, labels))) < 0.7 * len(labels):
                problems.append(f"{entity.table}: too many rows have the same {entity.label}")
        problems += disagreements(spec, state.rows)
        if not problems and trial is not None:
            problems += trial(state)
        return problems

    return made(await author.answer("world writer", "world", WorldAnswer, "\n\n".join(parts), check=check))


def unreadable(cls: type[Environment], spec: EnvSpec, state: State) -> list[str]:
    """What readers, called on a world with ids that are there, make of it: crashes, and results that do not fit."""
    schemas = ResultSchemas(cls)
    caller = Caller(spec, cls)
    dice = Dice(random.Random(f"readers/{spec.name}"))
    live = open_environment(cls, state)
    found: list[str] = []
    try:
        for tool in spec.tools:
            if tool.name not in cls.tools or tool.writes:
                continue
            for number in range(READS):
                made = caller.call(live, dice, tool)
                needed = {p.name for p in tool.parameters if p.required}
                arguments = {n: v for n, v in made.arguments.items() if number or n in needed}
                called = live.call(tool.name, arguments)
                wrong = called.bug if called.outcome == "bug" else ""
                if called.outcome == "ok":
                    wrong = schemas.misfit(tool.name, called.result)
                if wrong:
                    found.append(f"{shown(tool.name, arguments)} cannot read these rows: {wrong}")
                    break
    finally:
        live.db.close()
    return found
