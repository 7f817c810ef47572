"""Faults that a session injects: what real services do to agents, at calls fixed in advance, so that runs repeat.

A fault is no refusal: it says nothing about the call. Each can be recovered from: by calling again, by looking whether
a write arrived, or by reading once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from envfactory.errors import ToolError
from envfactory.messages import as_object

FaultKind = Literal["timeout", "lost_answer", "rate_limited", "outage", "stale_read"]
"""The call is not carried out, and nobody says so · it is carried out, and its answer is lost (to the agent both look
alike) · HTTP 429 · HTTP 503 · a read answers from the rows as they were before the last write to its environment; where
there was none, nothing is amiss."""

_TIMED_OUT = "The request timed out. It is not known whether it was carried out."
_ANSWERS: dict[FaultKind, tuple[str, str]] = {
    "timeout": ("timeout", _TIMED_OUT),
    "lost_answer": ("timeout", _TIMED_OUT),
    "rate_limited": ("rate_limited", "Too many requests. Try again in a moment."),
    "outage": ("unavailable", "The service is unavailable at the moment. Try again shortly."),
}
CODES = frozenset(code for code, _ in _ANSWERS.values())
"""The error codes that an agent sees of faults."""


class Fault(BaseModel, frozen=True):
    """One fault: which calls of a session it strikes."""

    kind: FaultKind
    at: str
    """A tool by full name, `<environment>__<tool>`; or an environment, which stands for all its tools. A stale read is
    of a tool, and of one that reads: a tool that writes is carried out as ever."""
    first: int = Field(default=0, ge=0)
    """The first call it strikes, of the calls of `at`, counted from 0 since the session began."""
    times: int = Field(default=1, ge=1)
    """How many calls of `at` in a row it strikes."""

    @model_validator(mode="after")
    def _reads(self) -> Self:
        if self.kind == "stale_read" and "__" not in self.at:
            raise ValueError(f"a stale read is of a tool, and {self.at!r} is an environment")
        return self

    def covers(self, tool: str) -> bool:
        """Whether calls of this tool count."""
        return tool == self.at or tool.startswith(f"{self.at}__")

    def within(self, environment: str) -> bool:
        """Whether it is one of this environment's."""
        return self.at == environment or self.at.startswith(f"{environment}__")

    def strikes(self, tool: str, before: Sequence[str]) -> bool:
        """Whether it strikes a call of `tool` made after calls of the tools `before`."""
        return self.covers(tool) and self.first <= sum(map(self.covers, before)) < self.first + self.times

    @property
    def answer(self) -> dict[str, Any]:
        """What the agent reads instead of a result; a stale read has no answer of its own."""
        code, message = _ANSWERS[self.kind]
        return ToolError(message, code=code).as_result()


def faulty(result: object) -> bool:
    """Whether this is what an agent reads when a fault struck."""
    return as_object(as_object(result).get("error")).get("code") in CODES
