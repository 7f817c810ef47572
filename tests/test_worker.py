"""Confined sessions: the same face as a session in process, walls that hold, and a host that believes nothing."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import platform
import random
import re
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attacks import SNIPPETS, Scene, scene, session_pid, world

from envfactory.environment import confine, frames, pool, tiers
from envfactory.environment.changeset import BadChangeset, decoded
from envfactory.environment.environment import State
from envfactory.environment.library import find, load
from envfactory.environment.pool import Pool, processes_of
from envfactory.environment.schema import Schema
from envfactory.environment.session import Session, World
from envfactory.environment.texts import ConfinedWorld, Texts
from envfactory.environment.tiers import Limits
from envfactory.environment.worker import ConfinedSession
from envfactory.errors import FileError, NoSandbox, StateError, UnknownName

pytestmark = pytest.mark.skipif(
    any(value.startswith("no") for value in confine.mechanisms().values()), reason="no walls on this machine"
)
FIXTURES = Path(__file__).parent / "fixtures"
QUICK = Limits(call=0.6, opening=5.0, memory=256 * 2**20)


@pytest.fixture(scope="module")
def workers() -> Iterator[Pool]:
    os.environ["ENVFACTORY_TEST_KEY"] = "secret-key-0123456789ab"
    with Pool(limits=QUICK, spares=0) as made:
        yield made
    del os.environ["ENVFACTORY_TEST_KEY"]


@pytest.fixture(scope="module")
def stage(workers: Pool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("scene"), workers) as made:
        yield made


@pytest.fixture
def session(workers: Pool) -> Iterator[ConfinedSession]:
    with ConfinedSession(workers, [world()]) as made:
        yield made


def notes(session: ConfinedSession) -> list[str]:
    result: Any = session.call("notes__read_notes", {}).result
    return [row["text"] for row in result]


# The walls ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_hostile_tool_achieves_nothing(name: str, stage: Scene) -> None:
    assert stage.attack(name) == []


ON_IMPORT = [
    name
    for name in SNIPPETS
    if name.startswith(("files.", "network.", "endings."))
    or name in ("processes.fork", "processes.kill_the_host", "processes.run_a_program", "resources.fill_the_memory")
]


@pytest.mark.slow
@pytest.mark.parametrize("name", ON_IMPORT)
def test_a_hostile_module_achieves_nothing(name: str, stage: Scene) -> None:
    assert stage.attack_on_import(name) == []


SEEN_WITHOUT_WALLS = {
    "files.read_a_secret_file": "the file became known",
    "files.read_with_the_bare_system_call": "the file became known",
    "files.write_a_file": "the folder changed",
    "files.append_to_a_file": "the folder changed",
    "files.make_folders_links_and_pipes": "the folder changed",
    "files.change_mode_owner_and_times": "the folder changed",
    "files.list_a_folder": "the name became known",
    "files.stat_a_file": "the size became known",
    "files.import_code_from_a_folder": "the code became known",
    "secrets.read_the_stored_cases": "the case became known",
    "database.open_a_database_file": "the folder changed",
    "network.connect_by_tcp": "something came in by tcp",
    "network.send_by_udp": "something came in by udp",
    "network.connect_to_a_unix_socket": "something came in by unix",
    "network.connect_to_an_abstract_socket": "something came in by abstract",
    "processes.fork": "there are processes more than before",
    "processes.run_a_shell_command": "the folder changed",
    "processes.kill_the_neighbour": "the neighbour was harmed",
    "processes.kill_the_zygote": "the zygote or the neighbour died",
    "processes.read_the_hosts_memory": "the memory became known",
    "endings.leave_a_collector_callback": "the folder changed",
}


@pytest.mark.parametrize("name", SEEN_WITHOUT_WALLS)
def test_without_walls_the_same_attack_is_seen_to_succeed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The eyes are open: what the tests above assert the absence of would be noticed."""
    monkeypatch.setenv("ENVFACTORY_TEST_KEY", "secret-key-0123456789ab")
    with Pool("none", limits=QUICK, spares=0) as open_pool, scene(tmp_path, open_pool) as made:
        try:
            assert SEEN_WITHOUT_WALLS[name] in made.attack(name)
        finally:
            for left in made.processes() - {made.zygote}:
                os.kill(left, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.skipif(not confine.landlock_version(), reason="no Landlock in this kernel")
def test_the_landlock_tier_imports_in_mid_run_and_holds_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVFACTORY_TEST_KEY", "secret-key-0123456789ab")
    with Pool("landlock", limits=QUICK, spares=0) as walled, scene(tmp_path, walled) as made:
        code = "def late(self, at):\n    import wave\n    return wave.__name__\n"
        with ConfinedSession(walled, [world(code, "late(self, at)")]) as session:
            assert session.call("notes__attack", {"at": {}}).result == "wave"
        metadata = {"files.stat_a_file"}  # Landlock does not cover stat(2); docs say so
        for name in SNIPPETS:
            if name.startswith(("files.", "network.", "processes.", "secrets.")) and name not in metadata:
                assert made.attack(name) == [], name


def test_there_are_enough_hostile_snippets_of_every_kind() -> None:
    assert len(SNIPPETS) >= 45
    assert {name.partition(".")[0] for name in SNIPPETS} == {
        "database", "endings", "files", "harness", "network", "processes", "resources", "secrets"
    }  # fmt: skip


# The same face -----------------------------------------------------------------------------------------------------


def test_a_confined_session_is_a_session(workers: Pool) -> None:
    """Every tool with odd arguments, then real work: log, changes, checkpoint and fingerprint are equal."""
    dice = random.Random(7)
    inner = Session([World.of(load("google_tasks"), "small")], seed=3)
    with ConfinedSession(workers, [ConfinedWorld.of(find("google_tasks"), "small")], seed=3) as outer:
        assert outer.schemas() == inner.schemas()
        assert {n: t.writes for n, t in outer.tools.items()} == {n: t.writes for n, t in inner.tools.items()}
        lists: Any = inner.call("google_tasks__tasklists_list", {}).result
        outer.call("google_tasks__tasklists_list", {})
        place = lists["items"][0]["id"]
        odd: list[Any] = [{}, "text", None, [1], {"tasklist": place}, {"tasklist": "none"}, {"tasklist": 10**30}]
        odd += [{"tasklist": "\ud800"}, {"tasklist": float("nan")}, {"tasklist": place, "title": "Buy ½ kg ☕"}]
        calls = [(name, arguments) for name in inner.tools for arguments in odd]
        calls += [("google_tasks__none", {}), ("none__none", {}), ("", {}), ("google_tasks", {})]
        dice.shuffle(calls)
        for name, arguments in calls:
            assert outer.call(name, arguments) == inner.call(name, arguments), (name, arguments)
        inner.advance(timedelta(hours=5))
        outer.advance(timedelta(hours=5))
        for session in (inner, outer):
            session.call("google_tasks__tasks_insert", {"tasklist": place, "title": "Later"})
        assert len([entry for entry in outer.log if entry.outcome == "ok"]) > 10
        assert outer.changes() == inner.changes()
        assert any(outer.changes().values())
        assert outer.checkpoint() == inner.checkpoint()
        assert outer.fingerprint() == inner.fingerprint()
    inner.close()


def test_restore_and_fork_go_back_and_apart(session: ConfinedSession) -> None:
    session.call("notes__add_note", {"text": "one"})
    mark, print_ = session.checkpoint(), session.fingerprint()
    session.call("notes__add_note", {"text": "two"})
    with session.fork() as copy:
        assert notes(copy) == notes(session)
        assert session_pid(copy) != session_pid(session)
        copy.call("notes__add_note", {"text": "three"})
        assert "three" in notes(copy)
        assert "three" not in notes(session)
    session.restore(mark)
    assert session.fingerprint() == print_
    assert sorted(notes(session)) == ["hello", "one"]
    assert [entry.tool for entry in session.log] == ["notes__add_note", "notes__read_notes"]


def test_a_checkpoint_of_other_worlds_is_refused(session: ConfinedSession, workers: Pool) -> None:
    with ConfinedSession(workers, [world(text="other")]) as other, pytest.raises(UnknownName):
        session.restore(other.checkpoint())


def test_several_environments_share_a_session(workers: Pool) -> None:
    first = world()
    second = ConfinedWorld(Texts("more", first.environment.texts), State(rows={"notes": [{"id": "m", "text": "hi"}]}))
    with ConfinedSession(workers, [first, second]) as session:
        session.call("more__add_note", {"text": "x"})
        assert sorted(session.tools)[0] == "more__add_note"
        assert {name: len(rows) for name, rows in session.changes().items()} == {"notes": 0, "more": 1}


def test_code_that_does_not_load_is_told_in_one_sentence(workers: Pool) -> None:
    broken = {"schema.sql": "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY) STRICT;", "environment.py": "import nowhere"}
    with pytest.raises(FileError, match="nowhere"):
        ConfinedSession(workers, [ConfinedWorld(Texts("bad", broken), State())])
    with pytest.raises(FileError, match="longer than"):
        ConfinedSession(
            Pool(limits=Limits(opening=1.0)), [world("def spin():\n    while True:\n        pass", after="spin()")]
        )
    with pytest.raises(FileError, match="died"):
        ConfinedSession(workers, [world(after="import os; os._exit(3)")])
    rows = State(rows={"notes": [{"id": None, "text": "x"}]})
    with pytest.raises(StateError):
        ConfinedSession(workers, [ConfinedWorld(world().environment, rows)])


def test_a_schema_that_reaches_for_files_does_not_run_in_the_host(workers: Pool, tmp_path: Path) -> None:
    for ddl in (f"ATTACH '{tmp_path}/x.db' AS x; CREATE TABLE x.t (a);", f"VACUUM INTO '{tmp_path}/x.db';"):
        texts = {**world().environment.texts, "schema.sql": ddl}
        with pytest.raises(StateError):
            ConfinedSession(workers, [ConfinedWorld(Texts("bad", texts), State())])
    assert list(tmp_path.iterdir()) == []
    endless = (
        "CREATE TABLE t AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) AS x FROM n"
    )
    with pytest.raises(StateError):
        ConfinedSession(workers, [ConfinedWorld(Texts("bad", {**texts, "schema.sql": endless}), State())])


# Workers that die --------------------------------------------------------------------------------------------------


def test_a_killed_worker_comes_back_with_its_state(session: ConfinedSession) -> None:
    wrote: Any = session.call("notes__add_note", {"text": "kept"}).result
    session.advance(timedelta(hours=1))
    before = session.fingerprint()
    os.kill(session_pid(session), signal.SIGKILL)
    lost = session.call("notes__read_notes", {})
    assert (lost.outcome, lost.changes) == ("session_lost", ())
    assert "not your fault" in json.dumps(lost.result)
    assert notes(session) == ["hello", "kept"]
    assert session.recovered == 1
    assert session.fingerprint() == before
    again: Any = session.call("notes__add_note", {"text": "more"}).result
    assert again["id"] != wrote["id"]


def test_a_call_beyond_its_deadline_leaves_no_trace(workers: Pool) -> None:
    code = "def write_and_hang(self):\n    self.db.insert('notes', {'id': 'x', 'text': 'x'})\n    while True: pass"
    with ConfinedSession(workers, [world(code, "write_and_hang(self)")]) as session:
        session.call("notes__add_note", {"text": "kept"})
        start = time.monotonic()
        assert session.call("notes__attack", {"at": {}}).outcome == "timeout"
        assert time.monotonic() - start < QUICK.call + 2
        assert notes(session) == ["hello", "kept"]


def test_a_result_that_cannot_be_sent_is_a_bug_and_its_writes_are_gone(workers: Pool) -> None:
    code = "def write_much(self):\n    self.db.insert('notes', {'id': 'x', 'text': 'x'})\n    return 'y' * 5_000_000"
    with ConfinedSession(workers, [world(code, "write_much(self)")]) as session:
        entry = session.call("notes__attack", {"at": {}})
        assert entry.outcome == "bug"
        assert "larger than" in entry.bug
        assert notes(session) == ["hello"]


def test_a_dead_zygote_is_replaced_and_its_sessions_recover() -> None:
    with Pool(limits=QUICK) as own, ConfinedSession(own, [world()]) as session:
        session.call("notes__add_note", {"text": "kept"})
        pid, old = session_pid(session), own.zygote.pid
        os.kill(old, signal.SIGKILL)
        for _ in range(200):
            if not Path(f"/proc/{pid}").exists():
                break
            time.sleep(0.01)
        assert not Path(f"/proc/{pid}").exists()  # its workers go with it
        assert session.call("notes__read_notes", {}).outcome == "session_lost"
        assert notes(session) == ["hello", "kept"]
        assert own.zygote.pid != old


def test_a_closed_session_says_so(workers: Pool) -> None:
    session = ConfinedSession(workers, [world()])
    session.close()
    session.close()
    entry = session.call("notes__read_notes", {})
    assert entry.outcome == "session_lost"
    assert "closed" in entry.bug


def test_code_that_opens_otherwise_each_time_is_given_up(workers: Pool) -> None:
    code = "import os\n\n\ndef die(self):\n    os._exit(0)"
    with ConfinedSession(workers, [world(code, "die(self)")]) as session:
        real = session._kept["notes"].image
        assert session.call("notes__attack", {"at": {}}).outcome == "session_lost"
        session._kept["notes"].image = "another"
        assert [session.call("notes__read_notes", {}).outcome for _ in range(4)] == ["session_lost"] * 4
        assert "given up" in session.log[-1].bug
        assert real != "another"


# What the host believes --------------------------------------------------------------------------------------------


def test_an_unsolicited_byte_ends_the_session(workers: Pool) -> None:
    code = "import os\n\n\ndef speak(self):\n    os.write(3, b'x')"
    with ConfinedSession(workers, [world(code, "speak(self)")]) as session:
        session.call("notes__attack", {"at": {}})
        assert session.call("notes__read_notes", {}).outcome == "session_lost"
        assert session.call("notes__read_notes", {}).outcome == "session_lost"
        assert session.recovered == 0


@pytest.mark.parametrize(
    "said",
    [b"{", b"[1]", b"\xff\xfe", b'{"a": NaN}', b'{"a": 1e999999}', b'"' + b"\\ud800" + b'"', b'{"a": "\\ud800"}',
     b'{"a":' * 80 + b"1" + b"}" * 80, b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"],
)  # fmt: skip
def test_a_frame_that_is_no_object_is_refused(said: bytes) -> None:
    with pytest.raises(frames.BadFrame):
        frames.parse(said)


def test_nesting_is_counted_level_by_level() -> None:
    deep = [[]]
    for _ in range(frames.NESTING - 2):
        deep = [deep]
    assert not frames.depth_over(deep, frames.NESTING)
    assert frames.depth_over([deep], frames.NESTING)
    assert frames.parse(json.dumps({"result": [[]] * 500}).encode())


def fuzz(count: int, seed: int) -> dict[str, int]:
    """Replies broken at random, taken by a session whose worker is this thread; how calls ended."""
    dice = random.Random(seed)
    good = {"outcome": "ok", "result": {"a": [1, "x"]}, "bug": "", "changeset": "", "entropy": {"drawn": 0, "ids": []}}
    schema = world().environment.schema
    real = bytes.fromhex("54020100")[:0] + b"T\x02\x01\x00notes\x00\x12\x00\x03\x01z\x03\x01y"
    assert len(decoded(real, Schema.parse(schema))) == 1
    import base64

    odd: list[Any] = [None, -1, 2**70, "", "AAAA", [], {}, [[]], {"error": {}}, "ok", "bug", "refused", True, 1.5]
    tally: dict[str, int] = {}
    with Pool(limits=Limits(call=5)) as pool_, ConfinedSession(pool_, [world()]) as session:
        for _ in range(count):
            reply: dict[str, Any] = {**good, "changeset": base64.b64encode(_mutated(real, dice)).decode()}
            for _ in range(dice.randrange(3)):
                reply[dice.choice([*good, "id", "unfit", "error", "tools"])] = dice.choice(odd)
            data = json.dumps(reply).encode()
            if dice.random() < 0.3:
                data = _mutated(data, dice)
            try:
                result = session._checked("notes", frames.parse(data))
                tally[result.outcome] = tally.get(result.outcome, 0) + 1
            except frames.BadFrame:
                tally["refused frame"] = tally.get("refused frame", 0) + 1
        session._kept["notes"].journal.clear()
    return tally


def _mutated(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randrange(4)):
        place = dice.randrange(len(changed) + 1)
        kind = dice.randrange(4)
        if kind == 0 and place < len(changed):
            changed[place] = dice.randrange(256)
        elif kind == 1:
            changed[place:place] = dice.randbytes(dice.randrange(9))
        elif kind == 2:
            del changed[place : place + dice.randrange(9)]
        else:
            changed[place:] = changed[: dice.randrange(20)]
    return bytes(changed)


def test_broken_replies_crash_nothing_in_the_host() -> None:
    tally = fuzz(4000, seed=1)
    assert sum(tally.values()) == 4000
    assert tally["ok"] > 100
    assert tally["refused frame"] > 1000


@pytest.mark.slow
def test_a_hundred_thousand_broken_replies_crash_nothing_in_the_host() -> None:
    assert sum(fuzz(100_000, seed=2).values()) == 100_000


def test_bytes_on_the_socket_crash_nothing_in_the_host() -> None:
    dice = random.Random(3)
    for _ in range(300):
        ours, theirs = socket.socketpair()
        worker = pool.Worker(zygote=None, link=ours, pid=0)  # type: ignore[arg-type]
        speaker = threading.Thread(
            target=_speak, args=(theirs, dice.randbytes(dice.randrange(40)), dice.random() < 0.5)
        )
        speaker.start()
        with pytest.raises((frames.BadFrame, pool.WorkerLost, TimeoutError)):
            worker.ask({"op": "call"}, 0.2)
        speaker.join()
        ours.close()


def _speak(link: socket.socket, data: bytes, wait: bool) -> None:
    with link:
        if wait:
            link.recv(10)
        link.sendall(data)


def test_the_hosts_reading_of_changes_is_sqlites() -> None:
    """Our decoder against the store's own, on the changes of real calls."""
    session = Session([World.of(load("google_tasks"), "small")])
    schema = session.environments["google_tasks"].db.schema
    lists: Any = session.call("google_tasks__tasklists_list", {}).result
    for item in lists["items"]:
        session.call("google_tasks__tasks_insert", {"tasklist": item["id"], "title": "x" * 300})
        session.call("google_tasks__tasklists_patch", {"tasklist": item["id"], "title": "é"})
    session.call("google_tasks__tasklists_delete", {"tasklist": lists["items"][-1]["id"]})
    store = session.environments["google_tasks"].db
    assert len(store.changes()) > 5
    assert decoded(store.changeset, schema) == store.changes()
    for cut in range(1, len(store.changeset)):
        with contextlib.suppress(BadChangeset):
            assert len(decoded(store.changeset[:cut], schema)) < len(store.changes())


# Machines without walls; nothing left behind -----------------------------------------------------------------------


def test_an_unknown_machine_is_refused_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "vax")
    with pytest.raises(NoSandbox, match=r"vax.*--sandbox=none"):
        Pool().worker()


def test_a_missing_mechanism_is_refused_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoSandbox, match=r"bubblewrap is not installed.*--sandbox=sealed"):
        Pool("bubblewrap").worker()
    with pytest.raises(UnknownName, match="sealed"):
        tiers.tier_of("seeled")


def test_both_machines_have_a_filter_of_their_own() -> None:
    for files in (False, True):
        one, two = (confine.seccomp_program(name, files=files) for name in ("x86_64", "aarch64"))
        assert one != two
        assert len(one) % 8 == len(two) % 8 == 0
        assert len(one) // 8 < 4096


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_every_named_system_call_has_the_kernels_number(machine: str, column: int) -> None:
    """Against a table that others read out of the kernel's sources: also for the machine that is not here."""
    lines = (FIXTURES / "system_calls.tsv").read_text(encoding="utf-8").splitlines()
    known = {
        name: tuple(map(int, numbers)) for name, *numbers in (line.split("\t") for line in lines if line[0] != "#")
    }
    tables = [confine._ALLOWED, confine._MAPPINGS, confine._READING, confine._FATAL]
    named = {name: numbers for table in tables for name, numbers in table.items()}
    assert len(named) == sum(map(len, tables)) == len(known) - 5
    assert {name: numbers[column] for name, numbers in named.items()} == {name: known[name][column] for name in named}
    numbers = [pair[column] for pair in named.values() if pair[column] >= 0]
    assert len(numbers) == len(set(numbers))
    assert confine._SECCOMP_CALL[machine] == known["seccomp"][column]
    assert confine._CAPSET_CALL[machine] == known["capset"][column]
    own = confine._LANDLOCK_CREATE, confine._LANDLOCK_ADD, confine._LANDLOCK_RESTRICT
    names = "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"
    assert own == tuple(known[name][column] for name in names)


def verdict(program: bytes, audit: int, number: int, third: int = 0) -> int:
    """What a filter says of a call: an interpreter of the few instructions it is made of (linux/filter.h)."""
    data = {0: number, 4: audit, 32: third}
    place, held = 0, 0
    while True:
        code, yes, no, value = struct.unpack_from("HBBI", program, place * 8)
        place += 1
        if code == 0x20:
            held = data[value]
        elif code == 0x06:
            return value
        else:
            place += yes if {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code] else no


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("files", [False, True])
def test_the_filter_says_of_each_call_what_its_table_says(machine: str, files: bool) -> None:
    column, audit = confine._MACHINES[machine]
    program = confine.seccomp_program(machine, files=files)
    allowed = {pair[column] for pair in confine._ALLOWED.values()}
    allowed |= {pair[column] for pair in confine._READING.values()} if files else set()
    mapped = {pair[column] for pair in confine._MAPPINGS.values()}
    fatal = {pair[column] for pair in confine._FATAL.values()}
    for number in range(600):
        wanted = confine._ALLOW if number in allowed | mapped else confine._KILL if number in fatal else confine._ERRNO
        assert verdict(program, audit, number) == wanted, number
    for number in mapped:
        assert verdict(program, audit, number, third=7) == confine._ERRNO  # PROT_EXEC
    assert verdict(program, audit ^ 1, 0) == confine._KILL  # another machine's numbering
    if machine == "x86_64":
        assert verdict(program, audit, 0x40000000) == confine._KILL


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_the_numbers_of_system_calls_are_the_kernels(machine: str, column: int) -> None:
    places = {"x86_64": "x86_64-linux-gnu/asm/unistd_64.h", "aarch64": "asm-generic/unistd.h"}
    header = Path("/usr/include") / places[machine]
    if not header.exists():
        pytest.skip("no kernel headers here")
    found = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text()))
    tables = [confine._ALLOWED, confine._MAPPINGS, confine._READING, confine._FATAL]
    for table in tables:
        for name, numbers in table.items():
            known = found.get(name) or found.get(name.replace("newfstatat", "fstatat"), "-1")
            assert numbers[column] == int(known), name


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd")) if os.geteuid() == 0 else sum(_is_open(n) for n in range(1024))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def cycles(pool_: Pool, count: int) -> None:
    for number in range(count):
        session = ConfinedSession(pool_, [world()], seed=number)
        if number % 3 == 0:
            session.call("notes__add_note", {"text": "x"})
        if number % 7 == 0:
            os.kill(session_pid(session), signal.SIGKILL)
        session.close()


def leaks(count: int) -> None:
    with Pool(limits=QUICK) as own:
        cycles(own, 5)
        own.zygote.settle()
        gc.collect()
        before, children = descriptors(), len(processes_of(own.zygote.pid))
        cycles(own, count)
        own.zygote.settle()
        gc.collect()
        assert descriptors() == before
        assert len(processes_of(own.zygote.pid)) == children == 2  # itself and the spare worker
        zygote = own.zygote.pid
    for _ in range(200):  # the kernel ends the workers of a zygote that has ended
        if not processes_of(zygote):
            break
        time.sleep(0.01)
    assert not processes_of(zygote)


def test_opening_and_closing_leaves_nothing_behind() -> None:
    leaks(40)


@pytest.mark.slow
def test_a_thousand_times_opening_and_closing_leaves_nothing_behind() -> None:
    leaks(1000)
