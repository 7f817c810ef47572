"""Ids, rows and pages of Gmail: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from envfactory.environment.tool import FromJson, Key

ProfileEmailAddress = Annotated[str, Key("profile", "The address of the mailbox's owner.")]
LabelId = Annotated[str, Key("label", "The id of a label: of a system label its name, as `INBOX`.")]
ThreadId = Annotated[str, Key("thread", "The id of a thread.")]
MessageId = Annotated[str, Key("message", "The id of a message.")]
DraftId = Annotated[str, Key("draft", "The id of a draft; it stays when the draft is rewritten.")]
LabelType = Literal["system", "user"]
LabelLabelListVisibility = Literal["labelShow", "labelShowIfUnread", "labelHide"]
LabelMessageListVisibility = Literal["show", "hide"]


class Profile(BaseModel):
    """One mailbox."""

    emailAddress: ProfileEmailAddress = Field(json_schema_extra={"format": "email"})


class Label(BaseModel):
    """One label."""

    id: LabelId
    name: str = Field(description="The name of the label; a slash nests it under another.")
    type: LabelType = Field(description="Whether it is one of the service's own (system) or made by the user.")
    labelListVisibility: LabelLabelListVisibility | None = Field(
        default=None,
        description=(
            "Whether the label list shows it: always, only while something in it is unread, or never; not for system "
            "labels."
        ),
    )
    messageListVisibility: LabelMessageListVisibility | None = Field(
        default=None,
        description="Whether the message list shows it on its messages; not for system labels.",
    )


class Thread(BaseModel):
    """One conversation."""

    id: ThreadId
    subject: str = Field(description="The subject that its first message has.")


class Message(BaseModel):
    """One email."""

    id: MessageId
    threadId: ThreadId = Field(description="The thread it belongs to.")
    labelIds: Annotated[list[LabelId], FromJson] = Field(description="The ids of its labels, in alphabetical order.")
    from_: str = Field(
        alias="from",
        description="The e-mail address of the sender.",
        json_schema_extra={"format": "email"},
    )
    to: str = Field(description="The e-mail addresses it goes to, with commas between them.")
    cc: str | None = Field(default=None, description="The e-mail addresses that get a copy, with commas between them.")
    subject: str = Field(description="The subject; empty when it has none.")
    body: str = Field(description="The text.")
    internalDate: str = Field(
        description="When it was received or sent (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    attachments: Annotated[list[dict[str, Any]], FromJson] = Field(
        description="What is attached: the name, media type and size in bytes of each file.",
    )


class Draft(BaseModel):
    """One draft."""

    id: DraftId
    threadId: ThreadId | None = Field(
        default=None,
        description="The thread it will go into when it is sent; absent for a new one.",
    )
    to: str | None = Field(
        default=None,
        description="The e-mail addresses it is to go to, with commas between them; absent while nobody is named.",
    )
    cc: str | None = Field(
        default=None,
        description="The e-mail addresses that are to get a copy, with commas between them.",
    )
    subject: str = Field(description="The subject; empty when it has none.")
    body: str = Field(description="The text.")


class MessagePage(BaseModel):
    """A page of a list, each item one email."""

    messages: list[Message]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class ThreadPage(BaseModel):
    """A page of a list, each item one conversation."""

    threads: list[Thread]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class DraftPage(BaseModel):
    """A page of a list, each item one draft."""

    drafts: list[Draft]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class LabelPage(BaseModel):
    """A page of a list, each item one label."""

    labels: list[Label]
