"""Get the bytes of a source — a file, an address, a file of an installed package — within limits, with manners."""

from __future__ import annotations

import gzip
import json
import os
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from envfactory.errors import SourceError

SIZE_CAP = 64 * 1024 * 1024
"""Bytes of a description at most; GitHub's, one of the largest, has 13 MB."""

USER_AGENT = "envfactory"
"""What we call ourselves; a site's robots.txt may speak of it by this name."""

REDIRECTS = 5
"""Redirects followed at most."""

SECONDS = 60.0
"""Time for one address at most, whatever it sends and how slowly."""

_GOOGLE = "google-api-python-client"
_ROBOTS_CAP = 512 * 1024  # RFC 9309, 2.5, asks for 500 KiB at least


@dataclass(frozen=True)
class Text:
    """The bytes of a source and where they came from."""

    content: bytes
    file: str
    url: str = ""
    package: str = ""
    version: str = ""
    licence: str = ""
    """What the package says of itself; it need not hold for a document in it that others wrote."""
    media_type: str = ""
    """What a server said it is: `text/html`."""


def obtain(reference: str, *, cap: int = SIZE_CAP) -> Text:
    """The bytes that `reference` names: a file, an http(s) URL, `pypi:PACKAGE/FILE` or `npm:PACKAGE/FILE`; a `.gz` is
    unpacked. Raises SourceError when there is nothing, when it is larger than `cap` bytes or a robots.txt forbids it.
    """
    if reference.startswith(("http://", "https://")):
        text = download(reference, cap=cap)
    elif reference.startswith("pypi:"):
        text = _from_pypi(reference.removeprefix("pypi:"), cap)
    elif reference.startswith("npm:"):
        text = _from_npm(reference.removeprefix("npm:"), cap)
    elif "://" in reference:
        raise SourceError(f"{reference.split('://')[0]}:// is not an address we read; name an http(s) URL or a file")
    else:
        path = Path(reference).expanduser()
        text = Text(read_bytes(path, cure="name a file, an http(s) URL, pypi:… or npm:…", cap=cap), path.name)
    return _unpacked(text, reference, cap) if text.file.endswith(".gz") else text


def decoded(text: Text, reference: str) -> str:
    """The bytes as text; raises SourceError when they are not UTF-8."""
    try:
        return text.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{reference} is not UTF-8 text; name a JSON or YAML description") from error


def read_bytes(path: Path, *, cure: str, cap: int = SIZE_CAP) -> bytes:
    """A file's bytes; raises SourceError with the cure when it cannot be read or is too large."""
    try:
        if path.stat().st_size > cap:
            raise SourceError(f"{path} is larger than {cap // 2**20} MB; cut it to the operations you need")
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}; {cure}") from error


def _unpacked(text: Text, reference: str, cap: int) -> Text:
    worker = zlib.decompressobj(wbits=31)  # gzip; bounded, for a small file may unpack to anything
    try:
        content = worker.decompress(text.content, cap + 1)
    except zlib.error as error:
        raise SourceError(f"{reference} is no gzip file: {error}; name the unpacked file") from error
    if len(content) > cap:
        raise SourceError(f"{reference} unpacks to more than {cap // 2**20} MB; cut it to what you need")
    if not worker.eof:
        raise SourceError(f"{reference} is a gzip file that is cut short; get it again")
    return replace(text, content=content, file=text.file.removesuffix(".gz"))


def packed(content: bytes) -> bytes:
    """The bytes as gzip, the same each time."""
    return gzip.compress(content, mtime=0)


# Addresses ---------------------------------------------------------------------------------------------------------


def download(url: str, *, cap: int = SIZE_CAP, seconds: float = SECONDS, robots: bool = True) -> Text:
    """What an http(s) address answers, at most `cap` bytes within `seconds`, after at most five redirects, each allowed
    by the robots.txt of its host (RFC 9309; not asked without `robots`). Raises SourceError."""
    import httpx  # a quarter of a second that reading a file does not need

    deadline = time.monotonic() + seconds
    asked: dict[str, RobotFileParser] = {}
    limits = httpx.Timeout(30, connect=10)
    try:
        with httpx.Client(timeout=limits, headers={"User-Agent": USER_AGENT}, follow_redirects=False) as client:
            for _ in range(REDIRECTS + 1):
                _allowed(client, url, asked if robots else None, deadline)
                status, where, content, kind = _answer(client, url, cap, deadline)
                if not where:
                    break
                url = urljoin(url, where)
            else:
                raise SourceError(f"{url} redirects more than {REDIRECTS} times; name the address it leads to")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise SourceError(f"cannot fetch {url}: {reason}; check the address or download the file by hand") from error
    if status >= 400:
        raise SourceError(f"{url} answered {status}; check the address or download the file by hand")
    return Text(content, url.split("?")[0].rsplit("/", 1)[-1], url=url, media_type=kind)


def _answer(client: Any, url: str, cap: int, deadline: float) -> tuple[int, str, bytes, str]:
    """The status, where a redirect leads, the content and its type."""
    content = bytearray()
    with client.stream("GET", url) as reply:
        kind = str(reply.headers.get("content-type") or "").split(";")[0].strip().lower()
        if reply.is_redirect:
            return reply.status_code, str(reply.headers.get("location") or ""), b"", kind
        for part in reply.iter_bytes():
            content += part
            if len(content) > cap:
                raise SourceError(f"{url} is larger than {cap / 2**20:.3g} MB; download and cut it first")
            if time.monotonic() > deadline:
                raise SourceError(f"{url} took too long to arrive; download the file by hand")
    return reply.status_code, "", bytes(content), kind


def _allowed(client: Any, url: str, asked: dict[str, RobotFileParser] | None, deadline: float) -> None:
    """Raise SourceError unless the address is http(s) and the host's robots.txt lets us fetch it."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise SourceError(f"{url} is no http(s) address; name one that begins with https://")
    if asked is None:
        return
    host = f"{parts.scheme}://{parts.netloc}"
    if host not in asked:
        asked[host] = _robots(client, host, deadline)
    if not asked[host].can_fetch(USER_AGENT, url):
        raise SourceError(f"{host}/robots.txt asks programs not to fetch {url}; read it yourself and save what you may")


def _robots(client: Any, host: str, deadline: float) -> RobotFileParser:
    """A host's robots.txt. As RFC 9309, 2.3.1 says: none (4xx) allows all, a failing server (5xx) nothing."""
    address = f"{host}/robots.txt"
    for _ in range(REDIRECTS + 1):
        status, where, content, _ = _answer(client, address, _ROBOTS_CAP, deadline)
        if not where:
            break
        address = urljoin(address, where)
        if urlsplit(address).scheme not in {"http", "https"}:
            status, content = 404, b""
            break
    else:
        status, content = 404, b""
    rules = RobotFileParser()
    closed = ["User-agent: *", "Disallow: /"] if status >= 500 else []
    rules.parse(content.decode("utf-8", "replace").splitlines() if status < 300 else closed)
    return rules


# Packages ----------------------------------------------------------------------------------------------------------


def _from_pypi(rest: str, cap: int) -> Text:
    package, _, inner = rest.partition("/")
    if not package or not inner:
        raise SourceError(f"pypi:{rest} names no file of a package; write pypi:{_GOOGLE}/tasks.v1")
    try:
        installed = metadata.distribution(package)
    except (metadata.PackageNotFoundError, ValueError) as error:
        cure = "pip install 'envfactory[google]'" if package == _GOOGLE else f"pip install {package}"
        raise SourceError(f"the package {package!r} is not installed; install it with: {cure}") from error
    root = Path(str(installed.locate_file("")))
    name = inner
    if package == _GOOGLE and "/" not in inner:
        name = f"googleapiclient/discovery_cache/documents/{inner.removesuffix('.json')}.json"
    elif package == "botocore" and "/" not in inner:
        name = _service(root, inner)
    path = _inside(root, name, f"pypi:{rest}")
    cure = f"look for another name in {path.parent}" if path.parent.is_dir() else f"look at the files of {package}"
    about = installed.metadata.json
    licence = str(about.get("license_expression") or about.get("license") or "").splitlines()
    return Text(read_bytes(path, cure=cure, cap=cap), name, package=f"pypi:{package}", version=installed.version,
                licence=licence[0] if licence else "")  # fmt: skip


def _service(root: Path, service: str) -> str:
    """The newest model of an AWS service in botocore's data; both plain and packed ones exist."""
    folder = _inside(root, f"botocore/data/{service}", f"pypi:botocore/{service}")
    found = sorted((p for p in folder.glob("*/service-2.json*") if p.suffix in {".json", ".gz"}), reverse=True)
    if not found:
        raise SourceError(f"botocore has no service {service!r}; look for another name in {folder.parent}")
    return found[0].relative_to(root.resolve()).as_posix()


def _from_npm(rest: str, cap: int) -> Text:
    parts = rest.split("/")
    count = 2 if rest.startswith("@") else 1
    package, name = "/".join(parts[:count]), "/".join(parts[count:])
    root = node_modules()
    folder = root / package
    if not folder.is_dir():
        raise SourceError(
            f"the package {package!r} is not in {root}; install it with: npm install {package}, or set "
            "ENVFACTORY_NODE_MODULES to the folder that holds it"
        )
    about = npm_manifest(folder)
    path = _inside(folder, name, f"npm:{rest}")
    content = read_bytes(path, cure=f"look at the files in {folder}", cap=cap)
    return Text(content, name, package=f"npm:{package}", version=str(about.get("version") or ""),
                licence=str(about.get("license") or ""))  # fmt: skip


def node_modules() -> Path:
    """Where npm's packages lie: ENVFACTORY_NODE_MODULES, else `node_modules` here."""
    return Path(os.environ.get("ENVFACTORY_NODE_MODULES") or "node_modules")


def npm_manifest(folder: Path) -> Mapping[str, Any]:
    """A package's package.json; empty when it has none that can be read, for it still has its files."""
    try:
        found = json.loads((folder / "package.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}


def _inside(folder: Path, name: str, reference: str) -> Path:
    path = (folder / name).resolve()
    if not name or not path.is_relative_to(folder.resolve()):
        raise SourceError(f"{reference} names no file inside the package; write PACKAGE/path/in/package.json")
    return path
