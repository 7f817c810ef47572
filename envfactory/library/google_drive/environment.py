"""Google Drive: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class GoogleDrive(Overrides):
    """One user's drive: folders and files without their contents, a trash, sharing that folders pass on to what is in
    them, and comments.
    """
