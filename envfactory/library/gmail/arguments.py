"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .entities import (
    DraftId,
    LabelId,
    LabelLabelListVisibility,
    LabelMessageListVisibility,
    MessageId,
    ThreadId,
)

MessageKey = Annotated[MessageId, Field(description="The message.")]
ThreadKey = Annotated[ThreadId, Field(description="The thread.")]
DraftKey = Annotated[DraftId, Field(description="The draft.")]
LabelKey = Annotated[LabelId, Field(description="The label.")]

# Lists ---------------------------------------------------------------------------------------------------------------

Query = Annotated[
    str,
    Field(
        description=(
            'A search: words, "phrases", and from:, to:, cc:, subject:, filename:, label:, in:, '
            "is:unread/read/starred/important, has:attachment, before:/after:YYYY/MM/DD, newer_than:/older_than:Nd; a "
            "hyphen before a term excludes what it finds. All terms must hold. Words are whole words; after: includes "
            "its day, before: does not; `me` is the owner's address; label: takes a name with hyphens for spaces and "
            "slashes; in: takes inbox, sent, trash, spam or anywhere."
        )
    ),
]
WithLabels = Annotated[list[LabelId], Field(description="Only messages that have all of these labels, by their ids.")]
ThreadsWithLabels = Annotated[
    list[LabelId],
    Field(description="Only threads in which a message has all of these labels, by their ids."),
]
SpamTrash = Annotated[bool, Field(description="Whether those in spam and trash are among them.")]
Page = Annotated[int, Field(ge=1, le=500, description="How many at most on one page.")]
PageToken = Annotated[str, Field(description="Where to go on: the token that the page before gave.")]

# Labels --------------------------------------------------------------------------------------------------------------

Added = Annotated[list[LabelId], Field(max_length=100, description="Labels to put on, by their ids; 100 at most.")]
Removed = Annotated[list[LabelId], Field(max_length=100, description="Labels to take off, by their ids; 100 at most.")]
LabelName = Annotated[
    str,
    Field(max_length=225, description="The name, which no other label has; a slash nests it under another label."),
]
InLabelList = Annotated[
    LabelLabelListVisibility,
    Field(description="Whether the label list shows it: always, only while something in it is unread, or never."),
]
InMessageList = Annotated[
    LabelMessageListVisibility,
    Field(description="Whether the message list shows it on its messages."),
]

# What is written -----------------------------------------------------------------------------------------------------

To = Annotated[str, Field(description="The e-mail addresses it goes to, with commas between them.")]
Cc = Annotated[str, Field(description="The e-mail addresses that get a copy, with commas between them.")]
Subject = Annotated[
    str,
    Field(description="The subject; left out of a reply, it is that of the thread with `Re: ` before it."),
]
Body = Annotated[str, Field(description="The text, plain.")]
ReplyIn = Annotated[
    ThreadId,
    Field(description="The thread it replies in; without it, it begins a new one. Its subject must be the thread's."),
]
