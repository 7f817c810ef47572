"""Mutants: the tools' code with one small fault put in, each a fault that people really make.

Operators after Offutt et al., "An experimental determination of sufficient mutant operators" (TOSEM 1996), with those
for SQL of Tuya et al., "Mutating database queries" (IST 2007) that fit in a string.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
SQL_TEXT = re.compile(r"\b(SELECT|UPDATE|DELETE|INSERT|WHERE|ORDER BY|AND|OR|IS|ASC|DESC|LIKE)\b|[<>=]\s*[:?]")
SQL_SWAPS = (
    (r"\bASC\b", "DESC"),
    (r"\bDESC\b", "ASC"),
    (r"<=", "<"),
    (r">=", ">"),
    (r"(?<![<>])<(?![=>])", "<="),
    (r"(?<![<>])>(?!=)", ">="),
    (r"(?<![<>!])=(?!=)", "!="),
    (r"!=|<>", "="),
    (r"\bAND\b", "OR"),
    (r"\bOR\b(?! REPLACE| IGNORE)", "AND"),
    (r"\bIS NOT\b", "IS"),
    (r"\bIS\b(?! NOT)", "IS NOT"),
    (r"\bNOT IN\b", "IN"),
    (r"\bORDER BY [^)]*$", ""),
    (r"\s+AND\s+(?:(?!\bAND\b|\bORDER\b|\bLIMIT\b|\bGROUP\b|[()]).)+(?=\sAND\b|\sORDER\b|\sLIMIT\b|\sGROUP\b|$)", ""),
    (r"\bMAX\b", "MIN"),
    (r"\bMIN\b", "MAX"),
)
MESSAGES = frozenset({"ToolError"})
"""Calls whose text is for people: its wording is not mutated."""


@dataclass(frozen=True)
class Site:
    """A place where a fault can be put in: the path to a node, and which of its faults."""

    file: str
    function: str
    """Qualified name: `Notes.update`."""
    tool: str
    """The tool the function is, or empty."""
    path: tuple[tuple[str, int | None], ...]
    variant: int
    what: str
    """What is changed, in words."""
    line: int

    @property
    def where(self) -> str:
        """The fault, for a sentence."""
        return f"{self.file}:{self.line} ({self.function}): {self.what}"


def sites(file: str, tree: ast.Module, keys: Mapping[str, Sequence[str]] | None = None) -> list[Site]:
    """Every fault that can be put into the function bodies of a file, in the order of its text.

    With the tables' primary keys, faults are left out that no test can notice: a condition dropped from an update or a
    delete whose row the same function has just read by those same conditions.
    """
    found: list[Site] = []
    for function, qualified, path in _functions(tree, "", ()):
        for number, statement in enumerate(function.body):
            if number == 0 and _is_text(statement):
                continue  # the docstring
            for node, inner in _nodes(statement, (*path, ("body", number))):
                for variant, (what, changed) in enumerate(faults(node)):
                    if _unnoticeable(function, node, changed, keys or {}):
                        continue
                    line = getattr(node, "lineno", function.lineno)
                    found.append(Site(file, qualified, _tool(function), inner, variant, what, line))
        for place, default in enumerate([*function.args.defaults, *function.args.kw_defaults]):
            kind = "defaults" if place < len(function.args.defaults) else "kw_defaults"
            index = place if kind == "defaults" else place - len(function.args.defaults)
            if isinstance(default, ast.Constant):
                for variant, (what, _) in enumerate(faults(default)):
                    inner = (*path, ("args", None), (kind, index))
                    found.append(
                        Site(file, qualified, _tool(function), inner, variant, f"default: {what}", default.lineno)
                    )
    return found


def mutate(tree: ast.Module, site: Site) -> ast.Module:
    """The file with the fault of `site` in it; `tree` stays as it is."""
    module = copy.copy(tree)
    parent: ast.AST = module
    # Only the nodes on the path are copied: a mutant costs microseconds, not a copy of the file.
    for field, index in site.path[:-1]:
        parent = _copied(parent, field, index)
    field, index = site.path[-1]
    held = getattr(parent, field)
    node = held if index is None else held[index]
    _, changed = list(faults(node))[site.variant]
    replacement = changed
    for inner in ast.walk(replacement):
        if isinstance(inner, (ast.expr, ast.stmt)) and not hasattr(inner, "lineno"):
            ast.copy_location(inner, node)
    if index is None:
        setattr(parent, field, replacement)
    else:
        setattr(parent, field, [*held[:index], replacement, *held[index + 1 :]])
    ast.fix_missing_locations(replacement)
    return module


def _copied(parent: ast.AST, field: str, index: int | None) -> ast.AST:
    held = getattr(parent, field)
    child = copy.copy(held if index is None else held[index])
    setattr(parent, field, child if index is None else [*held[:index], child, *held[index + 1 :]])
    return child


def _functions(
    node: ast.AST, prefix: str, path: tuple[tuple[str, int | None], ...]
) -> Iterator[tuple[ast.FunctionDef, str, tuple[tuple[str, int | None], ...]]]:
    for number, child in enumerate(getattr(node, "body", [])):
        here = (*path, ("body", number))
        if isinstance(child, ast.FunctionDef):
            yield child, f"{prefix}{child.name}", here
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.", here)


def _nodes(
    node: ast.AST, path: tuple[tuple[str, int | None], ...]
) -> Iterator[tuple[ast.AST, tuple[tuple[str, int | None], ...]]]:
    """A node and all below it, but for types, and the text of messages."""
    yield node, path
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MESSAGES:
        return
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "ctx"}:
            continue
        if field == "args" and isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "need":
            continue  # the table, and what its refusal calls the row
        # Another name of a column or table breaks at once: such mutants would only flatter the score.
        names = field in {"slice", "keys"} or (field == "args" and isinstance(node, ast.Call))
        several = isinstance(value, list)
        for number, item in enumerate(cast("list[Any]", value) if several else [value]):
            if isinstance(item, ast.AST) and not (names and _is_name(item)):
                yield from _nodes(item, (*path, (field, number if several else None)))


def faults(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The faults that can be put in place of one node, each with what it is in words."""
    if isinstance(node, ast.stmt):
        yield from _statement(node)
    elif isinstance(node, ast.Compare):
        for number, operator in enumerate(node.ops):
            if type(operator) in FLIPPED:
                flipped = FLIPPED[type(operator)]()
                ops = [*node.ops[:number], flipped, *node.ops[number + 1 :]]
                changed = ast.Compare(node.left, ops, node.comparators)
                yield f"{_text(node)} becomes {_text(changed)}", changed
    elif isinstance(node, ast.BoolOp):
        swapped = ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield f"{_text(node)} becomes {_text(swapped)}", swapped
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"{_text(node)} loses its not", node.operand
    elif isinstance(node, ast.IfExp):
        yield f"{_text(node)} is always its first value", node.body
        yield f"{_text(node)} is always its second value", node.orelse
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)) and not _strings(node):
        other = ast.BinOp(node.left, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.right)
        yield f"{_text(node)} becomes {_text(other)}", other
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.Dict):
        for number, key in enumerate(node.keys):
            if key is not None:
                rest = ast.Dict(
                    node.keys[:number] + node.keys[number + 1 :], node.values[:number] + node.values[number + 1 :]
                )
                yield f"the entry {_text(key)} is dropped", rest
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield (
            f"the condition {_text(node.ifs[0])} is dropped",
            ast.comprehension(node.target, node.iter, [], node.is_async),
        )
    elif isinstance(node, ast.Constant):
        yield from _constant(node)


def _statement(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, (ast.Expr, ast.AugAssign, ast.Raise, ast.Delete)) and not _is_text(node):
        yield f"the statement {_text(node)} is dropped", ast.Pass()
    if isinstance(node, (ast.If, ast.While)):
        negated = copy.copy(node)
        negated.test = ast.UnaryOp(ast.Not(), node.test)
        yield f"the condition {_text(node.test)} is negated", negated
    if isinstance(node, ast.If):
        never = copy.copy(node)
        never.test = ast.Constant(value=False)
        yield f"the condition {_text(node.test)} is never met", never
    if isinstance(node, ast.For):
        yield f"the loop over {_text(node.iter)} is dropped", ast.Pass()
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield f"{_text(node)} returns nothing", ast.Return(ast.Constant(value=None))


def _call(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in MESSAGES:
        return
    for number, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            rest = [*node.keywords[:number], *node.keywords[number + 1 :]]
            yield f"{_text(node.func)}(…) loses {_text(keyword)}", ast.Call(node.func, node.args, rest)
    if (
        isinstance(node.func, ast.Attribute)
        and not node.keywords
        and not node.args
        and name in {"lower", "strip", "casefold"}
    ):
        yield f"{_text(node)} loses .{name}()", node.func.value


def _constant(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} becomes {not value}", ast.Constant(value=not value)
    elif isinstance(value, int):
        yield f"{value} becomes {value + 1}", ast.Constant(value=value + 1)
    elif isinstance(value, str) and SQL_TEXT.search(value):
        for pattern, other in SQL_SWAPS:
            for match in re.finditer(pattern, value):
                text = value[: match.start()] + other + value[match.end() :]
                around = " ".join(value[max(0, match.start() - 20) : match.end() + 20].split())
                yield f"in SQL …{around}…, {match[0].split(' [')[0]!r} becomes {other!r}", ast.Constant(value=text)
    elif isinstance(value, str) and value and len(value) < 40:
        yield f"{value!r} becomes another text", ast.Constant(value=f"{value}~")


def _unnoticeable(
    function: ast.FunctionDef, node: ast.AST, changed: ast.AST, keys: Mapping[str, Sequence[str]]
) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(changed, ast.Call) and node.args):
        return False
    if getattr(node.func, "attr", "") not in {"update", "delete"} or len(changed.keywords) == len(node.keywords):
        return False
    table = ast.unparse(node.args[0])
    key = keys.get(table.strip("'"))
    if not key or not set(key) <= {keyword.arg for keyword in changed.keywords}:
        return False
    wanted = {ast.unparse(keyword) for keyword in node.keywords}
    return any(
        isinstance(read, ast.Call)
        and getattr(read.func, "attr", "") == "need"
        and ast.unparse(read.args[0]) == table
        and {ast.unparse(keyword) for keyword in read.keywords} == wanted
        for read in ast.walk(function)
    )


def _tool(function: ast.FunctionDef) -> str:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "tool":
            named = next((k.value for k in decorator.keywords if k.arg == "name"), None)
            return str(named.value) if isinstance(named, ast.Constant) else function.name
    return ""


def _strings(node: ast.BinOp) -> bool:
    return any(isinstance(side, (ast.JoinedStr, ast.List)) or _is_string(side) for side in (node.left, node.right))


def _is_string(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and not SQL_TEXT.search(node.value)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else f"{text[:60]}…"
