"""Any calls in any order: whatever an agent sends, an environment answers or refuses, and its rows stay sound.

hypothesis makes the sequences up and shrinks the one that fails (MacIver et al., 2019, doi:10.21105/joss.01891).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import hypothesis
from hypothesis import strategies
from hypothesis.errors import Flaky
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

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

_ALPHABET = "aZ09 -_'\"%\\\n\t,.;:/@#()[]{}é名🙂\x7f\u200b"
"""Letters, what SQL, LIKE, JSON and paths treat as special, and what cannot be seen."""
_TEXT = strategies.one_of(
    strategies.sampled_from([*WORDS, *EDGES]),
    strategies.lists(strategies.sampled_from(_ALPHABET), max_size=12).map("".join),
)


_ALL: list[hypothesis.HealthCheck] = list(hypothesis.HealthCheck)  # pyright: ignore[reportAssignmentType]
"""hypothesis' own worries (slow data, much of it filtered) say nothing about an environment."""


_BACKEND = "envfactory"


class Unaided(HypothesisProvider):
    """hypothesis' own source of choices, without its habit of trying constants that it finds in loaded modules.

    What is loaded differs between processes, so that equal seeds would give other sequences, and reading it leaves
    files behind. It is registered as hypothesis' other backends are (`settings(backend=...)`).
    """

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        return None


AVAILABLE_PROVIDERS[_BACKEND] = f"{Unaided.__module__}.{Unaided.__qualname__}"


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
        # Most of them where there are few rows, so that calls meet; the rest among more.
        share = sequences if len(states) == 1 else (sequences - sequences // 4, sequences // 4)[number]
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
    def one(data: strategies.DataObject) -> None:
        notes.figures["sequences"] = notes.figures.get("sequences", 0) + 1
        live = _opened(subject, state)
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
        backend=_BACKEND,
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
        calls, told = _needed(subject, state, broken)
        steps = ", then ".join(shown(call.tool, call.arguments) for call in calls)
        notes.fail(f"in {state}: {steps}: {told}")
    except Flaky:
        notes.fail(f"in {state}: the same calls give a failure once and none the next time")


def _needed(subject: Subject, state: str, broken: Broken) -> tuple[tuple[MadeCall, ...], str]:
    """The calls of a failing sequence without those that it fails without, and how it fails then."""
    fits = ResultSchemas(subject.cls)

    def played(calls: Sequence[MadeCall]) -> str:
        live = _opened(subject, state)
        caller = Caller(subject.spec, subject.cls)
        told = [_told(Notes("fuzz"), fits, live, caller, made) for made in calls]
        live.db.close()
        return told[-1] if not any(told[:-1]) else ""

    calls, told = broken.calls, broken.told
    for number in range(len(broken.calls) - 2, -1, -1):
        fewer = (*calls[:number], *calls[number + 1 :])
        if again := played(fewer):
            calls, told = fewer, again
    return calls, told


def _opened(subject: Subject, state: str) -> Environment:
    held = subject.cls.state(state)
    entropy = Entropy(EntropyState(seed=f"{subject.cls.name}/fuzz", now=held.now))
    return subject.cls(Store(subject.cls.image(held), entropy))


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
