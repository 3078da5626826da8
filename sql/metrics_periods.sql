-- name: sent
-- Messages whose first sent row lies in [$1, $2), those of them before $3, and how many of these were delivered: at
-- any time from $4 to $5, or at one that nobody noted.
WITH sent AS MATERIALIZED (
    SELECT coalesce(message_id, 'row ' || id) AS message, min(occurred_at) AS at
    FROM public.email_metrics
    WHERE event_type = 'sent' AND occurred_at >= $4 AND occurred_at < $2
    GROUP BY 1
),
delivered AS MATERIALIZED (
    SELECT message_id AS message
    FROM public.email_metrics
    WHERE event_type = 'delivered' AND occurred_at >= $4 AND occurred_at < $5 AND message_id IS NOT NULL
    UNION
    SELECT message_id
    FROM public.email_metrics
    WHERE event_type = 'delivered' AND occurred_at IS NULL AND message_id IS NOT NULL
)
SELECT
    count(*) AS sent, count(*) FILTER (WHERE s.at < $3) AS settled,
    count(d.message) FILTER (WHERE s.at < $3) AS delivered
FROM sent AS s
LEFT JOIN delivered AS d ON d.message = s.message
WHERE s.at >= $1;
