"""What the status shows says what was drawn, with the same figures."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.base.database import Pool
from bot.duty import oncall
from bot.duty.status import Status
from bot.slack.blocks import Message
from commands import status_messages
from tests.support import lifting, pressing, screens, two_days
from tests.support.attending import Office
from tests.support.databases import Database
from tests.support.pressing import NOW, TEAM, press, shown
from tests.support.two_days import Counts
from tests.test_screens import drawn, general, lines

MINUTE = timedelta(minutes=1)
LATER = (
    # the rota comes with the alerts
    "backup NAME",
    # an alert that one acknowledges, with its deadline
    *("Acknowledge", "Nobody has it yet", "Open the alert", "alert, ", "was called at"),
    # what is not connected: the queue and SES; and whom one calls then
    *("*Queue*", "*SES*", "Queue unknown", "Faxes may be waiting", "Check SES", "Check queue", "Show queue"),
    "Call engineering…",
    # the day's list, and opening a case by hand
    *("Show today's list", "Open a case…"),
)
STATES_LATER = {
    "needs_you_with_chart": "charts are drawn ahead by what is not built",
    "all_well_with_chart": "charts are drawn ahead by what is not built",
}
OTHERWISE: Mapping[str, str] = {
    # how old it is needs no reckoning
    "newest event DAY.": "newest event DAY, N ",
    # what the bot shows of accounts and cases stands in the same line
    "*Open* N alert, N flagged account": "*Open* N flagged account",
}


def missing(state: str, message: Message) -> list[str]:
    """Return what was drawn and is not to be seen."""
    said, found = "\n".join(lines(list(message.blocks))), []
    for line in lines(drawn("status")[state]["blocks"]):
        wanted = line
        for was, now in OTHERWISE.items():
            wanted = wanted.replace(was, now)
        if wanted not in said and not any(word in line for word in LATER):
            found.append(wanted)
    return found


def rates(blocks: Any) -> str:
    """Return the section of the figures."""
    (found,) = [text for text in screens.plain_of(blocks) if text.startswith("*Last 24 hours*")]
    return found


async def well(database: Database, pool: Pool, *, flagged: int = 1) -> None:
    """Put somebody on call, let a process hold the lease, and flag accounts, which were reviewed."""
    async with pool.acquire() as connection, connection.transaction():
        await oncall.take(connection, TEAM, "U0OP1", NOW - timedelta(days=2))
        await connection.execute("UPDATE chatops.leases SET until = clock_timestamp() + interval '1 hour'")
        await connection.execute("UPDATE chatops.posts SET state = 'sent'")
    for n in range(flagged):
        complaints = 5 if n else 3
        account = await lifting.make_account(database, complaints=complaints, mails=complaints)
        async with database.connect() as eyes:
            await Office(eyes).case(account.id, closed_at=NOW - MINUTE)


def test_every_state_that_was_drawn_is_compared_or_comes_later() -> None:
    compared = {"needs_you", "all_well", "nothing_sent", "parts_unknown", "database_away"}
    assert set(drawn("status")) == compared | set(STATES_LATER)


async def test_over_a_limit_it_says_first_that_this_needs_you(pool: Pool, database: Database) -> None:
    today = Counts(1284, 1280, 1262, complaints=4, permanent=12, transient=2)
    await two_days.write(database, today, Counts(1301, 1298, 1283, permanent=12), newest=2 * MINUTE)
    await well(database, pool, flagged=2)
    message = shown(await press(pool, "/faxi-status", kind="command"))
    assert missing("needs_you", message) == []
    assert rates(message.blocks) == rates(drawn("status")["needs_you"]["blocks"])
    assert message.text == "1 thing needs you: the complaint rate is over its limit."
    assert pressing.labels(message.blocks)[0] == "Show 4 complaints"
    assert "*Open* 2 flagged accounts, 1 of them at 5 complaints or more, " in pressing.words(message.blocks)
    assert "newest event <!date^1795567680^{time}|09:48 JST>, 2 minutes ago." in pressing.words(message.blocks)


async def test_when_all_is_well_it_says_so_and_shows_the_figures(pool: Pool, database: Database) -> None:
    today = Counts(1312, 1308, 1294, permanent=9, transient=1, undetermined=1)
    before = Counts(1296, 1295, 1276, complaints=4, permanent=14)
    await two_days.write(database, today, before, newest=MINUTE)
    await well(database, pool)
    message = shown(await press(pool, "/faxi-status", "U0MGR1", kind="command"))
    assert missing("all_well", message) == []
    assert rates(message.blocks) == rates(drawn("status")["all_well"]["blocks"])
    assert message.text == drawn("status")["all_well"]["text"]
    kinds = [block["type"] for block in message.blocks]
    assert kinds == [block["type"] for block in drawn("status")["all_well"]["blocks"]]


async def test_a_day_without_mail_has_no_rate_and_needs_a_look(pool: Pool, database: Database) -> None:
    today = Counts(0, 0, 0, permanent=2)
    await two_days.write(database, today, Counts(1291, 1293, 1271, permanent=13), newest=300 * MINUTE)
    for weeks in (1, 2, 3):
        await two_days.sent(database, 120 + 10 * weeks, NOW - timedelta(weeks=weeks, hours=3))
    await well(database, pool)
    message = shown(await press(pool, "/faxi-status", kind="command"))
    assert missing("nothing_sent", message) == []
    assert message.text == drawn("status")["nothing_sent"]["text"]
    assert "On other Wednesdays it is about 140." in pressing.words(message.blocks)
    assert "5 hours ago" in pressing.words(message.blocks)
    reader = shown(await press(pool, "/faxi-status", "U0AUD1", kind="command"))
    assert reader.blocks[0]["text"]["text"] == ":warning: Not all is well"


async def test_what_cannot_be_read_is_unknown_and_the_rest_is_shown(pool: Pool, database: Database) -> None:
    today = Counts(1259, 1262, 1246, permanent=10, transient=1)
    await two_days.write(database, today, Counts(1281, 1278, 1263, permanent=9), newest=MINUTE)
    await well(database, pool)
    async with database.connect() as connection:
        await connection.execute("REVOKE SELECT ON chatops.audit FROM faxi_bot")
    message = shown(await press(pool, "/faxi-status", kind="command"))
    assert missing("parts_unknown", message) == []
    assert rates(message.blocks) == rates(drawn("status")["parts_unknown"]["blocks"])
    assert general(message.text) == "N thing is unknown: the open work, since DAY JST."
    assert "*Open work unknown since <!date^1795567800^{time}|09:50 JST>.*" in pressing.words(message.blocks)


@pytest.mark.parametrize("known", [True, False])
async def test_while_the_database_is_away_it_shows_what_was_known_last(
    pool: Pool, database: Database, *, known: bool
) -> None:
    status = Status()
    if known:
        today = Counts(1277, 1279, 1264, permanent=8, transient=2)
        await two_days.write(database, today, Counts(1277, 1279, 1264), newest=MINUTE)
        await well(database, pool)
        async with pool.acquire() as connection, connection.transaction():
            await status.figures(connection, NOW)
    message = status_messages.last_known(status.known, NOW + 3 * MINUTE, TEAM)
    assert list(screens.problems("message", message.as_arguments())) == []
    assert general(message.text) == general(drawn("status")["database_away"]["text"])
    if known:
        assert missing("database_away", message) == []
    else:
        assert "*Nothing is known* from before" in pressing.words(message.blocks)
