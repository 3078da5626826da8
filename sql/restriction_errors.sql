-- name: case_of
-- The case that led to a restriction.
SELECT case_id FROM chatops.restrictions WHERE id = $1;
