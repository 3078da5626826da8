-- Queries that make tables of mail of any size; only bot/local/bench uses them.

-- name: begin_anew
-- The same chance each time.
SELECT setseed(0.25);

-- name: people
-- The accounts that write.
INSERT INTO public.users (id, phone_number, email_address, created_at)
SELECT
    md5('user ' || n)::uuid, '+8170' || lpad(n::text, 8, '0'),
    '8170' || lpad(n::text, 8, '0') || '@me.faxi.jp', $2::timestamptz
FROM generate_series(1, $1::int) n;

-- name: mails
-- Mails of the numbers $4 to $5, of $3 that are spread from $1 to $2, with their events and messages: an event at $2
-- or later is left out, and a message before $7. Of $6 people the first writes 7 %. Another person than the sender
-- bears a bounce or a complaint, and mail that was not stored has none; some events come twice, some deliveries are
-- dated back, or of mail that nobody knows.
WITH mails AS MATERIALIZED (
    SELECT
        at, '0100' || lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '-' || substr(word, 1, 8) || '-'
            || substr(word, 9, 4) || '-' || substr(word, 13, 4) || '-' || substr(word, 17, 4) || '-'
            || substr(word, 21) || '-000000' AS message,
        person, 1 + (person * 7919 + n) % $6::bigint AS blamed,
        'friend' || (n % 400) || '@' || (ARRAY['docomo.ne.jp', 'ezweb.ne.jp', 'softbank.ne.jp', 'au.com', 'gmail.com',
            'yahoo.co.jp', 'ymobile.ne.jp', 'i.softbank.jp', 'ocn.ne.jp', 'firm' || (n % 3000) || '.example'])
            [1 + (n * 31 % 10)] AS recipient,
        fate, after, n
    FROM (
        SELECT
            n, $1::timestamptz + ($2::timestamptz - $1::timestamptz) * ((n - 1)::float8 / $3::bigint) AS at,
            md5('mail ' || n) AS word,
            floor(power($6::bigint, random()))::bigint AS person, random() AS fate, random() AS after
        FROM generate_series($4::bigint, $5::bigint) n
        OFFSET 0
    ) AS drawn
),
stored AS (
    INSERT INTO public.email_messages (
        message_id, from_address, to_addresses, subject, body, direction, delivery_status, sent_at)
    SELECT
        message, '8170' || lpad(person::text, 8, '0') || '@me.faxi.jp', jsonb_build_array(recipient), 'x', 'x',
        'outbound',
        CASE WHEN fate < 0.012 THEN 'bounced' WHEN fate > 0.9994 THEN 'complained' ELSE 'delivered' END, at
    FROM mails
    WHERE n % 666 <> 13 AND at >= $7::timestamptz
)
INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at, details)
SELECT e.type, e.who, e.message, e.at, e.details
FROM mails m
CROSS JOIN LATERAL (
    SELECT
        'sent' AS type, CASE WHEN n % 500 <> 7 THEN md5('user ' || person)::uuid END AS who, message, at,
        jsonb_build_object('to', recipient, 'from', '8170' || lpad(person::text, 8, '0') || '@me.faxi.jp',
            'provider', 'ses') AS details
    UNION ALL
    SELECT
        'delivered', NULL, message,
        at + interval '60 seconds' * (after - CASE WHEN n % 50 = 3 THEN 1 ELSE 0 END), NULL
    WHERE fate >= 0.012
    UNION ALL
    SELECT 'delivered', NULL, message, at + interval '90 seconds' * after, NULL WHERE fate >= 0.012 AND n % 250 = 11
    UNION ALL
    SELECT 'delivered', NULL, 'unknown-' || n, at, NULL WHERE n % 333 = 5
    UNION ALL
    SELECT
        'bounced', md5('user ' || blamed)::uuid, message, at + interval '30 minutes' * after,
        jsonb_build_object(
            'bounceType',
            (ARRAY['Permanent', 'Permanent', 'Permanent', 'Transient', 'Undetermined'])[1 + n % 5],
            'reason', 'smtp; 550 5.1.1 user unknown', 'bouncedRecipients', jsonb_build_array(recipient))
    FROM generate_series(1, CASE WHEN n % 25 = 1 THEN 2 ELSE 1 END)
    WHERE fate < 0.012 AND n % 666 <> 13
    UNION ALL
    SELECT
        'complained', md5('user ' || blamed)::uuid, message, at + interval '100 minutes' * after,
        jsonb_build_object('complaintType', CASE WHEN n % 8 = 0 THEN 'not-spam' ELSE 'abuse' END,
            'complainedRecipients', jsonb_build_array(recipient))
    FROM generate_series(1, CASE WHEN n % 16 = 1 THEN 2 ELSE 1 END)
    WHERE fate > 0.9994 AND n % 666 <> 13
) AS e
WHERE e.at < $2::timestamptz;

-- name: analyze
-- Lets PostgreSQL look at the tables.
ANALYZE;
