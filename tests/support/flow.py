"""One restriction from its asking to the review 30 days later, played so that it can go on after any interruption."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.local.demo import opening
from tests.support.databases import Database
from tests.support.proxy import Proxy, proxied
from tests.support.restricting import (
    APPROVE,
    MANAGEMENT,
    OPERATIONS,
    WORDS,
    Account,
    add_accounts,
    assert_restricted_once,
    until,
    words,
)
from tests.support.runbooks import without_lists
from tests.support.system import System, running_system


@dataclass
class Flow:
    """One restriction on its way, as the people of it see it."""

    system: System
    proxy: Proxy
    account: Account
    stage: str = "asking"
    told: list[tuple[str, str]] = field(default_factory=list)
    """What the requester and the manager read, with the stage."""

    async def go_on(self) -> None:
        """Do what people still have to do, until the review has been opened and all is said."""
        if self.stage == "asking":
            await self._ask()
            await self.system.settle()
            self.stage = "approving"
        if self.stage == "approving":
            await self._approve()
            await self.system.settle()
            # Now, for the jump of 31 days lets the nightly job forget what is 30 days old.
            await restricted_once(self)
            self.stage = "review"
            now = self.system.clock.now()
            self.system.clock.advance(opening(now + timedelta(days=31)) - now)  # a review comes on a working day
        if self.stage == "review":
            await self.system.settle()
            self.stage = "done"

    async def _ask(self) -> None:
        """Ask, unless that was done: whoever got no answer types the command again."""
        for left in await self.system.views("op1"):
            await self.system.person("op1").close(left["id"])
        typed = await self.system.command("op1", OPERATIONS, f"/faxi-restrict {self.account.number} {WORDS}")
        assert typed["acknowledged"], typed

        async def page() -> Any:
            shown = await self.system.views("op1")
            return shown[-1] if shown and "Looking" not in shown[-1]["plain"] else None

        form = await until(page, "the form")
        if form["callback_id"] == "restrict.ask":
            sent = await self.system.submit("op1", form["id"], {"Reason": "Fraud or scam mail"})
            assert sent["result"] == "updated", sent
            form = sent["view"]
        self.told.append((self.stage, form["plain"]))

    async def _approve(self) -> None:
        """Press Approve, unless the message says that it was done: whoever got no answer looks again."""
        request = await self.request()
        if any(button["text"] == APPROVE for button in request["buttons"]):
            answer = await self.system.click("mgr1", APPROVE, channel=MANAGEMENT, ts=request["ts"])
            self.told.append((self.stage, words(answer)))
        else:
            self.told.append((self.stage, request["plain"]))

    async def request(self) -> dict[str, Any]:
        """Return the request's live message, as management sees it."""
        ts = await self.system.value("SELECT ts FROM chatops.live_messages WHERE renderer = 'restriction.request'")
        return next(one for one in await self.system.messages("mgr1", MANAGEMENT) if one["ts"] == ts)


@asynccontextmanager
async def restriction(database: Database) -> AsyncIterator[Flow]:
    """Set up a flow with one process behind a proxy; nothing has been started yet.

    No list comes by itself: what a look at its checks commits depends on the mail, and has tests of its own.
    """
    with TemporaryDirectory(prefix="faxi-flow-") as folder:
        runbook = without_lists(Path(folder))
        async with proxied(database.url) as proxy:
            settings = {"DATABASE_URL": proxy.url, "RUNBOOK_FILE": str(runbook)}
            async with running_system(database, replicas=1, pace=50, settings=settings, start=False) as system:
                (account,) = await add_accounts(database, 1)
                yield Flow(system, proxy, account)


async def restricted_once(flow: Flow) -> None:
    """Hold that the restriction was made and said, once."""
    await assert_restricted_once(flow.system, [flow.account])
    rows = await flow.system.fetch("SELECT renderer, state FROM chatops.posts WHERE renderer <> 'audit.anchor'")
    assert Counter(tuple(row.values()) for row in rows) == {
        ("restriction.asked", "sent"): 1,
        ("restriction.approved", "sent"): 2,  # to management, and to the requester
        ("restriction.alert", "sent"): 1,
    }
