-- name: keep
-- Notes an anchor; nothing comes back when this head was anchored already.
INSERT INTO chatops.anchors (number, hash, at) VALUES ($1, $2, $3)
ON CONFLICT (number) DO NOTHING
RETURNING number;
