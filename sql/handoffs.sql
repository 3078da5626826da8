-- name: one_at_a_time
-- Whoever opens a handoff waits for whoever is opening one.
SELECT pg_advisory_xact_lock(26209, 8);

-- name: open_case
-- Opens the case of a handoff.
INSERT INTO chatops.cases (procedure, runbook_hash, title, severity, state, owner, opened_by, opened_at, due_at, kind,
    planned_at)
VALUES ('handoff', $1, $2, 'routine', 'open', $3, $4, $5, $6, 'handoff', $7)
RETURNING id;

-- name: open_handoff
-- Lays out a handoff; its items come after it.
INSERT INTO chatops.handoffs (case_id, weekend, planned_at, outgoing, incoming, state, figures, version, drafted_at)
VALUES ($1, $2, $3, $4, $5, 'draft', $6, 1, $7);

-- name: handoff
-- One handoff.
SELECT case_id, weekend, planned_at, outgoing, incoming, state, mood, figures, version, drafted_at, sent_at, reminded_at,
    raised_at, accepted_by, accepted_at, readback
FROM chatops.handoffs WHERE case_id = $1;

-- name: under_way
-- The handoff that nobody has accepted yet, where there is one.
SELECT case_id FROM chatops.handoffs WHERE state <> 'accepted';

-- name: accepted
-- A page of the handoffs that were accepted, the newest first; the total stands beside each.
SELECT h.case_id, h.weekend, h.outgoing, h.incoming, h.accepted_by, h.accepted_at, h.readback,
    (SELECT count(*) FROM chatops.handoff_items AS i WHERE i.case_id = h.case_id AND i.state = 'taken') AS items,
    count(*) OVER () AS total
FROM chatops.handoffs AS h WHERE h.state = 'accepted'
ORDER BY h.accepted_at DESC, h.case_id DESC LIMIT $1 OFFSET $2;

-- name: items
-- The items of a handoff, by their number.
SELECT case_id, n, kind, key, thing_case, account, due_at, can_worsen, facts, todo, if_so, state, version, added_at,
    changed_at, taken_by, taken_at
FROM chatops.handoff_items WHERE case_id = $1 ORDER BY n;

-- name: add_item
-- Adds an open thing at the end.
INSERT INTO chatops.handoff_items (case_id, n, kind, key, thing_case, account, due_at, can_worsen, facts, state, version,
    added_at)
SELECT $1, (SELECT coalesce(max(n), 0) + 1 FROM chatops.handoff_items WHERE case_id = $1), $2, $3, $4, $5, $6, $7, $8,
    'open', 1, $9
RETURNING n;

-- name: item_changed
-- What became of an open thing since it was read; somebody looks at it anew.
UPDATE chatops.handoff_items SET due_at = $3, can_worsen = $4, facts = $5, state = 'open', taken_by = NULL,
    taken_at = NULL, changed_at = $6, version = version + 1
WHERE case_id = $1 AND n = $2
RETURNING version;

-- name: item_gone
-- What is not open any more.
UPDATE chatops.handoff_items SET state = 'gone', taken_by = NULL, taken_at = NULL WHERE case_id = $1 AND n = $2;

-- name: item_words
-- What the outgoing person wrote to an item; what was left empty stays as it was.
UPDATE chatops.handoff_items SET todo = coalesce($3, todo), if_so = coalesce($4, if_so) WHERE case_id = $1 AND n = $2;

-- name: take_item
-- Lets the receiver have an item; nothing comes back when somebody has it, or it is not open.
UPDATE chatops.handoff_items SET state = 'taken', taken_by = $3, taken_at = $4
WHERE case_id = $1 AND n = $2 AND state = 'open'
RETURNING n;

-- name: free_items
-- What one receiver has taken, for the next.
UPDATE chatops.handoff_items SET state = 'open', taken_by = NULL, taken_at = NULL WHERE case_id = $1 AND state = 'taken';

-- name: next_version
-- What is open has changed, so an older look at it does not count.
UPDATE chatops.handoffs SET version = version + 1 WHERE case_id = $1 RETURNING version;

-- name: outgoing
-- While it is drafted, whoever is on call hands over, and not to themselves.
UPDATE chatops.handoffs SET outgoing = $2, incoming = nullif(incoming, $2) WHERE case_id = $1 AND state = 'draft';

-- name: plan_anew
-- A draft that nobody sent serves the next end of a day.
UPDATE chatops.handoffs SET planned_at = $2, weekend = $3, figures = $4, reminded_at = NULL, raised_at = NULL
WHERE case_id = $1;

-- name: send
-- Hands over to a person, also in place of another.
UPDATE chatops.handoffs SET state = 'handed_over', incoming = $2, sent_at = $3, reminded_at = NULL, raised_at = NULL
WHERE case_id = $1 AND state <> 'accepted'
RETURNING case_id;

-- name: mood
-- How the outgoing person finds it; NULL: as it is computed.
UPDATE chatops.handoffs SET mood = $2 WHERE case_id = $1;

-- name: reminded
-- Notes that the receiver was reminded.
UPDATE chatops.handoffs SET reminded_at = $2 WHERE case_id = $1;

-- name: raised
-- Notes that management was called.
UPDATE chatops.handoffs SET raised_at = $2 WHERE case_id = $1;

-- name: accept
-- Accepts a handoff, once, by whom it was given to.
UPDATE chatops.handoffs SET state = 'accepted', accepted_by = $2, accepted_at = $3, readback = $4
WHERE case_id = $1 AND state = 'handed_over' AND incoming = $2
RETURNING case_id;

-- name: notes_done
-- The notes that were handed over with it.
UPDATE chatops.handoff_notes SET done_in = $1
WHERE done_in IS NULL AND 'note:' || id IN (
    SELECT key FROM chatops.handoff_items WHERE case_id = $1 AND kind = 'note' AND state = 'taken');

-- name: cases_of
-- The cases among the items that belong to whoever hands over.
SELECT c.id FROM chatops.handoff_items AS i JOIN chatops.cases AS c ON c.id = i.thing_case
WHERE i.case_id = $1 AND i.kind = 'case' AND i.state = 'taken' AND c.closed_at IS NULL AND c.owner = $2
ORDER BY c.id;

-- name: add_note
-- Keeps a note for the next handoff.
INSERT INTO chatops.handoff_notes (who, at, words, if_so, due_at, channel, ts) VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING id;

-- name: note
-- One note.
SELECT id, who, at, words, if_so, due_at, channel, ts FROM chatops.handoff_notes WHERE id = $1;

-- name: ask
-- Keeps a question.
INSERT INTO chatops.handoff_questions (case_id, n, who, at, words) VALUES ($1, $2, $3, $4, $5) RETURNING id;

-- name: question
-- One question.
SELECT case_id, n, who, at, words FROM chatops.handoff_questions WHERE id = $1;

-- name: happened
-- What was done in a time: restrictions, lifts, cases opened and closed, critical ones.
SELECT
    (SELECT count(*) FROM chatops.restrictions WHERE restricted_at >= $1 AND restricted_at < $2) AS restrictions,
    (SELECT count(*) FROM chatops.restrictions WHERE lifted_at >= $1 AND lifted_at < $2) AS lifts,
    (SELECT count(*) FROM chatops.cases WHERE kind = 'procedure' AND opened_at >= $1 AND opened_at < $2) AS opened,
    (SELECT count(*) FROM chatops.cases WHERE kind = 'procedure' AND closed_at >= $1 AND closed_at < $2) AS closed,
    (SELECT count(*) FROM chatops.cases WHERE severity = 'critical' AND opened_at >= $1 AND opened_at < $2) AS critical;

-- name: newest_end
-- The end of a day for which the newest draft was made, or missed.
SELECT greatest(
    (SELECT max(planned_at) FROM chatops.handoffs),
    (SELECT max(planned_at) FROM chatops.runs WHERE schedule = 'handoff'));

-- name: missed
-- Notes a handoff that came too late to be drafted.
INSERT INTO chatops.runs (schedule, planned_at, state, case_id, at) VALUES ('handoff', $1, 'missed', NULL, $2)
ON CONFLICT DO NOTHING;
