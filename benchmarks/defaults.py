"""How far the compiler gets alone: which tools of the library would pass their stored cases as compiled defaults.

    python benchmarks/defaults.py [NAME ...] [--json]

For each tool that a person wrote by hand, that one method is taken out of a copy of the environment, the copy is built
again, and the stored cases that call the tool are played. `right`: all of them pass on the compiler's default; `close`:
at least nine in ten; `wrong`: fewer; `none`: the compiler leaves the tool out. Nothing else is changed, so the figure
says what a better default would save.
"""

from __future__ import annotations

import argparse
import ast
import json
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from envfactory.envgen.build import build
from envfactory.envgen.checks.stored import failure, prepare, read_cases
from envfactory.envgen.compile import overridden_in
from envfactory.environment.library import folders, load
from envfactory.errors import EnvFactoryError


def without(source: str, tool: str) -> str:
    """`overrides.py` with one tool's method taken out."""
    tree = ast.parse(source)
    lines = source.splitlines()
    cls = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Overrides"][-1]
    for node in cls.body:
        if isinstance(node, ast.FunctionDef) and _called(node) == tool:
            first = min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
            kept = [*lines[: first - 1], "    pass", *lines[node.end_lineno :]]
            return "\n".join(kept) + "\n"
    raise KeyError(tool)


def _called(method: ast.FunctionDef) -> str:
    for mark in method.decorator_list:
        for word in mark.keywords if isinstance(mark, ast.Call) else ():
            if word.arg == "name" and isinstance(word.value, ast.Constant):
                return str(word.value.value)
    return method.name


def verdict(folder: Path, tool: str) -> str:
    """What the compiler's default for one tool is worth."""
    with tempfile.TemporaryDirectory() as home:
        copy = Path(home) / folder.name
        shutil.copytree(folder, copy)
        path = copy / "overrides.py"
        path.write_text(without(path.read_text(encoding="utf-8"), tool), encoding="utf-8")
        try:
            build(str(copy), output=Path(home))
            cls = load(copy)
        except EnvFactoryError:
            return "none"
        if tool not in cls.tools:
            return "none"
        cases = [(file, case) for file, case in read_cases(copy) if any(step.tool == tool for step in case.steps)]
        passed = sum(not failure(cls, prepare(cls, file, case)) for file, case in cases)
    return "right" if passed == len(cases) else "close" if passed >= 0.9 * len(cases) else "wrong"


def main() -> None:
    """Print a line for each environment and the sum."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, dict[str, str]] = {}
    for name, folder in folders().items():
        if options.names and name not in options.names:
            continue
        overrides = folder / "overrides.py"
        tools = overridden_in(overrides.read_text(encoding="utf-8")) if overrides.exists() else ()
        found[name] = {tool: verdict(folder, tool) for tool in tools}
        if not options.json:
            print(f"{name}: {dict(sorted(Counter(found[name].values()).items()))}", flush=True)
    total = Counter(verdict for tools in found.values() for verdict in tools.values())
    if options.json:
        print(json.dumps({"total": total, "tools": found}, indent=1))
    else:
        print(f"of {total.total()} tools written by hand: {dict(sorted(total.items()))}")


if __name__ == "__main__":
    main()
