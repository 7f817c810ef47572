"""The listener: whose playlists these are, who may change them, and on which device music plays."""

from __future__ import annotations

import json

from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .catalogue import Catalogue


class Listening(Catalogue):
    """What is the listener's own: playlists, player and devices."""

    def listener(self) -> Row:
        """The player, whose id is the listener's user id."""
        row = self.db.row("SELECT * FROM players ORDER BY id")
        if row is None:
            raise ToolError("nobody is signed in", code="forbidden")
        return row | {"queue": json.loads(row["queue"]), "upcoming": json.loads(row["upcoming"])}

    # Playlists -------------------------------------------------------------------------------------------------------

    def playlist(self, playlist: str) -> Row:
        """A playlist that the listener can see: a public one, or one among the listener's; raises ToolError."""
        row = self.need("playlists", "playlist", id=playlist)
        if not row["public"] and not row["listed"]:
            raise ToolError(f"there is no playlist {playlist!r}", code="not_found")
        return row | {"items": json.loads(row["items"])}

    def owned(self, playlist: str) -> Row:
        """A playlist of the listener's own; raises ToolError."""
        row = self.playlist(playlist)
        if row["owner_id"] != self.listener()["id"]:
            raise ToolError(f"{row['name']!r} belongs to {row['owner_name']}, who alone can do this", code="forbidden")
        return row

    def shared(self, playlist: str) -> Row:
        """A playlist whose tracks the listener may change: an own or a collaborative one; raises ToolError."""
        row = self.playlist(playlist)
        return row if row["collaborative"] else self.owned(playlist)

    def arrange(self, row: Row, items: list[Row]) -> str:
        """Write what is on a playlist; the id of the new version, or of the old one when nothing changes."""
        if row["items"] == items:
            return str(row["snapshot_id"])
        version = self.version()
        self.db.update("playlists", {"items": items, "snapshot_id": version}, id=row["id"])
        return version

    def version(self) -> str:
        """A fresh id of a playlist's version."""
        return self.new_id("snapshot", length=22)

    # Player ----------------------------------------------------------------------------------------------------------

    def device(self, device: str | None) -> Row:
        """The device that is meant: the one named, else the active one; it must take commands. Raises ToolError."""
        if device is None:
            row = self.db.get("devices", is_active=True)
            if row is None:
                raise ToolError("no device is active; name one to play on", code="not_found")
        else:
            row = self.need("devices", "device", id=device)
        if row["is_restricted"]:
            raise ToolError(f"{row['name']!r} takes no commands from outside", code="forbidden")
        return row

    def active(self, device: str | None) -> Row:
        """The device that is meant, which must be the active one; raises ToolError."""
        row = self.device(device)
        if not row["is_active"]:
            raise ToolError(f"{row['name']!r} is not active")
        return row

    def activate(self, device: Row) -> None:
        """Make this the one device that plays."""
        if not device["is_active"]:
            self.db.update("devices", {"is_active": False}, is_active=True)
            self.db.update("devices", {"is_active": True}, id=device["id"])

    def context(self, uri: str) -> list[str]:
        """The URIs of what an album, artist or playlist plays, in order; raises ToolError."""
        kind, _, key = uri.removeprefix("spotify:").partition(":")
        match kind if uri.startswith("spotify:") else "":
            case "album":
                return [str(row["uri"]) for row in self.on_album(self.album(key)["id"])]
            case "artist":
                self.need("artists", "artist", id=key)
                rows = self.db.rows(
                    """
                    SELECT s.uri FROM songs AS s JOIN tracks AS t ON t.id = s.track JOIN albums AS a ON a.id = t.album
                    WHERE a.artist = ? ORDER BY t.popularity DESC, t.id
                    """,
                    (key,),
                )
                return [str(row["uri"]) for row in rows]
            case "playlist":
                return [str(item["uri"]) for item in self.playlist(key)["items"]]
            case _:
                raise ToolError(f"{uri!r} is no URI of an album, artist or playlist", code="invalid_arguments")
