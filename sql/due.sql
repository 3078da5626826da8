-- name: add
-- Makes something due; the same thing at the same instant is one row.
INSERT INTO chatops.due (kind, subject, due_at, attempts, poll) VALUES ($1, $2, $3, 0, $4)
ON CONFLICT (kind, subject, due_at) DO NOTHING;

-- name: cancel
-- Takes back what is not done yet. A row that the ticker is at now is left to it: it waits for the
-- case, which we hold, and to wait for its row would be a deadlock; it will see what was decided.
UPDATE chatops.due SET cancelled_at = $3
WHERE id IN (
    SELECT id FROM chatops.due
    WHERE kind = $1 AND subject = $2 AND done_at IS NULL AND cancelled_at IS NULL
    FOR UPDATE SKIP LOCKED);

-- name: cancel_others
-- Takes back what is planned for another instant, but a row that the ticker is at now.
UPDATE chatops.due SET cancelled_at = $4
WHERE id IN (
    SELECT id FROM chatops.due
    WHERE kind = $1 AND subject = $2 AND due_at <> $3 AND done_at IS NULL AND cancelled_at IS NULL
    FOR UPDATE SKIP LOCKED);

-- name: plan
-- Makes something due; what was taken back at that instant comes again.
INSERT INTO chatops.due (kind, subject, due_at, attempts, poll) VALUES ($1, $2, $3, 0, false)
ON CONFLICT (kind, subject, due_at) DO UPDATE SET cancelled_at = NULL WHERE chatops.due.done_at IS NULL;

-- name: ready
-- What is due at this instant and not held back by a retry, oldest first.
SELECT id, kind, subject, due_at FROM chatops.due
WHERE done_at IS NULL AND cancelled_at IS NULL AND due_at <= $1
  AND (retry_at IS NULL OR retry_at <= clock_timestamp())
ORDER BY due_at, id LIMIT $2;

-- name: claim
-- Takes one due row for this transaction; nothing comes back when another did it.
UPDATE chatops.due SET done_at = $2
WHERE id = $1 AND done_at IS NULL AND cancelled_at IS NULL
RETURNING id;

-- name: postpone
-- Notes a failure and when to try again (seconds of machine time).
UPDATE chatops.due SET attempts = attempts + 1, error = $2,
    retry_at = clock_timestamp() + least(power(2, attempts), 300) * interval '1 second'
WHERE id = $1 AND done_at IS NULL;

-- name: pending
-- Whether something of this kind and subject still has to run.
SELECT due_at FROM chatops.due
WHERE kind = $1 AND subject = $2 AND done_at IS NULL AND cancelled_at IS NULL
ORDER BY due_at LIMIT 1;
