"""Friday's items about contact data reach those whom they concern: in their own channel, and in their App Home."""

from datetime import timedelta

import pytest

from bot.base.database import Pool
from bot.duty import contact_calls
from bot.engine import cases
from bot.engine.access import Group
from bot.engine.due import Due
from bot.slack.interactions import ShowHome
from tests.support import listing, pressing
from tests.support.pressing import TEAM, press, words
from tests.support.team import CHANNELS, at

pytestmark = pytest.mark.database
FRIDAY = at("2026-11-27 16:00")
SOON = FRIDAY + timedelta(minutes=1)
GROUPS = {**pressing.GROUPS, Group.ENGINEERING: frozenset({"U0AUD1"})}


async def run(pool: Pool, case_id: int) -> list[tuple[str, str]]:
    """Let the call's time come; return to which channel what was posted."""
    row = Due(1, contact_calls.KIND, cases.subject(case_id), SOON)
    async with pool.acquire() as connection, connection.transaction():
        await contact_calls.call(connection, TEAM, row, SOON)
        rows = await connection.fetch(
            "SELECT destination, parameters FROM chatops.posts WHERE renderer = $1 ORDER BY id", contact_calls.KIND
        )
    return [(one["destination"], one["parameters"]["step"]) for one in rows]


async def planned(pool: Pool) -> list[object]:
    """Return when calls are due."""
    return [
        one["due_at"]
        for one in await pool.fetch("SELECT due_at FROM chatops.due WHERE kind = $1 ORDER BY 1", contact_calls.KIND)
    ]


async def test_those_concerned_are_called_in_their_own_channels_once_with_a_link(pool: Pool) -> None:
    case_id = await listing.begin(pool, TEAM, "friday", planned_at=FRIDAY)
    assert await planned(pool) == [SOON]
    assert await run(pool, case_id) == [], "there is no message to link to yet"
    assert await planned(pool) == [SOON, SOON + timedelta(minutes=1)]
    async with pool.acquire() as connection:
        await connection.execute("UPDATE chatops.live_messages SET channel = 'C0OPS', ts = '1.000002'")
    assert await run(pool, case_id) == [
        (CHANNELS.engineering, "contacts_engineering"),
        (CHANNELS.management, "contacts_management"),
    ]
    post = await listing.drawn(pool, TEAM, case_id, contact_calls.KIND, step="contacts_management")
    assert "are you reached as it is written?" in words(post.blocks)
    assert "/archives/C0OPS/p1000002" in str(post.blocks)


async def test_nobody_is_called_outside_working_hours(pool: Pool) -> None:
    saturday = at("2026-11-28 11:00")
    await listing.begin(pool, TEAM, "friday", planned_at=None, now=saturday, by="U0OP1")
    assert await planned(pool) == [at("2026-11-30 09:00")]


async def test_the_item_stands_in_the_home_of_those_concerned_while_it_is_open(pool: Pool) -> None:
    case_id = await listing.begin(pool, TEAM, "friday", planned_at=FRIDAY)

    async def home(who: str) -> str:
        outcome = await press(
            pool, "app_home_opened", who, kind="event", value="home", channel=None, groups=GROUPS, now=FRIDAY
        )
        assert isinstance(outcome.answer, ShowHome)
        return words(outcome.answer.view.blocks)

    manager, engineer = await home("U0MGR1"), await home("U0AUD1")
    assert "Contact data of management" in manager
    assert "Contact data of engineering" not in manager
    assert "Contact data of engineering" in engineer
    async with pool.acquire() as connection:
        value = await cases.step_value(connection, case_id, "contacts_management")
    assert (await press(pool, "check.done", "U0MGR1", value=value, now=FRIDAY)).result == "done"
    assert "Contact data of management" not in await home("U0MGR1")
