"""How complaints look: the verdict first, then the figures, who is near a limit, whose mail it was, and the weeks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.engine import handles
from bot.engine.handbook import Pair
from bot.engine.team import Team
from bot.mail import complaint_report, restrictions
from bot.mail.accounts import Account
from bot.mail.complaint_report import ComplaintReport, Near, Sender, Standing, Week
from bot.mail.metrics.status import Rate, Window
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, context, header, message, section
from bot.slack.interactions import Call
from bot.slack.text import Mrkdwn, md
from commands import report_rows, wording
from commands.report_options import View
from commands.report_rows import TOP, Buttons, fraction, percent, span
from commands.turning import PAGE

BUTTONS = Buttons("cp", "complaints.show", "complaints.previous", "complaints.next")
NEAR, SENDERS = "near", "senders"
ALL_DECIMALS = 3
"""Of the rate of all mail, whose limits are so small."""
_KINDS: Mapping[str, str] = {"not-spam": "not spam after all", "auth-failure": "failed check"}
"""What SES's names of kinds mean; abuse, fraud, virus and other are words already."""
_MOST_KINDS = 6
_STANDINGS: Mapping[Standing, str] = {
    "at_5": "at 5 or more",
    "near_5": "at 4",
    "at_3": "at 3",
    "near_3": "at 2",
}
_SAID: Mapping[Standing, str] = {
    "at_5": "limit 5 reached",
    "near_5": "1 below 5",
    "at_3": "limit 3 reached",
    "near_3": "1 below 3",
}
_TO_ASK: frozenset[Standing] = frozenset({"at_5", "near_5"})
"""Where the account stands whose restriction one may want to ask for."""


@dataclass(frozen=True)
class Shown:
    """A report for one person.

    Attributes:
        window: of all mail.
        report: of what was asked for.
        weeks: each with its complaints that count.
        may_ask: this person may ask for a restriction, and somebody else could decide.
    """

    view: View
    window: Window
    report: ComplaintReport
    weeks: tuple[tuple[Week, int], ...]
    near: tuple[Near, ...]
    may_ask: bool


async def summary(call: Call, shown: Shown) -> Message:
    """Draw all complaints of a window."""
    report, within, rate = shown.report, shown.view.within, shown.window.complaint_rate
    limits = call.team.runbook.thresholds.complaint_rate
    found = report_rows.verdict(rate, limits.warning, limits.critical)
    if not report.counted and not shown.window.sent:
        head, sentence = ":warning: No mail was sent", f"No mail was sent in {within}, and nobody complained."
    elif not report.counted:
        head, sentence = ":white_check_mark: Nobody complained", f"Nobody complained in {within}."
    elif not shown.window.sent:
        head = ":grey_question: Complaints, but no rate"
        sentence = f"There is no complaint rate, for nothing was sent: {_complaints(report.counted)} in {within}."
    else:
        head = f":{found.sign}: Complaints are {found.worst}"
        sentence = f"Complaints are {found.worst}: {fraction(rate)} in {within}."
    blocks = [header(head), section(_first(shown, found)), section(_figures(shown, found, limits))]
    blocks += await _near_top(call, shown)
    blocks += await _senders_top(call, shown)
    blocks.append(section(_weeks(shown.weeks, call.team)))
    return message(sentence, *blocks, _last(call, shown))


def _first(shown: Shown, found: report_rows.Verdict) -> Mrkdwn:
    """Say who is near a limit, and what the runbook has one do while the rate is over one."""
    lines = [md("*{near}*", near=_standings(shown.near))]
    if shown.report.counted and not found.calm:
        lines.append(
            md(
                "Next: contact these people at once and think of a restriction; "
                "tell management if it goes on. Watch the next 24 to 48 hours."
            )
        )
    return text.join("\n", lines)


def _standings(near: Sequence[Near]) -> Mrkdwn:
    if not near:
        return md("No account is near a limit.")
    told = [f"{count:,} {_STANDINGS[name]}" for name, count in complaint_report.standings(near).items() if count]
    who = wording.count(len(near), "account is", "accounts are")
    return md("{who} near a limit in 30 days: {told}.", who=who, told=", ".join(told))


def _figures(shown: Shown, found: report_rows.Verdict, limits: Pair) -> Mrkdwn:
    report, rate = shown.report, shown.window.complaint_rate
    lines = [
        md("*Last {within}*", within=shown.view.within),
        md(
            ":{sign}: *Complaints {percent}* ({fraction}), {word}",
            sign=Mrkdwn(found.sign),
            percent=percent(rate, ALL_DECIMALS, limits.warning, limits.critical),
            fraction=fraction(rate),
            word=found.word if rate.whole else "nothing was sent",
        ),
    ]
    return text.join("\n", [*lines, *kinds_of(report)])


def kinds_of(report: ComplaintReport) -> Iterable[Mrkdwn]:
    """Say of what kinds the complaints are, and which reports do not count."""
    if report.kinds:
        yield md("{kinds}", kinds=_in_words(report.kinds))
    if report.other_kinds:
        yield md("Not counted: {kinds}", kinds=_in_words(report.other_kinds))


def _in_words(kinds: Sequence[tuple[str, int]]) -> str:
    told = [f"{count:,} {_KINDS.get(kind, kind)}" for kind, count in kinds[:_MOST_KINDS]]
    left = sum(count for _, count in kinds[_MOST_KINDS:])
    return ", ".join([*told, f"{left:,} of other kinds"] if left else told)


async def _near_top(call: Call, shown: Shown) -> list[Block]:
    if not shown.near:
        return []
    more = await _show_all(call, shown.view.of(NEAR), len(shown.near), "near a limit")
    title = md("*Near a limit*, 30 days, since the last lift")
    return [section(title, more), *await _near_rows(call, shown, shown.near[:TOP])]


async def _senders_top(call: Call, shown: Shown) -> list[Block]:
    report = shown.report
    if not report.senders and not report.unknown_owner + report.unknown_not_counted:
        return []
    more = await _show_all(call, shown.view.of(SENDERS), len(report.senders), "senders")
    rows = await _sender_rows(call, report, report.senders[:TOP])
    return [section(md("*By sender*, last {within}", within=shown.view.within), more), *rows]


async def _show_all(call: Call, view: View, total: int, what: str) -> Block | None:
    if total <= TOP:
        return None
    words = f"Show all {total:,}"
    return await BUTTONS.to(call, view, words, f"{words} {what}")


async def _near_rows(call: Call, shown: Shown, near: Iterable[Near]) -> list[Block]:
    rows: list[Block] = []
    for one in near:
        words = md(", {count}: {standing}", count=_complaints(one.complaints), standing=_SAID[one.standing])
        may_ask = shown.may_ask and one.standing in _TO_ASK
        rows += await report_rows.account_row(call, one.owner, words, may_ask=may_ask)
    return rows


async def _sender_rows(call: Call, report: ComplaintReport, senders: Iterable[Sender]) -> list[Block]:
    rows: list[Block] = []
    for one in senders:
        rows += await report_rows.account_row(call, one.owner, md(", {of}", of=_of(one.counted, one.not_counted)))
    if report.unknown_owner or report.unknown_not_counted:
        of = _of(report.unknown_owner, report.unknown_not_counted)
        rows.append(report_rows.unknown_owner(md("{of}", of=of)))
    return rows


def _of(counted: int, not_counted: int) -> str:
    if not not_counted:
        return _complaints(counted)
    return f"{_complaints(counted)}, {not_counted:,} not counted"


async def page(call: Call, shown: Shown) -> Message:
    """Draw a page of those near a limit, or of the senders."""
    view = shown.view
    listed: Sequence[Near] | Sequence[Sender] = shown.near if view.part == NEAR else shown.report.senders
    total = len(listed)
    if view.offset >= total:
        view = view.of(view.part)
    some = listed[view.offset : view.offset + PAGE]
    pages = f"{span(view.offset, total) if total else '0'} of {total:,}"
    if view.part == NEAR:
        head, where = "Accounts near a limit", md("{pages}, 30 days, since the last lift", pages=pages)
        rows = await _near_rows(call, shown, [one for one in some if isinstance(one, Near)])
    else:
        head, where = "Complaints by sender", md("{pages} senders, last {within}", pages=pages, within=view.within)
        rows = await _sender_rows(call, shown.report, [one for one in some if isinstance(one, Sender)])
    blocks = [header(head), section(where), *rows, await BUTTONS.pages(call, view, total)]
    return message(f"{head}, {pages}.", *blocks, _last(call, shown))


async def of_account(call: Call, shown: Shown, account: Account, mails: int, in_30_days: int) -> Message:
    """Draw the complaints about one person's mail.

    Params:
        mails: distinct messages that the person sent in the window.
        in_30_days: complaints since the last lift, as on the account's own page.
    """
    report, within, rate = shown.report, shown.view.within, Rate(shown.report.counted, mails)
    value = await handles.mint(call.connection, restrictions.ACCOUNT, str(account.id), 1, call.now)
    standing = complaint_report.standing(in_30_days)
    said = f"{_complaints(in_30_days)} in 30 days"
    lines = [
        md("*{masked}*", masked=account.number_masked),
        md("{said}: {standing}.", said=said, standing=_SAID[standing] if standing else "near no limit"),
        md("*Last {within}*", within=within),
        md("Complaints {percent} ({fraction} mails)", percent=percent(rate, 2), fraction=fraction(rate)),
        *kinds_of(report),
    ]
    row = [report_rows.show_button(account, value)]
    if shown.may_ask and standing in _TO_ASK and await report_rows.can_be_asked(call, account.id):
        row.append(report_rows.ask_button(account, value))
    row.append(await BUTTONS.to(call, View(shown.view.period), "Show all complaints"))
    blocks = [
        header("Complaints about one account"),
        section(text.join("\n", lines)),
        actions(*row),
        section(_weeks(shown.weeks, call.team)),
    ]
    return message(f"One account: {_complaints(report.counted)} in {within}.", *blocks, _last(call, shown))


def _weeks(weeks: Iterable[tuple[Week, int]], team: Team) -> Mrkdwn:
    lines = [md("*By week*, Monday to Sunday")]
    for week, count in weeks:
        monday, sunday = (_day(week, team, back) for back in (0, 6))
        span_of = md("{monday} to {sunday}", monday=monday, sunday=sunday)
        lines.append(md("{span}: {count}", span=span_of if week.whole else md("Since {day}", day=monday), count=count))
    return text.join("\n", lines)


def _day(week: Week, team: Team, later: int) -> str:
    """Write a day of a week without its year: ``Mon 23 Nov``."""
    day = week.monday + timedelta(days=later)
    return str(text.day(datetime.combine(day, time(12), team.zone), team.zone)).rpartition(" ")[0]


def _complaints(count: int) -> str:
    return wording.count(count, "complaint", "complaints")


def _last(call: Call, shown: Shown) -> Block:
    at = text.instant(shown.window.end, call.team.zone)
    return context(
        md(
            "Counted at {at}, each mail once. `/faxi-complaints 7d` or `30d` looks further back; "
            "`/faxi-account` shows one person. This look is recorded.",
            at=at,
        )
    )
