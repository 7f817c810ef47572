"""The mutation score: how many small faults in the tools' code the stored cases notice.

A mutant's function gets another code object in a forked child and the cases that run that function are played until
one fails; nothing is imported again. A case that takes far longer than it should counts as noticed.
"""

from __future__ import annotations
import __future__

import ast
import json
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, Literal, cast

from envfactory.envgen.checks.limit import OutOfTime, stop
from envfactory.envgen.checks.mutants import Site, mutate, sites
from envfactory.envgen.checks.stored import Prepared, failure
from envfactory.envgen.checks.subject import Notes, Subject
from envfactory.environment.confined import Confined, confined
from envfactory.environment.environment import Environment
from envfactory.environment.library import Finding, load
from envfactory.environment.schema import Schema
from envfactory.errors import EnvFactoryError

THRESHOLD = 0.80
"""The least share of mutants that the stored cases must notice."""
CASE_SECONDS = 0.4
"""CPU seconds a case may take on a mutant, beside twenty times what it takes on the code as it is."""
SILENCE = 60.0
"""Seconds without a word from a child after which it is killed."""
TOLD = 40
"""Survivors told of a suite that is too weak."""

_LAZY = __future__.annotations.compiler_flag

Fate = Literal["killed", "survived", "stillborn"]


@dataclass(frozen=True)
class Played:
    """A mutant and what became of it."""

    where: str
    fate: Fate
    how: str


def check_mutation(
    subject: Subject,
    cases: Sequence[Prepared],
    *,
    mutants: int = 400,
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Finding:
    """Put up to `mutants` seeded faults into the tools' code; the cases must notice at least `THRESHOLD` of them."""
    notes = Notes("mutation")
    trees = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(subject.folder.glob("*.py"))}
    keys = {name: table.key for name, table in Schema.parse(subject.cls.schema).tables.items()}
    every = [site for file, tree in trees.items() for site in sites(file, tree, keys)]
    chosen = every
    if len(every) > mutants:
        picked = sorted(subject.dice("mutants").sample(range(len(every)), mutants))
        chosen = [every[number] for number in picked]
    if issubclass(subject.cls, Confined):
        played = [_confined(subject.folder, subject.cls, trees, site, cases) for site in chosen]
    else:
        played = play(subject, trees, chosen, cases, workers=workers)
    fates = [one.fate for one in played]
    killed, survived = fates.count("killed"), fates.count("survived")
    notes.count = killed + survived
    score = killed / notes.count if notes.count else 0.0
    notes.figures = {
        "score": score,
        "killed": killed,
        "survived": survived,
        "stillborn": fates.count("stillborn"),
        "sites": len(every),
        "out_of_time": sum(one.how == "time" for one in played),
    }
    survivors = [f"survived: {one.where}{one.how}" for one in played if one.fate == "survived"]
    if progress:
        for sentence in survivors:
            progress(sentence)
    if score >= THRESHOLD:
        return notes.finding()
    weak = f"the stored cases notice {killed} of {notes.count} faults ({score:.0%}), less than {THRESHOLD:.0%}"
    finding = notes.finding(passed=False)
    return finding.model_copy(update={"failures": (weak, *survivors[:TOLD])})


def _confined(
    folder: Path, whole: type[Confined], trees: dict[str, ast.Module], site: Site, cases: Sequence[Prepared]
) -> Played:
    """Play one mutant of code that may run in confined workers only; their deadlines end what never comes back."""

    # A tool's own body runs only in cases that call it; anybody's may run a method that is no tool.
    runs = [c for c in cases if not site.tool or any(step.tool == site.tool for step in c.case.steps)]
    text = ast.unparse(mutate(trees[site.file], site))
    try:
        cls = confined(folder, whole.pool, replace={site.file: text}, rested=whole.rested, like=whole)
    except EnvFactoryError as error:
        return Played(site.where, "stillborn", type(error).__name__)
    for prepared in runs:
        if failure(cls, prepared):
            return Played(site.where, "killed", prepared.case.name)
    return Played(site.where, "survived", "")


# Playing mutants in children ---------------------------------------------------------------------------------------


def play(
    subject: Subject,
    trees: dict[str, ast.Module],
    chosen: Sequence[Site],
    cases: Sequence[Prepared],
    *,
    workers: int | None = None,
) -> list[Played]:
    """Play each mutant in a forked child, and say what became of it, in the order of `chosen`."""
    ready = _Suite(subject, trees, cases)
    number = max(1, min(workers or os.cpu_count() or 1, 8, len(chosen)))
    waiting = [list(range(start, len(chosen), number)) for start in range(number)]
    told: dict[int, Played] = {}
    with selectors.DefaultSelector() as selector:
        for share in waiting:
            if share:
                _start(selector, ready, chosen, share)
        while selector.get_map():
            _listen(selector, ready, chosen, told)
    return [told[index] for index in range(len(chosen))]


@dataclass
class _Child:
    pid: int
    share: list[int]
    """What it has not told of yet, in order."""
    heard: float
    text: bytes = b""


def _start(selector: selectors.BaseSelector, ready: _Suite, chosen: Sequence[Site], share: list[int]) -> None:
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        # A child never returns: it has copies of the caller's open files and must not run its clean-up.
        os.close(reading)
        try:
            _limit_memory()
            for index in share:
                fate, how = ready.fate(chosen[index])
                os.write(writing, json.dumps([index, fate, how]).encode() + b"\n")
        finally:
            os._exit(0)
    os.close(writing)
    selector.register(reading, selectors.EVENT_READ, _Child(pid, list(share), time.monotonic()))


def _listen(selector: selectors.BaseSelector, ready: _Suite, chosen: Sequence[Site], told: dict[int, Played]) -> None:
    """Take in what children say; one that ended early, or is silent, is replaced and its mutant counts as killed."""
    for key, _ in selector.select(timeout=1.0):
        child: _Child = key.data
        data = os.read(key.fd, 65536)
        child.heard = time.monotonic()
        *lines, child.text = (child.text + data).split(b"\n")
        for line in lines:
            said: tuple[int, Fate, str] = json.loads(line)
            index, fate, how = said
            told[index] = Played(chosen[index].where, fate, how)
            child.share.remove(index)
        if not data:
            _end(selector, key, ready, chosen, told, "crash")
    for key in list(selector.get_map().values()):
        listened: _Child = key.data
        if time.monotonic() - listened.heard > SILENCE:
            os.kill(listened.pid, signal.SIGKILL)
            _end(selector, key, ready, chosen, told, "time")


def _end(
    selector: selectors.BaseSelector,
    key: selectors.SelectorKey,
    ready: _Suite,
    chosen: Sequence[Site],
    told: dict[int, Played],
    how: str,
) -> None:
    child: _Child = key.data
    selector.unregister(key.fd)
    os.close(key.fd)
    os.waitpid(child.pid, 0)
    if child.share:
        lost: int = child.share[0]
        rest = child.share[1:]
        told[lost] = Played(chosen[lost].where, "killed", how)
        if rest:
            _start(selector, ready, chosen, rest)


def _limit_memory() -> None:
    """A mutant that doubles a text for ever must not take the machine's memory: at most 2 GiB more than now."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return  # not Linux: the time limit alone holds
    import resource

    size = int(status.read_text().split()[0]) * resource.getpagesize() + (2 << 30)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size if hard < 0 else min(size, hard), hard))


# One mutant --------------------------------------------------------------------------------------------------------


class _Suite:
    """The cases, with the functions that each runs, and the functions that can be given other code."""

    def __init__(self, subject: Subject, trees: dict[str, ast.Module], cases: Sequence[Prepared]) -> None:
        self.subject = subject
        self.trees = trees
        self.functions = dict(_functions(subject.cls, subject.folder))
        self.runs: dict[tuple[str, str], list[tuple[Prepared, float]]] = {}
        for prepared in cases:
            seconds, ran = _ran(subject.cls, prepared, subject.folder)
            for function in ran:
                self.runs.setdefault(function, []).append((prepared, seconds))

    def fate(self, site: Site) -> tuple[Fate, str]:
        """Put one fault in, play the cases that run its function, and take it out again."""
        runs = self.runs.get((site.file, site.function), [])
        if not runs:
            return "survived", " — no stored case runs this function"

        def near(item: tuple[Prepared, float]) -> bool:
            return all(step.tool != site.tool for step in item[0].case.steps)

        ordered = sorted(runs, key=near)  # the tool's own cases first; the sort keeps the order otherwise
        mutant = mutate(self.trees[site.file], site)
        function = self.functions.get((site.file, site.function))
        code = _code(mutant, site) if function is not None and not site.what.startswith("default: ") else None
        if function is None or code is None or code.co_freevars != function.__code__.co_freevars:
            return self._loaded(site.file, mutant, ordered)
        before = function.__code__
        function.__code__ = code
        try:
            return self._verdict(self.subject.cls, ordered)
        finally:
            function.__code__ = before

    def _loaded(self, file: str, mutant: ast.Module, ordered: Sequence[tuple[Prepared, float]]) -> tuple[Fate, str]:
        """The long way, for what another code object cannot say: load the whole environment with the fault in it."""
        try:
            cls = load(self.subject.folder, replace={file: ast.unparse(mutant)})
        except Exception as error:  # noqa: BLE001 - whatever importing the mutant raises, it is no program to be tested
            return "stillborn", type(error).__name__
        return self._verdict(cls, ordered)

    def _verdict(self, cls: type[Environment], ordered: Sequence[tuple[Prepared, float]]) -> tuple[Fate, str]:
        signal.signal(signal.SIGPROF, stop)
        for prepared, seconds in ordered:
            try:
                signal.setitimer(signal.ITIMER_PROF, CASE_SECONDS + 20 * seconds)
                wrong = failure(cls, prepared)
            except OutOfTime:
                return "killed", "time"
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            if wrong:
                return "killed", prepared.case.name
        return "survived", ""


def _ran(cls: type[Environment], prepared: Prepared, folder: Path) -> tuple[float, list[tuple[str, str]]]:
    """Play a case and say which of the folder's functions ran, and the CPU seconds it took."""
    files = {str(path): path.name for path in folder.glob("*.py")}
    seen: dict[tuple[str, str], None] = {}

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename in files:
            seen[files[frame.f_code.co_filename], frame.f_code.co_qualname] = None

    begun = time.process_time()
    held = sys.getprofile()
    sys.setprofile(profile)
    try:
        failure(cls, prepared)
    finally:
        sys.setprofile(held)
    return time.process_time() - begun, list(seen)


def _code(mutant: ast.Module, site: Site) -> CodeType | None:
    """The mutant function's code object, compiled alone within its class; None when it is not Python any more."""
    node: ast.AST = mutant
    shells: list[ast.ClassDef] = []
    for field, index in site.path:
        held = getattr(node, field)
        node = held if index is None else held[index]
        if isinstance(node, ast.FunctionDef):
            break
        assert isinstance(node, ast.ClassDef)
        shells.append(node)
    assert isinstance(node, ast.FunctionDef)
    inside: ast.stmt = node
    for shell in reversed(shells):
        inside = ast.copy_location(
            ast.ClassDef(name=shell.name, bases=[], keywords=[], body=[inside], decorator_list=[]), shell
        )
    module = ast.Module(body=[inside], type_ignores=[])
    try:
        compiled = cast("CodeType", compile(module, site.file, "exec", flags=_LAZY, dont_inherit=True))
    except (SyntaxError, ValueError):
        return None
    waiting = [compiled]
    while waiting:
        code = waiting.pop()
        if code.co_qualname == site.function:
            return code
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return None


def _functions(cls: type[Environment], folder: Path) -> Iterator[tuple[tuple[str, str], FunctionType]]:
    """The functions of the folder's files that a class reaches: its methods, and what their modules define."""
    files = {str(path): path.name for path in folder.glob("*.py")}
    waiting: list[Any] = [item for base in cls.__mro__ for item in vars(base).values()]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, (staticmethod, classmethod)):
            waiting.append(item.__func__)  # pyright: ignore[reportUnknownMemberType]
        elif isinstance(item, property):
            waiting += [item.fget, item.fset]
        elif isinstance(item, FunctionType):
            if item.__code__.co_filename in files:
                yield (files[item.__code__.co_filename], item.__code__.co_qualname), item
                waiting += item.__globals__.values()
            waiting.append(getattr(item, "__wrapped__", None))
        elif isinstance(item, type) and str(item.__module__).startswith("envfactory_environment_"):
            waiting += vars(item).values()
