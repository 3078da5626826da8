-- Runs of the lists that come by themselves: what is planned, what ran, late or not, and what came too late.

-- name: planned
-- What is planned and has not come: one row a list, or none.
SELECT id, kind, subject, due_at FROM chatops.due
WHERE kind = $1 AND done_at IS NULL AND cancelled_at IS NULL ORDER BY due_at, id;

-- name: plan
-- Plans a run; one that a change of the schedule took back comes again.
INSERT INTO chatops.due (kind, subject, due_at, attempts, poll) VALUES ($1, $2, $3, 0, false)
ON CONFLICT (kind, subject, due_at) DO UPDATE SET cancelled_at = NULL WHERE chatops.due.done_at IS NULL;

-- name: take_back
-- Takes a planned run back, unless the ticker is at it now.
UPDATE chatops.due SET cancelled_at = $2
WHERE id IN (SELECT id FROM chatops.due WHERE id = $1 AND done_at IS NULL AND cancelled_at IS NULL FOR UPDATE SKIP LOCKED);

-- name: claim_others
-- Takes the other runs that are due by now for this transaction, those of the named lists.
UPDATE chatops.due SET done_at = $2
WHERE id IN (
    SELECT id FROM chatops.due
    WHERE kind = $1 AND due_at <= $2 AND subject = ANY ($3::text[]) AND done_at IS NULL AND cancelled_at IS NULL
    FOR UPDATE SKIP LOCKED)
RETURNING id, kind, subject, due_at;

-- name: newest
-- The instant of the newest run of a list that ran or was missed.
SELECT max(planned_at) FROM chatops.runs WHERE schedule = $1;

-- name: known
-- The runs of a list since an instant that are recorded.
SELECT planned_at FROM chatops.runs WHERE schedule = $1 AND planned_at >= $2;

-- name: record
-- Records what became of a run.
INSERT INTO chatops.runs (schedule, planned_at, state, case_id, at) VALUES ($1, $2, $3, $4, $5);

-- name: first_of
-- The list that was opened first of those planned in a span of time; in its thread the others stand.
SELECT min(case_id) FROM chatops.runs WHERE planned_at >= $1 AND planned_at < $2;

-- name: run_of
-- When a list was planned and begun.
SELECT planned_at, at, state FROM chatops.runs WHERE case_id = $1;
