"""Ids, rows and pages of Traccar fleet: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from envfactory.environment.tool import FromJson, Key

UserId = Annotated[int, Key("user", "The number of a user.")]
GroupId = Annotated[int, Key("group", "The number of a group.")]
DeviceId = Annotated[int, Key("device", "The number of a device.")]
PositionId = Annotated[int, Key("position", "The number of a position.")]
EventId = Annotated[int, Key("event", "The number of an event.")]
GeofenceId = Annotated[int, Key("geofence", "The number of a geofence.")]
DriverId = Annotated[int, Key("driver", "The number of a driver.")]
CommandId = Annotated[int, Key("command", "The number of a command.")]
TripStartTime = Annotated[str, Key("trip", "When it set off (RFC 3339, UTC).")]
StopStartTime = Annotated[str, Key("stop", "When it came to rest (RFC 3339, UTC).")]
UserDeviceDeviceId = Annotated[int, Key("user_device", "The device linked to it.")]
UserGroupGroupId = Annotated[int, Key("user_group", "The group linked to it.")]
UserGeofenceGeofenceId = Annotated[int, Key("user_geofence", "The geofence linked to it.")]
UserDriverDriverId = Annotated[int, Key("user_driver", "The driver linked to it.")]
DeviceGeofenceGeofenceId = Annotated[int, Key("device_geofence", "The geofence linked to it.")]
DeviceDriverDriverId = Annotated[int, Key("device_driver", "The driver linked to it.")]
GroupGeofenceGeofenceId = Annotated[int, Key("group_geofence", "The geofence linked to it.")]
GroupDriverDriverId = Annotated[int, Key("group_driver", "The driver linked to it.")]
DeviceStatus = Literal["online", "offline", "unknown"]
DeviceCategory = Literal["van", "bicycle", "car", "scooter", "truck"]
PositionProtocol = Literal["gps103", "h02", "osmand"]
EventType = Literal[
    "deviceOnline",
    "deviceOffline",
    "deviceMoving",
    "deviceStopped",
    "deviceOverspeed",
    "geofenceEnter",
    "geofenceExit",
    "ignitionOn",
    "ignitionOff",
    "maintenance",
    "alarm",
]
CommandType = Literal["engineStop", "engineResume", "alarmArm", "alarmDisarm", "positionSingle", "positionPeriodic"]


class User(BaseModel):
    """One colleague."""

    id: UserId
    name: str = Field(description="The person's name.")
    email: str = Field(description="The address the person signs in with.", json_schema_extra={"format": "email"})
    phone: str | None = Field(default=None, description="The person's phone number.")
    readonly: bool = Field(description="Whether the person may change nothing at all.")
    deviceReadonly: bool = Field(description="Whether the person may change no devices.")
    limitCommands: bool = Field(description="Whether the person may send no commands of their own making.")
    disabled: bool = Field(description="Whether the person can no longer sign in.")
    deviceLimit: int = Field(description="How many devices the person may have; -1 for any number.")
    userLimit: int = Field(description="How many users the person may manage: 0 for none, -1 for any number.")


class Group(BaseModel):
    """One group."""

    id: GroupId
    name: str = Field(description="What the group is called.")
    groupId: GroupId | None = Field(default=None, description="The group it is part of.")


class Device(BaseModel):
    """One vehicle."""

    id: DeviceId
    name: str = Field(description="What the vehicle is called.")
    uniqueId: str = Field(description="The identifier of its tracker (IMEI); no two devices have the same.")
    status: DeviceStatus = Field(
        description="Whether its tracker is connected now; `unknown` when it has not been heard of for long.",
    )
    disabled: bool = Field(description="Whether it is out of service: nothing more can be sent to it.")
    lastUpdate: str | None = Field(
        default=None,
        description="When it was last heard of (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    positionId: int | None = Field(default=None, description="Its latest position.")
    groupId: GroupId | None = Field(default=None, description="The group it is in.")
    phone: str | None = Field(default=None, description="The number of the SIM card in the tracker.")
    model: str | None = Field(default=None, description="Make and model.")
    contact: str | None = Field(default=None, description="Whom to call about it.")
    category: DeviceCategory | None = Field(default=None, description="What kind of vehicle it is.")


class Position(BaseModel):
    """One place."""

    id: PositionId
    deviceId: DeviceId = Field(description="The device that was there.")
    protocol: PositionProtocol = Field(
        description="The language its tracker speaks, which decides what can be sent to it.",
    )
    fixTime: str = Field(description="When it was there (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})
    latitude: float = Field(description="Degrees north.")
    longitude: float = Field(description="Degrees east.")
    speed: float = Field(description="Speed in knots.")
    course: float = Field(description="Direction in degrees, from north.")
    address: str | None = Field(default=None, description="The nearest address.")
    attributes: Annotated[dict[str, Any], FromJson] = Field(
        description=(
            "What the tracker told beside it: `motion`, `ignition`, `batteryLevel`, `totalDistance` (the odometer, "
            "metres), `hours` (engine hours, in milliseconds), `driverUniqueId`."
        ),
    )


class Event(BaseModel):
    """One alert."""

    id: EventId
    type: EventType = Field(description="What happened.")
    eventTime: str = Field(description="When it happened (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})
    deviceId: DeviceId = Field(description="The device it happened to.")
    geofenceId: GeofenceId | None = Field(default=None, description="The geofence that was entered or left.")
    positionId: int | None = Field(default=None, description="Where the device was.")


class Geofence(BaseModel):
    """One zone."""

    id: GeofenceId
    name: str = Field(description="What the zone is called.")
    description: str | None = Field(default=None, description="What is to be known about it.")
    area: str = Field(
        description=(
            "Its shape as well-known text, latitude before longitude: `CIRCLE (55.7076 12.5997, 150)` with the radius "
            "in metres, or `POLYGON ((55.68 12.57, 55.69 12.57, 55.69 12.59, 55.68 12.57))`."
        ),
    )


class Driver(BaseModel):
    """One driver."""

    id: DriverId
    name: str = Field(description="The driver's name.")
    uniqueId: str = Field(description="The identifier on the driver's card.")


class Command(BaseModel):
    """One command."""

    id: CommandId
    deviceId: DeviceId = Field(description="The device it is for.")
    type: CommandType = Field(description="What the device is to do.")
    attributes: Annotated[dict[str, Any], FromJson] = Field(
        description="What goes with it: `frequency` in seconds for `positionPeriodic`.",
    )
    queued: bool = Field(description="Whether it waits until the device is connected.")


class Trip(BaseModel):
    """One trip."""

    deviceId: DeviceId = Field(description="Which device.")
    deviceName: str = Field(description="What the device is called.")
    startTime: TripStartTime = Field(json_schema_extra={"format": "date-time"})
    endTime: str = Field(description="When it came to rest (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})
    startAddress: str | None = Field(default=None, description="Where it set off.")
    endAddress: str | None = Field(default=None, description="Where it came to rest.")
    startLat: float = Field(description="Degrees north.")
    startLon: float = Field(description="Degrees east.")
    endLat: float = Field(description="Degrees north.")
    endLon: float = Field(description="Degrees east.")
    distance: float = Field(description="How far it went, in metres.")
    averageSpeed: float = Field(description="In knots.")
    maxSpeed: float = Field(description="In knots.")
    duration: int = Field(description="How long it took, in milliseconds.")
    driverName: str | None = Field(default=None, description="Who drove, when the card was read.")


class Stop(BaseModel):
    """One stop."""

    deviceId: DeviceId = Field(description="Which device.")
    deviceName: str = Field(description="What the device is called.")
    startTime: StopStartTime = Field(json_schema_extra={"format": "date-time"})
    endTime: str = Field(
        description="When it set off again, or was last heard of (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    address: str | None = Field(default=None, description="Where it stood.")
    lat: float = Field(description="Degrees north.")
    lon: float = Field(description="Degrees east.")
    duration: int = Field(description="How long it stood, in milliseconds.")


class UserDevice(BaseModel):
    """One link of a user and a device."""

    userId: UserId = Field(description="The user.")
    deviceId: UserDeviceDeviceId


class UserGroup(BaseModel):
    """One link of a user and a group."""

    userId: UserId = Field(description="The user.")
    groupId: UserGroupGroupId


class UserGeofence(BaseModel):
    """One link of a user and a geofence."""

    userId: UserId = Field(description="The user.")
    geofenceId: UserGeofenceGeofenceId


class UserDriver(BaseModel):
    """One link of a user and a driver."""

    userId: UserId = Field(description="The user.")
    driverId: UserDriverDriverId


class DeviceGeofence(BaseModel):
    """One link of a device and a geofence."""

    deviceId: DeviceId = Field(description="The device.")
    geofenceId: DeviceGeofenceGeofenceId


class DeviceDriver(BaseModel):
    """One link of a device and a driver."""

    deviceId: DeviceId = Field(description="The device.")
    driverId: DeviceDriverDriverId


class GroupGeofence(BaseModel):
    """One link of a group and a geofence."""

    groupId: GroupId = Field(description="The group.")
    geofenceId: GroupGeofenceGeofenceId


class GroupDriver(BaseModel):
    """One link of a group and a driver."""

    groupId: GroupId = Field(description="The group.")
    driverId: GroupDriverDriverId
