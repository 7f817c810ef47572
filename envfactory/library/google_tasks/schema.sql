-- Google Tasks: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE task_lists (
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    updated TEXT NOT NULL,
    isDefault INTEGER NOT NULL DEFAULT 0 CHECK (isDefault IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
    id TEXT NOT NULL,
    tasklist TEXT NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    notes TEXT,
    status TEXT NOT NULL DEFAULT 'needsAction' CHECK (status IN ('needsAction', 'completed')),
    due TEXT,
    completed TEXT,
    hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
    parent TEXT,
    position TEXT NOT NULL,
    updated TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (tasklist) REFERENCES task_lists (id) ON DELETE CASCADE,
    FOREIGN KEY (parent) REFERENCES tasks (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_by_tasklist ON tasks (tasklist);
