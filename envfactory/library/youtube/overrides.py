"""What no default can know of YouTube: what is seen by whom, places in playlists, ratings, and threads of comments."""

from __future__ import annotations

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    After,
    Before,
    ChannelKey,
    CommentKeys,
    CommentPage,
    Decision,
    ForChannel,
    ForMine,
    InsertAt,
    ItemKey,
    ItemPlaylist,
    ItemVideo,
    Listed,
    MoveTo,
    NewDescription,
    NewPlaylistTitle,
    NewPurpose,
    NewSeen,
    NewVideoTitle,
    OfChannel,
    OfVideo,
    OnChannel,
    Page,
    PageToken,
    PlaylistKey,
    PlaylistTitle,
    Purpose,
    Query,
    RatedAs,
    Rating,
    ReplyTo,
    SearchOrder,
    Seen,
    SubscriptionKey,
    SubscriptionOrder,
    Terms,
    Text,
    ThreadOrder,
    VideoKey,
    VideoKeys,
)
from .shown import (
    Found,
    Items,
    NewThread,
    Playlists,
    Reply,
    ShownItem,
    ShownPlaylist,
    ShownSubscription,
    Subscriptions,
    Threads,
    VideoInFull,
    Videos,
)
from .studio import Studio, check_title, in_title, is_listed, matches, may_see, shown_comment


class Overrides(Studio):
    """Tools written by hand."""

    # Playlists -------------------------------------------------------------------------------------------------------

    @tool()
    def playlists_list(
        self, channelId: OfChannel | None = None, maxResults: Page = 50, pageToken: PageToken | None = None
    ) -> Playlists:
        """List playlists, the newest first: the user's own, or those of a channel that the user may see."""
        channel = self.me() if channelId is None else self.need("channels", "channel", channelId=channelId)
        rows, following = self.page(self.playlists_of(channel["channelId"]), maxResults, pageToken)
        return Playlists.model_validate({"items": rows, "nextPageToken": following})

    @tool(writes=True)
    def playlists_insert(
        self, title: PlaylistTitle, description: Purpose | None = None, privacyStatus: Seen = "public"
    ) -> ShownPlaylist:
        """Create an empty playlist of the user's own."""
        playlist = f"PL{self.new_id(length=32)}"
        self.db.insert(
            "playlists",
            {
                "id": playlist,
                "channelId": self.me()["channelId"],
                "title": check_title(title),
                "description": description or None,
                "privacyStatus": privacyStatus,
                "publishedAt": self.timestamp,
                "seq": self.db.next_number("playlists", "seq"),
            },
        )
        return ShownPlaylist.model_validate(self.playlist(playlist))

    @tool(writes=True)
    def playlists_update(
        self,
        id: PlaylistKey,
        title: NewPlaylistTitle | None = None,
        description: NewPurpose | None = None,
        privacyStatus: NewSeen | None = None,
    ) -> ShownPlaylist:
        """Change a playlist of the user's own. Title and description are written together: the title must be given, a
        description that is not given is emptied; who can see it stays unless given."""
        row = self.own_playlist(id)
        changes = _rewritten(title, description, privacyStatus)
        self.db.update("playlists", changes, id=id)
        return ShownPlaylist.model_validate(row | changes)

    @tool(writes=True)
    def playlists_delete(self, id: PlaylistKey) -> None:
        """Delete a playlist of the user's own with all its entries; the videos stay."""
        self.own_playlist(id)
        self.db.delete("playlists", id=id)

    # What stands in them ---------------------------------------------------------------------------------------------

    @tool()
    def playlist_items_list(
        self,
        playlistId: PlaylistKey,
        videoId: OfVideo | None = None,
        maxResults: Page = 50,
        pageToken: PageToken | None = None,
    ) -> Items:
        """List what stands in a playlist, by position."""
        entries = self.entries(self.playlist(playlistId)["id"])
        if videoId is not None:
            video = self.video(videoId)
            entries = [entry for entry in entries if entry["videoId"] == video["id"]]
        rows, following = self.page(entries, maxResults, pageToken)
        return Items.model_validate({"items": [self.shown_entry(row) for row in rows], "nextPageToken": following})

    @tool(writes=True)
    def playlist_items_insert(
        self, playlistId: PlaylistKey, videoId: VideoKey, position: InsertAt | None = None
    ) -> ShownItem:
        """Put a video into a playlist of the user's own; it may stand there several times."""
        playlist, video = self.own_playlist(playlistId), self.video(videoId)
        entries = self.entries(playlistId)
        place = len(entries) if position is None else position
        if place > len(entries):
            message = f"{playlist['title']!r} has {len(entries)} entries: there is no position {place} to insert at"
            raise ToolError(message, code="invalid_arguments")
        self.arrange([*entries[:place], {"position": place}, *entries[place:]])
        row: Row = {
            "id": f"UEw{self.new_id(length=40)}",
            "playlistId": playlistId,
            "videoId": videoId,
            "title": video["title"],
            "position": place,
            "publishedAt": self.timestamp,
            "seq": self.db.next_number("playlist_items", "seq"),
        }
        self.db.insert("playlist_items", row)
        return ShownItem.model_validate(self.shown_entry(row))

    @tool(writes=True)
    def playlist_items_update(
        self, id: ItemKey, playlistId: ItemPlaylist, videoId: ItemVideo, position: MoveTo
    ) -> ShownItem:
        """Move an entry of a playlist of the user's own to another position; the others make room. Playlist and video
        must be repeated as they are."""
        row = self.own_entry(id)
        if (playlistId, videoId) != (row["playlistId"], row["videoId"]):
            raise ToolError("an entry keeps playlist and video: repeat them as they are", code="invalid_arguments")
        others = [entry for entry in self.entries(playlistId) if entry["id"] != id]
        if position > len(others):
            message = f"the playlist has {len(others) + 1} entries: there is no position {position}"
            raise ToolError(message, code="invalid_arguments")
        self.arrange([*others[:position], row, *others[position:]])
        return ShownItem.model_validate(self.shown_entry(row | {"position": position}))

    @tool(writes=True)
    def playlist_items_delete(self, id: ItemKey) -> None:
        """Take an entry out of a playlist of the user's own; those behind it move up."""
        row = self.own_entry(id)
        self.db.delete("playlist_items", id=id)
        self.arrange(self.entries(row["playlistId"]))

    # Videos ----------------------------------------------------------------------------------------------------------

    @tool()
    def search_list(
        self,
        q: Query | None = None,
        channelId: OnChannel | None = None,
        forMine: ForMine = False,
        publishedAfter: After | None = None,
        publishedBefore: Before | None = None,
        order: SearchOrder = "relevance",
        maxResults: Page = 50,
        pageToken: PageToken | None = None,
    ) -> Found:
        """Search for videos: those that are public, and the user's own."""
        if forMine and channelId is not None:
            raise ToolError("give a channel or ask for the user's own videos, not both", code="invalid_arguments")
        rows = [row for row in self.videos() if is_listed(row)]  # the newest first, and sorting keeps that order
        if channelId is not None or forMine:
            channel = self.me() if channelId is None else self.need("channels", "channel", channelId=channelId)
            rows = [row for row in rows if row["channelId"] == channel["channelId"]]
        if publishedAfter is not None:
            rows = [row for row in rows if row["publishedAt"] >= publishedAfter]
        if publishedBefore is not None:
            rows = [row for row in rows if row["publishedAt"] < publishedBefore]
        if q is not None:
            rows = [row for row in rows if matches(q, row)]
        if order == "relevance":
            rows.sort(key=lambda row: not in_title(q or "", row))
        elif order == "title":
            rows.sort(key=lambda row: row["title"].casefold())
        elif order != "date":
            column = "viewCount" if order == "viewCount" else "likeCount"
            rows.sort(key=lambda row: -row[column])
        rows, following = self.page(rows, maxResults, pageToken)
        return Found.model_validate({"items": rows, "nextPageToken": following})

    @tool()
    def videos_list(
        self,
        id: VideoKeys | None = None,
        myRating: RatedAs | None = None,
        maxResults: Page = 50,
        pageToken: PageToken | None = None,
    ) -> Videos:
        """Get videos in full with their figures: by their ids in that order, or those that the user likes or dislikes,
        the newest first."""
        if (id is None) == (myRating is None):
            raise ToolError("give either ids or a rating", code="invalid_arguments")
        rows = [row for row in self.videos() if may_see(row)]
        if id is not None:
            known = {row["id"]: row for row in rows}
            rows = [known[key] for key in dict.fromkeys(id) if key in known]
        else:
            rows = [row for row in rows if row["myRating"] == myRating]
        rows, following = self.page(rows, maxResults, pageToken)
        return Videos.model_validate({"items": [self.in_full(row) for row in rows], "nextPageToken": following})

    @tool(writes=True)
    def videos_rate(self, id: VideoKey, rating: Rating) -> None:
        """Like or dislike a video, or take the rating back; a rating replaces the one before."""
        self.video(id)
        self.db.update("videos", {"myRating": rating}, id=id)

    @tool(writes=True)
    def videos_update(
        self,
        id: VideoKey,
        title: NewVideoTitle | None = None,
        description: NewDescription | None = None,
        privacyStatus: NewSeen | None = None,
    ) -> VideoInFull:
        """Change a video of the user's own. Title and description are written together: the title must be given, a
        description that is not given is emptied; who can see it stays unless given."""
        row = self.video(id)
        if not row["mine"]:
            raise ToolError(
                f"{row['title']!r} belongs to {row['channelTitle']}, who alone can change it", code="forbidden"
            )
        changes = _rewritten(title, description, privacyStatus)
        self.db.update("videos", changes, id=id)
        self.db.update("playlist_items", {"title": changes["title"]}, videoId=id)
        return VideoInFull.model_validate(self.in_full(row | changes))

    # Subscriptions ---------------------------------------------------------------------------------------------------

    @tool()
    def subscriptions_list(
        self,
        forChannelId: ForChannel | None = None,
        order: SubscriptionOrder = "relevance",
        maxResults: Page = 50,
        pageToken: PageToken | None = None,
    ) -> Subscriptions:
        """List the channels that the user has subscribed to."""
        rows = self.db.rows(
            "SELECT subscriptions.*, channels.description FROM subscriptions JOIN channels USING (channelId) "
            "ORDER BY publishedAt DESC, subscriptions.seq DESC"
        )
        if forChannelId is not None:
            channel = self.need("channels", "channel", channelId=forChannelId)
            rows = [row for row in rows if row["channelId"] == channel["channelId"]]
        if order == "alphabetical":
            rows.sort(key=lambda row: row["channelTitle"].casefold())
        rows, following = self.page(rows, maxResults, pageToken)
        return Subscriptions.model_validate({"items": rows, "nextPageToken": following})

    @tool(writes=True)
    def subscriptions_insert(self, channelId: ChannelKey) -> ShownSubscription:
        """Subscribe to a channel: once, and not to the user's own."""
        channel = self.need("channels", "channel", channelId=channelId)
        if channel["mine"]:
            raise ToolError("nobody can subscribe to a channel of their own")
        if self.db.get("subscriptions", channelId=channelId) is not None:
            raise ToolError(f"there is a subscription to {channel['channelTitle']!r} already", code="conflict")
        row: Row = {
            "id": self.new_id(length=43),
            "channelId": channelId,
            "channelTitle": channel["channelTitle"],
            "publishedAt": self.timestamp,
            "seq": self.db.next_number("subscriptions", "seq"),
        }
        self.db.insert("subscriptions", row)
        return ShownSubscription.model_validate(row | {"description": channel["description"]})

    @tool(writes=True)
    def subscriptions_delete(self, id: SubscriptionKey) -> None:
        """Unsubscribe from a channel."""
        self.need("subscriptions", "subscription", id=id)
        self.db.delete("subscriptions", id=id)

    # Comments --------------------------------------------------------------------------------------------------------

    @tool()
    def comment_threads_list(
        self,
        videoId: VideoKey,
        moderationStatus: Listed = "published",
        searchTerms: Terms | None = None,
        order: ThreadOrder = "time",
        maxResults: CommentPage = 20,
        pageToken: PageToken | None = None,
    ) -> Threads:
        """List the comments on a video with the replies to each. Those that are not published only the channel's owner
        can list."""
        video = self.discussed(videoId)
        if moderationStatus != "published" and not video["mine"]:
            raise ToolError(f"only {video['channelTitle']} can list comments that are not published", code="forbidden")
        rows = self.threads(videoId, moderationStatus)
        for word in (searchTerms or "").casefold().split():
            rows = [row for row in rows if word in row["textOriginal"].casefold()]
        if order == "relevance":
            rows.sort(key=lambda row: -row["likeCount"])
        rows, following = self.page(rows, maxResults, pageToken)
        return Threads.model_validate({"items": rows, "nextPageToken": following})

    @tool(writes=True)
    def comment_threads_insert(self, videoId: VideoKey, textOriginal: Text) -> NewThread:
        """Write a new comment on a video, where comments are allowed."""
        self.discussed(videoId)
        row = self.write_comment(videoId, textOriginal, parent=None)
        return NewThread.model_validate(shown_comment(row) | {"totalReplyCount": 0, "replies": []})

    @tool(writes=True)
    def comments_insert(self, parentId: ReplyTo, textOriginal: Text) -> Reply:
        """Reply to a comment; a reply to a reply goes into the same thread."""
        parent = self.comment(parentId)
        first = parent if parent["parentId"] is None else self.comment(parent["parentId"])
        self.discussed(first["videoId"])
        if {first["moderationStatus"], parent["moderationStatus"]} != {"published"}:
            raise ToolError("only a comment that is published can be replied to")
        row = self.write_comment(first["videoId"], textOriginal, parent=first["id"])
        return Reply.model_validate(shown_comment(row))

    @tool(writes=True)
    def comments_set_moderation_status(self, id: CommentKeys, moderationStatus: Decision) -> None:
        """Publish comments on the user's own videos, hold them for review, or reject them: a rejected comment is hidden
        with all replies to it."""
        for key in id:
            row = self.comment(key)
            if not row["mine"]:
                raise ToolError("only the owner of the channel can moderate comments on its videos", code="forbidden")
            self.db.update("comments", {"moderationStatus": moderationStatus}, id=row["id"])


def _rewritten(title: str | None, description: str | None, privacy: str | None) -> Row:
    """What an update writes: title and description as a whole, who can see it only when given."""
    if title is None:
        raise ToolError("the title must be given: repeat the present one to keep it", code="invalid_arguments")
    changes: Row = {"title": check_title(title), "description": description or None}
    return changes if privacy is None else changes | {"privacyStatus": privacy}
