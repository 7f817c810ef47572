"""EnvGen with models: a model writes, execution decides; scripted crews play every role."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ticket_desk import CASES, CLOSED, GOOD, SPEC, THINGS, TOOLS, WORLD, WRONG, Crew, asked_about, case, good, step

from envfactory.envgen.authors.author import Author, Rejected
from envfactory.envgen.authors.code import assemble, flaws, method_in
from envfactory.envgen.contract import contract
from envfactory.envgen.loop import Authored, Version, author_environment
from envfactory.environment.confined import confining
from envfactory.environment.library import load, status
from envfactory.environment.pool import Pool
from envfactory.environment.session import Session, World
from envfactory.errors import BudgetSpent
from envfactory.models.kept import Kept
from envfactory.models.model import ModelFailed, Request
from envfactory.runs import Budget, Run


def write(crew: Crew, folder: Path, run: Run | None = None, **knobs: Any) -> Authored:
    """Run the loop on the ticket desk, its code in this process: the scripts are ours."""
    model = Kept(crew, run, "envgen") if run else crew
    knobs = {"load": load, "mutants": 60, **knobs}
    return asyncio.run(author_environment(Author(model), SPEC, folder, run=run, **knobs))


def renamed(folder: Path) -> str:
    """What the environment in a folder says when a closed ticket is renamed."""
    cls = load(folder)
    with Session([World.of(cls, "small")]) as session:
        return session.call("tickets__rename_ticket", {"id": CLOSED, "title": "New"}).outcome


def test_a_good_run_ends_verified_at_once(tmp_path: Path) -> None:
    crew = Crew(good)
    authored = write(crew, tmp_path / "tickets")
    assert authored.certificate.verdict == "verified", [f for f in authored.certificate.findings if not f.passed]
    assert status(tmp_path / "tickets") == "verified"
    assert len(authored.versions) == 1
    assert sorted(crew.asked) == ["coder", *["tester"] * 4, "world"]
    assert renamed(tmp_path / "tickets") == "refused"
    assert not (tmp_path / ".work" / "tickets").exists()


@pytest.mark.slow
def test_a_models_code_runs_in_confined_workers_and_gives_the_same_verdict(tmp_path: Path) -> None:
    with Pool() as pool:
        authored = write(Crew(good), tmp_path / "tickets", load=confining(pool), mutants=12)
    assert authored.certificate.verdict == "verified", [f for f in authored.certificate.findings if not f.passed]
    assert authored.certificate.sandbox == "sealed"


def test_malformed_answers_are_shown_back_and_repaired(tmp_path: Path) -> None:
    spoilt = {"world": "I would rather not.", "coder": json.dumps({"keep": False, "method": "def x(:", "why": ""})}
    seen: list[str] = []

    def script(role: str, request: Request) -> Any:
        if role in spoilt and role not in seen:
            seen.append(role)
            return spoilt[role]
        return good(role, request)

    authored = write(Crew(script), tmp_path / "tickets")
    assert authored.certificate.verdict == "verified"
    assert authored.roles["world writer"] == {"accepted": 0, "repaired": 1, "rejected": 0}
    assert authored.roles["coder"] == {"accepted": 0, "repaired": 1, "rejected": 0}


def test_an_answer_that_is_never_right_is_rejected_with_its_problems(tmp_path: Path) -> None:
    rows = {"tickets": [{"id": "a", "title": "t", "state": "lost"}] * 12}
    crew = Crew(lambda role, _: {"note": "x", "rows": rows})
    with pytest.raises(Rejected, match=r"world writer.*tickets"):
        write(crew, tmp_path / "tickets")
    assert crew.asked == ["world"] * 3
    assert not (tmp_path / "tickets").exists(), "nothing half-made is left"


def test_code_that_fails_a_case_is_written_again_and_the_second_version_is_what_runs(tmp_path: Path) -> None:
    told: list[str] = []

    def script(role: str, request: Request) -> Any:
        if role == "coder":
            told.append(request.messages[1].content)
            return {"keep": False, "method": WRONG if len(told) == 1 else GOOD, "why": "as the rule says"}
        if role == "judge":
            return {"fault": "code", "why": "The rule refuses it."}
        return good(role, request)

    authored = write(Crew(script), tmp_path / "tickets")
    first, second = authored.versions
    assert first.verdict == "failed"
    assert "stored" in first.failed
    assert first.faults["code"] >= 1
    assert second.verdict == "verified"
    assert authored.best == 1
    assert "it succeeded, and should have been refused" in told[1]
    assert WRONG.strip() in told[1], "the coder sees its own method"
    # by behaviour: the folder's code refuses what the first version's code allowed
    assert renamed(tmp_path / "tickets") == "refused"
    earlier = load(tmp_path / "tickets", replace={"overrides.py": first.files["overrides.py"]})
    with Session([World.of(earlier, "small")]) as session:
        assert session.call("tickets__rename_ticket", {"id": CLOSED, "title": "New"}).outcome == "ok"


def test_a_wrong_test_is_put_down_to_the_test_and_the_code_stays(tmp_path: Path) -> None:
    absurd = case(
        "renaming closes it", step("rename_ticket", {"id": "tk_00x", "title": "N"}, result={"state": "closed"})
    )

    def script(role: str, request: Request) -> Any:
        if role == "judge":
            assert "renaming closes it" in request.messages[1].content
            return {"fault": "test", "why": "No rule says that."}
        if (
            role == "tester"
            and asked_about(request) == "rename_ticket"
            and "were wrong" not in request.messages[1].content
        ):
            return {"cases": [*CASES["rename_ticket"], absurd]}
        return good(role, request)

    crew = Crew(script)
    authored = write(crew, tmp_path / "tickets")
    first, second = authored.versions
    assert first.faults == {"test": 1}
    assert crew.asked.count("coder") == 1, "the code was not rewritten"
    assert second.verdict == "verified"
    assert first.files["overrides.py"] == second.files["overrides.py"]
    assert "renaming closes it" not in second.files["tests/rename_ticket.json"]


def test_weak_tests_are_sent_back_with_the_faults_they_missed(tmp_path: Path) -> None:
    weak = {
        "close_ticket": [case("it works", step("close_ticket", {"id": "tk_00x"})), CASES["close_ticket"][2]],
        "create_ticket": [case("it works", step("create_ticket", {"title": "A"})), CASES["create_ticket"][1]],
        "list_tickets": [case("it works", step("list_tickets", {})), CASES["list_tickets"][2]],
    }

    def script(role: str, request: Request) -> Any:
        if role == "tester" and "unnoticed" not in request.messages[1].content:
            return {"cases": weak.get(asked_about(request), CASES[asked_about(request)])}
        return good(role, request)

    authored = write(Crew(script), tmp_path / "tickets")
    first, *_, last = authored.versions
    assert "mutation" in first.failed
    assert last.mutation > first.mutation
    assert last.verdict == "verified"


@pytest.mark.parametrize("kind", ["rate_limited", "server", "cut", "timeout"])
def test_a_failing_endpoint_ends_the_pass_and_nothing_is_rewritten(tmp_path: Path, kind: Any) -> None:
    down = [True]

    def script(role: str, request: Request) -> Any:
        if role == "tester" and asked_about(request) == "rename_ticket" and down[0]:
            raise ModelFailed(f"the endpoint: {kind}", kind=kind)
        return good(role, request)

    crew = Crew(script)
    with Run(tmp_path / "run", {}) as run, pytest.raises(ModelFailed):
        write(crew, tmp_path / "tickets", run)
    assert not (tmp_path / "tickets").exists()
    down[0] = False
    again = Crew(script)
    with Run(tmp_path / "run", {}, resume=True) as run:
        authored = write(again, tmp_path / "tickets", run)
        assert [letter.kind for letter in run.dead_letters()] == []
    assert authored.certificate.verdict == "verified"
    assert "coder" not in again.asked, "what was answered before is not asked again"
    assert "world" not in again.asked


def test_a_spent_budget_stops_cleanly_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    with Run(tmp_path / "run", {}, budget=Budget(tokens=3_000)) as run, pytest.raises(BudgetSpent):
        write(Crew(good), tmp_path / "tickets", run)
    crew = Crew(good)
    with Run(tmp_path / "run", {}, resume=True) as run:
        assert write(crew, tmp_path / "tickets", run).certificate.verdict == "verified"
    assert len(crew.asked) < 6


KILLED = """
import asyncio, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from ticket_desk import SPEC, Crew, good
from envfactory.envgen.authors.author import Author
from envfactory.envgen.loop import author_environment
from envfactory.environment.library import load
from envfactory.models.kept import Kept
from envfactory.runs import Run

def script(role, request):
    answer = good(role, request)
    if role == "tester":
        time.sleep(0.3)  # a blocking answer: the tests wait here to kill
    print(role, flush=True)
    return answer

with Run(Path(sys.argv[1]) / "run", {}) as run:
    model = Kept(Crew(script), run, "envgen")
    asyncio.run(author_environment(Author(model), SPEC, Path(sys.argv[1]) / "tickets", load=load, run=run))
"""


def test_a_run_killed_in_the_middle_repeats_no_answer_it_had(tmp_path: Path) -> None:
    here = str(Path(__file__).parent)
    started = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path), here], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    said: list[str] = []
    for line in started.stdout:
        said.append(line.strip())
        if said.count("tester") == 2:
            time.sleep(0.1)
            os.kill(started.pid, signal.SIGKILL)
            break
    started.wait()
    started.stdout.close()
    crew = Crew(good)
    with Run(tmp_path / "run", {}, resume=True) as run:
        before = run.spent()[0]
        assert write(crew, tmp_path / "tickets", run).certificate.verdict == "verified"
    assert before > 0
    assert "world" not in crew.asked
    assert "coder" not in crew.asked
    assert crew.asked.count("tester") <= 3, "only what was under way is asked again"


# Roles -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "problem"),
    [
        ("def rename_ticket(self):\n    pass", "decorator"),
        (GOOD.replace("rename_ticket", "rename"), "must be called rename_ticket"),
        (GOOD.replace("writes=True", ""), "this tool writes"),
        (GOOD.replace(", title: str", ""), "its parameters must be"),
        (GOOD.replace(" -> Ticket", ""), "return type"),
        (GOOD.replace('    """Rename an open ticket."""\n', ""), "docstring"),
        (GOOD + "\nx = 1\n", "exactly one function"),
        ("def x(:", "line 1"),
        (GOOD.replace('{"title": title}', "{}"), "title is never used"),
    ],
)
def test_a_method_is_refused_before_it_runs_by_name(method: str, problem: str) -> None:
    assert any(problem in flaw for flaw in flaws(method, SPEC.tool("rename_ticket")))
    assert flaws(GOOD, SPEC.tool("rename_ticket")) == []


def test_methods_are_put_together_and_found_again() -> None:
    text = assemble({"rename_ticket": GOOD}, "TicketId = str\n\n\nclass Ticket:\n    pass\n")
    assert "from .entities import Ticket, TicketId" in text
    assert method_in(text, "rename_ticket") == GOOD.strip()
    assert assemble({}, "") == ""


def test_a_sentence_becomes_a_contract_step_by_step() -> None:
    proposal = {
        "name": "ticket_desk", "title": "Ticket desk", "domain": "office", "description": "Keeps tickets.",
        "things": ["ticket", "person"], "actions": list("abcdefgh"), "rules": ["r1", "r2", "r3", "r4"],
    }  # fmt: skip
    tools: list[dict[str, Any]] = json.loads(json.dumps(TOOLS))
    tools[0]["parameters"][0]["operator"] = None  # the designer forgets how the filter compares, and is told
    rules = [{"text": f"Rule {n}.", "tools": ["close_ticket"], "where": "Rules"} for n in range(4)]
    asked: list[str] = []
    told: list[str] = []

    def script(role: str, request: Request) -> Any:
        asked.append(role)
        if role == "tools":
            return {"tools": tools if asked.count("tools") == 1 else TOOLS}
        if role == "rules":
            told.append(request.messages[1].content)
        return {"proposer": proposal, "things": THINGS, "rules": {"rules": rules}}[role]

    crew = Crew(script)
    author = Author(crew)
    spec = asyncio.run(contract(author, "a desk that keeps tickets", held=["google_tasks"]))
    assert spec.name == "ticket_desk"
    assert [tool.name for tool in spec.tools] == [tool["name"] for tool in tools]
    assert "- r1\n- r2\n- r3\n- r4" in told[0], "where nothing documents it, the outline's own rules do"
    assert len(spec.rules) == 4
    assert spec.sources[0].kind == "prose"
    assert asked == ["proposer", "things", "tools", "tools", "rules"]
    assert {a.role: a.outcome for a in author.asked}["designer"] in {"accepted", "repaired"}


def test_versions_are_ranked_by_what_execution_said() -> None:
    def version(verdict: str, failed: dict[str, tuple[str, ...]], mutation: float) -> Version:
        return Version(number=0, verdict=verdict, failed=failed, cases=1, mutation=mutation, faults={}, files={})

    worst = version("failed", {"stored": ("a",), "laws": ("b",)}, 0.9)
    better = version("failed", {"stored": ("a", "b", "c")}, 0.2)
    best = version("verified", {}, 0.8)
    assert sorted([best, worst, better], key=lambda v: v.rank) == [worst, better, best]


def test_the_world_is_loaded_by_the_database_not_believed(tmp_path: Path) -> None:
    broken = json.loads(json.dumps(WORLD))
    broken["rows"]["tickets"][3]["state"] = "lost"
    seen: list[str] = []

    def script(role: str, request: Request) -> Any:
        if role == "world":
            seen.append(request.messages[-1].content)
            return broken if len(seen) == 1 else WORLD
        return good(role, request)

    write(Crew(script), tmp_path / "tickets")
    assert "row 3 of tickets does not fit the schema" in seen[1]
