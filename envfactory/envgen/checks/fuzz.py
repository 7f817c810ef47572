"""Any calls in any order: whatever an agent sends, an environment answers or refuses, and its rows stay sound.

hypothesis makes the sequences up and shrinks the one that fails (MacIver et al., 2019, doi:10.21105/joss.01891).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import hypothesis
from hypothesis import strategies
from hypothesis.errors import Flaky

from envfactory.envgen.checks.calls import EDGES, WORDS, Caller, Dice, MadeCall, edges
from envfactory.envgen.checks.replay import reloaded
from envfactory.envgen.checks.subject import Notes, ResultSchemas, Subject, shown
from envfactory.environment.entropy import Entropy, EntropyState
from envfactory.environment.environment import Environment
from envfactory.environment.library import Finding
from envfactory.environment.store import Store
from envfactory.errors import StateError

T = TypeVar("T")
LENGTH = 8
"""Calls of a sequence, at most."""

_TEXT = strategies.one_of(strategies.sampled_from([*WORDS, *EDGES]), strategies.text(max_size=12))


_ALL: list[hypothesis.HealthCheck] = list(hypothesis.HealthCheck)  # pyright: ignore[reportAssignmentType]
"""hypothesis' own worries (slow data, much of it filtered) say nothing about an environment."""


class Broken(Exception):
    """A sequence of calls after which something does not hold."""

    def __init__(self, calls: Sequence[MadeCall], told: str) -> None:
        super().__init__(told)
        self.calls = tuple(calls)
        self.told = told


class _Drawn:
    """A chooser that lets hypothesis decide, and so shrink."""

    def __init__(self, data: strategies.DataObject) -> None:
        self._data = data

    def pick(self, items: Sequence[T]) -> T:
        return items[self._data.draw(strategies.integers(0, len(items) - 1))]

    def integer(self, low: int, high: int) -> int:
        return self._data.draw(strategies.integers(low, high))

    def text(self) -> str:
        return self._data.draw(_TEXT)


def check_fuzz(subject: Subject, *, sequences: int = 300) -> Finding:
    """Play made-up sequences on the smallest states; only results and refusals may come out."""
    notes = Notes("fuzz")
    fits = ResultSchemas(subject.cls)
    states = subject.states()[:2]
    _edges(notes, fits, subject, states[0])
    for number, state in enumerate(states):
        share = sequences // len(states) + (number < sequences % len(states))
        if share:
            _play(notes, fits, subject, state, share)
    return notes.finding()


def _edges(notes: Notes, fits: ResultSchemas, subject: Subject, state: str) -> None:
    """Every parameter of every tool with each value at the edge, beside a call that is otherwise as it should be."""
    caller = Caller(subject.spec, subject.cls)
    live = subject.open(state)
    for tool in subject.tools:
        by = Dice(subject.dice("edges", tool.name))
        properties: dict[str, Any] = subject.cls.tools[tool.name].input_schema.get("properties", {})
        for parameter in tool.parameters:
            base = caller.call(live, by, tool)
            seen: set[str] = set()
            for value in edges(parameter, properties.get(parameter.name, {})):
                made = MadeCall(tool.name, {**base.arguments, parameter.name: value})
                copy = type(live)(live.db.fork())
                notes.tried("edges")
                notes.count -= 1
                told = _told(notes, fits, copy, caller, made)
                copy.db.close()
                if told and told not in seen:
                    seen.add(told)
                    notes.fail(f"in {state}: {shown(made.tool, made.arguments)}: {told}")
    live.db.close()


def _play(notes: Notes, fits: ResultSchemas, subject: Subject, state: str, sequences: int) -> None:
    image = subject.cls.image(subject.cls.state(state))
    now = subject.cls.state(state).now

    def one(data: strategies.DataObject) -> None:
        notes.figures["sequences"] = notes.figures.get("sequences", 0) + 1
        live = subject.cls(Store(image, Entropy(EntropyState(seed=f"{subject.cls.name}/fuzz", now=now))))
        caller = Caller(subject.spec, subject.cls, edges=True)
        by = _Drawn(data)
        calls: list[MadeCall] = []
        try:
            for _ in range(by.integer(1, LENGTH)):
                calls.append(caller.call(live, by))
                told = _told(notes, fits, live, caller, calls[-1])
                if told:
                    raise Broken(calls, told)
        finally:
            live.db.close()

    tried = hypothesis.settings(
        max_examples=sequences,
        derandomize=True,  # the same sequences for the same code; the seed decides on the states' entropy only
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=_ALL,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        verbosity=hypothesis.Verbosity.quiet,
    )
    seeded = hypothesis.given(strategies.data())(one)
    try:
        tried(seeded)()
    except Broken as broken:
        steps = ", then ".join(shown(call.tool, call.arguments) for call in broken.calls)
        notes.fail(f"in {state}: {steps}: {broken.told}")
    except Flaky:
        notes.fail(f"in {state}: the same calls give a failure once and none the next time")


def _told(notes: Notes, fits: ResultSchemas, live: Environment, caller: Caller, made: MadeCall) -> str:
    """What does not hold after one call; nothing when all does."""
    called = live.call(made.tool, made.arguments)
    notes.tried("calls")
    if called.outcome == "bug":
        return f"a bug: {called.bug}"
    if called.outcome == "refused":
        return "" if isinstance(_code(called.result), str) else "a refusal without a code"
    notes.tried("accepted")
    notes.count -= 1
    caller.remember(made, called.result)
    if misfit := fits.misfit(made.tool, called.result):
        return f"the result does not fit the output schema: {misfit}"
    if called.changes:
        try:
            reloaded(live).db.close()
        except (StateError, TypeError) as error:
            return f"the rows no longer fit the schema: {error}"
    return ""


def _code(result: Any) -> Any:
    return result["error"]["code"]
