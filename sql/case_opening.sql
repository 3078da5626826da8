-- name: one_at_a_time
-- Lets one transaction at a time open a case of a procedure about the same: two people may want it at one instant.
SELECT pg_advisory_xact_lock(26211, hashtext($1));

-- name: open_one
-- The case of a procedure about the same account, or about none, that is open.
SELECT id FROM chatops.cases
WHERE closed_at IS NULL AND procedure = $1 AND subject IS NOT DISTINCT FROM $2
ORDER BY id DESC LIMIT 1;

-- name: of_message
-- The case of a procedure that was opened from this message and is open.
SELECT id FROM chatops.cases
WHERE closed_at IS NULL AND procedure = $1 AND from_channel = $2 AND from_ts = $3
ORDER BY id DESC LIMIT 1;

-- name: of_first_click
-- The case of a procedure that this person has opened from nothing since an instant, and that is open.
SELECT id FROM chatops.cases
WHERE closed_at IS NULL AND procedure = $1 AND opened_by = $2 AND opened_at > $3
    AND opened_from IS NULL AND from_ts IS NULL
ORDER BY id DESC LIMIT 1;

-- name: of_case
-- The case of a procedure that was opened from another case, open or closed.
SELECT id FROM chatops.cases WHERE opened_from = $1 AND procedure = $2 ORDER BY id DESC LIMIT 1;

-- name: opened_from
-- The cases that were opened from a case.
SELECT id, title, procedure FROM chatops.cases WHERE opened_from = $1 AND kind = 'procedure' ORDER BY id;
