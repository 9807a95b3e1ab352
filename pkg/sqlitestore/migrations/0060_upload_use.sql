-- When something was last about to refer to an upload, from when on it is removed if nothing does (0: something was found to),
-- and whether it is being removed. What older versions have kept is looked at once.
ALTER TABLE uploads ADD COLUMN claimed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE uploads ADD COLUMN due_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE uploads ADD COLUMN removing INTEGER NOT NULL DEFAULT 0;
UPDATE uploads SET due_at = created_at + 86400000;
CREATE INDEX uploads_due ON uploads (due_at) WHERE due_at > 0;
CREATE INDEX uploads_thumbnail ON uploads (thumbnail_url) WHERE thumbnail_url <> '';

CREATE INDEX users_avatar ON users (avatar_url) WHERE avatar_url <> '';
CREATE INDEX conversations_avatar ON conversations (avatar_url) WHERE avatar_url <> '';

-- Derived from messages: which uploads they have.
CREATE TABLE attachments (
    upload_id       TEXT    NOT NULL,
    conversation_id TEXT    NOT NULL,
    seq             INTEGER NOT NULL,
    PRIMARY KEY (upload_id, conversation_id, seq)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO attachments (upload_id, conversation_id, seq)
    SELECT json_extract(a.value, '$.id'), e.conversation_id, e.seq
    FROM entries e, json_each(e.body, '$.message.attachments') a WHERE e.kind = 'message.created';
