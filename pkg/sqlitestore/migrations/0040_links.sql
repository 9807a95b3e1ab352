-- One-time links that were sent by mail, by the hash of their tokens.
CREATE TABLE links (
    hash       TEXT    NOT NULL PRIMARY KEY,
    purpose    TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    email      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_user ON links (user_id, purpose);
CREATE INDEX links_expiry ON links (expires_at);
