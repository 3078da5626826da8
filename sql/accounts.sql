-- name: by_id
-- One account by Faxi's id.
SELECT
    id, phone_number, email_restricted, email_restricted_at, email_restriction_reason,
    fax_number_verified, feature_flags ->> 'demoUser' = 'true' AS demo_user,
    lower(preferences ->> 'language') AS language, created_at
FROM public.users
WHERE id = $1;

-- name: by_ids
-- Accounts by Faxi's ids.
SELECT
    id, phone_number, email_restricted, email_restricted_at, email_restriction_reason,
    fax_number_verified, feature_flags ->> 'demoUser' = 'true' AS demo_user,
    lower(preferences ->> 'language') AS language, created_at
FROM public.users
WHERE id = ANY ($1::uuid[])
ORDER BY id;

-- name: lock_by_id
-- One account, held against changes; Faxi may still add rows that refer to it.
SELECT
    id, phone_number, email_restricted, email_restricted_at, email_restriction_reason,
    fax_number_verified, feature_flags ->> 'demoUser' = 'true' AS demo_user,
    lower(preferences ->> 'language') AS language, created_at
FROM public.users
WHERE id = $1
FOR NO KEY UPDATE;

-- name: by_number
-- Accounts whose number or numbered address has these digits; the patterns keep the exact comparison to a few rows.
SELECT
    id, phone_number, email_restricted, email_restricted_at, email_restriction_reason,
    fax_number_verified, feature_flags ->> 'demoUser' = 'true' AS demo_user,
    lower(preferences ->> 'language') AS language, created_at
FROM public.users
WHERE
    (
        phone_number LIKE ANY ($2::text[])
        AND translate(phone_number, translate(phone_number, '0123456789', ''), '') = ANY ($1::text[])
    )
    OR (email_address LIKE ANY ($2::text[]) AND split_part(email_address, '@', 1) = ANY ($1::text[]))
ORDER BY id
LIMIT 6;

-- name: by_address
-- Accounts with this mail address in any case, or with these digits as their number when the domain is theirs too.
SELECT
    id, phone_number, email_restricted, email_restricted_at, email_restriction_reason,
    fax_number_verified, feature_flags ->> 'demoUser' = 'true' AS demo_user,
    lower(preferences ->> 'language') AS language, created_at
FROM public.users
WHERE
    email_address = $1
    OR lower(email_address) = $1
    OR (
        lower(split_part(email_address, '@', 2)) = $4
        AND (
            (
                phone_number LIKE ANY ($3::text[])
                AND translate(phone_number, translate(phone_number, '0123456789', ''), '') = ANY ($2::text[])
            )
            OR split_part(email_address, '@', 1) = ANY ($2::text[])
        )
    )
ORDER BY id
LIMIT 6;
