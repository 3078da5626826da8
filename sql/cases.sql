-- name: open_case
-- Opens a case and returns its id.
INSERT INTO chatops.cases (procedure, runbook_hash, title, subject, severity, state, owner, opened_by, opened_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING id;

-- name: add_steps
-- Copies the steps of the procedure into the case: later edits of the runbook touch new cases only.
INSERT INTO chatops.steps (case_id, position, name, kind, title, state, when_step, when_state)
SELECT $1, s.position, s.name, s.kind, s.title, 'todo', s.when_step, s.when_state
FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS s (position, name, kind, title, when_step, when_state);

-- name: case
-- One case.
SELECT id, procedure, title, subject, severity, state, owner, opened_by, opened_at, due_at, closed_by, closed_at, resolution
FROM chatops.cases WHERE id = $1;

-- name: lock_case
-- One case, held until the transaction ends; everything that changes a case takes this lock first.
SELECT id FROM chatops.cases WHERE id = $1 FOR UPDATE;

-- name: steps
-- The steps of a case, in order.
SELECT position, name, kind, title, state, who, at, outcome, note, when_step, when_state
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

-- name: reopen_case
-- Opens a closed case again, with a new instant that matters; nothing comes back when it is open.
UPDATE chatops.cases SET state = 'open', closed_by = NULL, closed_at = NULL, resolution = NULL, due_at = $2
WHERE id = $1 AND closed_at IS NOT NULL
RETURNING id;

-- name: add_step
-- Adds a step at the end of a case; one of that name that is there already is to do again.
INSERT INTO chatops.steps AS s (case_id, position, name, kind, title, state, when_step, when_state)
SELECT $1, (SELECT coalesce(max(position), 0) + 1 FROM chatops.steps WHERE case_id = $1), $2, $3, $4, 'todo', $5, $6
ON CONFLICT (case_id, name) DO UPDATE SET state = 'todo', who = NULL, at = NULL, outcome = NULL, note = NULL;

-- name: leave_to_person
-- Makes a step of the bot that is still to do a person's.
UPDATE chatops.steps SET kind = 'confirm', title = $3 WHERE case_id = $1 AND name = $2 AND kind = 'act' AND state = 'todo';

-- name: open_cases
-- Open cases but these, the longest open first; the total stands beside each.
SELECT id, title, severity, state, owner, opened_at, due_at, count(*) OVER () AS total
FROM chatops.cases WHERE closed_at IS NULL AND id <> ALL ($3::bigint[])
ORDER BY opened_at, id LIMIT $1 OFFSET $2;

-- name: open_cases_of
-- Open cases of one owner, the longest open first.
SELECT id, title, severity, state, owner, opened_at, due_at, count(*) OVER () AS total
FROM chatops.cases WHERE closed_at IS NULL AND owner = $1
ORDER BY opened_at, id LIMIT $2 OFFSET $3;
