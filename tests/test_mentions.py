"""In a thread, where Slack has no slash commands, a mention of the bot does what a command does."""

from collections.abc import AsyncIterator

import pytest

from bot.local.postgres import Postgres
from tests.support import faces
from tests.support.faces import MANAGEMENT, OPERATIONS, make_account
from tests.support.system import JSON, System
from tests.support.workspace import eventually


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this module."""
    async with faces.running_faces(template) as running:
        yield running


async def started(system: System, channel: str = OPERATIONS) -> str:
    """Start a thread and return its first message's ts."""
    return str((await system.message("mgr1", channel, "What about this?"))["ts"])


async def mention(
    system: System, who: str, words: str, *, channel: str = OPERATIONS, thread: str | None = None
) -> JSON:
    """Write to the bot in a thread; return what it answers there."""
    thread = thread or await started(system, channel)
    before = len(await system.messages(who, channel, thread))
    answer = await system.message(who, channel, f"@faxi-bot {words}".strip(), thread=thread)
    assert answer["acknowledged"]

    async def look() -> list[JSON]:
        return [one for one in (await system.messages(who, channel, thread))[before:] if one["from"] == "faxi-bot"]

    (said,) = await eventually(look)
    assert said["ephemeral"], "only who asked sees the answer"
    return dict(said)


async def test_a_mention_outside_a_thread_is_answered_in_the_channel(system: System) -> None:
    answer = await system.message("op3", OPERATIONS, "@faxi-bot oncall")
    assert answer["acknowledged"]

    async def look() -> list[JSON]:
        said = await system.messages("op3", OPERATIONS)
        return [one for one in said if one["ts"] > answer["ts"] and one["from"] == "faxi-bot" and one["ephemeral"]]

    (said,) = await eventually(look)
    assert "on call" in said["plain"].lower()
    assert not said.get("thread")


async def test_a_mention_shows_a_case_in_its_thread(system: System) -> None:
    number = await faces.ask(system, await make_account(system))
    before = await faces.head(system)
    said = await mention(system, "op2", f"case {number}")
    assert said["plain"].startswith(f":hourglass_flowing_sand: {number} Restrict an account")
    (record,) = await faces.audit(system, before)
    assert (record["action"], record["actor"], record["result"]) == ("case:show", "U0OP2", "shown")


@pytest.mark.parametrize(
    "words", ["oncall", "\noncall", "ONCALL", "/faxi-oncall", "faxi-oncall", ": oncall", "  oncall  "]
)
async def test_the_command_may_be_written_in_any_way(system: System, words: str) -> None:
    assert "on call" in (await mention(system, "op1", words))["plain"].lower()


async def test_words_after_the_command_count(system: System) -> None:
    assert "You are on call" in (await mention(system, "eng1", "oncall take"))["plain"]
    assert "does not know" in (await mention(system, "eng1", "oncall tomorrow"))["plain"]


async def test_a_mention_in_the_threads_of_a_request_works_there(system: System) -> None:
    number = await faces.ask(system, await make_account(system))
    live = await faces.request(system, number)
    said = await mention(system, "mgr2", f"case {number}", channel=MANAGEMENT, thread=live["ts"])
    assert number in said["plain"]


@pytest.mark.parametrize("way", ["{n}", "{n} they wrote again", "0{t}", "{a}", "help {n}", "\n{n}"])
async def test_a_mention_that_needs_a_form_offers_it_and_repeats_no_account(system: System, way: str) -> None:
    account = await make_account(system)
    words = way.format(n=account.number, t=account.number[3:], a=account.address)
    before = await faces.head(system)
    said = await mention(system, "op1", f"restrict {words}")
    for part in (account.number, account.number[3:], account.address, account.tail):
        assert part not in faces.words_of(said)
    assert "Give the number in the form, not here. If your message holds one, please delete it." in said["plain"]
    assert said["text"] == "Press the button to open the form here."
    assert [(one["text"], one["style"]) for one in said["buttons"]] == [("Ask to restrict…", "primary")]
    (record,) = await faces.audit(system, before)
    assert account.tail not in faces.words_of(dict(record))


async def test_the_button_that_is_offered_opens_the_empty_form(system: System) -> None:
    thread = await started(system)
    said = await mention(system, "op3", "restrict +819011112222", thread=thread)
    await system.click("op3", "Ask to restrict…", channel=OPERATIONS, ts=said["ts"])
    view = await faces.looked(system, "op3")
    assert (view["callback_id"], view["submit"]) == ("restrict.find", "Find account")
    assert "initial_value" not in faces.field(view, "account")
    await faces.close_all(system, "op3")


async def test_without_a_word_it_helps(system: System) -> None:
    assert "What do you need?" in (await mention(system, "op1", ""))["plain"]
    assert "What do you need?" in (await mention(system, "op1", "help"))["plain"]


async def test_help_for_one_command_explains_that_command(system: System) -> None:
    assert (await mention(system, "op1", "case help"))["plain"].startswith("/faxi-case shows a case")
    assert (await mention(system, "op1", "restrict help"))["plain"].startswith("/faxi-restrict asks management")


@pytest.mark.parametrize("words", ["frobnicate", "frobnicate +819012345678", "<!channel>", "🦆"])
async def test_an_unknown_word_is_answered_with_the_way_to_help(system: System, words: str) -> None:
    before = await faces.head(system)
    said = await mention(system, "op1", words)
    assert "I do not know that word. Nothing was changed." in said["plain"]
    assert "Write @faxi-bot help, or type /faxi-help." in said["plain"]
    assert words.split(" ", maxsplit=1)[0] not in said["plain"]
    assert "12345678" not in said["plain"]
    (record,) = await faces.audit(system, before)
    assert (record["action"], record["result"], record["allowed"]) == ("mention:read", "refused:unknown_word", False)


async def test_a_mistyped_word_is_answered_with_the_nearest_one_that_the_person_may_use(system: System) -> None:
    assert "Did you mean @faxi-bot case?" in (await mention(system, "op1", "cse OPS-0001"))["plain"]
    assert "Did you mean @faxi-bot restrict?" in (await mention(system, "op1", "restict"))["plain"]
    assert "Did you mean @faxi-bot restrictions?" in (await mention(system, "aud1", "restict"))["plain"]
    assert "Did you mean" not in (await mention(system, "aud1", "lfit"))["plain"]


@pytest.mark.parametrize(("who", "said"), [("guest1", "Not for guests"), ("ext1", "Not for guests")])
async def test_a_mention_by_an_outsider_is_refused(system: System, who: str, said: str) -> None:
    assert said in (await mention(system, who, "case"))["plain"]


async def test_an_auditor_is_not_offered_the_form(system: System) -> None:
    said = await mention(system, "aud1", "restrict")
    assert "Auditors read and search. Nothing was changed." in said["plain"]
    assert said["buttons"] == []


async def test_a_mention_in_the_thread_of_a_case_shows_that_case(system: System) -> None:
    number = await faces.ask(system, await make_account(system))
    live = await faces.request(system, number)
    said = await mention(system, "mgr1", "case", channel=MANAGEMENT, thread=live["ts"])
    assert said["plain"].startswith(f":hourglass_flowing_sand: {number} Restrict an account")
