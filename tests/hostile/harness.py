# ruff: noqa
"""Hostile tools: the worker's own machinery, and what it says to the host."""


def fake_an_answer(self, at):
    import json
    import os
    import struct

    data = json.dumps({"id": "0" * 16, "outcome": "ok", "result": "won"}).encode()
    os.write(3, struct.pack("!I", len(data)) + data)


def fake_an_answer_with_the_right_id(self, at):
    import json
    import os
    import struct
    import sys

    frame = sys._getframe()
    while "request" not in frame.f_locals or "id" not in frame.f_locals["request"]:
        frame = frame.f_back
    said = {"id": frame.f_locals["request"]["id"], "outcome": "ok", "result": "won", "bug": ""}
    data = json.dumps(said).encode()
    os.write(3, struct.pack("!I", len(data)) + data)


def write_garbage(self, at):
    import os

    os.write(3, b"\xff" * 100_000)


def announce_a_huge_frame(self, at):
    import os
    import time

    os.write(3, b"\xff\xff\xff\xff")
    time.sleep(1)


def drip_an_answer(self, at):
    import os
    import time

    os.write(3, b"\x00\x10\x00\x00")
    while True:
        os.write(3, b" ")
        time.sleep(0.01)


def answer_by_halves_and_die(self, at):
    import os

    os.write(3, b"\0\0\1\0{")
    os._exit(0)


def close_the_socket(self, at):
    import os

    os.close(3)


def patch_json(self, at):
    import json

    json.dumps = lambda *a, **k: '{"id": 1, "outcome": "ok"}'
    json.loads = lambda *a, **k: {}


def patch_the_frames(self, at):
    import envfactory.environment.frames as frames
    import envfactory.environment.inside as inside

    frames.pack = inside.pack = lambda value: b"\0\0\0\2{}"


def patch_the_call(self, at):
    import envfactory.environment.environment as environment

    environment.Environment.call = lambda self, name, arguments: "won"


def patch_the_session(self, at):
    import envfactory.environment.inside as inside

    inside.Inside.answer = lambda self, request: {
        "id": request["id"],
        "outcome": "ok",
        "result": "won",
        "changeset": "AAAA",
    }


def claim_changes_of_no_table(self, at):
    import base64

    import envfactory.environment.inside as inside

    real = inside.Inside.answer
    data = base64.b64encode(b"T\x01\x01none\0\x12\0\x01" + bytes(8)).decode()
    inside.Inside.answer = lambda self, request: {**real(self, request), "changeset": data}


def claim_broken_changes(self, at):
    import base64

    import envfactory.environment.inside as inside

    real = inside.Inside.answer
    data = base64.b64encode(b"T\xff\xff\xff\xff\xff\xff\xff\xff\xff").decode()
    inside.Inside.answer = lambda self, request: {**real(self, request), "changeset": data}


def claim_other_dice(self, at):
    import envfactory.environment.inside as inside

    real = inside.Inside.answer
    said = {"drawn": -5, "ids": [["x", "y"]], "seed": "mine"}
    inside.Inside.answer = lambda self, request: {**real(self, request), "entropy": said}


def patch_apsw(self, at):
    import apsw

    apsw.Session = None
    apsw.Changeset = None


def patch_equality_and_builtins(self, at):
    import builtins

    builtins.isinstance = lambda *a: True
    builtins.len = lambda *a: 0
    builtins.__import__ = None


def break_none_and_small_numbers(self, at):
    import ctypes

    ctypes.memset(id(1) + 24, 2, 4)


def clear_all_modules(self, at):
    import sys

    sys.modules.clear()


def send_descriptors(self, at):
    import array
    import socket

    link = socket.socket(fileno=3)
    link.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])


def make_a_result_that_bites(self, at):
    class Bites(dict):
        def items(self):
            raise SystemExit(9)

        def __reduce__(self):
            raise SystemExit(9)

    return Bites(a=1)


def pretend_to_be_refused(self, at):
    import envfactory.environment.inside as inside

    inside.Inside.answer = lambda self, request: {"id": request["id"], "outcome": "refused", "result": "you are wrong"}
