"""Traccar fleet: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class TraccarFleet(Overrides):
    """A fleet of tracked vehicles: devices in groups, where they were and what happened, zones, drivers, commands, and
    who may see what.
    """
