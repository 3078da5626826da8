"""While the database is away App Home says so, and what waits comes back by itself when it is there again."""

from typing import Any

import pytest

from tests.support.databases import Database
from tests.support.restricting import OPERATIONS, until
from tests.test_database_away import behind_a_proxy

pytestmark = pytest.mark.system


async def test_home_says_that_it_cannot_look_and_comes_back_by_itself(database: Database) -> None:
    async with behind_a_proxy(database) as (system, proxy, _):
        await system.command("op1", OPERATIONS, "/faxi-oncall take")
        before = (await system.person("op1").home())["view"]["plain"]
        assert before.startswith(":white_check_mark: Nothing waits for you")
        proxy.refusing = True
        proxy.cut()
        away = (await system.person("op1").home())["view"]
        assert away["plain"].startswith(":grey_question: Cannot look right now\n")
        assert "Your items are safe; they come back with it. Nothing was changed." in away["plain"]
        assert "Aoi Tanaka (list of " in away["plain"]
        still = (await system.click("op1", "Refresh", view="home"))["answer"]
        assert still["plain"].startswith(":grey_question: Cannot look right now\n")
        proxy.refusing = False
        slack = system.workspace.slack
        person = slack.state.person_by_handle("op1")
        assert person is not None

        async def back() -> Any:
            said = slack.shown.view(slack.state.homes[person.id])["plain"]
            return said if said.startswith(":white_check_mark: Nothing waits for you") else None

        assert "Quick actions" in await until(back, "the Home that comes back")
