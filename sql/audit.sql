-- name: lock
-- Takes the chain's lock until the transaction ends, so that records get their numbers one after another.
SELECT pg_advisory_xact_lock(26209, 2);

-- name: append
-- Numbers, hashes and inserts a record; must be a statement after the lock, to see what the lock's last holder wrote.
WITH head AS (
    SELECT number, hash
    FROM chatops.audit
    ORDER BY number DESC
    LIMIT 1
),
link AS (
    SELECT
        coalesce((SELECT number FROM head), 0) + 1 AS number,
        coalesce((SELECT hash FROM head), decode(repeat('00', 32), 'hex')) AS previous
),
sealed AS (
    SELECT
        ROW(
            number, $1::timestamptz, $2::text, $3::text, $4::text, $5::text, $6::text, $7::bigint,
            $8::uuid, $9::jsonb, $10::boolean, $11::text, $12::integer, previous, NULL::bytea
        )::chatops.audit AS record
    FROM link
)
INSERT INTO chatops.audit (
    number, at, actor, actor_team, channel, action, interaction, case_id,
    subject, parameters, allowed, result, milliseconds, previous, hash
)
SELECT
    (record).number, (record).at, (record).actor, (record).actor_team, (record).channel, (record).action,
    (record).interaction, (record).case_id, (record).subject, (record).parameters, (record).allowed,
    (record).result, (record).milliseconds, (record).previous, chatops.audit_hash(record)
FROM sealed
RETURNING number;

-- name: head
-- Shows the newest record's number and hash.
SELECT number, hash
FROM chatops.audit
ORDER BY number DESC
LIMIT 1;

-- name: chain
-- Goes through the chain from its beginning, with each record's hash computed anew.
SELECT a.number, a.previous, a.hash, chatops.audit_hash(a) AS computed
FROM chatops.audit a
ORDER BY a.number;

-- name: export
-- Goes through the whole records from the beginning, for export.
SELECT
    number, at, actor, actor_team, channel, action, interaction, case_id,
    subject, parameters, allowed, result, milliseconds, previous, hash
FROM chatops.audit
ORDER BY number;
