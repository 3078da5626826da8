-- name: sent_lately
-- How many of a user's mails of a time are found in it, up to $4. Written so that only the time's index serves it.
SELECT count(*)
FROM (
    SELECT 1
    FROM public.email_metrics
    WHERE user_id IS NOT DISTINCT FROM $1 AND event_type = 'sent' AND occurred_at >= $2 AND occurred_at < $3
    LIMIT $4
) AS found;

-- name: sent_by_little
-- What a user sent, each message once at its earliest time: how many after which of the instants in $4 (and before the
-- next), to which domain (as the address has it, behind its @), and how many of these were delivered at any time.
-- A sent row that names nobody is whose the address is that its message came from, unless another one names somebody.
-- For whoever sends little: the user's index and the address's lead to few messages, and most deliveries are found
-- within minutes of their message.
WITH own AS MATERIALIZED (
    SELECT id, message_id, occurred_at AS at, details ->> 'to' AS recipient
    FROM public.email_metrics
    WHERE user_id = $1 AND event_type = 'sent' AND occurred_at >= $2 AND occurred_at < $3
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
nobodys AS MATERIALIZED (
    SELECT n.message_id, sent.at, sent.recipient
    FROM near n
    CROSS JOIN LATERAL (
        SELECT
            min(e.occurred_at) FILTER (WHERE e.occurred_at >= $2 AND e.occurred_at < $3) AS at,
            (array_agg(e.details ->> 'to' ORDER BY e.occurred_at, e.id)
                FILTER (WHERE e.occurred_at >= $2 AND e.occurred_at < $3))[1] AS recipient
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
    WHERE sent.at IS NOT NULL
),
mine AS MATERIALIZED (
    SELECT message_id, min(at) AS at, (array_agg(recipient ORDER BY at, id))[1] AS recipient
    FROM own
    GROUP BY message_id, CASE WHEN message_id IS NULL THEN id END
    UNION ALL
    SELECT message_id, at, recipient
    FROM nobodys
),
soon AS MATERIALIZED (
    SELECT DISTINCT mine.message_id
    FROM mine
    CROSS JOIN LATERAL (
        SELECT 1
        FROM public.email_metrics e
        WHERE
            e.message_id = mine.message_id AND e.event_type = 'delivered' AND e.occurred_at >= $2
            AND e.occurred_at >= mine.at - interval '1 minute' AND e.occurred_at <= mine.at + interval '5 minutes'
        LIMIT 1
    ) found
),
rest AS MATERIALIZED (
    SELECT DISTINCT message_id
    FROM mine
    WHERE message_id IS NOT NULL AND NOT EXISTS (SELECT FROM soon WHERE soon.message_id = mine.message_id)
),
delivered AS MATERIALIZED (
    SELECT message_id
    FROM soon
    UNION
    SELECT e.message_id
    FROM rest
    JOIN public.email_metrics e USING (message_id)
    WHERE e.event_type = 'delivered' AND e.occurred_at >= $2
    UNION
    SELECT e.message_id
    FROM rest
    JOIN public.email_metrics e USING (message_id)
    WHERE e.event_type = 'delivered' AND e.occurred_at IS NULL
)
SELECT
    width_bucket(mine.at, $4::timestamptz[]) AS span, lower(substring(mine.recipient FROM '@[^@]*$')) AS domain,
    count(*) AS sent, count(d.message_id) AS delivered
FROM mine
LEFT JOIN delivered d USING (message_id)
GROUP BY 1, 2;

-- name: sent_by_much
-- The same for whoever sends much: all mail of the time is read in the order in which it lies, which is quicker than
-- coming back to a page for each of the user's mails of all years.
WITH noted AS MATERIALIZED (
    SELECT id, user_id, message_id, occurred_at AS at, details ->> 'to' AS recipient
    FROM public.email_metrics
    WHERE coalesce(user_id, $1) = $1 AND event_type = 'sent' AND occurred_at >= $2 AND occurred_at < $3
),
nameless AS MATERIALIZED (
    SELECT n.id, n.message_id, n.at, n.recipient
    FROM noted n
    JOIN public.email_messages m USING (message_id)
    WHERE n.user_id IS NULL AND m.from_address = (SELECT u.email_address FROM public.users u WHERE u.id = $1)
),
owned AS (
    SELECT id, message_id, at, recipient
    FROM noted
    WHERE user_id IS NOT NULL
    UNION ALL
    SELECT n.id, n.message_id, n.at, n.recipient
    FROM nameless n
    LEFT JOIN LATERAL (
        -- The LIMIT keeps this a search by time, and no join with the whole table.
        SELECT e.user_id
        FROM public.email_metrics e
        WHERE
            e.message_id = n.message_id AND e.event_type = 'sent' AND e.user_id IS NOT NULL
            AND (
                (e.occurred_at >= n.at - interval '2 hours' AND e.occurred_at <= n.at + interval '2 hours')
                OR e.occurred_at IS NULL
            )
        LIMIT 1
    ) named ON true
    WHERE named.user_id IS NULL
),
mine AS MATERIALIZED (
    SELECT message_id, min(at) AS at, (array_agg(recipient ORDER BY at, id))[1] AS recipient
    FROM owned
    GROUP BY message_id, CASE WHEN message_id IS NULL THEN id END
),
delivered AS MATERIALIZED (
    SELECT e.message_id
    FROM mine
    JOIN public.email_metrics e USING (message_id)
    WHERE e.event_type = 'delivered' AND e.occurred_at >= $2
    UNION
    SELECT e.message_id
    FROM mine
    JOIN public.email_metrics e USING (message_id)
    WHERE e.event_type = 'delivered' AND e.occurred_at IS NULL
)
SELECT
    width_bucket(mine.at, $4::timestamptz[]) AS span, lower(substring(mine.recipient FROM '@[^@]*$')) AS domain,
    count(*) AS sent, count(d.message_id) AS delivered
FROM mine
LEFT JOIN delivered d USING (message_id)
GROUP BY 1, 2;
