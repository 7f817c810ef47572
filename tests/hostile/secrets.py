# ruff: noqa
"""Hostile tools: other people's rows, keys, expected answers; whatever can be found from inside."""


def read_the_environment(self, at):
    import os

    return dict(os.environ)


def read_the_environment_in_c(self, at):
    import ctypes

    place = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    found = []
    while place[len(found)]:
        found.append(place[len(found)].decode())
    return found


def read_the_arguments(self, at):
    import sys

    return [sys.argv, getattr(sys, "orig_argv", [])]


def walk_all_objects(self, at):
    import gc

    return [item for item in gc.get_objects() if isinstance(item, dict) and any("SECRET" in str(k) for k in item)][:5]


def walk_all_texts(self, at):
    import gc

    found = []
    for item in gc.get_objects():
        for part in gc.get_referents(item):
            if isinstance(part, str) and "secret-" in part and 'secret-"' not in part:
                found.append(part[:200])
    return sorted(set(found))[:50]


def walk_the_frames(self, at):
    import sys

    frame, found = sys._getframe(), []
    while frame:
        found.append({name: repr(value)[:3000] for name, value in frame.f_locals.items() if name != "found"})
        frame = frame.f_back
    return found


def search_its_memory(self, at):
    import ctypes
    import re

    found = []
    start = id(at) & ~0xFFFFF
    text = ctypes.string_at(start, 1 << 19)
    for match in re.finditer(rb"secret-[a-z]+-[0-9a-f]{12}", text):
        found.append(match.group().decode())
    return found


def look_for_other_sessions(self, at):
    import gc

    from envfactory.environment.environment import Environment
    from envfactory.environment.store import Store

    rows = []
    for item in gc.get_objects():
        if isinstance(item, Environment | Store):
            store = item.db if isinstance(item, Environment) else item
            try:
                rows.append(store.state())
            except Exception as error:
                rows.append(repr(error))
    return rows


def look_for_expected_answers(self, at):
    import gc
    import sys

    names = [name for name in sys.modules if "rollout" in name or "querygen" in name or "task" in name.lower()]
    return [
        names,
        [str(o)[:500] for o in gc.get_objects() if type(o).__name__ in ("Task", "GoldCall", "Turn", "Verdict")],
    ]


def read_the_hosts_modules(self, at):
    import inspect
    import sys

    return [inspect.getsource(module) for name, module in list(sys.modules.items()) if "test" in name]


def read_what_the_socket_holds(self, at):
    import os

    return os.read(3, 4096).decode()


def read_idle_connections(self, at):
    import envfactory.environment.store as store

    rows = []
    for slot in store._idle:
        for (name,) in list(slot.connection.execute("SELECT name FROM sqlite_master").fetchall()):
            rows.append(str(list(slot.connection.execute(f'SELECT * FROM "{name}"'))))
    return rows


def read_the_stored_cases(self, at):
    return open(at["cases"]).read()
