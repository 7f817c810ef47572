"""What is being checked, and how a check says what it found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from envfactory.environment.environment import Environment, open_environment
from envfactory.environment.library import Finding
from envfactory.environment.spec import EnvSpec, ToolSpec

FAILURES = 30
"""Failures told of one check; the rest are counted."""


@dataclass(frozen=True)
class Subject:
    """One environment under check."""

    folder: Path
    cls: type[Environment]
    spec: EnvSpec
    seed: int

    def open(self, state: str) -> Environment:
        """A live environment in one of its states; equal calls to it give equal results."""
        return open_environment(self.cls, self.cls.state(state), seed=self.seed)

    def dice(self, *names: object) -> random.Random:
        """Dice of their own for each purpose, so that one check's throws do not move another's."""
        return random.Random(f"{self.seed}/{self.cls.name}/{'/'.join(map(str, names))}")

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """The tools of the contract that the code has."""
        return tuple(tool for tool in self.spec.tools if tool.name in self.cls.tools)

    def states(self) -> tuple[str, ...]:
        """The names of its states, the smallest first."""

        def size(name: str) -> tuple[int, str]:
            return sum(map(len, self.cls.states[name].rows.values())), name

        return tuple(sorted(self.cls.states, key=size))


@dataclass
class Notes:
    """What a check has found so far."""

    check: str
    count: int = 0
    failures: list[str] = field(default_factory=list[str])
    figures: dict[str, float] = field(default_factory=dict[str, float])

    def tried(self, kind: str = "") -> None:
        """One more thing was executed, and one more of its kind."""
        self.count += 1
        if kind:
            self.figures[kind] = self.figures.get(kind, 0) + 1

    def fail(self, sentence: str) -> None:
        """Something does not hold; the same sentence is told once."""
        if sentence not in self.failures:
            self.failures.append(sentence)

    def finding(self, *, passed: bool | None = None) -> Finding:
        """The verdict: passed when nothing failed, unless told."""
        told = tuple(self.failures[:FAILURES])
        if len(self.failures) > FAILURES:
            told += (f"and {len(self.failures) - FAILURES} more like these",)
        figures = {name: round(value, 4) for name, value in sorted(self.figures.items())}
        verdict = not self.failures if passed is None else passed
        return Finding(check=self.check, passed=verdict, count=self.count, failures=told, figures=figures)


def skipped(check: str, why: str, *, passed: bool = True) -> Finding:
    """The verdict of a check that was not run."""
    return Finding(check=check, passed=passed, skipped=why)


class ResultSchemas:
    """The tools' output schemas, compiled once."""

    def __init__(self, cls: type[Environment]) -> None:
        self._validators = {name: Draft202012Validator(tool.output_schema) for name, tool in cls.tools.items()}

    def misfit(self, tool: str, result: Any) -> str:
        """Why a result does not fit the tool's output schema; empty when it does."""
        errors: Iterator[Any] = self._validators[tool].iter_errors(result)  # pyright: ignore[reportUnknownMemberType]
        for error in errors:
            where = "/".join(map(str, error.absolute_path)) or "the result"
            return f"{where}: {error.message}"
        return ""


def shown(tool: str, arguments: Any) -> str:
    """A call in words: `get(id='n1')`."""
    if not isinstance(arguments, dict):
        return f"{tool}({arguments!r})"
    inside: dict[str, Any] = arguments  # pyright: ignore[reportUnknownVariableType]
    parts = [f"{name}={_short(value)}" for name, value in inside.items()]
    return f"{tool}({', '.join(parts)})"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:40]}…{text[-12:]}"
