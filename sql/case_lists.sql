-- name: open_cases
-- Open cases but these, the longest open first; the total stands beside each.
SELECT id, title, severity, state, owner, opened_at, due_at, count(*) OVER () AS total
FROM chatops.cases WHERE closed_at IS NULL AND id <> ALL ($3::bigint[])
ORDER BY opened_at, id LIMIT $1 OFFSET $2;

-- name: open_cases_of
-- Open cases of one owner, the longest open first.
SELECT id, title, severity, state, owner, opened_at, due_at, count(*) OVER () AS total
FROM chatops.cases WHERE closed_at IS NULL AND owner = $1
ORDER BY opened_at, id LIMIT $2 OFFSET $3;
