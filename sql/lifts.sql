-- name: marked
-- What stands in the three columns of an account that is restricted, held until the transaction ends.
SELECT email_restricted, email_restricted_at, email_restriction_reason
FROM public.users WHERE id = $1 AND email_restricted IS TRUE FOR NO KEY UPDATE;

-- name: clear
-- Takes the mark away from an account that has it.
UPDATE public.users SET email_restricted = false, email_restricted_at = NULL, email_restriction_reason = NULL
WHERE id = $1 AND email_restricted IS TRUE
RETURNING id;

-- name: end_restrictions
-- Notes how the account's restrictions ended, in which case, and until when it is watched; gives them back.
UPDATE chatops.restrictions SET lifted_at = $2, lifted_by = $3, lifted_as = $4, lift_case = $5, watch_until = $6
WHERE subject = $1 AND lifted_at IS NULL
RETURNING case_id, review_case;

-- name: keep_unknown
-- Keeps a restriction that somebody else made, now that it ends: complaints are counted anew from here.
INSERT INTO chatops.restrictions (subject, case_id, restricted_at, reason, requested_by, approved_by, previous, follow_up_at,
    lifted_at, lifted_by, lifted_as, lift_case, watch_until)
VALUES ($1, $5, coalesce($7::timestamptz, $2), 'other', 'unknown', 'unknown', '{}', $2, $2, $3, $4, $5, $6);

-- name: lifted_in
-- The restriction that ended in this case, and until when the account is watched.
SELECT subject, case_id, restricted_at, requested_by, approved_by, follow_up_at, lifted_at, lifted_by, watch_until
FROM chatops.restrictions WHERE lift_case = $1 ORDER BY id DESC LIMIT 1;
