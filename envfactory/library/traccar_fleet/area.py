"""Shapes of geofences as well-known text, latitude before longitude as Traccar writes it."""

from __future__ import annotations

import re

from envfactory.errors import ToolError

_NUMBER = r"-?\d+(?:\.\d+)?"
_CIRCLE = re.compile(rf"\s*CIRCLE\s*\(\s*({_NUMBER})\s+({_NUMBER})\s*,\s*({_NUMBER})\s*\)\s*", re.IGNORECASE)
_POLYGON = re.compile(
    rf"\s*POLYGON\s*\(\s*\(\s*({_NUMBER}\s+{_NUMBER}(?:\s*,\s*{_NUMBER}\s+{_NUMBER})*)\s*\)\s*\)\s*", re.IGNORECASE
)
_CORNERS = 4
"""A polygon has three corners at least, and ends where it began."""


def area_of(text: str) -> str:
    """The same shape, always written in the same way; raises ToolError for what is no shape on the globe."""
    circle = _CIRCLE.fullmatch(text)
    if circle is not None:
        radius = float(circle[3])
        if radius <= 0:
            raise ToolError("area: the radius of a circle must be more than 0 metres", code="invalid_arguments")
        return f"CIRCLE ({_point(circle[1], circle[2])}, {radius:.10g})"
    polygon = _POLYGON.fullmatch(text)
    if polygon is None:
        raise ToolError(
            "area: write CIRCLE (LATITUDE LONGITUDE, METRES) or POLYGON ((LATITUDE LONGITUDE, ...))",
            code="invalid_arguments",
        )
    corners = [_point(*corner.split()) for corner in polygon[1].split(",")]
    if len(corners) < _CORNERS or corners[0] != corners[-1]:
        raise ToolError("area: a polygon has three corners or more, and ends with its first", code="invalid_arguments")
    return f"POLYGON (({', '.join(corners)}))"


def _point(latitude: str, longitude: str) -> str:
    """A place on the globe without needless digits; raises ToolError for one that is not on it."""
    if abs(float(latitude)) > 90 or abs(float(longitude)) > 180:
        raise ToolError(f"area: there is no place {latitude} {longitude}", code="invalid_arguments")
    return f"{float(latitude):.10g} {float(longitude):.10g}"
