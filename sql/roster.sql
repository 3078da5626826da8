-- name: remember_person
-- Keeps a person's name as Slack gave it; writes only when it changed.
INSERT INTO chatops.people AS p (id, name, seen_at) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at
WHERE p.name IS DISTINCT FROM excluded.name;

-- name: names
-- The names of these people, as last seen.
SELECT id, name FROM chatops.people WHERE id = ANY ($1::text[]);

-- name: first_reading
-- Notes the first reading of a group; a row comes back only then.
INSERT INTO chatops.group_readings (team_group, first_read_at) VALUES ($1, $2)
ON CONFLICT (team_group) DO NOTHING
RETURNING team_group;

-- name: join_members
-- Notes who is in a group now; $3 is the instant of joining, or NULL at the first reading.
INSERT INTO chatops.memberships AS m (team_group, person, joined_at, left_at)
SELECT $1, person, $3::timestamptz, NULL FROM unnest($2::text[]) AS person
ON CONFLICT (team_group, person) DO UPDATE SET joined_at = excluded.joined_at, left_at = NULL
WHERE m.left_at IS NOT NULL;

-- name: leave_members
-- Notes who is no longer in a group.
UPDATE chatops.memberships SET left_at = $3
WHERE team_group = $1 AND left_at IS NULL AND person <> ALL ($2::text[]);

-- name: joined_at
-- When this person joined the group as far as the bot saw it; whoever no reading has seen yet joined at $3.
SELECT CASE
    WHEN m.person IS NOT NULL THEN m.joined_at
    WHEN r.team_group IS NOT NULL THEN $3::timestamptz
END
FROM (SELECT $1::text AS team_group, $2::text AS person) AS q
LEFT JOIN chatops.group_readings AS r ON r.team_group = q.team_group
LEFT JOIN chatops.memberships AS m ON m.team_group = q.team_group AND m.person = q.person AND m.left_at IS NULL;

-- name: works
-- Whether a person is in any group, as they were read last; nobody knows before the first reading.
SELECT NOT EXISTS (SELECT FROM chatops.group_readings)
    OR EXISTS (SELECT FROM chatops.memberships WHERE person = $1 AND left_at IS NULL);

-- name: members
-- Who is in a group, as it was read last.
SELECT person FROM chatops.memberships WHERE team_group = $1 AND left_at IS NULL ORDER BY person;
