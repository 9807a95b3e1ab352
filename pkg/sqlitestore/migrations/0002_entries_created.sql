-- The entries of all conversations in the order of their times, to the seq: read page by page without sorting.
DROP INDEX entries_created;
CREATE INDEX entries_created ON entries (created_at, conversation_id, seq);
