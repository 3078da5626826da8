-- The whole runbook as data: what the steps of a case look at and ask for, lists that come by themselves, and notes.

ALTER TABLE chatops.steps
    ADD COLUMN calls text,
    ADD COLUMN source text,
    ADD COLUMN asks text,
    ADD COLUMN why_by_hand text,
    ADD COLUMN leads_to text,
    ADD COLUMN link text,
    ADD COLUMN points text,
    ADD COLUMN verdict text CHECK (verdict IN ('pass', 'warn', 'fail', 'unknown')),
    ADD COLUMN facts jsonb,
    ADD COLUMN looked_at timestamptz;
COMMENT ON COLUMN chatops.steps.points IS 'What the written runbook has under the step, one a line.';
COMMENT ON COLUMN chatops.steps.facts IS 'The figures that a check found; nothing of a person.';

-- kind: a list that is worked off, a procedure, or a handoff. closing: what closing demands, and its choices.
-- planned_at: when the schedule wanted it. from_channel, from_ts: the message that it was opened from.
ALTER TABLE chatops.cases
    ADD COLUMN kind text NOT NULL DEFAULT 'procedure' CHECK (kind IN ('procedure', 'checklist', 'handoff')),
    ADD COLUMN closing jsonb,
    ADD COLUMN finding text,
    ADD COLUMN planned_at timestamptz,
    ADD COLUMN acknowledged_by text,
    ADD COLUMN acknowledged_at timestamptz,
    ADD COLUMN opened_from bigint REFERENCES chatops.cases,
    ADD COLUMN from_channel text,
    ADD COLUMN from_ts text;
CREATE INDEX cases_lists ON chatops.cases (procedure, opened_at) WHERE kind = 'checklist';
CREATE UNIQUE INDEX cases_planned ON chatops.cases (procedure, planned_at) WHERE planned_at IS NOT NULL;

-- What people wrote to a case, beside the answers of its steps. No words about users.
CREATE TABLE chatops.case_notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id bigint NOT NULL REFERENCES chatops.cases,
    who text NOT NULL,
    at timestamptz NOT NULL,
    words text NOT NULL
);
CREATE INDEX case_notes_case ON chatops.case_notes (case_id, id);

-- Scheduled runs, each exactly once: those that ran, late or not, and those that came too late to be run.
CREATE TABLE chatops.runs (
    schedule text NOT NULL,
    planned_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('run', 'late', 'missed')),
    case_id bigint REFERENCES chatops.cases,
    at timestamptz NOT NULL,
    PRIMARY KEY (schedule, planned_at)
);

-- Runbook files that the bot was started with, for the change log: what each entry of a file hashes to.
CREATE TABLE chatops.runbooks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash text NOT NULL,
    entries jsonb NOT NULL,
    read_at timestamptz NOT NULL
);

-- A live message may stand in the thread of another: a second list of one morning, the rest of a long one.
ALTER TABLE chatops.live_messages ADD COLUMN parent bigint REFERENCES chatops.live_messages;

-- What the looks of every minute ask for, so that they cost the same after years: what was skipped, what failed.
CREATE INDEX steps_skipped ON chatops.steps (at) WHERE state = 'skipped';
CREATE INDEX effects_troubled ON chatops.effects (ended_at) WHERE state IN ('unknown', 'failed');

-- A preview's row is there for as long as it is wanted.
ALTER TABLE chatops.previews DROP COLUMN wanted;

GRANT SELECT, INSERT ON chatops.case_notes, chatops.runs, chatops.runbooks TO faxi_bot;
