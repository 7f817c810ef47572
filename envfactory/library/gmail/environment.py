"""Gmail: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class Gmail(Overrides):
    """One person's mailbox: messages in threads, labels, drafts, and the trash."""
