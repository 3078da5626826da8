"""Accounts that are complained about, and a ticker whose clock a test moves: the watch, without processes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bot import wiring
from bot.base.database import Pool
from bot.engine import approvals, due
from bot.engine.team import Team
from bot.mail import (
    accounts,
    lift_outcomes,
    lifts,
    requests,
    restriction_errors,
    restriction_outcomes,
    restrictions,
    watching,
)
from tests.support import screens
from tests.support.databases import Database
from tests.support.team import at, make_team

if TYPE_CHECKING:
    import asyncpg

BEGIN = at("2026-11-25 09:50")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
KIND = restriction_outcomes.KIND


@dataclass
class Watch:
    """The bot on a database of its own, as far as it watches: its business time is ``time``."""

    database: Database
    pool: Pool
    time: datetime = BEGIN
    team: Team = field(default_factory=lambda: replace(make_team(), faxes=True))
    accounts: int = 0
    mails: int = 0
    eyes: "asyncpg.Connection[asyncpg.Record] | None" = None

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Give a connection as the owner of everything: the one that was given, else a new one."""
        if self.eyes is not None:
            yield self.eyes
            return
        async with self.database.connect() as made:
            yield made

    def now(self) -> datetime:
        """Return business time."""
        return self.time

    async def begin(self) -> None:
        """Start the bot: it begins to watch."""
        async with self.pool.acquire() as connection, connection.transaction():
            await watching.begin(connection, self.team, self.time)

    async def tick(self, passes: timedelta = timedelta(), *, rounds: int = 4) -> None:
        """Let time pass, and run what is due, also what that makes due."""
        self.time += passes
        for _ in range(rounds):
            if not await due.run_ready(self.pool, wiring.due_handlers(self.team), self):
                break
        failed = await self.fetch("SELECT kind, subject, error FROM chatops.due WHERE error IS NOT NULL")
        assert not failed, failed

    async def until(self, instant: str) -> None:
        """Move to an instant of Tokyo, past each due row in between at its own time."""
        target = at(instant)
        query = "SELECT min(due_at) FROM chatops.due WHERE done_at IS NULL AND cancelled_at IS NULL AND NOT poll"
        async with self.connect() as eyes:
            while (next_due := await eyes.fetchval(query)) is not None and next_due <= target:
                await self.tick(max(next_due - self.time, timedelta()))
        await self.tick(target - self.time)

    async def account(self, *, restricted_at: datetime | None = None) -> UUID:
        """Make one of Faxi's users, with a verified number."""
        self.accounts += 1
        async with self.connect() as connection:
            made: UUID = await connection.fetchval(
                "INSERT INTO public.users (phone_number, email_address, fax_number_verified, email_restricted,"
                " email_restricted_at) VALUES ($1, $2, true, $3, $4) RETURNING id",
                f"+8190123{self.accounts:05}",
                f"8190123{self.accounts:05}@me.faxi.jp",
                restricted_at is not None,
                restricted_at,
            )
        return made

    async def complain(
        self, user: UUID | None, *ago: timedelta, kind: str = "abuse", blamed: UUID | None = None
    ) -> list[str]:
        """Write complaints about mails of an account, this long ago each, and return the message ids."""
        made = []
        async with self.connect() as connection:
            for one in ago:
                self.mails += 1
                message = f"0100-{self.mails:04}"
                when = self.time - one
                if user is not None:
                    await _metric(connection, "sent", user, message, when - timedelta(hours=1), {})
                await _metric(connection, "complained", blamed, message, when, {"complaintType": kind})
                made.append(message)
        return made

    async def send(self, user: UUID, ago: timedelta = timedelta(seconds=1)) -> None:
        """Write that an account sent a mail."""
        self.mails += 1
        async with self.connect() as connection:
            await _metric(connection, "sent", user, f"0100-{self.mails:04}", self.time - ago, {})

    async def mark(self, user: UUID, *, restricted: bool) -> None:
        """Mark an account, or take the mark away, without the bot."""
        statement = "UPDATE public.users SET email_restricted = $2, email_restricted_at = $3 WHERE id = $1"
        async with self.connect() as connection:
            await connection.execute(statement, user, restricted, self.time if restricted else None)

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """Ask the database, as its owner would."""
        async with self.connect() as connection:
            return list(await connection.fetch(query, *values))

    async def requests(self, user: UUID) -> list[tuple[Any, ...]]:
        """Return requester and state of the requests about an account, in their order."""
        query = (
            "SELECT requester, state FROM chatops.approvals WHERE subject = $1 AND action = 'restriction' ORDER BY id"
        )
        return [tuple(row) for row in await self.fetch(query, user)]

    async def crossings(self, user: UUID, limit: int = 5) -> list[tuple[Any, ...]]:
        """Return the crossings that were noted: message, state and how often it was asked."""
        query = "SELECT message_id, state, asked FROM chatops.crossings WHERE subject = $1 AND threshold = $2"
        return [tuple(row) for row in await self.fetch(f"{query} ORDER BY noted_at", user, limit)]

    async def posts(self, renderer: str) -> list[Mapping[str, Any]]:
        """Return the posts of a renderer, in their order."""
        query = "SELECT subject, destination, parameters, parent FROM chatops.posts WHERE renderer = $1 ORDER BY id"
        return [dict(row) for row in await self.fetch(query, renderer)]

    async def records(self, action: str) -> list[tuple[Any, ...]]:
        """Return result and parameters of the audit records of an action."""
        query = "SELECT result, parameters FROM chatops.audit WHERE action = $1 ORDER BY number"
        return [tuple(row) for row in await self.fetch(query, action)]

    async def ask(self, user: UUID, by: str = "U0OP1", reason: str = "complaints") -> Any:
        """Have a person ask for a restriction."""
        async with self.pool.acquire() as connection, connection.transaction():
            return await restrictions.ask(
                connection, self.team, user, requester=by, reason=reason, words="Words.", now=self.time
            )

    async def lift(self, user: UUID) -> None:
        """Have a restriction lifted, by request and approval."""
        async with self.pool.acquire() as connection, connection.transaction():
            asked = await lifts.ask(
                connection, self.team, user, requester="U0OP2", named={}, words="Words.", now=self.time
            )
            assert isinstance(asked, restrictions.Asked), asked
            value = await approvals.button_value(connection, asked.approval)
            kind = lift_outcomes.KIND
            done = await requests.approve(
                connection, self.team, kind, value, approver="U0MGR1", now=self.time, words="All the same."
            )
        assert type(done).__name__ == "Approved", done

    async def undo(self, user: UUID) -> None:
        """Have a restriction undone as our error, by a manager."""
        async with self.pool.acquire() as connection, connection.transaction():
            account = await accounts.load(connection, user)
            held = await restrictions.open_restriction(connection, user)
            assert account is not None
            assert held is not None
            holding = restriction_errors.Holding(account, held, None)
            done = await restriction_errors.undo(
                connection, self.team, holding, by="U0MGR2", words="Mixed up.", now=self.time
            )
        assert type(done).__name__ == "Approved", done

    async def said(self, renderer: str) -> list[str]:
        """Draw all posts or live messages of a renderer as they stand, and return their words; each keeps the rules."""
        draw = wiring.renderers(None)[renderer]
        rows = await self.fetch(
            "SELECT subject, parameters FROM chatops.posts WHERE renderer = $1"
            " UNION ALL SELECT subject, '{}' FROM chatops.live_messages WHERE renderer = $1",
            renderer,
        )
        numbers = [row["phone_number"] for row in await self.fetch("SELECT phone_number FROM public.users")]
        words = []
        for row in rows:
            async with self.pool.acquire() as connection:
                drawn = await draw(connection, row["subject"], row["parameters"], self.team)
            surface = drawn.as_arguments()
            wrong = list(screens.problems("message", surface, numbers))
            assert not wrong, wrong
            words.append("\n".join([drawn.text, *screens.plain_of(surface["blocks"])]))
        return words

    async def press(self, act: str, user: UUID, by: str = "U0MGR1") -> str:
        """Have a person approve, deny or withdraw the request that waits, and return what it came to."""
        async with self.pool.acquire() as connection, connection.transaction():
            waiting = await approvals.waiting_for(connection, "restriction", user)
            assert waiting is not None
            value = await approvals.button_value(connection, waiting)
            if act == "approve":
                done = await requests.approve(connection, self.team, KIND, value, approver=by, now=self.time)
            elif act == "deny":
                done = await requests.deny(connection, self.team, KIND, value, by=by, words="No.", now=self.time)
            else:
                done = await requests.withdraw(connection, self.team, KIND, value, by=waiting.requester, now=self.time)
        return type(done).__name__


async def _metric(connection: Any, kind: str, user: UUID | None, message: str, when: datetime, details: Any) -> None:
    await connection.execute(
        "INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at, details)"
        " VALUES ($1, $2, $3, $4, $5)",
        *(kind, user, message, when, details),
    )
