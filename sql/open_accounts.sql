-- name: cases_about
-- The open cases of procedures about each of these accounts, the oldest first.
SELECT subject, array_agg(id ORDER BY id) AS cases
FROM chatops.cases
WHERE subject = ANY ($1::uuid[]) AND closed_at IS NULL AND kind = 'procedure'
GROUP BY subject;
