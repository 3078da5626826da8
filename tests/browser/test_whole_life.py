"""The whole life of one account through the page: warned, restricted, reviewed, lifted, and watched after it."""

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.engine import cases
from tests.browser.life import ALERTS, ENGINEERING, MANAGEMENT, MASKED, NUMBER, OPERATIONS, Life, begun
from tests.browser.seat import buttons, press, reads
from tests.browser.windows import Windows
from tests.support.databases import Database
from tests.support.restricting import assert_chain_is_whole

if TYPE_CHECKING:
    from playwright.async_api import Locator

PAGES = {
    "flagged": "メールについてのお願い",
    "restriction": "お話しするまで、メールをお控えください",
    "lift": "メールを、また送っていただけます",
}
"""The title of each fax that is to go out, by the procedure of its case."""
WHY = "30 days without a complaint; the person threw the old list of addresses away."


async def test_the_whole_life_of_one_account_through_the_page(database: Database, windows: Windows) -> None:
    async with begun(database, windows) as life:
        await a_third_complaint_opens_a_review_and_the_warning_goes_out(life)
        await the_review_is_finished(life)
        await a_fifth_complaint_makes_the_bot_ask_and_a_manager_approves(life)
        await the_person_is_told_in_the_morning_and_writes_all_the_same(life)
        await the_review_comes_after_30_days_with_what_changed(life)
        await a_contact_is_recorded_and_the_restriction_lifted(life)
        await a_new_complaint_opens_the_case_again(life)
        await the_watch_ends(life)
        await three_faxes_went_out(life)
        await what_is_kept_is_true(life)


async def a_third_complaint_opens_a_review_and_the_warning_goes_out(life: Life) -> None:
    seat = life.seat
    await seat.take("op1", OPERATIONS)
    await life.write(timedelta(hours=5), timedelta(hours=3), timedelta(seconds=5))
    await life.pass_time("2m")
    review = seat.message("Review a flagged account", MASKED)
    await reads(review, "3 complaints about 43 mails", "At 5 complaints the bot asks for a restriction.")
    await seat.look("review", review)
    await seat.open_thread(review)
    await reads(seat.thread, "Third complaint in 30 days.", "please review the account within 24 hours")
    await seat.look("review-thread")
    await seat.close_thread()
    await press(review, "See the warning fax…")
    modal = seat.modal("The warning fax")
    await seat.look("warning-modal")
    await reads(modal, MASKED, "3 complaints in 30 days", "by fax between 09:00 and 18:00", "In English")
    await press(modal, "Send warning")
    await seat.answered(f"{await life.case('flagged')} shows how it goes on.")
    await life.pass_time("10m")
    await reads(seat.message("Review a flagged account"), "Warning fax delivered")
    await life.fax(f"{await life.case('flagged')}-F1", "Delivered, 1 page")
    await seat.look("warned", seat.message("Review a flagged account"))


async def answer(life: Life, case: "Locator", seen: str, title: str, note: str) -> None:
    """Answer the present step of a case; ``seen`` stands in its message, ``title`` in the form."""
    seat = life.seat
    await reads(case, seen)
    await press(case, "Answer…")
    modal = seat.modal("Answer a step")
    await reads(modal, title)
    await modal.get_by_label("Note, or why not").fill(note)
    await press(modal, "Save answer")
    await seat.answered("Saved.")


async def the_review_is_finished(life: Life) -> None:
    seat = life.seat
    review = seat.message("Review a flagged account", await life.case("flagged"))
    await answer(life, review, "Step 2 of 7", "step 2: Review the mail history", "Many mails to people of an old list.")
    await answer(life, review, "Step 3 of 7", "step 3: Assess the situation", "The complaints are fair.")
    await answer(life, review, "Step 7 of 7", "step 7: Write down what came of the review", "Warned by fax.")
    await reads(
        seat.message(await life.case("flagged")),
        "done",
        "Ended: every step is answered, Aoi Tanaka",
        "Warning · opened by faxi-bot",
    )
    await seat.look("review-finished", seat.message("Ended: every step is answered"))


async def a_fifth_complaint_makes_the_bot_ask_and_a_manager_approves(life: Life) -> None:
    seat = life.seat
    await life.to_tomorrow()
    await life.pass_time("9h35m")
    await life.write(timedelta(hours=1), timedelta(seconds=5))
    await life.pass_time("2m")
    await seat.take("mgr1", MANAGEMENT)
    request = seat.message("Decide: restrict an account?", MASKED)
    await reads(request, "5 complaints about 45 mails", "5 complaints in 30 days are the runbook", "faxi-bot")
    await reads(request, "The person gets this by fax in Japanese between 09:00 and 18:00")
    await seat.look("request", request)
    await seat.open_thread(request)
    await reads(seat.thread, "@management", "please decide by")
    await seat.close_thread()
    await press(request, "See the fax")
    modal = seat.modal("The fax")
    await modal.locator("img").first.wait_for()
    await seat.look("see-the-fax")
    await press(modal, "Close")
    await modal.wait_for(state="detached")
    await press(request, "Approve restriction")
    sure = seat.modal(f"Restrict {MASKED}?")
    await reads(sure, "The account is marked at once.", "Lifting it needs a new request.")
    await seat.look("confirm")
    await press(sure, "Restrict")
    approved = seat.message(await life.case("restriction"), "Approved by Kenji Ono")
    await reads(approved, "Approved, being carried out", "waits until", "09:00", "Follow-up on")
    await seat.look("approved", approved)
    await seat.take("op1", ALERTS)
    await reads(seat.message("Account restricted", MASKED), "Approved by Kenji Ono", "within 1 hour")


async def the_person_is_told_in_the_morning_and_writes_all_the_same(life: Life) -> None:
    seat = life.seat
    assert len(life.system.faxes.listed()) == 1, "none at night"
    await life.to_tomorrow()
    await life.pass_time("10m")
    await life.fax(f"{await life.case('restriction')}-F1", "Delivered, 1 page")
    await seat.take("mgr1", MANAGEMENT)
    restricted = seat.message(await life.case("restriction"), "Restricted, fax delivered")
    await reads(
        restricted, "Account marked as restricted", "Fax delivered", "Faxi does not stop the mail by itself yet."
    )
    await seat.look("restricted", restricted)
    await answer(
        life, restricted, "Ticket not written yet", "step 7: Document it in the ticket system", "TICKET-77 says it all."
    )
    await life.write(mails=1)
    await life.pass_time("2m")
    await seat.open_thread(restricted)
    await reads(
        seat.thread, "The person knows why we ask for no mail", "Mail still goes out: 1 mail since the restriction"
    )
    await seat.look("restriction-thread")
    await seat.take("eng1", ENGINEERING)
    await reads(seat.message("Mail still goes out"), MASKED, await life.case("restriction"), "@engineering")
    await seat.look("engineering", seat.message("Mail still goes out"))


async def the_review_comes_after_30_days_with_what_changed(life: Life) -> None:
    seat = life.seat
    await life.leap("30d")
    assert await life.system.value("SELECT count(*) FROM chatops.cases WHERE procedure = 'review'") == 0, "on a Sunday"
    await life.pass_time("1d 3h")
    await seat.take("op1", OPERATIONS)
    review = seat.message("Review a restriction", await life.case("review"))
    await reads(review, "still restricted", "Talk with the person")
    await seat.look("follow-up", review)
    await seat.open_thread(review)
    await reads(seat.thread, f"@operations, the review of {await life.case('restriction')} is due today")
    await seat.look("follow-up-thread")
    await seat.close_thread()


async def a_contact_is_recorded_and_the_restriction_lifted(life: Life) -> None:
    seat = life.seat
    await seat.type(f"/faxi-account {NUMBER}")
    account = seat.message("Only visible to you", MASKED)
    await reads(account, "Restricted since", await life.case("restriction"), await life.case("review"))
    await seat.look("account", account)
    await press(account, "Record a contact…")
    modal = seat.modal("Record a contact")
    await modal.get_by_label("Understands what went wrong").check()
    await modal.get_by_label("Promises to keep the rules").check()
    await seat.look("contact")
    await press(modal, "Record contact")
    await reads(modal, "Recorded: call of", f"Step 2 of {await life.case('review')} is done.")
    await seat.look("contact-recorded")
    await press(modal, "Close")
    await modal.wait_for(state="detached")
    await seat.type(f"/faxi-lift {NUMBER}")
    modal = seat.modal("Lift a restriction")
    await reads(modal, "30 days are over", "0 new complaints since then")
    await modal.get_by_label("In your words").fill(WHY)
    await seat.look("lift-form")
    await press(modal, "Ask for approval")
    await reads(modal, "Asked")
    await seat.look("lift-asked")
    await press(modal, "Close")
    await modal.wait_for(state="detached")
    await seat.take("mgr1", MANAGEMENT)
    request = seat.message("Decide: lift a restriction?", MASKED)
    await reads(request, "4 of 4 criteria are met", WHY)
    await seat.look("lift-request", request)
    await press(request, "Approve lift")
    await press(seat.modal("Lift the restriction?"), "Lift")
    await seat.message("Lifted").wait_for()
    await life.pass_time("10m")
    lifted = seat.message(await life.case("lift"), "Lifted, fax delivered")
    await reads(lifted, "Mark taken away", "Watched until")
    await seat.look("lifted", lifted)
    await life.fax(f"{await life.case('lift')}-F1", "Delivered, 1 page")
    assert await life.columns() == (False, False, None)


async def a_new_complaint_opens_the_case_again(life: Life) -> None:
    seat = life.seat
    await life.leap("5d")
    await life.write(timedelta(seconds=5))
    await life.pass_time("2m")
    lifted = seat.message(await life.case("lift"), "Lifted, fax delivered")
    await reads(lifted, "New complaint since the lift: person not called yet")
    await seat.look("complained", lifted)
    await seat.open_thread(lifted)
    await reads(seat.thread, "1 new complaint since the lift.", "Aoi Tanaka, please call the person")
    await seat.take("op1", "faxi-bot")
    await seat.open_thread(seat.message("Lifted", await life.case("lift")))
    await reads(seat.thread, "1 new complaint since the lift.", "Aoi Tanaka, please call the person")
    await seat.look("direct")
    await press(seat.thread, "Record a contact…")
    modal = seat.modal("Record a contact")
    await reads(modal, await life.case("lift"), "Not restricted.")
    await press(modal, "Record contact")
    await reads(modal, f"of {await life.case('lift')} is done.")
    await press(modal, "Close")
    await modal.wait_for(state="detached")


async def the_watch_ends(life: Life) -> None:
    seat = life.seat
    await life.leap("24d")
    await life.pass_time("2d")
    await seat.take("mgr1", MANAGEMENT)
    ended = seat.message(await life.case("lift"), "Lifted, fax delivered")
    await reads(
        ended, "Person called after a new complaint, Aoi Tanaka", "Watched until Wed 26 Jan 2033: 1 new complaint"
    )
    assert await buttons(ended) == ["Show account"]
    await seat.look("watched", ended)
    await seat.take("op1", OPERATIONS)
    await seat.type(f"/faxi-account {NUMBER}")
    account = seat.message("Only visible to you", "In order")
    await reads(account, "1 complaint in 30 days", "fax about the lift delivered", "warning fax delivered")
    await seat.look("in-order", account)


async def what_is_kept_is_true(life: Life) -> None:
    await life.system.settle()
    assert await life.columns() == (False, False, None)
    (held,) = await life.system.fetch("SELECT * FROM chatops.restrictions")
    assert (held["subject"], held["requested_by"], held["approved_by"]) == (life.account, "bot", "U0MGR1")
    numbers = [await life.case(one) for one in ("restriction", "review", "lift")]
    assert [cases.number(held[one]) for one in ("case_id", "review_case", "lift_case")] == numbers
    assert (held["lifted_as"], held["lifted_by"]) == ("lift", "U0MGR1")
    assert held["watch_until"] - held["lifted_at"] == timedelta(days=30)
    told = await life.system.fetch("SELECT event_type FROM public.audit_logs ORDER BY created_at")
    fax = "fax.transmitted"
    assert [one[0] for one in told] == [fax, "account.restricted", fax, "account.restriction_lifted", fax]
    found = await life.system.fetch("SELECT procedure, state FROM chatops.cases WHERE kind = 'procedure' ORDER BY id")
    assert [tuple(one) for one in found] == [(name, "done") for name in ("flagged", "restriction", "review", "lift")]
    noted = await life.system.fetch(
        "SELECT c.threshold, c.state, k.procedure FROM chatops.crossings AS c"
        " JOIN chatops.cases AS k ON k.id = c.case_id ORDER BY c.noted_at"
    )
    assert [tuple(one) for one in noted] == [(3, "raised", "flagged"), (5, "raised", "restriction")]
    waiting = await life.system.fetch("SELECT kind FROM chatops.effects WHERE state <> 'done'")
    assert [one[0] for one in waiting] == []
    await assert_chain_is_whole(life.system)


async def three_faxes_went_out(life: Life) -> None:
    notices = await life.system.fetch("SELECT kind, state, wanted_by FROM chatops.notices ORDER BY id")
    kinds = [("warning", "told", "U0OP1"), ("restriction", "told", "U0MGR1"), ("lift", "told", "U0MGR1")]
    assert [tuple(one) for one in notices] == kinds
    sent = life.system.faxes.listed()
    assert [(one["to"], one["status"], len(one["pages"])) for one in sent] == [(NUMBER, "delivered", 1)] * 3
    for fax, (procedure, title) in zip(sent, PAGES.items(), strict=True):
        text = fax["pages"][0]["text"]
        assert title in text
        assert f"受付番号 {await life.case(procedure)}-F1" in text
        assert NUMBER[3:] not in text
