"""Lyft rides: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class LyftRides(Overrides):
    """Rides by car in the cities that a small company travels to: estimates, requests, the rides of one passenger, and
    what was paid for them.
    """
