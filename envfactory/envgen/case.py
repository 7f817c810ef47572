"""Stored cases: given rows, when these calls, then these results and these row changes. `tests/*.json` hold them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, JsonValue


class ExpectedChange(BaseModel, frozen=True, extra="forbid"):
    """One row change a call must make; columns not named may be anything."""

    table: str
    op: Literal["insert", "update", "delete"]
    key: list[JsonValue] | None = None
    before: dict[str, JsonValue] = Field(default_factory=dict)
    after: dict[str, JsonValue] = Field(default_factory=dict)


class Step(BaseModel, frozen=True, extra="forbid"):
    """One call and what must come of it."""

    tool: str
    """The tool's own name, without the environment's."""
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    """A string `$0.items.1.id` stands for that value of an earlier step's result."""
    result: JsonValue = None
    """What the result must include: objects may have more keys, lists must have the same length and order; the string
    `$any` stands for any value, `$absent` for a key that must not be there. Leave it out to accept any success."""
    error: str = ""
    """For a refusal: its code."""
    message: str = ""
    """For a refusal: words its message contains."""
    changes: list[ExpectedChange] | None = None
    """Exactly these row changes, in any order; None accepts any (readers are checked to make none all the same)."""


class Case(BaseModel, frozen=True, extra="forbid"):
    """One documented behaviour, checked by execution."""

    name: str
    sentence: str
    """The behaviour in our own words, as the documentation states it."""
    state: str = "small"
    given: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    """Rows put into the state first, by table: one whose key is there changes that row, any other is added."""
    steps: list[Step]


class CaseFile(BaseModel, frozen=True, extra="forbid"):
    """One file of `tests/`."""

    cases: list[Case]
