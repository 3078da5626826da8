-- name: mint
-- Gives a subject's version an opaque value; the one it has already stays.
INSERT INTO chatops.handles (value, kind, subject, version, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (kind, subject, version) DO NOTHING;

-- name: value
-- The opaque value of a subject's version.
SELECT value FROM chatops.handles WHERE kind = $1 AND subject = $2 AND version = $3;

-- name: resolve
-- What an opaque value stands for.
SELECT kind, subject, version FROM chatops.handles WHERE value = $1;
