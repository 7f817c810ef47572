"""Meaning by embeddings: the vectors of a model beside those of words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from envfactory.environment.environment import Environment
from envfactory.graph.alike import Floats
from envfactory.graph.link import WORDS, Meaning
from envfactory.graph.schemas import ToolText, text_gives, text_node, text_takes
from envfactory.graph.shape import Leaf, gives, node, takes
from envfactory.graph.words import split, whole
from envfactory.models.embeddings import Embedder

SHARE = 0.5
"""How much of the likeness is the model's; the rest is that of the words, which know rare names better."""


async def embedded(
    embedder: Embedder, library: Mapping[str, type[Environment]], described: Iterable[ToolText] = ()
) -> Meaning:
    """How `link` compares meanings with an embedder: every value and parameter of the library is embedded at once.

    Two are as near as the mean of both cosines, that of the model and that of the words. Raises ModelFailed.
    """
    leaves: list[Leaf] = []
    for name in sorted(library):
        for tool in library[name].tools.values():
            item = node(library[name], tool)
            leaves += [*gives(item, tool), *takes(item, tool)]
    for text in described:
        item = text_node(text)
        leaves += [*text_gives(item, text), *text_takes(item, text)]
    texts = sorted({spoken(leaf) for leaf in leaves})
    made = await embedder.embed(texts) if texts else []
    rows = whole(np.asarray(made, dtype=np.float32)) if texts else np.zeros((0, 1), dtype=np.float32)
    place = {text: number for number, text in enumerate(texts)}

    def vectorise(some: Sequence[Leaf]) -> Floats:
        mine = rows[[place[spoken(leaf)] for leaf in some]]
        return whole(np.hstack([mine * SHARE**0.5, WORDS.vectorise(some) * (1 - SHARE) ** 0.5]))

    return Meaning(embedder.name, vectorise)


def spoken(leaf: Leaf) -> str:
    """A value in words, as it is embedded: what it is about, its name, what is said of it."""
    about = " ".join(split(leaf.about))
    text = f"{about} {' '.join(split(leaf.name))}".strip()
    return f"{text}: {leaf.description[:300]}" if leaf.description else text
