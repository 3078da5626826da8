"""How the status looks: first what needs the reader, then the figures, each with its fraction, its limit and a word."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.duty.status import Accounts, Figures, Part, Work
from bot.engine.team import Team
from bot.mail.crossings import RESTRICT
from bot.mail.metrics import limits
from bot.mail.metrics.limits import Limit
from bot.mail.metrics.status import Delivery, MailFigures, Rate, Window
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, context, divider, header, message, section
from bot.slack.text import Mrkdwn, md
from commands import wording
from commands.needs_you import Needs, Thing
from commands.report_rows import fraction, in_percent, percent

_COMPLAINTS = (limits.COMPLAINTS_WARN, limits.COMPLAINTS)
_BOUNCES = (limits.BOUNCES_WARN, limits.BOUNCES)
_SIGNS = {
    "rotating_light": md(":rotating_light:"),
    "warning": md(":warning:"),
    "white_check_mark": md(":white_check_mark:"),
    "grey_question": md(":grey_question:"),
}
_URGENT = ("rotating_light", "warning", "grey_question", "raised_hand")
_CLOSE = timedelta(hours=24)
_SETTLED = "the last hour is not counted yet"
_WHY = {"slow": "The database takes too long to answer this.", "broken": "The database refuses to answer this."}
NAMES = {"mail": "Mail figures", "accounts": "Flagged accounts", "work": "Open work"}


def whole(figures: Figures, needs: Needs, buttons: Sequence[Block], names: dict[str, str], team: Team) -> Message:
    """Draw the status for one person.

    Params:
        figures: what everybody sees alike.
        needs: what needs this person.
        buttons: what leads on from here, at most five.
        names: of people by id.
        team: whom the bot works for.
    """
    unknown = _unknown(figures)
    wrong = _wrong(figures)
    blocks: list[Block] = [header(_verdict(needs, unknown, wrong))]
    for place, one in enumerate(needs.things):
        blocks += _thing(one, primary=place == 0)
    more = needs.total - len(needs.things)
    if more > 0:
        blocks.append(section(md("And {more} more: `/faxi-case` lists what is open.", more=f"{more:,}")))
    blocks += [section(_since(name, part, figures.at, team)) for name, part in unknown]
    if not needs.total and not unknown and wrong:
        blocks.append(section(text.join("\n", [md("*{what}*", what=one) for one in wrong])))
    if len(blocks) > 1:
        blocks.append(divider())
    blocks += [section(_mail(figures, team)), section(_rest(figures, names, team))]
    if buttons:
        blocks.append(actions(*buttons))
    blocks.append(context(_counted(figures, team)))
    return message(_sentence(needs, unknown, wrong, figures, team), *blocks)


def last_known(figures: Figures | None, since: datetime, team: Team) -> Message:
    """Draw what is shown while the database does not answer: what was known last, with its time."""
    said = md(
        "*The database does not answer since {since}.*\nUntil it does, no rate can raise an alert.",
        since=text.instant(since, team.zone),
    )
    blocks: list[Block] = [header(":grey_question: The figures are unknown"), section(said), divider()]
    if figures is not None and figures.mail.value is not None and figures.mail.at is not None:
        known = figures.mail.value.figures
        today = known.today
        lines = [
            md("*Last known, {at}*", at=_moment(figures.mail.at, since, team)),
            md("Complaints {rate}", rate=_written(today.complaint_rate, 3, *_COMPLAINTS)),
            md("Bounces {rate}{kinds}", rate=_written(today.bounce_rate, 2, *_BOUNCES), kinds=_colon(_kinds(today))),
            md(
                "Delivered {rate}",
                rate=_written(known.delivery.rate, 2, limits.DELIVERED, more="; the last hour was not counted yet"),
            ),
        ]
    else:
        lines = [md("*Nothing is known* from before: the bot has not counted since it was started.")]
    blocks.append(section(text.join("\n", lines)))
    blocks.append(section(text.join("\n", [md("*Open* unknown"), *_not_set_up()])))
    blocks.append(context(md("What is pressed now changes nothing. Please press again when the database is back.")))
    at = f"{text.clock_time(since, team.zone)} {wording.zone_name(since, team.zone)}"
    return message(f"The figures are unknown since {at}: the database does not answer.", *blocks)


def _verdict(needs: Needs, unknown: Sequence[object], wrong: Sequence[str]) -> str:
    if needs.total:
        sign = min((one.sign for one in needs.things), key=_URGENT.index, default="warning")
        verb = "thing needs" if needs.total == 1 else "things need"
        return f":{sign}: {needs.total:,} {verb} you"
    if unknown:
        return f":grey_question: {_unknown_things(len(unknown))}"
    return ":warning: Not all is well" if wrong else ":white_check_mark: All well. Nothing needs you"


def _unknown_things(count: int) -> str:
    return f"{wording.count(count, 'thing is', 'things are')} unknown"


def _sentence(
    needs: Needs, unknown: Sequence[tuple[str, Part[object]]], wrong: Sequence[str], figures: Figures, team: Team
) -> str:
    if needs.total:
        first = needs.things[0] if needs.things else None
        verb = "1 thing needs" if needs.total == 1 else f"{needs.total:,} things need"
        by = f" by {wording.until(first.by, team)}" if first and first.by else ""
        what = f": {first.sentence}" if first else ""
        return f"{verb} you{by}{what}."
    if unknown:
        name, part = unknown[0]
        since = part.unknown_since or figures.at
        at = f"{text.clock_time(since, team.zone)} {wording.zone_name(since, team.zone)}"
        return f"{_unknown_things(len(unknown))}: {name.lower()} did not come since {at}."
    if wrong:
        return f"Nothing needs you, but not all is well: {wrong[0][:1].lower()}{wrong[0][1:]}"
    return "All is well, and nothing needs you."


def _thing(one: Thing, *, primary: bool) -> list[Block]:
    drawn: list[Block] = [section(one.words)]
    row = list(one.buttons)
    if row and primary:
        row[0] = {**row[0], "style": "primary"}
    return [*drawn, actions(*row)] if row else drawn


def _unknown(figures: Figures) -> list[tuple[str, Part[object]]]:
    parts: tuple[tuple[str, Part[object]], ...] = (
        ("mail", figures.mail),
        ("accounts", figures.accounts),
        ("work", figures.work),
    )
    return [(NAMES[name], part) for name, part in parts if part.unknown_since is not None]


def _since(name: str, part: Part[object], now: datetime, team: Team) -> Mrkdwn:
    known = md(" Last known at {at}.", at=_moment(part.at, now, team)) if part.at else md("")
    return md(
        "*{name} unknown since {since}.* {why}{known}",
        name=name,
        since=_moment(part.unknown_since or now, now, team),
        why=_WHY[part.why or "slow"],
        known=known,
    )


def _wrong(figures: Figures) -> list[str]:
    """Return what is not as it should be, as sentences, whomever it concerns."""
    said = []
    mail, work = figures.mail.now, figures.work.now
    if mail is not None:
        today, delivery = mail.figures.today, mail.figures.delivery
        for name, rate, (warn, critical) in (
            ("Complaints", today.complaint_rate, _COMPLAINTS),
            ("Bounces", today.bounce_rate, _BOUNCES),
        ):
            if rate.over(*warn):
                said.append(f"{name} are over {in_percent(critical if rate.over(*critical) else warn)}.")
        if delivery.rate.under(*limits.DELIVERED):
            said.append(f"Less than {in_percent(limits.DELIVERED)} is delivered.")
        if not today.sent:
            said.append("No mail was sent in 24 hours, so there is no rate.")
    if work is not None:
        said += _troubles(work, figures.at)
    return said


def _troubles(work: Work, now: datetime) -> list[str]:
    found = {
        "Nobody is on call.": work.duty is None,
        "The bot sends nothing at present.": not work.led,
        "What is due is late.": work.late(now),
        "Records wait for their anchor.": work.unanchored(now),
        "Slack refused a message.": bool(work.undelivered),
        "Nobody knows of a fax whether it went out.": bool(work.in_doubt),
    }
    return [sentence for sentence, so in found.items() if so]


def _mail(figures: Figures, team: Team) -> Mrkdwn:
    mail = figures.mail.now
    if mail is None:
        part = figures.mail
        since = _moment(part.unknown_since or figures.at, figures.at, team)
        lines = [md("*Last 24 hours*"), md(":grey_question: *Mail* unknown since {since}", since=since)]
        if part.value is not None and part.at is not None:
            known = part.value.figures
            lines += [
                md("Last known, {at}", at=_moment(part.at, figures.at, team)),
                *_rates(known),
            ]
        return text.join("\n", lines)
    return text.join("\n", [md("*Last 24 hours*"), *_rates(mail.figures)])


def _rates(known: MailFigures) -> list[Mrkdwn]:
    today, before = known.today, known.before
    return [
        *_over("Complaints", today.complaint_rate, before.complaint_rate, 3, _COMPLAINTS, _uncounted(today)),
        *_over("Bounces", today.bounce_rate, before.bounce_rate, 2, _BOUNCES, _kinds(today)),
        *_delivered(known.delivery, known.delivery_before),
    ]


def _over(name: str, rate: Rate, before: Rate, decimals: int, both: tuple[Limit, Limit], parts: str) -> list[Mrkdwn]:
    warn, critical = both
    day_before = f"day before {_written(before, decimals, *both)}"
    if not rate.whole:
        counted = f"{parts}, for older mail" if rate.part and parts else fraction(rate) + " sent"
        return [
            md(":grey_question: *{name}* no rate: {counted}", name=name, counted=counted),
            md("{before}", before=day_before),
        ]
    if rate.over(*critical):
        sign, limit = "rotating_light", f"over {in_percent(critical)}"
    elif rate.over(*warn):
        sign, limit = "warning", f"over {in_percent(warn)}, limit {in_percent(critical)}"
    else:
        sign, limit = "white_check_mark", f"limit {in_percent(critical)}"
    return [
        md(
            "{sign} *{name} {percent}* ({fraction})",
            sign=_SIGNS[sign],
            name=name,
            percent=percent(rate, decimals, *both),
            fraction=fraction(rate),
        ),
        md("{parts}{limit}, {before}", parts=f"{parts}; " if parts else "", limit=limit, before=day_before),
    ]


def _delivered(now: Delivery, before: Delivery) -> list[Mrkdwn]:
    day_before = f"day before {_written(before.rate, 2, limits.DELIVERED)}"
    if not now.sent:
        counted = f"{fraction(now.rate)} sent; {_SETTLED}"
        return [
            md(":grey_question: *Delivered* no rate: {counted}", counted=counted),
            md("{before}", before=day_before),
        ]
    under = now.rate.under(*limits.DELIVERED)
    least = in_percent(limits.DELIVERED)
    return [
        md(
            "{sign} *Delivered {percent}* ({fraction}; {settled})",
            sign=_SIGNS["rotating_light" if under else "white_check_mark"],
            percent=percent(now.rate, 2, limits.DELIVERED),
            fraction=fraction(now.rate),
            settled=_SETTLED,
        ),
        md("{limit}, {before}", limit=f"under {least}" if under else f"at least {least}", before=day_before),
    ]


def _written(rate: Rate, decimals: int, *marks: Limit, more: str = "") -> str:
    return f"{percent(rate, decimals, *marks)} ({fraction(rate)}{more})"


def _kinds(window: Window) -> str:
    """Say of what kinds the bounces are; kinds that did not occur are left out."""
    kinds = {"permanent": window.permanent, "temporary": window.transient, "unclear": window.undetermined}
    return ", ".join(f"{number:,} {word}" for word, number in kinds.items() if number)


def _colon(parts: str) -> str:
    return f": {parts}" if parts else ""


def _uncounted(window: Window) -> str:
    return f"{wording.count(window.not_counted, 'report', 'reports')} not counted" if window.not_counted else ""


def _rest(figures: Figures, names: dict[str, str], team: Team) -> Mrkdwn:
    work, accounts = figures.work.now, figures.accounts.now
    lines = [*_on_call(work, names, figures, team), _open(work, accounts)]
    if work is not None:
        lines += _messages(work)
    lines += _not_set_up()
    if work is not None:
        lines += _health(work, figures.at, team)
    return text.join("\n", lines)


def _on_call(work: Work | None, names: dict[str, str], figures: Figures, team: Team) -> list[Mrkdwn]:
    if work is None:
        return [md(":grey_question: *On call* unknown")]
    if work.duty is None:
        return [md(":warning: *On call* nobody")]
    since = _moment(work.duty.since, figures.at, team)
    return [md("*On call* {who}, since {since}", who=names.get(work.duty.person, work.duty.person), since=since)]


def _open(work: Work | None, accounts: Accounts | None) -> Mrkdwn:
    parts = []
    if accounts is not None:
        if accounts.flagged:
            parts.append(wording.count(accounts.flagged, "flagged account", "flagged accounts"))
        if accounts.at_limit:
            parts.append(f"{accounts.at_limit:,} of them at {RESTRICT} complaints")
        if accounts.restricted:
            parts.append(wording.count(accounts.restricted, "restricted account", "restricted accounts"))
    else:
        parts.append("flagged and restricted accounts unknown")
    parts.append("cases unknown" if work is None else wording.count(work.cases, "open case", "open cases"))
    if work is None or accounts is None:
        return md(":grey_question: *Open* {parts}", parts=", ".join(parts))
    return md("*Open* {parts}", parts=", ".join(parts))


def _messages(work: Work) -> list[Mrkdwn]:
    lines = []
    if work.waiting:
        waiting = wording.count(work.waiting, "message", "messages")
        lines.append(md(":hourglass_flowing_sand: *Slack* {waiting} waiting", waiting=waiting))
    if work.undelivered:
        refused = wording.count(work.undelivered, "message", "messages")
        lines.append(md(":warning: *Slack* refused {refused} in 24 hours", refused=refused))
    if work.in_doubt:
        doubt = wording.count(work.in_doubt, "fax", "faxes")
        lines.append(md(":grey_question: *Faxes* nobody knows of {doubt} whether it went out", doubt=doubt))
    return lines


def _not_set_up() -> list[Mrkdwn]:
    """Say what is not connected: neither an error nor an all-clear."""
    return [
        md(":heavy_minus_sign: *Queue* not set up"),
        md(":heavy_minus_sign: *SES* not set up"),
        md(":heavy_minus_sign: *AWS service health* not set up"),
    ]


def _health(work: Work, now: datetime, team: Team) -> list[Mrkdwn]:
    lines = []
    if not work.led:
        lines.append(md(":warning: *The bot* sends nothing: no process holds the sender's place"))
    if work.late(now) and work.due_since is not None:
        count = wording.count(work.overdue, "thing waits", "things wait")
        at = _moment(work.due_since, now, team)
        lines.append(md(":warning: *The bot* is late: {count}, the oldest since {at}", count=count, at=at))
    if work.led and not work.late(now):
        lines.append(md(":white_check_mark: *The bot* sends, and nothing is late"))
    if work.record is None or work.recorded_at is None:
        return [*lines, md(":heavy_minus_sign: *Records* none yet")]
    last = md("{number}, {at}", number=f"{work.record:,}", at=_moment(work.recorded_at, now, team))
    if work.anchor is None or work.anchored_at is None:
        anchor = md("none anchored yet")
    else:
        at = _moment(work.anchored_at, now, team)
        anchor = md("anchored up to {number}, {at}", number=f"{work.anchor:,}", at=at)
    sign = _SIGNS["warning" if work.unanchored(now) else "white_check_mark"]
    return [*lines, md("{sign} *Records* the last is {last}; {anchor}", sign=sign, last=last, anchor=anchor)]


def _counted(figures: Figures, team: Team) -> Mrkdwn:
    at = text.instant(figures.at, team.zone)
    mail = figures.mail.now
    if mail is None:
        return md("Counted at {at}. This look is recorded.", at=at)
    if mail.figures.newest is None:
        return md("Counted at {at}. No event of any mail has come yet.", at=at)
    newest = mail.figures.newest
    return md(
        "Counted at {at}, newest event {newest}, {ago}.",
        at=at,
        newest=_moment(newest, figures.at, team),
        ago=_ago(figures.at - newest),
    )


def _ago(age: timedelta) -> str:
    """Write an age as people say it: in minutes, hours or days, rounded down."""
    minutes = int(age.total_seconds()) // 60
    if minutes < 1:
        return "less than a minute ago"
    hours = minutes // 60
    if hours < 1:
        return f"{wording.count(minutes, 'minute', 'minutes')} ago"
    if hours < 48:  # noqa: PLR2004 - from two days on nobody counts hours
        return f"{wording.count(hours, 'hour', 'hours')} ago"
    return f"{wording.count(hours // 24, 'day', 'days')} ago"


def _moment(at: datetime, now: datetime, team: Team) -> Mrkdwn:
    """Show an instant as a time, and with its day when it is not within a day."""
    return text.instant(at, team.zone, "time" if abs(now - at) < _CLOSE else "date_time")
