"""One person's number, address, name and mail through all that the bot does: they stand in Faxi's tables alone."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
import structlog
from prometheus_client import generate_latest

from bot import wiring
from bot.engine import audit_search, cases, handles
from bot.mail import faxes, restrictions
from bot.mail.accounts import HANDLE
from bot.slack.interactions import Errors, Outcome, Say, Show, ShowHome
from commands import account_buttons, audit_export
from tests.support import lifting, pressing, searching
from tests.support.complaints import DAY, MINUTE, Watch
from tests.support.databases import Database
from tests.support.faxing import Desk, Outside, fax_desk
from tests.support.lifting import Account

NUMBER, ADDRESS = "+819055512345", "zqhanako@me.faxi.jp"
CANARIES = ("9055512345", "5551-2345", "5551 2345", "zqhanako", "Zqhanako", "zqfriend", "zqsubject", "zqbody", "zqword")
"""Of the number its last four digits may be seen; all else of the person stays in Faxi's tables."""
COLUMNS = {
    "phone_number": NUMBER,
    "email_address": ADDRESS,
    "name": "Zqhanako Sato",
    "delivery_name": "Zqhanako Sato",
    "delivery_address1": "zqword 1-2-3",
    "delivery_phone": "090-5551-2345",
    "preferences": {"language": "en", "note": "zqword"},
    "stripe_customer_id": "zqword",
}
_COMMANDS = (
    "/faxi-account", "/faxi-restrict", "/faxi-lift", "/faxi-audit", "/faxi-case", "/faxi-bounces", "/faxi-flagged",
    "/faxi-restrictions", "/faxi-complaints", "/faxi-oncall",
)  # fmt: skip
_FAXES = "SELECT count(*) FROM chatops.effects WHERE kind = 'fax' AND due_at <= $1 AND state = ANY ($2)"
_GOING_ON = ["waiting", "attempting", "asking", "following"]


@dataclass
class Life:
    """The person's account, the bot's watch over it, and everything that people of the team get to see meanwhile."""

    watch: Watch
    desk: Desk
    user: UUID
    seen: list[str] = field(default_factory=list)

    async def faxes(self, fault: Callable[[], None] | None = None, *, passes: timedelta = MINUTE) -> None:
        """Let faxes go out, on a bad day where one is given, until nothing can go on."""
        if fault is not None:
            fault()
        for _ in range(4):
            self.desk.clock.at = self.watch.time
            while await self.desk.value(_FAXES, self.desk.clock.now(), _GOING_ON):
                await self.desk.worker.beat(self.desk.epoch)
                await self.desk.worker.finish()
            await self.desk.telnyx.quiet()
            await self.watch.tick(passes)
        await self.look()

    async def press(self, name: str, who: str = "U0OP1", *, hidden: bool = True, **click: Any) -> Outcome:
        """Do something as a person, recorded as the door does it; ``hidden``: the answer shows nothing whole."""
        team = replace(self.watch.team, runbook=self.watch.team.runbook)
        ready = frozenset({"U0MGR1", "U0MGR2"})
        done = await pressing.press(
            self.watch.pool,
            name,
            who,
            now=self.watch.time,
            team=team,
            prepared=None if name == "/faxi-oncall" else ready,
            **click,
        )
        await searching.record(
            self.watch.pool, self.watch.time, who, done.tag or name, done.result, done.case_id,
            subject=done.subject, allowed=done.allowed, parameters=done.parameters,
        )  # fmt: skip
        if hidden:
            self.seen.append(shown(done))
        return done

    async def look(self) -> None:
        """Draw every message as it stands."""
        drawn = wiring.renderers(None)
        rows = await self.watch.fetch(
            "SELECT renderer, subject, parameters FROM chatops.posts"
            " UNION ALL SELECT renderer, subject, '{}' FROM chatops.live_messages"
        )
        for row in rows:
            async with self.watch.pool.acquire() as connection:
                message = await drawn[row["renderer"]](connection, row["subject"], row["parameters"], self.watch.team)
            self.seen.append(json.dumps(message.as_arguments(), ensure_ascii=False, default=str))

    async def value(self) -> str:
        """Return what buttons about the account carry."""
        async with self.watch.pool.acquire() as connection, connection.transaction():
            return await handles.mint(connection, HANDLE, str(self.user), 1, self.watch.time)

    @property
    def account(self) -> Account:
        """The account, for what asks for a lift."""
        return Account(self.user, NUMBER)


def shown(outcome: Outcome) -> str:
    """Return all that an answer shows, and all that its buttons and forms carry."""
    answer = outcome.answer
    if isinstance(answer, Say):
        return json.dumps(answer.message.as_arguments(), ensure_ascii=False, default=str)
    views = [answer.view] if isinstance(answer, ShowHome) else []
    if isinstance(answer, Show):
        views = [one for one in (answer.view, answer.pictured) if one is not None]
    if isinstance(answer, Errors):
        return str(answer.fields)
    return json.dumps([one.payload() for one in views], ensure_ascii=False, default=str)


async def begin(database: Database, desk: Desk) -> Life:
    """Write a person whose every column is a canary, with mails that bounced and were read by others."""
    watch = Watch(database, desk.pool)
    await watch.begin()
    await watch.tick(MINUTE)
    user = await watch.account()
    for column, value in COLUMNS.items():
        query = f"UPDATE public.users SET {column} = $2, fax_number_verified = true WHERE id = $1"  # noqa: S608
        await watch.fetch(query, user, value)
    life = Life(watch, desk, user)
    await life.look()
    return life


async def mails(life: Life, count: int) -> None:
    """Write mails of the account with their words, each of which somebody complained about, and which bounced."""
    for message in await life.watch.complain(life.user, *(timedelta(minutes=n + 2) for n in range(count))):
        sent = life.watch.time - timedelta(hours=1)
        await life.watch.fetch(
            "INSERT INTO public.email_messages (message_id, from_address, to_addresses, subject, body, direction,"
            " sent_at) VALUES ($1, $2, $3, 'zqsubject', 'zqbody', 'outbound', $4)",
            *(message, ADDRESS, ["zqfriend@example.jp"], sent),
        )
        bounce = {
            "bounceType": "Permanent",
            "bouncedRecipients": [
                {"emailAddress": "zqfriend@example.jp", "diagnosticCode": "550 5.1.1 zqfriend zqword"}
            ],
        }
        await life.watch.fetch(
            "INSERT INTO public.email_metrics (event_type, user_id, message_id, occurred_at, details)"
            " VALUES ('bounced', $1, $2, $3, $4)",
            *(life.user, message, life.watch.time - MINUTE, bounce),
        )
        await life.watch.fetch(
            "INSERT INTO public.user_complaints (user_id, message_id, complained_at, complaint_type, details)"
            " VALUES ($1, $2, $3, 'abuse', 'zqword of zqfriend@example.jp')",
            *(life.user, message, life.watch.time - MINUTE),
        )


async def look_up(life: Life, *, typing: bool = True) -> None:
    """Type and press all that shows the account."""
    typed = (
        NUMBER,
        "090-5551-2345",
        "".join(chr(ord(digit) + 0xFEE0) for digit in "09055512345"),
        ADDRESS,
        "zqhanako",
        "09055512346",
        "zqfriend@example.jp",
        "55512345",
    )
    for text in typed if typing else ():
        for name in _COMMANDS:
            who = "U0MGR1" if name == "/faxi-audit" else "U0OP1"
            # A word that a command does not know is repeated to whoever typed it, and to nobody else.
            await life.press(name, who, kind="command", text=text, hidden=text != "zqhanako")
    for name in (
        "/faxi-status",
        "/faxi-flagged",
        "/faxi-restrictions",
        "/faxi-bounces",
        "/faxi-complaints",
        "/faxi-case",
    ):
        await life.press(name, kind="command", text="")
    value = await life.value()
    for name in (account_buttons.SHOW, account_buttons.HISTORY, account_buttons.ACTIVITY, account_buttons.CONTACT):
        await life.press(name, value=value)
    await life.press("app_home_opened", kind="event")


async def reveal(life: Life) -> None:
    """See the whole number, in the one form that may show it, and hide it."""
    value = await life.value()
    await life.press(account_buttons.REVEAL, value=value)
    form: dict[str, Any] = {"kind": "view", "metadata": value, "view_id": "V1", "view_type": "modal"}
    seen = await life.press(
        account_buttons.REVEAL, hidden=False, values={"why": "call", "case": "Zqhanako, 090-5551-2345"}, **form
    )
    assert NUMBER in shown(seen), "else this test would not know the number when it sees it"
    await life.press(account_buttons.HIDE, value=value, view_id="V1", view_type="modal")


async def restricted_and_freed(life: Life) -> None:
    """Restrict with a fax whose answer is lost, lift, restrict by another reason, and undo it as our error."""
    watch, telnyx = life.watch, life.desk.telnyx
    await mails(life, 2)
    await watch.tick(MINUTE)
    assert await watch.press("approve", life.user) == "Approved"
    await life.faxes(lambda: telnyx.fault("answer_lost", count=1))
    await watch.send(life.user)
    await watch.tick(MINUTE)
    await look_up(life, typing=False)
    await reveal(life)
    talked = await lifting.talk(watch.pool, life.account, watch.time, "understands", "promises")
    asked = await lifting.ask(watch.pool, life.account, watch.time, talked)
    await life.look()
    await lifting.approve(watch.pool, asked, "U0MGR1", watch.time, words="It was agreed on.")
    await life.faxes(lambda: telnyx.plan(f"we could not reach Zqhanako at {NUMBER}"))
    await mails(life, 1)
    await watch.tick(MINUTE)
    assert isinstance(await watch.ask(life.user, reason="fraud"), restrictions.Asked)
    assert await watch.press("approve", life.user) == "Approved"
    await life.faxes(lambda: telnyx.plan("destination_invalid"))
    await watch.undo(life.user)
    await life.faxes(lambda: life.desk.outside.aws.fault("denied", count=1))


async def by_hand(life: Life) -> None:
    """Restrict and lift at the database, and send what waits."""
    owner = life.watch.database
    for name, reason, typed in (("restrict", "fraud", "090-5551-2345"), ("lift", "error", ADDRESS)):
        async with owner.connect(owner.admin_url) as psql:
            await psql.execute("SELECT set_config('chatops.clock', $1, false)", life.watch.time.isoformat())
            await psql.execute(f"SELECT chatops.{name}_by_hand($1, $2, 'Aoi Tanaka', 'Kenji Ono')", typed, reason)
            listed = await psql.fetch("SELECT * FROM chatops.by_hand_list()")
        life.seen.append(str(listed))
        await life.watch.tick(MINUTE)
        async with life.watch.pool.acquire() as connection, connection.transaction():
            case_id = await connection.fetchval("SELECT max(id) FROM chatops.cases")
            value = await cases.step_value(connection, case_id, "tell")
        await life.press("by_hand.fax", "U0MGR1", value=value)
        await life.press("by_hand.fax", "U0MGR1", kind="view", metadata=value)
        await life.faxes(passes=timedelta(minutes=20))


async def everything_kept(life: Life) -> str:
    """Return all rows of the bot, both exports of its records, its metrics, and what it wrote into Faxi's tables."""
    tables = await life.watch.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'chatops'")
    kept = [str(await life.watch.fetch(f"SELECT t::text FROM chatops.{one['name']} AS t")) for one in tables]  # noqa: S608
    async with life.watch.pool.acquire() as connection:
        query = audit_search.Query(up_to=await audit_search.newest(connection))
        rows = await audit_search.whole(connection, query, None, life.watch.team.zone, 10_000)
    rights = {one.tag: one.right for one in wiring.catalogue()}
    kept += [audit_export.jsonl(rows).decode(), audit_export.spreadsheet(rows, {}, rights, life.watch.team).decode()]
    kept.append(generate_latest().decode())
    jobs = await life.watch.fetch(
        "SELECT to_jsonb(j) - 'to_number' AS row FROM public.fax_jobs AS j WHERE fax_id LIKE 'opsbot-%'"
    )
    records = await life.watch.fetch(
        "SELECT event_type, event_data FROM public.audit_logs WHERE user_id = $1", life.user
    )
    assert {row["event_type"] for row in records} == {
        "fax.transmitted", "account.restricted", "account.restriction_lifted",
    }  # fmt: skip
    ours = [dict(row["event_data"]) for row in records]
    for data in ours:
        data.pop("toNumber", None)  # as Faxi's own rows hold it
    return "\n".join([*kept, str(jobs), str(ours)])


async def test_a_persons_number_address_name_and_mail_stay_where_they_are(
    database: Database, around: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with fax_desk(database, around) as desk:
        with structlog.testing.capture_logs() as logged:
            life = await begin(database, desk)
            await mails(life, 3)
            await life.watch.tick(MINUTE)
            async with life.watch.pool.acquire() as connection, connection.transaction():
                value = await cases.step_value(connection, 1, "warn")
            await life.press("flagged.warning", value=value)
            await life.press("flagged.warning", kind="view", metadata=value)
            await life.faxes(lambda: around.aws.fault("answer_lost", operation="PutObject", count=1))
            await look_up(life)
            await restricted_and_freed(life)
            await by_hand(life)
            await life.watch.tick(31 * DAY)
            await life.look()
            await look_up(life, typing=False)
        kept = await everything_kept(life)
        told = await life.watch.fetch("SELECT kind, state FROM chatops.notices ORDER BY id")
    assert {(row["kind"], row["state"]) for row in told} >= {
        ("warning", "told"), ("restriction", "told"), ("restriction", "failed"), ("lift", "failed"),
    }, told  # fmt: skip
    assert {row["kind"] for row in told} == set(get_args(faxes.Kind))
    assert sum("•••• 2345" in one for one in life.seen) > len(life.seen) / 4, "the account was shown, masked"
    assert {one["event"] for one in logged} >= {"fax not sent yet", "fax failed"}
    logs = json.dumps(logged, default=repr, ensure_ascii=False) + caplog.text
    for canary in CANARIES:
        for where, said in {"kept": kept, "seen": "\n".join(life.seen), "logged": logs}.items():
            at = said.find(canary)
            assert at < 0, f"{canary} is {where}: …{said[max(0, at - 300) : at + 100]}…"
