-- name: last_lift
-- When a restriction of the account was lifted last: from there complaints count anew. What was undone
-- as our own error takes no complaint away.
SELECT max(lifted_at) FROM chatops.restrictions WHERE subject = $1 AND lifted_as IN ('lift', 'by_hand');

-- name: earlier
-- How often the account was restricted before, by the bot or otherwise, as far as anything tells; our errors left out.
SELECT greatest(
    (SELECT count(*) FROM chatops.restrictions WHERE subject = $1),
    (SELECT count(*) FROM public.audit_logs
     WHERE user_id = $1 AND event_type IN ('account.restricted', 'email_account_restricted')))
    - (SELECT count(*) FROM chatops.restrictions WHERE subject = $1 AND lifted_as = 'error');

-- name: open_restriction
-- The restriction that holds, as the bot made it.
SELECT id, case_id, restricted_at, reason, requested_by, approved_by, previous, follow_up_at, review_case,
    lifted_at, lifted_by, lifted_as, lift_case
FROM chatops.restrictions WHERE subject = $1 AND lifted_at IS NULL ORDER BY restricted_at DESC LIMIT 1;

-- name: restriction_of_case
-- The restriction that a case led to.
SELECT id, case_id, restricted_at, reason, requested_by, approved_by, previous, follow_up_at, review_case,
    lifted_at, lifted_by, lifted_as, lift_case
FROM chatops.restrictions WHERE case_id = $1;

-- name: hold_restriction
-- The restriction that a case led to, held until the transaction ends.
SELECT id, case_id, restricted_at, reason, requested_by, approved_by, previous, follow_up_at, review_case,
    lifted_at, lifted_by, lifted_as, lift_case
FROM chatops.restrictions WHERE case_id = $1 FOR UPDATE;

-- name: reviewed_in
-- Notes the case in which a restriction is looked at again.
UPDATE chatops.restrictions SET review_case = $2 WHERE case_id = $1;
