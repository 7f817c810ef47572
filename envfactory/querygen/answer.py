"""Right closing messages: what the oracle says, and what a supervised row teaches."""

from __future__ import annotations

import re

from envfactory.querygen import words
from envfactory.querygen.query import NAMED, edge_words, refer, said
from envfactory.querygen.story import Move, Referent, Story
from envfactory.rollout.task import Fact

_PAST = {
    "create": "created",
    "update": "updated",
    "replace": "updated",
    "delete": "deleted",
    "move": "moved",
    "clear": "cleared",
}
_MINE = re.compile(r"^my ")
_IRREGULAR = {
    "set": "set",
    "put": "put",
    "send": "sent",
    "get": "got",
    "make": "made",
    "handled": "handled",
    "snapshot": "taken a snapshot of",
}
_KEPT = re.compile(r"\bactions( post)?\b|^private\b")
"""What stands in the names of tools where a service keeps its actions as things (`dropletActions_post`), or tells the
user's own things from public ones (`private_article_publish`)."""
_BEHIND = frozenset({"add", "publish", "update"})
"""Verbs that some services put behind what they are about: `article_authors_add`."""
_LINKS = {"remove": "from", "clear": "from", "reserve": "for", "update": "of"}
"""The word between what was done and the row, where it is not `to`."""


def answer(story: Story, turn: int) -> str:
    """One sentence for each thing the user asked for in a turn."""
    return " ".join(_told(story, move) for move in story.in_turn(turn))


def _action(move: Move) -> str:
    """`locked`, `added the labels to`: what an action's name says was done."""
    own = {*words.noun(move.entity).split(), *words.nouns(move.entity).split()}
    name = re.split(r" (?:to|from) ", _KEPT.sub("", words.split(move.spec.name)))[0]
    verb, *rest = [word for word in name.split() if word not in own] or ["handled"]
    if rest and rest[-1] in _BEHIND and verb not in _BEHIND:
        *rest, verb = verb, *rest
    past = _IRREGULAR.get(verb) or (f"{verb}d" if verb.endswith("e") else f"{verb}ed")
    return f"{past} the {' '.join(rest)} {_LINKS.get(verb, 'to')}" if rest else past


def _told(story: Story, move: Move) -> str:
    noun = words.noun(move.entity)
    if move.question:
        return _fact(move, story)
    subject = move.created or move.target or move.scope
    named = f"the {noun}"
    if subject and subject.label:
        named = _called(subject, story) or f'the {words.noun_for(subject.entity, subject.item)} "{subject.label}"'
    verb = _PAST.get(move.spec.effect) or _action(move)
    details = [
        f"{words.field_words(value.attribute) if value.attribute else words.split(value.parameter.name)}: "
        f"{said(value, story.now)}"
        for value in move.values
        if value.parameter.field != move.entity.label or move.spec.effect != "create"
    ]
    more = f" ({', '.join(details)})" if details else ""
    return f"I have {verb} {named}{more}."


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
