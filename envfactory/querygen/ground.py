"""Bind a chain to live rows and run it: what comes out are gold calls that worked, on rows that exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from pydantic import JsonValue

from envfactory.environment.environment import Environment
from envfactory.environment.session import Session, World
from envfactory.environment.spec import EnvSpec, Parameter
from envfactory.graph.chain import Binding, Chain, ChainStep
from envfactory.querygen.ask import ask
from envfactory.querygen.story import Move, Referent, Scenario, Story, Value, parts
from envfactory.querygen.values import invent
from envfactory.rollout.task import GoldCall, state_of


@dataclass(frozen=True)
class _Found:
    """A value in an earlier result, and the item it stands in."""

    value: JsonValue
    path: str
    item: Mapping[str, Any]
    peers: tuple[Mapping[str, Any], ...]


class _Stuck(Exception):
    """This choice of rows leads nowhere; another may."""


def ground(
    chain: Chain, library: Mapping[str, type[Environment]], scenario: Scenario, *, random: Random
) -> Story | None:
    """Run the chain from the scenario's states; None when no sensible binding was found."""
    worlds = [World(library[s.environment], state_of(library[s.environment], s)) for s in scenario.settings]
    session = Session(worlds, seed=scenario.seed)
    story = Story(scenario, worlds[0].state.now)
    try:
        _Grounder(chain, session, story, random).run()
    except _Stuck:
        story.close()
        return None
    finally:
        session.close()
    return story


class _Grounder:
    """One attempt at one chain."""

    def __init__(self, chain: Chain, session: Session, story: Story, random: Random) -> None:
        self.chain = chain
        self.session = session
        self.story = story
        self.random = random
        self.results: list[Any] = []
        self.picked: dict[tuple[object, ...], int] = {}
        self.known: dict[tuple[object, ...], _Found] = {}
        self.turn_of = {place: turn for turn, places in enumerate(chain.turns) for place in places}
        self.feeding = {b.step for step in chain.steps for b in step.bindings.values() if b.step is not None}

    def run(self) -> None:
        for place, step in enumerate(self.chain.steps):
            if self.turn_of[place] == len(self.story.moments):
                self._end_turn()
                self.story.moments.append(self.session.fork())
            self._step(place, step)
        self._end_turn()
        if not self.story.moves or {move.turn for move in self.story.moves} != set(range(self.story.count)):
            raise _Stuck  # a turn in which nothing is asked for

    def _end_turn(self) -> None:
        if self.story.moments:
            self.story.changes.append({name: rows for name, rows in self.session.changes().items() if rows})

    def _step(self, place: int, step: ChainStep) -> None:
        environment, name = parts(step.tool)
        spec = self._spec(environment)
        tool = spec.tool(name)
        arguments: dict[str, JsonValue] = {}
        uses: dict[str, str] = {}
        referents: dict[str, Referent] = {}
        values: list[Value] = []
        for name_, binding in step.bindings.items():
            parameter = tool.parameter(name_)
            if not parameter.entity or parameter.role == "value":
                if binding.step is None:
                    continue  # a wish: chosen below
                found = self._find(binding.step, binding, spec, parameter, referents)
                values.append(Value(parameter, _attribute(spec, tool.entity, parameter), found.value))
            else:
                if binding.step is None:
                    found = self._known(environment, spec, parameter, binding)
                else:
                    found = self._find(binding.step, binding, spec, parameter, referents)
                created = binding.step is not None and self.story.calls[binding.step].writes
                entity = spec.entity(parameter.entity)
                referents[name_] = Referent(environment, entity, found.item, found.value, found.peers, created)
            arguments[name_] = found.value
            if binding.step is not None:
                uses[name_] = f"{binding.step}.{found.path}" if found.path else str(binding.step)
        asked_for = tool.writes or place not in self.feeding
        if asked_for:
            values += self._wish(spec, tool, arguments, referents)
        missing = [p.name for p in tool.parameters if p.required and p.name not in arguments]
        if missing:
            raise _Stuck
        entry = self.session.call(step.tool, arguments)
        if entry.outcome != "ok" or (tool.writes and not entry.changes):
            raise _Stuck
        self.results.append(entry.result)
        self.story.calls.append(GoldCall(tool=step.tool, arguments=arguments, uses=uses, writes=tool.writes))
        self.story.turns.append(self.turn_of[place])
        if asked_for:
            move = Move(
                place,
                self.turn_of[place],
                environment,
                tool,
                spec.entity(tool.entity),
                referents,
                tuple(values),
                entry.result,
            )
            if not tool.writes:
                question = ask(move, now=self.story.now, random=self.random)
                if question is None:
                    raise _Stuck
                move = question
            self.story.moves.append(move)

    def _spec(self, environment: str) -> EnvSpec:
        spec = self.session.environments[environment].spec
        if spec is None:
            raise _Stuck  # a hand-written class without a contract: its tools cannot be put into words
        return spec

    def _known(self, environment: str, spec: EnvSpec, parameter: Parameter, binding: Binding) -> _Found:
        """A row whose key people do say: a repository by its name."""
        place = (environment, parameter.entity, binding.item)
        if place not in self.known:
            entity = spec.entity(parameter.entity)
            rows = self.session.environments[environment].db.find(entity.table)
            taken = {found.value for key, found in self.known.items() if key[:2] == place[:2]}
            rows = [row for row in rows if row[entity.key] not in taken]
            if not rows:
                raise _Stuck
            row = self.random.choice(rows)
            self.known[place] = _Found(row[entity.key], "", row, ())
        return self.known[place]

    def _find(
        self, step: int, binding: Binding, spec: EnvSpec, parameter: Parameter, referents: Mapping[str, Referent]
    ) -> _Found:
        """A value in an earlier result: from the item chosen before, else from one that people can name."""
        if step >= len(self.results):
            raise _Stuck
        path = binding.path
        slot = (step, path.rpartition("*")[0], binding.item)
        trails = path.split(".") if path else []
        candidates = [c for c in _walk(self.results[step], trails, "", None, ()) if _usable(c.value)]
        chosen = self.picked.get(slot)
        if chosen is None:
            others = {n for (*same, _), n in self.picked.items() if tuple(same) == slot[:2]}
            taken = {r.key for r in referents.values() if r.entity.name == parameter.entity}
            good = [
                n
                for n, c in enumerate(candidates)
                if n not in others and c.value not in taken and _nameable(spec, parameter, c)
            ]
            if not good:
                raise _Stuck
            chosen = self.picked[slot] = self.random.choice(good)
        if chosen >= len(candidates):
            raise _Stuck
        return candidates[chosen]

    def _wish(
        self, spec: EnvSpec, tool: Any, arguments: dict[str, JsonValue], referents: Mapping[str, Referent]
    ) -> list[Value]:
        """Choose what the user wants written or looked for."""
        values: list[Value] = []
        role = "value" if tool.writes else "filter"
        open_ = [p for p in tool.parameters if p.name not in arguments and p.role == role]
        label = spec.entity(tool.entity).label
        must = [p for p in open_ if p.required or (tool.effect in {"create", "replace"} and p.field == label)]
        may = [p for p in open_ if p not in must]
        self.random.shuffle(may)
        least = 1 if tool.effect in {"update"} and not must else 0
        wanted = self.random.choice((least, least, 1, 2)) if tool.writes else self.random.choice((0, 0, 1))
        target = next((referents[p.name] for p in tool.parameters if p.role == "key" and p.name in referents), None)
        row = dict(target.item) if target else None
        chosen = 0
        for parameter in [*must, *may]:
            if parameter in may and chosen >= wanted:
                break
            attribute = _attribute(spec, tool.entity, parameter)
            value = invent(parameter, attribute, now=self.story.now, random=self.random, row=row, given=arguments)
            if value is None:
                continue
            arguments[parameter.name] = value
            values.append(Value(parameter, attribute, value))
            chosen += parameter in may
        if least and not values:
            raise _Stuck
        return values


def _attribute(spec: EnvSpec, entity: str, parameter: Parameter) -> Any:
    try:
        return spec.entity(entity).attribute(parameter.field or parameter.name)
    except KeyError:
        return None


def _usable(value: Any) -> bool:
    return isinstance(value, (str, int)) and value != ""


def _nameable(spec: EnvSpec, parameter: Parameter, found: _Found) -> bool:
    """Whether people can tell this item from the others: by a name that no other item of the list has."""
    if not parameter.entity:
        return True
    entity = spec.entity(parameter.entity)
    label = found.item.get(entity.label) if entity.label else None
    if not isinstance(label, str) or not label.strip():
        return False
    return sum(peer.get(entity.label) == label for peer in found.peers) == 0


def _walk(node: Any, steps: Sequence[str], trail: str, item: Any, peers: tuple[Any, ...]) -> Any:
    """The values at a path; `*` stands for any element of a list, whose others are the peers."""
    if not steps:
        yield _Found(node, trail, item if isinstance(item, dict) else {}, peers)  # pyright: ignore
        return
    head, *rest = steps
    here = f"{trail}.{head}" if trail else head
    if head == "*" and isinstance(node, list):
        elements: list[Any] = node
        for number, element in enumerate(elements):
            others = tuple(e for n, e in enumerate(elements) if n != number and isinstance(e, dict))
            place = f"{trail}.{number}" if trail else str(number)
            yield from _walk(element, rest, place, element, others)
    elif isinstance(node, dict) and head in node:
        mapping: dict[str, Any] = node
        yield from _walk(mapping[head], rest, here, item if isinstance(item, dict) else mapping, peers)
