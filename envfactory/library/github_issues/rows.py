"""What the tools share: who may do what, and the rows that names and numbers mean.

Names of accounts, repositories, labels and people are compared without regard to capitals, as the service does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .entities import Issue, Label

ME = "priya-raman"
"""The login of the person whose account the tools act for."""
MOST_ASSIGNEES = 10
GREY = "ededed"
"""The color of a label for which none is given."""
ISSUES_THAT_FIT = """
SELECT * FROM issues
WHERE repo = :repo
  AND (:state = 'all' OR state = :state)
  AND CASE coalesce(:milestone, '')
        WHEN '' THEN TRUE
        WHEN '*' THEN milestone IS NOT NULL
        WHEN 'none' THEN milestone IS NULL
        ELSE milestone IS CAST(:milestone AS INTEGER) END
  AND CASE coalesce(:assignee, '')
        WHEN '' THEN TRUE
        WHEN '*' THEN assignee IS NOT NULL
        WHEN 'none' THEN assignee IS NULL
        ELSE EXISTS (SELECT 1 FROM json_each(assignees) WHERE value = :assignee COLLATE NOCASE) END
  AND (:creator IS NULL OR user = :creator COLLATE NOCASE)
  AND NOT EXISTS (
        SELECT 1 FROM json_each(:wanted) AS wanted WHERE NOT EXISTS (
            SELECT 1 FROM json_each(issues.labels) AS held WHERE held.value = wanted.value COLLATE NOCASE))
  AND (:since IS NULL OR updated_at >= :since)"""


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

    def numbered_milestone(self, home: Row, number: str) -> Row:
        """A milestone by a number that is written as text; raises ToolError."""
        if not re.fullmatch("[0-9]{1,9}", number):
            raise ToolError("the milestone is a number, '*' or 'none'", code="invalid_arguments")
        return self.milestone(home, int(number))

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

    def collaborators(self, home: Row, logins: Sequence[str]) -> list[str]:
        """The logins as their owners write them; raises ToolError for who is no collaborator."""
        collaborators = {login.lower(): login for login in json.loads(home["collaborators"])}
        for login in logins:
            if login.lower() not in collaborators:
                what = f"{login!r} is no collaborator of {home['name']} and cannot be assigned"
                raise ToolError(what, code="invalid_arguments")
        return [collaborators[login.lower()] for login in logins]

    def assigned(self, logins: Sequence[str]) -> Row:
        """What an issue holds when it is assigned to these people, each named once; raises ToolError for too many."""
        found = list(dict.fromkeys(logins))
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

    def take_off(self, label: Row) -> None:
        """Take a label off every issue of its repository."""
        for issue in self.db.find("issues", repo=label["repo"]):
            names: list[str] = json.loads(issue["labels"])
            if label["name"] in names:
                left = [held for held in names if held != label["name"]]
                self.db.update("issues", {"labels": left}, repo=issue["repo"], number=issue["number"])

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
