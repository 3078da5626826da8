"""What /faxi-account shows: the state first, then what this person can do now, then facts and history; all masked."""

from datetime import timedelta
from typing import Any

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine import case_numbers, cases, handles
from bot.engine.access import Group
from bot.local.postgres import Postgres
from bot.mail import contacts, faxes, restrictions
from bot.slack.blocks import Message
from commands import account_figures
from tests.support import faces, pressing
from tests.support.databases import Database
from tests.support.faces import MANAGEMENT, OPERATIONS
from tests.support.pressing import NOW, add_user, ask, labels, press, restrict, shown, words
from tests.support.system import JSON
from tests.support.team import CHANNELS, at, make_team
from tests.support.workspace import eventually

NUMBER = "+81 90-1234-4821"
NOT_VERIFIED = ":warning: *Fax number* not verified: no notices by fax"


async def account(pool: Pool, who: str = "U0OP1", text: str = NUMBER, **click: Any) -> Message:
    """Type /faxi-account and return the answer."""
    return shown(await press(pool, "/faxi-account", who, kind="command", text=text, **click))


async def test_an_account_in_order_says_so_first_and_offers_what_would_work(pool: Pool, database: Database) -> None:
    await add_user(database, complaints=1, mails=22)
    said = await account(pool)
    assert said.text == "Account found, and nothing is due."
    assert words(said.blocks).split("\n") == [
        ":white_check_mark: In order",
        "*+81 •••• 4821*",
        "1 complaint in 30 days, flagged at 3.",
        "*Last 30 days*",
        "Complaints 4.55% (1 of 22)",
        "Bounces 0% (0 of 22)",
        "Delivered 0% (0 of 21; the last hour is not counted yet)",
        "Of Wed 25 Nov (abuse).",
        "*Fax number* verified",
        "*Language* not set, notices in Japanese",
        "*Blocked senders* 0",
        "*With Faxi since* 14 Jun 2026",
        f"Counted at <!date^{int(NOW.timestamp())}^{{time}}|09:50 JST>. This look is recorded.",
    ]
    more = ["Show complaints", "Show activity", "Show history"]
    assert labels(said.blocks) == [*more, "Record a contact…", "Ask to restrict…", "Show number…"]


async def test_what_the_bot_may_not_count_yet_is_unknown_and_hides_nothing_else(pool: Pool, database: Database) -> None:
    await add_user(database)
    async with database.connect() as connection:
        await connection.execute("REVOKE SELECT (user_id) ON public.email_blocklist FROM faxi_bot")
    seen = words((await account(pool)).blocks)
    assert ":grey_question: *Blocked senders* unknown: the bot may not count them." in seen
    assert "*With Faxi since* 14 Jun 2026" in seen


async def test_an_auditor_sees_the_account_and_may_only_look_further(pool: Pool, database: Database) -> None:
    user_id = await add_user(database, complaints=6, mails=9)
    await restrict(pool, user_id)
    said = await account(pool, "U0AUD1")
    assert "Restricted since Wed 25 Nov" in words(said.blocks)
    assert labels(said.blocks) == ["Show complaints", "Show activity", "Show history"]


@pytest.mark.parametrize(
    ("complaints", "header", "fact", "primary"),
    [
        (2, ":white_check_mark: In order", "2 complaints in 30 days, flagged at 3.", []),
        (3, ":warning: Flagged: 3 complaints", "3 complaints in 30 days. At 5 a restriction is due.", []),
        (5, ":warning: Flagged: 5 complaints", "5 complaints in 30 days: a restriction is due.", ["restriction.ask"]),
    ],
)
async def test_an_account_is_flagged_from_3_complaints_on_and_a_restriction_is_due_at_5(
    pool: Pool, database: Database, complaints: int, header: str, fact: str, primary: list[str]
) -> None:
    await add_user(database, complaints=complaints, mails=41)
    said = await account(pool)
    assert words(said.blocks).startswith(f"{header}\n*+81 •••• 4821*\n{fact}\n")
    row = next(block["elements"] for block in said.blocks if block["type"] == "actions")
    assert [one["action_id"] for one in row if one.get("style") == "primary"] == primary


async def test_a_request_that_waits_is_said_with_who_may_decide_and_offered_to_whom_it_concerns(
    pool: Pool, database: Database
) -> None:
    user_id = await add_user(database, complaints=5, mails=41)
    async with pool.acquire() as connection, connection.transaction():
        number = cases.number((await ask(connection, user_id)).case_id)
    async with database.connect() as owner:
        await owner.execute(
            "UPDATE chatops.live_messages SET channel = destination, ts = '1795544640.000200' WHERE destination = $1",
            CHANNELS.management,
        )
    mine = await account(pool)
    assert mine.text == f"Account found, with a decision due by Thu 26 Nov 18:00 JST ({number})."
    assert f":hourglass_flowing_sand: *A decision waits*: restrict the account? ({number})" in words(mine.blocks)
    assert "Asked by Aoi Tanaka. Any manager may decide by Thu 26 Nov 18:00, except Aoi Tanaka." in words(mine.blocks)
    assert labels(mine.blocks)[:-3] == ["Record a contact…", "Show number…", "Withdraw request"]
    assert labels((await account(pool, "U0OP2")).blocks)[:-3] == ["Record a contact…", "Show number…"]
    manager = await account(pool, "U0MGR1")
    assert labels(manager.blocks)[:-3] == ["Record a contact…", "Show number…", "Open the request"]
    (link,) = [one["url"] for block in manager.blocks for one in block.get("elements", []) if "url" in one]
    assert link == "https://faxi.slack.example/archives/C0MGMT/p1795544640000200"


async def test_what_nobody_could_approve_is_not_offered(pool: Pool, database: Database) -> None:
    await add_user(database, complaints=5, mails=41)
    alone = {**pressing.GROUPS, Group.MANAGEMENT: frozenset({"U0MGR1"})}
    assert labels((await account(pool, "U0MGR1", groups=alone)).blocks)[:-3] == ["Record a contact…", "Show number…"]
    assert labels((await account(pool, "U0OP1", groups=alone)).blocks)[:-3] == [
        "Record a contact…",
        "Ask to restrict…",
        "Show number…",
    ]


async def test_a_restriction_is_said_with_reason_follow_up_and_that_the_person_is_to_be_called(
    pool: Pool, database: Database
) -> None:
    user_id = await add_user(database, complaints=5, mails=86)
    number = cases.number((await restrict(pool, user_id, now=at("2026-11-25 10:41"))).case_id)
    said = await account(pool, now=at("2026-11-25 12:00"))
    assert said.text == f"Account found, and somebody must call the person ({number})."
    assert words(said.blocks).startswith(
        ":no_entry_sign: Restricted since Wed 25 Nov\n*+81 •••• 4821*\n"
        f"Reason: Fraud or scam mail ({number}).\n"
        "Follow-up on Fri 25 Dec 2026, Aoi Tanaka.\n"
        f":warning: *The person was not told yet.* Please call, then record it ({number}).\n"
        "Marked as restricted. 0 mails sent since. Can receive and shop.\n"
        ":warning: Faxi does not stop the mail by itself yet.\n"
    )
    assert "Ask to restrict…" not in labels(said.blocks)
    assert labels(said.blocks)[0] == "Record a contact…"
    assert f"restricted, approved by Kenji Ono ({number})" in words(said.blocks)
    async with pool.acquire() as connection, connection.transaction():
        case_id = case_numbers.parse(number)
        assert case_id is not None
        await cases.settle(connection, case_id, "tell", "done", who="U0OP1", now=NOW)
    told = await account(pool, now=at("2026-11-25 12:00"))
    assert told.text == "Account found, with a follow-up on Fri 25 Dec 2026."
    assert "Asked to send no mail until we have talked. 0 mails sent since. Can receive and shop." in words(told.blocks)
    assert "not told yet" not in words(told.blocks)


async def test_a_restriction_that_is_not_the_bots_is_said_to_be_none_of_its(pool: Pool, database: Database) -> None:
    await add_user(database, complaints=5, mails=6, restricted_at=at("2026-11-25 05:00"))
    said = await account(pool)
    assert said.text == "Account found, restricted, but not by this bot."
    assert "Not restricted by this bot, so it knows neither why nor by whom." in words(said.blocks)
    assert "Marked as restricted. 4 mails sent since." in words(said.blocks)
    assert "restricted, not by this bot" in words(said.blocks)
    assert "Our error…" not in labels(said.blocks)
    async with database.connect() as faxi:
        await faxi.execute("UPDATE public.users SET email_restriction_reason = '5 complaints' WHERE email_restricted")
    assert "Faxi notes why: “5 complaints”; by whom is not noted." in words((await account(pool)).blocks)


async def test_after_a_lift_the_account_is_watched_and_both_stand_in_what_happened(
    pool: Pool, database: Database
) -> None:
    user_id = await add_user(database, complaints=5, mails=86)
    approval = await restrict(pool, user_id)
    lifted = at("2026-12-25 11:20")
    async with database.connect() as connection:
        await connection.execute(
            "UPDATE chatops.restrictions SET lifted_at = $1, lifted_by = 'U0MGR2', lifted_as = 'lift',"
            " watch_until = $2",
            lifted,
            at("2027-01-24 11:20"),
        )
        await connection.execute("UPDATE public.users SET email_restricted = false, email_restricted_at = NULL")
        await connection.execute("UPDATE chatops.cases SET state = 'done', closed_at = $1, closed_by = 'bot'", lifted)
    said = await account(pool, now=lifted + timedelta(hours=1))
    number = cases.number(approval.case_id)
    assert said.text == "Account found, watched until Sun 24 Jan 2027."
    assert words(said.blocks).startswith(":eyes: Watched until Sun 24 Jan\n")
    assert ":eyes: Watched until Sun 24 Jan 2027, complaints counted anew." in words(said.blocks)
    happened = words(said.blocks).partition("*What happened*\n")[2].split("\n")
    assert [line.partition("> ")[2] for line in happened[:2]] == [
        f"lifted, Naomi Fujita ({number})",
        f"restricted, approved by Kenji Ono ({number})",
    ]


async def test_what_happened_is_told_newest_first_with_the_count_of_what_is_left_out(
    pool: Pool, database: Database
) -> None:
    user_id = await add_user(database)
    async with pool.acquire() as connection, connection.transaction():
        for day in range(12):
            await contacts.record(
                connection,
                subject=user_id,
                case_id=None,
                how="letter",
                who="U0OP2",
                at=NOW - timedelta(days=day),
                outcome="talked",
                said=list(contacts.SAID),
                by="U0OP1",
                now=NOW,
            )
    happened = words((await account(pool)).blocks).partition("*What happened*\n")[2].split("\n")
    assert happened[0].endswith(
        "letter, Ren Mori. We talked. Understands what went wrong. Promises to keep the rules. Did not know of the"
        " complaints. Someone else used the account. Does not agree, asks for a review."
    )
    assert len([line for line in happened if "letter, Ren Mori" in line]) == 10
    assert happened[10] == "And 2 earlier."
    assert happened == [*sorted(happened[:10], reverse=True), *happened[10:]]


async def test_what_was_told_by_fax_stands_there_with_what_became_of_it(pool: Pool, database: Database) -> None:
    user_id = await add_user(database, complaints=5, mails=9, verified=False)
    case_id = (await restrict(pool, user_id, team=pressing.FAXING)).case_id
    async with pool.acquire() as connection, connection.transaction():
        await faxes.want(
            connection,
            pressing.FAXING,
            case_id=case_id,
            step="tell",
            kind="restriction",
            user_id=user_id,
            wanted_by="U0MGR1",
            now=NOW,
        )
    said = words((await account(pool)).blocks)
    assert f"restriction fax not sent: the fax number is not verified ({cases.number(case_id)})" in said
    assert "*The person was not told yet.* Please call, then record it" in said


@pytest.mark.parametrize(
    ("language", "user", "said"),
    [
        ("ja", {}, ["*Fax number* verified", "*Language* Japanese"]),
        (
            "en-US",
            {"verified": False},
            [":warning: *Fax number* not verified: no notices by fax", "*Language* English"],
        ),
        ("fr", {}, ["*Language* another, notices in Japanese"]),
        (None, {"demo": True}, [":heavy_minus_sign: *Demo user of Faxi*: no notices by fax"]),
    ],
)
async def test_the_facts_say_whether_and_how_a_notice_could_go_out(
    pool: Pool, database: Database, language: str | None, user: dict[str, Any], said: list[str]
) -> None:
    preferences = {} if language is None else {"language": language}
    await add_user(database, preferences=preferences, **user)
    told = words((await account(pool)).blocks).split("\n")
    assert [line for line in said if line not in told] == []


NAMES_NONE = [
    ("", "Which account?", "refused:empty"),
    ("+819099990000", "No account has this number, address or id.", "refused:not_found"),
    ("grandmother", "That is no telephone number, no mail address and no id.", "refused:not_found"),
    ("OPS-9999", "There is no case OPS-9999.", "refused:not_found"),
    ("ops 1", "OPS-0001 is about no account.", "refused:no_account"),
]


async def test_what_names_no_account_is_answered_with_the_ways_to_name_one(pool: Pool) -> None:
    book = make_team().runbook
    async with pool.acquire() as connection, connection.transaction():
        await cases.open_case(connection, book, "review", subject_user=None, opened_by="U0OP1", owner=None, now=NOW)
    for typed, said, result in NAMES_NONE:
        outcome = await press(pool, "/faxi-account", kind="command", text=typed)
        told = words(shown(outcome).blocks)
        assert said in told
        assert told.endswith("Give it with country code: `/faxi-account +81…`, or a case: `/faxi-account OPS-0053`.")
        assert (outcome.result, outcome.allowed) == (result, False)
        assert "99990000" not in str(outcome.parameters)


async def test_a_case_leads_to_its_account_by_number_and_from_its_thread(pool: Pool, database: Database) -> None:
    user_id = await add_user(database, complaints=5, mails=9)
    approval = await restrict(pool, user_id)
    by_number = await press(pool, "/faxi-account", kind="command", text=f"ops-{approval.case_id}")
    assert (by_number.subject, by_number.case_id) == (user_id, approval.case_id)
    assert "*+81 •••• 4821*" in words(shown(by_number).blocks)
    async with database.connect() as connection:
        await connection.execute(
            "UPDATE chatops.live_messages SET channel = destination, ts = '1.5' WHERE destination = $1",
            CHANNELS.management,
        )
    thread: dict[str, Any] = {"channel": CHANNELS.management, "thread_ts": "1.5", "text": ""}
    account_of = wiring.catalogue().find("command", "/faxi-account")
    assert account_of is not None
    from_thread = await press(pool, "app_mention", "U0MGR1", kind="event", run=account_of, **thread)
    assert (from_thread.result, from_thread.case_id) == ("shown", approval.case_id)
    typed = await press(pool, "app_mention", kind="event", run=account_of, text=NUMBER)
    assert words(shown(typed).blocks).endswith("If your own message holds the number, please delete it.")


async def test_show_account_shows_the_same_and_an_unknown_value_is_an_old_button(
    pool: Pool, database: Database
) -> None:
    user_id = await add_user(database, complaints=3, mails=9)
    async with pool.acquire() as connection, connection.transaction():
        value = await handles.mint(connection, restrictions.ACCOUNT, str(user_id), 1, NOW)
    outcome = await press(pool, "account.show", value=value)
    assert (outcome.result, outcome.subject) == ("shown", user_id)
    assert shown(outcome).blocks == (await account(pool)).blocks
    old = await press(pool, "account.show", value="ac_unknown1")
    assert (old.result, old.allowed) == ("refused:unknown_button", False)
    async with database.connect() as owner:
        await owner.execute("DELETE FROM public.users WHERE id = $1", user_id)
    assert (await press(pool, "account.show", value=value)).result == "refused:gone"


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [
        (0, 22, "0% (0 of 22)"),
        (22, 22, "100% (22 of 22)"),
        (5, 86, "5.81% (5 of 86)"),
        (1, 400, "0.25% (1 of 400)"),
        (1, 30_000, "0.003% (1 of 30,000)"),
        (99_999, 100_000, "99.999% (99,999 of 100,000)"),
        (3, 0, "no rate (3 of 0)"),
        (1, 16, "6.25% (1 of 16)"),
        (1, 32, "3.13% (1 of 32)"),
    ],
)
def test_a_rate_shows_its_fraction_and_never_looks_like_nothing_or_all(part: int, whole: int, written: str) -> None:
    assert account_figures.rate(part, whole) == written


async def test_a_person_looks_up_records_a_call_and_looks_again_through_slack(template: Postgres) -> None:
    async with faces.running_faces(template) as system:
        made = await faces.make_account(system)
        number = await faces.ask(system, made)
        await faces.press(system, "mgr1", "Approve restriction", number)
        await system.settle()
        before = await faces.head(system)
        found = (await system.command("op2", OPERATIONS, f"/faxi-account {made.number}"))["answer"]
        assert found["ephemeral"]
        assert f"The person was not told yet. Please call, then record it ({number})." in found["plain"]
        assert found["buttons"][0]["text"] == "Record a contact…"
        await system.click("op2", "Record a contact…", channel=OPERATIONS, ts=found["ts"])
        form = await faces.looked(system, "op2")
        assert (form["callback_id"], form["submit"]) == ("account.contact", "Record contact")
        said = ["Understands what went wrong", "Promises to keep the rules"]
        future = int((system.clock.now() + timedelta(hours=1)).timestamp())
        refused = await system.submit("op2", form["id"], {"When?": future})
        assert refused["errors"]["when"].startswith("This is still to come. Please give the time when it was. (F-")
        at_once = int(system.clock.now().timestamp())
        saved = await system.submit(
            "op2", form["id"], {"When?": at_once, "Who of us?": "op1", "What did the person say?": said}
        )
        assert "Recorded: call of Wed 24 Nov 09:5" in saved["view"]["plain"]
        assert "Aoi Tanaka. We talked." in saved["view"]["plain"]
        assert "Understands what went wrong. Promises to keep the rules." in saved["view"]["plain"]
        assert f"Step 4 of {number} is done." in saved["view"]["plain"]
        await system.click("op2", "Show account", view=saved["view"]["id"])
        again = await faces.looked(system, "op2")
        assert "call, Aoi Tanaka. We talked. Understands what went wrong." in again["plain"]
        assert "not told yet" not in again["plain"]
        await faces.close_all(system, "op2")
        assert "Restricted, person told" in (await faces.request(system, number))["plain"]
        assert any("done, by Aoi Tanaka" in one for one in await faces.thread(system, number))
        live = await faces.request(system, number)
        await system.message("mgr1", MANAGEMENT, "@faxi-bot account", thread=live["ts"])

        async def answered() -> list[JSON]:
            return [one for one in await system.messages("mgr1", MANAGEMENT, live["ts"]) if one["ephemeral"]]

        (told,) = await eventually(answered)
        assert f"Restricted since Wed 24 Nov\n{made.masked}" in told["plain"]
        records = [(one["action"], one["result"]) for one in await faces.audit(system, before)]
        assert records == [
            ("account:show", "shown"),
            ("account:contact_form", "form"),
            ("account:contact", "refused:form"),
            ("account:contact", "recorded"),
            ("account:show", "shown"),
            ("account:show", "shown"),
        ]
        assert {one["subject"] for one in await faces.audit(system, before)} == {made.id}
