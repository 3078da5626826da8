-- name: may_read
-- Whether the bot may count blocklists and read which domains are blocked: roles.sql and the migrations give both.
SELECT
    has_column_privilege('public.email_blocklist', 'user_id', 'SELECT')
    AND has_column_privilege('public.email_blocklist', 'blocked_at', 'SELECT')
    AND has_column_privilege('chatops_owner', 'public.email_blocklist', 'blocked_email', 'SELECT');

-- name: large
-- Accounts with more than $1 blocked senders, and how many of these were added in [$2, $3).
SELECT user_id, count(*) AS entries, count(*) FILTER (WHERE blocked_at >= $2 AND blocked_at < $3) AS grown
FROM public.email_blocklist
GROUP BY user_id
HAVING count(*) > $1;

-- name: whole
-- How many people have blocked how many senders, and how many of these came in [$1, $3) and in [$2, $1).
SELECT
    count(DISTINCT user_id) AS users, count(*) AS entries,
    count(*) FILTER (WHERE blocked_at >= $1 AND blocked_at < $3) AS grown,
    count(*) FILTER (WHERE blocked_at >= $2 AND blocked_at < $1) AS grown_before
FROM public.email_blocklist;

-- name: domains
-- Domains that several people have blocked, the most people first; the row without a name counts all others.
SELECT domain, users, entries FROM chatops.blocked_domains() ORDER BY users DESC, entries DESC, domain;
