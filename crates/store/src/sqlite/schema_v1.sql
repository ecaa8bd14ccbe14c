-- Version 1 of the embedded store. Changing it means adding a migration in
-- `open.rs`, never editing this file once a version has been released.
--
-- Rows use integer surrogates; public ids hit one index each. A span lives
-- inside its trace's key range, so that only trace ids land on random pages.
-- Times are nanoseconds since the epoch, money is 1e-12 USD, booleans are 0/1.
-- Ids of traces and sessions are never used again (AUTOINCREMENT): blocks and
-- messages are found by them, in caches too.

CREATE TABLE meta(
  key   TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE organisation(
  id        INTEGER PRIMARY KEY,
  public_id BLOB NOT NULL UNIQUE,
  name      TEXT NOT NULL,
  created   INTEGER NOT NULL
) STRICT;

CREATE TABLE project(
  id          INTEGER PRIMARY KEY,
  org         INTEGER NOT NULL,
  public_id   BLOB NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  created     INTEGER NOT NULL,
  -- Kept counters, so that an unfiltered total needs no count.
  traces      INTEGER NOT NULL DEFAULT 0,
  sessions    INTEGER NOT NULL DEFAULT 0,
  spans       INTEGER NOT NULL DEFAULT 0,
  UNIQUE(org, name)
) STRICT;

CREATE TABLE api_key(
  id        INTEGER PRIMARY KEY,
  org       INTEGER NOT NULL,
  public_id BLOB NOT NULL UNIQUE,
  hash      BLOB NOT NULL UNIQUE,   -- SHA-256 of the whole key
  prefix    TEXT NOT NULL,
  name      TEXT NOT NULL,
  created   INTEGER NOT NULL,
  expires   INTEGER,
  revoked   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Texts that repeat: span and trace names, models, environments, releases,
-- tags, users. `kind` is one of the codes in `dims.rs`.
CREATE TABLE dim(
  id      INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  kind    INTEGER NOT NULL,
  text    TEXT NOT NULL,
  UNIQUE(project, kind, text)
) STRICT;

CREATE TABLE trace(
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  project      INTEGER NOT NULL,
  trace_id     BLOB NOT NULL,
  session      INTEGER,             -- session.id
  user         INTEGER,             -- dim.id of the user
  name         INTEGER NOT NULL,    -- dim.id
  status       INTEGER NOT NULL,    -- codes in `codes.rs`; "not given" is one
  started      INTEGER NOT NULL,
  ended        INTEGER,
  environment  INTEGER,
  release      INTEGER,
  session_name TEXT,
  tags         TEXT,                -- JSON array, sorted
  -- Over the trace and its spans.
  first_act    INTEGER NOT NULL,
  last_act     INTEGER NOT NULL,
  -- Sums over the spans; tokens and cost over those that count.
  spans        INTEGER NOT NULL,
  span_errors  INTEGER NOT NULL,
  prompt       INTEGER NOT NULL,
  completion   INTEGER NOT NULL,
  input        INTEGER NOT NULL,
  cache_read   INTEGER NOT NULL,
  cache_write  INTEGER NOT NULL,
  output       INTEGER NOT NULL,
  reasoning    INTEGER NOT NULL,
  audio_input  INTEGER NOT NULL,
  audio_output INTEGER NOT NULL,
  cost         INTEGER NOT NULL,
  unpriced     INTEGER NOT NULL,
  unusable     INTEGER NOT NULL,
  -- The payload record, and the number of the next block.
  block        INTEGER NOT NULL,
  item         INTEGER NOT NULL,
  blocks       INTEGER NOT NULL,
  created      INTEGER NOT NULL,
  UNIQUE(project, trace_id)
) STRICT;
CREATE INDEX trace_by_start   ON trace(project, started);
CREATE INDEX trace_by_session ON trace(session, started) WHERE session IS NOT NULL;
CREATE INDEX trace_by_user    ON trace(user, started) WHERE user IS NOT NULL;

CREATE TABLE span(
  trace      INTEGER NOT NULL,
  span_id    BLOB NOT NULL,
  parent     BLOB,
  name       INTEGER NOT NULL,
  kind       INTEGER,
  status     INTEGER,
  model      INTEGER,
  started    INTEGER NOT NULL,
  ended      INTEGER,
  first_token INTEGER,
  -- Bit 0: bears usage. Bit 1: has a descendant that does.
  flags      INTEGER NOT NULL,
  -- Amounts of this span alone, null where nothing was said.
  prompt       INTEGER,
  completion   INTEGER,
  input        INTEGER,
  cache_read   INTEGER,
  cache_write  INTEGER,
  output       INTEGER,
  reasoning    INTEGER,
  audio_input  INTEGER,
  audio_output INTEGER,
  cost         INTEGER,
  unusable     INTEGER NOT NULL,
  block      INTEGER NOT NULL,
  item       INTEGER NOT NULL,
  PRIMARY KEY(trace, span_id)
) STRICT, WITHOUT ROWID;

-- Spans whose parent has not arrived, so that the parent finds them.
CREATE TABLE orphan(
  trace  INTEGER NOT NULL,
  parent BLOB NOT NULL,
  child  BLOB NOT NULL,
  PRIMARY KEY(trace, parent, child)
) STRICT, WITHOUT ROWID;

-- Payloads: per trace and batch one compressed block of records and message
-- bodies. id = trace.id << 20 | number.
CREATE TABLE block(
  id    INTEGER PRIMARY KEY,
  codec INTEGER NOT NULL,
  data  BLOB NOT NULL
) STRICT;

-- Messages by content: where the body of a message lies that this owner has
-- seen before. owner = session.id, or -trace.id for traces without a session.
CREATE TABLE message(
  owner INTEGER NOT NULL,
  hash  BLOB NOT NULL,
  block INTEGER NOT NULL,
  item  INTEGER NOT NULL,
  PRIMARY KEY(owner, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE trace_label(
  dim   INTEGER NOT NULL,
  trace INTEGER NOT NULL,
  PRIMARY KEY(dim, trace)
) STRICT, WITHOUT ROWID;

-- Texts of a session. The numbers are apart, so that sorting and filtering by
-- them reads a narrow table.
CREATE TABLE session(
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  project      INTEGER NOT NULL,
  sid          TEXT NOT NULL,
  name         TEXT,               -- what is shown: trace_name, else first_user
  trace_name   TEXT,               -- session_name of the latest trace that has one
  trace_name_at INTEGER,           -- that trace's start
  trace_name_of INTEGER,           -- that trace
  first_user   TEXT,               -- first user message of the earliest trace that has one
  first_user_at INTEGER,
  first_user_of INTEGER,
  metadata     TEXT,
  UNIQUE(project, sid)
) STRICT;
CREATE INDEX session_by_name ON session(project, name);

CREATE TABLE session_num(
  id           INTEGER PRIMARY KEY,
  project      INTEGER NOT NULL,
  first_act    INTEGER NOT NULL,
  last_act     INTEGER NOT NULL,
  traces       INTEGER NOT NULL,
  errors       INTEGER NOT NULL,
  spans        INTEGER NOT NULL,
  span_errors  INTEGER NOT NULL,
  cost         INTEGER NOT NULL,
  prompt       INTEGER NOT NULL,
  completion   INTEGER NOT NULL,
  input        INTEGER NOT NULL,
  cache_read   INTEGER NOT NULL,
  cache_write  INTEGER NOT NULL,
  output       INTEGER NOT NULL,
  reasoning    INTEGER NOT NULL,
  audio_input  INTEGER NOT NULL,
  audio_output INTEGER NOT NULL,
  unpriced     INTEGER NOT NULL,
  unusable     INTEGER NOT NULL,
  latency      INTEGER NOT NULL,   -- sum over ended traces
  ended        INTEGER NOT NULL,   -- how many have ended
  first_start  INTEGER NOT NULL,
  last_end     INTEGER,
  user         INTEGER,            -- dim.id; of the earliest trace that has one
  user_at      INTEGER,
  user_of      INTEGER
) STRICT;
CREATE INDEX session_by_last  ON session_num(project, last_act);
CREATE INDEX session_by_first ON session_num(project, first_act, last_act);
CREATE INDEX session_failed   ON session_num(project, last_act) WHERE errors > 0;

-- How many of a session's traces carry a tag or belong to a user.
CREATE TABLE session_label(
  session INTEGER NOT NULL,
  dim     INTEGER NOT NULL,
  traces  INTEGER NOT NULL,
  PRIMARY KEY(session, dim)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_label ON session_label(dim, session);

-- id = dim.id of the user.
CREATE TABLE user(
  id         INTEGER PRIMARY KEY,
  project    INTEGER NOT NULL,
  traces     INTEGER NOT NULL,
  errors     INTEGER NOT NULL,
  sessions   INTEGER NOT NULL,
  spans      INTEGER NOT NULL,
  tokens     INTEGER NOT NULL,
  cost       INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen  INTEGER NOT NULL
) STRICT;
CREATE INDEX user_by_last ON user(project, last_seen);
