"""Swagger 2, GraphQL, botocore, MCP and Python sources become the same operations and contracts."""

from __future__ import annotations

import ast
import http.server
import importlib.util
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp_servers import TOOLS, answer

from envfactory.envgen import mcp_client
from envfactory.envgen.build import build
from envfactory.envgen.check import check
from envfactory.envgen.checks.injection import Function, injected
from envfactory.envgen.formats import graphql, stubs
from envfactory.envgen.formats.verbs import read_name
from envfactory.envgen.infer import write_spec
from envfactory.envgen.source import fetch
from envfactory.environment.library import load
from envfactory.environment.session import Session, World
from envfactory.environment.spec import EnvSpec, ToolSpec
from envfactory.errors import MissingExtra, SourceError

DESCRIPTIONS = Path(__file__).parent / "descriptions"
SERVER = Path(__file__).parent / "mcp_servers.py"


def spec_of(name: str, **kwargs: Any) -> EnvSpec:
    return write_spec(fetch(str(DESCRIPTIONS / name)), **{"limit": 64, **kwargs})


def effects(spec: EnvSpec) -> dict[str, tuple[str, str]]:
    return {t.name: (t.effect, t.entity) for t in spec.tools}


def roles(tool: ToolSpec) -> dict[str, str]:
    return {p.name: p.role for p in tool.parameters}


def why(spec: EnvSpec, what: str) -> str:
    return next(o.why for o in spec.omitted if o.what.startswith(what))


# Names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "noun"),
    [
        ("create_issue", "create", "issue"),
        ("issueCreate", "create", "issue"),
        ("DescribeBudgets", "list", "budget"),
        ("GetSchedule", "get", "schedule"),
        ("getAllCategories", "list", "category"),
        ("find_tasks_by_date", "search", "task"),
        ("get_single_tag", "get", "tag"),
        ("orderCancel", "action", "order"),
        ("archive_order", "action", "order"),
    ],
)
def test_a_name_says_what_is_done_to_what(name: str, kind: str, noun: str) -> None:
    reading = read_name(name, "", "", writes=None, nouns={"order"})
    assert (reading.kind, reading.noun) == (kind, noun)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("create_or_update_file", "may create or update"),
        ("PutItem", "may make, replace or change"),
        ("batch_update_pages", "several rows"),
        ("addLabelsToIssue", "relation of two things"),
        ("frobnicate_widget", "names no verb"),
        ("search", "names a verb but no thing"),
    ],
)
def test_a_name_that_leaves_it_open_is_unclear(name: str, reason: str) -> None:
    reading = read_name(name, "", "", writes=None, nouns={"order"})
    assert reading.kind == "unclear"
    assert reason in reading.why


# Swagger 2 ---------------------------------------------------------------------------------------------------------


def test_swagger_2_reads_as_openapi_3() -> None:
    spec = spec_of("swagger2_library.yaml")
    assert effects(spec) == {
        "list_books": ("list", "book"),
        "create_book": ("create", "book"),
        "get_book": ("get", "book"),
        "update_book": ("update", "book"),
        "delete_book": ("delete", "book"),
        "withdraw_book": ("action", "book"),
    }
    assert roles(spec.tool("create_book")) == {"title": "value", "genre": "value"}  # a body behind a shared parameter
    assert spec.tool("create_book").parameter("title").required
    assert roles(spec.tool("update_book")) == {"book_id": "key", "genre": "value"}  # a form
    assert roles(spec.tool("list_books")) == {"genre": "filter", "limit": "page_size"}
    assert spec.tool("withdraw_book").sets == {"status": "withdrawn"}
    assert spec.sources[0].version == "3"
    assert "uploadCover" in {o.what for o in spec.omitted}


# GraphQL -----------------------------------------------------------------------------------------------------------


def test_graphql_mutations_and_queries_are_operations() -> None:
    spec = spec_of("shop_introspection.json")
    assert effects(spec) == {
        "order": ("get", "order"),
        "orders": ("list", "order"),
        "customers": ("list", "customer"),
        "order_create": ("create", "order"),
        "order_update": ("update", "order"),
        "order_cancel": ("action", "order"),
        "order_delete": ("delete", "order"),
    }
    assert roles(spec.tool("orders")) == {"first": "page_size", "after": "page_token", "status": "filter"}
    assert (spec.tool("orders").envelope, spec.tool("orders").next_page) == ("nodes", "endCursor")
    assert roles(spec.tool("order_create")) == {"note": "value", "customerId": "reference"}  # out of `input`
    assert spec.tool("order_create").parameter("customerId").entity == "customer"
    order = spec.entity("order")
    assert {a.name for a in order.attributes} == {"id", "note", "status", "total", "customerId", "createdAt"}
    assert order.attribute("status").enum == ("OPEN", "PAID", "CANCELLED")
    assert spec.tool("order_cancel").sets == {"status": "CANCELLED"}
    assert "several rows" in why(spec, "ordersImport")
    assert not any(p.name == "clientMutationId" for t in spec.tools for p in t.parameters)


def test_graphql_sdl_and_introspection_agree() -> None:
    one, other = spec_of("shop.graphql"), spec_of("shop_introspection.json")
    assert one.tools == other.tools
    assert one.entities == other.entities


def test_text_that_is_no_graphql_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.graphql"
    path.write_text("type Query {")
    with pytest.raises(SourceError, match=r"is no GraphQL schema: .*; name a file"):
        fetch(str(path))


def test_sdl_without_its_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"envfactory\[graphql\]"):
        graphql.introspected("type Query { a: Int }", "x.graphql")


# botocore ----------------------------------------------------------------------------------------------------------


def test_a_packed_aws_model_reads_by_its_operations_names() -> None:
    spec = spec_of("aws_scheduler.json.gz")
    assert effects(spec) == {
        "create_schedule": ("create", "schedule"),
        "create_schedule_group": ("create", "schedule_group"),
        "delete_schedule": ("delete", "schedule"),
        "delete_schedule_group": ("delete", "schedule_group"),
        "get_schedule": ("get", "schedule"),
        "get_schedule_group": ("get", "schedule_group"),
        "list_schedule_groups": ("list", "schedule_group"),
        "list_schedules": ("list", "schedule"),
        "update_schedule": ("replace", "schedule"),  # "overrides the existing schedule"
    }
    assert roles(spec.tool("list_schedules"))["NextToken"] == "page_token"
    assert spec.entity("schedule").key == "Name"
    assert spec.entity("schedule").attribute("State").enum == ("ENABLED", "DISABLED")
    assert spec.entity("schedule").attribute("CreationDate").format == "date-time"
    assert not any("ClientToken" in p.name for t in spec.tools for p in t.parameters)
    assert spec.sources[0].kind == "botocore"


def test_a_service_is_found_in_the_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = tmp_path / "botocore-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: botocore\nVersion: 1.0\nLicense: Apache-2.0\n")
    for version in ("2019-01-01", "2021-06-30"):
        folder = tmp_path / "botocore" / "data" / "scheduler" / version
        folder.mkdir(parents=True)
        shutil.copy(DESCRIPTIONS / "aws_scheduler.json.gz", folder / "service-2.json.gz")
    monkeypatch.syspath_prepend(str(tmp_path))
    source = fetch("pypi:botocore/scheduler").source
    assert (source.package, source.version, source.licence) == ("pypi:botocore", "1.0 (2021-06-30)", "Apache-2.0")
    assert "2021-06-30" in source.file
    with pytest.raises(SourceError, match="no service 'schedular'"):
        fetch("pypi:botocore/schedular")
    with pytest.raises(SourceError, match="inside the package"):
        fetch("pypi:botocore/../../../etc/passwd")


def test_a_gzip_file_that_is_cut_or_false_is_refused(tmp_path: Path) -> None:
    whole = (DESCRIPTIONS / "aws_scheduler.json.gz").read_bytes()
    (tmp_path / "cut.json.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "false.json.gz").write_bytes(b"{}")
    with pytest.raises(SourceError, match="cut short"):
        fetch(str(tmp_path / "cut.json.gz"))
    with pytest.raises(SourceError, match="no gzip file"):
        fetch(str(tmp_path / "false.json.gz"))


# Python ------------------------------------------------------------------------------------------------------------


def test_a_stub_is_read_and_never_imported(tmp_path: Path) -> None:
    spec = spec_of("notes.pyi")
    assert effects(spec) == {
        "notes_create": ("create", "note"),
        "notes_get": ("get", "note"),
        "notes_list": ("list", "note"),
        "notes_update": ("update", "note"),
        "notes_delete": ("delete", "note"),
        "notes_archive": ("action", "note"),
    }
    assert spec.tool("notes_create").parameter("title").required
    assert spec.tool("notes_create").parameter("colour").enum == ("red", "blue")
    assert spec.tool("notes_list").next_page == "next_cursor"
    assert spec.tool("notes_archive").sets == {"archived": True}
    evil = tmp_path / "evil.py"
    mark = tmp_path / "ran"
    evil.write_text(f"open({str(mark)!r}, 'w')\n" + (DESCRIPTIONS / "notes.pyi").read_text())
    assert write_spec(fetch(str(evil)), limit=64).tools == spec.tools
    assert not mark.exists()


def test_broken_python_is_refused() -> None:
    with pytest.raises(SourceError, match=r"not valid Python"):
        stubs.parsed("def f(:", "x.pyi")


# MCP ---------------------------------------------------------------------------------------------------------------


def test_recorded_tools_of_a_real_server_become_a_contract() -> None:
    spec = spec_of("mcp_github.json")
    assert effects(spec) == {
        "create_issue": ("create", "issue"),
        "create_pull_request": ("create", "pull_request"),
        "list_issues": ("list", "issue"),
        "update_issue": ("update", "issue"),
        "get_issue": ("get", "issue"),
        "get_pull_request": ("get", "pull_request"),
        "list_pull_requests": ("list", "pull_request"),
    }
    assert roles(spec.tool("get_issue")) == {"owner": "scope", "repo": "scope", "issue_number": "key"}
    assert spec.tool("get_issue").parameter("issue_number").type == "integer"  # the server says `number`
    source = spec.sources[0]
    assert (source.kind, source.package, source.licence) == ("mcp", "npm:@modelcontextprotocol/server-github", "MIT")
    # No answer is described: what is guessed says so, and is held to be less sure.
    assert "no answer is described" in spec.tool("get_issue").evidence
    assert all(t.confidence <= 0.6 for t in spec.tools)
    assert "may create or update" in why(spec, "create_or_update_file")
    assert "nothing describes what a commit looks like" in why(spec, "list_commits")


def test_every_tool_of_a_server_is_kept_or_listed_with_a_reason() -> None:
    for name in ("mcp_github.json", "mcp_paperless.json", "mcp_todoist.json"):
        document = fetch(str(DESCRIPTIONS / name))
        spec = write_spec(document, limit=100)
        kept = {t.operation for t in spec.tools}
        left = {o.what for o in spec.omitted if o.why}
        assert {t["name"] for t in document.data["tools"]} == kept | (left - kept) & {
            t["name"] for t in document.data["tools"]
        }
        assert not kept & left


def test_a_tool_for_several_rows_is_left_out() -> None:
    spec = spec_of("mcp_todoist.json")
    assert "'tasks' holds several" in why(spec, "add-tasks")
    assert "'ids' holds several" in why(spec, "complete-tasks")
    assert effects(spec)["find_tasks"] == ("search", "task")  # its answer is described
    assert spec.tool("find_tasks").next_page == "nextCursor"


def test_an_id_of_the_owner_is_not_taken_for_that_of_the_row() -> None:
    spec = spec_of("mcp_paperless.json")
    for tool in ("list_document_notes", "create_document_note", "delete_document_note"):
        assert "that of another thing" in why(spec, tool)


def test_javascripts_largest_integer_is_no_bound() -> None:
    spec = spec_of("mcp_paperless.json")
    assert {p.maximum for t in spec.tools for p in t.parameters if p.role == "key"} == {None}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mcp_github.json", "mcp_paperless.json", "shop_introspection.json"])
def test_an_environment_built_from_names_passes_its_checks(name: str, tmp_path: Path) -> None:
    built = build(str(DESCRIPTIONS / name), output=tmp_path)
    certificate = check(built.folder)
    assert certificate.verdict == "draft", [f for f in certificate.findings if f.verdict == "failed"]


def test_a_built_environment_runs_what_the_names_say(tmp_path: Path) -> None:
    built = build(str(DESCRIPTIONS / "shop_introspection.json"), output=tmp_path, name="shop")
    cls = load(built.folder.name, [tmp_path])
    with Session([World.of(cls, min(cls.states))]) as session:
        made = session.call("shop__order_create", {"note": "for Ada"}).result
        session.call("shop__order_cancel", {"id": made["id"]})
        shown = session.call("shop__order", {"id": made["id"]}).result
        assert (shown["note"], shown["status"]) == ("for Ada", "CANCELLED")
        session.call("shop__order_delete", {"id": made["id"]})
        assert session.call("shop__order", {"id": made["id"]}).outcome != "ok"


# Asking a server ---------------------------------------------------------------------------------------------------


def command(mode: str, *more: str) -> str:
    return f"{sys.executable} {SERVER} {mode} {' '.join(more)}".strip()


def test_a_server_is_started_asked_page_by_page_and_ended() -> None:
    document = fetch(f"mcp:{command('pages')}")
    assert [t["name"] for t in document.data["tools"]] == [t["name"] for t in TOOLS]
    assert (document.source.title, document.source.version) == ("ticket desk", "1.2")
    spec = write_spec(document)
    assert effects(spec)["create_ticket"] == ("create", "ticket")
    assert fetch(f"mcp:{command('pages')}").source.sha256 == document.source.sha256


def test_a_server_inherits_no_key_and_an_empty_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret-one")
    monkeypatch.setenv("npm_config_registry", "https://user:secret-two@registry.example/")
    [tool] = mcp_client.list_tools(f"mcp:GIVEN=yes {command('env')}")["tools"]
    seen = json.loads(tool["description"])
    assert seen["GIVEN"] == "yes"
    assert "secret" not in tool["description"]
    assert seen["HOME"] == seen["cwd"] != os.environ.get("HOME")
    assert not Path(seen["HOME"]).exists()


def test_a_server_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with pytest.raises(SourceError, match=r"did not list its tools within 2 s"):
        mcp_client.list_tools(f"mcp:{command('hangs', str(pids))}", seconds=2)
    for pid in map(int, pids.read_text().split()):
        for _ in range(50):
            if not alive(pid):
                break
            time.sleep(0.1)
        assert not alive(pid)


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:1]
    except OSError:
        return False


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        (f"mcp:{command('dies')}", "cannot list the tools"),
        (f"mcp:{command('endless')}", "more than 1000 tools"),
        ("mcp:no-such-command-here", "cannot list the tools"),
        ("mcp:", "names no command"),
        ("mcp:KEY=hidden", "names no command"),
        ("mcp:npx 'open", "mind its quotes"),
        ("mcp+http://127.0.0.1:9/mcp", "check the address"),
    ],
)
def test_a_server_that_cannot_be_asked_is_refused_in_a_sentence(reference: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence) as refusal:
        fetch(reference)
    assert "hidden" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_no_value_given_to_a_command_is_told_or_kept() -> None:
    with pytest.raises(SourceError) as refusal:
        mcp_client.list_tools(f"mcp:API_KEY=hidden {command('dies')}")
    assert "hidden" not in str(refusal.value)
    assert mcp_client.package("mcp:API_KEY=hidden npx -y @doist/todoist-mcp --flag") == "npm:@doist/todoist-mcp"
    assert mcp_client.package("mcp:uvx mcp-server-time") == "pypi:mcp-server-time"
    assert mcp_client.package("mcp:node /x/node_modules/@a/b/dist/i.js") == "npm:@a/b"
    assert mcp_client.address("mcp+https://me:hidden@host.example/mcp") == "https://host.example/mcp"


class Desk(http.server.BaseHTTPRequestHandler):
    """The same server over streamable HTTP, answering each request with JSON."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        result = answer(request, "pages", "")
        body = b""
        if "id" in request and result is not None:
            body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()
        self.send_response(200 if body else 202)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.send_response(405)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def desk() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/mcp"
        server.shutdown()


def test_a_server_that_runs_is_asked_over_http(desk: str) -> None:
    document = fetch(f"mcp+{desk}")
    assert [t["name"] for t in document.data["tools"]] == [t["name"] for t in TOOLS]
    assert document.source.url == desk


def test_a_list_sorted_by_an_argument_is_no_injection_and_its_default_could_be() -> None:
    text = "def a(self, by, way):\n    o = {{'x': 'y'}}.get(by, {})\n    return self.db.rows(f'SELECT {{o}}')"
    for default, findings in (("'seq'", 0), ("way", 1)):
        node = ast.parse(text.format(default)).body[0]
        assert isinstance(node, ast.FunctionDef)
        assert len(injected([Function("x.py", node, tool="a", parameters=["by", "way"])])) == findings
