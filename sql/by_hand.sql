-- name: act
-- What was done by hand under a case's number, as the audit has it.
SELECT number, at, action, subject, parameters FROM chatops.audit
WHERE case_id = $1 AND actor = 'by_hand' ORDER BY number LIMIT 1;

-- name: lay_out
-- Makes a case of the number that was taken by hand: the runbook's title and weight, and somebody has it.
UPDATE chatops.cases SET runbook_hash = $2, title = $3, severity = $4, state = 'acknowledged'
WHERE id = $1 AND closed_at IS NULL;

-- name: follow_up
-- Moves the follow-up of a restriction to the day that the team's calendar has for it.
UPDATE chatops.restrictions SET follow_up_at = $2 WHERE case_id = $1;

-- name: holds
-- Whether the restriction that was made under this case's number still holds.
SELECT EXISTS (SELECT 1 FROM chatops.restrictions WHERE case_id = $1 AND lifted_at IS NULL);

-- name: lifted
-- The cases of the restrictions that a lift ended, and of their reviews.
SELECT case_id, review_case FROM chatops.restrictions WHERE lift_case = $1 AND case_id <> $1 ORDER BY case_id;
