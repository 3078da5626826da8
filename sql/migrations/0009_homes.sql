-- App Homes that were opened: each follows what it shows while its person may still have it open.

-- shown: what the Home showed last, as a hash; NULL when nobody knows, so that it is shown anew. shown_at is machine
-- time: it holds one publishing apart from the next.
CREATE TABLE chatops.homes (
    person text PRIMARY KEY,
    opened_at timestamptz NOT NULL,
    shown text,
    shown_at timestamptz NOT NULL
);
CREATE INDEX homes_opened ON chatops.homes (opened_at);

-- Whether somebody has used the bot before, and what one person did.
CREATE INDEX audit_actor ON chatops.audit (actor, number);

GRANT SELECT, INSERT, UPDATE, DELETE ON chatops.homes TO faxi_bot;
