"""What can go wrong, and who reads it.

    Exception
    ├── ToolError                 the agent reads it: an answer like any other
    └── EnvFactoryError           the user reads it: one sentence, with the cure
        ├── UnknownName           no environment, tool, state, task or model of that name
        ├── SourceError           a description that is not one, or cannot be fetched
        ├── SpecError             a contract that contradicts itself
        ├── StateError            rows that the schema does not accept
        ├── Unverified            a certificate that is missing or does not fit the content
        ├── FileError             a file that is damaged, or a folder that cannot be written
        ├── RowError              a conversation that no trainer could read
        ├── BudgetSpent           a run that may spend no more
        ├── Unrecorded            a request to which a tape of replies holds no answer
        ├── NoSandbox             walls that generated code needs and this machine does not have
        └── MissingExtra          a feature whose optional packages are not installed

Anything else is a bug: in an environment it is recorded as such and never blamed on
the agent; in EnvFactory it is a crash.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class ToolError(Exception):
    """A refusal the agent can act on; it leaves no trace in the database.

    `code` is one of a small set of words: `not_found`, `invalid_arguments`, `conflict`, `failed_precondition`,
    `forbidden`, `unknown_tool`, `limit`, `internal`; of faults that a session injects also `timeout`, `rate_limited`
    and `unavailable`.
    """

    def __init__(self, message: str, *, code: str = "failed_precondition") -> None:
        super().__init__(message)
        self.message = message
        self.code = code

    def as_result(self) -> dict[str, Any]:
        """The JSON an agent reads."""
        return {"error": {"code": self.code, "message": self.message}}


class EnvFactoryError(Exception):
    """Something the user can mend; the message is one sentence that says how."""


class UnknownName(EnvFactoryError):
    """There is no thing of that name."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, cure: str = "") -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names[:12]) or 'none'}"
        super().__init__(f"there is no {kind} {name!r}; {cure or hint}")


class SourceError(EnvFactoryError):
    """A description that is not one, or that cannot be fetched."""


class SpecError(EnvFactoryError):
    """A contract that contradicts itself."""


class StateError(EnvFactoryError):
    """Rows that the schema does not accept."""


class Unverified(EnvFactoryError):
    """A certificate that is missing, or does not fit the content it stands beside."""


class FileError(EnvFactoryError):
    """A file that is damaged or missing, or a folder that cannot be written."""


class RowError(EnvFactoryError):
    """A conversation that no trainer could read, or would read as something else."""


class BudgetSpent(EnvFactoryError):
    """A run may spend no more; what it has done is kept, and it can go on with a larger budget."""


class Unrecorded(EnvFactoryError):
    """A tape of replies holds no answer to a request: something that is asked has changed since it was made."""


class NoSandbox(EnvFactoryError):
    """Walls that generated code needs and this machine does not have; never made weaker in silence."""


class MissingExtra(EnvFactoryError):
    """A feature whose optional packages are not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs optional packages; install them with: pip install 'envfactory[{extra}]'")
