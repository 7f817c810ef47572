"""Bind a chain to live rows and run it: what comes out are gold calls that worked, on rows that exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from pydantic import JsonValue

from envfactory.environment.environment import Environment
from envfactory.environment.session import Session, World
from envfactory.environment.spec import Attribute, EnvSpec, Parameter, ToolSpec
from envfactory.graph.chain import Binding, Chain, ChainStep
from envfactory.messages import as_list, as_object
from envfactory.querygen.acts import Acted, Revision, Unmendable, revised
from envfactory.querygen.ask import answered, ask
from envfactory.querygen.found import Found, around, in_state, tellable, usable, walk
from envfactory.querygen.repeat import repeated
from envfactory.querygen.story import Move, Referent, Scenario, Story, Value, parts, prune
from envfactory.querygen.values import beside, invent, sought
from envfactory.rollout.task import GoldCall, state_of

_TRIES = 5
_ELSEWHERE = 1000
"""The item of a destination: not one of those that the chain counts."""
MOST_TURNS = 3
"""A chain is split further up to this: what one turn made is changed in the next."""
_SPARE = 2
"""Turns by which a longer chain may be split further."""


class Stuck(Exception):
    """This choice of rows leads nowhere; another may. The message says why, in a few words that can be counted."""


class Hopeless(Stuck):
    """No choice of rows can help: the chain itself is nothing a person would ask for."""


def ground(chain: Chain, library: Mapping[str, type[Environment]], scenario: Scenario, *, random: Random) -> Story:
    """Run the chain from the scenario's states; raises Stuck when this choice of rows does not work out."""
    worlds = [World(library[s.environment], state_of(library[s.environment], s)) for s in scenario.settings]
    session = Session(worlds, seed=scenario.seed)
    story = Story(scenario, worlds[0].state.now)
    try:
        _Grounder(chain, session, story, random).run()
    except Stuck:
        story.close()
        raise
    finally:
        session.close()
    return story


@dataclass
class _Bound:
    """The arguments of one call, and where they come from."""

    arguments: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    uses: dict[str, str] = field(default_factory=dict[str, str])
    referents: dict[str, Referent] = field(default_factory=dict[str, Referent])
    values: list[Value] = field(default_factory=list[Value])
    instead: Value | None = None


class _Grounder:
    """One attempt at one chain."""

    def __init__(self, chain: Chain, session: Session, story: Story, random: Random) -> None:
        self.chain = chain
        self.session = session
        self.story = story
        self.random = random
        self.results: list[Any] = []
        self.picked: dict[tuple[object, ...], int] = {}
        self.known: dict[tuple[object, ...], Found] = {}
        self.turn_of = {place: turn for turn, places in enumerate(chain.turns) for place in places}
        turns = len(chain.turns)
        most = MOST_TURNS if turns <= MOST_TURNS else turns + _SPARE
        self.most_turns = most + isinstance(chain, Acted)
        self.revisions = chain.revisions if isinstance(chain, Acted) else dict[int, Revision]()
        self.feeding = {b.step for step in chain.steps for b in step.bindings.values() if b.step is not None}

    def run(self) -> None:
        for place, step in enumerate(self.chain.steps):
            if self.turn_of[place] == len(self.story.moments):
                self._begin_turn()
            self._step(place, step)
        self._end_turn()
        prune(self.story)
        if not self.story.moves or {move.turn for move in self.story.moves} != set(range(self.story.count)):
            raise Stuck("a turn asks for nothing")

    def _begin_turn(self) -> None:
        self._end_turn()
        self.story.moments.append(self.session.fork())

    def _end_turn(self) -> None:
        if self.story.moments:
            self.story.changes.append({name: rows for name, rows in self.session.changes().items() if rows})

    def _step(self, place: int, step: ChainStep) -> None:
        """Bind and make one call; other rows are tried while the call is refused, changes nothing, or leads nowhere."""
        picked, known = dict(self.picked), dict(self.known)
        for attempt in range(_TRIES):
            try:
                self._try(place, step)
                return
            except Hopeless:
                raise
            except Stuck:
                if attempt == _TRIES - 1:
                    raise
                self.picked, self.known = dict(picked), dict(known)

    def _try(self, place: int, step: ChainStep) -> None:
        environment, name = parts(step.tool)
        spec = self._spec(environment)
        tool = spec.tool(name)
        revision = self.revisions.get(place)
        bound = self._bind(step, environment, spec, tool) if revision is None else self._mend(revision, tool)
        closing = not tool.writes and place in self.feeding and self._closes(place)
        asked_for = tool.writes or place not in self.feeding or closing
        if asked_for and revision is None:
            self._natural(place, tool, bound.referents)
            bound.values += self._wish(spec, tool, bound.arguments, bound.referents)
            bound.values += _tacit(spec, tool, bound.arguments)
        elif revision is None:
            rows = self.session.environments[environment].db.find(spec.entity(tool.entity).table)
            bound.arguments |= sought(spec, tool, bound.arguments, rows, random=self.random)
        for told, (value, use) in repeated(spec, tool, bound.arguments, self.story.calls, self.results).items():
            bound.arguments[told], bound.uses[told] = value, use
        missing = [p.name for p in tool.parameters if p.required and p.name not in bound.arguments]
        if missing:
            raise Hopeless(f"nothing to say for {missing[0]} of {step.tool}")
        entry = self.session.call(step.tool, bound.arguments)
        if entry.outcome != "ok":
            raise Stuck(f"{step.tool} is refused")
        if tool.writes and not entry.changes:
            raise Stuck(f"{step.tool} changes nothing")
        move = Move(
            place,
            self.turn_of[place],
            environment,
            tool,
            spec.entity(tool.entity),
            bound.referents,
            tuple(bound.values),
            entry.result,
            act="request" if revision is None else revision.act,
            instead=bound.instead,
        )
        if not tool.writes and asked_for:
            question = ask(move, now=self.story.now, random=self.random)
            for _ in range(_TRIES if closing else 0):
                if question is None or answered(question) or tool.returns == "one":
                    break  # what comes next is about a row that the answer names
                question = ask(move, now=self.story.now, random=self.random) or question
            if question is None and not (closing and any(m.turn == move.turn for m in self.story.moves)):
                kind = Hopeless if tool.returns == "other" else Stuck
                raise kind(f"nothing to ask of {step.tool}")
            asked_for = question is not None
            move = question or move
        if not tool.writes:
            self._leads_on(place, entry.result)
        if closing and asked_for:
            self._remember(place, move)
        self.results.append(entry.result)
        call = GoldCall(tool=step.tool, arguments=bound.arguments, uses=bound.uses, writes=tool.writes)
        self.story.calls.append(call)
        self.story.turns.append(self.turn_of[place])
        if asked_for:
            self.story.moves.append(move)

    def _mend(self, revision: Revision, tool: ToolSpec) -> _Bound:
        """The arguments of a call that corrects or takes back an earlier one."""
        before = next((move for move in self.story.moves if move.place == revision.of), None)
        if before is None:
            raise Stuck("nothing to take back")
        call = self.story.calls[revision.of]
        try:
            found = revised(revision, tool, before, call, now=self.story.now, random=self.random)
        except Unmendable as reason:
            raise Stuck(str(reason)) from None
        return _Bound(found.arguments, found.uses, found.referents, found.values, found.instead)

    def _closes(self, place: int) -> bool:
        """Whether it is the last step of its turn: what is looked up there is what the turn asks."""
        return self.turn_of.get(place + 1, -1) > self.turn_of[place]

    def _remember(self, place: int, move: Move) -> None:
        """Who asked which row is the first or last of all goes on with that row."""
        found = answered(move)
        result = self.session.log[-1].result
        for binding in (b for later in self.chain.steps[place + 1 :] for b in later.bindings.values()):
            if len(found) != 1 or binding.step != place or binding.item or "*" not in binding.path.split("."):
                continue
            slot = (place, binding.path.rpartition("*")[0], 0)
            items = [c.item for c in walk(result, binding.path.split("."), "", None, ()) if usable(c.value)]
            if found[0].item in items:
                self.picked[slot] = items.index(found[0].item)

    def _bind(self, step: ChainStep, environment: str, spec: EnvSpec, tool: ToolSpec) -> _Bound:
        """The arguments that earlier results give."""
        bound = _Bound()
        for name, binding in step.bindings.items():
            parameter = tool.parameter(name)
            if not parameter.entity or parameter.role == "value":
                if binding.step is None or not self._worth_saying(binding, environment):
                    continue  # a wish: chosen later
                found = self._find(binding.step, binding, spec, parameter, bound.referents)
                bound.values.append(Value(parameter, _attribute(spec, tool.entity, parameter), found.value))
                bound.arguments[name] = found.value  # the user says it
                continue
            if binding.step is None:
                found = self._known(environment, spec, tool, parameter, binding, bound.arguments)
            else:
                found = self._find(binding.step, binding, spec, parameter, bound.referents)
                inside, _ = around(parameter, found.value)
                bound.uses[f"{name}{inside}"] = f"{binding.step}.{found.path}" if found.path else str(binding.step)
            created = binding.step is not None and self.story.calls[binding.step].writes
            entity = spec.entity(parameter.entity)
            bound.referents[name] = Referent(environment, entity, found.item, found.value, found.peers, created)
            bound.arguments[name] = self._around_with(parameter, found, binding, bound)
        _at_home(tool, bound)
        if tool.effect == "move":
            self._destination(step, environment, spec, tool, bound)
        return bound

    def _around_with(self, parameter: Parameter, found: Found, binding: Binding, bound: _Bound) -> JsonValue:
        """The argument around a key: the wishes beside it, and what the row tells of itself."""
        inside, argument = around(parameter, found.value)
        said, shown = beside(parameter, found.item, self.random)
        bound.values += said
        for part in as_list(argument) if inside.count(".") > 1 else ():
            part.update({value.parameter.name.removeprefix(f"{parameter.name}_"): value.value for value in said})
            for name in shown if binding.step is not None else ():
                part[name] = found.item[name]
                bound.uses[f"{parameter.name}.0.{name}"] = f"{binding.step}.{found.path.rpartition('.')[0]}.{name}"
        return argument

    def _worth_saying(self, binding: Binding, environment: str) -> bool:
        """Whether a value of an earlier result is one people carry from one service to another: no stamp, no secret."""
        if binding.step is None:
            return False
        other, name = parts(self.chain.steps[binding.step].tool)
        if other == environment:
            return False
        spec = self._spec(other)
        attribute = _named(spec, spec.tool(name).entity, binding.path.rpartition(".")[2])
        return attribute is not None and not (attribute.read_only or attribute.volatile or attribute.internal)

    def _destination(self, step: ChainStep, environment: str, spec: EnvSpec, tool: ToolSpec, bound: _Bound) -> None:
        """Where a move goes to: another row of a list that was looked up for this call."""
        if any(tool.parameter(name).role == "reference" for name in bound.referents):
            return
        options = [p for p in tool.parameters if p.role == "reference"]
        self.random.shuffle(options)
        for parameter in options:
            for name, binding in step.bindings.items():
                if tool.parameter(name).entity != parameter.entity or binding.step is None:
                    continue
                other = Binding(step=binding.step, path=binding.path, item=_ELSEWHERE)
                try:
                    found = self._find(binding.step, other, spec, parameter, bound.referents)
                except Stuck:
                    continue
                entity = spec.entity(parameter.entity)
                bound.uses[parameter.name] = f"{binding.step}.{found.path}"
                bound.referents[parameter.name] = Referent(environment, entity, found.item, found.value, found.peers)
                bound.arguments[parameter.name] = found.value
                return
        raise Stuck(f"nowhere to go with {step.tool}")

    def _leads_on(self, place: int, result: Any) -> None:
        """A look-up must give what the steps after it need; raises Stuck when it does not."""
        for later in self.chain.steps[place + 1 :]:
            environment, name = parts(later.tool)
            spec = self._spec(environment)
            for parameter, binding in later.bindings.items():
                if binding.step == place:
                    trails = binding.path.split(".") if binding.path else []
                    found = [c for c in walk(result, trails, "", None, ()) if usable(c.value)]
                    wanted = spec.tool(name).parameter(parameter)
                    if sum(tellable(spec, wanted, c) for c in found) <= binding.item:
                        raise Stuck(f"no {wanted.entity or wanted.name} that people can name")

    def _natural(self, place: int, tool: ToolSpec, referents: Mapping[str, Referent]) -> None:
        """Nobody replaces a whole record unless the contract says how, or changes what the same breath made."""
        if tool.effect == "replace" and not tool.phrases:
            raise Hopeless("nobody asks for a whole replacement")
        now = self.turn_of[place]
        made = [m.created.same for m in self.story.moves if m.turn == now and m.created is not None]
        keys = [referent.same for name, referent in referents.items() if tool.parameter(name).role == "key"]
        if tool.effect == "delete" and any(m.created is not None and m.created.same in keys for m in self.story.moves):
            raise Hopeless("made only to be removed")
        if tool.effect in {"update", "replace", "delete", "get", "move"} and any(key in made for key in keys):
            if max(self.turn_of.values()) + 1 >= self.most_turns:
                raise Hopeless("made and changed in one breath")
            self.turn_of = {p: turn + (p >= place) for p, turn in self.turn_of.items()}
            self._begin_turn()

    def _spec(self, environment: str) -> EnvSpec:
        spec = self.session.environments[environment].spec
        if spec is None:
            raise Hopeless(f"{environment} has no contract")
        return spec

    def _known(
        self,
        environment: str,
        spec: EnvSpec,
        tool: ToolSpec,
        parameter: Parameter,
        binding: Binding,
        given: Mapping[str, JsonValue],
    ) -> Found:
        """A row whose key people do say, such as a repository by its name; it lives where the call says it does."""
        place = (environment, parameter.entity, binding.item)
        if place not in self.known:
            entity = spec.entity(parameter.entity)
            homes = [
                p.name for p in tool.parameters if p.role == "scope" and p.field == entity.scope and p.name in given
            ]
            where = {entity.scope: given[homes[-1]]} if homes and parameter.role != "scope" else {}
            rows = self.session.environments[environment].db.find(entity.table, **where)
            taken = [found.value for key, found in self.known.items() if key[:2] == place[:2]]
            rows = [row for row in rows if row[entity.key] not in taken]
            if not rows:
                raise Stuck(f"no row for {parameter.name}")
            row = self.random.choice(rows)
            self.known[place] = Found(row[entity.key], "", row, ())
        return self.known[place]

    def _find(
        self, step: int, binding: Binding, spec: EnvSpec, parameter: Parameter, referents: Mapping[str, Referent]
    ) -> Found:
        """A value in an earlier result: from the item chosen before, else from one that people can name."""
        if step >= len(self.results):
            raise Stuck("a step is missing")
        path = binding.path
        slot = (step, path.rpartition("*")[0], binding.item)
        trails = path.split(".") if path else []
        candidates = [c for c in walk(self.results[step], trails, "", None, ()) if usable(c.value)]
        chosen = self.picked.get(slot)
        if chosen is None:
            others = {n for (*same, _), n in self.picked.items() if tuple(same) == slot[:2]}
            taken = [r.key for r in referents.values() if r.entity.name == parameter.entity]
            made = any(move.place == step and move.created for move in self.story.moves)
            good = [
                n
                for n, c in enumerate(candidates)
                if n not in others and c.value not in taken and tellable(spec, parameter, c, made=made)
            ]
            if not good:
                raise Stuck(f"no {parameter.entity or parameter.name} that people can name")
            wanted = self._required(slot)
            good = [n for n in good if in_state(candidates[n].item, wanted)]
            if not good:
                raise Stuck(f"no {parameter.entity} in the state that is wanted")
            chosen = self.picked[slot] = self.random.choice(good)
        if chosen >= len(candidates):
            raise Stuck("the list has shrunk")
        found = candidates[chosen]
        return found if self._whole(step, len(found.listed)) else replace(found, listed=(found.item,))

    def _required(self, slot: tuple[object, ...]) -> Mapping[str, tuple[JsonValue, ...]]:
        """The state a row must be in for the first action on it that the contract puts a condition on."""
        slots = {slot}  # where the row stands: in the result it was found in, and in those that show it again
        for place, step in enumerate(self.chain.steps[len(self.results) :], len(self.results)):
            environment, name = parts(step.tool)
            tool = self._spec(environment).tool(name)
            keys = {p.name for p in tool.parameters if p.role == "key"}
            for bound, binding in step.bindings.items():
                if bound in keys and (binding.step, binding.path.rpartition("*")[0], binding.item) in slots:
                    if tool.requires:
                        return tool.requires
                    if tool.writes:
                        return {}  # it may bring the row into the state that a later one wants
                    slots.add((place, "", 0))
        return {}

    def _whole(self, step: int, listed: int) -> bool:
        """Whether a list of so many rows has no further page: one page does not tell which row is the first or last of
        all. Where no property of the result says it, a full page may have another one after it."""
        environment, name = parts(self.chain.steps[step].tool)
        tool = self._spec(environment).tool(name)
        if tool.next_page:
            return not as_object(self.results[step]).get(tool.next_page)
        sizes = [
            self.story.calls[step].arguments.get(p.name, p.default) for p in tool.parameters if p.role == "page_size"
        ]
        return not any(isinstance(size, int) and listed >= size for size in sizes)

    def _like(self) -> dict[str, JsonValue] | None:
        """What was wished for in the call before, where this one is the same for another row: who asks for several in
        one breath wants the same for all."""
        place = len(self.results)
        if not _alike(self.chain, place) or not self.story.moves or self.story.moves[-1].place != place - 1:
            return None
        return {value.parameter.name: value.value for value in self.story.moves[-1].values}

    def _wish(
        self, spec: EnvSpec, tool: ToolSpec, arguments: dict[str, JsonValue], referents: Mapping[str, Referent]
    ) -> list[Value]:
        """Choose what the user wants written or looked for."""
        values: list[Value] = []
        role = "value" if tool.writes else "filter"
        open_ = [p for p in tool.parameters if p.name not in arguments and p.role == role]
        label = spec.entity(tool.entity).label
        whole = tool.effect in {"create", "replace"}
        told = {p.name for p in open_ if p.along in arguments}  # repeated where nobody wishes for another
        must = [
            p for p in open_
            if (p.required and p.name not in told) or p.usual or (whole and p.field == label)
        ]  # fmt: skip
        may = [p for p in open_ if p not in must]
        self.random.shuffle(may)
        like = self._like()
        may = [p for p in may if like is None or p.name in like]
        changing = tool.effect == "update" or (tool.effect == "replace" and bool(told))
        least = 1 if changing and open_ and not must else 0  # what it refers to is change enough
        wanted = self.random.choice((least, least, 1, 2)) if tool.writes else self.random.choice((0, 0, 1))
        wanted = wanted if like is None else len(may)
        target = next((referents[p.name] for p in tool.parameters if p.role == "key" and p.name in referents), None)
        row = dict(target.item) if target else None
        chosen = 0
        for parameter in [*must, *may]:
            if parameter in may and chosen >= wanted:
                break
            attribute = _attribute(spec, tool.entity, parameter)
            value = invent(parameter, attribute, now=self.story.now, random=self.random, row=row, given=arguments)
            if like is not None and parameter.name in like and parameter.field != label:
                value = like[parameter.name]
            if value is None:
                continue
            if like is not None and parameter.field == label and value == like.get(parameter.name):
                raise Stuck("two of the same name")
            arguments[parameter.name] = value
            values.append(Value(parameter, attribute, value))
            chosen += parameter in may
        if least and not values:
            raise Stuck(f"nothing to change with {tool.name}")
        return values


def _alike(chain: Chain, place: int) -> bool:
    """Whether a step is the one before it once more, for another row of the same lists, in the same turn."""
    if not place or any(place in turn and place - 1 not in turn for turn in chain.turns):
        return False
    here, before = chain.steps[place], chain.steps[place - 1]
    return here.tool == before.tool and {n: (b.step, b.path) for n, b in here.bindings.items()} == {
        n: (b.step, b.path) for n, b in before.bindings.items()
    }


def _at_home(tool: ToolSpec, bound: _Bound) -> None:
    """Let rows whose keys are unique only where they live say where that is."""
    for name, referent in bound.referents.items():
        homes = [
            bound.arguments[p.name]
            for p in tool.parameters
            if p.role == "scope" and p.name != name and p.name in bound.arguments
        ]
        if referent.entity.local and homes:
            bound.referents[name] = replace(referent, home=homes[-1])


def _tacit(spec: EnvSpec, tool: ToolSpec, given: Mapping[str, JsonValue]) -> list[Value]:
    """What a list leaves out unless told otherwise: who asks must say so, or another answer would be as right."""
    return [
        Value(parameter, _attribute(spec, tool.entity, parameter), parameter.default)
        for parameter in tool.parameters
        if parameter.role == "filter"
        and parameter.name not in given
        and isinstance(parameter.default, str)
        and parameter.default not in {"", "all", "any"}
    ]


def _attribute(spec: EnvSpec, entity: str, parameter: Parameter) -> Attribute | None:
    return _named(spec, entity, parameter.field or parameter.name)


def _named(spec: EnvSpec, entity: str, name: str) -> Attribute | None:
    try:
        return spec.entity(entity).attribute(name)
    except KeyError:
        return None
