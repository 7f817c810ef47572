"""What a rewriter is told of a task: what the user wants in each turn, of which rows, with which values.

A task holds right calls and words, not the story behind them. A `Brief` keeps that story beside it: small, without
rows, since replaying the gold calls gives them back (`relive`). `envfactory generate --briefs` writes one a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, JsonValue, ValidationError

from envfactory.environment.environment import Environment
from envfactory.environment.session import Session
from envfactory.environment.spec import Attribute, EnvSpec, Parameter
from envfactory.errors import FileError
from envfactory.messages import as_list, as_object, canonical
from envfactory.querygen.certify import Rejected
from envfactory.querygen.query import NAMED, Wording, refer
from envfactory.querygen.story import Move, Persona, Referent, Scenario, Story, Value, parts
from envfactory.rollout.task import Act, Changes, GoldCall, Setting, Task, at


class Thing(BaseModel, frozen=True):
    """A row that a request is about."""

    entity: str
    way: str = NAMED
    """How the words refer to it: see `Wording`."""
    text: str = ""
    """What it is called by its name: `the task "Call Ada"`."""
    home: JsonValue = None
    """See `Referent`."""
    alone: bool = False
    """It is not compared with the other rows of the list it was found in."""


class Wish(BaseModel, frozen=True):
    """A value that only the user can know."""

    parameter: Parameter
    attribute: Attribute | None = None
    value: JsonValue = None


class Request(BaseModel, frozen=True):
    """One thing the user asks for."""

    place: int
    """Which of the task's gold calls it is."""
    turn: int
    things: dict[str, Thing] = {}
    """By parameter."""
    wishes: tuple[Wish, ...] = ()
    question: str = ""
    facts: int = 0
    """How many of its turn's facts are its own."""
    act: Act = "request"
    instead: Wish | None = None
    """See `Move`."""


class Brief(BaseModel, frozen=True):
    """The story behind a task."""

    task: str
    """The task's id."""
    now: datetime
    persona: str
    style: str
    fixed: bool = False
    """Its words are more than its story's: they react to what was answered, or have a template of their own."""
    pressed: tuple[int, ...] = ()
    """Turns whose requests are pressed into one sentence."""
    requests: tuple[Request, ...] = ()
    """Empty where the task's calls are not its story's, as some kinds have it: then only its words tell."""

    @property
    def turns(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the requests of each turn."""
        count = max((request.turn for request in self.requests), default=-1) + 1
        return tuple(tuple(n for n, r in enumerate(self.requests) if r.turn == turn) for turn in range(count))

    def wording(self) -> Wording:
        """How each thing is referred to."""
        ways = {
            (number, name): thing.way
            for number, request in enumerate(self.requests)
            for name, thing in request.things.items()
            if thing.way != NAMED
        }
        return Wording(ways, joined=set(self.pressed))


def brief(story: Story, wording: Wording, task: Task) -> Brief:
    """The story behind a task, told with this wording."""
    persona = story.scenario.persona
    plain = Brief(task=task.id, now=story.now, persona=persona.name, style=persona.style)
    told = [
        [_plain(c) for c, at_ in zip(story.calls, story.turns, strict=True) if at_ == n] for n in range(story.count)
    ]
    if [[_plain(call) for call in turn.calls] for turn in task.turns] != told:
        return plain
    requests = tuple(
        Request(
            place=move.place,
            turn=move.turn,
            things={
                name: Thing(
                    entity=referent.entity.name,
                    way=wording.way(number, name),
                    text=refer(referent, NAMED, now=story.now) if referent.label else "",
                    home=referent.home,
                    alone=not referent.peers,
                )
                for name, referent in move.referents.items()
            },
            wishes=tuple(map(_wish, move.values)),
            question=move.question,
            facts=len(move.facts),
            act=move.act,
            instead=_wish(move.instead) if move.instead else None,
        )
        for number, move in enumerate(story.moves)
    )
    fixed = bool(wording.clauses or wording.remarks) or any(turn.act != "request" for turn in task.turns)
    pressed = tuple(sorted(wording.pressed))
    return plain.model_copy(update={"requests": requests, "pressed": pressed, "fixed": fixed})


def _wish(value: Value) -> Wish:
    return Wish(parameter=value.parameter, attribute=value.attribute, value=value.value)


def valued(wish: Wish) -> Value:
    """The value of a wish, as stories have it."""
    return Value(wish.parameter, wish.attribute, wish.value)


def _plain(call: GoldCall) -> str:
    return canonical([call.tool, call.arguments])


def relive(
    told: Brief, task: Task, library: Mapping[str, type[Environment]], *, settings: Sequence[Setting] | None = None
) -> Story:
    """The story behind a task, lived again from its start, or from other `settings`; `close` it.

    The brief says which requests make a turn, and each gold call is made in the turn of the request it serves. Raises
    Rejected when a call is refused, no longer finds its row, or gives another answer to a question than it did.
    """
    if not told.requests:
        raise Rejected("there is no story behind the task")
    begun = task if settings is None else task.model_copy(update={"settings": tuple(settings)})
    with begun.open(library, others=False) as session:
        life = _Life(told, begun, session, library)
        try:
            story = life.run()
        except BaseException:
            life.story.close()
            raise
    if settings is not None:
        _same_answers(story, task, library)
    return story


class _Life:
    """One run of the gold calls."""

    def __init__(self, told: Brief, task: Task, session: Session, library: Mapping[str, type[Environment]]) -> None:
        self.told = told
        self.task = task
        self.session = session
        self.specs = {s.environment: library[s.environment].spec for s in task.settings}
        scenario = Scenario(Persona(told.persona, told.style), task.settings, task.seed)
        self.story = Story(scenario, told.now)
        self.results: dict[int, Any] = {}
        self.facts = {
            turn: list(task.turns[turn].facts) for turn in range(len(task.turns))
        }  # in the order of the requests

    def run(self) -> Story:
        old = dict(_turns_of(self.task))
        for place, call in enumerate(self.task.calls):
            request = next((r for r in self.told.requests if r.place >= place), self.told.requests[-1])
            while len(self.story.moments) <= request.turn:
                self._end_turn()
                self.story.moments.append(self.session.fork())
            live = self._pointed(call)
            asked = request.place == place
            referents = self._referents(request, live) if asked else {}
            entry = self.session.call(live.tool, live.live(self.results))
            if entry.outcome != "ok":
                raise Rejected("a right call is refused in this world")
            self.results[place] = entry.result
            self.story.calls.append(live)
            self.story.turns.append(request.turn)
            if asked:
                self.story.moves.append(self._move(request, live, referents, entry.result, old[place]))
        self._end_turn()
        return self.story

    def _end_turn(self) -> None:
        if self.story.moments:
            net: Changes = {name: rows for name, rows in self.session.changes().items() if rows}
            self.story.changes.append(net)

    def _pointed(self, call: GoldCall) -> GoldCall:
        """The call with its values taken from where they stand now; raises Rejected when one is gone."""
        uses = dict(call.uses)
        for name, source in call.uses.items():
            wanted = _argument(call, name)
            number, _, path = source.partition(".")
            uses[name] = f"{number}.{_found(self.results[int(number)], path, wanted)}".rstrip(".")
        return call.model_copy(update={"uses": uses})

    def _spec(self, environment: str) -> EnvSpec:
        spec = self.specs[environment]
        if spec is None:
            raise Rejected("an environment has no contract")
        return spec

    def _referents(self, request: Request, call: GoldCall) -> dict[str, Referent]:
        """The rows a request is about, as they are before it is done."""
        environment = parts(call.tool)[0]
        spec = self._spec(environment)
        return {name: self._referent(environment, spec, call, name, thing) for name, thing in request.things.items()}

    def _move(self, request: Request, call: GoldCall, referents: dict[str, Referent], result: Any, turn: int) -> Move:
        environment, name = parts(call.tool)
        spec = self._spec(environment)
        tool = spec.tool(name)
        entity = spec.entity(tool.entity)
        if request.question and tool.shows:
            entity = entity.model_copy(update={"attributes": (*entity.attributes, *tool.shows)})
        facts = tuple(self.facts[turn][: request.facts])
        del self.facts[turn][: request.facts]
        values = tuple(map(valued, request.wishes))
        instead = valued(request.instead) if request.instead else None
        return Move(
            request.place,
            request.turn,
            environment,
            tool,
            entity,
            referents,
            values,
            result,
            facts,
            request.question,
            request.act,
            instead,
        )

    def _referent(self, environment: str, spec: EnvSpec, call: GoldCall, name: str, thing: Thing) -> Referent:
        entity = spec.entity(thing.entity)
        source = next((s for use, s in call.uses.items() if use.partition(".")[0] == name), None)
        if source is None:  # people say this key
            key = _key(call.arguments[name])
            rows = self.session.environments[environment].db.find(entity.table, **{entity.key: key})
            if not rows:
                raise Rejected("a row that is spoken of is not there")
            return Referent(environment, entity, rows[0], key, home=thing.home)
        number, _, path = source.partition(".")
        result = self.results[int(number)]
        item = as_object(at(result, path.rpartition(".")[0]))
        listed = _list_around(result, path)
        peers = tuple(as_object(one) for one in listed if one is not item) if listed and not thing.alone else ()
        made = self.task.calls[int(number)].writes
        return Referent(environment, entity, item, at(result, path), peers, made, thing.home)


def _turns_of(task: Task) -> Iterator[tuple[int, int]]:
    place = 0
    for number, turn in enumerate(task.turns):
        for _ in turn.calls:
            yield place, number
            place += 1


def _key(argument: JsonValue) -> JsonValue:
    """The key inside an argument: some take a list of keys, or of objects that hold one."""
    first = as_list(argument)[:1]
    if not first:
        return argument
    return next(iter(as_object(first[0]).values()), None) if as_object(first[0]) else first[0]


def _argument(call: GoldCall, name: str) -> JsonValue:
    inside, _, last = ("", "", name) if name in call.arguments else name.rpartition(".")
    node: Any = at(dict(call.arguments), inside)
    return at(node, last)


def _found(result: Any, path: str, wanted: JsonValue) -> str:
    """Where `wanted` stands: at the path, or at the same place of another element of the list; raises Rejected."""
    steps = path.split(".") if path else []
    try:
        if at(result, path) == wanted:
            return path
    except (LookupError, ValueError):
        pass
    for place in reversed(range(len(steps))):
        if not steps[place].isdecimal():
            continue
        try:
            around = as_list(at(result, ".".join(steps[:place])))
        except LookupError:
            continue
        for number in range(len(around)):
            other = ".".join([*steps[:place], str(number), *steps[place + 1 :]])
            try:
                if at(result, other) == wanted:
                    return other
            except LookupError:
                continue
    raise Rejected("a look-up no longer shows the row")


def _list_around(result: Any, path: str) -> list[Any]:
    """The innermost list that a path leads into; empty when there is none."""
    steps = path.split(".") if path else []
    for place in reversed(range(len(steps))):
        if steps[place].isdecimal():
            return as_list(at(result, ".".join(steps[:place])))
    return []


def _same_answers(story: Story, task: Task, library: Mapping[str, type[Environment]]) -> None:
    """Raise Rejected when what was asked has another answer in this world than in the task's own."""
    results: dict[int, JsonValue] = {}
    with task.open(library, others=False) as session:
        for place, call in enumerate(task.calls):
            results[place] = session.call(call.tool, call.live(results)).result
    for move in story.moves:
        if move.question and move.result != results[move.place]:
            story.close()
            raise Rejected("a question has another answer in this world")


def read_briefs(path: Path) -> dict[str, Brief]:
    """The briefs of a JSON Lines file, by task; raises FileError naming the line that is damaged."""
    found: dict[str, Brief] = {}
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"cannot read {path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                one = Brief.model_validate_json(line)
            except ValidationError as error:
                problem = error.errors(include_url=False)[0]["msg"]
                raise FileError(f"{path}, line {number} is no brief ({problem}); make the file again") from error
            found[one.task] = one
    return found


def brief_lines(briefs: Iterable[Brief]) -> Iterator[str]:
    """One line of JSON for each brief; equal briefs give equal bytes."""
    for one in briefs:
        yield canonical(one.model_dump(mode="json", exclude_defaults=True)) + "\n"


def moved(told: Brief, turns: Sequence[Sequence[int]]) -> Brief:
    """The brief with its requests in other turns, in the same order."""
    place = {number: turn for turn, numbers in enumerate(turns) for number in numbers}
    requests = tuple(r.model_copy(update={"turn": place[n]}) for n, r in enumerate(told.requests))
    return told.model_copy(update={"requests": requests, "pressed": ()})


def made_and_changed(story: Story) -> bool:
    """Whether a turn asks for something new and for a change of it in one breath, which nobody does."""
    for move in story.moves:
        made = [m.created.same for m in story.in_turn(move.turn) if m.created is not None and m is not move]
        target = move.target
        if target is not None and target.same in made and move.spec.effect in {"update", "replace", "delete", "move"}:
            return True
    return False


def renamed(story: Story, persona: Persona) -> Story:
    """The story with another persona."""
    return replace(story, scenario=replace(story.scenario, persona=persona))
