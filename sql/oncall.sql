-- name: oncall
-- Who is on call, and since when.
SELECT role, person, since FROM chatops.oncall ORDER BY role;

-- name: take
-- Takes a role; what stood there before comes back. Counting "old" reads it before the row changes: read
-- only afterwards, it would not find the row that this statement has changed itself.
WITH old AS (SELECT person FROM chatops.oncall WHERE role = $1::text FOR UPDATE)
INSERT INTO chatops.oncall AS o (role, person, since)
SELECT $1::text, $2::text, $3::timestamptz FROM (SELECT count(*) FROM old) AS held
ON CONFLICT (role) DO UPDATE SET person = excluded.person, since = excluded.since WHERE o.person <> excluded.person
RETURNING (SELECT person FROM old) AS before;
