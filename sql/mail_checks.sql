-- name: reviews
-- How many open reviews of accounts there are, and how many of them are late.
SELECT count(*) AS waiting, count(*) FILTER (WHERE state = 'open' AND due_at <= $1) AS late
FROM chatops.cases
WHERE closed_at IS NULL AND procedure IN ('flagged', 'review');
