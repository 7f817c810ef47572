"""Check an environment by running it, and write down what came of it: the certificate.

Every check executes: nothing here believes what a model, a person or a description says about the code.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from envfactory.envgen.checks.contract import check_contract, check_schema
from envfactory.envgen.checks.determinism import check_determinism
from envfactory.envgen.checks.fuzz import check_fuzz
from envfactory.envgen.checks.laws import check_laws
from envfactory.envgen.checks.limit import limited
from envfactory.envgen.checks.mutate import check_mutation
from envfactory.envgen.checks.replay import check_isolation, check_roundtrip
from envfactory.envgen.checks.static import check_static
from envfactory.envgen.checks.stored import Prepared, check_stored
from envfactory.envgen.checks.subject import Notes, Subject, skipped
from envfactory.environment.confined import Confined
from envfactory.environment.environment import Environment
from envfactory.environment.library import Certificate, Finding, Loader, content_hash, load
from envfactory.environment.schema import Schema
from envfactory.environment.spec import read_spec
from envfactory.errors import EnvFactoryError, FileError, StateError, UnknownName

CHECKS = (
    *("static", "schema", "contract", "stored", "laws", "roundtrip", "determinism", "isolation", "fuzz", "mutation"),
)
"""The checks, in the order in which they run."""
NEEDS_TESTS = frozenset({"stored", "mutation"})

Progress = Callable[[str], None]


def check(
    folder: Path,
    *,
    seed: int = 0,
    fuzz: int = 300,
    mutants: int = 400,
    only: Collection[str] = (),
    progress: Progress | None = None,
    load: Loader = load,
) -> Certificate:
    """Run the checks on an environment's folder, and say what was found; nothing is written.

    `fuzz` is how many call sequences are made up, `mutants` how many faults are put into the code at most; `only`
    names the checks to run (all of them; what is left out makes a draft at best). Runs the folder's code in this
    process, unless the static rules find that it reaches out; `load=confining(pool)` runs it in workers only. Raises
    UnknownName for an unknown check, FileError and SpecError for a folder without a sound contract.
    """
    for name in only:
        if name not in CHECKS:
            raise UnknownName("check", name, CHECKS)
    before = content_hash(folder)
    suite = _Suite(folder, seed, fuzz, mutants, frozenset(only or CHECKS), progress, load)
    findings = tuple(suite.finding(name) for name in CHECKS)
    if content_hash(folder) != before:
        raise FileError(f"{folder} was changed while it was checked; check it again")
    return Certificate(
        name=folder.resolve().name,
        hash=before,
        verdict=_verdict(findings),
        version=_version(),
        sandbox=suite.sandbox,
        findings=findings,
    )


def write_certificate(folder: Path, certificate: Certificate) -> Path:
    """Put a certificate into its folder, whole or not at all; raises FileError when it cannot be written."""
    path = folder / "certificate.json"
    text = certificate.model_dump_json(indent=2, exclude_defaults=True) + "\n"
    try:
        with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".tmp", delete=False, encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror}") from error
    return path


def _verdict(findings: Collection[Finding]) -> Literal["verified", "draft", "failed"]:
    if not all(finding.passed for finding in findings):
        return "failed"
    return "draft" if any(finding.skipped for finding in findings) else "verified"


def _version() -> str:
    try:
        return version("envfactory")
    except PackageNotFoundError:
        return "source"


class _Suite:
    """One run of the checks; a check that needs what an earlier one found wanting is skipped and says why."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        fuzz: int,
        mutants: int,
        only: frozenset[str],
        progress: Progress | None,
        load: Loader,
    ) -> None:
        self.folder = folder
        self.load = load
        self.seed = seed
        self.fuzz = fuzz
        self.mutants = mutants
        self.only = only
        self.progress = progress
        self.static, self.safe = check_static(folder)
        self.broken = ""
        """Why no tool can be called."""
        self.subject = self._load() if self.safe else None
        cls = self.subject.cls if self.subject else None
        self.sandbox = cls.pool.sandbox if cls is not None and issubclass(cls, Confined) else "none"
        self._stored: tuple[Finding, list[Prepared]] | None = None

    def finding(self, name: str) -> Finding:
        """The verdict of one check."""
        if name not in self.only:
            return skipped(name, "not asked for")
        if self.progress:
            self.progress(name)
        if name == "static":
            return self.static
        if not self.safe:
            return skipped(name, "the static rules forbid running this code")
        subject = self.subject
        if subject is None:
            if name == "contract":
                notes = Notes(name)
                notes.fail(self.broken)
                return notes.finding()
            return skipped(name, "the environment does not load")
        if name == "schema":
            return check_schema(subject)
        if name == "contract":
            return check_contract(subject)
        if self.broken:
            return skipped(name, self.broken)
        if not subject.tools:
            return skipped(name, "there are no tools")
        return limited(name, self.folder, lambda: self._executed(name, subject))

    def _executed(self, name: str, subject: Subject) -> Finding:
        if name in NEEDS_TESTS:
            if not any((self.folder / "tests").glob("*.json")):
                return skipped(name, "there are no stored cases in tests/")
            if self._stored is None:
                self._stored = check_stored(subject)
            if name == "stored":
                return self._stored[0]
            return check_mutation(subject, self._stored[1], mutants=self.mutants, progress=self.progress)
        if name == "fuzz":
            return check_fuzz(subject, sequences=self.fuzz)
        checks: dict[str, Callable[[Subject], Finding]] = {
            "laws": check_laws,
            "roundtrip": check_roundtrip,
            "determinism": check_determinism,
            "isolation": check_isolation,
        }
        return checks[name](subject)

    def _load(self) -> Subject | None:
        read_spec(self.folder / "spec.json")  # without a contract there is nothing to check: raises
        try:
            cls: type[Environment] = self.load(self.folder)
        except EnvFactoryError as error:
            self.broken = str(error)
            return None
        except Exception as error:  # noqa: BLE001 - importing an environment's code can raise anything; it is its fault
            self.broken = f"the code does not load: {type(error).__name__}: {error}"
            return None
        assert cls.spec is not None
        try:
            Schema.parse(cls.schema)
            for state in cls.states.values():
                cls.image(state)
        except StateError as error:
            self.broken = f"no tool can be called: {error}"
        if not cls.states:
            self.broken = "no tool can be called: states/ holds no state"
        return Subject(self.folder, cls, cls.spec, self.seed)
