-- name: sent
-- Messages whose first sent row lies in [$1, $2), those of them before $3, and how many of these were delivered: at
-- any time from $4 to $5, or at one that nobody noted. Grouped and not joined: where nothing is known of the rows yet,
-- a join may be planned as one of each row with each.
WITH told AS (
    SELECT coalesce(message_id, 'row ' || id) AS message, occurred_at AS at, false AS delivered
    FROM public.email_metrics
    WHERE event_type = 'sent' AND occurred_at >= $4 AND occurred_at < $2
    UNION ALL
    SELECT message_id, NULL, true
    FROM public.email_metrics
    WHERE event_type = 'delivered' AND occurred_at >= $4 AND occurred_at < $5 AND message_id IS NOT NULL
    UNION ALL
    SELECT message_id, NULL, true
    FROM public.email_metrics
    WHERE event_type = 'delivered' AND occurred_at IS NULL AND message_id IS NOT NULL
),
messages AS (
    SELECT message, min(at) AS at, bool_or(delivered) AS delivered FROM told GROUP BY message
)
SELECT
    count(*) AS sent, count(*) FILTER (WHERE at < $3) AS settled,
    count(*) FILTER (WHERE at < $3 AND delivered) AS delivered
FROM messages
WHERE at >= $1;
