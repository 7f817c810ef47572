"""A model at work: it is shown a prompt and some context, and answers with a typed object, which is checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from envfactory.envgen.authors.house import prompt_text
from envfactory.errors import EnvFactoryError
from envfactory.models.ask import Asked, ask
from envfactory.models.kept import Kept
from envfactory.models.model import Model

Answer = TypeVar("Answer", bound=BaseModel)


class Rejected(EnvFactoryError):
    """A role's answer was wrong to the end; the message names the role and the last problems."""


@dataclass
class Author:
    """A model, and how its answers fared so far."""

    model: Model
    repairs: int = 2
    asked: list[Asked[Any]] = field(default_factory=list[Asked[Any]])

    async def answer(
        self,
        role: str,
        prompt: str,
        answer: type[Answer],
        context: str,
        *,
        check: Callable[[Answer], Iterable[str]] | None = None,
        sample: int = 0,
        text: str = "",
    ) -> Answer:
        """The answer of `role` to `prompts/PROMPT.md` (or to `text`, where the prompt is not EnvGen's) about `context`;
        raises Rejected when it never fits.

        ModelFailed passes through: it is infrastructure, and nothing is rewritten because of it.
        """
        text = text or prompt_text(prompt)
        model = self.model.at(role) if isinstance(self.model, Kept) else self.model
        version = hashlib.sha256(text.encode()).hexdigest()[:12]
        got = await ask(
            model,
            text,
            answer,
            context=context,
            role=role,
            prompt=f"{prompt}/{version}",
            repairs=self.repairs,
            check=check,
            sample=sample,
        )
        self.asked.append(got)
        if got.answer is None:
            raise Rejected(f"the {role}'s answer was not accepted: {'; '.join(got.rounds[-1][:3])}")
        return got.answer
