"""Writer: what the user says in each turn. The screen reads it over and shows back exactly what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from pydantic import BaseModel, Field

from envfactory.envgen.authors.author import Author
from envfactory.environment.environment import Environment
from envfactory.querygen import words
from envfactory.querygen.brief import Request, relive, valued
from envfactory.querygen.query import NAMED, OMITTED, demand, focus_before, refer, said, spoken
from envfactory.querygen.screen import Screen
from envfactory.querygen.story import Move, Story
from envfactory.querygen.written.scene import Set, free, prompt


class Spoken(BaseModel, frozen=True, extra="forbid"):
    """What the user says."""

    turns: list[str] = Field(description="The user's messages, one for each turn, in order.")


async def speak(author: Author, ready: Set, library: Mapping[str, type[Environment]]) -> list[str]:
    """The user's words, turn by turn; raises `authors.author.Rejected` when the screen accepts none."""
    scene = ready.scene
    screen = Screen(ready.task, library, told=ready.told, story=f"{scene.persona}. {scene.story}")

    def check(answer: Spoken) -> list[str]:
        return [str(problem) for problem in screen.problems(answer.turns)]

    context = shown(ready, library)
    answer = await author.answer("writer", "query", Spoken, context, check=check, text=prompt("query"))
    return answer.turns


def shown(ready: Set, library: Mapping[str, type[Environment]]) -> str:
    """What a writer is shown: no ids, no names of tools."""
    scene, plan = ready.scene, ready.told
    about = f"Who writes: {scene.persona}\nTone: {scene.tone}\nWhat is going on: {scene.story}"
    head = f"It is now {plan.now:%A} {plan.now.day} {plan.now:%B %Y}, {plan.now:%H:%M}."
    return "\n\n".join([head, about, *_turns(ready, library)])


def _turns(ready: Set, library: Mapping[str, type[Environment]]) -> list[str]:
    found: list[str] = []
    story = relive(ready.told, ready.task, library) if free(ready.task, ready.told) else None
    try:
        for number, turn in enumerate(ready.task.turns):
            lines = [f"Turn {number + 1}", f"A plain way to say it: {turn.query}"]
            if story is not None:
                lines.append("What is wanted:")
                for place, move in enumerate(story.moves):
                    if move.turn == number:
                        lines += _wanted(story, place, move, ready.told.requests[place])
            if number + 1 < len(ready.task.turns):
                lines.append(f"The assistant then answers: {turn.answer}")
            found.append("\n".join(lines))
    finally:
        if story is not None:
            story.close()
    return found


def _wanted(story: Story, place: int, move: Move, request: Request) -> list[str]:
    """One request: what it is, how its things are referred to, and what must be said exactly."""
    lines = [f"- {'to know' if move.question else 'to have done'}: {demand(story, move, random=Random(place))}"]
    for name, thing in request.things.items():
        referent = move.referents[name]
        noun = words.noun(referent.entity)
        if thing.way == OMITTED:
            lines.append(f"  - do not say which {noun}")
        elif thing.way != NAMED:
            focus = focus_before(story, place)
            lines.append(f"  - the {noun} is called: {refer(referent, thing.way, focus=focus, now=story.now)}")
    for wish in request.wishes:
        value = valued(wish)
        text = said(value, story.now)
        name = words.field_words(wish.attribute) if wish.attribute else words.split(wish.parameter.name)
        exact = ", exactly so" if text.startswith('"') else ""
        lines.append(f"  - {name}: {text if exact else spoken(value, story.now)}{exact}")
    return lines
