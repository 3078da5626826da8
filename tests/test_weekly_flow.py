"""Weekly and monthly lists through the whole program: each comes on its day, and is answered in Slack to its end."""

from datetime import datetime, timedelta

import pytest

from tests.support import faces
from tests.support.databases import Database
from tests.support.faces import MANAGEMENT, OPERATIONS
from tests.support.system import JSON, System, running_system
from tests.support.team import at
from tests.support.workspace import eventually

pytestmark = [pytest.mark.system, pytest.mark.database, pytest.mark.long, pytest.mark.timeout(300)]
ANSWERS = ("Done", "Answer…", "Share with management", "Write it down…", "Record the drill…", "Prepare handoff")
FORMS = {"Answer…", "Write it down…", "Record the drill…"}
CONCERNED = {"Contact data of engineering": "eng1", "Contact data of management": "mgr1"}
"""Who says that their contact data is current; all else is answered by operations."""
DAYS = {
    "monday": at("2026-11-30 09:00"),
    "wednesday": at("2026-12-02 09:00"),
    "friday": at("2026-11-27 16:00"),
    "first_monday": at("2026-12-07 09:00"),
    "mid_month": at("2026-12-15 09:00"),
}


async def live(system: System, number: int) -> JSON | None:
    """Return a list's message, wherever it stands: in the channel, or in the thread of another one."""
    place = await system.fetch(
        "SELECT m.ts, coalesce(p.ts, m.ts) AS thread FROM chatops.live_messages AS m"
        " LEFT JOIN chatops.live_messages AS p ON p.id = m.parent WHERE m.subject = $1 ORDER BY m.id LIMIT 1",
        f"case:{number}",
    )
    if not place or place[0]["ts"] is None:
        return None
    shown = await system.messages("op1", OPERATIONS, thread=place[0]["thread"])
    return next((dict(one) for one in shown if one["ts"] == place[0]["ts"]), None)


async def fill(system: System, who: str, button: str, now: datetime) -> None:
    """Fill the form that a button has opened."""
    view = await faces.looked(system, who)
    if button == "Answer…":
        values: JSON = {"answer": "Done", "note": "Seen."}
    elif button == "Write it down…":
        values = {"learned": "Ask the bank earlier."}
    else:
        times = {"backup": now - timedelta(hours=9), "began": now - timedelta(hours=2), "ended": now}
        values = {name: str(int(when.timestamp())) for name, when in times.items()}
        values |= {"outcome": "Restored, and the data was right", "proof": "1,284 rows, as many as before."}
    answer = await system.submit(who, view["id"], values)
    assert not answer.get("errors"), answer
    await faces.close_all(system, who)


@pytest.mark.parametrize("name", DAYS)
async def test_a_list_comes_on_its_day_and_is_answered_to_its_end(database: Database, name: str) -> None:
    async with running_system(database, pace=1000) as system:
        ahead = DAYS[name] - system.clock.now()
        await system.advance(f"{int(ahead.total_seconds()) + 60}s")
        await system.settle(40)
        number = await system.value("SELECT id FROM chatops.cases WHERE procedure = $1", name)
        assert await system.value("SELECT planned_at FROM chatops.cases WHERE id = $1", number) == DAYS[name]

        async def there() -> JSON | None:
            return await live(system, number)

        for _ in range(20):
            if await system.value("SELECT state FROM chatops.cases WHERE id = $1", number) == "done":
                break
            shown = await eventually(there)
            assert shown is not None
            button = next(one for one in shown["buttons"] if one["text"] in ANSWERS)
            who = next((one for words, one in CONCERNED.items() if words in (button["label"] or "")), "op1")
            await system.click(who, button["label"] or button["value"], channel=OPERATIONS, ts=shown["ts"])
            if button["text"] in FORMS:
                await fill(system, "op1", button["text"], system.clock.now())
            await system.settle()
        assert await system.value("SELECT state FROM chatops.cases WHERE id = $1", number) == "done"
        shown = await eventually(there)
        assert shown is not None
        assert "Complete" in shown["plain"]
        if name in {"monday", "first_monday"}:
            assert "mail report" in (await faces.message(system, "mgr1", MANAGEMENT, "mail sent"))["text"]
