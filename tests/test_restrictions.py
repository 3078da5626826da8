"""Asking to restrict an account: it is found however it is written, and nobody asks without the consequences."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from bot.local.postgres import Postgres
from tests.support import faces, raw
from tests.support.faces import DIRECT, WORDS, Account, make_account
from tests.support.system import System

UNCHANGED = "Nothing was changed."
TITLE = "Restrict an account"


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this module."""
    async with faces.running_faces(template) as running:
        yield running


@pytest.fixture(scope="module")
async def account(system: System) -> Account:
    """Make an account that may be restricted, and that nobody asks for."""
    return await make_account(system, complaints=5, mails=12)


def hyphened(number: str) -> str:
    return f"0{number[3:5]}-{number[5:9]}-{number[9:]}"


def full_width(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


WAYS: dict[str, Callable[[Account], str]] = {
    "as it is kept": lambda it: it.number,
    "as dialled in Japan": lambda it: "0" + it.number[3:],
    "with hyphens": lambda it: hyphened(it.number),
    "with +81 and blanks": lambda it: f"+81 {it.number[3:5]} {it.number[5:9]} {it.number[9:]}",
    "without the plus": lambda it: it.number[1:],
    "in full-width digits": lambda it: full_width("0" + it.number[3:]),
    "in full-width digits with long dashes": lambda it: hyphened(full_width(it.number)).replace("-", "ー"),
    "by mail address": lambda it: it.address,
    "by mail address in capitals": lambda it: it.address.upper(),
    "by id": lambda it: str(it.id),
}


@pytest.mark.parametrize("way", WAYS)
async def test_an_account_is_found(system: System, account: Account, way: str) -> None:
    view = await faces.form(system, "op1", WAYS[way](account))
    assert view["callback_id"] == "restrict.ask"
    assert account.masked in view["plain"]


async def test_the_consequences_stand_before_reason_and_words(system: System, account: Account) -> None:
    view = await faces.form(system, "op1", account.number)
    plain = view["plain"]
    expected = [
        account.masked,
        "5 complaints about 12 mails in 30 days.",
        "Complaints: ",
        "(abuse)",
        "No earlier restriction is recorded.",
        "If management approves",
        "• We ask the person to send no mail until we have talked. Receiving and shopping go on.",
        "• Someone must tell the person by telephone, with the reason and how to ask for a review.",
        "• We look again on ",
        "Faxi does not stop the mail by itself yet.",
        "Reason",
        "In your words",
        "Nothing happens before a manager approves. Without a decision by ",
    ]
    at = -1
    for words in expected:
        assert plain.find(words, at + 1) > at, (words, plain)
        at = plain.find(words, at + 1)
    assert (view["title"], view["submit"], view["close"]) == (TITLE, "Ask for approval", "Cancel")
    assert [one["block_id"] for one in view["fields"]] == ["reason", "why"]
    assert faces.field(view, "reason")["initial_option"]["value"] == "complaints"
    follow_up = system.clock.now().astimezone(faces.TOKYO) + timedelta(days=30)
    assert any(faces.day((follow_up + timedelta(days=n)).date()) in plain for n in range(12))


async def test_words_after_the_account_stand_in_the_form(system: System, account: Account) -> None:
    view = await faces.form(system, "op1", f"{hyphened(account.number)} complaints went on after guidance")
    assert faces.field(view, "why")["initial_value"] == "complaints went on after guidance"
    spaced = await faces.form(
        system, "op1", f"0{account.number[3:5]} {account.number[5:9]} {account.number[9:]} they wrote"
    )
    assert faces.field(spaced, "why")["initial_value"] == "they wrote"


async def test_words_after_an_account_that_is_not_found_go_along_to_the_next_page(
    system: System, account: Account
) -> None:
    words = "3 complaints: " + "x" * 2_986
    view = await faces.form(system, "op1", f"090-9999-8888 {words}")
    for _ in range(2):
        assert view["callback_id"] == "restrict.find"
        assert "Nothing was changed. Your words are kept for the next page." in view["plain"]
        view = (await system.submit("op1", view["id"], {"account": "090-9999-8888"}))["view"]
    found = (await system.submit("op1", view["id"], {"account": account.number}))["view"]
    assert faces.field(found, "why")["initial_value"] == words[:500]
    assert "Of your words, the first 500 of 3,000 letters are here." in found["plain"]


async def test_words_after_a_number_that_begin_with_a_digit_are_words(system: System, account: Account) -> None:
    spaced = f"+81 {account.number[3:5]} {account.number[5:9]} {account.number[9:]}"
    for typed in (f"{spaced} 5 times", f"{hyphened(account.number)} 5 times", f"{spaced}, 5 times"):
        view = await faces.form(system, "op1", typed)
        assert faces.field(view, "why")["initial_value"] == "5 times"
        assert "Of your words" not in view["plain"]


async def test_without_an_account_the_find_page_opens_at_once_and_finds(system: System, account: Account) -> None:
    view = await faces.form(system, "op1")
    assert (view["callback_id"], view["submit"]) == ("restrict.find", "Find account")
    assert "The next page shows the account and what would happen." in view["plain"]
    answer = await system.submit("op1", view["id"], {"account": account.number})
    assert answer["result"] == "updated"
    assert answer["view"]["callback_id"] == "restrict.ask"
    assert account.number not in faces.words_of(answer["view"])


NOT_FOUND = {
    "a number that nobody has": ("+819099998888", "No account has this number"),
    "an address that nobody has": ("nobody@me.faxi.jp", "No account has this number"),
    "an id that nobody has": ("5a0f4bfa-1111-4222-8333-9f94c9c6ad11", "No account has this number"),
    "no number at all": ("grandmother", "That is no telephone number"),
    "a number too short": ("090-1234", "A telephone number has more than 7 digits."),
    "a number that cannot be": ("+81 12 3", "Give the whole number."),
}


@pytest.mark.parametrize("typed", NOT_FOUND)
async def test_what_is_no_account_is_said_with_the_way_to_try_again(system: System, typed: str) -> None:
    text, said = NOT_FOUND[typed]
    before = await faces.head(system)
    view = await faces.form(system, "op1", text)
    assert view["callback_id"] == "restrict.find"
    assert said in view["plain"]
    assert UNCHANGED in view["plain"]
    assert text not in view["plain"]
    again = await system.submit("op1", view["id"], {"account": text})
    assert said in again["view"]["plain"]
    records = await faces.audit(system, before)
    assert [(one["action"], one["allowed"], one["result"]) for one in records] == [
        ("restriction:look", False, "refused:not_found")
    ] * 2
    assert text not in faces.words_of([dict(one) for one in records])


async def test_an_account_the_bot_did_not_restrict_is_said_to_be_restricted(system: System) -> None:
    other = await make_account(system, restricted=True)
    view = await faces.form(system, "op1", other.number)
    assert view["callback_id"] == "restrict.already"
    assert "Already restricted since " in view["plain"]
    assert "not by this bot" in view["plain"]
    assert UNCHANGED in view["plain"]
    assert view["submit"] is None


async def test_an_account_the_bot_restricted_is_said_with_who_and_when(system: System) -> None:
    other = await make_account(system)
    number = await faces.ask(system, other, "op2")
    await faces.press(system, "mgr1", "Approve restriction", number)
    view = await faces.form(system, "op1", other.number)
    assert view["callback_id"] == "restrict.already"
    assert "Already restricted since " in view["plain"]
    assert "Asked by Ren Mori, approved by Kenji Ono." in view["plain"]
    assert UNCHANGED in view["plain"]
    await system.click("op1", "Ask to lift…", view=view["id"])
    (lift,) = [one for one in await system.views("op1") if one["callback_id"] == "lift.no_contact"]
    assert "No contact with the person since the restriction is recorded." in lift["plain"]


async def test_a_request_of_somebody_else_is_said_and_not_doubled(system: System) -> None:
    other = await make_account(system)
    number = await faces.ask(system, other, "op2")
    view = await faces.form(system, "op1", other.number)
    assert "Already asked by Ren Mori, " in view["plain"]
    assert number in view["plain"]
    assert view["buttons"] == [], "who is not of the channel is shown no link into it, and nobody else may withdraw"
    await system.settle()
    seen = await faces.form(system, "mgr1", other.number)
    assert [one["text"] for one in seen["buttons"]] == ["Open the request"]
    assert await system.value("SELECT count(*) FROM chatops.approvals WHERE subject = $1", other.id) == 1


async def test_your_own_request_can_be_withdrawn_where_you_meet_it(system: System) -> None:
    other = await make_account(system)
    number = await faces.ask(system, other, "op2")
    view = await faces.form(system, "op2", other.number)
    assert "You asked already, " in view["plain"]
    answer = await system.click("op2", "Withdraw request", view=view["id"])
    assert answer["acknowledged"]
    live = await faces.request(system, number)
    assert "Withdrawn by Ren Mori" in live["plain"]
    assert [one["text"] for one in live["buttons"]] == ["Show account"]
    assert await system.value("SELECT state FROM chatops.approvals WHERE subject = $1", other.id) == "withdrawn"


async def test_two_who_submit_for_one_account_make_one_request(system: System) -> None:
    other = await make_account(system)
    first = await faces.form(system, "op1", other.number)
    second = await faces.form(system, "op2", other.number)
    assert (await system.submit("op1", first["id"], {"why": WORDS}))["view"]["callback_id"] == "restrict.sent"
    late = await system.submit("op2", second["id"], {"why": WORDS})
    assert "Already asked by Aoi Tanaka" in late["view"]["plain"]
    assert await system.value("SELECT count(*) FROM chatops.approvals WHERE subject = $1", other.id) == 1


async def test_a_reason_that_the_figures_do_not_bear_out_is_refused_in_its_field(system: System) -> None:
    other = await make_account(system, complaints=4)
    view = await faces.form(system, "op1", other.number)
    assert "initial_option" not in faces.field(view, "reason"), "5 complaints are not suggested where there are 4"
    before = await faces.head(system)
    answer = await system.submit("op1", view["id"], {"reason": "5 or more complaints in 30 days", "why": WORDS})
    assert set(answer["errors"]) == {"reason"}
    words = re.escape("4 complaints in 30 days, and 5 are needed. Please choose another reason.")
    assert re.fullmatch(words + r" \(F-[A-Z2-9]{4}\)", answer["errors"]["reason"])
    assert (await system.submit("op1", view["id"], {"reason": "Fraud or scam mail", "why": WORDS}))[
        "result"
    ] == "updated"
    records = await faces.audit(system, before)
    assert [(one["action"], one["result"], one["allowed"]) for one in records] == [
        ("restriction:ask", "refused:reason_does_not_hold", False),
        ("restriction:ask", "asked", True),
    ]


@pytest.mark.parametrize("words", ["", "too short", " " * 600, "x" * 501, "y" * 5000])
async def test_words_past_the_forms_own_limits_are_refused_in_their_field(
    system: System, account: Account, words: str
) -> None:
    view = await faces.form(system, "op1", account.number)
    values = {"reason": "complaints", "why": words}
    answer = await raw.submit(system, "op1", "restrict.ask", values, view["private_metadata"])
    assert answer["response_action"] == "errors"
    assert set(answer["errors"]) == {"why"}
    least, most = "at least 20 letters", f"at most 500 letters; these are {len(words):,}"
    assert (least if len(words.strip()) < 20 else most) in answer["errors"]["why"]
    assert await system.value("SELECT count(*) FROM chatops.approvals WHERE subject = $1", account.id) == 0


@pytest.mark.parametrize("reason", ["", "because", "complaints'; DROP TABLE users; --"])
async def test_a_reason_that_the_form_does_not_offer_is_refused(system: System, account: Account, reason: str) -> None:
    view = await faces.form(system, "op1", account.number)
    values = {"reason": reason, "why": WORDS}
    answer = await raw.submit(system, "op1", "restrict.ask", values, view["private_metadata"])
    assert set(answer["errors"]) == {"reason"}


@pytest.mark.parametrize("metadata", ["", "ac_00000000", "x" * 2000, "ac_<!channel>"])
async def test_a_form_with_a_tampered_account_is_started_again(system: System, metadata: str) -> None:
    before = await system.value("SELECT count(*) FROM chatops.cases")
    answer = await raw.submit(system, "op1", "restrict.ask", {"reason": "fraud", "why": WORDS}, metadata)
    assert "This form is too old." in faces.words_of(answer)
    assert await system.value("SELECT count(*) FROM chatops.cases") == before


async def test_a_forms_account_may_have_been_restricted_meanwhile(system: System) -> None:
    other = await make_account(system)
    view = await faces.form(system, "op1", other.number)
    async with system.database.connect() as connection:
        await connection.execute("UPDATE public.users SET email_restricted = true WHERE id = $1", other.id)
    answer = await system.submit("op1", view["id"], {"why": WORDS})
    assert "not by this bot; since when is not recorded." in answer["view"]["plain"]


async def test_asking_shows_a_way_back_and_sends_the_requester_a_copy_with_it(system: System) -> None:
    other = await make_account(system)
    view = await faces.form(system, "op3", other.number)
    sent = (await system.submit("op3", view["id"], {"why": WORDS}))["view"]
    assert "Asked" in sent["plain"]
    assert "You get a message when it is decided." in sent["plain"]
    assert [one["text"] for one in sent["buttons"]] == ["Withdraw request"]
    copy = await faces.message(system, "op3", DIRECT, f"restrict {other.masked}?")
    assert [one["text"] for one in copy["buttons"]] == ["Withdraw request", "Show account"]
    answer = await system.click("op3", "Withdraw request", channel=DIRECT, ts=copy["ts"])
    assert "Withdrawn. Nothing was changed for the person" in answer["answer"]["plain"]
    await system.settle()
    again = next(one for one in await system.messages("op3", DIRECT) if one["ts"] == copy["ts"])
    assert again["buttons"] == []
    assert f"Withdrawn: {other.masked}. Nothing was changed." in again["plain"]
