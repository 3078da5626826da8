"""See the fax: what a person gets, as its picture or, until Slack can show that, in the same words."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from bot.engine import approvals, cases, handles
from bot.engine.access import Right
from bot.mail import faxes, previews, restrictions
from bot.mail.crossings import RESTRICT
from bot.paper import notices
from bot.paper.notices import Notice
from bot.slack.blocks import Block, View, button, context, image, message, modal, quote, section
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Handler, Interaction, Outcome, Say, Show
from bot.slack.text import Mrkdwn, md
from commands import fax_messages, wording

TITLE: Final = "The fax"
ACTIONS: Final[Mapping[faxes.Kind, str]] = {
    "restriction": "fax.show",
    "lift": "fax.show.lift",
    "apology": "fax.show.apology",
}
"""The button of each kind of notice; its value names a request or, in a form before asking, an account."""
_UNCHANGED = md("Nothing was changed.")


def see_button(kind: faxes.Kind, value: str, case_number: str | None = None) -> Block:
    """Make the button that shows what the person gets.

    Params:
        value: that of the request's other buttons or, in a form before asking, the account's.
        case_number: the case of the request, for who hears the button only.
    """
    of = f" in {case_number}" if case_number else ""
    return button("See the fax", ACTIONS[kind], value, label=f"See the fax that the person gets{of}")


@dataclass(frozen=True)
class _About:
    """Which fax is to be shown."""

    kind: faxes.Kind
    user_id: UUID
    reason: str | None
    case_id: int | None


def _looking(_click: Click) -> View:
    return looking(TITLE)


async def _show(kind: faxes.Kind, call: Call) -> Outcome:
    about = await _about(call, kind)
    if isinstance(about, Outcome):
        return about
    why = "not_set_up" if not call.team.faxes else await faxes.unfit(call.connection, about.user_id)
    if why is not None:
        none = md(":warning: *No fax can go out:* {why}.\nSomeone must call the person.", why=fax_messages.because(why))
        return _nothing(call, about, none, why)
    complaints, lacking = await _counted(call, about)
    if lacking is not None:
        return _nothing(call, about, lacking, "no_count")
    shown = await previews.sample(
        call.connection,
        call.team,
        kind=about.kind,
        user_id=about.user_id,
        reason=about.reason,
        complaints=complaints,
    )
    pages: tuple[str, ...] = ()
    if about.case_id is not None:
        pages = await previews.pages_of(call.connection, about.case_id, shown)
    notice = shown.notice(previews.support_of(call.team), call.now.astimezone(call.team.zone).date())
    close = _close(call)
    return Outcome(
        Show(in_words(notice, close), above=True, pictured=in_pictures(notice, pages, close) if pages else None),
        "shown",
        case_id=about.case_id,
        subject=about.user_id,
        parameters={"notice": about.kind, "pages": len(pages)},
    )


async def _about(call: Call, kind: faxes.Kind) -> _About | Outcome:
    """Say what the button is about: a request that waits, or the account of a form."""
    value = call.click.value
    request = await handles.resolve(call.connection, approvals.HANDLE, value)
    if request is not None:
        approval = await approvals.load(call.connection, int(request.subject))
        wanted = previews.NOTICES.get(approval.action) if approval else None
        if approval is None or wanted is None:
            return _old(call)
        about = _About(wanted, approval.subject, approval.reason, approval.case_id)
        if approval.waiting:
            return about
        number = cases.number(approval.case_id)
        decided = md(":heavy_minus_sign: *This request is decided* ({number}).\n{rest}", number=number, rest=_UNCHANGED)
        return _nothing(call, about, decided, "already_decided")
    account = await handles.resolve(call.connection, restrictions.ACCOUNT, value)
    if account is None:
        return _old(call)
    return _About(kind, UUID(account.subject), call.click.values.get("reason"), None)


async def _counted(call: Call, about: _About) -> tuple[int | None, Mrkdwn | None]:
    """Return how many complaints the fax would name now, or in words why there is no such fax."""
    if about.kind != "restriction" or about.reason not in {None, "complaints"}:
        return None, None
    count = (await restrictions.facts_of(call.connection, about.user_id, call.now)).complaints
    if count >= RESTRICT:
        return count, None
    if about.reason is None:
        return None, md(":grey_question: *Please choose a reason first.* The fax says it.")
    said = wording.count(count, "complaint", "complaints")
    return None, md(
        ":grey_question: *No fax for this reason:* {count} in 30 days, and {least} are needed.",
        count=said,
        least=RESTRICT,
    )


def _close(call: Call) -> str:
    return "Back" if call.click.view_type == "modal" else "Close"


def _nothing(call: Call, about: _About, said: Mrkdwn, why: str) -> Outcome:
    """Answer that there is no fax to see."""
    view = modal("fax.preview", TITLE, section(said), close=_close(call))
    return Outcome(
        Show(view, above=True), f"refused:{why}", allowed=False, case_id=about.case_id, subject=about.user_id
    )


def _old(call: Call) -> Outcome:
    said = md(":heavy_minus_sign: *This button is old.* Nothing was changed.\n`/faxi-case` shows what is open.")
    if call.click.view_type == "modal":
        # The form stays as it is, with what was typed.
        show = Show(modal("fax.preview", TITLE, section(said), close="Back"), above=True)
        return Outcome(show, "refused:unknown_button", allowed=False)
    answer = message("This button is old, so nothing was changed.", section(said))
    return Outcome(Say(answer), "refused:unknown_button", allowed=False)


def _gist(notice: Notice) -> Block:
    words = Mrkdwn(notices.gist(notice))  # ours alone, with a count in it
    return context(
        md("In short: {gist}", gist=words) if notice.language == "en" else md("In English: {gist}", gist=words)
    )


def in_words(notice: Notice, close: str) -> View:
    """Show what the person gets as text, which is the same as on the page."""
    language = previews.LANGUAGES[notice.language]
    return modal(
        "fax.preview",
        TITLE,
        section(md("*What the person gets*, in {language}", language=language)),
        quote(notices.wording(notice).text()),
        _gist(notice),
        close=close,
    )


def in_pictures(notice: Notice, pages: tuple[str, ...], close: str) -> View:
    """Show the pages that the person gets."""
    return modal("fax.preview", TITLE, *pictures(notice, pages), _gist(notice), close=close)


def pictures(notice: Notice, pages: tuple[str, ...]) -> list[Block]:
    """Draw the pages that the person gets, by Slack's ids of them."""
    titles = [f"What the person gets ({wording.count(len(pages), 'page', 'pages')})"]
    titles += [f"Page {number} of {len(pages)}" for number in range(2, len(pages) + 1)]
    return [
        image(previews.alt(notice, number, len(pages)), file_id=page, title=title)
        for number, (page, title) in enumerate(zip(pages, titles, strict=True), start=1)
    ]


def declarations() -> tuple[Interaction, ...]:
    """Return how one looks at a fax before it goes."""
    return tuple(
        Interaction("action", name, "fax:show", Right.READ, _handler(kind), opening=_looking)
        for kind, name in ACTIONS.items()
    )


def _handler(kind: faxes.Kind) -> Handler:
    return partial(_show, kind)
