-- Entries that change a message: edits, deletions, reactions, pins.
ALTER TABLE entries ADD COLUMN target_id TEXT NOT NULL DEFAULT '';
CREATE INDEX entries_target ON entries (conversation_id, target_id, seq) WHERE target_id <> '';

ALTER TABLE conversations ADD COLUMN description TEXT NOT NULL DEFAULT '';
