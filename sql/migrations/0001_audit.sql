-- The audit chain, and what holds for the whole schema.

-- Functions are not for everybody: each is granted by name.
ALTER DEFAULT PRIVILEGES FOR ROLE chatops_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

GRANT USAGE ON SCHEMA chatops TO faxi_bot;

CREATE TABLE chatops.audit (
    number bigint PRIMARY KEY CHECK (number > 0),
    at timestamptz NOT NULL,
    actor text NOT NULL,
    actor_team text,
    channel text,
    action text NOT NULL,
    interaction text,
    case_id bigint,
    subject uuid,
    parameters jsonb NOT NULL,
    allowed boolean NOT NULL,
    result text NOT NULL,
    milliseconds integer,
    previous bytea NOT NULL,
    hash bytea NOT NULL
);
COMMENT ON TABLE chatops.audit IS
    'What everybody did, one row each; every row holds the hash of the row before it.';
CREATE INDEX audit_interaction ON chatops.audit (interaction) WHERE interaction IS NOT NULL;
CREATE INDEX audit_case ON chatops.audit (case_id, number) WHERE case_id IS NOT NULL;
CREATE INDEX audit_subject ON chatops.audit (subject, number) WHERE subject IS NOT NULL;
CREATE INDEX audit_at ON chatops.audit (at);

-- The one text of a record that is hashed: jsonb writes an object's keys in one order and without
-- choice of spacing, whatever the session's settings are, and instants are microseconds since 1970.
CREATE FUNCTION chatops.audit_text(record chatops.audit) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object(
        'version', 1,
        'number', record.number,
        'at', (extract(epoch FROM record.at) * 1000000)::bigint,
        'actor', record.actor,
        'actor_team', record.actor_team,
        'channel', record.channel,
        'action', record.action,
        'interaction', record.interaction,
        'case_id', record.case_id,
        'subject', record.subject::text,
        'parameters', record.parameters,
        'allowed', record.allowed,
        'result', record.result,
        'milliseconds', record.milliseconds,
        'previous', encode(record.previous, 'hex')
    )::text
$$;

CREATE FUNCTION chatops.audit_hash(record chatops.audit) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT sha256(convert_to(chatops.audit_text(record), 'UTF8'))
$$;

CREATE FUNCTION chatops.audit_refuse_change() RETURNS TRIGGER
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'records of the audit are neither changed nor removed'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON chatops.audit
    FOR EACH STATEMENT EXECUTE FUNCTION chatops.audit_refuse_change();

GRANT SELECT, INSERT ON chatops.audit TO faxi_bot;
GRANT EXECUTE ON FUNCTION chatops.audit_text(chatops.audit), chatops.audit_hash(chatops.audit) TO faxi_bot;
