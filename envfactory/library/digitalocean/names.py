"""What names and addresses may look like here, and what a DNS record of each type needs."""

from __future__ import annotations

import ipaddress
import re

from envfactory.environment.store import Row
from envfactory.errors import ToolError

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})+")
_RECORD = re.compile(
    r"@|\*|(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*"
)
_TAG = re.compile(r"[A-Za-z0-9:_-]{1,255}")
_VOLUME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_LONGEST = 253
"""Characters of a host name at most (RFC 1035)."""

NEEDED = {"MX": ("priority",), "SRV": ("priority", "port", "weight"), "CAA": ("flags", "tag")}
"""What a record of a type needs beyond its name and data; other types take none of it."""
EXTRAS = ("priority", "port", "weight", "flags", "tag")
_LEADS_TO_HOST = ("CNAME", "MX", "NS", "SRV")


def check_droplet(name: str) -> None:
    """Refuse what is no host name."""
    if len(name) > _LONGEST or not _HOST.fullmatch(name):
        raise _wrong(f"{name!r} is no valid host name: use letters, digits, dots and dashes")


def check_domain(name: str) -> None:
    """Refuse what is no domain name with at least two parts."""
    if len(name) > _LONGEST or not _DOMAIN.fullmatch(name):
        raise _wrong(f"{name!r} is no valid domain name")


def check_tag(name: str) -> None:
    """Refuse what cannot be a tag."""
    if not _TAG.fullmatch(name):
        raise _wrong(f"{name!r} is no valid tag: use letters, digits, colons, dashes and underscores")


def check_volume(name: str) -> None:
    """Refuse what cannot be the name of a volume."""
    if not _VOLUME.fullmatch(name):
        raise _wrong(f"{name!r} is no valid volume name: use lower-case letters, digits and dashes, a letter first")


def check_ipv4(data: str) -> None:
    """Refuse what is no IPv4 address."""
    try:
        ipaddress.IPv4Address(data)
    except ValueError as error:
        raise _wrong(f"{data!r} is no IPv4 address") from error


def check_record(row: Row) -> None:
    """Refuse a DNS record whose name, data or extras are not what its type needs."""
    kind, data = row["type"], row["data"]
    if not _RECORD.fullmatch(row["name"]):
        raise _wrong(f"{row['name']!r} cannot be the name of a record; use @ for the domain itself")
    if kind == "A":
        check_ipv4(data)
    elif kind == "AAAA":
        _check_ipv6(data)
    elif kind in _LEADS_TO_HOST:
        if data != "@" and not (data.endswith(".") and _HOST.fullmatch(data[:-1])):
            raise _wrong(f"the data of {kind} is a host name that ends with a dot, or @")
    elif not data:
        raise _wrong(f"the data of {kind} cannot be empty")
    needed = NEEDED.get(kind, ())
    for extra in EXTRAS:
        if extra in needed and row.get(extra) is None:
            raise _wrong(f"{kind} needs a {extra}")
        if extra not in needed and row.get(extra) is not None:
            raise _wrong(f"{kind} takes no {extra}")


def public_address(droplet: int) -> str:
    """The public address of a droplet, from the block that no real host has (RFC 2544)."""
    return f"198.18.{droplet // 254 % 254}.{droplet % 254 + 1}"


def private_address(droplet: int, region: int) -> str:
    """The address of a droplet inside its region, whose place in the list is `region`."""
    return f"10.{100 + region}.{droplet // 254 % 254}.{droplet % 254 + 1}"


def _check_ipv6(data: str) -> None:
    try:
        ipaddress.IPv6Address(data)
    except ValueError as error:
        raise _wrong(f"{data!r} is no IPv6 address") from error


def _wrong(text: str) -> ToolError:
    return ToolError(text, code="invalid_arguments")
