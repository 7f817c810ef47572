"""An OpenAI-compatible server on this machine, with faults: those that are asked for, or drawn from a seed.

    python tests/faulty_provider.py FOLDER [--seed 7] [--stall 1.0]

Its answer to a request depends on nothing but the request, so that a run against it can be compared with another one.
Each request that reached it is a line of FOLDER/log.jsonl: a hash of the body, and the fault or `paid`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

FAULTS = {"429": 0.10, "500": 0.05, "cut_json": 0.03, "stall": 0.02}
"""The shares of the issue: of all requests that arrive."""


def numbered(request: dict[str, Any]) -> str:
    """The usual answer: a JSON object made of a hash of the conversation."""
    digest = hashlib.sha256(json.dumps(request["messages"], sort_keys=True).encode()).hexdigest()
    numbers = re.findall(r"\d+", request["messages"][-1]["content"])
    return json.dumps({"item": int(numbers[0]) if numbers else 0, "word": digest[:12], "text": "x" * 200})


class Provider(ThreadingHTTPServer):
    """The server. `faults` says what goes wrong with the request that arrives as number N; `answer` writes content or a
    whole message."""

    daemon_threads = True

    def __init__(
        self,
        faults: Callable[[int], str] = lambda number: "",
        *,
        answer: Callable[[dict[str, Any]], str | dict[str, Any]] = numbered,
        stall: float = 5.0,
        delay: float = 0.0,
        log: Path | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.faults = faults
        self.answer = answer
        self.stall = stall
        self.delay = delay
        self.log = log
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.under_way = 0
        self.most_under_way = 0
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> Provider:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no news."""


class _Asked(BaseHTTPRequestHandler):
    server: Provider
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server = self.server
        with server.lock:
            number = len(server.requests)
            request = json.loads(raw)
            server.requests.append(request)
            server.headers.append(dict(self.headers))
            server.under_way += 1
            server.most_under_way = max(server.most_under_way, server.under_way)
            fault = server.faults(number)
            if server.log is not None:
                line = {"body": hashlib.sha256(raw).hexdigest(), "what": fault or "paid"}
                with server.log.open("a") as file:
                    file.write(json.dumps(line) + "\n")
        try:
            time.sleep(server.delay)
            self.answered(request, fault)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with server.lock:
                server.under_way -= 1

    def answered(self, request: dict[str, Any], fault: str) -> None:
        fault, _, more = fault.partition(":")
        if fault.isdigit():
            after = {"Retry-After": more} if more and fault == "429" else {}
            said = more if more and fault != "429" else f"fault {fault}"
            return self.send(int(fault), json.dumps({"error": {"message": said}}).encode(), headers=after)
        if fault == "quota":
            body = {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}
            return self.send(429, json.dumps(body).encode())
        if fault == "html":
            return self.send(200, b"<html><body>Welcome to the proxy</body></html>", kind="text/html; charset=utf-8")
        if fault == "refuse_format" and ("response_format" in request or "stream_options" in request):
            return self.send(400, b'{"error": {"message": "unknown field response_format"}}')
        if fault == "empty":
            return self.send(200, b'{"object": "chat.completion", "choices": []}')
        if fault == "error_body":
            return self.send(200, b'{"error": {"message": "upstream is overloaded", "code": 502}}')
        if fault == "stall":
            time.sleep(self.server.stall)
            self.close_connection = True
            return None
        message = self.message(request)
        if request.get("stream") and fault != "no_stream":
            return self.stream(request, message, fault)
        body = json.dumps(self.body(request, message)).encode()
        if fault == "cut_json":
            return self.send(200, body[: len(body) * 2 // 3])
        if fault == "cut_body":
            self.send(200, body[: len(body) // 2], length=len(body))
            self.close_connection = True
            return None
        return self.send(200, body)

    def message(self, request: dict[str, Any]) -> dict[str, Any]:
        made = self.server.answer(request)
        return {"role": "assistant", "content": made} if isinstance(made, str) else {"role": "assistant"} | made

    def body(self, request: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
        finish = message.pop("finish_reason", "tool_calls" if message.get("tool_calls") else "stop")
        return {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": request["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
        }

    def stream(self, request: dict[str, Any], message: dict[str, Any], fault: str) -> None:
        """The message in pieces of a few characters."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        deltas: list[dict[str, Any]] = [{"role": "assistant"}]
        for field in ("reasoning_content", "content"):
            text = message.get(field) or ""
            deltas += [{field: text[place : place + 7]} for place in range(0, len(text), 7)]
        for index, call in enumerate(message.get("tool_calls") or []):
            function = call["function"]
            deltas.append({"tool_calls": [{"index": index, "id": call["id"], "function": {"name": function["name"]}}]})
            text = function["arguments"]
            deltas += [
                {"tool_calls": [{"index": index, "function": {"arguments": text[place : place + 5]}}]}
                for place in range(0, len(text), 5)
            ]
        deltas = deltas[: len(deltas) // 2] if fault in {"cut_stream", "stream_error", "stream_stall"} else deltas
        for delta in deltas:
            self.event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        if fault == "stream_error":
            self.event({"error": {"message": "the worker died"}})
        if fault == "stream_stall":
            time.sleep(self.server.stall)
        if fault in {"cut_stream", "stream_error", "stream_stall"}:
            return
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        if "stream_options" in request and fault != "no_usage":
            self.event({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 50}})
        self.wfile.write(b": a comment\n\ndata: [DONE]\n\n")

    def event(self, chunk: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def send(
        self,
        status: int,
        body: bytes,
        *,
        kind: str = "application/json",
        headers: dict[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def drawn(seed: int, shares: dict[str, float] = FAULTS) -> Callable[[int], str]:
    """Faults drawn at random, the same for the same seed and number of arrival."""

    def fault(number: int) -> str:
        dice = Random(f"{seed}/{number}").random()
        for name, share in shares.items():
            if dice < share:
                return f"{name}:0.05" if name == "429" else name
            dice -= share
        return ""

    return fault


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--stall", type=float, default=1.0)
    parser.add_argument("--delay", type=float, default=0.0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    faults = drawn(options.seed)
    with Provider(faults, stall=options.stall, delay=options.delay, log=options.folder / "log.jsonl") as provider:
        (options.folder / "url.part").write_text(provider.url)
        (options.folder / "url.part").rename(options.folder / "url")
        provider.thread.join()
