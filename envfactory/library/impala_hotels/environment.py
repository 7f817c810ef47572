"""Impala hotel booking: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class ImpalaHotels(Overrides):
    """Hotels with room types, rate plans and a price for every night, and the hotel bookings of a small company."""
