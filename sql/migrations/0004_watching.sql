-- What the bot notices by itself: complaints and whose they are, crossings of a limit, and mail of restricted accounts.

-- Since when the bot looks at Faxi's mail, and until when it has; baseline_at is when it had counted what was there before.
CREATE TABLE chatops.watch (
    name text PRIMARY KEY CHECK (name = 'mail'),
    began_at timestamptz NOT NULL,
    baseline_at timestamptz,
    looked_until timestamptz NOT NULL
);

-- Messages that somebody complained about, with their true owner; subject is NULL while nobody is known.
-- baseline: it was there before the bot began.
CREATE TABLE chatops.complaints_seen (
    message_id text PRIMARY KEY,
    subject uuid,
    at timestamptz NOT NULL,
    baseline boolean NOT NULL,
    looked_at timestamptz NOT NULL
);
CREATE INDEX complaints_seen_subject ON chatops.complaints_seen (subject);

-- Complaints that lifted an account's count to a limit, each once. asked: how often the bot asked because of it.
CREATE TABLE chatops.crossings (
    subject uuid NOT NULL,
    threshold integer NOT NULL CHECK (threshold IN (3, 5)),
    message_id text NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('baseline', 'raised', 'covered')),
    noted_at timestamptz NOT NULL,
    case_id bigint REFERENCES chatops.cases,
    asked integer NOT NULL,
    PRIMARY KEY (subject, threshold, message_id),
    CHECK ((case_id IS NULL) = (state = 'baseline'))
);
CREATE INDEX crossings_case ON chatops.crossings (case_id);

-- Days (the team's) on which it was said that a restricted account sent mail.
CREATE TABLE chatops.sends_told (
    subject uuid NOT NULL,
    day date NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (subject, day)
);

-- Complaints after a lift that were said in the lift's case.
CREATE TABLE chatops.watch_told (
    message_id text PRIMARY KEY,
    subject uuid NOT NULL,
    case_id bigint NOT NULL REFERENCES chatops.cases,
    told_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON chatops.watch, chatops.complaints_seen, chatops.crossings TO faxi_bot;
GRANT SELECT, INSERT ON chatops.sends_told, chatops.watch_told TO faxi_bot;
