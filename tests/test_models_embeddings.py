"""Vectors from an endpoint: good answers, faults, what is kept. A real server on this machine, no waiting."""

from __future__ import annotations

import asyncio
import sys
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from graph_worlds import LIBRARY
from vector_server import KEY, Server, vector

from envfactory.errors import EnvFactoryError, FileError, MissingExtra, UnknownName
from envfactory.graph.embed import embedded
from envfactory.graph.link import link
from envfactory.models.embeddings import (
    BATCH,
    KeptEmbedder,
    ServedEmbedder,
    embedder_named,
)
from envfactory.models.model import ModelFailed
from envfactory.models.openai import Endpoint


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    running: list[Server] = []

    def begin(*faults: str, always: str = "") -> Server:
        server = Server(lambda number: faults[number] if number < len(faults) else always)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        running.append(server)
        return server

    yield begin
    for server in running:
        server.shutdown()
        server.server_close()


def at(server: Server, **knobs: Any) -> ServedEmbedder:
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    endpoint = Endpoint.model_validate({"model": "e", "url": server.url, "timeout": 5} | knobs)
    return ServedEmbedder(endpoint, key=KEY, random=Random(1), sleep=sleep)


def test_vectors_come_in_the_order_of_the_texts_and_in_batches(serve: Callable[..., Server]) -> None:
    server = serve()
    texts = [f"text {number}" for number in range(2 * BATCH + 5)]
    assert asyncio.run(at(server).embed(texts)) == [vector(text) for text in texts]
    assert sorted(len(request["input"]) for request in server.asked) == [5, BATCH, BATCH]
    assert set(server.keys) == {f"Bearer {KEY}"}
    assert {request["model"] for request in server.asked} == {"e"}


@pytest.mark.parametrize("fault", ["500", "429", "503", "cut", "few", "words", "error"])
def test_a_passing_fault_is_tried_again(fault: str, serve: Callable[..., Server]) -> None:
    server = serve(fault, fault)
    assert asyncio.run(at(server).embed(["a"])) == [vector("a")]
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("fault", "kind", "attempts"),
    [
        ("401", "refused", 1),
        ("400", "refused", 1),
        ("500", "server", 6),
        ("cut", "malformed", 6),
        ("few", "malformed", 6),
    ],
)
def test_a_lasting_fault_is_told_without_the_key(
    fault: str, kind: str, attempts: int, serve: Callable[..., Server]
) -> None:
    server = serve(always=fault)
    with pytest.raises(ModelFailed) as caught:
        asyncio.run(at(server).embed(["a"]))
    assert caught.value.kind == kind
    assert len(server.asked) == attempts
    assert KEY not in str(caught.value)


def test_vectors_of_different_lengths_are_no_answer(serve: Callable[..., Server]) -> None:
    with pytest.raises(ModelFailed, match="different lengths"):
        asyncio.run(at(serve(always="lengths")).embed(["a", "b"]))


def test_nobody_there_is_told() -> None:
    endpoint = Endpoint.model_validate({"model": "e", "url": "http://127.0.0.1:9/v1", "patience": {"attempts": 1}})
    with pytest.raises(ModelFailed, match="127"):
        asyncio.run(ServedEmbedder(endpoint, key="").embed(["a"]))
    with pytest.raises(EnvFactoryError, match="address"):
        ServedEmbedder(Endpoint(model="e", url="nowhere"), key="")


def test_what_is_kept_is_not_asked_again_even_after_a_cut_line(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve()
    first = asyncio.run(KeptEmbedder(at(server), tmp_path / "v").embed(["a", "b", "a"]))
    assert first[0] == first[2]
    (file,) = (tmp_path / "v").iterdir()
    file.write_bytes(file.read_bytes() + b'["cut off", "AAA')  # a kill in the middle of a line
    again = asyncio.run(KeptEmbedder(at(server), tmp_path / "v").embed(["b", "c"]))
    assert again[0] == pytest.approx(first[1], abs=1e-6)
    assert [request["input"] for request in server.asked] == [["a", "b"], ["c"]]
    asyncio.run(KeptEmbedder(at(server), tmp_path / "v").embed(["a", "b", "c"]))
    assert len(server.asked) == 2


def test_a_folder_that_cannot_be_written_is_told(serve: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="another folder"):
        asyncio.run(KeptEmbedder(at(serve()), tmp_path / "file").embed(["a"]))


def test_embedders_are_named_as_models_are(tmp_path: Path) -> None:
    found = embedder_named("openai:e@http://127.0.0.1:1/v1")
    assert found.name == "openai:e"
    for name in ("e", "openai:", "tape:x", "offline:tape=x"):
        with pytest.raises(UnknownName, match="local:FILE"):
            embedder_named(name)
    with pytest.raises((MissingExtra, FileError)):
        embedder_named(f"local:{tmp_path / 'none.gguf'}")


def test_a_graph_by_embeddings_is_the_same_from_what_is_kept(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve()
    graphs = [
        link(LIBRARY, confirm=False, meaning=asyncio.run(embedded(KeptEmbedder(at(server), tmp_path), LIBRARY)))
        for _ in range(2)
    ]
    assert graphs[0].to_json() == graphs[1].to_json()
    texts = [text for request in server.asked for text in request["input"]]
    assert len(texts) == len(set(texts)) > 10
    assert any("An e-mail address." in text for text in texts)
    assert graphs[0].recipe.startswith("openai:e")
    assert graphs[0].to_json() != link(LIBRARY, confirm=False).to_json()


def test_a_local_model_gives_one_vector_a_text_and_says_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Llama:
        """llama.cpp's face: a vector for each token where the model does not pool them."""

        def __init__(self, model_path: str, **knobs: Any) -> None:
            assert knobs["embedding"]
            if Path(model_path).read_bytes() != b"GGUF":
                raise ValueError("no model")

        def embed(self, text: str) -> list[Any]:
            return [[1.0, 2.0], [3.0, 6.0]] if "tokens" in text else [5.0, 7.0]

    monkeypatch.setitem(sys.modules, "llama_cpp", types.SimpleNamespace(Llama=Llama))  # type: ignore[arg-type]
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    (tmp_path / "b.gguf").write_bytes(b"else")
    made = embedder_named(f"local:{tmp_path / 'a.gguf'}")
    assert asyncio.run(made.embed(["tokens", "pooled"])) == [[2.0, 4.0], [5.0, 7.0]]
    with pytest.raises(FileError, match=r"b\.gguf"):
        embedder_named(f"local:{tmp_path / 'b.gguf'}")
    monkeypatch.setitem(sys.modules, "llama_cpp", None)  # type: ignore[arg-type]
    with pytest.raises(MissingExtra, match="local"):
        embedder_named(f"local:{tmp_path / 'a.gguf'}")
