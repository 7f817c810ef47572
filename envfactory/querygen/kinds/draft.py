"""What every kind of task starts from, and the face of a recipe: how a kind is made, and what its certificate plays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

from envfactory.environment.environment import Environment
from envfactory.graph.chain import Bounds, Chain
from envfactory.querygen.policy import Policy
from envfactory.querygen.query import Wording
from envfactory.querygen.story import Story
from envfactory.rollout.task import Kind, Task


@dataclass(frozen=True)
class Draft:
    """A story, its words, and the task they make, which is not certified yet."""

    story: Story
    wording: Wording
    task: Task
    library: Mapping[str, type[Environment]]
    hashes: Mapping[str, str]
    """The content hash of each environment of the library."""
    random: Random


@dataclass(frozen=True)
class Shape:
    """What chains a kind wants: bounds that take the place of the caller's where they are given."""

    length: Bounds | None = None
    turns: Bounds | None = None
    environments: Bounds | None = None
    large: bool = False
    """Whether it is played in the states with the most rows."""


class Recipe:
    """How tasks of one kind are made. The base kind, which takes a draft as it is."""

    kind: Kind = "base"
    shape: Shape = Shape()

    def possible(self, library: Mapping[str, type[Environment]]) -> bool:
        """Whether these environments can yield the kind at all."""
        return True

    def fits(self, chain: Chain) -> bool:
        """Whether it is worth grounding this chain for the kind; a quick look that spares time."""
        return True

    def prepare(self, chain: Chain, library: Mapping[str, type[Environment]], random: Random) -> Chain:
        """The chain as the kind wants it before it is grounded: cut into other turns, say."""
        return chain

    def recast(self, draft: Draft) -> Task:
        """The task of this kind that a draft makes; raises Rejected when it makes none."""
        return draft.task

    def policies(self, task: Task) -> Iterable[Policy]:
        """What is played to certify a task of this kind, beyond what certifies every task."""
        return ()
