-- YouTube Data API v3: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE channels (
    channelId TEXT NOT NULL,
    channelTitle TEXT NOT NULL,
    description TEXT NOT NULL,
    customUrl TEXT NOT NULL,
    mine INTEGER NOT NULL DEFAULT 0 CHECK (mine IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (channelId)
) STRICT, WITHOUT ROWID;

CREATE TABLE videos (
    id TEXT NOT NULL,
    channelId TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
    publishedAt TEXT NOT NULL,
    duration TEXT NOT NULL,
    privacyStatus TEXT NOT NULL CHECK (privacyStatus IN ('public', 'unlisted', 'private')),
    viewCount INTEGER NOT NULL,
    likeCount INTEGER NOT NULL,
    commentsEnabled INTEGER NOT NULL DEFAULT 1 CHECK (commentsEnabled IN (0, 1)),
    myRating TEXT NOT NULL DEFAULT 'none' CHECK (myRating IN ('none', 'like', 'dislike')),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (channelId) REFERENCES channels (channelId) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE playlists (
    id TEXT NOT NULL,
    channelId TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    privacyStatus TEXT NOT NULL DEFAULT 'public' CHECK (privacyStatus IN ('public', 'unlisted', 'private')),
    publishedAt TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (channelId) REFERENCES channels (channelId) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE playlist_items (
    id TEXT NOT NULL,
    playlistId TEXT NOT NULL,
    videoId TEXT NOT NULL,
    title TEXT NOT NULL,
    position INTEGER NOT NULL,
    publishedAt TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (playlistId) REFERENCES playlists (id) ON DELETE CASCADE,
    FOREIGN KEY (videoId) REFERENCES videos (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE subscriptions (
    id TEXT NOT NULL,
    channelId TEXT NOT NULL,
    channelTitle TEXT NOT NULL,
    publishedAt TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (channelId) REFERENCES channels (channelId) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE comments (
    id TEXT NOT NULL,
    videoId TEXT NOT NULL,
    parentId TEXT,
    textOriginal TEXT NOT NULL,
    authorChannelId TEXT NOT NULL,
    authorDisplayName TEXT NOT NULL,
    likeCount INTEGER NOT NULL DEFAULT 0,
    moderationStatus TEXT NOT NULL DEFAULT 'published' CHECK (
        moderationStatus IN (
            'published', 'heldForReview', 'likelySpam', 'rejected'
        )
    ),
    publishedAt TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (videoId) REFERENCES videos (id) ON DELETE CASCADE,
    FOREIGN KEY (parentId) REFERENCES comments (id) ON DELETE SET NULL,
    FOREIGN KEY (authorChannelId) REFERENCES channels (channelId) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
