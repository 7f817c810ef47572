-- Traccar fleet: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE users (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT,
    readonly INTEGER NOT NULL DEFAULT 0 CHECK (readonly IN (0, 1)),
    deviceReadonly INTEGER NOT NULL DEFAULT 0 CHECK (deviceReadonly IN (0, 1)),
    limitCommands INTEGER NOT NULL DEFAULT 0 CHECK (limitCommands IN (0, 1)),
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    deviceLimit INTEGER NOT NULL DEFAULT -1,
    userLimit INTEGER NOT NULL DEFAULT 0,
    managerId INTEGER,
    session INTEGER NOT NULL DEFAULT 0 CHECK (session IN (0, 1)),
    PRIMARY KEY (id),
    FOREIGN KEY (managerId) REFERENCES users (id) ON DELETE SET NULL
) STRICT;

CREATE TABLE "groups" (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    groupId INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY (groupId) REFERENCES "groups" (id) ON DELETE SET NULL
) STRICT;

CREATE TABLE devices (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    uniqueId TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'offline' CHECK (status IN ('online', 'offline', 'unknown')),
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    lastUpdate TEXT,
    positionId INTEGER,
    groupId INTEGER,
    phone TEXT,
    model TEXT,
    contact TEXT,
    category TEXT CHECK (category IN ('van', 'bicycle', 'car', 'scooter', 'truck')),
    PRIMARY KEY (id),
    FOREIGN KEY (groupId) REFERENCES "groups" (id) ON DELETE SET NULL
) STRICT;

CREATE TABLE positions (
    id INTEGER NOT NULL,
    deviceId INTEGER NOT NULL,
    protocol TEXT NOT NULL CHECK (protocol IN ('gps103', 'h02', 'osmand')),
    fixTime TEXT NOT NULL,
    latitude REAL NOT NULL,
    longitude REAL NOT NULL,
    speed REAL NOT NULL,
    course REAL NOT NULL DEFAULT 0.0,
    address TEXT,
    attributes TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(attributes)),
    PRIMARY KEY (id),
    FOREIGN KEY (deviceId) REFERENCES devices (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE events (
    id INTEGER NOT NULL,
    type TEXT NOT NULL CHECK (
        type IN (
            'deviceOnline', 'deviceOffline', 'deviceMoving', 'deviceStopped', 'deviceOverspeed', 'geofenceEnter',
            'geofenceExit', 'ignitionOn', 'ignitionOff', 'maintenance', 'alarm'
        )
    ),
    eventTime TEXT NOT NULL,
    deviceId INTEGER NOT NULL,
    geofenceId INTEGER,
    positionId INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY (deviceId) REFERENCES devices (id) ON DELETE CASCADE,
    FOREIGN KEY (geofenceId) REFERENCES geofences (id) ON DELETE SET NULL
) STRICT;

CREATE TABLE geofences (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    area TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE drivers (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    uniqueId TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE commands (
    id INTEGER NOT NULL,
    deviceId INTEGER NOT NULL,
    type TEXT NOT NULL CHECK (
        type IN (
            'engineStop', 'engineResume', 'alarmArm', 'alarmDisarm', 'positionSingle', 'positionPeriodic'
        )
    ),
    attributes TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(attributes)),
    queued INTEGER NOT NULL CHECK (queued IN (0, 1)),
    PRIMARY KEY (id),
    FOREIGN KEY (deviceId) REFERENCES devices (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE trips (
    deviceId INTEGER NOT NULL,
    deviceName TEXT NOT NULL,
    startTime TEXT NOT NULL,
    endTime TEXT NOT NULL,
    startAddress TEXT,
    endAddress TEXT,
    startLat REAL NOT NULL,
    startLon REAL NOT NULL,
    endLat REAL NOT NULL,
    endLon REAL NOT NULL,
    distance REAL NOT NULL,
    averageSpeed REAL NOT NULL,
    maxSpeed REAL NOT NULL,
    duration INTEGER NOT NULL,
    driverName TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (deviceId, startTime),
    FOREIGN KEY (deviceId) REFERENCES devices (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE stops (
    deviceId INTEGER NOT NULL,
    deviceName TEXT NOT NULL,
    startTime TEXT NOT NULL,
    endTime TEXT NOT NULL,
    address TEXT,
    lat REAL NOT NULL,
    lon REAL NOT NULL,
    duration INTEGER NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (deviceId, startTime),
    FOREIGN KEY (deviceId) REFERENCES devices (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE user_devices (
    userId INTEGER NOT NULL,
    deviceId INTEGER NOT NULL,
    PRIMARY KEY (userId, deviceId),
    FOREIGN KEY (userId) REFERENCES users (id) ON DELETE CASCADE,
    FOREIGN KEY (deviceId) REFERENCES devices (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE user_groups (
    userId INTEGER NOT NULL,
    groupId INTEGER NOT NULL,
    PRIMARY KEY (userId, groupId),
    FOREIGN KEY (userId) REFERENCES users (id) ON DELETE CASCADE,
    FOREIGN KEY (groupId) REFERENCES "groups" (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE user_geofences (
    userId INTEGER NOT NULL,
    geofenceId INTEGER NOT NULL,
    PRIMARY KEY (userId, geofenceId),
    FOREIGN KEY (userId) REFERENCES users (id) ON DELETE CASCADE,
    FOREIGN KEY (geofenceId) REFERENCES geofences (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE user_drivers (
    userId INTEGER NOT NULL,
    driverId INTEGER NOT NULL,
    PRIMARY KEY (userId, driverId),
    FOREIGN KEY (userId) REFERENCES users (id) ON DELETE CASCADE,
    FOREIGN KEY (driverId) REFERENCES drivers (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE device_geofences (
    deviceId INTEGER NOT NULL,
    geofenceId INTEGER NOT NULL,
    PRIMARY KEY (deviceId, geofenceId),
    FOREIGN KEY (deviceId) REFERENCES devices (id) ON DELETE CASCADE,
    FOREIGN KEY (geofenceId) REFERENCES geofences (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE device_drivers (
    deviceId INTEGER NOT NULL,
    driverId INTEGER NOT NULL,
    PRIMARY KEY (deviceId, driverId),
    FOREIGN KEY (deviceId) REFERENCES devices (id) ON DELETE CASCADE,
    FOREIGN KEY (driverId) REFERENCES drivers (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE group_geofences (
    groupId INTEGER NOT NULL,
    geofenceId INTEGER NOT NULL,
    PRIMARY KEY (groupId, geofenceId),
    FOREIGN KEY (groupId) REFERENCES "groups" (id) ON DELETE CASCADE,
    FOREIGN KEY (geofenceId) REFERENCES geofences (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE group_drivers (
    groupId INTEGER NOT NULL,
    driverId INTEGER NOT NULL,
    PRIMARY KEY (groupId, driverId),
    FOREIGN KEY (groupId) REFERENCES "groups" (id) ON DELETE CASCADE,
    FOREIGN KEY (driverId) REFERENCES drivers (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
