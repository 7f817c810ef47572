"""What no default can know of Gmail: its search language, threads, system labels, the trash, and what sending does."""

from __future__ import annotations

from envfactory.environment.store import Row
from envfactory.environment.tool import tool

from .arguments import (
    Added,
    Body,
    Cc,
    DraftKey,
    InLabelList,
    InMessageList,
    LabelKey,
    LabelName,
    MessageKey,
    Page,
    PageToken,
    Query,
    Removed,
    ReplyIn,
    SpamTrash,
    Subject,
    ThreadKey,
    ThreadsWithLabels,
    To,
    WithLabels,
)
from .entities import Label
from .mailbox import MailEnvironment, labels_of
from .search import TRASH
from .views import (
    AllLabels,
    DraftInFull,
    DraftsInFull,
    Labelled,
    MessageInFull,
    MessageLines,
    ThreadInFull,
    ThreadLabelled,
    ThreadLines,
    line,
    snippet,
)


class Overrides(MailEnvironment):
    """Tools written by hand."""

    # Messages --------------------------------------------------------------------------------------------------------

    @tool()
    def messages_list(
        self,
        q: Query | None = None,
        labelIds: WithLabels | None = None,
        includeSpamTrash: SpamTrash = False,
        maxResults: Page = 100,
        pageToken: PageToken | None = None,
    ) -> MessageLines:
        """Search the mailbox: messages, the newest first, without their text. Those in spam and trash are left out
        unless asked for."""
        rows = self.found(q, labelIds or [], everywhere=includeSpamTrash)
        rows, following = self.page(rows, maxResults, pageToken)
        return MessageLines.model_validate({"messages": [line(row) for row in rows], "nextPageToken": following})

    @tool()
    def messages_get(self, id: MessageKey) -> MessageInFull:
        """Get one message with its text."""
        return MessageInFull.model_validate(self.need("messages", "message", id=id))

    @tool(writes=True)
    def messages_send(
        self,
        to: To,
        body: Body,
        cc: Cc | None = None,
        subject: Subject | None = None,
        threadId: ReplyIn | None = None,
    ) -> Labelled:
        """Send a message, either as a new thread or as a reply in one."""
        return Labelled.model_validate(self.deliver(self.letter(to, cc, subject, body, threadId)))

    @tool(writes=True)
    def messages_modify(
        self,
        id: MessageKey,
        addLabelIds: Added | None = None,
        removeLabelIds: Removed | None = None,
    ) -> Labelled:
        """Put labels on a message, or take them off: without UNREAD it is read, without INBOX it is archived."""
        row = self.need("messages", "message", id=id)
        self.relabel([row], addLabelIds or [], removeLabelIds or [])
        return Labelled.model_validate(row)

    @tool(writes=True)
    def messages_trash(self, id: MessageKey) -> Labelled:
        """Move a message to the trash."""
        row = self.need("messages", "message", id=id)
        self.relabel([row], [TRASH], [])
        return Labelled.model_validate(row)

    @tool(writes=True)
    def messages_untrash(self, id: MessageKey) -> Labelled:
        """Take a message out of the trash; it does not come back into the inbox by itself."""
        row = self.need("messages", "message", id=id)
        self.relabel([row], [], [TRASH])
        return Labelled.model_validate(row)

    @tool(writes=True)
    def messages_delete(self, id: MessageKey) -> None:
        """Delete a message at once and for ever; to be able to take it back, trash it instead."""
        row = self.need("messages", "message", id=id)
        self.db.delete("messages", id=id)
        if self.db.get("messages", threadId=row["threadId"]) is None:
            self.db.delete("threads", id=row["threadId"])

    # Threads ---------------------------------------------------------------------------------------------------------

    @tool()
    def threads_list(
        self,
        q: Query | None = None,
        labelIds: ThreadsWithLabels | None = None,
        includeSpamTrash: SpamTrash = False,
        maxResults: Page = 100,
        pageToken: PageToken | None = None,
    ) -> ThreadLines:
        """Search for threads in which a message fits, the one with the newest such message first. Messages in spam and
        trash do not count unless asked for."""
        found = self.found(q, labelIds or [], everywhere=includeSpamTrash)
        threads = list(dict.fromkeys(row["threadId"] for row in found))
        rows, following = self.page([{"id": thread} for thread in threads], maxResults, pageToken)
        lines = [self._thread(row["id"]) | {"snippet": snippet(self._messages(row["id"])[-1]["body"])} for row in rows]
        return ThreadLines.model_validate({"threads": lines, "nextPageToken": following})

    @tool()
    def threads_get(self, id: ThreadKey) -> ThreadInFull:
        """Get a thread with all its messages, the oldest first."""
        return ThreadInFull.model_validate(self._thread(id) | {"messages": self._messages(id)})

    @tool(writes=True)
    def threads_modify(
        self,
        id: ThreadKey,
        addLabelIds: Added | None = None,
        removeLabelIds: Removed | None = None,
    ) -> ThreadLabelled:
        """Put labels on all messages that a thread has now, or take them off."""
        return self._relabelled(id, addLabelIds or [], removeLabelIds or [])

    @tool(writes=True)
    def threads_trash(self, id: ThreadKey) -> ThreadLabelled:
        """Move all messages of a thread to the trash."""
        return self._relabelled(id, [TRASH], [])

    # Drafts ----------------------------------------------------------------------------------------------------------

    @tool()
    def drafts_list(self, maxResults: Page = 100, pageToken: PageToken | None = None) -> DraftsInFull:
        """List the drafts in full, the newest first."""
        rows = self.db.rows("SELECT * FROM drafts ORDER BY seq DESC, id")
        rows, following = self.page(rows, maxResults, pageToken)
        return DraftsInFull.model_validate({"drafts": rows, "nextPageToken": following})

    @tool(writes=True)
    def drafts_create(
        self,
        to: To | None = None,
        cc: Cc | None = None,
        subject: Subject | None = None,
        body: Body | None = None,
        threadId: ReplyIn | None = None,
    ) -> DraftInFull:
        """Write a draft: a message to be sent later, with whatever is known of it."""
        row: Row = self.letter(to, cc, subject, body, threadId) | {
            "id": f"r-{self.new_id(length=16)}",
            "seq": self.db.next_number("drafts", "seq"),
        }
        self.db.insert("drafts", row)
        return DraftInFull.model_validate(row)

    @tool(writes=True)
    def drafts_update(
        self,
        id: DraftKey,
        to: To | None = None,
        cc: Cc | None = None,
        subject: Subject | None = None,
        body: Body | None = None,
    ) -> DraftInFull:
        """Replace what a draft says, all of it: whom and what is not given is emptied. It stays in its thread."""
        row = self.need("drafts", "draft", id=id)
        changes = self.letter(to, cc, subject, body, row["threadId"])
        self.db.update("drafts", changes, id=id)
        return DraftInFull.model_validate(row | changes)

    @tool(writes=True)
    def drafts_send(self, id: DraftKey) -> Labelled:
        """Send a draft as it is: it becomes a sent message, and the draft is gone. It needs somebody in `to`."""
        row = self.need("drafts", "draft", id=id)
        self.db.delete("drafts", id=id)
        return Labelled.model_validate(self.deliver(row))

    @tool(writes=True)
    def drafts_delete(self, id: DraftKey) -> None:
        """Delete a draft for ever, not to the trash."""
        self.need("drafts", "draft", id=id)
        self.db.delete("drafts", id=id)

    # Labels ----------------------------------------------------------------------------------------------------------

    @tool()
    def labels_list(self) -> AllLabels:
        """List all labels: those of the system, then the user's by name."""
        return AllLabels.model_validate({"labels": self.db.rows("SELECT * FROM labels ORDER BY type, lower(name), id")})

    @tool(writes=True)
    def labels_create(
        self,
        name: LabelName,
        labelListVisibility: InLabelList = "labelShow",
        messageListVisibility: InMessageList = "show",
    ) -> Label:
        """Create a label of the user's own."""
        row: Row = {
            "id": f"Label_{self.new_id(length=12)}",
            "name": self.free_name(name),
            "type": "user",
            "labelListVisibility": labelListVisibility,
            "messageListVisibility": messageListVisibility,
            "seq": self.db.next_number("labels", "seq"),
        }
        self.db.insert("labels", row)
        return Label.model_validate(row)

    @tool(writes=True)
    def labels_patch(
        self,
        id: LabelKey,
        name: LabelName | None = None,
        labelListVisibility: InLabelList | None = None,
        messageListVisibility: InMessageList | None = None,
    ) -> Label:
        """Rename a label of the user's own, or change where it is shown."""
        row = self.own_label(id)
        changes = self.given(
            {
                "name": None if name is None else self.free_name(name, besides=id),
                "labelListVisibility": labelListVisibility,
                "messageListVisibility": messageListVisibility,
            }
        )
        self.db.update("labels", changes, id=id)
        return Label.model_validate(row | changes)

    @tool(writes=True)
    def labels_delete(self, id: LabelKey) -> None:
        """Delete a label of the user's own and take it off all messages; the messages stay."""
        self.own_label(id)
        for row in self.db.find("messages"):
            labels = labels_of(row)
            if id in labels:
                self.set_labels(row, labels - {id})
        self.db.delete("labels", id=id)

    # What threads share ----------------------------------------------------------------------------------------------

    def _thread(self, thread: str) -> Row:
        """A thread; raises ToolError."""
        return self.need("threads", "thread", id=thread)

    def _messages(self, thread: str) -> list[Row]:
        """The messages of a thread, the oldest first."""
        return self.db.rows("SELECT * FROM messages WHERE threadId = ? ORDER BY internalDate, seq, id", [thread])

    def _relabelled(self, thread: str, added: list[str], removed: list[str]) -> ThreadLabelled:
        """A thread after labels were put on its messages, or taken off."""
        row, messages = self._thread(thread), self._messages(thread)
        self.relabel(messages, added, removed)
        return ThreadLabelled.model_validate(row | {"messages": messages})
