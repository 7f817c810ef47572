"""Ids, rows and pages of Google Drive: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import FromJson, Key

FileId = Annotated[
    str,
    Key("file", "The id of a file or folder; `root` stands for the top folder of the user's drive."),
]
PermissionId = Annotated[str, Key("permission", "The id of whoever has the permission: the same on every file.")]
CommentId = Annotated[str, Key("comment", "The id of a comment.")]
ReplyId = Annotated[str, Key("reply", "The id of a reply.")]
UserEmailAddress = Annotated[str, Key("user", "The e-mail address of an account.")]
FileMimeType = Literal[
    "application/vnd.google-apps.folder",
    "application/vnd.google-apps.document",
    "application/vnd.google-apps.spreadsheet",
    "application/vnd.google-apps.presentation",
    "application/vnd.google-apps.form",
    "application/vnd.google-apps.drawing",
    "application/pdf",
    "image/jpeg",
    "image/png",
    "video/mp4",
    "application/zip",
    "text/plain",
    "text/csv",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "audio/mpeg",
]
PermissionType = Literal["user", "domain", "anyone"]
PermissionRole = Literal["reader", "commenter", "writer", "owner"]
ReplyAction = Literal["resolve", "reopen"]


class CommentQuotedFileContent(TypedDict, total=False):
    """Quoted file content of one comment, as a caller gives it."""

    mimeType: Annotated[str, Field(description="The kind of text, as a MIME type.")]
    value: Annotated[str, Field(description="The text itself.")]


class File(BaseModel):
    """One file."""

    id: FileId
    name: str = Field(description="The name; several things in one folder may have the same.")
    mimeType: FileMimeType = Field(
        description=(
            "The kind of file as a MIME type; folders and what Drive's editors make begin with "
            "`application/vnd.google-apps.`."
        ),
    )
    description: str | None = Field(default=None, description="A short description.")
    starred: bool = Field(description="Whether the user has starred it.")
    trashed: bool = Field(description="Whether it is in the trash, by itself or because a folder above it is.")
    parents: Annotated[list[str], FromJson] = Field(
        description="The id of the folder it is in; one at most, none when the user cannot see that folder.",
    )
    createdTime: str = Field(
        description="When it was created (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    modifiedTime: str = Field(
        description="When its name, description or content last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    lastModifyingUser: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description="Who last changed it: name and e-mail address.",
    )
    sharedWithMeTime: str | None = Field(
        default=None,
        description="When it was shared with the user, for what others own (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    size: str | None = Field(default=None, description="Its size in bytes; folders have none.")
    writersCanShare: bool = Field(description="Whether those who may write may also share it.")
    copyRequiresWriterPermission: bool = Field(
        description="Whether those who may only read or comment are kept from copying it.",
    )


class Permission(BaseModel):
    """One collaborator."""

    id: PermissionId
    type: PermissionType = Field(description="To whom it is given: one user, all of a domain, or anyone with the link.")
    role: PermissionRole = Field(
        description="What it allows: to read, to comment as well, to write as well, or everything (owner).",
    )
    emailAddress: str | None = Field(
        default=None,
        description="The e-mail address of the user.",
        json_schema_extra={"format": "email"},
    )
    displayName: str | None = Field(default=None, description="The name of the user or domain.")
    domain: str | None = Field(default=None, description="The domain.")
    allowFileDiscovery: bool | None = Field(
        default=None,
        description="For a domain or anyone: whether the file is found without its link.",
    )
    expirationTime: str | None = Field(
        default=None,
        description="When the permission ends (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class Comment(BaseModel):
    """One comment."""

    id: CommentId
    author: Annotated[dict[str, Any], FromJson] = Field(description="Who wrote it: a name, and whether it is the user.")
    content: str | None = Field(default=None, description="The text; a deleted comment has none.")
    quotedFileContent: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description="The part of the file that it is about.",
    )
    createdTime: str = Field(
        description="When it was written (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    modifiedTime: str = Field(
        description="When it or one of its replies last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    resolved: bool = Field(description="Whether a reply has resolved it.")
    deleted: bool = Field(description="Whether it has been deleted.")


class Reply(BaseModel):
    """One reply."""

    id: ReplyId
    author: Annotated[dict[str, Any], FromJson] = Field(description="Who wrote it: a name, and whether it is the user.")
    content: str | None = Field(default=None, description="The text.")
    action: ReplyAction | None = Field(default=None, description="What it did to the comment.")
    createdTime: str = Field(
        description="When it was written (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class User(BaseModel):
    """One user."""

    emailAddress: UserEmailAddress = Field(json_schema_extra={"format": "email"})
    displayName: str = Field(description="The name of its user.")
    me: bool = Field(description="Whether it is the user whose drive this is.")


class FilePage(BaseModel):
    """A page of a list, each item one file."""

    files: list[File]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class PermissionPage(BaseModel):
    """A page of a list, each item one collaborator."""

    permissions: list[Permission]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class CommentPage(BaseModel):
    """A page of a list, each item one comment."""

    comments: list[Comment]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")
