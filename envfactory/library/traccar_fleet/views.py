"""What lists show of a row, where it is not all that is kept."""

from __future__ import annotations

from pydantic import Field

from .entities import Group


class ShownGroup(Group):
    """A group. The group it is part of stands as a plain number: it is there to be read, not to find groups by."""

    groupId: int | None = Field(default=None, description="The group it is part of.")
