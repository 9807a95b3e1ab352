-- To whom a user shows when they are there, and whether they show it at all.
ALTER TABLE users ADD COLUMN last_seen TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN invisible INTEGER NOT NULL DEFAULT 0;
