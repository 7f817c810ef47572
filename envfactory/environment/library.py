"""Environments on disk: one folder each. Find them, load them, say whether their certificate still holds.

NAME/spec.json          the contract (environment/spec.py)
NAME/schema.sql         the tables
NAME/entities.py        types of ids and results          ┐ written by the compiler from spec.json,
NAME/environment.py     the class and its default tools   ┘ never by hand
NAME/overrides.py       tools and methods written by hand or by a model; regeneration never touches it
NAME/states/*.json      curated worlds (environment.State)
NAME/tests/*.json       stored cases (envgen/case.py)
NAME/certificate.json   what was executed, and the hash of all of the above
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.abc
import importlib.machinery
import itertools
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from envfactory.environment.environment import Environment, State
from envfactory.environment.spec import EnvSpec, read_spec
from envfactory.errors import FileError, UnknownName, Unverified

BUILT_IN = Path(__file__).parent.parent / "library"
_numbers = itertools.count()

Status = Literal["verified", "draft", "unverified"]


class Finding(BaseModel, frozen=True):
    """One check's verdict: how much was executed, and what failed, each in a sentence."""

    check: str
    passed: bool
    count: int = 0
    """How many things were tried (calls, cases, mutants, …)."""
    failures: tuple[str, ...] = ()
    figures: dict[str, float] = Field(default_factory=dict)
    skipped: str = ""
    """Why it was not run; a skipped check makes the certificate a draft."""


class Certificate(BaseModel, frozen=True):
    """What was executed on an environment's content, and what came of it."""

    name: str
    hash: str
    """Of the content it speaks about (`content_hash`); any other content is unverified."""
    verdict: Literal["verified", "draft", "failed"]
    version: str
    """Of EnvFactory."""
    sandbox: str = "none"
    """The walls its code ran behind while it was checked; none for code that was reviewed."""
    findings: tuple[Finding, ...]

    def finding(self, check: str) -> Finding:
        """The verdict of one check; raises KeyError."""
        for finding in self.findings:
            if finding.check == check:
                return finding
        raise KeyError(check)


def roots(extra: Sequence[Path] = ()) -> list[Path]:
    """Where environments are looked for: `extra`, $ENVFACTORY_LIBRARY (a path list), then the built-in library."""
    named = [Path(item) for item in os.environ.get("ENVFACTORY_LIBRARY", "").split(os.pathsep) if item]
    return [*extra, *named, BUILT_IN]


def folders(extra: Sequence[Path] = ()) -> dict[str, Path]:
    """Every environment's folder by name; the first root wins."""
    found: dict[str, Path] = {}
    for root in roots(extra):
        if root.is_dir():
            for folder in sorted(root.iterdir()):
                if (folder / "spec.json").is_file():
                    found.setdefault(folder.name, folder)
    return dict(sorted(found.items()))


def find(name: str, extra: Sequence[Path] = ()) -> Path:
    """The folder of an environment given by name or path; raises UnknownName."""
    if os.sep in name or name == ".":
        if (Path(name) / "spec.json").is_file():
            return Path(name)
        raise UnknownName("environment in", name, [], cure="an environment's folder holds a spec.json")
    known = folders(extra)
    if name not in known:
        raise UnknownName("environment", name, known)
    return known[name]


def content(folder: Path) -> dict[str, bytes]:
    """The files a certificate is about, by their path within the folder."""
    patterns = ("spec.json", "schema.sql", "*.py", "states/*.json", "tests/*.json")
    paths = sorted({path for pattern in patterns for path in folder.glob(pattern)})
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def content_hash(folder: Path) -> str:
    """SHA-256 over names and bytes of `content`: one changed byte changes it."""
    digest = hashlib.sha256()
    for name, data in content(folder).items():
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def certificate(folder: Path) -> Certificate | None:
    """The certificate in a folder, whether or not it fits the content; None when there is none or it is damaged."""
    try:
        return Certificate.model_validate_json((folder / "certificate.json").read_bytes())
    except (OSError, ValidationError):
        return None


def status(folder: Path) -> Status:
    """`verified` or `draft` as the certificate says — if its hash fits the content; else `unverified`."""
    held = certificate(folder)
    if held is None or held.verdict == "failed" or held.hash != content_hash(folder):
        return "unverified"
    return held.verdict


def require_verified(folder: Path) -> None:
    """Raise Unverified unless the content is verified."""
    if status(folder) != "verified":
        raise Unverified(f"{folder.name} is {status(folder)}; run: envfactory check {folder.name}")


def read_state(path: Path) -> State:
    """One curated state; raises FileError when the file is not one."""
    try:
        return State.model_validate_json(path.read_bytes())
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        raise FileError(f"{path} is no state: {error.errors(include_url=False)[0]['msg']}") from error


def load(
    name: str | Path, extra: Sequence[Path] = (), *, replace: Mapping[str, str] | None = None
) -> type[Environment]:
    """The class of an environment; `replace` gives other text for some of its files (for mutants).

    Runs the folder's Python code: reviewed folders only. Raises UnknownName, FileError, SpecError.
    """
    folder = name if isinstance(name, Path) else find(name, extra)
    texts = {path: data.decode() for path, data in content(folder).items()} | dict(replace or {})
    states = {path.stem: read_state(path) for path in sorted((folder / "states").glob("*.json"))}
    cls = load_texts(folder.name, texts, spec=read_spec(folder / "spec.json"), states=states, place=str(folder))
    cls.folder = folder
    return cls


def load_texts(
    name: str,
    texts: Mapping[str, str],
    *,
    spec: EnvSpec | None = None,
    states: Mapping[str, State] | None = None,
    place: str = "",
    codes: Mapping[str, CodeType] | None = None,
) -> type[Environment]:
    """The class of an environment from its files' texts alone (`schema.sql`, `*.py`), without touching the disk.

    Runs the texts: in a confined worker, unless a person has reviewed them. `place` is what tracebacks and errors say
    for its folder; `codes` holds files of `texts` that are compiled already. Raises FileError.
    """
    package = f"envfactory_environment_{next(_numbers)}_{name}"
    place = place or name
    finder = _Finder(package, place, {p: t for p, t in texts.items() if p.endswith(".py")}, codes or {})
    sys.meta_path.insert(0, finder)
    try:
        module = importlib.import_module(f"{package}.environment")
    except Exception as error:  # whatever an environment's code raises while it loads is its author's to mend
        problem = next(iter(f"{type(error).__name__}: {error}".splitlines()))
        raise FileError(f"{place}/environment.py does not load ({problem}); build or edit it again") from error
    finally:
        sys.meta_path.remove(finder)
        for file in ("", *texts):  # by name: looking through all modules would cost a forked worker a hundred pages
            sys.modules.pop(f"{package}.{file.removesuffix('.py')}".removesuffix("."), None)
    cls = _class_in(module, place)
    cls.name = name
    cls.schema = texts.get("schema.sql", cls.schema)
    cls.states = states or {}
    if spec is not None:
        cls.spec = spec
        cls.domain = spec.domain
    return cls


Loader = Callable[..., type[Environment]]
"""What makes an environment's class of a folder, as `load` does: `loader(folder, replace={file: text})`."""


def specs(extra: Sequence[Path] = ()) -> Iterator[tuple[Path, EnvSpec]]:
    """Every environment's folder and contract, without running its code."""
    for folder in folders(extra).values():
        yield folder, read_spec(folder / "spec.json")


def _class_in(module: ModuleType, place: str) -> type[Environment]:
    values: list[Any] = list(vars(module).values())
    classes = [
        v for v in values if isinstance(v, type) and issubclass(v, Environment) and v.__module__ == module.__name__
    ]
    if len(classes) != 1:
        raise FileError(f"{place}/environment.py must define exactly one Environment class; it defines {len(classes)}")
    return classes[0]


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one environment's files from memory, as a package of its own, leaving nothing in sys.modules."""

    def __init__(self, package: str, place: str, texts: Mapping[str, str], codes: Mapping[str, CodeType]) -> None:
        self.codes = codes
        self.package = package
        self.place = place
        self.texts = texts

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname == self.package:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        file = f"{fullname.removeprefix(f'{self.package}.')}.py"
        if fullname.startswith(f"{self.package}.") and file in self.texts:
            return importlib.machinery.ModuleSpec(fullname, self, origin=f"{self.place}/{file}")
        return None

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ == self.package:
            return
        file = f"{module.__name__.removeprefix(f'{self.package}.')}.py"
        code = self.codes.get(file) or compile(self.texts[file], f"{self.place}/{file}", "exec", dont_inherit=True)
        exec(code, module.__dict__)
