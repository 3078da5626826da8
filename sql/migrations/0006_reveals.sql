-- Who saw the whole number of which account, when and what for; never the number. A person sees at most
-- twenty a day: each takes one of the day's numbers, so that no two clicks at once can take the same.
CREATE TABLE chatops.reveals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person text NOT NULL,
    day date NOT NULL,
    n integer NOT NULL CHECK (n BETWEEN 1 AND 20),
    subject uuid NOT NULL,
    why text NOT NULL CHECK (why IN ('call', 'mixup', 'asked', 'other')),
    case_id bigint REFERENCES chatops.cases,
    at timestamptz NOT NULL,
    view_id text NOT NULL,
    hidden_at timestamptz,
    UNIQUE (person, day, n)
);
-- One form shows one number at a time: submitted twice, it is the same look.
CREATE UNIQUE INDEX reveals_open ON chatops.reveals (view_id) WHERE hidden_at IS NULL;
CREATE INDEX reveals_subject ON chatops.reveals (subject, at);

GRANT SELECT, INSERT, UPDATE ON chatops.reveals TO faxi_bot;
