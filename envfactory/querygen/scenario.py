"""Who asks, and in which worlds: the beginning of a story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from envfactory.environment.environment import Environment
from envfactory.querygen.story import Persona, Scenario
from envfactory.rollout.task import Setting

PERSONAS = (
    Persona("Priya, who runs a small design studio", "plain"),
    Persona("Jonas, an assistant who writes in full sentences", "polite"),
    Persona("Mei, between two meetings", "brief"),
    Persona("Rafael, who likes to talk", "chatty"),
    Persona("Hannah, a teacher", "polite"),
    Persona("Tomas, who plans everything on Mondays", "plain"),
)


def imagine(
    environments: Sequence[str],
    library: Mapping[str, type[Environment]],
    hashes: Mapping[str, str],
    *,
    seed: int,
    random: Random,
) -> Scenario:
    """A persona, and one of each environment's curated states; `hashes` are the environments' content hashes."""
    settings = tuple(
        Setting(environment=name, hash=hashes.get(name, ""), state=random.choice(sorted(library[name].states)))
        for name in environments
    )
    return Scenario(random.choice(PERSONAS), settings, seed)
