-- name: one_at_a_time
-- Lets one replica at a time note the file that it was started with.
SELECT pg_advisory_xact_lock(26212, 0);

-- name: last
-- The file that was noted last.
SELECT id, hash, entries FROM chatops.runbooks ORDER BY id DESC LIMIT 1;

-- name: note
-- Notes a file.
INSERT INTO chatops.runbooks (hash, entries, read_at) VALUES ($1, $2, $3) RETURNING id;

-- name: noted
-- A file that was noted, and the entries of the one before it.
SELECT r.id, r.read_at AS at, r.entries, b.entries AS before
FROM chatops.runbooks AS r
LEFT JOIN LATERAL (SELECT entries FROM chatops.runbooks WHERE id < r.id ORDER BY id DESC LIMIT 1) AS b ON true
WHERE r.id = $1;

-- name: newest
-- The files that were noted last, each with the entries of the one before it.
SELECT r.id, r.read_at AS at, r.entries, b.entries AS before
FROM chatops.runbooks AS r
LEFT JOIN LATERAL (SELECT entries FROM chatops.runbooks WHERE id < r.id ORDER BY id DESC LIMIT 1) AS b ON true
ORDER BY r.id DESC LIMIT $1;
