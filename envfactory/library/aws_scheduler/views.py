"""What answers show: schedules, whole or in a short form."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import FromJson

from .arguments import TargetGiven, WindowGiven
from .entities import Schedule, ScheduleName, ScheduleState


class ScheduleView(Schedule):
    """A schedule with all that is set for it."""

    GroupName: str = Field(description="The group it is in.")
    FlexibleTimeWindow: Annotated[WindowGiven, FromJson]  # pyright: ignore[reportIncompatibleVariableOverride]
    Target: Annotated[TargetGiven, FromJson]  # pyright: ignore[reportIncompatibleVariableOverride]


class TargetLine(TypedDict):
    """What a schedule calls."""

    Arn: str


class ScheduleLine(BaseModel):
    """A schedule as lists show it."""

    Name: ScheduleName
    GroupName: str = Field(description="The group it is in.")
    Arn: str = Field(description="Its Amazon Resource Name.")
    State: ScheduleState
    Target: Annotated[TargetLine, FromJson] = Field(description="What it calls.")
    CreationDate: str = Field(description="When it was made.", json_schema_extra={"format": "date-time"})
    LastModificationDate: str = Field(description="When it last changed.", json_schema_extra={"format": "date-time"})


class ScheduleList(BaseModel):
    """A page of a list of schedules."""

    Schedules: list[ScheduleLine]
    NextToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")
