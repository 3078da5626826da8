"""The parts of one running workspace, as its calls and deeds share them."""

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path

from bot.base.clock import MappedClock

from .delivery import Delivery
from .faults import Faults
from .http_delivery import HttpDelivery
from .manifest import Manifest
from .payloads import Sent
from .people import Person
from .permits import Permits
from .rates import Rates
from .refusals import JSON
from .socket_mode import SocketMode
from .state import Channel, Message, State, View
from .views_shown import Shown
from .wire import Wire


@dataclass
class Slack:
    """Everything a call or a deed may need."""

    url: str
    bot_token: str
    app_token: str
    verification_token: str
    clock: MappedClock
    manifest: Manifest
    state: State
    wire: Wire
    rates: Rates
    permits: Permits
    sockets: SocketMode
    hooks: HttpDelivery
    delivery: Delivery
    faults: Faults = field(default_factory=Faults)
    methods_called: set[str] = field(default_factory=set)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    moving: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever moves business time."""

    @property
    def shown(self) -> Shown:
        """How messages and views look to people."""
        return Shown(self.state, self.url)

    def sent(self, person: Person) -> Sent:
        """Return what each body about this person's deed carries."""
        return Sent(person, self.verification_token, f"{self.clock.now().timestamp():.6f}")

    def note_method(self, method: str) -> None:
        """Remember that a Web API method was called, in ``FAXI_METHODS_LOG`` too when it names a file."""
        if method in self.methods_called:
            return
        self.methods_called.add(method)
        log = os.environ.get("FAXI_METHODS_LOG")
        if log:
            with Path(log).open("a", encoding="utf-8") as file:
                file.write(method + "\n")

    def post(
        self,
        channel: Channel,
        author: str,
        text: str,
        blocks: list[JSON] | None = None,
        *,
        thread: str | None = None,
        viewer: str | None = None,
        files: list[str] | None = None,
    ) -> Message:
        """Put a message into a channel; with ``viewer`` an ephemeral one."""
        message = Message(
            ts=self.state.stamp(channel),
            channel=channel.id,
            author=author,
            text=text,
            blocks=blocks or [],
            thread=thread,
            viewer=viewer,
            files=files or [],
        )
        return self.state.add(channel, message)

    def message_answer(self, message: Message, person: str) -> JSON:
        """Describe a message as the answer that this person got."""
        return {"type": "message", "channel": message.channel, **self.shown.message(message, person)}

    def view_answer(self, view: View) -> JSON:
        """Describe a view as the answer that its owner got."""
        return {"type": view.body["type"], **self.shown.view(view)}
