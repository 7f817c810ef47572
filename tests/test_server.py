"""Sessions served over stdio and HTTP, with the SDK's own clients; scripts that both SDK lines run are in clients/."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from envfactory.environment import server as server_module
from envfactory.environment.server import make_app, serve_http, serve_stdio
from envfactory.environment.session import Session, World
from envfactory.errors import EnvFactoryError, MissingExtra

CLIENTS = Path(__file__).parent / "clients"
sys.path.insert(0, str(CLIENTS))

from notes import MILK, Notes, open_notes  # noqa: E402
from old_line import python_with_mcp_1  # noqa: E402
from seen import check_conversation, check_two_sessions, spoken, started  # noqa: E402

TOKEN = "a-token-of-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
MODES = ["legacy", "auto", "2026-07-28"]


class Watched(Session):
    """A session that tells whether it was closed."""

    def __init__(self) -> None:
        super().__init__([World(Notes, MILK)], seed=1)
        self.closed = 0

    def close(self) -> None:
        self.closed += 1
        super().close()


@contextmanager
def serving(**options: Any) -> Iterator[str]:
    """A real server in a thread; its URL."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = make_app(options.pop("open_session", open_notes), token=TOKEN, **options)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="on", log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as found:
        yield found


def asked(app: Any, *requests: tuple[str, str] | tuple[str, str, Any], headers: Any = None) -> list[httpx.Response]:
    """What an app answers to some requests in turn, without a socket; `{id}` is the id the first answer gave."""

    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        found: list[httpx.Response] = []
        async with httpx.AsyncClient(transport=transport, base_url="http://here", headers=headers or BEARER) as http:
            for method, path, *body in requests:
                name = found[0].json()["id"] if "{id}" in path else ""
                content = body[0] if body and isinstance(body[0], bytes) else json.dumps(body[0]) if body else None
                found.append(await http.request(method, path.replace("{id}", name), content=content))
        return found

    return asyncio.run(run())


def opened(url: str) -> dict[str, str]:
    return httpx.post(f"{url}/sessions", headers=BEARER).raise_for_status().json()


@asynccontextmanager
async def connected(url: str, mode: str, token: str = TOKEN):
    async with (
        create_mcp_http_client(headers={"Authorization": f"Bearer {token}"}) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client


# MCP -------------------------------------------------------------------------------------------------------------


def test_a_client_lists_and_calls_tools_over_http_and_two_sessions_stay_apart(url: str) -> None:
    said = spoken(sys.executable, "http", url, TOKEN)
    assert said["line"].startswith("2.")
    check_conversation(said)
    check_two_sessions(said)


def test_a_client_lists_and_calls_tools_over_stdio() -> None:
    check_conversation(spoken(sys.executable, "stdio"))


@pytest.mark.parametrize("mode", MODES)
def test_the_sessionful_and_the_sessionless_protocol_reach_the_session_in_the_path(url: str, mode: str) -> None:
    async def run() -> None:
        first, second = opened(url), opened(url)
        async with connected(first["url"], mode) as a, connected(second["url"], mode) as b:
            expected = "2026-07-28" if mode != "legacy" else "2025-11-25"
            assert a.protocol_version == expected
            await a.call_tool("notes__add_note", {"title": "tea"})
            seen = [await client.call_tool("notes__list_notes", {}) for client in (a, b, a)]
            refused = await b.call_tool("notes__remove_note", {"note_id": "note_9"})
        counts = [len(result.structured_content["result"]) for result in seen]
        assert counts == [2, 1, 2]
        assert refused.is_error
        # The same session again, by another client: the world is where the path says, not in the connection.
        async with connected(first["url"], mode) as again:
            assert len((await again.call_tool("notes__list_notes", {})).structured_content["result"]) == 2

    asyncio.run(run())


def test_the_sessionless_protocol_works_over_stdio() -> None:
    parameters = StdioServerParameters(command=sys.executable, args=[str(CLIENTS / "serve.py"), "stdio"])

    async def run() -> None:
        async with Client(stdio_client(parameters), mode="2026-07-28") as client:
            assert len((await client.list_tools()).tools) == len(Notes.tools)
            added = await client.call_tool("notes__add_note", {"title": "tea"})
            assert added.structured_content["title"] == "tea"

    asyncio.run(run())


def test_mcp_and_plain_json_act_on_the_same_session(url: str) -> None:
    async def run(address: str) -> None:
        async with connected(address, "auto") as client:
            await client.call_tool("notes__add_note", {"title": "tea"})

    session = opened(url)
    asyncio.run(run(session["url"]))
    changes = httpx.get(f"{url}/sessions/{session['id']}/changes", headers=BEARER).json()
    assert [change["after"]["title"] for change in changes["notes"]] == ["tea"]


def test_mcp_with_a_wrong_token_or_an_unknown_session_never_begins(url: str) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accept = {"Accept": "application/json, text/event-stream"}
    right = opened(url)["url"]
    answers = [
        httpx.post(right, json=message, headers={**accept, "Authorization": "Bearer wrong"}),
        httpx.post(f"{url}/sessions/nobody/mcp", json=message, headers={**accept, **BEARER}),
        httpx.get(right, headers={**accept, **BEARER}),  # the stream of a server that never speaks first
        httpx.post(right, json=message, headers={**accept, **BEARER}),
    ]
    assert [answer.status_code for answer in answers] == [401, 404, 405, 200]
    assert len(answers[-1].json()["result"]["tools"]) == len(Notes.tools)


# Plain JSON ------------------------------------------------------------------------------------------------------


def test_a_session_is_called_compared_reset_and_closed_in_plain_json() -> None:
    sessions: list[Watched] = []

    def open_session() -> Session:
        sessions.append(Watched())
        return sessions[-1]

    add = ("POST", "/sessions/{id}/call", {"tool": "notes__add_note", "arguments": {"title": "tea"}})
    changes = ("GET", "/sessions/{id}/changes")
    answers = asked(
        make_app(open_session, token=TOKEN),
        ("POST", "/sessions"),
        ("GET", "/sessions/{id}/tools"),
        add,
        changes,
        ("POST", "/sessions/{id}/reset"),
        changes,
        add,
        ("POST", "/sessions/{id}/call", {"tool": "notes__break_down"}),
        ("DELETE", "/sessions/{id}"),
        changes,
    )
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 204, 200, 200, 200, 204, 404]
    opening, tools, call, after, _, cleared, again, bug, *_ = answers
    assert opening.json()["url"] == f"http://here/sessions/{opening.json()['id']}/mcp"
    assert {item["function"]["name"] for item in tools.json()} == {f"notes__{name}" for name in Notes.tools}
    assert call.json()["outcome"] == "ok"
    assert call.json()["changes"] == after.json()["notes"]
    assert cleared.json() == {"notes": []}
    assert again.json() == call.json(), "after a reset the same call gives the same ids"
    assert bug.json()["outcome"] == "bug"
    assert "secret reason" in bug.json()["bug"], "a trainer, unlike an agent, is told what broke"
    assert sessions[0].closed


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
def test_every_path_wants_the_token(given: dict[str, str]) -> None:
    paths = ["/sessions", "/sessions/x", "/sessions/x/mcp", "/sessions/x/call", "/sessions/x/changes", "/elsewhere"]
    headers = {"Accept": "application/json", **given}
    app = make_app(open_notes, token=TOKEN)
    for method in ("GET", "POST", "DELETE"):
        for answer in asked(app, *[(method, path) for path in paths], headers=headers):
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == "forbidden"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"{", 400, "not JSON"),
        (b'{"tool": NaN}', 400, "not JSON"),
        (b'{"tool": "\\ud800"}', 400, "not JSON"),
        (b'{"tool": "t", "arguments": ' + b"[" * 100_000, 400, "not JSON"),
        (b"[]", 400, "a call is"),
        (b'{"tool": 1}', 400, "tool"),
        (b'{"tool": "t", "extra": 1}', 400, "extra"),
        (b'{"tool": "t", "arguments": "' + b"x" * 4_200_000 + b'"}', 413, "4194304 bytes"),
    ],
)
def test_a_body_that_is_no_call_is_refused_in_words(body: bytes, status: int, says: str) -> None:
    answers = asked(make_app(open_notes, token=TOKEN), ("POST", "/sessions"), ("POST", "/sessions/{id}/call", body))
    assert answers[1].status_code == status
    assert says in answers[1].json()["error"]["message"]


def test_a_body_without_a_declared_length_is_capped_too(url: str) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(80):
            yield b" " * 65536

    session = opened(url)
    answer = httpx.post(f"{url}/sessions/{session['id']}/call", content=parts(), headers=BEARER)
    assert answer.status_code == 413


def test_arguments_that_are_no_object_are_the_tools_to_refuse() -> None:
    call = ("POST", "/sessions/{id}/call", {"tool": "notes__add_note", "arguments": "title=tea"})
    answers = asked(make_app(open_notes, token=TOKEN), ("POST", "/sessions"), call)
    assert answers[1].status_code == 200
    assert answers[1].json()["outcome"] == "refused"


def test_an_unknown_session_or_path_is_404_and_a_wrong_method_405() -> None:
    app = make_app(open_notes, token=TOKEN)
    requests = [
        ("GET", "/sessions/nobody/changes"),
        ("POST", "/sessions/nobody/reset"),
        ("DELETE", "/sessions/nobody"),
        ("GET", "/elsewhere"),
        ("GET", "/sessions"),
    ]
    answers = asked(app, *requests)
    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 405]
    assert all(answer.json()["error"]["message"] for answer in answers)


def test_a_session_nobody_uses_is_closed_and_one_in_use_is_not() -> None:
    now = [0.0]
    sessions: list[Watched] = []

    def open_session() -> Session:
        sessions.append(Watched())
        return sessions[-1]

    app = make_app(open_session, token=TOKEN, idle_seconds=10, clock=lambda: now[0])
    first, second = (asked(app, ("POST", "/sessions"))[0].json()["id"] for _ in range(2))
    now[0] = 9
    assert asked(app, ("GET", f"/sessions/{first}/changes"))[0].status_code == 200
    now[0] = 11
    asked(app, ("POST", "/sessions"))
    assert [session.closed for session in sessions] == [0, 1, 0]
    statuses = [asked(app, ("GET", f"/sessions/{name}/changes"))[0].status_code for name in (first, second)]
    assert statuses == [200, 404]


def test_idle_sessions_are_closed_while_no_request_comes_and_all_at_the_end() -> None:
    sessions: list[Watched] = []

    def open_session() -> Session:
        sessions.append(Watched())
        return sessions[-1]

    now = [0.0]
    with serving(open_session=open_session, idle_seconds=0.1, clock=lambda: now[0]) as url:
        opened(url)
        now[0] = 1
        until(lambda: sessions[0].closed == 1)
        opened(url)
        assert not sessions[1].closed
    assert [session.closed for session in sessions] == [1, 1]


def test_one_session_too_many_is_503_with_a_sentence_and_a_deleted_one_makes_room() -> None:
    app = make_app(open_notes, token=TOKEN, limit=2)
    opening = ("POST", "/sessions")
    *_, full = asked(app, opening, opening, opening)
    assert full.status_code == 503
    assert full.json()["error"]["message"].startswith("all 2 sessions are in use; delete one")
    roomy = make_app(open_notes, token=TOKEN, limit=1)
    assert [a.status_code for a in asked(roomy, opening, ("DELETE", "/sessions/{id}"), opening)] == [201, 204, 201]


def test_ids_differ_and_are_long_though_the_sessions_are_equal() -> None:
    names = [answer.json()["id"] for answer in asked(make_app(open_notes, token=TOKEN), *[("POST", "/sessions")] * 50)]
    assert len(set(names)) == 50
    assert min(map(len, names)) >= 22  # 128 bits in base 64


def test_a_session_that_cannot_be_opened_is_explained() -> None:
    def broken() -> Session:
        raise EnvFactoryError("the state has no rows; write some")

    (answer,) = asked(make_app(broken, token=TOKEN), ("POST", "/sessions"))
    assert answer.status_code == 500
    assert answer.json()["error"]["message"] == "the state has no rows; write some"


# Starting and stopping -------------------------------------------------------------------------------------------


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_http_server_ends_cleanly_at_a_signal(number: signal.Signals) -> None:
    with started("http", TOKEN) as process:
        url = process.stdout.readline().strip()
        opened(url)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "ended\n", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, None])
def test_the_stdio_server_ends_cleanly_at_a_signal_and_at_the_end_of_its_input(number: signal.Signals | None) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    with started("stdio") as process:
        message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        if number is not None:
            process.send_signal(number)
            process.wait(timeout=20)  # its stdin is still open: it must not wait for another line
        out, err = process.communicate(timeout=20)
    assert answer["result"]["serverInfo"] == {"name": "envfactory", "version": version("envfactory")}
    assert (process.returncode, out, err) == (0, "", "ended after 0 calls\n")


def test_a_client_that_stops_listening_is_no_crash() -> None:
    with started("stdio") as process:
        process.stdout.close()
        process.stdin.write('{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        process.stdin.flush()
        process.wait(timeout=20)
        assert process.stderr.read() == "ended after 0 calls\n"
    assert process.returncode == 0


def test_a_taken_port_and_an_empty_token_are_told_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EnvFactoryError, match=f"cannot listen on 127.0.0.1 port {port}.*choose another port"):
            serve_http(open_notes, port=port, token=TOKEN)
    with pytest.raises(EnvFactoryError, match="needs a token"):
        make_app(open_notes, token="")


@pytest.mark.parametrize("missing", ["mcp", "starlette"])
def test_missing_packages_are_named_with_the_command_that_installs_them(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = server_module.__package__
    for name in list(sys.modules):
        if name.partition(".")[0] == missing or name in {f"{package}.mcp_sdk", f"{package}.serving"}:
            monkeypatch.delitem(sys.modules, name)
    for name in ("mcp_sdk", "serving"):
        monkeypatch.delattr(sys.modules[package], name, raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtra, match=r"pip install 'envfactory\[mcp\]'"):
        make_app(open_notes, token=TOKEN)
    if missing == "mcp":
        with pytest.raises(MissingExtra), open_notes() as session:
            serve_stdio(session)


def test_importing_the_server_imports_no_optional_package() -> None:
    code = "import sys, envfactory.environment.server; print({'mcp', 'starlette', 'uvicorn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# The other line of the SDK ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_1_x_line_serves_and_is_served_alone_and_across_the_lines(url: str) -> None:
    old = python_with_mcp_1()
    said = spoken(old, "stdio")
    assert said["line"].startswith("1.")
    check_conversation(said)
    with started("http", TOKEN, python=old) as process:
        old_url = process.stdout.readline().strip()
        for python, address in ((old, old_url), (sys.executable, old_url), (old, url)):
            said = spoken(python, "http", address, TOKEN)
            check_conversation(said)
            check_two_sessions(said)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "ended\n")
