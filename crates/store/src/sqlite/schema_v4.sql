-- Version 4: sessions by parts of their ids and names.

-- Three-letter pieces of a session's id and name, lower-cased: rowid = session.id.
-- It says where a text may be; whether it is there, the session's row says.
CREATE VIRTUAL TABLE session_text USING fts5(
  text, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1'
);
INSERT INTO session_text(rowid, text) SELECT id, folded(sid || char(10) || coalesce(name, '')) FROM session;
