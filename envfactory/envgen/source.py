"""Fetch an authentic API description and know what it is and where it came from."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from envfactory.envgen import mcp_client
from envfactory.envgen.formats import botocore, graphql, stubs, swagger
from envfactory.envgen.texts import Text, decoded, obtain
from envfactory.environment.spec import Source
from envfactory.errors import SourceError

Kind = Literal["discovery", "openapi", "graphql", "botocore", "mcp", "python"]
"""The formats there are readers for; Swagger 2 becomes OpenAPI 3 when it is fetched."""

_KNOWN = "Google Discovery, OpenAPI 3, Swagger 2, GraphQL, a botocore model, MCP tools or annotated Python"
_PAGES = (".md", ".markdown", ".html", ".htm", ".rst", ".txt")


@dataclass(frozen=True)
class Document:
    """A parsed description and its provenance."""

    source: Source
    kind: Kind
    data: Mapping[str, Any]


def fetch(reference: str) -> Document:
    """Read the description that `reference` names: a file or http(s) URL (JSON, YAML, GraphQL SDL, Python), a file of
    an installed package (`pypi:google-api-python-client/tasks.v1`, `pypi:botocore/scheduler`,
    `npm:PACKAGE/path/in/package.json`), or an MCP server: `mcp:COMMAND …` starts it, `mcp+http://…` asks one that runs.

    `mcp:` runs the command it names, so never pass one that you would not run yourself. Raises SourceError when there
    is no description, or none we can read; MissingExtra when reading it needs packages that are not installed.
    """
    if reference.startswith(("mcp:", "mcp+http://", "mcp+https://")):
        return _served(reference)
    text = obtain(reference)
    if text.file.endswith((".py", ".pyi")):
        return _document(stubs.parsed(decoded(text, reference), reference), text, "python", title=_stem(text.file))
    if text.file.endswith((".graphql", ".graphqls", ".gql")):
        return document(graphql.introspected(decoded(text, reference), reference), text, reference)
    if text.media_type == "text/html" or text.file.lower().endswith(_PAGES):
        raise SourceError(f"{reference} is a page to read, not a description; a model can: add --model")
    return document(_parse(text, reference), text, reference)


def document(data: Any, text: Text, reference: str) -> Document:
    """What a parsed text is; raises SourceError when it is no description we can read."""
    if not isinstance(data, dict):
        raise SourceError(f"{reference} is not an API description; name {_KNOWN}")
    found = cast("dict[str, Any]", data)
    if "discoveryVersion" in found or found.get("kind") == "discovery#restDescription":
        revision = found.get("revision")
        return _document(
            found,
            text,
            "discovery",
            title=str(found.get("title") or found.get("name") or reference),
            url=str(found.get("documentationLink") or ""),
            edition=f"{found.get('version', '')}{f' revision {revision}' if revision else ''}",
            # The package's own licence covers the documents in it; Google publishes the same ones openly.
            licence="Apache-2.0",
        )
    if str(found.get("openapi") or "").startswith("3."):
        return _openapi(found, text, reference)
    if str(found.get("swagger") or "") == "2.0":
        return _openapi(swagger.upgrade(found), text, reference)
    if "swagger" in found or "swaggerVersion" in found:
        edition = found.get("swagger") or found.get("swaggerVersion")
        raise SourceError(f"{reference} is Swagger {edition}, which is not supported; convert it to OpenAPI 3 first")
    if "__schema" in found or "__schema" in _mapping(found.get("data")):
        return _document(found, text, "graphql", title=_title(text), licence=text.licence)
    if "operations" in found and "shapes" in found and "metadata" in found:
        edition = str(_mapping(found["metadata"]).get("apiVersion") or "")
        licence = text.licence or "not stated"
        return _document(found, text, "botocore", title=botocore.title_of(found), edition=edition, licence=licence)
    listed = found if isinstance(found.get("tools"), list) else _mapping(found.get("result"))
    tools = [_mapping(tool) for tool in cast("list[Any]", listed.get("tools") or [])]
    if tools and all("name" in tool and "inputSchema" in tool for tool in tools):
        server = _mapping(listed.get("serverInfo"))
        title = str(server.get("title") or server.get("name") or _title(text))
        edition = str(server.get("version") or "")
        licence = str(listed.get("licence") or text.licence)
        return _document(listed, text, "mcp", title=title, edition=edition, licence=licence,
                         package=str(listed.get("package") or ""))  # fmt: skip
    raise SourceError(f"{reference} is none of {_KNOWN}; name one that has 'openapi: 3.x' or another of their marks")


def _openapi(found: Mapping[str, Any], text: Text, reference: str) -> Document:
    info = _mapping(found.get("info"))
    licence = _mapping(info.get("license"))
    return _document(
        found,
        text,
        "openapi",
        title=str(info.get("title") or reference),
        url=str(_mapping(found.get("externalDocs")).get("url") or ""),
        edition=str(info.get("version") or ""),
        licence=str(licence.get("identifier") or licence.get("name") or ""),
    )


def _document(
    data: Mapping[str, Any],
    text: Text,
    kind: Kind,
    *,
    title: str,
    url: str = "",
    edition: str = "",
    licence: str = "",
    package: str = "",
) -> Document:
    return Document(
        Source(
            kind=kind,
            title=title,
            url=text.url or url,
            package=text.package or package,
            version=f"{text.version} ({edition})" if text.version and edition else text.version or edition,
            file=text.file,
            sha256=hashlib.sha256(text.content).hexdigest(),
            licence=licence or "not stated",
        ),
        kind,
        data,
    )


def _served(reference: str) -> Document:
    """The tools of an MCP server, asked for now; `sha256` is that of what it answered."""
    listed = mcp_client.list_tools(reference)
    content = mcp_client.as_json(listed).encode()
    text = Text(content, "tools/list", url=mcp_client.address(reference))
    return document({**listed, "package": mcp_client.package(reference)}, text, reference)


def _title(text: Text) -> str:
    name = text.package.split(":", 1)[-1].lstrip("@").replace("/", " ")
    stem = _stem(text.file)
    return f"{name} {stem}".strip() if stem not in {"schema", "index", "tools"} else name or stem


def _stem(file: str) -> str:
    return file.rsplit("/", 1)[-1].split(".")[0]


def _parse(text: Text, reference: str) -> Any:
    readable = decoded(text, reference)
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


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
