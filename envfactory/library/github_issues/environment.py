"""GitHub Issues: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class GithubIssues(Overrides):
    """Issues of a team's repositories: labels, milestones, assignees, comments and locked conversations, seen by the
    collaborator priya-raman.
    """
