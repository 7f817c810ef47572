-- Figshare: compiled from spec.json by EnvFactory; edit that, then build again.

CREATE TABLE "groups" (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    quota INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE accounts (
    id INTEGER NOT NULL,
    full_name TEXT NOT NULL,
    email TEXT NOT NULL,
    group_id INTEGER NOT NULL,
    author_id INTEGER NOT NULL,
    is_me INTEGER NOT NULL DEFAULT 0 CHECK (is_me IN (0, 1)),
    PRIMARY KEY (id),
    FOREIGN KEY (group_id) REFERENCES "groups" (id) ON DELETE CASCADE,
    FOREIGN KEY (author_id) REFERENCES authors (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE authors (
    id INTEGER NOT NULL,
    full_name TEXT NOT NULL,
    orcid_id TEXT NOT NULL DEFAULT '',
    job_title TEXT NOT NULL DEFAULT '',
    is_active INTEGER NOT NULL DEFAULT 0 CHECK (is_active IN (0, 1)),
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE categories (
    id INTEGER NOT NULL,
    title TEXT NOT NULL,
    parent_id INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE projects (
    id INTEGER NOT NULL,
    title TEXT NOT NULL,
    storage TEXT NOT NULL DEFAULT 'individual' CHECK (storage IN ('individual', 'group')),
    published_date TEXT,
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE project_collaborators (
    project_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    role_name TEXT NOT NULL CHECK (role_name IN ('owner', 'collaborator', 'viewer')),
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'pending')),
    PRIMARY KEY (project_id, user_id),
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE project_notes (
    id INTEGER NOT NULL,
    project_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    user_name TEXT NOT NULL,
    text TEXT NOT NULL,
    created_date TEXT NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    FOREIGN KEY (user_id) REFERENCES accounts (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE articles (
    id INTEGER NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    defined_type_name TEXT NOT NULL DEFAULT '' CHECK (
        defined_type_name IN (
            '', 'figure', 'media', 'dataset', 'poster', 'journal contribution', 'presentation', 'thesis', 'software',
            'online resource', 'preprint', 'book', 'conference contribution'
        )
    ),
    status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'public')),
    version INTEGER NOT NULL DEFAULT 0,
    license INTEGER,
    tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
    doi TEXT NOT NULL DEFAULT '',
    group_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    project_id INTEGER,
    size INTEGER NOT NULL DEFAULT 0,
    is_embargoed INTEGER NOT NULL DEFAULT 0 CHECK (is_embargoed IN (0, 1)),
    embargo_type TEXT CHECK (embargo_type IN ('article', 'file')),
    embargo_date TEXT,
    embargo_reason TEXT,
    created_date TEXT NOT NULL,
    modified_date TEXT NOT NULL,
    published_date TEXT,
    PRIMARY KEY (id),
    FOREIGN KEY (group_id) REFERENCES "groups" (id) ON DELETE CASCADE,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE SET NULL
) STRICT;

CREATE TABLE article_authors (
    article_id INTEGER NOT NULL,
    author_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (article_id, author_id),
    FOREIGN KEY (article_id) REFERENCES articles (id) ON DELETE CASCADE,
    FOREIGN KEY (author_id) REFERENCES authors (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE article_categories (
    article_id INTEGER NOT NULL,
    category_id INTEGER NOT NULL,
    PRIMARY KEY (article_id, category_id),
    FOREIGN KEY (article_id) REFERENCES articles (id) ON DELETE CASCADE,
    FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE private_links (
    id TEXT NOT NULL,
    article_id INTEGER NOT NULL,
    is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    expires_date TEXT NOT NULL,
    html_location TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    FOREIGN KEY (article_id) REFERENCES articles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX private_links_by_article_id ON private_links (article_id);

CREATE TABLE collections (
    id INTEGER NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    doi TEXT NOT NULL DEFAULT '',
    account_id INTEGER NOT NULL,
    created_date TEXT NOT NULL,
    modified_date TEXT NOT NULL,
    published_date TEXT,
    PRIMARY KEY (id),
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE collection_articles (
    collection_id INTEGER NOT NULL,
    article_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (collection_id, article_id),
    FOREIGN KEY (collection_id) REFERENCES collections (id) ON DELETE CASCADE,
    FOREIGN KEY (article_id) REFERENCES articles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
