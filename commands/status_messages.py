"""How the status looks: first what needs the reader, then the figures, each with its fraction, its limit and a word."""

from collections.abc import Sequence
from datetime import datetime

from bot.duty.status import Figures, Part, Work
from bot.engine.handbook import Thresholds
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, context, divider, header, message, section
from bot.slack.text import Mrkdwn, md
from commands import needs_you, status_lines, wording
from commands.needs_you import Needs
from commands.report_rows import in_percent

_URGENT = ("rotating_light", "warning", "grey_question", "raised_hand")
_WHY = {"slow": "The database takes too long to answer this.", "broken": "The database refuses to answer this."}
REFRESH = "status.refresh"
NAMES = {"mail": "Mail figures", "accounts": "Flagged accounts", "work": "Open work"}


def whole(figures: Figures, needs: Needs, buttons: Sequence[Block], team: Team) -> Message:
    """Draw the status for one person.

    Params:
        figures: what everybody sees alike.
        needs: what needs this person.
        buttons: what leads on from here, at most five.
        team: whom the bot works for.
    """
    unknown = _unknown(figures)
    wrong = _wrong(figures, team.runbook.thresholds)
    blocks: list[Block] = [header(_verdict(needs, unknown, wrong))]
    for place, one in enumerate(needs.things):
        blocks += needs_you.drawn(one, primary=place == 0)
    more = needs.total - len(needs.things)
    if more > 0:
        blocks.append(section(md("And {more} more: `/faxi-case` lists what is open.", more=f"{more:,}")))
    blocks += [section(_since(name, part, figures.at, team)) for name, part in unknown]
    if not needs.total and not unknown and wrong:
        blocks.append(section(text.join("\n", [md("*{what}*", what=one) for one in wrong])))
    if len(blocks) > 1:
        blocks.append(divider())
    blocks += [section(status_lines.rates(figures, team)), section(status_lines.rest(figures, team))]
    if buttons:
        blocks.append(actions(*buttons))
    blocks.append(context(status_lines.counted(figures, team)))
    return message(_sentence(needs, unknown, wrong, figures, team), *blocks)


def refresh_button(*, primary: bool = False) -> Block:
    """Make the button that shows the status anew; ``primary`` where nothing else is to be done."""
    return button("Refresh", REFRESH, style="primary" if primary else None, label="Refresh the status")


def last_known(figures: Figures | None, since: datetime, team: Team) -> Message:
    """Draw what is shown while the database does not answer: what was known last, with its time."""
    said = md(
        "*The database does not answer since {since}.*\nUntil it does, no rate can raise an alert.",
        since=text.instant(since, team.zone),
    )
    refresh = actions(refresh_button(primary=True))
    blocks: list[Block] = [header(":grey_question: The figures are unknown"), section(said), refresh, divider()]
    if figures is not None and figures.mail.value is not None and figures.mail.at is not None:
        at = status_lines.moment(figures.mail.at, since, team)
        known = [md("*Last known, {at}*", at=at), *status_lines.last(figures.mail.value.figures, team)]
    else:
        known = [md("*Nothing is known* from before: the bot has not counted since it was started.")]
    blocks.append(section(text.join("\n", known)))
    blocks.append(section(text.join("\n", [*_was_on_call(figures, since, team), *status_lines.not_set_up()])))
    blocks.append(context(md("What is pressed now changes nothing. Please press again when the database is back.")))
    clock = f"{text.clock_time(since, team.zone)} {wording.zone_name(since, team.zone)}"
    return message(f"The figures are unknown since {clock}: the database does not answer.", *blocks)


def _was_on_call(figures: Figures | None, now: datetime, team: Team) -> list[Mrkdwn]:
    work = figures.work if figures else None
    if work is None or work.value is None or work.at is None:
        return [md("*On call* unknown"), md("*Open* unknown")]
    at = status_lines.moment(work.at, now, team)
    who = work.value.on_call or "nobody"
    return [md("*On call* {who} (list of {at})", who=who, at=at), md("*Open* unknown")]


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
        return f"{_unknown_things(len(unknown))}: the {name.lower()}, since {at}."
    if wrong:
        return f"Nothing needs you, but not all is well: {wrong[0][:1].lower()}{wrong[0][1:]}"
    return "All is well, and nothing needs you."


def _unknown(figures: Figures) -> list[tuple[str, Part[object]]]:
    parts: tuple[tuple[str, Part[object]], ...] = (
        ("mail", figures.mail),
        ("accounts", figures.accounts),
        ("work", figures.work),
    )
    return [(NAMES[name], part) for name, part in parts if part.unknown_since is not None]


def _since(name: str, part: Part[object], now: datetime, team: Team) -> Mrkdwn:
    known = md(" Last known at {at}.", at=status_lines.moment(part.at, now, team)) if part.at else md("")
    return md(
        "*{name} unknown since {since}.* {why}{known}",
        name=name,
        since=status_lines.moment(part.unknown_since or now, now, team),
        why=_WHY[part.why or "slow"],
        known=known,
    )


def _wrong(figures: Figures, limits: Thresholds) -> list[str]:
    """Return what is not as it should be, as sentences, whomever it concerns."""
    said = []
    mail, accounts, work = figures.mail.now, figures.accounts.now, figures.work.now
    if mail is not None:
        today, delivery = mail.figures.today, mail.figures.delivery
        for name, rate, of_rate in (
            ("Complaints", today.complaint_rate, limits.complaint_rate),
            ("Bounces", today.bounce_rate, limits.bounce_rate),
        ):
            if rate.over(*of_rate.warning):
                over = of_rate.critical if rate.over(*of_rate.critical) else of_rate.warning
                said.append(f"{name} are over {in_percent(over)}.")
        if delivery.rate.under(*limits.delivery_rate.critical):
            said.append(f"Less than {in_percent(limits.delivery_rate.critical)} is delivered.")
        if not today.sent:
            said.append("No mail was sent in 24 hours, so there is no rate.")
    if accounts is not None and accounts.unasked:
        said.append(f"{needs_you.unasked(accounts.unasked)}.")
    if accounts is not None and accounts.unreviewed:
        said.append(f"{needs_you.unreviewed(accounts.unreviewed)}.")
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
