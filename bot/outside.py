"""What a replica is connected to beside Slack and the database: where fax pages lie, and who sends them."""

import asyncio
from contextlib import AsyncExitStack

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.base.clock import Clock
from bot.base.database import Pool
from bot.engine.team import Team
from bot.mail.fax_sending import FaxSender, Line
from bot.mail.preview_drawing import Eraser, Previewer
from bot.paper.notices import Press, PressError, Support
from bot.services import telnyx
from bot.services.s3 import FaxMedia, S3Refused
from bot.settings import Settings, SettingsError

log = structlog.get_logger(__name__)


async def fax_line(settings: Settings, stack: AsyncExitStack) -> Line | None:
    """Make the way by which faxes go out, or ``None`` when they are not set up.

    Args:
        settings: those of the process.
        stack: closes what is opened here.

    Raises:
        SettingsError: a setting cannot work, such as a folder without a usable typeface.
    """
    lacking = settings.lacking_for_faxes
    if lacking:
        log.warning("faxes are not set up: people are told by telephone", missing=", ".join(lacking))
        return None
    if settings.telnyx_public_key is not None:
        try:
            telnyx.check_public_key(settings.telnyx_public_key)
        except ValueError as error:
            raise SettingsError(f"TELNYX_PUBLIC_KEY {error}") from None
    session = telnyx.open_session()
    stack.push_async_callback(session.close)
    try:
        press = await asyncio.to_thread(Press, settings.font_dir)
        media = await asyncio.to_thread(
            FaxMedia,
            bucket=settings.fax_media_bucket or "",
            region=settings.aws_region or "",
            endpoint_url=settings.aws_endpoint_url,
        )
    except PressError as error:
        raise SettingsError(f"FONT_DIR: {error}") from None
    except S3Refused as error:
        raise SettingsError(f"FAX_MEDIA_BUCKET: {error}") from None
    stack.callback(media.close)
    number = settings.telnyx_fax_number or ""
    key = settings.telnyx_api_key
    client = telnyx.Telnyx(
        session,
        api_url=settings.telnyx_api_url,
        api_key=key.get_secret_value() if key else "",
        connection_id=settings.telnyx_connection_id or "",
        from_number=number,
        webhook_url=settings.telnyx_webhook_url,
    )
    hours = settings.business_hours
    support = Support(
        phone=settings.support_phone or "",
        email=settings.support_email,
        hours=f"{hours.start:%H:%M}-{hours.end:%H:%M}",
    )
    return Line(media, client, press, support, number)


def fax_sender(settings: Settings, pool: Pool, team: Team, clock: Clock, line: Line | None) -> FaxSender | None:
    """Make what brings faxes on, where they are set up."""
    return None if line is None else FaxSender(pool, team, clock, line, pace=settings.faxi_pace)


def picture_workers(
    settings: Settings, pool: Pool, team: Team, clock: Clock, *, client: AsyncWebClient, line: Line | None
) -> tuple[Previewer | None, Eraser]:
    """Make what draws the pages of faxes for whoever decides, where they are set up, and what deletes them in Slack."""
    pace = settings.faxi_pace
    drawer = None if line is None else Previewer(pool, team, clock, client, line, pace=pace)
    return drawer, Eraser(pool, clock, client, pace=pace)
