"""What people do between turns besides asking for the next thing: correct themselves, change their mind, react.

A chain is made longer by one call before it is grounded: one that mends or undoes what an earlier turn wrote. It is
bound to the row of that write when it is grounded (`revised`), and said as people say such things (`remark`). The
policies are the certificate of these turns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from pydantic import BaseModel, JsonValue

from envfactory.environment.environment import Environment
from envfactory.environment.spec import EnvSpec, Parameter, ToolSpec
from envfactory.graph.chain import Binding, Chain, ChainStep, depth
from envfactory.messages import Message, ToolCall, ToolSchema
from envfactory.querygen import words
from envfactory.querygen.policy import Policy
from envfactory.querygen.story import Move, Referent, Story, Value, parts
from envfactory.querygen.values import invent
from envfactory.rollout.oracle import Oracle, numbered
from envfactory.rollout.oracle import Story as Played
from envfactory.rollout.task import Act, GoldCall, Kind, Task, Turn

SHARE = 0.2
"""How many candidates get such turns, where their chain allows it."""
LIVELY: frozenset[Kind] = frozenset({"base", "references", "parallel", "distractors", "faults", "long_context"})
"""Kinds in which every turn is done in the end, so that people may react to it."""
_MOST_TURNS = 4

How = Literal["remove", "rewrite", "restore", "opposite", "back"]
"""Delete what was made · write another value · write the former value again · the action that undoes an action · move
to where it was."""


class Revision(BaseModel, frozen=True):
    """What a step does to what an earlier step wrote."""

    of: int
    """The earlier step."""
    how: How

    @property
    def act(self) -> Act:
        """The dialogue act of saying so."""
        return "correct" if self.how == "rewrite" else "retract"


class Acted(Chain, frozen=True):
    """A chain with steps that mend or undo earlier ones."""

    revisions: dict[int, Revision]
    """By step."""


def with_acts(chain: Chain, library: Mapping[str, type[Environment]], random: Random) -> Chain:
    """The chain with one more turn, in which the user corrects or takes back something that the turn before it wrote;
    the chain itself when it has nothing of the kind, or turns enough."""
    options = [*_options(chain, library)] if len(chain.turns) < _MOST_TURNS else []
    if not options:
        return chain
    act = random.choice(sorted({revision.act for _, revision in options}))
    tool, revision = random.choice([option for option in options if option[1].act == act])
    turn = next(number for number, places in enumerate(chain.turns) if revision.of in places)
    here = chain.turns[turn][-1] + 1
    steps = [_shifted(step, here) for step in chain.steps]
    steps.insert(here, ChainStep(tool=tool, bindings=_bindings(chain, library, tool, revision)))
    turns = [*chain.turns[: turn + 1], (here,), *(tuple(p + 1 for p in places) for places in chain.turns[turn + 1 :])]
    return Acted(
        steps=tuple(steps), turns=tuple(turns), environments=chain.environments, depth=depth(steps), width=chain.width,
        revisions={here: revision},
    )  # fmt: skip


def _shifted(step: ChainStep, here: int) -> ChainStep:
    moved = {
        name: b.model_copy(update={"step": b.step + 1}) if b.step is not None and b.step >= here else b
        for name, b in step.bindings.items()
    }
    return step.model_copy(update={"bindings": moved})


def _options(chain: Chain, library: Mapping[str, type[Environment]]) -> Iterator[tuple[str, Revision]]:
    """Tools that mend or undo a step of the chain."""
    used = {b.step for step in chain.steps for b in step.bindings.values()}
    for place, step in enumerate(chain.steps):
        environment, name = parts(step.tool)
        spec = library[environment].spec
        if spec is None or not spec.tool(name).writes:
            continue
        made = spec.tool(name)
        for tool in spec.tools:
            for how in _hows(spec, made, tool):
                if (how == "remove" and place in used) or not _reachable(made, tool, how):
                    continue
                yield f"{environment}__{tool.name}", Revision(of=place, how=how)


def _hows(spec: EnvSpec, made: ToolSpec, tool: ToolSpec) -> Iterator[How]:
    """In which ways a tool revises what another did."""
    if made.entity != tool.entity:
        return
    sent = "send" in words.split(made.name).split()  # what went out is not undone by deleting one's own copy
    created = made.effect == "create" and made.returns == "one" and not sent
    label = spec.entity(made.entity).label
    if created and tool.effect == "delete":
        yield "remove"
    shared = {p.field or p.name for p in _values(made)} & {p.field or p.name for p in _values(tool)} - {label}
    if tool.effect == "update" and shared and (created or made.name == tool.name):
        yield "rewrite"
    if made.name == tool.name and made.effect == "update" and shared:
        yield "restore"
    acting = made.effect == tool.effect == "action" and made.sets and made.sets.keys() == tool.sets.keys()
    if acting and all(made.sets[name] != tool.sets[name] for name in made.sets) and not _values(tool):
        yield "opposite"
    if made.name == tool.name and made.effect == "move":
        yield "back"


def _values(tool: ToolSpec) -> list[Parameter]:
    return [p for p in tool.parameters if p.role == "value"]


def _reachable(made: ToolSpec, tool: ToolSpec, how: How) -> bool:
    """Whether all that a tool needs is known from the earlier step."""
    known = {(p.role, p.entity) for p in made.parameters if p.entity}
    known |= {("key", made.entity)} if made.effect == "create" else set[tuple[str, str]]()
    values = {p.name for p in _values(made)}
    for parameter in tool.parameters:
        if parameter.required and parameter.entity and (parameter.role, parameter.entity) not in known:
            return False
        if parameter.required and parameter.role == "value" and parameter.name not in values:
            return False
    return how == "opposite" or any(p.role == "key" and p.entity == made.entity for p in tool.parameters)


def _bindings(
    chain: Chain, library: Mapping[str, type[Environment]], tool: str, revision: Revision
) -> dict[str, Binding]:
    """Where the new step's rows come from, as far as the chain tells before it is grounded."""
    step = chain.steps[revision.of]
    environment, name = parts(tool)
    spec = library[environment].spec
    assert spec is not None
    made = spec.tool(parts(step.tool)[1])
    found: dict[str, Binding] = {}
    for parameter in spec.tool(name).parameters:
        if parameter.role == "key" and made.effect == "create" and parameter.entity == made.entity:
            found[parameter.name] = Binding(step=revision.of, path=spec.entity(made.entity).key)
            continue
        for other in made.parameters:
            same = (other.role, other.entity) == (parameter.role, parameter.entity)
            if parameter.entity and same and parameter.role in {"key", "scope"} and other.name in step.bindings:
                found[parameter.name] = step.bindings[other.name]
    return found


# Grounding ------------------------------------------------------------------------------------------------------------


class Unmendable(Exception):
    """What an earlier step wrote cannot be revised in this way; the message says why, in a few words."""


@dataclass
class Mending:
    """The arguments of a call that revises an earlier one."""

    arguments: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    uses: dict[str, str] = field(default_factory=dict[str, str])
    referents: dict[str, Referent] = field(default_factory=dict[str, Referent])
    values: list[Value] = field(default_factory=list[Value])
    instead: Value | None = None


def revised(revision: Revision, tool: ToolSpec, before: Move, call: GoldCall, *, now: Any, random: Random) -> Mending:
    """The call that revises `before`, whose gold call was `call`; raises Unmendable."""
    found = Mending()
    for parameter in tool.parameters:
        if parameter.role == "key" and before.created is not None and parameter.entity == before.entity.name:
            made = before.created
            found.referents[parameter.name] = made
            found.arguments[parameter.name] = made.key
            found.uses[parameter.name] = f"{revision.of}.{before.entity.key}"
            continue
        for name, referent in before.referents.items():
            old = before.spec.parameter(name)
            same = (old.role, old.entity) == (parameter.role, parameter.entity)
            if same and parameter.role in {"key", "scope"} and parameter.name not in found.referents:
                _take(found, parameter.name, name, referent, call)
    if revision.how == "back":
        _back(found, tool, before, call)
    if revision.how in {"rewrite", "restore"}:
        _rewrite(found, tool, before, restore=revision.how == "restore", now=now, random=random)
    if revision.how == "opposite":
        item = before.target.item if before.target else dict[str, Any]()
        if any(item.get(name) != value for name, value in tool.sets.items() if name in item):
            raise Unmendable("nothing to take back")
    return found


def _take(found: Mending, name: str, old: str, referent: Referent, call: GoldCall) -> None:
    found.referents[name] = referent
    found.arguments[name] = call.arguments[old]
    for argument, use in call.uses.items():
        head, dot, rest = argument.partition(".")
        if head == old:
            found.uses[f"{name}{dot}{rest}"] = use


def _back(found: Mending, tool: ToolSpec, before: Move, call: GoldCall) -> None:
    """Where it came from becomes where it goes to."""
    for name, referent in before.referents.items():
        if before.spec.parameter(name).role != "reference":
            continue
        homes = [n for n, r in before.referents.items() if r.entity.name == referent.entity.name]
        home = next((n for n in homes if before.spec.parameter(n).role == "scope"), None)
        if home is None:
            raise Unmendable("it was nowhere before")
        _take(found, name, home, before.referents[home], call)
        _take(found, home, name, referent, call)
        return
    raise Unmendable("it was not moved elsewhere")


def _rewrite(found: Mending, tool: ToolSpec, before: Move, *, restore: bool, now: Any, random: Random) -> None:
    """Another value for one that was written, or the former one."""
    row = before.target.item if before.target else dict[str, Any]()
    options = [
        (parameter, value)
        for value in before.values
        for parameter in _values(tool)
        if (parameter.field or parameter.name) == (value.parameter.field or value.parameter.name)
        and parameter.field != before.entity.label
    ]
    random.shuffle(options)
    for parameter, value in options:
        name = parameter.field or parameter.name
        if isinstance(value.value, (list, dict, bool)) or any(t.startswith(f"{{{name}}}") for t in tool.phrases):
            continue  # a value that is the verb of its sentence, as in `archive the course`, is no name for a state
        other = row.get(name) if restore else None
        if not restore:
            other = invent(parameter, value.attribute, now=now, random=random, row={name: value.value})
        if other is None or other in (value.value, "") or isinstance(other, (list, dict, bool)):
            continue
        found.arguments[parameter.name] = other
        found.values.append(Value(parameter, value.attribute, other))
        found.instead = value
        return
    raise Unmendable("nothing to correct" if not restore else "nothing to take back")


# The words ------------------------------------------------------------------------------------------------------------

_CORRECTED = (
    "Sorry, I meant {new}, not {old}.",
    "Wait, make that {new} instead of {old}.",
    "My mistake: it should be {new}, not {old}.",
    "Ah no, I got that wrong: {new}, not {old}.",
)
_CORRECTED_FIELD = (
    "Sorry, the {field} should be {new}, not {old}.",
    "Correction: the {field} is {new}, not {old}.",
)
_RESTORED = (
    "Actually, set the {field} back to {new}.",
    "On second thought, leave the {field} at {new}, as it was.",
    "Hm, no, let's keep {new} as the {field} after all.",
)
_TAKEN_BACK = ("Actually, I changed my mind: {}.", "On second thought, {}.", "Oh, never mind, {}.")
_REMOVED = ("Actually, I no longer need {that}: {clause}.", "Oh, never mind {that}, {clause}.",
            "On second thought, {clause}, please.")  # fmt: skip


def corrected(new: str, old: str, field_words: str, *, plain: bool, random: Random) -> str:
    """A sentence that puts one value in place of another; `plain` when the old one alone tells which is meant."""
    return random.choice(_CORRECTED if plain else _CORRECTED_FIELD).format(new=new, old=old, field=field_words)


def restored(new: str, field_words: str, *, random: Random) -> str:
    """A sentence that takes a changed value back."""
    return random.choice(_RESTORED).format(new=new, field=field_words)


def taken_back(clause: str, *, random: Random) -> str:
    """A sentence that takes back what was done, by saying what undoes it."""
    return random.choice(_TAKEN_BACK).format(_again(clause))


def removed(clause: str, noun: str, *, random: Random) -> str:
    """A sentence that takes back what was made."""
    return random.choice(_REMOVED).format(clause=clause, that=f"that {noun}")


def _again(clause: str) -> str:
    """`delete it again`, but nothing behind a longer clause."""
    return f"{clause} again" if clause.endswith(" it") and clause.count(" ") < 3 else clause


_THANKS = ("Great, thanks.", "Perfect, thank you.", "Lovely.", "Good, that's done then.", "Thanks, that was quick.")
_HEARD = ("Good to know.", "Ah, I see.", "Right, thanks.", "OK, thank you.")
_COUNTED = ("{}? That's more than I thought.", "{}? I would have guessed fewer.", "Only {}? Fine.", "{}, all right.")
_READ = ("{}, good.", "{}? I had that down differently.", "{}, I see, thanks.")


def reaction(moves: Sequence[Move], random: Random) -> str:
    """What the user says to what the agent did or found in the turn before."""
    last = moves[-1]
    if not last.question:
        return random.choice(_THANKS)
    kind = last.question.partition(":")[0]
    value = last.facts[0].value
    if kind == "count" and isinstance(value, int):
        fits = _COUNTED[:2] + _COUNTED[3:] if value > 3 else _COUNTED[2:]
        number = last.facts[0].forms[-1]
        return random.choice(fits).format(number[:1].upper() + number[1:] if fits is not _COUNTED[2:] else number)
    short = last.facts[0].forms[0]
    if kind == "field" and len(short) <= 24 and random.random() < 0.6:
        return random.choice(_READ).format(short)
    return random.choice(_HEARD)


def react(story: Story, remarks: dict[int, str], random: Random) -> None:
    """Let the user say something, once, to what came of the turn before, unless they mend something then: put it among
    the `remarks` of a wording, by turn."""
    turns = [t for t in range(1, story.count) if all(move.act == "request" for move in story.in_turn(t))]
    if turns:
        turn = random.choice(turns)
        remarks[turn] = reaction(story.in_turn(turn - 1), random)


# The certificate ------------------------------------------------------------------------------------------------------


def policies(task: Task) -> Iterator[Policy]:
    """Who ignores what the user takes back or mends fails, as does who makes a second thing instead of mending one."""
    if any(turn.act in {"correct", "retract"} for turn in task.turns):
        yield Policy("ignores that the user changed their mind", Stubborn.of)
    if any(Doubler.original(task, turn) is not None for turn in range(len(task.turns))):
        yield Policy("makes a second one instead of correcting the first", Doubler.of)


def besides(own: Callable[[Task], Iterable[Policy]]) -> Callable[[Task], Iterator[Policy]]:
    """The policies of a kind, and those of what happens between the turns."""

    def both(task: Task) -> Iterator[Policy]:
        yield from own(task)
        yield from policies(task)

    return both


class Stubborn(Oracle):
    """Leaves as it is what the user corrects or takes back."""

    @classmethod
    def of(cls, task: Task) -> Stubborn:
        """The policy for a task."""
        return cls("stubborn", task, task.seed)

    def act(self, story: Played, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        """Nothing but kind words where the user mends something."""
        if turn.act in {"correct", "retract"}:
            return Message(role="assistant", content="Noted, it stays as it is now.")
        return super().act(story, turn, tools)


class Doubler(Oracle):
    """Makes a new one with the corrected value, and leaves the wrong one where it is."""

    @classmethod
    def of(cls, task: Task) -> Doubler:
        """The policy for a task."""
        return cls("doubler", task, task.seed)

    @staticmethod
    def original(task: Task, turn: int) -> tuple[int, GoldCall, GoldCall] | None:
        """The number of the call that corrects what was made, that call, and the one that made it."""
        if task.turns[turn].act != "correct":
            return None
        number = sum(len(earlier.calls) for earlier in task.turns[:turn])
        for call in task.turns[turn].calls:
            for use in call.uses.values():
                made = task.calls[int(use.partition(".")[0])]
                if call.writes and made.writes:
                    return number, call, made
            number += 1
        return None

    def waiting(self, story: Played, turn: Turn) -> list[ToolCall]:
        """The right calls, but the creation once more in place of the correction."""
        found = self.original(self.task, story.turn)
        waiting = super().waiting(story, turn)
        if found is None or not waiting or numbered(waiting[0].id) != found[0]:
            return waiting
        _, call, made = found
        said = {name: value for name, value in call.arguments.items() if name not in call.uses}
        arguments = made.live(story.gold()) | {name: value for name, value in said.items() if name in made.arguments}
        return [waiting[0].model_copy(update={"name": made.tool, "arguments": arguments})]
