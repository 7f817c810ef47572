-- Impala hotel booking: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE hotels (
    hotelId TEXT NOT NULL,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    address TEXT NOT NULL CHECK (json_valid(address)),
    starRating REAL,
    currency TEXT NOT NULL,
    timezone TEXT NOT NULL,
    description TEXT CHECK (json_valid(description)),
    roomCount INTEGER NOT NULL,
    checkIn TEXT NOT NULL CHECK (json_valid(checkIn)),
    checkOut TEXT NOT NULL CHECK (json_valid(checkOut)),
    phoneNumbers TEXT NOT NULL CHECK (json_valid(phoneNumbers)),
    emails TEXT NOT NULL CHECK (json_valid(emails)),
    amenities TEXT NOT NULL CHECK (json_valid(amenities)),
    termsAndConditions TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (hotelId)
) STRICT, WITHOUT ROWID;

CREATE TABLE room_types (
    roomTypeId TEXT NOT NULL,
    hotelId TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    maxOccupancy INTEGER NOT NULL,
    rooms INTEGER NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (roomTypeId),
    FOREIGN KEY (hotelId) REFERENCES hotels (hotelId) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX room_types_by_hotelId ON room_types (hotelId);

CREATE TABLE rate_plans (
    ratePlanId INTEGER NOT NULL,
    hotelId TEXT NOT NULL,
    description TEXT NOT NULL,
    conditions TEXT NOT NULL CHECK (json_valid(conditions)),
    components TEXT NOT NULL CHECK (json_valid(components)),
    restrictions TEXT NOT NULL CHECK (json_valid(restrictions)),
    feeType TEXT NOT NULL CHECK (feeType IN ('NON_REFUNDABLE', 'PERCENTAGE', 'NIGHTS', 'FLAT')),
    feeCount INTEGER,
    PRIMARY KEY (hotelId, ratePlanId),
    FOREIGN KEY (hotelId) REFERENCES hotels (hotelId) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE rates (
    roomTypeId TEXT NOT NULL,
    ratePlanId INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    extraAdult INTEGER NOT NULL,
    weekend INTEGER NOT NULL,
    PRIMARY KEY (roomTypeId, ratePlanId),
    FOREIGN KEY (roomTypeId) REFERENCES room_types (roomTypeId) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE nights (
    roomTypeId TEXT NOT NULL,
    date TEXT NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
    held INTEGER NOT NULL DEFAULT 0,
    surcharge INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (roomTypeId, date),
    FOREIGN KEY (roomTypeId) REFERENCES room_types (roomTypeId) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE bookings (
    bookingId TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('PENDING', 'ACCEPTED', 'CANCELLED')),
    hotelConfirmationCode TEXT,
    start TEXT NOT NULL,
    "end" TEXT NOT NULL,
    hotelId TEXT NOT NULL,
    roomTypeId TEXT NOT NULL,
    ratePlanId INTEGER NOT NULL,
    adults INTEGER NOT NULL,
    total INTEGER NOT NULL,
    contact TEXT NOT NULL CHECK (json_valid(contact)),
    notes TEXT CHECK (json_valid(notes)),
    cancellationPolicies TEXT NOT NULL CHECK (json_valid(cancellationPolicies)),
    cancellation TEXT CHECK (json_valid(cancellation)),
    createdAt TEXT NOT NULL,
    updatedAt TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (bookingId),
    FOREIGN KEY (hotelId) REFERENCES hotels (hotelId) ON DELETE CASCADE,
    FOREIGN KEY (roomTypeId) REFERENCES room_types (roomTypeId) ON DELETE CASCADE,
    FOREIGN KEY (hotelId, ratePlanId) REFERENCES rate_plans (hotelId, ratePlanId) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
