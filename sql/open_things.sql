-- name: cases
-- Open cases of procedures, with the next step that a person is to answer; a handoff is no thing of its own.
SELECT c.id, c.title, c.severity, c.state, c.owner, c.subject, c.due_at, n.position, n.title AS step,
    (SELECT expires_at FROM chatops.approvals AS a WHERE a.case_id = c.id AND a.state = 'waiting' ORDER BY a.id LIMIT 1)
        AS decide_by
FROM chatops.cases AS c
LEFT JOIN LATERAL (
    SELECT s.position, s.title FROM chatops.steps AS s
    LEFT JOIN chatops.steps AS w ON w.case_id = s.case_id AND w.name = s.when_step
    WHERE s.case_id = c.id AND s.state = 'todo' AND (w.name IS NULL OR w.state = s.when_state)
    ORDER BY (s.kind = 'act'), s.position LIMIT 1
) AS n ON true
WHERE c.closed_at IS NULL AND c.kind = 'procedure'
ORDER BY c.due_at NULLS LAST, c.id;

-- name: lists
-- Lists with items that were left open or skipped: those that are open, and those of the days since the last handoff.
-- They are found first, so that the lists of the past are not read.
WITH found AS MATERIALIZED (
    SELECT id FROM chatops.cases WHERE closed_at IS NULL AND kind = 'checklist'
    UNION
    SELECT case_id FROM chatops.steps WHERE state = 'skipped' AND at > $1)
SELECT c.id, c.title, c.due_at, c.closed_at,
    array_agg(s.position ORDER BY s.position) FILTER (WHERE s.state = 'todo') AS open,
    array_agg(s.position ORDER BY s.position) FILTER (WHERE s.state = 'skipped') AS skipped,
    (array_agg(s.title ORDER BY s.state DESC, s.position))[1:3] AS titles
FROM found
JOIN chatops.cases AS c ON c.id = found.id
JOIN chatops.steps AS s ON s.case_id = c.id AND s.state IN ('todo', 'skipped')
LEFT JOIN chatops.steps AS w ON w.case_id = s.case_id AND w.name = s.when_step
WHERE c.kind = 'checklist' AND (w.name IS NULL OR w.state = s.when_state)
    AND (c.closed_at IS NULL OR (s.state = 'skipped' AND s.at > $1))
GROUP BY c.id ORDER BY c.id;

-- name: approvals
-- Requests that wait for a decision.
SELECT id, case_id, action, subject, expires_at FROM chatops.approvals WHERE state = 'waiting' ORDER BY expires_at, id;

-- name: restrictions
-- Restrictions that are looked at again by an instant and that nobody has looked at, each once an account.
SELECT DISTINCT ON (r.subject) r.id, r.subject, r.case_id, r.review_case, r.follow_up_at
FROM chatops.restrictions AS r
JOIN public.users AS u ON u.id = r.subject AND u.email_restricted
LEFT JOIN chatops.cases AS v ON v.id = r.review_case
WHERE r.lifted_at IS NULL AND r.follow_up_at < $1 AND (v.id IS NULL OR v.closed_at IS NULL)
ORDER BY r.subject, r.follow_up_at DESC, r.id DESC;

-- name: effects
-- Effects of which nobody knows whether they happened, and those that failed since an instant. A fax that failed is
-- the matter of its case, which asks for a call.
SELECT e.id, e.kind, e.state, n.case_id AS notice_case, CASE WHEN e.subject LIKE 'case:%'
    THEN split_part(split_part(e.subject, ':', 2), '/', 1)::bigint END AS subject_case
FROM chatops.effects AS e
LEFT JOIN chatops.faxes AS f ON f.effect = e.id
LEFT JOIN chatops.notices AS n ON n.id = f.notice
LEFT JOIN chatops.cases AS c ON c.id = n.case_id
WHERE e.state IN ('unknown', 'failed') AND (e.state = 'unknown'
    OR (e.ended_at > $1 AND (c.id IS NULL OR c.closed_at IS NULL)))
ORDER BY e.created_at, e.id;

-- name: posts
-- Messages that Slack refused for good since an instant.
SELECT id, renderer, subject, destination, error FROM chatops.posts WHERE state = 'failed' AND created_at > $1 ORDER BY id;

-- name: live
-- Live messages that Slack refused: what stands there is not the newest state.
SELECT id, renderer, subject, destination, error FROM chatops.live_messages
WHERE wanted > shown AND error IS NOT NULL AND attempts > 2 ORDER BY id;

-- name: notes
-- What people wrote for the next handoff and nobody has accepted yet.
SELECT id, who, at, due_at, if_so IS NOT NULL AS worse, channel IS NOT NULL AS of_message
FROM chatops.handoff_notes WHERE done_in IS NULL ORDER BY id;
