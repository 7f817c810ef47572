# ruff: noqa
"""Hostile tools: leaving in bad ways, and leaving things behind."""


def exit_politely(self, at):
    import sys

    sys.exit(0)


def exit_at_once(self, at):
    import os

    os._exit(0)


def abort(self, at):
    import os

    os.abort()


def segfault(self, at):
    import ctypes

    ctypes.string_at(0)


def interrupt_by_keyboard(self, at):
    raise KeyboardInterrupt


def raise_a_generator_exit(self, at):
    raise GeneratorExit


def raise_what_cannot_be_shown(self, at):
    class Shy(Exception):
        def __str__(self):
            raise SystemExit(3)

        __repr__ = __str__

    raise Shy


def leave_an_exit_function(self, at):
    import atexit
    import os

    atexit.register(lambda: open(at["folder"] + "/late", "w").write("x"))
    os.register_at_fork(after_in_child=lambda: open(at["folder"] + "/late", "w").write("x"))


def leave_a_destructor(self, at):
    import builtins

    class Late:
        def __del__(self, open=open, place=at["folder"]):
            open(place + "/late", "w").write("x")

    builtins.late = Late()


def leave_an_alarm(self, at):
    import signal

    signal.signal(signal.SIGALRM, lambda *a: open(at["folder"] + "/late", "w").write("x"))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)


def leave_a_tracer(self, at):
    import sys

    def trace(*_):
        open(at["folder"] + "/late", "w").write("x")

    sys.settrace(trace)
    sys.setprofile(trace)


def leave_a_collector_callback(self, at):
    import gc

    gc.callbacks.append(lambda *a: open(at["folder"] + "/late", "w").write("x"))
    gc.collect()


def keep_rows_in_a_global(self, at):
    import builtins

    builtins.kept = self.db.rows("SELECT * FROM notes")


def stop_itself(self, at):
    import os
    import signal

    os.kill(os.getpid(), signal.SIGSTOP)
