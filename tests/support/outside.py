"""The outside on this machine, for tests: S3, Telnyx, a clock that tests set, pages, and servers that answer so."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from bot.local.aws import LocalAws
from bot.local.loopback import listen
from bot.local.telnyx import LocalTelnyx, SentFax
from bot.services.s3 import FaxMedia
from bot.services.telnyx import Telnyx, open_session

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
NUMBER = "+81398765432"


@dataclass
class SetClock:
    """Business time that stands until it is moved."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 24, 1, 0, tzinfo=UTC))

    def now(self) -> datetime:
        """Return the instant that was set."""
        return self.at

    def move(self, seconds: float) -> None:
        """Move on."""
        self.at += timedelta(seconds=seconds)


def pdf(*texts: str) -> bytes:
    """Write a PDF with one page for each text."""
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(len(texts)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} >>",
    ]
    for number, text in enumerate(texts):
        content = f"BT /F 24 Tf 40 700 Td ({text}) Tj ET"
        font = "<< /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
        page = f"/Parent 2 0 R /MediaBox [0 0 595 842] /Contents {4 + 2 * number} 0 R"
        objects += [
            f"<< /Type /Page {page} /Resources << /Font {font} >> >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    written, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n{one}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return (
        written
        + (
            f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
            f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
        ).encode()
    )


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Run a server that answers everything so; give its address, without a slash at its end."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner, url = await listen(app)
    try:
        yield url
    finally:
        await runner.cleanup()


@asynccontextmanager
async def local_aws(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalAws]:
    """Run AWS, and let this process have its credentials and no other."""
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    aws = await LocalAws.start()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", aws.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", aws.secret_access_key)
    try:
        yield aws
    finally:
        await aws.close()


def made_new(aws: LocalAws) -> LocalAws:
    """Make an AWS as it was at its start: one is enough for many tests, because clients of it take their time."""
    aws.heal()
    aws.ahead = 0.0
    aws.requests.clear()
    aws.s3.buckets.clear()
    aws.s3.add_bucket(aws.bucket)
    return aws


def media_of(aws: LocalAws, *, bucket: str | None = None, region: str | None = None) -> FaxMedia:
    """Make the bot's client of this AWS."""
    return FaxMedia(bucket=bucket or aws.bucket, region=region or aws.region, endpoint_url=aws.url)


@asynccontextmanager
async def local_telnyx(clock: SetClock) -> AsyncIterator[LocalTelnyx]:
    """Run Telnyx."""
    telnyx = await LocalTelnyx.start(clock=clock)
    try:
        yield telnyx
    finally:
        await telnyx.close()


@asynccontextmanager
async def client_of(
    url: str, *, key: str = "KEY0", connection: str = "1", hook: str | None = None
) -> AsyncIterator[Telnyx]:
    """Make the bot's client of a Telnyx at this address."""
    async with open_session() as session:
        yield Telnyx(
            session,
            api_url=url,
            api_key=key,
            connection_id=connection,
            from_number="+81345670199",
            webhook_url=hook,
        )


@asynccontextmanager
async def telnyx_client(telnyx: LocalTelnyx, *, hook: str | None = None) -> AsyncIterator[Telnyx]:
    """Make the bot's client of this Telnyx."""
    async with client_of(telnyx.url, key=telnyx.api_key, connection=telnyx.connection_id, hook=hook) as made:
        yield made


@asynccontextmanager
async def pages(answer: Callable[[], web.Response]) -> AsyncIterator[str]:
    """Serve pages; give their address."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        return answer()

    async with serving(handler) as url:
        yield f"{url}/faxes/pages.pdf"


async def send(telnyx: LocalTelnyx, url: str, *, to: str = NUMBER, hook: str | None = None) -> SentFax:
    """Send a fax, wait until its pages were fetched or not, and return it."""
    async with telnyx_client(telnyx, hook=hook) as client:
        sent = await client.send(to=to, media_url=url, effect=uuid4())
    await telnyx.quiet()
    return next(fax for fax in telnyx.faxes() if fax.id == sent.id)


async def fetched(url: str) -> tuple[int, bytes]:
    """Fetch an address as it is, and return status and content."""
    async with aiohttp.ClientSession() as session, session.get(URL(url, encoded=True)) as response:
        return response.status, await response.read()
