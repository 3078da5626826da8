-- name: accounts
-- Accounts that were flagged (reached $3 complaints), restricted and lifted in [$1, $2), and how many are restricted
-- now of how many there are. A restriction that ended elsewhere ended nobody knows when.
SELECT
    (SELECT count(DISTINCT subject) FROM chatops.crossings WHERE threshold = $3 AND at >= $1 AND at < $2) AS flagged,
    (SELECT count(*) FROM chatops.restrictions WHERE restricted_at >= $1 AND restricted_at < $2) AS restricted,
    (SELECT count(*) FROM chatops.restrictions
     WHERE lifted_at >= $1 AND lifted_at < $2 AND lifted_as <> 'elsewhere') AS lifted,
    (SELECT count(*) FROM public.users WHERE email_restricted) AS restricted_now,
    (SELECT count(*) FROM public.users) AS all;
