"""What the tools share: who may do what, and the rows that names and numbers mean.

Names of accounts, repositories, labels and people are compared without regard to capitals, as the service does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .entities import Issue, Label

ME = "priya-raman"
"""The login of the person whose account the tools act for."""
MOST_ASSIGNEES = 10


class Rows(Environment):
    """Rows by the names that callers use."""

    def repository(self, owner: str, repo: str) -> Row:
        """A repository of an account; raises ToolError."""
        account = self.db.row("SELECT * FROM owners WHERE login = ? COLLATE NOCASE", (owner,))
        if account is None:
            raise ToolError(f"there is no account {owner!r}", code="not_found")
        sql = "SELECT * FROM repos WHERE owner = ? AND name = ? COLLATE NOCASE"
        row = self.db.row(sql, (account["login"], repo))
        if row is None:
            raise ToolError(f"{account['login']} has no repository {repo!r}", code="not_found")
        return row

    def issue(self, home: Row, number: int) -> Row:
        """An issue of a repository; raises ToolError."""
        return self.need("issues", f"issue of {home['name']} with the number", repo=home["name"], number=number)

    def milestone(self, home: Row, number: int) -> Row:
        """A milestone of a repository; raises ToolError."""
        return self.need("milestones", f"milestone of {home['name']} with the number", repo=home["name"], number=number)

    def comment(self, home: Row, number: int) -> Row:
        """A comment on an issue of a repository; raises ToolError."""
        return self.need("issue_comments", f"comment in {home['name']} with the id", repo=home["name"], id=number)

    def label(self, home: Row, name: str) -> Row | None:
        """A label of a repository, if it has one of that name."""
        sql = "SELECT * FROM labels WHERE repo = ? AND name = ? COLLATE NOCASE"
        return self.db.row(sql, (home["name"], name))

    # Permissions -----------------------------------------------------------------------------------------------------

    def may_push(self, home: Row) -> bool:
        """Whether the caller is a collaborator of the repository."""
        return ME in json.loads(home["collaborators"])

    def check_push(self, home: Row) -> None:
        """Raise ToolError unless the caller may push to the repository."""
        if not self.may_push(home):
            raise ToolError(f"you may read {home['name']}, but only its collaborators can do this", code="forbidden")

    def check_own(self, home: Row, row: Row) -> None:
        """Raise ToolError unless the caller wrote the row or may push to the repository."""
        if row["user"] != ME:
            self.check_push(home)

    # Values ----------------------------------------------------------------------------------------------------------

    def labels(self, home: Row, names: Sequence[str]) -> list[str]:
        """The names as the repository writes them, each once; raises ToolError for one that it does not have."""
        found: list[str] = []
        for name in names:
            row = self.label(home, name)
            if row is None:
                raise ToolError(f"{home['name']} has no label {name!r}; create it first", code="invalid_arguments")
            found.append(row["name"])
        return list(dict.fromkeys(found))

    def assigned(self, home: Row, logins: Sequence[str]) -> Row:
        """What an issue holds when it is assigned to these people; raises ToolError for who is no collaborator."""
        collaborators = {login.lower(): login for login in json.loads(home["collaborators"])}
        for login in logins:
            if login.lower() not in collaborators:
                what = f"{login!r} is no collaborator of {home['name']} and cannot be assigned"
                raise ToolError(what, code="invalid_arguments")
        found = list(dict.fromkeys(collaborators[login.lower()] for login in logins))
        if len(found) > MOST_ASSIGNEES:
            raise ToolError(f"an issue has {MOST_ASSIGNEES} assignees at most, not {len(found)}", code="limit")
        return {"assignees": found, "assignee": found[0] if found else None}

    def count_issues(self, repo: str, *numbers: int | None) -> None:
        """Bring the counts of milestones up to date."""
        for number in numbers:
            if number is not None:
                self.db.rows(
                    """
                    UPDATE milestones SET
                        open_issues = (SELECT count(*) FROM issues WHERE repo = :repo AND milestone = :number
                            AND state = 'open'),
                        closed_issues = (SELECT count(*) FROM issues WHERE repo = :repo AND milestone = :number
                            AND state = 'closed')
                    WHERE repo = :repo AND number = :number
                    """,
                    {"repo": repo, "number": number},
                )

    def turned(self, state: str, reason: str | None) -> Row:
        """What closing or reopening writes into an issue; raises ToolError for a reason of the other."""
        if reason is not None and (reason == "reopened") != (state == "open"):
            raise ToolError(f"{reason!r} is no reason for being {state}", code="invalid_arguments")
        if state == "open":
            return {"state": "open", "state_reason": "reopened", "closed_at": None, "closed_by": None}
        return {
            "state": "closed",
            "state_reason": reason or "completed",
            "closed_at": self.timestamp,
            "closed_by": ME,
        }

    def change_issue(self, row: Row, changes: Row) -> Row:
        """Write changes into an issue, and when; an issue that is so already stays untouched. The issue afterwards."""
        if Issue.model_validate(row | changes) == Issue.model_validate(row):
            return row
        changes = changes | {"updated_at": self.timestamp}
        self.db.update("issues", changes, repo=row["repo"], number=row["number"])
        self.count_issues(row["repo"], row["milestone"], changes.get("milestone"))
        return row | changes

    def labels_shown(self, home: Row, names: Sequence[str]) -> list[Label]:
        """Labels of a repository by their names, in that order."""
        rows = {row["name"]: row for row in self.db.find("labels", repo=home["name"])}
        return [Label.model_validate(rows[name]) for name in names]

    def free_title(self, home: Row, title: str) -> str:
        """`title`; raises ToolError when it is blank, or a milestone of the repository has it."""
        if self.db.get("milestones", repo=home["name"], title=said(title, "title")) is not None:
            raise ToolError(f"{home['name']} already has a milestone {title!r}", code="conflict")
        return title


def said(text: str, what: str) -> str:
    """`text`; raises ToolError when it is blank."""
    if not text.strip():
        raise ToolError(f"the {what} must not be blank", code="invalid_arguments")
    return text
