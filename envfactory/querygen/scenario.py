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
    Persona("Amara, back from a week away", "chatty"),
    Persona("Chidi, who types with one thumb", "brief"),
    Persona("Ingrid, who has worked with secretaries all her life", "polite"),
    Persona("Yuki, who knows what she wants", "plain"),
    Persona("Samir, on a bad connection", "brief"),
    Persona("Greta, who tells you how she is", "chatty"),
    Persona("Omar, a bookkeeper", "plain"),
    Persona("Lea, new to all this", "polite"),
)


def imagine(
    environments: Sequence[str],
    library: Mapping[str, type[Environment]],
    hashes: Mapping[str, str],
    *,
    seed: int,
    random: Random,
    large: bool = False,
) -> Scenario:
    """A persona, and one of each environment's curated states, with `large` the one with the most rows; `hashes` are
    the environments' content hashes."""
    states = {name: random.choice(sorted(library[name].states)) for name in environments}
    if large:
        states = {name: largest(library[name]) for name in environments}
    settings = tuple(
        Setting(environment=name, hash=hashes.get(name, ""), state=state) for name, state in states.items()
    )
    return Scenario(random.choice(PERSONAS), settings, seed)


def largest(cls: type[Environment]) -> str:
    """The curated state with the most rows; the first by name of those that have equally many."""
    return max(sorted(cls.states), key=lambda name: sum(map(len, cls.states[name].rows.values())))
