-- name: restricted
-- All restricted accounts, each with the bot's own restriction, where it made one or somebody did by hand, and its review.
SELECT
    u.id, r.case_id, r.reason, r.requested_by, r.approved_by, r.approval_id IS NULL AS by_hand, r.follow_up_at,
    v.id AS review_case, v.owner AS review_owner, v.due_at AS review_by, v.closed_at AS reviewed_at
FROM public.users AS u
LEFT JOIN LATERAL (
    SELECT case_id, reason, requested_by, approved_by, approval_id, follow_up_at, review_case
    FROM chatops.restrictions WHERE subject = u.id AND lifted_at IS NULL
    ORDER BY restricted_at DESC, id DESC LIMIT 1
) AS r ON true
LEFT JOIN chatops.cases AS v ON v.id = r.review_case
WHERE u.email_restricted
ORDER BY u.id;
