"""What the tools share: the user's drive as a tree, places, ownership, and who writes comments."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from envfactory.environment.entropy import rfc3339
from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .tree import COMMENTER, FOLDER, OWNER, ROLES, WRITER, Tree
from .views import CommentView, FileView, PermissionView, shown

LONGEST = timedelta(days=365)
"""A permission may end this far ahead at most."""


class Drive(Environment):
    """One user's drive with its rules; the tools stand in `overrides.py`."""

    def user(self) -> Row:
        """The user whose drive it is."""
        return self.need("users", "user", me=True)

    def tree(self) -> Tree:
        """All files, with the permissions that have not ended."""
        given = self.db.rows(
            """
            SELECT * FROM permissions WHERE expirationTime IS NULL OR expirationTime > :now ORDER BY seq, fileId, id
            """,
            {"now": self.timestamp},
        )
        files = self.db.rows("SELECT * FROM files ORDER BY modifiedTime DESC, name, id")
        return Tree.of(files, given, self.user()["emailAddress"])

    # Files -----------------------------------------------------------------------------------------------------------

    def file(self, key: str) -> FileView:
        """A file as the user sees it."""
        tree = self.tree()
        return FileView.model_validate(shown(tree, tree.need(key)))

    def changed(self) -> Row:
        """What a change of its name or description leaves on a file."""
        user = self.user()
        by = {"displayName": user["displayName"], "emailAddress": user["emailAddress"]}
        return {"modifiedTime": self.timestamp, "lastModifyingUser": by}

    def add(self, file: Mapping[str, Any]) -> str:
        """Keep a new file of the user's; its id."""
        key = f"1{self.new_id(length=20)}"
        stamps = {"id": key, "createdTime": self.timestamp, "seq": self.db.next_number("files", "seq")}
        self.db.insert("files", {**file, **stamps, **self.changed()})
        user = self.user()
        self.allow(key, "user", user["emailAddress"], user["displayName"], {"role": OWNER, "expirationTime": None})
        return key

    def place(self, tree: Tree, parents: list[str] | None) -> Row | None:
        """The folder that a caller wants a new file to be in, if any; raises ToolError."""
        if parents is not None and len(parents) > 1:
            raise ToolError("parents: a file can be in one folder only", code="invalid_arguments")
        return tree.folder(parents[0]) if parents else None

    def moved(self, tree: Tree, file: Row, entering: str | None, leaving: str | None) -> Row:
        """The place of a file after a move; raises ToolError."""
        held = tree.parents(file)
        gone = [tree.need(key)["id"] for key in _keys(leaving)]
        for key in gone:
            if key not in held:
                raise ToolError(f"{file['name']!r} is not in the folder {key!r}", code="invalid_arguments")
        folders = [tree.folder(key) for key in _keys(entering)]
        for folder in folders:
            if file in tree.path(folder):
                raise ToolError(f"the folder {file['name']!r} cannot go into itself or into a folder within it")
        kept = {key: None for key in (*held, *(folder["id"] for folder in folders)) if key not in gone}
        elsewhere = not held and not tree.mine(file)  # in a folder of its owner that the user cannot see
        if len(kept) + elsewhere > 1:
            raise ToolError("a file can be in one folder only: name the one it is in under removeParents")
        home = [tree.root["id"]] if tree.mine(file) else []
        return {"parents": list(kept) or home}

    def erase(self, tree: Tree, doomed: Collection[str]) -> None:
        """Delete files for good; what others own in them goes to the top of their drives."""
        for row in tree.files.values():
            if row["id"] not in doomed and set(row["parents"]) & set(doomed):
                self.db.update("files", {"parents": []}, id=row["id"])
        for key in doomed:
            self.db.delete("files", id=key)

    # Permissions -----------------------------------------------------------------------------------------------------

    def allow(self, file: str, kind: str, whom: str | None, name: str | None, values: Row) -> str:
        """Write what somebody may do with a file, in place of what they might; the permission's id."""
        key = {"fileId": file, "id": permission_id(kind, whom)}
        if self.db.update("permissions", values, **key) == 0:
            address = {"user": {"emailAddress": whom}, "domain": {"domain": whom}}.get(kind, {})
            seq = self.db.next_number("permissions", "seq")
            self.db.insert("permissions", {**key, "type": kind, "displayName": name, **address, **values, "seq": seq})
        return key["id"]

    def permission(self, file: str, key: str) -> PermissionView:
        """One permission on a file, wherever it comes from."""
        tree = self.tree()
        found = next(grant for grant in tree.grants(tree.files[file]) if grant["id"] == key)
        return PermissionView.model_validate(found)

    def held(self, tree: Tree, file: Row, key: str) -> Row:
        """A permission that was given on the file itself; raises ToolError."""
        for grant in tree.grants(file):
            if grant["id"] == key:
                details = grant["permissionDetails"]
                if details[0]["inherited"]:
                    folder = tree.files[details[0]["inheritedFrom"]]["name"]
                    raise ToolError(f"this permission comes from the folder {folder!r}; change it there")
                return grant
        raise ToolError(f"{file['name']!r} has no permission {key!r}", code="not_found")

    def hand_over(self, tree: Tree, file: Row, address: str) -> str:
        """Make somebody the owner of a file and the user a writer; the new owner's permission; raises ToolError."""
        if not tree.mine(file):
            raise ToolError(f"only its owner may hand {file['name']!r} over", code="forbidden")
        if address == tree.user:
            raise ToolError(f"{file['name']!r} is yours already")
        if address.partition("@")[2] != tree.user.partition("@")[2]:
            raise ToolError("a file can only be handed over within its owner's domain")
        old = tree.owner(file)
        self.db.update("permissions", {"role": WRITER}, fileId=file["id"], id=old["id"])
        return self.allow(file["id"], "user", address, self.name_of(address), {"role": OWNER, "expirationTime": None})

    def name_of(self, address: str) -> str:
        """The name of whoever has an address; of strangers only what stands before the `@` is known."""
        row = self.db.get("users", emailAddress=address)
        return row["displayName"] if row is not None else address.partition("@")[0]

    def check_role(self, tree: Tree, file: Row, key: str, role: str) -> None:
        """Raise ToolError when a role is the owner's, or lower than what somebody has by a folder."""
        for grant in tree.grants(file):
            if grant["id"] != key:
                continue
            if grant["role"] == OWNER:
                raise ToolError("the owner's permission cannot be changed; hand the file over first", code="forbidden")
            for detail in grant["permissionDetails"]:
                if detail["inherited"] and ROLES.index(role) < ROLES.index(detail["role"]):
                    folder = tree.files[detail["inheritedFrom"]]["name"]
                    raise ToolError(f"the folder {folder!r} gives the role {detail['role']} already; change it there")

    def check_end(self, kind: str, end: str | None) -> None:
        """Raise ToolError unless a permission may end then."""
        if end is None:
            return
        if kind != "user":
            raise ToolError("expirationTime: only a user's permission can end", code="invalid_arguments")
        if not self.timestamp < end <= rfc3339(self.now + LONGEST):
            raise ToolError("expirationTime must be in the future, within a year", code="invalid_arguments")

    # Comments --------------------------------------------------------------------------------------------------------

    def author(self) -> Row:
        """The user as the author of a comment or reply."""
        return {"displayName": self.user()["displayName"], "me": True}

    def discussed(self, key: str) -> Row:
        """A file on which the user may comment; raises ToolError."""
        file = self.tree().need(key, COMMENTER)
        if file["mimeType"] == FOLDER:
            raise ToolError(f"{file['name']!r} is a folder, and folders have no comments")
        return file

    def comment(self, file: Row, key: str) -> Row:
        """A comment on a file that has not been deleted; raises ToolError."""
        row = self.need("comments", f"comment on {file['name']!r} with the id", fileId=file["id"], id=key)
        if row["deleted"]:
            raise ToolError("the comment has been deleted")
        return row

    def copy_comments(self, file: str, copy: str) -> None:
        """Give a copy the comments of a file that are not resolved, with their replies."""
        for comment in self.db.rows(
            "SELECT * FROM comments WHERE fileId = ? AND NOT resolved AND NOT deleted ORDER BY seq, id", (file,)
        ):
            fresh = {"id": self.new_id(length=11), "fileId": copy, "seq": self.db.next_number("comments", "seq")}
            self.db.insert("comments", comment | fresh)
            for reply in self.replies(comment["id"]):
                own = {"id": self.new_id(length=11), "seq": self.db.next_number("replies", "seq")}
                self.db.insert("replies", reply | own | {"fileId": copy, "commentId": fresh["id"]})

    def replies(self, comment: str) -> list[Row]:
        """The replies to a comment, the oldest first."""
        return self.db.rows("SELECT * FROM replies WHERE commentId = ? ORDER BY seq, id", (comment,))

    def thread(self, comment: Row) -> CommentView:
        """A comment with its replies."""
        return CommentView.model_validate(comment | {"replies": self.replies(comment["id"])})


def wrote(comment: Row) -> bool:
    """Whether a comment is the user's own."""
    return bool(json.loads(comment["author"])["me"])


def permission_id(kind: str, whom: str | None) -> str:
    """The id of whoever has a permission: it tells nothing, and is the same on every file."""
    if whom is None:
        return "anyoneWithLink"
    digits = str(int.from_bytes(sha256(f"{kind}:{whom}".encode()).digest()[:8])).zfill(20)
    return f"{digits}k" if kind == "domain" else digits


def _keys(given: str | None) -> list[str]:
    return [key.strip() for key in given.split(",")] if given else []
