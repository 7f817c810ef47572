"""Reviser: whose fault failed cases are. Execution said that something is wrong; the documentation says what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from envfactory.envgen.authors.author import Author
from envfactory.envgen.authors.shown import rows_of, rules_of, signature, things
from envfactory.envgen.case import Case
from envfactory.environment.environment import State
from envfactory.environment.spec import EnvSpec

Fault = Literal["code", "test", "spec", "world"]
EXAMPLES = 3
"""How many of those that fail alike are shown."""


class Verdict(BaseModel, frozen=True, extra="forbid"):
    """Where to mend."""

    fault: Fault
    tool: str = Field(default="", description="For code: the tool whose code is to be mended.")
    why: str = Field(description="One or two sentences that whoever mends it can act on.")


@dataclass(frozen=True)
class Failed:
    """A stored case that did not go as it says."""

    tool: str
    """The tool it tests."""
    case: Case
    told: str
    """What happened."""

    @property
    def acted(self) -> str:
        """The tool whose call went wrong: that of the step the failure names, else the one under test."""
        match = re.match(r"step (\d+)", self.told)
        number = int(match[1]) if match else -1
        return self.case.steps[number].tool if 0 <= number < len(self.case.steps) else self.tool

    @property
    def way(self) -> tuple[str, str]:
        """How it fails, without the names and values that are this case's own: equal for those that fail alike."""
        said = re.sub(r"^step \d+(?:, \w+\(.*?\)(?=: )| \(\w+\))?: ", "", self.told, flags=re.DOTALL)
        said = re.sub(r" \(state: .*\)$", "", said, flags=re.DOTALL)
        given = [v for step in self.case.steps for v in step.arguments.values() if isinstance(v, str) and len(v) > 2]
        for value in sorted(given, key=len, reverse=True):
            said = said.replace(value, "…")
        # What came of a call is told apart by its figures; a refusal, a crash and rows that do not fit are not.
        return self.acted, said if re.match(r"result|\d+ row changes|no row change", said) else masked(said)


def masked(text: str) -> str:
    """A sentence without the values in it."""
    return re.sub(r"\d+", "…", re.sub(r"'[^']*'|\"[^\"]*\"", "…", text))


def alike(failed: Iterable[Failed]) -> list[list[Failed]]:
    """Failed cases in groups that fail in the same way, in the order in which they came."""
    groups: dict[tuple[str, str], list[Failed]] = {}
    for one in failed:
        groups.setdefault(one.way, []).append(one)
    return list(groups.values())


async def judge(author: Author, spec: EnvSpec, failed: Sequence[Failed], state: State) -> Verdict:
    """Whose fault it is that these cases, which start from `state`, fail in one way; raises Rejected."""
    shown = failed[:EXAMPLES]
    names = sorted({step.tool for one in shown for step in one.case.steps} | {one.tool for one in shown})
    tools = [tool for tool in spec.tools if tool.name in names]
    near = {tool.entity for tool in tools}
    near |= {a.entity for e in spec.entities if e.name in near for a in e.attributes if a.entity}
    tables = {entity.table for entity in spec.entities if entity.name in near}
    cases = "\n\n".join(
        f"```json\n{one.case.model_dump_json(exclude_defaults=True)}\n```\n\nWhat happened: {one.told}" for one in shown
    )
    many = f"{len(failed)} tests fail in this way, {len(shown)} of them are:" if len(failed) > 1 else "The test:"
    context = "\n\n".join(
        [
            "Tools:\n\n" + "\n".join(signature(spec, tool) for tool in tools),
            f"Rules:\n\n{rules_of(spec, names)}",
            f"Things:\n\n{things(spec.model_copy(update={'entities': [e for e in spec.entities if e.name in near]}))}",
            f"The rows (now is {state.now.isoformat()}):\n\n{rows_of(spec, state, tables)}",
            f"{many}\n\n{cases}",
        ]
    )

    def check(verdict: Verdict) -> list[str]:
        if verdict.fault == "code" and verdict.tool and verdict.tool not in names:
            return [f"tool: it must be one of {', '.join(names)}"]
        return []

    return await author.answer("reviser", "judge", Verdict, context, check=check)
