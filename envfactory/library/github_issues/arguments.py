"""What the tools take: types with their limits and their descriptions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from envfactory.environment.tool import DateTime

from .entities import IssueActiveLockReason, IssueState, IssueStateReason, LabelName, UserLogin

PerPage = Annotated[int, Field(ge=1, le=100, description="How many at most on one page.")]
Page = Annotated[int, Field(ge=1, description="Which page, counted from 1.")]
States = Annotated[Literal["open", "closed", "all"], Field(description="Only those in this state; `all` for any.")]
IssueOrder = Annotated[Literal["created", "updated", "comments"], Field(description="By what they are ordered.")]
MilestoneOrder = Annotated[
    Literal["due_on", "completeness"],
    Field(description="By what they are ordered: the due date, or the share of closed issues."),
]
Direction = Annotated[
    Literal["asc", "desc"],
    Field(description="Whether the smallest or the largest comes first."),
]
Since = Annotated[DateTime, Field(description="Only those that were last changed at this time or later.")]
Title = Annotated[str, Field(max_length=256, description="The title; at most 256 characters, and not blank.")]
Body = Annotated[str, Field(max_length=65536, description="The description; an empty text is none.")]
Saying = Annotated[str, Field(max_length=65536, description="What the comment says; not blank.")]
Labels = Annotated[list[LabelName], Field(description="Names of labels that the repository has.")]
Assignees = Annotated[list[UserLogin], Field(description="Logins of collaborators, ten at most.")]
Due = Annotated[DateTime, Field(description="When it is due (RFC 3339).")]
LockReason = Annotated[IssueActiveLockReason, Field(description="Why it is locked.")]
NewLabels = Annotated[
    list[LabelName],
    Field(description="Its labels from now on, in place of those it has; an empty list removes all."),
]
NewAssignees = Annotated[
    list[UserLogin],
    Field(description="Its assignees from now on, ten at most; an empty list removes all."),
]
NewState = Annotated[IssueState, Field(description="`closed` closes it, `open` opens it again.")]
Reason = Annotated[
    IssueStateReason,
    Field(description="Why the state changes; without it, closing means `completed`. Ignored when the state stays."),
]
MilestoneFilter = Annotated[
    str,
    Field(description="Only issues with this milestone: its number, `*` for any, `none` for those without."),
]
Assignee = Annotated[
    str,
    Field(description="Only issues assigned to this login; `*` for anybody, `none` for those without."),
]
Creator = Annotated[str, Field(description="Only issues that this login opened.")]
LabelFilter = Annotated[
    str,
    Field(description="Only issues with all of these labels: names with commas between them."),
]
NewLabel = Annotated[
    str,
    Field(max_length=50, description="The name; not blank, and no other label of the repository may have it."),
]
Color = Annotated[str, Field(description="Six hexadecimal digits, without a leading #; a light grey without it.")]
LabelNote = Annotated[str, Field(max_length=100, description="What the label is for; at most 100 characters.")]
Goal = Annotated[str, Field(description="What is to be reached; an empty text is none.")]
