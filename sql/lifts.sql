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
-- Notes how the account's restriction ended, in which case, and until when it is watched: the one that the case is about,
-- else the newest. Others that are open ended elsewhere, nobody knows when, or the next could not have been made.
-- Gives all of them back.
WITH this AS (
    SELECT id FROM chatops.restrictions
    WHERE subject = $1 AND lifted_at IS NULL ORDER BY case_id = $5 DESC, restricted_at DESC, id DESC LIMIT 1)
UPDATE chatops.restrictions AS r SET lifted_at = $2, lift_case = $5,
    lifted_by = CASE WHEN r.id = this.id THEN $3 ELSE 'unknown' END,
    lifted_as = CASE WHEN r.id = this.id THEN $4 ELSE 'elsewhere' END,
    watch_until = CASE WHEN r.id = this.id THEN $6::timestamptz END
FROM this
WHERE r.subject = $1 AND r.lifted_at IS NULL
RETURNING r.case_id, r.review_case;

-- name: keep_unknown
-- Keeps a restriction that somebody else made, now that it ends: complaints are counted anew from here.
INSERT INTO chatops.restrictions (subject, case_id, restricted_at, reason, requested_by, approved_by, previous, follow_up_at,
    lifted_at, lifted_by, lifted_as, lift_case, watch_until)
VALUES ($1, $5, coalesce($7::timestamptz, $2), 'other', 'unknown', 'unknown', '{}', $2, $2, $3, $4, $5, $6);

-- name: lifted_in
-- The restriction that ended in this case, and until when the account is watched.
SELECT subject, case_id, restricted_at, requested_by, approved_by, follow_up_at, lifted_at, lifted_by, watch_until
FROM chatops.restrictions WHERE lift_case = $1 AND lifted_as <> 'elsewhere' ORDER BY id DESC LIMIT 1;
