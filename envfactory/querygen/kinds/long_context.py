"""Tasks with much to read: many turns over large worlds, and late in the talk something from its beginning."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from random import Random

from pydantic import JsonValue

from envfactory.environment.environment import Environment
from envfactory.environment.session import SEPARATOR, LoggedCall, Session, World
from envfactory.graph.chain import Binding, Chain, ChainStep, depth
from envfactory.messages import Message, ToolCall, ToolSchema, as_list, as_object, canonical
from envfactory.querygen import words
from envfactory.querygen.ask import ask
from envfactory.querygen.certify import Rejected
from envfactory.querygen.kinds.draft import Draft, Recipe, Shape
from envfactory.querygen.policy import Policy
from envfactory.querygen.query import AS, Wording
from envfactory.querygen.scenario import largest
from envfactory.querygen.story import Move, Referent, Story, parts
from envfactory.querygen.told import faithful, told
from envfactory.rollout.oracle import Oracle, numbered
from envfactory.rollout.oracle import Story as Conversation
from envfactory.rollout.play import play
from envfactory.rollout.task import GoldCall, Task, Turn

LONG = 24_000
"""Characters that the right conversation has at least, tool results as the agent sees them: some 6,000 tokens, at a
guess of four characters a token."""
FAR = 3
"""Turns between something and a late reference to it."""
WINDOW = 6_000
"""Characters of earlier turns that the forgetful policy remembers."""
_TURNS = (5, 10)
_LENGTH = (5, 9)
_OWNED = re.compile(r"(?:beginning|started with)'s")
"""Nobody says `the patient we started with's address`."""


class LongContext(Recipe):
    """Five to ten turns in the largest worlds; a late turn needs what only an early one showed."""

    kind = "long_context"
    shape = Shape(length=_LENGTH, turns=(5, 7), environments=(1, 2), large=True)

    def fits(self, chain: Chain) -> bool:
        """Whether a late step takes a value from a turn long before."""
        turn_of = {place: turn for turn, places in enumerate(chain.turns) for place in places}
        return len(chain.turns) >= _TURNS[0] and any(
            binding.step is not None and turn_of[place] - turn_of[binding.step] >= FAR
            for place, step in enumerate(chain.steps)
            for binding in step.bindings.values()
        )

    def prepare(self, chain: Chain, library: Mapping[str, type[Environment]], random: Random) -> Chain:
        """The chain with one turn more, if there is one to be had: what the first turn made or was about comes back."""
        options = [option for place in chain.turns[0] for option in _returns(chain, place, library)]
        if options and len(chain.turns) < _TURNS[1]:
            steps = (*chain.steps, random.choice(options))
            turns = (*chain.turns, (len(chain.steps),))
            chain = chain.model_copy(update={"steps": steps, "turns": turns, "depth": depth(steps)})
        return _with_more_to_read(chain, library, random)

    def recast(self, draft: Draft) -> Task:
        """The draft, where it is long enough, with a late reference to its beginning if there is one to be made."""
        if draft.story.count < _TURNS[0]:
            raise Rejected("too few turns")
        task = draft.task
        if not any(_forgotten(task)):
            raise Rejected("nothing is needed from long before")
        ways = _from_the_start(draft.story, draft.wording)
        if ways:
            wording = replace(draft.wording, ways={**draft.wording.ways, **ways})
            other = told(draft.story, wording, task.operators, draft.library, random=draft.random)
            faithful(draft.story, wording, other)
            if not any(_OWNED.search(turn.query) for turn in other.turns):
                task = other
        task = task.model_copy(update={"kind": self.kind}).named()
        with task.open(draft.library) as session:
            played = asyncio.run(play(task, Oracle("oracle", task, 0), session))
        if read(played.messages) < LONG:
            raise Rejected("too little to read")
        return task

    def policies(self, task: Task) -> Iterable[Policy]:
        """Who forgets fails; who forgets and looks it up again passes, where a look can tell."""
        yield Policy("forgets all but the last 6,000 characters", lambda task: Forgetful("forgetful", task, 0))
        if all(not task.calls[source].writes for _, sources in _forgotten(task) for source in _behind(task, sources)):
            yield Policy(
                "looks up again what it forgot", lambda task: LooksAgain("looks_again", task, 0), passes=True, least=0.7
            )


def _returns(chain: Chain, place: int, library: Mapping[str, type[Environment]]) -> Iterator[ChainStep]:
    """Steps that ask about, or change, the row that a step made or was about."""
    environment, name = parts(chain.steps[place].tool)
    spec = library[environment].spec
    if spec is None:
        return
    tool = spec.tool(name)
    bindings = chain.steps[place].bindings
    known = {tool.parameter(n).entity: b for n, b in bindings.items() if tool.parameter(n).role in {"key", "scope"}}
    if tool.effect == "create" and tool.returns == "one":
        known[tool.entity] = Binding(step=place, path=spec.entity(tool.entity).key)
    elif tool.effect not in {"get", "update", "action"}:
        return
    for other in spec.tools:
        needed = [p for p in other.parameters if p.entity and p.role in {"key", "scope"} and p.required]
        if (
            other.effect in {"get", "update", "action"}
            and other.entity == tool.entity
            and other.name != name
            and any(p.role == "key" for p in needed)
            and all(p.entity in known for p in needed)
        ):
            yield ChainStep(
                tool=f"{environment}{SEPARATOR}{other.name}", bindings={p.name: known[p.entity] for p in needed}
            )


def _with_more_to_read(chain: Chain, library: Mapping[str, type[Environment]], random: Random) -> Chain:
    """The chain with questions about long lists before its last turn, until there is enough to read."""
    there = sum(_length(library[name], tool) for name, tool in map(parts, dict.fromkeys(chain.tools)))
    offered = [
        (name, tool)
        for name in chain.environments
        for tool in library[name].tools
        if f"{name}{SEPARATOR}{tool}" not in chain.tools and _askable(library[name], tool)
    ]
    random.shuffle(offered)
    offered.sort(key=lambda one: _length(library[one[0]], one[1]) < LONG // 6)
    for name, tool in offered:
        if there >= 1.2 * LONG or len(chain.turns) >= _TURNS[1]:
            break
        chain = _with_question(chain, f"{name}{SEPARATOR}{tool}", random.randint(1, len(chain.turns) - 1))
        there += _length(library[name], tool)
    if there < LONG // 2:
        raise Rejected("too little to read")
    return chain


def _with_question(chain: Chain, tool: str, turn: int) -> Chain:
    """The chain with a list to be asked about in a turn of its own."""
    at = chain.turns[turn][0]

    def moved(number: int) -> int:
        return number + (number >= at)

    def shifted(binding: Binding) -> Binding:
        return binding if binding.step is None else binding.model_copy(update={"step": moved(binding.step)})

    steps = [
        ChainStep(tool=step.tool, bindings={name: shifted(binding) for name, binding in step.bindings.items()})
        for step in chain.steps
    ]
    steps.insert(at, ChainStep(tool=tool, bindings={}))
    turns = [tuple(map(moved, places)) for places in chain.turns]
    turns.insert(turn, (at,))
    return chain.model_copy(update={"steps": tuple(steps), "turns": tuple(turns)})


@lru_cache(maxsize=4096)
def _listed(cls: type[Environment], tool: str) -> LoggedCall | None:
    """What a tool that needs nothing gives in the largest world; None for others."""
    if cls.spec is None or any(p.required for p in cls.spec.tool(tool).parameters) or cls.tools[tool].writes:
        return None
    with Session([World.of(cls, largest(cls))]) as session:
        entry = session.call(f"{cls.name}{SEPARATOR}{tool}", {})
    return entry if entry.outcome == "ok" else None


def _length(cls: type[Environment], tool: str) -> int:
    """Characters of what a tool that needs nothing gives."""
    entry = _listed(cls, tool)
    return len(canonical(entry.result)) if entry is not None else 0


@lru_cache(maxsize=4096)
def _askable(cls: type[Environment], tool: str) -> bool:
    """Whether people would ask about what a tool lists."""
    entry = _listed(cls, tool)
    if entry is None or cls.spec is None or cls.spec.tool(tool).returns != "many":
        return False
    spec = cls.spec.tool(tool)
    move = Move(0, 0, cls.name, spec, cls.spec.entity(spec.entity), {}, (), entry.result)
    return ask(move, now=cls.state(largest(cls)).now, random=Random(0)) is not None


def read(messages: Sequence[Message]) -> int:
    """Characters of a conversation: contents, and the calls with their arguments."""
    return sum(len(_text(message)) for message in messages)


def _text(message: Message) -> str:
    calls = [f"{call.name}{canonical(call.arguments)}" for call in message.tool_calls]
    return "\n".join([message.content, *calls])


def _turn_of(task: Task) -> list[int]:
    return [number for number, turn in enumerate(task.turns) for _ in turn.calls]


def _forgotten(task: Task) -> Iterator[tuple[int, list[int]]]:
    """The calls that use results of turns long before, with those results' calls, by their numbers."""
    turns = _turn_of(task)
    for number, call in enumerate(task.calls):
        sources = [int(source.partition(".")[0]) for source in call.uses.values()]
        far = sorted({source for source in sources if turns[number] - turns[source] >= FAR})
        if far:
            yield number, far


def _behind(task: Task, sources: Iterable[int]) -> list[int]:
    """Those calls and all whose results they need, in order."""
    found: set[int] = set()
    open_ = [*sources]
    while open_:
        number = open_.pop()
        if number not in found:
            found.add(number)
            open_ += [int(source.partition(".")[0]) for source in task.calls[number].uses.values()]
    return sorted(found)


# Words ---------------------------------------------------------------------------------------------------------------


def _from_the_start(story: Story, wording: Wording) -> dict[tuple[int, str], str]:
    """A late reference in words that only who remembers the beginning understands: to the one thing of its kind that
    the first turn was about."""
    first = [row for move in story.in_turn(0) for row in _about(move)]
    for number in reversed(range(len(story.moves))):
        move = story.moves[number]
        if move.turn < FAR:
            break
        for parameter, referent in move.referents.items():
            between = [m for m in story.moves if 0 < m.turn <= move.turn and m is not move]
            said = any(referent.same == row.same for m in between for row in _about(m))
            alone = {row.same for row in first if row.entity.name == referent.entity.name} == {referent.same}
            if alone and not said and move.spec.parameter(parameter).role in {"key", "scope"}:
                return {(number, parameter): f"{AS}{_recalled(referent)}"}
    return {}


def _about(move: Move) -> list[Referent]:
    return [row for row in (move.created, *move.referents.values()) if row is not None]


def _recalled(referent: Referent) -> str:
    noun = words.noun_for(referent.entity, referent.item)
    if referent.created:
        return f"the {noun} from the very beginning"
    return f"the {noun} we started with"


# Policies ------------------------------------------------------------------------------------------------------------


class Forgetful(Oracle):
    """Knows of earlier turns only their last characters; what it would need of the rest it does not know."""

    def __init__(self, name: str, task: Task, seed: int) -> None:
        super().__init__(name, task, seed)
        self.memory = ""

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The next message, from what is left of the conversation: the turn itself and the end of what was before."""
        now = max((place for place, message in enumerate(messages) if message.role == "user"), default=0)
        earlier = "\n".join(_text(message) for message in messages[1:now])
        self.memory = "\n".join([earlier[-WINDOW:], *(_text(message) for message in messages[now:])])
        return await super().reply(messages, tools)

    def act(self, story: Conversation, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        waiting = self.waiting(story, turn)
        if waiting and not self.knows(self.task.calls[numbered(waiting[0].id)]):
            return self.lost(story, numbered(waiting[0].id))
        return super().act(story, turn, tools)

    def knows(self, call: GoldCall) -> bool:
        """Whether all that a call takes from earlier results is remembered."""
        used = [name.partition(".")[0] for name in call.uses]
        return all(value in self.memory for name in used for value in _values(call.arguments.get(name)))

    def lost(self, story: Conversation, number: int) -> Message:
        """What it does without knowing what a call needs."""
        return Message(role="assistant", content="I am sorry, I no longer know which one you mean.")


class LooksAgain(Forgetful):
    """Makes the look-ups again that gave what it forgot."""

    def lost(self, story: Conversation, number: int) -> Message:
        sources = [int(source.partition(".")[0]) for source in self.task.calls[number].uses.values()]
        for source in _behind(self.task, sources):
            name = f"again_{story.turn}_{source}"
            if name not in story.results:
                call = self.task.calls[source]
                return self.call(ToolCall(id=name, name=call.tool, arguments=call.live(story.gold())))
        return super().lost(story, number)


def _values(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (int, float)):
        yield canonical(value)
    for item in [*as_list(value), *as_object(value).values()]:
        yield from _values(item)
