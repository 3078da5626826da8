"""/faxi-contacts shows whom to reach, who belongs where, the duties, and when the data was confirmed last."""

import pytest

from bot.base.database import Pool
from bot.duty import checklists
from bot.engine import cases, roster
from commands.team_contacts import NAME
from tests.support.listing import a_list, a_team, confirm
from tests.support.pressing import TEAM, press, shown, words
from tests.support.team import at

pytestmark = pytest.mark.database


async def contacts(pool: Pool) -> str:
    return words(shown(await press(pool, NAME, "U0AUD1", kind="command")).blocks)


async def test_contacts_levels_duties_and_documentation_are_all_there(pool: Pool) -> None:
    said = await contacts(pool)
    book = TEAM.runbook.handbook
    assert "Operations Team: operations@faxi.jp, <#C0OPS>, telephone not recorded here" in said
    assert "AWS Support: <https://console.aws.amazon.com/support/|console>, telephone and account id not" in said
    for level in book.escalation:
        assert f"{level.level}. *{level.who}*: {'; '.join(level.does)}" in said
    for role in book.on_call.values():
        assert "; ".join(role.duties) in said
    for page in book.documentation:
        assert f"{page.title} `{page.path}`" in said
    assert "*On call*, nobody is on call" in said


async def test_words_that_were_not_used_are_said_to_be_so(pool: Pool) -> None:
    given = words(shown(await press(pool, NAME, "U0AUD1", kind="command", text="Kenji 090-3471-4821")).blocks)
    assert given.endswith("`/faxi-contacts` takes no words: yours were not used.")
    assert "3471" not in given
    assert "takes no words" not in await contacts(pool)


async def test_until_somebody_confirms_them_on_a_friday_they_are_said_to_be_not_confirmed(pool: Pool) -> None:
    assert "*Not confirmed yet:*" in await contacts(pool)
    item = confirm("contacts").model_copy(update={"source": "Friday Tasks 1.3"})
    team, friday = a_team(friday=a_list(item)), at("2026-11-20 09:00")
    async with pool.acquire() as connection, connection.transaction():
        by = roster.BOT
        case_id = await checklists.open_list(connection, team, "friday", planned_at=friday, now=friday, opened_by=by)
    assert "*Not confirmed yet:*" in await contacts(pool)
    async with pool.acquire() as connection:
        await cases.settle(connection, case_id, "contacts", "done", who="U0OP1", now=friday)
    assert "*Confirmed* Fri 20 Nov 2026 by those concerned." in await contacts(pool)
