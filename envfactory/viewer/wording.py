"""What the texts of a set of tasks are like: how long, how varied, how often the same.

Words are runs of letters, digits and apostrophes, in lower case. The queries of a task are read turn by turn; no n-gram
crosses from one turn into the next.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import mean

from pydantic import BaseModel

from envfactory.messages import canonical
from envfactory.rollout.task import Task
from envfactory.viewer.measure import Spread, by_size, ratio, spread

NEAR = 0.8
"""Jaccard likeness of two tasks' 5-grams from which they count as near duplicates."""
SHOWN = 10
"""Most repeated 4-grams that are listed."""
LONGEST = 10
"""Longest n-gram of the curve of repetition."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_GRAM = 5
_FREQUENT = 4

Words = tuple[str, ...]


class Duplicates(BaseModel, frozen=True):
    """Tasks that say or want what another one does."""

    words: int
    """Tasks whose queries are, word by word, those of an earlier task."""
    gold: int
    """Tasks whose settings and gold calls are those of an earlier task."""
    both: int
    """Tasks that repeat an earlier one in words and gold."""
    near: int
    """Tasks whose 5-grams are like another task's: Jaccard 0.8 or more; exact duplicates among them."""
    chains: int
    """Different sequences of tools."""


class Wording(BaseModel, frozen=True):
    """The texts in figures."""

    words: int
    """Words of all queries."""
    vocabulary: int
    """Different ones."""
    query: Spread
    """Words of a query, turn by turn."""
    answer: Spread
    """Words of a right answer, turn by turn."""
    distinct: dict[int, float]
    """distinct-n of all queries, for n = 1, 2, 3: different n-grams by all n-grams (Li et al. 2016,
    arXiv:1510.03055). It falls as a set grows: compare sets of one size."""
    repetition: dict[int, float]
    """The share of a task's n-grams that some other task has too, by n; the mean over tasks that have any."""
    frequent: dict[str, int]
    """The 4-grams that most tasks have, and how many tasks those are."""
    duplicates: Duplicates


def wording(tasks: Sequence[Task]) -> Wording:
    """Count words, n-grams and duplicates. For 5,000 tasks this takes seconds."""
    texts = [tuple(words(turn.query) for turn in task.turns) for task in tasks]
    held = Counter(gram for text in texts for gram in grams(text, _FREQUENT))
    most = sorted(held.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    return Wording(
        words=sum(len(turn) for text in texts for turn in text),
        vocabulary=len({word for text in texts for turn in text for word in turn}),
        query=spread(len(turn) for text in texts for turn in text),
        answer=spread(len(words(turn.answer)) for task in tasks for turn in task.turns),
        distinct={n: _distinct(texts, n) for n in (1, 2, 3)},
        repetition={n: _repetition(texts, n) for n in range(1, LONGEST + 1)},
        frequent=by_size({" ".join(gram): count for gram, count in most if count > 1}),
        duplicates=_duplicates(tasks, texts),
    )


def words(text: str) -> Words:
    """The words of a text in lower case."""
    return tuple(_WORD.findall(text.lower()))


def grams(turns: Sequence[Words], size: int) -> frozenset[Words]:
    """The different n-grams of a task's turns."""
    return frozenset(turn[at : at + size] for turn in turns for at in range(len(turn) - size + 1))


def near_duplicates(texts: Sequence[Sequence[Words]], *, threshold: float = NEAR) -> int:
    """How many texts have another one whose 5-grams are like theirs: Jaccard at `threshold` or more.

    A text too short for a 5-gram is one gram. Every pair that can reach the threshold is compared, and only those: two
    such sets share an element among the rarest few of each (prefix filter: Chaudhuri, Ganti and Kaushik 2006; Bayardo,
    Ma and Srikant 2007).
    """
    groups: dict[frozenset[Words], int] = Counter(_bag(text) for text in texts)
    held = Counter(gram for bag in groups for gram in bag)
    bags = [sorted(bag, key=lambda gram: (held[gram], gram)) for bag in groups]
    sets = list(groups)
    alike = {place for place, bag in enumerate(sets) if groups[bag] > 1}
    index: dict[Words, list[int]] = defaultdict(list)
    for place, bag in enumerate(bags):
        prefix = bag[: len(bag) - math.ceil(threshold * len(bag)) + 1]
        for other in dict.fromkeys(found for gram in prefix for found in index[gram]):
            if other in alike and place in alike:
                continue
            common = len(sets[place] & sets[other])
            if common >= threshold * (len(bag) + len(bags[other]) - common):
                alike.update((place, other))
        for gram in prefix:
            index[gram].append(place)
    return sum(groups[sets[place]] for place in alike)


def _bag(text: Sequence[Words]) -> frozenset[Words]:
    return grams(text, _GRAM) or frozenset({tuple(word for turn in text for word in turn)})


def _duplicates(tasks: Sequence[Task], texts: Sequence[tuple[Words, ...]]) -> Duplicates:
    gold = [
        canonical([[s.environment, s.state, s.added] for s in task.settings])
        + canonical([[call.tool, call.arguments] for call in task.calls])
        for task in tasks
    ]
    return Duplicates(
        words=len(texts) - len(set(texts)),
        gold=len(gold) - len(set(gold)),
        both=len(texts) - len(set(zip(texts, gold, strict=True))),
        near=near_duplicates(texts),
        chains=len({tuple(call.tool for call in task.calls) for task in tasks}),
    )


def _distinct(texts: Sequence[Sequence[Words]], size: int) -> float:
    every = [turn[at : at + size] for text in texts for turn in text for at in range(len(turn) - size + 1)]
    return ratio(len(set(every)), len(every))


def _repetition(texts: Sequence[Sequence[Words]], size: int) -> float:
    own = [grams(text, size) for text in texts]
    held = Counter(gram for bag in own for gram in bag)
    shares = [sum(held[gram] > 1 for gram in bag) / len(bag) for bag in own if bag]
    return round(mean(shares), 4) if shares else 0.0
