-- name: add
-- Keeps what somebody writes to a case.
INSERT INTO chatops.case_notes (case_id, who, at, words) VALUES ($1, $2, $3, $4) RETURNING id;

-- name: note
-- One note.
SELECT id, case_id, who, at, words FROM chatops.case_notes WHERE id = $1;

-- name: notes
-- What people wrote to a case.
SELECT id, case_id, who, at, words FROM chatops.case_notes WHERE case_id = $1 ORDER BY id;
