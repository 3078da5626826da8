-- name: open_cases
-- Open cases but these, the longest open first, each with the step that comes next; the total stands beside each.
-- What the bot changes by itself is passed over, but not while the case waits for a decision.
SELECT c.id, c.title, c.severity, c.state, c.owner, c.opened_at, c.due_at, c.total, n.title AS next_step
FROM (
    SELECT id, title, severity, state, owner, opened_at, due_at, count(*) OVER () AS total
    FROM chatops.cases WHERE closed_at IS NULL AND id <> ALL ($3::bigint[])
    ORDER BY opened_at, id LIMIT $1 OFFSET $2
) AS c
LEFT JOIN LATERAL (
    SELECT s.title FROM chatops.steps AS s
    LEFT JOIN chatops.steps AS e ON e.case_id = s.case_id AND e.name = s.when_step
    WHERE s.case_id = c.id AND s.state = 'todo' AND (e.name IS NULL OR e.state = s.when_state)
    ORDER BY s.kind = 'act' AND coalesce(s.calls, '') <> ALL ($4::text[]) AND c.state <> 'waiting', s.position LIMIT 1
) AS n ON true
ORDER BY c.opened_at, c.id;

-- name: open_cases_of
-- Open cases of one owner, the longest open first, each with the step that comes next.
SELECT c.id, c.title, c.severity, c.state, c.owner, c.opened_at, c.due_at, c.total, n.title AS next_step
FROM (
    SELECT id, title, severity, state, owner, opened_at, due_at, count(*) OVER () AS total
    FROM chatops.cases WHERE closed_at IS NULL AND owner = $1
    ORDER BY opened_at, id LIMIT $2 OFFSET $3
) AS c
LEFT JOIN LATERAL (
    SELECT s.title FROM chatops.steps AS s
    LEFT JOIN chatops.steps AS e ON e.case_id = s.case_id AND e.name = s.when_step
    WHERE s.case_id = c.id AND s.state = 'todo' AND (e.name IS NULL OR e.state = s.when_state)
    ORDER BY s.kind = 'act' AND coalesce(s.calls, '') <> ALL ($4::text[]) AND c.state <> 'waiting', s.position LIMIT 1
) AS n ON true
ORDER BY c.opened_at, c.id;
