-- name: begin
-- Notes since when the bot looks at Faxi's mail; harmless when that was noted before.
INSERT INTO chatops.watch (name, began_at, looked_until) VALUES ('mail', $1, $1)
ON CONFLICT (name) DO NOTHING;

-- name: watch
-- Since when the bot looks, whether what was there before was counted, and until when it has looked.
SELECT began_at, baseline_at, looked_until FROM chatops.watch WHERE name = 'mail';

-- name: looked
-- Notes until when the bot has looked; what was there before it began is counted once.
UPDATE chatops.watch SET looked_until = $1, baseline_at = coalesce(baseline_at, $1) WHERE name = 'mail';

-- name: seen
-- What is known of these messages.
SELECT message_id, subject, baseline, looked_at FROM chatops.complaints_seen WHERE message_id = ANY ($1::text[]);

-- name: see
-- Notes complaints with their owner, or that nobody is known yet.
INSERT INTO chatops.complaints_seen (message_id, subject, at, baseline, looked_at)
SELECT s.message_id, s.subject, s.at, s.baseline, $5
FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::boolean[]) AS s (message_id, subject, at, baseline)
ON CONFLICT (message_id) DO UPDATE SET subject = excluded.subject, looked_at = excluded.looked_at;

-- name: baseline_owners
-- Accounts with at least so many complaints from before the bot began.
SELECT subject FROM chatops.complaints_seen
WHERE baseline AND subject IS NOT NULL
GROUP BY subject HAVING count(*) >= $1
ORDER BY subject;

-- name: watched
-- Which of these accounts are watched after a lift.
SELECT DISTINCT subject FROM chatops.restrictions
WHERE subject = ANY ($1::uuid[]) AND lifted_at IS NOT NULL AND watch_until IS NOT NULL AND lift_case IS NOT NULL;

-- name: restricted_senders
-- Restricted accounts that sent mail in a time, each with the instant of the newest. A sent row that names nobody is
-- whose the address is that its message came from, unless another row of the message names somebody.
WITH sent AS MATERIALIZED (
    SELECT user_id, message_id, occurred_at FROM public.email_metrics
    WHERE event_type = 'sent' AND occurred_at >= $1 AND occurred_at < $2
),
by_address AS MATERIALIZED (
    SELECT u.id, s.message_id, s.occurred_at FROM sent AS s
    JOIN public.email_messages AS m USING (message_id)
    JOIN public.users AS u ON u.email_address = m.from_address
    WHERE s.user_id IS NULL AND u.email_restricted
),
whose AS (
    SELECT user_id, occurred_at FROM sent WHERE user_id IS NOT NULL
    UNION ALL
    SELECT a.id, a.occurred_at FROM by_address AS a
    LEFT JOIN LATERAL (
        SELECT e.user_id FROM public.email_metrics AS e
        WHERE e.message_id = a.message_id AND e.event_type = 'sent' AND e.user_id IS NOT NULL
            AND e.occurred_at >= a.occurred_at - interval '2 hours' AND e.occurred_at <= a.occurred_at + interval '2 hours'
        LIMIT 1) AS another ON true
    WHERE another.user_id IS NULL
)
SELECT u.id AS user_id, max(w.occurred_at) AS at
FROM whose AS w
JOIN public.users AS u ON u.id = w.user_id
WHERE u.email_restricted AND (u.email_restricted_at IS NULL OR w.occurred_at > u.email_restricted_at)
GROUP BY u.id
ORDER BY u.id;

-- name: tell_day
-- Notes that it is said; nothing comes back when it was said on this day already.
INSERT INTO chatops.sends_told (subject, day, told_at) VALUES ($1, $2, $3)
ON CONFLICT (subject, day) DO NOTHING
RETURNING day;

-- name: watch_after_lift
-- The lift after which an account is watched, unless it is restricted again.
SELECT r.lift_case AS case_id, r.lifted_at, r.watch_until FROM chatops.restrictions AS r
WHERE r.subject = $1 AND r.lifted_at IS NOT NULL AND r.watch_until IS NOT NULL AND r.lift_case IS NOT NULL
    AND NOT EXISTS (SELECT FROM chatops.restrictions AS o WHERE o.subject = $1 AND o.lifted_at IS NULL)
ORDER BY r.lifted_at DESC LIMIT 1;

-- name: tell_complaint
-- Notes that a complaint after a lift is said in the lift's case; nothing comes back when it was.
INSERT INTO chatops.watch_told (message_id, subject, case_id, told_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (message_id) DO NOTHING
RETURNING message_id;

-- name: told_in
-- How many complaints after a lift were said in its case.
SELECT count(*) FROM chatops.watch_told WHERE case_id = $1;
