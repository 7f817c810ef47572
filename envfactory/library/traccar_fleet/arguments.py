"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import DateTime

from .entities import (
    CommandType,
    DeviceCategory,
    DeviceId,
    DriverId,
    EventType,
    GeofenceId,
    GroupId,
    PositionId,
    UserId,
)


class Extras(TypedDict, total=False):
    """What goes with a command."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    frequency: Annotated[int, Field(ge=1, description="Seconds between two reports.")]


# Which rows ----------------------------------------------------------------------------------------------------------

DeviceKey = Annotated[DeviceId, Field(description="Which device.")]
GroupKey = Annotated[GroupId, Field(description="Which group.")]
GeofenceKey = Annotated[GeofenceId, Field(description="Which geofence.")]

# What lists are narrowed by ------------------------------------------------------------------------------------------

SeenBy = Annotated[UserId, Field(description="Those that this user may see: oneself, or somebody one manages.")]
OnlyDevice = Annotated[DeviceId, Field(description="Only this device.")]
OnlyTracker = Annotated[str, Field(description="Only the device with this tracker.")]
OnlyPosition = Annotated[PositionId, Field(description="Only the position of this number.")]
ForDevice = Annotated[DeviceId, Field(description="Only those linked to this device or to a group it is in.")]
ForGroup = Annotated[GroupId, Field(description="Only those linked to this group or one it is part of.")]
Since = Annotated[DateTime, Field(description="From when on (RFC 3339).")]
Until = Annotated[DateTime, Field(description="Until when (RFC 3339).")]
SinceToo = Annotated[DateTime, Field(description="From when on (RFC 3339); with `to` and a device.")]
UntilToo = Annotated[DateTime, Field(description="Until when (RFC 3339); with `from` and a device.")]
Devices = Annotated[list[DeviceId], Field(description="Which devices.")]
Groups = Annotated[list[GroupId], Field(description="Groups whose devices are meant, those of groups within them too.")]
Types = Annotated[list[EventType], Field(description="Only events of these types; without it: of all.")]

# What is kept of a device --------------------------------------------------------------------------------------------

Name = Annotated[str, Field(min_length=1, description="What the vehicle is called.")]
NewName = Annotated[str, Field(description="What the vehicle is called; it must have a name.")]
Tracker = Annotated[str, Field(min_length=1, description="The identifier of its tracker; no other device may have it.")]
NewTracker = Annotated[
    str, Field(description="The identifier of its tracker; it must have one that no other device has.")
]
InGroup = Annotated[GroupId, Field(description="The group it is in.")]
Phone = Annotated[str, Field(description="The number of the SIM card in the tracker.")]
Model = Annotated[str, Field(description="Make and model.")]
Contact = Annotated[str, Field(description="Whom to call about it.")]
Category = Annotated[DeviceCategory, Field(description="What kind of vehicle it is.")]
Disabled = Annotated[bool, Field(description="Whether it is out of service; not given, it is in service.")]
Odometer = Annotated[float, Field(ge=0, description="The odometer in metres; not less than it is.")]
Hours = Annotated[float, Field(ge=0, description="Engine hours in milliseconds; not less than they are.")]

# What is kept of a geofence ------------------------------------------------------------------------------------------

ZoneName = Annotated[str, Field(min_length=1, description="What the zone is called.")]
NewZoneName = Annotated[str, Field(description="What the zone is called; it must have a name.")]
Area = Annotated[
    str,
    Field(
        description="Its shape as well-known text, latitude before longitude: `CIRCLE (55.7076 12.5997, 150)` with the "
        "radius in metres, or `POLYGON ((55.68 12.57, 55.69 12.57, 55.69 12.59, 55.68 12.57))`."
    ),
]
Purpose = Annotated[str, Field(description="What is to be known about it.")]

# Links and commands --------------------------------------------------------------------------------------------------

UserEnd = Annotated[UserId, Field(description="A user; only first, with any of the others.")]
DeviceEnd = Annotated[DeviceId, Field(description="A device: first with a geofence or driver, second with a user.")]
GroupEnd = Annotated[GroupId, Field(description="A group: first with a geofence or driver, second with a user.")]
GeofenceEnd = Annotated[GeofenceId, Field(description="A geofence; always second.")]
DriverEnd = Annotated[DriverId, Field(description="A driver; always second.")]
Kind = Annotated[CommandType, Field(description="What it is to do; which types it knows depends on its tracker.")]
With = Annotated[Extras, Field(description="What goes with it: `positionPeriodic` needs `frequency`, in seconds.")]
