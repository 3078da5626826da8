-- name: critical
-- The critical cases that are open, the newest first, and how many of them nobody has.
SELECT
    count(*) AS open, count(*) FILTER (WHERE acknowledged_at IS NULL AND state = 'open') AS unowned,
    count(*) FILTER (WHERE due_at <= $1) AS late, coalesce(array_agg(id ORDER BY id DESC), '{}') AS numbers
FROM chatops.cases
WHERE closed_at IS NULL AND kind = 'procedure' AND severity = 'critical';

-- name: open
-- The procedures that are open, and how many of them nobody has or are late.
SELECT
    count(*) AS open, count(*) FILTER (WHERE owner IS NULL) AS unowned,
    count(*) FILTER (WHERE due_at <= $1 AND state <> 'waiting') AS late
FROM chatops.cases
WHERE closed_at IS NULL AND kind = 'procedure';
