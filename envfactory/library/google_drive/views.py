"""What answers show of rows: files with what follows from their place and sharing, comments with their replies."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.store import Row

from .entities import Comment, File, FileId, Permission, Reply
from .tree import Tree


class Person(TypedDict):
    """Somebody, by name and address."""

    displayName: str
    emailAddress: str


class FileLine(BaseModel):
    """A file as lists show it."""

    id: FileId
    name: str = Field(description="The name.")
    mimeType: str = Field(description="The kind of file as a MIME type.")
    starred: bool = Field(description="Whether the user has starred it.")
    trashed: bool = Field(description="Whether it is in the trash, by itself or because a folder above it is.")
    parents: list[str] | None = Field(
        default=None, description="The id of the folder it is in, if the user can see it."
    )
    ownedByMe: bool = Field(description="Whether the user owns it.")
    modifiedTime: str = Field(
        description="When its name, description or content last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class FileList(BaseModel):
    """A page of a list of files."""

    files: list[FileLine]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class FileView(File):
    """A file with all that is known of it."""

    explicitlyTrashed: bool = Field(description="Whether it is in the trash by itself.")
    owners: list[Person] = Field(description="Who owns it: one person.")
    ownedByMe: bool = Field(description="Whether the user owns it.")
    shared: bool = Field(description="Whether anybody besides its owner may see it.")


class PermissionView(Permission):
    """A permission with where it comes from."""

    permissionDetails: list[dict[str, Any]] = Field(
        description="The roles given on the file itself and, as inherited, on folders above it.",
    )


class PermissionList(BaseModel):
    """A page of a list of permissions."""

    permissions: list[PermissionView]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class CommentView(Comment):
    """A comment with its replies."""

    replies: list[Reply] = Field(description="Its replies, the oldest first.")


class CommentList(BaseModel):
    """A page of a list of comments."""

    comments: list[CommentView]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


def shown(tree: Tree, file: Row) -> Row:
    """A file as the user sees it, with what searches look at."""
    owner, mine, parents = tree.owner(file), tree.mine(file), tree.parents(file)
    direct = [permission for permission in tree.given[file["id"]] if permission["emailAddress"] == tree.user]
    return file | {
        "parents": parents,
        "parents found": [*parents, *(["root"] if tree.root["id"] in parents else [])],
        "trashed": tree.trashed(file),
        "explicitlyTrashed": file["trashed"],
        "starred": bool(file["starred"]),
        "owners": [{"displayName": owner["displayName"], "emailAddress": owner["emailAddress"]}],
        "owners found": [owner["emailAddress"]],
        "ownedByMe": mine,
        "sharedWithMe": bool(direct) and not mine,
        "shared": len(tree.grants(file)) > 1,
    }
