-- Google Drive: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE files (
    id TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT 'Untitled',
    mimeType TEXT NOT NULL CHECK (
        mimeType IN (
            'application/vnd.google-apps.folder', 'application/vnd.google-apps.document',
            'application/vnd.google-apps.spreadsheet', 'application/vnd.google-apps.presentation',
            'application/vnd.google-apps.form', 'application/vnd.google-apps.drawing', 'application/pdf',
            'image/jpeg', 'image/png', 'video/mp4', 'application/zip', 'text/plain', 'text/csv',
            'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
            'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
            'application/vnd.openxmlformats-officedocument.presentationml.presentation', 'audio/mpeg'
        )
    ),
    description TEXT,
    starred INTEGER NOT NULL DEFAULT 0 CHECK (starred IN (0, 1)),
    trashed INTEGER NOT NULL DEFAULT 0 CHECK (trashed IN (0, 1)),
    parents TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(parents)),
    createdTime TEXT NOT NULL,
    modifiedTime TEXT NOT NULL,
    lastModifyingUser TEXT CHECK (json_valid(lastModifyingUser)),
    sharedWithMeTime TEXT,
    size TEXT,
    writersCanShare INTEGER NOT NULL DEFAULT 1 CHECK (writersCanShare IN (0, 1)),
    copyRequiresWriterPermission INTEGER NOT NULL DEFAULT 0 CHECK (copyRequiresWriterPermission IN (0, 1)),
    isRoot INTEGER NOT NULL DEFAULT 0 CHECK (isRoot IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE permissions (
    fileId TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('user', 'domain', 'anyone')),
    role TEXT NOT NULL CHECK (role IN ('reader', 'commenter', 'writer', 'owner')),
    emailAddress TEXT,
    displayName TEXT,
    domain TEXT,
    allowFileDiscovery INTEGER CHECK (allowFileDiscovery IN (0, 1)),
    expirationTime TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (fileId, id),
    FOREIGN KEY (fileId) REFERENCES files (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE comments (
    id TEXT NOT NULL,
    fileId TEXT NOT NULL,
    author TEXT NOT NULL CHECK (json_valid(author)),
    content TEXT,
    quotedFileContent TEXT CHECK (json_valid(quotedFileContent)),
    createdTime TEXT NOT NULL,
    modifiedTime TEXT NOT NULL,
    resolved INTEGER NOT NULL DEFAULT 0 CHECK (resolved IN (0, 1)),
    deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (fileId) REFERENCES files (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX comments_by_fileId ON comments (fileId);

CREATE TABLE replies (
    id TEXT NOT NULL,
    fileId TEXT NOT NULL,
    commentId TEXT NOT NULL,
    author TEXT NOT NULL CHECK (json_valid(author)),
    content TEXT,
    "action" TEXT CHECK ("action" IN ('resolve', 'reopen')),
    createdTime TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (fileId) REFERENCES files (id) ON DELETE CASCADE,
    FOREIGN KEY (commentId) REFERENCES comments (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX replies_by_commentId ON replies (commentId);

CREATE TABLE users (
    emailAddress TEXT NOT NULL,
    displayName TEXT NOT NULL,
    me INTEGER NOT NULL DEFAULT 0 CHECK (me IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (emailAddress)
) STRICT, WITHOUT ROWID;
