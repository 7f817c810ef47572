"""What no default can know of GitHub's issues: who may do what, closing and reopening, and names without capitals."""

from __future__ import annotations

import json
import re

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from . import arguments as take
from .entities import (
    Issue,
    IssueComment,
    IssueCommentId,
    IssueNumber,
    Label,
    LabelName,
    Milestone,
    MilestoneNumber,
    MilestoneState,
    OwnerLogin,
    RepoName,
)
from .rows import GREY, ISSUES_THAT_FIT, ME, Rows, said


class Overrides(Rows):
    """Tools written by hand."""

    # Issues ----------------------------------------------------------------------------------------------------------

    @tool()
    def issues_list_for_repo(
        self,
        owner: OwnerLogin,
        repo: RepoName,
        milestone: take.MilestoneFilter | None = None,
        state: take.States = "open",
        assignee: take.Assignee | None = None,
        creator: take.Creator | None = None,
        labels: take.LabelFilter | None = None,
        sort: take.IssueOrder = "created",
        direction: take.Direction = "desc",
        since: take.Since | None = None,
        per_page: take.PerPage = 30,
        page: take.Page = 1,
    ) -> list[Issue]:
        """List the issues of a repository, the newest first; only open ones unless asked otherwise."""
        home = self.repository(owner, repo)
        if milestone not in (None, "*", "none"):
            self.numbered_milestone(home, milestone)
        order = {"created": "created_at", "updated": "updated_at", "comments": "comments"}[sort]
        way = {"asc": "ASC", "desc": "DESC"}[direction]
        rows = self.db.rows(
            f"{ISSUES_THAT_FIT} ORDER BY {order} {way}, number {way}",
            {
                "repo": home["name"],
                "state": state,
                "milestone": milestone,
                "assignee": assignee,
                "creator": creator,
                "wanted": [name.strip() for name in (labels or "").split(",") if name.strip()],
                "since": since,
            },
        )
        return [Issue.model_validate(row) for row in rows[(page - 1) * per_page : page * per_page]]

    @tool()
    def issues_get(self, owner: OwnerLogin, repo: RepoName, issue_number: IssueNumber) -> Issue:
        """Get one issue of a repository."""
        return Issue.model_validate(self.issue(self.repository(owner, repo), issue_number))

    @tool(writes=True)
    def issues_create(
        self,
        owner: OwnerLogin,
        repo: RepoName,
        title: take.Title,
        body: take.Body | None = None,
        labels: take.Labels | None = None,
        assignees: take.Assignees | None = None,
        milestone: MilestoneNumber | None = None,
    ) -> Issue:
        """Open an issue. Labels, assignees and a milestone are kept only where you may push; elsewhere they are
        dropped."""
        home = self.repository(owner, repo)
        if milestone is not None:
            self.milestone(home, milestone)
        if not self.may_push(home):
            labels = assignees = milestone = None
        row: Row = {
            "owner": home["owner"],
            "repo": home["name"],
            "number": self.db.next_number("issues", "number", repo=home["name"]),
            "title": said(title, "title"),
            "body": body or None,
            "state": "open",
            "user": ME,
            "labels": self.labels(home, labels or []),
            **self.assigned(self.collaborators(home, assignees or [])),
            "milestone": milestone,
            "locked": False,
            "comments": 0,
            "created_at": self.timestamp,
            "updated_at": self.timestamp,
        }
        self.db.insert("issues", row)
        self.count_issues(home["name"], milestone)
        return Issue.model_validate(row)

    @tool(writes=True)
    def issues_update(
        self,
        owner: OwnerLogin,
        repo: RepoName,
        issue_number: IssueNumber,
        title: take.Title | None = None,
        body: take.Body | None = None,
        state: take.NewState | None = None,
        state_reason: take.Reason | None = None,
        labels: take.NewLabels | None = None,
        assignees: take.NewAssignees | None = None,
        milestone: MilestoneNumber | None = None,
    ) -> Issue:
        """Change what is given of an issue: close it, reopen it, rename it, or replace its labels or assignees. Only
        its author and people who may push can do so."""
        home = self.repository(owner, repo)
        row = self.issue(home, issue_number)
        self.check_own(home, row)
        changes = self.given({"title": None if title is None else said(title, "title")})
        if milestone is not None:
            self.milestone(home, milestone)
        if body is not None:
            changes["body"] = body or None
        if state is not None and state != row["state"]:
            changes |= self.turned(state, state_reason)
        if self.may_push(home):
            if labels is not None:
                changes["labels"] = self.labels(home, labels)
            if assignees is not None:
                changes |= self.assigned(self.collaborators(home, assignees))
            if milestone is not None:
                changes["milestone"] = milestone
        return Issue.model_validate(self.change_issue(row, changes))

    @tool(writes=True)
    def issues_lock(
        self,
        owner: OwnerLogin,
        repo: RepoName,
        issue_number: IssueNumber,
        lock_reason: take.LockReason | None = None,
    ) -> None:
        """Lock the conversation on an issue: only people who may push can comment from then on."""
        home = self.repository(owner, repo)
        row = self.issue(home, issue_number)
        self.check_push(home)
        changes: Row = {"locked": True, "active_lock_reason": lock_reason or row["active_lock_reason"]}
        self.change_issue(row, changes)

    @tool(writes=True)
    def issues_unlock(self, owner: OwnerLogin, repo: RepoName, issue_number: IssueNumber) -> None:
        """Unlock the conversation on an issue."""
        home = self.repository(owner, repo)
        row = self.issue(home, issue_number)
        self.check_push(home)
        self.change_issue(row, {"locked": False, "active_lock_reason": None})

    @tool(writes=True)
    def issues_add_assignees(
        self, owner: OwnerLogin, repo: RepoName, issue_number: IssueNumber, assignees: take.Assignees
    ) -> Issue:
        """Assign an issue to more people; those it has stay. Without push access nothing changes."""
        home = self.repository(owner, repo)
        row = self.issue(home, issue_number)
        if not self.may_push(home):
            return Issue.model_validate(row)
        people = [*json.loads(row["assignees"]), *self.collaborators(home, assignees)]
        return Issue.model_validate(self.change_issue(row, self.assigned(people)))

    @tool(writes=True)
    def issues_add_labels(
        self, owner: OwnerLogin, repo: RepoName, issue_number: IssueNumber, labels: take.Labels
    ) -> list[Label]:
        """Put more labels on an issue; those it has stay. Gives all labels of the issue."""
        home = self.repository(owner, repo)
        row = self.issue(home, issue_number)
        self.check_push(home)
        if not labels:
            raise ToolError("labels: name at least one", code="invalid_arguments")
        names = list(dict.fromkeys([*json.loads(row["labels"]), *self.labels(home, labels)]))
        self.change_issue(row, {"labels": names})
        return self.labels_shown(home, names)

    @tool(writes=True)
    def issues_remove_label(
        self, owner: OwnerLogin, repo: RepoName, issue_number: IssueNumber, name: LabelName
    ) -> list[Label]:
        """Take a label off an issue. Gives the labels that are left."""
        home = self.repository(owner, repo)
        row = self.issue(home, issue_number)
        self.check_push(home)
        names: list[str] = json.loads(row["labels"])
        left = [held for held in names if held.lower() != name.lower()]
        if left == names:
            raise ToolError(f"the issue has no label {name!r}", code="not_found")
        self.change_issue(row, {"labels": left})
        return self.labels_shown(home, left)

    # Comments --------------------------------------------------------------------------------------------------------

    @tool()
    def issues_list_comments(
        self,
        owner: OwnerLogin,
        repo: RepoName,
        issue_number: IssueNumber,
        since: take.Since | None = None,
        per_page: take.PerPage = 30,
        page: take.Page = 1,
    ) -> list[IssueComment]:
        """List the comments on an issue, the oldest first."""
        row = self.issue(self.repository(owner, repo), issue_number)
        rows = self.db.rows(
            """
            SELECT * FROM issue_comments
            WHERE repo = :repo AND issue_number = :number AND (:since IS NULL OR updated_at >= :since) ORDER BY id
            """,
            {"repo": row["repo"], "number": issue_number, "since": since},
        )
        return [IssueComment.model_validate(row) for row in rows[(page - 1) * per_page : page * per_page]]

    @tool(writes=True)
    def issues_create_comment(
        self, owner: OwnerLogin, repo: RepoName, issue_number: IssueNumber, body: take.Saying
    ) -> IssueComment:
        """Comment on an issue. On a locked issue only people who may push can."""
        home = self.repository(owner, repo)
        issue = self.issue(home, issue_number)
        if issue["locked"] and not self.may_push(home):
            raise ToolError("the conversation is locked, and only collaborators can comment", code="forbidden")
        row: Row = {
            "owner": home["owner"],
            "repo": home["name"],
            "issue_number": issue_number,
            "id": self.db.next_number("issue_comments", "id"),
            "body": said(body, "comment"),
            "user": ME,
            "created_at": self.timestamp,
            "updated_at": self.timestamp,
        }
        self.db.insert("issue_comments", row)
        changes: Row = {"comments": issue["comments"] + 1, "updated_at": self.timestamp}
        self.db.update("issues", changes, repo=home["name"], number=issue_number)
        return IssueComment.model_validate(row)

    @tool(writes=True)
    def issues_update_comment(
        self, owner: OwnerLogin, repo: RepoName, comment_id: IssueCommentId, body: take.Saying
    ) -> IssueComment:
        """Change what a comment says. Only its author and people who may push can."""
        home = self.repository(owner, repo)
        row = self.comment(home, comment_id)
        self.check_own(home, row)
        changes: Row = {"body": said(body, "comment"), "updated_at": self.timestamp}
        self.db.update("issue_comments", changes, id=comment_id)
        return IssueComment.model_validate(row | changes)

    @tool(writes=True)
    def issues_delete_comment(self, owner: OwnerLogin, repo: RepoName, comment_id: IssueCommentId) -> None:
        """Delete a comment. Only its author and people who may push can."""
        home = self.repository(owner, repo)
        row = self.comment(home, comment_id)
        self.check_own(home, row)
        self.db.delete("issue_comments", id=comment_id)
        issue = self.issue(home, row["issue_number"])
        self.db.update("issues", {"comments": issue["comments"] - 1}, repo=home["name"], number=issue["number"])

    # Labels ----------------------------------------------------------------------------------------------------------

    @tool()
    def issues_list_labels_for_repo(
        self, owner: OwnerLogin, repo: RepoName, per_page: take.PerPage = 30, page: take.Page = 1
    ) -> list[Label]:
        """List the labels of a repository in the order of their creation."""
        home = self.repository(owner, repo)
        rows = self.db.rows("SELECT * FROM labels WHERE repo = ? ORDER BY seq, name", (home["name"],))
        return [Label.model_validate(row) for row in rows[(page - 1) * per_page : page * per_page]]

    @tool(writes=True)
    def issues_create_label(
        self,
        owner: OwnerLogin,
        repo: RepoName,
        name: take.NewLabel,
        color: take.Color | None = None,
        description: take.LabelNote | None = None,
    ) -> Label:
        """Create a label in a repository. Only people who may push can."""
        home = self.repository(owner, repo)
        self.check_push(home)
        if color is not None and not re.fullmatch("[0-9A-Fa-f]{6}", color):
            raise ToolError(f"{color!r} is no color: six hexadecimal digits, without #", code="invalid_arguments")
        if self.label(home, name) is not None:
            raise ToolError(f"{home['name']} already has a label {name!r}", code="conflict")
        row: Row = {
            "owner": home["owner"],
            "repo": home["name"],
            "name": said(name, "name"),
            "description": description or None,
            "color": color or GREY,
            "default": False,
            "seq": self.db.next_number("labels", "seq"),
        }
        self.db.insert("labels", row)
        return Label.model_validate(row)

    @tool(writes=True)
    def issues_delete_label(self, owner: OwnerLogin, repo: RepoName, name: LabelName) -> None:
        """Delete a label; it comes off every issue. Only people who may push can."""
        home = self.repository(owner, repo)
        self.check_push(home)
        label = self.label(home, name)
        if label is None:
            raise ToolError(f"{home['name']} has no label {name!r}", code="not_found")
        self.take_off(label)
        self.db.delete("labels", repo=home["name"], name=label["name"])

    # Milestones ------------------------------------------------------------------------------------------------------

    @tool()
    def issues_list_milestones(
        self,
        owner: OwnerLogin,
        repo: RepoName,
        state: take.States = "open",
        sort: take.MilestoneOrder = "due_on",
        direction: take.Direction = "asc",
        per_page: take.PerPage = 30,
        page: take.Page = 1,
    ) -> list[Milestone]:
        """List the milestones of a repository, the earliest due first; only open ones unless asked otherwise."""
        home = self.repository(owner, repo)
        share = "closed_issues * 1.0 / max(open_issues + closed_issues, 1)"
        order = {"due_on": "due_on", "completeness": share}[sort]
        way = {"asc": "ASC", "desc": "DESC"}[direction]
        rows = self.db.rows(
            f"""
            SELECT * FROM milestones WHERE repo = :repo AND (:state = 'all' OR state = :state)
            ORDER BY {order} {way} NULLS LAST, number
            """,
            {"repo": home["name"], "state": state},
        )
        return [Milestone.model_validate(row) for row in rows[(page - 1) * per_page : page * per_page]]

    @tool(writes=True)
    def issues_create_milestone(
        self,
        owner: OwnerLogin,
        repo: RepoName,
        title: take.Title,
        state: MilestoneState = "open",
        description: take.Goal | None = None,
        due_on: take.Due | None = None,
    ) -> Milestone:
        """Create a milestone in a repository. Only people who may push can."""
        home = self.repository(owner, repo)
        self.check_push(home)
        row: Row = {
            "owner": home["owner"],
            "repo": home["name"],
            "number": self.db.next_number("milestones", "number", repo=home["name"]),
            "title": self.free_title(home, title),
            "state": state,
            "description": description or None,
            "creator": ME,
            "open_issues": 0,
            "closed_issues": 0,
            "due_on": due_on,
            "created_at": self.timestamp,
            "updated_at": self.timestamp,
            "closed_at": self.timestamp if state == "closed" else None,
        }
        self.db.insert("milestones", row)
        return Milestone.model_validate(row)

    @tool(writes=True)
    def issues_update_milestone(
        self,
        owner: OwnerLogin,
        repo: RepoName,
        milestone_number: MilestoneNumber,
        title: take.Title | None = None,
        state: take.NewState | None = None,
        description: take.Goal | None = None,
        due_on: take.Due | None = None,
    ) -> Milestone:
        """Change what is given of a milestone: close it, reopen it, rename it or move its due date. Only people who
        may push can."""
        home = self.repository(owner, repo)
        row = self.milestone(home, milestone_number)
        self.check_push(home)
        changes = self.given({"due_on": due_on})
        if title is not None and title != row["title"]:
            changes["title"] = self.free_title(home, title)
        if description is not None:
            changes["description"] = description or None
        if state is not None and state != row["state"]:
            changes |= {"state": state, "closed_at": self.timestamp if state == "closed" else None}
        if changes:
            changes["updated_at"] = self.timestamp
            self.db.update("milestones", changes, repo=home["name"], number=milestone_number)
        return Milestone.model_validate(row | changes)

    @tool(writes=True)
    def issues_delete_milestone(self, owner: OwnerLogin, repo: RepoName, milestone_number: MilestoneNumber) -> None:
        """Delete a milestone; its issues stay, without one. Only people who may push can."""
        home = self.repository(owner, repo)
        self.milestone(home, milestone_number)
        self.check_push(home)
        self.db.delete("milestones", repo=home["name"], number=milestone_number)
