"""When a message was made, as its id says, spares reading two days; where it says nothing, they are read."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.mail.metrics.bounces import bounces
from bot.mail.metrics.made import EARLY, id_from, no_row_before
from bot.mail.metrics.status import mail_figures
from tests.support.databases import Database

NOW = datetime(2026, 11, 25, 0, 50, tzinfo=UTC)
HOUR, MILLISECOND = timedelta(hours=1), timedelta(milliseconds=1)


def ses(instant: datetime) -> str:
    """Return an id as SES makes it at an instant."""
    return f"0100{int(instant.timestamp() * 1000):012x}-5f4d-000000"


def test_ids_follow_each_other_as_the_instants_do_at_which_they_were_made() -> None:
    assert ses(NOW - MILLISECOND) < id_from(NOW) <= ses(NOW) < id_from(NOW + MILLISECOND)
    assert ses(NOW) < id_from(NOW + timedelta(microseconds=1)) <= ses(NOW + MILLISECOND)
    assert no_row_before(ses(NOW), NOW) == NOW - EARLY


@pytest.mark.parametrize(
    "message", [None, "", "m1", "0100-0007", "0101019e0b2c3d4e-1", "0100ffffffffffff-1", "0100019E0B2C"]
)
def test_an_id_of_another_form_says_nothing(message: str | None) -> None:
    assert no_row_before(message, NOW) is None


def test_an_id_that_was_made_after_its_own_row_says_nothing() -> None:
    """The clocks of two machines differ by less than an hour; more than that is no clock."""
    assert no_row_before(ses(NOW + EARLY), NOW) == NOW
    assert no_row_before(ses(NOW + EARLY + MILLISECOND), NOW) is None


@pytest.mark.parametrize("message", [ses(NOW - 70 * HOUR), ses(NOW + 5 * HOUR), "m1"], ids=["old", "later", "other"])
async def test_what_bounced_before_the_window_already_is_not_counted_again(database: Database, message: str) -> None:
    """Made long ago, after its own rows, or at no instant that its id tells."""
    rows = [("sent", 69.0), ("bounced", 68.0), ("bounced", 20.5), ("complained", 68.0), ("complained", 20.5)]
    async with database.connect() as connection:
        await connection.executemany(
            "INSERT INTO email_metrics (event_type, message_id, occurred_at) VALUES ($1, $2, $3)",
            [(name, message, NOW - hours * HOUR) for name, hours in rows],
        )
        figures = await mail_figures(connection, NOW)
        assert await bounces(connection, NOW - 24 * HOUR, NOW) == ()
    assert (figures.today.bounced, figures.today.complaints) == (0, 0)
    assert (figures.before.bounced, figures.before.complaints) == (0, 0)


async def test_a_row_a_little_before_its_message_was_made_is_seen_at_the_edge_of_the_window_too(
    database: Database,
) -> None:
    """One was sent before the window as one clock has it, and one delivered."""
    first, second = ses(NOW - 48.9 * HOUR), ses(NOW - 48.8 * HOUR)
    rows = [("sent", first, 48.9), ("sent", first, 49.5), ("delivered", first, 48.9)]
    rows += [("sent", second, 48.8), ("delivered", second, 49.5)]
    async with database.connect() as connection:
        await connection.executemany(
            "INSERT INTO email_metrics (event_type, message_id, occurred_at) VALUES ($1, $2, $3)",
            [(name, message, NOW - hours * HOUR) for name, message, hours in rows],
        )
        figures = await mail_figures(connection, NOW)
    assert (figures.delivery_before.sent, figures.delivery_before.delivered) == (1, 1)
