-- name: count
-- How many records match, and the lowest and highest of their numbers; a condition that is NULL does not limit.
SELECT count(*) AS total, min(number) AS lowest, max(number) AS highest
FROM chatops.audit
WHERE number <= $1
    AND ($2::text[] IS NULL OR actor = ANY ($2))
    AND ($3::text[] IS NULL OR action = ANY ($3))
    AND ($4::bigint IS NULL OR case_id = $4)
    AND ($5::uuid IS NULL OR subject = $5)
    AND ($6::timestamptz IS NULL OR at >= $6)
    AND ($7::timestamptz IS NULL OR at < $7)
    AND (NOT $8::boolean OR NOT allowed);

-- name: page
-- The matching records, newest first, from the one after $10 on.
SELECT number, at, actor, action, case_id, subject, parameters, allowed, result
FROM chatops.audit
WHERE number <= $1
    AND ($2::text[] IS NULL OR actor = ANY ($2))
    AND ($3::text[] IS NULL OR action = ANY ($3))
    AND ($4::bigint IS NULL OR case_id = $4)
    AND ($5::uuid IS NULL OR subject = $5)
    AND ($6::timestamptz IS NULL OR at >= $6)
    AND ($7::timestamptz IS NULL OR at < $7)
    AND (NOT $8::boolean OR NOT allowed)
ORDER BY number DESC
LIMIT $9 OFFSET $10;

-- name: whole
-- The matching records with all that they hold, oldest first, as the chain has them.
SELECT
    number, at, actor, actor_team, channel, action, interaction, case_id,
    subject, parameters, allowed, result, milliseconds, previous, hash
FROM chatops.audit
WHERE number <= $1
    AND ($2::text[] IS NULL OR actor = ANY ($2))
    AND ($3::text[] IS NULL OR action = ANY ($3))
    AND ($4::bigint IS NULL OR case_id = $4)
    AND ($5::uuid IS NULL OR subject = $5)
    AND ($6::timestamptz IS NULL OR at >= $6)
    AND ($7::timestamptz IS NULL OR at < $7)
    AND (NOT $8::boolean OR NOT allowed)
ORDER BY number
LIMIT $9;

-- name: newest
-- The number of the newest record; 0 while there is none.
SELECT coalesce(max(number), 0) FROM chatops.audit;

-- name: anchored
-- Up to which record the newest anchor reaches, and when that was.
SELECT number, at FROM chatops.anchors ORDER BY number DESC LIMIT 1;

-- name: named
-- Who has this name, or has it as one word of theirs; $1 is in lower case.
SELECT id FROM chatops.people
WHERE lower(name) = $1 OR $1 = ANY (string_to_array(lower(name), ' ')) OR lower(id) = $1
ORDER BY id
LIMIT 2;
