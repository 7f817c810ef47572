"""Tasks with faults: the session lets one to three of gold's calls fail, and the agent must recover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

from envfactory.environment.environment import Environment
from envfactory.environment.faults import Fault, FaultKind
from envfactory.graph.chain import Chain, depth
from envfactory.querygen.ask import ask
from envfactory.querygen.certify import Rejected
from envfactory.querygen.ground import MOST_TURNS
from envfactory.querygen.kinds.draft import Draft, Recipe
from envfactory.querygen.kinds.recovery import (
    Believer,
    CallsAgain,
    ClaimsDone,
    GivesUp,
    Looker,
    Patient,
    arrived,
    inquiries,
    makes,
    shown,
)
from envfactory.querygen.policy import Policy
from envfactory.querygen.story import Move, parts
from envfactory.querygen.told import faithful, told
from envfactory.rollout.task import Task

_HOW_MANY = (1, 1, 2, 2, 3)
_WEIGHTS: dict[FaultKind, int] = {"stale_read": 40, "lost_answer": 20, "timeout": 2, "rate_limited": 1, "outage": 1}
"""How often a kind of fault is chosen among those that a call may have: the hard ones first, for few calls may."""
_HARD = frozenset({"lost_answer", "stale_read"})
_PLAIN = 0.4
"""The share of drafts without a hard one that is left out."""
_QUESTIONS = 6
_ASKED_BACK = 0.8
"""How often a list that was written into is asked about in the end."""
_DOUBTFUL = frozenset({"timeout", "lost_answer"})
LOOKED = 0.98
"""What who looks whether a write arrived earns at least: more than three further reads cost a little."""


@dataclass(frozen=True)
class _Struck:
    """A gold call and the fault it shall have."""

    number: int
    kind: FaultKind
    times: int = 1


class Faults(Recipe):
    """Faults at calls that gold makes: the oracle recovers from them at no cost."""

    kind = "faults"

    def prepare(self, chain: Chain, library: Mapping[str, type[Environment]], random: Random) -> Chain:
        """Most chains that look a list up and write into it end with a question about that list: one that a
        stale read would answer wrong."""
        places = [place for place in range(len(chain.steps)) if _changed(chain, place, library)]
        if not places or len(chain.turns) > MOST_TURNS or random.random() > _ASKED_BACK:
            return chain
        step = chain.steps[random.choice(places)]
        steps = (*chain.steps, step)
        turns = (*chain.turns, (len(chain.steps),))
        return chain.model_copy(update={"steps": steps, "turns": turns, "depth": depth(steps)})

    def recast(self, draft: Draft) -> Task:
        """The draft with faults."""
        task = _asked_anew(draft)
        return task.model_copy(update={"kind": self.kind, "faults": _faults(draft, _plan(draft))}).named()

    def policies(self, task: Task) -> Iterable[Policy]:
        """Who gives up, claims, calls again blindly or believes what is stale; who looks first, who waits."""
        kinds = {fault.kind for fault in task.faults}
        struck = list(_struck(task))
        if kinds != {"stale_read"}:
            yield Policy("gives up at the first fault", lambda task: GivesUp("giver_up", task, 0))
            yield Policy("goes on elsewhere before trying again", lambda task: Patient("patient", task, 0), passes=True)
        if any(task.calls[n].writes and fault.kind not in {"lost_answer", "stale_read"} for n, fault in struck):
            yield Policy("says that what a fault struck was done", lambda task: ClaimsDone("claimer", task, 0))
        if "lost_answer" in kinds:
            yield Policy("calls again after every fault", lambda task: CallsAgain("repeater", task, 0))
        if any(makes(task.calls[n].tool) and fault.kind in _DOUBTFUL for n, fault in struck):
            yield Policy(
                "looks whether a write arrived before trying again",
                lambda task: Looker("looker", task, 0),
                passes=True,
                least=LOOKED,
            )
        if "stale_read" in kinds:
            yield Policy("believes a stale read", lambda task: Believer("believer", task, 0))


def _changed(chain: Chain, place: int, library: Mapping[str, type[Environment]]) -> bool:
    """Whether a step gives a list that a later one writes into."""
    environment, name = parts(chain.steps[place].tool)
    spec = library[environment].spec
    if spec is None or spec.tool(name).returns != "many":
        return False
    entity = spec.tool(name).entity
    return any(
        other.writes and other.entity == entity and other.effect in {"create", "delete", "move", "update"}
        for step in chain.steps[place + 1 :]
        if parts(step.tool)[0] == environment
        for other in (spec.tool(parts(step.tool)[1]),)
    )


def _struck(task: Task) -> Iterator[tuple[int, Fault]]:
    """The gold calls that faults strike when they are made in order and again at once, with their fault."""
    before: list[str] = []
    for number, call in enumerate(task.calls):
        while True:
            fault = next((fault for fault in task.faults if fault.strikes(call.tool, before)), None)
            before.append(call.tool)
            if fault is not None:
                yield number, fault
            if fault is None or fault.kind == "lost_answer":
                break


def _asked_anew(draft: Draft) -> Task:
    """The draft, told again with another question where its last one does not depend on what was written before."""
    story = draft.story
    move = story.moves[-1]
    if move.turn == 0 or not move.question or _can_be_stale(draft, move):
        return draft.task
    for _ in range(_QUESTIONS):
        other = ask(replace(move, facts=(), question=""), now=story.now, random=draft.random)
        if other is not None and _can_be_stale(draft, other):
            story.moves[-1] = other
            task = told(story, draft.wording, draft.task.operators, draft.library, random=draft.random)
            faithful(story, draft.wording, task)
            return task
    return draft.task


def _plan(draft: Draft) -> list[_Struck]:
    """Which calls are struck, and by what; raises Rejected when none can be."""
    random = draft.random
    options = {number: _options(draft, number) for number in range(len(draft.story.calls))}
    if not any(kind in _HARD for kinds in options.values() for kind in kinds) and random.random() < _PLAIN:
        raise Rejected("only faults that are easy to recover from")
    wanted = random.choice(_HOW_MANY)
    chosen: list[_Struck] = []
    while options and len(chosen) < wanted:
        open_: list[tuple[int, FaultKind]] = [(number, kind) for number, kinds in options.items() for kind in kinds]
        number, kind = random.choices(open_, [_WEIGHTS[kind] for _, kind in open_])[0]
        times = random.choice((1, 2)) if kind == "rate_limited" else random.choice((2, 3)) if kind == "outage" else 1
        chosen.append(_Struck(number, kind, times))
        del options[number]
    seen = [one for one in chosen if one.kind != "stale_read"]
    if seen and all(_harmless(draft, one) for one in seen):
        # Who gave up where only answers were lost would have done all the work: something else must go wrong, too.
        if not options:
            chosen.remove(seen[0])
        chosen.append(_Struck(random.choice(list(options)) if options else seen[0].number, "timeout"))
    if not chosen:
        raise Rejected("no call that a fault could strike")
    return sorted(chosen, key=lambda one: one.number)


def _harmless(draft: Draft, one: _Struck) -> bool:
    """Whether an answer is lost of the last call of a turn."""
    turns = draft.story.turns
    return one.kind == "lost_answer" and turns[one.number + 1 : one.number + 2] != [turns[one.number]]


def _options(draft: Draft, number: int) -> list[FaultKind]:
    """What may go wrong with one call, for an agent to recover from."""
    call = draft.story.calls[number]
    found: list[FaultKind] = ["timeout", "rate_limited", "outage"]
    if call.writes:
        return [*found, "lost_answer"] if _can_be_lost(draft, number) else found
    move = next((move for move in draft.story.moves if move.place == number), None)
    return [*found, "stale_read"] if move is not None and _can_be_stale(draft, move) else found


def _can_be_lost(draft: Draft, number: int) -> bool:
    """Whether the answer of a call can be lost: nothing later needs it, a read shows that it was carried out, and to
    make it again does it twice."""
    story = draft.story
    call = story.calls[number]
    if not makes(call.tool):
        return False
    if any(int(source.partition(".")[0]) == number for other in story.calls for source in other.uses.values()):
        return False
    with story.moments[story.turns[number]].fork() as here:
        for place, other in enumerate(story.calls[:number]):
            if story.turns[place] == story.turns[number]:
                here.call(other.tool, other.arguments)
        reads = inquiries(here.schemas(), call)
        if arrived(call, [here.call(tool, arguments).result for tool, arguments in reads]):
            return False
        here.call(call.tool, call.arguments)
        if not arrived(call, [here.call(tool, arguments).result for tool, arguments in reads]):
            return False
        again = here.call(call.tool, call.arguments)
        return again.outcome == "ok" and bool(again.changes)


def _can_be_stale(draft: Draft, move: Move) -> bool:
    """Whether a question was preceded, in an earlier turn, by a write that changes its answer."""
    story = draft.story
    writes = [n for n, c in enumerate(story.calls[: move.place]) if c.writes and parts(c.tool)[0] == move.environment]
    if not writes or story.turns[writes[-1]] >= move.turn:
        return False
    turn = story.turns[writes[-1]]
    call = story.calls[move.place]
    with story.moments[turn].fork() as here:
        for place, other in enumerate(story.calls[: writes[-1]]):
            if story.turns[place] == turn:
                here.call(other.tool, other.arguments)
        stale = here.call(call.tool, call.arguments)
    if stale.outcome != "ok" or stale.result == move.result:
        return False
    return any(shown(fact, move.result) and not shown(fact, stale.result) for fact in move.facts)


def _faults(draft: Draft, plan: list[_Struck]) -> tuple[Fault, ...]:
    """The faults that strike the planned calls when they are made in order, each made again at once."""
    planned = {one.number: one for one in plan}
    before: list[str] = []
    found: list[Fault] = []
    for number, call in enumerate(draft.story.calls):
        one = planned.get(number)
        if one is not None:
            at = parts(call.tool)[0] if one.kind == "outage" else call.tool
            counted = Fault(kind="outage", at=at)
            first = sum(map(counted.covers, before))
            found.append(Fault(kind=one.kind, at=at, first=first, times=one.times))
            before += [call.tool] * one.times
            if one.kind == "lost_answer":
                continue
        before.append(call.tool)
    return tuple(found)
