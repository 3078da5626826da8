-- name: opened
-- Somebody opened their Home, and what it shows from now on.
INSERT INTO chatops.homes AS h (person, opened_at, shown, shown_at) VALUES ($1, $2, $3, clock_timestamp())
ON CONFLICT (person) DO UPDATE SET opened_at = $2, shown = $3, shown_at = clock_timestamp();

-- name: recent
-- Homes that were opened since an instant and were not shown within the last seconds, the longest unchanged first.
SELECT h.person, h.shown, coalesce(p.name, h.person) AS name
FROM chatops.homes AS h
LEFT JOIN chatops.people AS p ON p.id = h.person
WHERE h.opened_at > $1 AND h.shown_at <= clock_timestamp() - $2::float8 * interval '1 second'
ORDER BY h.shown_at, h.person;

-- name: head
-- The number of the newest record: nothing that people or the bot do is without one.
SELECT coalesce(max(number), 0) FROM chatops.audit;

-- name: attempt
-- Marks that a Home is about to be shown, for the holder of the lease only.
UPDATE chatops.homes SET shown = NULL, shown_at = clock_timestamp()
WHERE person = $1
  AND EXISTS (SELECT 1 FROM chatops.leases WHERE name = 'sender' AND epoch = $2 AND until > clock_timestamp())
RETURNING person;

-- name: shown
-- Notes what a Home shows, unless it was opened anew meanwhile.
UPDATE chatops.homes SET shown = $2 WHERE person = $1 AND shown IS NULL;

-- name: doubt
-- Nobody knows what these Homes show: the database was away, and they may say so.
UPDATE chatops.homes SET shown = NULL WHERE opened_at > $1;

-- name: forget
-- A Home that cannot be shown any more.
DELETE FROM chatops.homes WHERE person = $1;

-- name: is_new
-- Whether a person has used nothing yet but their Home.
SELECT NOT EXISTS (SELECT FROM chatops.audit WHERE actor = $1 AND action <> 'home:open' AND allowed);

-- name: lists
-- The lists of a day, and those of before that are still open, in their order. Apart, each finds its index.
SELECT id FROM (
    SELECT id, opened_at FROM chatops.cases WHERE kind = 'checklist' AND closed_at IS NULL
    UNION
    SELECT id, opened_at FROM chatops.cases WHERE kind = 'checklist' AND opened_at >= $1 AND opened_at < $2
) AS l
ORDER BY opened_at, id;

-- name: open_cases
-- Open cases of procedures, as the status and a handoff count them: the most severe and then the longest open first, with how many there are.
SELECT id, title, severity, state, owner, due_at, count(*) OVER () AS total
FROM chatops.cases WHERE closed_at IS NULL AND kind = 'procedure'
ORDER BY array_position(ARRAY['critical', 'high', 'warning', 'routine'], severity), opened_at, id LIMIT $1;

-- name: mine
-- Open cases of a person, no lists, in which something is to be done, but these; with how many there are.
SELECT id, count(*) OVER () AS total
FROM chatops.cases AS c
WHERE closed_at IS NULL AND kind <> 'checklist' AND owner = $1 AND state <> 'waiting' AND id <> ALL ($2::bigint[])
  AND EXISTS (SELECT FROM chatops.steps AS s WHERE s.case_id = c.id AND s.state = 'todo' AND s.kind <> 'act')
ORDER BY opened_at, id LIMIT $3;
