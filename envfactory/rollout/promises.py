"""What the robust reward promises to pay each character on every certified task, whatever its kind; and who breaks it.

This is how a reward is shown to be right: by what it pays to those of whom it is known what they do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from envfactory.rollout.reward import Reward


@dataclass(frozen=True)
class Promise:
    """What a character does, and what it must be paid."""

    does: str
    """What it does, in a few words."""
    must: str
    """What the reward must give it, in a few words."""
    kept: Callable[[Reward], bool]
    """Whether one reward is what it must be."""


def _nothing(reward: Reward) -> bool:
    return reward.total == 0.0


def _fails(reward: Reward) -> bool:
    return not reward.passed and reward.total < 0.5


PROMISES: Mapping[str, Promise] = {
    "oracle": Promise("the right calls, the right answers", "1", lambda r: r.passed and r.total == 1.0),
    "idler": Promise("says that it is done", "0", _nothing),
    "liar": Promise("claims that all is done, invents facts", "0", _nothing),
    "parrot": Promise("writes the right calls as text", "0", _nothing),
    "refuser": Promise("declines whatever it is asked", "0", _nothing),
    "asker": Promise("asks back, whatever it is told", "0", _nothing),
    "quitter": Promise("looks things up, gives up at the first trouble", "not passed", _fails),
    "looper": Promise("repeats the first right call for ever", "not passed", _fails),
    "scrambler": Promise("right calls, values in the wrong places", "not passed", _fails),
    "vandal": Promise("does the work, harms a row nobody spoke of", "not passed", _fails),
    "over_caller": Promise(
        "does the work with needless calls", "passed, less than 1", lambda r: r.passed and r.total < 1
    ),
    "double": Promise("makes every call twice", "less than 1", lambda r: r.total < 1),
    "learner": Promise("the oracle with seeded mistakes", "between 0 and 1", lambda r: 0 <= r.total <= 1),
}
"""By the character's name. `double` may pass where the second time changes nothing: to tick off twice is no harm."""


def broken(name: str, reward: Reward) -> bool:
    """Whether a robust reward breaks what is promised of a character; a masked one says nothing."""
    return not reward.masked and name in PROMISES and not PROMISES[name].kept(reward)
