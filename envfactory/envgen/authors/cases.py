"""Tester: stored cases from the sentences of the documentation. It never sees the code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from envfactory.envgen.authors.author import Author
from envfactory.envgen.authors.house import CASES, REFUSALS
from envfactory.envgen.authors.shown import rows_of, rules_of, signature, things
from envfactory.envgen.case import Case, Step
from envfactory.environment.entropy import rfc3339
from envfactory.environment.environment import State
from envfactory.environment.spec import EnvSpec
from envfactory.environment.tool import Tool

_REFERENCE = re.compile(r"^\$(\d+)(\.|$)")


class CasesAnswer(BaseModel, frozen=True, extra="forbid"):
    """The cases of one tool."""

    cases: list[Case] = Field(min_length=1, max_length=CASES[1])


async def write_cases(
    author: Author,
    spec: EnvSpec,
    tool: str,
    *,
    tools: Mapping[str, Tool],
    state: State,
    name: str = "small",
    problem: str = "",
    kept: Sequence[Case] = (),
    unfit: Callable[[Case], str] | None = None,
) -> list[Case]:
    """New cases of one tool: a success, a refusal, one for each of its rules; raises Rejected.

    `kept` are its earlier cases that stay, `problem` is what those left unseen or others got wrong; `unfit` tells why
    a case's rows cannot be put in place.
    """
    taken = {other: list(tools[other].input_schema.get("properties", {})) for other in tools}
    mine = signature(spec, spec.tool(tool), taken=taken[tool], described=True)
    others = [signature(spec, t, taken=taken[t.name]) for t in spec.tools if t.name in tools and t.name != tool]
    parts = [
        f"The tool to test: {tool}",
        mine,
        f"Its rules:\n\n{rules_of(spec, [tool])}",
        "The other tools:\n\n" + ("\n".join(others) or "(none)"),
        f"Things, one table each; a result has these fields, `?` where one may be left out:\n\n{things(spec)}",
        f"The state {name!r} (now is {rfc3339(state.now)}):\n\n{rows_of(spec, state)}",
    ]
    if kept:
        parts.append(covered(kept, tool))
    if problem:
        parts.append(problem)
    takes = bool(taken[tool])

    def check(answer: CasesAnswer) -> Iterable[str]:
        names = [case.name for case in answer.cases]
        for twice in sorted({n for n in names if names.count(n) > 1}):
            yield f"two cases are called {twice!r}"
        if len(names) + len(kept) < CASES[0]:
            yield f"give at least {CASES[0]} cases"
        yield from lacking([*kept, *answer.cases], tool, takes)
        for case in answer.cases:
            wrong = list(_flaws(case, tools, name))
            yield from wrong
            if not wrong and unfit is not None and (told := unfit(case)):
                yield f"{case.name}: {told}"

    answer = await author.answer("tester", "cases", CasesAnswer, "\n\n".join(parts), check=check)
    there = {case.name for case in kept}
    return [case for case in answer.cases if case.name not in there]


def lacking(cases: Iterable[Case], tool: str, takes: bool) -> list[str]:
    """What the cases of a tool that `takes` arguments do not show: it succeed, it refuse."""
    refused = [bool(step.error or step.message) for case in cases for step in case.steps if step.tool == tool]
    found = [] if False in refused else [f"no case shows {tool} succeed"]
    if takes and True not in refused:
        found.append(f"no case shows {tool} refuse (a value of the wrong type is refused as invalid_arguments)")
    return found


def covered(kept: Sequence[Case], tool: str) -> str:
    """What cases that stay cover, a line each, for whoever writes more."""
    lines: list[str] = []
    calls: list[bool] = []
    for case in kept:
        steps = [step for step in case.steps if step.tool == tool]
        calls += [bool(step.error or step.message) for step in steps]
        ends = [step.error or ("refused" if step.message else "succeeds") for step in steps]
        lines.append(f"- {case.name!r} ({case.sentence}): {tool} {', '.join(ends) or 'is not called'}")
    counts = f"{tool} succeeds {calls.count(False)} times and is refused {calls.count(True)} times"
    return f"{len(kept)} cases stay; do not write them again. In them {counts}:\n\n" + "\n".join(lines)


def _flaws(case: Case, tools: Mapping[str, Tool], state: str) -> Iterable[str]:
    if case.state != state:
        yield f"{case.name}: its state must be {state!r}"
    if not case.steps:
        yield f"{case.name}: it has no steps"
    for number, step in enumerate(case.steps):
        where = f"{case.name}, step {number}"
        if step.tool not in tools:
            yield f"{where}: there is no tool {step.tool!r}"
            continue
        for late in sorted({n for n in _references(step.model_dump()) if n >= number + _own(step, n)}):
            yield f"{where}: ${late} is no earlier step"
        if step.error and step.error not in REFUSALS:
            yield f"{where}: {step.error!r} is no code of a refusal: {', '.join(REFUSALS)}"
        if step.error and step.result is not None:
            yield f"{where}: a refusal has no result to expect"
        if step.error not in {"invalid_arguments", "not_found"}:
            yield from (f"{where}: {text}" for text in _misgiven(step, tools[step.tool]))
        if not step.error:
            yield from (f"{where}: {text}" for text in _unknown(step.result, tools[step.tool].output_schema, "result"))


def _own(step: Step, number: int) -> int:
    """A step's arguments refer to earlier steps only; what it expects may name its own result."""
    return 0 if number in _references(step.arguments) else 1


def _misgiven(step: Step, tool: Tool) -> Iterable[str]:
    """How the arguments of a call that should be understood do not fit."""
    given = {name: value for name, value in step.arguments.items() if value is not None and not _references(value)}
    schema: dict[str, Any] = {k: v for k, v in tool.input_schema.items() if k != "required"}
    validator: Any = Draft202012Validator(schema)
    for error in list(validator.iter_errors(given))[:2]:
        yield str(error.message)
    missing = [n for n in tool.input_schema.get("required", []) if n not in step.arguments]
    if missing:
        yield f"{step.tool} needs {missing[0]}"


def _unknown(expected: object, schema: Mapping[str, Any], where: str) -> Iterable[str]:
    """Fields of an expected result that no result can have."""
    if isinstance(expected, list):
        items = schema.get("items")
        if isinstance(items, dict):
            for number, one in enumerate(cast("list[object]", expected)):
                yield from _unknown(one, cast("dict[str, Any]", items), f"{where}.{number}")
    properties = schema.get("properties")
    if not isinstance(expected, dict) or not isinstance(properties, dict) or schema.get("additionalProperties"):
        return
    known = cast("dict[str, dict[str, Any]]", properties)
    for name, value in cast("dict[str, object]", expected).items():
        if name not in known:
            yield f"{where}: the tool gives no {name!r}, but {', '.join(known)}"
        else:
            yield from _unknown(value, known[name], f"{where}.{name}")


def _references(value: object) -> set[int]:
    """The steps that a value refers to, at any depth."""
    if isinstance(value, str):
        match = _REFERENCE.match(value)
        return {int(match[1])} if match else set()
    if isinstance(value, dict):
        inside: Iterable[object] = cast("dict[str, object]", value).values()
    elif isinstance(value, (list, tuple)):
        inside = cast("Sequence[object]", value)
    else:
        return set()
    return {number for one in inside for number in _references(one)}
