"""Ids, rows and pages of Spotify Web API: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from envfactory.environment.tool import FromJson, Key

ArtistId = Annotated[str, Key("artist", "The id of an artist.")]
AlbumId = Annotated[str, Key("album", "The id of an album.")]
TrackId = Annotated[str, Key("track", "The id of a track.")]
SongUri = Annotated[str, Key("song", "The URI of a track: `spotify:track:` and its id.")]
SavedTrackId = Annotated[str, Key("saved_track", "The id of a track that the listener has saved.")]
PlaylistId = Annotated[str, Key("playlist", "The id of a playlist.")]
DeviceId = Annotated[str, Key("device", "The id of a device.")]
PlayerId = Annotated[str, Key("player", "The user id of the listener.")]
AlbumAlbumType = Literal["album", "single", "compilation"]
DeviceType = Literal["Computer", "Smartphone", "Tablet", "Speaker", "TV"]
PlayerRepeatState = Literal["off", "track", "context"]


class Artist(BaseModel):
    """One artist."""

    id: ArtistId
    name: str = Field(description="The artist's name.")
    genres: Annotated[list[str], FromJson] = Field(description="What the artist is known for, as `dream pop`.")
    followers: int = Field(description="How many people follow the artist.")
    popularity: int = Field(description="From 0 to 100, the most popular.")


class Album(BaseModel):
    """One saved album."""

    id: AlbumId
    name: str = Field(description="The title of the album.")
    album_type: AlbumAlbumType = Field(description="An album, a single or a compilation.")
    release_date: str = Field(description="The day it came out.", json_schema_extra={"format": "date"})
    total_tracks: int = Field(description="How many tracks it has.")
    label: str = Field(description="Who published it.")
    popularity: int = Field(description="From 0 to 100, the most popular.")


class Track(BaseModel):
    """One track."""

    id: TrackId
    name: str = Field(description="The title of the track.")
    track_number: int = Field(description="Its place on the album, counted from 1.")
    duration_ms: int = Field(description="How long it is, in milliseconds.")
    explicit: bool = Field(description="Whether its words are marked as explicit.")
    popularity: int = Field(description="From 0 to 100, the most popular.")


class Song(BaseModel):
    """One song."""

    uri: SongUri
    name: str = Field(description="The title of the track.")


class SavedTrack(BaseModel):
    """One saved track."""

    id: SavedTrackId
    name: str = Field(description="The title of the track.")
    added_at: str = Field(description="When the listener saved it.", json_schema_extra={"format": "date-time"})


class Playlist(BaseModel):
    """One playlist."""

    id: PlaylistId
    name: str = Field(description="What the playlist is called; several may have the same name.")
    description: str | None = Field(default=None, description="What it is for, in the owner's words.")
    public: bool = Field(description="Whether it is shown on the owner's profile.")
    collaborative: bool = Field(description="Whether others may add and remove tracks; only a private playlist can be.")
    snapshot_id: str = Field(description="Which version of the playlist this is; every change gives another.")


class Device(BaseModel):
    """One device."""

    id: DeviceId
    name: str = Field(description="What the device is called.")
    type: DeviceType = Field(description="What kind of device it is.")
    is_active: bool = Field(description="Whether it is the one that plays.")
    is_restricted: bool = Field(description="Whether it takes no commands from outside.")
    volume_percent: int = Field(description="How loud it is, from 0 to 100.")


class Player(BaseModel):
    """One playback."""

    is_playing: bool = Field(description="Whether something plays.")
    shuffle_state: bool = Field(description="Whether the order is mixed.")
    repeat_state: PlayerRepeatState = Field(description="Whether the track or the context is repeated.")
    progress_ms: int | None = Field(
        default=None,
        description="How far the current track has been played, in milliseconds.",
    )


class ArtistPage(BaseModel):
    """A page of a list, each item one artist."""

    artists: list[Artist]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class AlbumPage(BaseModel):
    """A page of a list, each item one saved album."""

    items: list[Album]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class SavedTrackPage(BaseModel):
    """A page of a list, each item one saved track."""

    items: list[SavedTrack]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class PlaylistPage(BaseModel):
    """A page of a list, each item one playlist."""

    items: list[Playlist]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class TrackPage(BaseModel):
    """A page of a list, each item one track."""

    items: list[Track]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class DevicePage(BaseModel):
    """A page of a list, each item one device."""

    devices: list[Device]
