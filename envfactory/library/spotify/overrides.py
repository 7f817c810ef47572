"""What no default can know of Spotify: places on a playlist and who may change them, and what a player is told."""

from __future__ import annotations

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    ActiveDevice,
    AlbumKey,
    AnyDevice,
    Collaborative,
    ContextUri,
    EachLimit,
    EachOffset,
    InsertBefore,
    Kinds,
    Limit,
    LongLimit,
    Name,
    NewName,
    Offset,
    PlaylistKey,
    PlaylistOffset,
    PlayOn,
    Position,
    PositionMs,
    Public,
    Purpose,
    Query,
    RangeLength,
    RangeStart,
    StartAt,
    ToAdd,
    ToForget,
    ToPlay,
    ToRemove,
    ToSave,
    TrackUri,
    Volume,
)
from .catalogue import paged, shown_playlist
from .listening import Listening
from .shown import (
    Devices,
    Found,
    KeptAlbums,
    KeptTracks,
    ListedTracks,
    PlaybackState,
    Playlists,
    ShownPlaylist,
    Snapshot,
    WholeAlbum,
)


class Overrides(Listening):
    """Tools written by hand."""

    # Catalogue and library -------------------------------------------------------------------------------------------

    @tool()
    def search(self, q: Query, type: Kinds, limit: EachLimit = 20, offset: EachOffset = 0) -> Found:
        """Search the catalogue for tracks, albums, artists and playlists."""
        if not q.strip():
            raise ToolError("say what to search for", code="invalid_arguments")
        found = {f"{kind}s": paged(self.matches(kind, q), limit, offset, f"search?type={kind}") for kind in type}
        return Found.model_validate(found)

    @tool()
    def get_saved_albums(self, limit: Limit = 20, offset: Offset = 0) -> KeptAlbums:
        """List the albums the listener has saved, the latest first."""
        return KeptAlbums.model_validate(paged(self.saved_albums(), limit, offset, "me/albums"))

    @tool()
    def get_album(self, id: AlbumKey) -> WholeAlbum:
        """Get one album with its tracks."""
        row, tracks = self.album(id), self.on_album(id)
        return WholeAlbum.model_validate(row | {"tracks": {"items": tracks, "total": len(tracks)}})

    @tool()
    def get_saved_tracks(self, limit: Limit = 20, offset: Offset = 0) -> KeptTracks:
        """List the tracks the listener has saved, the latest first."""
        return KeptTracks.model_validate(paged(self.saved_tracks(), limit, offset, "me/tracks"))

    @tool(writes=True)
    def save_tracks(self, ids: ToSave) -> None:
        """Save tracks to the listener's library; one that is saved already stays as it is."""
        for track in ids:
            row = self.need("tracks", "track", id=track)
            if self.db.get("saved_tracks", id=track) is None:
                kept: Row = {"id": track, "name": row["name"], "added_at": self.timestamp}
                self.db.insert("saved_tracks", kept)

    @tool(writes=True)
    def remove_saved_tracks(self, ids: ToForget) -> None:
        """Remove tracks from the listener's library; one that is not saved is passed over."""
        for track in ids:
            self.need("tracks", "track", id=track)
            self.db.delete("saved_tracks", id=track)

    # Playlists -------------------------------------------------------------------------------------------------------

    @tool()
    def get_current_users_playlists(self, limit: Limit = 20, offset: PlaylistOffset = 0) -> Playlists:
        """List the playlists the listener has made or follows."""
        rows = self.db.rows("SELECT * FROM playlists WHERE listed ORDER BY seq, id")
        return Playlists.model_validate(paged([shown_playlist(row) for row in rows], limit, offset, "me/playlists"))

    @tool()
    def get_playlist_tracks(self, playlist_id: PlaylistKey, limit: LongLimit = 20, offset: Offset = 0) -> ListedTracks:
        """List what is on a playlist, in its order."""
        items = self.playlist(playlist_id)["items"]
        rows = [self.track(item["uri"]) | item for item in items]
        return ListedTracks.model_validate(paged(rows, limit, offset, f"playlists/{playlist_id}/tracks"))

    @tool(writes=True)
    def create_playlist(
        self,
        name: Name,
        public: Public = True,
        collaborative: Collaborative = False,
        description: Purpose | None = None,
    ) -> ShownPlaylist:
        """Create an empty playlist of the listener's own."""
        _check_sharing(public=public, collaborative=collaborative)
        owner = self.listener()
        playlist = self.new_id(length=22)
        self.db.insert(
            "playlists",
            {
                "id": playlist,
                "name": name,
                "description": description,
                "public": public,
                "collaborative": collaborative,
                "owner_id": owner["id"],
                "owner_name": owner["display_name"],
                "snapshot_id": self.version(),
                "seq": self.db.next_number("playlists", "seq"),
            },
        )
        return ShownPlaylist.model_validate(shown_playlist(self.need("playlists", "playlist", id=playlist)))

    @tool(writes=True)
    def change_playlist_details(
        self,
        playlist_id: PlaylistKey,
        name: NewName | None = None,
        public: Public | None = None,
        collaborative: Collaborative | None = None,
        description: Purpose | None = None,
    ) -> None:
        """Change name, description, visibility or sharing of a playlist; only its owner can."""
        row = self.owned(playlist_id)
        changes = self.given(
            {"name": name, "public": public, "collaborative": collaborative, "description": description}
        )
        if not changes:
            raise ToolError("say what to change", code="invalid_arguments")
        if all(row[name] == value for name, value in changes.items()):
            return  # as it is already: the version stays
        after = row | changes
        _check_sharing(public=bool(after["public"]), collaborative=bool(after["collaborative"]))
        self.db.update("playlists", changes | {"snapshot_id": self.version()}, id=playlist_id)

    @tool(writes=True)
    def add_tracks_to_playlist(
        self,
        playlist_id: PlaylistKey,
        uris: ToAdd,
        position: Position | None = None,
    ) -> Snapshot:
        """Add tracks to a playlist, at its end or at a place; its owner can, and anybody when it is collaborative."""
        row = self.shared(playlist_id)
        self.need_tracks(uris)
        items = row["items"]
        place = len(items) if position is None else position
        if place > len(items):
            raise ToolError(
                f"{row['name']!r} has {len(items)} tracks: there is no position {place}", code="invalid_arguments"
            )
        user = self.listener()["id"]
        added = [{"uri": uri, "added_at": self.timestamp, "added_by": user} for uri in uris]
        return Snapshot(snapshot_id=self.arrange(row, [*items[:place], *added, *items[place:]]))

    @tool(writes=True)
    def remove_tracks_from_playlist(self, playlist_id: PlaylistKey, tracks: ToRemove) -> Snapshot:
        """Remove tracks from a playlist, every time they occur; its owner can, and anybody when it is collaborative."""
        row = self.shared(playlist_id)
        there = {item["uri"] for item in row["items"]}
        for track in tracks:
            if track["uri"] not in there:
                raise ToolError(f"{track['uri']!r} is not on {row['name']!r}", code="not_found")
        gone = {track["uri"] for track in tracks}
        return Snapshot(snapshot_id=self.arrange(row, [item for item in row["items"] if item["uri"] not in gone]))

    @tool(writes=True)
    def reorder_playlist(
        self,
        playlist_id: PlaylistKey,
        range_start: RangeStart,
        insert_before: InsertBefore,
        range_length: RangeLength = 1,
    ) -> Snapshot:
        """Move a run of tracks to another place of the playlist; its owner can, and anybody when it is
        collaborative."""
        row = self.shared(playlist_id)
        items = row["items"]
        end = range_start + range_length
        if end > len(items) or insert_before > len(items):
            raise ToolError(f"{row['name']!r} has only {len(items)} tracks", code="invalid_arguments")
        moved = items[range_start:end]
        if range_start <= insert_before <= end:
            arranged = items  # before itself, or before what follows: it stays where it is
        elif insert_before < range_start:
            arranged = [*items[:insert_before], *moved, *items[insert_before:range_start], *items[end:]]
        else:
            arranged = [*items[:range_start], *items[end:insert_before], *moved, *items[insert_before:]]
        return Snapshot(snapshot_id=self.arrange(row, arranged))

    # Player ----------------------------------------------------------------------------------------------------------

    @tool()
    def get_available_devices(self) -> Devices:
        """List the devices on which the listener can play music."""
        return Devices.model_validate({"devices": self.db.rows("SELECT * FROM devices ORDER BY seq, id")})

    @tool()
    def get_playback_state(self) -> PlaybackState:
        """Get what plays or was paused, how far it is, and on which device."""
        player = self.listener()
        uri: str | None = player["context_uri"]
        return PlaybackState.model_validate(
            player
            | {
                "device": self.db.get("devices", is_active=True),
                "item": self.track(player["item"]) if player["item"] else None,
                "context": {"type": uri.split(":")[1], "uri": uri} if uri else None,
            }
        )

    @tool(writes=True)
    def start_playback(
        self,
        device_id: PlayOn | None = None,
        context_uri: ContextUri | None = None,
        uris: ToPlay | None = None,
        offset: StartAt | None = None,
        position_ms: PositionMs | None = None,
    ) -> None:
        """Play tracks or a context (album, artist, playlist), or go on with what was paused."""
        if context_uri is not None and uris is not None:
            raise ToolError("give a context or tracks, not both", code="invalid_arguments")
        if offset is not None and (context_uri is None or context_uri.startswith("spotify:artist:")):
            raise ToolError("only an album or a playlist can be started at a place of it", code="invalid_arguments")
        player = self.listener()
        device = self.device(device_id)
        if context_uri is None and uris is None:
            self._resume(player, device, position_ms)
            return
        if uris is not None:
            self.need_tracks(uris)
            songs = uris
        else:
            songs = self.context(context_uri or "")
            if not songs:
                raise ToolError("there is nothing on it to play")
            songs = songs[_place(songs, offset or {}) :]
        self._play(player, device, songs, context_uri, position_ms or 0)

    @tool(writes=True)
    def pause_playback(self, device_id: ActiveDevice | None = None) -> None:
        """Pause what plays."""
        self.active(device_id)
        player = self.listener()
        if not player["is_playing"]:
            raise ToolError("nothing is playing that could be paused")
        self.db.update("players", {"is_playing": False}, id=player["id"])

    @tool(writes=True)
    def add_to_queue(self, uri: TrackUri, device_id: ActiveDevice | None = None) -> None:
        """Add a track to the end of the queue, which is played before anything else that follows."""
        self.active(device_id)
        self.need_tracks([uri])
        player = self.listener()
        self.db.update("players", {"queue": [*player["queue"], uri]}, id=player["id"])

    @tool(writes=True)
    def set_playback_volume(self, volume_percent: Volume, device_id: AnyDevice | None = None) -> None:
        """Set how loud a device plays."""
        device = self.device(device_id)
        self.db.update("devices", {"volume_percent": volume_percent}, id=device["id"])

    # What the player does --------------------------------------------------------------------------------------------

    def _resume(self, player: Row, device: Row, position_ms: int | None) -> None:
        """Go on with what was paused, or take it over on another device."""
        if not player["item"]:
            raise ToolError("nothing was played before that could go on")
        if player["is_playing"] and device["is_active"] and position_ms is None:
            raise ToolError(f"it is playing already, on {device['name']!r}")
        songs = [player["item"], *player["upcoming"]]
        progress = player["progress_ms"] if position_ms is None else position_ms
        self._play(player, device, songs, player["context_uri"], progress or 0)

    def _play(self, player: Row, device: Row, songs: list[str], context: str | None, progress: int) -> None:
        """Play the first of some tracks from a moment of it; the rest follow. Past its end, the next one begins."""
        rest = {"queue": player["queue"], "upcoming": songs[1:]}
        item = songs[0]
        if progress > self.track(item)["duration_ms"]:
            following = rest["queue"] or rest["upcoming"]
            if not following:
                raise ToolError("the track is not that long, and nothing follows it", code="invalid_arguments")
            item, progress = following[0], 0
            rest["queue" if rest["queue"] else "upcoming"] = following[1:]
        self.activate(device)
        changes: Row = {"is_playing": True, "item": item, "progress_ms": progress, "context_uri": context}
        self.db.update("players", changes | rest, id=player["id"])


def _check_sharing(*, public: bool, collaborative: bool) -> None:
    """Refuse a playlist that anybody may change and everybody sees."""
    if public and collaborative:
        raise ToolError("only a playlist that is not public can be collaborative")


def _place(songs: list[str], offset: StartAt) -> int:
    """Where in a context to start; raises ToolError when there is no such place."""
    if len(offset) > 1:
        raise ToolError("give a position or a URI to start at, not both", code="invalid_arguments")
    uri = offset.get("uri")
    if uri is not None:
        if uri not in songs:
            raise ToolError(f"{uri!r} is not on it", code="not_found")
        return songs.index(uri)
    position = offset.get("position", 0)
    if position >= len(songs):
        raise ToolError(f"it has {len(songs)} tracks: there is no position {position}", code="invalid_arguments")
    return position
