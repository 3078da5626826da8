"""Pages for whoever decides are drawn once, tried again, given up, and all deleted in the end, whatever happens."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.base.database import Pool
from bot.engine import cases, effects
from bot.engine.effects import Effect
from bot.local.workspace.state import File
from bot.mail import preview_drawing, previews
from bot.mail.fax_sending import Line
from bot.mail.preview_drawing import Eraser, Previewer
from bot.paper.notices import Press
from tests.support.databases import Database
from tests.support.floor import Floor, running_floor
from tests.support.notices import SUPPORT
from tests.support.outside import SetClock
from tests.support.team import make_team

TEAM = replace(make_team(), faxes=True)
NUMBER = "+819012344821"
PACE = 1000.0


@pytest.fixture(scope="module")
def press() -> Press:
    """Load the typefaces once."""
    return Press(None)


class Interrupted(AsyncWebClient):
    """The real client, with something else that happens just before or after a file is complete in Slack."""

    async def files_completeUploadExternal(self, **given: Any) -> Any:  # noqa: N802 - the SDK's name
        """Complete it between what the test wants to happen."""
        await self.first()
        answer = await super().files_completeUploadExternal(**given)
        await self.then()
        return answer

    async def first(self) -> None:
        """Do what the test wants."""

    async def then(self) -> None:
        """Do what the test wants."""


@dataclass
class Studio:
    """Where pages are drawn in a test."""

    pool: Pool
    floor: Floor
    clock: SetClock
    line: Line
    case_id: int
    user_id: UUID

    def previewer(self, client: AsyncWebClient | None = None) -> Previewer:
        """Make what draws."""
        return Previewer(self.pool, TEAM, self.clock, client or self.floor.client, self.line, pace=PACE)

    def interrupted(self) -> Interrupted:
        """Make a client that does something more once a file is complete."""
        client = Interrupted(token=self.floor.client.token, base_url=self.floor.client.base_url)
        client.session, client.proxy = self.floor.session, None
        return client

    async def want(self, **more: Any) -> bool:
        """Want the pages of a restriction for five complaints."""
        given = {"kind": "restriction", "reason": "complaints", "complaints": 5, **more}
        async with self.pool.acquire() as connection, connection.transaction():
            await cases.lock(connection, self.case_id)
            return await previews.want(
                connection, TEAM, case_id=self.case_id, user_id=self.user_id, now=self.clock.now(), **given
            )

    async def drop(self) -> int:
        """End the request."""
        async with self.pool.acquire() as connection, connection.transaction():
            return await previews.drop(connection, self.case_id, self.clock.now())

    async def effects(self, kind: str) -> list[Effect]:
        """Return the effects of a kind, the oldest first."""
        async with self.pool.acquire() as connection:
            rows = await connection.fetch(
                "SELECT id FROM chatops.effects WHERE kind = $1 ORDER BY created_at, id", kind
            )
            found = [await effects.load(connection, row["id"]) for row in rows]
        return [one for one in found if one is not None]

    async def draw(self, client: AsyncWebClient | None = None) -> Effect:
        """Bring the preview that waits as far as it goes now."""
        (waiting,) = await self._open(previews.KIND)
        await self.previewer(client)(waiting, 1)
        return next(one for one in await self.effects(previews.KIND) if one.id == waiting.id)

    async def erase(self) -> list[str]:
        """Delete what is to be deleted; return how each ended."""
        eraser = Eraser(self.pool, self.clock, self.floor.client, pace=PACE)
        open_ones = await self._open(previews.DELETE)
        for one in open_ones:
            await eraser(one, 1)
        return [one.state for one in await self.effects(previews.DELETE) if one.id in {it.id for it in open_ones}]

    async def _open(self, kind: str) -> list[Effect]:
        return [one for one in await self.effects(kind) if one.state == "waiting"]

    def pictures(self) -> list[File]:
        """Return the pages that Slack has."""
        files = self.floor.workspace.slack.state.files.values()
        return [file for file in files if file.complete and not file.deleted]

    async def pages(self, complaints: int = 5) -> tuple[str, ...]:
        """Return the pages that would be shown."""
        async with self.pool.acquire() as connection:
            shown = await previews.sample(
                connection, TEAM, kind="restriction", user_id=self.user_id, reason="complaints", complaints=complaints
            )
            return await previews.pages_of(connection, self.case_id, shown)


@pytest.fixture
async def studio(database: Database, pool: Pool, tmp_path: Path, press: Press) -> AsyncIterator[Studio]:
    """Set up a case about an account that can be told by fax, a Slack, and what draws."""
    async with database.connect() as connection:
        user_id: UUID = await connection.fetchval(
            "INSERT INTO public.users (phone_number, email_address, fax_number_verified)"
            " VALUES ($1, 'a@me.faxi.jp', true) RETURNING id",
            NUMBER,
        )
    clock = SetClock()
    async with pool.acquire() as mine, mine.transaction():
        case_id = await cases.open_case(
            mine, TEAM.runbook, "restriction", subject_user=user_id, opened_by="U0OP1", owner="U0OP1", now=clock.at
        )
    nothing: Any = None  # for nothing is sent here
    line = Line(nothing, nothing, press, SUPPORT, "+81398765432")
    async with running_floor(tmp_path) as floor:
        yield Studio(pool, floor, clock, line, case_id, user_id)


async def test_pages_are_drawn_once_and_belong_to_nobodys_channel(studio: Studio) -> None:
    assert await studio.want()
    assert await studio.want()
    assert (await studio.draw()).state == "done"
    (picture,) = studio.pictures()
    assert await studio.pages() == (picture.id,)
    assert len(await studio.effects(previews.KIND)) == 1
    (announced,) = await studio.floor.calls("files.getUploadURLExternal")
    assert announced["body"]["alt_txt"].startswith("Fax page in Japanese. It says: Please send no mail")
    (completed,) = await studio.floor.calls("files.completeUploadExternal")
    assert "channel" not in str(completed["body"])
    assert NUMBER[-4:] not in str(announced) + str(completed)


async def test_other_facts_make_the_older_pages_void(studio: Studio) -> None:
    await studio.want()
    await studio.draw()
    (old,) = studio.pictures()
    assert await studio.pages(complaints=6) == (), "never a picture with another count"
    assert await studio.want(complaints=6)
    assert await studio.pages() == ()
    assert (await studio.draw()).state == "done"
    assert await studio.erase() == ["done"]
    (new,) = studio.pictures()
    assert new.id != old.id
    assert await studio.pages(complaints=6) == (new.id,)


async def test_a_count_that_the_page_does_not_say_voids_nothing(studio: Studio) -> None:
    assert await studio.want(reason="fraud", complaints=2)
    assert await studio.want(reason="fraud", complaints=3)
    assert [one.state for one in await studio.effects(previews.KIND)] == ["waiting"]


async def test_where_no_fax_can_go_out_nothing_is_drawn(studio: Studio, database: Database) -> None:
    for count in (0, None):
        assert not await studio.want(complaints=count)
    assert await studio.want()
    async with database.connect() as connection:
        await connection.execute("UPDATE public.users SET fax_number_verified = false")
    assert not await studio.want()
    assert [one.state for one in await studio.effects(previews.KIND)] == ["cancelled"]


async def test_after_the_decision_the_pages_are_deleted(studio: Studio) -> None:
    await studio.want()
    await studio.draw()
    assert await studio.drop() == 1
    assert await studio.drop() == 0
    assert await studio.pages() == ()
    assert await studio.erase() == ["done"]
    assert studio.pictures() == []


async def test_what_is_not_drawn_yet_when_it_is_decided_is_not_drawn(studio: Studio) -> None:
    await studio.want()
    (effect,) = await studio.effects(previews.KIND)
    await studio.drop()
    await studio.previewer()(effect, 1)
    assert (await studio.effects(previews.KIND))[0].state == "cancelled"
    assert studio.floor.workspace.slack.state.files == {}


async def test_a_request_that_ends_while_its_page_is_drawn_leaves_no_page(studio: Studio) -> None:
    await studio.want()
    client = studio.interrupted()
    client.then = studio.drop  # type: ignore[method-assign,assignment]
    assert (await studio.draw(client)).state == "cancelled"
    assert len(studio.pictures()) == 1
    assert set(await studio.erase()) == {"done"}, "wanted twice, deleted once"
    assert studio.pictures() == []


async def test_a_page_that_is_complete_only_after_it_was_to_be_deleted_is_deleted_again(studio: Studio) -> None:
    await studio.want()
    client = studio.interrupted()

    async def end() -> None:
        await studio.drop()
        assert await studio.erase() == ["done"], "Slack knows of no such file yet"

    client.first = end  # type: ignore[method-assign]
    await studio.draw(client)
    assert len(studio.pictures()) == 1
    assert await studio.erase() == ["done"]
    assert studio.pictures() == []


async def test_a_process_that_dies_with_the_page_uploaded_leaves_one_page_in_the_end(studio: Studio) -> None:
    await studio.want()
    client = studio.interrupted()

    async def die() -> None:
        raise asyncio.CancelledError

    client.then = die  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        await studio.draw(client)
    assert await studio.pages() == (), "not known to be whole"
    assert (await studio.draw()).state == "done"
    assert await studio.erase() == ["done"]
    (left,) = studio.pictures()
    assert await studio.pages() == (left.id,)


BREAKS = [
    ("files.getUploadURLExternal", "server_error"),
    ("upload", "html"),
    ("files.completeUploadExternal", "answer_lost"),
]
METHODS = ("files.getUploadURLExternal", "upload", "files.completeUploadExternal")
KINDS = ("server_error", "html", "answer_lost", "ratelimited")
REST = [pytest.param(*it, marks=pytest.mark.long) for it in itertools.product(METHODS, KINDS) if it not in BREAKS]


@pytest.mark.parametrize(("method", "kind"), [*BREAKS, *REST])
async def test_whatever_breaks_is_tried_again_and_one_page_is_left(studio: Studio, method: str, kind: str) -> None:
    await studio.floor.control("faults", kind=kind, method=method, count=1, retry_after=0)
    await studio.want()
    first = await studio.draw()
    assert (first.state, first.attempts) == ("waiting", 1)
    assert (await studio.draw()).state == "done"
    assert set(await studio.erase()) <= {"done"}
    assert [file.id for file in studio.pictures()] == list(await studio.pages())


async def test_slack_is_not_asked_before_it_wants_to_be(studio: Studio) -> None:
    await studio.floor.control("faults", kind="ratelimited", method="*", count=1, retry_after=900)
    await studio.want()
    await studio.draw()
    async with studio.pool.acquire() as connection:
        wait = await connection.fetchval("SELECT retry_at - clock_timestamp() FROM chatops.effects")
    assert timedelta(seconds=800) < wait <= timedelta(seconds=900)


async def test_after_some_tries_the_words_have_to_do(studio: Studio) -> None:
    await studio.floor.control("faults", kind="server_error", method="files.completeUploadExternal")
    await studio.want()
    for _ in range(preview_drawing.TRIES):
        assert (await studio.draw()).state == "waiting"
    assert (await studio.draw()).state == "failed"
    assert await studio.pages() == ()
    assert set(await studio.erase()) == {"done"}
    assert studio.pictures() == []
    await studio.floor.control("faults", clear=True)
    assert await studio.want(), "newer facts, or the same asked again, are another chance"
    assert (await studio.draw()).state == "done"


async def test_what_slack_refuses_is_given_up_at_once(studio: Studio) -> None:
    await studio.floor.control(
        "faults", kind="error", error="file_uploads_disabled", method="files.getUploadURLExternal"
    )
    await studio.want()
    effect = await studio.draw()
    assert (effect.state, effect.error) == ("failed", "Slack refused: file_uploads_disabled")


async def test_a_page_that_is_gone_already_is_deleted_and_one_that_cannot_be_is_tried_and_left(studio: Studio) -> None:
    await studio.want()
    await studio.draw()
    (picture,) = studio.pictures()
    await studio.floor.client.files_delete(file=picture.id)
    await studio.drop()
    await studio.floor.control("faults", kind="server_error", method="files.delete", count=1)
    assert await studio.erase() == ["waiting"]
    assert await studio.erase() == ["done"]
    async with studio.pool.acquire() as connection, connection.transaction():
        await previews.delete_later(connection, ["F0OTHERS"], studio.clock.now())
    await studio.floor.control("faults", kind="error", error="cant_delete_file", method="files.delete")
    ends = [(await studio.erase())[-1] for _ in range(preview_drawing.TRIES + 1)]
    assert ends == ["waiting"] * preview_drawing.TRIES + ["failed"]
