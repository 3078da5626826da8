-- Restricting and lifting by hand, from the owner's psql, while Slack or the bot is away. One call is one
-- transaction with the same records that the bot leaves, and a due row that tells the bot when it is back.
-- None of these functions is for the bot's role.

-- Of several restrictions of an account that are open, the newest holds. The mark of the others was taken away
-- elsewhere, nobody knows when: they change no count, neither as a lift nor as our error.
ALTER TABLE chatops.restrictions DROP CONSTRAINT restrictions_lifted_as_check;
ALTER TABLE chatops.restrictions ADD CONSTRAINT restrictions_lifted_as_check
    CHECK (lifted_as IN ('lift', 'error', 'by_hand', 'elsewhere'));

CREATE FUNCTION chatops.by_hand_number(case_id bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'OPS-' || lpad(case_id::text, greatest(4, length(case_id::text)), '0')
$$;
COMMENT ON FUNCTION chatops.by_hand_number(bigint) IS 'A case''s number, as people write it.';

CREATE FUNCTION chatops.by_hand_masked(number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN length(d.digits) < 8 THEN '••••'
        WHEN number ~ '^\+?81[1-9]' THEN '+81 •••• ' || right(d.digits, 4)
        ELSE '•••• ' || right(d.digits, 4)
    END
    FROM (SELECT regexp_replace(number, '[^0-9]', '', 'g') AS digits) AS d
$$;
COMMENT ON FUNCTION chatops.by_hand_masked(text) IS 'A telephone number as people may see it: its last four digits.';

CREATE FUNCTION chatops.by_hand_tidy(typed text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT btrim(regexp_replace(normalize(coalesce(typed, ''), NFKC), '[[:space:][:cntrl:]]+', ' ', 'g'))
$$;
COMMENT ON FUNCTION chatops.by_hand_tidy(text) IS 'What was typed, with full-width letters and digits made ordinary ones.';

CREATE FUNCTION chatops.by_hand_person(typed text, who text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name CONSTANT text := chatops.by_hand_tidy(typed);
BEGIN
    IF length(name) NOT BETWEEN 2 AND 60 OR name !~ '[[:alpha:]]' THEN
        RAISE EXCEPTION 'Please name who % (2 to 60 letters). Nothing was changed.', who
            USING HINT = 'Give the name that the team knows, like ''Aoi Tanaka''.';
    END IF;
    RETURN name;
END
$$;
COMMENT ON FUNCTION chatops.by_hand_person(text, text) IS 'The name of somebody who asked or approved.';

CREATE FUNCTION chatops.by_hand_reason(typed text, known json) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted CONSTANT text := lower(chatops.by_hand_tidy(typed));
BEGIN
    IF known -> wanted IS NULL THEN
        RAISE EXCEPTION 'Please give the reason as one of these words: %. Nothing was changed.',
            (SELECT string_agg(quote_literal(k.key), ', ') FROM json_each_text(known) AS k)
            USING HINT = (SELECT string_agg(format('%s: %s', k.key, k.value), '; ') FROM json_each_text(known) AS k);
    END IF;
    RETURN wanted;
END
$$;
COMMENT ON FUNCTION chatops.by_hand_reason(text, json) IS 'The reason that was typed, when it is one of those that are known.';

CREATE FUNCTION chatops.by_hand_account(typed text) RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    how CONSTANT text := 'Give its number like +819012345678, its mail address, or its id.';
    wanted CONSTANT text := chatops.by_hand_tidy(typed);
    digits CONSTANT text := regexp_replace(wanted, '[^0-9]', '', 'g');
    forms text[];
    found uuid[];
BEGIN
    IF wanted ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        SELECT array_agg(u.id) INTO found FROM public.users AS u WHERE u.id = wanted::uuid;
    ELSIF wanted ~ '^[^@ ]+@[^@ ]+$' THEN
        SELECT array_agg(u.id) INTO found FROM public.users AS u WHERE lower(u.email_address) = lower(wanted);
    ELSIF wanted ~ '^\+?[0-9 ().-]+$' AND length(digits) BETWEEN 8 AND 20 THEN
        -- As the bot reads numbers: with country code, or as dialled in Japan; Faxi may hold it either way.
        forms := ARRAY[digits];
        IF wanted LIKE '0%' THEN
            forms := forms || ('81' || substr(digits, 2));
        END IF;
        SELECT forms || array_agg(x.form) INTO forms
        FROM unnest(forms) AS k (known), unnest(ARRAY['0' || substr(k.known, 3), '810' || substr(k.known, 3)]) AS x (form)
        WHERE k.known LIKE '81%';
        SELECT array_agg(u.id) INTO found FROM public.users AS u
        WHERE regexp_replace(u.phone_number, '[^0-9]', '', 'g') = ANY (forms)
            OR split_part(u.email_address, '@', 1) = ANY (forms);
    ELSE
        RAISE EXCEPTION 'That is no whole telephone number, no mail address and no id. Nothing was changed.'
            USING HINT = how;
    END IF;
    IF cardinality(found) > 1 THEN
        RAISE EXCEPTION 'That fits % accounts. Nothing was changed.', cardinality(found)
            USING HINT = 'Please give the whole mail address or the id of the one that you mean.';
    ELSIF found IS NULL THEN
        RAISE EXCEPTION 'No account has this number, address or id. Nothing was changed.'
            USING HINT = 'Please compare it digit by digit. ' || how;
    END IF;
    RETURN found[1];
END
$$;
COMMENT ON FUNCTION chatops.by_hand_account(text) IS 'The one account that a number, a mail address or an id means.';

-- The same chain as the bot's: the lock first, and in a later statement, with a newer snapshot, what its last holder wrote.
CREATE FUNCTION chatops.by_hand_record(entry chatops.audit) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head record;
BEGIN
    PERFORM pg_advisory_xact_lock(26209, 2);
    SELECT a.number, a.hash INTO head FROM chatops.audit AS a ORDER BY a.number DESC LIMIT 1;
    entry.number := coalesce(head.number, 0) + 1;
    entry.previous := coalesce(head.hash, decode(repeat('00', 32), 'hex'));
    entry.hash := chatops.audit_hash(entry);
    INSERT INTO chatops.audit (number, at, actor, actor_team, channel, action, interaction, case_id, subject, parameters,
        allowed, result, milliseconds, previous, hash)
    VALUES (entry.number, entry.at, entry.actor, entry.actor_team, entry.channel, entry.action, entry.interaction,
        entry.case_id, entry.subject, entry.parameters, entry.allowed, entry.result, entry.milliseconds, entry.previous,
        entry.hash);
    RETURN entry.number;
END
$$;
COMMENT ON FUNCTION chatops.by_hand_record(chatops.audit) IS 'Appends a record to the audit chain, as the last of a transaction.';

CREATE FUNCTION chatops.by_hand_act(
    lifting boolean, account text, reason text, requester text, approver text, given timestamptz
) RETURNS TABLE (
    done text, number text, in_case text, at timestamptz, words text, asker text, granter text, audit bigint, todo text
)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
    -- For a restriction the bot's own reasons in their words; a test compares them.
    reasons CONSTANT json := CASE WHEN lifting
        THEN '{"error": "It was our error", "criteria": "The four criteria are met", "other": "Something else"}'
        ELSE '{"complaints": "5 or more complaints in 30 days", "fraud": "Fraud or scam mail",
            "asked": "The user or family asked for it", "other": "Something else"}' END;
    mistake boolean;
    person uuid;
    was record;
    previous jsonb;
    new_case bigint;
    newest bigint;
    -- In a trial, whose clock may be moved, the session says what time it is.
    present CONSTANT timestamptz :=
        coalesce(nullif(current_setting('chatops.clock', true), '')::timestamptz, clock_timestamp());
    last_record timestamptz;
    entry chatops.audit;
BEGIN
    reason := chatops.by_hand_reason(reason, reasons);
    words := reasons ->> reason;
    mistake := reason = 'error';
    asker := chatops.by_hand_person(requester, 'asks for it');
    granter := chatops.by_hand_person(approver, 'approved it');
    IF lower(replace(asker, ' ', '')) = lower(replace(granter, ' ', '')) THEN
        RAISE EXCEPTION 'Who asks cannot approve. Nothing was changed.'
            USING HINT = 'Please call somebody of management first. When they agree, give their name as the approver.';
    END IF;
    person := chatops.by_hand_account(account);
    at := coalesce(given, present);
    SELECT a.at INTO last_record FROM chatops.audit AS a ORDER BY a.number DESC LIMIT 1;
    IF at > present + interval '5 minutes' THEN
        RAISE EXCEPTION 'That time is still to come: %. Nothing was changed.', to_char(at, 'YYYY-MM-DD HH24:MI TZ')
            USING HINT = format('It is %s now. Please leave the time out, or compare it.',
                to_char(present, 'YYYY-MM-DD HH24:MI TZ'));
    ELSIF at < last_record - interval '1 day' THEN
        RAISE EXCEPTION 'That time is more than a day before the newest record: %. Nothing was changed.',
            to_char(at, 'YYYY-MM-DD HH24:MI TZ')
            USING HINT = format('The newest record is of %s. Please leave the time out, or compare it.',
                to_char(last_record, 'YYYY-MM-DD HH24:MI TZ'));
    END IF;
    SELECT u.phone_number, u.email_restricted, u.email_restricted_at, u.email_restriction_reason,
        u.id = '00000000-0000-0000-0000-000000000001' OR coalesce(u.feature_flags ->> 'demoUser', '') = 'true' AS demo
    INTO was FROM public.users AS u WHERE u.id = person FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'The account has just gone. Nothing was changed.';
    ELSIF was.demo THEN
        RAISE EXCEPTION 'That is Faxi''s demo user: nobody to restrict. Nothing was changed.'
            USING HINT = 'Please compare the number digit by digit.';
    ELSIF was.email_restricted AND NOT lifting THEN
        RAISE EXCEPTION 'The account is restricted already, since %. Nothing was changed.',
            coalesce(to_char(was.email_restricted_at, 'YYYY-MM-DD HH24:MI TZ'), 'a time that is not recorded')
            USING HINT = 'SELECT * FROM chatops.by_hand_list(); shows by whom and why.';
    ELSIF lifting AND was.email_restricted IS NOT TRUE THEN
        RAISE EXCEPTION 'The account is not restricted. Nothing was changed.'
            USING HINT = 'SELECT * FROM chatops.by_hand_list(); shows which accounts are.';
    END IF;
    previous := jsonb_build_object(
        'email_restricted', was.email_restricted,
        'email_restricted_at', to_char(was.email_restricted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
        'email_restriction_reason', was.email_restriction_reason);

    -- The number is taken now, for whoever writes this down; the bot lays out the steps from its runbook.
    INSERT INTO chatops.cases (procedure, runbook_hash, title, subject, severity, state, opened_by, opened_at)
    VALUES (CASE WHEN lifting THEN 'lift' ELSE 'restriction' END, 'by hand',
        CASE WHEN lifting THEN 'Lift a restriction' ELSE 'Restrict an account' END, person,
        CASE WHEN lifting THEN 'routine' ELSE 'high' END, 'open', asker, at)
    RETURNING id INTO new_case;
    in_case := chatops.by_hand_number(new_case);
    INSERT INTO public.audit_logs (user_id, event_type, event_data, created_at)
    VALUES (person, CASE WHEN lifting THEN 'account.restriction_lifted' ELSE 'account.restricted' END,
        jsonb_build_object('reason', words, 'complaintCount', NULL, 'requestedBy', asker, 'approvedBy', granter,
            'caseNumber', in_case, 'previous', previous, 'byHand', true,
            'timestamp', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')), at);
    IF lifting THEN
        -- One that was made elsewhere is kept too: complaints count from the last lift, unless it was our error.
        INSERT INTO chatops.restrictions (subject, case_id, restricted_at, reason, requested_by, approved_by, previous,
            follow_up_at)
        SELECT person, new_case, coalesce(was.email_restricted_at, at), 'other', 'unknown', 'unknown', '{}', at
        WHERE NOT EXISTS (SELECT FROM chatops.restrictions AS r WHERE r.subject = person AND r.lifted_at IS NULL);
        SELECT k.id INTO newest FROM chatops.restrictions AS k
        WHERE k.subject = person AND k.lifted_at IS NULL ORDER BY k.restricted_at DESC, k.id DESC LIMIT 1;
        UPDATE chatops.restrictions AS r SET lifted_at = at, lift_case = new_case,
            lifted_by = CASE WHEN r.id = newest THEN granter ELSE 'unknown' END,
            lifted_as = CASE WHEN r.id <> newest THEN 'elsewhere' WHEN mistake THEN 'error' ELSE 'by_hand' END,
            watch_until = CASE WHEN r.id = newest AND NOT mistake THEN at + interval '30 days' END
        WHERE r.subject = person AND r.lifted_at IS NULL;
        UPDATE public.users AS u
        SET email_restricted = false, email_restricted_at = NULL, email_restriction_reason = NULL
        WHERE u.id = person AND u.email_restricted;
    ELSE
        UPDATE public.users AS u
        SET email_restricted = true, email_restricted_at = at, email_restriction_reason = format('%s (%s)', words, in_case)
        WHERE u.id = person AND u.email_restricted IS NOT TRUE;
        -- The bot moves the follow-up to a working day when it is back.
        INSERT INTO chatops.restrictions (subject, case_id, restricted_at, reason, requested_by, approved_by, previous,
            follow_up_at)
        VALUES (person, new_case, at, reason, asker, granter, previous, at + interval '30 days');
    END IF;
    -- What the bot has to do when it is back, and the head of the chain at the next quarter of an hour.
    INSERT INTO chatops.due (kind, subject, due_at, attempts)
    VALUES ('by_hand', 'case:' || new_case, at, 0),
        ('audit.anchor', 'head', to_timestamp((floor(extract(epoch FROM at) / 900) + 1) * 900), 0)
    ON CONFLICT (kind, subject, due_at) DO NOTHING;
    entry.at := at;
    entry.actor := 'by_hand';
    entry.action := CASE WHEN lifting THEN 'lift:by_hand' ELSE 'restriction:by_hand' END;
    entry.interaction := 'by_hand:' || new_case;
    entry.case_id := new_case;
    entry.subject := person;
    entry.parameters := jsonb_build_object('reason', reason, 'requested_by', asker, 'approved_by', granter,
        'role', session_user, 'previous', previous);
    entry.allowed := true;
    done := CASE WHEN lifting THEN 'lifted' ELSE 'restricted' END;
    entry.result := done;
    number := chatops.by_hand_masked(was.phone_number);
    todo := 'Please call the person: no fax was sent. The bot goes on with this case when it is back.';
    audit := chatops.by_hand_record(entry);
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION chatops.by_hand_act(boolean, text, text, text, text, timestamptz) IS
    'Restricts or lifts one account, with all records; once, however many call.';

CREATE FUNCTION chatops.restrict_by_hand(
    account text, reason text, requester text, approver text, at timestamptz DEFAULT NULL
) RETURNS TABLE (
    done text, number text, "case" text, since timestamptz, why text, asked_by text, approved_by text, audit bigint, "next" text
)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.done, a.number, a.in_case, a.at, a.words, a.asker, a.granter, a.audit, a.todo
    FROM chatops.by_hand_act(false, $1, $2, $3, $4, $5) AS a
$$;
COMMENT ON FUNCTION chatops.restrict_by_hand(text, text, text, text, timestamptz) IS
    'Restricts one account while Slack or the bot is away. Ask the approver by telephone first.';

CREATE FUNCTION chatops.lift_by_hand(
    account text, reason text, requester text, approver text, at timestamptz DEFAULT NULL
) RETURNS TABLE (
    done text, number text, "case" text, since timestamptz, why text, asked_by text, approved_by text, audit bigint, "next" text
)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.done, a.number, a.in_case, a.at, a.words, a.asker, a.granter, a.audit, a.todo
    FROM chatops.by_hand_act(true, $1, $2, $3, $4, $5) AS a
$$;
COMMENT ON FUNCTION chatops.lift_by_hand(text, text, text, text, timestamptz) IS
    'Lifts one account''s restriction while Slack or the bot is away. Ask the approver by telephone first.';

CREATE FUNCTION chatops.by_hand_list() RETURNS TABLE (
    what text, number text, since timestamptz, why text, asked_by text, approved_by text, "case" text, account uuid
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    (SELECT 'restricted now', chatops.by_hand_masked(u.phone_number), u.email_restricted_at,
        coalesce(u.email_restriction_reason, 'not recorded'), coalesce(p.name, r.requested_by, 'unknown'),
        coalesce(q.name, r.approved_by, 'unknown'), chatops.by_hand_number(r.case_id), u.id
    FROM public.users AS u
    LEFT JOIN LATERAL (
        SELECT k.requested_by, k.approved_by, k.case_id FROM chatops.restrictions AS k
        WHERE k.subject = u.id AND k.lifted_at IS NULL ORDER BY k.restricted_at DESC LIMIT 1) AS r ON true
    LEFT JOIN chatops.people AS p ON p.id = r.requested_by
    LEFT JOIN chatops.people AS q ON q.id = r.approved_by
    WHERE u.email_restricted
    ORDER BY u.email_restricted_at DESC NULLS LAST, u.id)
    UNION ALL
    (SELECT a.result || ' by hand', chatops.by_hand_masked(coalesce(u.phone_number, '')), a.at, a.parameters ->> 'reason',
        a.parameters ->> 'requested_by', a.parameters ->> 'approved_by', chatops.by_hand_number(a.case_id), a.subject
    FROM chatops.audit AS a LEFT JOIN public.users AS u ON u.id = a.subject
    WHERE a.actor = 'by_hand'
    ORDER BY a.number DESC LIMIT 20)
$$;
COMMENT ON FUNCTION chatops.by_hand_list() IS
    'The accounts that are restricted now, the newest first, then the last twenty acts by hand.';

REVOKE ALL ON FUNCTION
    chatops.by_hand_number(bigint), chatops.by_hand_masked(text), chatops.by_hand_tidy(text),
    chatops.by_hand_person(text, text), chatops.by_hand_reason(text, json), chatops.by_hand_account(text),
    chatops.by_hand_record(chatops.audit), chatops.by_hand_act(boolean, text, text, text, text, timestamptz),
    chatops.restrict_by_hand(text, text, text, text, timestamptz),
    chatops.lift_by_hand(text, text, text, text, timestamptz), chatops.by_hand_list()
FROM PUBLIC;
