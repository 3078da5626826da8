"""What /faxi-case shows: one case, open or closed, one's own and the team's; and how a step is answered."""

from collections.abc import AsyncIterator

import pytest

from bot.local.postgres import Postgres
from tests.support import faces, raw
from tests.support.faces import DIRECT, MANAGEMENT, OPERATIONS, make_account
from tests.support.system import JSON, System


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this module."""
    async with faces.running_faces(template) as running:
        yield running


async def case(system: System, who: str, typed: str = "", channel: str = OPERATIONS) -> JSON:
    answer = await system.command(who, channel, f"/faxi-case {typed}".strip())
    assert answer["answer"], answer
    return dict(answer["answer"])


async def approved(system: System, who: str = "op1") -> str:
    number = await faces.ask(system, await make_account(system), who)
    await faces.press(system, "mgr1", "Approve restriction", number)
    return number


async def test_an_open_case_shows_its_steps_and_the_present_ones_button(system: System) -> None:
    number = await approved(system)
    shown = await case(system, "op2", number)
    assert shown["ephemeral"]
    assert shown["plain"].startswith(f":warning: {number} Restrict an account")
    for expected in (
        "+81 •••• ",
        "Step 4 of 7: Tell the person by telephone",
        "1. Verify the complaint count (5 complaints about 12 mails in 30 days), faxi-bot",
        "4. Tell the person by telephone, now",
        "6. Document it in the ticket system, to do",
        "opened by Aoi Tanaka",
    ):
        assert expected in shown["plain"], expected
    always = [("Add note…", None), ("Hand over…", None), ("Show the record", None)]
    assert [(one["text"], one["style"]) for one in shown["buttons"]] == [("Answer…", "primary"), *always]
    assert number in shown["text"]


@pytest.mark.parametrize("write", [str.lower, lambda it: it[4:].lstrip("0"), lambda it: f"#{it}", lambda it: f" {it} "])
async def test_a_number_may_be_written_in_short(system: System, write: object) -> None:
    number = await faces.ask(system, await make_account(system))
    shown = await case(system, "op1", write(number))  # type: ignore[operator]
    if write(number).startswith("#"):  # type: ignore[operator]
        assert "That is no case number" in shown["plain"]
    else:
        assert number in shown["plain"]
        assert "That is no case number" not in shown["plain"]


async def test_a_case_that_management_ended_shows_how_and_nothing_but_its_record(system: System) -> None:
    number = await faces.ask(system, await make_account(system), "mgr1")
    live = await faces.request(system, number, "mgr2")
    await system.click("mgr2", "Deny…", channel=MANAGEMENT, ts=live["ts"])
    view = await faces.looked(system, "mgr2")
    await system.submit("mgr2", view["id"], {"reason": "Please call the person first."})
    await faces.close_all(system, "mgr2")
    shown = await case(system, "aud1", number)
    assert "ended" in shown["plain"]
    assert "Ended: denied, Naomi Fujita" in shown["plain"]
    assert [one["text"] for one in shown["buttons"]] == ["Show the record"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("OPS-9999", "There is no case OPS-9999. /faxi-case lists what is open."),
        ("grandmother", "That is no case number. Write it like /faxi-case OPS-0042."),
        ("OPS-", "That is no case number."),
        ("OPS-0001; DROP TABLE chatops.cases", "That is no case number."),
        ("9" * 40, "That is no case number."),
        ("-1", "That is no case number."),
        ("<!channel>", "That is no case number."),
    ],
)
async def test_what_is_no_case_is_said_with_the_next_step(system: System, typed: str, said: str) -> None:
    before = await faces.head(system)
    assert said in (await case(system, "op1", typed))["plain"]
    (record,) = await faces.audit(system, before)
    assert (record["result"], record["allowed"]) == ("refused:not_found", False)


async def test_without_a_number_ones_own_cases_come_before_the_teams(system: System) -> None:
    mine = await faces.ask(system, await make_account(system), "op3")
    other = await faces.ask(system, await make_account(system), "op2")
    shown = await case(system, "op3")
    own, _, team = shown["plain"].partition("The team's other open cases")
    assert mine in own
    assert other not in own
    assert "Yui Kato" in own
    assert "due " in own
    assert mine not in team, "it stands above"
    query = "SELECT count(*) FROM chatops.cases WHERE closed_at IS NULL AND owner IS DISTINCT FROM 'U0OP3'"
    listed = await system.value(query)
    assert f"-{min(15, listed)} of {listed}" in team
    nobody = await case(system, "aud1", channel=DIRECT)
    assert nobody["plain"].startswith("No open case is yours")


async def test_a_long_list_has_pages_of_fifteen_with_their_count(system: System) -> None:
    async with system.database.connect() as connection:
        await connection.execute(
            "INSERT INTO chatops.cases (procedure, runbook_hash, title, severity, state, owner, opened_by, opened_at)"
            " SELECT 'review', '', 'Review a restriction', 'routine', 'open', 'U0ENG2', 'bot', $1"
            " FROM generate_series(1, 40)",
            system.clock.now(),
        )
    total = await system.value("SELECT count(*) FROM chatops.cases WHERE closed_at IS NULL")
    page = await case(system, "eng1")
    seen = []
    for start in range(0, total, 15):
        end = min(start + 15, total)
        assert f"The team's open cases, {start + 1}-{end} of {total}" in page["plain"]
        seen += [one.split()[1] for one in page["plain"].splitlines() if ": OPS-" in one]
        names = [one["text"] for one in page["buttons"]]
        assert names == (["Previous"] if start else []) + (["Next"] if end < total else [])
        if end < total:
            assert page["buttons"][-1]["label"] == f"Next page: {end + 1} to {min(end + 15, total)} of {total}"
            await system.click("eng1", "Next", channel=OPERATIONS, ts=page["ts"])
            page = next(one for one in await system.messages("eng1", OPERATIONS) if one["ts"] == page["ts"])
    assert len(seen) == len(set(seen)) == total
    await system.click("eng1", "Previous", channel=OPERATIONS, ts=page["ts"])
    page = next(one for one in await system.messages("eng1", OPERATIONS) if one["ts"] == page["ts"])
    assert page["buttons"][-1]["text"] == "Next"
    owner = await case(system, "eng2")
    assert "The oldest 15 of 40." in owner["plain"]
    assert f"The team's other open cases, 1-15 of {total - 15}" in owner["plain"], "the rest of one's own too"


async def test_a_step_is_answered_once_and_an_auditor_answers_none(system: System) -> None:
    number = await approved(system)
    refused = await case(system, "aud1", number)
    before = await faces.head(system)
    answer = await system.click("aud1", "Answer…", channel=OPERATIONS, ts=refused["ts"])
    assert "Auditors read and search. Nothing was changed." in await faces.told(system, "aud1", answer)
    await faces.close_all(system, "aud1")
    (record,) = await faces.audit(system, before)
    assert record["result"] == "refused:not_allowed"

    forms = {}
    for who in ("op1", "op2"):
        shown = await case(system, who, number)
        await system.click(who, "Answer…", channel=OPERATIONS, ts=shown["ts"])
        forms[who] = await faces.looked(system, who)
    note = {"answer": "Not applicable", "note": "No telephone."}
    first = await system.submit("op1", forms["op1"]["id"], note)
    assert f"Saved. Step 4 of {number}: not applicable." in first["view"]["plain"]
    second = await system.submit("op2", forms["op2"]["id"], {"answer": "Done", "note": "Called her."})
    assert f"Step 4 of {number} was answered already by Aoi Tanaka" in second["view"]["plain"]
    assert "Nothing was changed." in second["view"]["plain"]
    step = await system.fetch("SELECT * FROM chatops.steps WHERE case_id = $1 AND name = 'tell'", int(number[4:]))
    assert (step[0]["state"], step[0]["who"], step[0]["note"]) == ("not_applicable", "U0OP1", "No telephone.")
    for who in forms:
        await faces.close_all(system, who)


@pytest.mark.parametrize("note", ["", "ok", "n" * 1001, "n" * 5000])
async def test_a_note_past_the_forms_own_limits_is_refused_in_its_field(system: System, note: str) -> None:
    number = await approved(system)
    value = (await case(system, "op1", number))["buttons"][0]["value"]
    answer = await raw.submit(system, "op1", "case.answer", {"answer": "not_applicable", "note": note}, value)
    assert set(answer["errors"]) == {"note"}
    assert "5 to 1,000 letters" in answer["errors"]["note"]
    await faces.close_all(system, "op1")


async def test_a_message_becomes_a_case_that_is_answered_closed_and_shown(system: System) -> None:
    said = await system.message("op2", OPERATIONS, "A reader says that faxes come in twice, her name is Hanako.")
    before = await faces.head(system)
    await system.post("shortcut", as_="op1", name="Open a case", channel=OPERATIONS, ts=said["ts"])
    form = await faces.looked(system, "op1")
    assert "Its words are not kept." in form["plain"]
    opened = await system.submit("op1", form["id"], {"procedure": "Something to look into"})
    number = str(faces.NUMBER.findall(opened["view"]["plain"])[0])
    await faces.close_all(system, "op1")
    live = await faces.message(system, "op2", OPERATIONS, f"{number} Something to look")
    assert "Hanako" not in faces.words_of(await system.fetch("SELECT * FROM chatops.cases"))
    for answer in ("Done", "Not applicable"):
        await system.click("op2", "Answer…", channel=OPERATIONS, ts=live["ts"])
        view = await faces.looked(system, "op2")
        await system.submit("op2", view["id"], {"answer": answer, "note": "The fax line was doubled."})
        await faces.close_all(system, "op2")
        await system.settle()
    await system.click("op1", "Close…", channel=OPERATIONS, ts=live["ts"])
    view = await faces.looked(system, "op1")
    await system.submit("op1", view["id"], {"words": "The line was set up twice."})
    await faces.close_all(system, "op1")
    await system.settle()
    closed = next(one for one in await system.messages("op1", OPERATIONS) if one["ts"] == live["ts"])
    assert f"{number} closed" in closed["plain"]
    assert [one["text"] for one in closed["buttons"]] == ["Show the record", "Open again…"]
    thread = [one["text"] for one in await system.messages("op1", OPERATIONS, live["ts"])][1:]
    assert [one.split(number)[0] for one in thread] == [
        "",
        "Ren Mori: step 1 done (",
        "Ren Mori: step 2 not applicable (",
        "Aoi Tanaka closed ",
    ]
    tags = [record["action"] for record in await faces.audit(system, before)]
    assert [tag for tag in tags if tag in {"case:open", "case:answer", "case:close"}] == [
        "case:open",
        "case:answer",
        "case:answer",
        "case:close",
    ]
