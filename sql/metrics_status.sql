-- name: settings
-- For what remains of this (sub)transaction: room for the messages of four days, and pages read once each. Events
-- that were told together happened minutes apart, so going through them by time alone comes back to each page often.
SELECT
    set_config('work_mem', '32MB', true), set_config('enable_indexscan', 'off', true),
    set_config('enable_seqscan', 'off', true);

-- name: spans
-- In which spans of time messages were sent, and whether they were delivered at any time since $1
-- (or at a time that nobody noted), in one pass: bit n stands for the span after the nth of the instants in $2,
-- bit 30 for delivered; how many messages have each such set of bits.
SELECT spans, count(*) AS messages
FROM (
    SELECT
        bit_or(CASE event_type
            WHEN 'delivered' THEN 1 << 30
            WHEN 'sent' THEN 1 << width_bucket(occurred_at, $2::timestamptz[])
            ELSE 0
        END) AS spans
    FROM public.email_metrics
    WHERE occurred_at >= $1 OR (occurred_at IS NULL AND event_type = 'delivered')
    GROUP BY coalesce(message_id, 'row ' || id)
) AS message
GROUP BY spans;

-- name: reports
-- Bounces and complaints of a time, row by row, from both tables that Faxi has.
SELECT
    event_type, coalesce(message_id, 'row ' || id) AS message, occurred_at AS at,
    CASE event_type
        WHEN 'bounced' THEN lower(coalesce(details ->> 'bounceType', ''))
        ELSE lower(coalesce(details ->> 'complaintType', 'abuse'))
    END AS kind
FROM public.email_metrics
WHERE event_type IN ('bounced', 'complained') AND occurred_at >= $1 AND occurred_at < $2
UNION ALL
SELECT 'complained', message_id, complained_at, lower(coalesce(complaint_type, 'abuse'))
FROM public.user_complaints
WHERE complained_at >= $1 AND complained_at < $2;

-- name: newest
-- The instant of the newest event before an instant.
SELECT occurred_at FROM public.email_metrics WHERE occurred_at < $1 ORDER BY occurred_at DESC LIMIT 1;
