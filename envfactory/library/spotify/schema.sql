-- Spotify Web API: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE artists (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    genres TEXT NOT NULL CHECK (json_valid(genres)),
    followers INTEGER NOT NULL,
    popularity INTEGER NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE albums (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    artist TEXT NOT NULL,
    album_type TEXT NOT NULL CHECK (album_type IN ('album', 'single', 'compilation')),
    release_date TEXT NOT NULL,
    total_tracks INTEGER NOT NULL,
    label TEXT NOT NULL,
    popularity INTEGER NOT NULL,
    added_at TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (artist) REFERENCES artists (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE tracks (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    album TEXT NOT NULL,
    track_number INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    explicit INTEGER NOT NULL CHECK (explicit IN (0, 1)),
    popularity INTEGER NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (album) REFERENCES albums (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE songs (
    uri TEXT NOT NULL,
    name TEXT NOT NULL,
    track TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (uri),
    FOREIGN KEY (track) REFERENCES tracks (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_tracks (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    added_at TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (id) REFERENCES tracks (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE playlists (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    public INTEGER NOT NULL DEFAULT 1 CHECK (public IN (0, 1)),
    collaborative INTEGER NOT NULL DEFAULT 0 CHECK (collaborative IN (0, 1)),
    owner_id TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    listed INTEGER NOT NULL DEFAULT 1 CHECK (listed IN (0, 1)),
    items TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(items)),
    snapshot_id TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('Computer', 'Smartphone', 'Tablet', 'Speaker', 'TV')),
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    is_restricted INTEGER NOT NULL CHECK (is_restricted IN (0, 1)),
    volume_percent INTEGER NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE players (
    id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    is_playing INTEGER NOT NULL DEFAULT 0 CHECK (is_playing IN (0, 1)),
    shuffle_state INTEGER NOT NULL DEFAULT 0 CHECK (shuffle_state IN (0, 1)),
    repeat_state TEXT NOT NULL DEFAULT 'off' CHECK (repeat_state IN ('off', 'track', 'context')),
    progress_ms INTEGER,
    item TEXT,
    context_uri TEXT,
    upcoming TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(upcoming)),
    queue TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(queue)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (item) REFERENCES songs (uri) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
