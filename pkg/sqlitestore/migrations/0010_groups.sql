-- Entries that change a group itself are numbered, so that of two at once one is refused.
ALTER TABLE entries ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX entries_revision ON entries (conversation_id, revision) WHERE revision > 0;

ALTER TABLE conversations ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN room_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN room_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN deleted_at INTEGER NOT NULL DEFAULT 0;

-- Who has left stays as a row, with the entry that says so, and is in no index.
ALTER TABLE members ADD COLUMN revised_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN left_seq INTEGER NOT NULL DEFAULT 0;
DROP INDEX members_user;
DROP INDEX members_joined;
CREATE INDEX members_user ON members (user_id, conversation_id) WHERE left_seq = 0;
CREATE INDEX members_joined ON members (conversation_id, joined_seq, user_id) WHERE left_seq = 0;
