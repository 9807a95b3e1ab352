-- What its owner calls a file.
ALTER TABLE uploads ADD COLUMN name TEXT NOT NULL DEFAULT '';
