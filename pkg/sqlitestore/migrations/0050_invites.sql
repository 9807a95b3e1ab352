-- Links into groups. over_at is when one stops being good, by its time or because somebody ended it.
CREATE TABLE invites (
    id              TEXT    NOT NULL PRIMARY KEY,
    conversation_id TEXT    NOT NULL,
    code            TEXT    NOT NULL,
    created_by      TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    max_uses        INTEGER NOT NULL,
    revoked_at      INTEGER NOT NULL,
    over_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invites_code ON invites (code);
CREATE INDEX invites_conversation ON invites (conversation_id, over_at);
CREATE INDEX invites_over ON invites (over_at);

-- Who has come in by each: one use for each person, numbered 1, 2, 3, …
CREATE TABLE invite_uses (
    invite_id TEXT    NOT NULL REFERENCES invites (id) ON DELETE CASCADE,
    user_id   TEXT    NOT NULL,
    slot      INTEGER NOT NULL,
    PRIMARY KEY (invite_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invite_uses_slot ON invite_uses (invite_id, slot);
