"""Runs played twice: through a dump of the rows, in a fork, in a session beside it, after going back."""

from __future__ import annotations

import json
from typing import Any

from envfactory.envgen.checks.calls import Caller, Dice, MadeCall
from envfactory.envgen.checks.subject import Notes, ResultSchemas, Subject, shown
from envfactory.environment.entropy import Entropy
from envfactory.environment.environment import CallResult, Environment
from envfactory.environment.library import Finding
from envfactory.environment.session import SEPARATOR, Session, World
from envfactory.environment.store import Image, Store
from envfactory.errors import StateError
from envfactory.messages import canonical

CALLS = 40
"""Calls of one seeded run."""


def reloaded(live: Environment) -> Environment:
    """An environment that knows only what a dump of the rows as JSON says; raises StateError when they do not load.

    Keys, references, CHECKs and types are all tried again on the way.
    """
    rows = json.loads(json.dumps(live.db.state()))
    return type(live)(Store(Image.load(live.db.schema, rows), Entropy(live.db.entropy.state)))


def same(left: CallResult, right: CallResult) -> bool:
    """Whether two calls came out alike, in result and in row changes."""
    return (left.outcome, canonical(left.result), left.changes) == (
        right.outcome,
        canonical(right.result),
        right.changes,
    )


def check_roundtrip(subject: Subject) -> Finding:
    """After every call of a seeded run, the rows are dumped and loaded again; the next call comes out the same."""
    notes = Notes("roundtrip")
    fits = ResultSchemas(subject.cls)
    for state in subject.states():
        live = subject.open(state)
        caller = Caller(subject.spec, subject.cls)
        by = Dice(subject.dice("roundtrip", state))
        for _ in range(CALLS):
            made = caller.call(live, by)
            if not _twice(notes, fits, state, live, caller, made):
                break
        live.db.close()
    return notes.finding()


def _twice(notes: Notes, fits: ResultSchemas, state: str, live: Environment, caller: Caller, made: MadeCall) -> bool:
    """Make a call on an environment and on its reloaded copy; False when the run cannot go on."""
    call = f"{shown(made.tool, made.arguments)} in {state}"
    notes.tried("calls")
    try:
        copy = reloaded(live)
    except (StateError, TypeError) as error:
        notes.fail(f"before {call}, the rows cannot be dumped and loaded again: {error}")
        return False
    try:
        if copy.db.state() != live.db.state():
            notes.fail(f"before {call}, the rows are not the same after dumping and loading them")
            return False
        called = live.call(made.tool, made.arguments)
        again = copy.call(made.tool, made.arguments)
        if called.outcome == "bug":
            notes.fail(f"{call} is a bug: {called.bug}")
        elif called.outcome == "ok":
            notes.tried("accepted")
            notes.count -= 1
            caller.remember(made, called.result)
            if misfit := fits.misfit(made.tool, called.result):
                notes.fail(f"{call}: the result does not fit the output schema: {misfit}")
        if not same(called, again) or copy.db.fingerprint() != live.db.fingerprint():
            notes.fail(f"{call} comes out differently once the rows were dumped and loaded again{_how(called, again)}")
            return False
        return True
    finally:
        copy.db.close()


def _how(left: CallResult, right: CallResult) -> str:
    if left.outcome != right.outcome:
        return f": {left.outcome}, then {right.outcome}"
    if canonical(left.result) != canonical(right.result):
        first, second = canonical(left.result), canonical(right.result)
        at = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), 0)
        return f": …{first[max(0, at - 20) : at + 40]}… then …{second[max(0, at - 20) : at + 40]}…"
    return ": other row changes"


def script(subject: Subject, state: str, length: int = CALLS, *names: object) -> list[MadeCall]:
    """A seeded run's calls, made up while it is played once."""
    live = subject.open(state)
    caller = Caller(subject.spec, subject.cls)
    by = Dice(subject.dice("script", state, *names))
    made: list[MadeCall] = []
    for _ in range(length):
        call = caller.call(live, by)
        caller.remember(call, live.call(call.tool, call.arguments).result)
        made.append(call)
    live.db.close()
    return made


def check_isolation(subject: Subject) -> Finding:
    """Sessions, forks and checkpoints do not see each other."""
    notes = Notes("isolation")
    for state in subject.states():
        for number in range(3):
            _isolated(notes, subject, state, script(subject, state, CALLS, number))
    return notes.finding()


def _isolated(notes: Notes, subject: Subject, state: str, calls: list[MadeCall]) -> None:
    half = len(calls) // 2

    def play(session: Session, part: list[MadeCall]) -> list[Any]:
        made = [session.call(f"{subject.cls.name}{SEPARATOR}{c.tool}", c.arguments) for c in part]
        return [(entry.outcome, canonical(entry.result), entry.changes) for entry in made]

    def compare(what: str, first: list[Any], second: list[Any], left: str, right: str) -> None:
        notes.tried(what.replace(" ", "_"))
        for number, (one, other) in enumerate(zip(first, second, strict=True)):
            if one != other:
                made = calls[number + len(calls) - len(first)]
                notes.fail(f"{shown(made.tool, made.arguments)} in {state} comes out differently in {what}")
                return
        if left != right:
            notes.fail(f"after the same calls in {state}, the rows differ in {what}")

    world = World(subject.cls, subject.cls.state(state))
    with Session([world], seed=subject.seed) as one, Session([world], seed=subject.seed) as two:
        begun = [*play(one, calls[:half])]
        mark = one.checkpoint()
        at_fork = one.fingerprint()
        with one.fork() as fork:
            rest = play(one, calls[half:])
            ended = one.fingerprint()
            notes.tried("fork_unmoved")
            if fork.fingerprint() != at_fork:
                notes.fail(f"calls made in one session of {state} changed the rows of its fork")
            compare("a fork", rest, play(fork, calls[half:]), ended, fork.fingerprint())
            notes.tried("parent_unmoved")
            if one.fingerprint() != ended:
                notes.fail(f"calls made in a fork of {state} changed the rows of the session it came from")
        compare("a session beside it", [*begun, *rest], play(two, calls), ended, two.fingerprint())
        one.restore(mark)
        notes.tried("restored")
        if one.fingerprint() != at_fork:
            notes.fail(f"going back to a checkpoint in {state} does not give the rows of that moment")
        compare("the run after going back to a checkpoint", rest, play(one, calls[half:]), ended, one.fingerprint())
