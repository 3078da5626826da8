-- name: restrict
-- Marks an account that is not marked, and gives back what stood there before (the CTE holds the row).
WITH old AS (
    SELECT id, email_restricted, email_restricted_at, email_restriction_reason
    FROM public.users WHERE id = $1 FOR NO KEY UPDATE)
UPDATE public.users AS u SET email_restricted = true, email_restricted_at = $2, email_restriction_reason = $3
FROM old WHERE u.id = old.id AND old.email_restricted IS NOT TRUE
RETURNING old.email_restricted AS was_restricted, old.email_restricted_at AS was_restricted_at,
    old.email_restriction_reason AS was_reason;

-- name: faxi_record
-- Faxi's own audit row, in the shape that its dashboard knows.
INSERT INTO public.audit_logs (user_id, event_type, event_data, created_at) VALUES ($1, $2, $3, $4);

-- name: keep
-- Keeps the restriction with who asked, who approved and what stood there before.
INSERT INTO chatops.restrictions (subject, case_id, approval_id, restricted_at, reason, requested_by, approved_by, previous,
    follow_up_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);
