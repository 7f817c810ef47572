-- Google Classroom: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE user_profiles (
    id TEXT NOT NULL,
    fullName TEXT NOT NULL,
    emailAddress TEXT NOT NULL,
    isMe INTEGER NOT NULL DEFAULT 0 CHECK (isMe IN (0, 1)),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE courses (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    section TEXT,
    description TEXT,
    room TEXT,
    ownerId TEXT NOT NULL,
    courseState TEXT NOT NULL DEFAULT 'PROVISIONED' CHECK (
        courseState IN (
            'ACTIVE', 'ARCHIVED', 'PROVISIONED', 'DECLINED'
        )
    ),
    creationTime TEXT NOT NULL,
    updateTime TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (ownerId) REFERENCES user_profiles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE teachers (
    courseId TEXT NOT NULL,
    userId TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (courseId, userId),
    FOREIGN KEY (courseId) REFERENCES courses (id) ON DELETE CASCADE,
    FOREIGN KEY (userId) REFERENCES user_profiles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE students (
    courseId TEXT NOT NULL,
    userId TEXT NOT NULL,
    fullName TEXT NOT NULL,
    emailAddress TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (courseId, userId),
    FOREIGN KEY (courseId) REFERENCES courses (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE topics (
    topicId TEXT NOT NULL,
    courseId TEXT NOT NULL,
    name TEXT NOT NULL,
    updateTime TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (topicId),
    FOREIGN KEY (courseId) REFERENCES courses (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX topics_by_courseId ON topics (courseId);

CREATE TABLE course_work (
    id TEXT NOT NULL,
    courseId TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    state TEXT NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('PUBLISHED', 'DRAFT', 'DELETED')),
    workType TEXT NOT NULL CHECK (workType IN ('ASSIGNMENT', 'SHORT_ANSWER_QUESTION')),
    maxPoints REAL,
    dueDate TEXT CHECK (json_valid(dueDate)),
    dueTime TEXT CHECK (json_valid(dueTime)),
    topicId TEXT,
    creatorUserId TEXT NOT NULL,
    creationTime TEXT NOT NULL,
    updateTime TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (courseId) REFERENCES courses (id) ON DELETE CASCADE,
    FOREIGN KEY (topicId) REFERENCES topics (topicId) ON DELETE SET NULL,
    FOREIGN KEY (creatorUserId) REFERENCES user_profiles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX course_work_by_courseId ON course_work (courseId);

CREATE TABLE student_submissions (
    id TEXT NOT NULL,
    courseId TEXT NOT NULL,
    courseWorkId TEXT NOT NULL,
    userId TEXT NOT NULL,
    studentName TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'NEW' CHECK (
        state IN (
            'NEW', 'CREATED', 'TURNED_IN', 'RETURNED', 'RECLAIMED_BY_STUDENT'
        )
    ),
    draftGrade REAL,
    assignedGrade REAL,
    turnedInTime TEXT,
    creationTime TEXT NOT NULL,
    updateTime TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (courseId) REFERENCES courses (id) ON DELETE CASCADE,
    FOREIGN KEY (courseWorkId) REFERENCES course_work (id) ON DELETE CASCADE,
    FOREIGN KEY (userId) REFERENCES user_profiles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX student_submissions_by_courseWorkId ON student_submissions (courseWorkId);

CREATE TABLE invitations (
    id TEXT NOT NULL,
    courseId TEXT NOT NULL,
    userId TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('STUDENT', 'TEACHER')),
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (courseId) REFERENCES courses (id) ON DELETE CASCADE,
    FOREIGN KEY (userId) REFERENCES user_profiles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE announcements (
    id TEXT NOT NULL,
    courseId TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('PUBLISHED', 'DRAFT', 'DELETED')),
    creatorUserId TEXT NOT NULL,
    creationTime TEXT NOT NULL,
    updateTime TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (courseId) REFERENCES courses (id) ON DELETE CASCADE,
    FOREIGN KEY (creatorUserId) REFERENCES user_profiles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX announcements_by_courseId ON announcements (courseId);
