"""The drive as one user sees it: what lies in what, who may do what with it, and what is in the trash."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from envfactory.environment.store import Row
from envfactory.errors import ToolError

FOLDER = "application/vnd.google-apps.folder"
ROOT = "root"
"""What callers may write for the id of the top folder of the user's drive."""
READER, COMMENTER, WRITER, OWNER = ROLES = ("reader", "commenter", "writer", "owner")
"""What one may do with a file, each with all that those before it allow."""


@dataclass(frozen=True)
class Tree:
    """All files and the permissions that hold now."""

    files: Mapping[str, Row]
    """By id."""
    given: Mapping[str, list[Row]]
    """Permissions, by the id of the file they were given on."""
    user: str
    """The user's e-mail address."""

    @staticmethod
    def of(files: Iterable[Row], permissions: Iterable[Row], user: str) -> Tree:
        """The tree that rows make."""
        found = {row["id"]: row | {"parents": json.loads(row["parents"])} for row in files}
        given: dict[str, list[Row]] = {key: [] for key in found}
        for permission in permissions:
            given[permission["fileId"]].append(permission)
        return Tree(found, given, user)

    @property
    def root(self) -> Row:
        """The top folder of the user's drive."""
        return next(row for row in self.files.values() if row["isRoot"])

    # Places ----------------------------------------------------------------------------------------------------------

    def path(self, file: Row) -> list[Row]:
        """A file and the folders above it, the nearest first."""
        found = [file]
        while (above := self.files.get(next(iter(found[-1]["parents"]), ""))) is not None and above not in found:
            found.append(above)
        return found

    def below(self, folder: Row) -> list[Row]:
        """All that lies in a folder, at any depth."""
        return [row for row in self.files.values() if folder in self.path(row)[1:]]

    def parents(self, file: Row) -> list[str]:
        """The folder a file is in, as far as the user can see it."""
        return [key for key in file["parents"] if key in self.files and self.role(self.files[key]) is not None]

    def trashed(self, file: Row) -> bool:
        """Whether a file or a folder above it has been put into the trash."""
        return any(row["trashed"] for row in self.path(file))

    # Rights ----------------------------------------------------------------------------------------------------------

    def owner(self, file: Row) -> Row:
        """The permission of a file's owner."""
        return next(permission for permission in self.given[file["id"]] if permission["role"] == OWNER)

    def mine(self, file: Row) -> bool:
        """Whether the user owns a file."""
        return self.owner(file)["emailAddress"] == self.user

    def grants(self, file: Row) -> list[Row]:
        """Who may do what with a file: each with the highest role of those given on it and on the folders above it.

        Whoever owns a folder may write what others put into it.
        """
        found: dict[str, Row] = {}
        for row in self.path(file):
            inherited = row is not file
            for permission in self.given[row["id"]] if not (inherited and row["isRoot"]) else ():
                role = WRITER if inherited and permission["role"] == OWNER else permission["role"]
                detail = {"permissionType": "file", "role": role, "inherited": inherited}
                if inherited:
                    detail["inheritedFrom"] = row["id"]
                held = found.setdefault(permission["id"], permission | {"role": role, "permissionDetails": []})
                held["role"] = max(held["role"], role, key=ROLES.index)
                held["permissionDetails"].append(detail)
        return list(found.values())

    def role(self, file: Row, *, listed: bool = False) -> str | None:
        """What the user may do with a file, if anything; `listed`: without what needs the link to it."""
        domain = self.user.partition("@")[2]
        roles = [
            grant["role"]
            for grant in self.grants(file)
            if grant["emailAddress"] == self.user
            or (
                (grant["type"] == "anyone" or grant["domain"] == domain) and (grant["allowFileDiscovery"] or not listed)
            )
        ]
        return max(roles, key=ROLES.index, default=None)

    # Demands ---------------------------------------------------------------------------------------------------------

    def need(self, key: str, least: str = READER) -> Row:
        """A file with which the user may do at least this; raises ToolError."""
        row = self.root if key == ROOT else self.files.get(key)
        role = self.role(row) if row is not None else None
        if row is None or role is None:
            raise ToolError(f"there is no file {key!r}", code="not_found")
        if ROLES.index(role) < ROLES.index(least):
            raise ToolError(f"this needs the role {least} on {row['name']!r}; yours is {role}", code="forbidden")
        return row

    def change(self, key: str, least: str) -> Row:
        """A file, other than the top folder, with which the user may do at least this; raises ToolError."""
        row = self.need(key, least)
        if row["isRoot"]:
            raise ToolError("the top folder of the drive cannot be changed, shared or deleted", code="forbidden")
        return row

    def share(self, key: str) -> Row:
        """A file whose permissions the user may see and change; raises ToolError."""
        row = self.change(key, WRITER)
        if not row["writersCanShare"] and not self.mine(row):
            raise ToolError(f"only its owner may share {row['name']!r}", code="forbidden")
        return row

    def folder(self, key: str) -> Row:
        """A folder into which the user may put things; raises ToolError."""
        row = self.need(key, WRITER)
        if row["mimeType"] != FOLDER:
            raise ToolError(f"{row['name']!r} is no folder")
        if self.trashed(row):
            raise ToolError(f"the folder {row['name']!r} is in the trash: nothing can be put there")
        return row
