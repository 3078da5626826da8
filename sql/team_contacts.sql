-- name: confirmed
-- When a person last answered the item of a list that has this source in the runbook.
SELECT max(s.at) FROM chatops.steps AS s
JOIN chatops.cases AS c ON c.id = s.case_id
WHERE c.kind = 'checklist' AND s.source = $1 AND s.state = 'done' AND s.who <> 'bot';
