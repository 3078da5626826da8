"""See the fax: the page that a person gets, or its words until Slack can show it; gone when it was decided."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.local.postgres import Postgres
from bot.local.workspace.state import File
from tests.support import faces
from tests.support.faces import MANAGEMENT, make_account
from tests.support.system import JSON, System
from tests.support.workspace import eventually

pytestmark = pytest.mark.system
SEE = "See the fax"


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot that can send faxes."""
    async with faces.running_faces(template, faxes=True) as running:
        yield running


@pytest.fixture(autouse=True)
async def _nothing_open(system: System) -> AsyncIterator[None]:
    yield
    await system.post("faults", clear=True)
    for who in ("op1", "mgr1", "aud1"):
        await faces.close_all(system, who)


def pictures(system: System) -> list[File]:
    """Return the files that Slack holds."""
    return [file for file in system.workspace.slack.state.files.values() if file.complete and not file.deleted]


def images(view: JSON) -> list[JSON]:
    """Return the pictures of a modal."""
    return [block for block in view["blocks"] if block["type"] == "image"]


async def see(system: System, who: str, number: str) -> JSON:
    """Press See the fax in a request and return the modal when there is one."""
    await faces.press(system, who, SEE, number)
    return await faces.looked(system, who)


async def topmost(system: System, who: str, look: Any) -> JSON:
    """Wait until the person's topmost modal looks so."""

    async def there() -> JSON | None:
        views = await system.views(who)
        return views[-1] if views and look(views[-1]) else None

    found: JSON = await eventually(there)
    return found


async def test_whoever_decides_sees_the_page_until_it_is_decided(system: System) -> None:
    before = pictures(system)
    number = await faces.ask(system, await make_account(system))
    (file,) = [one for one in pictures(system) if one not in before]
    assert (file.content or b"")[:8] == b"\x89PNG\r\n\x1a\n"
    await see(system, "mgr1", number)
    shown = await topmost(system, "mgr1", images)
    (image,) = images(shown)
    assert image["slack_file"] == {"id": file.id}
    assert image["title"]["text"] == "What the person gets (1 page)"
    assert image["alt_text"].startswith("Fax page in Japanese. It says: Please send no mail until we have talked.")
    assert "In English: Please send no mail until we have talked." in shown["plain"]
    assert "Reason: 5 complaints" in shown["plain"]
    await faces.press(system, "mgr1", "Approve restriction", number)
    await system.settle()
    assert pictures(system) == before


async def test_the_words_are_shown_until_slack_has_processed_the_page(system: System) -> None:
    await system.post("faults", kind="slow_files", seconds=3600)
    before = pictures(system)
    number = await faces.ask(system, await make_account(system))
    (file,) = [one for one in pictures(system) if one not in before]
    shown = await see(system, "mgr1", number)
    assert images(shown) == []
    assert "What the person gets, in Japanese" in shown["plain"]
    assert "\u82e6\u60c5" in shown["plain"] or "\u30e1\u30fc\u30eb" in shown["plain"]
    assert "In English: Please send no mail until we have talked." in shown["plain"]
    file.processed_at = 0.0
    await faces.close_all(system, "mgr1")
    await see(system, "mgr1", number)
    assert images(await topmost(system, "mgr1", images))


async def test_the_form_shows_the_fax_for_the_reason_chosen_and_keeps_what_was_typed(system: System) -> None:
    account = await make_account(system)
    form = await faces.form(system, "op1", f"{account.number} They write to everybody.")
    assert "by fax in Japanese between 09:00 and 18:00" in form["plain"]
    await system.click("op1", "reason", view=form["id"], choose="Fraud or scam mail")
    await system.click("op1", SEE, view=form["id"])
    shown = await topmost(system, "op1", lambda view: view["callback_id"] == "fax.preview")
    assert "Reason: mail that may be a fraud went out" in shown["plain"]
    assert shown["close"] == "Back"
    below, above = await system.views("op1")
    assert (below["id"], above["id"]) == (form["id"], shown["id"])
    await system.person("op1").close(shown["id"])
    (left,) = await system.views("op1")
    assert {one["block_id"]: one["value"] for one in left["fields"]}["reason"] is not None


async def test_newer_complaints_make_the_older_page_void(system: System) -> None:
    account = await make_account(system)
    number = await faces.ask(system, account)
    await faces.complain(system, account, 6)
    shown = await see(system, "mgr1", number)
    assert images(shown) == []
    assert "Reason: 6 complaints" in shown["plain"]
    await faces.close_all(system, "mgr1")
    await faces.press(system, "mgr1", "Approve restriction", number)
    await system.settle()
    await see(system, "mgr1", number)
    shown = await topmost(system, "mgr1", images)
    assert "Reason: 6 complaints" in shown["plain"]
    assert "6 complaints" in images(shown)[0]["alt_text"]


async def test_where_no_fax_can_go_out_there_is_none_to_see(system: System) -> None:
    account = await make_account(system)
    async with system.database.connect() as connection:
        await connection.execute("UPDATE public.users SET fax_number_verified = false WHERE id = $1", account.id)
    before = len(pictures(system))
    form = await faces.form(system, "op1", account.number)
    assert "No fax can go out: the fax number is not verified. Someone must call the person." in form["plain"]
    assert SEE not in [one["text"] for one in form["buttons"]]
    live = await faces.request(system, await faces.ask(system, account))
    assert SEE not in [one["text"] for one in live["buttons"]]
    assert len(pictures(system)) == before


async def test_auditors_may_look_too_and_a_decided_request_says_so(system: System) -> None:
    number = await faces.ask(system, await make_account(system))
    live = await faces.request(system, number)
    value = next(one["value"] for one in live["buttons"] if one["text"] == SEE)
    assert value.startswith("rq_")
    system.workspace.slack.state.channel_by_name(MANAGEMENT).members.add("U0AUD1")  # type: ignore[union-attr]
    before = await faces.head(system)
    await see(system, "aud1", number)
    (record,) = await faces.recorded(system, before)
    assert (record["action"], record["result"], record["allowed"]) == ("fax:show", "shown", True)
