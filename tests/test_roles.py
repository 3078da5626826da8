"""The bot's role may do what is written here, and nothing else."""

import asyncpg
import pytest

from bot.base.database import Pool, shipped
from tests.support.databases import Database

COLUMNS_OF_FAXI = {
    ("users", "SELECT"): "created_at email_address email_restricted email_restricted_at email_restriction_reason"
    " fax_number_verified feature_flags id phone_number preferences",
    ("users", "UPDATE"): "email_restricted email_restricted_at email_restriction_reason",
    ("email_metrics", "SELECT"): "details event_type id message_id occurred_at user_id",
    ("email_messages", "SELECT"): "from_address message_id sent_at",
    ("user_complaints", "SELECT"): "complained_at complaint_type id message_id user_id",
    ("email_blocklist", "SELECT"): "blocked_at user_id",
    ("audit_logs", "SELECT"): "created_at event_type id user_id",
    ("audit_logs", "INSERT"): "created_at event_data event_type fax_job_id user_id",
    ("fax_jobs", "SELECT"): "fax_id id",
    ("fax_jobs", "INSERT"): "created_at direction fax_id from_number reference_id status to_number user_id"
    " webhook_payload",
}
COLUMNS_FOR_THE_OWNER = {
    # what fax_fate touches
    ("fax_jobs", "SELECT"): "completed_at delivered_at fax_id id page_count status storage_key telnyx_fax_id",
    ("fax_jobs", "UPDATE"): "completed_at delivered_at error_message page_count status storage_key telnyx_fax_id",
    # what blocked_domains counts
    ("email_blocklist", "SELECT"): "blocked_email user_id",
    # restricting and lifting by hand
    ("users", "SELECT"): "email_address email_restricted email_restricted_at email_restriction_reason feature_flags id"
    " phone_number",
    ("users", "UPDATE"): "email_restricted email_restricted_at email_restriction_reason",
    ("audit_logs", "INSERT"): "created_at event_data event_type user_id",
}
"""What the schema's owner may do with Faxi's tables, for the functions that it has made."""
TABLES_OF_OURS = {
    "anchors": "INSERT SELECT",
    "approvals": "INSERT SELECT UPDATE",
    "audit": "INSERT SELECT",
    "cases": "INSERT SELECT UPDATE",
    "complaints_seen": "INSERT SELECT UPDATE",
    "case_notes": "INSERT SELECT",
    "contacts": "INSERT SELECT",
    "crossings": "INSERT SELECT UPDATE",
    "due": "DELETE INSERT SELECT UPDATE",
    "effects": "DELETE INSERT SELECT UPDATE",
    "faxes": "DELETE INSERT SELECT UPDATE",
    "group_readings": "INSERT SELECT UPDATE",
    "handles": "INSERT SELECT",
    "handoff_items": "INSERT SELECT UPDATE",
    "handoff_notes": "INSERT SELECT UPDATE",
    "handoff_questions": "INSERT SELECT",
    "handoffs": "INSERT SELECT UPDATE",
    "homes": "DELETE INSERT SELECT UPDATE",
    "interactions": "DELETE INSERT SELECT",
    "leases": "SELECT UPDATE",
    "live_messages": "INSERT SELECT UPDATE",
    "memberships": "INSERT SELECT UPDATE",
    "migration": "SELECT",
    "notices": "INSERT SELECT UPDATE",
    "oncall": "INSERT SELECT UPDATE",
    "people": "INSERT SELECT UPDATE",
    "posts": "DELETE INSERT SELECT UPDATE",
    "previews": "DELETE INSERT SELECT UPDATE",
    "restrictions": "INSERT SELECT UPDATE",
    "reveals": "INSERT SELECT UPDATE",
    "runbooks": "INSERT SELECT",
    "runs": "INSERT SELECT",
    "sends_told": "INSERT SELECT",
    "steps": "INSERT SELECT UPDATE",
    "strays": "INSERT SELECT UPDATE",
    "watch": "INSERT SELECT UPDATE",
    "watch_told": "INSERT SELECT",
}
FUNCTIONS_OF_OURS = [
    "audit_hash(chatops.audit)",
    "audit_text(chatops.audit)",
    "blocked_domains()",
    (
        "fax_fate(effect uuid, new_status text, new_telnyx_id text, new_key text, new_pages integer, why text, "
        "at timestamp with time zone)"
    ),
]

_TABLES = """
SELECT n.nspname AS schema, c.relname AS name, string_agg(p.privilege, ' ' ORDER BY p.privilege) AS privileges
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'chatops')
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p (privilege)
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege('faxi_bot', c.oid, p.privilege)
GROUP BY n.nspname, c.relname
"""
_COLUMNS = """
SELECT n.nspname AS schema, c.relname AS name, p.privilege, string_agg(a.attname, ' ' ORDER BY a.attname) AS columns
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'chatops')
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS p (privilege)
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_column_privilege('faxi_bot', c.oid, a.attnum, p.privilege)
    AND NOT has_table_privilege('faxi_bot', c.oid, p.privilege)
GROUP BY n.nspname, c.relname, p.privilege
"""
_FUNCTIONS = """
SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name, p.prosecdef, p.proconfig
FROM pg_proc p
WHERE p.pronamespace = 'chatops'::regnamespace AND has_function_privilege('faxi_bot', p.oid, 'EXECUTE')
"""


async def test_the_bot_connects_as_its_own_role_with_the_settings_of_a_session(pool: Pool) -> None:
    """It is no owner and no superuser, and a session cannot hang."""
    async with pool.acquire() as connection:
        settings = "jit statement_timeout lock_timeout idle_in_transaction_session_timeout TimeZone".split()  # noqa: SIM905
        assert await connection.fetchval("SELECT current_user") == "faxi_bot"
        assert [await connection.fetchval("SELECT current_setting($1)", name) for name in settings] == [
            "off",
            "5s",
            "1s",
            "10s",
            "UTC",
        ]


async def test_the_settings_hold_after_the_connection_was_given_back(pool: Pool) -> None:
    """They are the session's defaults: giving a connection back resets it to them."""
    async with pool.acquire() as connection:
        await connection.execute("SET statement_timeout = 0")
    async with pool.acquire() as connection:
        assert await connection.fetchval("SHOW statement_timeout") == "5s"


async def test_the_roles_are_limited(database: Database) -> None:
    """Neither may do more than any other role; the bot's may hold twenty connections."""
    async with database.connect() as connection:
        rows = await connection.fetch(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit "
            "FROM pg_roles WHERE rolname IN ('chatops_owner', 'faxi_bot') ORDER BY rolname"
        )
        assert [tuple(row) for row in rows] == [
            ("chatops_owner", False, False, False, False, False, -1),
            ("faxi_bot", False, False, False, False, False, 20),
        ]
        members = "SELECT count(*) FROM pg_auth_members WHERE member = 'faxi_bot'::regrole"
        assert await connection.fetchval(members) == 0


async def test_the_bot_may_touch_these_tables_and_columns_and_no_others(database: Database) -> None:
    """Every privilege on every table and column, compared with the list above."""
    async with database.connect() as connection:
        tables = await connection.fetch(_TABLES)
        columns = await connection.fetch(_COLUMNS)
    assert {row["name"]: row["privileges"] for row in tables if row["schema"] == "chatops"} == TABLES_OF_OURS
    assert [row["name"] for row in tables if row["schema"] == "public"] == []
    assert {(row["name"], row["privilege"]): row["columns"] for row in columns} == COLUMNS_OF_FAXI


async def test_the_owner_of_the_schema_may_touch_these_columns_of_faxi_and_no_others(database: Database) -> None:
    """Its functions need no more."""
    async with database.connect() as connection:
        tables = await connection.fetch(_TABLES.replace("'faxi_bot'", "'chatops_owner'"))
        columns = await connection.fetch(_COLUMNS.replace("'faxi_bot'", "'chatops_owner'"))
    assert [row["name"] for row in tables if row["schema"] == "public"] == []
    found = {(row["name"], row["privilege"]): row["columns"] for row in columns if row["schema"] == "public"}
    assert found == COLUMNS_FOR_THE_OWNER


async def test_the_bot_may_call_these_functions_and_create_nothing(database: Database) -> None:
    """A function of the owner's rights would have to fix its search path."""
    async with database.connect() as connection:
        functions = await connection.fetch(_FUNCTIONS)
        assert sorted(row["name"].replace("record ", "") for row in functions) == FUNCTIONS_OF_OURS
        for row in functions:
            assert not row["prosecdef"] or any(one.startswith("search_path=") for one in row["proconfig"] or ())
        create = (
            "SELECT bool_or(has_schema_privilege(r, s, 'CREATE')) FROM unnest(ARRAY['faxi_bot', $1]) r, "
            "unnest($2::text[]) s"
        )
        assert await connection.fetchval(create, "faxi_bot", ["public", "chatops"]) is False
        assert await connection.fetchval(create, "chatops_owner", ["public"]) is False
        sequences = (
            "SELECT count(*) FROM pg_sequences WHERE "
            "has_sequence_privilege('faxi_bot', format('%I.%I', schemaname, sequencename), 'USAGE, SELECT, UPDATE')"
        )
        assert await connection.fetchval(sequences) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT subject FROM public.email_messages",
        "SELECT blocked_email FROM public.email_blocklist",
        "SELECT body FROM public.email_messages",
        "SELECT html_body FROM public.email_messages",
        "SELECT event_data FROM public.audit_logs",
        "SELECT name FROM public.users",
        "UPDATE public.users SET phone_number = ''",
        "DELETE FROM public.users",
        "INSERT INTO public.fax_jobs (fax_id, media_url) VALUES ('x', 'y')",
        "UPDATE public.fax_jobs SET status = 'failed'",
        "SELECT FROM public.admin_users",
        "UPDATE chatops.audit SET result = 'x'",
        "DELETE FROM chatops.audit",
        "TRUNCATE chatops.audit",
        "CREATE TABLE public.x ()",
        "CREATE TABLE chatops.x ()",
    ],
)
async def test_what_the_bot_must_never_do_is_refused_by_the_database(pool: Pool, statement: str) -> None:
    """The list above says it; this tries it."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(statement)


async def test_the_grants_may_be_run_again_and_take_back_what_is_no_longer_given(database: Database) -> None:
    """An older version's grants go away; nothing else changes."""
    roles = (shipped("sql") / "roles.sql").read_text(encoding="utf-8")
    async with database.connect() as connection:
        await connection.execute("GRANT SELECT ON public.users, public.address_book TO faxi_bot")
        await connection.execute("GRANT SELECT (subject), UPDATE (subject) ON public.email_messages TO faxi_bot")
        await connection.execute(roles)
        await connection.execute(roles)
        columns = await connection.fetch(_COLUMNS)
        assert {(row["name"], row["privilege"]): row["columns"] for row in columns} == COLUMNS_OF_FAXI


async def test_an_owner_of_faxis_tables_who_is_no_superuser_can_run_the_grants(database: Database) -> None:
    """Managed databases give nobody a superuser; a role with CREATEROLE is enough."""
    roles = (shipped("sql") / "roles.sql").read_text(encoding="utf-8")
    async with database.connect() as connection:
        attempt = connection.transaction()
        await attempt.start()
        await connection.execute("DROP SCHEMA chatops CASCADE; CREATE ROLE faxi_owner CREATEROLE")
        await _hand_over(connection)
        await connection.execute("SET LOCAL ROLE faxi_owner")
        await connection.execute(roles)
        await connection.execute("RESET ROLE")
        schema_owner = "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'chatops'"
        assert await connection.fetchval(schema_owner) == "chatops_owner"
        assert not await connection.fetchval("SELECT pg_has_role('faxi_owner', 'chatops_owner', 'USAGE')")
        columns = await connection.fetch(_COLUMNS)
        assert {(row["name"], row["privilege"]): row["columns"] for row in columns} == COLUMNS_OF_FAXI
        await attempt.rollback()


async def _hand_over(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Make Faxi's tables belong to ``faxi_owner``, who made our roles too."""
    statements = (
        "SELECT format('ALTER TABLE public.%I OWNER TO faxi_owner', tablename) "
        "FROM pg_tables WHERE schemaname = 'public'"
    )
    for row in await connection.fetch(statements):
        await connection.execute(row[0])
    await connection.execute("ALTER SCHEMA public OWNER TO faxi_owner")
    database = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {database} OWNER TO faxi_owner")
    if connection.get_server_version().major >= 16:
        await connection.execute(
            "GRANT chatops_owner, faxi_bot TO faxi_owner WITH ADMIN OPTION, SET FALSE, INHERIT FALSE"
        )
