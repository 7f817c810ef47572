"""What answers show of rows: lines of lists, a thread with its messages, and what a change leaves behind.

Only the id of the thing itself is marked as one: a message's thread is looked up among threads, where it has a name.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from envfactory.environment.store import Row
from envfactory.environment.tool import FromJson

from .entities import DraftId, Label, MessageId, ThreadId

SNIPPET = 100
"""How many characters of a text a snippet shows."""


class Labelled(BaseModel):
    """What a message is and which labels it has."""

    id: str = Field(description="The id of the message.")
    threadId: str = Field(description="The id of the thread it belongs to.")
    labelIds: Annotated[list[str], FromJson] = Field(description="The ids of its labels, in alphabetical order.")


class MessageHead(Labelled):
    """What stands above a message's text."""

    id: MessageId
    from_: str = Field(
        alias="from",
        description="The e-mail address of the sender.",
        json_schema_extra={"format": "email"},
    )
    to: str = Field(description="The e-mail addresses it goes to, with commas between them.")
    cc: str | None = Field(default=None, description="The e-mail addresses that get a copy, with commas between them.")
    subject: str = Field(description="The subject; empty when it has none.")
    internalDate: str = Field(
        description="When it was received or sent (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    attachments: Annotated[list[dict[str, Any]], FromJson] = Field(
        description="What is attached: the name, media type and size in bytes of each file.",
    )


class MessageLine(MessageHead):
    """A message as lists show it: with a snippet instead of its text."""

    snippet: str = Field(description="How the text begins.")


class MessageInFull(MessageHead):
    """A message with its text."""

    body: str = Field(description="The text.")


class MessageLines(BaseModel):
    """A page of messages."""

    messages: list[MessageLine]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class ThreadLine(BaseModel):
    """A thread as lists show it."""

    id: ThreadId
    subject: str = Field(description="The subject that its first message has.")
    snippet: str = Field(description="How the text of its newest message begins.")


class ThreadLines(BaseModel):
    """A page of threads."""

    threads: list[ThreadLine]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class ThreadInFull(BaseModel):
    """A thread with its messages, the oldest first."""

    id: ThreadId
    subject: str = Field(description="The subject that its first message has.")
    messages: list[MessageInFull]


class ThreadLabelled(BaseModel):
    """A thread and the labels that its messages have."""

    id: str = Field(description="The id of the thread.")
    messages: list[Labelled]


class DraftInFull(BaseModel):
    """A draft."""

    id: DraftId
    threadId: str | None = Field(
        default=None,
        description="The id of the thread it will go into when it is sent; absent for a new one.",
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


class DraftsInFull(BaseModel):
    """A page of drafts."""

    drafts: list[DraftInFull]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class AllLabels(BaseModel):
    """Every label of the mailbox."""

    labels: list[Label]


def snippet(text: str) -> str:
    """How a text begins, on one line."""
    return " ".join(text.split())[:SNIPPET]


def line(row: Row) -> Row:
    """A message's row as lists show it."""
    return row | {"snippet": snippet(row["body"])}
