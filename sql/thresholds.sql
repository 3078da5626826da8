-- name: noted
-- The crossings of a limit that were noted of an account, the newest first.
SELECT message_id, at, state, case_id, asked, noted_at FROM chatops.crossings
WHERE subject = $1 AND threshold = $2 ORDER BY noted_at DESC, at DESC;

-- name: note
-- Notes a crossing, once.
INSERT INTO chatops.crossings (subject, threshold, message_id, at, state, noted_at, case_id, asked)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: note_again
-- Notes that a crossing has led to another request.
UPDATE chatops.crossings SET state = $4, case_id = $5, asked = $6
WHERE subject = $1 AND threshold = $2 AND message_id = $3;

-- name: of_case
-- Whether a request was made, or found waiting, because of a crossing.
SELECT EXISTS (SELECT FROM chatops.crossings WHERE case_id = $1 AND threshold = 5);

-- name: denied_at
-- When people last decided that an account is not restricted: they denied it, or undid it as our error.
SELECT greatest(
    (SELECT max(decided_at) FROM chatops.approvals
     WHERE action = 'restriction' AND subject = $1 AND state = 'denied'),
    (SELECT max(lifted_at) FROM chatops.restrictions WHERE subject = $1 AND lifted_as = 'error'));
