"""Rules that the source of an environment keeps, read from its syntax tree without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from envfactory.envgen.checks.injection import CHANGERS, Function, injected
from envfactory.envgen.checks.subject import Notes
from envfactory.environment.library import Finding

ALLOWED = frozenset(
    {
        *("__future__", "abc", "annotated_types", "base64", "binascii", "bisect", "calendar", "collections"),
        *("contextlib", "copy", "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools"),
        *("hashlib", "heapq", "html", "ipaddress", "itertools", "json", "math", "numbers", "operator", "pydantic"),
        *("re", "statistics", "string", "textwrap", "typing", "typing_extensions", "unicodedata", "urllib.parse"),
        *("zoneinfo", "envfactory.environment", "envfactory.errors", "envfactory.messages"),
    }
)
"""Modules whose functions give equal results for equal arguments and touch nothing outside the process."""
HARMLESS = frozenset({"time", "random", "uuid", "secrets", "warnings"})
"""Not allowed, but running them can do no harm: the other checks still run and show what comes of it."""
REACHING = frozenset(
    {
        "sys",
        "os",
        "builtins",
        "subprocess",
        "importlib",
        "io",
        "codecs",
        "socket",
        "ctypes",
        "shutil",
        "pathlib",
        "types",
    }
)
"""Modules that allowed modules hold, and that code could take from them."""
FORBIDDEN_CALLS = {
    "open": "reads or writes files",
    "eval": "runs text as code",
    "exec": "runs text as code",
    "compile": "runs text as code",
    "__import__": "imports what the rules cannot see",
    "input": "waits for a person",
    "print": "writes to the terminal",
    "globals": "reaches around the rules",
    "locals": "reaches around the rules",
    "vars": "reaches around the rules",
    "breakpoint": "waits for a person",
    "hash": "differs between processes; use hashlib",
    "id": "differs between processes; use self.new_id",
    "setattr": "keeps state outside the database",
    "delattr": "keeps state outside the database",
}
HARMLESS_CALLS = frozenset({"hash", "id", "print", "globals", "locals", "vars", "setattr", "delattr"})
CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
WRITING_SQL = re.compile(r"^\s*(?:WITH\b.*\)\s*)?(INSERT|UPDATE|DELETE|REPLACE)\s", re.IGNORECASE | re.DOTALL)


def parse(sources: dict[str, str]) -> tuple[dict[str, ast.Module], list[str]]:
    """The syntax trees by file, and a sentence for each file that has none."""
    trees: dict[str, ast.Module] = {}
    broken: list[str] = []
    for file, text in sources.items():
        try:
            trees[file] = ast.parse(text, file)
        except (SyntaxError, ValueError) as error:
            line = error.lineno if isinstance(error, SyntaxError) else 0
            broken.append(f"{file}:{line}: not Python: {error}")
    return trees, broken


def check_static(folder: Path) -> tuple[Finding, bool]:
    """Apply the rules to `*.py` in a folder; the second value says whether the code may be run at all."""
    notes = Notes("static")
    sources = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("*.py"))}
    trees, broken = parse(sources)
    broken += [f"{name}: not UTF-8 text" for name, text in sources.items() if "\ufffd" in text]
    for sentence in broken:
        notes.fail(sentence)
    safe = not broken
    functions: list[Function] = []
    for file, tree in trees.items():
        notes.tried()
        notes.figures["lines"] = notes.figures.get("lines", 0) + sources[file].count("\n")
        safe &= _names(notes, file, tree)
        _order(notes, file, tree)
        _state(notes, file, tree)
        functions += _functions(file, tree)
    for function in functions:
        if function.tool:
            notes.tried("tools")
            _swallowed(notes, function)
    _readers(notes, functions)
    for sentence in injected(functions):
        notes.fail(sentence)
    return notes.finding(), safe


# What may be named -----------------------------------------------------------------------------------------------


def _names(notes: Notes, file: str, tree: ast.Module) -> bool:
    """Imports, clocks and built-ins; False when running the code could do harm."""
    safe = True
    for node in ast.walk(tree):
        line = f"{file}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for module in _modules(node):
                if not _allowed(module):
                    notes.fail(f"{line}: imports {module}, which is not on the list of what an environment may use")
                    safe &= module.split(".")[0] in HARMLESS
            for alias in node.names:
                if isinstance(node, ast.ImportFrom) and alias.name in REACHING:
                    notes.fail(f"{line}: takes {alias.name} from another module, which reaches around the rules")
                    safe = False
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            notes.fail(f"{line}: calls {node.func.id}(), which {FORBIDDEN_CALLS[node.func.id]}")
            safe &= node.func.id in HARMLESS_CALLS
        elif isinstance(node, ast.Attribute):
            if isinstance(node.value, (ast.Name, ast.Attribute)):
                owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                if (owner, node.attr) in CLOCK:
                    notes.fail(f"{line}: {owner}.{node.attr} reads the wall clock; use self.now")
            if node.attr in {"uuid1", "uuid4"}:
                notes.fail(f"{line}: {node.attr} differs each time; use self.new_id")
            if (node.attr.startswith("__") and node.attr.endswith("__")) or node.attr in REACHING:
                notes.fail(f"{line}: {node.attr} reaches around the rules")
                safe = False
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if node.id in {"uuid1", "uuid4"}:
                notes.fail(f"{line}: {node.id} differs each time; use self.new_id")
            if node.id == "__builtins__":
                notes.fail(f"{line}: {node.id} reaches around the rules")
                safe = False
    return safe


def _order(notes: Notes, file: str, tree: ast.Module) -> None:
    """What differs between machines and processes without being named: time zones, and the order of a set."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            arguments = len(node.args) + len(node.keywords)
            if (node.func.attr, arguments) in {("astimezone", 0), ("fromtimestamp", 1)}:
                notes.fail(f"{file}:{node.lineno}: {node.func.attr} without a time zone takes the machine's; name one")
        walked: list[ast.expr] = []
        if isinstance(node, (ast.For, ast.comprehension)):
            walked = [node.iter]
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            walked = node.args[:1] if name in {"list", "tuple", "enumerate", "iter", "join"} else []
        for iterated in walked:
            if _is_set(iterated):
                notes.fail(
                    f"{file}:{iterated.lineno}: walks over a set, whose order differs between processes; sort it"
                )


def _is_set(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitOr, ast.BitAnd, ast.Sub)):
        return _is_set(node.left) or _is_set(node.right)
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(node, (ast.Set, ast.SetComp)) or getattr(called, "id", "") in {"set", "frozenset"}


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if node.level == 1:
        return []  # a file of the same folder, which is read too
    if node.level > 1:
        return ["." * node.level + (node.module or "")]
    module = node.module or ""
    if module in {"urllib", "envfactory"}:
        return [f"{module}.{alias.name}" for alias in node.names]
    return [module]


def _allowed(module: str) -> bool:
    parts = module.split(".")
    return any(".".join(parts[:length]) in ALLOWED for length in range(1, len(parts) + 1))


# State outside the database ----------------------------------------------------------------------------------------


def _state(notes: Notes, file: str, tree: ast.Module) -> None:
    shared = _shared(tree)
    for name, (line, mutable) in shared.items():
        if mutable and not name.isupper() and not name.startswith("_") and name not in {"schema", "model_config"}:
            notes.fail(
                f"{file}:{line}: {name} is a list, dict or set that every session would share; name a table of "
                "constants in capitals, keep what changes in the database"
            )
    classes = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for function in _every_function(tree):
        for default in [*function.args.defaults, *function.args.kw_defaults]:
            if isinstance(default, (ast.List, ast.Dict, ast.Set)):
                notes.fail(f"{file}:{default.lineno}: a default of {function.name} is shared by every call")
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in {"cache", "lru_cache", "cached_property"}:
                notes.fail(f"{file}:{function.lineno}: {function.name} keeps state outside the database ({name})")
        local = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        local |= {argument.arg for argument in _arguments(function)}
        for node in ast.walk(function):
            kept = _kept(node, set(shared) - local, set(shared), classes)
            if kept:
                notes.fail(
                    f"{file}:{getattr(node, 'lineno', 0)}: {function.name} keeps state outside the database ({kept})"
                )


def _shared(tree: ast.Module) -> dict[str, tuple[int, bool]]:
    """Names bound in the module or in a class body, with the line and whether the value can change."""
    found: dict[str, tuple[int, bool]] = {}
    bodies = [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    for body in bodies:
        for node in body:
            if not isinstance(node, (ast.Assign, ast.AnnAssign)):
                continue
            targets: list[ast.expr] = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    found[target.id] = (node.lineno, node.value is not None and _mutable(node.value))
    return found


def _mutable(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return name in {"list", "dict", "set", "defaultdict", "Counter", "deque", "OrderedDict", "count", "bytearray"}
    return isinstance(value, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp))


def _kept(node: ast.AST, shared: set[str], members: set[str], classes: set[str]) -> str:
    """What outlives the call, when `node` keeps something: a global, an attribute, a shared container."""
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return f"{'global' if isinstance(node, ast.Global) else 'nonlocal'} {', '.join(node.names)}"
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete)):
        targets: Sequence[ast.expr] = node.targets if isinstance(node, (ast.Assign, ast.Delete)) else (node.target,)
        for target in targets:
            base = target.value if isinstance(target, ast.Subscript) else target
            if isinstance(base, ast.Attribute) and _is_self(base.value, classes):
                return ast.unparse(base)
            if isinstance(target, ast.Subscript) and isinstance(base, ast.Name) and base.id in shared:
                return base.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGERS:
        owner = node.func.value
        if isinstance(owner, ast.Name) and owner.id in shared:
            return f"{owner.id}.{node.func.attr}"
        if isinstance(owner, ast.Attribute) and _is_self(owner.value, classes) and owner.attr in members:
            return f"{ast.unparse(owner)}.{node.func.attr}"
    return ""


def _is_self(node: ast.expr, classes: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in {"self", "cls"} or node.id in classes
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type"


# Functions ---------------------------------------------------------------------------------------------------------


def _every_function(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node


def _arguments(node: ast.FunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def _functions(file: str, tree: ast.Module) -> list[Function]:
    found: list[Function] = []
    for node in _every_function(tree):
        function = Function(file, node, parameters=[a.arg for a in _arguments(node) if a.arg not in {"self", "cls"}])
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "tool":
                given = {keyword.arg: keyword.value for keyword in decorator.keywords}
                named, writes = given.get("name"), given.get("writes")
                function.tool = str(named.value) if isinstance(named, ast.Constant) else node.name
                function.writes = isinstance(writes, ast.Constant) and bool(writes.value)
        found.append(function)
    return found


def _swallowed(notes: Notes, function: Function) -> None:
    used: set[str] = set()
    for statement in function.node.body:
        # `name` alone, `_ = name` and `del name` silence a linter; they do not use the argument.
        silent = isinstance(statement, ast.Delete) or (
            isinstance(statement, (ast.Expr, ast.Assign))
            and isinstance(statement.value, (ast.Name, ast.Tuple))
            and (isinstance(statement, ast.Expr) or ast.unparse(statement.targets[0]).startswith("_"))
        )
        if not silent:
            used |= {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    for name in function.parameters:
        if name not in used:
            notes.fail(
                f"{function.file}:{function.node.lineno}: {function.tool} takes {name} and never uses it; "
                "do what it asks, or drop it from the signature"
            )


def _readers(notes: Notes, functions: list[Function]) -> None:
    """A tool without writes=True must not reach a statement that writes."""
    by_name: dict[str, list[Function]] = {}
    for function in functions:
        by_name.setdefault(function.node.name, []).append(function)
    for start in functions:
        if not start.tool or start.writes:
            continue
        seen: set[str] = {start.node.name}
        waiting = [start]
        while waiting:
            current = waiting.pop()
            for line, how in _writing(current.node):
                via = "" if current is start else f" through {current.node.name}"
                notes.fail(f"{current.file}:{line}: {start.tool} writes{via} ({how}) but is not marked writes=True")
            for name in _mentions(current.node) - seen:
                seen.add(name)
                waiting += by_name.get(name, [])


def _mentions(node: ast.FunctionDef) -> set[str]:
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id == "self":
            found.add(inner.attr)
        elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
            found.add(inner.id)
    return found


def _writing(node: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    documentation = {
        id(s.value) for s in ast.walk(node) if isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)
    }
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            owner = ast.unparse(inner.func.value)
            if owner == "self.db" and inner.func.attr in {"insert", "update", "delete"}:
                yield inner.lineno, f"self.db.{inner.func.attr}"
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str) and id(inner) not in documentation:
            match = WRITING_SQL.match(inner.value)
            if match and len(inner.value.split()) > 2:
                yield inner.lineno, match[1].upper()
