"""The certificate of a task: gold passes, doing nothing fails, each single edit fails, order is free, nothing leaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random

from envfactory.environment.environment import Environment
from envfactory.environment.session import SEPARATOR, Session
from envfactory.environment.spec import EnvSpec
from envfactory.querygen import words
from envfactory.querygen.mutate import Turns, mutants
from envfactory.querygen.orders import permutations, renumbered
from envfactory.querygen.policy import Policy, tried
from envfactory.rollout.replay import Replay
from envfactory.rollout.reward import score
from envfactory.rollout.task import GoldCall, Proof, Task

_PERSON = re.compile(r"^[a-z]+\.[a-z]+@example\.com$")
"""Some services take a person's address for a key; people know it and say it."""
_WORD = re.compile(r"[\w@./:+#-]+")


class Rejected(Exception):
    """Why a task is not certified, in a few words that can be counted."""


def certify(
    task: Task,
    library: Mapping[str, type[Environment]],
    *,
    random: Random,
    policies: Callable[[Task], Iterable[Policy]] = lambda task: (),
) -> Task:
    """The task with its proof; `policies` of its kind are played, too. Raises Rejected."""
    _within_reach(task)
    specs = {s.environment: spec for s in task.settings if (spec := library[s.environment].spec) is not None}
    _within_knowledge(task, specs)
    with task.open(library, others=False) as start:
        if leaked(task, specs, start):
            raise Rejected("the query leaks an internal name")
        replay = Replay(task, start)
        try:
            proof = _proof(task, replay, specs, start, random)
        finally:
            replay.close()
    certified = task.model_copy(update={"proof": proof})
    wanted = [*policies(certified)]
    trials = tried(certified, wanted, library)
    for policy, trial in zip(wanted, trials, strict=True):
        if policy.passes != trial.passed:
            raise Rejected(f"who {policy.name} {'fails' if policy.passes else 'passes'}")
        if not policy.least <= trial.total <= policy.most:
            raise Rejected(f"who {policy.name} earns too {'little' if trial.total < policy.least else 'much'}")
    return task.model_copy(update={"proof": proof.model_copy(update={"trials": trials})})


def _within_knowledge(task: Task, specs: Mapping[str, EnvSpec]) -> None:
    """Raise Rejected when a right call names a row by a key that no look-up gave and nobody has said."""
    said = " ".join(task.rules).casefold()
    for turn in task.turns:
        said = f"{said} {turn.query.casefold()}"
        for call in turn.calls:
            environment, _, name = call.tool.partition(SEPARATOR)
            looked_up = {use.partition(".")[0] for use in call.uses}
            for parameter in specs[environment].tool(name).parameters:
                value = call.arguments.get(parameter.name)
                if call.by == "user" or not parameter.entity or parameter.role not in {"key", "scope", "reference"}:
                    continue
                if isinstance(value, str) and parameter.name not in looked_up and value.casefold() not in said:
                    raise Rejected("nobody says what no tool tells")


def _within_reach(task: Task) -> None:
    """Raise Rejected when a right call is not for the one who makes it."""
    for number, turn in enumerate(task.turns):
        hidden = task.hidden(number)
        for call in turn.calls:
            if call.tool not in task.user_tools if call.by == "user" else call.tool in hidden:
                raise Rejected("a right call is out of reach")


def _proof(task: Task, replay: Replay, specs: Mapping[str, EnvSpec], start: Session, random: Random) -> Proof:
    answers = [turn.answer for turn in task.turns]
    run = replay.gold
    if any(made.call.outcome not in {"ok", "fault"} for made in run.calls):
        raise Rejected("a right call is refused")
    gold = score(task, run)
    if gold.total != 1.0 or not gold.passed:
        raise Rejected("gold does not pass")
    idle = score(task, replay.edited([[] for _ in task.turns], ["Done."] * len(task.turns)))
    if idle.total != 0.0:
        raise Rejected("doing nothing earns something")
    played = 0
    harm: GoldCall | None = None
    for mutant in mutants(task, specs, start, random=random):
        edited = replay.edited(mutant.turns, mutant.answers or answers, first=mutant.first)
        same = mutant.answers is None and edited.turn_changes == run.turn_changes
        if same and mutant.edit == "left out":
            raise Rejected("a write changes nothing")
        if same and mutant.edit == "without":
            raise Rejected("a wish changes nothing")
        if same:
            continue  # an edit without effect is not another behaviour
        played += 1
        if score(task, edited).passed:
            raise Rejected("a wrong attempt passes")
        if mutant.extra is not None:
            harm = mutant.extra  # the later ones hit rows nobody spoke of
    if harm is None:
        raise Rejected("there is no other row to harm")
    orders = [*_orders(task), *(permutations(task) if task.kind == "parallel" else ())]
    for first, order in orders:
        if not score(task, replay.edited(order, answers, first=first)).passed:
            raise Rejected("the order of independent calls matters")
    # every mutant that was played failed, or there would be no proof
    return Proof(
        gold=gold.total, idle=idle.total, mutants=played, killed=played, permutations=len(orders), leaks=0, harm=harm
    )


def leaked(task: Task, specs: Mapping[str, EnvSpec], session: Session) -> list[str]:
    """Internal ids, tool names and argument names in the user's words."""
    text = " ".join(turn.query for turn in task.turns)
    said = set(_WORD.findall(text)) | {word.strip(".,:#") for word in _WORD.findall(text)}
    found = [tool for tool in session.tools if tool in text or tool.partition(SEPARATOR)[2] in said - _words(specs)]
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


def _words(specs: Mapping[str, EnvSpec]) -> set[str]:
    """What people call things: a tool may be named by one of these words, as `cart` is, and nobody could avoid it."""
    entities = [entity for spec in specs.values() for entity in spec.entities]
    return {word for entity in entities for word in (words.noun(entity), words.nouns(entity))}


def _orders(task: Task) -> Iterator[tuple[int, Turns]]:
    """Gold with two neighbouring calls of a turn exchanged, where the later uses nothing of the earlier; and the number
    of the first of them."""
    offset = 0
    for number, turn in enumerate(task.turns):
        for place in range(len(turn.calls) - 1):
            first, second = offset + place, offset + place + 1
            if any(source.split(".")[0] == str(first) for source in turn.calls[place + 1].uses.values()):
                continue
            yield first, _exchanged(task, number, place, {first: second, second: first})
        offset += len(turn.calls)


def _exchanged(task: Task, number: int, place: int, moved: Mapping[int, int]) -> Turns:
    turns: Turns = [list(turn.calls) for turn in task.turns]
    calls = turns[number]
    calls[place], calls[place + 1] = calls[place + 1], calls[place]
    return [[renumbered(call, moved) for call in calls] for calls in turns]
