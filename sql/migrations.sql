-- name: owner
-- Says who owns the schema and who is asking.
SELECT pg_get_userbyid(nspowner) AS owner, current_user::text AS me
FROM pg_catalog.pg_namespace
WHERE nspname = 'chatops';

-- name: lock
-- Waits until no other process migrates, and keeps others waiting.
SELECT pg_advisory_lock(26209, 1);

-- name: unlock
-- Lets the next process migrate.
SELECT pg_advisory_unlock(26209, 1);

-- name: create_ledger
-- Makes the table that remembers what was applied.
CREATE TABLE IF NOT EXISTS chatops.migration (
    number integer PRIMARY KEY,
    file text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL
);

-- name: show_ledger
-- Lets the bot see which migrations it has to do with.
GRANT SELECT ON chatops.migration TO faxi_bot;

-- name: ledger_exists
-- Says whether anything was ever migrated.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'chatops' AND c.relname = 'migration'
);

-- name: applied
-- Lists what was applied, with the hash that each file had.
SELECT number, checksum
FROM chatops.migration
ORDER BY number;

-- name: patience
-- Lets a migration take its time, but not queue behind a lock for long: whoever comes after it would queue too.
SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '10s', true);

-- name: remember
-- Notes a file as applied.
INSERT INTO chatops.migration (number, file, checksum, applied_at)
VALUES ($1, $2, $3, $4);
