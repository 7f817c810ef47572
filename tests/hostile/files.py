# ruff: noqa
"""Hostile tools: files. `at` says where things are: folder, file (with a secret), host (a process id), ports."""

# Each function becomes the body of a tool in a confined environment; what it imports, it imports when it runs.


def read_a_secret_file(self, at):
    return open(at["file"]).read()


def read_with_the_bare_system_call(self, at):
    import ctypes

    libc = ctypes.CDLL(None)
    descriptor = libc.open(at["file"].encode(), 0)
    buffer = ctypes.create_string_buffer(4096)
    libc.read(descriptor, buffer, 4096)
    return buffer.value.decode()


def read_by_every_other_way(self, at):
    import linecache
    import os
    import pathlib

    said = []
    for way in (
        lambda: pathlib.Path(at["file"]).read_text(),
        lambda: "".join(linecache.getlines(at["file"])),
        lambda: os.read(os.open(at["file"], os.O_RDONLY), 999).decode(),
        lambda: (
            __import__("importlib.util")
            .util.spec_from_file_location("x", at["file"])
            .loader.get_data(at["file"])
            .decode()
        ),
        lambda: __import__("_io").FileIO(at["file"]).read().decode(),
        lambda: str(__import__("zipimport").zipimporter(at["file"])),
    ):
        try:
            said.append(way())
        except BaseException as error:
            said.append(type(error).__name__)
    return said


def write_a_file(self, at):
    open(at["folder"] + "/written", "w").write("x")


def append_to_a_file(self, at):
    with open(at["file"], "a") as file:
        file.write("more")


def truncate_a_file(self, at):
    import os

    os.truncate(at["file"], 0)


def delete_and_rename(self, at):
    import os

    for way in (
        lambda: os.unlink(at["file"]),
        lambda: os.rename(at["file"], at["file"] + "2"),
        lambda: os.rmdir(at["folder"]),
    ):
        try:
            way()
        except OSError:
            pass


def make_folders_links_and_pipes(self, at):
    import os

    for way in (
        lambda: os.mkdir(at["folder"] + "/d"),
        lambda: os.symlink("/etc/passwd", at["folder"] + "/l"),
        lambda: os.link(at["file"], at["folder"] + "/h"),
        lambda: os.mkfifo(at["folder"] + "/p"),
        lambda: os.mknod(at["folder"] + "/n"),
    ):
        try:
            way()
        except OSError:
            pass


def change_mode_owner_and_times(self, at):
    import os

    for way in (
        lambda: os.chmod(at["file"], 0o777),
        lambda: os.chown(at["file"], 1, 1),
        lambda: os.utime(at["file"], (1, 1)),
        lambda: os.setxattr(at["file"], "user.x", b"1"),
    ):
        try:
            way()
        except OSError:
            pass


def list_a_folder(self, at):
    import os

    return os.listdir(at["folder"])


def stat_a_file(self, at):
    import os

    return os.stat(at["file"]).st_size


def walk_with_glob_and_scandir(self, at):
    import glob
    import os

    return [glob.glob(at["folder"] + "/*"), [entry.name for entry in os.scandir(at["folder"])]]


def map_memory_of_the_host(self, at):
    with open(f"/proc/{at['host']}/mem", "rb") as memory, open(f"/proc/{at['host']}/maps") as maps:
        first = int(maps.readline().split("-")[0], 16)
        memory.seek(first)
        return memory.read(64).hex()


def read_the_hosts_environment_and_arguments(self, at):
    return [open(f"/proc/{at['host']}/{name}").read() for name in ("environ", "cmdline")]


def write_its_own_memory_through_proc(self, at):
    with open("/proc/self/mem", "r+b") as memory:
        memory.seek(id(None))
        memory.write(b"\0" * 8)


def reopen_the_descriptors_of_the_host(self, at):
    return [open(f"/proc/{at['host']}/fd/{number}").read(100) for number in range(3, 30)]


def escape_through_a_descriptor(self, at):
    import os

    for number in range(3, 1024):
        try:
            os.fchdir(number)
            return open("passwd").read()
        except OSError:
            pass
    return None


def change_the_root_and_the_folder(self, at):
    import os

    for way in (lambda: os.chdir(at["folder"]), lambda: os.chroot(at["folder"])):
        try:
            way()
        except OSError:
            pass
    return open("secret").read()


def use_a_temporary_file(self, at):
    import tempfile

    with tempfile.NamedTemporaryFile(dir=at["folder"], delete=False) as file:
        file.write(b"x")


def import_code_from_a_folder(self, at):
    import sys

    sys.path.insert(0, at["folder"])
    import evil

    return evil.SECRET


def hide_in_memory_files(self, at):
    import os

    return os.memfd_create("x")
