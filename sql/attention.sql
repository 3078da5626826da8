-- name: waiting
-- The requests of these kinds that wait for a decision, each with the place where it is decided.
SELECT a.subject, a.action, a.case_id, a.requester, a.expires_at, m.channel, m.ts
FROM chatops.approvals AS a
LEFT JOIN LATERAL (
    SELECT channel, ts FROM chatops.live_messages
    WHERE subject IN ('case:' || a.case_id, 'request:' || a.id) AND renderer = a.action || '.request' AND ts IS NOT NULL
    ORDER BY id LIMIT 1
) AS m ON true
WHERE a.state = 'waiting' AND a.action = ANY ($1::text[])
ORDER BY a.expires_at DESC, a.id DESC;

-- name: work
-- The open cases in which an account is reviewed, or in which somebody is to call the person, each with where it
-- stands; and why no fax reached the person, where one should have.
WITH candidates AS (
    SELECT
        c.id, c.subject, c.procedure, c.state, c.owner, c.due_at, EXISTS (
            SELECT FROM chatops.steps AS s
            LEFT JOIN chatops.steps AS w ON w.case_id = s.case_id AND w.name = s.when_step
            WHERE s.case_id = c.id AND s.name = ANY ($2::text[]) AND s.kind = 'confirm' AND s.state = 'todo'
                AND (w.name IS NULL OR w.state = s.when_state)) AS to_call
    FROM chatops.cases AS c
    WHERE c.closed_at IS NULL AND c.subject IS NOT NULL AND c.state <> 'waiting'
)
SELECT c.id, c.subject, c.state, c.owner, c.due_at, c.to_call, m.destination, m.channel, m.ts, n.reason AS no_fax
FROM candidates AS c
LEFT JOIN LATERAL (
    SELECT destination, channel, ts FROM chatops.live_messages WHERE subject = 'case:' || c.id AND ts IS NOT NULL
    ORDER BY id LIMIT 1
) AS m ON true
LEFT JOIN LATERAL (
    SELECT reason FROM chatops.notices WHERE case_id = c.id AND state IN ('failed', 'refused') ORDER BY id DESC LIMIT 1
) AS n ON true
WHERE c.procedure = $1 OR c.to_call
ORDER BY c.id;

-- name: watched
-- The accounts that are watched after a lift, until when, and in which case.
SELECT DISTINCT ON (subject) subject, watch_until, lift_case
FROM chatops.restrictions
WHERE lifted_at IS NOT NULL AND watch_until > $1
ORDER BY subject, watch_until DESC;

-- name: crossed
-- Of accounts at the limit: the complaint that lifted them there, when people last decided that the account is not
-- restricted and in which case, and when the bot asks again by itself.
SELECT
    u.subject,
    (SELECT k.at FROM chatops.crossings AS k WHERE k.subject = u.subject AND k.threshold = $2
        ORDER BY k.noted_at DESC, k.at DESC LIMIT 1) AS since,
    d.at AS denied_at, d.case_id AS denied_in,
    (SELECT min(q.due_at) FROM chatops.due AS q WHERE q.kind = $3 AND q.subject = u.subject::text
        AND q.done_at IS NULL AND q.cancelled_at IS NULL) AS again_at
FROM unnest($1::uuid[]) AS u (subject)
LEFT JOIN LATERAL (
    SELECT x.at, x.case_id FROM (
        SELECT decided_at AS at, case_id FROM chatops.approvals
        WHERE action = 'restriction' AND subject = u.subject AND state = 'denied'
        UNION ALL
        SELECT lifted_at, coalesce(lift_case, case_id) FROM chatops.restrictions
        WHERE subject = u.subject AND lifted_as = 'error'
    ) AS x ORDER BY x.at DESC, x.case_id DESC LIMIT 1
) AS d ON true;

-- name: reviewed
-- When each of these accounts was last reviewed, and in which case.
SELECT DISTINCT ON (subject) subject, id, closed_at
FROM chatops.cases
WHERE subject = ANY ($1::uuid[]) AND procedure = $2 AND closed_at IS NOT NULL
ORDER BY subject, closed_at DESC, id DESC;

-- name: flagged_since
-- The complaint that lifted each of these accounts to a limit, the newest that was noted.
SELECT DISTINCT ON (subject) subject, at
FROM chatops.crossings
WHERE subject = ANY ($1::uuid[]) AND threshold = $2
ORDER BY subject, noted_at DESC, at DESC;

-- name: looked_at
-- How many accounts there are.
SELECT count(*) FROM public.users;
