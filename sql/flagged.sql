-- name: open_review
-- The open review of an account, the newest.
SELECT id FROM chatops.cases WHERE subject = $1 AND procedure = 'flagged' AND closed_at IS NULL ORDER BY id DESC LIMIT 1;
