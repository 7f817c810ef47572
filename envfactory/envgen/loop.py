"""The loop: a model writes, execution decides, the part at fault is written again, the best version is kept.

One pass asks the coder about every tool that the compiler left out or that has rules, the world writer for a state, the
tester for cases; then the whole suite runs on exactly the files that were just written. What fails is classed (code,
test, spec or world: by the reviser for a stored case; code for any other check) and only that part is asked for again.
A failing model endpoint is none of these: it ends the pass, nothing is rewritten, and a resumed run goes on from there,
because every reply is kept under its request (`models/kept.py`).
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from envfactory.envgen.authors.author import Author
from envfactory.envgen.authors.cases import lacking, write_cases
from envfactory.envgen.authors.code import assemble, method_in, write_method
from envfactory.envgen.authors.judge import EXAMPLES, Failed, Verdict, alike, judge, masked
from envfactory.envgen.authors.together import together
from envfactory.envgen.authors.worlds import unreadable, write_world
from envfactory.envgen.build import write_files
from envfactory.envgen.case import Case
from envfactory.envgen.check import check, write_certificate
from envfactory.envgen.checks.stored import failure, prepare
from envfactory.envgen.compile import compile, overridden_in
from envfactory.envgen.stamps import settled
from envfactory.envgen.world import draft_world
from envfactory.environment.environment import Environment, State
from envfactory.environment.library import Certificate, Loader
from envfactory.environment.spec import EnvSpec
from envfactory.errors import EnvFactoryError
from envfactory.runs import Run

ROUNDS = 4
FUZZ = 100
"""Made-up call sequences of one pass."""
LARGE = 320
"""Rows of the large state, which is drafted from the contract's examples."""
_SURVIVORS = 8
"""Faults that pass unnoticed, shown to the tester of one tool at once."""

Progress = Callable[[str], None]
Examine = Callable[[Path], Awaitable[Certificate]]
"""Runs the whole suite on a folder, elsewhere than in this process."""


class Version(BaseModel, frozen=True):
    """One pass: what was written, and what execution made of it."""

    number: int
    verdict: str
    failed: dict[str, tuple[str, ...]]
    """What failed, by check."""
    cases: int
    mutation: float
    faults: dict[str, int]
    """How many failures were put down to what, for the next pass."""
    files: dict[str, str]

    @property
    def rank(self) -> tuple[int, int, int, float]:
        """Higher is better: verified, then fewer failing checks, then fewer failures, then more mutants killed."""
        broken = sum(map(len, self.failed.values()))
        return (self.verdict == "verified", -len(self.failed), -broken, self.mutation)


class Authored(BaseModel, frozen=True):
    """What came of the loop."""

    folder: Path
    best: int
    versions: tuple[Version, ...]
    certificate: Certificate
    roles: dict[str, dict[str, int]]
    """By role: answers accepted at once, repaired, rejected."""


@dataclass
class _Draft:
    """The parts as they stand."""

    spec: EnvSpec
    state: State
    methods: dict[str, str] = field(default_factory=dict[str, str])
    cases: dict[str, list[Case]] = field(default_factory=dict[str, list[Case]])
    """By the tool they test."""

    def files(self) -> dict[str, str]:
        """All texts of the folder."""
        compiled = compile(self.spec, overridden=sorted(self.methods) if self.methods else None).files
        overrides = assemble(self.methods, compiled["entities.py"])
        if overrides:
            compiled = compile(self.spec, overridden=overridden_in(overrides)).files
        files = {"spec.json": self.spec.to_json(), **compiled}
        files |= {"overrides.py": overrides} if overrides else {}
        files["states/small.json"] = self.state.model_dump_json(indent=1) + "\n"
        large = draft_world(self.spec, rows=max(8, LARGE // max(1, len(self.spec.entities))))
        files["states/large.json"] = settled(self.spec, large).model_dump_json(indent=1) + "\n"
        for tool, cases in sorted(self.cases.items()):
            body = [json.loads(case.model_dump_json(exclude_defaults=True)) for case in cases]
            files[f"tests/{tool}.json"] = json.dumps({"cases": body}, indent=1, ensure_ascii=False) + "\n"
        return files


async def author_environment(
    author: Author,
    spec: EnvSpec,
    folder: Path,
    *,
    load: Loader,
    run: Run | None = None,
    rounds: int = ROUNDS,
    mutants: int = 200,
    progress: Progress | None = None,
    examine: Examine | None = None,
) -> Authored:
    """Write what a contract needs beyond the compiler, check it, revise it; the best version ends up in `folder`.

    `load` makes the environment's class without running its code in this process; `examine` runs the suite elsewhere,
    so that other builds go on meanwhile. Raises Rejected when a role never gives an acceptable answer, ModelFailed and
    BudgetSpent when the model cannot go on.
    """
    say = progress or _ignore
    work = folder.parent / ".work" / folder.name  # versions come and go here, under the environment's own name
    loop = _Loop(author, work, load, mutants, say, examine)
    draft = await loop.first(spec)
    versions: list[Version] = []
    certificates: list[Certificate] = []
    for number in range(rounds):
        version, certificate = await loop.measure(draft, number, last=number == rounds - 1)
        versions.append(version)
        certificates.append(certificate)
        if run is not None:
            run.add(number, version.model_dump_json(), kind="version")
        say(f"version {number}: {version.verdict}, {len(version.failed)} checks fail, mutation {version.mutation:.2f}")
        if version.verdict == "verified" or number == rounds - 1:
            break
        if not await loop.revise(draft, version):
            break
    best = max(range(len(versions)), key=lambda n: versions[n].rank)
    _place(folder, versions[best].files)
    shutil.rmtree(work, ignore_errors=True)
    write_certificate(folder, certificates[best])
    return Authored(
        folder=folder, best=best, versions=tuple(versions), certificate=certificates[best], roles=_roles(author)
    )


def _ignore(_text: str) -> None:
    """Nobody listens."""


class _Loop:
    def __init__(
        self, author: Author, folder: Path, load: Loader, mutants: int, say: Progress, examine: Examine | None = None
    ) -> None:
        self.author = author
        self.folder = folder
        self.load = load
        self.mutants = mutants
        self.say = say
        self.examine = examine
        self.blamed: list[tuple[list[Failed], Verdict]] = []
        """Failed cases of the last version, those that fail alike together, and whose fault it is."""

    async def first(self, spec: EnvSpec) -> _Draft:
        """The first version of every part."""
        compiled = compile(spec)
        self.say("world writer: a small state")
        schema = compiled.files["schema.sql"]
        draft = _Draft(spec, await write_world(self.author, spec, schema, trial=lambda state: self._trial(spec, state)))
        left_out = {omission.what.split("(")[0] for omission in compiled.omitted}
        ruled = {name for rule in spec.rules for name in rule.tools}
        wanted = [tool for tool in spec.tools if tool.name in left_out | ruled]
        self.say(f"coder: {', '.join(tool.name for tool in wanted)}")
        await self._code(draft, {tool.name: "" for tool in wanted})
        cls = self._class(draft)
        self.say(f"tester: {', '.join(cls.tools)}")
        draft.cases = {name: [] for name in cls.tools}
        await self._test(draft, cls, {name: ("", []) for name in cls.tools})
        return draft

    def _trial(self, spec: EnvSpec, state: State) -> list[str]:
        """What the compiled readers make of a world."""
        try:
            return unreadable(self._class(_Draft(spec, state)), spec, state)
        except EnvFactoryError as error:
            return [str(error)]

    async def _code(self, draft: _Draft, problems: Mapping[str, str]) -> None:
        """Ask for the methods of these tools, with what is wrong with each; take in those that were written."""
        files = compile(draft.spec, overridden=sorted(draft.methods) if draft.methods else None).files
        methods = dict(draft.methods)

        def broken(tool: str, method: str) -> str:
            try:
                self._class(replace(draft, methods=methods | {tool: method}))
            except EnvFactoryError as error:
                return str(error)
            return ""

        written = await together(
            *(
                write_method(
                    self.author,
                    draft.spec,
                    draft.spec.tool(name),
                    files=files,
                    current=methods.get(name) or method_in(files["environment.py"], name),
                    problem=problem,
                    broken=partial(broken, name),
                )
                for name, problem in problems.items()
            )
        )
        draft.methods |= {name: method for name, method in zip(problems, written, strict=True) if method}

    async def _test(
        self, draft: _Draft, cls: type[Environment], wanted: Mapping[str, tuple[str, Sequence[Case]]]
    ) -> None:
        """Ask for cases of these tools, with what is wrong with the earlier ones and those that stay."""

        def unfit(case: Case) -> str:
            try:
                prepare(cls, "tests", case)
            except EnvFactoryError as error:
                return f"its rows do not fit: {error}"
            return ""

        written = await together(
            *(
                write_cases(
                    self.author,
                    draft.spec,
                    name,
                    tools=cls.tools,
                    state=draft.state,
                    problem=problem,
                    kept=kept,
                    unfit=unfit,
                )
                for name, (problem, kept) in wanted.items()
            )
        )
        for (name, (_, kept)), new in zip(wanted.items(), written, strict=True):
            draft.cases[name] = [*kept, *new]

    def _class(self, draft: _Draft) -> type[Environment]:
        _place(self.folder, draft.files())
        return self.load(self.folder)

    async def measure(self, draft: _Draft, number: int, *, last: bool) -> tuple[Version, Certificate]:
        """Run the whole suite on what was just written, and class what failed."""
        files = draft.files()
        _place(self.folder, files)
        if self.examine is not None:
            certificate = await self.examine(self.folder)
        else:
            certificate = check(self.folder, mutants=self.mutants, fuzz=FUZZ, load=self.load)
        failed = {f.check: f.failures for f in certificate.findings if not f.passed}
        faults: dict[str, int] = {}
        self.blamed = []
        if not last and "stored" in failed:
            await self._blame(draft, faults)
        others = sum(len(found) for name, found in failed.items() if name not in {"stored", "mutation"})
        if others:
            faults["code"] = faults.get("code", 0) + others
        score = next((f.figures.get("score", 0.0) for f in certificate.findings if f.check == "mutation"), 0.0)
        cases = sum(map(len, draft.cases.values()))
        version = Version(
            number=number, verdict=certificate.verdict, failed=failed, cases=cases, mutation=score, faults=faults,
            files=files,
        )  # fmt: skip
        return version, certificate

    async def _blame(self, draft: _Draft, faults: dict[str, int]) -> None:
        """Ask whose fault the failed cases are, once for those that fail alike."""
        cls = self.load(self.folder)
        failed: list[Failed] = []
        for tool, cases in draft.cases.items():
            for case in cases:
                try:
                    told = failure(cls, prepare(cls, f"tests/{tool}.json", case))
                except EnvFactoryError as error:
                    told = f"its rows do not fit: {error}"
                if told:
                    failed.append(Failed(tool, case, told))
        groups = alike(failed)
        verdicts = await together(*(judge(self.author, draft.spec, group, draft.state) for group in groups))
        for group, verdict in zip(groups, verdicts, strict=True):
            self.blamed.append((group, verdict))
            faults[verdict.fault] = faults.get(verdict.fault, 0) + len(group)
            more = f" and {len(group) - 1} more fail" if len(group) > 1 else " fails"
            self.say(f"reviser: case {group[0].case.name!r} of {group[0].tool}{more}: {verdict.fault}")

    async def revise(self, draft: _Draft, version: Version) -> bool:
        """Ask again for the parts at fault; whether there was anything to ask."""
        problems = _by_tool(version, {tool.name for tool in draft.spec.tools})
        for group, verdict in self.blamed:
            if verdict.fault == "code":
                told = [f"The case {f.case.name!r} ({f.case.sentence}): {f.told}." for f in group[:EXAMPLES]]
                acted = verdict.tool or group[0].acted
                problems.setdefault(acted, []).append(f"{' '.join(told)}{_more(len(group))} {verdict.why}")
        if problems:
            self.say(f"coder: {', '.join(sorted(problems))} again")
            await self._code(draft, {name: "\n".join(texts) for name, texts in sorted(problems.items())})
        return await self._retest(draft, version) or bool(problems)

    async def _retest(self, draft: _Draft, version: Version) -> bool:
        cls = self._class(draft)
        survivors = _survivors(version)
        wanted: dict[str, tuple[str, Sequence[Case]]] = {}
        for tool, cases in draft.cases.items():
            wrong: list[Case] = []
            parts: list[str] = []
            for group, verdict in self.blamed:
                mine = [one for one in group if one.tool == tool] if verdict.fault != "code" else []
                wrong += [one.case for one in mine]
                if mine:
                    names = ", ".join(repr(one.case.name) for one in mine)
                    parts.append(f"- {names}: {mine[0].told}. {verdict.why}")
            kept = [case for case in cases if case not in wrong]
            if parts:
                parts = ["These cases of yours were wrong; write others in their place:\n\n" + "\n".join(parts)]
            if kept or wrong:
                takes = bool(cls.tools[tool].input_schema.get("properties"))
                parts += [f"What is missing: {text}" for text in lacking(kept, tool, takes)]
            if unseen := survivors.get(tool, []):
                listed = "\n".join(f"- {text}" for text in unseen[:_SURVIVORS])
                parts.append(
                    f"Faults like these pass all your cases unnoticed; write cases that would fail:\n\n{listed}"
                )
            if parts:
                wanted[tool] = ("\n\n".join(parts), kept)
        if wanted:
            self.say(f"tester: {', '.join(wanted)} again")
            await self._test(draft, cls, wanted)
        return bool(wanted)


def _more(count: int) -> str:
    return f" And {count - EXAMPLES} more like these." if count > EXAMPLES else ""


def _by_tool(version: Version, tools: set[str]) -> dict[str, list[str]]:
    """What other checks than the stored cases found, by the tool they name: of those alike some, and how many."""
    found: dict[str, dict[str, list[str]]] = {}
    for check_name, texts in version.failed.items():
        if check_name in {"stored", "mutation"}:
            continue
        for text in texts:
            name = next((word for word in re.findall(r"[A-Za-z_]\w*", text) if word in tools), None)
            if name is not None:
                found.setdefault(name, {}).setdefault(masked(text), []).append(f"{check_name}: {text}")
    return {
        name: [f"{'; '.join(texts[:EXAMPLES])}.{_more(len(texts))}" for texts in groups.values()]
        for name, groups in found.items()
    }


def _survivors(version: Version) -> Mapping[str, list[str]]:
    """The faults that no case noticed, by tool, when they are too many."""
    found: dict[str, list[str]] = {}
    for text in version.failed.get("mutation", ()):
        match = re.search(r"\(\w+\.(\w+)\)", text)
        if match:
            found.setdefault(match[1], []).append(text.partition("): ")[2] or text)
    return found


def _place(folder: Path, files: Mapping[str, str]) -> None:
    """Put exactly these files into the folder: what a version does not have any more is removed."""
    write_files(folder, files)
    for pattern in ("*.py", "states/*.json", "tests/*.json"):
        for path in folder.glob(pattern):
            if path.relative_to(folder).as_posix() not in files:
                path.unlink()


def _roles(author: Author) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for asked in author.asked:
        counts = found.setdefault(asked.role, {"accepted": 0, "repaired": 0, "rejected": 0})
        counts[asked.outcome] += 1
    return dict(sorted(found.items()))
