-- Queries of the trial: it lays out its database and asks what is not settled.

-- name: create_database
-- Gives the statement that makes an empty database.
SELECT format('CREATE DATABASE %I', $1::text);

-- name: set_password
-- Gives the statement that lets a role in with this password.
SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text);

-- name: make_visitor
-- Makes the role of whoever looks into the trial's database: all data, but no programs and no files of the server.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'visitor') THEN
        CREATE ROLE visitor LOGIN;
    END IF;
END
$$;

-- name: admit_visitor
-- What the visitor may do.
GRANT chatops_owner, pg_read_all_data, pg_write_all_data, pg_signal_backend TO visitor;

-- name: waiting
-- What has yet to happen at this instant, in words; none when all is settled. What only looks is waited for when it is
-- late: time was moved past it. One that falls due as the clock goes is looked for within a second.
SELECT format('%s %s was due at %s', d.kind, d.subject, to_char(d.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    || coalesce(': ' || d.error, '')
FROM chatops.due AS d
WHERE d.done_at IS NULL AND d.cancelled_at IS NULL
    AND d.due_at <= CASE WHEN d.poll THEN $1::timestamptz - interval '2 seconds' ELSE $1 END
UNION ALL
SELECT format('a message about %s has yet to be shown in %s', m.subject, m.destination) || coalesce(': ' || m.error, '')
FROM chatops.live_messages AS m WHERE m.wanted > m.shown
UNION ALL
SELECT format('a post about %s has yet to be sent to %s', p.subject, p.destination) || coalesce(': ' || p.error, '')
FROM chatops.posts AS p WHERE p.state = 'waiting'
UNION ALL
SELECT format('%s about %s has yet to be done (%s)', e.kind, e.subject, e.state) || coalesce(': ' || e.error, '')
FROM chatops.effects AS e
WHERE e.state IN ('waiting', 'attempting', 'asking', 'following') AND e.due_at <= $1
UNION ALL
SELECT format('a copy of a message in %s has yet to become a pointer', s.channel)
FROM chatops.strays AS s WHERE NOT s.pointed;

-- name: next_due
-- The next instant after the first at which something is due, until the second.
SELECT least(
    (SELECT min(due_at) FROM chatops.due
     WHERE done_at IS NULL AND cancelled_at IS NULL AND NOT poll AND due_at > $1 AND due_at <= $2),
    (SELECT min(due_at) FROM chatops.effects
     WHERE state IN ('waiting', 'attempting', 'asking', 'following') AND due_at > $1 AND due_at <= $2));

-- name: next_noticed
-- The next instant after the first, until the second, at which the bot has noticed mail that it does something about:
-- 65 seconds after the third or fifth complaint about an account, or any while it is watched after a lift, and after
-- the first mail of a day that a restricted account sends. Other complaints are noticed whenever time stops next.
WITH fresh AS MATERIALIZED (
    SELECT c.message_id, min(c.occurred_at) AS at FROM public.email_metrics AS c
    WHERE c.event_type = 'complained' AND c.occurred_at > $1::timestamptz - interval '65 seconds'
        AND c.occurred_at <= $2::timestamptz - interval '65 seconds'
        AND NOT EXISTS (SELECT FROM chatops.complaints_seen AS k WHERE k.message_id = c.message_id)
    GROUP BY c.message_id),
owned AS MATERIALIZED (
    SELECT f.message_id, f.at, s.user_id FROM fresh AS f
    JOIN public.email_metrics AS s ON s.message_id = f.message_id AND s.event_type = 'sent'
        AND s.occurred_at > $1 - interval '2 days' AND s.occurred_at <= $2),
complained AS (
    SELECT min(o.at) AS at FROM owned AS o
    WHERE (SELECT count(*) FROM owned AS p WHERE p.user_id = o.user_id AND p.at <= o.at)
        + (SELECT count(*) FROM chatops.complaints_seen AS k
           WHERE k.subject = o.user_id AND k.at > o.at - interval '30 days') IN (3, 5)
        OR EXISTS (SELECT FROM chatops.restrictions AS r WHERE r.subject = o.user_id AND r.watch_until >= o.at)),
sent AS (
    SELECT min(s.occurred_at) AS at FROM public.users AS u
    JOIN public.email_metrics AS s ON s.user_id = u.id AND s.event_type = 'sent'
    WHERE u.email_restricted AND s.occurred_at > greatest($1 - interval '65 seconds', u.email_restricted_at)
        AND s.occurred_at <= $2 - interval '65 seconds'
        AND NOT EXISTS (
            SELECT FROM chatops.sends_told AS t
            WHERE t.subject = u.id AND t.day = (s.occurred_at AT TIME ZONE 'Asia/Tokyo')::date))
SELECT least(complained.at, sent.at) + interval '65 seconds' FROM complained, sent;

-- name: newest_case
-- The case that was opened last.
SELECT max(id) FROM chatops.cases;

-- name: post_again
-- A new workspace shows nothing yet: every live message is posted to it anew, with its buttons.
UPDATE chatops.live_messages SET channel = NULL, ts = NULL, shown = 0, attempt_epoch = NULL, retry_at = NULL, error = NULL;

-- name: complained_accounts
-- Accounts that may be restricted and have the most complained messages, those of the given numbers first.
WITH complained AS MATERIALIZED (
    SELECT DISTINCT message_id FROM public.email_metrics
    WHERE event_type = 'complained' AND occurred_at >= $1 AND occurred_at < $2
)
SELECT u.id, u.phone_number
FROM complained AS c
JOIN public.email_metrics AS s ON s.message_id = c.message_id AND s.event_type = 'sent'
    AND s.occurred_at >= $1 - interval '2 days' AND s.occurred_at < $2
JOIN public.users AS u ON u.id = s.user_id
WHERE u.email_restricted IS FALSE AND u.fax_number_verified
    AND NOT EXISTS (SELECT FROM chatops.approvals AS a WHERE a.subject = u.id AND a.state = 'waiting')
GROUP BY u.id, u.phone_number
ORDER BY array_position($3::text[], u.phone_number::text), count(DISTINCT c.message_id) DESC, u.id
LIMIT 20;

-- name: fresh_account
-- An account that nobody ever asked about, for a scenario; not one of the given ones.
SELECT u.id, u.phone_number FROM public.users AS u
WHERE u.email_restricted IS FALSE AND u.fax_number_verified AND u.phone_number LIKE '+81%' AND u.id <> ALL ($1::uuid[])
    AND NOT EXISTS (SELECT FROM chatops.approvals AS a WHERE a.subject = u.id)
ORDER BY u.id LIMIT 1;

-- name: request_about
-- The newest request about an account, and where management sees it.
SELECT a.id, a.case_id, a.expires_at, m.ts FROM chatops.approvals AS a
JOIN chatops.live_messages AS m ON m.subject = 'case:' || a.case_id AND m.renderer = 'restriction.request'
WHERE a.subject = $1 AND m.ts IS NOT NULL
ORDER BY a.id DESC LIMIT 1;

-- name: outcome_of
-- How a request ended, by whom, and how many restrictions it led to.
SELECT a.state, a.decided_by, (SELECT count(*) FROM chatops.restrictions AS r WHERE r.approval_id = a.id) AS restrictions
FROM chatops.approvals AS a WHERE a.id = $1;

-- name: sender
-- The name of the process that sends at present; it begins with its process id.
SELECT holder FROM chatops.leases WHERE name = 'sender' AND until > clock_timestamp();
