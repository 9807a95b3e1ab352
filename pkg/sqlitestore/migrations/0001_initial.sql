-- Times are Unix milliseconds, 0 for never. Texts are "" for none.

CREATE TABLE users (
    id             TEXT    NOT NULL PRIMARY KEY,
    full_name      TEXT    NOT NULL,
    email          TEXT    NOT NULL,
    password_hash  TEXT    NOT NULL,
    email_verified INTEGER NOT NULL,
    bio            TEXT    NOT NULL,
    avatar_url     TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    last_seen_at   INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX users_email ON users (email);

-- The directory: each beginning of each word of a name, in the order of names, so that a page of
-- "starts with" is one range of this table.
CREATE TABLE user_names (
    key         TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (key, folded_name, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_names_user ON user_names (user_id);

CREATE TABLE sessions (
    id           TEXT    NOT NULL PRIMARY KEY,
    user_id      TEXT    NOT NULL,
    refresh_hash TEXT    NOT NULL,
    user_agent   TEXT    NOT NULL,
    address      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    revoked_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_user ON sessions (user_id, last_used_at DESC, id) WHERE revoked_at = 0;
CREATE INDEX sessions_revoked ON sessions (revoked_at, id) WHERE revoked_at > 0;
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- The log. A message is its entry: body holds the message as it is now.
CREATE TABLE entries (
    id              INTEGER NOT NULL PRIMARY KEY,
    conversation_id TEXT    NOT NULL,
    seq             INTEGER NOT NULL,
    kind            TEXT    NOT NULL,
    sender_id       TEXT    NOT NULL,
    client_id       TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    message_id      TEXT    NOT NULL,
    body            TEXT    NOT NULL
) STRICT;

-- The sequencer, and the promise that a retried send is one message.
CREATE UNIQUE INDEX entries_seq ON entries (conversation_id, seq);
CREATE UNIQUE INDEX entries_client ON entries (conversation_id, sender_id, client_id);
CREATE UNIQUE INDEX entries_message ON entries (message_id) WHERE message_id <> '';
CREATE INDEX entries_messages ON entries (conversation_id, kind, seq, sender_id);
CREATE INDEX entries_created ON entries (created_at, conversation_id);

-- Derived from the log.
CREATE TABLE conversations (
    id               TEXT    NOT NULL PRIMARY KEY,
    type             TEXT    NOT NULL,
    title            TEXT    NOT NULL,
    avatar_url       TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    created_by       TEXT    NOT NULL,
    member_count     INTEGER NOT NULL,
    last_seq         INTEGER NOT NULL,
    last_message_id  TEXT    NOT NULL,
    last_activity_at INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
    conversation_id TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    user_id         TEXT    NOT NULL,
    role            TEXT    NOT NULL,
    joined_at       INTEGER NOT NULL,
    joined_seq      INTEGER NOT NULL,
    read_seq        INTEGER NOT NULL,
    muted_until     INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_user ON members (user_id, conversation_id);
CREATE INDEX members_joined ON members (conversation_id, joined_seq, user_id);

CREATE TABLE uploads (
    id            TEXT    NOT NULL PRIMARY KEY,
    owner_id      TEXT    NOT NULL,
    url           TEXT    NOT NULL,
    thumbnail_url TEXT    NOT NULL,
    mime          TEXT    NOT NULL,
    bytes         INTEGER NOT NULL,
    width         INTEGER NOT NULL,
    height        INTEGER NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;
