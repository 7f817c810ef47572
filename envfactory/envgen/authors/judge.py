"""Reviser: whose fault a failed case is. Execution said that something is wrong; the documentation says what."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from envfactory.envgen.authors.author import Author
from envfactory.envgen.case import Case
from envfactory.environment.spec import EnvSpec

Fault = Literal["code", "test", "spec", "world"]


class Verdict(BaseModel, frozen=True, extra="forbid"):
    """Where to mend."""

    fault: Fault
    why: str = Field(description="One or two sentences that whoever mends it can act on.")


async def judge(author: Author, spec: EnvSpec, case: Case, failure: str) -> Verdict:
    """Whose fault it is that `case` fails with `failure`; raises Rejected."""
    tools = {step.tool for step in case.steps}
    rules = "\n".join(f"- {rule.text}" for rule in spec.rules if tools & set(rule.tools)) or "- (none)"
    described = "\n".join(f"- {tool.name}: {tool.description}" for tool in spec.tools if tool.name in tools)
    context = (
        f"Tools:\n\n{described}\n\nRules:\n\n{rules}\n\nThe case:\n\n```json\n"
        f"{case.model_dump_json(indent=1, exclude_defaults=True)}\n```\n\nWhat happened:\n\n{failure}"
    )
    return await author.answer("reviser", "judge", Verdict, context)
