-- name: complaints
-- The complained messages of one user: when first, when first by a kind that counts, and that kind.
-- The few complained messages come first, so that every other step goes by an index that Faxi has.
WITH complained AS MATERIALIZED (
    SELECT message_id, occurred_at AS at, lower(coalesce(details ->> 'complaintType', 'abuse')) AS kind
    FROM public.email_metrics
    WHERE event_type = 'complained' AND occurred_at >= $2 AND occurred_at < $3 AND message_id IS NOT NULL
    UNION ALL
    SELECT message_id, complained_at, lower(coalesce(complaint_type, 'abuse'))
    FROM public.user_complaints
    WHERE complained_at >= $2 AND complained_at < $3
),
reported AS MATERIALIZED (
    SELECT DISTINCT message_id
    FROM complained
),
sent AS MATERIALIZED (
    SELECT DISTINCT s.message_id
    FROM public.email_metrics s
    JOIN reported USING (message_id)
    WHERE s.user_id = $1 AND s.event_type = 'sent'
),
from_address AS MATERIALIZED (
    SELECT m.message_id, m.sent_at
    FROM reported
    JOIN public.email_messages m USING (message_id)
    WHERE
        m.from_address = (SELECT u.email_address FROM public.users u WHERE u.id = $1)
        AND NOT EXISTS (SELECT FROM sent WHERE sent.message_id = m.message_id)
),
owned AS (
    SELECT message_id
    FROM sent
    UNION ALL
    -- Another's sent row has the first word: the address has changed hands since. It was written
    -- when the message was stored, so a few days by the clock are enough to find it; the LIMIT
    -- keeps this a search by time and not a join with the whole table.
    SELECT f.message_id
    FROM from_address f
    LEFT JOIN LATERAL (
        SELECT s.user_id
        FROM public.email_metrics s
        WHERE
            s.message_id = f.message_id AND s.event_type = 'sent' AND s.user_id IS NOT NULL
            AND s.occurred_at >= f.sent_at - interval '2 days' AND s.occurred_at <= f.sent_at + interval '2 days'
        LIMIT 1
    ) another ON true
    WHERE another.user_id IS NULL
)
SELECT
    min(c.at) AS at,
    min(c.at) FILTER (WHERE c.kind <> ALL ($4::text[])) AS counted_at,
    (array_agg(c.kind ORDER BY c.at, c.kind) FILTER (WHERE c.kind <> ALL ($4::text[])))[1] AS kind
FROM complained c
JOIN owned USING (message_id)
GROUP BY c.message_id;

-- name: mails
-- How many distinct messages a user sent, each at its earliest time.
SELECT count(*)
FROM (
    SELECT min(occurred_at) AS at
    FROM public.email_metrics
    WHERE user_id = $1 AND event_type = 'sent' AND occurred_at >= $2 AND occurred_at < $3
    GROUP BY coalesce(message_id, 'row ' || id)
) AS message
WHERE at >= $4;
