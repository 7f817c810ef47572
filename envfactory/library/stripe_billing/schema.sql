-- Stripe Billing: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE customers (
    id TEXT NOT NULL,
    name TEXT,
    email TEXT,
    phone TEXT,
    description TEXT,
    balance INTEGER NOT NULL DEFAULT 0,
    currency TEXT,
    default_source TEXT,
    invoice_prefix TEXT NOT NULL,
    next_invoice_sequence INTEGER NOT NULL DEFAULT 1,
    created TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE prices (
    id TEXT NOT NULL,
    nickname TEXT,
    product TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('one_time', 'recurring')),
    unit_amount INTEGER NOT NULL,
    currency TEXT NOT NULL DEFAULT 'eur',
    recurring TEXT CHECK (json_valid(recurring)),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoices (
    id TEXT NOT NULL,
    number TEXT,
    customer TEXT NOT NULL,
    customer_name TEXT,
    customer_email TEXT,
    subscription TEXT,
    billing_reason TEXT NOT NULL DEFAULT 'manual' CHECK (
        billing_reason IN (
            'manual', 'subscription_create', 'subscription_cycle'
        )
    ),
    description TEXT,
    status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'open', 'paid', 'uncollectible', 'void')),
    collection_method TEXT NOT NULL DEFAULT 'charge_automatically' CHECK (
        collection_method IN (
            'charge_automatically', 'send_invoice'
        )
    ),
    currency TEXT NOT NULL DEFAULT 'eur',
    due_date TEXT,
    subtotal INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    starting_balance INTEGER NOT NULL DEFAULT 0,
    ending_balance INTEGER,
    amount_due INTEGER NOT NULL DEFAULT 0,
    amount_paid INTEGER NOT NULL DEFAULT 0,
    amount_remaining INTEGER NOT NULL DEFAULT 0,
    paid_out_of_band INTEGER NOT NULL DEFAULT 0 CHECK (paid_out_of_band IN (0, 1)),
    created TEXT NOT NULL,
    status_transitions TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(status_transitions)),
    sent_at TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE,
    FOREIGN KEY (subscription) REFERENCES subscriptions (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE invoiceitems (
    id TEXT NOT NULL,
    customer TEXT NOT NULL,
    invoice TEXT,
    subscription TEXT,
    price TEXT,
    description TEXT,
    quantity INTEGER NOT NULL DEFAULT 1,
    unit_amount INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL DEFAULT 'eur',
    date TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE,
    FOREIGN KEY (invoice) REFERENCES invoices (id) ON DELETE SET NULL,
    FOREIGN KEY (subscription) REFERENCES subscriptions (id) ON DELETE SET NULL,
    FOREIGN KEY (price) REFERENCES prices (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE subscriptions (
    id TEXT NOT NULL,
    customer TEXT NOT NULL,
    description TEXT,
    price TEXT NOT NULL,
    quantity INTEGER NOT NULL DEFAULT 1,
    status TEXT NOT NULL DEFAULT 'active' CHECK (
        status IN (
            'active', 'canceled', 'incomplete', 'incomplete_expired', 'past_due', 'paused', 'trialing', 'unpaid'
        )
    ),
    collection_method TEXT NOT NULL DEFAULT 'charge_automatically' CHECK (
        collection_method IN (
            'charge_automatically', 'send_invoice'
        )
    ),
    days_until_due INTEGER,
    currency TEXT NOT NULL DEFAULT 'eur',
    current_period_start TEXT NOT NULL,
    current_period_end TEXT NOT NULL,
    cancel_at_period_end INTEGER NOT NULL DEFAULT 0 CHECK (cancel_at_period_end IN (0, 1)),
    cancel_at TEXT,
    canceled_at TEXT,
    ended_at TEXT,
    pause_collection TEXT CHECK (pause_collection IN ('keep_as_draft', 'mark_uncollectible', 'void', '')),
    latest_invoice TEXT,
    created TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE,
    FOREIGN KEY (price) REFERENCES prices (id) ON DELETE CASCADE,
    FOREIGN KEY (latest_invoice) REFERENCES invoices (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
