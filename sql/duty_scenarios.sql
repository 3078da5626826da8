-- Queries of the demo's scenarios about lists and handoffs: what became of what they made happen.

-- name: run
-- What became of a list's run at an instant: its state, when it came, its case, and where it stands once it does.
SELECT r.state, r.at, r.case_id, m.ts FROM chatops.runs AS r
LEFT JOIN chatops.live_messages AS m ON m.subject = 'case:' || r.case_id AND m.renderer = 'checklist'
WHERE r.schedule = $1 AND r.planned_at = $2
ORDER BY m.id LIMIT 1;

-- name: under_way
-- The handoff that nobody has accepted, and where it stands.
SELECT h.case_id, h.state, h.outgoing, h.incoming, h.reminded_at, h.raised_at, m.ts FROM chatops.handoffs AS h
JOIN chatops.live_messages AS m ON m.subject = 'case:' || h.case_id AND m.renderer = 'handoff'
WHERE h.state <> 'accepted' AND m.ts IS NOT NULL;

-- name: open_items
-- The items of a handoff that nobody has taken, with the newest value of each one's button.
SELECT i.n, i.key, (SELECT h.value FROM chatops.handles AS h
    WHERE h.kind = 'hi' AND h.subject = format('%s:%s', i.case_id, i.n) ORDER BY h.version DESC LIMIT 1) AS value
FROM chatops.handoff_items AS i WHERE i.case_id = $1 AND i.state = 'open' ORDER BY i.n;

-- name: newest_note
-- The item of the note that was written last.
SELECT n FROM chatops.handoff_items
WHERE case_id = $1 AND key = 'note:' || (SELECT max(id) FROM chatops.handoff_notes);

-- name: call_at
-- When the next call of a kind about a case comes.
SELECT due_at FROM chatops.due
WHERE kind = $1 AND subject = 'case:' || $2::bigint AND done_at IS NULL AND cancelled_at IS NULL ORDER BY due_at LIMIT 1;

-- name: on_call
-- Who is on call.
SELECT person FROM chatops.oncall WHERE role = 'primary';
