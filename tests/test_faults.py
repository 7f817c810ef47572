"""Faults of a session: each kind strikes the calls it names, and forks and checkpoints carry what they need."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from worlds import Bank, Todo

from envfactory.environment.confined import confining
from envfactory.environment.faults import CODES, Fault, FaultKind, faulty
from envfactory.environment.library import BUILT_IN, load
from envfactory.environment.pool import Pool
from envfactory.environment.session import Checkpoint, LoggedCall, Session, World
from envfactory.rollout.characters import character
from envfactory.rollout.play import play
from envfactory.rollout.replay import Replay
from envfactory.rollout.reward import score
from envfactory.rollout.task import GoldCall, Setting, Task, Turn

LISTS: tuple[str, dict[str, Any]] = ("todo__list_lists", {})
TASKS: tuple[str, dict[str, Any]] = ("todo__list_tasks", {"list_id": "lst_home"})
MAKE: tuple[str, dict[str, Any]] = ("todo__create_task", {"list_id": "lst_home", "title": "Buy a ladder"})


def opened(*faults: Fault, seed: int = 0) -> Session:
    return Session([World.of(Todo, "small"), World.of(Bank, "small")], seed=seed, faults=faults)


def fault(kind: FaultKind, at: str = "todo__create_task", first: int = 0, times: int = 1) -> Fault:
    return Fault(kind=kind, at=at, first=first, times=times)


def titles(entry: LoggedCall) -> list[str]:
    result: Any = entry.result
    return [row["title"] for row in result["items"]]


def code(entry: LoggedCall) -> str:
    result: Any = entry.result
    return result["error"]["code"]


@pytest.mark.parametrize(
    ("kind", "says"), [("timeout", "timeout"), ("rate_limited", "rate_limited"), ("outage", "unavailable")]
)
def test_a_call_that_is_struck_is_not_carried_out_and_succeeds_when_made_again(kind: FaultKind, says: str) -> None:
    with opened(fault(kind)) as session:
        struck = session.call(*MAKE)
        assert (struck.outcome, code(struck)) == ("fault", says)
        assert not session.changes()["todo"]
        assert session.call(*MAKE).outcome == "ok"
        assert len(session.changes()["todo"]) == 1


def test_an_answer_that_is_lost_looks_like_a_time_out_but_the_row_is_there() -> None:
    with opened(fault("lost_answer")) as session, opened(fault("timeout")) as other:
        lost, never = session.call(*MAKE), other.call(*MAKE)
        assert lost.result == never.result
        assert lost.changes
        assert not never.changes
        assert titles(session.call(*TASKS)) == ["Buy a ladder", "Fix the lamp"]
        session.call(*MAKE)
        assert len(session.changes()["todo"]) == 2, "who makes it again has it twice"


def test_a_refusal_is_told_even_where_the_answer_would_be_lost() -> None:
    with opened(fault("lost_answer")) as session:
        refused = session.call("todo__create_task", {"list_id": "lst_none", "title": "Buy a ladder"})
        assert (refused.outcome, code(refused)) == ("refused", "not_found")


def test_a_stale_read_answers_from_before_the_last_write_and_only_once() -> None:
    with opened(fault("stale_read", "todo__list_tasks", first=1)) as session:
        session.call(*MAKE)
        session.call("todo__create_task", {"list_id": "lst_home", "title": "Oil the door"})
        assert "Oil the door" in titles(session.call(*TASKS))
        stale = session.call(*TASKS)
        assert stale.outcome == "ok"
        assert titles(stale) == ["Buy a ladder", "Fix the lamp"]
        assert "Oil the door" in titles(session.call(*TASKS))
        assert len(session.changes()["todo"]) == 2


def test_a_refused_write_is_no_write_for_stale_reads() -> None:
    with opened(fault("stale_read", "todo__list_tasks")) as session:
        session.call(*MAKE)
        session.call("todo__complete_task", {"task_id": "tsk_none"})
        assert titles(session.call(*TASKS)) == ["Fix the lamp"]


def test_a_stale_read_before_any_write_is_fresh() -> None:
    with opened(fault("stale_read", "todo__list_tasks")) as session:
        assert titles(session.call(*TASKS)) == ["Fix the lamp"]


def test_a_stale_read_is_of_a_tool() -> None:
    with pytest.raises(ValidationError, match="'todo' is an environment"):
        fault("stale_read", "todo")


def test_an_outage_of_one_environment_leaves_the_others_alone() -> None:
    with opened(fault("outage", "todo", first=1, times=2)) as session:
        outcomes = [session.call(*call).outcome for call in (LISTS, TASKS, MAKE, MAKE)]
        assert outcomes == ["ok", "fault", "fault", "ok"]
        assert session.call("bank__get_balance", {"owner": "Bo"}).outcome == "ok"


def test_calls_of_other_tools_and_of_unknown_ones_are_not_counted() -> None:
    with opened(fault("timeout", first=1)) as session:
        assert all(session.call(*call).outcome == "ok" for call in (LISTS, MAKE, TASKS))
        assert all(session.call(name, {}).outcome == "refused" for name in ("todo__nothing", "nowhere__create_task"))
        assert session.call(*MAKE).outcome == "fault"


def test_of_two_faults_at_one_call_the_first_strikes_and_both_have_counted_it() -> None:
    with opened(fault("rate_limited", "todo__list_lists"), fault("outage", "todo", times=2)) as session:
        assert [code(session.call(*LISTS)), code(session.call(*LISTS))] == ["rate_limited", "unavailable"]
        assert session.call(*LISTS).outcome == "ok"


def test_what_an_agent_reads_of_a_fault_is_told_from_a_refusal() -> None:
    assert sorted(CODES) == ["rate_limited", "timeout", "unavailable"]
    with opened(fault("timeout")) as session:
        assert faulty(session.call(*MAKE).result)
        assert not faulty(session.call("todo__complete_task", {"task_id": "tsk_none"}).result)
        assert not faulty(session.call(*TASKS).result)


def played(session: Session) -> list[str]:
    calls = [LISTS, MAKE, MAKE, TASKS, MAKE, TASKS, TASKS]
    return [session.call(*call).model_dump_json() for call in calls]


ALL = (
    fault("timeout"),
    fault("lost_answer", first=2),
    fault("stale_read", "todo__list_tasks", first=1),
    fault("outage", "todo", first=3, times=2),
)


def test_equal_seeds_and_faults_give_equal_bytes() -> None:
    with opened(*ALL, seed=4) as session, opened(*ALL, seed=4) as other:
        assert played(session) == played(other)
        assert session.fingerprint() == other.fingerprint()


def test_a_session_without_faults_is_as_ever() -> None:
    with opened(seed=4) as session:
        assert all(json.loads(line)["outcome"] == "ok" for line in played(session))
        assert session.checkpoint().older == {}


@pytest.mark.parametrize("moment", range(8))
def test_a_fork_goes_on_as_its_session_does(moment: int) -> None:
    calls = [LISTS, MAKE, MAKE, TASKS, MAKE, TASKS, TASKS, TASKS]
    with opened(*ALL) as session:
        for call in calls[:moment]:
            session.call(*call)
        with session.fork() as fork:
            ahead = [fork.call(*call).model_dump_json() for call in calls[moment:]]
            assert [session.call(*call).model_dump_json() for call in calls[moment:]] == ahead
            assert fork.fingerprint() == session.fingerprint()


@pytest.mark.parametrize("moment", range(8))
def test_a_checkpoint_carries_faults_and_stale_rows_into_another_process(moment: int) -> None:
    calls = [LISTS, MAKE, MAKE, TASKS, MAKE, TASKS, TASKS, TASKS]
    with opened(*ALL) as session, opened(*ALL) as elsewhere:
        for call in calls[:moment]:
            session.call(*call)
        kept = session.checkpoint().model_dump_json()
        ahead = [session.call(*call).model_dump_json() for call in calls[moment:]]
        session.restore(Checkpoint.model_validate_json(kept))
        assert len(session.log) == moment
        assert [session.call(*call).model_dump_json() for call in calls[moment:]] == ahead
        elsewhere.restore(Checkpoint.model_validate_json(kept))
        assert [elsewhere.call(*call).model_dump_json() for call in calls[moment:]] == ahead


def test_a_checkpoint_of_before_there_were_faults_still_opens() -> None:
    with opened() as session:
        session.call(*MAKE)
        old = session.checkpoint().model_dump(mode="json", include={"marks", "calls"})
    with opened(fault("timeout", first=0)) as session:
        session.restore(Checkpoint.model_validate(old))
        assert session.call(*MAKE).outcome == "fault"


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="workers need Linux")
@pytest.mark.parametrize("kind", ["timeout", "lost_answer", "stale_read", "outage"])
def test_faults_strike_confined_environments_as_they_do_others(kind: FaultKind, tmp_path: Path) -> None:
    shutil.copytree(BUILT_IN / "google_tasks", tmp_path / "google_tasks")
    at = {"stale_read": "google_tasks__tasklists_list", "outage": "google_tasks"}.get(
        kind, "google_tasks__tasklists_insert"
    )
    faults = [Fault(kind=kind, at=at)]
    insert, read = "google_tasks__tasklists_insert", "google_tasks__tasklists_list"
    gave: list[Any] = []
    with Pool() as pool:
        for cls in (load("google_tasks"), confining(pool)(tmp_path / "google_tasks")):
            with Session([World.of(cls, "small")], seed=3, faults=faults) as session:
                lines: list[Any] = []
                for name, arguments in ((insert, {"title": "Errands"}), (read, {}), (read, {})):
                    with session.fork() as fork:
                        lines.append(fork.call(name, arguments).model_dump())
                    kept = session.checkpoint()
                    lines.append(session.call(name, arguments).model_dump())
                    session.restore(kept)
                    lines.append(session.call(name, arguments).model_dump())
                    assert lines[-1] == lines[-2] == lines[-3]
                gave.append((lines, session.changes()))
    assert gave[0] == gave[1]
    assert any(line["outcome"] == "fault" for line in gave[0][0]) != (kind == "stale_read")


# The oracle and the reward -------------------------------------------------------------------------------------------


def errand(*faults: Fault) -> Task:
    """Find the list, add a task to it, complete another one."""
    calls = (
        GoldCall(tool="todo__list_lists", arguments={}),
        GoldCall(tool="todo__create_task", arguments=MAKE[1], uses={"list_id": "0.items.0.id"}, writes=True),
        GoldCall(tool="todo__complete_task", arguments={"task_id": "tsk_lamp"}, writes=True),
    )
    with opened() as session:
        for call in calls:
            assert session.call(call.tool, call.arguments).outcome == "ok"
        changes = {name: rows for name, rows in session.changes().items() if rows}
    turn = Turn(query="Add a task to my home list and tick off the lamp.", calls=calls, changes=changes, answer="Done.")
    settings = (Setting(environment="todo", hash="", state="small"),)
    exempt = {"todo": {"log": ("*",)}}
    return Task(id="", settings=settings, seed=0, kind="faults", turns=(turn,), faults=faults, exempt=exempt).named()


@pytest.mark.parametrize(
    "faults",
    [
        (fault("timeout"),),
        (fault("lost_answer"),),
        (fault("outage", "todo", first=1, times=3),),
        (fault("rate_limited", "todo__list_lists", times=2), fault("timeout", "todo__complete_task")),
        (fault("lost_answer", first=1), fault("rate_limited")),
    ],
)
def test_to_recover_costs_the_oracle_nothing_played_or_replayed(faults: tuple[Fault, ...]) -> None:
    task = errand(*faults)
    library = {"todo": Todo}
    with task.open(library) as session:
        trajectory = asyncio.run(play(task, character("oracle", task), session))
    reward = score(task, trajectory)
    assert (reward.total, reward.passed) == (1.0, True), reward.why()
    assert sum(made.call.outcome == "fault" for made in trajectory.calls) == sum(f.times for f in faults)
    with task.open(library) as session:
        replay = Replay(task, session)
        assert score(task, replay.gold).total == 1.0
        replay.close()
