"""Google Classroom: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class GoogleClassroom(Overrides):
    """Courses of an evening school: topics, course work and what students hand in, grades, announcements, and who is
    invited.
    """
