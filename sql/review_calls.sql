-- name: came
-- Whether what was due about a case came.
SELECT EXISTS (SELECT FROM chatops.due WHERE kind = $1 AND subject = $2 AND done_at IS NOT NULL);
