-- name: patience
-- How long a statement may take from here to the end of the transaction, and how long it might before.
SELECT current_setting('statement_timeout') AS before, set_config('statement_timeout', $1, true) AS now;

-- name: restricted
-- How many accounts are restricted, whoever did it, and which of these are: to count them all users are read anyway.
SELECT count(*) AS accounts, coalesce(array_agg(id) FILTER (WHERE id = ANY ($1::uuid[])), '{}') AS of_these
FROM public.users
WHERE email_restricted;

-- name: work
-- What is open, what waits to be said, what is in doubt, who is on call in the role $3, and how the bot itself is.
SELECT
    (SELECT count(*) FROM chatops.cases WHERE closed_at IS NULL AND kind = 'procedure') AS cases,
    (SELECT count(*) FROM chatops.live_messages WHERE wanted > shown)
        + (SELECT count(*) FROM chatops.posts WHERE state = 'waiting') AS waiting,
    (SELECT count(*) FROM chatops.posts WHERE state = 'failed' AND created_at >= $2) AS undelivered,
    (SELECT count(*) FROM chatops.effects WHERE state = 'unknown') AS in_doubt,
    d.overdue, d.due_since,
    o.person AS on_call_id, o.since AS on_call_since, coalesce(p.name, o.person) AS on_call,
    (SELECT until > clock_timestamp() FROM chatops.leases WHERE name = 'sender') AS led,
    r.number AS record, r.at AS recorded_at,
    k.number AS anchor, k.at AS anchored_at,
    (SELECT at FROM chatops.audit WHERE number = coalesce(k.number, 0) + 1) AS unanchored_since
FROM (
    SELECT count(*) AS overdue, min(due_at) AS due_since
    FROM chatops.due WHERE done_at IS NULL AND cancelled_at IS NULL AND due_at <= $1
) AS d
LEFT JOIN chatops.oncall AS o ON o.role = $3
LEFT JOIN chatops.people AS p ON p.id = o.person
LEFT JOIN LATERAL (SELECT number, at FROM chatops.audit ORDER BY number DESC LIMIT 1) AS r ON true
LEFT JOIN LATERAL (SELECT number, at FROM chatops.anchors ORDER BY number DESC LIMIT 1) AS k ON true;

-- name: decisions
-- Requests that wait and were made by somebody else, the nearest end first, each with the place where it is decided.
SELECT a.id, m.channel, m.ts, count(*) OVER () AS total
FROM chatops.approvals AS a
LEFT JOIN LATERAL (
    SELECT channel, ts FROM chatops.live_messages
    WHERE subject IN ('case:' || a.case_id, 'request:' || a.id) AND renderer = a.action || '.request' AND ts IS NOT NULL
    ORDER BY id LIMIT 1
) AS m ON true
WHERE a.state = 'waiting' AND a.requester <> $1
ORDER BY a.expires_at, a.id LIMIT $2;

-- name: theirs
-- Open cases of a person, and those that nobody of the team has, in which something is to be done now: a fax of
-- which nothing is known, a person who was not told, a step or an answer that is due. Nothing is due in one that waits for a decision.
-- $5: lists count too.
WITH candidates AS (
    SELECT c.id, c.due_at, c.due_at = c.answer_by AS unanswered, (
        EXISTS (SELECT FROM chatops.notices AS n WHERE n.case_id = c.id AND n.state = 'unknown')) AS doubt
    FROM chatops.cases AS c
    WHERE c.closed_at IS NULL AND c.state <> 'waiting' AND ($5 OR c.kind <> 'checklist') AND (c.owner = $1 OR ($2 AND (
        c.owner IS NULL OR c.owner = 'bot' OR EXISTS (SELECT FROM chatops.group_readings) AND NOT EXISTS (
            SELECT FROM chatops.memberships AS m WHERE m.person = c.owner AND m.left_at IS NULL))))
),
todo AS (
    SELECT s.case_id, bool_or(s.name IN ('tell', 'call')) AS untold
    FROM chatops.steps AS s
    JOIN candidates AS c ON c.id = s.case_id
    LEFT JOIN chatops.steps AS w ON w.case_id = s.case_id AND w.name = s.when_step
    WHERE s.state = 'todo' AND s.kind = 'confirm' AND (w.name IS NULL OR w.state = s.when_state)
    GROUP BY s.case_id
)
SELECT
    c.id, CASE WHEN c.doubt THEN 'doubt' WHEN t.untold AND (c.due_at IS NULL OR c.due_at > $3) THEN 'untold' ELSE 'due' END AS why,
    m.destination, m.channel, m.ts, count(*) OVER () AS total
FROM candidates AS c
LEFT JOIN todo AS t ON t.case_id = c.id
LEFT JOIN LATERAL (
    SELECT destination, channel, ts FROM chatops.live_messages WHERE subject = 'case:' || c.id AND ts IS NOT NULL
    ORDER BY id LIMIT 1
) AS m ON true
WHERE c.doubt OR t.untold OR ((t.case_id IS NOT NULL OR c.unanswered) AND c.due_at <= $3)
ORDER BY c.doubt DESC, t.untold DESC NULLS LAST, c.due_at, c.id LIMIT $4;
