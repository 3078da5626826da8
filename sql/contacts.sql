-- name: record
-- Keeps a talk with a person; its id comes back.
INSERT INTO chatops.contacts (subject, case_id, how, who, at, outcome, said, recorded_by, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING id;

-- name: of_account
-- All talks with a person, the newest first.
SELECT id, subject, case_id, how, who, at, outcome, said, recorded_by, recorded_at
FROM chatops.contacts WHERE subject = $1 ORDER BY at DESC, id DESC;

-- name: open_cases
-- The open cases about a person, the newest first.
SELECT id FROM chatops.cases WHERE subject = $1 AND closed_at IS NULL ORDER BY id DESC;

-- name: to_tell_since
-- Since when there is something to tell in a case: what was decided in it, or complained about since, else its opening.
SELECT greatest(c.opened_at, max(a.decided_at), (SELECT max(w.told_at) FROM chatops.watch_told AS w WHERE w.case_id = c.id))
FROM chatops.cases AS c
LEFT JOIN chatops.approvals AS a ON a.case_id = c.id AND a.state = 'approved'
WHERE c.id = $1 GROUP BY c.id;
