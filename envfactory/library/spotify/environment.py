"""Spotify Web API: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class Spotify(Overrides):
    """One listener's music: a catalogue to search, saved tracks and albums, playlists in an order of their own, and the
    player on several devices.
    """
