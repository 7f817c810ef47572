-- Google Calendar: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE calendars (
    id TEXT NOT NULL,
    summary TEXT NOT NULL,
    description TEXT,
    location TEXT,
    timeZone TEXT NOT NULL DEFAULT 'UTC',
    dataOwner TEXT,
    accessRole TEXT NOT NULL CHECK (
        accessRole IN (
            'none', 'freeBusyReader', 'reader', 'writerWithoutPrivateAccess', 'writer', 'owner'
        )
    ),
    "primary" INTEGER NOT NULL DEFAULT 0 CHECK ("primary" IN (0, 1)),
    summaryOverride TEXT,
    hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
    selected INTEGER NOT NULL DEFAULT 0 CHECK (selected IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id TEXT NOT NULL,
    calendarId TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'confirmed' CHECK (status IN ('confirmed', 'tentative', 'cancelled')),
    summary TEXT,
    description TEXT,
    location TEXT,
    start TEXT NOT NULL CHECK (json_valid(start)),
    "end" TEXT NOT NULL CHECK (json_valid("end")),
    attendees TEXT CHECK (json_valid(attendees)),
    transparency TEXT NOT NULL DEFAULT 'opaque' CHECK (transparency IN ('opaque', 'transparent')),
    visibility TEXT NOT NULL DEFAULT 'default' CHECK (visibility IN ('default', 'public', 'private', 'confidential')),
    creator TEXT NOT NULL CHECK (json_valid(creator)),
    organizer TEXT NOT NULL CHECK (json_valid(organizer)),
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (calendarId) REFERENCES calendars (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_calendarId ON events (calendarId);

CREATE TABLE acl_rules (
    id TEXT NOT NULL,
    calendarId TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (json_valid(scope)),
    role TEXT NOT NULL CHECK (
        role IN (
            'none', 'freeBusyReader', 'reader', 'writerWithoutPrivateAccess', 'writer', 'owner'
        )
    ),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (calendarId, id),
    FOREIGN KEY (calendarId) REFERENCES calendars (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
