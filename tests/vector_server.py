"""A server of vectors on this machine, with faults."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-test-0123456789abcdef"


def vector(text: str) -> list[float]:
    """Eight numbers that a text alone decides."""
    return [byte / 255 - 0.4 for byte in hashlib.sha256(text.encode()).digest()[:8]]


class Server(ThreadingHTTPServer):
    """`/v1/embeddings`; `fault` says what goes wrong with the request that arrives as number N."""

    daemon_threads = True

    def __init__(self, fault: Callable[[int], str]) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.fault = fault
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Asked(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            fault = self.server.fault(len(self.server.asked))
            self.server.asked.append(request)
            self.server.keys.append(self.headers.get("Authorization", ""))
        data = [{"index": n, "embedding": vector(text)} for n, text in enumerate(request["input"])]
        answers: dict[str, bytes] = {
            "": json.dumps({"data": data[::-1], "model": request["model"]}).encode(),  # the order is the index's
            "few": json.dumps({"data": data[:-1]}).encode(),
            "words": json.dumps({"data": [{"index": n, "embedding": ["a"]} for n in range(len(data))]}).encode(),
            "lengths": json.dumps(
                {"data": [{**item, "embedding": [1.0] * (3 + item["index"] % 2)} for item in data]}
            ).encode(),
            "cut": b'{"data": [{"index": 0, "embed',
            "error": b'{"error": {"message": "the worker died"}}',
        }
        status = int(fault) if fault.isdigit() else 200
        body = answers.get(fault, json.dumps({"error": {"message": f"no, {KEY}"}}).encode())
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
