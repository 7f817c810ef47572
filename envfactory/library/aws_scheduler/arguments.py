"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import DateTime

from .entities import ResourceArn, ScheduleGroupName, ScheduleName, ScheduleState, TagKey

FORBID = ConfigDict(extra="forbid", strict=True)
AnArn = Annotated[str, Field(min_length=1, max_length=1600)]


class RetryPolicy(TypedDict):
    """How long to go on after failures."""

    __pydantic_config__ = FORBID  # pyright: ignore[reportGeneralTypeIssues]
    MaximumEventAgeInSeconds: NotRequired[Annotated[int, Field(ge=60, le=86400, description="For how long.")]]
    MaximumRetryAttempts: NotRequired[Annotated[int, Field(ge=0, le=185, description="How many attempts.")]]


class DeadLetterConfig(TypedDict):
    """Where to put what could not be delivered."""

    __pydantic_config__ = FORBID  # pyright: ignore[reportGeneralTypeIssues]
    Arn: NotRequired[Annotated[AnArn, Field(description="A queue.")]]


class TargetGiven(TypedDict):
    """What a schedule calls, as a caller gives it."""

    __pydantic_config__ = FORBID  # pyright: ignore[reportGeneralTypeIssues]
    Arn: Annotated[AnArn, Field(description="What to call.")]
    RoleArn: Annotated[AnArn, Field(description="The role that calls it.")]
    Input: NotRequired[Annotated[str, Field(min_length=1, description="The text or JSON that it is given.")]]
    RetryPolicy: NotRequired[RetryPolicy]
    DeadLetterConfig: NotRequired[DeadLetterConfig]


class WindowGiven(TypedDict):
    """How much later than its time a call may come, as a caller gives it."""

    __pydantic_config__ = FORBID  # pyright: ignore[reportGeneralTypeIssues]
    Mode: Annotated[Literal["OFF", "FLEXIBLE"], Field(description="Whether it may come later at all.")]
    MaximumWindowInMinutes: NotRequired[Annotated[int, Field(ge=1, le=1440, description="How many minutes at most.")]]


class TagGiven(TypedDict):
    """A tag, as a caller gives it."""

    __pydantic_config__ = FORBID  # pyright: ignore[reportGeneralTypeIssues]
    Key: Annotated[str, Field(min_length=1, max_length=128, description="The key.")]
    Value: Annotated[str, Field(min_length=1, max_length=256, description="The value.")]


NAMED = r"^[0-9a-zA-Z-_.]+$"

NewName = Annotated[
    str,
    Field(min_length=1, max_length=64, pattern=NAMED, description="Its name: letters, digits, and the signs - _ and ."),
]
Which = Annotated[ScheduleName, Field(description="Which schedule.")]
WhichGroup = Annotated[ScheduleGroupName, Field(description="Which schedule group.")]
InGroup = Annotated[ScheduleGroupName, Field(description="The group it is in; `default` unless told otherwise.")]
OnlyGroup = Annotated[ScheduleGroupName, Field(description="Only schedules of this group.")]
OnlyState = Annotated[ScheduleState, Field(description="Only schedules in this state.")]
Prefix = Annotated[
    str, Field(min_length=1, max_length=64, pattern=NAMED, description="Only those whose name begins so.")
]
Token = Annotated[str, Field(min_length=1, description="Where to go on: the token that the page before gave.")]
Size = Annotated[int, Field(ge=1, le=100, description="How many at most on one page.")]
Once = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[a-zA-Z0-9-_]+$",
        description="The same token with the same values makes nothing a second time; with other values it is refused.",
    ),
]
Expression = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        description=(
            "When it runs: `at(2026-03-09T18:00:00)` once; `rate(15 minutes)`, in minutes, hours or days; or "
            "`cron(minutes hours day-of-month month day-of-week year)`, where one of the two days is `?` and weekdays "
            "count from Sunday, 1."
        ),
    ),
]
Zone = Annotated[
    str,
    Field(
        min_length=1,
        max_length=50,
        description="The time zone that `at` and `cron` are in, by its IANA name; UTC unless told otherwise.",
    ),
]
Target = Annotated[
    TargetGiven,
    Field(
        description=(
            "What it calls: `{Arn, RoleArn}`, and if wanted Input, RetryPolicy and DeadLetterConfig. In this account a "
            "Lambda function is `arn:aws:lambda:eu-central-1:418273645190:function:NAME`, a queue "
            "`arn:aws:sqs:eu-central-1:418273645190:NAME`, a topic `arn:aws:sns:eu-central-1:418273645190:NAME`; the "
            "role is `arn:aws:iam::418273645190:role/scheduler`."
        )
    ),
]
Window = Annotated[
    WindowGiven,
    Field(
        description=(
            "Whether a call may come some minutes later than its time: `{Mode: OFF}`, or "
            "`{Mode: FLEXIBLE, MaximumWindowInMinutes}` with 1 to 1440 minutes."
        )
    ),
]
Start = Annotated[DateTime, Field(description="From when on it may run (RFC 3339); before the end.")]
End = Annotated[DateTime, Field(description="Until when it may run (RFC 3339); after the start.")]
About = Annotated[str, Field(max_length=512, description="What it is for; at most 512 characters.")]
Running = Annotated[ScheduleState, Field(description="Whether it runs.")]
After = Annotated[
    Literal["NONE", "DELETE"], Field(description="What becomes of the schedule once it has run for the last time.")
]
Tagged = Annotated[ResourceArn, Field(description="The ARN of the schedule group.")]
Tags = Annotated[
    list[TagGiven], Field(description="Tags: a list of `{Key, Value}`, each key once; a group carries at most 50.")
]
TagKeys = Annotated[
    list[Annotated[TagKey, Field(min_length=1, max_length=128)]],
    Field(max_length=50, description="The keys of the tags to take off."),
]
Asked = dict[str, Any]
"""What a caller asked for, by parameter."""
