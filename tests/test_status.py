"""/faxi-status: what needs whoever asks comes first, figures are as counted, and what is unknown says so."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bot import wiring
from bot.base.database import Connection, Pool
from bot.duty import oncall, status
from bot.duty.status import Mail, Status
from bot.engine import anchoring, cases, due, roster
from bot.engine.access import Group, Membership
from bot.mail import flagged
from bot.mail.metrics.status import mail_figures
from bot.slack.blocks import Message
from bot.slack.interactions import Interaction
from tests.support import lifting, pressing, screens, two_days
from tests.support.attending import Office
from tests.support.databases import Database
from tests.support.pressing import GROUPS, NOW, TEAM, ask, labels, press, shown, words
from tests.support.two_days import Counts
from tests.test_fax_screens import ends

HOUR = timedelta(hours=1)
QUIET = Counts(1200, 1200, 1190)


async def look(pool: Pool, who: str = "U0OP1", **given: Any) -> Message:
    """Type /faxi-status and return what this person sees."""
    return shown(await press(pool, "/faxi-status", who, kind="command", **given))


def first(message: Message) -> str:
    """Return the verdict."""
    return str(message.blocks[0]["text"]["text"])


def the_command() -> Interaction:
    """Return one process's command, with its memory."""
    found = wiring.catalogue().find("command", "/faxi-status")
    assert found is not None
    return found


async def posted(database: Database) -> None:
    """Let Slack have all live messages."""
    async with database.connect() as connection:
        await connection.execute(
            "UPDATE chatops.live_messages SET channel = destination, ts = '1795542720.000100', shown = wanted"
        )


async def test_an_empty_bot_says_that_there_is_no_rate_and_no_event(pool: Pool) -> None:
    message = await look(pool)
    said = words(message.blocks)
    assert said.startswith(":warning: Not all is well\n*No mail was sent in 24 hours, so there is no rate.*\n")
    assert ":grey_question: *Complaints* no rate: 0 of 0 sent\nday before no rate (0 of 0)" in said
    assert said.endswith("No event of any mail has come yet.")
    assert labels(message.blocks)[:3] == ["Refresh", "Show bounces", "Show complaints"]


async def test_a_request_needs_those_who_may_decide_it_and_nobody_else(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database)
    async with pool.acquire() as connection, connection.transaction():
        approval = await pressing.ask(connection, account.id, by="U0MGR1")
    number = cases.number(approval.case_id)
    before = await look(pool, "U0MGR2")
    assert labels(before.blocks)[0] == "Show account"
    await posted(database)
    message = await look(pool, "U0MGR2")
    assert first(message) == ":raised_hand: 1 thing needs you"
    assert message.text == f"1 thing needs you by Thu 26 Nov 18:00 JST: a request waits for your decision ({number})."
    said = words(message.blocks)
    assert f":raised_hand: *Restrict {account.masked}?* {number}\n5 complaints about 86 mails in 30 days." in said
    assert "Decide by Thu 26 Nov 18:00." in said
    (link, show, *_) = [one for block in message.blocks for one in screens.elements(block)]
    assert (link["text"]["text"], link["style"]) == ("Open the request", "primary")
    assert link["url"] == "https://faxi.slack.example/archives/C0MGMT/p1795542720000100"
    assert show["action_id"] == "account.show"
    for who in ("U0MGR1", "U0OP1", "U0AUD1"):
        assert first(await look(pool, who)) == ":warning: Not all is well", who


async def test_a_person_who_was_not_told_needs_whoever_has_the_case(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database, verified=False)
    case_id = await lifting.restrict(pool, account, now=NOW)
    await posted(database)
    message = await look(pool)
    assert message.text == f"1 thing needs you: a person was not told yet ({cases.number(case_id)})."
    assert f"*A person was not told yet: please call.* {cases.number(case_id)}, {account.masked}" in words(
        message.blocks
    )
    # The request stands in management's channel, which is not theirs.
    assert labels(message.blocks)[:2] == ["Record a contact…", "Show account"]
    assert first(await look(pool, "U0OP2")) == ":warning: Not all is well"
    gone = {**GROUPS, Group.OPERATIONS: frozenset({"U0OP2"})}
    async with pool.acquire() as connection, connection.transaction():
        await roster.record(connection, Membership(gone, 0.0), NOW)
    assert first(await look(pool, "U0OP2", groups=gone)) == ":warning: 1 thing needs you"
    assert first(await look(pool, "U0MGR1", groups=gone)) == ":warning: Not all is well"


async def test_a_fax_of_which_nothing_is_known_needs_whoever_has_the_case(pool: Pool, database: Database) -> None:
    case_id = await lifting.restrict(pool, await lifting.make_account(database))
    await ends(pool, case_id, "unknown")
    message = await look(pool)
    assert first(message) == ":grey_question: 1 thing needs you"
    assert message.text == f"1 thing needs you: nobody knows whether a fax went out ({cases.number(case_id)})."
    assert labels(message.blocks)[:2] == ["Record a contact…", "Send the fax again"]
    assert "*Faxes* nobody knows of 1 fax whether it went out" in words(message.blocks)
    assert "Nobody knows of a fax whether it went out." in words((await look(pool, "U0OP2")).blocks)


async def test_reviews_need_their_owner_when_due_and_operations_where_nobody_has_them(
    pool: Pool, database: Database
) -> None:
    account = await lifting.make_account(database, complaints=3)

    async def opened(procedure: str, owner: str | None, due_at: datetime) -> int:
        async with pool.acquire() as connection, connection.transaction():
            case = {"subject_user": account.id, "opened_by": roster.BOT, "owner": owner, "due_at": due_at}
            made = await cases.open_case(connection, TEAM.runbook, procedure, now=NOW, **case)  # type: ignore[arg-type]
            for step in ("look", "gather"):
                await cases.settle(connection, made, step, "done", who=roster.BOT, now=NOW)
        return made

    await opened("review", "U0OP1", NOW + 25 * HOUR)
    late = await opened("review", "U0OP1", NOW - HOUR)
    soon = await opened(flagged.PROCEDURE, None, NOW + 24 * HOUR)
    message = await look(pool)
    assert message.text == (
        f"2 things need you by Wed 25 Nov 08:50 JST: review a restriction was due ({cases.number(late)})."
    )
    said = words(message.blocks)
    assert f":warning: *Review a restriction* {cases.number(late)}, {account.masked}\n" in said
    assert "Step 2: Talk with the person, was due Wed 25 Nov 08:50." in said
    assert "due by Thu 26 Nov 09:50." in said
    assert labels(message.blocks)[:4] == ["Answer…", "Show account", "Answer…", "Show account"]
    assert await opens(pool, message, late)
    other = await look(pool, "U0OP2")
    assert first(other) == ":warning: 1 thing needs you"
    assert f"({cases.number(soon)})" in other.text
    assert first(await look(pool, "U0MGR1")) == ":warning: Not all is well"


async def opens(pool: Pool, message: Message, case_id: int) -> bool:
    """Press the first button and say whether it leads to this case."""
    (answer, *_) = [one for block in message.blocks for one in screens.elements(block)]
    return (await press(pool, answer["action_id"], value=answer["value"])).case_id == case_id


def said_of(message: Message, what: str) -> int:
    """Count how often this is said."""
    return words(message.blocks).count(what)


async def test_many_things_are_counted_and_the_first_are_shown(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for n in range(9):
            await cases.open_case(
                connection,
                TEAM.runbook,
                flagged.PROCEDURE,
                subject_user=None,
                opened_by=roster.BOT,
                owner=None,
                now=NOW,
                due_at=NOW + n * HOUR,
            )
    message = await look(pool)
    assert first(message) == ":warning: 9 things need you"
    assert "And 3 more: `/faxi-case` lists what is open." in words(message.blocks)
    assert said_of(message, "*Review a flagged account*") == 6


async def test_the_figures_are_those_of_the_one_definition(pool: Pool, database: Database) -> None:
    today = Counts(2000, 2000, 1900, complaints=1, permanent=61)
    await two_days.write(database, today, QUIET, newest=HOUR)
    async with pool.acquire() as connection:
        counted = await mail_figures(connection, NOW)
    assert (counted.today.complaints, counted.today.permanent, counted.today.sent) == (1, 61, 2000)
    said = words((await look(pool)).blocks)
    assert ":white_check_mark: *Complaints 0.0500%*" not in said
    assert ":white_check_mark: *Complaints 0.050%* (1 of 2,000)\nlimit 0.1%, " in said
    assert ":warning: *Bounces 3.05%* (61 of 2,000)\n61 permanent; over 3%, limit 5%, " in said
    assert ":white_check_mark: *Delivered 95.00%* (1,900 of 2,000;" in said


async def test_limits_are_compared_unrounded_and_a_rounded_rate_never_lands_on_one(
    pool: Pool, database: Database
) -> None:
    today = Counts(1999, 1999, 1899, complaints=2, permanent=100)
    await two_days.write(database, today, QUIET, newest=HOUR)
    message = await look(pool)
    said = words(message.blocks)
    assert ":rotating_light: *Complaints 0.1001%* (2 of 1,999)\nover 0.1%, " in said
    assert ":rotating_light: *Bounces 5.003%* (100 of 1,999)\n100 permanent; over 5%, " in said
    assert (
        ":rotating_light: *Delivered 94.997%* (1,899 of 1,999; the last hour is not counted yet)\nunder 95%, " in said
    )
    assert first(message) == ":rotating_light: 3 things need you"
    assert labels(message.blocks)[:3] == ["Show 2 complaints", "Show 100 bounces", "Refresh"]
    # Whoever is on call is called to it too; management and auditors read it.
    reader = await look(pool, "U0MGR1")
    assert first(reader) == ":warning: Not all is well"
    assert "*Complaints are over 0.1%.*\n*Bounces are over 5%.*\n*Less than 95% is delivered.*" in words(reader.blocks)
    async with pool.acquire() as connection, connection.transaction():
        await oncall.take(connection, TEAM, "U0MGR1", NOW)
    assert first(await look(pool, "U0MGR1")) == ":rotating_light: 3 things need you"


async def test_flagged_and_restricted_accounts_are_counted_apart(pool: Pool, database: Database) -> None:
    for complaints in (2, 3, 5, 6):
        await lifting.make_account(database, complaints=complaints, mails=9)
    await lifting.restrict(pool, await lifting.make_account(database, mails=9))
    said = words((await look(pool)).blocks)
    assert "*Open* 3 flagged accounts, 2 of them at 5 complaints or more, 1 restricted account, 1 open case" in said


async def reviewed(database: Database, account: UUID) -> None:
    """Let an account have been reviewed."""
    async with database.connect() as eyes:
        await Office(eyes).case(account, closed_at=NOW - HOUR)


async def test_flagged_accounts_that_nobody_has_reviewed_need_operations(pool: Pool, database: Database) -> None:
    await two_days.write(database, QUIET, QUIET, newest=HOUR)
    one, other, _ = [await lifting.make_account(database, complaints=n, mails=9) for n in (3, 4, 2)]
    message = await look(pool)
    assert message.text == "1 thing needs you: 2 flagged accounts have no review."
    assert "*2 flagged accounts have no review.*\nThe runbook asks for one within 24 hours." in words(message.blocks)
    assert labels(message.blocks)[:2] == ["Show flagged accounts", "Refresh"]
    reader = await look(pool, "U0AUD1")
    assert first(reader) == ":warning: Not all is well"
    await reviewed(database, one.id)
    assert "*1 flagged account has no review.*" in words((await look(pool)).blocks)
    async with pool.acquire() as connection, connection.transaction():
        await ask(connection, other.id)
    assert "no review" not in words((await look(pool)).blocks)


async def test_accounts_at_the_limit_for_which_nobody_asked_need_operations(pool: Pool, database: Database) -> None:
    await two_days.write(database, QUIET, QUIET, newest=HOUR)
    asked, other = [await lifting.make_account(database, complaints=5, mails=9) for _ in range(2)]
    await reviewed(database, (await lifting.make_account(database, complaints=4, mails=9)).id)
    message = await look(pool)
    assert message.text == "1 thing needs you: 2 accounts have 5 complaints or more, and no request."
    assert first(message) == ":warning: 1 thing needs you"
    assert labels(message.blocks)[:2] == ["Show flagged accounts", "Refresh"]
    # It is work of operations; for others it is not all well.
    for who in ("U0MGR1", "U0AUD1"):
        read = await look(pool, who)
        assert first(read) == ":warning: Not all is well"
        assert "*2 accounts have 5 complaints or more, and no request.*" in words(read.blocks)
    async with pool.acquire() as connection, connection.transaction():
        await ask(connection, asked.id)
    assert "*1 account has 5 complaints or more, and no request.*" in words((await look(pool)).blocks)
    # What management has decided is not asked for again.
    async with pool.acquire() as connection, connection.transaction():
        await ask(connection, other.id)
    async with database.connect() as owner:
        await owner.execute(
            "UPDATE chatops.approvals SET state = 'denied', decided_at = $1, decided_by = 'U0MGR1'", NOW
        )
    message = await look(pool)
    assert "no request" not in words(message.blocks)
    assert "*Open* 3 flagged accounts, 2 of them at 5 complaints or more" in words(message.blocks)


async def test_what_fails_is_unknown_since_then_with_what_was_known_last(pool: Pool, database: Database) -> None:
    await two_days.write(database, QUIET, QUIET, newest=HOUR)
    command = the_command()
    await look(pool, run=command)
    async with database.connect() as owner:
        await owner.execute("REVOKE SELECT ON public.email_metrics FROM faxi_bot")
    await look(pool, run=command, now=NOW + timedelta(minutes=1))
    message = await look(pool, run=command, now=NOW + timedelta(minutes=2))
    said = words(message.blocks)
    assert first(message) == ":grey_question: 2 things are unknown"
    assert message.text == "2 things are unknown: the mail figures, since 09:51 JST."
    since, at = "<!date^1795567860^{time}|09:51 JST>", "<!date^1795567800^{time}|09:50 JST>"
    assert f"*Mail figures unknown since {since}.* The database refuses to answer this. Last known at {at}." in said
    assert f":grey_question: *Mail* unknown since {since}\nLast known, {at}\nComplaints 0% (0 of 1,200)" in said
    assert ":grey_question: *Open* flagged and restricted accounts unknown, 0 open cases" in said
    assert ":white_check_mark: *Complaints" not in said
    async with database.connect() as owner:
        await owner.execute("GRANT SELECT ON public.email_metrics TO faxi_bot")
    assert "unknown" not in words((await look(pool, run=command, now=NOW + 3 * timedelta(minutes=1))).blocks)


async def test_what_takes_too_long_is_given_up_and_the_rest_is_shown(pool: Pool, database: Database) -> None:
    async with database.connect() as other, other.transaction():
        await other.execute("LOCK TABLE public.users IN ACCESS EXCLUSIVE MODE")
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '20ms'")
            figures = await Status().figures(connection, NOW)
            assert await connection.fetchval("SHOW statement_timeout") == "5s"
    assert (figures.accounts.why, figures.accounts.unknown_since, figures.accounts.now) == ("slow", NOW, None)
    assert figures.work.now is not None
    assert figures.mail.now is not None


async def test_twenty_people_at_once_cost_one_computation(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[datetime] = []

    def counting(look: Callable[[Connection, datetime], Awaitable[Mail]]) -> Any:
        async def counted_look(connection: Connection, now: datetime) -> Mail:
            counted.append(now)
            return await look(connection, now)

        return counted_look

    monkeypatch.setattr(status, "_mail", counting(status._mail))  # noqa: SLF001
    command = the_command()
    await asyncio.gather(*(look(pool, run=command) for _ in range(20)))
    assert counted == [NOW]
    # A trial's clock may leap: what was counted before is not shown as what is now.
    await look(pool, run=command, now=NOW + HOUR)
    assert counted == [NOW, NOW + HOUR]


async def test_the_bots_own_health_is_told_by_rows(pool: Pool, database: Database) -> None:
    async with database.connect() as owner:
        await owner.execute("UPDATE chatops.leases SET until = clock_timestamp() + interval '15 seconds'")
        await due.add(owner, "audit.anchor", "head", NOW - timedelta(minutes=1))
        await owner.execute("INSERT INTO chatops.anchors (number, hash, at) VALUES (1, 'x', $1)", NOW - HOUR)
    well = words((await look(pool)).blocks)
    assert ":white_check_mark: *The bot* sends, and nothing is late" in well
    assert "*Records* none yet" in well
    late = words((await look(pool, now=NOW + timedelta(minutes=2))).blocks)
    assert ":warning: *The bot* is late: 1 thing waits, the oldest since <!date^1795567740^{time}|09:49 JST>" in late
    assert "*What is due is late.*" in late
    async with database.connect() as owner:
        await owner.execute("UPDATE chatops.leases SET until = clock_timestamp() - interval '1 second'")
        await owner.execute(
            "INSERT INTO chatops.posts (renderer, subject, parameters, destination, state, urgent, attempts,"
            " maybe_twice, created_at) SELECT 'oncall.taken', 'oncall', '{}', 'C0OPS', s, false, 0, false, $1"
            " FROM unnest(ARRAY['waiting', 'waiting', 'failed']) AS s",
            NOW,
        )
    ill = words((await look(pool)).blocks)
    assert ":warning: *The bot* sends nothing: no process holds the sender's place" in ill
    assert ":hourglass_flowing_sand: *Slack* 2 messages waiting" in ill
    assert ":warning: *Slack* refused 1 message in 24 hours" in ill


async def test_records_without_an_anchor_are_seen(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await anchoring.record_own(connection, "test:record", "done", NOW - HOUR)
    said = words((await look(pool)).blocks)
    assert "*Records wait for their anchor.*" in said
    assert ":warning: *Records* the last is 1, <!date^1795564200^{time}|08:50 JST>; none anchored yet" in said


async def test_words_after_the_command_change_nothing_and_it_says_so(pool: Pool) -> None:
    typed, plain = await look(pool, text="+819012344821"), await look(pool)
    assert typed.blocks[:-1] == plain.blocks
    assert words(typed.blocks).endswith("`/faxi-status` takes no words: yours were not used.")


async def test_refresh_shows_the_same_anew(pool: Pool, database: Database) -> None:
    await two_days.write(database, QUIET, QUIET, newest=HOUR)
    again = await press(pool, "status.refresh", ephemeral=True)
    assert shown(again).blocks == (await look(pool)).blocks
    assert (again.result, again.parameters) == ("shown", {"needs": 0})
