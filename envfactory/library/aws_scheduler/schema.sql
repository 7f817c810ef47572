-- Amazon EventBridge Scheduler: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE schedule_groups (
    Name TEXT NOT NULL,
    Arn TEXT NOT NULL,
    State TEXT NOT NULL DEFAULT 'ACTIVE' CHECK (State IN ('ACTIVE', 'DELETING')),
    CreationDate TEXT NOT NULL,
    LastModificationDate TEXT NOT NULL,
    ClientToken TEXT,
    Request TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (Name),
    FOREIGN KEY (Arn) REFERENCES resources (Arn) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE schedules (
    GroupName TEXT NOT NULL,
    Name TEXT NOT NULL,
    Arn TEXT NOT NULL,
    ScheduleExpression TEXT NOT NULL,
    ScheduleExpressionTimezone TEXT NOT NULL DEFAULT 'UTC',
    StartDate TEXT,
    EndDate TEXT,
    Description TEXT,
    State TEXT NOT NULL DEFAULT 'ENABLED' CHECK (State IN ('ENABLED', 'DISABLED')),
    FlexibleTimeWindow TEXT NOT NULL CHECK (json_valid(FlexibleTimeWindow)),
    Target TEXT NOT NULL CHECK (json_valid(Target)),
    ActionAfterCompletion TEXT NOT NULL DEFAULT 'NONE' CHECK (ActionAfterCompletion IN ('NONE', 'DELETE')),
    CreationDate TEXT NOT NULL,
    LastModificationDate TEXT NOT NULL,
    Timing TEXT NOT NULL,
    ClientToken TEXT,
    Request TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (GroupName, Name),
    FOREIGN KEY (GroupName) REFERENCES schedule_groups (Name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE resources (
    Arn TEXT NOT NULL,
    Name TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (Arn)
) STRICT, WITHOUT ROWID;

CREATE TABLE tags (
    ResourceArn TEXT NOT NULL,
    "Key" TEXT NOT NULL,
    Value TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (ResourceArn, "Key"),
    FOREIGN KEY (ResourceArn) REFERENCES resources (Arn) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
