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

-- name: root
-- The message in whose thread all of a list stands: its own, or that of the list that it came with.
SELECT coalesce(parent, id) FROM chatops.live_messages WHERE subject = $1 ORDER BY id LIMIT 1;

-- name: beside
-- The lists that were opened with this one, and stand in its thread.
SELECT id, title FROM chatops.cases WHERE kind = 'checklist' AND opened_from = $1 ORDER BY id;

-- name: day_before
-- The day before an instant on which lists were opened.
SELECT max(opened_at) FROM chatops.cases WHERE kind = 'checklist' AND opened_at < $1;

-- name: of_day
-- The lists that were opened in a span of time, in their order.
SELECT id FROM chatops.cases
WHERE kind = 'checklist' AND opened_at >= $1 AND opened_at < $2
ORDER BY opened_at, id;

-- name: repeated_skips
-- Items that were skipped or not done at least $3 times in a span of time, most often first.
SELECT c.procedure AS list, s.name, max(s.title) AS title,
    count(*) FILTER (WHERE s.outcome IS DISTINCT FROM $4) AS skipped,
    count(*) FILTER (WHERE s.outcome = $4) AS not_done
FROM chatops.cases AS c
JOIN chatops.steps AS s ON s.case_id = c.id
WHERE c.kind = 'checklist' AND c.opened_at >= $1 AND c.opened_at < $2 AND s.state = 'skipped'
GROUP BY c.procedure, s.name
HAVING count(*) >= $3
ORDER BY count(*) DESC, c.procedure, s.name;

-- name: open_from
-- The newest case of a procedure that is open, or was opened from this list.
SELECT id, owner, closed_at IS NULL AS open FROM chatops.cases
WHERE procedure = $1 AND (opened_from = $2 OR closed_at IS NULL)
ORDER BY (opened_from = $2) DESC NULLS LAST, id DESC LIMIT 1;
