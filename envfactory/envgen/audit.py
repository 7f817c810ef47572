"""A random sample of tools for a human judge: what each says it does, a call, and what the call did."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from envfactory.envgen.checks.calls import Caller, Dice
from envfactory.envgen.checks.stored import prepare, read_cases, resolved
from envfactory.envgen.checks.subject import Subject
from envfactory.environment.entropy import Entropy, EntropyState
from envfactory.environment.environment import CallResult
from envfactory.environment.library import Loader, load
from envfactory.environment.store import RowChange, Store

TRIES = 80
"""Made-up calls of one tool, at most, until one is accepted (and changes something, if the tool writes)."""


class Audited(BaseModel, frozen=True):
    """One tool of the sample."""

    environment: str
    tool: str
    description: str
    writes: bool
    origin: str
    """`made up`: the checker's own call; else the stored case whose step it is."""
    arguments: dict[str, Any]
    result: Any
    changes: tuple[RowChange, ...]


def audit(folders: Mapping[str, Path], *, count: int = 60, seed: int = 0, load: Loader = load) -> list[Audited]:
    """A sample of `count` tools of all environments (each tool equally likely, none twice), in order of their names.

    The call is made up on the smallest state from keys that exist, so that it is not one that somebody asserted; only
    where none of `TRIES` was accepted is it a step of a stored case. A tool that neither does is left out.
    """
    subjects: dict[str, Subject] = {}
    for name, folder in folders.items():
        cls = load(folder)
        assert cls.spec is not None
        subjects[name] = Subject(folder, cls, cls.spec, seed)
    tools = [(name, tool.name) for name, subject in sorted(subjects.items()) for tool in subject.tools]
    drawn = random.Random(f"{seed}/audit").sample(tools, min(count, len(tools)))
    found = [_made_up(subjects[name], tool) or _stored(subjects[name], tool) for name, tool in sorted(drawn)]
    return [sample for sample in found if sample is not None]


def _made_up(subject: Subject, name: str) -> Audited | None:
    """A call that the checker thought of; None when it thought of none that is accepted."""
    tool = subject.spec.tool(name)
    caller = Caller(subject.spec, subject.cls)
    by = Dice(subject.dice("audit", name))
    kept: tuple[dict[str, Any], CallResult] | None = None
    for _ in range(TRIES):
        live = subject.open(subject.states()[0])
        try:
            made = caller.call(live, by, tool)
            called = live.call(made.tool, made.arguments)
        finally:
            live.db.close()
        if called.outcome != "ok":
            continue
        kept = (made.arguments, called)
        if called.changes or not tool.writes:
            break
    return _audited(subject, name, "made up", *kept) if kept else None


def _stored(subject: Subject, name: str) -> Audited | None:
    """A step of a stored case in which the tool succeeds."""
    for file, case in read_cases(subject.folder):
        if not any(step.tool == name and not step.error for step in case.steps):
            continue
        prepared = prepare(subject.cls, file, case)
        live = subject.cls(Store(prepared.image, Entropy(EntropyState(seed="audit", now=prepared.state.now))))
        results: list[Any] = []
        try:
            for step in case.steps:
                arguments = resolved(step.arguments, results)
                called = live.call(step.tool, arguments)
                results.append(called.result)
                if step.tool == name and called.outcome == "ok":
                    return _audited(subject, name, prepared.where, arguments, called)
        finally:
            live.db.close()
    return None


def _audited(subject: Subject, name: str, origin: str, arguments: dict[str, Any], called: CallResult) -> Audited:
    tool = subject.cls.tools[name]
    return Audited(
        environment=subject.cls.name,
        tool=name,
        description=" ".join(tool.description.split()),
        writes=tool.writes,
        origin=origin,
        arguments=arguments,
        result=called.result,
        changes=tuple(called.changes),
    )
