"""What /faxi-audit finds, for whom, and that every record can be told as one plain sentence."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine import audit, audit_search
from bot.engine.access import Right
from bot.engine.audit import Record
from bot.engine.audit_search import Entry
from bot.slack.blocks import Message
from bot.slack.interactions import Errors, Outcome, Show
from commands import audit_sentences, audit_words
from commands.audit_sentences import SENTENCES
from tests.support import pressing, screens
from tests.support.databases import Database
from tests.support.pressing import add_user, labels, press, shown, words
from tests.support.team import at
from tests.test_screens import drawn, lines

ROOT = Path(__file__).parents[1]
NOW = at("2026-11-25 09:25")
BOT = "bot"
NUMBER = "+819012344821"
STORY: tuple[tuple[str, str, str, str, int | None, bool, Mapping[str, Any]], ...] = (
    ("2026-11-25 09:06", BOT, "fax:deliver", "delivered", 53, True, {"fax": "OPS-0053-F1"}),
    ("2026-11-25 08:41", "U0MGR1", "restriction:approve", "approved", 53, True, {}),
    ("2026-11-25 08:39", "U0OP2", "restriction:approve", "refused:not_allowed", 53, False, {}),
    ("2026-11-25 08:30", BOT, "restriction:remind", "called", 53, True, {}),
    ("2026-11-25 03:24", "U0OP1", "restriction:ask", "asked", 53, True, {}),
    ("2026-11-25 02:53", "U0OP1", "status:show", "shown", None, True, {}),
    ("2026-11-24 19:12", BOT, "flagged:open", "opened", 51, True, {}),
    ("2026-11-24 17:40", "U0OP1", "account:reveal", "shown", 49, True, {}),
    ("2026-11-24 17:38", "U0OP1", "account:reveal", "refused:why_missing", 49, False, {}),
    ("2026-11-24 14:20", "U0OP1", "account:contact", "recorded", 49, True, {}),
    ("2026-11-24 11:05", "U0OP2", "account:show", "shown", None, True, {}),
)
"""The records of the drawn story of which the bot does such things, newest first."""
LATER = (
    # what is not built: lists, tickets, alerts, handoffs, reports, the queue, calls, export
    *("morning list", "item ", "ticket", "alert", "day list", "handoff", "weekly report", "the queue", "PagerDuty"),
    *("signed head", "guidance", "complaints, OPS", "Export"),
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


async def record(
    pool: Pool,
    when: datetime,
    who: str = "U0OP1",
    action: str = "case:show",
    result: str = "shown",
    case_id: int | None = None,
    *,
    subject: UUID | None = None,
    allowed: bool = True,
    parameters: Mapping[str, Any] | None = None,
) -> int:
    """Append a record as the door does."""
    entry = Record(
        at=when,
        actor=who,
        actor_team="T0FAXI",
        channel="C0OPS",
        action=action,
        interaction=None,
        case_id=case_id,
        subject=subject,
        parameters=dict(parameters or {}),
        allowed=allowed,
        result=result,
        milliseconds=12,
    )
    async with pool.acquire() as connection, connection.transaction():
        return await audit.append(connection, entry)


async def story(pool: Pool, *, fill: int = 0) -> None:
    """Record what was drawn, after so many records that are nothing special."""
    for n in range(fill):
        await record(pool, at("2026-11-24 09:00") + timedelta(minutes=n), "U0OP2", case_id=n + 1)
    for when, who, action, result, case_id, allowed, parameters in reversed(STORY):
        await record(pool, at(when), who, action, result, case_id, allowed=allowed, parameters=parameters)


async def search(pool: Pool, text: str = "", who: str = "U0MGR1", **click: Any) -> Message:
    """Type /faxi-audit and return the answer."""
    return shown(await typed(pool, text, who, **click))


async def typed(pool: Pool, text: str, who: str = "U0MGR1", **click: Any) -> Outcome:
    """Type /faxi-audit and return what came of it."""
    return await press(pool, "/faxi-audit", who, kind="command", now=NOW, text=text, marked=text, **click)


def value_of(blocks: Any) -> str:
    """Return the value that the buttons carry, which is the same on all."""
    (value,) = {one["value"] for block in blocks for one in screens.elements(block) if "value" in one}
    return str(value)


def entries(message: Message) -> list[str]:
    """Return the sentences of a page."""
    return [line for line in words(message.blocks).split("\n") if line.startswith(":")]


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


# Every tag has its sentence.


def sources() -> Iterator[tuple[Path, str]]:
    """Return the bot's own source files, without the sentences themselves."""
    for root in ("bot", "commands"):
        for path in sorted((ROOT / root).rglob("*.py")):
            if "local" not in path.parts and path.name != "audit_sentences.py":
                yield path, path.read_text(encoding="utf-8")


def recorded_tags() -> set[str]:
    """Return every tag that the bot declares or writes: text like subject:action, and those put together."""
    found = {one.tag for one in wiring.catalogue()}
    kinds = {kind.action for kind in wiring.KINDS}
    for path, source in sources():
        found |= set(re.findall(r'(?<!f)"([a-z]+:[a-z_]+)"', source))
        # put together for a lift or a restriction
        found |= {
            f"{kind}:{end}"
            for _, end in re.findall(r'f"\{([^"]*)\}:([a-z_]+)"', source)
            for kind in ("lift", "restriction")
        }
        if path.name == "requests.py":
            found |= {f"{kind}:{end}" for end in re.findall(r'_record\([^")]*"([a-z]+)"', source) for kind in kinds}
    for path in sorted((ROOT / "sql").rglob("*.sql")):
        found |= set(re.findall(r"(?:THEN|ELSE) '([a-z]+:[a-z_]+)'", path.read_text(encoding="utf-8")))
    return {one for one in found if not one.startswith("refused:")} - set(wiring.SCOPES)


def test_every_tag_that_is_recorded_has_a_plain_sentence() -> None:
    tags = recorded_tags()
    known = {"fax:accept", "error:void", "lift:by_hand", "restriction:by_hand", "outage:database", "lift:take_up"}
    assert known <= tags
    assert sorted(tags - set(SENTENCES)) == []


def told(action: str, result: str, case_id: int | None = 53, *, allowed: bool = True) -> str:
    """Return a record's sentence after the time, without markup."""
    entry = Entry(1, NOW, "U0OP1", action, case_id, None, {}, allowed, result)
    rights = {one.tag: one.right for one in wiring.catalogue()}
    return " ".join(audit_sentences.said(entry, {"U0OP1": "Aoi Tanaka"}, {}, rights))


def test_every_sentence_reads_on_whether_it_was_done_or_refused() -> None:
    for tag, one in SENTENCES.items():
        assert one.did[0].islower(), tag
        assert told(tag, "shown").startswith(f"Aoi Tanaka {one.did}{one.joiner}OPS-0053 "), tag
        assert told(tag, "refused:gone", allowed=False).startswith(f"Aoi Tanaka tried to {one.tried}"), tag


def test_every_reason_for_a_refusal_is_told_in_words() -> None:
    codes = {code for _, source in sources() for code in re.findall(r'"(refused:[a-z_]+)"', source)}
    assert len(codes) > 25
    for code in codes:
        sentence = told("restriction:approve", code, allowed=False)
        assert re.fullmatch(r"Aoi Tanaka tried to approve the restriction OPS-0053 refused, [A-Za-z' -]+", sentence), (
            code
        )


@pytest.mark.parametrize(
    ("action", "result", "says", "sign"),
    [
        ("restriction:approve", "error:ValueError", "failed, nothing was changed", ":no_entry_sign:"),
        ("restriction:approve", "busy", "failed, the database was busy", ":no_entry_sign:"),
        ("fax:fail", "failed", "failed", ":no_entry_sign:"),
        ("fax:unknown", "unknown", "unknown, no answer", ":grey_question:"),
        ("queue:retry", "done", "done", ":white_check_mark:"),
    ],
)
def test_what_failed_or_is_not_known_is_no_success(action: str, result: str, says: str, sign: str) -> None:
    entry = Entry(1, NOW, "U0OP1", action, 53, None, {}, allowed=True, result=result)
    assert audit_sentences.ending(entry, {}) == says
    assert audit_sentences.sign(entry) == sign


# What is found, as drawn.


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
    assert labels(first.blocks) == ["Next", "Refused only", "One case…", "One person…", "Other days…"]
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
    assert labels(said.blocks) == ["Show all records"]
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


# Who sees what.


async def test_operations_see_their_own_records_only(pool: Pool) -> None:
    await story(pool)
    said = await search(pool, who="U0OP2")
    assert said.text == "2 records of your own since yesterday, newest first."
    assert lacking("own_only", said) == []
    assert labels(said.blocks) == ["Refused only", "One case…", "Other days…"]
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
    assert (outcome.result, outcome.allowed) == ("refused:not_allowed", False)
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


# What is typed.


@pytest.mark.parametrize(
    ("text", "count", "parameters"),
    [
        ("<@U0MGR1|mgr1>", 1, {"who": ["U0MGR1"], "first": "2026-11-24"}),
        ("<@U0FAXIBOT>", 3, {"who": ["bot"], "first": "2026-11-24"}),
        ("@Kenji", 1, {"who": ["U0MGR1"], "first": "2026-11-24"}),
        ("approved", 2, {"words": ["approve"], "first": "2026-11-24"}),
        ("restrict asked today", 1, {"words": ["restrict", "ask"], "first": "2026-11-25", "last": "2026-11-25"}),
        ("number refused 7d", 1, {"words": ["number"], "refused": True, "first": "2026-11-18"}),
        ("24 Nov", 5, {"first": "2026-11-24", "last": "2026-11-24"}),
        ("2026-11-25", 6, {"first": "2026-11-25", "last": "2026-11-25"}),
        ("24 Nov 2026-11-25", 11, {"first": "2026-11-24", "last": "2026-11-25"}),
        ("all", 11, {}),
    ],
)
async def test_people_words_and_days_narrow_the_search_and_are_kept_as_resolved(
    pool: Pool, text: str, count: int, parameters: Mapping[str, Any]
) -> None:
    await story(pool)
    outcome = await typed(pool, text)
    assert outcome.result == "shown"
    assert outcome.parameters == {**parameters, "from": 0, "found": count}
    assert len(entries(shown(outcome))) == count


@pytest.mark.parametrize("text", ["+81 90-1234-4821", "<tel:090-1234-4821|090-1234-4821>", "819012344821@me.faxi.jp"])
async def test_an_account_is_found_as_it_is_written_and_nothing_typed_is_kept(
    pool: Pool, database: Database, text: str
) -> None:
    user_id = await add_user(database)
    await story(pool)
    await record(pool, at("2026-08-01 10:00"), action="account:show", subject=user_id)
    outcome = await typed(pool, f"{text} all")
    said = shown(outcome)
    assert said.text == "1 record of one account, newest first."
    assert "*Records of one account (+81 •••• 4821), newest first*" in words(said.blocks)
    assert "*Aoi Tanaka* looked at an account, +81 •••• 4821: shown, masked." in words(said.blocks)
    assert (outcome.subject, outcome.parameters) == (user_id, {"from": 0, "found": 1})
    async with database.connect() as connection:
        kept = await connection.fetch("SELECT subject FROM chatops.handles")
    assert kept
    assert not [one for one in kept if "4821" in one["subject"].replace(str(user_id), "")]


async def test_an_account_that_nobody_has_is_not_searched_for_and_kept_masked(pool: Pool) -> None:
    outcome = await typed(pool, "restrict +81 90-9999-0000")
    assert (outcome.result, outcome.parameters) == ("refused:not_found", {"typed": "+81 •••• 0000"})
    assert "No account has this number, address or id." in words(shown(outcome).blocks)
    assert "9999" not in words(shown(outcome).blocks)


@pytest.mark.parametrize(
    ("text", "guess", "parameters"),
    [
        ("aprove", "approve", {"words": ["approve"], "first": "2026-11-24"}),
        ("refusd today", "refused", {"refused": True, "first": "2026-11-25", "last": "2026-11-25"}),
        ("OPS-0053 yestrday", "yesterday", {"first": "2026-11-24", "last": "2026-11-24"}),
    ],
)
async def test_an_unknown_word_is_answered_with_the_nearest_one_as_a_button_and_then_the_list(
    pool: Pool, text: str, guess: str, parameters: Mapping[str, Any]
) -> None:
    await story(pool)
    outcome = await typed(pool, text)
    assert (outcome.result, outcome.parameters) == ("refused:unknown_word", {})
    said = shown(outcome)
    assert f"Did you mean `{guess}`?" in words(said.blocks)
    assert labels(said.blocks) == [f"Search for {guess}"]
    assert "`/faxi-audit OPS-0042` one case" in words(said.blocks)
    meant = await press(pool, "audit.search", "U0MGR1", now=NOW, value=value_of(said.blocks))
    assert {name: meant.parameters[name] for name in parameters} == parameters


@pytest.mark.parametrize("text", ["hello", "31 Feb", "@nobody", "x1y2z3", "<!channel>", "*_~", "-"])
async def test_what_is_no_word_is_not_repeated_unless_it_surely_is_one(pool: Pool, text: str) -> None:
    outcome = await typed(pool, text)
    assert outcome.result == "refused:unknown_word"
    said = shown(outcome)
    assert labels(said.blocks) == []
    repeated = text.rsplit(maxsplit=1)[-1].lstrip("@")
    assert (f"“{repeated}”" in words(said.blocks)) is repeated.isalpha()


def test_words_about_the_same_side_widen_and_about_both_sides_narrow() -> None:
    assert audit_words.actions(()) is None
    assert audit_words.actions(("restrict", "lift", "approve", "deny")) == [
        "lift:approve",
        "lift:deny",
        "restriction:approve",
        "restriction:deny",
    ]
    for word in (*audit_words.SHOWN, *audit_words.DONE):
        assert audit_words.meant(word) == word
        assert audit_words.actions((word,)), word


# Forms and buttons.


async def form(pool: Pool, name: str, who: str = "U0MGR1", **values: str) -> Outcome:
    """Open a form from the first page and send it."""
    value = value_of((await search(pool, who=who)).blocks)
    opened = await press(pool, name, who, now=NOW, value=value)
    assert isinstance(opened.answer, Show)
    view = opened.answer.view
    assert list(screens.problems("modal", view.payload())) == []
    return await press(pool, name, who, kind="view", channel=None, now=NOW, metadata=view.metadata, values=values)


@pytest.mark.parametrize(
    ("name", "values", "head"),
    [
        ("audit.case", {"case": "ops-53"}, "Records of OPS-0053, newest first*\n1-5 of 5"),
        ("audit.person", {"person": "U0OP2"}, "Records by Ren Mori since yesterday, newest first*\n1-2 of 2"),
        ("audit.person", {"person": "U0FAXIBOT"}, "Records by faxi-bot since yesterday, newest first*\n1-3 of 3"),
        ("audit.days", {"days": "today"}, "Records today, newest first*\n1-6 of 6"),
        ("audit.days", {"days": "all"}, "Records, newest first*\n1-11 of 11"),
        ("audit.days", {"days": "7d", "day": "24 Nov"}, "Records yesterday, newest first*\n1-5 of 5"),
    ],
)
async def test_a_form_narrows_what_is_shown(pool: Pool, name: str, values: dict[str, str], head: str) -> None:
    await story(pool)
    outcome = await form(pool, name, **values)
    assert isinstance(outcome.answer, Show)
    view = outcome.answer.view
    assert list(screens.problems("modal", view.payload(), [NUMBER])) == []
    assert f"*{head}" in words(view.blocks)


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("audit.case", {"case": "the first"}, "case"),
        ("audit.case", {"case": "+81 90-1234-4821"}, "case"),
        ("audit.person", {}, "person"),
        ("audit.days", {"days": "7d", "day": "31 Feb"}, "day"),
        ("audit.days", {"days": "never"}, "days"),
    ],
)
async def test_a_form_that_cannot_be_read_says_where(pool: Pool, name: str, values: dict[str, str], field: str) -> None:
    await story(pool)
    outcome = await form(pool, name, **values)
    assert isinstance(outcome.answer, Errors)
    assert (set(outcome.answer.fields), outcome.result) == ({field}, "refused:form")


async def test_an_old_button_searches_nothing(pool: Pool) -> None:
    for name in ("audit.page", "audit.page.back", "audit.search", "audit.refused", "audit.case", "audit.days"):
        outcome = await press(pool, name, "U0MGR1", now=NOW, value="au_unknown1")
        assert outcome.result == "refused:unknown_button", name
    outcome = await press(pool, "audit.days", "U0MGR1", kind="view", channel=None, now=NOW, metadata="x", values={})
    assert outcome.result == "refused:unknown_button"


async def test_a_page_that_was_opened_in_a_form_turns_there(pool: Pool) -> None:
    await story(pool, fill=10)
    value = value_of((await search(pool)).blocks)
    turned = await press(pool, "audit.page", "U0MGR1", now=NOW, value=value, view_type="modal", channel=None)
    assert isinstance(turned.answer, Show)
    assert "16-21 of 21" in words(turned.answer.view.blocks)


async def test_a_record_of_any_kind_is_drawn_within_the_rules_and_shows_no_number(
    pool: Pool, database: Database
) -> None:
    user_id = await add_user(database)
    for n, tag in enumerate(SENTENCES):
        await record(
            pool, NOW - timedelta(minutes=100 - n), ("U0OP1", "bot", "by_hand", "U0NEW9")[n % 4], tag, subject=user_id
        )
    page = await search(pool)
    seen = entries(page)
    for _ in range((len(SENTENCES) - 1) // audit_search.PAGE):
        page = shown(await press(pool, "audit.page", "U0MGR1", now=NOW, value=value_of(page.blocks)))
        seen += entries(page)
    assert len(seen) == len(SENTENCES)
    assert any("*Somebody at the database*" in one for one in seen)
    assert any("*U0NEW9*" in one for one in seen)
    async with database.connect() as connection:
        await connection.execute("DELETE FROM public.users WHERE id = $1", user_id)
    assert "an account that is gone" in words((await search(pool)).blocks)


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
