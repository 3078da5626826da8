"""The main job by keyboard alone: one asks to restrict an account, a manager reads it and approves."""

from typing import TYPE_CHECKING

from tests.browser.windows import Windows, focused, tab_to, until
from tests.support.databases import Database
from tests.support.restricting import add_accounts
from tests.support.system import running_system

if TYPE_CHECKING:
    from playwright.async_api import Page


async def test_an_account_is_restricted_and_approved_by_keyboard_alone(database: Database, windows: Windows) -> None:
    (account,) = await add_accounts(database, 1)
    async with running_system(database, replicas=1) as system:
        page = await windows.open(system.workspace.url.rstrip("/"), "op1", "email-operations")
        await ask(page, account.number)
        await act_as(page, "Kenji Ono")
        await go_to(page, "email-management")
        await approve(page)

        async def restricted() -> bool:
            return bool(await system.value("SELECT email_restricted FROM public.users WHERE id = $1", account.id))

        await until(restricted, "the account is restricted")
        await page.locator("article", has_text="Approved by Kenji Ono").first.wait_for()
        assert await page.locator("button", has_text="Approve restriction").count() == 0
        await act_as(page, "Aoi Tanaka")
        await go_to(page, "email-operations")
        await see_who_did_what(page)


async def ask(page: "Page", number: str) -> None:
    """Write the command with completion, fill in the form, and send it."""
    await tab_to(page, "Skip to writing")
    await page.keyboard.press("Enter")
    assert await focused(page) == "Message #email-operations"
    await page.keyboard.type("/faxi-re")
    await page.keyboard.press("Tab")
    await page.keyboard.type(f"{number} Fraud was reported twice")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("radio").first.wait_for()
    await tab_to(page, await _first_choice(page))
    await tab_to(page, "Fraud or scam mail", key="ArrowDown")
    assert await dialog.get_by_label("Fraud or scam mail").is_checked()
    await tab_to(page, "Ask for approval")
    await page.keyboard.press("Enter")
    await dialog.get_by_text("Ask for approval").wait_for(state="detached")
    await page.keyboard.press("Escape")
    await dialog.wait_for(state="detached")


async def _first_choice(page: "Page") -> str:
    return str((await page.get_by_role("dialog").locator(".tick > span").first.inner_text()).split("\n")[0])


async def act_as(page: "Page", name: str) -> None:
    """Go to the top, and choose another person by typing their name."""
    for _ in range(8):
        await page.keyboard.press("F6")
        if await page.evaluate("document.querySelector('#top').contains(document.activeElement)"):
            break
    await tab_to(page, "Act as")
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.locator("#picture", has_text="".join(word[0] for word in name.split())).wait_for()


async def go_to(page: "Page", channel: str) -> None:
    """Go to a channel through the list."""
    await page.get_by_role("navigation").get_by_role("button", name=channel).wait_for()
    await tab_to(page, channel)
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name=f"#{channel}").wait_for()


async def approve(page: "Page") -> None:
    """Walk to the request, press its button, and confirm."""
    await page.locator("button", has_text="Approve restriction").wait_for()
    await page.keyboard.press("F6")
    for _ in range(await page.locator("#messages article").count()):
        if (await page.evaluate("document.activeElement.innerText")).count("Approve restriction"):
            break
        await page.keyboard.press("ArrowUp")
    assert await page.evaluate("document.activeElement.closest('article')?.innerText.includes('Approve restriction')")
    await tab_to(page, "Approve restriction")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await dialog.wait_for()
    last = await dialog.get_by_role("button").last.inner_text()
    await tab_to(page, last)
    await page.keyboard.press("Enter")
    await dialog.wait_for(state="detached")


async def see_who_did_what(page: "Page") -> None:
    """Ask for the case, and read who asked and who approved."""
    await page.keyboard.press("F6")
    await page.keyboard.press("F6")
    assert await focused(page) == "Message #email-operations"
    await page.keyboard.type("/faxi-case OPS-0001")
    await page.keyboard.press("Enter")
    answer = page.locator("article.ephemeral").last
    await answer.get_by_text("Kenji Ono").first.wait_for()
    await answer.get_by_text("Aoi Tanaka").first.wait_for()
