-- The state of a message is in its own entry: the seq of the last change folded in, and the entry that pinned it.
ALTER TABLE entries ADD COLUMN rev INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN pinned_seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX entries_pinned ON entries (conversation_id, pinned_seq) WHERE pinned_seq > 0;

-- Derived from messages: whom they mention ('*' is everybody), for counting those that somebody has not read.
CREATE TABLE mentions (
    conversation_id TEXT    NOT NULL,
    user_id         TEXT    NOT NULL,
    seq             INTEGER NOT NULL,
    sender_id       TEXT    NOT NULL,
    PRIMARY KEY (conversation_id, user_id, seq)
) STRICT, WITHOUT ROWID;
