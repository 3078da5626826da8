"""What is wanted goes out once, in order, at its newest state, and only from the holder of the lease."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.base.clock import SystemClock
from bot.base.database import Connection, Pool, queries
from bot.engine import outbox
from bot.engine.team import Channels, Team
from bot.slack.blocks import Message, message, section
from bot.slack.pace import Pace
from bot.slack.sender import Sender
from bot.slack.text import md
from tests.support.databases import Database
from tests.support.floor import Floor, running_floor
from tests.support.team import at, make_team

SQL = queries("outbox")
NOW = at("2026-11-25 09:50")
PLACE = "C0OPERATIONS"


@dataclass
class House:
    """A sender between this test's database and a workspace; what it draws is what ``says`` holds."""

    floor: Floor
    pool: Pool
    team: Team
    database: Database
    says: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    pace: float = 10_000.0
    meanwhile: Callable[[], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        """Make the sender."""
        self.sender = self.another()

    def another(self) -> Sender:
        """Make a sender as another replica would."""
        return Sender(self.pool, self.floor.client, {"text": self._draw}, self.team, Pace(self.pace), SystemClock())

    async def _draw(self, _: Connection, subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
        if self.meanwhile is not None:
            await self.meanwhile()
        if subject in self.broken:
            raise KeyError(subject)
        words = str(parameters.get("words") or self.says.get(subject, subject))
        return message(f"It says {words}.", section(md("{words}", words=words)))

    async def lease(self, holder: str = "a") -> int | None:
        """Take the lease; return its epoch, or ``None`` when another holds it."""
        epoch: int | None = await self.pool.fetchval(SQL["take_lease"], holder)
        return epoch

    async def live(self, subject: str = "s") -> int:
        """Want a live message."""
        async with self.pool.acquire() as connection:
            return await outbox.live(connection, "text", subject, PLACE, NOW)

    async def post(self, words: str, parent: int | None = None, **more: Any) -> int:
        """Want a post."""
        place, subject = more.pop("place", PLACE), more.pop("subject", "p")
        async with self.pool.acquire() as connection:
            return await outbox.post(
                connection, "text", subject, place, NOW, parent=parent, parameters={"words": words}, **more
            )

    async def waiting(self) -> int:
        """Return how many messages wait."""
        async with self.pool.acquire() as connection:
            return await outbox.backlog(connection)

    async def flush(self, epoch: int | None) -> None:
        """Send until nothing waits, at most 10 s; what is put off is tried at once."""
        assert epoch is not None
        async with asyncio.timeout(10):
            while await self.waiting():
                await self.sender.send(epoch)
                await self.pool.execute("UPDATE chatops.posts SET retry_at = NULL")
                await self.pool.execute("UPDATE chatops.live_messages SET retry_at = NULL")

    async def end_lease(self) -> None:
        """Let the lease's time be over."""
        await self.pool.execute("UPDATE chatops.leases SET until = clock_timestamp() - interval '1 second'")

    async def seen(self, thread: str | None = None) -> list[dict[str, Any]]:
        """Return what stands in the channel, or in a thread."""
        asked = {"as": "op1", "channel": "#email-operations", **({"thread": thread} if thread else {})}
        async with self.floor.session.get(f"{self.floor.workspace.url}/control/messages", params=asked) as answer:
            found = await answer.json()
        return list(found["messages"] if isinstance(found, dict) else found)

    async def words(self, thread: str | None = None) -> list[str]:
        """Return the words of what stands there."""
        return [one["plain"].strip() for one in await self.seen(thread)]


@pytest.fixture
async def house(tmp_path: Path, pool: Pool, database: Database) -> AsyncIterator[House]:
    """Put a sender between a workspace and this test's database."""
    async with running_floor(tmp_path) as floor:
        channels = {one["name"]: one["id"] for one in (await floor.state())["channels"]}
        assert channels["email-operations"] == PLACE
        names = ("email-alerts", "email-operations", "engineering", "email-management")
        yield House(floor, pool, make_team(Channels(*(channels[name] for name in names))), database)


async def test_posts_of_a_thread_stand_in_order_below_their_live_message(house: House) -> None:
    parent = await house.live()
    for number in range(5):
        await house.post(f"{number}", parent)
    await house.flush(await house.lease())
    (head,) = await house.seen()
    assert [one for one in await house.words(head["ts"]) if one != "s"] == ["0", "1", "2", "3", "4"]


async def test_a_post_that_waits_holds_its_thread_and_no_other(house: House) -> None:
    first, second = await house.live("one"), await house.live("two")
    epoch = await house.lease()
    await house.flush(epoch)
    held = await house.post("first", first)
    await house.post("second", first)
    await house.post("other", second)
    await house.pool.execute(
        "UPDATE chatops.posts SET retry_at = clock_timestamp() + interval '1 hour' WHERE id = $1", held
    )
    assert epoch is not None
    for _ in range(5):
        await house.sender.send(epoch)
    assert await house.pool.fetchval("SELECT count(*) FROM chatops.posts WHERE state = 'sent'") == 1
    await house.flush(epoch)
    heads = {one["plain"].strip(): one["ts"] for one in await house.seen()}
    assert (await house.words(heads["one"]))[-2:] == ["first", "second"]
    assert (await house.words(heads["two"]))[-1] == "other"


async def test_ten_changes_are_one_edit_of_the_newest_state(house: House) -> None:
    await house.live()
    epoch = await house.lease()
    await house.flush(epoch)
    for number in range(10):
        house.says["s"] = f"state {number}"
        async with house.pool.acquire() as connection:
            await outbox.raise_live(connection, "s")
    await house.flush(epoch)
    assert await house.words() == ["state 9"]
    assert len(await house.floor.calls("chat.update")) == 1


async def test_wanting_a_live_message_twice_is_one_message(house: House) -> None:
    assert await house.live() == await house.live()
    await house.flush(await house.lease())
    assert len(await house.seen()) == 1


async def test_the_lease_has_one_holder_and_a_new_epoch_with_each(house: House) -> None:
    first = await house.lease("a")
    assert first is not None
    assert await house.lease("a") == first
    assert await house.lease("b") is None
    await house.end_lease()
    assert await house.lease("b") == first + 1
    assert await house.lease("a") is None
    await house.pool.execute(SQL["release_lease"], "b", first)  # an old epoch gives nothing back
    assert await house.lease("a") is None
    await house.pool.execute(SQL["release_lease"], "b", first + 1)
    assert await house.lease("a") == first + 2


async def test_a_sender_whose_lease_ended_sends_nothing_more(house: House) -> None:
    parent = await house.live()
    epoch = await house.lease("a")
    await house.flush(epoch)
    await house.post("in the thread", parent)
    await house.live("new")
    async with house.pool.acquire() as connection:
        await outbox.raise_live(connection, "s")
        await outbox.note_stray(connection, "s", PLACE, "1700000000.000001", NOW)
    calls = len(await house.floor.calls("chat.postMessage")) + len(await house.floor.calls("chat.update"))
    await house.end_lease()
    assert epoch is not None
    assert await house.sender.send(epoch) == 0  # nobody else has it yet
    assert await house.lease("b") == epoch + 1
    assert await house.sender.send(epoch) == 0
    assert len(await house.floor.calls("chat.postMessage")) + len(await house.floor.calls("chat.update")) == calls
    house.sender = house.another()
    await house.flush(epoch + 1)
    assert sorted(await house.words()) == ["new", "s"]


async def test_a_message_sent_while_the_lease_changed_hands_is_shown_once_more(house: House) -> None:
    await house.live()
    epoch = await house.lease("a")
    assert epoch is not None

    async def change_hands() -> None:
        house.meanwhile = None
        await house.end_lease()
        assert await house.lease("b") == epoch + 1

    house.meanwhile = change_hands
    assert await house.sender.send(epoch) == 1
    assert tuple(await house.pool.fetchrow("SELECT wanted, shown FROM chatops.live_messages") or ()) == (2, 1)
    house.says["s"] = "newest"
    await house.flush(epoch + 1)
    assert await house.words() == ["newest"]


@pytest.mark.parametrize("first", [True, False])
async def test_a_message_whose_answer_was_lost_is_sent_again_and_says_so(house: House, *, first: bool) -> None:
    if first:
        await house.live()
    else:
        await house.post("s")
    await house.floor.control("faults", kind="answer_lost", method="chat.postMessage", count=1)
    await house.flush(await house.lease())
    words = await house.words()
    assert words[0] == "s"
    assert words[1].startswith("s")
    assert "Sent again" in words[1]
    assert len(words) == 2


async def test_a_message_that_never_reached_slack_is_sent_again_without_a_word(house: House) -> None:
    await house.live()
    await house.floor.control("faults", kind="ratelimited", method="chat.postMessage", retry_after=0, count=2)
    await house.flush(await house.lease())
    assert await house.words() == ["s"]


async def test_a_copy_that_somebody_clicked_on_becomes_a_pointer_and_known_messages_do_not(house: House) -> None:
    parent = await house.live()
    epoch = await house.lease()
    await house.flush(epoch)
    await house.post("said", parent)
    await house.flush(epoch)
    copy = str((await house.floor.client.chat_postMessage(channel=PLACE, text="s"))["ts"])
    known = [row["ts"] for row in await house.pool.fetch("SELECT ts FROM chatops.posts")]
    known += [row["ts"] for row in await house.pool.fetch("SELECT ts FROM chatops.live_messages")]
    async with house.pool.acquire() as connection:
        for ts in (*known, copy, copy):
            await outbox.note_stray(connection, "s", PLACE, ts, NOW)
        await outbox.note_stray(connection, "another subject", PLACE, copy, NOW)
    assert await house.pool.fetchval("SELECT count(*) FROM chatops.strays") == 1
    assert epoch is not None
    await house.sender.send(epoch)
    await house.sender.send(epoch)
    head, pointer = await house.seen()
    assert head["plain"].strip() == "s"
    assert "This message stands here twice" in pointer["plain"]
    assert f"p{head['ts'].replace('.', '')}" in str(pointer["blocks"])
    assert len(await house.floor.calls("chat.update")) == 1


async def test_what_cannot_be_drawn_is_put_off_and_stops_nothing_else(house: House) -> None:
    house.broken |= {"bad", "bad post"}
    await house.live("bad")
    await house.post("never", subject="bad post", place="C0ENGINEERING")
    await house.live("good")
    epoch = await house.lease()
    assert epoch is not None
    for _ in range(5):
        await house.sender.send(epoch)
    assert await house.words() == ["good"]
    assert await house.waiting() == 2
    held = "retry_at - clock_timestamp() > interval '50 seconds'"
    for table in ("live_messages", "posts"):
        assert await house.pool.fetchval(f"SELECT {held} FROM chatops.{table} WHERE error = 'cannot be drawn'")  # noqa: S608
    house.broken.clear()
    await house.flush(epoch)


async def test_a_post_that_slack_refuses_stays_as_a_row_that_says_why_and_the_thread_goes_on(house: House) -> None:
    parent = await house.live()
    epoch = await house.lease()
    await house.flush(epoch)
    await house.post("refused", parent)
    await house.post("next", parent)
    await house.floor.control("faults", kind="error", error="msg_too_long", method="chat.postMessage", count=1)
    await house.flush(epoch)
    rows = await house.pool.fetch("SELECT state, error FROM chatops.posts ORDER BY id")
    assert [row["state"] for row in rows] == ["failed", "sent"]
    assert "msg_too_long" in rows[0]["error"]


async def test_a_live_message_that_is_gone_from_slack_is_posted_anew(house: House) -> None:
    await house.live()
    epoch = await house.lease()
    await house.flush(epoch)
    await house.floor.control("faults", kind="error", error="message_not_found", method="chat.update", count=1)
    house.says["s"] = "anew"
    async with house.pool.acquire() as connection:
        await outbox.raise_live(connection, "s")
    await house.flush(epoch)
    assert await house.words() == ["s", "anew"]


async def test_urgent_posts_go_first_and_one_at_a_time_into_a_channel(house: House) -> None:
    house.pace = 0.001  # no second post of a channel within this test
    house.sender = house.another()
    house.sender._pace._began = -1e9  # noqa: SLF001  # as if it had begun long ago
    await house.post("calm")
    await house.post("urgent", await _shown(house), urgent=True)
    await house.post("elsewhere", place="C0ENGINEERING")
    epoch = await house.lease()
    assert epoch is not None
    assert await house.sender.send(epoch) == 2
    assert await house.sender.send(epoch) == 0
    sent = await house.pool.fetch("SELECT parameters FROM chatops.posts WHERE state = 'sent'")
    assert {row["parameters"]["words"] for row in sent} == {"urgent", "elsewhere"}


async def _shown(house: House) -> int:
    """Return a live message that stands in Slack already."""
    live = await house.live()
    answer = await house.floor.client.chat_postMessage(channel=PLACE, text="s")
    await house.pool.execute(
        "UPDATE chatops.live_messages SET channel = $2, ts = $3, shown = wanted WHERE id = $1",
        *(live, PLACE, str(answer["ts"])),
    )
    return live


async def test_a_person_is_written_to_directly(house: House) -> None:
    await house.post("for you", place="U0OP1")
    await house.flush(await house.lease())
    assert await house.pool.fetchval("SELECT channel FROM chatops.posts") == "D0OP1"


@pytest.mark.parametrize("under", [True, False])
async def test_a_call_to_somebody_whom_slack_does_not_reach_goes_to_operations_once(
    house: House, *, under: bool
) -> None:
    await house.floor.control("people", handle="op1", deactivated=True)
    parent = None
    if under:  # the message under which it is to stand does not reach them either
        async with house.pool.acquire() as connection:
            parent = await outbox.live(connection, "text", "s", "U0OP1", NOW)
    async with house.pool.acquire() as connection:
        for parameters in ({"words": "please call", "alone": True}, {"words": "for you only"}):
            await outbox.post(connection, "text", "p", "U0OP1", NOW, parent=parent, parameters=parameters)
    epoch = await house.lease()
    assert epoch is not None
    for _ in range(4):
        await house.sender.send(epoch)
        await house.pool.execute("UPDATE chatops.posts SET retry_at = NULL")
        await house.pool.execute("UPDATE chatops.live_messages SET retry_at = NULL")
    assert await house.words() == ["please call"]
    rows = await house.pool.fetch("SELECT destination, state, parameters, error FROM chatops.posts ORDER BY id")
    assert [(row["destination"], row["state"]) for row in rows] == [
        ("U0OP1", "failed"), ("U0OP1", "waiting"), (PLACE, "sent")
    ]  # fmt: skip
    assert "user_disabled" in rows[0]["error"]
    assert rows[2]["parameters"]["instead"] is True
