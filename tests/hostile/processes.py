# ruff: noqa
"""Hostile tools: other processes."""


def fork(self, at):
    import os
    import time

    if os.fork() == 0:
        time.sleep(60)


def fork_without_end(self, at):
    import os

    while True:
        try:
            os.fork()
        except OSError:
            pass


def clone_by_the_bare_system_call(self, at):
    import ctypes
    import time

    libc = ctypes.CDLL(None)
    for number, flags in ((56, 17), (220, 17), (57, 0), (58, 0), (435, 0)):
        if libc.syscall(number, flags, 0, 0, 0, 0) == 0:
            time.sleep(60)


def run_a_program(self, at):
    import os

    os.execv("/bin/sh", ["sh", "-c", f"touch {at['folder']}/ran"])


def run_a_shell_command(self, at):
    import subprocess

    subprocess.run(f"touch {at['folder']}/ran", shell=True, check=False)


def run_by_os_system(self, at):
    import os

    os.system(f"touch {at['folder']}/ran")


def spawn_a_program(self, at):
    import os

    os.posix_spawn("/bin/touch", ["touch", at["folder"] + "/ran"], {})


def kill_the_host(self, at):
    import os
    import signal

    os.kill(at["host"], signal.SIGKILL)


def kill_the_zygote(self, at):
    import os
    import signal

    os.kill(os.getppid(), signal.SIGKILL)


def kill_the_neighbour(self, at):
    import os
    import signal

    os.kill(at["neighbour"], signal.SIGKILL)


def kill_everyone(self, at):
    import ctypes

    libc = ctypes.CDLL(None)
    for number in (-1, at["host"], at["neighbour"], 0):
        libc.kill(number, 9)


def trace_the_host(self, at):
    import ctypes

    return ctypes.CDLL(None).ptrace(16, at["host"], 0, 0)


def read_the_hosts_memory(self, at):
    import ctypes

    libc = ctypes.CDLL(None)
    buffer = ctypes.create_string_buffer(64)
    local = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 64)
    remote = (ctypes.c_size_t * 2)(at["address"], 64)
    libc.process_vm_readv(at["host"], local, 1, remote, 1, 0)
    return buffer.raw.decode("latin-1")


def steal_a_descriptor_of_the_host(self, at):
    import ctypes

    libc = ctypes.CDLL(None)
    handle = libc.syscall(434, at["host"], 0)
    return libc.syscall(438, handle, 0, 0)


def leave_for_other_namespaces(self, at):
    import ctypes

    return ctypes.CDLL(None).unshare(0x10000000 | 0x20000)


def change_user(self, at):
    import os

    os.setuid(0)
    return open(at["file"]).read()


def load_a_program_into_the_kernel(self, at):
    import ctypes

    return ctypes.CDLL(None).syscall(321, 5, 0, 0)


def ask_the_kernel_by_ring(self, at):
    import ctypes

    return ctypes.CDLL(None).syscall(425, 8, ctypes.create_string_buffer(120))


def leave_a_thread_behind(self, at):
    import threading
    import time

    def later():
        while True:
            time.sleep(0.01)

    threading.Thread(target=later, daemon=True).start()


def use_a_process_pool(self, at):
    import concurrent.futures

    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        return pool.submit(int, "1").result()


def take_the_walls_down(self, at):
    import ctypes
    import resource

    libc = ctypes.CDLL(None)
    libc.prctl(4, 1, 0, 0, 0)
    libc.prctl(22, 0, 0, 0, 0)
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        try:
            resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (OSError, ValueError):
            pass
    return open(at["file"]).read()


def enter_the_other_numbering(self, at):
    import ctypes

    return ctypes.CDLL(None).syscall(0x40000000 | 2, at["file"].encode(), 0)


def run_machine_code(self, at):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    page = libc.mmap(None, 4096, 7, 0x22, -1, 0)
    if page == ctypes.c_void_p(-1).value:
        page = libc.mmap(None, 4096, 3, 0x22, -1, 0)
        libc.mprotect(ctypes.c_void_p(page), 4096, 7)
    ctypes.memmove(page, b"\xb8\x2a\x00\x00\x00\xc3", 6)
    return ctypes.CFUNCTYPE(ctypes.c_int)(page)()
