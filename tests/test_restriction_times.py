"""What time does to a request: the deadline, the night, facts that move, who is new, and the review."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.engine import approvals
from bot.engine.calendar import Calendar
from bot.local.postgres import Postgres
from bot.settings import Hours
from tests.support import faces, raw
from tests.support.faces import DENIAL, DIRECT, MANAGEMENT, OPERATIONS, make_account
from tests.support.system import System

WEDNESDAY, FRIDAY = 2, 4
JAPAN = Calendar(ZoneInfo("Asia/Tokyo"), Hours.parse("09:00-18:00"), Hours.parse("22:00-08:30"), frozenset())


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this module."""
    async with faces.running_faces(template) as running:
        yield running


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        ("2026-11-25 03:24", "2026-11-26 18:00"),  # a Wednesday: the next working day ends after 24 hours
        ("2026-11-25 17:59", "2026-11-26 18:00"),
        ("2026-11-25 19:00", "2026-11-26 19:00"),  # 24 hours are later than the end of the next day
        ("2026-11-27 10:00", "2026-11-30 18:00"),  # Friday to Monday
        ("2026-11-28 10:00", "2026-11-30 18:00"),  # Saturday to Monday
        ("2026-11-20 10:00", "2026-11-24 18:00"),  # Monday is a holiday
        ("2027-04-30 23:00", "2027-05-06 18:00"),  # Golden Week
    ],
)
def test_a_request_waits_24_hours_or_until_the_end_of_the_next_working_day(asked: str, until: str) -> None:
    at, end = (datetime.fromisoformat(one).replace(tzinfo=faces.TOKYO) for one in (asked, until))
    assert approvals.expiry(JAPAN, at) == end


async def test_without_a_decision_by_the_deadline_nothing_happens(system: System) -> None:
    asked_at = await faces.until_day(system, WEDNESDAY, "10:00")
    account = await make_account(system)
    number = await faces.ask(system, account)
    deadline = f"Thu {(asked_at + timedelta(days=1)).day} {asked_at + timedelta(days=1):%b} 18:00"
    assert f"Decide by {deadline}, else nothing happens." in (await faces.request(system, number))["plain"]
    await faces.until(system, "17:59", jump=True)
    await faces.until(system, "17:59", jump=True)
    assert "Decide: restrict an account?" in (await faces.request(system, number))["plain"]
    await faces.until(system, "18:00", jump=True)
    live = await faces.request(system, number)
    assert "No decision in time" in live["plain"]
    assert "Nothing was changed. The person can still send mail.\nAoi Tanaka gets a message." in live["plain"]
    assert f"Expired {deadline}." in live["plain"]
    assert [(one["text"], one["style"]) for one in live["buttons"]] == [
        ("Ask again…", "primary"),
        ("Show account", None),
    ]
    await system.click("mgr2", "Ask again…", channel=MANAGEMENT, ts=live["ts"])
    again = await faces.looked(system, "mgr2")
    assert again["callback_id"] == "restrict.ask"
    assert account.masked in again["plain"]
    await faces.close_all(system, "mgr2")
    *_, ended, planned = await faces.thread(system, number)
    assert ended == "No decision in time. Nothing was changed. @op1 Aoi Tanaka, please ask again if it is still needed."
    assert planned.startswith("The complaints still stand. The bot asks on ")
    copy = await faces.message(system, "op1", DIRECT, f"No decision in time: {account.masked}. Nothing was changed.")
    assert copy["buttons"] == []
    user = await system.fetch("SELECT email_restricted FROM public.users WHERE id = $1", account.id)
    assert not user[0]["email_restricted"]
    (record,) = await system.fetch(
        "SELECT * FROM chatops.audit WHERE action = 'restriction:expire' AND subject = $1", account.id
    )
    assert (record["actor"], record["result"]) == ("bot", "expired")
    case = await system.value("SELECT state FROM chatops.cases WHERE id = $1", int(number[4:]))
    assert case == "cancelled"


async def test_a_click_after_the_deadline_finds_it_expired_even_before_the_bot_says_so(system: System) -> None:
    await faces.until_day(system, WEDNESDAY, "10:00")
    account = await make_account(system)
    number = await faces.ask(system, account)
    value = (await faces.request(system, number))["buttons"][0]["value"]
    before = await faces.head(system)
    system.clock.advance(timedelta(hours=40))
    body = raw.click(system, "mgr1", "restriction.approve", value, MANAGEMENT)
    await raw.hand_over(system, "interactive", body)
    (record,) = await faces.recorded(system, before)
    assert record["result"] == "refused:already_decided"
    (expiry,) = await system.fetch(
        "SELECT * FROM chatops.audit WHERE action = 'restriction:expire' AND subject = $1", account.id
    )
    assert (expiry["actor"], expiry["result"]) == ("bot", "expired"), "one record, whoever came first"
    assert "No decision in time" in (await faces.request(system, number))["plain"]
    said = await faces.message(system, "mgr1", MANAGEMENT, "Your click changed nothing.")
    assert "Already expired" in said["plain"]
    assert await system.value("SELECT count(*) FROM chatops.restrictions WHERE subject = $1", account.id) == 0


async def test_a_request_of_the_night_calls_management_in_the_morning(system: System) -> None:
    asked_at = await faces.until_day(system, WEDNESDAY, "03:24")
    deadline = f"Thu {(asked_at + timedelta(days=1)).day} {asked_at + timedelta(days=1):%b} 18:00"
    account = await make_account(system)
    number = await faces.ask(system, account)
    assert await faces.thread(system, number) == [
        "Asked by Aoi Tanaka. It is night: management is called at 08:30, not now."
    ]
    await faces.until(system, "08:29", jump=True)
    assert len(await faces.thread(system, number)) == 1
    await faces.until(system, "08:31")
    called = (await faces.thread(system, number))[1:]
    assert called == [f":hourglass_flowing_sand: Waiting since the night. @management, please decide by {deadline}."]
    (record,) = await system.fetch(
        "SELECT * FROM chatops.audit WHERE action = 'restriction:remind' AND subject = $1", account.id
    )
    assert record["result"] == "called"
    await faces.until(system, "09:30", jump=True)
    assert len(await faces.thread(system, number)) == 2, "it calls once"


async def test_a_request_of_the_night_that_is_decided_calls_nobody(system: System) -> None:
    await faces.until_day(system, WEDNESDAY, "03:24")
    account = await make_account(system)
    number = await faces.ask(system, account)
    await faces.press(system, "mgr1", "Approve restriction", number)
    await faces.until(system, "09:00", jump=True)
    thread = await faces.thread(system, number)
    assert not [one for one in thread if "Waiting since the night" in one]
    assert thread[-1].startswith("Approved by Kenji Ono. Aoi Tanaka, the account is marked."), "the name calls nobody"


async def test_the_requester_of_the_night_is_called_in_the_morning(system: System) -> None:
    await faces.until_day(system, WEDNESDAY, "03:24")
    account = await make_account(system)
    number = await faces.ask(system, account)
    await faces.press(system, "mgr1", "Approve restriction", number)
    copy = await faces.message(system, "op1", DIRECT, f"Approved by Kenji Ono: {account.masked} is restricted.")
    assert await system.messages("op1", DIRECT, thread=copy["ts"]) == [copy], "the copy follows, and calls nobody"
    await faces.until(system, "09:00", jump=True)
    *_, told = await system.messages("op1", DIRECT, thread=copy["ts"])
    assert "@op1 Aoi Tanaka, the account is marked." in told["plain"]


async def test_facts_that_grew_worse_must_be_read_before_they_are_decided_on(system: System) -> None:
    account = await make_account(system, complaints=5, mails=12)
    number = await faces.ask(system, account)
    first = await faces.request(system, number)
    await faces.complain(system, account, 6)
    before = await faces.head(system)
    told = await faces.press(system, "mgr1", "Approve restriction", number)
    assert "The facts changed since you read them. Nothing was changed." in told["plain"]
    assert "Please read it again and decide there." in told["plain"]
    assert [one["text"] for one in told["buttons"]] == ["Open the request"]
    second = await faces.request(system, number)
    assert "6 complaints about 12 mails in 30 days." in second["plain"]
    assert "5 complaints about 12 mails" in second["plain"], "what was asked for stands beside"
    assert "in place of" in second["plain"]
    assert second["text"].endswith(f"a restriction request has newer facts ({number}).")
    old, new = first["buttons"][0]["value"], second["buttons"][0]["value"]
    assert old != new
    (record,) = await faces.audit(system, before)
    assert (record["action"], record["result"], record["allowed"]) == (
        "restriction:approve",
        "refused:facts_moved",
        False,
    )
    body = raw.click(system, "mgr2", "restriction.approve", old, MANAGEMENT)
    await raw.hand_over(system, "interactive", body)
    await faces.recorded(system, before, 2)
    assert await system.value("SELECT count(*) FROM chatops.restrictions WHERE subject = $1", account.id) == 0
    answer = await faces.press(system, "mgr2", "Approve restriction", number)
    assert "Approved." in answer["plain"]
    log = await system.value("SELECT event_data FROM public.audit_logs WHERE user_id = $1", account.id)
    assert log["complaintCount"] == 6


async def test_a_request_whose_reason_is_gone_is_void_and_says_why(system: System) -> None:
    account = await make_account(system, complaints=5)
    number = await faces.ask(system, account)
    await faces.forgive(system, account, 0)
    told = await faces.press(system, "mgr1", "Approve restriction", number)
    assert "The request is void." in told["plain"]
    live = await faces.request(system, number)
    assert "Void: the facts changed" in live["plain"]
    assert "Complaints in 30 days: 5 when asked, 4 now." in live["plain"]
    assert "At 4 no restriction is due. Nothing was changed." in live["plain"]
    assert live["text"] == f"The reason for the request is gone, so it is void and nothing was changed ({number})."
    assert [one["text"] for one in live["buttons"]] == ["Ask again…", "Show account"]
    await faces.message(system, "op1", DIRECT, f"Void: {account.masked}.")
    assert "Aoi Tanaka, please ask again if it is still needed." in (await faces.thread(system, number))[-1]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE public.users SET email_restricted = true WHERE id = $1", "The account was restricted meanwhile"),
        ("DELETE FROM public.users WHERE id = $1", "The account is gone."),
    ],
)
async def test_a_request_that_was_overtaken_is_void(system: System, change: str, why: str) -> None:
    account = await make_account(system, mails=5)
    number = await faces.ask(system, account)
    async with system.database.connect() as connection:
        await connection.execute(change, account.id)
    told = await faces.press(system, "mgr1", "Approve restriction", number)
    assert "The request is void." in told["plain"]
    live = await faces.request(system, number)
    assert why in live["plain"]
    assert "Ask again…" not in [one["text"] for one in live["buttons"]], "it would be refused"
    assert await system.value("SELECT count(*) FROM chatops.restrictions WHERE subject = $1", account.id) == 0


async def test_a_request_for_another_reason_does_not_fall_with_the_complaints(system: System) -> None:
    account = await make_account(system, complaints=2)
    number = await faces.ask(system, account, reason="Fraud or scam mail")
    await faces.forgive(system, account, 0, 1)
    assert "Approved." in (await faces.press(system, "mgr1", "Approve restriction", number))["plain"]
    reason = await system.value("SELECT email_restriction_reason FROM public.users WHERE id = $1", account.id)
    assert reason == f"Fraud or scam mail ({number})"


async def test_the_review_comes_after_30_days_to_who_asked(system: System) -> None:
    start = await faces.until_day(system, WEDNESDAY, "10:00")
    account = await make_account(system)
    number = await faces.ask(system, account, "op2")
    await faces.press(system, "mgr1", "Approve restriction", number)
    due = await system.value("SELECT follow_up_at FROM chatops.restrictions WHERE subject = $1", account.id)
    assert due == JAPAN.review_after(start, 30)
    await system.advance("29d", jump=True)
    await system.settle()
    asked = "SELECT count(*) FROM chatops.cases WHERE subject = $1 AND procedure = 'review'"
    assert await system.value(asked, account.id) == 0
    system.clock.advance(max(due - system.clock.now(), timedelta()))
    await system.settle()
    (case,) = await system.fetch("SELECT * FROM chatops.cases WHERE subject = $1 AND procedure = 'review'", account.id)
    assert (case["owner"], case["opened_by"], case["closed_at"]) == ("U0OP2", "bot", None)
    review = f"OPS-{case['id']:04d}"
    live = await faces.message(system, "op2", OPERATIONS, f"{review} Review a restriction")
    assert "still restricted; since then 0 new complaints, 0 mails sent" in live["plain"]
    first = ["Answer…", "Record a contact…", "Show account"]
    always = ["Add note…", "Hand over…", "Show the record"]
    assert [one["text"] for one in live["buttons"]] == [*first, *always]
    said = [one["plain"] for one in await system.messages("op2", OPERATIONS, live["ts"])][1:]
    assert said[0].startswith(f"@op2 Ren Mori, the review of {number} is due today.")
    for _ in range(2):
        live = await faces.message(system, "op2", OPERATIONS, f"{review} Review a restriction")
        await system.click("op2", "Answer…", channel=OPERATIONS, ts=live["ts"])
        view = await faces.looked(system, "op2")
        await system.submit("op2", view["id"], {"answer": "Done", "note": "We talked and agreed."})
        await faces.close_all(system, "op2")
    closed = await system.value("SELECT state FROM chatops.cases WHERE id = $1", case["id"])
    assert closed == "done"


async def test_an_approval_by_somebody_new_in_management_says_so(system: System) -> None:
    """Ten managers' clicks do not tell who joined today: the thread does."""
    await system.settle()
    await system.post("people", handle="eng2", groups=["engineering", "management"])
    await system.terminate(0)
    await system.start(0)
    try:
        account = await make_account(system)
        number = await faces.ask(system, account)
        value = (await faces.request(system, number))["buttons"][0]["value"]
        before = await faces.head(system)
        body = raw.click(system, "eng2", "restriction.approve", value, "engineering")
        await raw.hand_over(system, "interactive", body)
        (record,) = await faces.recorded(system, before)
        assert record["result"] == "approved"
        said = (await faces.thread(system, number))[-1]
        assert "Mio Nakagawa joined management " in said
        assert ", less than a day before." in said
        await system.advance("25h", jump=True)
        older = await make_account(system)
        second = await faces.ask(system, older)
        value = (await faces.request(system, second))["buttons"][0]["value"]
        before = await faces.head(system)
        body = raw.click(system, "eng2", "restriction.approve", value, "engineering")
        await raw.hand_over(system, "interactive", body)
        await faces.recorded(system, before)
        assert "joined management" not in (await faces.thread(system, second))[-1]
    finally:
        await system.post("people", handle="eng2", groups=["engineering"])


async def test_a_denial_does_not_wait_for_the_newest_facts(system: System) -> None:
    account = await make_account(system)
    number = await faces.ask(system, account)
    await faces.complain(system, account, 8, 9)
    live = await faces.request(system, number)
    await system.click("mgr1", "Deny…", channel=MANAGEMENT, ts=live["ts"])
    view = await faces.looked(system, "mgr1")
    denied = (await system.submit("mgr1", view["id"], {"reason": DENIAL}))["view"]
    assert "Denied." in denied["plain"]
    await faces.close_all(system, "mgr1")
