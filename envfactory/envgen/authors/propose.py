"""Proposer: a sentence becomes the outline of a service worth building."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from envfactory.envgen.authors.author import Author
from envfactory.envgen.authors.house import TOOLS
from envfactory.environment.spec import IDENTIFIER, Domain


class Proposal(BaseModel, frozen=True, extra="forbid"):
    """A service to be built."""

    name: str = Field(description="snake_case, two or three words, as a package would be called: hotel_desk")
    title: str
    domain: Domain
    description: str = Field(description="Three to six sentences: what it keeps, who uses it, what they do with it.")
    things: list[str] = Field(
        min_length=2, max_length=6, description="The kinds of things it keeps, most central first."
    )
    actions: list[str] = Field(
        min_length=TOOLS[0], max_length=TOOLS[1], description="What can be done, one short phrase each."
    )
    rules: list[str] = Field(
        min_length=4, max_length=20, description="What it allows and refuses, one checkable sentence each."
    )


async def propose(author: Author, wish: str, *, held: Sequence[str] = ()) -> Proposal:
    """An outline of what `wish` asks for that is none of the environments `held`; raises Rejected."""
    taken = ", ".join(held) or "none"

    def check(proposal: Proposal) -> list[str]:
        problems: list[str] = []
        if not IDENTIFIER.match(proposal.name) or proposal.name != proposal.name.lower():
            problems.append("name: it must be snake_case")
        if proposal.name in held:
            problems.append(f"name: there is an environment {proposal.name!r} already")
        return problems

    context = f"The wish:\n\n{wish}\n\nEnvironments there are already: {taken}"
    return await author.answer("proposer", "propose", Proposal, context, check=check)


def outline(proposal: Proposal) -> str:
    """The proposal as a page of documentation, for the roles that follow; its rules are part of it."""
    actions = "\n".join(f"- {action}" for action in proposal.actions)
    rules = "\n".join(f"- {rule}" for rule in proposal.rules)
    things = ", ".join(proposal.things)
    return (
        f"# {proposal.title}\n\n{proposal.description}\n\nIt keeps: {things}.\n\n## Actions\n\n{actions}\n\n"
        f"## Rules\n\n{rules}\n"
    )
