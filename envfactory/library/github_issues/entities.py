"""Ids, rows and pages of GitHub Issues: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from envfactory.environment.tool import FromJson, Key

OwnerLogin = Annotated[str, Key("owner", "The account that owns the repository; capitals make no difference.")]
UserLogin = Annotated[str, Key("user", "The login of a person; capitals make no difference.")]
RepoName = Annotated[str, Key("repo", "The name of the repository; capitals make no difference.")]
LabelName = Annotated[str, Key("label", "The name of a label; capitals make no difference.")]
MilestoneNumber = Annotated[int, Key("milestone", "The number of a milestone, counted in each repository.")]
IssueNumber = Annotated[int, Key("issue", "The number of an issue, counted in each repository.")]
IssueCommentId = Annotated[int, Key("issue_comment", "The id of a comment.")]
MilestoneState = Literal["open", "closed"]
IssueState = Literal["open", "closed"]
IssueStateReason = Literal["completed", "not_planned", "duplicate", "reopened"]
IssueActiveLockReason = Literal["off-topic", "too heated", "resolved", "spam"]


class Owner(BaseModel):
    """One organization."""

    login: OwnerLogin


class User(BaseModel):
    """One person."""

    login: UserLogin
    name: str = Field(description="The person's own name.")


class Repo(BaseModel):
    """One repository."""

    name: RepoName


class Label(BaseModel):
    """One label."""

    name: LabelName
    description: str | None = Field(default=None, description="What the label is for; at most 100 characters.")
    color: str = Field(description="Six hexadecimal digits, without a leading #.")
    default: bool = Field(description="Whether every new repository has it.")


class Milestone(BaseModel):
    """One milestone."""

    number: MilestoneNumber
    title: str = Field(description="The title, which no other milestone of the repository has.")
    state: MilestoneState = Field(description="Whether it is open or closed.")
    description: str | None = Field(default=None, description="What is to be reached.")
    creator: UserLogin = Field(description="Who created it.")
    open_issues: int = Field(description="How many open issues it has.")
    closed_issues: int = Field(description="How many closed issues it has.")
    due_on: str | None = Field(
        default=None,
        description="When it is due (RFC 3339).",
        json_schema_extra={"format": "date-time"},
    )
    created_at: str = Field(description="When it was created (RFC 3339).", json_schema_extra={"format": "date-time"})
    updated_at: str = Field(
        description="When it was last changed (RFC 3339).",
        json_schema_extra={"format": "date-time"},
    )
    closed_at: str | None = Field(
        default=None,
        description="When it was closed (RFC 3339); absent while it is open.",
        json_schema_extra={"format": "date-time"},
    )


class Issue(BaseModel):
    """One issue."""

    number: IssueNumber
    title: str = Field(description="The title; at most 256 characters.")
    body: str | None = Field(default=None, description="The description of the issue.")
    state: IssueState = Field(description="Whether it is open or closed.")
    state_reason: IssueStateReason | None = Field(
        default=None,
        description=(
            "Why it is in this state: `completed`, `not_planned` or `duplicate` when closed, `reopened` when open "
            "again."
        ),
    )
    user: UserLogin = Field(description="Who opened it.")
    labels: Annotated[list[LabelName], FromJson] = Field(description="The names of its labels.")
    assignee: UserLogin | None = Field(default=None, description="The first of its assignees.")
    assignees: Annotated[list[UserLogin], FromJson] = Field(
        description="The logins of the people it is assigned to, ten at most.",
    )
    milestone: MilestoneNumber | None = Field(default=None, description="The number of its milestone.")
    locked: bool = Field(description="Whether its conversation is locked.")
    active_lock_reason: IssueActiveLockReason | None = Field(
        default=None,
        description="Why its conversation is locked.",
    )
    comments: int = Field(description="How many comments it has.")
    created_at: str = Field(description="When it was opened (RFC 3339).", json_schema_extra={"format": "date-time"})
    updated_at: str = Field(
        description="When it was last changed or commented on (RFC 3339).",
        json_schema_extra={"format": "date-time"},
    )
    closed_at: str | None = Field(
        default=None,
        description="When it was closed (RFC 3339); absent while it is open.",
        json_schema_extra={"format": "date-time"},
    )
    closed_by: UserLogin | None = Field(default=None, description="Who closed it; absent while it is open.")


class IssueComment(BaseModel):
    """One comment."""

    id: IssueCommentId
    body: str = Field(description="What it says.")
    user: UserLogin = Field(description="Who wrote it.")
    created_at: str = Field(description="When it was written (RFC 3339).", json_schema_extra={"format": "date-time"})
    updated_at: str = Field(
        description="When it was last edited (RFC 3339).",
        json_schema_extra={"format": "date-time"},
    )
