"""Right closing messages: what the oracle says, and what a supervised row teaches."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from envfactory.querygen import questions, words
from envfactory.querygen.ask import answered
from envfactory.querygen.manners import capital, stopped
from envfactory.querygen.query import (
    IMPLICIT,
    NAMED,
    OMITTED,
    Wording,
    clause,
    edge_words,
    fill,
    grouped,
    nameable,
    refer,
    said,
)
from envfactory.querygen.refine import only_one
from envfactory.querygen.story import Move, Referent, Story
from envfactory.querygen.verbs import done, turned
from envfactory.rollout.task import Fact

_CAUSES = frozenset({"get", "have", "let", "see", "warn"})
"""Verbs of phrases that say what is to come of it, not what is done: `warn us when ...`."""
_SHORT = 90
"""Clauses no longer than this are told in one sentence."""
_NAME = re.compile(r'^([^"]*)("[^"]*")([^"]*)$')
_PLAIN = re.compile(r"^\S+$")
_ENDS = re.compile(r"[.!?]$")


class _First(Random):
    """Dice that take the first of everything: an answer is put in the contract's own first words for what is done."""

    def choice(self, seq: Any) -> Any:
        return next((one for one in seq if str(one).partition(" ")[0] not in _CAUSES), seq[0])


def answer(story: Story, turn: int) -> str:
    """What was done and what was found in a turn, in the order in which the user asked for it."""
    told: list[str] = []
    deeds: list[str] = []
    for move in story.in_turn(turn):
        if not move.question:
            deeds.append(_deed(story, move))
            continue
        told += _done(deeds, again=bool(told))
        deeds = []
        several = sum(other.question == move.question for other in story.in_turn(turn)) > 1
        told.append(capital(stopped(_fact(move, story, several=several))))
    return " ".join([*told, *_done(deeds, again=bool(told))])


def _done(deeds: list[str], *, again: bool) -> list[str]:
    """What was done, in one sentence where it is short enough."""
    deeds = _alike(deeds)
    if len(deeds) in {2, 3} and all(len(deed) <= _SHORT and not re.search(r",| and ", deed) for deed in deeds):
        deeds = [words.listed(deeds)]
    leads = ["I've also" if number or again else "I've" for number in range(len(deeds))]
    if len(deeds) > 2:
        leads[-1] = "And I've"
    return [stopped(f"{lead} {deed}") for lead, deed in zip(leads, deeds, strict=True)]


def _alike(deeds: list[str]) -> list[str]:
    """The deeds, with those that differ in one name told as one: `deleted the lists "A", "B" and "C"`."""
    told: list[str] = []
    group: list[tuple[str, str, str]] = []
    for deed in [*deeds, ""]:
        parted = _NAME.match(deed)
        pieces = (parted[1], parted[2], parted[3]) if parted and not re.search(r"\bits?\b", deed) else ("", "", deed)
        if group and (not pieces[1] or (pieces[0], pieces[2]) != (group[0][0], group[0][2])):
            names = [name for _, name, _ in group]
            start, end = group[0][0], group[0][2]
            if len(names) > 1:
                start = re.sub(r"\b(the [a-z ]*[a-z]) $", r"\1s ", start)
                start = re.sub(r"\ban? ((?:[\w-]+ )*)(\w+) (called|named) $", r"\1\2s \3 ", start)
                end = re.sub(r"^ as an? (\w+)\b", r" as \1s", end)
            told.append(f"{start}{words.listed(names)}{end}")
            group = []
        if pieces[1]:
            group.append(pieces)
        elif deed:
            told.append(deed)
    return told


def _deed(story: Story, move: Move) -> str:
    number = story.moves.index(move)
    ways = {(number, name): IMPLICIT for name, referent in move.referents.items() if not nameable(referent)}
    for name, referent in move.referents.items():
        if move.spec.parameter(name).role == "scope" and only_one(story, move, referent):
            ways[(number, name)] = OMITTED
    return done(clause(story, number, move, Wording(ways=ways), None, _First())).rstrip(".")


def _quoted(fact: Fact, *, name: bool) -> str:
    """The fact as it is told: a text in quotes, as is a `name`; a number, a date, an address or a code plain."""
    text = fact.forms[0]
    if not isinstance(fact.value, str) or words.as_moment(fact.value) or words.as_day(fact.value):
        return text
    if name:
        return f'"{text}"'
    return text if _PLAIN.match(text) or (len(text) < 30 and not _ENDS.search(text)) else f'"{text}"'


def _called(subject: Referent, story: Story) -> str:
    """A row as an answer speaks of it: `your ride on March 5`, `the list "Home"`; empty for what has no name."""
    return turned(refer(subject, NAMED, now=story.now)) if nameable(subject) else ""


def _named(move: Move, story: Story) -> list[str]:
    """The rows that answer a question, each by its name, or as people speak of it."""
    rows = {referent.label: referent for referent in answered(move)}
    told: list[str] = []
    for fact in move.facts:
        referent = rows.get(fact.value) if isinstance(fact.value, str) else None
        own = _called(referent, story) if referent is not None and referent.entity.called else ""
        dated = isinstance(fact.value, str) and words.as_moment(fact.value) is not None
        plain = _quoted(fact, name=not (referent is not None and referent.entity.person))
        told.append(own if fact.forms[0] in own else f"the one on {plain}" if dated else plain)
    return told


def _fact(move: Move, story: Story, *, several: bool) -> str:
    """The answer to a question; of `several` alike, each says what it is about."""
    kind, _, name = move.question.partition(":")
    if kind == "field":
        asked = words.field_words(move.entity.attribute(name))
        owner = _called(move.target, story) if move.target else ""
        told = _quoted(move.facts[0], name=False)
        if owner and asked.startswith("number of "):
            return f"{owner} has {told} {asked.removeprefix('number of ')}"
        return f"the {asked}{' of ' if owner else ''}{owner} is {told}"
    texts = {value.parameter.name: said(value, story.now) for value in move.values}
    texts |= {
        parameter: refer(referent, NAMED, now=story.now)
        for parameter, referent in move.referents.items()
        if nameable(referent)
        and not (move.spec.parameter(parameter).role == "scope" and only_one(story, move, referent))
    }
    group = grouped(move, texts)

    def things(*, one: bool) -> str:
        return turned(fill(questions.described(group, one=one), texts)[0])

    holder = turned(fill(group.holder, texts)[0])
    names = _named(move, story)
    if kind == "count":
        one = move.facts[0].value == 1
        number = "one" if one else move.facts[0].forms[0]
        if holder:
            return f"{holder} has {number} {things(one=one)}"
        return f"there {'is' if one else 'are'} {number} {things(one=one)}"
    if kind == "names":
        if len(names) == 1 and group.other.startswith(" where "):
            return f"the {things(one=True)} is {move.facts[0].forms[0]}"
        if len(names) == 1:
            return f"there is only one {things(one=True)}: {names[0]}"
        return f"the {things(one=False)} are {words.listed(names)}"
    noun = turned(words.noun(move.entity))
    if several:
        place = turned(fill(group.held + group.where, texts)[0])
        return f"the {noun} with the {edge_words(move.entity.attribute(name), kind)}{place} is {names[0]}"
    return f"the {noun} with the {edge_words(move.entity.attribute(name), kind)} is {names[0]}"
