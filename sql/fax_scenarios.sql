-- Queries of the scenarios about faxes.

-- name: fax_of
-- How far the newest fax of a case has come: as a notice, as the last attempt at it, and as steps of the case.
SELECT n.state, f.reference, f.status, f.telnyx_id IS NOT NULL AS known, e.state AS effect, e.due_at,
    (SELECT count(*) FROM chatops.faxes AS every WHERE every.notice = n.id) AS tries,
    t.state AS tell, c.state AS call, c.when_step = t.name AND c.when_state = t.state AS applies
FROM chatops.notices AS n
JOIN chatops.faxes AS f ON f.notice = n.id
JOIN chatops.effects AS e ON e.id = f.effect
JOIN chatops.steps AS t ON t.case_id = n.case_id AND t.name = n.step
LEFT JOIN chatops.steps AS c ON c.case_id = n.case_id AND c.name = 'call'
WHERE n.case_id = $1
ORDER BY n.id DESC, f.attempt DESC LIMIT 1;
