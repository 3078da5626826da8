"""How a search of the records is narrowed: by what is typed, by buttons and by forms."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.slack.clicks import Click
from bot.slack.interactions import Errors, Outcome, Show
from commands import audit_words
from tests.support import screens
from tests.support.databases import Database
from tests.support.pressing import add_user, labels, press, shown, words
from tests.support.searching import NOW, entries, record, search, story, typed, value_of
from tests.support.team import at


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


@pytest.mark.parametrize(
    "text", ["2026-13-45", "2026-02-30 approved", "since 31 Feb", "31 Feb", "31 Jun 2026", "Dec 99"]
)
async def test_a_day_that_there_is_not_is_called_so_and_nothing_is_searched(pool: Pool, text: str) -> None:
    await story(pool)
    outcome = await typed(pool, text)
    assert (outcome.result, outcome.allowed) == ("refused:no_such_day", False)
    assert shown(outcome).text == "There is no such day, so nothing was searched."
    assert "Write it like `20 Nov` or `2026-11-20`" in words(shown(outcome).blocks)


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


@pytest.mark.parametrize("text", ["hello", "31 Fob", "@nobody", "x1y2z3", "<!channel>", "*_~", "-"])
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
    assert list(screens.problems("modal", view.payload(), ["+819012344821"])) == []
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


async def test_a_mention_of_the_bot_searches_too_and_knows_who_is_mentioned(pool: Pool) -> None:
    await story(pool)
    catalogue = wiring.catalogue()
    mention = catalogue.find("event", "app_mention")
    assert mention is not None
    text = "<@U0FAXIBOT> audit <@U0OP2|op2> <tel:090-1234-4821|090-1234-4821>"
    heard = Click("event", "app_mention", "k", "U0MGR1", "T0FAXI", "C0OPS", 0.0, NOW, text=text)
    click, meant = catalogue.route(heard, mention)
    assert (meant.tag, click.marked) == ("audit:search", text.partition("audit ")[2])
    click, meant = catalogue.route(replace(heard, text="<@U0FAXIBOT> audit <@U0OP2|op2>"), mention)
    outcome = await press(
        pool, "app_mention", "U0MGR1", kind="event", run=meant, now=NOW, text=click.text, marked=click.marked
    )
    assert outcome.parameters == {"who": ["U0OP2"], "first": "2026-11-24", "from": 0, "found": 2}
