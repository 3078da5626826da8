"""What leads to a person stands in Faxi's tables and in the request to Telnyx, and nowhere else."""

import json
import logging
from collections.abc import AsyncIterator

import pytest
import structlog

from bot.mail.faxes import Told
from bot.services.telnyx import client
from tests.support.databases import Database
from tests.support.faxing import MORNING, Desk, Outside, fax_desk, outside

NUMBER = "+819087654321"


@pytest.fixture(scope="module")
async def around() -> AsyncIterator[Outside]:
    """Run S3 for this module."""
    async with outside() as running:
        yield running


async def everything_of_ours(desk: Desk, told: Told) -> str:
    """Return all that the bot keeps, says and shows, as one text."""
    tables = await desk.fetch("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'chatops'")
    rows = [str(await desk.fetch(f"SELECT * FROM chatops.{table['name']}")) for table in tables]  # noqa: S608
    return "\n".join([*rows, *await desk.said(told), await desk.line(told)])


@pytest.mark.parametrize(
    "fault",
    ["none", "answer_lost", "dropped", "timeout_after", "garbage", "redirect", "rate_limited", "error_before", "s3",
     "denied", "database", "reason", "two"],
)  # fmt: skip
async def test_no_number_no_link_and_no_key_is_kept_said_or_logged(
    database: Database,
    around: Outside,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.25)
    caplog.set_level(logging.WARNING)  # as bot.base.logs sets up what others log
    async with fax_desk(database, around, start=MORNING, pace=1e5) as desk:
        if fault == "s3":
            around.aws.fault("answer_lost", operation="PutObject", count=2)
        elif fault == "denied":
            around.aws.fault("denied")
        elif fault == "database":  # an error whose detail quotes the whole row
            await desk.fetch(f"ALTER TABLE public.fax_jobs ADD CHECK (to_number <> '{NUMBER}')")
        elif fault == "reason":
            desk.telnyx.plan(f"could not reach {NUMBER} with {desk.telnyx.api_key}")
        elif fault not in {"none", "two"}:
            desk.telnyx.fault(fault, count=20, status=422)  # type: ignore[arg-type]
        with structlog.testing.capture_logs() as lines:
            told = await desk.want(await desk.person(number=NUMBER))
            await desk.rest()
            if fault == "two":  # Telnyx says that there is another fax with our id
                found = await desk.client.status(desk.telnyx.faxes()[0].id)
                assert found is not None
                effect = told.attempts[0].effect
                await desk.fetch("UPDATE chatops.faxes SET telnyx_id = 'another'")
                await desk.sender.seen(effect, found)
                await desk.fetch("UPDATE chatops.faxes SET telnyx_id = $1", found.id)
            await desk.telnyx.quiet()
            desk.clock.move(60)
            await desk.rest()
        kept = await everything_of_ours(desk, told)
        logged = json.dumps(lines, default=repr) + caplog.text + "".join(capsys.readouterr())
    assert lines or fault in {"none", "reason"}
    aws = around.aws
    for what in (NUMBER, NUMBER[1:], NUMBER[3:], desk.telnyx.api_key, aws.secret_access_key, aws.access_key_id):
        assert what not in kept
        assert what not in logged
    for link in ("X-Amz-Signature", "media_url", f"{aws.url}/"):
        assert link not in kept
        assert link not in logged
