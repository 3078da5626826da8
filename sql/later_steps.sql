-- name: add_step
-- Adds a step at the end of a case; one of that name that is there already is to do again.
INSERT INTO chatops.steps AS s (case_id, position, name, kind, title, state, when_step, when_state)
SELECT $1, (SELECT coalesce(max(position), 0) + 1 FROM chatops.steps WHERE case_id = $1), $2, $3, $4, 'todo', $5, $6
ON CONFLICT (case_id, name) DO UPDATE SET state = 'todo', who = NULL, at = NULL, outcome = NULL, note = NULL,
    verdict = NULL, facts = NULL, looked_at = NULL;

-- name: leave_to_person
-- Makes a step of the bot that is still to do a person's.
UPDATE chatops.steps SET kind = 'confirm', title = $3, calls = NULL WHERE case_id = $1 AND name = $2 AND kind = 'act' AND state = 'todo';
