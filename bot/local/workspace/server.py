"""The local workspace as one running server: Web API, Socket Mode, response URLs, control interface."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from aiohttp import web

from bot.base.clock import MappedClock

from . import people, uploads, web_api
from . import replies as response_urls
from .control import Control, own_page_only
from .control_faxes import Faxes
from .core import Slack
from .delivery import Delivery
from .http_delivery import HttpDelivery
from .manifest import read
from .moving import Trial
from .page import Page, Stage
from .permits import Permits
from .rates import Rates
from .socket_mode import SocketMode
from .state import State
from .wire import Wire

_LARGEST_UPLOAD = 64 * 1024 * 1024


class Workspace:
    """A Slack workspace on this machine, to which the real bot connects over the real protocol."""

    def __init__(self, slack: Slack, runner: web.AppRunner, signing_secret: str) -> None:
        """Hold what :meth:`start` has made."""
        self.slack = slack
        self._runner = runner
        self.signing_secret = signing_secret

    @classmethod
    async def start(
        cls,
        *,
        clock: MappedClock,
        port: int = 0,
        manifest: Path | None = None,
        trial: Trial | None = None,
        deliver_to: Sequence[str] = (),
        pace: float = 1.0,
        stage: Stage | None = None,
        faxes: Faxes | None = None,
    ) -> "Workspace":
        """Start a workspace on loopback.

        Args:
            clock: business time, which the control interface moves.
            port: where to listen; 0 takes a free one.
            manifest: the app's manifest; without it the one that is shipped.
            trial: what else there is to settle when business time moves.
            deliver_to: addresses of replicas that take signed HTTP.
            pace: multiplies every rate limit, and shortens the waits between redeliveries.
            stage: what a demo adds to the page.
            faxes: the fax endpoint, when the trial has one.

        Raises:
            OSError: the port is taken, or the manifest cannot be read.
            ValueError: the manifest is no manifest.
        """
        known = read(manifest if manifest is not None else _shipped())
        signing_secret = secrets.token_hex(16)
        sockets = SocketMode()
        hooks = HttpDelivery(signing_secret, list(deliver_to))
        wire = Wire()
        slack = Slack(
            url="",
            bot_token=f"xoxb-{secrets.randbelow(10**12)}-{secrets.token_hex(12)}",
            app_token=f"xapp-1-{people.APP_ID}-{secrets.token_hex(24)}",
            verification_token=secrets.token_hex(12),
            clock=clock,
            manifest=known,
            state=State(clock.now),
            wire=wire,
            rates=Rates(pace),
            permits=Permits(clock.now),
            sockets=sockets,
            hooks=hooks,
            delivery=Delivery((sockets, hooks), wire, clock.now, pace),
        )
        app = web.Application(client_max_size=_LARGEST_UPLOAD, middlewares=[own_page_only])
        _add_routes(app, slack, trial, stage, faxes)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError:
            await runner.cleanup()
            raise
        slack.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return cls(slack, runner, signing_secret)

    @property
    def url(self) -> str:
        """The workspace's address, without a slash at its end."""
        return self.slack.url

    @property
    def bot_token(self) -> str:
        """The bot's token."""
        return self.slack.bot_token

    @property
    def app_token(self) -> str:
        """The token for Socket Mode."""
        return self.slack.app_token

    @property
    def team_id(self) -> str:
        """The workspace's team id."""
        return people.TEAM

    @property
    def deliver_to(self) -> list[str]:
        """The addresses of replicas that take signed HTTP; none means Socket Mode only."""
        return self.slack.hooks.addresses

    @deliver_to.setter
    def deliver_to(self, addresses: Sequence[str]) -> None:
        self.slack.hooks.addresses = list(addresses)

    @property
    def methods_called(self) -> set[str]:
        """The Web API methods that were called, unknown ones included."""
        return self.slack.methods_called

    def environment(self, *, transport: Literal["socket", "http"]) -> dict[str, str]:
        """Return the settings by which a bot connects to this workspace."""
        settings = {
            "SLACK_API_URL": f"{self.url}/api/",
            "SLACK_BOT_TOKEN": self.bot_token,
            "SLACK_SIGNING_SECRET": self.signing_secret,
            "SLACK_TEAM_ID": self.team_id,
            "FAXI_PACE": str(self.slack.rates.pace),
        }
        settings |= {f"GROUP_{name.upper()}": group_id for name, group_id in people.GROUP_IDS.items()}
        if transport == "socket":
            settings["SLACK_APP_TOKEN"] = self.app_token
        return settings

    async def close(self) -> None:
        """Break all connections and stop."""
        self.slack.closing.set()
        self.slack.sockets.close()
        await self.slack.delivery.close()
        await self.slack.hooks.close()
        await self._runner.cleanup()


def _shipped() -> Path:
    from bot.base.database import shipped  # noqa: PLC0415 - only needed when no manifest is given

    return shipped("manifest.yml")


def _add_routes(
    app: web.Application, slack: Slack, trial: Trial | None, stage: Stage | None, faxes: Faxes | None
) -> None:
    async def api(request: web.Request) -> web.StreamResponse:
        return await web_api.call(slack, request)

    async def respond(request: web.Request) -> web.StreamResponse:
        return await response_urls.respond(slack, request)

    async def link(request: web.Request) -> web.StreamResponse:
        return await slack.sockets.accept(request)

    async def upload(request: web.Request) -> web.StreamResponse:
        return await uploads.take(slack, request)

    async def download(request: web.Request) -> web.StreamResponse:
        file = slack.state.files.get(request.match_info["file"])
        if file is None or file.content is None:
            return web.Response(text="There is no such file.", status=404)
        return web.Response(body=file.content, content_type=file.mimetype)

    app.router.add_route("GET", "/api/{method}", api)
    app.router.add_route("POST", "/api/{method}", api)
    app.router.add_post("/respond/{url}", respond)
    app.router.add_get("/link", link)
    app.router.add_post("/upload/{file}", upload)
    app.router.add_get("/files/{file}", download)
    Control(slack, trial, faxes).add_routes(app)
    Page(slack, trial, stage, faxes).add_routes(app)
