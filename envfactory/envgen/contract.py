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
from envfactory.envgen.seek import Found
from envfactory.envgen.source import fetch
from envfactory.environment.spec import IDENTIFIER, Domain, EnvSpec, Source, read_spec
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
    found: Found | None = None,
) -> EnvSpec:
    """The contract of what is `wanted`: the name of a description or a page, a folder with a contract, or a wish in
    words (`pages` documents it; `found` is what a search for it came to, and travels with the contract's sources).

    Raises SourceError, SpecError, Rejected when a role's answer is never acceptable, ModelFailed.
    """
    if found is not None:
        if found.page is not None:
            spec = await _documented(author, [found.page], wanted, name=name, domain=domain, held=held)
        else:
            chosen = found.entry.reference if found.entry else wanted
            spec = await contract(
                author, chosen, name=name, operations=operations, limit=limit, domain=domain, held=held
            )
        return spec.model_copy(update={"sources": _with(spec.sources, found.provenance)})
    if not is_wish(wanted) and (Path(wanted) / "spec.json").is_file():
        return _edited(Path(wanted), name)
    if pages is not None:
        return await _documented(author, read_pages(pages), wanted, name=name, domain=domain, held=held)
    if is_page(wanted):
        return await _documented(author, [read_page(wanted)], "", name=name, domain=domain, held=held)
    if not is_wish(wanted):
        document = fetch(wanted)
        spec = write_spec(document, name=name, operations=tuple(operations), limit=limit, domain=domain)
        said = {operation.id: operation.description for operation in read_operations(document)[0]}
        beyond = {tool.name: said.get(tool.operation, "") for tool in spec.tools}
        described = [f"## {t.name}\n\n{beyond[t.name]}" for t in spec.tools if not _said(beyond[t.name], t.description)]
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


def is_wish(wanted: str) -> bool:
    """Whether it is a sentence, not the name of something: several words, and no file or address of that name."""
    if " " not in wanted.strip() or wanted.startswith(("mcp:", "http://", "https://")):
        return False
    try:
        return not Path(wanted).exists()
    except OSError:  # longer than the name of a file can be
        return True


def _edited(folder: Path, name: str | None) -> EnvSpec:
    """A contract that people have edited, as it is."""
    spec = read_spec(folder / "spec.json")
    return spec.model_copy(update={"name": name}) if name else spec


def _with(sources: Sequence[Source], chosen: str) -> tuple[Source, ...]:
    return (sources[0].model_copy(update={"chosen": chosen}), *sources[1:])


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


def _said(text: str, description: str) -> bool:
    """Whether a tool's own description says all that its source does."""
    return " ".join(text.lower().split()).rstrip(".") in " ".join(description.lower().split())


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\n\n(The documentation goes on; this much was read.)"
