-- name: open_case
-- Opens a case and returns its id.
INSERT INTO chatops.cases (procedure, runbook_hash, title, subject, severity, state, owner, opened_by, opened_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING id;

-- name: add_steps
-- Copies the steps of the procedure into the case: later edits of the runbook touch new cases only.
INSERT INTO chatops.steps (case_id, position, name, kind, title, state)
SELECT $1, s.position, s.name, s.kind, s.title, 'todo'
FROM unnest($2::int[], $3::text[], $4::text[], $5::text[]) AS s (position, name, kind, title);

-- name: case
-- One case.
SELECT id, procedure, title, subject, severity, state, owner, opened_by, opened_at, due_at, closed_by, closed_at, resolution
FROM chatops.cases WHERE id = $1;

-- name: lock_case
-- One case, held until the transaction ends; everything that changes a case takes this lock first.
SELECT id FROM chatops.cases WHERE id = $1 FOR UPDATE;

-- name: steps
-- The steps of a case, in order.
SELECT position, name, kind, title, state, who, at, outcome, note
FROM chatops.steps WHERE case_id = $1 ORDER BY position;

-- name: settle_step
-- Settles a step that is still to do; nothing comes back when it was settled already.
UPDATE chatops.steps SET state = $3, who = $4, at = $5, outcome = $6, note = $7
WHERE case_id = $1 AND name = $2 AND state = 'todo'
RETURNING position;

-- name: set_state
-- Moves an open case to another state.
UPDATE chatops.cases SET state = $2, due_at = $3 WHERE id = $1 AND closed_at IS NULL;

-- name: close_case
-- Closes an open case; nothing comes back when it was closed already.
UPDATE chatops.cases SET state = $2, closed_by = $3, closed_at = $4, resolution = $5, due_at = NULL
WHERE id = $1 AND closed_at IS NULL
RETURNING id;

-- name: open_cases
-- Open cases, the longest open first; the total stands beside each.
SELECT id, title, severity, state, owner, opened_at, due_at, count(*) OVER () AS total
FROM chatops.cases WHERE closed_at IS NULL
ORDER BY opened_at, id LIMIT $1 OFFSET $2;

-- name: open_cases_of
-- Open cases of one owner, the longest open first.
SELECT id, title, severity, state, owner, opened_at, due_at, count(*) OVER () AS total
FROM chatops.cases WHERE closed_at IS NULL AND owner = $1
ORDER BY opened_at, id LIMIT $2 OFFSET $3;
