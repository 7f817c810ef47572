"""YouTube Data API v3: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class Youtube(Overrides):
    """One person's YouTube: videos to search, watch lists, ratings, subscriptions and comments, and a channel of her
    own with its videos and the comments below them.
    """
