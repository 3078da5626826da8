-- name: complaints
-- What was complained about in a window, each message once: when first, when first by a kind that counts, that kind.
WITH complained AS MATERIALIZED (
    SELECT
        message_id, 'row ' || id AS lone, occurred_at AS at,
        lower(coalesce(details ->> 'complaintType', 'abuse')) AS kind
    FROM public.email_metrics
    WHERE event_type = 'complained' AND occurred_at >= $1 AND occurred_at < $3
    UNION ALL
    SELECT message_id, NULL, complained_at, lower(coalesce(complaint_type, 'abuse'))
    FROM public.user_complaints
    WHERE complained_at >= $1 AND complained_at < $3
),
messages AS (
    SELECT
        message_id, min(at) AS at, min(at) FILTER (WHERE kind <> ALL ($4::text[])) AS counted_at,
        (array_agg(kind ORDER BY kind = ANY ($4::text[]), at, kind))[1] AS kind
    FROM complained
    GROUP BY message_id, CASE WHEN message_id IS NULL THEN lone END
)
SELECT message_id, coalesce(counted_at, at) AS at, kind, counted_at IS NOT NULL AS counted
FROM messages
WHERE coalesce(counted_at, at) >= $2
ORDER BY 2 DESC, message_id;

-- name: lifts
-- When the restriction of each account was lifted last: from there its complaints count anew. What was
-- undone as our own error takes no complaint away.
SELECT subject, max(lifted_at) AS at
FROM chatops.restrictions
WHERE subject = ANY ($1::uuid[]) AND lifted_as IN ('lift', 'by_hand')
GROUP BY subject;
