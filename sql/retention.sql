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
    DELETE FROM chatops.due
    WHERE due_at < $1 AND NOT poll AND (done_at IS NOT NULL OR cancelled_at IS NOT NULL) RETURNING 1)
SELECT count(*) FROM gone;

-- name: forget_looks
-- Deletes due rows that only looked: one a minute, of which nothing is to be learned.
DELETE FROM chatops.due WHERE due_at < $1 AND poll AND (done_at IS NOT NULL OR cancelled_at IS NOT NULL);

-- name: forget_effects
-- Deletes effects that ended long ago; a fax stays as long as its case, which tells of it.
WITH gone AS (
    DELETE FROM chatops.effects AS e
    WHERE e.ended_at < $1 AND NOT EXISTS (SELECT 1 FROM chatops.faxes AS f WHERE f.effect = e.id)
      AND NOT EXISTS (SELECT 1 FROM chatops.previews AS p WHERE p.effect = e.id)
    RETURNING 1)
SELECT count(*) FROM gone;
