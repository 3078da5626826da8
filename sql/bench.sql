-- What the benchmark compares the bot with; only bot/local/bench uses these.

-- name: runbook_status
-- The runbook's figures of 24 hours (Current System Status), with the one correction without which it does not run:
-- round() to two places wants a number, not a float.
SELECT
    count(*) FILTER (WHERE event_type = 'sent') AS sent,
    count(*) FILTER (WHERE event_type = 'delivered') AS delivered,
    count(*) FILTER (WHERE event_type = 'bounced') AS bounced,
    count(*) FILTER (WHERE event_type = 'complained') AS complained,
    round((count(*) FILTER (WHERE event_type = 'bounced')::numeric
        / nullif(count(*) FILTER (WHERE event_type = 'sent'), 0) * 100), 2) AS bounce_rate,
    round((count(*) FILTER (WHERE event_type = 'complained')::numeric
        / nullif(count(*) FILTER (WHERE event_type = 'sent'), 0) * 100), 2) AS complaint_rate
FROM public.email_metrics
WHERE occurred_at > $1::timestamptz - interval '24 hours';

-- name: runbook_activity
-- The runbook's activity of one user (User Email Activity).
SELECT em.event_type, em.occurred_at, em.details
FROM public.email_metrics em
WHERE em.user_id = $1 AND em.occurred_at > $2::timestamptz - interval '30 days'
ORDER BY em.occurred_at DESC
LIMIT 100;

-- name: exact_day
-- Sent, bounced and complained about in a day, each message once.
SELECT
    count(DISTINCT message_id) FILTER (WHERE event_type = 'sent') AS sent,
    count(DISTINCT message_id) FILTER (WHERE event_type = 'bounced') AS bounced,
    count(DISTINCT message_id) FILTER (
        WHERE event_type = 'complained' AND lower(details ->> 'complaintType') <> ALL ($3::text[])) AS complaints
FROM public.email_metrics
WHERE occurred_at >= $1 AND occurred_at < $2;

-- name: exact_delivery
-- Messages sent in a time, and how many of them were delivered at whatever time: a join with all deliveries.
SELECT count(DISTINCT s.message_id) AS sent, count(DISTINCT d.message_id) AS delivered
FROM public.email_metrics s
LEFT JOIN public.email_metrics d ON d.message_id = s.message_id AND d.event_type = 'delivered'
WHERE s.event_type = 'sent' AND s.occurred_at >= $1 AND s.occurred_at < $2;

-- name: exact_activity
-- Messages that a user sent in a time, by name or by address where nobody is named, and how many of them were
-- delivered: a join with all deliveries.
SELECT count(DISTINCT s.message_id) AS sent, count(DISTINCT d.message_id) AS delivered
FROM public.email_metrics s
LEFT JOIN public.email_metrics d ON d.message_id = s.message_id AND d.event_type = 'delivered'
WHERE s.event_type = 'sent' AND s.occurred_at >= $2 AND s.occurred_at < $3
    AND (s.user_id = $1 OR (s.user_id IS NULL AND s.message_id IN (
        SELECT m.message_id FROM public.email_messages m JOIN public.users u ON u.email_address = m.from_address
        WHERE u.id = $1)));

-- name: joined_bounces
-- Bounces of a time with their true owner, row by row: the runbook's query, joined with all that was sent.
SELECT em.message_id, em.occurred_at AS at, s.user_id AS owner
FROM public.email_metrics em
LEFT JOIN public.email_metrics s ON s.message_id = em.message_id AND s.event_type = 'sent'
WHERE em.event_type = 'bounced' AND em.occurred_at >= $1 AND em.occurred_at < $2
ORDER BY em.occurred_at DESC;

-- name: joined_flagged
-- Messages of a time with complaints that count, by true owner: complaints joined with all that was sent.
SELECT s.user_id AS owner, count(DISTINCT c.message_id) AS complaints
FROM public.email_metrics c
JOIN public.email_metrics s ON s.message_id = c.message_id AND s.event_type = 'sent'
WHERE c.event_type = 'complained' AND c.occurred_at >= $1 AND c.occurred_at < $2
    AND lower(c.details ->> 'complaintType') <> ALL ($3::text[])
GROUP BY s.user_id;

-- name: let_planner_use
-- Whether the planner may take an index; it is kept up to date all the same.
UPDATE pg_index SET indisvalid = $2 WHERE indexrelid = to_regclass($1::text);

-- name: forget_plans
-- Has every prepared statement planned anew.
DISCARD PLANS;

-- name: size
-- How many bytes a table or an index has.
SELECT pg_relation_size($1::text::regclass);

-- name: finished
-- Gives the statement that names a database as one that is filled.
SELECT format('ALTER DATABASE %I RENAME TO %I', $1::text, $2::text);

-- name: remove
-- Gives the statement that removes a database.
SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', $1::text);

-- name: remove_index
-- Gives the statement that removes an index.
SELECT format('DROP INDEX IF EXISTS public.%I', $1::text);

-- name: remove_bot
-- Removes all that is the bot's own.
DROP SCHEMA IF EXISTS chatops CASCADE;
