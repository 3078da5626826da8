-- Queries of the trial's mail; only bot/local uses them.

-- name: people
-- The seeded accounts, with the threads that their mail is filed under and whose threads Faxi takes them for.
SELECT u.id, u.email_address, owner.id AS blamed, array_agg(t.id ORDER BY t.thread_id COLLATE "C") AS threads
FROM public.users u
CROSS JOIN LATERAL (
    SELECT coalesce(
        (
            SELECT t.user_id
            FROM public.email_messages m
            JOIN public.email_threads t ON t.id = m.thread_id
            WHERE m.from_address = u.email_address
            LIMIT 1
        ),
        u.id
    ) AS id
) owner
JOIN public.email_threads t ON t.user_id = owner.id
GROUP BY u.id, owner.id
ORDER BY u.id;

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
