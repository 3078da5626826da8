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
    c.message_id,
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

-- name: reported
-- Messages of a time that somebody complained about (kinds that count), and each one's first instant in it.
SELECT message_id, min(at) AS at
FROM (
    SELECT message_id, occurred_at AS at
    FROM public.email_metrics
    WHERE event_type = 'complained' AND occurred_at >= $1 AND occurred_at < $2 AND message_id IS NOT NULL
        AND lower(coalesce(details ->> 'complaintType', 'abuse')) <> ALL ($3::text[])
    UNION ALL
    SELECT message_id, complained_at
    FROM public.user_complaints
    WHERE complained_at >= $1 AND complained_at < $2 AND lower(coalesce(complaint_type, 'abuse')) <> ALL ($3::text[])
) AS complained
GROUP BY message_id;

-- name: owners
-- Whose these messages are. Nothing finds an event by its message, so whoever may be the sender is tried first: the
-- address's user, and those whom complaints name (often wrongly, so they are only asked). Then sent rows are searched
-- by time, near the message's own or, of one that Faxi did not store, in the two days before the complaint.
WITH asked AS MATERIALIZED (
    SELECT a.message_id, min(a.at) AS at
    FROM unnest($1::text[], $2::timestamptz[]) AS a (message_id, at)
    GROUP BY a.message_id
),
stored AS MATERIALIZED (
    SELECT a.message_id, a.at, m.sent_at, u.id AS by_address
    FROM asked a
    LEFT JOIN public.email_messages m USING (message_id)
    LEFT JOIN public.users u ON u.email_address = m.from_address
),
candidates AS MATERIALIZED (
    SELECT message_id, by_address AS user_id
    FROM stored
    WHERE by_address IS NOT NULL
    UNION
    SELECT c.message_id, c.user_id
    FROM public.email_metrics c
    JOIN asked USING (message_id)
    WHERE c.event_type = 'complained' AND c.user_id IS NOT NULL
    UNION
    SELECT c.message_id, c.user_id
    FROM public.user_complaints c
    JOIN asked USING (message_id)
),
own AS MATERIALIZED (
    SELECT DISTINCT ON (c.message_id) c.message_id, c.user_id
    FROM candidates c
    CROSS JOIN LATERAL (
        SELECT s.user_id
        FROM public.email_metrics s
        WHERE s.user_id = c.user_id AND s.event_type = 'sent' AND s.message_id = c.message_id
        LIMIT 1
    ) row
    ORDER BY c.message_id, c.user_id
)
SELECT s.message_id, coalesce(own.user_id, another.user_id, s.by_address) AS user_id
FROM stored s
LEFT JOIN own USING (message_id)
LEFT JOIN LATERAL (
    SELECT e.user_id
    FROM public.email_metrics e
    WHERE
        own.user_id IS NULL AND e.message_id = s.message_id AND e.event_type = 'sent' AND e.user_id IS NOT NULL
        AND e.occurred_at >= coalesce(s.sent_at - interval '2 days', s.at - interval '2 days')
        AND e.occurred_at <= coalesce(s.sent_at + interval '2 days', s.at)
    LIMIT 1
) another ON true;
