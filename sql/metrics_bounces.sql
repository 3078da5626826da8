-- name: bounces
-- What bounced in a window, each message once, as its first row there says (of two at one instant, the gravest).
SELECT DISTINCT ON (message_id, CASE WHEN message_id IS NULL THEN id END)
    message_id, occurred_at AS at, lower(coalesce(details ->> 'bounceType', '')) AS kind,
    details ->> 'reason' AS reason, details -> 'bouncedRecipients' ->> 0 AS recipient
FROM public.email_metrics
WHERE event_type = 'bounced' AND occurred_at >= $1 AND occurred_at < $2
ORDER BY
    message_id, CASE WHEN message_id IS NULL THEN id END, occurred_at,
    lower(details ->> 'bounceType') = 'permanent' DESC NULLS LAST,
    lower(details ->> 'bounceType') = 'transient' DESC NULLS LAST, id;

-- name: bounced_before
-- Which of these messages bounced in a time.
SELECT DISTINCT message_id
FROM public.email_metrics
WHERE event_type = 'bounced' AND occurred_at >= $1 AND occurred_at < $2 AND message_id = ANY ($3::text[]);
