"""Which reader a description needs; each gives the same neutral operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from envfactory.envgen.formats import botocore, discovery, graphql, mcp, openapi, stubs
from envfactory.envgen.shapes import Operation, Shapes
from envfactory.envgen.source import Document, Kind

_READERS: dict[
    Kind, tuple[Callable[[Mapping[str, Any]], Shapes], Callable[[Mapping[str, Any], Shapes], list[Operation]]]
] = {
    "discovery": (discovery.shapes_of, discovery.operations_of),
    "openapi": (openapi.shapes_of, openapi.operations_of),
    "graphql": (graphql.shapes_of, graphql.operations_of),
    "botocore": (botocore.shapes_of, botocore.operations_of),
    "mcp": (mcp.shapes_of, mcp.operations_of),
    "python": (stubs.shapes_of, stubs.operations_of),
}


def read_operations(document: Document) -> tuple[list[Operation], Shapes]:
    """Every operation of a description, in its order, and the reader of its shapes."""
    shapes_of, operations_of = _READERS[document.kind]
    shapes = shapes_of(document.data)
    return operations_of(document.data, shapes), shapes
