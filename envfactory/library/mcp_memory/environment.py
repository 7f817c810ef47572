"""Knowledge graph memory: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class McpMemory(Overrides):
    """What an assistant remembers between conversations: entities with observations, and relations between them."""
