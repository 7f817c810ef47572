"""A user played by a model, who knows what a user would and holds to the task's wishes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from envfactory.messages import Message
from envfactory.models.ask import Asked, ask
from envfactory.models.model import Model
from envfactory.rollout.answers import says
from envfactory.rollout.knowledge import Knowledge, Wish, last_answer, spoken
from envfactory.rollout.reactive import PATIENCE
from envfactory.rollout.task import Fact
from envfactory.rollout.user import UNGUIDED, Hands

PROMPT = "user/1"
"""The version of the prompt: part of what a reply is kept under."""

_INTERNAL = re.compile(r"\b\w+__\w+\b|\b[a-z]+_[a-z_]+\b|\b(?=\w*\d)(?=\w*[A-Za-z])\w{8,}\b|\b\d{7,}\b")
"""What looks like the name of a tool or an argument, or like an id."""


class Said(BaseModel, frozen=True):
    """A model's answer as the user."""

    say: str = ""
    next: bool = False
    does: bool = False
    finished: bool = False


class ModelUser:
    """A model that plays the user of one attempt.

    What it is asked holds the persona, the wishes up to the next one and the words of both: no system message,
    no call, no result, no later wish. What it says is screened: names of tools, ids, and wishes that lost a name or a
    value are shown back to it; when it does not mend them the task's own words are said, and counted in `fallbacks`.
    `asked` keeps how each turn went. Raises ModelFailed as the model does.
    """

    def __init__(
        self, model: Model, knowledge: Knowledge, *, patience: int = PATIENCE, repairs: int = 2, sample: int = 0
    ) -> None:
        """`patience` is how often it may say something beside each wish, `repairs` how often it may mend its words;
        `sample` tells apart several attempts at one task."""
        self._sample = sample
        self._model = model
        self._knowledge = knowledge
        self._patience = patience
        self._repairs = repairs
        self._next = 0
        self._aside = 0
        self.fallbacks = 0
        """Turns in which the task's own words were said, because the model's would not do."""
        self.asked: list[Asked[Said]] = []

    async def say(self, turn_index: int, conversation: Sequence[Message], hands: Hands) -> str | None:
        """The next words of the user; None when all wishes were said and the model has nothing more to say."""
        wish = self._knowledge.wishes[self._next] if self._next < len(self._knowledge.wishes) else None
        tired = self._aside >= self._patience
        if wish is None and tired:
            return None
        asked = await ask(
            self._model,
            _instructions(),
            Said,
            context=self._situation(wish, conversation),
            role="user",
            prompt=PROMPT,
            sample=self._sample,
            repairs=self._repairs,
            check=lambda said: self._problems(said, wish, conversation),
        )
        self.asked.append(asked)
        said = asked.answer
        if said is None:
            self.fallbacks += 1
            said = self._own(wish, conversation)
        if said.finished or wish is None:
            self._aside += 1
            return None if said.finished else said.say
        if said.does:
            for deed in wish.deeds:
                hands(deed.call.tool, deed.call.arguments)
        unguided = self._unguided(wish, conversation)
        if said.next or (unguided and tired):
            self._next, self._aside = self._next + 1, 0
        else:
            self._aside += 1
        return said.say

    def _own(self, wish: Wish | None, conversation: Sequence[Message]) -> Said:
        """What the scripted user would do."""
        if wish is None:
            return Said(finished=True)
        if self._unguided(wish, conversation):
            return Said(say=UNGUIDED)
        return Said(say=wish.words, next=True, does=bool(wish.deeds))

    def _unguided(self, wish: Wish, conversation: Sequence[Message]) -> bool:
        """Whether the user has yet to be told what to do."""
        told = last_answer(conversation)
        return not all(deed.guided(told) for deed in wish.deeds)

    def _situation(self, wish: Wish | None, conversation: Sequence[Message]) -> str:
        """All that the model is told of this moment."""
        lines = [f"You are {self._knowledge.persona or 'a customer'}.", ""]
        said = self._knowledge.wishes[: self._next]
        if said:
            lines += ["What you have asked for so far:", *(f"- {one.words}" for one in said), ""]
        if wish is None:
            lines += ["There is nothing more that you want.", ""]
        elif wish.deeds and self._unguided(wish, conversation):
            lines += ["You are waiting to be told exactly what you have to do yourself; so far you have not been.", ""]
        else:
            lines += ["What you want next:", wish.words, ""]
            lines += [f"Your deed, which the assistant has told you to do: {deed.words}" for deed in wish.deeds]
        lines.append("The conversation so far:")
        talk = [f"{'You' if role == 'user' else 'Assistant'}: {text}" for role, text in spoken(conversation)]
        return "\n".join([*lines, *(talk or ["(nothing yet: you speak first)"])])

    def _problems(self, said: Said, wish: Wish | None, conversation: Sequence[Message]) -> Iterator[str]:
        """What is wrong with a model's words, in words for the model."""
        if said.finished:
            if wish is not None:
                yield "finished: there is still something that you want"
            return
        if not said.say.strip():
            yield "say: it is empty"
            return
        heard = " ".join(
            [*(text for _, text in spoken(conversation)), *(w.words for w in self._knowledge.wishes[: self._next + 1])]
        )
        for found in dict.fromkeys(_INTERNAL.findall(said.say)):
            if found not in heard:
                yield f"say: {found!r} looks like an id or the name of a tool, which you do not know"
        if wish is None:
            return
        if not self._next and not said.next:
            yield "next: you speak first, so bring up what you want"
        waits = bool(wish.deeds) and self._unguided(wish, conversation)
        if waits and (said.next or said.does):
            yield "next: you have not been told what to do yet, so you cannot have done it"
            return
        if said.next:
            for need in wish.needs:
                if not says(said.say, Fact(name="need", value=need, forms=(need,))):
                    yield f"say: {need!r} is missing, which belongs to what you want"
            if wish.deeds and not said.does:
                yield "does: you were told what to do; do it before you say so"
        elif said.does:
            yield "next: when you do your deed, say that it is done and what you want next"
        elif self._aside >= self._patience:
            yield "next: you have said enough on the side; bring up what you want next"


@cache
def _instructions() -> str:
    """The prompt, which lies beside the code."""
    return Path(__file__).with_name("user.md").read_text(encoding="utf-8")
