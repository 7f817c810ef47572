"""What turns texts into vectors: an endpoint that speaks OpenAI's `/v1/embeddings`, or a model on this machine.

Format: https://platform.openai.com/docs/api-reference/embeddings; vLLM, SGLang and llama.cpp serve the same.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import importlib
import json
import math
import os
from array import array
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, Protocol

import httpx

from envfactory.errors import FileError, MissingExtra, UnknownName
from envfactory.messages import Message, as_list, as_object
from envfactory.models.load import model_named
from envfactory.models.model import Kind, ModelFailed, Reply
from envfactory.models.openai import Endpoint, OpenAI, shown
from envfactory.models.parse import NotJson, decoded
from envfactory.models.retry import Pace, persevere
from envfactory.models.wire import complaint, encoded

BATCH = 64
"""Texts sent with one request."""

FORMS = ("openai:NAME", "openai:NAME@http://HOST:PORT/v1", "local:FILE.gguf")


class Embedder(Protocol):
    """Anything that gives a vector for each text."""

    name: str
    """Equal names give equal vectors, as far as anybody promises."""

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text, all of one length; raises ModelFailed."""
        ...


class ServedEmbedder:
    """A model at an `Endpoint`, asked for vectors; retried as any model is (`models.retry`)."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        key: str | None = None,
        random: Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`key` is read from the endpoint's environment variable when not given. Raises EnvFactoryError for an address
        that is none."""
        OpenAI(endpoint, key=key)  # says what is wrong with an address
        self.endpoint = endpoint
        self.name = f"openai:{endpoint.model}"
        self._url = endpoint.url.rstrip("/") + "/embeddings"
        self._secret = key if key is not None else os.environ.get(endpoint.key_variable, "")
        self._pace = Pace(endpoint.workers)
        self._random = random or Random(0)
        self._sleep = sleep

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text; raises ModelFailed."""
        parts = [list(texts[begin : begin + BATCH]) for begin in range(0, len(texts), BATCH)]
        headers = {"Authorization": f"Bearer {self._secret}"} if self._secret else {}
        async with httpx.AsyncClient(timeout=self.endpoint.timeout, headers=headers) as client:
            found = await asyncio.gather(*(self._persevering(client, part) for part in parts))
        vectors = [vector for part in found for vector in part]
        if len({len(vector) for vector in vectors}) > 1:
            raise ModelFailed(f"{shown(self.endpoint.url)} gave vectors of different lengths", kind="malformed")
        return vectors

    async def _persevering(self, client: httpx.AsyncClient, texts: list[str]) -> list[list[float]]:
        held: list[list[float]] = []

        async def send() -> Reply:
            held[:] = await self._attempt(client, texts)
            return Reply(message=Message(role="assistant", content=""))  # what is retried are replies

        await persevere(send, patience=self.endpoint.patience, pace=self._pace, random=self._random, sleep=self._sleep)
        return held

    async def _attempt(self, client: httpx.AsyncClient, texts: list[str]) -> list[list[float]]:
        where = shown(self.endpoint.url)
        body = {"model": self.endpoint.model, "input": texts, "encoding_format": "float", **self.endpoint.options}
        try:
            response = await client.post(self._url, content=encoded(body), headers={"Content-Type": "application/json"})
        except httpx.TimeoutException:
            raise ModelFailed(f"{where} gave no vectors in time", kind="timeout") from None
        except httpx.HTTPError as error:
            raise ModelFailed(f"{where} gave no vectors: {self._clean(str(error))}", kind="cut") from None
        try:
            said = as_object(decoded(response.text))
        except NotJson as error:
            if response.status_code == 200:
                raise ModelFailed(f"{where} gave no vectors but text: {error}", kind="malformed") from None
            said = {"error": response.text}
        if response.status_code != 200 or ("error" in said and not said.get("data")):
            raise ModelFailed(
                f"{where} answered {response.status_code}: {self._clean(complaint(said))}",
                kind=_kind(response.status_code),
                retry_after=_seconds(response.headers.get("retry-after")),
            )
        return list(_vectors(said, len(texts), where))

    def _clean(self, text: str) -> str:
        return text.replace(self._secret, "[key]") if self._secret else text


class LocalEmbedder:
    """A GGUF model on this machine, through llama.cpp's embedding mode; needs the extra `local`."""

    def __init__(self, path: Path) -> None:
        """Raises MissingExtra without llama-cpp-python, FileError for a file that is no model."""
        try:
            llama: Any = importlib.import_module("llama_cpp")
        except ImportError as error:
            raise MissingExtra("vectors from a model on this machine", "local") from error
        if not path.is_file():
            raise FileError(f"there is no file {path}; give local: the path of a GGUF file")
        try:
            self._llama = llama.Llama(model_path=str(path), embedding=True, n_ctx=512, verbose=False)
        except (ValueError, RuntimeError) as error:
            raise FileError(f"{path} cannot be loaded as a GGUF model: {error}") from error
        self.name = f"local:{path.stem}"

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text; of a model that gives one for each token, their mean."""
        return await asyncio.to_thread(lambda: [_mean(self._llama.embed(text)) for text in texts])


class KeptEmbedder:
    """Another embedder whose vectors are kept in a folder, by the hash of the text: what is kept is not asked again.

    One file for each model, a line a vector, written as they come; a line that was cut off by a kill is passed over.
    """

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        self.embedder = embedder
        self.name = embedder.name
        self.path = folder / f"{hashlib.sha256(self.name.encode()).hexdigest()[:16]}.jsonl"
        self._held: dict[str, list[float]] | None = None

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text; raises ModelFailed, and FileError when the folder cannot be written."""
        held = self._read() if self._held is None else self._held
        self._held = held
        wanted = list(dict.fromkeys(text for text in texts if _key(text) not in held))
        for begin in range(0, len(wanted), 8 * BATCH):
            part = wanted[begin : begin + 8 * BATCH]
            made = dict(zip(map(_key, part), await self.embedder.embed(part), strict=True))
            self._write(made)
            held |= made
        return [held[_key(text)] for text in texts]

    def _read(self) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        if not self.path.exists():
            return found
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                key, packed = json.loads(line)
                vector = array("f", base64.b64decode(packed, validate=True))
            except (ValueError, TypeError):
                continue  # a line that a kill cut off
            found[str(key)] = vector.tolist()
        return found

    def _write(self, made: Mapping[str, list[float]]) -> None:
        lines = [
            json.dumps([key, base64.b64encode(array("f", vector).tobytes()).decode()]) for key, vector in made.items()
        ]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            cut = self.path.exists() and not self.path.read_bytes().endswith(b"\n")
            with self.path.open("a", encoding="utf-8") as file:
                file.write("".join([*["\n"][: int(cut)], *(f"{line}\n" for line in lines)]))
        except OSError as error:
            raise FileError(f"cannot keep vectors in {self.path}: {error.strerror}; name another folder") from error


def embedder_named(name: str, endpoints: Mapping[str, Endpoint] | None = None) -> Embedder:
    """The embedder of that name: `openai:NAME`, found as models are, or `local:FILE.gguf`.

    Raises UnknownName, and what `model_named` raises.
    """
    provider, _, rest = name.partition(":")
    if provider == "local" and rest:
        return LocalEmbedder(Path(rest))
    model = model_named(name, endpoints) if provider == "openai" and rest else None
    if not isinstance(model, OpenAI):
        raise UnknownName("embedder", name, FORMS, cure=f"write one of {', '.join(FORMS)}")
    return ServedEmbedder(model.endpoint)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _vectors(said: Mapping[str, Any], wanted: int, where: str) -> Iterator[list[float]]:
    """The vectors of an answer in the order they were asked for; raises ModelFailed for an answer that is none."""
    items = [as_object(item) for item in as_list(said.get("data"))]
    items.sort(key=lambda item: item["index"] if isinstance(item.get("index"), int) else 0)
    if len(items) != wanted:
        raise ModelFailed(f"{where} gave {len(items)} vectors for {wanted} texts", kind="malformed")
    for item in items:
        vector = as_list(item.get("embedding"))
        if not vector or not all(isinstance(x, int | float) and math.isfinite(x) for x in vector):
            raise ModelFailed(f"{where} gave a vector that is none", kind="malformed")
        yield [float(x) for x in vector]


def _mean(made: list[Any]) -> list[float]:
    if made and isinstance(made[0], list):
        return [sum(column) / len(made) for column in zip(*made, strict=True)]
    return [float(x) for x in made]


def _kind(status: int) -> Kind:
    if status == 429:
        return "rate_limited"
    return "server" if status >= 500 or status in {200, 408, 409} else "refused"


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None
