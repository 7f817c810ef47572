"""Who may see and change what: the user's own links, and what groups hand down."""

from __future__ import annotations

from collections.abc import Sequence

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

_WITHIN = """
WITH RECURSIVE mine(id) AS (
    SELECT groupId FROM user_groups WHERE userId = :user
    UNION SELECT inner_group.id FROM "groups" AS inner_group JOIN mine ON inner_group.groupId = mine.id
)
"""
_LINKS = {
    ("userId", "deviceId"): "user_devices",
    ("userId", "groupId"): "user_groups",
    ("userId", "geofenceId"): "user_geofences",
    ("userId", "driverId"): "user_drivers",
    ("deviceId", "geofenceId"): "device_geofences",
    ("deviceId", "driverId"): "device_drivers",
    ("groupId", "geofenceId"): "group_geofences",
    ("groupId", "driverId"): "group_drivers",
}
"""The table of each pair that can be linked, the first of the two first."""


class Fleet(Environment):
    """The parts of the fleet that the user who is signed in may see."""

    def me(self) -> Row:
        """The user who is signed in."""
        return self.need("users", "user", session=True)

    def groups_of(self, user: int) -> list[Row]:
        """The groups a user may see: those linked, and all within them."""
        sql = _WITHIN + 'SELECT * FROM "groups" WHERE id IN (SELECT id FROM mine) ORDER BY id'
        return self.db.rows(sql, {"user": user})

    def devices_of(self, user: int) -> list[Row]:
        """The devices a user may see: those linked, and those in groups the user may see."""
        sql = f"""{_WITHIN}
            SELECT * FROM devices
            WHERE id IN (SELECT deviceId FROM user_devices WHERE userId = :user) OR groupId IN (SELECT id FROM mine)
            ORDER BY id
        """
        return self.db.rows(sql, {"user": user})

    def device(self, id: int) -> Row:
        """A device that the user may see; raises ToolError for any other."""
        return _among(self.devices_of(self.me()["id"]), "device", id)

    def group(self, id: int) -> Row:
        """A group that the user may see; raises ToolError for any other."""
        return _among(self.groups_of(self.me()["id"]), "group", id)

    def geofences(self) -> list[Row]:
        """The user's geofences."""
        sql = "SELECT geofences.* FROM geofences JOIN user_geofences ON geofenceId = id WHERE userId = ? ORDER BY id"
        return self.db.rows(sql, (self.me()["id"],))

    def geofence(self, id: int) -> Row:
        """A geofence of the user's; raises ToolError for any other."""
        return _among(self.geofences(), "geofence", id)

    def drivers(self) -> list[Row]:
        """The user's drivers."""
        sql = "SELECT drivers.* FROM drivers JOIN user_drivers ON driverId = id WHERE userId = ? ORDER BY id"
        return self.db.rows(sql, (self.me()["id"],))

    def driver(self, id: int) -> Row:
        """A driver of the user's; raises ToolError for any other."""
        return _among(self.drivers(), "driver", id)

    def managed(self) -> list[Row]:
        """The users whom the user manages."""
        return self.db.rows("SELECT * FROM users WHERE managerId = ? ORDER BY id", (self.me()["id"],))

    def user(self, id: int) -> Row:
        """The user, or somebody the user manages; raises ToolError for anybody else."""
        return _among([self.me(), *self.managed()], "user", id)

    # Groups hand down what is linked to them -------------------------------------------------------------------------

    def upwards(self, group: int | None) -> list[int]:
        """A group and all that it is part of."""
        sql = """
            WITH RECURSIVE above(id) AS (
                SELECT :group UNION SELECT groupId FROM "groups" JOIN above USING (id) WHERE groupId IS NOT NULL
            )
            SELECT id FROM above
        """
        return [row["id"] for row in self.db.rows(sql, {"group": group})] if group is not None else []

    def inside(self, groups: Sequence[int]) -> list[Row]:
        """The devices the user may see in these groups and in all within them."""
        for group in groups:
            self.group(group)
        wanted = set(groups)
        return [row for row in self.devices_of(self.me()["id"]) if wanted & set(self.upwards(row["groupId"]))]

    def holding(self, rows: list[Row], what: str, device: int | None, group: int | None) -> list[Row]:
        """Those of some geofences or drivers that hold for a device, for a group, or for both when both are given."""
        if device is not None:
            row = self.device(device)
            there = self._linked("device", what, [device]) | self._linked("group", what, self.upwards(row["groupId"]))
            rows = [row for row in rows if row["id"] in there]
        if group is not None:
            self.group(group)
            there = self._linked("group", what, self.upwards(group))
            rows = [row for row in rows if row["id"] in there]
        return rows

    def _linked(self, owner: str, what: str, ids: Sequence[int]) -> set[int]:
        table = _LINKS[f"{owner}Id", f"{what}Id"]
        return {row[f"{what}Id"] for id in ids for row in self.db.find(table, **{f"{owner}Id": id})}

    # What the user may do --------------------------------------------------------------------------------------------

    def check_may_write(self) -> Row:
        """The user; raises ToolError when the user may only look."""
        me = self.me()
        if me["readonly"]:
            raise ToolError("your account may only look", code="forbidden")
        return me

    def check_may_change_devices(self) -> Row:
        """The user; raises ToolError when the user may change no devices."""
        me = self.check_may_write()
        if me["deviceReadonly"]:
            raise ToolError("your account may not change devices", code="forbidden")
        return me

    def pair(self, ends: dict[str, int | None]) -> tuple[str, dict[str, int]]:
        """The table that links two ends, and the two; raises ToolError for what cannot be linked or seen."""
        self.check_may_write()
        given = {name: id for name, id in ends.items() if id is not None}
        table = _LINKS.get(tuple(given))  # pyright: ignore[reportArgumentType, reportCallIssue]
        if table is None:
            pairs = "; ".join(" and ".join(pair) for pair in _LINKS)
            raise ToolError(f"give one of these pairs: {pairs}", code="invalid_arguments")
        seen = {
            "userId": self.user,
            "deviceId": self.device,
            "groupId": self.group,
            "geofenceId": self.geofence,
            "driverId": self.driver,
        }
        for name, id in given.items():
            seen[name](id)
        return table, given


def _among(rows: Sequence[Row], what: str, id: int) -> Row:
    """What the user may not see is not there for the user."""
    found = next((row for row in rows if row["id"] == id), None)
    if found is None:
        raise ToolError(f"there is no {what} {id} that you may see", code="not_found")
    return found
