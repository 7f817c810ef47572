"""SQL text into which an argument of a tool flows: followed through names, f-strings and calls, without running."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

CHANGERS = frozenset(
    {
        *("append", "extend", "insert", "remove", "clear", "pop", "popitem", "update", "setdefault", "add", "discard"),
        *("appendleft", "sort", "reverse"),
    }
)
"""Methods by which lists, dicts and sets change."""
SQL = frozenset({"rows", "row", "value", "execute"})
"""Methods of the store that take SQL text first."""


@dataclass
class Function:
    """A function or method of the sources."""

    file: str
    node: ast.FunctionDef
    tool: str = ""
    writes: bool = False
    parameters: list[str] = field(default_factory=list[str])


def injected(functions: list[Function]) -> list[str]:
    """SQL text into which an argument of a tool flows; values belong into `:name` placeholders."""
    by_name = {function.node.name: function for function in functions}
    tainted: dict[str, set[str]] = {f.node.name: set(f.parameters) for f in functions if f.tool}
    waiting = list(tainted)
    found: dict[str, None] = {}
    while waiting:
        name = waiting.pop()
        function = by_name[name]
        flow = _Flow(set(tainted[name]))
        flow.run(function.node)
        for line, text in flow.sql:
            found[f"{function.file}:{line}: SQL is made of an argument ({text}); bind it as :name"] = None
        for called, positions, keywords in flow.calls:
            target = by_name.get(called)
            if target is None:
                continue
            passed = {p for number, p in enumerate(target.parameters) if number in positions or p in keywords}
            if passed - tainted.get(called, set()):
                tainted[called] = tainted.get(called, set()) | passed
                waiting.append(called)
    return sorted(found)


class _Flow:
    """Which names of one function hold text made of its tainted parameters."""

    def __init__(self, tainted: set[str]) -> None:
        self.tainted = tainted
        self.sql: list[tuple[int, str]] = []
        self.calls: list[tuple[str, set[int], set[str]]] = []

    def run(self, node: ast.FunctionDef) -> None:
        before = -1
        while before != len(self.tainted):  # until nothing new is tainted: loops carry values back
            before = len(self.tainted)
            for inner in ast.walk(node):
                if isinstance(inner, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and inner.value is not None:
                    targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target]
                    if self.dirty(inner.value):
                        self.tainted |= {t.id for t in targets if isinstance(t, ast.Name)}
                elif (
                    isinstance(inner, ast.Call)
                    and isinstance(inner.func, ast.Attribute)
                    and isinstance(inner.func.value, ast.Name)
                    and inner.func.attr in CHANGERS
                    and any(map(self.dirty, inner.args))
                ):
                    self.tainted.add(inner.func.value.id)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call):
                self._call(inner)

    def _call(self, call: ast.Call) -> None:
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        on_store = isinstance(function, ast.Attribute) and ast.unparse(function.value) == "self.db"
        if on_store and name in SQL and call.args and self.dirty(call.args[0]):
            self.sql.append((call.lineno, ast.unparse(call.args[0])[:60]))
        if not on_store:
            positions = {number for number, value in enumerate(call.args) if self.dirty(value)}
            keywords = {k.arg for k in call.keywords if k.arg and self.dirty(k.value)}
            if positions or keywords:
                self.calls.append((name, positions, keywords))

    def dirty(self, node: ast.expr) -> bool:
        """Whether an expression's value holds text of an argument; what only chooses between constants does not."""
        if isinstance(node, ast.Name):
            return node.id in self.tainted
        if isinstance(node, ast.JoinedStr):
            return any(isinstance(part, ast.FormattedValue) and self.dirty(part.value) for part in node.values)
        if isinstance(node, ast.BinOp):
            return self.dirty(node.left) or self.dirty(node.right)
        if isinstance(node, ast.BoolOp):
            return any(map(self.dirty, node.values))
        if isinstance(node, ast.IfExp):
            return self.dirty(node.body) or self.dirty(node.orelse)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return any(map(self.dirty, node.elts))
        if isinstance(node, (ast.Subscript, ast.Attribute, ast.Starred)):
            return self.dirty(node.value)
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
            return any(self.dirty(g.iter) for g in node.generators) or self.dirty(node.elt)
        if isinstance(node, ast.Call):
            inside = [*node.args, *(keyword.value for keyword in node.keywords)]
            if isinstance(node.func, ast.Attribute):
                table = node.func.value
                if node.func.attr == "get" and isinstance(table, ast.Dict):  # only chooses among what is written there
                    return any(map(self.dirty, (*table.values, *node.args[1:])))
                owner = ast.unparse(node.func.value)
                return not owner.startswith("self") and (self.dirty(node.func.value) or any(map(self.dirty, inside)))
            return getattr(node.func, "id", "") in {"str", "repr", "format", "list", "sorted"} and any(
                map(self.dirty, inside)
            )
        return False
