"""Every screen that people are meant to see is taken by the workspace, as Slack would take it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.local.workspace.state import File
from tests.support.workspace import Hands, opened_trigger, running

SCREENS = Path(__file__).parents[2] / "shared" / "screens"


@pytest.fixture
async def hands(tmp_path: Path) -> AsyncIterator[Hands]:
    """Run a workspace that does not pace and has the files which the screens name."""
    async with running(tmp_path) as made:
        for name in ("F0FAX01", "F0CHART01", "F0CHART02", "F0CHART03"):
            made.workspace.slack.state.files[name] = File(name, f"{name}.png", 1, b"x", name, complete=True)
        yield made


async def test_every_screen_is_taken(hands: Hands) -> None:
    if not SCREENS.is_dir():
        pytest.skip("THE SCREENS ARE NOT HERE: no screen was shown to the workspace")
    taken = 0
    for file in sorted(SCREENS.glob("*.json")):
        for state, screen in json.loads(file.read_text(encoding="utf-8")).items():
            answer = await _show(hands, screen)
            assert answer["ok"], f"{file.name} {state}"
            taken += 1
    assert taken > 100


async def _show(hands: Hands, screen: dict[str, Any]) -> Any:
    view = screen.get("view")
    if view is None:
        return await hands.client.chat_postMessage(channel="C0MANAGEMENT", text=screen["text"], blocks=screen["blocks"])
    if view["type"] == "home":
        return await hands.client.views_publish(user_id="U0MGR1", view=view)
    return await hands.client.views_open(trigger_id=opened_trigger(hands, "mgr1"), view=view)
