"""A whole number goes from its modal after five minutes, also when Slack was away, and stands nowhere else."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient

from bot.base.database import Pool
from bot.engine import effects
from bot.local.postgres import Postgres
from bot.slack.blocks import modal, section
from bot.slack.client import make_client
from bot.slack.text import md
from commands.reveal_hiding import Hider
from tests.support import faces
from tests.support.databases import Database
from tests.support.faces import OPERATIONS
from tests.support.floor import chosen, running_floor
from tests.support.pressing import NOW, add_user, words
from tests.support.revealing import DIGITS, rows, submit
from tests.support.system import JSON
from tests.support.workspace import eventually


class Later:
    """The clock when the five minutes are over."""

    def now(self) -> datetime:
        """Return that instant."""
        return NOW + timedelta(minutes=5)


async def test_a_number_that_slack_did_not_hide_yet_is_hidden_when_slack_is_back(
    pool: Pool, database: Database, tmp_path: Path
) -> None:
    user_id = await add_user(database)
    async with running_floor(tmp_path) as floor:
        permits = floor.workspace.slack.permits
        trigger = permits.trigger(permits.interaction("U0OP1"))
        whole = modal("account.revealed", "The number", section(md("*+81 90-1234-4821*")))
        opened = await floor.client.views_open(trigger_id=trigger, view=whole.payload())
        await submit(pool, user_id, view=opened["view"]["id"])

        async def hide(client: AsyncWebClient) -> effects.Effect:
            async with pool.acquire() as connection:
                found = await effects.load(connection, await connection.fetchval("SELECT id FROM chatops.effects"))
                assert found is not None
                await Hider(pool, Later(), client)(found, 1)
                ended = await effects.load(connection, found.id)
                assert ended is not None
                return ended

        nowhere = make_client(chosen("http://127.0.0.1:9/api/"), floor.session)
        waits = await hide(nowhere)
        assert (waits.state, waits.attempts) == ("waiting", 1)
        assert DIGITS not in str(waits)
        assert (await hide(floor.client)).state == "done"
        (view,) = floor.workspace.slack.state.stacks["U0OP1"]
        assert words(view.body["blocks"]) == "*+81 •••• 4821*\nHidden again after 5 minutes."
        (row,) = await rows(database)
        assert row["hidden_at"] == Later().now()


async def test_the_number_stands_nowhere_but_in_its_modal_and_goes_after_five_minutes(template: Postgres) -> None:
    async with faces.running_faces(template) as system:
        made = await faces.make_account(system, complaints=3)
        before = await faces.head(system)
        found = (await system.command("op2", OPERATIONS, f"/faxi-account {made.id}"))["answer"]
        await system.click("op2", "Show number…", channel=OPERATIONS, ts=found["ts"])
        form = await faces.looked(system, "op2")
        note = "the person asked, see my list of Monday"
        answer = await system.submit("op2", form["id"], {"What for?": "Asked by the person", "Case or note": note})
        assert answer["result"] == "updated"
        (modal,) = await system.views("op2")
        assert made.address in modal["plain"]
        assert made.number[-8:] in modal["plain"].replace("-", "").replace(" ", "")
        await system.advance("4m")
        assert made.address in (await system.views("op2"))[0]["plain"]
        await system.advance("61s")

        async def look() -> JSON | None:
            (view,) = await system.views("op2")
            return view if "Hidden again after 5 minutes." in view["plain"] else None

        hidden = await eventually(look)
        assert made.masked in hidden["plain"]
        await system.click("op2", "Show number…", view=hidden["id"])
        asked = await faces.looked(system, "op2")
        assert "19 of 20 left today." in asked["plain"]
        await system.submit("op2", asked["id"], {"Case or note": "x"})
        await faces.close_all(system, "op2")
        await system.advance("6m")
        await system.settle()

        async def ended() -> bool:
            states = await system.fetch("SELECT state FROM chatops.effects WHERE kind = 'account.hide'")
            return [row["state"] for row in states] == ["done", "done"]

        await eventually(ended)
        records = [
            (row["actor"], row["action"], row["result"])
            for row in await system.fetch("SELECT * FROM chatops.audit WHERE number > $1 ORDER BY number", before)
            if row["action"].startswith("account:")
        ]
        op2 = next(row["actor"] for row in await faces.audit(system, before))
        assert records == [
            (op2, "account:show", "shown"),
            (op2, "account:reveal_form", "form"),
            (op2, "account:reveal", "shown"),
            ("bot", "account:hide", "hidden"),
            (op2, "account:reveal_form", "form"),
            (op2, "account:reveal", "shown"),
            ("bot", "account:hide", "closed"),
        ]
        names = await system.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'chatops'")
        kept = [
            await system.fetch(f"SELECT t::text FROM chatops.{row['tablename']} AS t")  # noqa: S608
            for row in names
        ]
        places = {
            "database": json.dumps([[row["t"] for row in part] for part in kept]),
            "log": system.logs(100_000),
            "messages": faces.words_of(
                [
                    one.shown()
                    for one in system.workspace.slack.wire.since(None)
                    if "account.revealed" not in faces.words_of(one.shown())
                ]
            ),
        }
        for where, said in places.items():
            for canary in (made.number[-9:], made.address, "list of Monday"):
                if (where, canary) != ("messages", "list of Monday"):  # what op2 sent is on the wire, as Slack has it
                    assert canary not in said, f"{canary} in {where}"
