"""What answers show of rows. Marked as ids are those by which people would choose: what a list or a search names."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from envfactory.environment.tool import FromJson

from .arguments import Privacy
from .entities import ChannelId, CommentId, CommentModerationStatus, PlaylistId, PlaylistItemId, SubscriptionId, VideoId


class Page(BaseModel):
    """What every list has beside its items."""

    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class ShownPlaylist(BaseModel):
    """A playlist without what stands in it."""

    id: PlaylistId
    title: str
    description: str | None = None
    channelId: str = Field(description="The channel it belongs to.")
    channelTitle: str
    privacyStatus: Privacy
    publishedAt: str = Field(description="When it was made.", json_schema_extra={"format": "date-time"})
    itemCount: int = Field(description="How many entries it has.")


class Playlists(Page):
    """A page of playlists."""

    items: list[ShownPlaylist]


class ShownItem(BaseModel):
    """An entry of a playlist."""

    id: PlaylistItemId
    playlistId: str = Field(description="The playlist it stands in.")
    playlistTitle: str
    videoId: str = Field(description="The video that stands there.")
    title: str = Field(description="The title of the video; `Private video` when the user may no longer see it.")
    videoOwnerChannelTitle: str | None = Field(default=None, description="Whose video it is.")
    position: int = Field(description="Its place, counted from 0.")
    publishedAt: str = Field(description="When it was put there.", json_schema_extra={"format": "date-time"})


class Items(Page):
    """A page of a playlist."""

    items: list[ShownItem]


class VideoLine(BaseModel):
    """A video as a search shows it."""

    id: VideoId
    title: str
    description: str | None = None
    channelId: ChannelId = Field(description="The channel that published it.")
    channelTitle: str
    publishedAt: str = Field(description="When it was published.", json_schema_extra={"format": "date-time"})


class VideoInFull(VideoLine):
    """A video with its figures."""

    id: str = Field(description="The id of the video.")
    channelId: str = Field(description="The channel that published it.")
    tags: Annotated[list[str], FromJson] = Field(description="Words it is found by.")
    duration: str = Field(description="How long it is, as an ISO 8601 duration.")
    privacyStatus: Privacy
    viewCount: int = Field(description="How often it was watched.")
    likeCount: int = Field(description="How many people like it.")
    commentCount: int | None = Field(
        default=None, description="How many published comments and replies it has; absent where they are disabled."
    )


class Found(Page):
    """A page of a search."""

    items: list[VideoLine]


class Videos(Page):
    """A page of videos in full."""

    items: list[VideoInFull]


class ShownSubscription(BaseModel):
    """A subscription of the user."""

    id: SubscriptionId
    channelId: str = Field(description="The channel that is subscribed to.")
    channelTitle: str = Field(description="The name of that channel.")
    description: str = Field(description="What that channel is about.")
    publishedAt: str = Field(description="When the user subscribed.", json_schema_extra={"format": "date-time"})


class Subscriptions(Page):
    """A page of subscriptions."""

    items: list[ShownSubscription]


class ShownComment(BaseModel):
    """A comment or reply."""

    id: CommentId
    videoId: str = Field(description="The video it was written about.")
    videoTitle: str
    parentId: str | None = Field(default=None, description="For a reply: the first comment of its thread.")
    textOriginal: str = Field(description="What it says.")
    authorDisplayName: str = Field(description="Who wrote it.")
    likeCount: int = Field(description="How many people like it.")
    moderationStatus: CommentModerationStatus | None = Field(
        default=None, description="Whether it is shown; only the owner of the video is told."
    )
    publishedAt: str = Field(description="When it was written.", json_schema_extra={"format": "date-time"})


class Reply(ShownComment):
    """A reply, as its thread shows it and as it was just written."""

    id: str = Field(description="The id of the comment.")


class ShownThread(ShownComment):
    """A first comment with the replies to it."""

    totalReplyCount: int = Field(description="How many published replies it has.")
    replies: list[Reply] = Field(description="The published replies, the oldest first.")


class NewThread(ShownThread):
    """A first comment as it was just written; nobody answers their own words in the same breath."""

    id: str = Field(description="The id of the comment and of its thread.")


class Threads(Page):
    """A page of threads."""

    items: list[ShownThread]
