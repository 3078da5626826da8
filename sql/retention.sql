-- name: forget_interactions
-- Deletes the keys of interactions that are too old to be delivered again.
WITH gone AS (DELETE FROM chatops.interactions WHERE at < $1 RETURNING 1) SELECT count(*) FROM gone;

-- name: forget_posts
-- Deletes posts that went out, or were refused, long ago.
WITH gone AS (DELETE FROM chatops.posts WHERE created_at < $1 AND state <> 'waiting' RETURNING 1)
SELECT count(*) FROM gone;

-- name: forget_due
-- Deletes due rows that were done or taken back long ago.
WITH gone AS (
    DELETE FROM chatops.due WHERE due_at < $1 AND (done_at IS NOT NULL OR cancelled_at IS NOT NULL) RETURNING 1)
SELECT count(*) FROM gone;
