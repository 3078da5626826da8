-- name: server
-- What the server is, and as whom we came.
SELECT current_setting('server_version_num')::integer / 10000 AS version, current_user::text AS role,
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
    (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS connections,
    pg_is_in_recovery() AS standby;

-- name: lacking
-- Of these privileges on tables, or on columns of them, those that a role does not have; our own, unless one is given.
SELECT w.target, w.columns, w.privilege
FROM unnest($1::text[], $2::text[], $3::text[]) AS w (target, columns, privilege)
CROSS JOIN (SELECT coalesce($4::name, current_user) AS name) AS role
WHERE CASE
    WHEN to_regclass(w.target) IS NULL OR NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role.name) THEN true
    WHEN w.columns IS NULL THEN NOT has_table_privilege(role.name, to_regclass(w.target), w.privilege)
    WHEN NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(w.target) AND attname = w.columns) THEN true
    ELSE NOT has_column_privilege(role.name, to_regclass(w.target), w.columns, w.privilege)
END
ORDER BY 1, 3, 2;

-- name: too_much
-- Of these columns, those that we may read though we must not.
SELECT w.target || '.' || w.columns AS name
FROM unnest($1::text[], $2::text[]) AS w (target, columns)
JOIN pg_attribute AS a ON a.attrelid = to_regclass(w.target) AND a.attname = w.columns
WHERE has_column_privilege(to_regclass(w.target), w.columns, 'SELECT')
ORDER BY 1;

-- name: indexes
-- The indexes of these tables.
SELECT t.relname AS of_table, i.relname AS name, x.indisvalid AS valid, pg_get_indexdef(x.indexrelid) AS definition
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_class AS t ON t.oid = x.indrelid
WHERE t.oid = ANY (ARRAY(SELECT to_regclass(name)::oid FROM unnest($1::text[]) AS name))
ORDER BY 1, 2;

-- name: rows
-- About how many rows a table has; less than 0 when nobody has counted yet.
SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass($1::text);
