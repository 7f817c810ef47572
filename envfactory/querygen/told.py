"""A story and its wording become a task, not yet certified; and what is read over before anything is played."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

from envfactory.environment.environment import Environment
from envfactory.environment.schema import Schema
from envfactory.querygen.answer import answer
from envfactory.querygen.certify import Rejected
from envfactory.querygen.namesakes import unclear
from envfactory.querygen.query import NAMED, OMITTED, Wording, nameable, spoken, write
from envfactory.querygen.story import Story
from envfactory.rollout.task import Act, Task, Turn

LONGEST = 600
"""Characters a user's turn may have."""
_CLAUSE = re.compile(r"^(?:that|who) ")


def told(
    story: Story,
    wording: Wording,
    operators: tuple[str, ...],
    library: Mapping[str, type[Environment]],
    *,
    random: Random,
) -> Task:
    """The task that a story and its wording make, not yet certified."""
    queries = write(story, wording, random=random)
    turns = tuple(
        Turn(
            query=query,
            act=_act(story, turn),
            calls=tuple(call for call, place in zip(story.calls, story.turns, strict=True) if place == turn),
            facts=tuple(fact for move in story.in_turn(turn) for fact in move.facts),
            changes=story.changes[turn],
            answer=answer(story, turn),
        )
        for turn, query in enumerate(queries)
    )
    return Task(
        id="",
        settings=story.scenario.settings,
        seed=story.scenario.seed,
        persona=story.scenario.persona.name,
        turns=turns,
        operators=tuple(o for o in operators if o != "compressed" or wording.pressed),
        exempt=exempt(library, [s.environment for s in story.scenario.settings]),
    ).named()


def _act(story: Story, turn: int) -> Act:
    """What the user does by opening a turn: what is not a request comes first."""
    for move in story.in_turn(turn):
        if move.act != "request":
            return move.act
    return "request"


def exempt(library: Mapping[str, type[Environment]], environments: list[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """The columns that each contract calls volatile, or does not know: the compiler's own, as the order of rows."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for name in environments:
        spec = library[name].spec
        schema = Schema.parse(library[name].schema)
        tables: dict[str, tuple[str, ...]] = {}
        for entity in spec.entities if spec else ():
            promised = {attribute.name for attribute in entity.attributes if not attribute.volatile}
            free = tuple(column for column in schema.tables[entity.table].names if column not in promised)
            if free:
                tables[entity.table] = free
        if tables:
            found[name] = tables
    return found


def faithful(story: Story, wording: Wording, task: Task) -> None:
    """Raise Rejected where the words leave out what gold needs, fit another row as well, or say what the user wants to
    know."""
    for number, move in enumerate(story.moves):
        query = task.turns[move.turn].query.lower()
        for parameter, referent in move.referents.items():
            if not nameable(referent) and wording.way(number, parameter) == NAMED:
                raise Rejected("what was made has no name")
        for value in move.values:
            wish = _CLAUSE.sub("", spoken(value, story.now)).lower()
            own = move.question and spoken(value, story.now).startswith("that I ")  # "which courses do I teach?"
            if wording.way(number, value.parameter.name) != OMITTED and not _has(query, wish) and not own:
                raise Rejected("a wish is not said")
        for fact in move.facts:
            before = " ".join(t.query for t in task.turns[: move.turn + 1]).lower()
            if fact.forms[0].lower() in before and len(fact.forms[0]) > 2:
                raise Rejected("the question says its answer")
    made = [(one.environment, one.entity.name, one.label.casefold()) for move in story.moves if (one := move.created)]
    if len({name for name in made if name[2]}) < sum(bool(name[2]) for name in made):
        raise Rejected("two things are made under one name")
    if next(unclear(story, wording), None) is not None:
        raise Rejected("another row goes by the same name")


def _has(text: str, wish: str) -> bool:
    """Whether a text says a wish; a telegram leaves articles out."""
    return wish in text or wish.replace("the ", "") in text.replace("the ", "")


def readable(task: Task) -> None:
    """Raise Rejected for words no person would write."""
    for turn in task.turns:
        if not 8 <= len(turn.query) <= LONGEST:
            raise Rejected("a turn is too short or too long")
        if "{" in turn.query or "  " in turn.query:
            raise Rejected("a template was left unfilled")
