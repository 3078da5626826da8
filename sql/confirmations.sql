-- name: last
-- The newest list in which people ($2 is the bot) answered every item that has this source in the runbook with done.
SELECT max(s.at) AS at, array_agg(DISTINCT s.who) AS who
FROM chatops.steps AS s
JOIN chatops.cases AS c ON c.id = s.case_id
WHERE c.kind = 'checklist' AND s.source = $1
GROUP BY c.id
HAVING bool_and(s.state = 'done' AND s.who <> $2)
ORDER BY 1 DESC
LIMIT 1;
