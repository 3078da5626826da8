-- Faxi's own tables as its backend makes them, for trials and tests only: production has them.
-- The bot never alters them. Two seed rows are Faxi's too: the demo user and the administrator.

CREATE TABLE public.schema_migrations (
    version varchar(20) PRIMARY KEY,
    name varchar(255) NOT NULL,
    applied_at timestamptz DEFAULT now(),
    checksum varchar(20)
);

CREATE FUNCTION public.update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END
$$;

CREATE TABLE public.users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    phone_number varchar(20) NOT NULL UNIQUE,
    email_address varchar(255) NOT NULL UNIQUE,
    name varchar(255),
    stripe_customer_id varchar(255),
    preferences jsonb DEFAULT '{}',
    feature_flags jsonb DEFAULT '{}',
    email_restricted boolean DEFAULT false,
    email_restricted_at timestamptz,
    email_restriction_reason text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    fax_number_verified boolean DEFAULT false,
    fax_number_verified_at timestamptz,
    delivery_name varchar(255),
    delivery_postal_code varchar(20),
    delivery_prefecture varchar(50),
    delivery_city varchar(100),
    delivery_address1 varchar(255),
    delivery_address2 varchar(255),
    delivery_phone varchar(20)
);
CREATE INDEX idx_users_phone_number ON public.users (phone_number);
CREATE INDEX idx_users_email_address ON public.users (email_address);
CREATE INDEX idx_users_stripe_customer_id ON public.users (stripe_customer_id);
CREATE INDEX idx_users_preferences ON public.users USING gin (preferences);
CREATE INDEX idx_users_feature_flags ON public.users USING gin (feature_flags);
CREATE INDEX idx_users_fax_number_verified ON public.users (fax_number_verified) WHERE fax_number_verified = true;
CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON public.users
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

CREATE TABLE public.user_complaints (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    message_id varchar(255) NOT NULL,
    complained_at timestamptz DEFAULT now(),
    complaint_type varchar(50),
    details text
);
CREATE INDEX idx_user_complaints_user_id ON public.user_complaints (user_id);
CREATE INDEX idx_user_complaints_date ON public.user_complaints (complained_at);

CREATE TABLE public.email_metrics (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    event_type varchar(20) NOT NULL CHECK (event_type IN ('sent', 'delivered', 'bounced', 'complained')),
    user_id uuid REFERENCES public.users (id) ON DELETE SET NULL,
    message_id varchar(255),
    occurred_at timestamptz DEFAULT now(),
    details jsonb
);
CREATE INDEX idx_email_metrics_event_type ON public.email_metrics (event_type);
CREATE INDEX idx_email_metrics_user_id ON public.email_metrics (user_id);
CREATE INDEX idx_email_metrics_occurred_at ON public.email_metrics (occurred_at);

CREATE TABLE public.email_threads (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES public.users (id),
    thread_id varchar(255) NOT NULL UNIQUE,
    subject varchar(500) NOT NULL,
    participants jsonb NOT NULL,
    last_message_at timestamptz NOT NULL,
    message_count integer DEFAULT 0,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE INDEX idx_email_threads_user_id ON public.email_threads (user_id);
CREATE INDEX idx_email_threads_last_message_at ON public.email_threads (last_message_at);
CREATE TRIGGER update_email_threads_updated_at BEFORE UPDATE ON public.email_threads
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

CREATE TABLE public.email_messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    thread_id uuid REFERENCES public.email_threads (id),
    message_id varchar(255) NOT NULL UNIQUE,
    from_address varchar(255) NOT NULL,
    to_addresses jsonb NOT NULL,
    cc_addresses jsonb,
    subject varchar(500) NOT NULL,
    body text NOT NULL,
    html_body text,
    direction varchar(10) NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    delivery_status varchar(20) DEFAULT 'pending'
        CHECK (delivery_status IN ('pending', 'delivered', 'bounced', 'complained')),
    delivery_timestamp timestamptz,
    delivery_details text,
    sent_at timestamptz NOT NULL,
    created_at timestamptz DEFAULT now(),
    rejection_reason varchar(50)
        CHECK (rejection_reason IN ('unregistered_recipient', 'unverified_recipient', 'blocked_sender'))
);
CREATE INDEX idx_email_messages_thread_id ON public.email_messages (thread_id);
CREATE INDEX idx_email_messages_from_address ON public.email_messages (from_address);
CREATE INDEX idx_email_messages_direction ON public.email_messages (direction);
CREATE INDEX idx_email_messages_delivery_status ON public.email_messages (delivery_status);
CREATE INDEX idx_email_messages_sent_at ON public.email_messages (sent_at);
CREATE INDEX idx_email_messages_rejection_reason ON public.email_messages (rejection_reason)
    WHERE rejection_reason IS NOT NULL;

CREATE TABLE public.email_blocklist (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    blocked_email varchar(255) NOT NULL,
    blocked_at timestamptz DEFAULT now(),
    UNIQUE (user_id, blocked_email)
);
CREATE INDEX idx_email_blocklist_user_id ON public.email_blocklist (user_id);
CREATE INDEX idx_email_blocklist_blocked_email ON public.email_blocklist (lower(blocked_email));

CREATE TABLE public.reference_id_sequence (
    year integer PRIMARY KEY,
    last_number integer NOT NULL DEFAULT 0
);

CREATE FUNCTION public.generate_reference_id() RETURNS varchar LANGUAGE plpgsql AS $$
DECLARE
    this_year integer := extract(year FROM now());
    next_number integer;
BEGIN
    INSERT INTO public.reference_id_sequence AS s (year, last_number) VALUES (this_year, 1)
    ON CONFLICT (year) DO UPDATE SET last_number = s.last_number + 1
    RETURNING last_number INTO next_number;
    RETURN 'FX-' || this_year || '-' || lpad(next_number::text, 6, '0');
END
$$;

CREATE FUNCTION public.set_reference_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.direction = 'outbound' AND NEW.reference_id IS NULL THEN
        NEW.reference_id := public.generate_reference_id();
    END IF;
    RETURN NEW;
END
$$;

CREATE TABLE public.fax_jobs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    fax_id varchar(255) NOT NULL UNIQUE,
    reference_id varchar(20) UNIQUE,
    user_id uuid REFERENCES public.users (id),
    direction varchar(10) NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    from_number varchar(20) NOT NULL,
    to_number varchar(20) NOT NULL,
    status varchar(20) NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'sending', 'delivered')),
    page_count integer,
    media_url text,
    storage_key text,
    error_message text,
    webhook_payload jsonb,
    interpretation_result jsonb,
    action_results jsonb,
    telnyx_fax_id varchar(255),
    delivered_at timestamptz,
    completed_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE INDEX idx_fax_jobs_user_id ON public.fax_jobs (user_id);
CREATE INDEX idx_fax_jobs_telnyx_fax_id ON public.fax_jobs (telnyx_fax_id);
CREATE INDEX idx_fax_jobs_delivered_at ON public.fax_jobs (delivered_at);
CREATE INDEX idx_fax_jobs_status ON public.fax_jobs (status);
CREATE INDEX idx_fax_jobs_created_at ON public.fax_jobs (created_at);
CREATE TRIGGER set_reference_id BEFORE INSERT ON public.fax_jobs
    FOR EACH ROW EXECUTE FUNCTION public.set_reference_id();
CREATE TRIGGER update_fax_jobs_updated_at BEFORE UPDATE ON public.fax_jobs
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

CREATE TABLE public.audit_logs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid,
    fax_job_id uuid REFERENCES public.fax_jobs (id),
    event_type varchar(50) NOT NULL,
    event_data jsonb NOT NULL,
    created_at timestamptz DEFAULT now()
);
CREATE INDEX idx_audit_logs_user_id ON public.audit_logs (user_id);
CREATE INDEX idx_audit_logs_fax_job_id ON public.audit_logs (fax_job_id);
CREATE INDEX idx_audit_logs_event_type ON public.audit_logs (event_type);
CREATE INDEX idx_audit_logs_created_at ON public.audit_logs (created_at);
CREATE INDEX idx_audit_logs_user_id_created_at ON public.audit_logs (user_id, created_at DESC)
    WHERE user_id IS NOT NULL;
CREATE INDEX idx_audit_logs_event_type_created_at ON public.audit_logs (event_type, created_at DESC);

CREATE TABLE public.admin_users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email varchar(255) NOT NULL UNIQUE,
    password_hash varchar(255) NOT NULL,
    name varchar(255) NOT NULL,
    role varchar(20) NOT NULL CHECK (role IN ('super_admin', 'admin', 'support', 'analyst')),
    is_active boolean DEFAULT true,
    last_login_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE public.application_logs (
    id serial PRIMARY KEY,
    level varchar(10) NOT NULL CHECK (level IN ('error', 'warn', 'info', 'debug')),
    message text NOT NULL,
    context jsonb DEFAULT '{}',
    metadata jsonb DEFAULT '{}',
    error_data jsonb,
    performance_data jsonb,
    created_at timestamptz DEFAULT now()
);
CREATE INDEX idx_application_logs_level_created_at ON public.application_logs (level, created_at);
CREATE INDEX idx_application_logs_errors ON public.application_logs (created_at) WHERE level = 'error';
CREATE INDEX idx_application_logs_user_id ON public.application_logs ((context ->> 'userId'));
CREATE INDEX idx_application_logs_fax_job_id ON public.application_logs ((context ->> 'faxJobId'));

CREATE FUNCTION public.cleanup_old_application_logs() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    removed integer;
BEGIN
    DELETE FROM public.application_logs WHERE created_at < now() - interval '90 days';
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;

CREATE TABLE public.address_book (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES public.users (id),
    name varchar(255) NOT NULL,
    email_address varchar(255) NOT NULL,
    relationship varchar(100),
    notes text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    UNIQUE (user_id, email_address)
);

INSERT INTO public.users (id, phone_number, email_address, name, preferences) VALUES
    ('00000000-0000-0000-0000-000000000001', '+81-0000-000-0001', 'demo@me.faxi.jp', 'Demo User', '{"language": "ja"}');
-- No password has this hash: nobody signs in with it.
INSERT INTO public.admin_users (email, password_hash, name, role) VALUES
    ('admin@faxi.jp', '!', 'Faxi Admin', 'super_admin');
