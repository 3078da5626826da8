"""What leads to a person stands in Faxi's tables and in the request to Telnyx, and nowhere else."""

import dataclasses
import json
import logging
from typing import Any

import pytest
import structlog

from bot.mail.faxes import Told
from bot.services.telnyx import client
from tests.support.databases import Database
from tests.support.faxing import Desk, Outside, fax_desk

FAULTS = (
    "none", "answer_lost", "dropped", "timeout_after", "garbage", "redirect", "rate_limited", "error_before", "s3",
    "denied", "reason", "two", "database",
)  # fmt: skip


async def everything_of_ours(desk: Desk, wanted: list[Told]) -> str:
    """Return all that the bot keeps, says and shows, as one text."""
    tables = await desk.fetch("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'chatops'")
    rows = [str(await desk.fetch(f"SELECT * FROM chatops.{table['name']}")) for table in tables]  # noqa: S608
    said = [text for told in wanted for text in (*await desk.said(told), await desk.line(told))]
    return "\n".join([*rows, *said])


async def suffer(desk: Desk, fault: str, number: str) -> Told:
    """Send a fax to a number on a bad day; return its notice."""
    aws = desk.outside.aws
    if fault == "s3":
        aws.fault("answer_lost", operation="PutObject", count=2)
    elif fault == "denied":
        aws.fault("denied")
    elif fault == "database":  # an error whose detail quotes the whole row
        await desk.fetch(f"ALTER TABLE public.fax_jobs ADD CHECK (to_number <> '{number}')")
    elif fault == "reason":
        desk.telnyx.plan(f"could not reach hanako sato at {number} with {desk.telnyx.api_key}")
    elif fault not in {"none", "two"}:
        desk.telnyx.fault(fault, count=20, status=422)  # type: ignore[arg-type]
    told = await desk.want(await desk.person(number=number))
    await desk.rest()
    if fault == "two":  # Telnyx says that there is another fax with our id
        effect = told.attempts[0].effect
        found = await desk.client.status(str((await desk.told(told)).attempts[0].telnyx_id))
        assert found is not None
        await desk.sender.seen(effect, dataclasses.replace(found, id="another"))
    await desk.telnyx.quiet()
    desk.clock.move(60)
    await desk.rest()
    aws.heal()
    desk.telnyx.heal()
    return told


async def test_no_number_no_link_and_no_key_is_kept_said_or_logged(
    database: Database,
    around: Outside,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.2)
    caplog.set_level(logging.WARNING)  # as bot.base.logs sets up what others log
    numbers = {fault: f"+8190876543{place:02d}" for place, fault in enumerate(FAULTS)}
    async with fax_desk(database, around, pace=1e5) as desk:
        wanted = []
        lines: list[Any] = []
        for fault, number in numbers.items():
            with structlog.testing.capture_logs() as logged_now:
                wanted.append(await suffer(desk, fault, number))
            assert logged_now or fault in {"none", "reason"}, fault
            lines += logged_now
        kept = await everything_of_ours(desk, wanted)
        logged = json.dumps(lines, default=repr) + caplog.text + "".join(capsys.readouterr())
    assert {one["event"] for one in lines} >= {"effect failed", "fax failed", "fax not sent yet"}
    aws = around.aws
    secrets = [desk.telnyx.api_key, aws.secret_access_key, aws.access_key_id, "X-Amz-Signature", f"{aws.url}/"]
    for what in (*secrets, "media_url", "hanako", *numbers.values(), *(number[3:] for number in numbers.values())):
        assert what not in kept
        assert what not in logged
