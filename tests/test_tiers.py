"""Tiers that start a program around the zygote: what is run, to the argument, and real sessions where it is there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attacks import SNIPPETS, scene, session_pid, world

from envfactory.environment import confine, container, tiers
from envfactory.environment.confined import confining
from envfactory.environment.library import BUILT_IN, load
from envfactory.environment.pool import Pool
from envfactory.environment.session import Session, World
from envfactory.environment.tiers import Limits, Tier, tier_of
from envfactory.environment.worker import ConfinedSession
from envfactory.errors import NoSandbox, UnknownName

ROOT = Path(container.__file__).parents[2]
QUICK = Limits(call=2.0, opening=20.0)

walled = pytest.mark.skipif(
    any(value.startswith("no") for value in confine.mechanisms().values()), reason="no walls on this machine"
)


def lacking(kind: str) -> str:
    """Why a tier cannot be tried here; nothing when it can."""
    said = tiers.offered(asked=tier_of(kind))[kind]
    return said if said.startswith("no") else ""


# A container -------------------------------------------------------------------------------------------------------


def test_a_container_is_told_all_it_may_not_do() -> None:
    found = container.Engine("docker", "/bin/docker", "28")
    told = container.command(found, "", Path("/tmp/x,y/link"), "{}", memory=2**30, processes=99, hash_seed=3)
    image = told.index(container.IMAGE)
    assert told[:2] == ["/bin/docker", "run"]
    variables = {"PYTHONHASHSEED=3", "LANG=C.UTF-8", "TZ=UTC"}
    assert variables < set(values(told[:image], "--env"))
    assert all(item.endswith("=") for item in values(told[:image], "--env") if item not in variables)
    assert {"HTTPS_PROXY=", "https_proxy="} < set(values(told[:image], "--env"))
    assert values(told[:image], "--mount") == [
        *(
            f"type=bind,source={ROOT}/envfactory/{name},target=/opt/envfactory/envfactory/{name},readonly"
            for name in ("__init__.py", "errors.py", "messages.py", "environment")
        ),
        'type=bind,"source=/tmp/x,y/link",target=/run/envfactory,readonly',
    ]
    rest = [
        item
        for place, item in enumerate(told[2:image], 2)
        if item not in ("--env", "--mount") and told[place - 1] not in ("--env", "--mount")
    ]
    asked = "--rm --pull never --attach stderr --log-driver none --network none --ipc none --hostname sandbox"
    asked += " --read-only --workdir / --cap-drop ALL --security-opt no-new-privileges --user 65534:65534"
    asked += " --pids-limit 99 --memory 1073741824b --memory-swap 1073741824b --entrypoint python3"
    assert rest == asked.split()
    assert told[image + 1 : image + 5] == ["-s", "-P", "-B", "-c"]
    compile(told[image + 5], "start", "exec")
    assert told[image + 6 :] == ["{}", "/run/envfactory/socket", "/opt/envfactory"]


def values(told: list[str], option: str) -> list[str]:
    return [told[place + 1] for place, item in enumerate(told) if item == option]


def test_all_that_a_zygote_imports_is_mounted() -> None:
    """A copy of the mounted files alone must do: what they import elsewhere would be missing in the container."""
    script = "import sys, envfactory.environment.zygote, envfactory.environment.container\n"
    script += "print([m for m in sys.modules if m.startswith('envfactory')])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    names = {name.split(".")[1] for name in eval(found.stdout) if "." in name}
    assert names <= {name.removesuffix(".py") for name in container._MOUNTED}


def test_a_tier_is_named_with_or_without_an_image() -> None:
    assert tier_of("container") == Tier("container")
    assert tier_of("container:mine/image:1.2") == Tier("container", "mine/image:1.2")
    assert str(tier_of("container:mine")) == "container:mine"
    for wrong in ("container image", "sealed:x", "docker", ""):
        with pytest.raises(UnknownName):
            tier_of(wrong)


def test_without_an_engine_the_tier_is_refused_with_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(NoSandbox, match=r"^neither docker nor podman is on PATH; use --sandbox=sealed$"),
        Pool("container"),
    ):
        pass
    engine(tmp_path, "exit 1")
    with pytest.raises(NoSandbox, match="docker is installed, but its daemon does not answer"), Pool("container"):
        pass
    engine(tmp_path, 'case "$1" in version) echo 28.2;; *) exit 1;; esac')
    with (
        pytest.raises(NoSandbox, match="docker has no image mine, which this makes: docker build --tag mine "),
        Pool("container:mine"),
    ):
        pass
    said = 'case "$1" in run) echo "docker: no room." >&2; echo "Run help" >&2; exit 125;; *) echo 1;; esac'
    engine(tmp_path, said.replace("Run help", "Run 'docker run --help' for more"))
    with pytest.raises(NoSandbox, match="the container does not start: no room"):
        Pool("container").worker()


def test_podman_is_taken_where_docker_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine(tmp_path, "exit 1")
    engine(tmp_path, "echo 5.1", name="podman")
    assert container.engine() == container.Engine("podman", str(tmp_path / "podman"), "5.1")
    assert container.offered() == "podman 5.1"


def test_an_image_with_other_packages_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine(tmp_path, "echo 28")
    container.refuse_other_packages(container.packages(), "mine")
    with pytest.raises(NoSandbox, match=r"the image holds pydantic 1.0, and here is .*; make it again: docker build"):
        container.refuse_other_packages({**container.packages(), "pydantic": "1.0"}, "mine")


def engine(folder: Path, script: str, *, name: str = "docker") -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


STAND_IN = """#!%s
import os, sys, tempfile
told = sys.argv[1:]
if told[0] != "run":
    print("28.2")
    sys.exit(0)
root = tempfile.mkdtemp(dir=%r)
variables, image = {}, told.index("mine")
for option, value in zip(told, told[1:image]):
    if option == "--env":
        name, _, text = value.partition("=")
        variables[name] = text
    if option == "--mount":
        given = dict(part.partition("=")[::2] for part in value.split(","))
        place = root + given["target"]
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(given["source"], place)
inner = [part.replace("/run/envfactory", root + "/run/envfactory") for part in told[image + 1 :]]
inner = [root + part if part == "/opt/envfactory" else part for part in inner]
walls = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--net", "--ipc"]
os.execve(%r, [*walls, sys.executable, *inner], variables)
"""
"""An engine of ours: it follows mounts and variables, and makes namespaces of its own for processes and network."""


@walled
def test_sessions_run_where_processes_have_other_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket, the packages, killing and recovering: all but the engine's own work."""
    unshare = shutil.which("unshare")
    tried = [unshare or "false", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--net", "true"]
    if subprocess.run(tried, capture_output=True).returncode:
        pytest.skip("no namespaces can be made here")
    (tmp_path / "docker").write_text(STAND_IN % (sys.executable, str(tmp_path), unshare))
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    hang = "def hang(self):\n    while True: pass"
    with Pool("container:mine", limits=QUICK.model_copy(update={"call": 0.5})) as pool:
        assert set(pool.proof.values()) == {"denied"}
        assert pool.zygote.pid == 1
        with ConfinedSession(pool, [world(hang, "hang(self)")]) as session:
            assert session.call("notes__add_note", {"text": "kept"}).outcome == "ok"
            assert session_pid(session) < 50  # in a space of its own; out here it is somebody else's
            assert session.call("notes__attack", {"at": {}}).outcome == "timeout"
            kept: Any = session.call("notes__read_notes", {}).result
            assert [row["text"] for row in kept] == ["hello", "kept"]
            assert session.recovered == 1
    assert not list(tmp_path.glob("envfactory-*"))


@walled
@pytest.mark.slow
def test_a_real_container_holds_sessions_and_attacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if why := lacking("container"):
        pytest.skip(why)
    hold("container", tmp_path, monkeypatch)


# Bubblewrap --------------------------------------------------------------------------------------------------------


def test_bubblewrap_is_told_what_it_may_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine(tmp_path, "exit 0", name="bwrap")
    told = tiers.command("bubblewrap", 5, "{}")
    end = told.index("--")
    assert (
        told[: end - 2][:11]
        == (
            f"{tmp_path}/bwrap --die-with-parent --unshare-user --unshare-net --unshare-ipc --unshare-uts --dev /dev "
            "--ro-bind /proc /proc"
        ).split()
    )
    bound = told[11 : end - 2]
    assert set(bound[::3]) == {"--ro-bind"}
    assert bound[1::3] == bound[2::3]
    assert {sysconfig.get_paths()["purelib"], str(ROOT)} <= set(bound[1::3])
    assert not {"/", "/home", "/root", "/tmp", "/etc", "/var"} & set(bound[1::3])
    assert told[end - 2 : end] == ["--chdir", "/"]
    assert told[end + 1 :] == tiers.command("sealed", 5, "{}")


@walled
@pytest.mark.slow
def test_real_bubblewrap_holds_sessions_and_attacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if why := lacking("bubblewrap"):
        pytest.skip(why)
    hold("bubblewrap", tmp_path, monkeypatch)


def hold(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session works, is killed and recovers, and every snippet that reaches out comes to nothing."""
    monkeypatch.setenv("ENVFACTORY_TEST_KEY", "secret-key-0123456789ab")
    with Pool(kind, limits=QUICK, spares=0) as pool:
        with ConfinedSession(pool, [world()]) as session:
            assert session.call("notes__add_note", {"text": "kept"}).outcome == "ok"
            session._drop()
            assert len(json.loads(json.dumps(session.call("notes__read_notes", {}).result))) == 2
        if pool.zygote.apart:
            return  # the scene watches processes by their numbers out here
        with scene(folder, pool) as made:
            for name in SNIPPETS:
                if name.startswith(("files.", "network.", "processes.", "secrets.")):
                    assert made.attack(name) == [], name


# Whose code runs where -----------------------------------------------------------------------------------------------


@pytest.fixture
def reaching(tmp_path: Path) -> Path:
    """A library of one environment, whose code writes a file when it is loaded."""
    shutil.copytree(BUILT_IN / "google_tasks", tmp_path / "mine" / "reaching")
    with (tmp_path / "mine" / "reaching" / "overrides.py").open("a", encoding="utf-8") as file:
        file.write(f"\nopen({str(tmp_path / 'reached')!r}, 'w').close()\n")
    return tmp_path / "mine"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "envfactory", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=100)


COMMANDS = [
    ("call", "reaching__tasklists_list"),
    ("show", "reaching"),
    ("graph", "reaching", "--unverified"),
    ("generate", "reaching", "--unverified", "-n", 1),
    ("serve", "reaching"),
    ("check", "reaching", "--audit", "-n", 1),
]


@walled
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command[0]))
def test_no_command_runs_the_code_of_other_folders_in_its_own_process(
    command: tuple[object, ...], reaching: Path
) -> None:
    done = run(*command, "--library", reaching)
    assert not (reaching.parent / "reached").exists()
    assert done.returncode == 1
    assert "does not load (PermissionError" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_folder_that_is_trusted_runs_without_walls(reaching: Path) -> None:
    done = run("call", "reaching__tasklists_list", "--library", reaching, "--sandbox=none")
    assert done.returncode == 0, done.stderr
    assert (reaching.parent / "reached").exists()


@walled
def test_a_session_in_a_process_that_had_another_begins_where_a_first_one_does(tmp_path: Path) -> None:
    shutil.copytree(BUILT_IN / "google_tasks", tmp_path / "google_tasks")
    played: list[Any] = []
    with Pool() as pool:
        cls = confining(pool, reuse=True)(tmp_path / "google_tasks")
        rested = cls.rested  # type: ignore[attr-defined]
        for seed in ("a", "a", "b"):
            with Session([World.of(cls, "small")], seed=seed) as session:
                session.advance(timedelta(days=1))
                made = session.call("google_tasks__tasklists_insert", {"title": "Errands"})
                assert made.outcome == "ok"
                assert len(session.changes()["google_tasks"]) == 1
                assert session.fork().call("google_tasks__tasklists_list", {}).outcome == "ok"
                played.append((made.result, session.fingerprint()))
            assert 0 < len(rested.kept) <= rested.most
        assert played[0] == played[1] != played[2]
        with Session([World.of(load("google_tasks"), "small")], seed="a") as session:
            session.advance(timedelta(days=1))
            reviewed = session.call("google_tasks__tasklists_insert", {"title": "Errands"})
            assert (reviewed.result, session.fingerprint()) == played[0]


def test_a_tier_that_is_not_here_ends_a_command_with_2_and_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for command in (("call", "google_tasks__tasklists_list"), ("check", "google_tasks"), ("show", "google_tasks")):
        done = run(*command, "--sandbox=container")
        assert done.returncode == 2
        assert done.stderr == "envfactory: neither docker nor podman is on PATH; use --sandbox=sealed\n"
    doctor = run("doctor", "--sandbox=container:mine", "--json")
    assert doctor.returncode == 1
    said = json.loads(doctor.stdout)
    assert said["configured"] == "container:mine"
    assert said["tier"] is None
    assert said["mechanisms"]["container"] == "no: neither docker nor podman is on PATH"
