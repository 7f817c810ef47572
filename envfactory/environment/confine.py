"""Walls around a process, from inside it: limits, no new privileges, Landlock, and a list of system calls.

Everything here is reached through ctypes, so that no package and no root is needed. Sources: prctl(2), seccomp(2),
landlock(7) of the Linux man-pages; the kernel's `include/uapi/linux/{seccomp,filter,landlock,audit,capability}.h`;
numbers of system calls from `arch/x86/entry/syscalls/syscall_64.tbl` and `include/uapi/asm-generic/unistd.h`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from envfactory.errors import NoSandbox

# name: (x86_64, aarch64); -1 where a machine has no such call.
_ALLOWED: dict[str, tuple[int, int]] = {
    "read": (0, 63),
    "write": (1, 64),
    "futex": (202, 98),
    "brk": (12, 214),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, -1),
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getrusage": (98, 165),
    "times": (100, 153),
    "close": (3, 57),
    "sched_yield": (24, 124),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "rseq": (334, 293),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
"""What computing in memory and answering on one socket takes: no path, no new descriptor, no other process."""

_MAPPINGS: dict[str, tuple[int, int]] = {"mmap": (9, 222), "mprotect": (10, 226)}
"""Allowed unless the memory could then be executed: their third argument must not hold PROT_EXEC."""

_READING: dict[str, tuple[int, int]] = {
    "openat": (257, 56),
    "open": (2, -1),
    "newfstatat": (262, 79),
    "fstat": (5, 80),
    "stat": (4, -1),
    "lstat": (6, -1),
    "statx": (332, 291),
    "lseek": (8, 62),
    "pread64": (17, 67),
    "getdents64": (217, 61),
    "readlink": (89, -1),
    "readlinkat": (267, 78),
    "access": (21, -1),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "getcwd": (79, 17),
}
"""Added in the tier `landlock`, where Landlock says which files they reach."""

_FATAL: dict[str, tuple[int, int]] = {
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "setns": (308, 268),
    "unshare": (272, 97),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "memfd_create": (319, 279),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "open_by_handle_at": (304, 265),
    "reboot": (169, 142),
}
"""No tool calls these by mistake: the process ends at once. Whatever is in no list fails with EPERM."""

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Column in the tables above, and AUDIT_ARCH_*."""

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_SECCOMP_GET_ACTION_AVAIL, _SECCOMP_MODE_FILTER = 2, 2
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}
_CAPSET_CALL = {"x86_64": 126, "aarch64": 91}
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_SIGKILL = 9

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Walls:
    """What a worker is allowed."""

    memory: int = 512 * 2**20
    """Bytes of address space it may take on top of what it starts with."""
    cpu: int = 120
    """Seconds of processor time in its whole life; the deadline of a call is kept outside, with SIGKILL. A session that
    has used them goes on in a fresh worker, and code that computes on behind an answer does not do so for ever."""
    files: bool = False
    """Whether `readable` may be read at all; otherwise there is no system call that takes a path."""
    readable: tuple[str, ...] = ()


def mechanisms() -> dict[str, str]:
    """What this machine offers, by name: "yes" (or a version), or why not, in a few words. Changes nothing."""
    machine = platform.machine()
    linux = sys.platform == "linux"
    known = linux and machine in _MACHINES and sys.maxsize > 2**32
    found = {"linux": "yes" if linux else f"no: this is {sys.platform}"}
    found["machine"] = machine if known else f"no: there is no table of system calls for {machine}"
    found["seccomp"] = "yes" if known and _seccomp_available(machine) else "no"
    version = landlock_version() if linux else 0
    found["landlock"] = f"version {version}" if version else "no"
    return found


def require(found: dict[str, str], needed: Sequence[str]) -> None:
    """Raise NoSandbox naming the first mechanism of `needed` that `mechanisms` did not find."""
    for name in needed:
        if found[name].startswith("no"):
            why = found[name].partition(": ")[2] or f"{name} is not available on this machine"
            stronger = name in ("landlock", "bubblewrap", "container")
            cure = "use --sandbox=sealed" if stronger else "if you trust the code, run it without walls: --sandbox=none"
            raise NoSandbox(f"{why}; {cure}")


def landlock_version() -> int:
    """The version of Landlock's interface the kernel offers; 0 for none."""
    return max(0, _libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1)))


def hide() -> None:
    """Let no process of this user read this one's memory (PR_SET_DUMPABLE 0); does nothing but on Linux."""
    if sys.platform == "linux":
        _prctl(_PR_SET_DUMPABLE, 0)


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that forked it ends; does nothing but on Linux."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def confine(walls: Walls) -> None:
    """Put this process, for good, behind all walls; raises NoSandbox when one cannot be put up.

    Single-threaded callers only: a filter holds for the thread that installs it.
    """
    _limit(walls)
    hide()
    if _prctl(_PR_SET_NO_NEW_PRIVS, 1) != 0:
        raise NoSandbox(
            "the kernel does not let a process give up privileges; use --sandbox=none if you trust the code"
        )
    _drop_capabilities()
    version = landlock_version()
    if version:
        _landlock(version, walls.readable if walls.files else ())
    elif walls.files:
        raise NoSandbox("landlock is not available on this machine; use --sandbox=sealed")
    program = seccomp_program(platform.machine(), files=walls.files)
    buffer = ctypes.create_string_buffer(program)
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    none = ctypes.c_ulong(0)
    mode = ctypes.c_ulong(_SECCOMP_MODE_FILTER)
    if _libc.prctl(_PR_SET_SECCOMP, mode, ctypes.c_char_p(header), none, none) != 0:
        raise NoSandbox(f"seccomp: {os.strerror(ctypes.get_errno())}; use --sandbox=none if you trust the code")


def _limit(walls: Walls) -> None:
    with open("/proc/self/statm", encoding="ascii") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    limits = {
        resource.RLIMIT_AS: now + walls.memory,
        resource.RLIMIT_CPU: walls.cpu,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 64 if walls.files else 16,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def _drop_capabilities() -> None:
    """Root keeps nothing but its number."""
    header = struct.pack("Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    _libc.syscall(_CAPSET_CALL[platform.machine()], ctypes.c_char_p(header), ctypes.c_char_p(bytes(24)))


def _landlock(version: int, readable: Sequence[str]) -> None:
    """Deny all that Landlock knows of, but reading beneath `readable`."""
    bits = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)  # access rights of files that each version added
    attribute = struct.pack("QQQ", (1 << bits) - 1, 0b11, 0b11)  # files; TCP bind, connect; abstract sockets, signals
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = _libc.syscall(_LANDLOCK_CREATE, ctypes.c_char_p(attribute), ctypes.c_size_t(size), ctypes.c_uint(0))
    if rules < 0:
        raise NoSandbox(f"landlock: {os.strerror(ctypes.get_errno())}; use --sandbox=none if you trust the code")
    for path in readable:
        if not os.path.exists(path):
            continue
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        allowed = _READ_FILE | (_READ_DIR if os.path.isdir(path) else 0)
        rule = struct.pack("=Qi", allowed, place)
        failed = _libc.syscall(_LANDLOCK_ADD, rules, 1, ctypes.c_char_p(rule), ctypes.c_uint(0))
        os.close(place)
        if failed:
            raise NoSandbox(f"landlock: {path}: {os.strerror(ctypes.get_errno())}; use --sandbox=sealed")
    failed = _libc.syscall(_LANDLOCK_RESTRICT, rules, ctypes.c_uint(0))
    os.close(rules)
    if failed:
        raise NoSandbox(f"landlock: {os.strerror(ctypes.get_errno())}; use --sandbox=none if you trust the code")


def seccomp_program(machine: str, *, files: bool = False) -> bytes:
    """The filter in classic BPF, eight bytes an instruction; raises NoSandbox for a machine without a table."""
    if machine not in _MACHINES:
        raise NoSandbox(f"there is no table of system calls for {machine}; use --sandbox=none if you trust the code")
    column, audit = _MACHINES[machine]
    load, equal, at_least, both, give = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF_LD|W|ABS, JEQ, JGE, JSET, RET

    program = [(load, 0, 0, 4), (equal, 1, 0, audit), (give, 0, 0, _KILL), (load, 0, 0, 0)]
    if machine == "x86_64":  # the second numbering of the same calls (x32)
        program += [(at_least, 0, 1, 0x40000000), (give, 0, 0, _KILL)]
    for name in (*_ALLOWED, *(_READING if files else ())):
        number = (_ALLOWED | _READING)[name][column]
        if number >= 0:
            program += [(equal, 0, 1, number), (give, 0, 0, _ALLOW)]
    for numbers in _MAPPINGS.values():  # offset 32: the low half of the third argument; 4 is PROT_EXEC
        program += [(equal, 0, 4, numbers[column]), (load, 0, 0, 32), (both, 0, 1, 4), (give, 0, 0, _ERRNO)]
        program += [(give, 0, 0, _ALLOW)]
    for numbers in _FATAL.values():
        program += [(equal, 0, 1, numbers[column]), (give, 0, 0, _KILL)]
    program.append((give, 0, 0, _ERRNO))
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def _seccomp_available(machine: str) -> bool:
    kill = struct.pack("I", _KILL)
    return _libc.syscall(_SECCOMP_CALL[machine], _SECCOMP_GET_ACTION_AVAIL, 0, ctypes.c_char_p(kill)) == 0


def _prctl(option: int, value: int) -> int:
    none = ctypes.c_ulong(0)
    return _libc.prctl(option, ctypes.c_ulong(value), none, none, none)
