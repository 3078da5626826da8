"""What people write is shown harmlessly wherever it appears, and no whole number leaves the database."""

import json
from collections.abc import AsyncIterator

import pytest

from bot.local.postgres import Postgres
from bot.local.workspace.plaintext import Reader
from tests.support import faces, raw, screens
from tests.support.faces import DIRECT, MANAGEMENT, OPERATIONS, Account, make_account
from tests.support.system import JSON, System

SHOUTING = "<!channel> <!here> @channel @everyone <@U0MGR1> <#C0ALERTS> <!subteam^S0MANAGEMENT>"
LINKS = "<https://evil.example|our form> https://evil.example javascript:alert(1) <tel:1|x> a&amp;b & < >"
MARKUP = "*bold* _it_ ~no~ `code` ```block``` > quote :rotating_light: :x: {braces} %s \\n"
RIGHT_TO_LEFT = "safe \u202e evil \u2066 hidden \u200f and \u0000 nul \ufffe half \ud83d end"
CANARY = "+819055501234"
NASTY = {"calls": SHOUTING, "links": LINKS, "markup": MARKUP, "right to left": RIGHT_TO_LEFT}


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this module, with its log at its most talkative."""
    async with faces.running_faces(template, settings={"LOG_LEVEL": "DEBUG"}) as running:
        yield running


@pytest.fixture(scope="module")
async def canary(system: System) -> Account:
    """Make the one account whose number is looked for everywhere."""
    return await make_account(system, number=CANARY)


def hidden(text: str) -> set[str]:
    """Return the invisible characters of a text that must not reach Slack."""
    return set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u0000\ufffe\ud83d")


async def everywhere(system: System, number: str) -> list[JSON]:
    """Return every message that names this case, whoever sees it."""
    await system.settle()
    found = []
    for who, channel in (("mgr1", MANAGEMENT), ("op1", DIRECT), ("op1", OPERATIONS), ("op1", "email-alerts")):
        for one in await system.messages(who, channel):
            found.append(one)
            found += await system.messages(who, channel, one["ts"])
    return [one for one in found if number in one["plain"] or number in one["text"]]


@pytest.mark.parametrize("kind", NASTY)
async def test_words_of_people_are_quoted_as_they_are_and_call_nobody(system: System, kind: str) -> None:
    words = f"We looked at it twice. {NASTY[kind]}"
    number = await faces.ask(system, await make_account(system), words=words)
    live = await faces.request(system, number)
    (quote,) = [block for block in live["blocks"] if block["type"] == "rich_text"]
    said = quote["elements"][0]["elements"][0]
    assert said["type"] == "text"
    assert said["text"] == "".join(one for one in words if not hidden(one))
    for one in await everywhere(system, number):
        for block in one["blocks"]:
            for _, written, text in screens.texts(block):
                assert written == "typed" or "evil" not in text
                assert not hidden(text)


@pytest.mark.parametrize("kind", NASTY)
async def test_a_reason_to_deny_and_a_note_are_quoted_too(system: System, kind: str) -> None:
    words = f"Please call first. {NASTY[kind]}"
    number = await faces.ask(system, await make_account(system))
    live = await faces.request(system, number)
    await system.click("mgr1", "Deny…", channel=MANAGEMENT, ts=live["ts"])
    view = await faces.looked(system, "mgr1")
    await system.submit("mgr1", view["id"], {"reason": words})
    await faces.close_all(system, "mgr1")
    other = await faces.ask(system, await make_account(system))
    await faces.press(system, "mgr1", "Approve restriction", other)
    live = await faces.request(system, other)
    await system.click("mgr1", "Answer…", channel=MANAGEMENT, ts=live["ts"])
    view = await faces.looked(system, "mgr1")
    await system.submit("mgr1", view["id"], {"answer": "Done", "note": words})
    await faces.close_all(system, "mgr1")
    shown = (await system.command("op1", OPERATIONS, f"/faxi-case {other}"))["answer"]
    clean = "".join(one for one in words if not hidden(one))
    quoted = 0
    for one in [*await everywhere(system, number), *await everywhere(system, other), shown]:
        for block in one["blocks"]:
            for _, written, text in screens.texts(block):
                if "call first" in text:
                    assert (written, text) == ("typed", clean)
                    quoted += 1
    assert quoted >= 4


async def test_ten_thousand_letters_are_refused_with_their_count_or_cut_with_it(system: System) -> None:
    view = await faces.form(system, "op1", (await make_account(system)).number)
    long = "x" * 10_000
    values = {"reason": "fraud", "why": long}
    answer = await raw.submit(system, "op1", "restrict.ask", values, view["private_metadata"])
    assert "these are 10,000" in answer["errors"]["why"]
    for typed in (long, "+81" + "9" * 9_997, "<!channel>" * 1000, "\u202e" * 10_000):
        await faces.close_all(system, "op1")
        found = await faces.form(system, "op1", typed)
        assert found["callback_id"] == "restrict.find"
        assert len(found["plain"]) < 2_000
        shown = (await system.command("op1", OPERATIONS, f"/faxi-case {typed}"))["answer"]
        assert len(shown["plain"]) < 1_000
        shown = (await system.command("op1", OPERATIONS, f"/faxi-oncall {typed}"))["answer"]
        assert len(shown["plain"]) < 1_000
    await faces.close_all(system, "op1")


async def test_a_name_full_of_markup_is_shown_as_a_name(system: System) -> None:
    person = system.workspace.slack.state.person_by_handle("eng2")
    assert person is not None
    before, person.name = person.name, "*<!channel>* `Bob` \u202e:x: https://evil.example"
    try:
        number = await faces.ask(system, await make_account(system), "eng2")
        live = await faces.request(system, number)
        assert "<!channel>" not in json.dumps([one for one in live["blocks"] if one["type"] != "rich_text"])
        assert "Why, says " in live["plain"]
        assert "Bob" in live["plain"]
        assert not hidden(live["plain"])
        shown = (await system.command("op1", OPERATIONS, f"/faxi-case {number}"))["answer"]
        assert "Bob" in shown["plain"]
    finally:
        person.name = before


@pytest.mark.parametrize(
    ("typed", "prefilled"),
    [
        ("they wrote a & b < c > d", "they wrote a & b < c > d"),
        ("see https://faxi.example/x?a=1&b=2 there", "see https://faxi.example/x?a=1&b=2 there"),
        ("ask someone@example.jp about it", "ask someone@example.jp about it"),
        ("@op2 saw it in #email-alerts", "@op2 saw it in #email-alerts"),
        ("@channel look", "@channel look"),
    ],
)
async def test_words_typed_behind_a_command_stand_in_the_form_as_they_were_typed(
    system: System, typed: str, prefilled: str
) -> None:
    account = await make_account(system)
    view = await faces.form(system, "op1", f"{account.number} {typed}")
    assert account.masked in view["plain"]
    assert faces.field(view, "why")["initial_value"] == prefilled
    await faces.close_all(system, "op1")


async def test_the_number_is_in_no_message_no_log_line_no_button_and_no_row_of_ours(
    system: System, canary: Account
) -> None:
    """Everything is done with one account; then its number is looked for in everything that came of it."""
    for typed in (canary.number, "090-5550-1234", canary.address, str(canary.id), "+81 90 5550 1235 wrong"):
        await faces.form(system, "op1", typed)
    await faces.close_all(system, "op1")
    await system.command("op1", OPERATIONS, f"/faxi-case {canary.number}")
    await system.command("op1", OPERATIONS, f"/faxi-oncall {canary.number}")
    await system.command("op1", OPERATIONS, f"/faxi-help {canary.number}")
    parent = (await system.message("op1", OPERATIONS, "A thread."))["ts"]
    await system.message("op1", OPERATIONS, f"@faxi-bot restrict {canary.number}", thread=parent)
    await system.message("op1", OPERATIONS, f"@faxi-bot what about {canary.number}", thread=parent)
    number = await faces.ask(system, canary)
    await faces.form(system, "op2", canary.number)
    await faces.complain(system, canary, 6)
    await faces.press(system, "mgr1", "Approve restriction", number)
    await faces.press(system, "mgr1", "Approve restriction", number)
    await faces.form(system, "op2", canary.number)
    await faces.close_all(system, "op2")
    await system.command("mgr1", MANAGEMENT, f"/faxi-case {number}")
    await system.settle()

    secrets = ["55501234", "5550-1234", "5550 1234", "55501235", "5550 1235", canary.address]
    calls = [one.shown() for one in system.workspace.slack.wire.since(None) if one.direction == "in"]
    answers = [one.shown()["response"] for one in system.workspace.slack.wire.since(None) if one.direction == "out"]
    rows = {
        row["table_name"]: await system.fetch(f"SELECT t::text FROM chatops.{row['table_name']} AS t")  # noqa: S608
        for row in await system.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'chatops'")
    }
    assert {"audit", "cases", "approvals", "posts", "handles"} <= set(rows)
    places = {
        "what the bot sent": faces.words_of(calls),
        "acknowledgements": faces.words_of(answers),
        "the log": system.logs(1_000_000),
        **{f"chatops.{name}": faces.words_of([row[0] for row in found]) for name, found in rows.items()},
    }
    found = [f"{secret} in {place}" for place, text in places.items() for secret in secrets if secret in text]
    assert found == []
    assert "1234" in faces.words_of(calls), "the last four digits are shown"
    assert len(system.logs(1_000_000)) > 1_000


async def test_a_notification_names_the_case_and_nothing_of_the_account(system: System) -> None:
    account = await make_account(system)
    number = await faces.ask(system, account)
    await faces.press(system, "mgr1", "Approve restriction", number)
    told = [one for one in await everywhere(system, number) if one["from"] == "faxi-bot"]
    assert len(told) >= 5
    for one in told:
        assert account.tail not in one["text"]
        assert "•" not in one["text"]
        assert number in one["text"] or one["ephemeral"], one["text"]
        assert (
            not Reader(system.workspace.slack.state, next(iter(system.workspace.slack.state.people.values())))
            .mrkdwn(one["text"])
            .startswith("@")
        )
