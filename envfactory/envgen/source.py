"""Fetch an authentic API description and know what it is and where it came from."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, cast

from envfactory.environment.spec import Source
from envfactory.errors import SourceError

SIZE_CAP = 64 * 1024 * 1024
"""Bytes of a description at most; GitHub's, one of the largest, has 13 MB."""

_GOOGLE = "google-api-python-client"


@dataclass(frozen=True)
class Document:
    """A parsed description and its provenance."""

    source: Source
    kind: Literal["discovery", "openapi"]
    data: Mapping[str, Any]


@dataclass(frozen=True)
class _Text:
    content: bytes
    file: str
    url: str = ""
    package: str = ""
    version: str = ""


def fetch(reference: str) -> Document:
    """Read the description that `reference` names: a JSON or YAML file, an http(s) URL, or a file of an installed
    package (`pypi:google-api-python-client/tasks.v1`, `npm:PACKAGE/path/in/package.json`).

    Raises SourceError when there is none, or when it is neither Google Discovery nor OpenAPI 3.
    """
    if reference.startswith(("http://", "https://")):
        text = _download(reference)
    elif reference.startswith("pypi:"):
        text = _from_pypi(reference.removeprefix("pypi:"))
    elif reference.startswith("npm:"):
        text = _from_npm(reference.removeprefix("npm:"))
    else:
        path = Path(reference).expanduser()
        text = _Text(_read(path, cure="name a file, an http(s) URL, pypi:… or npm:…"), path.name)
    return document(_parse(text, reference), text, reference)


def document(data: Any, text: _Text, reference: str) -> Document:
    """What a parsed text is; raises SourceError when it is no description we can read."""
    if not isinstance(data, dict):
        raise SourceError(f"{reference} is not an API description; name a Google Discovery or OpenAPI 3 document")
    found = cast("dict[str, Any]", data)
    digest = hashlib.sha256(text.content).hexdigest()
    if "discoveryVersion" in found or found.get("kind") == "discovery#restDescription":
        revision = found.get("revision")
        edition = f"{found.get('version', '')}{f' revision {revision}' if revision else ''}"
        return Document(
            Source(
                kind="discovery",
                title=str(found.get("title") or found.get("name") or reference),
                url=text.url or str(found.get("documentationLink") or ""),
                package=text.package,
                version=f"{text.version} ({edition})" if text.version else edition,
                file=text.file,
                sha256=digest,
                # The package's own licence covers the documents in it; Google publishes the same ones openly.
                licence="Apache-2.0",
            ),
            "discovery",
            found,
        )
    version = str(found.get("openapi") or "")
    if version.startswith("3."):
        info = _mapping(found.get("info"))
        licence = _mapping(info.get("license"))
        docs = _mapping(found.get("externalDocs"))
        edition = str(info.get("version") or "")
        return Document(
            Source(
                kind="openapi",
                title=str(info.get("title") or reference),
                url=text.url or str(docs.get("url") or ""),
                package=text.package,
                version=f"{text.version} ({edition})" if text.version and edition else text.version or edition,
                file=text.file,
                sha256=digest,
                licence=str(licence.get("identifier") or licence.get("name") or "not stated"),
            ),
            "openapi",
            found,
        )
    if "swagger" in found:
        raise SourceError(
            f"{reference} is Swagger {found['swagger']}, which is not supported yet; convert it to OpenAPI 3 first"
        )
    raise SourceError(
        f"{reference} is neither a Google Discovery document nor OpenAPI 3; name one that has 'discoveryVersion' or "
        "'openapi: 3.x'"
    )


def _parse(text: _Text, reference: str) -> Any:
    if len(text.content) > SIZE_CAP:
        raise SourceError(f"{reference} is larger than {SIZE_CAP // 2**20} MB; cut it to the operations you need")
    try:
        readable = text.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{reference} is not UTF-8 text; name a JSON or YAML description") from error
    try:
        return json.loads(readable)
    except (ValueError, RecursionError) as error:
        if readable.lstrip()[:1] in {"{", "["} or not text.file.endswith((".yaml", ".yml")):
            raise SourceError(f"{reference} is not valid JSON: {error}; name a JSON or YAML description") from error
    return _parse_yaml(readable, reference)


def _parse_yaml(readable: str, reference: str) -> Any:
    if importlib.util.find_spec("yaml") is None:
        raise SourceError(f"{reference} is YAML, which needs PyYAML; install it with: pip install pyyaml")
    yaml: Any = importlib.import_module("yaml")
    try:
        return yaml.load(readable, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        first = str(error).splitlines()[0]
        raise SourceError(f"{reference} is not valid YAML: {first}; mend it or name another file") from error


def _read(path: Path, *, cure: str) -> bytes:
    try:
        if path.stat().st_size > SIZE_CAP:
            raise SourceError(f"{path} is larger than {SIZE_CAP // 2**20} MB; cut it to the operations you need")
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}; {cure}") from error


def _download(url: str) -> _Text:
    import httpx  # a quarter of a second that reading a file does not need

    content = bytearray()
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=httpx.Timeout(30, connect=10)) as reply:
            if reply.status_code >= 400:
                raise SourceError(f"{url} answered {reply.status_code}; check the address or download the file by hand")
            for part in reply.iter_bytes():
                content += part
                if len(content) > SIZE_CAP:
                    raise SourceError(f"{url} is larger than {SIZE_CAP // 2**20} MB; download and cut it first")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise SourceError(f"cannot fetch {url}: {reason}; check the address or download the file by hand") from error
    return _Text(bytes(content), url.split("?")[0].rsplit("/", 1)[-1], url=url)


def _from_pypi(rest: str) -> _Text:
    package, _, inner = rest.partition("/")
    if not package or not inner:
        raise SourceError(f"pypi:{rest} names no file of a package; write pypi:{_GOOGLE}/tasks.v1")
    try:
        installed = metadata.distribution(package)
    except (metadata.PackageNotFoundError, ValueError) as error:
        cure = "pip install 'envfactory[google]'" if package == _GOOGLE else f"pip install {package}"
        raise SourceError(f"the package {package!r} is not installed; install it with: {cure}") from error
    name = inner
    if package == _GOOGLE and "/" not in inner:
        name = f"googleapiclient/discovery_cache/documents/{inner.removesuffix('.json')}.json"
    path = _inside(Path(str(installed.locate_file(""))), name, f"pypi:{rest}")
    cure = f"look for another name in {path.parent}" if path.parent.is_dir() else f"look at the files of {package}"
    return _Text(_read(path, cure=cure), name, package=f"pypi:{package}", version=installed.version)


def _from_npm(rest: str) -> _Text:
    parts = rest.split("/")
    count = 2 if rest.startswith("@") else 1
    package, name = "/".join(parts[:count]), "/".join(parts[count:])
    root = Path(os.environ.get("ENVFACTORY_NODE_MODULES") or "node_modules")
    folder = root / package
    if not folder.is_dir():
        raise SourceError(
            f"the package {package!r} is not in {root}; install it with: npm install {package}, or set "
            "ENVFACTORY_NODE_MODULES to the folder that holds it"
        )
    version = ""
    try:
        version = str(_mapping(json.loads((folder / "package.json").read_bytes())).get("version") or "")
    except (OSError, ValueError):
        version = ""  # a package without a readable manifest still has the file
    path = _inside(folder, name, f"npm:{rest}")
    content = _read(path, cure=f"look at the files in {folder}")
    return _Text(content, name, package=f"npm:{package}", version=version)


def _inside(folder: Path, name: str, reference: str) -> Path:
    path = (folder / name).resolve()
    if not name or not path.is_relative_to(folder.resolve()):
        raise SourceError(f"{reference} names no file inside the package; write PACKAGE/path/in/package.json")
    return path


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
