"""While the database is away: /faxi-status tells what was known last, to who may see it; the others say so."""

import asyncio

import pytest

from tests.support.databases import Database
from tests.support.restricting import OPERATIONS, until
from tests.support.system import JSON
from tests.test_database_away import behind_a_proxy, outages

pytestmark = pytest.mark.system

OTHERS = {
    "/faxi-flagged": ":grey_question: *Flagged accounts unknown since ",
    "/faxi-restrictions": ":grey_question: *Restricted accounts unknown since ",
    "/faxi-account 090-3471-4821": ":grey_question: The database does not answer since ",
    "/faxi-bounces 7d": ":grey_question: The database does not answer since ",
    "/faxi-complaints": ":grey_question: The database does not answer since ",
    "/faxi-audit": ":grey_question: The database does not answer since ",
}
"""The other commands that show figures, and how their answer begins then."""


async def test_while_the_database_is_away_who_may_see_figures_sees_the_last_and_nobody_else(
    database: Database,
) -> None:
    async with behind_a_proxy(database) as (system, proxy, _):
        before = said((await system.command("op1", OPERATIONS, "/faxi-status"))["answer"])
        assert ":white_check_mark: The bot sends, and nothing is late" in before
        proxy.refusing = True
        proxy.cut()
        away = said((await system.command("op1", OPERATIONS, "/faxi-status"))["answer"])
        assert away.startswith(":grey_question: The figures are unknown\n")
        assert "Last known, " in away
        assert "Complaints no rate (0 of 0)" in away
        assert "Reference F-" in away
        for who in ("guest1", "ext1"):
            refused = said((await system.command(who, OPERATIONS, "/faxi-status"))["answer"])
            assert "The database does not answer" in refused
            assert "Last known" not in refused
        others = await asyncio.gather(*(system.command("op1", OPERATIONS, command) for command in OTHERS))
        for command, one in zip(OTHERS, others, strict=True):
            assert said(one["answer"]).startswith(OTHERS[command]), command
            assert "the database does not answer" in said(one["answer"]).lower()
            assert "Nothing was changed" in said(one["answer"])
        proxy.refusing = False
        (outage,) = await until(lambda: outages(system), "the record of the outage")
        assert outage["refused"] == 3 + len(OTHERS)
        assert ":white_check_mark:" in said((await system.command("op1", OPERATIONS, "/faxi-status"))["answer"])


def said(answer: JSON) -> str:
    """Return what an answer says."""
    return str(answer["plain"])
