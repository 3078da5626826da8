"""Who needs attention is what an independent, slow computation finds; and no turn of a page doubles or loses a row."""

import itertools
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.base.database import Pool
from bot.duty.status import Status
from bot.mail import attention
from bot.mail.attention import Key
from commands import list_pages
from commands.list_pages import FIRST, Turn
from tests.support import plain_attention
from tests.support.attending import DAY, HOUR, Office
from tests.support.databases import Database
from tests.support.plain_attention import STEPS_OF_CALLS, Facts, Work
from tests.support.pressing import NOW

INSTANT = timedelta(microseconds=1)
BEFORE = st.one_of(st.integers(1, 40 * 24).map(lambda hours: NOW - hours * HOUR), st.just(NOW - 30 * DAY))
AROUND = st.one_of(
    st.integers(-100, 100).map(lambda hours: NOW + hours * HOUR), st.sampled_from([NOW, NOW + INSTANT, NOW - INSTANT])
)
AFTER = st.integers(1, 100).map(lambda hours: NOW + hours * HOUR)
MAYBE = st.none() | AROUND
ENDS = st.sampled_from(["done", "failed"])
WORKS = st.builds(
    Work,
    procedure=st.sampled_from(["flagged", "lift", "restriction"]),
    due_at=MAYBE,
    state=st.sampled_from(["open", "acknowledged"]),
    closed_at=st.none() | BEFORE,
    step=st.none() | st.sampled_from([*STEPS_OF_CALLS, "talk", "assess"]),
    step_state=st.sampled_from(["todo", "todo", "done", "skipped"]),
    when=st.none() | st.tuples(ENDS, ENDS),
)
FACTS = st.builds(
    Facts,
    complained=st.lists(BEFORE | AROUND, max_size=7, unique=True).map(tuple),
    restricted=st.sampled_from([False, False, None, True]),
    lifted=st.none()
    | st.tuples(BEFORE, st.sampled_from(["lift", "by_hand"]), MAYBE)
    | st.tuples(BEFORE, st.just("error"), st.none()),
    request=st.none() | AFTER,
    denied=st.none() | BEFORE,
    crossed=st.none() | BEFORE,
    flagged=st.none() | BEFORE,
    works=st.lists(WORKS, max_size=2).map(tuple),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(FACTS, min_size=1, max_size=5))
async def test_the_list_is_that_of_an_independent_computation(database: Database, people: list[Facts]) -> None:
    async with database.connect() as eyes:
        transaction = eyes.transaction()
        await transaction.start()
        office = Office(eyes)
        known = [(await plain_attention.write(office, facts), facts) for facts in people]
        found = await attention.listed(eyes, NOW)
        await transaction.rollback()
    dated = [None if one.need == "look" else one.at for one in found.rows]
    rows = [
        (attention.URGENCY.index(one.need), at, one.complaints, str(one.account.id), one.need)
        for one, at in zip(found.rows, dated, strict=True)
    ]
    assert rows == plain_attention.listed(known)


async def test_as_many_statements_are_sent_for_sixty_accounts_as_for_one(database: Database) -> None:
    sent: list[str] = []
    async with database.connect() as eyes:
        eyes.add_query_logger(lambda record: sent.append(record.query))
        office, counts = Office(eyes), []
        for more in (1, 1, 59):  # at first the driver asks for types too
            for _ in range(more):
                await office.case(await office.account(5), due_at=NOW + HOUR)
            sent.clear()
            assert await attention.listed(eyes, NOW)
            counts.append(len(sent))
    assert counts[1] == counts[2] <= 12


async def test_as_many_are_flagged_as_the_status_says(pool: Pool, database: Database) -> None:
    async with database.connect() as eyes:
        office = Office(eyes)
        for complaints, restricted in ((2, False), (3, None), (5, False), (5, True)):
            await office.account(complaints, restricted=restricted, since=NOW - DAY if restricted else None)
        await office.request(await office.account())
    async with pool.acquire() as connection, connection.transaction():
        figures = await Status().figures(connection, NOW)
        assert figures.accounts.now is not None
        assert (await attention.listed(connection, NOW)).flagged == figures.accounts.now.flagged == 2


@dataclass(frozen=True)
class Line:
    """A row of a list by its number."""

    number: int

    @property
    def key(self) -> Key:
        """By the number."""
        return self.number, 0.0, 0, ""


NUMBERS = st.sets(st.integers(0, 80), max_size=60)


@given(before=NUMBERS, gone=NUMBERS, come=NUMBERS)
def test_who_turns_all_pages_sees_each_row_that_stays_once_whatever_comes_and_goes(
    before: set[int], gone: set[int], come: set[int]
) -> None:
    rows = [Line(number) for number in sorted(before)]
    page = list_pages.cut(rows, FIRST)
    seen = [one.number for one in page.rows]
    now = sorted((before - gone) | come)
    while page.end < page.total:
        last = page.rows[-1].key
        page = list_pages.cut([Line(number) for number in now], Turn("after", last, page.end))
        if not page.rows or page.rows[0].key <= last:  # nothing is left behind it: the last page once more
            break
        seen += [one.number for one in page.rows]
    assert len(seen) == len(set(seen))
    assert (before - gone) <= set(seen)


@given(rows=st.integers(1, 70))
def test_turning_back_shows_the_pages_that_were_shown(rows: int) -> None:
    whole = [Line(number) for number in range(rows)]
    pages = [list_pages.cut(whole, FIRST)]
    while pages[-1].end < rows:
        pages.append(list_pages.cut(whole, Turn("after", pages[-1].rows[-1].key, pages[-1].end)))
    assert [one.number for page in pages for one in page.rows] == list(range(rows))
    for page, after in itertools.pairwise(pages):
        back = list_pages.cut(whole, Turn("before", after.rows[0].key, after.start))
        assert (back, back.moved) == (page, False)


def test_a_page_says_when_others_stand_above_it_now() -> None:
    rows = [Line(number) for number in range(20)]
    turn = Turn("after", rows[14].key, 15)
    same, fewer = list_pages.cut(rows, turn), list_pages.cut(rows[1:], turn)
    assert (same.span, same.moved) == ("16-20 of 20", False)
    assert (fewer.span, fewer.moved) == ("15-19 of 19", True)
    assert [one.number for one in fewer.rows] == [15, 16, 17, 18, 19]
    back = list_pages.cut(rows[1:], Turn("before", fewer.rows[0].key, 14))
    assert [one.number for one in back.rows] == list(range(1, 15))
