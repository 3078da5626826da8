-- Faxes to users and what leads to them: effects that happen once, notices, contacts, lifts, steps that depend on one.

-- A step may have failed, and a step may wait for what becomes of an earlier one.
ALTER TABLE chatops.steps DROP CONSTRAINT steps_state_check;
ALTER TABLE chatops.steps ADD CONSTRAINT steps_state_check
    CHECK (state IN ('todo', 'done', 'failed', 'not_applicable', 'skipped'));
ALTER TABLE chatops.steps ADD COLUMN when_step text, ADD COLUMN when_state text;
ALTER TABLE chatops.steps ADD CONSTRAINT steps_when_check
    CHECK ((when_step IS NULL) = (when_state IS NULL) AND when_state IN ('done', 'failed', 'not_applicable', 'skipped'));

-- Looking again and again is due as well, but nobody who moves the clock wants to stop for it.
ALTER TABLE chatops.due ADD COLUMN poll boolean NOT NULL DEFAULT false;

-- A case may lead to more than one request: to restrict, and later to undo what was our error.
ALTER TABLE chatops.approvals DROP CONSTRAINT approvals_case_id_key;
CREATE INDEX approvals_case ON chatops.approvals (case_id, id);

-- What happens outside the database. "once" never happens again by itself after its answer was lost.
CREATE TABLE chatops.effects (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL,
    state text NOT NULL
        CHECK (state IN ('waiting', 'attempting', 'asking', 'following', 'done', 'failed', 'unknown', 'cancelled')),
    due_at timestamptz NOT NULL,
    retry_at timestamptz,
    epoch bigint,
    attempts integer NOT NULL,
    asked integer NOT NULL,
    error text,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((ended_at IS NULL) = (state IN ('waiting', 'attempting', 'asking', 'following', 'unknown')))
);
CREATE INDEX effects_open ON chatops.effects (due_at)
    WHERE state IN ('waiting', 'attempting', 'asking', 'following');
CREATE INDEX effects_subject ON chatops.effects (subject);
CREATE INDEX effects_ended ON chatops.effects (ended_at);

-- What a person is to be told by fax; each attempt is a fax of its own.
CREATE TABLE chatops.notices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id bigint NOT NULL REFERENCES chatops.cases,
    step text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('restriction', 'lift', 'apology', 'warning')),
    subject uuid NOT NULL,
    language text NOT NULL CHECK (language IN ('ja', 'en')),
    facts jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('sending', 'told', 'failed', 'unknown', 'refused', 'cancelled')),
    reason text,
    first_attempt integer NOT NULL,
    wanted_by text NOT NULL,
    wanted_at timestamptz NOT NULL,
    ended_at timestamptz,
    UNIQUE (case_id, step, kind),
    CHECK ((ended_at IS NULL) = (state IN ('sending', 'unknown')))
);
CREATE INDEX notices_subject ON chatops.notices (subject, id);

CREATE TABLE chatops.faxes (
    effect uuid PRIMARY KEY REFERENCES chatops.effects,
    notice bigint NOT NULL REFERENCES chatops.notices,
    attempt integer NOT NULL,
    reference text NOT NULL UNIQUE,
    job uuid,
    storage_key text,
    pages integer,
    telnyx_id text UNIQUE,
    status text,
    failure_reason text,
    attempted_at timestamptz,
    accepted_at timestamptz,
    ended_at timestamptz,
    UNIQUE (notice, attempt)
);

-- The pages of a fax as pictures in Slack, for whoever decides; they go when it is decided.
CREATE TABLE chatops.previews (
    effect uuid PRIMARY KEY REFERENCES chatops.effects,
    case_id bigint NOT NULL REFERENCES chatops.cases,
    kind text NOT NULL,
    language text NOT NULL,
    facts jsonb NOT NULL,
    files text[],
    wanted boolean NOT NULL,
    UNIQUE (case_id, kind)
);

-- Talks with a person, as choices only: no words, no names.
CREATE TABLE chatops.contacts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject uuid NOT NULL,
    case_id bigint REFERENCES chatops.cases,
    how text NOT NULL CHECK (how IN ('call', 'fax', 'letter')),
    who text NOT NULL,
    at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('talked', 'family', 'nobody', 'refused', 'wrong')),
    said text[] NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX contacts_subject ON chatops.contacts (subject, at);

-- How a restriction ended, and until when the account is watched after it. Without approval: by hand.
ALTER TABLE chatops.restrictions ALTER COLUMN approval_id DROP NOT NULL;
ALTER TABLE chatops.restrictions
    ADD COLUMN lifted_by text,
    ADD COLUMN lifted_as text CHECK (lifted_as IN ('lift', 'error', 'by_hand')),
    ADD COLUMN lift_case bigint REFERENCES chatops.cases,
    ADD COLUMN watch_until timestamptz,
    ADD CONSTRAINT restrictions_lift_check CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)
        AND (lifted_at IS NULL) = (lifted_as IS NULL));
CREATE INDEX restrictions_open ON chatops.restrictions (subject) WHERE lifted_at IS NULL;

-- What becomes of a fax of the bot, in Faxi's own list: of these rows only, and never back from delivered.
CREATE FUNCTION chatops.fax_fate(
    effect uuid, new_status text, new_telnyx_id text, new_key text, new_pages integer, why text, at timestamptz
) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.fax_jobs AS j SET
        status = new_status,
        telnyx_fax_id = coalesce(new_telnyx_id, j.telnyx_fax_id),
        storage_key = coalesce(new_key, j.storage_key),
        page_count = coalesce(new_pages, j.page_count),
        error_message = CASE WHEN new_status = 'failed' THEN why ELSE NULL END,
        delivered_at = CASE WHEN new_status = 'delivered' THEN at ELSE j.delivered_at END,
        completed_at = CASE WHEN new_status IN ('delivered', 'failed') THEN at ELSE j.completed_at END
    WHERE j.fax_id = 'opsbot-' || effect AND j.status <> 'delivered'
    RETURNING true
$$;
REVOKE ALL ON FUNCTION chatops.fax_fate(uuid, text, text, text, integer, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION chatops.fax_fate(uuid, text, text, text, integer, text, timestamptz) TO faxi_bot;

GRANT SELECT, INSERT, UPDATE, DELETE ON chatops.effects, chatops.faxes, chatops.previews TO faxi_bot;
GRANT SELECT, INSERT, UPDATE ON chatops.notices TO faxi_bot;
GRANT SELECT, INSERT ON chatops.contacts TO faxi_bot;
