"""Ids, rows and pages of Amazon EventBridge Scheduler: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import FromJson, Key

ScheduleGroupName = Annotated[str, Key("schedule_group", "Its name, which no other group has.")]
ScheduleName = Annotated[str, Key("schedule", "Its name, which no other schedule of the group has.")]
ResourceArn = Annotated[
    str,
    Key("resource", "The Amazon Resource Name of a schedule group, which alone can carry tags."),
]
TagKey = Annotated[str, Key("tag", "Its key, which no other tag there has.")]
ScheduleGroupState = Literal["ACTIVE", "DELETING"]
ScheduleState = Literal["ENABLED", "DISABLED"]
ScheduleActionAfterCompletion = Literal["NONE", "DELETE"]


class ScheduleTargetRetryPolicy(TypedDict, total=False):
    """Retry policy of target of one schedule, as a caller gives it."""

    MaximumEventAgeInSeconds: Annotated[int, Field(description="For how long, in seconds.")]
    MaximumRetryAttempts: Annotated[int, Field(description="How many attempts.")]


class ScheduleTargetDeadLetterConfig(TypedDict, total=False):
    """Dead letter config of target of one schedule, as a caller gives it."""

    Arn: Annotated[str, Field(description="A queue.")]


class ScheduleTarget(TypedDict):
    """Target of one schedule, as a caller gives it."""

    Arn: Annotated[str, Field(description="What to call.")]
    RoleArn: Annotated[str, Field(description="The role that calls it.")]
    Input: NotRequired[Annotated[str, Field(description="The text or JSON that it is given.")]]
    RetryPolicy: NotRequired[
        Annotated[
            ScheduleTargetRetryPolicy,
            Field(
                description="How long to go on after failures; 86400 seconds and 185 attempts unless told otherwise.",
            ),
        ]
    ]
    DeadLetterConfig: NotRequired[
        Annotated[ScheduleTargetDeadLetterConfig, Field(description="Where to put what could not be delivered.")]
    ]


class ScheduleFlexibleTimeWindow(TypedDict):
    """Flexible time window of one schedule, as a caller gives it."""

    Mode: Annotated[Literal["OFF", "FLEXIBLE"], Field(description="Whether calls may come later than the exact time.")]
    MaximumWindowInMinutes: NotRequired[
        Annotated[int, Field(description="How many minutes later at most; only with FLEXIBLE, and then needed.")]
    ]


class ScheduleGroup(BaseModel):
    """One schedule group."""

    Name: ScheduleGroupName
    Arn: ResourceArn = Field(description="Its Amazon Resource Name, made of account and name; tags hang on it.")
    State: ScheduleGroupState = Field(
        description="DELETING while the service removes it: then nothing in it can be made or changed.",
    )
    CreationDate: str = Field(description="When it was made (RFC 3339).", json_schema_extra={"format": "date-time"})
    LastModificationDate: str = Field(
        description="When it was last changed (RFC 3339).",
        json_schema_extra={"format": "date-time"},
    )


class Schedule(BaseModel):
    """One schedule."""

    GroupName: ScheduleGroupName = Field(description="The group it is in.")
    Name: ScheduleName
    Arn: str = Field(description="Its Amazon Resource Name, made of account, group and name.")
    ScheduleExpression: str = Field(description="When it runs: at(...), rate(...) or cron(...).")
    ScheduleExpressionTimezone: str = Field(description="The time zone that the expression is in.")
    StartDate: str | None = Field(
        default=None,
        description="From when on it may run (RFC 3339); a schedule that runs once ignores it.",
        json_schema_extra={"format": "date-time"},
    )
    EndDate: str | None = Field(
        default=None,
        description="Until when it may run (RFC 3339); a schedule that runs once ignores it.",
        json_schema_extra={"format": "date-time"},
    )
    Description: str | None = Field(default=None, description="What it is for.")
    State: ScheduleState = Field(description="Whether it runs.")
    FlexibleTimeWindow: Annotated[dict[str, Any], FromJson] = Field(
        description="How much later than its time a call may come.",
    )
    Target: Annotated[dict[str, Any], FromJson] = Field(description="What it calls, and as whom.")
    ActionAfterCompletion: ScheduleActionAfterCompletion = Field(
        description="What becomes of it once it has run for the last time.",
    )
    CreationDate: str = Field(description="When it was made (RFC 3339).", json_schema_extra={"format": "date-time"})
    LastModificationDate: str = Field(
        description="When it was last changed (RFC 3339).",
        json_schema_extra={"format": "date-time"},
    )


class Resource(BaseModel):
    """One schedule group."""

    Arn: ResourceArn
    Name: str = Field(description="The name of that group.")


class Tag(BaseModel):
    """One tag."""

    Key_: TagKey = Field(alias="Key")
    Value: str = Field(description="Its value.")


class SchedulePage(BaseModel):
    """A page of a list, each item one schedule."""

    Schedules: list[Schedule]
    NextToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class ScheduleGroupPage(BaseModel):
    """A page of a list, each item one schedule group."""

    ScheduleGroups: list[ScheduleGroup]
    NextToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class TagPage(BaseModel):
    """A page of a list, each item one tag."""

    Tags: list[Tag]
