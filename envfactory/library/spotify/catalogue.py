"""The catalogue: tracks, albums and artists as they are shown, and what a search finds among them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Literal

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

Kind = Literal["album", "artist", "playlist", "track"]
ADDRESS = "https://api.spotify.com/v1"
_FIELD = re.compile(r'\b(album|artist|track|year|genre):(?:"([^"]*)"|(\S+))')
_YEARS = re.compile(r"(\d{4})(?:-(\d{4}))?")
_FIELDS: dict[Kind, frozenset[str]] = {
    "track": frozenset({"track", "artist", "album", "year", "genre"}),
    "album": frozenset({"album", "artist", "year"}),
    "artist": frozenset({"artist", "genre"}),
    "playlist": frozenset(),
}
"""The field filters that a kind knows: one with another finds nothing of that kind."""

_TRACKS = """
    SELECT t.*, s.uri, a.name AS album_name, a.release_date, r.id AS artist, r.name AS artist_name, r.genres
    FROM tracks AS t JOIN songs AS s ON s.track = t.id JOIN albums AS a ON a.id = t.album
    JOIN artists AS r ON r.id = a.artist
"""
_ALBUMS = "SELECT a.*, r.name AS artist_name FROM albums AS a JOIN artists AS r ON r.id = a.artist"


class Catalogue(Environment):
    """What there is to hear."""

    def track(self, uri: str) -> Row:
        """A track by its URI, as it is shown; raises ToolError."""
        row = self.db.row(f"{_TRACKS} WHERE s.uri = ?", (uri,))
        if row is None:
            raise ToolError(f"there is no track with the URI {uri!r}", code="not_found")
        return shown_track(row)

    def album(self, album: str) -> Row:
        """An album as it is shown; raises ToolError."""
        row = self.db.row(f"{_ALBUMS} WHERE a.id = ?", (album,))
        if row is None:
            raise ToolError(f"there is no album {album!r}", code="not_found")
        return shown_album(row)

    def on_album(self, album: str) -> list[Row]:
        """The tracks of an album in their order."""
        return [
            shown_track(row) for row in self.db.rows(f"{_TRACKS} WHERE t.album = ? ORDER BY t.track_number", (album,))
        ]

    def saved_albums(self) -> list[Row]:
        """The albums that the listener has saved, the latest first."""
        rows = self.db.rows(f"{_ALBUMS} WHERE a.added_at IS NOT NULL ORDER BY a.added_at DESC, a.id")
        return [shown_album(row) for row in rows]

    def saved_tracks(self) -> list[Row]:
        """The tracks that the listener has saved, the latest first."""
        rows = self.db.rows(
            f"SELECT t.*, k.added_at FROM ({_TRACKS}) AS t JOIN saved_tracks AS k ON k.id = t.id "
            "ORDER BY k.added_at DESC, t.id"
        )
        return [shown_track(row) for row in rows]

    def need_tracks(self, uris: Sequence[str]) -> None:
        """Raise ToolError for the first URI that is no track's."""
        for uri in uris:
            self.need("songs", "track with the URI", uri=uri)

    # Search ----------------------------------------------------------------------------------------------------------

    def matches(self, kind: Kind, asked: str) -> list[Row]:
        """What fits a search, the most popular first."""
        fields = {name: (quoted or bare).lower() for name, quoted, bare in _FIELD.findall(asked)}
        if not set(fields) <= _FIELDS[kind]:
            return []
        texts = _FIELD.sub(" ", asked).lower().split()
        years = _years(fields.pop("year", ""))
        found = [row for row in self._all(kind) if _fits(row, texts, fields, years)]
        return sorted(found, key=lambda row: (-int(row["popularity"]), str(row["name"]), str(row["id"])))

    def _all(self, kind: Kind) -> list[Row]:
        """Everything of a kind, with `said`: the words by which each field finds it."""
        match kind:
            case "track":
                return [
                    shown_track(row)
                    | {
                        "said": {"track": row["name"], "artist": row["artist_name"], "album": row["album_name"]},
                        "genre": json.loads(row["genres"]),
                        "year": int(row["release_date"][:4]),
                    }
                    for row in self.db.rows(_TRACKS)
                ]
            case "album":
                return [
                    shown_album(row)
                    | {
                        "said": {"album": row["name"], "artist": row["artist_name"]},
                        "year": int(row["release_date"][:4]),
                    }
                    for row in self.db.rows(_ALBUMS)
                ]
            case "artist":
                return [
                    row
                    | {
                        "uri": f"spotify:artist:{row['id']}",
                        "genres": json.loads(row["genres"]),
                        "followers": {"total": row["followers"]},
                        "said": {"artist": row["name"]},
                        "genre": json.loads(row["genres"]),
                    }
                    for row in self.db.find("artists")
                ]
            case "playlist":
                return [
                    shown_playlist(row) | {"said": {"playlist": row["name"]}, "popularity": 0}
                    for row in self.db.find("playlists", public=True)
                ]


def paged(rows: Sequence[Row], limit: int, offset: int, path: str) -> dict[str, Any]:
    """One page of a list: its items and where it stands among all."""
    following = offset + limit
    more = following < len(rows)
    joined = "&" if "?" in path else "?"
    return {
        "items": list(rows[offset:following]),
        "total": len(rows),
        "limit": limit,
        "offset": offset,
        "next": f"{ADDRESS}/{path}{joined}offset={following}&limit={limit}" if more else None,
    }


def shown_track(row: Row) -> Row:
    """A track with artist and album as callers see them."""
    artist = {"id": row["artist"], "name": row["artist_name"]}
    album = {"id": row["album"], "name": row["album_name"]}
    return row | {"artists": [artist], "album": album, "explicit": bool(row["explicit"])}


def shown_album(row: Row) -> Row:
    """An album with its artist as callers see it."""
    return row | {
        "uri": f"spotify:album:{row['id']}",
        "artists": [{"id": row["artist"], "name": row["artist_name"]}],
    }


def shown_playlist(row: Row) -> Row:
    """A playlist with its owner and its length as callers see them."""
    return row | {
        "uri": f"spotify:playlist:{row['id']}",
        "owner": {"id": row["owner_id"], "display_name": row["owner_name"]},
        "tracks": {"total": len(json.loads(row["items"]))},
        "public": bool(row["public"]),
        "collaborative": bool(row["collaborative"]),
    }


def _years(said: str) -> tuple[int, int] | None:
    """`2024` or `2020-2024` as the first and the last year; None when nothing was said."""
    if not said:
        return None
    found = _YEARS.fullmatch(said)
    if found is None:
        raise ToolError(f"{said!r} is neither a year nor a span of years such as 2020-2024", code="invalid_arguments")
    return int(found[1]), int(found[2] or found[1])


def _fits(row: Row, texts: Sequence[str], fields: dict[str, str], years: tuple[int, int] | None) -> bool:
    """Whether all words occur in what finds a row, each field in its own, and the year is in the span."""
    said: dict[str, str] = {name: str(text).lower() for name, text in row["said"].items()}
    everything = " ".join(said.values())
    if not all(text in everything for text in texts):
        return False
    if years is not None and not years[0] <= row["year"] <= years[1]:
        return False
    return all(
        value in [genre.lower() for genre in row["genre"]] if name == "genre" else value in said[name]
        for name, value in fields.items()
    )
