"""What talk.py must have seen, whichever line of the SDK it and the server ran; and serve.py as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
from notes import Notes

CLIENTS = Path(__file__).parent


def spoken(python: Path | str, *arguments: str) -> dict[str, Any]:
    """What talk.py printed."""
    command = [str(python), str(CLIENTS / "talk.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, cwd=CLIENTS)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def started(*arguments: str, python: Path | str = sys.executable) -> Iterator[subprocess.Popen[str]]:
    """serve.py as a process of its own."""
    command = [str(python), str(CLIENTS / "serve.py"), *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, text=True, **pipes)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def check_conversation(said: dict[str, Any]) -> None:
    """What a client of either line must have seen of either line's server."""
    tools = {tool["name"]: tool for tool in said["tools"]}
    assert list(tools) == [f"notes__{name}" for name in sorted(Notes.tools)]
    assert tools["notes__add_note"]["description"] == "Add a note."
    assert tools["notes__add_note"]["inputSchema"]["properties"]["title"]["description"] == "What it says."
    assert tools["notes__add_note"]["annotations"]["readOnlyHint"] is False
    assert tools["notes__list_notes"]["annotations"]["readOnlyHint"] is True
    assert "x-entity" not in json.dumps(said["tools"])
    results = {
        "added": ("notes__add_note", lambda seen: seen["title"] == "bread"),
        "listed": ("notes__list_notes", lambda seen: sorted(n["title"] for n in seen["result"]) == ["bread", "milk"]),
        "found": ("notes__find_note", lambda seen: seen["result"]["title"] == "bread"),
        "missing": ("notes__find_note", lambda seen: seen == {"result": None}),
        "removed": ("notes__remove_note", lambda seen: seen == {"result": None}),
    }
    for step, (tool, holds) in results.items():
        assert said[step]["isError"] is False
        structured = said[step]["structuredContent"]
        assert holds(structured), structured
        jsonschema.validate(structured, tools[tool]["outputSchema"])
        (content,) = said[step]["content"]
        wrapped = "result" in tools[tool]["outputSchema"]["properties"]
        assert json.loads(content["text"]) == (structured["result"] if wrapped else structured)
    codes = {"refused": "not_found", "misfit": "invalid_arguments", "unknown": "unknown_tool", "bug": "internal"}
    for step, code in codes.items():
        assert said[step]["isError"] is True
        assert "structuredContent" not in said[step]
        assert json.loads(said[step]["content"][0]["text"])["error"]["code"] == code
    assert "secret reason" not in json.dumps(said["bug"])


def check_two_sessions(said: dict[str, Any]) -> None:
    """Neither of two clients at work at the same time has seen a row of the other's session."""
    assert [note["title"] for note in said["other"]["structuredContent"]["result"]] == ["milk"]
    first, second = (sorted(titles) for titles in said["titles"])
    assert first == ["bread", "eggs of the first", "salt of the first"]
    assert second == ["eggs of the second", "milk", "salt of the second"]
    ops = [sorted(change["op"] for change in changes["notes"]) for changes in said["changes"]]
    assert ops == [["delete", "insert", "insert", "insert"], ["insert", "insert"]]
