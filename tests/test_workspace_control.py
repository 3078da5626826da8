"""The control interface: what it shows, how it moves time, what it refuses and in which words."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.base.clock import MappedClock
from bot.local.workspace import Workspace, moving
from tests.support.workspace import Hands, bolt_app, connected, running, write_manifest


@pytest.fixture
async def hands(tmp_path: Path) -> AsyncIterator[Hands]:
    """Run a workspace that does not pace."""
    async with running(tmp_path) as made:
        yield made


async def test_the_state_shows_people_channels_commands_and_time(hands: Hands) -> None:
    state = await hands.see("state")
    handles = [one["handle"] for one in state["people"]]
    assert handles == ["op1", "op2", "op3", "eng1", "eng2", "mgr1", "mgr2", "aud1", "guest1", "ext1"]
    channels = {one["name"]: one for one in state["channels"]}
    assert channels["email-management"]["private"] is True
    assert "op1" not in channels["email-management"]["members"]
    assert "faxi-bot" in channels["email-alerts"]["members"]
    assert "faxi-bot" not in channels["general"]["members"]
    assert list(state["commands"]) == ["/faxi-test", "/faxi-plain"]
    assert list(state["shortcuts"]) == ["Open a case", "New case"]
    assert datetime.fromisoformat(state["now"]).tzinfo is not None
    assert (state["settled"], state["connections"]) == (True, [])
    assert "database_url" not in state


async def test_a_message_is_read_with_names_and_in_the_readers_zone(hands: Hands) -> None:
    at = "<!date^1795563660^{date_num} {time}|fallback>"
    text = f"*Bold* <@U0MGR1> in <#C0ALERTS>, <!subteam^S0OPERATIONS> at {at} &lt;b&gt; <https://x.jp|here>"
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": "Header *as it is*"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": "said\nso"}]}],
        },
    ]
    await hands.client.chat_postMessage(channel="C0OPERATIONS", text="x", blocks=blocks)
    read = {}
    for who in ("op1", "ext1"):
        [message] = await hands.see("messages", who=who, channel="#email-operations")
        read[who] = message["plain"].split("\n")
    assert read["op1"] == [
        "Header *as it is*",
        "Bold @mgr1 Kenji Ono in #email-alerts, @operations at 2026-11-25 08:41 <b> here",
        "> said",
        "> so",
    ]
    assert "2026-11-25 00:41" in read["ext1"][1]


async def test_a_message_lists_its_buttons(hands: Hands) -> None:
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Approve"},
        "action_id": "case.approve",
        "value": "v7",
        "style": "primary",
        "accessibility_label": "Approve OPS-0042",
    }
    blocks: list[dict[str, Any]] = [{"type": "actions", "block_id": "row", "elements": [button]}]
    await hands.client.chat_postMessage(channel="C0ALERTS", text="Decide", blocks=blocks)
    [message] = await hands.see("messages", who="op1", channel="email-alerts")
    assert message["from"] == "faxi-bot"
    assert message["buttons"] == [
        {
            "text": "Approve",
            "label": "Approve OPS-0042",
            "action_id": "case.approve",
            "block_id": "row",
            "value": "v7",
            "style": "primary",
        }
    ]


@pytest.mark.parametrize(
    ("call", "body", "status", "words"),
    [
        ("command", {"who": "op9", "channel": "#email-alerts", "text": "/faxi-test"}, 404, "op9"),
        ("command", {"who": "op1", "channel": "#nowhere", "text": "/faxi-test"}, 404, "#nowhere"),
        ("command", {"who": "op1", "channel": "#email-management", "text": "/faxi-test"}, 403, "is not in"),
        ("command", {"who": "op1", "channel": "#email-alerts"}, 400, "text"),
        ("click", {"who": "op1", "channel": "#email-alerts", "ts": "1.1", "button": "x"}, 404, "no message"),
        ("click", {"who": "op1", "view": "V0", "button": "x"}, 404, "no view"),
        ("submit", {"who": "op1", "view": "V0", "values": {}}, 404, "no view"),
        ("clock", {"advance": "soon"}, 400, "span of time"),
        ("clock", {}, 400, "how far"),
        ("people", {"handle": "op1", "groups": ["kings"]}, 400, "kings"),
        ("message", {"who": "op1", "channel": "#email-alerts", "text": "x", "thread": "1.1"}, 404, "thread"),
        ("message", {"who": "op1", "channel": "#email-alerts", "text": "x", "colour": "red"}, 400, "colour"),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(
    hands: Hands, call: str, body: dict[str, Any], status: int, words: str
) -> None:
    done = await hands.do(call, **body)
    assert hands.statuses[-1] == status
    assert words in done["error"]


async def test_who_is_deactivated_can_do_nothing(hands: Hands) -> None:
    await hands.do("people", handle="op1", deactivated=True)
    await hands.do("message", who="op1", channel="#email-alerts", text="x")
    assert hands.statuses[-1] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Host": "example.com"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_a_page_of_another_origin_cannot_drive_it(hands: Hands, headers: dict[str, str]) -> None:
    for path in ("/control/state", "/api/auth.test", "/link"):
        async with hands.session.get(f"{hands.workspace.url}{path}", headers=headers) as response:
            assert response.status == 403
    async with hands.session.post(f"{hands.workspace.url}/control/home", headers=headers, json={}) as response:
        assert response.status == 403


async def test_its_own_page_may_drive_it(hands: Hands) -> None:
    headers = {"Origin": hands.workspace.url, "Sec-Fetch-Site": "same-origin"}
    async with hands.session.get(f"{hands.workspace.url}/control/state", headers=headers) as response:
        assert response.status == 200


async def test_it_listens_on_loopback_alone(hands: Hands) -> None:
    assert hands.workspace.url.startswith("http://127.0.0.1:")


async def test_the_wire_shows_both_ways_without_tokens(hands: Hands) -> None:
    app = bolt_app(hands)

    @app.command("/faxi-test")
    async def answer(ack: Any, respond: Any) -> None:
        await ack()
        await respond("here")

    async with connected(hands, app):
        await hands.do("command", who="op1", channel="#email-alerts", text="/faxi-test")
    calls = await hands.see("wire")
    assert {(one["direction"], one["method"]) for one in calls} == {
        ("in", "apps.connections.open"),
        ("in", "response_url"),
        ("out", "/faxi-test"),
    }
    written = str(calls)
    for secret in (hands.workspace.bot_token, hands.workspace.app_token, hands.workspace.slack.verification_token):
        assert secret not in written
    assert "ticket=[redacted]" in written
    later = (datetime.fromisoformat(calls[-1]["at"]) + timedelta(seconds=1)).isoformat()
    assert await hands.see("wire", since=later) == []


async def test_two_workspaces_run_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    async with running(tmp_path) as one, running(tmp_path / "two") as two:
        assert one.workspace.url != two.workspace.url
        assert one.workspace.bot_token != two.workspace.bot_token


async def test_a_port_that_is_taken_is_an_error(hands: Hands, tmp_path: Path) -> None:
    port = int(hands.workspace.url.rsplit(":", 1)[1])
    clock = MappedClock.create(tmp_path / "second", timedelta())
    with pytest.raises(OSError, match="in use"):
        await Workspace.start(clock=clock, port=port, manifest=write_manifest(tmp_path))


async def test_the_environment_is_all_a_bot_needs(hands: Hands) -> None:
    socket = hands.workspace.environment(transport="socket")
    http = hands.workspace.environment(transport="http")
    assert socket["SLACK_API_URL"] == f"{hands.workspace.url}/api/"
    assert socket["SLACK_APP_TOKEN"].startswith("xapp-")
    assert "SLACK_APP_TOKEN" not in http
    assert {name: value for name, value in http.items() if name.startswith("GROUP_")} == {
        "GROUP_OPERATIONS": "S0OPERATIONS",
        "GROUP_ENGINEERING": "S0ENGINEERING",
        "GROUP_MANAGEMENT": "S0MANAGEMENT",
        "GROUP_AUDITORS": "S0AUDITORS",
    }


@dataclass
class Diary:
    """A trial whose due instants are done a moment after business time has passed them."""

    clock: MappedClock | None = None
    due: list[datetime] = field(default_factory=list)
    done: list[datetime] = field(default_factory=list)
    mail: list[tuple[datetime, datetime]] = field(default_factory=list)
    stuck: bool = False
    database_url: str | None = "postgresql://127.0.0.1/trial"

    def _now(self) -> datetime:
        assert self.clock is not None
        return self.clock.now()

    async def waiting(self) -> list[str]:
        """Do what is due and say what is left: first that it waits, the next time nothing."""
        late = [at for at in self.due if at <= self._now()]
        if not self.stuck:
            for at in late:
                self.due.remove(at)
                self.done.append(self._now())
        return [f"due at {at}" for at in late]

    async def next_due(self, until: datetime) -> datetime | None:
        """Return the earliest instant that is due."""
        return min((at for at in self.due if at <= until), default=None)

    async def write_mail(self, start: datetime, end: datetime) -> None:
        """Remember for which span mail was wanted."""
        self.mail.append((start, end))


@pytest.fixture
def diary() -> Diary:
    """Make a trial with an empty diary."""
    return Diary()


@pytest.fixture
async def dated(tmp_path: Path, diary: Diary) -> AsyncIterator[Hands]:
    """Run a workspace that asks the diary."""
    async with running(tmp_path, trial=diary) as made:
        diary.clock = made.workspace.slack.clock
        yield made


async def test_time_advances_from_one_due_instant_to_the_next(dated: Hands, diary: Diary) -> None:
    start = dated.workspace.slack.clock.now()
    diary.due = [start + timedelta(hours=hours) for hours in (1, 2, 30)]
    first, second, third = diary.due
    moved = await dated.do("clock", advance="3h")
    assert moved["settled"] is True
    assert datetime.fromisoformat(moved["now"]) - start >= timedelta(hours=3)
    assert len(diary.done) == 2
    for wanted, at in zip((first, second), diary.done, strict=True):
        assert timedelta() <= at - wanted < timedelta(seconds=30)
    assert diary.due == [third]
    assert diary.mail[0][1] == first
    assert diary.mail[-1][1] >= start + timedelta(hours=3)


async def test_a_jump_leaps_at_once(dated: Hands, diary: Diary) -> None:
    start = dated.workspace.slack.clock.now()
    diary.due = [start + timedelta(hours=hours) for hours in (1, 2)]
    moved = await dated.do("clock", jump="3h")
    assert moved["settled"] is True
    assert all(at - start >= timedelta(hours=3) for at in diary.done)
    assert len(diary.mail) == 1
    also = await dated.do("clock", advance="1d", jump=True)
    assert datetime.fromisoformat(also["now"]) - start >= timedelta(days=1, hours=3)


async def test_what_does_not_settle_is_said_after_a_while(
    dated: Hands, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert moving.PATIENCE == 60
    monkeypatch.setattr(moving, "PATIENCE", 0.3)
    start = dated.workspace.slack.clock.now()
    diary.due = [start + timedelta(hours=1)]
    diary.stuck = True
    moved = await dated.do("clock", advance="3h")
    assert moved["settled"] is False
    assert "due at" in moved["waiting"][0]
    assert datetime.fromisoformat(moved["now"]) - start < timedelta(hours=2)
    state = await dated.see("state")
    assert state["settled"] is False
    assert state["database_url"] == diary.database_url


async def test_time_goes_on_by_itself_between_moves(hands: Hands) -> None:
    before = hands.workspace.slack.clock.now()
    await asyncio.sleep(0.01)
    assert hands.workspace.slack.clock.now() > before
