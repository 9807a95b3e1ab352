-- Messages by their keys (chat.Message.SearchKeys). The id of a message here begins with its time, so that a list of those with
-- a key is in the order of time, and tells by a few bits where it may have been said; see search.go.
CREATE TABLE search_messages (
    id       INTEGER NOT NULL PRIMARY KEY,
    entry_id INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX search_messages_entry ON search_messages (entry_id);

-- The keys come as they are to be kept, with spaces between them: there is nothing in them that this tokenizer takes apart.
CREATE VIRTUAL TABLE search_keys USING fts5 (keys, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');

-- How far older messages and names have got their keys, by the version of the rules.
CREATE TABLE search_progress (
    what     TEXT    NOT NULL PRIMARY KEY,
    version  INTEGER NOT NULL,
    position TEXT    NOT NULL,
    done     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
