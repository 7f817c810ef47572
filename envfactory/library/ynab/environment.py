"""YNAB: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class Ynab(Overrides):
    """Budgets of a household and a small company: accounts, categories month by month, payees, transactions and
    transfers, scheduled ones. Amounts are in milliunits.
    """
