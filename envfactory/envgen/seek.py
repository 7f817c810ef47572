"""Find what to build from: a model says what to look for and chooses, the sources are searched, the choice is tried.

Without a model the words of the wish are the query, and the best description that repeats nothing is taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pydantic import BaseModel

from envfactory.envgen.authors.author import Author, Rejected
from envfactory.envgen.authors.propose import Proposal
from envfactory.envgen.authors.searcher import choose, propose_new, queries_for
from envfactory.envgen.catalogue import Entry
from envfactory.envgen.infer import write_spec
from envfactory.envgen.prose import Page, is_page, read_page
from envfactory.envgen.search import SAME, Candidate, Held, Shelf
from envfactory.envgen.source import fetch
from envfactory.environment.spec import Domain
from envfactory.errors import EnvFactoryError, MissingExtra, SourceError, SpecError

SHOWN = 12
"""Candidates that the searcher chooses from."""

LEAST = 0.3
"""How well a description must fit to be taken without a model: about half of the words, and some likeness beside."""

TRIES = 3
"""Choices that may turn out useless (a page that is gone, a description of nothing that can be kept) before none is."""

FAILURES = 3
"""Proposals in a row that may be refused for good before no more are asked for."""


DOMAINS: dict[Domain, str] = {
    "commerce": "shop order product cart inventory",
    "finance": "account payment invoice budget billing",
    "travel": "hotel flight booking trip reservation",
    "office": "document calendar mail task contact",
    "lifestyle": "fitness recipe music home health",
    "academia": "course classroom student library paper",
    "utilities": "file weather map translation monitoring",
}
"""What is looked for where a domain is all that is known."""


class Found(BaseModel, frozen=True):
    """What a search came to."""

    wish: str
    queries: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    """What may be built from, the best first; what the library holds already is not among them."""
    repeated: tuple[Candidate, ...] = ()
    """What was found and only repeats an environment of the library."""
    number: int | None = None
    """The candidate chosen, counted from 1."""
    why: str = ""
    useless: dict[int, str] = {}
    """Candidates that were chosen and turned out useless, and why."""
    page: Page | None = None
    """The text of the one chosen, when it is a page."""

    @property
    def entry(self) -> Entry | None:
        """What was chosen; None when nothing was."""
        return None if self.number is None else self.candidates[self.number - 1].entry

    @property
    def provenance(self) -> str:
        """The search and the choice in a sentence, for the contract's source."""
        sought = ", ".join(repr(query) for query in self.queries)
        count = len(self.candidates)
        if self.number is None:
            return f"searched for {sought}: none of {count} found was taken: {self.why}"
        return f"searched for {sought}; number {self.number} of {count} found: {self.why}"


async def seek(author: Author | None, wish: str, shelf: Shelf, *, domain: Domain | None = None) -> Found:
    """What to build from to get what is wished for, or that there is nothing.

    Raises SourceError when the web search fails; Rejected when the model never gives a usable answer, ModelFailed.
    """
    queries = (wish,) if author is None else await queries_for(author, wish, domain=domain)
    lists = [await asyncio.to_thread(shelf.find, query, limit=SHOWN) for query in queries]
    fitting, repeated = _merged(lists)
    found = Found(wish=wish, queries=queries, candidates=fitting, repeated=repeated)
    entries = [candidate.entry for candidate in fitting]
    if not entries:
        return found.model_copy(update={"why": "nothing was found"})
    useless: dict[int, str] = {}
    for _ in range(TRIES):
        if author is None:
            number, why = _first(fitting, useless), "the best that can be read without a model"
        else:
            choice = await choose(author, wish, entries, spoilt=useless)
            number, why = choice.number, choice.why
        if number is None:
            why = why if author is not None else "nothing that fits and can be read without a model"
            return found.model_copy(update={"why": why, "useless": useless})
        page, wrong = await asyncio.to_thread(_tried, entries[number - 1])
        if not wrong:
            return found.model_copy(update={"number": number, "why": why, "useless": useless, "page": page})
        useless[number] = wrong
    return found.model_copy(update={"why": f"{TRIES} choices turned out useless", "useless": useless})


def _merged(lists: Sequence[Sequence[Candidate]]) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
    """All that was found, each once, the first of every query before the second of any: what is new, and what repeats
    the library. Else a query of common words would leave no room for the others."""
    best: dict[str, tuple[int, float, Candidate]] = {}
    for found in lists:
        fresh, stale = [c for c in found if not c.refused], [c for c in found if c.refused]
        for place, candidate in (*enumerate(fresh), *enumerate(stale)):
            rank = (place, -candidate.score, candidate)
            held = best.get(candidate.entry.reference)
            if held is None or rank[:2] < held[:2]:
                best[candidate.entry.reference] = rank
    ordered = [r[2] for r in sorted(best.values(), key=lambda r: (r[0], r[1], r[2].entry.reference))]
    return tuple(c for c in ordered if not c.refused)[:SHOWN], tuple(c for c in ordered if c.refused)


def _first(fitting: Sequence[Candidate], useless: dict[int, str]) -> int | None:
    clear = [n for n, c in enumerate(fitting, 1) if c.entry.kind != "page" and c.score >= LEAST]
    return next((n for n in clear if n not in useless), None)


def _tried(entry: Entry) -> tuple[Page | None, str]:
    """The page that an entry names, if it is one; and why it is of no use, if so. What the web calls a page may be a
    description all the same."""
    wrong = ""
    if entry.kind != "page" or not is_page(entry.reference):
        try:
            write_spec(fetch(entry.reference))
        except (SourceError, SpecError, MissingExtra) as error:
            wrong = str(error)
        if not wrong or entry.kind != "page":
            return None, wrong
    try:
        return read_page(entry.reference), ""
    except (SourceError, MissingExtra) as error:
        return None, str(error)


# Proposals ---------------------------------------------------------------------------------------------------------


class Proposals(BaseModel, frozen=True):
    """What might be built next."""

    proposals: tuple[Proposal, ...]
    refused: tuple[str, ...] = ()
    """Why each that was not accepted was not, the last of a row of repairs."""


async def propose_more(
    author: Author, shelf: Shelf, count: int, *, wish: str = "", domain: Domain | None = None
) -> Proposals:
    """New environments, `count` of them at most, none like another or like one of the library.

    Whether one repeats another is judged by `Shelf.repeats`, as for descriptions that are searched for without a model.
    Ends early after three in a row that were refused to the end. Raises ModelFailed.
    """
    accepted: list[Proposal] = []
    refused: list[str] = []
    known = [f"{held.name}: {held.text.title}" for held in shelf.held]

    def refuse(proposal: Proposal) -> str:
        names = {held.name for held in shelf.held} | {one.name for one in accepted}
        if proposal.name in names:
            return f"name: there is an environment {proposal.name!r} already"
        also = [Held(name=one.name, text=_entry(one)) for one in accepted]
        twin, similarity = shelf.repeats(_entry(proposal), also=also)
        if similarity < SAME:
            return ""
        return (
            f"it repeats {twin!r}, which is there already (likeness {similarity:.2f} by words and meaning; less than "
            f"{SAME} is new): "
            "propose another kind of service, not the same in other words"
        )

    failures = 0
    while len(accepted) < count and failures < FAILURES:
        lines = [*known, *(f"{one.name}: {one.title}" for one in accepted)]
        try:
            new = await propose_new(author, wish, domain=domain, held=lines, refuse=refuse, sample=len(refused))
        except Rejected as error:
            refused.append(str(error))
            failures += 1
            continue
        failures = 0
        accepted.append(new)
    return Proposals(proposals=tuple(accepted), refused=tuple(refused))


def described(shelf: Shelf, count: int, *, wish: str = "", domain: Domain | None = None) -> list[Candidate]:
    """The same without a model: descriptions at hand that fit the words, none like another or the library.

    Raises EnvFactoryError when there is neither a wish nor a domain to go by.
    """
    query = wish or (DOMAINS[domain] if domain else "")
    if not query:
        raise EnvFactoryError("without a model a proposal needs words or a domain; give some, or --model")
    taken: list[Candidate] = []
    for candidate in shelf.find(query, limit=10 * count + 20):
        if len(taken) == count:
            break
        also = [Held(name=one.entry.reference, text=one.entry) for one in taken]
        if not candidate.refused and shelf.repeats(candidate.entry, also=also)[1] < SAME:
            taken.append(candidate)
    return taken


def wish_of(proposal: Proposal) -> str:
    """A proposal as one line that `build` takes for a wish."""
    return " ".join(f"{proposal.title}: {proposal.description}".split())


def _entry(proposal: Proposal) -> Entry:
    return Entry(
        title=proposal.title,
        reference=proposal.name,
        kind="page",
        where="proposal",
        description=" ".join([proposal.description, *proposal.things]),
        operations=tuple(proposal.actions),
    )
