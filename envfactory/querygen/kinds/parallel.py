"""Tasks with calls that can be made at once: three or more things asked for in one breath."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random

from pydantic import JsonValue

from envfactory.environment.environment import Environment
from envfactory.graph.chain import Binding, Chain, ChainStep, depth
from envfactory.messages import Message, ToolCall, ToolSchema
from envfactory.querygen.ask import ask
from envfactory.querygen.certify import Rejected
from envfactory.querygen.kinds.draft import Draft, Recipe, Shape
from envfactory.querygen.kinds.recovery import shown
from envfactory.querygen.orders import breadth, levels
from envfactory.querygen.policy import Policy
from envfactory.querygen.query import BACKWARD, NAMED, Wording
from envfactory.querygen.story import Move, Story, parts
from envfactory.querygen.told import faithful, told
from envfactory.rollout.oracle import Oracle, numbered
from envfactory.rollout.oracle import Story as Conversation
from envfactory.rollout.task import GoldCall, Task, Turn

LEAST = 3
"""Calls of one turn that can be made at once."""
_COPIES = (2, 2, 3)
"""How many more of one thing are asked for."""
_QUESTIONS = 12
_SENTENCE = re.compile(r"[^.?!]{8,}[.?!]")
_PAYS = 0.99
"""What who makes them one after the other earns at most: each message too many costs 0.02."""


class Parallel(Recipe):
    """Three or more calls of a turn that wait for nothing, or for the same look-up: one message makes them all."""

    kind = "parallel"
    shape = Shape(length=(1, 6), turns=(1, 2))

    def prepare(self, chain: Chain, library: Mapping[str, type[Environment]], random: Random) -> Chain:
        """The chain with one of its goals repeated for other rows, unless it is broad as it is."""
        places = [place for place in range(len(chain.steps)) if _repeatable(chain, place, library)]
        if not places:
            if _broad(chain):
                return chain
            raise Rejected("nothing that is asked for several times")
        return _repeated(chain, random.choice(places), random.choice(_COPIES))

    def recast(self, draft: Draft) -> Task:
        """The draft with what is asked for several times said in one clause."""
        story = draft.story
        groups = [group for group in _groups(story) if len(group) > 1]
        for group in groups:
            _ask_alike(story, group, draft.random)
        wording = _merged(story, draft.wording, groups)
        task = told(story, wording, draft.task.operators, draft.library, random=draft.random)
        faithful(story, wording, task)
        for turn in task.turns:
            sentences = [found.casefold() for found in _SENTENCE.findall(turn.query)]
            if len(set(sentences)) < len(sentences):
                raise Rejected("the same is said twice")
        first = 0
        broad = False
        for turn in task.turns:
            broad = broad or (breadth(turn, first) >= LEAST and len(_asked_for(turn.calls, first)) >= LEAST)
            if _order_matters(turn.calls, first):
                raise Rejected("a read and a write that cannot change places")
            first += len(turn.calls)
        if not broad:
            raise Rejected("too few calls that can be made at once")
        return task.model_copy(update={"kind": self.kind}).named()

    def policies(self, task: Task) -> Iterable[Policy]:
        """Who makes the calls one by one pays; who makes one of them only, or one before it knows how, fails."""
        yield Policy(
            "makes one call after the other", lambda task: OneByOne("one_by_one", task, 0), passes=True, most=_PAYS
        )
        yield Policy("makes only the first of several calls", lambda task: FirstOnly("first_only", task, 0))
        first = 0
        for turn in task.turns:
            if any(levels(turn.calls, first)):
                yield Policy("makes a call together with the one it waits for", lambda task: Rash("rash", task, 0))
                return
            first += len(turn.calls)


# Chains -----------------------------------------------------------------------------------------------------------


def _repeatable(chain: Chain, place: int, library: Mapping[str, type[Environment]]) -> bool:
    """Whether people would ask for a step several times: to make things, or to act on or ask about rows of a list."""
    environment, name = parts(chain.steps[place].tool)
    spec = library[environment].spec
    if spec is None:
        return False
    tool = spec.tool(name)
    feeding = any(b.step == place for step in chain.steps for b in step.bindings.values())
    if feeding and not (tool.writes and tool.effect != "delete"):
        return False
    if tool.effect == "create" and any(p.field == spec.entity(tool.entity).label for p in tool.parameters):
        return True
    return tool.effect in {"get", "list", "update", "delete", "action"} and bool(_varied(chain, place))


def _varied(chain: Chain, place: int) -> tuple[int, str, int] | None:
    """The row of a list that a step is about: the step that gives the list, and which of its items; the last one that
    the step names."""
    found: tuple[int, str, int] | None = None
    for binding in chain.steps[place].bindings.values():
        if binding.step is not None and "*" in binding.path.split("."):
            found = (binding.step, binding.path.rpartition("*")[0], binding.item)
    return found


def _repeated(chain: Chain, place: int, copies: int) -> Chain:
    """The chain with a step repeated right behind it, for the items of its list that no other step takes."""
    step, varied = chain.steps[place], _varied(chain, place)
    taken = [b.item for s in chain.steps for b in s.bindings.values()]
    fresh = max(taken, default=0) + 1

    def other(binding: Binding, number: int) -> Binding:
        same = varied == (binding.step, binding.path.rpartition("*")[0], binding.item)
        return binding.model_copy(update={"item": fresh + number}) if same else binding

    more = [
        ChainStep(tool=step.tool, bindings={name: other(binding, number) for name, binding in step.bindings.items()})
        for number in range(copies)
    ]

    def moved(number: int) -> int:
        return number + copies if number > place else number

    later = [
        ChainStep(
            tool=after.tool,
            bindings={
                name: binding.model_copy(update={"step": moved(binding.step)}) if binding.step is not None else binding
                for name, binding in after.bindings.items()
            },
        )
        for after in chain.steps[place + 1 :]
    ]
    steps = (*chain.steps[: place + 1], *more, *later)
    turns: list[tuple[int, ...]] = []
    for turn in chain.turns:
        new = [moved(number) for number in turn]
        turns.append(tuple(sorted([*new, *(range(place + 1, place + 1 + copies) if place in turn else ())])))
    return chain.model_copy(update={"steps": steps, "turns": tuple(turns), "depth": depth(steps)})


def _broad(chain: Chain) -> bool:
    """Whether a turn of the chain has enough calls that wait for nothing of it."""
    return any(
        sum(all(b.step is None or b.step not in turn for b in chain.steps[n].bindings.values()) for n in turn) >= LEAST
        for turn in chain.turns
    )


# Words ------------------------------------------------------------------------------------------------------------


def _groups(story: Story) -> list[list[int]]:
    """The moves, those together that follow each other in a turn and are the same for other rows or names."""
    found: list[list[int]] = []
    for number, move in enumerate(story.moves):
        before = story.moves[found[-1][-1]] if found else None
        if (
            before is not None
            and (before.turn, before.environment, before.spec.name) == (move.turn, move.environment, move.spec.name)
            and move.act == before.act == "request"
        ):
            found[-1].append(number)
        else:
            found.append([number])
    return found


def _ask_alike(story: Story, group: Sequence[int], random: Random) -> None:
    """Let the questions of a group be the same one, if there is one that all of them have."""
    moves = [story.moves[number] for number in group]
    if not all(move.question for move in moves):
        return
    options: list[dict[str, Move]] = []
    for move in moves:
        bare = replace(move, facts=(), question="")
        tried = [ask(bare, now=story.now, random=random) for _ in range(_QUESTIONS)]
        options.append({other.question: other for other in [move, *tried] if other is not None})
    shared = sorted(question for question in options[0] if all(question in more for more in options))
    if shared:
        chosen = random.choice(shared)
        for number, more in zip(group, options, strict=True):
            story.moves[number] = more[chosen]


def _merged(story: Story, wording: Wording, groups: Sequence[Sequence[int]]) -> Wording:
    """The wording with each group in one clause; what comes later does not point into it."""
    ways = dict(wording.ways)
    merged: dict[int, tuple[str, tuple[int, ...]]] = {}
    for group in groups:
        moves = [story.moves[number] for number in group]
        parameter = _differing(moves)
        rows = {row.same for move in moves for row in (move.created, move.target, *move.referents.values()) if row}
        kinds = {move.entity.name for move in moves}
        for number, move in enumerate(story.moves):
            for name, referent in move.referents.items():
                near = referent.same in rows or referent.entity.name in kinds
                if number > group[-1] and near and wording.way(number, name).startswith(BACKWARD):
                    ways[(number, name)] = NAMED
        if not parameter:
            continue
        merged[group[0]] = (parameter, tuple(group))
        for name in (*moves[0].referents, *(value.parameter.name for value in moves[0].values)):
            way = NAMED if name == parameter else wording.way(group[0], name)
            ways |= {(number, name): way for number in group}
    return replace(wording, ways=ways, merged=merged)


def _differing(moves: Sequence[Move]) -> str:
    """The one parameter in which all moves differ; empty when there is none, or more."""
    told = [_told(move) for move in moves]
    if len({move.question for move in moves}) > 1 or len({tuple(sorted(said)) for said in told}) > 1:
        return ""
    found = [name for name in told[0] if any(said[name] != told[0][name] for said in told)]
    if len(found) != 1 or any(told.count(said) > 1 for said in told):
        return ""
    return found[0]


def _told(move: Move) -> dict[str, JsonValue]:
    said: dict[str, JsonValue] = {name: list(referent.same) for name, referent in move.referents.items()}
    return said | {value.parameter.name: value.value for value in move.values}


def _order_matters(calls: Sequence[GoldCall], first: int) -> bool:
    """Whether a read that can be made with a write, or before it, comes behind it and may show what it did."""
    found = levels(calls, first)
    homes = [parts(call.tool)[0] for call in calls]
    return any(
        calls[a].writes and not calls[b].writes and found[b] <= found[a] and homes[a] == homes[b]
        for b in range(len(calls))
        for a in range(b)
    )


# Policies ---------------------------------------------------------------------------------------------------------


class OneByOne(Oracle):
    """Makes the right calls, one a message."""

    def waiting(self, story: Conversation, turn: Turn) -> list[ToolCall]:
        return super().waiting(story, turn)[:1]


class FirstOnly(Oracle):
    """Of several things asked for in a turn it does the first, and answers with what that gave."""

    def act(self, story: Conversation, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        first = sum(len(earlier.calls) for earlier in self.task.turns[: story.turn])
        spared = [first + place for place in _asked_for(turn.calls, first)][1:]
        waiting = [call for call in self.waiting(story, turn) if numbered(call.id) not in spared]
        return self.call(*waiting) if waiting else _shown(story, turn)


def _asked_for(calls: Sequence[GoldCall], first: int) -> list[int]:
    """The places of the calls of a turn that no other call of it needs."""
    needed = {int(source.partition(".")[0]) - first for call in calls for source in call.uses.values()}
    return [place for place in range(len(calls)) if place not in needed]


def _shown(story: Conversation, turn: Turn) -> Message:
    """A closing message with the facts that the results of the turn show."""
    told = [fact.forms[0] for fact in turn.facts if any(shown(fact, story.results[name]) for name in story.now)]
    return Message(role="assistant", content=" ".join(["All of that is done.", *told]))


class Rash(Oracle):
    """Makes all calls of a turn in its first message: what it cannot know yet, it guesses."""

    def act(self, story: Conversation, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        first = sum(len(earlier.calls) for earlier in self.task.turns[: story.turn])
        if story.now:
            return _shown(story, turn)
        gold = story.gold()
        calls: list[ToolCall] = []
        for number, call in enumerate(turn.calls, first):
            arguments = call.live(gold)
            for name, source in call.uses.items():
                if int(source.partition(".")[0]) not in gold:
                    arguments[name.partition(".")[0]] = _guess(call.arguments.get(name.partition(".")[0]))
            calls.append(ToolCall(id=f"gold_{number}", name=call.tool, arguments=arguments))
        return self.call(*calls) if calls else self.close(turn)


def _guess(value: JsonValue) -> JsonValue:
    """What stands where something is not known: the same kind of value, and not the right one."""
    if isinstance(value, (int, float)):
        return 1
    return [_guess(item) for item in value] if isinstance(value, list) else "the one that was found"
