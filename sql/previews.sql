-- name: preview
-- The pages of a kind of notice that somebody decides about in a case, and how far they are.
SELECT p.effect, p.kind, p.language, p.facts, p.files, e.state
FROM chatops.previews AS p JOIN chatops.effects AS e ON e.id = p.effect
WHERE p.case_id = $1 AND p.kind = $2;

-- name: of_case
-- All that is drawn, or to be drawn, for a case; what a click may read at the same time is held.
SELECT effect FROM chatops.previews WHERE case_id = $1 ORDER BY effect FOR UPDATE;

-- name: add
-- Wants the pages of a notice, beside the effect that draws them.
INSERT INTO chatops.previews (effect, case_id, kind, language, facts) VALUES ($1, $2, $3, $4, $5);

-- name: held
-- One that is to be drawn, held until the transaction ends.
SELECT kind, language, facts, files FROM chatops.previews WHERE effect = $1 FOR UPDATE;

-- name: begun
-- Nothing of it is with Slack that anybody knows of.
UPDATE chatops.previews SET files = NULL WHERE effect = $1;

-- name: announced
-- Slack gave a page its id; nothing comes back when the pages are not wanted any more.
UPDATE chatops.previews SET files = array_append(coalesce(files, '{}'), $2::text) WHERE effect = $1 RETURNING effect;

-- name: remove
-- The pages are not wanted any more; gives those that Slack has, or may have.
DELETE FROM chatops.previews WHERE effect = $1 RETURNING files;

-- name: of_closed
-- The cases that ended, and for which pages still are drawn.
SELECT DISTINCT p.case_id FROM chatops.previews AS p
JOIN chatops.cases AS c ON c.id = p.case_id
WHERE c.closed_at IS NOT NULL ORDER BY p.case_id;
