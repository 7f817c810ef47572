-- GitHub Issues: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE owners (
    login TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (login)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (login)
) STRICT, WITHOUT ROWID;

CREATE TABLE repos (
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    collaborators TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(collaborators)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (name),
    FOREIGN KEY (owner) REFERENCES owners (login) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX repos_by_owner ON repos (owner);

CREATE TABLE labels (
    owner TEXT NOT NULL,
    repo TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    color TEXT NOT NULL DEFAULT 'ededed',
    "default" INTEGER NOT NULL DEFAULT 0 CHECK ("default" IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (repo, name),
    FOREIGN KEY (owner) REFERENCES owners (login) ON DELETE CASCADE,
    FOREIGN KEY (repo) REFERENCES repos (name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE milestones (
    owner TEXT NOT NULL,
    repo TEXT NOT NULL,
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    description TEXT,
    creator TEXT NOT NULL,
    open_issues INTEGER NOT NULL DEFAULT 0,
    closed_issues INTEGER NOT NULL DEFAULT 0,
    due_on TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    closed_at TEXT,
    PRIMARY KEY (repo, number),
    FOREIGN KEY (owner) REFERENCES owners (login) ON DELETE CASCADE,
    FOREIGN KEY (repo) REFERENCES repos (name) ON DELETE CASCADE,
    FOREIGN KEY (creator) REFERENCES users (login) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE issues (
    owner TEXT NOT NULL,
    repo TEXT NOT NULL,
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    body TEXT,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    state_reason TEXT CHECK (state_reason IN ('completed', 'not_planned', 'duplicate', 'reopened')),
    user TEXT NOT NULL,
    labels TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(labels)),
    assignee TEXT,
    assignees TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(assignees)),
    milestone INTEGER,
    locked INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1)),
    active_lock_reason TEXT CHECK (active_lock_reason IN ('off-topic', 'too heated', 'resolved', 'spam')),
    comments INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    closed_at TEXT,
    closed_by TEXT,
    PRIMARY KEY (repo, number),
    FOREIGN KEY (owner) REFERENCES owners (login) ON DELETE CASCADE,
    FOREIGN KEY (repo) REFERENCES repos (name) ON DELETE CASCADE,
    FOREIGN KEY (user) REFERENCES users (login) ON DELETE CASCADE,
    FOREIGN KEY (assignee) REFERENCES users (login) ON DELETE SET NULL,
    FOREIGN KEY (closed_by) REFERENCES users (login) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE issue_comments (
    owner TEXT NOT NULL,
    repo TEXT NOT NULL,
    issue_number INTEGER NOT NULL,
    id INTEGER NOT NULL,
    body TEXT NOT NULL,
    user TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (owner) REFERENCES owners (login) ON DELETE CASCADE,
    FOREIGN KEY (repo) REFERENCES repos (name) ON DELETE CASCADE,
    FOREIGN KEY (repo, issue_number) REFERENCES issues (repo, number) ON DELETE CASCADE,
    FOREIGN KEY (user) REFERENCES users (login) ON DELETE CASCADE
) STRICT;
CREATE INDEX issue_comments_by_issue_number ON issue_comments (issue_number);

CREATE TRIGGER issues_forget_milestone AFTER DELETE ON milestones BEGIN
    UPDATE issues SET milestone = NULL WHERE repo = OLD.repo AND milestone = OLD.number;
END;
