"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from envfactory.environment.tool import DateTime

from .entities import (
    CommentId,
    CommentQuotedFileContent,
    FileId,
    PermissionId,
    PermissionRole,
    PermissionType,
    ReplyAction,
)

FileKey = Annotated[FileId, Field(description="The file or folder.")]
PermissionKey = Annotated[PermissionId, Field(description="Whose permission.")]
CommentKey = Annotated[CommentId, Field(description="The comment.")]

# Lists ---------------------------------------------------------------------------------------------------------------

Query = Annotated[
    str,
    Field(
        description=(
            "A search, such as `name contains 'plan' and trashed = false`. Terms: name (contains, =, !=), mimeType "
            "(contains, =, !=), modifiedTime and createdTime (<, <=, =, !=, >=, > a time), trashed, starred (=, !=), "
            "sharedWithMe, 'ID' in parents, 'ADDRESS' in owners; joined by and, or, not and parentheses. `name "
            "contains` finds beginnings of words. Texts stand in single quotes; a quote within has a backslash before "
            "it."
        )
    ),
]
OrderBy = Annotated[
    str,
    Field(
        description=(
            "By what to sort: name, createdTime, modifiedTime or sharedWithMeTime, with commas between them; ` desc` "
            "after one turns it round."
        )
    ),
]
FilesPage = Annotated[int, Field(ge=1, le=1000, description="How many files at most on one page.")]
PermissionsPage = Annotated[int, Field(ge=1, le=100, description="How many permissions at most on one page.")]
CommentsPage = Annotated[int, Field(ge=1, le=100, description="How many comments at most on one page.")]
PageToken = Annotated[str, Field(description="Where to go on: the token that the page before gave.")]

# Files ---------------------------------------------------------------------------------------------------------------

Made = Literal[
    "application/vnd.google-apps.folder",
    "application/vnd.google-apps.document",
    "application/vnd.google-apps.spreadsheet",
    "application/vnd.google-apps.presentation",
    "application/vnd.google-apps.form",
    "application/vnd.google-apps.drawing",
]
Kind = Annotated[Made, Field(description="What it is to be.")]
Name = Annotated[str, Field(description="The name; other things in the folder may have it too.")]
NewName = Annotated[str, Field(description="The new name.")]
CopyName = Annotated[str, Field(description="The name of the copy; without it `Copy of` and the name of the file.")]
Description = Annotated[str, Field(description="A short description.")]
NewDescription = Annotated[str, Field(description="The new description; an empty text removes it.")]
CopyDescription = Annotated[
    str,
    Field(description="The description of the copy; without it that of the file."),
]
Starred = Annotated[bool, Field(description="Whether the user stars it.")]
Trashed = Annotated[
    bool,
    Field(description=("True puts it into the trash, with all that is in it; false takes it out. Only its owner may.")),
]
Home = Annotated[
    list[str],
    Field(description="The folder it is to be in: a list of one id; without it, the top folder."),
]
CopyHome = Annotated[
    list[str],
    Field(description="The folder it is to be in: a list of one id; without it, where the file is."),
]
Entering = Annotated[FileId, Field(description="The folder it is to go to, by its id.")]
Leaving = Annotated[str, Field(description="The folder it is in now, by its id; given together with the new one.")]
Sharing = Annotated[bool, Field(description="Whether those who may write may also share it.")]
NewSharing = Annotated[
    bool,
    Field(description="Whether those who may write may also share it; only for the owner to say."),
]
Guarded = Annotated[
    bool,
    Field(description="Whether those who may only read or comment are kept from copying it."),
]
NewGuarded = Annotated[
    bool,
    Field(
        description="Whether those who may only read or comment are kept from copying it; only for the owner to say."
    ),
]
WithComments = Annotated[bool, Field(description="Whether its comments that are not resolved are copied with it.")]

# Permissions ---------------------------------------------------------------------------------------------------------

Grantee = Annotated[PermissionType, Field(description="With whom: one user, all of a domain, or anyone with the link.")]
Role = Annotated[
    PermissionRole,
    Field(description="What it allows; `owner` hands the file over and needs `transferOwnership`."),
]
Address = Annotated[
    str,
    Field(description="For a user: the e-mail address.", json_schema_extra={"format": "email"}),
]
Domain = Annotated[str, Field(description="For a domain: its name.")]
Discovery = Annotated[
    bool,
    Field(description="For a domain or anyone: whether the file is found without its link."),
]
End = Annotated[DateTime, Field(description="For a user: when the permission ends (RFC 3339); within a year.")]
NewEnd = Annotated[DateTime, Field(description="When the permission ends (RFC 3339); within a year.")]
Endless = Annotated[bool, Field(description="Whether the permission no longer ends.")]
Transfer = Annotated[bool, Field(description="Confirms that the user becomes the owner and the owner a writer.")]

# Comments ------------------------------------------------------------------------------------------------------------

WithDeleted = Annotated[bool, Field(description="Whether deleted comments are among them, without their text.")]
Since = Annotated[
    DateTime,
    Field(description="Only comments changed or answered at this time or later (RFC 3339)."),
]
Text = Annotated[str, Field(description="The text, plain.")]
NewText = Annotated[str, Field(description="The new text, plain.")]
ReplyText = Annotated[str, Field(description="The text, plain; needed unless there is an action.")]
Quoted = Annotated[CommentQuotedFileContent, Field(description="The part of the file that it is about.")]
Action = Annotated[ReplyAction, Field(description="What the reply does to the comment.")]
