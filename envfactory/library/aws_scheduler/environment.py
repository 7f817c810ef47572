"""Amazon EventBridge Scheduler: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class AwsScheduler(Overrides):
    """One account's schedules, which call functions, queues and topics at set times, in groups that carry tags."""
