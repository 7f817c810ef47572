"""Questions and what answers them, as people put them: `how many emails mention "Ada"?`, `which courses do I teach?`.

A contract says how each filter and each place of a list is said (`labelled {}`, `that mention {}`, `in {}`). Here these
pieces get their place in a sentence: what describes the things stands beside them, a clause becomes the verb of the
question, who has them becomes its subject.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from envfactory.environment.spec import Parameter
from envfactory.querygen import words
from envfactory.querygen.story import Move

_TAIL = re.compile(r"^(\S+(?: \S+)*?) ((?:in|on|of|from|for|at|with|that|I|we)\b .*)$")
_DESCRIBES = re.compile(r"^(?:of|with|due|born|about|called|tagged|made|\w+ed)\b")
_CLAUSE = re.compile(r"^(?:that|who|which|where)\b")
_OWN = re.compile(r"^that I (?:(have|had|can|could|am|will)\b )?(.*)$")
_WHERE = re.compile(r"^ where (\{\w+\}) (is|was|are|were) (.*)$")
_SINGULAR = {"are": "is", "have": "has", "were": "was", "do": "does"}


@dataclass(frozen=True)
class Group:
    """What a list is of, in pieces; holes in braces are still to be filled."""

    one: str
    many: str
    """With what belongs to the word itself: `channels I follow`."""
    near: str = ""
    """What describes them: ` labelled {q}`."""
    where: str = ""
    """The place they are in, the time and all else that comes after the verb: ` in {calendarId}`."""
    clause: str = ""
    """What they do or are: `are disabled`, `mention {query}`."""
    mine: str = ""
    """What who asks does with them, as a question puts it: `do I teach`."""
    other: str = ""
    """A clause of another kind: ` where I am a collaborator`."""
    holder: str = ""
    """Who or what has them: `{patient}`."""
    wide: bool = False
    """Whether there could be a place or an owner, and none is said: then all there are are meant."""
    held: str = ""
    """The same as a description: ` for {patient}`."""

    @property
    def whole(self) -> bool:
        """Whether nothing narrows it down."""
        return not (self.near or self.where or self.clause or self.mine or self.other or self.holder)


def group(move: Move, texts: Mapping[str, str], phrases: Mapping[str, str]) -> Group:
    """What a move lists; `texts` are the words for each argument that is said, `phrases` how each parameter is said."""
    many, tail = parted(words.nouns(move.entity))
    near: list[str] = []
    where = [tail] if tail and not tail.startswith(("I ", "we ", "that ")) else []
    clauses: list[str] = []
    mine: list[str] = []
    other: list[str] = []
    holder = held = ""
    if tail and not where:
        many = f"{many} {tail}"
    for parameter in _ordered(move):
        if parameter.name not in texts:
            continue
        template = phrases[parameter.name].replace("{}", f"{{{parameter.name}}}")
        rendered = phrases[parameter.name].replace("{}", texts[parameter.name])
        own = _OWN.match(rendered)
        if parameter.role in {"scope", "reference"}:
            if re.match(r"^(of|for) \{\w+\}$", template) and not holder:
                holder, held = f"{{{parameter.name}}}", f" {template}"
            elif _DESCRIBES.match(template):
                near.append(template)
            else:
                (other if _CLAUSE.match(template) else where).append(template)
        elif own and not (clauses or mine):
            mine.append(f"{own[1] or 'do'} I {own[2]}")
        elif re.match(r"^(?:that|who) (?!I\b|we\b|you\b)", rendered) and not mine:
            clauses.append(rendered.partition(" ")[2])
        elif _CLAUSE.match(rendered):
            other.append(rendered)
        elif _DESCRIBES.match(rendered) and "," not in rendered:
            near.append(template)
        else:
            where.append(template)
    return Group(
        words.noun(move.entity),
        many,
        _spaced(near),
        _spaced(where),
        " and ".join(clauses),
        mine[0] if mine else "",
        _spaced(other),
        holder,
        wide=any(p.entity and p.role in {"scope", "reference"} and p.name not in texts for p in move.spec.parameters),
        held=held,
    )


def _ordered(move: Move) -> list[Parameter]:
    """Places from the innermost to the outermost, then rows referred to, then conditions."""
    parameters = [p for p in move.spec.parameters if p.role == "scope"]
    parameters += [p for p in move.spec.parameters if p.role == "reference" and p.phrase]
    said = {value.parameter.name for value in move.values}
    return [*parameters, *(p for p in move.spec.parameters if p.name in said)]


def parted(noun: str) -> tuple[str, str]:
    """`entries in your memory` as `entries` and `in your memory`."""
    found = _TAIL.match(noun)
    return (found[1], found[2]) if found else (noun, "")


def _spaced(pieces: list[str]) -> str:
    return "".join(f" {piece}" for piece in pieces)


def counting(listed: Group, asked: str, have: str) -> str:
    """`how many` or `which` of a group there are; `have` is how that is put where nothing narrows the group down."""
    start = f"{asked} {listed.many}{listed.near}"
    place = _WHERE.match(listed.other)
    if place and asked != "how many" and not (listed.near or listed.where or listed.holder):
        return f"where {place[2]} {place[1]} {place[3]}?"
    if listed.clause:
        return f"{start}{listed.held}{listed.where}{listed.other} {listed.clause}?"
    if listed.mine:
        return f"{start}{listed.held}{listed.where}{listed.other} {listed.mine}?"
    if listed.holder:
        return f"{start} does {listed.holder} have{listed.where}{listed.other}?"
    in_all = " in all" if listed.whole and listed.wide and asked == "how many" else ""
    return f"{start} {have if listed.whole else 'are there'}{listed.where}{listed.other}{in_all}?"


def comparing(listed: Group, edge: str) -> str:
    """Which of a group has the highest or lowest something."""
    of = listed.held
    several = listed.many.startswith(f"{listed.one}s ") or parted(listed.one)[1]
    if listed.clause:
        return f"of the {listed.many}{listed.near}{of}{listed.where}{listed.other} that {listed.clause}, " + (
            f"which one has the {edge}?"
        )
    mine = ""
    if listed.mine:
        verb, _, rest = listed.mine.partition(" I ")
        mine = f" that I {rest if verb == 'do' else f'{verb} {rest}'}"
    subject = f"of the {listed.many}" if several else listed.one
    if listed.whole and listed.wide:
        subject = f"of all the {listed.many}"
    return f"which {subject}{listed.near}{mine}{of}{listed.where}{listed.other} has the {edge}?"


def described(listed: Group, *, one: bool = False) -> str:
    """The group as an answer speaks of it: `emails labelled "Travel" that you have not read yet`, without who has
    them."""
    clause = f" that {_one_does(listed.clause) if one else listed.clause}" if listed.clause else ""
    if one and re.search(r"^ that is .*[a-z]s$", clause):
        clause = ""  # "one that is still drafts"
    mine = ""
    if listed.mine:
        verb, _, rest = listed.mine.partition(" I ")
        mine = f" that I {rest if verb == 'do' else f'{verb} {rest}'}"
    return f"{listed.one if one else listed.many}{listed.near}{listed.where}{mine}{listed.other}{clause}"


def _one_does(clause: str) -> str:
    """`are disabled` as `is disabled`, `mention "Ada"` as `mentions "Ada"`."""
    verb, space, rest = clause.partition(" ")
    return f"{_SINGULAR.get(verb, f'{verb}s')}{space}{rest}"


def asking(field: str, subject: str, *, person: bool, short: bool = False) -> str:
    """A question about a field of a row: `what is the price of {id}?`, `how many rooms does {id} have?`."""
    if field.startswith("number of "):
        return f"how many {field.removeprefix('number of ')} does {subject} have?" if subject else f"how many {field}?"
    is_ = "what's" if short else "what is"
    if not subject:
        return f"{is_} the {field}?"
    if person and "'s " not in field:
        return f"{is_} {subject}'s {field}?"
    preposition = "for" if "'s " in field else "of"
    return f"{is_} the {field} {preposition} {subject}?"
