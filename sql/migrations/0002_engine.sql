-- The engine: who was seen, cases and their steps, approvals, the outbox, due rows and leases.
-- No column has a default that reads a clock: every instant is given by the one who writes.

CREATE TABLE chatops.interactions (
    key text PRIMARY KEY,
    at timestamptz NOT NULL
);
CREATE INDEX interactions_at ON chatops.interactions (at);

CREATE TABLE chatops.people (
    id text PRIMARY KEY,
    name text NOT NULL,
    seen_at timestamptz NOT NULL
);

-- joined_at is NULL for whoever was already there when the group was first read.
CREATE TABLE chatops.memberships (
    team_group text NOT NULL,
    person text NOT NULL,
    joined_at timestamptz,
    left_at timestamptz,
    PRIMARY KEY (team_group, person)
);

CREATE TABLE chatops.group_readings (
    team_group text PRIMARY KEY,
    first_read_at timestamptz NOT NULL
);

CREATE TABLE chatops.cases (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    procedure text NOT NULL,
    runbook_hash text NOT NULL,
    title text NOT NULL,
    subject uuid,
    severity text NOT NULL CHECK (severity IN ('critical', 'high', 'warning', 'routine')),
    state text NOT NULL CHECK (state IN ('open', 'acknowledged', 'waiting', 'done', 'cancelled')),
    owner text,
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL,
    due_at timestamptz,
    closed_by text,
    closed_at timestamptz,
    resolution text,
    CHECK ((closed_at IS NULL) = (state IN ('open', 'acknowledged', 'waiting')))
);
CREATE INDEX cases_open ON chatops.cases (opened_at) WHERE closed_at IS NULL;
CREATE INDEX cases_subject ON chatops.cases (subject);

CREATE TABLE chatops.steps (
    case_id bigint NOT NULL REFERENCES chatops.cases,
    position integer NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('check', 'show', 'act', 'confirm')),
    title text NOT NULL,
    state text NOT NULL CHECK (state IN ('todo', 'done', 'not_applicable', 'skipped')),
    who text,
    at timestamptz,
    outcome text,
    note text,
    PRIMARY KEY (case_id, position),
    UNIQUE (case_id, name)
);

CREATE TABLE chatops.handles (
    value text PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (kind, subject, version)
);

CREATE TABLE chatops.approvals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id bigint NOT NULL UNIQUE REFERENCES chatops.cases,
    action text NOT NULL,
    subject uuid NOT NULL,
    requester text NOT NULL,
    requested_at timestamptz NOT NULL,
    reason text NOT NULL,
    words text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'approved', 'denied', 'withdrawn', 'expired', 'void')),
    asked_facts jsonb NOT NULL,
    facts jsonb NOT NULL,
    facts_version integer NOT NULL,
    facts_code text NOT NULL,
    facts_at timestamptz NOT NULL,
    replaced_code text,
    expires_at timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz,
    decision_words text,
    decider_joined_at timestamptz,
    CHECK ((decided_at IS NULL) = (state = 'waiting'))
);
CREATE UNIQUE INDEX approvals_waiting ON chatops.approvals (action, subject) WHERE state = 'waiting';

CREATE TABLE chatops.restrictions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject uuid NOT NULL,
    case_id bigint NOT NULL REFERENCES chatops.cases,
    approval_id bigint NOT NULL UNIQUE REFERENCES chatops.approvals,
    restricted_at timestamptz NOT NULL,
    reason text NOT NULL,
    requested_by text NOT NULL,
    approved_by text NOT NULL,
    previous jsonb NOT NULL,
    follow_up_at timestamptz NOT NULL,
    review_case bigint REFERENCES chatops.cases,
    lifted_at timestamptz
);
CREATE INDEX restrictions_subject ON chatops.restrictions (subject, restricted_at);

CREATE TABLE chatops.live_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    renderer text NOT NULL,
    subject text NOT NULL,
    destination text NOT NULL,
    channel text,
    ts text,
    wanted integer NOT NULL,
    shown integer NOT NULL,
    attempt_epoch bigint,
    attempts integer NOT NULL,
    maybe_twice boolean NOT NULL,
    retry_at timestamptz,
    error text,
    created_at timestamptz NOT NULL,
    UNIQUE (renderer, subject, destination),
    CHECK (shown <= wanted)
);
CREATE INDEX live_messages_waiting ON chatops.live_messages (id) WHERE wanted > shown;
CREATE INDEX live_messages_subject ON chatops.live_messages (subject);
CREATE INDEX live_messages_place ON chatops.live_messages (channel, ts);

-- Copies of a live message that nobody counted on; each becomes a pointer to the live one.
CREATE TABLE chatops.strays (
    channel text NOT NULL,
    ts text NOT NULL,
    live_message bigint NOT NULL REFERENCES chatops.live_messages,
    found_at timestamptz NOT NULL,
    pointed boolean NOT NULL,
    PRIMARY KEY (channel, ts)
);
CREATE INDEX strays_waiting ON chatops.strays (found_at) WHERE NOT pointed;

CREATE TABLE chatops.posts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    renderer text NOT NULL,
    subject text NOT NULL,
    parameters jsonb NOT NULL,
    destination text NOT NULL,
    parent bigint REFERENCES chatops.live_messages,
    state text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    urgent boolean NOT NULL,
    settles text,
    channel text,
    ts text,
    attempt_epoch bigint,
    attempts integer NOT NULL,
    maybe_twice boolean NOT NULL,
    retry_at timestamptz,
    error text,
    created_at timestamptz NOT NULL
);
CREATE INDEX posts_waiting ON chatops.posts (id) WHERE state = 'waiting';
CREATE INDEX posts_created ON chatops.posts (created_at);

CREATE TABLE chatops.due (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL,
    due_at timestamptz NOT NULL,
    done_at timestamptz,
    cancelled_at timestamptz,
    attempts integer NOT NULL,
    retry_at timestamptz,
    error text,
    UNIQUE (kind, subject, due_at)
);
CREATE INDEX due_waiting ON chatops.due (due_at) WHERE done_at IS NULL AND cancelled_at IS NULL;

CREATE TABLE chatops.leases (
    name text PRIMARY KEY,
    holder text NOT NULL,
    epoch bigint NOT NULL,
    until timestamptz NOT NULL
);
INSERT INTO chatops.leases (name, holder, epoch, until) VALUES ('sender', '', 0, '-infinity');

CREATE TABLE chatops.anchors (
    number bigint PRIMARY KEY,
    hash text NOT NULL,
    at timestamptz NOT NULL
);

CREATE TABLE chatops.oncall (
    role text PRIMARY KEY CHECK (role IN ('primary', 'secondary')),
    person text NOT NULL,
    since timestamptz NOT NULL
);

GRANT SELECT, INSERT, DELETE ON chatops.interactions TO faxi_bot;
GRANT SELECT, INSERT, UPDATE ON chatops.people, chatops.memberships, chatops.group_readings, chatops.cases,
    chatops.steps, chatops.approvals, chatops.restrictions, chatops.live_messages, chatops.strays,
    chatops.oncall TO faxi_bot;
GRANT SELECT, INSERT ON chatops.handles, chatops.anchors TO faxi_bot;
GRANT SELECT, INSERT, UPDATE, DELETE ON chatops.posts, chatops.due TO faxi_bot;
GRANT SELECT, UPDATE ON chatops.leases TO faxi_bot;
