"""The person's own answer: by response_url, else only to them in the channel, else as a direct message."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import Message, View, context, home, modal, section
from bot.slack.clicks import Click
from bot.slack.client import SlackCallError, Throttled, failures
from bot.slack.interactions import Answer, Errors, Keep, Say, Show, ShowHome, Silent
from bot.slack.text import md

log = structlog.get_logger(__name__)
_TITLE = "faxi-bot"
_HOMES = frozenset({("event", "app_home_opened"), ("action", "home.refresh")})
# Whoever opens App Home or draws it anew is answered in it, also where they are refused.
_HOOKS = "hooks.slack.com"
_RESPONSE_TIMEOUT = aiohttp.ClientTimeout(total=3)  # then the next surface is tried, also while stopping
_LONGEST_WAIT = 5.0  # of what Slack asks for before the last surface is tried again; less than stopping takes


def as_view(answer: Answer) -> View:
    """Return the answer as a modal: a message becomes one that can only be closed."""
    if isinstance(answer, Show | ShowHome | Keep):
        return answer.view
    if isinstance(answer, Say):
        return modal("answer", _TITLE, *answer.message.blocks)
    message = " ".join(answer.fields.values()) if isinstance(answer, Errors) else "Done."
    return modal("answer", _TITLE, *_lines(message))


def _lines(words: str) -> tuple[dict[str, Any], ...]:
    return ({"type": "section", "text": {"type": "plain_text", "text": words, "emoji": False}},)


@dataclass(frozen=True)
class Opened:
    """A modal that is open; with its hash, only the state that was opened is replaced."""

    view_id: str
    hash: str | None = None


class Answers:
    """Gives people their answers."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        """Speak through the shared client and session."""
        self._client = client
        self._session = session
        self._local = urlsplit(client.base_url).hostname

    async def open(self, click: Click, view: View) -> Opened | None:
        """Open a modal; return it, or ``None`` when Slack did not open it."""
        if click.trigger_id is None:
            return None
        try:
            with failures():
                if click.view_id is not None and click.view_type == "modal":
                    answer = await self._client.views_push(trigger_id=click.trigger_id, view=view.payload())
                else:
                    answer = await self._client.views_open(trigger_id=click.trigger_id, view=view.payload())
        except SlackCallError as error:
            log.warning("modal not opened", reference=click.reference, error=str(error))
            return None
        return Opened(str(answer["view"]["id"]), str(answer["view"]["hash"]))

    async def give(self, click: Click, answer: Answer, opened: Opened | None) -> None:
        """Give the answer on the surface in use; where that fails, on the next one.

        Parameters:
            opened: the modal that was opened for this click, if one was.
        """
        if isinstance(answer, Silent):
            return
        if (click.kind, click.name) in _HOMES:
            await self._publish(click, answer.view if isinstance(answer, ShowHome) else home(*as_view(answer).blocks))
            return
        if isinstance(answer, Keep) and opened is not None:
            return
        above = isinstance(answer, Show) and answer.above
        form = Opened(click.view_id) if click.view_id and click.view_type == "modal" and not above else None
        shown = opened or form
        pictured = answer.pictured if isinstance(answer, Show) else None
        if shown is not None and pictured is not None and await self._update(click, shown, pictured):
            return
        if shown is not None and await self._update(click, shown, as_view(answer)):
            return
        if isinstance(answer, Show | Keep) and shown is None and (made := await self.open(click, answer.view)):
            if pictured is not None:
                # Second, for Slack gives a trigger for one modal only, and may refuse a picture.
                await self._update(click, made, pictured)
            return
        await self._say(click, self._message(answer))

    @staticmethod
    def _message(answer: Answer) -> Message:
        if isinstance(answer, Say):
            return answer.message
        if isinstance(answer, Show) and answer.otherwise is not None:
            return answer.otherwise
        view = as_view(answer)
        if view.submit is not None:
            late = md(
                ":hourglass_flowing_sand: *The form could not be opened in time.* Nothing was changed.\n"
                "Please try again."
            )
            return Message("The form could not be opened in time, please try again.", (section(late),))
        return Message("The form is not open any more; this is what it says.", view.blocks)

    async def _update(self, click: Click, shown: Opened, view: View) -> bool:
        try:
            with failures():
                await self._client.views_update(view_id=shown.view_id, hash=shown.hash, view=view.payload())
        except SlackCallError as error:
            log.warning("modal not updated", reference=click.reference, error=str(error))
            return False
        return True

    async def _publish(self, click: Click, view: View) -> None:
        try:
            with failures():
                await self._client.views_publish(user_id=click.user, view=view.payload())
        except SlackCallError as error:
            log.warning("home not published", reference=click.reference, error=str(error))

    async def _say(self, click: Click, message: Message) -> None:
        if click.response_url and await self._respond(click, click.response_url, message):
            return
        if click.channel and not click.in_direct_message:
            try:
                with failures():
                    await self._client.chat_postEphemeral(
                        channel=click.channel, user=click.user, thread_ts=click.thread_ts, **message.as_arguments()
                    )
            except SlackCallError as error:
                log.warning("ephemeral answer not given", reference=click.reference, error=str(error))
            else:
                return
        await self._direct(click, message)

    async def _direct(self, click: Click, message: Message) -> None:
        """Write to the person; there is no other surface after this one, so a 429 is waited for once."""
        try:
            try:
                await self._write(click.user, message)
            except Throttled as slower:
                if slower.retry_after > _LONGEST_WAIT:
                    raise
                await asyncio.sleep(slower.retry_after)
                await self._write(click.user, message)
        except SlackCallError as error:
            log.warning("answer not given", reference=click.reference, user=click.user, error=str(error))

    async def _write(self, user: str, message: Message) -> None:
        with failures():
            opened = await self._client.conversations_open(users=user)
            await self._client.chat_postMessage(channel=opened["channel"]["id"], **message.as_arguments())

    async def _respond(self, click: Click, url: str, message: Message) -> bool:
        host = urlsplit(url).hostname
        if host not in {_HOOKS, self._local}:
            log.error("response_url of a foreign host is not used", reference=click.reference)
            return False
        body: dict[str, Any] = {
            "response_type": "ephemeral",
            "replace_original": click.ephemeral and click.kind == "action",
            **message.as_arguments(),
        }
        if click.thread_ts is not None and click.kind == "action":
            body["thread_ts"] = click.thread_ts
        try:
            async with self._session.post(url, json=body, timeout=_RESPONSE_TIMEOUT) as answer:
                if answer.ok:
                    return True
                log.warning("response_url refused", reference=click.reference, status=answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("response_url does not answer", reference=click.reference, error=type(error).__name__)
        return False


def with_reference(answer: Answer, reference: str) -> Answer:
    """Add the reference that the log line of a refused click carries too."""
    last = context(md("Reference {reference}", reference=reference))
    if isinstance(answer, Say):
        return Say(replace(answer.message, blocks=(*answer.message.blocks, last)))
    if isinstance(answer, Show):
        return replace(answer, view=replace(answer.view, blocks=(*answer.view.blocks, last)))
    if isinstance(answer, Errors) and answer.fields:
        field, sentence = next(iter(answer.fields.items()))
        return Errors({**answer.fields, field: f"{sentence} ({reference})"})
    return answer


def acknowledgement(answer: Answer) -> dict[str, Any]:
    """Return what the acknowledgement of a submitted form carries."""
    if isinstance(answer, Errors):
        return {"response_action": "errors", "errors": dict(answer.fields)}
    return {"response_action": "update", "view": as_view(answer).payload()}
