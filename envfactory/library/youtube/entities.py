"""Ids, rows and pages of YouTube Data API v3: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from envfactory.environment.tool import FromJson, Key

ChannelId = Annotated[str, Key("channel", "The id of a channel.")]
VideoId = Annotated[str, Key("video", "The id of a video.")]
PlaylistId = Annotated[str, Key("playlist", "The id of a playlist.")]
PlaylistItemId = Annotated[str, Key("playlist_item", "The id of an entry of a playlist; not that of its video.")]
SubscriptionId = Annotated[str, Key("subscription", "The id of a subscription; not that of its channel.")]
CommentId = Annotated[str, Key("comment", "The id of a comment; that of a first comment is also the id of its thread.")]
VideoPrivacyStatus = Literal["public", "unlisted", "private"]
VideoMyRating = Literal["none", "like", "dislike"]
PlaylistPrivacyStatus = Literal["public", "unlisted", "private"]
CommentModerationStatus = Literal["published", "heldForReview", "likelySpam", "rejected"]


class Channel(BaseModel):
    """One channel."""

    channelId: ChannelId
    channelTitle: str = Field(description="What the channel is called.")
    description: str = Field(description="What the channel is about.")
    customUrl: str = Field(description="Its handle, as `@fernhillstudio`.")


class Video(BaseModel):
    """One video."""

    id: VideoId
    channelId: ChannelId = Field(description="The channel that published it.")
    title: str = Field(description="The title of the video.")
    description: str | None = Field(default=None, description="What is said about it below.")
    tags: Annotated[list[str], FromJson] = Field(description="Words it is found by.")
    publishedAt: str = Field(description="When it was published.", json_schema_extra={"format": "date-time"})
    duration: str = Field(description="How long it is, as an ISO 8601 duration: `PT12M30S`.")
    privacyStatus: VideoPrivacyStatus = Field(
        description="Who can see it: `public` everybody, `unlisted` whoever has its id, `private` only its owner.",
    )
    viewCount: int = Field(description="How often it was watched.")
    likeCount: int = Field(description="How many people like it.")


class Playlist(BaseModel):
    """One playlist."""

    id: PlaylistId
    channelId: ChannelId = Field(description="The channel it belongs to.")
    title: str = Field(description="What the playlist is called; several may have the same title.")
    description: str | None = Field(default=None, description="What it is for.")
    privacyStatus: PlaylistPrivacyStatus = Field(
        description="Who can see it: `public` everybody, `unlisted` whoever has its id, `private` only its owner.",
    )
    publishedAt: str = Field(description="When it was made.", json_schema_extra={"format": "date-time"})


class PlaylistItem(BaseModel):
    """One video."""

    id: PlaylistItemId
    playlistId: PlaylistId = Field(description="The playlist it stands in.")
    videoId: VideoId = Field(description="The video that stands there.")
    title: str = Field(description="The title of the video.")
    position: int = Field(description="Its place in the playlist, counted from 0.")
    publishedAt: str = Field(description="When it was put there.", json_schema_extra={"format": "date-time"})


class Subscription(BaseModel):
    """One channel I follow."""

    id: SubscriptionId
    channelId: ChannelId = Field(description="The channel that is subscribed to.")
    channelTitle: str = Field(description="The name of that channel.")
    publishedAt: str = Field(description="When the user subscribed.", json_schema_extra={"format": "date-time"})


class Comment(BaseModel):
    """One comment."""

    id: CommentId
    videoId: VideoId = Field(description="The video it was written about.")
    parentId: CommentId | None = Field(default=None, description="For a reply: the first comment of its thread.")
    textOriginal: str = Field(description="What it says.")
    authorDisplayName: str = Field(description="Who wrote it.")
    likeCount: int = Field(description="How many people like it.")
    moderationStatus: CommentModerationStatus = Field(
        description=(
            "Whether it is shown (`published`), waits for the channel's owner (`heldForReview`), may be spam "
            "(`likelySpam`), or was hidden (`rejected`)."
        ),
    )
    publishedAt: str = Field(description="When it was written.", json_schema_extra={"format": "date-time"})


class PlaylistPage(BaseModel):
    """A page of a list, each item one playlist."""

    items: list[Playlist]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class PlaylistItemPage(BaseModel):
    """A page of a list, each item one video."""

    items: list[PlaylistItem]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class VideoPage(BaseModel):
    """A page of a list, each item one video."""

    items: list[Video]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class SubscriptionPage(BaseModel):
    """A page of a list, each item one channel I follow."""

    items: list[Subscription]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class CommentPage(BaseModel):
    """A page of a list, each item one comment."""

    items: list[Comment]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")
