-- name: one_at_a_time
-- Lets one transaction at a time open a list of this name: a schedule and a person may want it at one instant.
SELECT pg_advisory_xact_lock(26210, hashtext($1));

-- name: planned
-- The list of a schedule's instant.
SELECT id FROM chatops.cases WHERE kind = 'checklist' AND procedure = $1 AND planned_at = $2;

-- name: latest
-- The newest list of this name that was opened in a span of time.
SELECT id, planned_at, closed_at IS NULL AS open FROM chatops.cases
WHERE kind = 'checklist' AND procedure = $1 AND opened_at >= $2 AND opened_at < $3
ORDER BY opened_at DESC, id DESC LIMIT 1;

-- name: adopt
-- Lets a list that somebody began by hand be that of the schedule's instant.
UPDATE chatops.cases SET planned_at = $2 WHERE id = $1 AND planned_at IS NULL RETURNING id;

-- name: open_ones
-- Lists of this name that are open, the oldest first.
SELECT id FROM chatops.cases
WHERE kind = 'checklist' AND procedure = $1 AND closed_at IS NULL
ORDER BY opened_at, id;
