"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from envfactory.environment.tool import DateTime

from .entities import ChannelId, CommentId, PlaylistId, PlaylistItemId, SubscriptionId, VideoId

Page = Annotated[int, Field(ge=1, le=50, description="How many at most on one page.")]
CommentPage = Annotated[int, Field(ge=1, le=100, description="How many at most on one page.")]
PageToken = Annotated[str, Field(description="`nextPageToken` of the page before.")]
Privacy = Literal["public", "unlisted", "private"]

OfChannel = Annotated[ChannelId, Field(description="Whose playlists; without it: the user's own.")]
PlaylistTitle = Annotated[
    str,
    Field(
        min_length=1,
        max_length=150,
        description="What it is called; at most 150 characters, none of them `<` or `>`.",
    ),
]
NewPlaylistTitle = Annotated[
    str,
    Field(min_length=1, max_length=150, description="Its title from now on; repeat the present one to keep it."),
]
Purpose = Annotated[str, Field(max_length=5000, description="What it is for.")]
NewPurpose = Annotated[
    str,
    Field(max_length=5000, description="What it is for from now on; repeat the present one to keep it."),
]
Seen = Annotated[Privacy, Field(description="Who can see it.")]
NewSeen = Annotated[Privacy, Field(description="Who can see it from now on.")]
PlaylistKey = Annotated[PlaylistId, Field(description="Which playlist.")]

OfVideo = Annotated[VideoId, Field(description="Only the entries that are this video.")]
VideoKey = Annotated[VideoId, Field(description="Which video.")]
InsertAt = Annotated[
    int,
    Field(ge=0, description="Where it is to stand, counted from 0; without it: at the end."),
]
MoveTo = Annotated[int, Field(ge=0, description="Where it is to stand, counted from 0.")]
ItemKey = Annotated[PlaylistItemId, Field(description="Which entry.")]
ItemPlaylist = Annotated[str, Field(description="The playlist it stands in.")]
ItemVideo = Annotated[str, Field(description="The video that stands there.")]

Query = Annotated[
    str,
    Field(
        min_length=1,
        description="Words that must all occur in title, description, tags or the channel's name; `|` between words "
        "means either, `-` before a word that it must not occur.",
    ),
]
OnChannel = Annotated[ChannelId, Field(description="Only videos of this channel.")]
ForMine = Annotated[bool, Field(description="Only the user's own videos; not together with `channelId`.")]
After = Annotated[DateTime, Field(description="Only videos published at this time or later.")]
Before = Annotated[DateTime, Field(description="Only videos published before this time.")]
SearchOrder = Annotated[
    Literal["relevance", "date", "viewCount", "rating", "title"],
    Field(
        description="By what to sort: `relevance` puts matching titles first, then the newest; `date` the newest, "
        "`viewCount` the most watched, `rating` the most liked first; `title` by the alphabet.",
    ),
]
VideoKeys = Annotated[
    list[VideoId],
    Field(
        min_length=1,
        max_length=50,
        description="The ids of 1 to 50 videos; one that the user may not see is left out. Not together with "
        "`myRating`.",
    ),
]
RatedAs = Annotated[Literal["like", "dislike"], Field(description="How the user has rated them.")]
Rating = Annotated[
    Literal["like", "dislike", "none"],
    Field(description="The user's rating from now on; `none` takes it back."),
]
NewVideoTitle = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        description="Its title from now on, at most 100 characters; repeat the present one to keep it.",
    ),
]
NewDescription = Annotated[
    str,
    Field(max_length=5000, description="Its description from now on; repeat the present one to keep it."),
]

ForChannel = Annotated[ChannelId, Field(description="Only the subscription to this channel.")]
SubscriptionOrder = Annotated[
    Literal["relevance", "alphabetical"],
    Field(description="`relevance` puts the latest subscription first; `alphabetical` goes by the channel's name."),
]
ChannelKey = Annotated[ChannelId, Field(description="Which channel.")]
SubscriptionKey = Annotated[SubscriptionId, Field(description="Which subscription.")]

Listed = Annotated[
    Literal["published", "heldForReview", "likelySpam"],
    Field(description="Which first comments."),
]
Terms = Annotated[str, Field(min_length=1, description="Only those whose text has all of these words.")]
ThreadOrder = Annotated[
    Literal["time", "relevance"],
    Field(description="`time` puts the newest first; `relevance` the most liked."),
]
Text = Annotated[str, Field(min_length=1, max_length=10_000, description="What to say.")]
ReplyTo = Annotated[CommentId, Field(description="The comment to reply to.")]
CommentKeys = Annotated[
    list[CommentId],
    Field(min_length=1, max_length=50, description="The ids of 1 to 50 comments."),
]
Decision = Annotated[
    Literal["published", "heldForReview", "rejected"],
    Field(description="What they are to be."),
]
