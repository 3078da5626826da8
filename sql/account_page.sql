-- name: restrictions
-- All restrictions of an account that the bot knows of, the newest first.
SELECT case_id, restricted_at, reason, requested_by, approved_by, follow_up_at, review_case, lifted_at, lifted_by, lifted_as,
    lift_case, watch_until
FROM chatops.restrictions WHERE subject = $1 ORDER BY restricted_at DESC, id DESC;

-- name: waiting
-- The requests about an account that wait for a decision, whatever they ask for.
SELECT id FROM chatops.approvals WHERE subject = $1 AND state = 'waiting' ORDER BY id;

-- name: place
-- Where the message about one of these stands in a channel; the first name that has one counts.
SELECT channel, ts FROM chatops.live_messages
WHERE subject = ANY ($1::text[]) AND destination = $2 AND ts IS NOT NULL
ORDER BY array_position($1::text[], subject), id LIMIT 1;

-- name: may_count_blocked
-- Whether the bot may count blocked senders: not before roles.sql was run again after an update.
SELECT has_column_privilege('public.email_blocklist', 'user_id', 'SELECT');

-- name: blocked_senders
-- How many senders a person wants no mail from.
SELECT count(*) FROM public.email_blocklist WHERE user_id = $1;

-- name: cases
-- All cases about a person, the newest first.
SELECT id, procedure, title, opened_at, closed_at FROM chatops.cases WHERE subject = $1 ORDER BY opened_at DESC, id DESC;
