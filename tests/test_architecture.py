"""The house stands: imports go down, there are no circles, files are of one thought, only the command prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "envfactory"

FLOORS = {
    "errors": 1,
    "messages": 2,
    "runs": 2,
    "environment": 3,
    "models": 3,
    "envgen": 4,
    "graph": 4,
    "rollout": 4,
    "settings": 4,
    "querygen": 5,
    "training": 5,
    "evaluation": 5,
    "viewer": 5,
    "cli": 6,
    "__main__": 7,
}
SIBLINGS_ALLOWED = {("runs", "messages")}  # the words are below everything that keeps them
MEANINGLESS = {"utils", "util", "helpers", "helper", "manager", "core", "common", "misc", "registry", "configs"}


def sources() -> list[Path]:
    """Our own code: what the compiler writes and vendors' shapes in library/ have rules of their own."""
    return sorted(p for p in PACKAGE.rglob("*.py") if PACKAGE / "library" not in p.parents)


def module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """The modules of ours that a file imports, wherever in it, but not for types only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("envfactory"):
            for name in node.names:
                submodule = f"{node.module}.{name.name}"
                place = ROOT / submodule.replace(".", "/")
                yield submodule if place.with_suffix(".py").exists() or place.is_dir() else node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("envfactory"))


def room(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def violations(edges: list[tuple[str, str]]) -> list[str]:
    """The imports that do not go down."""
    found: list[str] = []
    for importer, imported in edges:
        above, below = room(importer), room(imported)
        if not above or not below or above == below:
            continue
        if FLOORS[below] > FLOORS[above] or (FLOORS[below] == FLOORS[above] and (above, below) not in SIBLINGS_ALLOWED):
            found.append(f"{importer} imports {imported}")
    return found


def circles(edges: list[tuple[str, str]]) -> list[list[str]]:
    """Modules that import each other in a ring."""
    graph: dict[str, set[str]] = {}
    for importer, imported in edges:
        graph.setdefault(importer, set()).add(imported)
    found: list[list[str]] = []

    def walk(name: str, trail: list[str], done: set[str]) -> None:
        if name in trail:
            found.append([*trail[trail.index(name) :], name])
            return
        if name in done:
            return
        for following in sorted(graph.get(name, ())):
            walk(following, [*trail, name], done)
        done.add(name)

    done: set[str] = set()
    for name in sorted(graph):
        walk(name, [], done)
    return found


def edges() -> list[tuple[str, str]]:
    return [(module(path), imported) for path in sources() for imported in imports(path)]


def test_a_file_imports_only_from_lower_floors() -> None:
    assert violations(edges()) == []


def test_an_import_upwards_or_sideways_would_be_seen() -> None:
    assert violations([("envfactory.environment.store", "envfactory.rollout.task")])
    assert violations([("envfactory.graph.link", "envfactory.envgen.check")])
    assert not violations([("envfactory.querygen.ground", "envfactory.rollout.task")])


def test_there_are_no_circles() -> None:
    assert circles(edges()) == []
    assert circles([("a", "b"), ("b", "c"), ("c", "a")]) == [["a", "b", "c", "a"]]


def test_every_room_has_a_floor() -> None:
    rooms = {room(module(path)) for path in sources()} - {""}
    assert rooms <= set(FLOORS)


@pytest.mark.parametrize("path", sources(), ids=module)
def test_files_are_of_one_thought_and_nothing_prints_but_the_command(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 500, "split it by meaning"
    assert path.stem not in MEANINGLESS
    if room(module(path)) != "cli":
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        assert not [c.lineno for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]


@pytest.mark.parametrize("path", sources(), ids=module)
def test_every_public_thing_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not tree.body:
        return
    assert ast.get_docstring(tree), "the module has no docstring"
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


def test_only_the_store_knows_the_database_library() -> None:
    users = {module(p) for p in sources() if "import apsw" in p.read_text(encoding="utf-8")}
    assert users == {"envfactory.environment.store", "envfactory.environment.schema"}
