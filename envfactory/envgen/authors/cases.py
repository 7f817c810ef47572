"""Tester: stored cases from the sentences of the documentation. It never sees the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from envfactory.envgen.authors.author import Author
from envfactory.envgen.case import Case
from envfactory.environment.environment import State
from envfactory.environment.spec import EnvSpec
from envfactory.environment.tool import Tool

_REFERENCE = re.compile(r"^\$\d+(\.|$)")


class CasesAnswer(BaseModel, frozen=True, extra="forbid"):
    """The cases of one tool."""

    cases: list[Case] = Field(min_length=2, max_length=14)


async def write_cases(
    author: Author,
    spec: EnvSpec,
    tool: str,
    *,
    tools: Mapping[str, Tool],
    state: State,
    name: str = "small",
    problem: str = "",
) -> list[Case]:
    """The cases of one tool: a success, a refusal, one for each of its rules; raises Rejected.

    `problem` is what its earlier cases left unseen or got wrong.
    """
    rules = [rule.text for rule in spec.rules if tool in rule.tools]
    described = [
        {
            "name": t.name,
            "description": t.description,
            "writes": t.writes,
            "arguments": t.input_schema,
            "result": t.output_schema,
        }
        for t in (tools[tool], *(other for other in tools.values() if other.name != tool and not other.writes))
    ]
    said = "\n".join(f"- {rule}" for rule in rules) or "- (its description)"
    columns = {entity.table: [a.name for a in entity.attributes] for entity in spec.entities}
    rows = json.dumps(state.rows, ensure_ascii=False)
    parts = [
        f"The tool to test: {tool}",
        f"Its rules:\n\n{said}",
        f"It and the readers:\n\n```json\n{json.dumps(described, ensure_ascii=False, indent=1)}\n```",
        f"Tables and columns: {json.dumps(columns)}",
        f"The state {name!r} (now is {state.now.isoformat()}):\n\n```json\n{rows}\n```",
    ]
    if problem:
        parts.append(problem)

    def check(answer: CasesAnswer) -> Iterable[str]:
        names = [case.name for case in answer.cases]
        if len(set(names)) < len(names):
            yield "two cases have the same name"
        steps = [step for case in answer.cases for step in case.steps if step.tool == tool]
        if not any(not step.error for step in steps):
            yield f"no case shows {tool} succeed"
        if not any(step.error for step in steps) and tools[tool].input_schema.get("properties"):
            yield f"no case shows {tool} refuse (a value of the wrong type is refused as invalid_arguments)"
        for case in answer.cases:
            yield from _flaws(case, tools, name)

    answer = await author.answer("tester", "cases", CasesAnswer, "\n\n".join(parts), check=check)
    return answer.cases


def _flaws(case: Case, tools: Mapping[str, Tool], state: str) -> Iterable[str]:
    if case.state != state:
        yield f"{case.name}: its state must be {state!r}"
    if not case.steps:
        yield f"{case.name}: it has no steps"
    for number, step in enumerate(case.steps):
        if step.tool not in tools:
            yield f"{case.name}, step {number}: there is no tool {step.tool!r}"
            continue
        if step.error == "invalid_arguments" or step.error == "not_found":
            continue
        given = {name: value for name, value in step.arguments.items() if not _refers(value)}
        schema: dict[str, Any] = {k: v for k, v in tools[step.tool].input_schema.items() if k != "required"}
        validator: Any = Draft202012Validator(schema)
        for error in list(validator.iter_errors(given))[:2]:
            yield f"{case.name}, step {number}: {error.message}"
        missing = [n for n in tools[step.tool].input_schema.get("required", []) if n not in step.arguments]
        if missing:
            yield f"{case.name}, step {number}: {step.tool} needs {missing[0]}"


def _refers(value: object) -> bool:
    return isinstance(value, str) and bool(_REFERENCE.match(value))
