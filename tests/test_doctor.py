"""``faxi-bot doctor`` names each thing that is not as the bot needs it, and how to mend it."""

import socket

import pytest

from bot import doctor
from bot.doctor import Finding
from tests.support.databases import Database


async def _wrong(database: Database) -> list[Finding]:
    return [one for one in await doctor.look(database.url) if one.state in {"wrong", "unknown"}]


async def test_a_database_as_the_readme_sets_it_up_needs_nobody(database: Database) -> None:
    found = await doctor.look(database.url)
    assert [str(one) for one in found if one.state != "hint"] == [
        f"ok      {words}"
        for words in (
            f"PostgreSQL {found[0].what.removeprefix('PostgreSQL ')}",
            "the role faxi_bot",
            "the bot's tables are those of this version",
            next(one.what for one in found if "privileges" in one.what),
            "Faxi's own indexes are there",
        )
    ]
    assert len([one for one in found if one.state == "hint"]) == len(doctor.HELPFUL)


@pytest.mark.parametrize(
    ("broken", "said", "mend"),
    [
        ("REVOKE SELECT ON public.users FROM faxi_bot", "may not SELECT public.users.email_address", "sql/roles.sql"),
        ("REVOKE SELECT (email_restricted) ON public.users FROM faxi_bot", "public.users.email_restricted", "roles"),
        ("REVOKE INSERT ON chatops.audit FROM faxi_bot", "may not INSERT chatops.audit", "faxi-bot migrate"),
        ("DROP TABLE chatops.contacts", "may not SELECT chatops.contacts", "faxi-bot migrate"),
        (
            "REVOKE UPDATE ON public.fax_jobs FROM chatops_owner",
            "chatops_owner may not UPDATE public.fax_jobs.status",
            "sql/roles.sql",
        ),
        (
            "REVOKE ALL ON public.users FROM chatops_owner",
            "chatops_owner may not UPDATE public.users.email_restricted",
            "sql/roles.sql",
        ),
        ("GRANT SELECT (body) ON public.email_messages TO faxi_bot", "may read public.email_messages.body", "roles"),
        ("GRANT SELECT ON public.audit_logs TO faxi_bot", "may read public.audit_logs.event_data", "roles"),
        ("DELETE FROM chatops.migration WHERE number = 3", "migration 0003 is missing", "faxi-bot migrate"),
        ("ALTER ROLE faxi_bot CONNECTION LIMIT 3", "has only 3 connections", "sql/roles.sql"),
    ],
)
async def test_each_thing_that_is_broken_has_its_line(database: Database, broken: str, said: str, mend: str) -> None:
    async with database.connect() as connection:
        await connection.execute(broken)
        try:
            found = await _wrong(database)
        finally:
            await connection.execute("ALTER ROLE faxi_bot CONNECTION LIMIT 20")  # it is the whole server's
    assert any(said in one.what and mend in one.mend for one in found), found


async def test_the_wrong_role_is_named(database: Database) -> None:
    found = await doctor.look(database.super_url)
    assert any("is a superuser" in one.what and one.state == "wrong" for one in found)


async def test_a_database_that_is_not_there_is_one_line(database: Database) -> None:
    (only,) = await doctor.look(database.url.replace(database.name, "nowhere"))
    assert (only.state, only.what) == ("wrong", "database")
    assert "nowhere" in only.mend


async def test_a_server_that_does_not_answer_is_said_with_what_to_do() -> None:
    with socket.socket() as taken:  # and listens to nobody
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        (only,) = await doctor.look(f"postgresql://faxi_bot:quite-secret@127.0.0.1:{port}/faxi")
    assert (only.state, only.what) == ("wrong", "database")
    assert only.mend == (
        f"DATABASE_URL: the database at 127.0.0.1:{port} cannot be reached (nothing listens there): "
        "start it, or correct the address"
    )


async def test_an_index_that_would_help_is_named_until_it_is_there(database: Database) -> None:
    """Each statement makes an index that the doctor knows again; one that failed to build is told from it."""
    async with database.connect() as connection:
        for index in doctor.HELPFUL:
            assert any(one.mend == index.statement for one in await doctor.look(database.url))
            await connection.execute(index.statement)
        found = await doctor.look(database.url)
        assert [one for one in found if one.state == "hint"] == []
        await connection.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.email_metrics_message'::regclass"
        )
        (failed,) = [one for one in await doctor.look(database.url) if one.state == "hint"]
    assert "its building failed" in failed.what
    assert failed.mend.startswith("DROP INDEX CONCURRENTLY email_metrics_message;")


async def test_an_index_of_faxis_own_that_went_is_named(database: Database) -> None:
    async with database.connect() as connection:
        await connection.execute("DROP INDEX public.idx_email_metrics_occurred_at")
    found = [one.what for one in await doctor.look(database.url) if one.state == "hint"]
    assert "Faxi's own index on email_metrics (occurred_at) is missing" in found


async def test_what_cannot_be_looked_at_is_unknown_and_not_in_order(database: Database) -> None:
    async with database.connect() as connection:
        await connection.execute("REVOKE SELECT ON chatops.migration FROM faxi_bot")
    assert any(one.state == "unknown" and "migrations" in one.what for one in await doctor.look(database.url))


@pytest.mark.parametrize(
    ("broken", "code", "said"), [("", 0, "Nothing needs you."), ("DROP TABLE chatops.contacts", 1, "need")]
)
async def test_the_exit_code_says_whether_the_bot_would_run(
    database: Database, capsys: pytest.CaptureFixture[str], broken: str, code: int, said: str
) -> None:
    async with database.connect() as connection:
        await connection.execute(broken or "SELECT")
    assert await doctor.doctor_command(database.url) == code
    assert said in capsys.readouterr().out
