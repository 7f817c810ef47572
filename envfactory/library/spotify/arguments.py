"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from .catalogue import Kind
from .entities import AlbumId, DeviceId, PlaylistId, SavedTrackId, SongUri, TrackId


class Removed(TypedDict):
    """A track to remove."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    uri: SongUri


class Start(TypedDict, total=False):
    """Where in an album or playlist to start."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    position: Annotated[int, Field(ge=0)]
    uri: str


Limit = Annotated[int, Field(ge=1, le=50, description="How many at most on one page.")]
LongLimit = Annotated[int, Field(ge=1, le=100, description="How many at most on one page.")]
Offset = Annotated[int, Field(ge=0, description="How many to leave out from the start.")]
PlaylistOffset = Annotated[int, Field(ge=0, le=100_000, description="How many to leave out from the start.")]

Query = Annotated[
    str,
    Field(
        min_length=1,
        description="Words that must all occur in the title, or the names of album or artist; also `artist:`, "
        "`album:`, `track:`, `genre:` (a text in quotes, or one word) and `year:` (2024 or 2020-2024).",
    ),
]
Kinds = Annotated[list[Kind], Field(min_length=1, description="Which kinds to look for.")]
EachLimit = Annotated[int, Field(ge=1, le=50, description="How many at most of each kind.")]
EachOffset = Annotated[int, Field(ge=0, le=1000, description="How many of each kind to leave out from the start.")]

AlbumKey = Annotated[AlbumId, Field(description="Which album.")]
ToSave = Annotated[list[TrackId], Field(min_length=1, max_length=50, description="The ids of 1 to 50 tracks.")]
ToForget = Annotated[list[SavedTrackId], Field(min_length=1, max_length=50, description="The ids of 1 to 50 tracks.")]

PlaylistKey = Annotated[PlaylistId, Field(description="Which playlist.")]
Name = Annotated[str, Field(min_length=1, description="What it is called; the name need not be unique.")]
NewName = Annotated[str, Field(min_length=1, description="The new name.")]
Purpose = Annotated[str, Field(description="What it is for.")]
Public = Annotated[bool, Field(description="Whether it is shown on the listener's profile.")]
Collaborative = Annotated[bool, Field(description="Whether others may change it; only with `public` false.")]
ToAdd = Annotated[
    list[SongUri],
    Field(
        min_length=1,
        max_length=100,
        description="The URIs of 1 to 100 tracks, in the order in which they are to stand.",
    ),
]
Position = Annotated[
    int,
    Field(ge=0, description="Where the first of them is to stand, counted from 0; without it: at the end."),
]
ToRemove = Annotated[
    list[Removed],
    Field(min_length=1, max_length=100, description="1 to 100 objects, each with the `uri` of a track to remove."),
]
RangeStart = Annotated[int, Field(ge=0, description="Where the first track to move stands, counted from 0.")]
InsertBefore = Annotated[
    int,
    Field(
        ge=0,
        description="Before which position they are to stand, counted from 0 as it is now; the number of tracks means "
        "the end.",
    ),
]
RangeLength = Annotated[int, Field(ge=1, description="How many tracks to move.")]

PlayOn = Annotated[
    DeviceId,
    Field(description="Where to play; without it: on the active device. An inactive one takes the music over."),
]
ActiveDevice = Annotated[
    DeviceId,
    Field(description="Which device; it must be the active one. Without it: the active device."),
]
AnyDevice = Annotated[DeviceId, Field(description="Which device; without it: the active device.")]
ContextUri = Annotated[
    str,
    Field(description="The URI of an album, artist or playlist to play; not together with `uris`."),
]
ToPlay = Annotated[
    list[SongUri],
    Field(min_length=1, max_length=100, description="The URIs of 1 to 100 tracks to play, in this order."),
]
StartAt = Annotated[
    Start,
    Field(
        description="Where in an album or playlist to start: its `position` (from 0), or the `uri` of a track on it."
    ),
]
PositionMs = Annotated[
    int,
    Field(
        ge=0,
        description="Where in the first track to start, in milliseconds; past its end the next one is played.",
    ),
]
TrackUri = Annotated[SongUri, Field(description="The URI of the track.")]
Volume = Annotated[int, Field(ge=0, le=100, description="How loud, from 0 to 100.")]
