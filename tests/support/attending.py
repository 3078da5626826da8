"""Accounts with what is open about them, written row by row: for the lists of accounts."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.support.pressing import NOW
from tests.support.team import CHANNELS

if TYPE_CHECKING:
    import asyncpg

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_FACTS = {"complaints": 5, "dated": [], "not_counted": 0, "mails": 9, "earlier": 0}


@dataclass
class Office:
    """Writes as the owner of everything; accounts are numbered, and their numbers end in 0001, 0002 and so on."""

    eyes: "asyncpg.Connection[asyncpg.Record]"
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def account(
        self, complaints: int = 0, *, restricted: bool | None = False, since: datetime | None = None
    ) -> UUID:
        """Add an account, complained about so often in the last hours."""
        number = next(self.numbers)
        made = UUID(int=number, version=4)
        await self.eyes.execute(
            "INSERT INTO public.users (id, phone_number, email_address, email_restricted, email_restricted_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            *(made, f"+8190123{number:05}", f"8190123{number:05}@me.faxi.jp", restricted, since),
        )
        for n in range(complaints):
            await self.complained(made, NOW - 3 * HOUR - n * HOUR)
        return made

    async def complained(self, account: UUID, at: datetime) -> None:
        """Write a mail that was complained about at this instant."""
        message = f"{account}-{at.isoformat()}"
        await self.eyes.executemany(
            "INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at) VALUES ($1, $2, $3, $4)",
            [("sent", account, message, at - HOUR), ("complained", None, message, at)],
        )

    async def crossed(self, account: UUID, at: datetime, limit: int = 5) -> None:
        """Note the complaint that lifted it to a limit."""
        await self.eyes.execute(
            "INSERT INTO chatops.crossings (subject, threshold, message_id, at, state, noted_at, asked)"
            " VALUES ($1, $2, $3, $4, 'baseline', $4, 0)",
            *(account, limit, f"{account}-{limit}-{at.isoformat()}", at),
        )

    async def case(
        self,
        account: UUID,
        procedure: str = "flagged",
        *,
        due_at: datetime | None = None,
        state: str = "open",
        owner: str | None = None,
        closed_at: datetime | None = None,
        posted: str | None = CHANNELS.operations,
    ) -> int:
        """Open a case about it, whose message stands in a channel."""
        case_id: int = await self.eyes.fetchval(
            "INSERT INTO chatops.cases (procedure, runbook_hash, title, subject, severity, state, owner, opened_by,"
            " opened_at, due_at, closed_by, closed_at) VALUES ($1, 'h', 'A case', $2, 'routine', $3, $4, 'bot', $5,"
            " $6, $7, $8) RETURNING id",
            *(procedure, account, "done" if closed_at else state, owner, NOW - 40 * DAY, due_at),
            *("U0OP1" if closed_at else None, closed_at),
        )
        if posted is not None:
            await self.posted(case_id, posted, f"{procedure}.live")
        return case_id

    async def posted(self, case_id: int, channel: str, renderer: str) -> None:
        """Let the message of a case stand in a channel."""
        await self.eyes.execute(
            "INSERT INTO chatops.live_messages (renderer, subject, destination, channel, ts, wanted, shown, attempts,"
            " maybe_twice, created_at) VALUES ($1, $2, $3, $3, $4, 1, 1, 0, false, $5)",
            *(renderer, f"case:{case_id}", channel, f"1795544640.{case_id:06}", NOW),
        )

    async def step(
        self,
        case_id: int,
        name: str,
        *,
        kind: str = "confirm",
        state: str = "todo",
        when: tuple[str, str] | None = None,
    ) -> None:
        """Add a step at the end of a case."""
        await self.eyes.execute(
            "INSERT INTO chatops.steps (case_id, position, name, kind, title, state, when_step, when_state)"
            " SELECT $1, count(*) + 1, $2, $3, 'A step', $4, $5, $6 FROM chatops.steps WHERE case_id = $1",
            *(case_id, name, kind, state, *(when or (None, None))),
        )

    async def no_fax(self, case_id: int, account: UUID, reason: str) -> None:
        """Let no fax reach the person in a case."""
        await self.eyes.execute(
            "INSERT INTO chatops.notices (case_id, step, kind, subject, language, facts, state, reason, first_attempt,"
            " wanted_by, wanted_at, ended_at) VALUES ($1, 'tell', 'restriction', $2, 'ja', '{}', 'refused', $3, 1,"
            " 'bot', $4, $4)",
            *(case_id, account, reason, NOW - HOUR),
        )

    async def request(
        self,
        account: UUID,
        action: str = "restriction",
        *,
        expires_at: datetime = NOW + DAY,
        state: str = "waiting",
        decided_at: datetime | None = None,
        requester: str = "U0OP1",
    ) -> int:
        """Ask management about it; return the case."""
        closed = None if state == "waiting" else decided_at
        case_id = await self.case(account, action, due_at=expires_at, state="waiting", closed_at=closed, posted=None)
        await self.posted(case_id, CHANNELS.management, f"{action}.request")
        facts: Any = _FACTS
        await self.eyes.execute(
            "INSERT INTO chatops.approvals (case_id, action, subject, requester, requested_at, reason, words, state,"
            " asked_facts, facts, facts_version, facts_code, facts_at, expires_at, decided_by, decided_at)"
            " VALUES ($1, $2, $3, $4, $5, 'fraud', 'words', $6, $7, $7, 1, 'ABCD', $5, $8, $9, $10)",
            *(case_id, action, account, requester, NOW - DAY, state, facts, expires_at),
            *("U0MGR1" if decided_at else None, decided_at),
        )
        return case_id

    async def restriction(
        self,
        account: UUID,
        *,
        at: datetime,
        follow_up_at: datetime,
        review_case: int | None = None,
        by_hand: bool = False,
        lifted_at: datetime | None = None,
        lifted_as: str = "lift",
        watch_until: datetime | None = None,
    ) -> int:
        """Note a restriction, or one that was lifted; return its case."""
        asked, approved = ("Hana Sato", "Jun Ito") if by_hand else ("U0OP1", "U0MGR1")
        case_id = await self.request(account, state="approved", decided_at=at)
        await self.eyes.execute(
            "INSERT INTO chatops.restrictions (subject, case_id, approval_id, restricted_at, reason, requested_by,"
            " approved_by, previous, follow_up_at, review_case, lifted_at, lifted_by, lifted_as, lift_case,"
            " watch_until) SELECT $1, $2, CASE WHEN $3 THEN NULL ELSE a.id END, $4, 'complaints', $5, $6, '{}', $7, $8,"
            " $9, $10, $11, $12, $13 FROM chatops.approvals AS a WHERE a.case_id = $2",
            *(account, case_id, by_hand, at, asked, approved, follow_up_at, review_case, lifted_at),
            *("U0MGR1" if lifted_at else None, lifted_as if lifted_at else None, case_id if lifted_at else None),
            watch_until,
        )
        return case_id
