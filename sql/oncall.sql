-- name: oncall
-- Who is on call, and since when.
SELECT role, person, since FROM chatops.oncall ORDER BY role;

-- name: take
-- Takes a role; what stood there before comes back.
WITH old AS (SELECT person, since FROM chatops.oncall WHERE role = $1 FOR UPDATE)
INSERT INTO chatops.oncall AS o (role, person, since) VALUES ($1, $2, $3)
ON CONFLICT (role) DO UPDATE SET person = excluded.person, since = excluded.since WHERE o.person <> excluded.person
RETURNING (SELECT person FROM old) AS before;
