-- name: claim
-- Claims an interaction for this transaction; nothing comes back when it was handled before.
INSERT INTO chatops.interactions (key, at) VALUES ($1, $2)
ON CONFLICT (key) DO NOTHING
RETURNING key;
