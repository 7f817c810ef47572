# ruff: noqa
"""Hostile tools: the network. The host listens on each address; nothing may arrive."""


def connect_by_tcp(self, at):
    import socket

    with socket.create_connection(("127.0.0.1", at["tcp"]), timeout=1) as link:
        link.sendall(b"hello")


def send_by_udp(self, at):
    import socket

    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("127.0.0.1", at["udp"]))


def connect_to_a_unix_socket(self, at):
    import socket

    link = socket.socket(socket.AF_UNIX)
    link.connect(at["unix"])
    link.sendall(b"hello")


def connect_to_an_abstract_socket(self, at):
    import socket

    link = socket.socket(socket.AF_UNIX)
    link.connect("\0" + at["abstract"])
    link.sendall(b"hello")


def ask_for_a_name(self, at):
    import socket

    return socket.getaddrinfo("example.com", 80)


def fetch_a_page(self, at):
    import urllib.request

    return urllib.request.urlopen(f"http://127.0.0.1:{at['tcp']}/").read().decode()


def reuse_the_session_socket_to_connect(self, at):
    import ctypes
    import struct

    libc = ctypes.CDLL(None)
    for number in range(16):
        libc.connect(number, struct.pack("<H", 2) + struct.pack(">H", at["tcp"]) + b"\x7f\0\0\1" + bytes(8), 16)
        libc.sendto(
            number, b"hello", 5, 0, struct.pack("<H", 2) + struct.pack(">H", at["udp"]) + b"\x7f\0\0\1" + bytes(8), 16
        )


def listen(self, at):
    import socket

    server = socket.create_server(("127.0.0.1", 0))
    return server.getsockname()


def raw_packets_and_netlink(self, at):
    import socket

    for family, kind in (
        (socket.AF_INET, socket.SOCK_RAW),
        (socket.AF_NETLINK, socket.SOCK_RAW),
        (socket.AF_PACKET, 3),
    ):
        try:
            return socket.socket(family, kind).fileno()
        except OSError:
            pass
    raise OSError("none")
