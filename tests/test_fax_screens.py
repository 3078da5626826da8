"""What is shown of a fax about a restriction says what was drawn, from the form to the delivery."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.base.database import Pool, queries
from bot.engine import approvals, cases, effects, handles
from bot.engine.team import Team
from bot.mail import contacts, fax_outcomes, faxes, restrictions
from bot.mail.fax_outcomes import Seen
from bot.slack.blocks import Message
from bot.slack.interactions import Show
from commands import fax_previews
from tests.support import lifting, pressing, screens
from tests.support.databases import Database
from tests.support.lifting import RESTRICTED, Account
from tests.support.team import at
from tests.test_screens import drawn, general, lines

TEAM = replace(lifting.TEAM, support_phone="0120-000-512", support_email="support@faxi.example")
OPENING = at("2026-11-25 09:00")
LATER = (
    # what is not built: tickets; and what guidance went out before
    *("icket", "guidance fax"),
    # the day's count of mails is in the thread of the watch, once a day
    "mails sent since",
)
OTHERWISE: Mapping[str, str] = {
    # the days of the complaints stand below it
    "*N complaints about N mails* in N days": "*N complaints about N mails* in N days.",
    "*N complaints about N mails* in N days..": "*N complaints about N mails* in N days.",
    # reasons are chosen from a list, so they stand before the words
    "*Why*, says NAME": "*Why*, says NAME: N or more complaints in N days",
    # that mail went out is said where one looks, with its count
    " The bot tells you if mail goes out.": "",
    " The bot tells WHO if mail goes out.": "",
    # the line names the reason too, in the words of all screens
    "Fax failed, DAY": "Fax failed, DAY: nobody answered, N tries",
    "no answer, N tries": "nobody answered, N tries",
    # the mark is made at once; what else there is to do are steps of the case
    "The account is marked now.": "The account is marked at once.",
    "Lifting it later needs a new request.": "Lifting it needs a new request.",
    "WHO, it is done:": "WHO, the account is marked. The fax waits until DAY.",
    # whole sentences, the same as in the words of the picture
    "In English: please": "In English: Please",
    "call or fax us.": "call us.",
}
"""Words that were drawn, and what stands in their place for the reason above them."""


def missing(name: str, state: str, blocks: Any) -> list[str]:
    """Return what was drawn and is not to be seen."""
    screen = drawn(name)[state]
    said, found = "\n".join(lines(list(blocks))), []
    for line in lines((screen.get("view") or screen)["blocks"]):
        wanted = line
        for was, now in OTHERWISE.items():
            wanted = wanted.replace(was, now)
        if wanted not in said and not any(word in line for word in LATER):
            found.append(wanted)
    return found


async def restricted(database: Database, pool: Pool, **account: Any) -> tuple[Account, int]:
    """Have an account restricted before the hours in which faxes go out."""
    made = await lifting.make_account(database, **account)
    return made, await lifting.restrict(pool, made, team=TEAM)


async def ends(pool: Pool, case_id: int, how: str) -> None:
    """Let the newest fax of a case be delivered, fail, or stay without an answer, as its sender notes it."""
    async with pool.acquire() as connection, connection.transaction():
        newest = (await faxes.of_case(connection, case_id))[-1].newest
        assert newest is not None
        await connection.execute(queries("faxes")["attempted"], newest.effect, OPENING)
        state: effects.State = "failed" if how == "failed" else "unknown" if how == "unknown" else "attempting"
        await effects.move(connection, newest.effect, ["waiting"], state, now=OPENING)
        fax = await fax_outcomes.hold(connection, newest.effect)
        assert fax is not None
        if how == "failed":
            await fax_outcomes.fail(connection, TEAM, fax, "receiver_no_answer", OPENING)
        elif how == "unknown":
            await fax_outcomes.unknown(connection, TEAM, fax, "answer_lost", OPENING)
        else:
            seen = Seen("fax-1", "delivered", None, 1)
            await fax_outcomes.progress(connection, TEAM, fax, seen, "+81398765432", OPENING)


async def live(pool: Pool, case_id: int, team: Team = TEAM) -> Message:
    """Return the live message of the request as it is drawn now; it keeps the rules of screens."""
    message = await lifting.drawn(pool, cases.subject(case_id), "restriction.request", team)
    assert list(screens.problems("message", message.as_arguments())) == []
    return message


def headline(message: Message) -> str:
    """Return what stands first."""
    return str(message.blocks[0]["text"]["text"])


@pytest.mark.parametrize(
    ("state", "how", "buttons"),
    [
        ("carrying_out", [], ["Answer…", "Show account", "Our error…"]),
        ("restricted", ["delivered"], ["Answer…", "Show account", "Our error…"]),
        (
            "restricted_fax_failed",
            ["failed"] * 3,
            ["Record a contact…", "Send the fax again", "Answer…", "Show account", "Our error…"],
        ),
        (
            "restricted_fax_unknown",
            ["unknown"],
            ["Send the fax again", "Record a contact…", "Answer…", "Show account", "Our error…"],
        ),
    ],
)
async def test_the_restriction_shows_first_whether_the_person_knows(
    database: Database, pool: Pool, state: str, how: list[str], buttons: list[str]
) -> None:
    _, case_id = await restricted(database, pool)
    for one in how:
        await ends(pool, case_id, one)
    message = await live(pool, case_id)
    assert missing("restriction-request", state, message.blocks) == []
    assert general(message.text) == general(drawn("restriction-request")[state]["text"])
    assert pressing.labels(message.blocks) == buttons
    (first, *_) = [one for block in message.blocks for one in screens.elements(block)]
    assert first["style"] == "primary"


async def test_between_two_tries_the_restriction_is_still_carried_out(database: Database, pool: Pool) -> None:
    _, case_id = await restricted(database, pool)
    await ends(pool, case_id, "failed")
    message = await live(pool, case_id)
    assert headline(message) == ":hourglass_flowing_sand: Approved, being carried out"
    assert "Fax: nobody answered; try 2 at" in lifting.words(message)


async def test_no_fax_at_all_is_a_task_and_not_a_footnote(database: Database, pool: Pool) -> None:
    account, case_id = await restricted(database, pool, verified=False)
    message = await live(pool, case_id)
    assert headline(message) == ":warning: Restricted, but not told yet"
    assert "*No fax can go out: the fax number is not verified.*\nPlease call." in lifting.words(message)
    assert "no fax can go out" in message.text
    assert pressing.labels(message.blocks) == ["Record a contact…", "Answer…", "Show account", "Our error…"]
    async with pool.acquire() as connection:
        value = await handles.value_of(connection, restrictions.ACCOUNT, str(account.id), 1)
    assert message.blocks[2]["elements"][0]["value"] == value


async def test_a_call_after_a_fax_that_failed_is_told_as_the_fax_would_be(database: Database, pool: Pool) -> None:
    account, case_id = await restricted(database, pool, verified=False)
    async with pool.acquire() as connection, connection.transaction():
        talk = await contacts.record(
            connection,
            subject=account.id,
            case_id=case_id,
            how="call",
            who="U0OP2",
            at=OPENING,
            outcome="talked",
            said=(),
            by="U0OP2",
            now=OPENING,
        )
        assert isinstance(talk, contacts.Contact)
        assert await contacts.settle_call(connection, talk, OPENING)
    message = await live(pool, case_id)
    assert headline(message) == ":white_check_mark: Restricted, person told"
    assert ":white_check_mark: Tell the person by telephone, done by Ren Mori" in lifting.words(message)
    assert "Record a contact…" not in pressing.labels(message.blocks)


@pytest.mark.parametrize(
    ("verified", "hears"), [(True, "The fax waits until 09:00."), (False, "No fax can go out, see below.")]
)
async def test_the_thread_says_how_the_person_hears_of_it(
    database: Database, pool: Pool, *, verified: bool, hears: str
) -> None:
    _, case_id = await restricted(database, pool, verified=verified)
    subject = cases.subject(case_id)
    approved = await lifting.drawn(pool, subject, "restriction.approved", TEAM, quiet=False)
    assert f"the account is marked. {hears}" in lifting.words(approved)
    if verified:
        assert missing("restriction-request", "thread_3_approved", approved.blocks) == []
        await ends(pool, case_id, "delivered")
        told = await lifting.drawn(pool, subject, "fax.told", TEAM, notice=1, quiet=False, reason=None)
        assert missing("restriction-request", "thread_4_fax", told.blocks) == []


async def asked(database: Database, pool: Pool, *, verified: bool = True, team: Team = TEAM) -> int:
    """Have a restriction asked for, and return its case."""
    account = await lifting.make_account(database, verified=verified)
    async with pool.acquire() as connection, connection.transaction():
        done = await restrictions.ask(
            connection, team, account.id, requester="U0OP1", reason="complaints", words=lifting.WORDS, now=RESTRICTED
        )
        await lifting.people(connection)
    assert isinstance(done, restrictions.Asked)
    return done.approval.case_id


async def test_the_request_says_when_and_in_which_language_the_fax_goes(database: Database, pool: Pool) -> None:
    message = await live(pool, await asked(database, pool))
    assert missing("restriction-request", "waiting", message.blocks) == []
    assert pressing.labels(message.blocks) == ["Approve restriction", "Deny…", "Show account", "See the fax"]
    dialog = message.blocks[5]["elements"][0]["confirm"]["text"]["text"]
    assert "The person is told by fax between 09:00 and 18:00." in dialog


@pytest.mark.parametrize(
    ("team", "verified", "says"),
    [
        (TEAM, False, ":warning: *No fax can go out:* the fax number is not verified. Someone must call the person."),
        (lifting.BY_TELEPHONE, True, "• Someone must tell the person by telephone, with the reason and how to ask"),
    ],
)
async def test_where_no_fax_goes_a_person_is_to_call(
    database: Database, pool: Pool, team: Team, *, verified: bool, says: str
) -> None:
    message = await live(pool, await asked(database, pool, verified=verified, team=team), team)
    assert says in lifting.words(message)
    assert "by fax" not in lifting.words(message)
    assert "See the fax" not in pressing.labels(message.blocks)
    assert "Someone must tell the person by telephone." in lifting.words(message)


@pytest.mark.parametrize(("state", "verified"), [("found", True), ("found_fax_not_verified", False)])
async def test_the_form_says_how_the_person_would_be_told(
    database: Database, pool: Pool, state: str, *, verified: bool
) -> None:
    account = await lifting.make_account(database, verified=verified)
    found = await pressing.press(
        pool,
        "/faxi-restrict",
        kind="command",
        team=TEAM,
        now=RESTRICTED,
        text=account.number,
        prepared=frozenset({"U0MGR1"}),
    )
    assert isinstance(found.answer, Show)
    view = found.answer.view
    assert missing("restrict-modal", state, view.blocks) == []
    assert ("See the fax" in pressing.labels(view.blocks)) is verified


async def see(pool: Pool, value: str, who: str = "U0AUD1", **click: Any) -> Show:
    """Press See the fax and return what is shown."""
    outcome = await pressing.press(
        pool, fax_previews.ACTIONS["restriction"], who, team=TEAM, now=RESTRICTED, value=value, **click
    )
    assert isinstance(outcome.answer, Show)
    assert outcome.answer.above
    assert list(screens.problems("modal", outcome.answer.view.payload())) == []
    return outcome.answer


async def test_the_fax_is_shown_with_its_gist(database: Database, pool: Pool) -> None:
    case_id = await asked(database, pool)
    async with pool.acquire() as connection:
        approval = await approvals.of_case(connection, case_id, restrictions.ACTION)
        assert approval is not None
        value = await approvals.button_value(connection, approval)
    shown = await see(pool, value)
    assert shown.pictured is None
    assert "In English: Please send no mail until we have talked." in "\n".join(lines(list(shown.view.blocks)))
    async with pool.acquire() as connection:
        effect = await connection.fetchval("UPDATE chatops.previews SET files = '{F0FAX01}' RETURNING effect")
        await effects.move(connection, effect, ["waiting"], "done", now=RESTRICTED)
    pictured = (await see(pool, value)).pictured
    assert pictured is not None
    assert missing("restrict-modal", "fax_preview", pictured.blocks) == []
    assert pictured.blocks[0]["slack_file"] == {"id": "F0FAX01"}
    outcome = await pressing.press(pool, "fax.show", "U0MGR1", team=lifting.BY_TELEPHONE, value=value)
    assert outcome.result == "refused:not_set_up"
