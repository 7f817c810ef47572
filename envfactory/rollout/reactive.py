"""A user who follows a script and answers questions: by rules, without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from envfactory.messages import Message
from envfactory.rollout.knowledge import Knowledge, last_answer
from envfactory.rollout.user import UNGUIDED, Hands

PATIENCE = 2
"""How often the user says something beside the script before they go on with it."""

_COURTESY = re.compile(r"\b(anything else|something else|else I can|any other|further|more I can)\b", re.IGNORECASE)
_LEAVE = re.compile(
    r"\b(shall I|should I|do you want me|would you like me|may I|is that (right|correct|ok))\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")

UNKNOWN = "I don't know that, I'm afraid. Please see what you can find out."
AGREED = "Yes, please."


class ReactiveUser:
    """Says the task's words one wish after the other, but first answers what the agent asks.

    A question about a value that the user knows is answered with it; one that the next wish answers, with that wish;
    one for leave to act with yes; any other with "I don't know". Who is not answered at all repeats themselves. Each
    wish has `PATIENCE` such turns. One attempt uses one of these.
    """

    def __init__(self, knowledge: Knowledge, *, patience: int = PATIENCE) -> None:
        self._knowledge = knowledge
        self._patience = patience
        self._next = 0
        self._aside = 0

    async def say(self, turn_index: int, conversation: Sequence[Message], hands: Hands) -> str | None:
        """An answer to what the agent asked, else the next wish; None when all is said."""
        if self._next and self._aside < self._patience:
            reply = self._reply(last_answer(conversation))
            if reply:
                self._aside += 1
                return reply
        if self._next == len(self._knowledge.wishes):
            return None
        wish = self._knowledge.wishes[self._next]
        told = last_answer(conversation)
        if not all(deed.guided(told) for deed in wish.deeds):
            self._aside += 1
            if self._aside > self._patience:
                self._next, self._aside = self._next + 1, 0
            return UNGUIDED
        for deed in wish.deeds:
            hands(deed.call.tool, deed.call.arguments)
        self._next, self._aside = self._next + 1, 0
        return wish.words

    def _reply(self, text: str) -> str:
        """What the user says to the agent's last message, if they do not go on; empty when they do."""
        wishes = self._knowledge.wishes
        if not text:
            return f"Are you still there? {wishes[self._next - 1].words}"
        if self._next < len(wishes) and (wishes[self._next].act == "provide" or wishes[self._next].deeds):
            return ""
        questions = [s for s in _SENTENCE.split(text) if s.rstrip().endswith("?") and not _COURTESY.search(s)]
        if not questions:
            return ""
        asked = " ".join(questions)
        if _LEAVE.search(asked):
            return AGREED
        known = answer(self._knowledge, asked, self._next - 1)
        return f"As I said: {known}." if known else UNKNOWN


def answer(knowledge: Knowledge, question: str, wish: int) -> str:
    """What the user knows that a question is about, by the time of a wish; empty when they know nothing of it."""
    words = set(re.findall(r"[a-z]+", question.lower()))
    found = [(sum(part in words for part in known.about), known) for known in knowledge.until(wish)]
    best = max((count for count, _ in found), default=0)
    latest = [known.says for count, known in found if count == best]
    return latest[-1] if best and latest else ""
