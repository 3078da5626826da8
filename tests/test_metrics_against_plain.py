"""Every figure about mail is what an independent, slow computation finds, on whatever history."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.mail.metrics import account_figures, owners_of
from bot.mail.metrics.complaints import near_limits
from tests.support import plain_figures
from tests.support.databases import Database
from tests.support.figures_compare import compare
from tests.support.plain_figures import History

if TYPE_CHECKING:
    import asyncpg

NOW = datetime(2026, 11, 25, 0, 50, tzinfo=UTC)
HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)
A, B, C = (UUID(int=number, version=4) for number in range(1, 4))
ADDRESSES = {A: "a@me.faxi.jp", B: "b@me.faxi.jp", C: "c@me.faxi.jp"}
EDGES = [NOW - hours * HOUR for hours in (0, 1, 24, 25, 48, 49, 72, 73, 96, 97, 720, 768)]
DETAILS: Mapping[str, Sequence[Any]] = {
    "sent": (None, {"to": "x@example.com"}),
    "delivered": (None,),
    "bounced": (
        None,
        {},
        [],
        {"bounceType": "Permanent", "reason": "smtp; 550 5.1.1 user unknown", "bouncedRecipients": ["x@Docomo.ne.jp"]},
        {"bounceType": "permanent", "bouncedRecipients": "x@example.com"},
        {"bounceType": "Transient", "reason": None, "bouncedRecipients": []},
        {"bounceType": "Undetermined"},
        {"bounceType": None},
    ),
    "complained": (
        None,
        {"complaintType": None},
        *({"complaintType": kind} for kind in ("abuse", "fraud", "not-spam", "auth-failure", "Not-Spam")),
    ),
}
INSTANTS = st.one_of(
    st.sampled_from([edge + nudge for edge in EDGES for nudge in (-INSTANT, timedelta(), INSTANT)]),
    st.integers(-60, 33 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)),
)
LATER = st.one_of(
    st.sampled_from([24 * HOUR, 48 * HOUR, 48 * HOUR - INSTANT, 48 * HOUR + INSTANT, timedelta(), INSTANT]),
    st.integers(0, 9 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
)
ANYBODY = st.sampled_from([A, B, C, None])


@st.composite
def mails(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Draw the rows of one message: sent, stored, and what became of it, with every fault that rows have.

    Its sent rows name one person or nobody. They lie as near to its own row as a message's rows do:
    what is farther is not looked for. None lies more than an hour before the instant that its id tells.
    """
    sent_at, sender = draw(INSTANTS), draw(ANYBODY)
    made = f"0100{int(sent_at.timestamp() * 1000):012x}-1-000000"  # as SES makes its ids
    message = draw(st.sampled_from([f"m{number}" for number in range(3)] + ["0100019e0b2c3d4e-1-000000", made, made]))
    rows: list[tuple[str, dict[str, Any]]] = []
    for after in draw(st.lists(st.sampled_from([timedelta(), INSTANT, HOUR, -HOUR, None]), max_size=3)):
        at = None if after is None else sent_at + after
        user = sender if draw(st.booleans()) else None
        rows.append(("sent", {"message": message, "at": at, "user": user}))
    if draw(st.booleans()):
        stored_at = sent_at + draw(st.sampled_from([timedelta(), 3 * timedelta(seconds=1), 30 * HOUR]))
        address = draw(st.sampled_from([*ADDRESSES.values(), "gone@me.faxi.jp"]))
        rows.append(("stored", {"message": message, "at": stored_at, "sender": address}))
    for name in draw(st.lists(st.sampled_from(["delivered", "bounced", "complained", "filed"]), max_size=5)):
        early = name == "delivered" and draw(st.booleans())
        at = sent_at + (-draw(st.integers(0, 1 if message == made else 40)) * HOUR if early else draw(LATER))
        if name == "filed":
            kind = draw(st.sampled_from([None, "abuse", "auth-failure"]))
            rows.append((name, {"message": message, "at": at, "user": draw(st.sampled_from([A, B])), "kind": kind}))
        else:
            rows.append((name, {"message": message, "at": at, "user": draw(ANYBODY)}))
    return rows


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a few messages, each with an id of its own, and rows that belong to none or have no time."""
    found = History(users=[{"id": user, "address": address} for user, address in ADDRESSES.items()])
    together = [row for mail in draw(st.lists(mails(), max_size=5, unique_by=_message_of)) for row in mail]
    for name in draw(st.lists(st.sampled_from(list(DETAILS)), max_size=4)):
        message = draw(st.sampled_from([None, None, "unknown"])) if name != "sent" else None
        together.append((name, {"message": message, "at": draw(INSTANTS | st.none()), "user": draw(ANYBODY)}))
    for number, (name, row) in enumerate(together, start=1):
        if name == "stored":
            found.messages.append(row)
        elif name == "filed":
            found.filed.append(row)
        else:
            details = draw(st.sampled_from(DETAILS[name]))
            found.events.append({**row, "id": UUID(int=number), "type": name, "details": details})
    return found


def _message_of(mail: list[tuple[str, dict[str, Any]]]) -> str | None:
    return mail[0][1]["message"] if mail else None


async def store(connection: "asyncpg.Connection[asyncpg.Record]", history: History) -> None:
    """Write a history into Faxi's tables."""
    people = [(row["id"], f"+8190{row['id'].int % 10**8:08}", row["address"]) for row in history.users]
    await connection.executemany("INSERT INTO users (id, phone_number, email_address) VALUES ($1, $2, $3)", people)
    keys = ("id", "type", "user", "message", "at", "details")
    await connection.executemany(
        "INSERT INTO email_metrics (id, event_type, user_id, message_id, occurred_at, details) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        [[row[key] for key in keys] for row in history.events],
    )
    await connection.executemany(
        "INSERT INTO email_messages (message_id, from_address, to_addresses, subject, body, direction, sent_at) "
        "VALUES ($1, $2, '[]', '', '', 'outbound', $3)",
        [(row["message"], row["sender"], row["at"]) for row in history.messages],
    )
    await connection.executemany(
        "INSERT INTO user_complaints (user_id, message_id, complained_at, complaint_type) VALUES ($1, $2, $3, $4)",
        [(row["user"], row["message"], row["at"], row["kind"]) for row in history.filed],
    )


async def lift(connection: "asyncpg.Connection[asyncpg.Record]", lifts: Mapping[UUID, datetime]) -> None:
    """Write that restrictions were lifted; what they led to does not matter here."""
    await connection.execute("SET LOCAL session_replication_role = replica")
    await connection.executemany(
        "INSERT INTO chatops.restrictions (subject, case_id, restricted_at, reason, requested_by, approved_by, "
        "previous, follow_up_at, lifted_at, lifted_by, lifted_as) "
        "VALUES ($1, 1, $2, 'asked', 'U1', 'U2', '{}', $2, $2, 'U2', 'lift')",
        list(lifts.items()),
    )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), lifts=st.dictionaries(st.sampled_from([A, B]), INSTANTS, max_size=2))
async def test_every_figure_is_that_of_an_independent_slow_computation(
    database: Database, history: History, lifts: dict[UUID, datetime]
) -> None:
    """Repeated rows at the edges of windows, one id in several types, NULLs, late rows, wrong owners, old addresses."""
    async with database.connect() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await store(connection, history)
        await lift(connection, lifts)
        await compare(connection, history, NOW)
        near = dict(await near_limits(connection, NOW))
        assert near == plain_figures.near_limits(history, lifts, NOW)
        for user in (A, B, C):
            own = await account_figures(connection, user, NOW, lifts.get(user))
            assert len(own.complaints) == near.get(user, 0)
            assert own.mails == plain_figures.mails(history, user, NOW - 30 * 24 * HOUR, NOW)
        await transaction.rollback()


async def test_accounts_are_near_a_limit_in_order_and_unknown_senders_are_nobodys(database: Database) -> None:
    """Most complaints first; a complaint whose sender nobody knows is not put on anybody's account."""
    events: list[dict[str, Any]] = []
    for number, user in enumerate([B, B, A, B, C, C, None]):
        at = NOW - (number + 1) * HOUR
        events.append({"type": "sent", "message": f"m{number}", "at": at - HOUR, "user": user, "details": None})
        events.append({"type": "complained", "message": f"m{number}", "at": at, "user": A, "details": None})
    rows = [{**row, "id": UUID(int=number)} for number, row in enumerate(events, start=1)]
    history = History(users=[{"id": user, "address": address} for user, address in ADDRESSES.items()], events=[*rows])
    async with database.connect() as connection:
        await store(connection, history)
        assert await near_limits(connection, NOW) == ((B, 3), (C, 2), (A, 1))
        assert await owners_of(connection, {"m6": NOW, "nowhere": NOW}) == {"m6": None, "nowhere": None}
