"""Ask a model for an answer of a given shape, and show it its mistakes, a bounded number of times, until it fits.

An answer is a pydantic model. The schema is shown, and sent along for servers that can hold a model to it; but what
comes back is believed only once it has been read and validated here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from envfactory.messages import Message
from envfactory.models.model import Model, Reply, Request, respond
from envfactory.models.parse import NotJson, json_in

Outcome = Literal["accepted", "repaired", "rejected"]
Answer = TypeVar("Answer", bound=BaseModel)

_MOST_PROBLEMS = 20
_FORM = """

Answer with one JSON object and nothing else. It must fit this JSON Schema:

```json
{schema}
```"""
_REPAIR = """Your answer was not accepted:
{problems}

Mend exactly this and send the whole JSON object again, and nothing else."""


@dataclass(frozen=True)
class Asked(Generic[Answer]):
    """What came of asking: the answer, if one was accepted, and how it went."""

    role: str
    answer: Answer | None
    """None when even the last repair was not accepted."""
    rounds: tuple[tuple[str, ...], ...]
    """What was wrong with each answer that was not accepted, in order."""
    replies: tuple[Reply, ...]

    @property
    def outcome(self) -> Outcome:
        """`accepted` at once, `repaired`, or `rejected`."""
        if self.answer is None:
            return "rejected"
        return "repaired" if self.rounds else "accepted"


async def ask(
    model: Model,
    instructions: str,
    answer: type[Answer],
    *,
    context: str | Sequence[Message] = (),
    role: str = "",
    prompt: str = "",
    sample: int = 0,
    repairs: int = 2,
    check: Callable[[Answer], Iterable[str]] | None = None,
) -> Asked[Answer]:
    """The model's answer to `instructions` about `context` as an object of the class `answer`.

    A wrong answer is shown back with its exact problems, at most `repairs` times; those that `check` finds in an answer
    of the right shape count as well. `prompt` is the version of the instructions and `sample` tells apart several
    answers to the same question; both are part of what a reply is kept under. Raises ModelFailed; an answer that is
    never right is no exception but a rejected one.
    """
    schema = plain_schema(answer)
    said = instructions.rstrip() + _FORM.format(schema=json.dumps(schema, indent=1, ensure_ascii=False))
    messages = [Message(role="system", content=said)]
    messages += [Message(role="user", content=context)] if isinstance(context, str) else context
    if messages[-1].role != "user":
        messages.append(Message(role="user", content="Answer now."))  # chat templates want a user's turn last
    rounds: list[tuple[str, ...]] = []
    replies: list[Reply] = []
    while True:
        reply = await respond(model, Request(messages=tuple(messages), form=schema, sample=sample, prompt=prompt))
        replies.append(reply)
        read, problems = read_answer(reply, answer)
        if read is not None and check is not None:
            problems = tuple(check(read))
        if read is not None and not problems:
            return Asked(role, read, tuple(rounds), tuple(replies))
        rounds.append(problems)
        if len(rounds) > repairs:
            return Asked(role, None, tuple(rounds), tuple(replies))
        messages.append(Message(role="assistant", content=reply.message.content))
        messages.append(Message(role="user", content=_REPAIR.format(problems=_listed(problems))))


def read_answer(reply: Reply, answer: type[Answer]) -> tuple[Answer | None, tuple[str, ...]]:
    """The answer a reply holds, or what is wrong with it in words for its writer."""
    cut = ("the answer was cut off at the length limit: write a shorter one",) if reply.finish == "length" else ()
    if not reply.message.content.strip():
        called = [call.name for call in reply.message.tool_calls]
        return None, cut or (f"the answer is {f'a call of {called[0]!r}' if called else 'empty'}, not a JSON object",)
    try:
        value = json_in(reply.message.content)
    except NotJson as error:
        return None, (*cut, str(error))
    if not isinstance(value, dict):
        return None, (f"the answer is {type(value).__name__}, not a JSON object",)
    try:
        return answer.model_validate_json(json.dumps(value)), ()
    except ValidationError as error:
        return None, (*cut, *_problems(error))


def plain_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a class, without the titles that pydantic adds to every field."""
    schema = answer.model_json_schema()

    def bare(node: Any, named: bool = False) -> Any:
        if isinstance(node, list):
            return [bare(item) for item in node]  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(node, dict):
            return node
        fields: dict[str, Any] = node  # pyright: ignore[reportUnknownVariableType]
        return {
            name: bare(value, named=name in {"properties", "$defs"} and not named)
            for name, value in fields.items()
            if named or name != "title" or not isinstance(value, str)
        }

    return {"title": schema.get("title", answer.__name__), **bare(schema)}


@dataclass(frozen=True)
class Tally:
    """How often the answers of one role were accepted at once, repaired, and rejected."""

    accepted: int = 0
    repaired: int = 0
    rejected: int = 0


def tally(asked: Iterable[Asked[Any]]) -> dict[str, Tally]:
    """How asking went, by role."""
    counts: dict[str, dict[str, int]] = {}
    for one in asked:
        counts.setdefault(one.role, {"accepted": 0, "repaired": 0, "rejected": 0})[one.outcome] += 1
    return {role: Tally(**counts[role]) for role in sorted(counts)}


def _problems(error: ValidationError) -> list[str]:
    """One line for each thing that does not fit, with the place and what stands there."""
    found: list[str] = []
    for item in error.errors(include_url=False, include_context=False):
        place = ".".join(map(str, item["loc"]))
        given = "" if item["type"] == "missing" else f" (it is {_short(item['input'])})"
        found.append(f"{place}: {item['msg']}{given}" if place else f"{item['msg']}{given}")
    return found


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _listed(problems: Sequence[str]) -> str:
    lines = [f"- {problem}" for problem in problems[:_MOST_PROBLEMS]]
    more = len(problems) - len(lines)
    return "\n".join([*lines, *([f"- and {more} more like these"] if more else [])])
