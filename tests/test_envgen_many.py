"""Many builds at once: each as if it were alone, one budget, no failure spreads, and a kill loses nothing."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ticket_desk import SPEC, Crew, good

import envfactory.models.load as load_module
from envfactory.cli import main
from envfactory.envgen.check import check
from envfactory.envgen.examine import examine
from envfactory.envgen.loop import Examine
from envfactory.envgen.many import Order, Outcome, Way, author_many, labels
from envfactory.environment.environment import Environment
from envfactory.environment.library import Certificate, load, status
from envfactory.errors import EnvFactoryError, FileError
from envfactory.models.model import ModelFailed, Reply, Request
from envfactory.models.recorded import Tape, write_tape
from envfactory.runs import Budget, Purse, Run

TESTS = Path(__file__).parent
DESCRIPTIONS = TESTS / "descriptions"


def quick(_order: Order) -> Examine:
    """The suite cut to what is quick, in this process: what a lot makes of a verdict is tested, not the verdict."""

    async def run(folder: Path) -> Certificate:
        certificate = check(folder, only=("static", "schema", "contract", "stored"))
        return certificate.model_copy(update={"verdict": "verified"} if certificate.verdict == "draft" else {})

    return run


QUICK = Way(load=load, examine=quick)


def contracts(folder: Path, *names: str) -> list[Order]:
    """Orders for ticket desks whose contracts people have edited."""
    orders: list[Order] = []
    for place, name in enumerate(names):
        path = folder / f"contract{place}"
        path.mkdir(parents=True, exist_ok=True)
        spec = SPEC.model_copy(update={"name": name, "title": f"{name} {place}"})
        (path / "spec.json").write_text(spec.to_json())
        orders.append(Order(wanted=str(path), mutants=12))
    return orders


def many(orders: list[Order], crew: Crew, output: Path, **knobs: Any) -> list[Outcome]:
    return asyncio.run(author_many(orders, model=crew, named="crew", output=output, **({"way": QUICK} | knobs)))


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder, by its content."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


class Waiting(Crew):
    """Answers nobody's first question before all who are expected have asked theirs."""

    def __init__(self, expected: int) -> None:
        super().__init__(good)
        self.expected = expected
        self.here = 0
        self.all_here = asyncio.Event()

    async def respond(self, request: Request) -> Reply:
        self.here += 1
        if self.here >= self.expected:
            self.all_here.set()
        await asyncio.wait_for(self.all_here.wait(), 30)
        return await super().respond(request)


def test_two_are_built_at_once_with_the_bytes_of_one_after_the_other(tmp_path: Path) -> None:
    orders = contracts(tmp_path, "tickets", "desks")
    told: list[tuple[int, str]] = []
    outcomes = many(
        orders, Waiting(2), tmp_path / "at_once", workers=2, progress=lambda place, text, _: told.append((place, text))
    )
    assert [outcome.verified for outcome in outcomes] == [True, True]
    assert {place for place, _ in told} == {0, 1}
    for order in orders:
        [alone] = many([order], Crew(good), tmp_path / "alone")
        assert alone.verified
    assert contents(tmp_path / "at_once") == contents(tmp_path / "alone")
    assert {path.split("/")[0] for path in contents(tmp_path / "at_once")} == {"tickets", "desks"}, "no store is left"


def test_a_name_that_an_earlier_one_has_gets_a_number_whoever_is_quicker(tmp_path: Path) -> None:
    orders = contracts(tmp_path, "tickets", "tickets", "tickets")
    outcomes = many(orders, Crew(good), tmp_path / "out", workers=3)
    assert [o.authored.folder.name for o in outcomes if o.authored] == ["tickets", "tickets_2", "tickets_3"]
    titles = [json.loads((tmp_path / "out" / n / "spec.json").read_text())["title"] for n in ("tickets", "tickets_3")]
    assert titles == ["tickets 0", "tickets 2"]


def test_a_contract_is_not_overwritten_by_what_is_made_from_it(tmp_path: Path) -> None:
    [order] = contracts(tmp_path / "out", "contract0")
    before = contents(tmp_path / "out")
    [outcome] = many([order], Crew(good), tmp_path / "out")
    assert "give another --output" in outcome.error
    assert {k: v for k, v in contents(tmp_path / "out").items() if k.startswith("contract0/")} == before


def test_one_that_fails_leaves_the_other_be_and_is_all_that_a_resumed_lot_asks_for(tmp_path: Path) -> None:
    orders = contracts(tmp_path, "tickets", "desks")
    whose: list[str] = []

    def script(role: str, request: Request) -> Any:
        whose.append(role)
        if role == "tester" and down[0] and len([w for w in whose if w == "tester"]) > 4:
            raise ModelFailed("no connection", kind="server")
        return good(role, request)

    down = [True]
    outcomes = many(orders, Crew(script), tmp_path / "out", workers=1)
    assert [outcome.verified for outcome in outcomes] == [True, False]
    assert "the model failed (server): no connection; run it again with --resume" in outcomes[1].error
    assert status(tmp_path / "out" / "tickets") == "verified"
    assert not (tmp_path / "out" / "desks").exists()
    before = contents(tmp_path / "out" / "tickets")
    with pytest.raises(FileError, match="--resume"):
        many(orders, Crew(good), tmp_path / "out")

    down[0] = False
    whose.clear()
    outcomes = many(orders, Crew(script), tmp_path / "out", workers=2, resume=True)
    assert [outcome.verified for outcome in outcomes] == [True, True]
    assert set(whose) == {"tester"}, "only what failed is asked again"
    assert contents(tmp_path / "out" / "tickets") == before
    assert not list((tmp_path / "out").glob("*.run*"))


def test_a_source_that_is_not_there_is_one_outcome_among_others(tmp_path: Path) -> None:
    orders = [Order(wanted=str(tmp_path / "nothing.json")), *contracts(tmp_path, "tickets")]
    outcomes = many(orders, Crew(good), tmp_path / "out")
    assert "cannot read" in outcomes[0].error
    assert outcomes[1].verified


def test_a_bug_of_ours_is_raised_once_the_others_are_through(tmp_path: Path) -> None:
    orders = contracts(tmp_path, "tickets", "desks")

    def broken(folder: Path, **knobs: Any) -> type[Environment]:
        if folder.name == "tickets":
            raise ZeroDivisionError("ours")
        return load(folder, **knobs)

    with pytest.raises(ZeroDivisionError, match="ours"):
        many(orders, Crew(good), tmp_path / "out", way=Way(load=broken, examine=quick))
    assert status(tmp_path / "out" / "desks") == "verified"


def test_one_long_check_does_not_hold_up_the_other(tmp_path: Path) -> None:
    orders = contracts(tmp_path, "tickets", "desks")
    through = asyncio.Event()

    def way(order: Order) -> Examine:
        async def run(folder: Path) -> Certificate:
            if order is orders[0]:
                await asyncio.wait_for(through.wait(), 60)  # ends only when the other environment is through
            certificate = await quick(order)(folder)
            if order is orders[1]:
                through.set()
            return certificate

        return run

    outcomes = many(orders, Crew(good), tmp_path / "out", workers=2, way=Way(load=load, examine=way))
    assert [outcome.verified for outcome in outcomes] == [True, True]


# One budget --------------------------------------------------------------------------------------------------------


def test_a_purse_is_one_budget_for_several_runs(tmp_path: Path) -> None:
    purse = Purse(Budget(tokens=100))
    first, second = (Run(tmp_path / name, {}, purse=purse) for name in ("a", "b"))
    asked = {"stage": "s", "identity": "m", "body": "{}"}
    assert first.reserve("k", tokens=70, **asked)
    assert not second.reserve("k", tokens=40, **asked), "the other run holds it"
    first.answer("k", "{}", tokens_in=20, tokens_out=20)
    assert second.reserve("k", tokens=40, **asked)
    second.answer("k", "{}", tokens_in=30, tokens_out=10)
    first.close()
    with pytest.raises(EnvFactoryError, match="80 are spent"):
        second.reserve("l", tokens=40, **asked)
    second.close()
    purse = Purse(Budget(tokens=100))
    with Run(tmp_path / "a", {}, resume=True, purse=purse), Run(tmp_path / "b", {}, resume=True, purse=purse):
        assert purse.sums()[0] == 80


def test_all_stop_within_one_budget_and_go_on_with_a_larger_one(tmp_path: Path) -> None:
    orders = contracts(tmp_path, "tickets", "desks")
    crew = Crew(good)
    outcomes = many(orders, crew, tmp_path / "out", workers=2, budget=Budget(tokens=6_000))
    assert any("budget of 6000 tokens" in outcome.error for outcome in outcomes)
    spent = sum(s.tokens_in + s.tokens_out for o in outcomes for s in o.ledger.values())
    assert 0 < spent <= 6_000
    assert spent == 150 * len(crew.asked)
    again = Crew(good)
    outcomes = many(orders, again, tmp_path / "out", workers=2, resume=True)
    assert [outcome.verified for outcome in outcomes] == [True, True]
    assert len(crew.asked) + len(again.asked) == 12, "nothing is paid for twice"


# Killed ------------------------------------------------------------------------------------------------------------

KILLED = """
import asyncio, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_envgen_many import QUICK, Crew, Order, author_many
from ticket_desk import good

async def slowly(self, request):
    reply = await answer(self, request)
    print(self.asked[-1], flush=True)
    await asyncio.sleep(0.2 if self.asked[-1] == "tester" else 0)  # the tests wait here to kill
    return reply

answer, Crew.respond = Crew.respond, slowly
here = Path(sys.argv[1])
orders = [Order(wanted=str(here / f"contract{n}"), mutants=12) for n in range(2)]
asyncio.run(author_many(orders, model=Crew(good), named="crew", output=here / "out", way=QUICK, workers=2))
"""


def test_a_lot_that_was_killed_goes_on_and_ends_in_the_same_bytes(tmp_path: Path) -> None:
    orders = contracts(tmp_path, "tickets", "desks")
    many(orders, Crew(good), tmp_path / "undisturbed")
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(TESTS)]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    said: list[str] = []
    for line in started.stdout:
        said.append(line.strip())
        if said.count("tester") == 3:
            os.kill(started.pid, signal.SIGKILL)
            break
    started.wait()
    started.stdout.close()
    assert said.count("world") >= 1
    crew = Crew(good)
    outcomes = many(orders, crew, tmp_path / "out", workers=2, resume=True)
    assert [outcome.verified for outcome in outcomes] == [True, True]
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")
    answered = [role for role in said if role != "tester"]
    assert len(crew.asked) <= 12 - len(answered), "what was answered is not asked again"


# Checks in a process of their own ----------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    many(contracts(tmp_path, "tickets"), Crew(good), tmp_path / "out")
    return tmp_path / "out" / "tickets"


def test_a_check_in_another_process_says_the_same(desk: Path) -> None:
    told: list[str] = []
    there = asyncio.run(examine(desk, mutants=5, fuzz=10, progress=told.append))
    assert there == check(desk, mutants=5, fuzz=10)
    assert told[0] == "static"
    with pytest.raises(EnvFactoryError, match=r"spec\.json"):
        asyncio.run(examine(desk / "states"))


def test_what_code_prints_does_not_stand_between_the_lines(desk: Path) -> None:
    overrides = desk / "overrides.py"
    text = overrides.read_text().replace("        row = self.need(", '        print("hello")\n        row = self.need(')
    overrides.write_text(text)
    assert "hello" in text
    certificate = asyncio.run(examine(desk, mutants=5, fuzz=10))
    assert certificate.finding("stored").passed


ASKING = """
import asyncio, sys
from pathlib import Path
from envfactory.envgen.examine import examine
asyncio.run(examine(Path(sys.argv[1]), mutants=5000, fuzz=100000, progress=lambda text: print(text, flush=True)))
"""


def test_a_check_ends_when_the_one_who_asked_is_killed(desk: Path) -> None:
    asking = subprocess.Popen([sys.executable, "-c", ASKING, str(desk)], stdout=subprocess.PIPE, text=True)
    assert asking.stdout is not None
    assert asking.stdout.readline() == "static\n"
    [child] = Path(f"/proc/{asking.pid}/task/{asking.pid}/children").read_text().split()
    os.kill(asking.pid, signal.SIGKILL)
    asking.wait()
    asking.stdout.close()
    until = time.monotonic() + 20
    while time.monotonic() < until and _alive(int(child)):
        time.sleep(0.02)
    assert not _alive(int(child))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# The command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["envfactory", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        return int(str(stopped.value.code)), said.out, said.err

    return call


@pytest.mark.slow
def test_several_are_built_without_a_model_too(command: Any, tmp_path: Path) -> None:
    wanted = [DESCRIPTIONS / "shop.graphql", tmp_path / "nothing.json"]
    (tmp_path / "list.txt").write_text(f"# more\n\n{DESCRIPTIONS / 'notes.pyi'}\n")
    options = ("--limit", 2, "--json")
    status, out, _ = command("build", *wanted, "--list", "list.txt", "--workers", 2, "--output", "many", *options)
    document = json.loads(out)
    assert status == 1
    assert document["failed"] == 1
    assert [one.get("verdict") for one in document["builds"]] == ["draft", None, "draft"]
    assert "cannot read" in document["builds"][1]["error"]
    for source in ("shop.graphql", "notes.pyi"):
        assert command("build", DESCRIPTIONS / source, "--output", "single", *options)[0] == 0
    assert contents(tmp_path / "many") == contents(tmp_path / "single")


def test_two_that_become_one_folder_are_told_apart(command: Any, tmp_path: Path) -> None:
    copy = tmp_path / "copy.graphql"
    copy.write_text((DESCRIPTIONS / "shop.graphql").read_text().replace("type Query", "# a copy\ntype Query"))
    (tmp_path / "deep").mkdir()
    other = tmp_path / "deep" / "copy.graphql"
    other.write_text(copy.read_text())
    status, out, _ = command("build", copy, other, "--limit", 2, "--json")
    first, second = json.loads(out)["builds"]
    assert status == 1
    assert first["verdict"] == "draft"
    assert "--name" in second["error"]


def test_bad_usage_is_told_before_anything_is_built(command: Any, tmp_path: Path) -> None:
    for arguments in (("a.json", "a.json"), ("a.json", "b.json", "--name", "x"), ()):
        status, _, err = command("build", *arguments)
        assert status == 2, err
    status, _, err = command("build", "--list", "nowhere.txt")
    assert status == 1
    assert "one source a line" in err
    assert not (tmp_path / "environments").exists()


def test_stores_of_alike_names_are_told_apart() -> None:
    alike = [Order(wanted="a/tickets.json"), Order(wanted="b/tickets.json"), Order(wanted="a desk for bees")]
    named = labels(alike)
    assert len(set(named)) == 3
    assert named[2] == "a_desk_for_bees"
    assert labels(alike[::-1]) == named[::-1], "whatever the order"


@pytest.mark.slow
def test_the_command_builds_several_with_a_model_in_confined_workers(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    testers: list[str] = []

    def script(role: str, request: Request) -> Any:
        if role == "tester":
            testers.append(role)
            if len(testers) > 4:
                raise ModelFailed("no connection", kind="server")
        return good(role, request)

    crew = Crew(script)
    monkeypatch.setattr(load_module, "model_named", lambda *_: crew)
    wanted = [order.wanted for order in contracts(tmp_path, "tickets", "desks")]
    options = ("--model", "openai:x", "--mutants", 12, "--json")
    status, out, err = command("build", *wanted, *options, "--workers", 1)
    document = json.loads(out)
    assert status == 1, err
    first, second = document["builds"]
    assert (first["verdict"], first["sandbox"]) == ("verified", "sealed")
    assert "--resume" in second["error"]
    assert document["spent"]["tokens"] > 0
    crew.script = good
    status, out, _ = command("build", *wanted, *options, "--workers", 2, "--resume", "--record", "tapes")
    assert status == 0
    assert [one["verdict"] for one in json.loads(out)["builds"]] == ["verified", "verified"]
    assert len(list((tmp_path / "tapes").glob("*.jsonl"))) == 2


def test_a_tape_replays_what_was_asked_when_the_library_was_smaller(tmp_path: Path) -> None:
    tape = tmp_path / "desk.jsonl"
    told: list[str | None] = []

    def keep(_label: str, run: Run) -> None:
        told.append(run.record(0, kind="held"))
        write_tape(run, tape, made="2026-11-22", endpoint="crew", by="a script")

    orders = contracts(tmp_path, "tickets")
    (first,) = many(orders, Crew(good), tmp_path / "first", keep=keep)
    assert first.verified, first.error
    grown = tmp_path / "grown" / "another"
    grown.mkdir(parents=True)
    (grown / "spec.json").write_text(SPEC.model_copy(update={"name": "another"}).to_json())
    way: dict[str, Any] = {"way": QUICK, "library": [grown.parent], "keep": keep}
    (second,) = asyncio.run(author_many(orders, model=Tape(tape), named="tape", output=tmp_path / "second", **way))
    assert second.verified, second.error
    assert told[0] == told[1]
    assert "another" not in (told[1] or "")
    asyncio.run(author_many(orders, model=Crew(good), named="crew", output=tmp_path / "third", **way))
    assert "another" in (told[2] or "")  # nothing recorded says otherwise
