"""What callers see of tracks, albums, playlists and the player."""

from __future__ import annotations

from pydantic import BaseModel, Field

from .entities import (
    AlbumAlbumType,
    AlbumId,
    Device,
    DeviceType,
    PlayerRepeatState,
    PlaylistId,
    SavedTrackId,
    SongUri,
    TrackId,
)


class Named(BaseModel):
    """An artist or album, as far as it is named beside something else."""

    id: str
    name: str


class Person(BaseModel):
    """A user of the service."""

    id: str
    display_name: str


class Total(BaseModel):
    """How many there are."""

    total: int


class AlbumTrack(BaseModel):
    """A track as its album lists it."""

    id: TrackId
    uri: SongUri
    name: str
    artists: list[Named]
    track_number: int = Field(description="Its place on the album, counted from 1.")
    duration_ms: int = Field(description="How long it is, in milliseconds.")
    explicit: bool


class ListedTrack(AlbumTrack):
    """A track as it stands on a playlist."""

    album: Named
    popularity: int = Field(description="From 0 to 100, the most popular.")
    added_at: str = Field(description="When it was put there.")
    added_by: str = Field(description="The user id of the one who put it there.")


class KeptTrack(BaseModel):
    """A track that the listener has saved."""

    id: SavedTrackId
    uri: SongUri
    name: str
    artists: list[Named]
    album: Named
    track_number: int = Field(description="Its place on the album, counted from 1.")
    duration_ms: int = Field(description="How long it is, in milliseconds.")
    explicit: bool
    popularity: int = Field(description="From 0 to 100, the most popular.")
    added_at: str = Field(description="When it was saved.")


class AlbumTracks(Total):
    """What is on an album."""

    items: list[AlbumTrack]


class ShownAlbum(BaseModel):
    """An album without its tracks."""

    id: AlbumId
    uri: str
    name: str
    album_type: AlbumAlbumType
    artists: list[Named]
    release_date: str
    total_tracks: int
    label: str
    popularity: int = Field(description="From 0 to 100, the most popular.")


class WholeAlbum(ShownAlbum):
    """An album with its tracks."""

    tracks: AlbumTracks


class KeptAlbum(ShownAlbum):
    """An album that the listener has saved."""

    added_at: str = Field(description="When it was saved.")


class ShownPlaylist(BaseModel):
    """A playlist without what is on it."""

    id: PlaylistId
    uri: str
    name: str
    description: str | None = None
    public: bool
    collaborative: bool
    owner: Person
    snapshot_id: str = Field(description="Which version this is; every change gives another.")
    tracks: Total


class Snapshot(BaseModel):
    """The version of a playlist after a change."""

    snapshot_id: str


class Page(BaseModel):
    """A part of a list."""

    total: int = Field(description="How many there are on all pages.")
    limit: int
    offset: int
    next: str | None = Field(default=None, description="The address of the next page; absent on the last.")


class KeptTracks(Page):
    """A page of saved tracks."""

    items: list[KeptTrack]


class KeptAlbums(Page):
    """A page of saved albums."""

    items: list[KeptAlbum]


class ListedTracks(Page):
    """A page of what is on a playlist."""

    items: list[ListedTrack]


class Playlists(Page):
    """A page of playlists."""

    items: list[ShownPlaylist]


class Devices(BaseModel):
    """Where the listener can play music."""

    devices: list[Device]


class Context(BaseModel):
    """What a track is played from."""

    type: str
    uri: str


class PlayedTrack(BaseModel):
    """The track that plays, or was paused."""

    id: str
    uri: str
    name: str
    artists: list[Named]
    album: Named
    duration_ms: int


class PlayingDevice(BaseModel):
    """The device that is active."""

    id: str
    name: str
    type: DeviceType
    is_active: bool
    is_restricted: bool
    volume_percent: int


class PlaybackState(BaseModel):
    """What the player does; without a device when none is active, without an item when nothing was played."""

    device: PlayingDevice | None = None
    is_playing: bool
    shuffle_state: bool
    repeat_state: PlayerRepeatState
    progress_ms: int | None = Field(default=None, description="How far the track has been played, in milliseconds.")
    context: Context | None = None
    item: PlayedTrack | None = None


# What a search finds. Its ids are plain: it answers words, and does not say which one was meant. --------------------


class FoundTrack(BaseModel):
    """A track that fits a search."""

    id: str
    uri: str
    name: str
    artists: list[Named]
    album: Named
    duration_ms: int
    explicit: bool
    popularity: int


class FoundAlbum(BaseModel):
    """An album that fits a search."""

    id: str
    uri: str
    name: str
    album_type: AlbumAlbumType
    artists: list[Named]
    release_date: str
    total_tracks: int


class FoundArtist(BaseModel):
    """An artist that fits a search."""

    id: str
    uri: str
    name: str
    genres: list[str]
    followers: Total
    popularity: int


class FoundPlaylist(BaseModel):
    """A playlist that fits a search."""

    id: str
    uri: str
    name: str
    description: str | None = None
    owner: Person
    tracks: Total


class FoundTracks(Page):
    """A page of them."""

    items: list[FoundTrack]


class FoundAlbums(Page):
    """A page of them."""

    items: list[FoundAlbum]


class FoundArtists(Page):
    """A page of them."""

    items: list[FoundArtist]


class FoundPlaylists(Page):
    """A page of them."""

    items: list[FoundPlaylist]


class Found(BaseModel):
    """What fits a search, by kind; only the kinds that were asked for."""

    tracks: FoundTracks | None = None
    albums: FoundAlbums | None = None
    artists: FoundArtists | None = None
    playlists: FoundPlaylists | None = None
