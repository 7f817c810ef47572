"""What the tools share: who owns the mailbox, how labels go on and off, and how a message comes to be."""

from __future__ import annotations

import json
import re

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .search import DRAFT, SPAM, TRASH, UNREAD, Mailbox, fits, hidden_wanted, label_name, parse

INBOX, SENT = "INBOX", "SENT"
_ADDRESS = re.compile(r"[^@\s<>,]+@[^@\s<>,.]+(\.[^@\s<>,.]+)+")
_REPLY = re.compile(r"^(re:\s*)+", re.IGNORECASE)


class MailEnvironment(Environment):
    """A mailbox with its rules; the tools stand in `overrides.py`."""

    @property
    def owner(self) -> str:
        """The address of the mailbox's owner."""
        return str(self.db.value("SELECT emailAddress FROM profiles ORDER BY emailAddress"))

    # Searching -------------------------------------------------------------------------------------------------------

    def found(self, q: str | None, labels: list[str], *, everywhere: bool) -> list[Row]:
        """The messages that fit, the newest first; raises ToolError."""
        for label in labels:
            self.need("labels", "label", id=label)
        if DRAFT in labels:
            raise ToolError("drafts are no messages here; list them with drafts_list", code="invalid_arguments")
        terms = parse(q or "")
        everywhere = everywhere or hidden_wanted(terms) or bool({TRASH, SPAM} & set(labels))
        names = {label_name(row["name"]): row["id"] for row in self.db.find("labels")}
        mailbox = Mailbox(self.owner, names, self.now)
        return [
            row
            for row in self.db.rows("SELECT * FROM messages ORDER BY internalDate DESC, seq DESC, id")
            if set(labels) <= (held := labels_of(row))
            and (everywhere or not held & {TRASH, SPAM})
            and fits(row, terms, mailbox)
        ]

    # Labels ----------------------------------------------------------------------------------------------------------

    def relabel(self, messages: list[Row], added: list[str], removed: list[str]) -> None:
        """Put labels on messages and take others off; raises ToolError when the service would not."""
        if not added and not removed:
            raise ToolError("name at least one label to add or to remove", code="invalid_arguments")
        for label in (*added, *removed):
            self.need("labels", "label", id=label)
            if label in (SENT, DRAFT):
                raise ToolError(f"the label {label} is put on by the service alone: nobody can add or remove it")
            if label in added and label in removed:
                raise ToolError(f"the label {label} cannot be both added and removed", code="invalid_arguments")
        # Whatever goes to the trash or to spam leaves the inbox.
        gone = {*removed, INBOX} if {TRASH, SPAM} & set(added) else {*removed}
        for row in messages:
            self.set_labels(row, (labels_of(row) | {*added}) - gone)

    def set_labels(self, row: Row, labels: set[str]) -> None:
        """Write a message's labels, in alphabetical order so that equal labels make equal rows."""
        row["labelIds"] = json.dumps(sorted(labels), separators=(",", ":"))
        self.db.update("messages", {"labelIds": row["labelIds"]}, id=row["id"])

    def own_label(self, label: str) -> Row:
        """A label that the user made; raises ToolError for one of the system's."""
        row = self.need("labels", "label", id=label)
        if row["type"] == "system":
            raise ToolError(f"{row['name']} is a system label, which cannot be changed or deleted")
        return row

    def free_name(self, name: str, *, besides: str = "") -> str:
        """A label's name without spaces around it; raises ToolError when it is empty or another label's."""
        name = name.strip()
        if not name:
            raise ToolError("a label needs a name", code="invalid_arguments")
        for row in self.db.find("labels"):
            if row["id"] != besides and row["name"].casefold() == name.casefold():
                raise ToolError(f"there is a label {row['name']!r} already", code="conflict")
        return name

    # Writing ---------------------------------------------------------------------------------------------------------

    def letter(self, to: str | None, cc: str | None, subject: str | None, body: str | None, thread: str | None) -> Row:
        """What a message or draft says, as it is kept; raises ToolError."""
        return {
            "threadId": thread,
            "to": addresses(to, "to"),
            "cc": addresses(cc, "cc"),
            "subject": self._subject(subject, thread),
            "body": body or "",
        }

    def _subject(self, given: str | None, thread: str | None) -> str:
        """The subject: of a reply it is the thread's; raises ToolError when another was given."""
        if thread is None:
            return given or ""
        held = _REPLY.sub("", self.need("threads", "thread", id=thread)["subject"])
        if given and _REPLY.sub("", given).casefold() != held.casefold():
            raise ToolError(f"a reply in this thread has the subject {held!r}, not {given!r}", code="invalid_arguments")
        return f"Re: {held}"

    def deliver(self, letter: Row) -> Row:
        """Send a letter: the row of the message that it becomes; raises ToolError when it goes to nobody."""
        if letter["to"] is None:
            raise ToolError("a message needs at least one recipient in to")
        message = self.new_id(length=16)
        thread = letter["threadId"]
        if thread is None:
            thread = message  # the first message gives its thread the id
            self.db.insert(
                "threads",
                {"id": thread, "subject": letter["subject"], "seq": self.db.next_number("threads", "seq")},
            )
        recipients = f"{letter['to']}, {letter['cc'] or ''}".casefold().split(", ")
        to_myself = {INBOX, UNREAD} if self.owner.casefold() in recipients else set[str]()
        row: Row = letter | {
            "id": message,
            "threadId": thread,
            "labelIds": json.dumps(sorted({SENT, *to_myself}), separators=(",", ":")),
            "from": self.owner,
            "internalDate": self.timestamp,
            "attachments": "[]",
            "seq": self.db.next_number("messages", "seq"),
        }
        self.db.insert("messages", row)
        return row


def labels_of(message: Row) -> set[str]:
    """The ids of a message's labels."""
    return set(json.loads(message["labelIds"]))


def addresses(given: str | None, header: str) -> str | None:
    """E-mail addresses as they are kept, with `, ` between them; None for none. Raises ToolError for what is none."""
    if not given:
        return None
    found = [address.strip() for address in given.split(",")]
    for address in found:
        if not _ADDRESS.fullmatch(address):
            raise ToolError(f"{header}: {address!r} is no e-mail address", code="invalid_arguments")
    return ", ".join(found)
