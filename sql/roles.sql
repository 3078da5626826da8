-- Makes the bot's two roles and its schema, and grants what the bot may do with Faxi's tables.
--
-- Run it once, and again after an update, as the owner of Faxi's tables:
--     psql --single-transaction --file sql/roles.sql "$FAXI_OWNER_URL"
-- It may be run as often as one likes. That role needs CREATEROLE (or be superuser) and CREATE on
-- the database. Neither role gets a password here: set one with \password, or use what the server
-- has instead.
--
--     chatops_owner   owns the schema chatops; `faxi-bot migrate` alone uses it
--     faxi_bot        what the running bot may do, and no more

DO $$
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'chatops_owner') THEN
            CREATE ROLE chatops_owner LOGIN;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'faxi_bot') THEN
            CREATE ROLE faxi_bot LOGIN CONNECTION LIMIT 20;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        -- Roles belong to the whole server: another database's run of this file came first.
        NULL;
    END;
    IF (SELECT rolconnlimit FROM pg_roles WHERE rolname = 'faxi_bot') <> 20 THEN
        ALTER ROLE faxi_bot CONNECTION LIMIT 20;
    END IF;
    EXECUTE format('grant connect on database %I to chatops_owner, faxi_bot', current_database());

    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'chatops') THEN
        IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            CREATE SCHEMA chatops AUTHORIZATION chatops_owner;
            GRANT USAGE ON SCHEMA chatops TO faxi_bot;
        ELSE
            -- Only a member may hand a schema to a role; the membership ends here again.
            EXECUTE format('grant chatops_owner to %I', current_user);
            CREATE SCHEMA chatops AUTHORIZATION chatops_owner;
            GRANT USAGE ON SCHEMA chatops TO faxi_bot;
            EXECUTE format('revoke chatops_owner from %I', current_user);
        END IF;
    END IF;
END
$$;

-- What an earlier version of this file gave, and this one does not, goes away (columns too).
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM chatops_owner, faxi_bot;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM chatops_owner, faxi_bot;
GRANT USAGE ON SCHEMA public TO chatops_owner, faxi_bot;

-- People: who they are to the bot, and the three columns of a restriction. Neither name nor
-- delivery address.
GRANT SELECT (
    id, phone_number, email_address, preferences, feature_flags, created_at,
    email_restricted, email_restricted_at, email_restriction_reason, fax_number_verified
) ON public.users TO faxi_bot;
GRANT UPDATE (email_restricted, email_restricted_at, email_restriction_reason) ON public.users TO faxi_bot;

-- Mail: what became of it, and whose it was. Never a subject or a body.
GRANT SELECT (id, event_type, user_id, message_id, occurred_at, details) ON public.email_metrics TO faxi_bot;
GRANT SELECT (message_id, from_address, sent_at) ON public.email_messages TO faxi_bot;
GRANT SELECT (id, user_id, message_id, complained_at, complaint_type) ON public.user_complaints TO faxi_bot;
-- How many senders a person has blocked and since when, not whom; which domains many have blocked says
-- chatops.blocked_domains, which the schema's owner made.
GRANT SELECT (user_id, blocked_at) ON public.email_blocklist TO faxi_bot;
GRANT SELECT (user_id, blocked_email) ON public.email_blocklist TO chatops_owner;

-- Faxi's own audit: the bot adds what it did, and sees what happened and when, but no event_data:
-- other events have subjects in it.
GRANT INSERT (user_id, fax_job_id, event_type, event_data, created_at) ON public.audit_logs TO faxi_bot;
GRANT SELECT (id, user_id, event_type, created_at) ON public.audit_logs TO faxi_bot;

-- Faxes that the bot sends, in Faxi's own list. Their fate goes through chatops.fax_fate, which the
-- schema's owner made and which touches no other row.
GRANT INSERT (
    fax_id, reference_id, user_id, direction, from_number, to_number, status, webhook_payload, created_at
) ON public.fax_jobs TO faxi_bot;
GRANT SELECT (id, fax_id) ON public.fax_jobs TO faxi_bot;
GRANT SELECT (id, fax_id, status, telnyx_fax_id, storage_key, page_count, delivered_at, completed_at)
    ON public.fax_jobs TO chatops_owner;
GRANT UPDATE (status, telnyx_fax_id, storage_key, page_count, error_message, delivered_at, completed_at)
    ON public.fax_jobs TO chatops_owner;

-- Restricting and lifting by hand while Slack or the bot is away: chatops.restrict_by_hand and
-- chatops.lift_by_hand, which only the schema's owner may call.
GRANT SELECT (
    id, phone_number, email_address, feature_flags, email_restricted, email_restricted_at, email_restriction_reason
) ON public.users TO chatops_owner;
GRANT UPDATE (email_restricted, email_restricted_at, email_restriction_reason) ON public.users TO chatops_owner;
GRANT INSERT (user_id, event_type, event_data, created_at) ON public.audit_logs TO chatops_owner;
