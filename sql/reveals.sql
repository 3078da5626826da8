-- name: used
-- How many whole numbers a person has seen on a day.
SELECT count(*) FROM chatops.reveals WHERE person = $1 AND day = $2;

-- name: take
-- Takes the next look of a person's day; nothing comes back when the day has none left, when somebody took this
-- very one at the same moment, or when the form shows a number already.
INSERT INTO chatops.reveals (person, day, n, subject, why, case_id, at, view_id)
SELECT $1, $2::date, u.n, $3, $4, $5, $6, $7
FROM (SELECT 1 + count(*)::integer AS n FROM chatops.reveals AS r WHERE r.person = $1 AND r.day = $2) AS u
WHERE u.n <= $8
ON CONFLICT DO NOTHING
RETURNING id, person, subject, n, at, view_id, hidden_at;

-- name: open
-- The look that a form shows now.
SELECT id, person, subject, n, at, view_id, hidden_at FROM chatops.reveals WHERE view_id = $1 AND hidden_at IS NULL;

-- name: by_id
-- One look.
SELECT id, person, subject, n, at, view_id, hidden_at FROM chatops.reveals WHERE id = $1;

-- name: hide
-- Notes that a number is hidden again; nothing comes back when it was before.
UPDATE chatops.reveals SET hidden_at = $2 WHERE id = $1 AND hidden_at IS NULL RETURNING id;

-- name: effect
-- The effect that is to hide a number, while it waits.
SELECT id FROM chatops.effects WHERE kind = $1 AND subject = $2 AND state = 'waiting';

-- name: whole
-- The whole number and the mail address of an account: for the one form that shows them.
SELECT phone_number, email_address FROM public.users WHERE id = $1;
