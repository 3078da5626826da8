"""Every record of the audit can be told as one plain sentence."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine import audit_search
from bot.engine.audit_search import Entry
from commands import audit_sentences
from commands.audit_sentences import SENTENCES
from tests.support.databases import Database
from tests.support.pressing import add_user, press, shown, words
from tests.support.searching import NOW, entries, record, search, value_of

ROOT = Path(__file__).parents[1]


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
    return " ".join(audit_sentences.said(entry, {"U0OP1": "Aoi Tanaka"}, {}, {}))


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


def test_who_may_search_own_records_only_is_not_said_to_have_no_right_to_search() -> None:
    refused = "refused, the records of others are for management and auditors"
    assert told("audit:search", "refused:others_records", None, allowed=False) == (
        f"Aoi Tanaka tried to search the records {refused}"
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
