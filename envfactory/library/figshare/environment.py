"""Figshare: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class Figshare(Overrides):
    """A researcher's private side of a repository: articles on their way to publication, their authors, DOIs and
    embargoes, collections, and projects with colleagues.
    """
