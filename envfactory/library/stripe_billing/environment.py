"""Stripe Billing: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class StripeBilling(Overrides):
    """Billing of a small company: customers, prices, invoices with their items from draft to paid or void, and
    subscriptions.
    """
