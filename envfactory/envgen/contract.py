"""A contract from anything: an API description, documentation, or a sentence — with a model where one is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from envfactory.envgen.authors.author import Author
from envfactory.envgen.authors.design import design, prose_source, rules_for
from envfactory.envgen.authors.propose import outline, propose
from envfactory.envgen.formats.read import read_operations
from envfactory.envgen.infer import write_spec
from envfactory.envgen.prose import Page, is_page, read_page, read_pages
from envfactory.envgen.source import fetch
from envfactory.environment.spec import IDENTIFIER, Domain, EnvSpec
from envfactory.errors import SourceError

LONGEST = 40_000
"""Characters of documentation that a role is shown."""


async def contract(
    author: Author,
    wanted: str,
    *,
    pages: Path | None = None,
    name: str | None = None,
    operations: Sequence[str] = (),
    limit: int = 14,
    domain: Domain | None = None,
    held: Sequence[str] = (),
) -> EnvSpec:
    """The contract of what is `wanted`: the name of a description or a page, or a wish in words (`pages` documents it).

    Raises SourceError, Rejected when a role's answer is never acceptable, ModelFailed.
    """
    if pages is not None:
        return await _documented(author, read_pages(pages), wanted, name=name, domain=domain, held=held)
    if is_page(wanted):
        return await _documented(author, [read_page(wanted)], "", name=name, domain=domain, held=held)
    if " " not in wanted.strip() or Path(wanted).exists():
        document = fetch(wanted)
        spec = write_spec(document, name=name, operations=tuple(operations), limit=limit, domain=domain)
        said = {operation.id: operation.description for operation in read_operations(document)[0]}
        described = [f"## {tool.name}\n\n{said.get(tool.operation) or tool.description}" for tool in spec.tools]
        rules = await rules_for(author, spec, _cut("\n\n".join(described)))
        return spec.model_copy(update={"rules": rules})
    proposal = await propose(author, wanted, held=held)
    page = outline(proposal)
    source = prose_source(wanted, title=f"a wish: {wanted}", licence="Apache-2.0")
    return await design(
        author,
        page,
        name=name or proposal.name,
        title=proposal.title,
        domain=domain or proposal.domain,
        description=proposal.description,
        source=source,
    )


async def _documented(
    author: Author,
    pages: Sequence[Page],
    wish: str,
    *,
    name: str | None,
    domain: Domain | None,
    held: Sequence[str],
) -> EnvSpec:
    text = _cut("\n\n".join(page.text for page in pages))
    asked = f"{wish}\n\nRebuild the service that this documentation describes:\n\n{text}".strip()
    proposal = await propose(author, asked, held=held)
    called = name or proposal.name
    if not IDENTIFIER.match(called):
        raise SourceError(f"{called!r} is no name for an environment; give one with --name")
    first = pages[0].source
    return await design(
        author,
        text,
        name=called,
        title=proposal.title,
        domain=domain or proposal.domain,
        description=proposal.description,
        source=first,
    )


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\n\n(The documentation goes on; this much was read.)"
