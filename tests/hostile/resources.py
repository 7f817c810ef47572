# ruff: noqa
"""Hostile tools: time, memory, stack, descriptors, size."""


def loop_for_ever(self, at):
    while True:
        pass


def sleep_for_ever(self, at):
    import time

    time.sleep(10**6)


def refuse_to_be_interrupted(self, at):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


def match_for_ever(self, at):
    import re

    return bool(re.match(r"(a+)+$", "a" * 64 + "b"))


def compute_for_ever_in_c(self, at):
    return len(str(sum(range(10**12))))


def fill_the_memory(self, at):
    held = []
    while True:
        held.append(bytearray(2**24))


def fill_the_memory_with_small_things(self, at):
    held = []
    while True:
        held.append([held])


def ask_for_one_huge_block(self, at):
    return len(bytearray(2**36))


def map_huge_memory(self, at):
    import ctypes

    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    held = [libc.malloc(ctypes.c_size_t(2**28)) for _ in range(64)]
    for place in held:
        ctypes.memset(place, 1, 2**28)


def recurse(self, at):
    return recurse(self, at)


def overflow_the_stack_of_c(self, at):
    import sys

    sys.setrecursionlimit(10**8)
    nested = []
    for _ in range(10**6):
        nested = [nested]
    return repr(nested)[:10]


def answer_hugely(self, at):
    return "x" * (64 * 2**20)


def answer_many_small_things(self, at):
    return [0] * (8 * 2**20)


def answer_deeply(self, at):
    found = []
    for _ in range(500):
        found = [found]
    return found


def answer_too_deeply_for_any_parser(self, at):
    found = []
    for _ in range(200_000):
        found = {"a": found}
    return found


def answer_no_json(self, at):
    return {"x": float("nan"), "y": "\ud800"}


def answer_with_itself(self, at):
    found = []
    found.append(found)
    return found


def open_all_descriptors(self, at):
    import os

    held = []
    while True:
        held.append(os.dup(0))


def make_pipes(self, at):
    import os

    return [os.pipe() for _ in range(100)]


def hash_a_huge_power(self, at):
    return (10**10**9) % 7


def count_to_a_text_of_digits(self, at):
    import sys

    sys.set_int_max_str_digits(0)
    return 9 ** (10**7)


def format_hugely(self, at):
    return len(f"{1:1000000000000}")


def compile_hugely(self, at):
    return eval("(" * 90 + "1" + ")" * 90 + "+1" * 3_000_000)
