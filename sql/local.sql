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
-- What has yet to happen at this instant, in words; none when all is settled.
SELECT format('%s %s was due at %s', d.kind, d.subject, to_char(d.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    || coalesce(': ' || d.error, '')
FROM chatops.due AS d WHERE d.done_at IS NULL AND d.cancelled_at IS NULL AND d.due_at <= $1
UNION ALL
SELECT format('a message about %s has yet to be shown in %s', m.subject, m.destination) || coalesce(': ' || m.error, '')
FROM chatops.live_messages AS m WHERE m.wanted > m.shown
UNION ALL
SELECT format('a post about %s has yet to be sent to %s', p.subject, p.destination) || coalesce(': ' || p.error, '')
FROM chatops.posts AS p WHERE p.state = 'waiting'
UNION ALL
SELECT format('a copy of a message in %s has yet to become a pointer', s.channel)
FROM chatops.strays AS s WHERE NOT s.pointed;

-- name: next_due
-- The next instant after the first at which something is due, until the second.
SELECT min(due_at) FROM chatops.due
WHERE done_at IS NULL AND cancelled_at IS NULL AND due_at > $1 AND due_at <= $2;

-- name: post_again
-- A new workspace shows nothing yet: every live message is posted to it anew, with its buttons.
UPDATE chatops.live_messages SET channel = NULL, ts = NULL, shown = 0, attempt_epoch = NULL, retry_at = NULL, error = NULL;
