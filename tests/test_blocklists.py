"""What /faxi-blocklists shows: large blocklists, whom to guide, and domains that several people have blocked."""

import asyncpg
import pytest

from bot import wiring
from bot.base.database import Pool
from bot.mail import blocklists
from bot.slack.blocks import Message
from tests.support import screens, weeks
from tests.support.attending import DAY, Office
from tests.support.databases import Database
from tests.support.mailing import values
from tests.support.pressing import NOW, TEAM, labels, press, shown, words
from tests.support.team import at


async def asked(pool: Pool, who: str = "U0OP1", text: str = "") -> Message:
    """Type /faxi-blocklists and return the answer."""
    return shown(await press(pool, "/faxi-blocklists", who, kind="command", text=text))


async def some(database: Database) -> None:
    """Let three people block many senders, one of them lately, and a fourth only a few."""
    async with database.connect() as eyes:
        office = Office(eyes)
        people = [await office.account() for _ in range(4)]
    for number, person in enumerate(people[:3]):
        own = [f"own{number}-{n}.example" for n in range(9 + number)]
        await weeks.block(database, person, ["Shop.Example", *own], NOW - 50 * DAY)
        await weeks.block(database, person, ["mall.example"], NOW - 40 * DAY)
    await weeks.block(database, people[3], ["mall.example", "few.example"], NOW - DAY)
    await weeks.block(database, people[0], [f"new{n}.example" for n in range(3)], NOW - DAY)


async def test_whom_to_guide_comes_first_and_only_what_several_block_is_named(pool: Pool, database: Database) -> None:
    await some(database)
    said = await asked(pool)
    assert said.text == "3 large blocklists."
    told = words(said.blocks)
    assert told.startswith(
        "3 large blocklists\n*Guide 1 person*: 3 or more added in 30 days.\nMore than 10 entries make a large one.\n"
        "All: 41 entries of 4 people; 5 added in 30 days, 36 in the 30 days before\n"
        "*Most blocked domains*\n`mall.example` 4 people, 4 entries\n`shop.example` 3 people, 3 entries\n"
        "34 other domains, 34 entries (each of fewer than 3 people)\n"
        "*+81 •••• 0001* 14 blocked senders, 3 of them in 30 days\nGuide the person: it grows.\nShow account\n"
        "*+81 •••• 0003* 13 blocked senders\nShow account\n*+81 •••• 0002* 12 blocked senders\n"
    )
    assert "own0" not in told
    assert "few.example" not in told
    assert "sender" not in told.replace("blocked senders", "")
    assert labels(said.blocks) == ["Show account"] * 3


async def test_the_bot_reads_no_address_that_somebody_blocked(pool: Pool, database: Database) -> None:
    await some(database)
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT blocked_email FROM public.email_blocklist")
        rows = await connection.fetch("SELECT * FROM chatops.blocked_domains()")
    assert sorted((row["domain"], row["users"]) for row in rows if row["domain"]) == [
        ("mall.example", 4),
        ("shop.example", 3),
    ]


async def test_what_is_no_address_with_a_domain_is_counted_and_never_named(pool: Pool, database: Database) -> None:
    await some(database)
    odd = ("09034714821", "hanako", "hanako@09034714821", "hanako@0903471.4821", "ren@docomo", "", "@")
    async with database.connect() as eyes:
        await eyes.executemany(
            "INSERT INTO public.email_blocklist (user_id, blocked_email, blocked_at) "
            "SELECT DISTINCT user_id, $1, $2::timestamptz FROM public.email_blocklist",
            [(one, NOW - DAY) for one in (*odd, " Ren.Mori@Mall.Example ")],
        )
    async with pool.acquire() as connection:
        found = await blocklists.all_of_them(connection, NOW)
    named = [(one.name, one.users, one.entries) for one in found.domains]
    assert named == [("mall.example", 4, 8), ("shop.example", 3, 3)]
    assert found.other_domains[1] == 34 + 4 * len(odd)
    told = words((await asked(pool)).blocks)
    assert "3471" not in told
    assert "hanako" not in told


async def test_what_is_counted_is_what_a_slow_count_finds(pool: Pool, database: Database) -> None:
    await some(database)
    async with database.connect() as eyes:
        rows = await eyes.fetch("SELECT user_id, blocked_email, blocked_at FROM public.email_blocklist")
    async with pool.acquire() as connection:
        found = await blocklists.all_of_them(connection, NOW)
    mine: dict[object, list[object]] = {}
    for row in rows:
        mine.setdefault(row["user_id"], []).append(row["blocked_at"])
    large = {user: times for user, times in mine.items() if len(times) > 10}
    assert {one.account.id: one.entries for one in found.rows} == {user: len(times) for user, times in large.items()}
    month = NOW - 30 * DAY
    grown = {user: sum(month <= when < NOW for when in times) for user, times in large.items()}  # type: ignore[operator]
    assert {one.account.id: one.grown for one in found.rows} == grown
    assert (found.users, found.entries) == (len(mine), len(rows))
    assert sum(one.entries for one in found.domains) + found.other_domains[1] == len(rows)


async def test_long_lists_have_pages_of_fifteen_that_go_on_and_back(pool: Pool, database: Database) -> None:
    async with database.connect() as eyes:
        office = Office(eyes)
        people = [await office.account() for _ in range(17)]
    for number, person in enumerate(people):
        domains = [f"d{number}-{n}.example" for n in range(30 - number)]
        await weeks.block(database, person, domains, NOW - 90 * DAY)
    first = await asked(pool)
    assert "\n1-15 of 17\n" in words(first.blocks)
    assert "*Nobody needs guidance*: none grew by 3 or more in 30 days." in words(first.blocks)
    last = shown(await press(pool, "blocklists.next", value=values(first, "Next")[0]))
    assert last.text == "17 large blocklists, here 16-17."
    assert "*+81 •••• 0017* 14 blocked senders" in words(last.blocks)
    back = shown(await press(pool, "blocklists.back", value=values(last, "Previous")[0]))
    assert back.blocks == first.blocks
    old = await press(pool, "blocklists.next", value=values(first, "Show account")[0])
    assert (old.result, old.allowed) == ("refused:unknown_button", False)


async def test_nothing_large_a_wrong_word_no_right_and_a_database_that_is_away_are_said(
    pool: Pool, database: Database
) -> None:
    said = await asked(pool, "U0AUD1")
    assert said.text == "No blocklist is large."
    outcome = await press(pool, "/faxi-blocklists", kind="command", text="blocklist")
    assert outcome.result == "refused:unknown_option"
    assert labels(shown(outcome).blocks) == ["Show blocklists"]
    async with database.connect() as eyes:
        await eyes.execute("REVOKE SELECT (blocked_at) ON public.email_blocklist FROM faxi_bot")
    outcome = await press(pool, "blocklists.show")
    assert outcome.result == "not_set_up"
    assert "*Blocklists are not set up.*" in words(shown(outcome).blocks)
    command = wiring.catalogue().find("command", "/faxi-blocklists")
    assert command is not None
    assert command.away is not None
    away = command.away(at("2026-12-03 12:03"), TEAM)
    assert list(screens.problems("message", away.as_arguments())) == []
