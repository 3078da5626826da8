"""What /faxi-audit shows, as drawn, and for whom."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine import audit_search
from bot.engine.access import Right
from bot.slack.blocks import Message
from bot.slack.interactions import Show
from tests.support import pressing
from tests.support.databases import Database
from tests.support.pressing import add_user, labels, press, shown, words
from tests.support.searching import NOW, entries, record, search, story, typed, value_of
from tests.support.team import at
from tests.test_screens import drawn, lines

LATER = (
    # what is not built: lists, tickets, alerts, handoffs, reports, the queue, calls
    *("morning list", "item ", "ticket", "alert", "day list", "handoff", "weekly report", "the queue", "PagerDuty"),
    *("signed head", "guidance", "complaints, OPS"),
)
OTHERWISE: Mapping[str, str] = {
    # an anchor is signed only where there is a key
    "signed up to": "anchored up to",
    # what is due of a review stands in its case
    "review due in N hours": "review opened",
    # all that is recorded of somebody who is spoken with
    "recorded a call": "recorded a contact",
    # other people than the drawn ones
    "Yui Kato": "NAME",
}


def lacking(state: str, *messages: Message) -> list[str]:
    """Return what was drawn and is not to be seen on these pages."""
    said = "\n".join(line for one in messages for line in lines(list(one.blocks)))
    found = []
    for line in lines(drawn("audit")[state]["blocks"]):
        wanted = line
        for was, now in OTHERWISE.items():
            wanted = wanted.replace(was, now)
        if wanted not in said and not any(word in line for word in LATER):
            found.append(wanted)
    return found


async def test_the_records_since_yesterday_are_shown_as_drawn(pool: Pool) -> None:
    await story(pool, fill=36)
    unanchored = await search(pool)
    assert "Records 1 to 47. This look is recorded." in words(unanchored.blocks)
    async with pool.acquire() as connection:
        anchored = at("2026-11-25 09:15")
        await connection.execute("INSERT INTO chatops.anchors (number, hash, at) VALUES (42, 'x', $1)", anchored)
    first = await search(pool)
    assert lacking("page_1", first) == []
    assert "Records 1 to 47; anchored up to 42, <!date^" in words(first.blocks)
    assert first.text == drawn("audit")["page_1"]["text"]
    assert "*Records since yesterday, newest first*\n1-15 of 47" in words(first.blocks)
    assert labels(first.blocks) == ["Next", "Refused only", "One case…", "One person…", "Other days…", "Export…"]
    assert len(entries(first)) == 15


async def test_pages_stay_as_they_are_while_new_records_come(pool: Pool) -> None:
    await story(pool, fill=36)
    first = await search(pool)
    whole = entries(first)
    await record(pool, NOW)
    second = shown(await press(pool, "audit.page", "U0MGR1", now=NOW, value=value_of(first.blocks)))
    assert second.text == drawn("audit")["page_2"]["text"]
    assert lacking("page_2", first, second) == []
    assert labels(second.blocks)[:2] == ["Previous", "Next"]
    assert "In words: `/faxi-audit OPS-" in words(second.blocks)
    page = second
    for begin in (31, 46):
        whole += entries(page)
        page = shown(await press(pool, "audit.page", "U0MGR1", now=NOW, value=value_of(page.blocks)))
        assert f"{begin}-{min(begin + 14, 47)} of 47" in words(page.blocks)
    whole += entries(page)
    assert "Next" not in labels(page.blocks)
    assert len(whole) == len(set(whole)) == 47
    past = shown(await press(pool, "audit.page", "U0MGR1", now=NOW, value=value_of(page.blocks)))
    assert entries(past) == entries(page)
    back = shown(await press(pool, "audit.page.back", "U0MGR1", now=NOW, value=value_of(second.blocks)))
    assert entries(back) == entries(first)


async def test_one_case_is_shown_from_its_beginning(pool: Pool) -> None:
    await story(pool)
    await record(pool, at("2026-08-01 10:00"), "U0OP2", case_id=53)
    said = await search(pool, "OPS-0053")
    assert said.text == "6 records of OPS-0053, newest first."
    assert lacking("one_case", said) == []
    assert labels(said.blocks) == ["Show all records", "Export…"]
    outcome = await typed(pool, "ops 53")
    assert (outcome.case_id, outcome.parameters) == (53, {"from": 0, "found": 6})


async def test_what_was_refused_is_shown_alone(pool: Pool) -> None:
    await story(pool, fill=3)
    value = value_of((await search(pool)).blocks)
    for said in (
        await search(pool, "refused"),
        shown(await press(pool, "audit.refused", "U0MGR1", now=NOW, value=value)),
    ):
        assert said.text == drawn("audit")["refused"]["text"]
        assert lacking("refused", said) == []
        assert labels(said.blocks) == ["Show all records"]
    everything = shown(await press(pool, "audit.all", "U0AUD1", now=NOW))
    assert "1-14 of 14" in words(everything.blocks)


@pytest.mark.parametrize(
    ("typed_words", "says"),
    [
        ("OPS-0099 since yesterday", "*No record matches* `OPS-0099` since yesterday.\nThere may be older ones."),
        ("lift yesterday", "*No record matches* about lift yesterday.\nThere may be others on other days."),
        ("lift refused all", "*No refused record matches* about lift.\nAsk for less at once"),
    ],
)
async def test_where_nothing_is_found_what_could_be_widened_is_said(pool: Pool, typed_words: str, says: str) -> None:
    await story(pool)
    said = await search(pool, typed_words)
    assert said.text == drawn("audit")["nothing_found"]["text"]
    assert says in words(said.blocks)
    assert "11 records in all. This look is recorded." in words(said.blocks)
    assert labels(said.blocks) == ["Other days…", "Show all records"]
    assert said.blocks[1]["elements"][0]["style"] == "primary"


async def test_a_search_without_any_record_says_so(pool: Pool) -> None:
    said = await search(pool)
    assert "*No record matches* since yesterday.\nThere may be older ones." in words(said.blocks)
    assert "0 records in all." in words(said.blocks)
    with pytest.raises(ValueError, match="up to which record"):
        async with pool.acquire() as connection:
            await audit_search.find(connection, audit_search.Query(), None, pressing.TEAM.zone, 0)


async def test_a_query_comes_back_from_its_value_as_it_was(pool: Pool, database: Database) -> None:
    query = audit_search.Query(
        who=("U0OP1", "bot"),
        words=("restrict",),
        refused=True,
        case_id=53,
        subject=await add_user(database),
        first=at("2026-11-20 00:00").date(),
        up_to=47,
    )
    async with pool.acquire() as connection, connection.transaction():
        for one in (query, replace(query, last=NOW.date(), refused=False), audit_search.Query()):
            value = await audit_search.keep(connection, one, 15, NOW)
            assert await audit_search.kept(connection, value) == (one, 15)
            assert re.fullmatch(r"au_\w{8}", value)


async def test_operations_see_their_own_records_only(pool: Pool) -> None:
    await story(pool)
    said = await search(pool, who="U0OP2")
    assert said.text == "2 records of your own since yesterday, newest first."
    assert lacking("own_only", said) == []
    assert labels(said.blocks) == ["Refused only", "One case…", "Other days…", "Export…"]
    assert all("*Ren Mori*" in one for one in entries(said))
    assert len(entries(await search(pool, "me", who="U0OP2"))) == 2
    assert len(entries(await search(pool, "OPS-0053", who="U0OP2"))) == 1
    assert len(entries(await search(pool, "refused", who="U0OP2"))) == 1
    nothing = await search(pool, "OPS-0051", who="U0OP2")
    assert "You see your own records only; management and auditors see all." in words(nothing.blocks)


@pytest.mark.parametrize("text", ["<@U0OP1>", "<@U0OP1|op1> 7d", "bot", "@Aoi", "me <@U0MGR1>"])
async def test_the_records_of_others_are_refused_to_operations(pool: Pool, text: str) -> None:
    await story(pool)
    outcome = await typed(pool, text, "U0OP2")
    assert (outcome.result, outcome.allowed) == ("refused:others_records", False)
    said = shown(outcome)
    screen = drawn("errors-and-help")["not_allowed_records"]
    assert said.text == screen["text"]
    assert [one for one in lines(screen["blocks"]) if one not in "\n".join(lines(list(said.blocks)))] == []
    own = shown(await press(pool, "audit.own", "U0OP2", now=NOW))
    assert own.text == "2 records of your own since yesterday, newest first."


async def test_a_search_of_management_shows_no_others_records_to_operations(pool: Pool) -> None:
    await story(pool, fill=20)
    value = value_of((await search(pool)).blocks)
    for name in ("audit.search", "audit.page", "audit.page.back", "audit.refused"):
        said = shown(await press(pool, name, "U0OP1", now=NOW, value=value))
        assert all("*Aoi Tanaka*" in one for one in entries(said)), name
    outcome = await press(
        pool, "audit.case", "U0OP1", kind="view", channel=None, now=NOW, metadata=value, values={"case": "53"}
    )
    assert isinstance(outcome.answer, Show)
    assert "1-1 of 1" in words(outcome.answer.view.blocks)


def test_only_management_and_auditors_search_the_records_of_all() -> None:
    rights = {f"{one.kind} {one.name}": one.right for one in wiring.catalogue() if one.tag.startswith("audit:")}
    assert {name for name, right in rights.items() if right is Right.SEARCH_AUDIT} == {
        "action audit.person",
        "view audit.person",
    }
    assert set(rights.values()) == {Right.SEARCH_OWN, Right.SEARCH_AUDIT}
