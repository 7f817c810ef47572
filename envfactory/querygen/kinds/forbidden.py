"""Forbidden: one request is against the rules of the house, or refused by the service itself; the others are done.

Three variants: a rule about what may be done to a kind of thing at all; a rule about rows in some state, which the
agent must look up, while the same is to be done to a row that the rule leaves alone; and a row that the service itself
refuses to act on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue

from envfactory.environment.environment import Environment
from envfactory.environment.spec import Attribute
from envfactory.querygen import words
from envfactory.querygen.certify import Rejected
from envfactory.querygen.kinds.draft import Draft, Recipe
from envfactory.querygen.kinds.recut import apart, made, opened, reworded
from envfactory.querygen.kinds.refusal import (
    call_of,
    declined,
    inserted,
    places,
    plural,
    refused,
    refusing,
    stands_alone,
    turned,
    undone,
)
from envfactory.querygen.kinds.voices import AlsoCalls, turns_that
from envfactory.querygen.policy import Policy
from envfactory.querygen.query import demand, request
from envfactory.querygen.story import Move, Referent, Story
from envfactory.querygen.told import faithful, told
from envfactory.rollout.task import GoldCall, Kind, Task

_API = re.compile(r"(?: Data| Web)? API(?: v\d+)?$")
_MOST = 4
"""Requests that are tried, and rows for each."""
_TOOLS_FIRST = 0.15
"""How often a rule about what may be done at all is preferred; most stories have no room for another."""
_TOUCHING = frozenset({"update", "replace", "move", "delete", "action"})
_FAMILY = {"create": "insert", "update": "update", "replace": "update", "delete": "delete"}
_RULES = {
    "create": (
        ("no new {nouns} may be created until further notice", "creating {nouns} is suspended for the moment"),
        "the rules don't allow new {nouns} for now",
    ),
    "update": (
        ("the details of {nouns} are frozen and must not be changed", "nobody may change {nouns} during the audit"),
        "under the rules here, {nouns} must not be changed at present",
    ),
    "delete": (
        (
            "{nouns} must not be deleted or removed without the owner's written approval",
            "nothing may be deleted among the {nouns}",
        ),
        "the rules here don't allow {nouns} to be deleted",
    ),
}
"""By what is done: ways to put the rule, and how an agent explains it."""
_ROWS = ("{} must not be changed, canceled or deleted", "leave {} exactly as they are", "nobody may touch {}")
_MISTAKEN = frozenset({"invalid_arguments", "not_found", "unknown_tool"})


class Forbidden(Recipe):
    """A request that must be declined although there is a tool for it."""

    kind: Kind = "forbidden"

    def recast(self, draft: Draft) -> Task:
        """The task with a rule that one request breaks; raises Rejected when its story gives no occasion."""
        writes = [number for number, move in enumerate(draft.story.moves) if stands_alone(move)]
        draft.random.shuffle(writes)
        variants = [_row_rule, _refusal, _tool_rule]
        if draft.random.random() < _TOOLS_FIRST:
            variants = [_tool_rule, _row_rule, _refusal]
        for variant in variants:
            for number in writes[:_MOST]:
                try:
                    return variant(draft, number)
                except Rejected:
                    continue
        raise Rejected("nothing here is worth a rule")

    def policies(self, task: Task) -> Iterator[Policy]:
        """What all declining is tried with; where no rule forbids it, trying it and saying so passes."""
        yield from refusing(task, anyway=bool(task.rules))
        if not task.rules:
            turn = turns_that(task, "decline")[0]
            call = call_of(task, turn)
            tried = [call] if call is not None else []
            yield Policy("tries it and says that it was refused", lambda t: AlsoCalls(t, tried, turn=turn), passes=True)


# A rule about what may be done at all ---------------------------------------------------------------------------------


def _tool_rule(draft: Draft, number: int) -> Task:
    story, origin = apart(draft.story, number, draft.library)
    move = story.moves[number]
    family = _FAMILY.get(move.spec.effect)
    if family is None:
        raise Rejected("no rule for such a request")
    wording = reworded(draft.wording, origin, story)
    task = told(story, wording, draft.task.operators, draft.library, random=draft.random)
    faithful(story, wording, task)
    turn = move.turn
    rest = undone(task, turn, draft.library)
    if not any(call.writes or one.facts for one in rest for call in one.calls):
        raise Rejected("nothing is left to do")
    if any(change.table == move.entity.table and change.op == family for change in _changes(draft, move, rest)):
        raise Rejected("the rest is against the rule, too")
    if any(_FAMILY.get(m.spec.effect) == family and m.entity.name == move.entity.name for m in _beside(story, move)):
        raise Rejected("the rest is against the rule, too")  # a row that is kept and marked as deleted is deleted
    effect = "update" if move.spec.effect == "replace" else move.spec.effect
    nouns = plural(move.entity)
    sentences, reason = _RULES[effect]
    rule, why = draft.random.choice(sentences).format(nouns=_theirs(nouns)), reason.format(nouns=turned(nouns))
    title = _title(draft, move)
    answer = refused(demand(story, move, random=draft.random), why, draft.random)
    before = rest[turn - 1].changes if turn else {}
    call = story.calls[move.place].model_copy(update={"uses": {}})
    turns = (*rest[:turn], declined(task.turns[turn].query, answer, call=call, changes=before), *rest[turn + 1 :])
    update = {"turns": turns, "rules": (f"In {title}, {rule}.",), "kind": "forbidden"}
    return task.model_copy(update=update).named()


def _beside(story: Story, move: Move) -> list[Move]:
    return [other for other in story.moves if other is not move and other.environment == move.environment]


def _changes(draft: Draft, move: Move, turns: Any) -> list[Any]:
    """All row changes that these turns' calls make, one after the other, in the environment of the move."""
    with opened(draft.story, draft.library) as session:
        results: dict[int, Any] = {}
        found: list[Any] = []
        for turn in turns:
            for call in turn.calls:
                made(session, len(results), call, results)
                if call.tool.startswith(f"{move.environment}__"):
                    found += session.log[-1].changes
        return found


# A rule about rows in some state, and what the service refuses --------------------------------------------------------


@dataclass(frozen=True)
class _Other:
    """The same request about another row."""

    move: Move
    call: GoldCall
    row: Referent
    place: int
    """Before which turn it is asked for."""
    outcome: str
    code: str


def _others(draft: Draft, number: int) -> Iterator[_Other]:
    """The move on other rows of the list its own stands in, tried where the turns before were played."""
    story, move = draft.story, draft.story.moves[number]
    keys = [name for name in move.referents if move.spec.parameter(name).role == "key"]
    named = any(value.parameter.field == move.entity.label for value in move.values)
    if move.spec.effect not in _TOUCHING or len(keys) != 1 or named:
        return
    key, call = keys[0], story.calls[move.place]
    target = move.referents[key]
    free = [use for use in call.uses if use != key and move.spec.parameter(use.partition(".")[0]).role != "scope"]
    if free or key not in call.uses or isinstance(call.arguments[key], (list, dict)):
        return
    where = [place for place in places(story, draft.wording) if place in (move.turn, move.turn + 1)]
    labels = [item.get(target.entity.label) for item in (target.item, *target.peers)]
    peers = [p for p in target.peers if isinstance(p.get(target.entity.label), str)]
    peers = [p for p in peers if labels.count(p[target.entity.label]) == 1 and p.get(target.entity.key) is not None]
    if not where or not peers:
        return
    place = draft.random.choice(where)
    with opened(story, draft.library) as session:
        results: dict[int, Any] = {}
        for made_before, turn in enumerate(story.turns):
            if turn < place:
                made(session, made_before, story.calls[made_before], results)
        for peer in draft.random.sample(peers, min(_MOST, len(peers))):
            arguments: dict[str, JsonValue] = {**call.arguments, key: peer[target.entity.key]}
            row = replace(target, item=peer, key=peer[target.entity.key])
            other = replace(move, referents={**move.referents, key: row})
            with session.fork() as fork:
                entry = fork.call(call.tool, arguments)
            if entry.outcome == "ok" and not entry.changes:
                continue
            code = str(_error(entry.result).get("code", ""))
            made_call = GoldCall(tool=call.tool, arguments=arguments, writes=True)
            yield _Other(other, made_call, row, place, entry.outcome, code)


def _error(result: Any) -> dict[str, Any]:
    error = result.get("error") if isinstance(result, dict) else None  # pyright: ignore
    return error if isinstance(error, dict) else {}  # pyright: ignore


def _row_rule(draft: Draft, number: int) -> Task:
    for other in _others(draft, number):
        if other.outcome != "ok":
            continue
        target = draft.story.moves[number].target
        assert target is not None  # it has a key
        attributes = [a for a in target.entity.attributes if _tells(a)]
        draft.random.shuffle(attributes)
        for attribute in attributes:
            told_rule = _condition(draft.story, attribute, target.item, other.row.item)
            if told_rule is None or not _keeps(draft, number, other, told_rule[1]):
                continue
            nouns = f"{plural(target.entity)} whose {told_rule[0]}"
            rule = f"In {_title(draft, other.move)}, {draft.random.choice(_ROWS).format(_theirs(nouns))}."
            return _with(draft, other, f"the rules say that {turned(nouns)} must be left alone", (rule,))
    raise Rejected("no rule tells these rows apart")


def _refusal(draft: Draft, number: int) -> Task:
    for other in _others(draft, number):
        if other.outcome == "refused" and other.code not in _MISTAKEN:
            noun = words.noun_for(other.row.entity, other.row.item)
            why = f"{_title(draft, other.move)} doesn't allow that for this {noun} in its present state"
            return _with(draft, other, why, ())
    raise Rejected("the service refuses nothing of the kind")


def _with(draft: Draft, other: _Other, why: str, rules: tuple[str, ...]) -> Task:
    clause = demand(draft.story, other.move, random=draft.random)
    query = request(clause, draft.story.scenario.persona, random=draft.random)
    if query in {turn.query for turn in draft.task.turns}:
        raise Rejected("two requests read the same")
    changes = draft.task.turns[other.place - 1].changes if other.place else {}
    turn = declined(query, refused(clause, why, draft.random), call=other.call, changes=changes)
    turns = inserted(draft.task, other.place, turn)
    return draft.task.model_copy(update={"turns": turns, "rules": rules, "kind": "forbidden"}).named()


def _tells(attribute: Attribute) -> bool:
    """Whether a rule may go by this attribute: a state of few values, or a day."""
    if attribute.internal or attribute.volatile or attribute.entity:
        return False
    few = attribute.type == "string" and (attribute.enum or attribute.says) and attribute.format == ""
    return bool(few) or attribute.format in {"date", "date-time"}


def _condition(
    story: Story, attribute: Attribute, kept: Any, barred: Any
) -> tuple[str, Callable[[Any], bool | None]] | None:
    """A condition that the barred row meets and the other does not, in words and as a test; None for an unknown row."""
    name, field = attribute.name, words.field_words(attribute)
    one, two = kept.get(name), barred.get(name)
    if not isinstance(one, str) or not isinstance(two, str) or one == two or not one or not two:
        return None
    day, limit = words.as_moment(two) or words.as_day(two), words.as_moment(one) or words.as_day(one)
    if attribute.format not in {"date", "date-time"}:
        said = attribute.says.get(two, two)
        return f'{field} is "{said}"', lambda row: row[name] == two if isinstance(row.get(name), str) else None
    if day is None or limit is None or two[:10] == one[:10]:
        return None
    edge, early = one[:10], two[:10] < one[:10]
    word = "before" if early else "after"

    def meets(row: Any) -> bool | None:
        value = row.get(name)
        if not isinstance(value, str):
            return None
        return value[:10] < edge if early else value[:10] > edge

    return f"{field} is {word} {words.say(edge, story.now)}", meets


def _keeps(draft: Draft, number: int, other: _Other, meets: Callable[[Any], bool | None]) -> bool:
    """Whether gold keeps the rule: of the rows it changes, none is known to meet it, and each is known."""
    target = draft.story.moves[number].target
    assert target is not None
    rows = {str(item.get(target.entity.key)): item for item in (target.item, *target.peers)}
    for move in draft.story.moves:
        for referent in move.referents.values():
            if referent.entity.name == target.entity.name and referent.environment == target.environment:
                rows.setdefault(str(referent.key), referent.item)
    made_here = {str(m.created.key) for m in draft.story.moves if m.created is not None}
    for change in _changes(draft, draft.story.moves[number], draft.task.turns):
        if change.table != target.entity.table or change.op == "insert":
            continue
        key = str(change.key[-1])
        if key in made_here or meets(rows.get(key, {})) is not False:
            return False
    return True


def _title(draft: Draft, move: Move) -> str:
    cls: type[Environment] = draft.library[move.environment]
    return _API.sub("", cls.spec.title) if cls.spec is not None else move.environment


def _theirs(nouns: str) -> str:
    """What the user calls theirs, in a rule that the agent is told."""
    return re.sub(r"\bmy\b", "the user's", nouns)
