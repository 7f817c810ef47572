"""What no default can know of a fleet: who sees what, whole replacements, odometers, links, commands and reports."""

from __future__ import annotations

from collections.abc import Sequence

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError
from envfactory.messages import canonical

from .area import area_of
from .arguments import (
    Area,
    Category,
    Contact,
    DeviceEnd,
    DeviceKey,
    Devices,
    Disabled,
    DriverEnd,
    ForDevice,
    ForGroup,
    GeofenceEnd,
    GeofenceKey,
    GroupEnd,
    GroupKey,
    Groups,
    Hours,
    InGroup,
    Kind,
    Model,
    Name,
    NewName,
    NewTracker,
    NewZoneName,
    Odometer,
    OnlyDevice,
    OnlyPosition,
    OnlyTracker,
    Phone,
    Purpose,
    SeenBy,
    Since,
    SinceToo,
    Tracker,
    Types,
    Until,
    UntilToo,
    UserEnd,
    With,
    ZoneName,
)
from .entities import Command, Device, Driver, Event, Geofence, Position, Stop, Trip, User
from .fleet import Fleet
from .reports import stop_of, stops, told, trip_of, trips
from .views import ShownGroup

_KNOWN = {
    "gps103": {"positionSingle", "positionPeriodic", "engineStop", "engineResume", "alarmArm", "alarmDisarm"},
    "h02": {"positionPeriodic", "alarmArm", "alarmDisarm"},
    "osmand": set[str](),
}
"""The commands that each tracker's protocol has words for; a phone that reports by OsmAnd takes none."""


class Overrides(Fleet):
    """Tools written by hand."""

    # Looking ---------------------------------------------------------------------------------------------------------

    @tool()
    def list_devices(
        self, userId: SeenBy | None = None, id: OnlyDevice | None = None, uniqueId: OnlyTracker | None = None
    ) -> list[Device]:
        """List the devices that the user may see, with where their trackers stand."""
        rows = self.devices_of(self.me()["id"] if userId is None else self.user(userId)["id"])
        wanted = self.given({"id": id, "uniqueId": uniqueId})
        return [Device.model_validate(row) for row in rows if all(row[name] == wanted[name] for name in wanted)]

    @tool()
    def list_groups(self) -> list[ShownGroup]:
        """List the groups that the user may see, with those within them."""
        return [ShownGroup.model_validate(row) for row in self.groups_of(self.me()["id"])]

    @tool()
    def list_geofences(self, deviceId: ForDevice | None = None, groupId: ForGroup | None = None) -> list[Geofence]:
        """List the user's geofences, or those of them that hold for a device or group."""
        rows = self.holding(self.geofences(), "geofence", deviceId, groupId)
        return [Geofence.model_validate(row) for row in rows]

    @tool()
    def list_drivers(self, deviceId: ForDevice | None = None, groupId: ForGroup | None = None) -> list[Driver]:
        """List the user's drivers, or those of them who drive a device or for a group."""
        rows = self.holding(self.drivers(), "driver", deviceId, groupId)
        return [Driver.model_validate(row) for row in rows]

    @tool()
    def list_users(self) -> list[User]:
        """List the users whom the user manages."""
        return [User.model_validate(row) for row in self.managed()]

    @tool()
    def list_positions(
        self,
        deviceId: OnlyDevice | None = None,
        from_: SinceToo | None = None,
        to: UntilToo | None = None,
        id: OnlyPosition | None = None,
    ) -> list[Position]:
        """List where devices are: the latest position of each, or all of one device within a time."""
        if id is not None:
            if deviceId is not None or from_ is not None or to is not None:
                raise ToolError("a position's number needs nothing beside it", code="invalid_arguments")
            row = self.need("positions", "position", id=id)
            self.device(row["deviceId"])
            return [Position.model_validate(row)]
        if from_ is not None and to is not None:
            if deviceId is None:
                raise ToolError("say which device is meant with from and to", code="invalid_arguments")
            return [Position.model_validate(row) for row in self._fixes(self.device(deviceId), from_, to)]
        if from_ is not None or to is not None:
            raise ToolError("from and to go together", code="invalid_arguments")
        devices = self.devices_of(self.me()["id"]) if deviceId is None else [self.device(deviceId)]
        found = [self._latest(device) for device in devices]
        return [Position.model_validate(row) for row in found if row is not None]

    # Reports ---------------------------------------------------------------------------------------------------------

    @tool()
    def get_trips(
        self, from_: Since, to: Until, deviceId: Devices | None = None, groupId: Groups | None = None
    ) -> list[Trip]:
        """Report the trips of devices within a time, worked out from their positions."""
        found: list[Trip] = []
        for device in self._reported(deviceId, groupId, from_, to):
            fixes = self._fixes(device, from_, to)
            for run in trips(fixes):
                found.append(Trip.model_validate(trip_of(device, fixes, run, self._driver(fixes[run.first]))))
        return found

    @tool()
    def get_stops(
        self, from_: Since, to: Until, deviceId: Devices | None = None, groupId: Groups | None = None
    ) -> list[Stop]:
        """Report where devices stood within a time, worked out from their positions."""
        found: list[Stop] = []
        for device in self._reported(deviceId, groupId, from_, to):
            fixes = self._fixes(device, from_, to)
            found += [Stop.model_validate(stop_of(device, fixes, run)) for run in stops(fixes)]
        return found

    @tool()
    def get_events(
        self,
        from_: Since,
        to: Until,
        deviceId: Devices | None = None,
        groupId: Groups | None = None,
        type: Types | None = None,
    ) -> list[Event]:
        """Report what happened to devices within a time."""
        found: list[Event] = []
        for device in self._reported(deviceId, groupId, from_, to):
            sql = "SELECT * FROM events WHERE deviceId = ? AND eventTime BETWEEN ? AND ? ORDER BY eventTime, id"
            rows = self.db.rows(sql, (device["id"], from_, to))
            found += [Event.model_validate(row) for row in rows if not type or row["type"] in type]
        return found

    # Devices ---------------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def create_device(
        self,
        name: Name,
        uniqueId: Tracker,
        groupId: InGroup | None = None,
        phone: Phone | None = None,
        model: Model | None = None,
        contact: Contact | None = None,
        category: Category | None = None,
        disabled: Disabled = False,
    ) -> Device:
        """Add a device; it is the user's at once."""
        me = self.check_may_change_devices()
        if 0 <= me["deviceLimit"] <= len(self.db.find("user_devices", userId=me["id"])):
            raise ToolError(f"your account may have no more than {me['deviceLimit']} devices", code="limit")
        device = self.db.next_number("devices", "id")
        self._check_device(device, uniqueId, groupId)
        self.db.insert(
            "devices",
            {
                "id": device,
                "name": name,
                "uniqueId": uniqueId,
                "groupId": groupId,
                "phone": phone,
                "model": model,
                "contact": contact,
                "category": category,
                "disabled": disabled,
            },
        )
        self.db.insert("user_devices", {"userId": me["id"], "deviceId": device})
        return Device.model_validate(self.device(device))

    @tool(writes=True)
    def update_device(
        self,
        id: DeviceKey,
        name: NewName | None = None,
        uniqueId: NewTracker | None = None,
        groupId: InGroup | None = None,
        phone: Phone | None = None,
        model: Model | None = None,
        contact: Contact | None = None,
        category: Category | None = None,
        disabled: Disabled | None = None,
    ) -> Device:
        """Replace all that is kept of a device: what is not given is emptied."""
        self.check_may_change_devices()
        self.device(id)
        if not name or not uniqueId:
            raise ToolError("a device must keep a name and a uniqueId: give both again", code="invalid_arguments")
        self._check_device(id, uniqueId, groupId)
        whole: Row = {
            "name": name,
            "uniqueId": uniqueId,
            "groupId": groupId,
            "phone": phone,
            "model": model,
            "contact": contact,
            "category": category,
            "disabled": bool(disabled),
        }
        self.db.update("devices", whole, id=id)
        return Device.model_validate(self.need("devices", "device", id=id))

    @tool(writes=True)
    def delete_device(self, id: DeviceKey) -> None:
        """Delete a device with all its positions, events and links."""
        self.check_may_change_devices()
        self.device(id)
        self.db.delete("devices", id=id)

    @tool(writes=True)
    def update_device_accumulators(
        self, id: DeviceKey, totalDistance: Odometer | None = None, hours: Hours | None = None
    ) -> None:
        """Set the odometer or the engine hours of a device forward; for managers only."""
        if self.check_may_write()["userLimit"] == 0:
            raise ToolError("only managers may set odometers", code="forbidden")
        device = self.device(id)
        wanted = self.given({"totalDistance": totalDistance, "hours": hours})
        if not wanted:
            raise ToolError("say what to set: totalDistance, hours or both", code="invalid_arguments")
        latest = self._latest(device)
        if latest is None:
            raise ToolError(f"{device['name']!r} has not reported any position yet")
        held = told(latest)
        for name, value in wanted.items():
            if value < held.get(name, 0):
                raise ToolError(f"{name} is {held[name]:.10g} already and can only grow")
        position = self.db.next_number("positions", "id")
        self.db.insert("positions", latest | {"id": position, "attributes": canonical(held | wanted)})
        self.db.update("devices", {"positionId": position}, id=id)

    @tool(writes=True)
    def delete_group(self, id: GroupKey) -> None:
        """Delete a group: its devices and the groups within it stay, without it."""
        self.check_may_write()
        self.group(id)
        self.db.delete("groups", id=id)

    # Geofences -------------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def create_geofence(self, name: ZoneName, area: Area, description: Purpose | None = None) -> Geofence:
        """Create a geofence; it is the user's at once."""
        me = self.check_may_write()
        geofence = self.db.next_number("geofences", "id")
        row: Row = {"id": geofence, "name": name, "description": description, "area": area_of(area)}
        self.db.insert("geofences", row)
        self.db.insert("user_geofences", {"userId": me["id"], "geofenceId": geofence})
        return Geofence.model_validate(row)

    @tool(writes=True)
    def update_geofence(
        self,
        id: GeofenceKey,
        name: NewZoneName | None = None,
        area: Area | None = None,
        description: Purpose | None = None,
    ) -> Geofence:
        """Replace all that is kept of a geofence: what is not given is emptied."""
        self.check_may_write()
        self.geofence(id)
        if not name or not area:
            raise ToolError("a geofence must keep a name and an area: give both again", code="invalid_arguments")
        whole: Row = {"name": name, "area": area_of(area), "description": description}
        self.db.update("geofences", whole, id=id)
        return Geofence.model_validate(whole | {"id": id})

    @tool(writes=True)
    def delete_geofence(self, id: GeofenceKey) -> None:
        """Delete a geofence with its links."""
        self.check_may_write()
        self.geofence(id)
        self.db.delete("geofences", id=id)

    # Links and commands ----------------------------------------------------------------------------------------------

    @tool(writes=True)
    def link_objects(
        self,
        userId: UserEnd | None = None,
        deviceId: DeviceEnd | None = None,
        groupId: GroupEnd | None = None,
        geofenceId: GeofenceEnd | None = None,
        driverId: DriverEnd | None = None,
    ) -> None:
        """Link two things: a user, device or group with what it is to see or use."""
        table, ends = self.pair(
            {
                "userId": userId,
                "deviceId": deviceId,
                "groupId": groupId,
                "geofenceId": geofenceId,
                "driverId": driverId,
            }
        )
        if self.db.get(table, **ends) is not None:
            raise ToolError("the two are linked already", code="conflict")
        self.db.insert(table, ends)

    @tool(writes=True)
    def unlink_objects(
        self,
        userId: UserEnd | None = None,
        deviceId: DeviceEnd | None = None,
        groupId: GroupEnd | None = None,
        geofenceId: GeofenceEnd | None = None,
        driverId: DriverEnd | None = None,
    ) -> None:
        """Take a link between two things away."""
        table, ends = self.pair(
            {
                "userId": userId,
                "deviceId": deviceId,
                "groupId": groupId,
                "geofenceId": geofenceId,
                "driverId": driverId,
            }
        )
        self.db.delete(table, **ends)

    @tool(writes=True)
    def send_command(self, deviceId: DeviceKey, type: Kind, attributes: With | None = None) -> Command:
        """Send a command to a device; it waits when the device is not connected."""
        if self.check_may_write()["limitCommands"]:
            raise ToolError("your account may send saved commands only", code="forbidden")
        device = self.device(deviceId)
        if device["disabled"]:
            raise ToolError(f"{device['name']!r} is out of service: nothing can be sent to it")
        latest = self._latest(device)
        if latest is None or type not in _KNOWN[latest["protocol"]]:
            raise ToolError(f"the tracker of {device['name']!r} does not know the command {type}")
        extras = attributes or {}
        if ("frequency" in extras) is not (type == "positionPeriodic"):
            raise ToolError("frequency goes with positionPeriodic, and only with it", code="invalid_arguments")
        row: Row = {
            "id": self.db.next_number("commands", "id"),
            "deviceId": deviceId,
            "type": type,
            "attributes": canonical(extras),
            "queued": device["status"] != "online",
        }
        self.db.insert("commands", row)
        return Command.model_validate(row)

    # Parts of the above ----------------------------------------------------------------------------------------------

    def _check_device(self, id: int, tracker: str, group: int | None) -> None:
        """Refuse a tracker that another device has, and a group that the user may not see."""
        other = self.db.get("devices", uniqueId=tracker)
        if other is not None and other["id"] != id:
            raise ToolError(f"another device has the uniqueId {tracker!r}", code="conflict")
        if group is not None:
            self.group(group)

    def _latest(self, device: Row) -> Row | None:
        return self.db.get("positions", id=device["positionId"])

    def _fixes(self, device: Row, start: str, end: str) -> Sequence[Row]:
        """The positions of a device within a time, both ends included, in the order of time."""
        sql = "SELECT * FROM positions WHERE deviceId = ? AND fixTime BETWEEN ? AND ? ORDER BY fixTime, id"
        return self.db.rows(sql, (device["id"], start, end))

    def _reported(self, devices: Sequence[int] | None, groups: Sequence[int] | None, start: str, end: str) -> list[Row]:
        """The devices that a report is about, each once; raises ToolError when it is about none, or about no time."""
        if not devices and not groups:
            raise ToolError("say which devices or groups the report is about", code="invalid_arguments")
        if start > end:
            raise ToolError("from must not be later than to", code="invalid_arguments")
        rows = [self.device(id) for id in devices or ()] + self.inside(groups or ())
        return sorted({row["id"]: row for row in rows}.values(), key=lambda row: row["id"])

    def _driver(self, fix: Row) -> str | None:
        """Who drove, by the card that was read at a position."""
        row = self.db.get("drivers", uniqueId=told(fix).get("driverUniqueId"))
        return row["name"] if row is not None else None
