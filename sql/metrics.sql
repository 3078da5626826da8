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
            AND (
                (s.occurred_at >= f.sent_at - interval '2 days' AND s.occurred_at <= f.sent_at + interval '2 days')
                OR s.occurred_at IS NULL
            )
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
-- How many distinct messages a user sent, each at its earliest time. A sent row that names nobody is whose the address
-- is that its message came from, unless another row of the message names somebody. Of the address's messages those
-- that the user's own rows name go first, so that few are left, each of which is looked for in its own time.
WITH own AS MATERIALIZED (
    SELECT id, message_id, occurred_at AS at
    FROM public.email_metrics
    WHERE
        user_id = $1 AND event_type = 'sent'
        AND occurred_at >= $2::timestamptz - interval '4 days' AND occurred_at < $3::timestamptz + interval '4 days'
    UNION ALL
    SELECT id, message_id, NULL
    FROM public.email_metrics
    WHERE user_id = $1 AND event_type = 'sent' AND occurred_at IS NULL
),
others AS MATERIALIZED (
    SELECT m.message_id, m.sent_at
    FROM public.email_messages m
    WHERE
        m.from_address = (SELECT u.email_address FROM public.users u WHERE u.id = $1)
        AND m.sent_at >= $2::timestamptz - interval '2 days' AND m.sent_at < $3::timestamptz + interval '2 days'
        AND NOT EXISTS (SELECT FROM own WHERE own.message_id = m.message_id)
),
near AS MATERIALIZED (
    SELECT o.message_id, o.sent_at, sent.at
    FROM others o
    LEFT JOIN LATERAL (
        SELECT e.user_id, e.occurred_at AS at
        FROM public.email_metrics e
        WHERE
            e.message_id = o.message_id AND e.event_type = 'sent'
            AND e.occurred_at >= o.sent_at - interval '1 minute' AND e.occurred_at <= o.sent_at + interval '1 minute'
        ORDER BY e.user_id IS NULL, e.occurred_at
        LIMIT 1
    ) sent ON true
    WHERE sent.user_id IS NULL
),
nobodys AS (
    SELECT n.message_id, sent.at
    FROM near n
    CROSS JOIN LATERAL (
        SELECT min(e.occurred_at) FILTER (WHERE e.occurred_at >= $2 AND e.occurred_at < $3) AS at
        FROM public.email_metrics e
        WHERE
            e.message_id = n.message_id AND e.event_type = 'sent'
            AND (
                (
                    e.occurred_at >= coalesce(n.at - interval '2 hours', n.sent_at - interval '2 days')
                    AND e.occurred_at <= coalesce(n.at + interval '2 hours', n.sent_at + interval '2 days')
                )
                OR e.occurred_at IS NULL
            )
        HAVING count(e.user_id) = 0
    ) sent
)
SELECT count(*)
FROM (
    SELECT min(at) AS at
    FROM own
    WHERE at >= $2 AND at < $3
    GROUP BY coalesce(message_id, 'row ' || id)
    UNION ALL
    SELECT at
    FROM nobodys
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
-- Whose these messages are. Nothing finds an event by its message, so the instant at which a message was sent is
-- read from SES's id, which begins with it, or asked of the message itself; there its sent row is looked for. (Half
-- of all events are of its type: its index, which || '' keeps out, is no way to a few.) The address that a message
-- came from tells a user too: it is asked for where no sent row lies where the id says.
WITH asked AS MATERIALIZED (
    SELECT
        a.message_id, min(a.at) AS at,
        CASE
            WHEN a.message_id ~ '^0100[0-9a-f]{12}-'
                THEN to_timestamp(('x' || substr(a.message_id, 5, 12))::bit(48)::bigint / 1000.0)
        END AS made
    FROM unnest($1::text[], $2::timestamptz[]) AS a (message_id, at)
    GROUP BY a.message_id
)
SELECT
    a.message_id, a.at, stored.sent_at, stored.by_address, coalesce(named.user_id, sent.user_id) AS sender,
    sent.at AS noted_at
FROM asked a
LEFT JOIN LATERAL (
    SELECT e.user_id
    FROM public.email_metrics e
    WHERE
        e.message_id = a.message_id AND e.event_type || '' = 'sent' AND e.user_id IS NOT NULL
        AND e.occurred_at >= a.made - interval '2 seconds' AND e.occurred_at <= a.made + interval '2 seconds'
    ORDER BY e.occurred_at, e.user_id
    LIMIT 1
) named ON true
LEFT JOIN LATERAL (
    SELECT m.sent_at, u.id AS by_address
    FROM public.email_messages m
    LEFT JOIN public.users u ON u.email_address = m.from_address
    WHERE named.user_id IS NULL AND m.message_id = a.message_id
    OFFSET 0  -- so it is not looked up where it is not needed
) stored ON true
LEFT JOIN LATERAL (
    SELECT e.user_id, e.occurred_at AS at
    FROM public.email_metrics e
    WHERE
        named.user_id IS NULL AND e.message_id = a.message_id AND e.event_type || '' = 'sent'
        AND e.occurred_at >= coalesce(stored.sent_at, a.made) - interval '1 minute'
        AND e.occurred_at <= coalesce(stored.sent_at, a.made) + interval '1 minute'
    ORDER BY e.user_id IS NULL, e.occurred_at, e.user_id
    LIMIT 1
) sent ON true;

-- name: senders
-- Who sent these few messages, each looked for in its own time, which lies in the whole time given last, and among
-- the events of which nobody noted when they were.
SELECT DISTINCT ON (e.message_id) e.message_id, e.user_id
FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) AS a (message_id, first, last)
JOIN public.email_metrics e
    ON e.message_id = a.message_id
    AND ((e.occurred_at >= a.first AND e.occurred_at <= a.last) OR e.occurred_at IS NULL)
WHERE
    e.event_type || '' = 'sent' AND e.user_id IS NOT NULL
    AND ((e.occurred_at >= $4 AND e.occurred_at <= $5) OR e.occurred_at IS NULL)
ORDER BY e.message_id, e.occurred_at, e.user_id;
