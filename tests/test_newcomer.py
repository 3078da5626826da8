"""A stranger takes the README's own line, opens the address that it prints, and does what the tour says."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo import Demo, open_folder, running_demo

pytestmark = [pytest.mark.system, pytest.mark.database]
ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOUR = (ROOT / "bot/local/workspace/static/trial.js").read_text(encoding="utf-8")
OPERATIONS, MANAGEMENT = "email-operations", "email-management"


def _started_as_told() -> str:
    """Return the last part of the README's line, with the programs of the environment that runs this test.

    The parts before it make an environment and install into it what this one holds already, from
    the same lock; ``.ci/run`` runs the whole of such a line.
    """
    (line,) = re.findall(r"^python3 -m venv .*faxi-bot demo$", README, re.MULTILINE)
    last = str(line.rpartition("&& ")[2])
    assert last == ".venv/bin/faxi-bot demo"
    return last.replace(".venv/bin", str(Path(sys.executable).parent))


async def _seen(demo: Demo, call: str, wanted: str) -> dict[str, Any]:
    """Wait until something of this list has these words, and return it."""
    async with asyncio.timeout(20):
        while True:
            for one in await demo.control(call):
                if wanted in str(one):
                    return dict(one)
            await asyncio.sleep(0.05)


async def test_the_readmes_line_leads_to_the_tour_and_the_tour_works_as_it_is_told(test_folder: Path) -> None:
    command = ("bash", "-c", f"exec {_started_as_told()}")
    async with running_demo(open_folder(test_folder), command=command, folder=ROOT) as demo:
        first = (await demo.panel())["example"]
        for words in ("`/faxi-restrict ${given.example}`", "Approve restriction", "`/faxi-case ${given.newest_case}`"):
            assert words in TOUR, "the tour was changed: this test must follow it"

        asked = {"as": "op1", "channel": OPERATIONS, "text": f"/faxi-restrict {first}"}
        assert (await demo.control("command", **asked))["acknowledged"]
        form = await _seen(demo, "views?as=op1", "restrict.ask")
        assert "5 complaints about" in form["plain"]
        filled = {"In your words": "Five people complained; nobody answers the telephone."}
        sent = await demo.control("submit", **{"as": "op1", "view": form["id"], "values": filled})
        assert "Asked (OPS-0001)" in sent["view"]["plain"], sent

        request = await _seen(demo, f"messages?as=mgr1&channel={MANAGEMENT}", "Approve restriction")
        where = {"channel": MANAGEMENT, "ts": request["ts"], "button": "Approve restriction"}
        pressed = await demo.control("click", **{"as": "mgr1", **where})
        assert "The account is restricted (OPS-0001)" in pressed["answer"]["plain"], pressed

        asked = {"as": "op1", "channel": OPERATIONS, "text": "/faxi-case OPS-0001"}
        case = (await demo.control("command", **asked))["answer"]["plain"]
        assert re.search(r"Asked by Aoi Tanaka .*\d\d:\d\d, approved by Kenji Ono .*\d\d:\d\d\.", case), case

        async with asyncio.timeout(20):  # the next example is one that may still be restricted
            while (await demo.panel())["example"] in {"", first}:
                await asyncio.sleep(0.1)
