-- Version 3: filters by a trace's metadata, and metadata that comes before its
-- session.

-- The scalar members of a trace's metadata, as text, cut where filters stop
-- looking. key = dim.id of the member's name.
CREATE TABLE trace_meta(
  trace INTEGER NOT NULL,
  key   INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(trace, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX trace_meta_by_value ON trace_meta(key, value);

-- Metadata for the session that the trace does not have yet.
ALTER TABLE trace ADD COLUMN session_metadata TEXT;
