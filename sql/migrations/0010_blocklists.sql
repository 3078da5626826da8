-- Which domains people have blocked: the bot sees a domain only where several have, and never an address.

-- Domains that three people or more have blocked, with how many people and entries; one row without a name has how
-- many other domains there are, and their entries. What is no address with a domain (a number, a name) is one of
-- the others, whoever has blocked it: all of it would stand where the domain does.
CREATE FUNCTION chatops.blocked_domains() RETURNS TABLE (domain text, users bigint, entries bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH found AS (
        SELECT
            lower(substring(trim(b.blocked_email) FROM '@([^@[:space:]]+[.][[:alpha:]][^@[:space:].]+)$')) AS name,
            count(DISTINCT b.user_id) AS people, count(*) AS rows
        FROM public.email_blocklist AS b
        GROUP BY 1
    )
    SELECT f.name, f.people, f.rows FROM found AS f WHERE f.name IS NOT NULL AND f.people >= 3
    UNION ALL
    SELECT NULL, count(*), coalesce(sum(f.rows), 0)::bigint FROM found AS f WHERE f.name IS NULL OR f.people < 3
$$;
REVOKE ALL ON FUNCTION chatops.blocked_domains() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION chatops.blocked_domains() TO faxi_bot;
