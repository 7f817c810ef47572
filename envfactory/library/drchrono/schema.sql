-- DrChrono practice: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE doctors (
    id INTEGER NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    specialty TEXT,
    email TEXT,
    office_phone TEXT,
    practice_group_name TEXT,
    is_account_suspended INTEGER NOT NULL DEFAULT 0 CHECK (is_account_suspended IN (0, 1)),
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE offices (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    doctor INTEGER NOT NULL,
    address TEXT,
    city TEXT,
    zip_code TEXT,
    phone_number TEXT,
    start_time TEXT NOT NULL DEFAULT '00:00',
    end_time TEXT NOT NULL DEFAULT '24:00',
    exam_rooms TEXT NOT NULL CHECK (json_valid(exam_rooms)),
    archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    PRIMARY KEY (id),
    FOREIGN KEY (doctor) REFERENCES doctors (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE patients (
    id INTEGER NOT NULL,
    chart_id TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    date_of_birth TEXT,
    gender TEXT NOT NULL CHECK (gender IN ('Male', 'Female', 'Other')),
    doctor INTEGER NOT NULL,
    email TEXT,
    cell_phone TEXT,
    address TEXT,
    city TEXT,
    zip_code TEXT,
    emergency_contact_name TEXT,
    emergency_contact_phone TEXT,
    preferred_language TEXT CHECK (
        preferred_language IN (
            'eng', 'fra', 'ita', 'por', 'spa', 'rus', 'zho', 'jpn', 'other'
        )
    ),
    disable_sms_messages INTEGER NOT NULL DEFAULT 0 CHECK (disable_sms_messages IN (0, 1)),
    patient_status TEXT NOT NULL DEFAULT 'A' CHECK (patient_status IN ('A', 'I', 'D')),
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (doctor) REFERENCES doctors (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE appointments (
    id TEXT NOT NULL,
    patient INTEGER NOT NULL,
    doctor INTEGER NOT NULL,
    office INTEGER NOT NULL,
    exam_room INTEGER NOT NULL,
    scheduled_time TEXT NOT NULL,
    duration INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT '' CHECK (
        status IN (
            '', 'Not Confirmed', 'Confirmed', 'Rescheduled', 'Arrived', 'Checked In', 'In Room', 'In Session',
            'Complete', 'Cancelled', 'No Show'
        )
    ),
    reason TEXT NOT NULL DEFAULT '',
    notes TEXT,
    is_walk_in INTEGER NOT NULL DEFAULT 0 CHECK (is_walk_in IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (patient) REFERENCES patients (id) ON DELETE CASCADE,
    FOREIGN KEY (doctor) REFERENCES doctors (id) ON DELETE CASCADE,
    FOREIGN KEY (office) REFERENCES offices (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE medications (
    id INTEGER NOT NULL,
    patient INTEGER NOT NULL,
    doctor INTEGER NOT NULL,
    name TEXT NOT NULL,
    dosage_quantity TEXT,
    dosage_units TEXT,
    frequency TEXT,
    route TEXT,
    number_refills INTEGER,
    prn INTEGER NOT NULL DEFAULT 0 CHECK (prn IN (0, 1)),
    order_status TEXT CHECK (
        order_status IN (
            'Ordered', 'Administered during visit', 'Electronic eRx Sent', 'Phoned into Pharmacy',
            'Faxed to Pharmacy', 'Paper Rx', 'Prescription Printed', 'Discontinued', 'Prescribed by other Dr',
            'Over the Counter'
        )
    ),
    date_prescribed TEXT,
    date_started_taking TEXT,
    date_stopped_taking TEXT,
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
    pharmacy_note TEXT,
    notes TEXT,
    PRIMARY KEY (id),
    FOREIGN KEY (patient) REFERENCES patients (id) ON DELETE CASCADE,
    FOREIGN KEY (doctor) REFERENCES doctors (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE allergies (
    id INTEGER NOT NULL,
    patient INTEGER NOT NULL,
    doctor INTEGER NOT NULL,
    description TEXT NOT NULL,
    reaction TEXT,
    notes TEXT,
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
    PRIMARY KEY (id),
    FOREIGN KEY (patient) REFERENCES patients (id) ON DELETE CASCADE,
    FOREIGN KEY (doctor) REFERENCES doctors (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE problems (
    id INTEGER NOT NULL,
    patient INTEGER NOT NULL,
    doctor INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    icd_code TEXT,
    date_diagnosis TEXT,
    date_onset TEXT,
    date_changed TEXT,
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'resolved')),
    notes TEXT,
    PRIMARY KEY (id),
    FOREIGN KEY (patient) REFERENCES patients (id) ON DELETE CASCADE,
    FOREIGN KEY (doctor) REFERENCES doctors (id) ON DELETE CASCADE
) STRICT;
