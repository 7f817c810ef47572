-- Lyft rides: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE service_areas (
    area_id TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    primetime_percentage INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (area_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE places (
    place_id TEXT NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    lat REAL NOT NULL,
    lng REAL NOT NULL,
    area_id TEXT,
    prohibited TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (place_id),
    FOREIGN KEY (area_id) REFERENCES service_areas (area_id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ride_types (
    area_id TEXT NOT NULL,
    ride_type TEXT NOT NULL CHECK (
        ride_type IN (
            'lyft', 'lyft_line', 'lyft_plus', 'lyft_premier', 'lyft_lux', 'lyft_luxsuv'
        )
    ),
    display_name TEXT NOT NULL,
    seats INTEGER NOT NULL,
    base_charge INTEGER NOT NULL,
    cost_minimum INTEGER NOT NULL,
    cost_per_mile INTEGER NOT NULL,
    cost_per_minute INTEGER NOT NULL,
    trust_and_service INTEGER NOT NULL,
    cancel_penalty_amount INTEGER NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (area_id, ride_type),
    FOREIGN KEY (area_id) REFERENCES service_areas (area_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE drivers (
    user_id TEXT NOT NULL,
    first_name TEXT NOT NULL,
    phone_number TEXT NOT NULL,
    rating TEXT NOT NULL,
    vehicle TEXT NOT NULL CHECK (json_valid(vehicle)),
    area_id TEXT NOT NULL,
    ride_types TEXT NOT NULL CHECK (json_valid(ride_types)),
    lat REAL NOT NULL,
    lng REAL NOT NULL,
    available INTEGER NOT NULL DEFAULT 1 CHECK (available IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id),
    FOREIGN KEY (area_id) REFERENCES service_areas (area_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE passengers (
    user_id TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    phone_number TEXT NOT NULL,
    ride_profile TEXT NOT NULL DEFAULT 'personal' CHECK (ride_profile IN ('personal', 'business')),
    payment_method TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rides (
    ride_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (
        status IN (
            'scheduled', 'pending', 'accepted', 'arrived', 'pickedUp', 'droppedOff', 'canceled'
        )
    ),
    ride_type TEXT NOT NULL CHECK (
        ride_type IN (
            'lyft', 'lyft_line', 'lyft_plus', 'lyft_premier', 'lyft_lux', 'lyft_luxsuv'
        )
    ),
    requested_at TEXT NOT NULL,
    passenger_id TEXT NOT NULL,
    origin_id TEXT NOT NULL,
    destination_id TEXT,
    driver_id TEXT,
    accepted_at TEXT,
    picked_up_at TEXT,
    dropped_off_at TEXT,
    payment_method TEXT NOT NULL,
    primetime_percentage TEXT NOT NULL,
    ride_profile TEXT NOT NULL CHECK (ride_profile IN ('personal', 'business')),
    distance_miles REAL,
    duration_seconds INTEGER,
    price TEXT CHECK (json_valid(price)),
    line_items TEXT NOT NULL CHECK (json_valid(line_items)),
    canceled_by TEXT,
    rating INTEGER,
    feedback TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (ride_id),
    FOREIGN KEY (passenger_id) REFERENCES passengers (user_id) ON DELETE CASCADE,
    FOREIGN KEY (origin_id) REFERENCES places (place_id) ON DELETE CASCADE,
    FOREIGN KEY (destination_id) REFERENCES places (place_id) ON DELETE SET NULL,
    FOREIGN KEY (driver_id) REFERENCES drivers (user_id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;
