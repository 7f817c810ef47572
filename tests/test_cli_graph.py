"""`envfactory graph` with what may be added to it: an older graph, embeddings, a model."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from tests.faulty_provider import Provider
from tests.test_cli import one_sentence, run
from tests.vector_server import Server

__all__ = ["run"]


def prunes_the_first(request: dict[str, Any]) -> str:
    """A review that takes out the first uncertain edge, where there is one."""
    asked = request["messages"][1]["content"]
    return json.dumps({"prune": [{"edge": 1, "reason": "of no use"}]} if "\n1. " in asked else {})


def test_an_older_graph_is_brought_up_to_date(run: Any, tmp_path: Path) -> None:
    run("graph", "google_tasks", "--output", "old.json", "--json")
    run("graph", "google_tasks", "gmail", "--output", "new.json", "--json")
    run("graph", "google_tasks", "gmail", "--from", "old.json", "--output", "updated.json", "--json")
    assert (tmp_path / "updated.json").read_bytes() == (tmp_path / "new.json").read_bytes()
    assert (tmp_path / "updated.html").read_bytes() == (tmp_path / "new.html").read_bytes()
    one_sentence(run("graph", "google_tasks", "--from", "none.json"), 1, "none.json", "envfactory graph")


def test_embeddings_are_asked_once(run: Any, tmp_path: Path) -> None:
    server = Server(lambda number: "")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        command = ("graph", "google_tasks", "gmail", "--no-confirm", "--embeddings", f"openai:e@{server.url}")
        first = run(*command, "--output", "a.json", "--json").document
        asked = len(server.asked)
        assert asked >= 1
        assert (tmp_path / "out" / "vectors").is_dir()
        assert run(*command, "--output", "b.json", "--json").document["edges"] == first["edges"]
        assert len(server.asked) == asked
        assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
        server.fault = lambda number: "401"
        one_sentence(run(*command, "--vectors", "elsewhere"), 1, "401", "--embeddings")
    finally:
        server.shutdown()
        server.server_close()


def test_a_model_prunes_and_is_resumed_without_paying_twice(run: Any, tmp_path: Path) -> None:
    with Provider(lambda number: "401" if number >= 5 else "", answer=prunes_the_first) as provider:
        command = ("graph", "google_tasks", "gmail", "--model", f"openai:m@{provider.url}", "--output", "g.json")
        one_sentence(run(*command, "--json"), 1, "401", "--resume")
        assert not (tmp_path / "g.json").exists()
        provider.faults = lambda number: ""
        found = run(*command, "--resume", "--json").document
        bodies = [json.dumps(request, sort_keys=True) for request in provider.requests]
    assert found["pruned"] > 0
    assert found["proposed"] == found["rejected_reviews"] == 0
    assert found["ledger"]["graph"]["replies"] == len(set(bodies))
    assert all(bodies[:5].count(body) + bodies[5:].count(body) == 1 for body in bodies[:5])
    kept = json.loads((tmp_path / "g.json").read_text())
    assert {item["reason"] for item in kept["pruned"]} == {"of no use"}
    assert not any(e["kind"] == "executed" for item in kept["pruned"] for e in item["dependency"]["evidence"])
