-- Cases by the thousand for the benchmark: those that are open, and those of the past with all that they left.

-- name: open_ones
-- Makes $1 open cases as of $2: four of five procedures, some waiting for a decision; each with steps, a message that
-- is shown, and something that is due in the future. The past has lists, of which one is open.
WITH made AS (
    INSERT INTO chatops.cases (procedure, runbook_hash, title, severity, state, owner, opened_by, opened_at, due_at, kind)
    SELECT 'bench', 'bench', 'Look at it', (ARRAY['routine', 'warning', 'high'])[1 + n % 3],
        CASE WHEN n % 10 = 0 THEN 'waiting' ELSE 'open' END, 'U0OP1', 'U0OP1', $2::timestamptz - n * interval '1 minute',
        $2::timestamptz + n * interval '1 hour', CASE WHEN n = 1 THEN 'checklist' ELSE 'procedure' END
    FROM generate_series(1, $1::int) AS n RETURNING id, opened_at, state),
shown AS (
    INSERT INTO chatops.live_messages (renderer, subject, destination, channel, ts, wanted, shown, attempts, maybe_twice,
        created_at)
    SELECT 'case', 'case:' || id, 'C0OPS', 'C0OPS', id || '.000100', 3, 3, 0, false, opened_at FROM made),
planned AS (
    INSERT INTO chatops.due (kind, subject, due_at, attempts)
    SELECT 'bench.later', 'case:' || id, $2::timestamptz + interval '30 days', 0 FROM made),
asked AS (
    INSERT INTO chatops.approvals (case_id, action, subject, requester, requested_at, reason, words, state, asked_facts,
        facts, facts_version, facts_code, facts_at, expires_at)
    SELECT id, 'restrict', md5(id::text)::uuid, 'U0OP1', opened_at, 'fraud', 'Bench', 'waiting', '{}', '{}', 1, 'bench',
        opened_at, $2::timestamptz + interval '1 day'
    FROM made WHERE state = 'waiting')
INSERT INTO chatops.steps (case_id, position, name, kind, title, state)
SELECT id, n, 'step_' || n, 'confirm', 'Look at part ' || n, 'todo' FROM made, generate_series(1, 6) AS n;

-- name: past_ones
-- Makes $1 cases that ended before $2, over three years: procedures, a quarter of them lists, with their steps (one
-- skipped), two posts and a message, what was due and done, an effect, a note and the values of their buttons.
WITH made AS (
    INSERT INTO chatops.cases (procedure, runbook_hash, title, severity, state, owner, opened_by, opened_at, closed_by,
        closed_at, resolution, kind)
    SELECT 'bench', 'bench', 'Looked at', (ARRAY['routine', 'warning', 'high', 'critical'])[1 + n % 4], 'done', 'U0OP1',
        'U0OP1', t.at - interval '1 hour', 'U0OP1', t.at, 'everything is in order',
        CASE WHEN n % 4 = 0 THEN 'checklist' ELSE 'procedure' END
    FROM generate_series(1, $1::int) AS n,
        LATERAL (SELECT $2::timestamptz - interval '5 days' - (n::float8 / $1) * interval '3 years' AS at) AS t
    RETURNING id, opened_at, closed_at),
steps AS (
    INSERT INTO chatops.steps (case_id, position, name, kind, title, state, who, at, outcome)
    SELECT id, n, 'step_' || n, 'confirm', 'Look at part ' || n, CASE n WHEN 6 THEN 'skipped' ELSE 'done' END, 'U0OP1',
        closed_at, 'done'
    FROM made, generate_series(1, 6) AS n),
shown AS (
    INSERT INTO chatops.live_messages (renderer, subject, destination, channel, ts, wanted, shown, attempts, maybe_twice,
        created_at)
    SELECT 'case', 'case:' || id, 'C0OPS', 'C0OPS', id || '.000100', 8, 8, 0, false, opened_at FROM made
    RETURNING id, subject, created_at),
said AS (
    INSERT INTO chatops.posts (renderer, subject, parameters, destination, parent, state, urgent, channel, ts, attempts,
        maybe_twice, created_at)
    SELECT 'case.opened', subject, '{}', 'C0OPS', id, 'sent', false, 'C0OPS', id || '.00020' || n, 1, false, created_at
    FROM shown, generate_series(1, 2) AS n),
planned AS (
    INSERT INTO chatops.due (kind, subject, due_at, done_at, attempts)
    SELECT 'bench.past', 'case:' || id, opened_at + n * interval '10 minutes', closed_at, 0
    FROM made, generate_series(1, 3) AS n),
looked AS (
    INSERT INTO chatops.effects (id, kind, subject, state, due_at, attempts, asked, created_at, ended_at)
    SELECT md5('effect ' || id)::uuid, 'case.look', 'case:' || id, 'done', opened_at, 0, 0, opened_at, opened_at
    FROM made),
decided AS (
    INSERT INTO chatops.approvals (case_id, action, subject, requester, requested_at, reason, words, state, asked_facts,
        facts, facts_version, facts_code, facts_at, expires_at, decided_by, decided_at)
    SELECT id, 'restrict', md5(id::text)::uuid, 'U0OP1', opened_at, 'fraud', 'Bench', 'approved', '{}', '{}', 1, 'bench',
        opened_at, closed_at, 'U0MGR1', closed_at
    FROM made WHERE id % 5 = 0
    RETURNING id, case_id, subject, decided_at),
restricted AS (
    INSERT INTO chatops.restrictions (subject, case_id, approval_id, restricted_at, reason, requested_by, approved_by,
        previous, follow_up_at, lifted_at, lifted_by, lifted_as)
    SELECT subject, case_id, id, decided_at, 'fraud', 'U0OP1', 'U0MGR1', '{}', decided_at, decided_at, 'U0MGR1', 'lift'
    FROM decided),
noted AS (
    INSERT INTO chatops.case_notes (case_id, who, at, words) SELECT id, 'U0OP1', opened_at, 'Looked at' FROM made)
INSERT INTO chatops.handles (value, kind, subject, version, created_at)
SELECT md5('bench ' || id || n), 'bench', id || ':step_' || n, 1, opened_at FROM made, generate_series(1, 6) AS n;

-- name: on_call
-- Lets somebody be on call.
INSERT INTO chatops.oncall (role, person, since) VALUES ('primary', 'U0OP1', $1) ON CONFLICT (role) DO NOTHING;

-- name: all_shown
-- Slack has every message.
WITH posts AS (UPDATE chatops.posts SET state = 'sent', channel = 'C0OPS', ts = id || '.000300' WHERE state = 'waiting')
UPDATE chatops.live_messages SET shown = wanted, channel = 'C0OPS', ts = coalesce(ts, id || '.000400') WHERE shown < wanted;

-- name: wait
-- A check that takes its time in the database.
SELECT pg_sleep($1::float8);

-- name: tables
-- The bot's tables, for the statement that has PostgreSQL look at them.
SELECT string_agg(format('chatops.%I', relname), ', ') FROM pg_class
WHERE relnamespace = 'chatops'::regnamespace AND relkind = 'r';

-- name: looked
-- Whether both looks were made at this instant, and are planned anew.
SELECT (SELECT looked_until = $1 FROM chatops.watch WHERE name = 'mail')
    AND (SELECT count(*) = 2 FROM chatops.due
         WHERE kind IN ('watch.look', 'handoff.look') AND done_at IS NULL AND cancelled_at IS NULL AND due_at > $1);
