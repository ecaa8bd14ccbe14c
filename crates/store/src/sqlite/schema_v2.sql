-- Version 2: commands (patching, tagging, deleting), scores, prices, and keys
-- that are narrower than the organisation.

-- Ids of projects are never used again either, since the data of a deleted one
-- goes bit by bit. A deleted project's name is free.
CREATE TABLE project_2(
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  org         INTEGER NOT NULL,
  public_id   BLOB NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  created     INTEGER NOT NULL,
  -- Kept counters, so that an unfiltered total needs no count.
  traces      INTEGER NOT NULL DEFAULT 0,
  sessions    INTEGER NOT NULL DEFAULT 0,
  spans       INTEGER NOT NULL DEFAULT 0,
  deleted     INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO project_2(id, org, public_id, name, description, created, traces, sessions, spans)
  SELECT id, org, public_id, name, description, created, traces, sessions, spans FROM project;
DROP TABLE project;
ALTER TABLE project_2 RENAME TO project;
CREATE UNIQUE INDEX project_by_name ON project(org, name) WHERE NOT deleted;

ALTER TABLE api_key ADD COLUMN project INTEGER;      -- the only one it opens, or all
ALTER TABLE api_key ADD COLUMN access INTEGER NOT NULL DEFAULT 0;   -- codes in `codes.rs`
ALTER TABLE api_key ADD COLUMN last_used INTEGER;

-- The name set on the session itself; it stands before all others.
ALTER TABLE session ADD COLUMN given_name TEXT;
-- Whether the session itself was given the tag.
ALTER TABLE session_label ADD COLUMN own INTEGER NOT NULL DEFAULT 0;

-- Whether the cost comes from the price table.
ALTER TABLE span ADD COLUMN priced INTEGER NOT NULL DEFAULT 0;

CREATE TABLE score(
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  project   INTEGER NOT NULL,
  public_id BLOB NOT NULL,
  trace     INTEGER NOT NULL,
  name      TEXT NOT NULL,
  value     TEXT,
  data_type INTEGER NOT NULL,       -- codes in `codes.rs`, as the next two
  source    INTEGER NOT NULL,
  status    INTEGER NOT NULL,
  reason    TEXT,
  metadata  TEXT,
  created   INTEGER NOT NULL,
  updated   INTEGER NOT NULL
) STRICT;
CREATE INDEX score_by_time  ON score(project, created, id);
CREATE INDEX score_by_trace ON score(trace);

-- Set when the block outlives its trace's part in a session, because other
-- traces refer to messages in it: the session's id.
ALTER TABLE block ADD COLUMN owner INTEGER;
