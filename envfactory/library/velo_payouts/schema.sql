-- Velo Payments: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE payees (
    payeeId TEXT NOT NULL,
    remoteId TEXT NOT NULL,
    displayName TEXT NOT NULL,
    payeeType TEXT NOT NULL CHECK (payeeType IN ('Individual', 'Company')),
    email TEXT NOT NULL,
    individual TEXT CHECK (json_valid(individual)),
    company TEXT CHECK (json_valid(company)),
    address TEXT NOT NULL CHECK (json_valid(address)),
    country TEXT NOT NULL,
    language TEXT NOT NULL DEFAULT 'EN' CHECK (language IN ('EN', 'DA', 'SV', 'DE', 'FR')),
    onboardedStatus TEXT NOT NULL DEFAULT 'INVITED' CHECK (
        onboardedStatus IN (
            'CREATED', 'INVITED', 'REGISTERED', 'ONBOARDED'
        )
    ),
    invitationStatus TEXT CHECK (invitationStatus IN ('ACCEPTED', 'PENDING', 'DECLINED')),
    invitationStatusTimestamp TEXT,
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    disabledComment TEXT,
    gracePeriodEndDate TEXT,
    created TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (payeeId)
) STRICT, WITHOUT ROWID;

CREATE TABLE payouts (
    payoutId TEXT NOT NULL,
    payoutMemo TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACCEPTED' CHECK (
        status IN (
            'ACCEPTED', 'REJECTED', 'QUOTED', 'INSTRUCTED', 'CONFIRMED', 'WITHDRAWN'
        )
    ),
    submittedDateTime TEXT NOT NULL,
    quotedDateTime TEXT,
    quoteExpiryTime TEXT,
    instructedDateTime TEXT,
    withdrawnDateTime TEXT,
    scheduleStatus TEXT CHECK (scheduleStatus IN ('SCHEDULED', 'EXECUTED', 'FAILED')),
    scheduledFor TEXT,
    scheduledAt TEXT,
    notificationsEnabled INTEGER CHECK (notificationsEnabled IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (payoutId)
) STRICT, WITHOUT ROWID;

CREATE TABLE payments (
    paymentId TEXT NOT NULL,
    payoutId TEXT NOT NULL,
    payeeId TEXT,
    remoteId TEXT NOT NULL,
    sourceAccountName TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL CHECK (currency IN ('DKK', 'EUR', 'SEK')),
    paymentMemo TEXT,
    status TEXT NOT NULL DEFAULT 'ACCEPTED' CHECK (status IN ('ACCEPTED', 'REJECTED', 'WITHDRAWN')),
    reason TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (paymentId),
    FOREIGN KEY (payoutId) REFERENCES payouts (payoutId) ON DELETE CASCADE,
    FOREIGN KEY (payeeId) REFERENCES payees (payeeId) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_by_payoutId ON payments (payoutId);

CREATE TABLE source_accounts (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (currency IN ('DKK', 'EUR', 'SEK')),
    balance INTEGER NOT NULL DEFAULT 0,
    minimumBalance INTEGER,
    fundingRef TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
