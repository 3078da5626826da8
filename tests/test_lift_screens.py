"""The messages and forms of a lift and of our error say what was drawn, and keep the rules of screens."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine import approvals, cases
from bot.engine.access import Right
from bot.mail import restriction_errors
from bot.mail.contacts import Contact
from bot.slack.interactions import Errors, Keep, Say, Show
from bot.slack.surfaces import Message, View
from commands import routing
from tests.support import lifting, screens
from tests.support.databases import Database
from tests.support.lifting import Account
from tests.support.system import JSON
from tests.support.team import at
from tests.test_screens import drawn, general

CALLED, ASKED, APPROVED = at("2026-12-14 14:10"), at("2026-12-25 10:05"), at("2026-12-25 11:20")
REPORTED = at("2026-11-26 10:20")
LATER = ("icket", "Not reached")  # tickets are not connected; a contact that answers nothing is not offered
OTHERWISE = {
    # management is called, as in a request to restrict
    "Asked by NAME: please decide by DAY JST (OPS-N).": "Asked by NAME: management, please decide (OPS-N).",
    # an older contact may well be recorded, and does not count
    "*No contact with the person is recorded.*": "*No contact with the person since the restriction is recorded.*",
    # only contacts that answer are offered, with all they hold
    "Understood, promises to keep the rules": "Understands what went wrong, promises to keep the rules",
    # the same sentence as in a request to restrict
    "The mark is taken away now; the apology goes out by fax.": "The mark is taken away now. The person is told by fax",
}


def as_built(text: str) -> str:
    """Return what is to be seen in place of a text that was drawn."""
    for was, now in OTHERWISE.items():
        text = text.replace(was, now)
    return text


def lines(blocks: list[JSON]) -> Iterator[str]:
    """Give each line that the bot wrote, without what differs from story to story."""
    for block in blocks:
        for _, written, text in screens.texts(block):
            if written != "typed":
                yield from general(text).split("\n")


def lacking(shown: Message | View, wanted: JSON) -> list[str]:
    """Return the drawn lines that are not shown, and what breaks the rules."""
    surface: Mapping[str, Any] = shown.as_arguments() if isinstance(shown, Message) else shown.payload()
    kind = "message" if isinstance(shown, Message) else "modal"
    said = "\n".join(lines(surface["blocks"]))
    parts = wanted.get("view") or wanted
    missing = [
        line
        for line in map(as_built, lines(parts["blocks"]))
        if not any(word in line for word in LATER) and line not in said
    ]
    if isinstance(shown, Message) and as_built(general(wanted["text"])) != general(shown.text):
        missing.append(wanted["text"])
    return missing + list(screens.problems(kind, surface))


async def called(pool: Pool, database: Database, *said: str) -> tuple[Account, Contact, int]:
    """Make a restricted account with whose person somebody talked; return both, and the restriction's case."""
    account = await lifting.make_account(database)
    case_id = await lifting.restrict(pool, account)
    return account, await lifting.talk(pool, account, CALLED, *said), case_id


async def deliver(database: Database, kind: str) -> None:
    """Have the notices of this kind delivered, as the fax service would tell."""
    async with database.connect() as connection:
        await connection.execute(
            "UPDATE chatops.notices SET state = 'told', ended_at = $2 WHERE kind = $1", kind, APPROVED
        )
        await connection.execute("UPDATE chatops.faxes SET pages = 1, status = 'delivered'")
        await connection.execute(
            "UPDATE chatops.effects SET state = 'done', ended_at = $1 WHERE kind = 'fax'", APPROVED
        )


async def test_a_lift_is_asked_for_and_decided_as_drawn(pool: Pool, database: Database) -> None:
    screen = drawn("lift-request")
    account, talk, _ = await called(pool, database, "understands", "promises")
    form = await lifting.do(pool, "U0OP1", "command", "/faxi-lift", ASKED, text=account.number)
    assert isinstance(form.answer, Show)
    assert form.answer.view.callback_id == "lift.ask"
    assert lacking(form.answer.view, screen["ask"]) == []
    values = {"understands": f"ct_{talk.id}", "promises": f"ct_{talk.id}", "why": lifting.WORDS}
    sent = await lifting.do(pool, "U0OP1", "view", "lift.ask", ASKED, metadata=form.answer.view.metadata, values=values)
    assert (sent.result, sent.allowed) == ("asked", True)
    assert sent.case_id is not None
    subject = cases.subject(sent.case_id)
    waiting = await lifting.drawn(pool, subject, "lift.request")
    assert lacking(waiting, screen["waiting"]) == []
    assert lacking(await lifting.drawn(pool, subject, "lift.asked", quiet=False), screen["thread_1_asked"]) == []
    value = next(one["value"] for block in waiting.blocks for one in screens.elements(block) if "value" in one)
    done = await lifting.do(pool, "U0MGR1", "action", "lift.approve", APPROVED, value=value)
    assert (done.result, done.parameters["previous"]["email_restricted"]) == ("approved", True)
    assert lacking(await lifting.drawn(pool, subject, "lift.approved", quiet=False), screen["thread_2_lifted"]) == []
    await deliver(database, "lift")
    assert lacking(await lifting.drawn(pool, subject, "lift.request"), screen["lifted"]) == []
    late = await lifting.do(pool, "U0MGR2", "action", "lift.approve", APPROVED, value=value)
    assert late.result == "refused:already_decided"


async def test_a_lift_without_all_criteria_is_decided_as_drawn(pool: Pool, database: Database) -> None:
    screen, early = drawn("lift-request"), at("2026-12-14 15:30")
    _, talk, restriction = await called(pool, database, "understands")
    form = await lifting.do(pool, "U0OP1", "command", "/faxi-lift", early, text=cases.number(restriction))
    assert isinstance(form.answer, Show)
    values = {"understands": f"ct_{talk.id}", "why": lifting.WORDS}
    sent = await lifting.do(pool, "U0OP1", "view", "lift.ask", early, metadata=form.answer.view.metadata, values=values)
    assert sent.case_id is not None
    subject = cases.subject(sent.case_id)
    waiting = await lifting.drawn(pool, subject, "lift.request")
    assert lacking(waiting, screen["waiting_criterion_not_met"]) == []
    buttons = [one for block in waiting.blocks for one in screens.elements(block)]
    assert not any(one.get("style") == "primary" for one in buttons)
    value = next(one["value"] for one in buttons if one["action_id"] == "lift.deny")
    anyway = await lifting.do(pool, "U0MGR1", "action", "lift.approve.anyway", early, value=value)
    assert isinstance(anyway.answer, Show)
    assert lacking(anyway.answer.view, screen["lift_anyway"]) == []
    short = await lifting.do(
        pool, "U0MGR1", "view", "lift.approve.anyway", early, metadata=value, values={"why": "Please."}
    )
    assert isinstance(short.answer, Errors)
    deny = await lifting.do(pool, "U0MGR1", "action", "lift.deny", early, value=value)
    assert isinstance(deny.answer, Show)
    denied = await lifting.do(
        pool, "U0MGR1", "view", "lift.deny", early, metadata=value, values={"reason": "Please ask again after it."}
    )
    assert denied.result == "denied"
    assert lacking(await lifting.drawn(pool, subject, "lift.request"), screen["denied"]) == []
    assert lacking(await lifting.drawn(pool, subject, "lift.denied", quiet=False), screen["thread_denied"]) == []


async def test_without_a_contact_the_form_says_so_and_leads_to_recording_one(pool: Pool, database: Database) -> None:
    account = await lifting.make_account(database)
    await lifting.restrict(pool, account)
    refused = await lifting.do(pool, "U0OP1", "command", "/faxi-lift", ASKED, text=account.number)
    assert refused.result == "refused:no_contact"
    assert isinstance(refused.answer, Show)
    assert lacking(refused.answer.view, drawn("lift-request")["ask_no_contact"]) == []
    assert [one["text"]["text"] for one in screens.elements(refused.answer.view.blocks[2])] == [
        "Record a contact…",
        "Show account",
    ]


async def test_words_that_are_more_than_the_form_takes_go_along_and_are_said_to_be_cut(
    pool: Pool, database: Database
) -> None:
    account, _, _ = await called(pool, database, "understands")
    words = "they called: " + "x" * 2_987
    lost = await lifting.do(pool, "U0OP1", "command", "/faxi-lift", ASKED, text=f"090-9999-8888 {words}")
    assert isinstance(lost.answer, Show)
    assert "Nothing was changed. Your words are kept for the next page." in str(lost.answer.view.payload())
    values = {"account": account.number}
    found = await lifting.do(
        pool, "U0OP1", "view", "lift.find", ASKED, values=values, metadata=lost.answer.view.metadata
    )
    assert isinstance(found.answer, Show)
    assert found.answer.view.callback_id == "lift.ask"
    assert "Of your words, the first 500 of 3,000 letters are here." in str(found.answer.view.payload())


async def test_an_error_is_reported_and_undone_as_drawn(pool: Pool, database: Database) -> None:
    screen = drawn("restriction-request")
    account = await lifting.make_account(database)
    case_id = await lifting.restrict(pool, account)
    restricted = await lifting.drawn(pool, cases.subject(case_id), "restriction.request")
    buttons = [one for block in restricted.blocks for one in screens.elements(block)]
    value = next(one["value"] for one in buttons if one["action_id"] == "restriction.error")
    form = await lifting.do(pool, "U0MGR1", "action", "restriction.error", REPORTED, value=value)
    assert isinstance(form.answer, Show)
    assert form.answer.view.submit == "Undo restriction"
    assert lacking(form.answer.view, screen["our_error"]) == []
    others = await lifting.do(pool, "U0OP1", "action", "restriction.error", REPORTED, value=value)
    assert isinstance(others.answer, Show)
    assert others.answer.view.submit == "Ask management"
    asked = await lifting.do(
        pool,
        "U0OP1",
        "view",
        "restriction.error",
        REPORTED,
        metadata=others.answer.view.metadata,
        values={"what": "3 of the 5 complaints were about mails of another account."},
    )
    assert (asked.result, asked.tag) == ("asked", "error:ask")
    async with pool.acquire() as connection:
        approval = await approvals.of_case(connection, case_id, restriction_errors.ACTION)
    assert approval is not None
    subject = restriction_errors.KIND.subject(approval)
    waiting = await lifting.drawn(pool, subject, "error.request")
    assert lacking(waiting, screen["our_error_reported"]) == []
    assert list(screens.problems("message", (await lifting.drawn(pool, subject, "error.direct")).as_arguments())) == []
    undone = await lifting.do(
        pool,
        "U0MGR1",
        "view",
        "restriction.error",
        REPORTED,
        metadata=form.answer.view.metadata,
        values={"what": "We named the wrong sender."},
    )
    assert (undone.result, undone.tag) == ("undone", "error:undo")
    await deliver(database, "apology")
    assert lacking(await lifting.drawn(pool, cases.subject(case_id), "restriction.request"), screen["undone"]) == []
    said = await lifting.drawn(pool, cases.subject(case_id), "restriction.undone", quiet=False)
    assert lacking(said, screen["thread_undone"]) == []
    late = await lifting.do(pool, "U0MGR2", "action", "restriction.error", REPORTED, value=value)
    assert late.result == "refused:not_restricted"


@pytest.mark.parametrize("word", ["restrict", "lift"])
async def test_a_mention_offers_the_form_of_its_own_command(pool: Pool, word: str) -> None:
    catalogue = wiring.catalogue()
    one = catalogue.find("event", "app_mention")
    assert one is not None
    async with pool.acquire() as connection, connection.transaction():
        asked = lifting.call(
            connection, "U0OP1", ASKED, kind="event", name="app_mention", text=f"<@U0BOT> {word} +81 90"
        )
        click, meant = routing.route(catalogue, asked.click, one)
        assert (click.text, meant.right) == ("", Right.ASK_RESTRICTION)
        outcome = await meant.run(asked)
    assert isinstance(outcome.answer, Say)
    buttons = [one for block in outcome.answer.message.blocks for one in screens.elements(block)]
    assert [one["text"]["text"] for one in buttons] == [f"Ask to {word}…"]
    assert f"/faxi-{word}" in lifting.words(outcome.answer.message)


REFUSED = {
    "": ("lift.find", "form"),
    "+81 90 0000 0000": ("lift.find", "refused:not_found"),
    "OPS-9999": ("lift.find", "refused:not_found"),
    "free": ("lift.refused", "refused:not_restricted"),
}


@pytest.mark.parametrize("typed", REFUSED)
async def test_what_cannot_be_lifted_is_said(pool: Pool, database: Database, typed: str) -> None:
    account = await lifting.make_account(database, mails=0, complaints=0)
    text = account.number if typed == "free" else typed
    outcome = await lifting.do(pool, "U0OP1", "command", "/faxi-lift", ASKED, text=text)
    assert isinstance(outcome.answer, Show | Keep)
    assert (outcome.answer.view.callback_id, outcome.result) == REFUSED[typed]
    assert list(screens.problems("modal", outcome.answer.view.payload(), [account.number])) == []


async def test_a_manager_who_asked_is_shown_the_way_back_and_nobody_else_can_be_tricked(
    pool: Pool, database: Database
) -> None:
    account, talk, _ = await called(pool, database, "understands", "promises")
    approval = await lifting.ask(pool, account, ASKED, talk, who="U0MGR1")
    async with pool.acquire() as connection:
        value = await approvals.button_value(connection, approval)
    own = await lifting.do(pool, "U0MGR1", "action", "lift.approve", APPROVED, value=value)
    assert own.result == "refused:own_request"
    other = await lifting.do(pool, "U0MGR2", "action", "restriction.approve", APPROVED, value=value)
    assert other.result == "refused:unknown_button", "a button of another kind of request decides nothing"
    again = await lifting.do(pool, "U0MGR1", "command", "/faxi-lift", APPROVED, text=account.number)
    assert again.result == "refused:already_asked"
    back = await lifting.do(pool, "U0MGR1", "action", "lift.withdraw", APPROVED, value=value)
    assert back.result == "withdrawn"
