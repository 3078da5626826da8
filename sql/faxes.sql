-- name: recipient
-- What decides whether, and in which language, a person can be told by fax.
SELECT phone_number, fax_number_verified IS TRUE AS verified, lower(preferences ->> 'language') AS language,
    feature_flags ->> 'demoUser' = 'true' AS demo_user, email_restricted IS TRUE AS restricted
FROM public.users WHERE id = $1;

-- name: overtaken
-- Whether the restriction of a case has ended or, after a notice that another one ended, there was a new one.
SELECT EXISTS (
    SELECT FROM chatops.restrictions
    WHERE CASE WHEN $3::text = 'restriction' THEN case_id = $1 AND lifted_at IS NOT NULL
        ELSE subject = $2 AND restricted_at > $4 END);

-- name: add_notice
-- Notes what a person is to be told.
INSERT INTO chatops.notices (case_id, step, kind, subject, language, facts, state, reason, first_attempt, wanted_by, wanted_at,
    ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11)
ON CONFLICT (case_id, step, kind) DO NOTHING
RETURNING id;

-- name: notice
-- One notice.
SELECT id, case_id, step, kind, subject, language, facts, state, reason, first_attempt, wanted_by, wanted_at, ended_at
FROM chatops.notices WHERE id = $1;

-- name: notices_of_case
-- The notices of a case, in their order.
SELECT id, case_id, step, kind, subject, language, facts, state, reason, first_attempt, wanted_by, wanted_at, ended_at
FROM chatops.notices WHERE case_id = $1 ORDER BY id;

-- name: notices_of
-- What a person was to be told by fax, the newest first.
SELECT id, case_id, step, kind, subject, language, facts, state, reason, first_attempt, wanted_by, wanted_at, ended_at
FROM chatops.notices WHERE subject = $1 ORDER BY id DESC LIMIT 20;

-- name: attempts
-- The attempts at a notice, in their order.
SELECT f.effect, f.attempt, f.reference, e.state, e.created_at AS wanted_at, e.due_at, e.error, f.pages, f.status,
    f.failure_reason, f.telnyx_id, f.attempted_at, f.accepted_at, f.ended_at
FROM chatops.faxes AS f JOIN chatops.effects AS e ON e.id = f.effect
WHERE f.notice = $1 ORDER BY f.attempt;

-- name: end_notice
-- Moves a notice on, when it stands in one of these states.
UPDATE chatops.notices SET state = $3, reason = $4, ended_at = $5 WHERE id = $1 AND state = ANY ($2::text[])
RETURNING id;

-- name: again
-- A person wants a notice that failed, or of which nothing is known, to be sent once more.
UPDATE chatops.notices SET state = 'sending', reason = NULL, ended_at = NULL, first_attempt = $2
WHERE id = $1 AND state IN ('failed', 'unknown')
RETURNING id;

-- name: reference_number
-- The number that the next fax of a case gets; the case is held.
SELECT count(*) + 1 FROM chatops.faxes AS f JOIN chatops.notices AS n ON n.id = f.notice WHERE n.case_id = $1;

-- name: add_fax
-- One attempt at a notice, beside its effect.
INSERT INTO chatops.faxes (effect, notice, attempt, reference)
VALUES ($1, $2, (SELECT coalesce(max(attempt), 0) + 1 FROM chatops.faxes WHERE notice = $2), $3)
RETURNING attempt;

-- name: fax
-- One attempt with what it is about.
SELECT f.effect, f.notice, f.attempt, f.reference, f.job, f.storage_key, f.pages, f.telnyx_id, f.status, f.attempted_at,
    f.accepted_at, e.created_at, n.case_id
FROM chatops.faxes AS f JOIN chatops.effects AS e ON e.id = f.effect JOIN chatops.notices AS n ON n.id = f.notice
WHERE f.effect = $1;

-- name: effect_of_telnyx
-- The attempt that Telnyx knows by this id.
SELECT effect FROM chatops.faxes WHERE telnyx_id = $1;

-- name: add_job
-- The fax in Faxi's own list, once; the trigger of Faxi's sequence has nothing to do, since the reference is ours.
INSERT INTO public.fax_jobs (fax_id, reference_id, user_id, direction, from_number, to_number, status, webhook_payload, created_at)
VALUES ('opsbot-' || $1::uuid, $2, $3, 'outbound', $4, $5, 'pending', $6, $7)
ON CONFLICT (fax_id) DO NOTHING;

-- name: job
-- The fax's id in Faxi's own list.
SELECT id FROM public.fax_jobs WHERE fax_id = 'opsbot-' || $1::uuid;

-- name: has_job
-- Notes the fax's id in Faxi's own list.
UPDATE chatops.faxes SET job = $2 WHERE effect = $1;

-- name: stored
-- Notes where the pages lie; nowhere, when they are to be printed anew.
UPDATE chatops.faxes SET storage_key = $2, pages = $3 WHERE effect = $1;

-- name: printed
-- Notes whether the pages say that Faxi itself stops the mail; it may have begun to, or ceased, since it was wanted.
UPDATE chatops.notices SET facts = facts || jsonb_build_object('enforced', $2::boolean)
WHERE id = $1 AND facts ->> 'enforced' IS DISTINCT FROM $2::boolean::text;

-- name: attempted
-- Notes when the one request was about to be made.
UPDATE chatops.faxes SET attempted_at = $2 WHERE effect = $1;

-- name: accepted
-- Telnyx has the fax; nothing comes back when that was known.
UPDATE chatops.faxes SET telnyx_id = $2, status = $3, accepted_at = $4 WHERE effect = $1 AND telnyx_id IS NULL
RETURNING effect;

-- name: progressed
-- What Telnyx says of the fax now.
UPDATE chatops.faxes SET status = $2, pages = coalesce($3, pages) WHERE effect = $1;

-- name: ended
-- How the fax ended.
UPDATE chatops.faxes SET status = $2, failure_reason = $3, ended_at = $4 WHERE effect = $1;

-- name: fate
-- Tells Faxi's own list what became of the fax.
SELECT chatops.fax_fate($1, $2, $3, $4, $5, $6, $7);

-- name: transmitted
-- Faxi's own audit row, by which its dashboard finds the fax again.
INSERT INTO public.audit_logs (user_id, fax_job_id, event_type, event_data, created_at)
VALUES ($1, $2, 'fax.transmitted', $3, $4);

-- name: said
-- Whether this was said about this already.
SELECT EXISTS (SELECT FROM chatops.posts WHERE subject = $1 AND renderer = $2 AND parameters @> $3::jsonb);
