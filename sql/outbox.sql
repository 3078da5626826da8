-- name: live
-- Wants a live message; the one that is there already is wanted anew.
INSERT INTO chatops.live_messages AS m (renderer, subject, destination, wanted, shown, attempts, maybe_twice, created_at, parent)
VALUES ($1, $2, $3, 1, 0, 0, false, $4, $5)
ON CONFLICT (renderer, subject, destination) DO UPDATE SET wanted = m.wanted + 1
RETURNING id;

-- name: raise_live
-- Something about this subject changed: every live message about it is wanted anew.
UPDATE chatops.live_messages SET wanted = wanted + 1 WHERE subject = $1;

-- name: live_of
-- A live message of this subject, and where it stands.
SELECT id, renderer, subject, destination, channel, ts FROM chatops.live_messages
WHERE subject = $1 AND renderer = $2 ORDER BY id LIMIT 1;

-- name: head_of
-- The first live message of this subject.
SELECT id, renderer, subject, destination, channel, ts FROM chatops.live_messages
WHERE subject = $1 ORDER BY id LIMIT 1;

-- name: subject_at
-- What the live message in this place is about.
SELECT subject FROM chatops.live_messages WHERE channel = $1 AND ts = $2;

-- name: post
-- Adds a post; it goes out in order within its thread.
INSERT INTO chatops.posts (renderer, subject, parameters, destination, parent, state, urgent, attempts, maybe_twice, created_at,
    settles)
VALUES ($1, $2, $3, $4, $5, 'waiting', $6, 0, false, $7, $8)
RETURNING id;

-- name: note_stray
-- A click came from a message about this subject that nobody counted on: it becomes a pointer.
INSERT INTO chatops.strays (channel, ts, live_message, found_at, pointed)
SELECT $2, $3, m.id, $4, false FROM chatops.live_messages AS m
WHERE m.subject = $1 AND m.channel = $2 AND m.ts IS NOT NULL AND m.ts <> $3
  AND NOT EXISTS (SELECT 1 FROM chatops.live_messages AS k WHERE k.channel = $2 AND k.ts = $3)
  AND NOT EXISTS (SELECT 1 FROM chatops.posts AS p WHERE p.channel = $2 AND p.ts = $3)
ORDER BY m.id LIMIT 1
ON CONFLICT (channel, ts) DO NOTHING;

-- name: take_lease
-- Takes the sender's lease when it is free or ours, and gives its epoch; each change of holder is a new epoch.
UPDATE chatops.leases SET
    epoch = CASE WHEN holder = $1 THEN epoch ELSE epoch + 1 END,
    holder = $1,
    until = clock_timestamp() + interval '15 seconds'
WHERE name = 'sender' AND (holder = $1 OR until < clock_timestamp())
RETURNING epoch;

-- name: release_lease
-- Gives the lease back at once, so that another replica need not wait for its end.
UPDATE chatops.leases SET until = clock_timestamp() WHERE name = 'sender' AND holder = $1 AND epoch = $2;

-- name: waiting_live
-- Live messages whose newest state is not shown: a few of each place, first posts before edits, then the oldest.
SELECT id, destination, ts FROM (
    SELECT id, destination, ts, row_number() OVER (PARTITION BY destination, ts IS NULL ORDER BY id) AS place
    FROM chatops.live_messages AS m
    WHERE wanted > shown AND (retry_at IS NULL OR retry_at <= clock_timestamp())
      AND (parent IS NULL OR EXISTS (SELECT FROM chatops.live_messages AS p WHERE p.id = m.parent AND p.ts IS NOT NULL))) AS w
WHERE place <= 3 ORDER BY (ts IS NOT NULL), id LIMIT $1;

-- name: waiting_posts
-- Posts that may go out: their thread's head stands, and no earlier post of the same thread waits; one of each place.
SELECT DISTINCT ON (p.destination) p.id, p.destination, p.urgent FROM chatops.posts AS p
LEFT JOIN chatops.live_messages AS m ON m.id = p.parent
WHERE p.state = 'waiting' AND (p.retry_at IS NULL OR p.retry_at <= clock_timestamp())
  AND (p.parent IS NULL OR m.ts IS NOT NULL)
  AND NOT EXISTS (
    SELECT 1 FROM chatops.posts AS e
    WHERE e.state = 'waiting' AND e.id < p.id AND e.parent IS NOT DISTINCT FROM p.parent AND e.destination = p.destination)
ORDER BY p.destination, p.urgent DESC, p.id LIMIT $1;

-- name: attempt_live
-- Marks an attempt, for the holder of the lease only, and gives what is to be shown.
UPDATE chatops.live_messages AS m SET attempt_epoch = $2, attempts = attempts + 1,
    maybe_twice = m.maybe_twice OR (m.ts IS NULL AND m.attempt_epoch IS NOT NULL),
    retry_at = clock_timestamp() + interval '20 seconds'
WHERE m.id = $1 AND m.wanted > m.shown AND (m.retry_at IS NULL OR m.retry_at <= clock_timestamp())
  AND EXISTS (SELECT 1 FROM chatops.leases WHERE name = 'sender' AND epoch = $2 AND until > clock_timestamp())
RETURNING m.renderer, m.subject, m.destination, m.channel, m.ts, m.wanted, m.maybe_twice,
    (SELECT p.ts FROM chatops.live_messages AS p WHERE p.id = m.parent) AS thread_ts;

-- name: shown_live
-- Slack has this version. A lease that ended meanwhile wants it once more; a second first post becomes a copy.
WITH before AS (SELECT id, ts FROM chatops.live_messages WHERE id = $1 FOR UPDATE),
copy AS (
    INSERT INTO chatops.strays (channel, ts, live_message, found_at, pointed)
    SELECT $2, $3, id, clock_timestamp(), false FROM before WHERE ts <> $3
    ON CONFLICT (channel, ts) DO NOTHING)
UPDATE chatops.live_messages AS m SET channel = coalesce(m.channel, $2), ts = coalesce(m.ts, $3),
    shown = greatest(m.shown, $4::int), attempt_epoch = NULL, attempts = 0, retry_at = NULL, error = NULL,
    wanted = CASE WHEN EXISTS (SELECT 1 FROM chatops.leases WHERE name = 'sender' AND epoch = $5 AND until > clock_timestamp())
        THEN m.wanted ELSE m.wanted + 1 END
FROM before WHERE m.id = before.id;

-- name: retry_live
-- Did not go out; $2 seconds of machine time until the next try, $4 says whether Slack may have it all the same.
UPDATE chatops.live_messages SET retry_at = clock_timestamp() + $2::float8 * interval '1 second', error = $3,
    attempt_epoch = CASE WHEN $4::boolean THEN attempt_epoch END
WHERE id = $1;

-- name: lost_live
-- The message is gone from Slack: it is posted anew.
UPDATE chatops.live_messages SET ts = NULL, shown = 0, attempt_epoch = NULL, retry_at = NULL WHERE id = $1;

-- name: attempt_post
-- Marks an attempt, for the holder of the lease only, and gives what is to be said.
UPDATE chatops.posts AS p SET attempt_epoch = $2, attempts = p.attempts + 1,
    maybe_twice = p.maybe_twice OR p.attempt_epoch IS NOT NULL,
    retry_at = clock_timestamp() + interval '20 seconds'
WHERE p.id = $1 AND p.state = 'waiting' AND (p.retry_at IS NULL OR p.retry_at <= clock_timestamp())
  AND EXISTS (SELECT 1 FROM chatops.leases WHERE name = 'sender' AND epoch = $2 AND until > clock_timestamp())
RETURNING p.renderer, p.subject, p.parameters, p.destination, p.maybe_twice,
    (SELECT coalesce(r.ts, m.ts) FROM chatops.live_messages AS m LEFT JOIN chatops.live_messages AS r ON r.id = m.parent
        WHERE m.id = p.parent) AS thread_ts,
    (SELECT m.channel FROM chatops.live_messages AS m WHERE m.id = p.parent) AS thread_channel;

-- name: sent_post
-- Slack has the post; the step that it settles comes back.
UPDATE chatops.posts SET state = 'sent', channel = $2, ts = $3, error = NULL WHERE id = $1
RETURNING subject, settles;

-- name: retry_post
-- Did not go out; $2 seconds of machine time until the next try, $4 says whether Slack may have it all the same.
UPDATE chatops.posts SET retry_at = clock_timestamp() + $2::float8 * interval '1 second', error = $3,
    attempt_epoch = CASE WHEN $4::boolean THEN attempt_epoch END
WHERE id = $1 AND state = 'waiting';

-- name: fail_post
-- Slack refused the post for good; it stays as a row that says why.
UPDATE chatops.posts SET state = 'failed', error = $2 WHERE id = $1;

-- name: call_elsewhere
-- A post that calls somebody directly ($1, or those under the message $2) cannot reach them; it is said in a channel instead.
WITH unheard AS (
    UPDATE chatops.posts SET state = 'failed', error = $4
    WHERE state = 'waiting' AND parameters ? 'alone' AND destination <> $3 AND (id = $1::bigint OR parent = $2::bigint)
    RETURNING id, renderer, subject, parameters, urgent, settles)
INSERT INTO chatops.posts (renderer, subject, parameters, destination, state, urgent, attempts, maybe_twice, created_at, settles)
SELECT renderer, subject, parameters || '{"instead": true}', $3, 'waiting', urgent, 0, false, $5, settles
FROM unheard ORDER BY id;

-- name: waiting_strays
-- Copies that still look alive, for the holder of the lease only.
SELECT s.channel, s.ts, m.channel AS live_channel, m.ts AS live_ts FROM chatops.strays AS s
JOIN chatops.live_messages AS m ON m.id = s.live_message
WHERE NOT s.pointed
  AND EXISTS (SELECT 1 FROM chatops.leases WHERE name = 'sender' AND epoch = $2 AND until > clock_timestamp())
ORDER BY s.found_at LIMIT $1;

-- name: pointed_stray
-- The copy points to the live message now.
UPDATE chatops.strays SET pointed = true WHERE channel = $1 AND ts = $2;

-- name: backlog
-- How many messages wait to go out.
SELECT (SELECT count(*) FROM chatops.live_messages WHERE wanted > shown)
    + (SELECT count(*) FROM chatops.posts WHERE state = 'waiting');
