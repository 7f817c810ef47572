"""Frames between the host and a confined worker: four bytes of length, then one JSON object. Never pickle.

The host believes nothing of what it reads: the length is capped before anything is read, the text must be JSON without
NaN, its nesting is capped, its text must be Unicode all through, and the id must be that of the request.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import struct
import time
from typing import Any, cast

from envfactory.messages import as_object, canonical

CAP = 8 * 2**20
"""Bytes of one frame from a worker; a result alone may take `RESULT_CAP`."""
RESULT_CAP = 4 * 2**20
REQUEST_CAP = 256 * 2**20
"""Bytes of one frame from the host: the texts and rows of large worlds."""
NESTING = 64
"""How deep lists and objects of a result may lie in each other."""
_ENVELOPE = 2
"""Levels of a reply around its result."""

_LENGTH = struct.Struct("!I")


class BadFrame(Exception):
    """Bytes that are no reply to the request: the session that sent them is over."""


def pack(value: dict[str, Any], *, nan: bool = True) -> bytes:
    """One frame; raises ValueError or RecursionError for what JSON cannot hold (`nan`: but for NaN and infinity)."""
    data = json.dumps(value, separators=(",", ":"), allow_nan=nan).encode()
    return _LENGTH.pack(len(data)) + data


def fresh_id() -> str:
    """An id for a request that nobody can guess."""
    return secrets.token_hex(8)


def parse(data: bytes, *, nesting: int = NESTING) -> dict[str, Any]:
    """The object of a frame from a worker; raises BadFrame."""
    try:
        value: Any = json.loads(data, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"no JSON: {type(error).__name__}") from None
    if not isinstance(value, dict):
        raise BadFrame("no object")
    if data.count(b"[") + data.count(b"{") > nesting and depth_over(value, nesting + _ENVELOPE):
        raise BadFrame("nested too deep")
    if b"\\ud" in data or b"\\uD" in data:
        try:
            canonical(cast("object", value)).encode()
        except UnicodeEncodeError:
            raise BadFrame("text with a broken character") from None
    return as_object(cast("object", value))


def depth_over(value: Any, levels: int) -> bool:
    """Whether lists and objects lie more than `levels` deep in each other."""
    found: list[Any] = [value] if isinstance(value, (dict, list)) else []
    while found:
        if levels == 0:
            return True
        levels -= 1
        inner: list[Any] = []
        for item in found:
            inner += item.values() if isinstance(item, dict) else item
        found = [item for item in inner if isinstance(item, (dict, list))]
    return False


def _refuse(name: str) -> None:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(text)
    return number


# The host's side: a socket, and a moment by which all must be done ---------------------------------------------------


def send(to: socket.socket, frame: bytes, until: float) -> None:
    """Send a whole frame by the time `until` (time.monotonic); raises TimeoutError, or OSError when nobody listens."""
    to.settimeout(max(0.001, until - time.monotonic()))
    to.sendall(frame)


def receive(source: socket.socket, until: float, *, cap: int = CAP) -> bytes:
    """The bytes of one frame; raises TimeoutError at `until`, EOFError when the other side is gone, and BadFrame."""
    (length,) = _LENGTH.unpack(_exactly(source, _LENGTH.size, until))
    if length > cap:
        raise BadFrame(f"a frame of {length} bytes")
    return _exactly(source, length, until)


def pending(source: socket.socket) -> bool:
    """Whether bytes nobody asked for lie in a socket, or its other side is gone."""
    try:
        source.settimeout(0)
        source.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _exactly(source: socket.socket, count: int, until: float) -> bytes:
    parts: list[bytes] = []
    while count:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        source.settimeout(left)
        part = source.recv(min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


# The worker's side: read(2) and write(2) on one descriptor, for it has no other system calls ------------------------


def read_frame(descriptor: int) -> dict[str, Any] | None:
    """The next request from the host; None when the host is gone."""
    header = _read(descriptor, _LENGTH.size)
    if header is None:
        return None
    (length,) = _LENGTH.unpack(header)
    data = _read(descriptor, length) if length <= REQUEST_CAP else None
    return None if data is None else json.loads(data)


def write_frame(descriptor: int, frame: bytes) -> None:
    """Write all of a frame."""
    view = memoryview(frame)
    while view:
        view = view[os.write(descriptor, view) :]


def _read(descriptor: int, count: int) -> bytes | None:
    parts: list[bytes] = []
    while count:
        part = os.read(descriptor, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
