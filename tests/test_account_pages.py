"""More of one account: its figures as drawn, its history and its mail by day and domain, in pages of fifteen."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bot.base.database import Pool
from bot.engine import cases
from bot.mail import contacts
from bot.slack.blocks import Message
from tests.support import screens
from tests.support.databases import Database
from tests.support.mailing import DAY, HOUR, Mail, values
from tests.support.pressing import NOW, TEAM, add_user, labels, press, restrict, shown, words
from tests.test_screens import drawn, general

NUMBER = "+81 90-1234-4821"
LATER = (
    # what is not built: the review of an account has its case, and no form
    "Write the review…",
    # a fax stands there with its case, and this person came another day
    *("guidance fax", "*With Faxi since*"),
)


async def account(pool: Pool, text: str = NUMBER, who: str = "U0OP1", **click: Any) -> Message:
    """Type /faxi-account and return the answer."""
    return shown(await press(pool, "/faxi-account", who, kind="command", text=text, **click))


async def become(database: Database, user_id: UUID, *, delivered: int, bounced: int = 0, blocked: int = 0) -> None:
    """Have an account's first mails delivered, the next bounce (told twice, of nobody), and some senders blocked."""
    mails = [f"{user_id}-{n}" for n in range(delivered + bounced)]
    rows: list[tuple[str, str, Any]] = [("delivered", mail, None) for mail in mails[:delivered]]
    rows += [("bounced", mail, {"bounceType": "Permanent"}) for mail in mails[delivered:]] * 2
    async with database.connect() as connection:
        await connection.executemany(
            "INSERT INTO public.email_metrics (event_type, message_id, occurred_at, details) VALUES ($1, $2, $3, $4)",
            [(kind, mail, NOW - timedelta(minutes=5), details) for kind, mail, details in rows],
        )
        await connection.executemany(
            "INSERT INTO public.email_blocklist (user_id, blocked_email) VALUES ($1, $2)",
            [(user_id, f"sender{n}@shop.example") for n in range(blocked)],
        )


def lacking(said: Message, state: str) -> list[str]:
    """Return the drawn lines that are not to be seen."""
    seen = general(words(said.blocks))
    return [
        line
        for text in screens.plain_of([one for one in drawn("account")[state]["blocks"] if one["type"] != "actions"])
        for line in general(text).split("\n")
        if line not in seen and not any(word in line for word in LATER)
    ]


@pytest.mark.parametrize(
    ("state", "made", "became", "lines"),
    [
        (
            "flagged",
            {"complaints": 3, "mails": 42, "preferences": {"language": "ja"}},
            {"delivered": 40, "bounced": 1, "blocked": 4},
            [
                "Bounces 2.38% (1 of 42): 1 permanent, 0 temporary",
                "Delivered 95.12% (39 of 41; the last hour is not counted yet)",
                "*Blocked senders* 4",
            ],
        ),
        (
            "active",
            {"complaints": 1, "mails": 23, "verified": False},
            {"delivered": 23},
            ["Bounces 0% (0 of 23)", "Delivered 100% (22 of 22; the last hour is not counted yet)"],
        ),
    ],
)
async def test_an_account_has_its_figures_of_30_days_as_drawn(
    pool: Pool, database: Database, state: str, made: Any, became: Any, lines: list[str]
) -> None:
    user_id = await add_user(database, **made)
    await become(database, user_id, **became)
    async with pool.acquire() as connection, connection.transaction():
        if state == "flagged":
            about: Any = {"subject_user": user_id, "opened_by": "bot", "owner": None, "due_at": NOW + 9 * HOUR}
            await cases.open_case(connection, TEAM.runbook, "flagged", now=NOW, **about)
    said = await account(pool)
    assert [line for line in lines if line not in words(said.blocks).split("\n")] == []
    assert lacking(said, state) == []
    assert general(said.text) == general(drawn("account")[state]["text"])
    wanted = [one["text"]["text"] for part in drawn("account")[state]["blocks"] for one in screens.elements(part)]
    assert [one for one in wanted if one not in [*labels(said.blocks), *LATER]] == []


async def test_bounces_of_every_kind_are_told_apart_and_nothing_sent_is_no_rate(pool: Pool, database: Database) -> None:
    mail = Mail()
    sender, silent = mail.person(), mail.person()
    for kind in ("Permanent", "Transient", "Transient", "Undetermined"):
        mail.bounced(sender, kind=kind)
    await mail.write(database)
    said = words((await account(pool, str(sender))).blocks)
    assert "Bounces 100% (4 of 4): 1 permanent, 2 temporary, 1 unclear" in said
    none = words((await account(pool, str(silent))).blocks)
    assert "Bounces no rate (0 of 0)" in none
    assert "Delivered no rate (0 of 0; the last hour is not counted yet)" in none


async def test_history_tells_all_that_happened_newest_first_in_pages_of_fifteen(pool: Pool, database: Database) -> None:
    user_id = await add_user(database, complaints=2, mails=60)
    number = (await restrict(pool, user_id)).case_id
    async with pool.acquire() as connection, connection.transaction():
        for day in range(16):
            await contacts.record(
                connection,
                subject=user_id,
                case_id=None,
                how="call",
                who="U0OP2",
                at=NOW - timedelta(days=40 + day),
                outcome="nobody",
                said=[],
                by="U0OP1",
                now=NOW,
            )
    asked = await press(pool, "/faxi-account", kind="command", text=f"{NUMBER} history")
    assert (asked.tag, asked.result, asked.subject) == ("account:history", "shown", user_id)
    first = shown(asked)
    assert first.text == "This is what happened with the account."
    said = words(first.blocks).split("\n")
    assert said[:2] == ["History of one account", "*+81 •••• 4821*"]
    assert sum("call, Ren Mori. Nobody answered." in line for line in said) == 15 - 8
    told = "\n".join(said)
    assert [
        part
        for part in (
            f"restricted, approved by Kenji Ono (OPS-{number:04d})",
            f"OPS-{number:04d} opened: Restrict an account",
            "complaint (abuse)",
            "Wed 25 Nov 9 mails, 0 delivered: domain not kept 9",
            "Tue 24 Nov 24 mails, 0 delivered: domain not kept 24",
        )
        if part not in told
    ] == []
    assert labels(first.blocks) == ["Next", "Show account", "Show activity"]
    assert said[-1].startswith("1-15 of 24. Newest first; mail of the last 30 days, all else from the beginning.")
    last = shown(await press(pool, "account.next", value=values(first, "Next")[0]))
    assert words(last.blocks).split("\n")[-1].startswith("16-24 of 24. ")
    assert labels(last.blocks) == ["Previous", "Show account", "Show activity"]
    back = shown(await press(pool, "account.previous", value=values(last, "Previous")[0]))
    assert back == first


async def test_activity_tells_each_day_and_the_domains_that_were_written_to(pool: Pool, database: Database) -> None:
    mail = Mail()
    sender = mail.person()
    for domain, count in {"docomo.ne.jp": 4, "gmail.com": 2, "a.example": 1, "b.example": 1, "c.example": 1}.items():
        for n in range(count):
            mail.rows.append(("sent", sender, f"{domain}{n}", NOW - 2 * HOUR, {"to": f"Somebody <x@{domain.upper()}>"}))
            mail.rows.append(("delivered", None, f"{domain}{n}", NOW - HOUR, None))
    mail.rows.append(("sent", sender, "last", NOW - 2 * HOUR, {"to": "y@d.example"}))
    mail.bounced(sender, "gmail.com", at=NOW - DAY)
    mail.complained(sender, at=NOW - DAY)
    await mail.write(database)
    outcome = await press(pool, "/faxi-account", "U0AUD1", kind="command", text=f"{sender} Activity")
    assert (outcome.tag, outcome.subject) == ("account:activity", sender)
    said = words(shown(outcome).blocks).split("\n")
    domains = [f"{one} (1 delivered)" for one in ("a.example 1", "b.example 1", "c.example 1")]
    assert said[2:6] == [
        "*Wed 25 Nov* 10 mails, 9 delivered",
        ", ".join(["docomo.ne.jp 4 (4 delivered)", "gmail.com 2 (2 delivered)", *domains, "1 more domain"]),
        "*Tue 24 Nov* 2 mails, 0 delivered, bounced 1 permanent, 1 complaint",
        "domain not kept 2 (0 delivered), gmail.com 0 (1 bounced)",
    ]
    assert labels(shown(outcome).blocks) == ["Show account", "Show history"]
    nobody = mail.person()
    await mail.write(database)
    assert "No mail in 30 days." in words((await account(pool, f"{nobody} activity")).blocks)


async def test_a_case_may_be_followed_by_activity_and_an_odd_word_gets_a_guess(pool: Pool, database: Database) -> None:
    user_id = await add_user(database, complaints=5, mails=9)
    number = (await restrict(pool, user_id)).case_id
    of_case = await press(pool, "/faxi-account", kind="command", text=f"ops-{number} activity")
    assert (of_case.tag, of_case.subject, of_case.case_id) == ("account:activity", user_id, number)
    odd = await press(pool, "/faxi-account", kind="command", text=f"{NUMBER} activty")
    assert (odd.result, odd.allowed, odd.subject) == ("refused:unknown_option", False, user_id)
    assert "Did you mean `/faxi-account … activity`?" in words(shown(odd).blocks)
    assert [one.get("style") for block in shown(odd).blocks for one in screens.elements(block)] == ["primary"]
    odd_of_case = await press(pool, "/faxi-account", kind="command", text=f"OPS-{number:04} histori")
    assert (odd_of_case.result, odd_of_case.subject) == ("refused:unknown_option", user_id)
    assert labels(shown(odd_of_case).blocks) == ["Show history"]
    guess = await press(pool, "account.activity", value=values(shown(odd), "Show activity")[0])
    assert (guess.tag, guess.subject) == ("account:activity", user_id)
    none = await press(pool, "/faxi-account", kind="command", text=f"{NUMBER} cheese")
    assert labels(shown(none).blocks) == []
    assert "`/faxi-account +81… history` shows all that happened with it" in words(shown(none).blocks)


async def test_old_and_unknown_values_of_pages_are_old_buttons(pool: Pool, database: Database) -> None:
    user_id = await add_user(database, mails=3)
    value = values(await account(pool), "Show history")[0]
    assert (await press(pool, "account.history", value=value)).result == "shown"
    for name in ("account.history", "account.activity", "account.next", "account.previous"):
        assert (await press(pool, name, value="ah_unknown1")).result == "refused:unknown_button"
    async with database.connect() as connection:
        await connection.execute("DELETE FROM public.email_metrics WHERE user_id = $1", user_id)
        await connection.execute("DELETE FROM public.users WHERE id = $1", user_id)
    assert (await press(pool, "account.history", value=value)).result == "refused:gone"
