-- Knowledge graph memory: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE entities (
    name TEXT NOT NULL,
    copy INTEGER NOT NULL,
    entityType TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (copy, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE observations (
    content TEXT NOT NULL,
    entityName TEXT NOT NULL,
    copy INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL,
    PRIMARY KEY (seq, content)
) STRICT, WITHOUT ROWID;

CREATE TABLE relations (
    "from" TEXT NOT NULL,
    "to" TEXT NOT NULL,
    relationType TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (seq, "from")
) STRICT, WITHOUT ROWID;
