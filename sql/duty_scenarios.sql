-- Queries of the demo's scenarios about lists and handoffs: what became of what they made happen.

-- name: run
-- What became of a list's run at an instant: its state, when it came, its case, and where it stands once it does.
SELECT r.state, r.at, r.case_id, m.ts FROM chatops.runs AS r
LEFT JOIN chatops.live_messages AS m ON m.subject = 'case:' || r.case_id AND m.renderer = 'checklist'
WHERE r.schedule = $1 AND r.planned_at = $2
ORDER BY m.id LIMIT 1;
