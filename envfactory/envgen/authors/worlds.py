"""World writer: rows that hang together, in which people, places and dates mean something."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from envfactory.envgen.authors.author import Author
from envfactory.environment.environment import DEFAULT_NOW, State
from envfactory.environment.schema import Schema
from envfactory.environment.spec import EnvSpec
from envfactory.environment.store import Image
from envfactory.errors import StateError


class WorldAnswer(BaseModel, frozen=True, extra="forbid"):
    """A small world."""

    note: str = Field(description="One sentence: whose world it is.")
    rows: dict[str, list[dict[str, Any]]] = Field(description="Rows by table; every table has some.")


async def write_world(author: Author, spec: EnvSpec, schema: str, *, problem: str = "") -> State:
    """A curated state of 12 to 60 rows that the database accepts; raises Rejected."""
    tables = Schema.parse(schema)
    shown = "\n".join(entity.model_dump_json(exclude_defaults=True) for entity in spec.entities)
    context = f"{spec.title}: {spec.description}\n\nThings:\n\n{shown}\n\nschema.sql:\n\n```sql\n{schema}\n```"
    if problem:
        context += f"\n\nWhat was wrong with the last world:\n\n{problem}"

    def check(answer: WorldAnswer) -> list[str]:
        total = sum(map(len, answer.rows.values()))
        problems = [] if 12 <= total <= 80 else [f"there are {total} rows; give 12 to 60"]
        problems += [f"the table {name} has no rows" for name in tables.tables if not answer.rows.get(name)]
        try:
            Image.load(tables, answer.rows)
        except StateError as error:
            problems.append(str(error))
        for entity in spec.entities:
            labels = [row.get(entity.label) for row in answer.rows.get(entity.table, []) if entity.label]
            if len(labels) > 3 and len(set(map(str, labels))) < 0.7 * len(labels):
                problems.append(f"{entity.table}: too many rows have the same {entity.label}")
        return problems

    answer = await author.answer("world writer", "world", WorldAnswer, context, check=check)
    return State(now=DEFAULT_NOW, rows=answer.rows, note=answer.note)
