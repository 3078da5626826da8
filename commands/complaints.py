"""/faxi-complaints: what was complained about in 24 hours, 7 or 30 days, also about one account, for who asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from bot.base.shared import Shared
from bot.mail import accounts, complaint_report, metrics
from bot.mail.complaint_report import Week
from bot.mail.metrics import status
from bot.mail.metrics.complaints import Reported, complaints, near_limits
from bot.mail.metrics.status import Window
from bot.slack.interactions import Call, Catalogue, Help, Interaction, Outcome, Say
from commands import account_messages, complaint_messages, report_options
from commands.complaint_messages import BUTTONS, NEAR, SENDERS, Shown
from commands.report_commands import ReportCommand
from commands.report_options import PERIODS, SUMMARY, View

NAME = "/faxi-complaints"
_USAGE = (
    (NAME, "complaints of 24 hours, and who is near a limit"),
    (f"{NAME} 7d", "of 7 days; 30d of 30 days"),
    (f"{NAME} 30d +81…", "about one account, by number, mail address or id"),
)
_COMMAND = ReportCommand(
    NAME,
    "complaints:show",
    Help(
        need="Now",
        does="shows complaints, about whose mail, and who is near a limit",
        usage=_USAGE,
        hint="[24h, 7d or 30d] [number, mail address or id]",
    ),
    BUTTONS,
    parts=frozenset({NEAR, SENDERS}),
)


@dataclass(frozen=True)
class _Found:
    """What was counted for all who ask in the same moment."""

    window: Window
    reported: tuple[Reported, ...]
    weeks: tuple[tuple[Week, tuple[Reported, ...]], ...]
    near: tuple[tuple[UUID, int], ...]


def declarations(catalogue: Callable[[], Catalogue]) -> tuple[Interaction, ...]:
    """Return what showing complaints takes; what can be done about an account is read from the catalogue when asked."""
    kept: Mapping[str, Shared[_Found]] = {period: Shared() for period in PERIODS}

    async def looked(call: Call, view: View) -> Outcome:
        found = await kept[view.period].get(lambda: _count(call, view))
        seen_by = account_messages.reader(call, catalogue())
        may_ask = "restriction.ask" in seen_by.actions and seen_by.others_decide
        return await _drawn(call, view, found, may_ask=may_ask)

    async def command(call: Call) -> Outcome:
        period, words = report_options.split(call.click.text)
        if not words:
            return await looked(call, View(period))
        if not report_options.is_account(words):
            return await _not_known(call, words)
        return await _COMMAND.of_account(call, period, words, looked)

    return _COMMAND.interactions(command, looked)


async def _count(call: Call, view: View) -> _Found:
    start, now = call.now - view.length, call.now
    weeks = complaint_report.weeks(now, call.team.zone)
    return _Found(
        await status.window(call.connection, start, now),
        await complaints(call.connection, start, now),
        tuple([(week, await complaints(call.connection, week.start, week.end)) for week in weeks]),
        await near_limits(call.connection, now),
    )


async def _not_known(call: Call, words: str) -> Outcome:
    guess = report_options.guessed(words)
    if guess is None:
        return report_options.not_known(NAME, words, _USAGE, None)
    view = View(guess)
    offered = report_options.guess_button(f"Show {view.within}", BUTTONS.show, await BUTTONS.value(call, view))
    return report_options.not_known(NAME, words, _USAGE, (guess, offered))


async def _drawn(call: Call, view: View, found: _Found, *, may_ask: bool) -> Outcome:
    owner = view.owner
    account = await accounts.load(call.connection, owner) if owner else None
    if owner is not None and account is None:
        return report_options.gone(owner)

    def mine(some: tuple[Reported, ...]) -> tuple[Reported, ...]:
        return complaint_report.of_sender(some, owner) if owner else some

    weeks = tuple((week, complaint_report.report(mine(some)).counted) for week, some in found.weeks)
    report = complaint_report.report(mine(found.reported))
    shown = Shown(view, found.window, report, weeks, complaint_report.near(found.near), may_ask)
    if account is not None:
        mails = await metrics.mails_since(call.connection, account.id, found.window.start, found.window.end)
        said = await complaint_messages.of_account(call, shown, account, mails, dict(found.near).get(account.id, 0))
    elif view.part == SUMMARY:
        said = await complaint_messages.summary(call, shown)
    else:
        said = await complaint_messages.page(call, shown)
    about = "account" if owner else "all"
    parameters = {"period": view.period, "part": view.part, "of": about, "from": view.offset}
    return Outcome(Say(said), "shown", subject=owner, parameters=parameters)
