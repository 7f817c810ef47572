-- Gmail: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE profiles (
    emailAddress TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (emailAddress)
) STRICT, WITHOUT ROWID;

CREATE TABLE labels (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL DEFAULT 'user' CHECK (type IN ('system', 'user')),
    labelListVisibility TEXT CHECK (labelListVisibility IN ('labelShow', 'labelShowIfUnread', 'labelHide')),
    messageListVisibility TEXT CHECK (messageListVisibility IN ('show', 'hide')),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE threads (
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    id TEXT NOT NULL,
    threadId TEXT NOT NULL,
    labelIds TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(labelIds)),
    "from" TEXT NOT NULL,
    "to" TEXT NOT NULL,
    cc TEXT,
    subject TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL DEFAULT '',
    internalDate TEXT NOT NULL,
    attachments TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(attachments)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (threadId) REFERENCES threads (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE drafts (
    id TEXT NOT NULL,
    threadId TEXT,
    "to" TEXT,
    cc TEXT,
    subject TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (threadId) REFERENCES threads (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
