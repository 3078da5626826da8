-- name: sent_lately
-- How many of a user's mails of a time are found in it, up to $4. Written so that only the time's index serves it.
SELECT count(*)
FROM (
    SELECT 1
    FROM public.email_metrics
    WHERE user_id IS NOT DISTINCT FROM $1 AND event_type = 'sent' AND occurred_at >= $2 AND occurred_at < $3
    LIMIT $4
) AS found;

-- name: sent
-- What a user sent, each message once at its earliest time: how many after which of the instants in $4 (and before the
-- next), to which domain (as the address has it, behind its @), and how many of these were delivered at any time.
-- $5 says how to find the user's own rows: for whoever sends much all mail of the time is read in the order in which
-- it lies, for anybody else the user's index leads to few rows. A sent row that names nobody is whose the address is
-- that its message came from, unless another one of the message names somebody.
WITH noted AS MATERIALIZED (
    SELECT id, user_id, message_id, occurred_at AS at, details ->> 'to' AS recipient
    FROM public.email_metrics
    WHERE $5 AND coalesce(user_id, $1) = $1 AND event_type = 'sent' AND occurred_at >= $2 AND occurred_at < $3
    UNION ALL
    SELECT id, user_id, message_id, occurred_at, details ->> 'to'
    FROM public.email_metrics
    WHERE NOT $5 AND user_id = $1 AND event_type = 'sent' AND occurred_at >= $2 AND occurred_at < $3
    UNION ALL
    SELECT id, user_id, message_id, occurred_at, details ->> 'to'
    FROM public.email_metrics
    WHERE NOT $5 AND user_id IS NULL AND event_type = 'sent' AND occurred_at >= $2 AND occurred_at < $3
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
    SELECT DISTINCT e.message_id
    FROM mine
    JOIN public.email_metrics e USING (message_id)
    WHERE e.event_type = 'delivered' AND (e.occurred_at >= $2 OR e.occurred_at IS NULL)
)
SELECT
    width_bucket(mine.at, $4::timestamptz[]) AS span, lower(substring(mine.recipient FROM '@[^@]*$')) AS domain,
    count(*) AS sent, count(d.message_id) AS delivered
FROM mine
LEFT JOIN delivered d USING (message_id)
GROUP BY 1, 2;
