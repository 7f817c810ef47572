"""Searcher: what to look for, and which of the things found to build from. And proposals of what is not there yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pydantic import BaseModel, Field

from envfactory.envgen.authors.author import Author
from envfactory.envgen.authors.propose import Proposal
from envfactory.envgen.catalogue import Entry
from envfactory.environment.spec import IDENTIFIER, Domain

_EXCERPT = 300
"""Characters of a candidate's description that are shown."""

_NAMES = 14
"""Operations of a candidate that are shown by name."""


class Queries(BaseModel, frozen=True, extra="forbid"):
    """What to look for."""

    queries: list[str] = Field(min_length=1, max_length=5, description="Two to six plain words each.")


class Choice(BaseModel, frozen=True, extra="forbid"):
    """What to build from."""

    number: int | None = Field(description="The candidate's number; null for none of them.")
    why: str = Field(min_length=10, description="One or two sentences.")


async def queries_for(author: Author, wish: str, *, domain: Domain | None = None) -> tuple[str, ...]:
    """What to search for to find what is wished for; raises Rejected, ModelFailed."""

    def check(answer: Queries) -> list[str]:
        problems: list[str] = []
        seen: set[str] = set()
        for query in answer.queries:
            words = query.lower().split()
            if not 1 <= len(words) <= 10 or not any(c.isalpha() for c in query):
                problems.append(f"query {query!r}: write two to six plain words")
            if " ".join(words) in seen:
                problems.append(f"query {query!r} is there twice")
            seen.add(" ".join(words))
        return problems

    context = f"The wish:\n\n{wish}" + (f"\n\nIts domain: {domain}" if domain else "")
    answer = await author.answer("searcher", "search", Queries, context, check=check)
    return tuple(" ".join(query.split()) for query in answer.queries)


async def choose(
    author: Author, wish: str, entries: Sequence[Entry], *, spoilt: Mapping[int, str] | None = None
) -> Choice:
    """Which of the candidates, numbered from 1, to build from; those that turned out useless are `spoilt`, with why.

    Raises Rejected, ModelFailed.
    """
    useless = dict(spoilt or {})

    def check(choice: Choice) -> list[str]:
        if choice.number is None:
            return []
        if not 1 <= choice.number <= len(entries):
            return [
                f"number: there is no candidate {choice.number}; they go from 1 to {len(entries)}, or null for none"
            ]
        if choice.number in useless:
            return [f"number: candidate {choice.number} cannot be used: {useless[choice.number]}"]
        return []

    shown = "\n\n".join(_shown(number, entry, useless.get(number, "")) for number, entry in enumerate(entries, 1))
    context = f"The wish:\n\n{wish}\n\nCandidates:\n\n{shown}"
    return await author.answer("searcher", "choose", Choice, context, check=check)


async def propose_new(
    author: Author,
    wish: str,
    *,
    domain: Domain | None,
    held: Sequence[str],
    refuse: Callable[[Proposal], str],
    sample: int = 0,
) -> Proposal:
    """A service that is none of those `held` (a line each); `refuse` says why one only repeats another, or nothing.

    A repetition is shown back to its author like any other mistake. Raises Rejected, ModelFailed.
    """

    def check(proposal: Proposal) -> list[str]:
        problems: list[str] = []
        if not IDENTIFIER.match(proposal.name) or proposal.name != proposal.name.lower():
            problems.append("name: it must be snake_case")
        if domain is not None and proposal.domain != domain:
            problems.append(f"domain: it must be {domain}, as asked for")
        told = refuse(proposal)
        return [*problems, told] if told else problems

    asked = [f"What is wished for: {wish}"] if wish else []
    asked += [f"The domain: {domain}"] if domain else []
    listed = "\n".join(f"- {line}" for line in held) or "- (none)"
    context = "\n\n".join([*asked, f"There are already:\n\n{listed}", "Propose one more."])
    return await author.answer("proposer", "propose_new", Proposal, context, check=check, sample=sample)


def _shown(number: int, entry: Entry, useless: str) -> str:
    """A candidate as the searcher sees it."""
    if useless:
        return f"{number}. {entry.title} — cannot be used: {useless}"
    kind = "a page of text" if entry.kind == "page" else f"a description of operations ({entry.kind})"
    lines = [
        f"{number}. {entry.title}",
        f"   {kind}, {entry.reference}",
        f"   licence: {entry.licence or 'not stated'}",
    ]
    if entry.operations:
        names = ", ".join(entry.operations[:_NAMES])
        more = f" and {len(entry.operations) - _NAMES} more" if len(entry.operations) > _NAMES else ""
        lines.append(f"   operations: {names}{more}")
    if entry.description:
        text = " ".join(entry.description.split())
        lines.append(f"   {text[:_EXCERPT]}{'…' if len(text) > _EXCERPT else ''}")
    return "\n".join(lines)
