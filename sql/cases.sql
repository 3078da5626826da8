-- name: open_case
-- Opens a case and returns its id.
INSERT INTO chatops.cases (procedure, runbook_hash, title, subject, severity, state, owner, opened_by, opened_at, due_at,
    kind, closing, planned_at, opened_from, from_channel, from_ts, answer_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
RETURNING id;

-- name: add_steps
-- Copies the steps of the procedure into the case: later edits of the runbook touch new cases only.
INSERT INTO chatops.steps (case_id, position, name, kind, title, state, when_step, when_state, calls, source, asks,
    why_by_hand, leads_to, link, points)
SELECT $1, s.position, s.name, s.kind, s.title, 'todo', s.when_step, s.when_state, s.calls, s.source, s.asks,
    s.why_by_hand, s.leads_to, s.link, s.points
FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
    $11::text[], $12::text[], $13::text[], $14::text[])
    AS s (position, name, kind, title, when_step, when_state, calls, source, asks, why_by_hand, leads_to, link, points);

-- name: case
-- One case.
SELECT id, procedure, title, subject, severity, state, owner, opened_by, opened_at, due_at, closed_by, closed_at,
    resolution, kind, closing, finding, planned_at, acknowledged_by, acknowledged_at, opened_from, from_channel, from_ts,
    answer_by
FROM chatops.cases WHERE id = $1;

-- name: lock_case
-- One case, held until the transaction ends; everything that changes a case takes this lock first.
SELECT id FROM chatops.cases WHERE id = $1 FOR UPDATE;

-- name: steps
-- The steps of a case, in order.
SELECT position, name, kind, title, state, who, at, outcome, note, when_step, when_state, calls, source, asks,
    why_by_hand, leads_to, link, points, verdict, facts, looked_at
FROM chatops.steps WHERE case_id = $1 ORDER BY position;

-- name: settle_step
-- Settles a step that is still to do; nothing comes back when it was settled already.
UPDATE chatops.steps SET state = $3, who = $4, at = $5, outcome = $6, note = $7
WHERE case_id = $1 AND name = $2 AND state = 'todo'
RETURNING position;

-- name: settle_calls
-- Settles what is still to do of the steps that call this.
UPDATE chatops.steps SET state = 'done', who = $3, at = $4 WHERE case_id = $1 AND calls = $2 AND state = 'todo';

-- name: looked
-- Keeps what a check found, and when.
UPDATE chatops.steps SET verdict = $3, facts = $4, looked_at = $5 WHERE case_id = $1 AND name = $2;

-- name: acknowledge
-- Lets a person have an open case that nobody has acknowledged; nothing comes back when somebody has, or it is closed.
-- What was due was the answer, where it was: then nothing is due any more.
UPDATE chatops.cases SET acknowledged_by = $2, acknowledged_at = $3, owner = $2,
    state = CASE state WHEN 'open' THEN 'acknowledged' ELSE state END,
    due_at = CASE WHEN due_at = answer_by THEN NULL ELSE due_at END
WHERE id = $1 AND closed_at IS NULL AND acknowledged_at IS NULL
RETURNING id;

-- name: give_to
-- Lets another person have an open case.
UPDATE chatops.cases SET owner = $2 WHERE id = $1 AND closed_at IS NULL AND owner IS DISTINCT FROM $2
RETURNING id;

-- name: set_state
-- Moves an open case to another state.
UPDATE chatops.cases SET state = $2, due_at = $3 WHERE id = $1 AND closed_at IS NULL;

-- name: close_case
-- Closes an open case; nothing comes back when it was closed already.
UPDATE chatops.cases SET state = $2, closed_by = $3, closed_at = $4, resolution = $5, finding = $6, due_at = NULL
WHERE id = $1 AND closed_at IS NULL
RETURNING id;

-- name: reopen_case
-- Opens a closed case again, with a new instant that matters; nothing comes back when it is open.
UPDATE chatops.cases SET state = 'open', closed_by = NULL, closed_at = NULL, resolution = NULL, finding = NULL,
    due_at = $2
WHERE id = $1 AND closed_at IS NOT NULL
RETURNING id;
