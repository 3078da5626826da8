-- name: window
-- The events of one window, each message once, at its first instant.
WITH events AS MATERIALIZED (
    SELECT
        event_type, coalesce(message_id, 'row ' || id) AS message, occurred_at AS at,
        CASE
            WHEN event_type = 'bounced' THEN lower(coalesce(details ->> 'bounceType', ''))
            WHEN event_type = 'complained' THEN lower(coalesce(details ->> 'complaintType', 'abuse'))
        END AS kind
    FROM public.email_metrics
    WHERE occurred_at >= $1 AND occurred_at < $3 AND event_type IN ('sent', 'bounced', 'complained')
    UNION ALL
    SELECT 'complained', message_id, complained_at, lower(coalesce(complaint_type, 'abuse'))
    FROM public.user_complaints
    WHERE complained_at >= $1 AND complained_at < $3
)
SELECT
    (SELECT count(*) FROM (
        SELECT min(at) AS at FROM events WHERE event_type = 'sent' GROUP BY message) AS s WHERE s.at >= $2) AS sent,
    b.permanent, b.transient, b.undetermined, c.complaints, c.not_counted
FROM (
    SELECT
        count(*) FILTER (WHERE kind = 'permanent') AS permanent,
        count(*) FILTER (WHERE kind = 'transient') AS transient,
        count(*) FILTER (WHERE kind NOT IN ('permanent', 'transient')) AS undetermined
    FROM (
        SELECT DISTINCT ON (message) at, kind
        FROM events
        WHERE event_type = 'bounced'
        ORDER BY message, at, kind = 'permanent' DESC, kind = 'transient' DESC
    ) AS bounced
    WHERE at >= $2
) AS b
CROSS JOIN (
    SELECT
        count(*) FILTER (WHERE counted_at >= $2) AS complaints,
        count(*) FILTER (WHERE counted_at IS NULL AND at >= $2) AS not_counted
    FROM (
        SELECT min(at) AS at, min(at) FILTER (WHERE kind <> ALL ($4::text[])) AS counted_at
        FROM events
        WHERE event_type = 'complained'
        GROUP BY message
    ) AS complained
) AS c;

-- name: delivery
-- How many messages were sent in a time, and how many of them were delivered, at whatever time.
SELECT count(*) AS sent, count(d.message_id) AS delivered
FROM (
    SELECT message_id, min(occurred_at) AS at
    FROM public.email_metrics
    WHERE event_type = 'sent' AND occurred_at >= $1 AND occurred_at < $3
    GROUP BY message_id, CASE WHEN message_id IS NULL THEN id END
) AS s
LEFT JOIN (
    SELECT DISTINCT message_id
    FROM public.email_metrics
    WHERE event_type = 'delivered' AND occurred_at >= $1
) AS d USING (message_id)
WHERE s.at >= $2;

-- name: newest
-- The instant of the newest event before an instant.
SELECT occurred_at FROM public.email_metrics WHERE occurred_at < $1 ORDER BY occurred_at DESC LIMIT 1;
