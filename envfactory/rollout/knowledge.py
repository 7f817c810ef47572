"""What the user of a task knows: who they are, what they want, what they said. Never the rows behind the tools."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, Field, JsonValue

from envfactory.messages import Message
from envfactory.rollout.answers import says
from envfactory.rollout.task import Act, Fact, GoldCall, Task

_SPLIT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\W]+")
_QUOTED = re.compile(r'"([^"]+)"')


class Known(BaseModel, frozen=True):
    """Something that the user can tell when asked for it."""

    about: tuple[str, ...]
    """Words that a question for it would hold: `due`, `date`."""
    says: str
    """As the user says it: `March 4`."""
    wish: int
    """The wish it belongs to; before that the user has not thought of it."""


class Deed(BaseModel, frozen=True):
    """Something that only the user can do, once the agent has told them what."""

    told: tuple[Fact, ...]
    """What the agent must have said."""
    words: str
    """What it is, as the agent has to say it: never an id."""
    call: GoldCall = Field(exclude=True, repr=False)
    """What their fingers press, which they do not know themselves: it is left out of everything that is shown."""

    def guided(self, text: str) -> bool:
        """Whether a message of the agent tells the user what to do."""
        return all(says(text, fact) for fact in self.told)


class Wish(BaseModel, frozen=True):
    """What the user wants when they open a turn."""

    words: str
    """As the task words it."""
    act: Act = "request"
    needs: tuple[str, ...] = ()
    """What any wording of it must hold: names and texts in quotes, and values for arguments."""
    deeds: tuple[Deed, ...] = ()
    """What the user does before they say it."""


class Knowledge(BaseModel, frozen=True):
    """All that a user knows. The agent's calls, their results and the system message are not among it."""

    persona: str
    wishes: tuple[Wish, ...]
    known: tuple[Known, ...] = ()

    def until(self, wish: int) -> tuple[Known, ...]:
        """What the user can tell by the time of a wish."""
        return tuple(known for known in self.known if known.wish <= wish)


def knowledge(task: Task) -> Knowledge:
    """What the user of a task knows, made from its turns: of the gold calls only values that the user says."""
    wishes: list[Wish] = []
    known: list[Known] = []
    for number, turn in enumerate(task.turns):
        told = [*_told(turn.calls, turn.query, number)]
        known += told
        before = task.turns[number - 1].facts if number else ()
        deeds = tuple(
            Deed(told=before, words=" ".join(fact.forms[0] for fact in before if fact.forms), call=call)
            for call in turn.calls
            if call.by == "user"
        )
        quoted = _QUOTED.findall(turn.query)
        needs = tuple(dict.fromkeys([*quoted, *(one.says for one in told)]))
        wishes.append(Wish(words=turn.query, act=turn.act, needs=needs, deeds=deeds))
    return Knowledge(persona=task.persona, wishes=tuple(wishes), known=tuple(known))


def _told(calls: Sequence[GoldCall], query: str, wish: int) -> list[Known]:
    """The arguments that the user says in their words."""
    found: list[Known] = []
    for call in calls:
        taken = {name.partition(".")[0] for name in call.uses}
        for name, value in call.arguments.items():
            spoken = next((form for form in _forms(value) if form.lower() in query.lower()), "")
            if spoken and name not in taken and call.by == "agent":
                about = tuple(part.lower() for part in _SPLIT.split(name) if len(part) > 2)
                found.append(Known(about=about, says=spoken, wish=wish))
    return found


def _forms(value: JsonValue) -> list[str]:
    """Ways in which the words of a turn may hold a value."""
    if isinstance(value, bool) or value is None or value == "":
        return []
    if isinstance(value, (int, float)):
        return [str(value)]
    if not isinstance(value, str):
        return []
    try:
        day = date.fromisoformat(value[:10])
    except ValueError:
        return [value]
    return [f"{day:%B} {day.day}", f"{day.day} {day:%B}", value]


def spoken(conversation: Sequence[Message]) -> list[tuple[str, str]]:
    """Who said what, as the user can see it: `user` or `assistant`, and the text; no calls, results or instructions."""
    return [(m.role, m.content) for m in conversation if m.role in {"user", "assistant"} and m.content.strip()]


def last_answer(conversation: Sequence[Message]) -> str:
    """The agent's last message; empty when it has said nothing since the user spoke."""
    for role, text in reversed(spoken(conversation)):
        return text if role == "assistant" else ""
    return ""
