"""DrChrono practice: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class Drchrono(Overrides):
    """The front desk of a small clinic: its doctors and rooms, its patients with their medications, allergies and
    problems, and the appointments of each day.
    """
