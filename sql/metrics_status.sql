-- name: settings
-- For what remains of this (sub)transaction: room for the messages of four days, and pages read once each. Events
-- that were told together happened minutes apart, so going through them by time alone comes back to each page often.
-- It also says whether there are deliveries at instants that nobody noted: to look for them in each row takes time.
SELECT
    set_config('work_mem', '32MB', true), set_config('enable_indexscan', 'off', true),
    set_config('enable_seqscan', 'off', true),
    EXISTS (SELECT FROM public.email_metrics WHERE occurred_at IS NULL AND event_type = 'delivered') AS undated;

-- name: recent
-- What happened to messages since $1, in one pass, and how many have each such set of bits: as in "spans", and bit 61
-- where SES's id of a message does not say that it was made at $5 or later, so that it may have earlier rows. $8 says
-- whether some deliveries are at instants that nobody noted. Seven
-- instants of sending are compared one by one, which is quicker than to search in them.
SELECT
    spans, count(*) AS messages,
    (SELECT EXISTS (SELECT FROM public.user_complaints WHERE complained_at >= $7)) AS filed
FROM (
    SELECT
        bit_or(CASE WHEN event_type = 'delivered' THEN 1::bigint << 62 ELSE CASE
            WHEN event_type = 'sent' THEN CASE
                WHEN occurred_at >= ($2::timestamptz[])[7] THEN 1::bigint << 7
                WHEN occurred_at >= ($2::timestamptz[])[6] THEN 1::bigint << 6
                WHEN occurred_at >= ($2::timestamptz[])[5] THEN 1::bigint << 5
                WHEN occurred_at >= ($2::timestamptz[])[4] THEN 1::bigint << 4
                WHEN occurred_at >= ($2::timestamptz[])[3] THEN 1::bigint << 3
                WHEN occurred_at >= ($2::timestamptz[])[2] THEN 1::bigint << 2
                ELSE 1::bigint << 1
            END
            WHEN event_type = 'bounced' THEN 1::bigint << (width_bucket(occurred_at, $3::timestamptz[]) +
                CASE lower(details ->> 'bounceType') WHEN 'permanent' THEN 16 WHEN 'transient' THEN 24 ELSE 32 END)
            WHEN event_type = 'complained' THEN 1::bigint << (width_bucket(occurred_at, $3::timestamptz[]) +
                CASE WHEN lower(details ->> 'complaintType') = ANY ($4::text[]) THEN 48 ELSE 40 END)
            ELSE 0
        END | CASE
            WHEN message_id COLLATE "C" >= $5 AND message_id COLLATE "C" < $6 OR message_id IS NULL THEN 0
            ELSE 1::bigint << 61
        END END) AS spans
    FROM public.email_metrics
    WHERE occurred_at >= $1 OR ($8 AND occurred_at IS NULL AND event_type = 'delivered')
    GROUP BY coalesce(message_id, 'row ' || id)
) AS message
GROUP BY spans;

-- name: spans
-- What happened to messages in which spans of time, in one pass; how many messages have each such set of bits, and
-- whether the other table of complaints has anything. Bit n: sent in the span after the nth instant of $2; from bit
-- 16, 24, 32, 40 and 48 on, by the instants of $3: bounced (permanent, transient, undetermined), complained about by
-- a kind that counts, or by one of $4; bit 62: delivered, at any time since $1 or at one that nobody noted.
SELECT
    spans, count(*) AS messages,
    (SELECT EXISTS (SELECT FROM public.user_complaints WHERE complained_at >= $1)) AS filed
FROM (
    SELECT
        bit_or(CASE event_type
            WHEN 'delivered' THEN 1::bigint << 62
            WHEN 'sent' THEN 1::bigint << width_bucket(occurred_at, $2::timestamptz[])
            WHEN 'bounced' THEN 1::bigint << (width_bucket(occurred_at, $3::timestamptz[]) +
                CASE lower(details ->> 'bounceType') WHEN 'permanent' THEN 16 WHEN 'transient' THEN 24 ELSE 32 END)
            WHEN 'complained' THEN 1::bigint << (width_bucket(occurred_at, $3::timestamptz[]) +
                CASE WHEN lower(details ->> 'complaintType') = ANY ($4::text[]) THEN 48 ELSE 40 END)
            ELSE 0
        END) AS spans
    FROM public.email_metrics
    WHERE occurred_at >= $1 OR (occurred_at IS NULL AND event_type = 'delivered')
    GROUP BY coalesce(message_id, 'row ' || id)
) AS message
GROUP BY spans;

-- name: reports
-- Bounces and complaints of a time, row by row, from both tables that Faxi has: for what spans alone cannot tell.
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
