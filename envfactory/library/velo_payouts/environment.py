"""Velo Payments: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class VeloPayouts(Overrides):
    """Payouts of a studio to its freelancers: payees from invitation to onboarding, payouts from submission over quote
    to instruction or withdrawal, their payments, and the source accounts that pay.
    """
