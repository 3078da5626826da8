"""How bounces look: the verdict and the pattern first, then kinds, domains, reasons and senders, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.engine import handles
from bot.engine.handbook import Pair
from bot.mail import accounts, restrictions
from bot.mail.accounts import Account
from bot.mail.bounce_report import MANY, BounceReport, Name, Pattern, Place, Sender
from bot.mail.metrics.status import Rate, Window
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, context, header, message, section
from bot.slack.interactions import Call
from bot.slack.text import Mrkdwn, md
from commands import bounce_words, report_rows, wording
from commands.bounce_words import count_of
from commands.report_options import View
from commands.report_rows import TOP, Buttons, fraction, percent, span
from commands.turning import PAGE

BUTTONS = Buttons("bo", "bounces.show", "bounces.previous", "bounces.next")
PLACES, SENDERS = "domains", "senders"


@dataclass(frozen=True)
class Shown:
    """A report for one person.

    Attributes:
        window: of all mail.
        report: of what was asked for.
        before: how many bounces the window before had.
    """

    view: View
    window: Window
    report: BounceReport
    before: int


async def summary(call: Call, shown: Shown) -> Message:
    """Draw all bounces of a window."""
    view, report, rate = shown.view, shown.report, shown.window.bounce_rate
    limits = call.team.runbook.thresholds.bounce_rate
    found = report_rows.verdict(rate, limits.warning, limits.critical)
    if not report.kinds.total:
        return _nothing(call, shown)
    first = [md("*{pattern}*", pattern=await _pattern(call, report.pattern, report.kinds.total))]
    if not found.calm:
        first.append(md("Next: {what}", what=bounce_words.what_next(report.pattern)))
    head = f":{found.sign}: " + (f"Bounces are {found.worst}" if found.worst else "Bounces, but no rate")
    blocks = [header(head), section(text.join("\n", first)), *await _show_cause(call, report.pattern)]
    blocks.append(section(_figures(shown, found, limits)))
    blocks += await _taken_apart(call, view, report)
    blocks.append(section(bounce_words.new_or_again(report, view.within)))
    where = {"sender": ", most of one sender", "place": ", most at one place", "reason": ", most for one reason"}
    tail = where[report.pattern.what] if report.pattern else ""
    said = f"Bounces are {found.worst}: {fraction(rate)}"
    if not found.worst:
        said = f"There is no bounce rate, for nothing was sent: {count_of(report.kinds.total)}"
    sentence = f"{said} in {view.within}{tail}."
    return message(sentence, *blocks, _last(call, shown))


def _nothing(call: Call, shown: Shown) -> Message:
    within, sent = shown.view.within, shown.window.sent
    if sent:
        rate = f"{percent(shown.window.bounce_rate, 2)} ({fraction(shown.window.bounce_rate)})"
        said = md(":white_check_mark: *Nothing bounced in {within}.*\nBounces {rate}.", within=within, rate=rate)
        return message(f"Nothing bounced in {within}.", section(said), _last(call, shown))
    said = md(
        ":warning: *No mail was sent in {within}*, and nothing bounced: no rate.\nPlease check that mail goes out.",
        within=within,
    )
    return message(f"No mail was sent in {within}, and nothing bounced.", section(said), _last(call, shown))


async def of_account(call: Call, shown: Shown, account: Account, mails: int) -> Message:
    """Draw the bounces of one person's mail.

    Params:
        mails: distinct messages that the person sent in the window.
    """
    report, within, rate = shown.report, shown.view.within, Rate(shown.report.kinds.total, mails)
    value = await handles.mint(call.connection, restrictions.ACCOUNT, str(account.id), 1, call.now)
    lines = [md("*{masked}*", masked=account.number_masked)]
    share = f"{percent(rate, 2)} ({fraction(rate)} mails)"
    if not rate.part:
        lines.append(md("Nothing bounced in {within}: {share}.", within=within, share=share))
    else:
        pattern = await _pattern(call, report.pattern, report.kinds.total)
        lines += [md("{pattern}", pattern=pattern), md("Bounces {share} in {within}", share=share, within=within)]
        lines.append(md("{kinds}", kinds=bounce_words.by_kind(report.kinds)))
    lines.append(md("In the {within} before: {count}.", within=within, count=count_of(shown.before)))
    blocks: list[Block] = [header("Bounces of one account"), section(text.join("\n", lines))]
    if rate.part:
        blocks += [
            section(bounce_words.by_domain(report, report.places[:PAGE], report.places[PAGE:])),
            section(bounce_words.by_reason(report)),
        ]
    row = [report_rows.show_button(account, value), await BUTTONS.to(call, View(shown.view.period), "Show all bounces")]
    count = count_of(rate.part)
    return message(f"One account: {count} in {within}.", *blocks, actions(*row), _last(call, shown))


async def of_place(call: Call, shown: Shown, name: Name) -> Message:
    """Draw the bounces at one carrier or domain, of which three people or more are known."""
    report, view = shown.report, shown.view
    share = Rate(report.kinds.total, shown.window.bounced)
    lines = [
        md("*{place}*", place=bounce_words.called(name)),
        md("{pattern}", pattern=await _pattern(call, report.pattern, report.kinds.total)),
        md("{share} of all bounces in {within}", share=f"{percent(share, 2)} ({fraction(share)})", within=view.within),
        md("{kinds}", kinds=bounce_words.by_kind(report.kinds)),
        md("In the {within} before: {count}.", within=view.within, count=count_of(shown.before)),
    ]
    blocks = [header("Bounces at one place"), section(text.join("\n", lines)), section(bounce_words.by_reason(report))]
    if name.carrier and report.places:
        blocks.append(section(bounce_words.by_domain(report, report.places)))
    blocks += await _senders_top(call, view, report)
    blocks.append(actions(await BUTTONS.to(call, View(view.period), "Show all bounces")))
    sentence = f"At this place {count_of(report.kinds.total)} in {view.within}."
    return message(sentence, *blocks, _last(call, shown))


def few_at(call: Call, shown: Shown, name: Name, near: Block | None) -> Message:
    """Say that nothing bounced at a place, or of too few people to say more; ``near`` shows one of a like name."""
    count = shown.report.kinds.total
    if count:
        said = md(
            ":heavy_minus_sign: *{count} in {within}, of fewer than 3 people.*\n"
            "It would tell who writes to whom, so no more is shown. `/faxi-account` shows one person.",
            count=count_of(count),
            within=shown.view.within,
        )
        return message("Too few people's mails bounced there to show more.", section(said), _last(call, shown))
    said = md(
        ":heavy_minus_sign: *Nothing bounced at {place} in {within}.*\n"
        "In the {within} before: {count}. Whether mail was sent there is not counted.",
        place=bounce_words.called(name),
        within=shown.view.within,
        count=count_of(shown.before),
    )
    more = [actions(near)] if near is not None else []
    return message(f"Nothing bounced there in {shown.view.within}.", section(said), *more, _last(call, shown))


def one_of_both(row: Sequence[Block]) -> Message:
    """Say that bounces are shown of one account or at one place; ``row`` shows either."""
    said = md(
        ":grey_question: *An account or a domain, one at a time.* Nothing was looked up.\n"
        "The account lists its domains. To type it: `/faxi-bounces 7d +81…`, or `/faxi-bounces 7d docomo`."
    )
    sentence = "Bounces are shown of one account or at one domain, so nothing was looked up."
    return message(sentence, section(said), *(actions(one) for one in row))


async def page(call: Call, shown: Shown) -> Message:
    """Draw a page of the domains, or of the senders."""
    view, report = shown.view, shown.report
    listed: Sequence[Place] | Sequence[Sender] = report.places if view.part == PLACES else report.senders
    total = len(listed)
    if view.offset >= total:
        view = view.of(view.part)
    some = listed[view.offset : view.offset + PAGE]
    what = "domains" if view.part == PLACES else "senders"
    pages = f"{span(view.offset, total) if total else '0'} of {total:,}"
    where = md("{pages} {what}{at}, last {within}", pages=pages, what=what, at=_at(view), within=view.within)
    blocks: list[Block] = [header(f"Bounces by {what.removesuffix('s')}"), section(where)]
    if view.part == PLACES:
        blocks.append(section(bounce_words.by_domain(report, [one for one in some if isinstance(one, Place)])))
    else:
        blocks += await _sender_rows(call, report, [one for one in some if isinstance(one, Sender)])
    blocks.append(await BUTTONS.pages(call, view, total))
    return message(f"{what.capitalize()} of bounces, {pages}.", *blocks, _last(call, shown))


def _at(view: View) -> Mrkdwn:
    """Say at which place, where the page is about one."""
    return md(" at {place}", place=bounce_words.called_so(view.place)) if view.place else md("")


async def _taken_apart(call: Call, view: View, report: BounceReport) -> list[Block]:
    more = None
    if len(report.places) > TOP:
        more = await BUTTONS.to(call, view.of(PLACES), f"Show all {len(report.places):,} domains")
    return [
        section(bounce_words.by_domain(report, report.places[:TOP], report.places[TOP:]), more),
        section(bounce_words.by_reason(report)),
        *await _senders_top(call, view, report),
    ]


async def _senders_top(call: Call, view: View, report: BounceReport) -> list[Block]:
    more = None
    if len(report.senders) > TOP:
        more = await BUTTONS.to(call, view.of(SENDERS), f"Show all {len(report.senders):,} senders")
    rows = await _sender_rows(call, report, report.senders[:TOP])
    if len(report.senders) <= TOP:
        return [section(md("*By sender*")), *rows]
    left = sum(one.kinds.total for one in report.senders[TOP:])
    count = wording.count(len(report.senders) - TOP, "other sender", "other senders")
    return [
        section(md("*By sender*"), more),
        *rows,
        section(md("{count}, {left}", count=count, left=count_of(left))),
    ]


async def _sender_rows(call: Call, report: BounceReport, senders: Sequence[Sender]) -> list[Block]:
    rows: list[Block] = []
    for one in senders:
        again = ", also before" if one.again else ", new"
        words = md(
            ", {count} ({kinds}){again}",
            count=count_of(one.kinds.total),
            kinds=bounce_words.among(one.kinds),
            again=again,
        )
        rows += await report_rows.account_row(call, one.owner, words)
    if report.unknown_owner:
        rows.append(report_rows.unknown_owner(md("{count}", count=count_of(report.unknown_owner))))
    return rows


def _figures(shown: Shown, found: report_rows.Verdict, limits: Pair) -> Mrkdwn:
    rate = shown.window.bounce_rate
    return md(
        "*Last {within}*\n:{sign}: *Bounces {percent}* ({fraction}), {word}\n{kinds}\n"
        "In the {within} before: {before}.",
        within=shown.view.within,
        sign=Mrkdwn(found.sign),
        percent=percent(rate, 2, limits.warning, limits.critical),
        fraction=fraction(rate),
        word=found.word if rate.whole else "nothing was sent",
        kinds=bounce_words.by_kind(shown.report.kinds),
        before=count_of(shown.before),
    )


async def _pattern(call: Call, pattern: Pattern | None, total: int) -> Mrkdwn:
    """Say in a sentence what the bounces have in common, if they have."""
    if pattern is None:
        return md("Too few bounces to see a pattern.") if total < MANY else md("No clear pattern.")
    share = Rate(pattern.part, pattern.whole)
    part = f"{percent(share, 2)} ({fraction(share)})"
    if pattern.what == "reason" and pattern.reason is not None:
        return md("{part}: {reason}.", part=part, reason=bounce_words.REASONS[pattern.reason])
    tail = ""
    if pattern.reason is not None:
        said = bounce_words.REASONS[pattern.reason]
        tail = f", all {said}" if pattern.by_reason == pattern.part else f", {pattern.by_reason:,} of them {said}"
    if pattern.owner is not None:
        account = await accounts.load(call.connection, pattern.owner)
        who = account.number_masked if account else "an account that is gone"
        return md("{part} of one sender, {who}{tail}.", part=part, who=who, tail=tail)
    if pattern.place is None:
        return md("{part} went to one domain of fewer than 3 senders{tail}.", part=part, tail=tail)
    place = bounce_words.called_so(pattern.place)
    return md("{part} went to {place}{tail}.", part=part, place=place, tail=tail)


async def _show_cause(call: Call, pattern: Pattern | None) -> list[Block]:
    """Make the button that shows the account of which most bounces are."""
    account = await accounts.load(call.connection, pattern.owner) if pattern and pattern.owner else None
    if account is None:
        return []
    value = await handles.mint(call.connection, restrictions.ACCOUNT, str(account.id), 1, call.now)
    return [actions(report_rows.show_button(account, value))]


def _last(call: Call, shown: Shown) -> Block:
    at = text.instant(shown.window.end, call.team.zone)
    return context(
        md(
            "Counted at {at}. `/faxi-bounces 7d` or `30d` looks further back; `/faxi-account` shows one person. "
            "Addresses stay hidden. This look is recorded.",
            at=at,
        )
    )
