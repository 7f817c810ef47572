"""Coder: one tool at a time, on top of what the compiler wrote; a method replaces a default that cannot know better."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence

from pydantic import BaseModel, Field

from envfactory.envgen.authors.author import Author
from envfactory.envgen.authors.house import REFUSALS
from envfactory.envgen.authors.shown import rules_of
from envfactory.envgen.compile import header
from envfactory.environment.spec import EnvSpec, ToolSpec

HEADER = '''"""Tools written by a model, each checked by execution."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from envfactory.environment.entropy import rfc3339, utc
from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.environment.tool import Date, DateTime, tool
from envfactory.errors import ToolError

from .entities import {types}


class Overrides(Environment):
    """Tools that no default can know."""
'''


class MethodAnswer(BaseModel, frozen=True, extra="forbid"):
    """What the coder decides about one tool."""

    keep: bool = Field(description="True when the code shown does all that the rules say; then method stays empty.")
    method: str = Field(default="", description="Otherwise the whole method, decorator and docstring included.")
    why: str = Field(description="One sentence.")


async def write_method(
    author: Author,
    spec: EnvSpec,
    tool: ToolSpec,
    *,
    files: Mapping[str, str],
    current: str,
    problem: str = "",
    broken: Callable[[str], str] | None = None,
) -> str:
    """The method for one tool, or nothing when what is there will do; raises Rejected.

    `files` are the compiled files, `current` the tool's code now (empty when the compiler left it out), `problem` what
    went wrong with it; `broken` tells why the environment does not load with a method, so that it is mended at once.
    """
    meant = tool.model_dump_json(
        indent=1,
        exclude_defaults=True,
        include={
            "name": True, "effect": True, "entity": True, "returns": True, "sets": True, "requires": True,
            "parameters": {"__all__": {"name", "role", "entity", "field", "operator", "items"}},
        },
    )  # fmt: skip
    code = f"The code now:\n\n```python\n{current}\n```"
    if not current:
        code = f"There is no code yet; it begins so:\n\n```python\n{header(spec, tool)}\n```"
    context = "\n\n".join(
        [
            f"The tool: {tool.name}" + ("" if _plain(tool.description) in _plain(code) else f": {tool.description}"),
            f"What the contract says of it:\n\n```json\n{meant}\n```",
            f"Its rules:\n\n{rules_of(spec, [tool.name])}",
            f"schema.sql:\n\n```sql\n{files['schema.sql'].strip()}\n```",
            f"entities.py:\n\n```python\n{_types(files['entities.py'])}\n```",
            code,
            *([f"What went wrong with it:\n\n{problem}"] if problem else []),
        ]
    )

    def check(answer: MethodAnswer) -> Iterable[str]:
        if answer.keep:
            return ["there is no code to keep: write the method"] if not current else []
        wrong = flaws(answer.method, tool)
        if wrong or broken is None:
            return wrong
        told = broken(answer.method.strip("\n"))
        return [f"the environment does not load with it: {told}"] if told else []

    answer = await author.answer("coder", "code", MethodAnswer, context, check=check)
    return "" if answer.keep else answer.method.strip("\n")


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def _types(entities: str) -> str:
    """`entities.py` from its first definition on: what it imports is no use to a method."""
    lines = entities.splitlines()
    first = next((n for n, line in enumerate(lines) if re.match(r"class \w|\w+ = ", line)), 0)
    return "\n".join(lines[first:]).strip()


def flaws(method: str, tool: ToolSpec) -> list[str]:
    """What is wrong with a method's text before anything runs."""
    try:
        tree = ast.parse(_dedented(method))
    except SyntaxError as error:
        return [f"method, line {error.lineno}: {error.msg}"]
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        return ["method: it must be exactly one function, with nothing before or after it"]
    function = tree.body[0]
    problems: list[str] = []
    if function.name != tool.name:
        problems.append(f"method: it must be called {tool.name}, not {function.name}")
    marks = [m for m in function.decorator_list if isinstance(m, ast.Call) and getattr(m.func, "id", "") == "tool"]
    if len(marks) != 1:
        problems.append("method: it needs the decorator @tool() or @tool(writes=True)")
    elif tool.writes != any(k.arg == "writes" for k in marks[0].keywords):
        problems.append(f"method: this tool {'writes: @tool(writes=True)' if tool.writes else 'only reads: @tool()'}")
    if not ast.get_docstring(function):
        problems.append("method: it needs a docstring that the agent reads")
    given = [a.arg.rstrip("_") for a in (*function.args.args, *function.args.kwonlyargs)][1:]
    wanted = [p.name for p in tool.parameters]
    if sorted(given) != sorted(wanted):
        problems.append(f"method: its parameters must be self and {wanted}, not {given}")
    if function.returns is None:
        problems.append("method: it needs a return type")
    codes = {
        k.value.value
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ToolError"
        for k in node.keywords
        if k.arg == "code" and isinstance(k.value, ast.Constant)
    }
    unknown = sorted(map(str, codes - set(REFUSALS)))
    problems += [f"method: {code!r} is no code of a refusal: {', '.join(REFUSALS)}" for code in unknown]
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    problems += [f"method: {name} is never used" for name in given if name not in used and f"{name}_" not in used]
    return problems


def assemble(methods: Mapping[str, str], entities: str) -> str:
    """The text of `overrides.py` with these methods, in the order of their names; empty when there are none."""
    if not methods:
        return ""
    names = _defined(entities)
    bodies = [
        "\n".join(f"    {line}" if line else "" for line in _dedented(m).splitlines())
        for _, m in sorted(methods.items())
    ]
    return HEADER.replace("{types}", ", ".join(names)) + "\n" + "\n\n".join(bodies) + "\n"


def method_in(source: str, tool: str) -> str:
    """The text of one method of a compiled file; empty when it is not there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name == tool:
            first = min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
            return _dedented("\n".join(source.splitlines()[first - 1 : node.end_lineno]))
    return ""


def _defined(entities: str) -> list[str]:
    found: list[str] = []
    for node in ast.parse(entities).body:
        if isinstance(node, ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets: Sequence[ast.expr] = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [t.id for t in targets if isinstance(t, ast.Name)]
    return sorted(found)


def _dedented(text: str) -> str:
    return textwrap.dedent(text.expandtabs(4)).strip("\n")
