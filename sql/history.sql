-- Queries of the trial's mail; only bot/local uses them.

-- name: accounts
-- All accounts, each with the threads that are its own and not one of the shared ones, by name.
SELECT u.id, u.email_address, array_agg(t.id ORDER BY t.thread_id COLLATE "C") FILTER (WHERE t.id IS NOT NULL) AS threads
FROM public.users AS u
LEFT JOIN public.email_threads AS t ON t.user_id = u.id AND t.thread_id <> ALL ($1::text[])
GROUP BY u.id;

-- name: shared_threads
-- The threads of these names, in which the mail of many is filed.
SELECT id, user_id, subject FROM public.email_threads WHERE thread_id = ANY ($1::text[]);

-- name: last_mail
-- When the newest mail was sent.
SELECT max(sent_at) FROM public.email_messages;

-- name: count_threads
-- Sets each thread's number of messages and its last one.
UPDATE public.email_threads t
SET message_count = m.messages, last_message_at = m.last
FROM (
    SELECT thread_id, count(*) AS messages, max(sent_at) AS last
    FROM public.email_messages
    GROUP BY thread_id
) m
WHERE m.thread_id = t.id;

-- name: plain_indexes
-- The indexes of the tables of mail that hold no rule, with what drops and what makes each.
SELECT format('DROP INDEX %s', i.indexrelid::regclass) AS drop, pg_get_indexdef(i.indexrelid) AS make
FROM pg_index AS i
WHERE i.indrelid IN ('public.email_metrics'::regclass, 'public.email_messages'::regclass) AND NOT i.indisunique
ORDER BY i.indexrelid;

-- name: empty_tables
-- Empties the tables of mail, which are empty: so their new rows need no log of their own.
TRUNCATE public.email_metrics, public.email_messages;

-- name: trust_rows
-- Until the end of the transaction, rows that name others are not looked up, and triggers do nothing.
SET LOCAL session_replication_role = replica;

-- name: check_rows_again
-- Ends that.
SET LOCAL session_replication_role = origin;
