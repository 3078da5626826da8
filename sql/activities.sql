-- name: done
-- What was done in [$1, $2), by the bot and by people, by action; what only shows something ($3) is left out.
SELECT CASE WHEN actor = 'bot' THEN 'bot' ELSE 'people' END AS actor, action, count(*) AS times
FROM chatops.audit
WHERE at >= $1 AND at < $2 AND allowed AND result <> ALL ($3::text[])
    AND result NOT LIKE 'error%' AND result <> 'busy'
GROUP BY 1, 2
ORDER BY 3 DESC, 2;

-- name: counts
-- What was refused and what failed in [$1, $2), how many people did anything, and what became of cases and lists;
-- $3 is the bot.
SELECT
    count(*) FILTER (WHERE NOT allowed) AS refused,
    count(*) FILTER (WHERE allowed AND (result LIKE 'error%' OR result = 'busy')) AS failed,
    count(DISTINCT actor) FILTER (WHERE actor <> $3) AS who,
    (SELECT count(*) FROM chatops.cases
     WHERE kind = 'procedure' AND opened_at >= $1 AND opened_at < $2) AS opened,
    (SELECT count(*) FROM chatops.cases
     WHERE kind = 'procedure' AND closed_at >= $1 AND closed_at < $2) AS closed,
    (SELECT count(*) FROM chatops.cases
     WHERE kind = 'checklist' AND state = 'done' AND opened_at >= $1 AND opened_at < $2) AS complete,
    (SELECT count(*) FROM chatops.cases
     WHERE kind = 'checklist' AND opened_at >= $1 AND opened_at < $2) AS lists
FROM chatops.audit
WHERE at >= $1 AND at < $2;
