"""The review of a flagged account proposes a warning fax, which goes out once, after somebody has read it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine import cases
from bot.slack.interactions import Outcome, Say, Show
from tests.support import lifting, screens
from tests.support.complaints import DAY, MINUTE, Watch
from tests.support.databases import Database

HOUR = timedelta(hours=1)
SEE, SEND = ("action", "flagged.warning"), ("view", "flagged.warning")


@pytest.fixture
async def watch(database: Database, pool: Pool) -> Watch:
    """Give a bot that has watched an empty mail for a minute."""
    made = Watch(database, pool)
    await made.begin()
    await made.tick(MINUTE)
    return made


async def review(watch: Watch, **columns: Any) -> UUID:
    """Have an account reviewed, with these columns of Faxi's set; its case is the first."""
    user = await watch.account()
    for column, value in columns.items():
        await watch.fetch(f"UPDATE public.users SET {column} = $2 WHERE id = $1", user, value)  # noqa: S608
    await watch.complain(user, 9 * DAY, 7 * DAY, HOUR)
    await watch.tick(MINUTE)
    return user


async def press(watch: Watch, what: tuple[str, str], who: str = "U0OP1") -> Outcome:
    """Press the button, or send the form, of the first case's warning."""
    one = wiring.catalogue().find(*what)
    assert one is not None
    async with watch.pool.acquire() as connection, connection.transaction():
        value = await cases.step_value(connection, 1, "warn")
        carried = {"value": value} if what is SEE else {"metadata": value}
        kind: Any = what[0]
        return await one.run(
            lifting.call(connection, who, watch.time, watch.team, kind=kind, name=what[1], text="", **carried)
        )


async def test_the_review_says_what_was_found_and_offers_the_warning(watch: Watch) -> None:
    await review(watch)
    (live,) = await watch.said("flagged.review")
    assert live.startswith(
        "An account has 3 or more complaints in 30 days: please review it by Thu 26 Nov 09:52 JST (OPS-0001).\n"
        ":warning: Review a flagged account\n*+81 •••• 0001* · OPS-0001\n3 complaints about 3 mails in 30 days.\n"
        "Review by Thu 26 Nov 09:52. At 5 complaints the bot asks for a restriction."
    )
    for once in ("Review a flagged account", "+81 •••• 0001", "26 Nov 09:52."):
        assert live.count(once) == 1, "on a telephone that is a screen's worth before the first button"
    assert "See the warning fax…\nShow account\nRecord a contact…" in live
    assert ":arrow_forward: *2. Review the mail history*, now" in live
    (called,) = await watch.said("flagged.opened")
    assert "<!subteam^S0OPERATIONS>, please review the account within 24 hours." in called


async def test_the_fax_is_read_first_and_sent_once_whoever_presses(watch: Watch) -> None:
    user = await review(watch, preferences={"language": "en"})
    seen = await press(watch, SEE)
    assert isinstance(seen.answer, Show)
    assert seen.result == "form"
    view = seen.answer.view.payload()
    words = "\n".join(screens.plain_of(view["blocks"]))
    assert "*+81 •••• 0001* · OPS-0001\n3 complaints in 30 days. The person gets this by fax between 09:00" in words
    assert "A request about your mail" in words
    assert "In English: 3 complaints from people who got your mails in the last 30 days." in words
    assert view["submit"]["text"] == "Send warning"
    assert await watch.fetch("SELECT 1 FROM chatops.notices") == []
    sent = await press(watch, SEND)
    assert (sent.result, sent.allowed, sent.subject) == ("sent", True, user)
    assert isinstance(sent.answer, Say)
    told = "\n".join(screens.plain_of(list(sent.answer.message.blocks)))
    assert told == ":hourglass_flowing_sand: Warning fax to the person: queued.\nOPS-0001 shows how it goes on."
    for what in (SEE, SEND):
        again = await press(watch, what, "U0OP2")
        assert (again.result, again.allowed) == ("refused:told", False)
        assert isinstance(again.answer, Say)
    notices = await watch.fetch("SELECT kind, step, state, wanted_by FROM chatops.notices")
    assert [tuple(row) for row in notices] == [("warning", "warn", "sending", "U0OP1")]
    assert len(await watch.fetch("SELECT 1 FROM chatops.effects WHERE kind = 'fax'")) == 1
    (live,) = await watch.said("flagged.review")
    assert "See the warning fax" not in live
    assert ":hourglass_flowing_sand: Warning fax to the person" in live


async def drawn(watch: Watch) -> None:
    """Let the page of the warning be drawn."""
    await watch.fetch("UPDATE chatops.previews SET files = '{F1}'")
    await watch.fetch("UPDATE chatops.effects SET state = 'done', ended_at = $1 WHERE kind = 'preview'", watch.time)


async def deleted(watch: Watch) -> list[str]:
    """Return the pages that are to be deleted; nothing is kept of them any more."""
    assert await watch.fetch("SELECT 1 FROM chatops.previews") == []
    return [
        row["subject"] for row in await watch.fetch("SELECT subject FROM chatops.effects WHERE kind LIKE '%.delete'")
    ]


async def test_the_page_is_shown_once_it_is_drawn_and_deleted_when_it_is_sent(watch: Watch) -> None:
    await review(watch)
    seen = await press(watch, SEE)
    assert isinstance(seen.answer, Show)
    assert seen.answer.pictured is None
    await drawn(watch)
    seen = await press(watch, SEE)
    assert isinstance(seen.answer, Show)
    assert seen.answer.pictured is not None
    view = seen.answer.pictured.payload()
    (image,) = [block for block in view["blocks"] if block["type"] == "image"]
    assert image["slack_file"] == {"id": "F1"}
    assert (view["submit"]["text"], view["callback_id"]) == ("Send warning", "flagged.warning")
    assert list(screens.problems("view", view, ["+819012300001"])) == []
    await press(watch, SEND)
    assert await deleted(watch) == ["file:F1"]


async def test_the_page_is_deleted_when_the_review_ends_without_the_warning(watch: Watch) -> None:
    await review(watch)
    await drawn(watch)
    async with watch.pool.acquire() as connection, connection.transaction():
        assert await cases.close(connection, 1, "done", by="U0OP1", now=watch.time, resolution="reviewed")
    await watch.tick(MINUTE)
    assert await deleted(watch) == ["file:F1"]


async def test_an_account_that_is_restricted_meanwhile_is_not_warned(watch: Watch) -> None:
    user = await review(watch)
    await watch.mark(user, restricted=True)
    for what in (SEE, SEND):
        refused = await press(watch, what)
        assert refused.result == "refused:restricted"
    (live,) = await watch.said("flagged.review")
    assert "See the warning fax" not in live


async def test_a_number_that_was_never_verified_gets_no_fax_and_a_person_calls(watch: Watch) -> None:
    await review(watch, fax_number_verified=False)
    seen = await press(watch, SEE)
    assert isinstance(seen.answer, Show)
    assert ":warning: No fax can go out: the fax number is not verified." in "\n".join(
        screens.plain_of(seen.answer.view.payload()["blocks"])
    )
    refused = await press(watch, SEND)
    assert (refused.result, refused.allowed) == ("refused:not_verified", False)
    steps = await watch.fetch("SELECT name, state FROM chatops.steps WHERE name IN ('warn', 'call') ORDER BY position")
    assert [tuple(row) for row in steps] == [("warn", "failed"), ("call", "todo")]


async def test_while_faxes_are_not_set_up_a_person_explains_the_complaints(watch: Watch) -> None:
    watch.team = lifting.BY_TELEPHONE
    await review(watch)
    (live,) = await watch.said("flagged.review")
    assert "See the warning fax" not in live
    assert "Explain the complaints by telephone" in live
    assert (await press(watch, SEND)).result == "refused:told"


async def test_a_warning_of_a_time_with_faxes_is_explained_by_telephone_when_there_are_none(watch: Watch) -> None:
    await review(watch)
    watch.team = lifting.BY_TELEPHONE
    seen = await press(watch, SEE)
    assert isinstance(seen.answer, Show)
    assert "No fax can go out: faxes are not set up." in "\n".join(
        screens.plain_of(seen.answer.view.payload()["blocks"])
    )
    assert (await press(watch, SEND)).result == "refused:not_set_up"
    (step,) = await watch.fetch("SELECT kind, state, title FROM chatops.steps WHERE name = 'warn'")
    assert tuple(step) == ("confirm", "todo", "Explain the complaints by telephone")
