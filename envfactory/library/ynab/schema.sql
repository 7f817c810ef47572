-- YNAB: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE budgets (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    first_month TEXT NOT NULL,
    last_month TEXT NOT NULL,
    currency_format TEXT NOT NULL CHECK (json_valid(currency_format)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id TEXT NOT NULL,
    budget_id TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (
        type IN (
            'checking', 'savings', 'cash', 'creditCard', 'lineOfCredit', 'otherAsset', 'otherLiability', 'mortgage',
            'autoLoan', 'studentLoan', 'personalLoan', 'medicalDebt', 'otherDebt'
        )
    ),
    on_budget INTEGER NOT NULL DEFAULT 1 CHECK (on_budget IN (0, 1)),
    closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
    note TEXT,
    balance INTEGER NOT NULL DEFAULT 0,
    cleared_balance INTEGER NOT NULL DEFAULT 0,
    uncleared_balance INTEGER NOT NULL DEFAULT 0,
    transfer_payee_id TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (budget_id) REFERENCES budgets (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_by_budget_id ON accounts (budget_id);

CREATE TABLE category_groups (
    id TEXT NOT NULL,
    budget_id TEXT NOT NULL,
    name TEXT NOT NULL,
    hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (budget_id) REFERENCES budgets (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX category_groups_by_budget_id ON category_groups (budget_id);

CREATE TABLE categories (
    id TEXT NOT NULL,
    budget_id TEXT NOT NULL,
    category_group_id TEXT NOT NULL,
    name TEXT NOT NULL,
    hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
    note TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (budget_id) REFERENCES budgets (id) ON DELETE CASCADE,
    FOREIGN KEY (category_group_id) REFERENCES category_groups (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX categories_by_budget_id ON categories (budget_id);

CREATE TABLE months (
    budget_id TEXT NOT NULL,
    month TEXT NOT NULL,
    income INTEGER NOT NULL DEFAULT 0,
    budgeted INTEGER NOT NULL DEFAULT 0,
    activity INTEGER NOT NULL DEFAULT 0,
    to_be_budgeted INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (budget_id, month),
    FOREIGN KEY (budget_id) REFERENCES budgets (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE month_categories (
    category_id TEXT NOT NULL,
    month TEXT NOT NULL,
    budgeted INTEGER NOT NULL DEFAULT 0,
    activity INTEGER NOT NULL DEFAULT 0,
    balance INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (category_id, month),
    FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE payees (
    id TEXT NOT NULL,
    budget_id TEXT NOT NULL,
    name TEXT NOT NULL,
    transfer_account_id TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (budget_id) REFERENCES budgets (id) ON DELETE CASCADE,
    FOREIGN KEY (transfer_account_id) REFERENCES accounts (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX payees_by_budget_id ON payees (budget_id);

CREATE TABLE transactions (
    id TEXT NOT NULL,
    budget_id TEXT NOT NULL,
    date TEXT NOT NULL,
    amount INTEGER NOT NULL,
    memo TEXT,
    cleared TEXT NOT NULL DEFAULT 'uncleared' CHECK (cleared IN ('cleared', 'uncleared', 'reconciled')),
    approved INTEGER NOT NULL DEFAULT 0 CHECK (approved IN (0, 1)),
    flag_color TEXT CHECK (flag_color IN ('red', 'orange', 'yellow', 'green', 'blue', 'purple')),
    account_id TEXT NOT NULL,
    payee_id TEXT,
    category_id TEXT,
    transfer_account_id TEXT,
    transfer_transaction_id TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (budget_id) REFERENCES budgets (id) ON DELETE CASCADE,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    FOREIGN KEY (payee_id) REFERENCES payees (id) ON DELETE SET NULL,
    FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE SET NULL,
    FOREIGN KEY (transfer_account_id) REFERENCES accounts (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX transactions_by_budget_id ON transactions (budget_id);

CREATE TABLE scheduled_transactions (
    id TEXT NOT NULL,
    budget_id TEXT NOT NULL,
    date_first TEXT NOT NULL,
    date_next TEXT NOT NULL,
    frequency TEXT NOT NULL DEFAULT 'never' CHECK (
        frequency IN (
            'never', 'daily', 'weekly', 'everyOtherWeek', 'twiceAMonth', 'every4Weeks', 'monthly', 'everyOtherMonth',
            'every3Months', 'every4Months', 'twiceAYear', 'yearly', 'everyOtherYear'
        )
    ),
    amount INTEGER NOT NULL DEFAULT 0,
    memo TEXT,
    flag_color TEXT CHECK (flag_color IN ('red', 'orange', 'yellow', 'green', 'blue', 'purple')),
    account_id TEXT NOT NULL,
    payee_id TEXT,
    category_id TEXT,
    transfer_account_id TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (budget_id) REFERENCES budgets (id) ON DELETE CASCADE,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    FOREIGN KEY (payee_id) REFERENCES payees (id) ON DELETE SET NULL,
    FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE SET NULL,
    FOREIGN KEY (transfer_account_id) REFERENCES accounts (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX scheduled_transactions_by_budget_id ON scheduled_transactions (budget_id);
