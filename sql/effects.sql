-- name: want
-- Wants something done outside the database, from an instant on.
INSERT INTO chatops.effects (id, kind, subject, state, due_at, attempts, asked, created_at)
VALUES ($1, $2, $3, 'waiting', $4, 0, 0, $5);

-- name: ready
-- What may go on now, without what this process has in hand: the longest due first, and before what was sent already.
SELECT id FROM chatops.effects
WHERE state IN ('waiting', 'attempting', 'asking', 'following') AND due_at <= $1
  AND (retry_at IS NULL OR retry_at <= clock_timestamp()) AND id <> ALL ($2::uuid[])
  AND kind = ANY ($4::text[])
ORDER BY state = 'following', due_at, created_at, id LIMIT $3;

-- name: effect
-- One effect as it stands.
SELECT id, kind, subject, state, due_at, epoch, attempts, asked, error, created_at FROM chatops.effects WHERE id = $1;

-- name: attempt
-- Marks an attempt, for the holder of the lease only; nothing comes back when it is not to be made.
UPDATE chatops.effects AS e SET state = 'attempting', epoch = $2, retry_at = NULL
WHERE e.id = $1 AND e.state = 'waiting'
  AND EXISTS (SELECT 1 FROM chatops.leases WHERE name = 'sender' AND epoch = $2 AND until > clock_timestamp())
RETURNING e.id;

-- name: move
-- Moves an effect on from one of these states; nothing comes back when it stands in another. Troubles count for
-- one part of its way: sending, then asking or following.
UPDATE chatops.effects SET
    state = $3,
    due_at = coalesce($4, due_at),
    retry_at = clock_timestamp() + $5::float8 * interval '1 second',
    error = $6,
    asked = asked + $7,
    attempts = CASE WHEN $3 IN ('asking', 'following') THEN 0 ELSE attempts END,
    ended_at = $8
WHERE id = $1 AND state = ANY ($2::text[])
RETURNING id;

-- name: trouble
-- Notes that it did not go on, and when to try again (seconds of machine time); gives how often that was.
UPDATE chatops.effects SET attempts = attempts + 1, error = $2, retry_at = clock_timestamp() + $3::float8 * interval '1 second'
WHERE id = $1 AND state IN ('waiting', 'following', 'asking')
RETURNING attempts;
