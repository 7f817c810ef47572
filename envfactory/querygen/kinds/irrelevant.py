"""Irrelevant: one request is for something that no visible tool is for; the others are done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from envfactory.environment.environment import Environment
from envfactory.environment.spec import Entity, EnvSpec, ToolSpec
from envfactory.querygen import words
from envfactory.querygen.certify import Rejected
from envfactory.querygen.kinds.draft import Draft, Recipe
from envfactory.querygen.kinds.refusal import declined, inserted, places, plural, refused, refusing
from envfactory.querygen.policy import Policy
from envfactory.querygen.query import demand, request
from envfactory.querygen.questions import parted
from envfactory.querygen.story import Move, Referent, Value
from envfactory.querygen.values import invent
from envfactory.rollout.task import Kind, Task

_HOLE = re.compile(r"\{(\w+)\}")
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_TRIES = 12


class Irrelevant(Recipe):
    """A request from another service's world stands among the others; the agent must say that it cannot do it."""

    kind: Kind = "irrelevant"

    def possible(self, library: Mapping[str, type[Environment]]) -> bool:
        """One must be there that a task is not about."""
        return len(library) > 1

    def recast(self, draft: Draft) -> Task:
        """The task with one request more that nothing here is for; raises Rejected when none can be said."""
        clause, nouns = _foreign(draft)
        persona = draft.story.scenario.persona
        place = draft.random.choice(places(draft.story, draft.wording))
        answer = refused(clause, f"I have no tools for {nouns}", draft.random)
        changes = draft.task.turns[place - 1].changes if place else {}
        turn = declined(request(clause, persona, random=draft.random), answer, call=None, changes=changes)
        turns = inserted(draft.task, place, turn)
        return draft.task.model_copy(update={"turns": turns, "kind": "irrelevant"}).named()

    def policies(self, task: Task) -> Iterator[Policy]:
        """What all declining is tried with."""
        yield from refusing(task, anyway=False)


def _foreign(draft: Draft) -> tuple[str, str]:
    """An imperative clause for a tool of an environment that is not in the session, and what it is about."""
    here = [draft.library[s.environment].spec for s in draft.story.scenario.settings]
    domains = {spec.domain for spec in here if spec is not None}
    known = {word for spec in here if spec is not None for word in _vocabulary(spec)}
    names = [n for n, cls in sorted(draft.library.items()) if cls.spec is not None and cls.spec.domain not in domains]
    for _ in range(_TRIES if names else 0):
        cls = draft.library[draft.random.choice(names)]
        spec = cls.spec
        assert spec is not None
        tool = draft.random.choice([t for t in spec.tools if t.writes and t.phrases] or [None])
        if tool is None:
            continue
        entity = spec.entity(tool.entity)
        if known & {*_own(entity), *words.split(tool.name).split()}:
            continue
        if move := _imagined(draft, cls, spec, tool, entity):
            clause = demand(draft.story, move, random=draft.random)
            if not known & set(re.findall(r"[a-z]+", re.sub(r'"[^"]*"', "", clause))) and len(clause) < 160:
                return clause, parted(plural(entity))[0]
    raise Rejected("nothing foreign can be asked for")


def _vocabulary(spec: EnvSpec) -> set[str]:
    """The words for everything that an environment keeps."""
    return {word for entity in spec.entities for word in _own(entity)}


def _own(entity: Entity) -> set[str]:
    phrases = [*entity.words, words.split(entity.name), words.nouns(entity), words.noun(entity)]
    single = {word for phrase in phrases for word in phrase.split() if len(word) > 2}
    return single | {word.removesuffix("s") for word in single} | {f"{word}s" for word in single}


def _imagined(draft: Draft, cls: type[Environment], spec: EnvSpec, tool: ToolSpec, entity: Entity) -> Move | None:
    """The tool as somebody would ask for it: rows of the first curated state by their names, wishes invented."""
    holes = {hole for phrase in tool.phrases[:1] for hole in _HOLE.findall(_BRACKETS.sub("", phrase))}
    wanted = [p for p in tool.parameters if p.name in holes or p.required]
    rows = cls.state(sorted(cls.states)[0]).rows
    referents: dict[str, Referent] = {}
    values: list[Value] = []
    for parameter in wanted:
        if parameter.entity and parameter.role != "value":
            other = spec.entity(parameter.entity)
            named = [row for row in rows.get(other.table, []) if isinstance(row.get(other.label), str)]
            if not named or other.called or parameter.type == "array":
                return None
            row = draft.random.choice(named)
            referents[parameter.name] = Referent("", other, row, row[other.key])
        elif parameter.role == "value":
            value = _value(entity, parameter.name, tool, draft, values)
            if value is None:
                return None
            values.append(value)
    return Move(0, 0, "", tool, entity, referents, tuple(values), None)


def _value(entity: Entity, name: str, tool: ToolSpec, draft: Draft, before: list[Value]) -> Value | None:
    parameter = tool.parameter(name)
    attribute = next((a for a in entity.attributes if a.name == (parameter.field or name)), None)
    given = {value.parameter.name: value.value for value in before}
    found = invent(parameter, attribute, now=draft.story.now, random=draft.random, given=given)
    return None if found is None else Value(parameter, attribute, found)
