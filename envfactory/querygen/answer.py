"""Right closing messages: what the oracle says, and what a supervised row teaches."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from envfactory.querygen import words
from envfactory.querygen.query import IMPLICIT, NAMED, Wording, clause, edge_words, nameable, refer
from envfactory.querygen.story import Move, Referent, Story
from envfactory.querygen.verbs import done
from envfactory.rollout.task import Fact

_MINE = re.compile(r"^my ")


class _First(Random):
    """Dice that take the first of everything: an answer is put in the contract's own first words."""

    def choice(self, seq: Any) -> Any:
        return seq[0]


def answer(story: Story, turn: int) -> str:
    """One sentence for each thing the user asked for in a turn."""
    return " ".join(_told(story, move) for move in story.in_turn(turn))


def _told(story: Story, move: Move) -> str:
    if move.question:
        return _fact(move, story)
    number = story.moves.index(move)
    unnamed = {(number, name): IMPLICIT for name, referent in move.referents.items() if not nameable(referent)}
    request = clause(story, number, move, Wording(ways=unnamed), None, _First())
    return f"I have {done(request).rstrip('.')}."


def _quoted(fact: Fact) -> str:
    """The fact as it is told: a name or a text in quotes, a number or a date plain."""
    plain = not isinstance(fact.value, str) or words.as_moment(fact.value) or words.as_day(fact.value)
    return fact.forms[0] if plain else f'"{fact.forms[0]}"'


def _called(subject: Referent, story: Story) -> str:
    """What has no name of its own, as the user speaks of it: `your ride on March 5`; empty for what has one."""
    if not subject.entity.called:
        return ""
    return _MINE.sub("your ", refer(subject, NAMED, now=story.now))


def _fact(move: Move, story: Story) -> str:
    forms = [_quoted(fact) for fact in move.facts]
    kind, _, name = move.question.partition(":")
    if kind == "field":
        target = move.target
        owner = f" of {_called(target, story)}" if target and target.entity.called else ""
        owner = f' of "{target.label}"' if target and target.label and not owner else owner
        return f"The {words.field_words(move.entity.attribute(name))}{owner} is {forms[0]}."
    if kind == "count":
        one = move.facts[0].value == 1
        return (
            f"There {'is' if one else 'are'} {forms[0]} {words.noun(move.entity) if one else words.nouns(move.entity)}."
        )
    if kind == "names":
        if len(forms) == 1:
            return f"There is one {words.noun(move.entity)}: {forms[0]}."
        return f"The {words.nouns(move.entity)} are {words.listed(forms)}."
    return f"The {words.noun(move.entity)} with the {edge_words(move.entity.attribute(name), kind)} is {forms[0]}."
