-- Square Orders: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE customers (
    id TEXT NOT NULL,
    given_name TEXT,
    family_name TEXT,
    company_name TEXT,
    email_address TEXT,
    phone_number TEXT,
    note TEXT,
    reference_id TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_items (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    updated_at TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE item_variations (
    id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    name TEXT NOT NULL,
    sku TEXT,
    price_money TEXT NOT NULL CHECK (json_valid(price_money)),
    track_inventory INTEGER NOT NULL DEFAULT 1 CHECK (track_inventory IN (0, 1)),
    inventory_alert_threshold INTEGER,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (item_id) REFERENCES catalog_items (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX item_variations_by_item_id ON item_variations (item_id);

CREATE TABLE inventory_counts (
    catalog_object_id TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'IN_STOCK' CHECK (state IN ('IN_STOCK')),
    quantity TEXT NOT NULL DEFAULT '0',
    calculated_at TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (catalog_object_id),
    FOREIGN KEY (catalog_object_id) REFERENCES item_variations (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
    id TEXT NOT NULL,
    reference_id TEXT,
    customer_id TEXT,
    line_items TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(line_items)),
    total_money TEXT NOT NULL DEFAULT '{"amount":0,"currency":"DKK"}' CHECK (json_valid(total_money)),
    state TEXT NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'COMPLETED', 'CANCELED')),
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    closed_at TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE payments (
    id TEXT NOT NULL,
    receipt_number TEXT,
    amount_money TEXT NOT NULL CHECK (json_valid(amount_money)),
    refunded_money TEXT CHECK (json_valid(refunded_money)),
    status TEXT NOT NULL CHECK (status IN ('APPROVED', 'COMPLETED', 'CANCELED', 'FAILED')),
    source_type TEXT NOT NULL CHECK (source_type IN ('CARD', 'CASH', 'EXTERNAL')),
    order_id TEXT,
    customer_id TEXT,
    note TEXT,
    refund_ids TEXT CHECK (json_valid(refund_ids)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE SET NULL,
    FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE refunds (
    id TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    order_id TEXT,
    amount_money TEXT NOT NULL CHECK (json_valid(amount_money)),
    reason TEXT,
    status TEXT NOT NULL CHECK (status IN ('PENDING', 'COMPLETED', 'REJECTED', 'FAILED')),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (payment_id) REFERENCES payments (id) ON DELETE CASCADE,
    FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
