"""Who may see and change what: channels and their videos, playlists in order, and comments in threads."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

HIDDEN_TITLE = "Private video"
"""What stands in a playlist for a video that the user may no longer see."""
_VIDEOS = "SELECT videos.*, channelTitle, mine FROM videos JOIN channels USING (channelId)"
_PLAYLISTS = (
    "SELECT playlists.*, channelTitle, mine, "
    "(SELECT count(*) FROM playlist_items WHERE playlistId = playlists.id) AS itemCount "
    "FROM playlists JOIN channels USING (channelId)"
)
_COMMENTS = (
    "SELECT comments.*, videos.title AS videoTitle, channels.mine FROM comments JOIN videos ON videos.id = videoId "
    "JOIN channels ON channels.channelId = videos.channelId"
)


class Studio(Environment):
    """What the tools share."""

    # Channels and videos ---------------------------------------------------------------------------------------------

    def me(self) -> Row:
        """The user's channel."""
        return self.need("channels", "channel of the user", mine=True)

    def videos(self) -> list[Row]:
        """All videos with the name of their channel, the newest first."""
        return self.db.rows(f"{_VIDEOS} ORDER BY publishedAt DESC, videos.seq DESC, id")

    def video(self, video: str) -> Row:
        """A video that the user may see; raises ToolError: a private one is there for its owner alone."""
        row = self.db.row(f"{_VIDEOS} WHERE id = ?", [video])
        if row is None or not may_see(row):
            raise ToolError(f"there is no video {video!r}", code="not_found")
        return row

    def in_full(self, row: Row) -> Row:
        """A video with the number of its comments."""
        if not row["commentsEnabled"]:
            return row
        sql = "SELECT count(*) FROM comments WHERE videoId = ? AND moderationStatus = 'published'"
        return row | {"commentCount": self.db.value(sql, [row["id"]])}

    # Playlists -------------------------------------------------------------------------------------------------------

    def playlists_of(self, channel: str) -> list[Row]:
        """The playlists of a channel that are listed for the user, the newest first."""
        rows = self.db.rows(
            f"{_PLAYLISTS} WHERE channelId = ? ORDER BY publishedAt DESC, playlists.seq DESC", [channel]
        )
        return [row for row in rows if is_listed(row)]

    def playlist(self, playlist: str) -> Row:
        """A playlist that the user may see; raises ToolError."""
        row = self.db.row(f"{_PLAYLISTS} WHERE id = ?", [playlist])
        if row is None or not may_see(row):
            raise ToolError(f"there is no playlist {playlist!r}", code="not_found")
        return row

    def own_playlist(self, playlist: str) -> Row:
        """A playlist of the user's own; raises ToolError."""
        row = self.playlist(playlist)
        if not row["mine"]:
            raise ToolError(
                f"{row['title']!r} belongs to {row['channelTitle']}, who alone can change it", code="forbidden"
            )
        return row

    def entries(self, playlist: str) -> list[Row]:
        """What stands in a playlist, in order."""
        return self.db.rows("SELECT * FROM playlist_items WHERE playlistId = ? ORDER BY position, id", [playlist])

    def own_entry(self, item: str) -> Row:
        """An entry of a playlist of the user's own; raises ToolError."""
        row = self.need("playlist_items", "playlist item", id=item)
        try:
            self.own_playlist(row["playlistId"])
        except ToolError as error:
            hidden = ToolError(f"there is no playlist item {item!r}", code="not_found")
            raise (hidden if error.code == "not_found" else error) from None
        return row

    def arrange(self, entries: Sequence[Row]) -> None:
        """Number the entries of a playlist from 0 in this order."""
        for position, entry in enumerate(entries):
            if entry["position"] != position:
                self.db.update("playlist_items", {"position": position}, id=entry["id"])

    def shown_entry(self, row: Row) -> Row:
        """An entry with the names of playlist and channel; the title of a video that is private now is not told."""
        video = self.db.row(f"{_VIDEOS} WHERE id = ?", [row["videoId"]]) or {}
        shown = row | {"playlistTitle": self.playlist(row["playlistId"])["title"]}
        if not may_see(video):
            return shown | {"title": HIDDEN_TITLE}
        return shown | {"videoOwnerChannelTitle": video["channelTitle"]}

    # Comments --------------------------------------------------------------------------------------------------------

    def discussed(self, video: str) -> Row:
        """A video that can be commented on; raises ToolError."""
        row = self.video(video)
        if not row["commentsEnabled"]:
            raise ToolError(f"comments are disabled on {row['title']!r}", code="forbidden")
        return row

    def comment(self, comment: str) -> Row:
        """A comment that the user may see; raises ToolError: one that is not published only the video's owner sees."""
        row = self.db.row(f"{_COMMENTS} WHERE comments.id = ?", [comment])
        if row is None or not (row["mine"] or row["moderationStatus"] == "published"):
            raise ToolError(f"there is no comment {comment!r}", code="not_found")
        return row

    def threads(self, video: str, status: str) -> list[Row]:
        """The first comments on a video that have a status, the newest first, each with its published replies."""
        own = "videoId = ? AND parentId IS NULL AND moderationStatus = ?"
        rows = self.db.rows(
            f"{_COMMENTS} WHERE {own} ORDER BY comments.publishedAt DESC, comments.seq DESC", [video, status]
        )
        return [self._with_replies(row) for row in rows]

    def write_comment(self, video: str, text: str, *, parent: str | None) -> Row:
        """Keep a comment of the user's."""
        if not text.strip():
            raise ToolError("say something", code="invalid_arguments")
        own = self.me()
        row: Row = {
            "id": f"{parent}.{self.new_id(length=22)}" if parent else f"Ugy{self.new_id(length=17)}4AaABAg",
            "videoId": video,
            "parentId": parent,
            "textOriginal": text,
            "authorChannelId": own["channelId"],
            "authorDisplayName": own["customUrl"],
            "likeCount": 0,
            "moderationStatus": "published",
            "publishedAt": self.timestamp,
            "seq": self.db.next_number("comments", "seq"),
        }
        self.db.insert("comments", row)
        about = self.video(video)
        return row | {"mine": about["mine"], "videoTitle": about["title"]}

    def _with_replies(self, row: Row) -> Row:
        published = "parentId = ? AND moderationStatus = 'published'"
        sql = f"{_COMMENTS} WHERE {published} ORDER BY comments.publishedAt, comments.seq"
        replies = [shown_comment(reply) for reply in self.db.rows(sql, [row["id"]])]
        return shown_comment(row) | {"totalReplyCount": len(replies), "replies": replies}


def may_see(row: Row) -> bool:
    """Whether the user may see a video or playlist whose id is known."""
    return bool(row["mine"]) or row["privacyStatus"] != "private"


def is_listed(row: Row) -> bool:
    """Whether lists and searches show a video or playlist to the user."""
    return bool(row["mine"]) or row["privacyStatus"] == "public"


def shown_comment(row: Row) -> Row:
    """A comment; its status is told to the owner of the video alone."""
    return row if row["mine"] else row | {"moderationStatus": None}


def check_title(title: str) -> str:
    """The title; raises ToolError when it is blank or has characters that no title may have."""
    if not title.strip():
        raise ToolError("a title cannot be blank", code="invalid_arguments")
    if "<" in title or ">" in title:
        raise ToolError("a title cannot contain < or >", code="invalid_arguments")
    return title


def matches(query: str, row: Row) -> bool:
    """Whether a video has all words of a query, one of each group joined by `|`, and none of those behind a `-`."""
    text = " ".join([row["title"], row["description"] or "", row["channelTitle"], *json.loads(row["tags"])]).casefold()
    for group in _groups(query):
        if group.startswith("-"):
            if group[1:] in text:
                return False
        elif not any(word in text for word in group.split("|") if word):
            return False
    return True


def in_title(query: str, row: Row) -> bool:
    """Whether the title alone has what a query wants."""
    title = row["title"].casefold()
    wanted = [group for group in _groups(query) if not group.startswith("-")]
    return all(any(word in title for word in group.split("|") if word) for group in wanted)


def _groups(query: str) -> list[str]:
    """The words of a query; a lone `-` or `|` means nothing."""
    groups = re.sub(r"\s*\|\s*", "|", query.casefold()).split()
    return [group for group in groups if group.strip("-|")]
