-- DigitalOcean: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE accounts (
    uuid TEXT NOT NULL,
    email TEXT NOT NULL,
    droplet_limit INTEGER NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (uuid)
) STRICT, WITHOUT ROWID;

CREATE TABLE regions (
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    available INTEGER NOT NULL DEFAULT 1 CHECK (available IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (slug)
) STRICT, WITHOUT ROWID;

CREATE TABLE sizes (
    slug TEXT NOT NULL,
    memory INTEGER NOT NULL,
    vcpus INTEGER NOT NULL,
    disk INTEGER NOT NULL,
    available INTEGER NOT NULL DEFAULT 1 CHECK (available IN (0, 1)),
    regions TEXT NOT NULL CHECK (json_valid(regions)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (slug)
) STRICT, WITHOUT ROWID;

CREATE TABLE images (
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('available', 'retired')),
    min_disk_size INTEGER NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (slug)
) STRICT, WITHOUT ROWID;

CREATE TABLE droplets (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'off')),
    locked INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1)),
    memory INTEGER NOT NULL,
    vcpus INTEGER NOT NULL,
    disk INTEGER NOT NULL,
    size_slug TEXT NOT NULL,
    region TEXT NOT NULL,
    image TEXT NOT NULL,
    backups INTEGER NOT NULL DEFAULT 0 CHECK (backups IN (0, 1)),
    tags TEXT NOT NULL CHECK (json_valid(tags)),
    ip_address TEXT NOT NULL,
    private_ip_address TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (size_slug) REFERENCES sizes (slug) ON DELETE CASCADE,
    FOREIGN KEY (region) REFERENCES regions (slug) ON DELETE CASCADE
) STRICT;

CREATE TABLE domains (
    name TEXT NOT NULL,
    ttl INTEGER NOT NULL DEFAULT 1800,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

CREATE TABLE domain_records (
    id INTEGER NOT NULL,
    domain_name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'SRV', 'TXT', 'SOA')),
    name TEXT NOT NULL,
    data TEXT NOT NULL,
    priority INTEGER,
    port INTEGER,
    ttl INTEGER NOT NULL DEFAULT 1800,
    weight INTEGER,
    flags INTEGER,
    tag TEXT CHECK (tag IN ('issue', 'issuewild', 'iodef')),
    PRIMARY KEY (domain_name, id),
    FOREIGN KEY (domain_name) REFERENCES domains (name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE volumes (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    region TEXT NOT NULL,
    size_gigabytes INTEGER NOT NULL,
    filesystem_type TEXT CHECK (filesystem_type IN ('ext4', 'xfs')),
    droplet_id INTEGER,
    created_at TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (region) REFERENCES regions (slug) ON DELETE CASCADE,
    FOREIGN KEY (droplet_id) REFERENCES droplets (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE firewalls (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'succeeded', 'failed')),
    inbound_rules TEXT NOT NULL CHECK (json_valid(inbound_rules)),
    droplet_ids TEXT NOT NULL CHECK (json_valid(droplet_ids)),
    created_at TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    resource_type TEXT NOT NULL CHECK (resource_type IN ('droplet', 'volume')),
    regions TEXT NOT NULL CHECK (json_valid(regions)),
    min_disk_size INTEGER NOT NULL,
    size_gigabytes REAL NOT NULL,
    created_at TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE actions (
    id INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('completed', 'errored')),
    type TEXT NOT NULL,
    started_at TEXT NOT NULL,
    completed_at TEXT NOT NULL,
    resource_id INTEGER,
    resource_type TEXT NOT NULL CHECK (resource_type IN ('droplet', 'volume')),
    region_slug TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
