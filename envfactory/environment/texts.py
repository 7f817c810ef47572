"""Environments as the texts of their files: what the host holds of code that it never imports."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from envfactory.environment.environment import State
from envfactory.environment.library import content, read_state
from envfactory.errors import UnknownName
from envfactory.messages import canonical


@dataclass(frozen=True)
class Texts:
    """An environment as the texts of its files, never imported here."""

    name: str
    texts: Mapping[str, str]
    """`schema.sql` and `*.py` by path; nothing else is sent to a worker."""
    hash: str = field(init=False, default="")

    def __post_init__(self) -> None:
        kept = {path: text for path, text in self.texts.items() if path == "schema.sql" or path.endswith(".py")}
        object.__setattr__(self, "texts", kept)
        object.__setattr__(self, "hash", hashlib.sha256(canonical([self.name, kept]).encode()).hexdigest())

    @staticmethod
    def read(folder: Path, *, replace: Mapping[str, str] | None = None) -> Texts:
        """The texts of an environment's folder; `replace` gives other text for some."""
        wanted = {p: data.decode() for p, data in content(folder).items() if p.endswith((".py", ".sql"))}
        return Texts(folder.name, wanted | dict(replace or {}))

    @property
    def schema(self) -> str:
        """The tables' DDL."""
        return self.texts.get("schema.sql", "")


@dataclass(frozen=True)
class ConfinedWorld:
    """An environment, as texts, in a state: what a confined session opens."""

    environment: Texts
    state: State

    @staticmethod
    def of(folder: Path, state: str) -> ConfinedWorld:
        """An environment's folder in one of its curated states; raises UnknownName, FileError."""
        path = folder / "states" / f"{state}.json"
        if not path.is_file():
            known = [p.stem for p in (folder / "states").glob("*.json")]
            raise UnknownName(f"state of {folder.name}", state, known)
        return ConfinedWorld(Texts.read(folder), read_state(path))


class ToolFace(BaseModel, frozen=True):
    """What a tool looks like from outside: `Tool` without the code behind it."""

    name: str
    description: str
    writes: bool
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
