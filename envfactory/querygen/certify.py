"""The certificate of a task: gold passes, doing nothing fails, each single edit fails, order is free, nothing leaks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

from envfactory.environment.environment import Environment
from envfactory.environment.session import SEPARATOR, Session
from envfactory.environment.spec import EnvSpec
from envfactory.querygen.mutate import Turns, mutants
from envfactory.rollout.replay import replay
from envfactory.rollout.reward import Reward, score
from envfactory.rollout.task import GoldCall, Proof, Task
from envfactory.rollout.trajectory import Trajectory

_PERSON = re.compile(r"^[a-z]+\.[a-z]+@example\.com$")
"""Some services take a person's address for a key; people know it and say it."""
_WORD = re.compile(r"[\w@./:+#-]+")


class Rejected(Exception):
    """Why a task is not certified, in a few words that can be counted."""


def certify(task: Task, library: Mapping[str, type[Environment]], *, random: Random) -> Task:
    """The task with its proof; raises Rejected."""
    specs = {s.environment: spec for s in task.settings if (spec := library[s.environment].spec) is not None}
    with task.open(library) as start:
        leaks = leaked(task, specs, start)
        if leaks:
            raise Rejected("the query leaks an internal name")
        gold = _score(task, _gold(task), None, start)
        if gold[0].total != 1.0 or not gold[0].passed:
            raise Rejected("gold does not pass")
        idle = score(task, _run(task, [[] for _ in task.turns], ["Done."] * len(task.turns), start))
        if idle.total != 0.0:
            raise Rejected("doing nothing earns something")
        played = killed = 0
        harm: GoldCall | None = None
        for mutant in mutants(task, specs, start, random=random):
            reward, run = _score(task, mutant.turns, mutant.answers, start)
            same = mutant.answers is None and run.changes == gold[1].changes
            if same and "left out" in mutant.name:
                raise Rejected("a write changes nothing")
            if same:
                continue  # an edit without effect is not another behaviour
            played += 1
            if reward.passed:
                raise Rejected("a wrong attempt passes")
            killed += 1
            if mutant.extra is not None:
                harm = mutant.extra  # the later ones hit rows nobody spoke of
        if not played:
            raise Rejected("nothing could go wrong")
        if harm is None:
            raise Rejected("there is no other row to harm")
        permutations = 0
        for order in _orders(task):
            permutations += 1
            if not _score(task, order, None, start)[0].passed:
                raise Rejected("the order of independent calls matters")
    proof = Proof(
        gold=gold[0].total,
        idle=idle.total,
        mutants=played,
        killed=killed,
        permutations=permutations,
        leaks=len(leaks),
        harm=harm,
    )
    return task.model_copy(update={"proof": proof})


def leaked(task: Task, specs: Mapping[str, EnvSpec], session: Session) -> list[str]:
    """Internal ids, tool names and argument names in the user's words."""
    text = " ".join(turn.query for turn in task.turns)
    said = set(_WORD.findall(text)) | {word.strip(".,:#") for word in _WORD.findall(text)}
    found = [tool for tool in session.tools if tool in text or tool.partition(SEPARATOR)[2] in said]
    for environment, spec in specs.items():
        store = session.environments[environment].db
        for entity in spec.entities:
            if entity.key == entity.label:
                continue  # people do use this key: it is the name
            for row in store.rows(f'SELECT "{entity.key}" AS k FROM "{entity.table}"'):
                key = row["k"]
                if isinstance(key, str) and len(key) > 2 and key in said and not _PERSON.match(key):
                    found.append(key)
    return found


def _gold(task: Task) -> Turns:
    return [list(turn.calls) for turn in task.turns]


def _run(task: Task, turns: Sequence[Sequence[GoldCall]], answers: Sequence[str], start: Session) -> Trajectory:
    session = start.fork()
    try:
        return replay(task, turns, answers, session)
    finally:
        session.close()


def _score(task: Task, turns: Turns, answers: Sequence[str] | None, start: Session) -> tuple[Reward, Trajectory]:
    run = _run(task, turns, answers or [turn.answer for turn in task.turns], start)
    return score(task, run), run


def _orders(task: Task) -> list[Turns]:
    """Gold with two neighbouring calls of a turn exchanged, where the later uses nothing of the earlier."""
    found: list[Turns] = []
    offset = 0
    for number, turn in enumerate(task.turns):
        for place in range(len(turn.calls) - 1):
            first, second = offset + place, offset + place + 1
            if any(source.split(".")[0] == str(first) for source in turn.calls[place + 1].uses.values()):
                continue
            found.append(_exchanged(task, number, place, {first: second, second: first}))
        offset += len(turn.calls)
    return found


def _exchanged(task: Task, number: int, place: int, moved: Mapping[int, int]) -> Turns:
    turns = _gold(task)
    calls = turns[number]
    calls[place], calls[place + 1] = calls[place + 1], calls[place]
    return [[_renumbered(call, moved) for call in calls] for calls in turns]


def _renumbered(call: GoldCall, moved: Mapping[int, int]) -> GoldCall:
    uses: dict[str, str] = {}
    for parameter, source in call.uses.items():
        head, dot, rest = source.partition(".")
        uses[parameter] = f"{moved.get(int(head), int(head))}{dot}{rest}"
    return call.model_copy(update={"uses": uses})
