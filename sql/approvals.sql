-- name: ask
-- Opens a request; nothing comes back when one for the same thing waits already.
INSERT INTO chatops.approvals (case_id, action, subject, requester, requested_at, reason, words, state, asked_facts, facts,
    facts_version, facts_code, facts_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $8, 1, $9, $5, $10)
ON CONFLICT (action, subject) WHERE state = 'waiting' DO NOTHING
RETURNING id;

-- name: approval
-- One request.
SELECT id, case_id, action, subject, requester, requested_at, reason, words, state, asked_facts, facts, facts_version,
    facts_code, facts_at, replaced_code, expires_at, decided_by, decided_at, decision_words, decider_joined_at
FROM chatops.approvals WHERE id = $1;

-- name: approval_of_case
-- The newest request for an action in a case.
SELECT id FROM chatops.approvals WHERE case_id = $1 AND action = $2 ORDER BY id DESC LIMIT 1;

-- name: waiting
-- The request for this thing that waits for a decision.
SELECT id FROM chatops.approvals WHERE action = $1 AND subject = $2 AND state = 'waiting';

-- name: last_decided
-- The newest decided request for this thing, before the one that is given.
SELECT id FROM chatops.approvals
WHERE action = $1 AND subject = $2 AND state <> 'waiting' AND ($3::bigint IS NULL OR id < $3)
ORDER BY id DESC LIMIT 1;

-- name: decide
-- Decides a waiting request, once; nothing comes back when it was decided already.
UPDATE chatops.approvals SET state = $2, decided_by = $3, decided_at = $4, decision_words = $5, decider_joined_at = $6
WHERE id = $1 AND state = 'waiting'
RETURNING id;

-- name: refresh
-- Puts newer facts in place of those shown; every earlier button is old from here on.
UPDATE chatops.approvals SET facts = $2, facts_version = facts_version + 1, replaced_code = facts_code, facts_code = $3,
    facts_at = $4
WHERE id = $1 AND state = 'waiting'
RETURNING facts_version;
