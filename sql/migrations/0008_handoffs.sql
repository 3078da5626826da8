-- Shift handoffs: who hands over to whom, what is open, who took what, and the words with which it was accepted.

-- One is under way at a time: the row of who is on call passes with its acceptance. outgoing is NULL when nobody was
-- on call; then whoever takes it reads what is open. version changes with what is open, so that nobody accepts what
-- they have not seen. figures: what happened, counted when it was drafted; nothing of a person.
CREATE TABLE chatops.handoffs (
    case_id bigint PRIMARY KEY REFERENCES chatops.cases,
    weekend boolean NOT NULL,
    planned_at timestamptz,
    outgoing text,
    incoming text,
    state text NOT NULL CHECK (state IN ('draft', 'handed_over', 'accepted')),
    mood text CHECK (mood IN ('calm', 'watch', 'unstable')),
    figures jsonb NOT NULL,
    version integer NOT NULL,
    drafted_at timestamptz NOT NULL,
    sent_at timestamptz,
    reminded_at timestamptz,
    raised_at timestamptz,
    accepted_by text,
    accepted_at timestamptz,
    readback text,
    CHECK ((accepted_at IS NULL) = (state <> 'accepted')),
    CHECK ((accepted_by IS NULL) = (accepted_at IS NULL) AND (readback IS NULL) = (accepted_at IS NULL)),
    CHECK (state = 'draft' OR (incoming IS NOT NULL AND sent_at IS NOT NULL)),
    CHECK (incoming <> outgoing)
);
CREATE UNIQUE INDEX handoffs_under_way ON chatops.handoffs ((true)) WHERE state <> 'accepted';
CREATE INDEX handoffs_accepted ON chatops.handoffs (accepted_at);

-- Each open thing stands once in a handoff, by its key; its number never changes. gone: it is not open any more.
-- facts: figures and the runbook's words; nothing of a person but the id of the account.
CREATE TABLE chatops.handoff_items (
    case_id bigint NOT NULL REFERENCES chatops.handoffs,
    n integer NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    thing_case bigint,
    account uuid,
    due_at timestamptz,
    can_worsen boolean NOT NULL,
    facts jsonb NOT NULL,
    todo text,
    if_so text,
    state text NOT NULL CHECK (state IN ('open', 'taken', 'gone')),
    version integer NOT NULL,
    added_at timestamptz NOT NULL,
    changed_at timestamptz,
    taken_by text,
    taken_at timestamptz,
    PRIMARY KEY (case_id, n),
    UNIQUE (case_id, key),
    CHECK ((taken_by IS NULL) = (state <> 'taken') AND (taken_at IS NULL) = (taken_by IS NULL))
);

-- What people write for the next handoff, or what a message of Slack is to be handed over for. done_in: the handoff
-- with which it was accepted.
CREATE TABLE chatops.handoff_notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    who text NOT NULL,
    at timestamptz NOT NULL,
    words text NOT NULL,
    if_so text,
    due_at timestamptz,
    channel text,
    ts text,
    done_in bigint REFERENCES chatops.handoffs
);
CREATE INDEX handoff_notes_open ON chatops.handoff_notes (id) WHERE done_in IS NULL;

-- Questions about a handoff, as they stand in its thread.
CREATE TABLE chatops.handoff_questions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id bigint NOT NULL REFERENCES chatops.handoffs,
    n integer,
    who text NOT NULL,
    at timestamptz NOT NULL,
    words text NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON chatops.handoffs, chatops.handoff_items, chatops.handoff_notes TO faxi_bot;
GRANT SELECT, INSERT ON chatops.handoff_questions TO faxi_bot;
