"""Wordings that several screens share: dates, deadlines, counts, and the account as people may see it."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.engine import cases, roster
from bot.engine.access import Group
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail.restrictions import Facts
from bot.slack import text
from bot.slack.text import Mrkdwn, md

KINDS: Mapping[str, str] = {"abuse": "abuse", "fraud": "fraud", "virus": "virus", "other": "other"}


def zone_name(at: datetime, zone: ZoneInfo) -> str:
    """Return the zone's short name at this instant, such as ``JST``."""
    return at.astimezone(zone).tzname() or "UTC"


def until(at: datetime, team: Team) -> str:
    """Return a deadline for plain text: ``Thu 26 Nov 18:00 JST``."""
    return f"{text.deadline(at, team.zone)} {zone_name(at, team.zone)}"


def moment(at: datetime, now: datetime, team: Team) -> Mrkdwn:
    """Show an instant as a time, and with its day when that is not the team's today."""
    today = at.astimezone(team.zone).date() == now.astimezone(team.zone).date()
    return text.instant(at, team.zone, "time" if today else "date_time")


def moment_plain(at: datetime, now: datetime, team: Team) -> str:
    """Return the same for plain text: ``19:12 JST``, ``Thu 26 Nov 18:00 JST``."""
    if at.astimezone(team.zone).date() == now.astimezone(team.zone).date():
        return f"{text.clock_time(at, team.zone)} {zone_name(at, team.zone)}"
    return until(at, team)


def short_day(at: datetime, team: Team) -> str:
    """Return a day without its year: ``Wed 25 Nov``."""
    return str(text.day(at, team.zone)).rpartition(" ")[0]


def by_day(at: datetime, now: datetime, team: Team) -> str:
    """Say by which day: ``today``, ``tomorrow``, ``by Mon 30 Nov``."""
    days = (at.astimezone(team.zone).date() - now.astimezone(team.zone).date()).days
    return {0: "today", 1: "tomorrow"}.get(days, f"by {short_day(at, team)}")


def count(number: int, one: str, many: str) -> str:
    """Return a count with its noun: ``1 mail``, ``2 mails``, ``1,284 mails``."""
    return f"{number:,} {one if number == 1 else many}"


def ordinal(number: int) -> str:
    """Return a place in a row: ``2nd``, ``3rd``, ``11th``."""
    teen = number % 100 in range(11, 14)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def mention_group(team: Team, group: Group) -> Mrkdwn:
    """Call a group: its user group, or each person of the list."""
    setting = team.groups[group]
    if setting.startswith("S"):
        return text.subteam(setting)
    return text.join(" ", [text.user(one) for one in setting.split(",") if one])


def figure(facts: Facts) -> Mrkdwn:
    """Say how many complaints about how many mails in 30 days."""
    return md(
        "*{complaints} about {mails}* in 30 days.",
        complaints=count(facts.complaints, "complaint", "complaints"),
        mails=count(facts.mails, "mail", "mails"),
    )


def facts_lines(facts: Facts, team: Team) -> Mrkdwn:
    """Say what speaks for a restriction: complaints with day and kind, volume, earlier restrictions."""
    lines = [figure(facts)]
    days = [f"{text.day(datetime.fromisoformat(at), team.zone)[:-5]} ({kind})" for at, kind in facts.dated]
    if days:
        more = facts.complaints - len(days)
        tail = f" and {more:,} more" if more > 0 else ""
        lines.append(md("Complaints: {days}{tail}.", days=", ".join(days), tail=tail))
    if facts.not_counted:
        lines.append(
            md(
                "{count} not counted (not spam, or a failed check).",
                count=count(facts.not_counted, "report", "reports"),
            )
        )
    if facts.earlier:
        lines.append(md("Restricted {times} before.", times=count(facts.earlier, "time", "times")))
    else:
        lines.append(md("No earlier restriction is recorded."))
    return text.join("\n", lines)


def last_request(last: Approval, names: Mapping[str, str], team: Team) -> Mrkdwn:
    """Say how the last request about the same account ended: whoever decides now must not miss it."""
    who = md(" by {who}", who=names[last.decided_by]) if last.decided_by not in {None, roster.BOT} else md("")
    return md(
        ":eyes: *Last request: {state}*{who}, {at} ({number}).",
        state=last.state,
        who=who,
        at=text.instant(last.decided_at or last.requested_at, team.zone, "date_time"),
        number=cases.number(last.case_id),
    )


def consequences(title: str, follow_up: datetime, team: Team, told: Mrkdwn) -> Mrkdwn:
    """Say what a restriction will do to the person, and what Faxi does not do by itself.

    ``told`` is the line that says how the person hears of it.
    """
    if team.enforced:
        first = md("• The person cannot send or answer mail. Receiving and shopping go on.")
    else:
        first = md("• We ask the person to send no mail until we have talked. Receiving and shopping go on.")
    lines = [
        md("*{title}*", title=title),
        first,
        told,
        md("• We look again on {day}.", day=text.day(follow_up, team.zone)),
    ]
    if not team.enforced:
        lines.append(md(":warning: Faxi does not stop the mail by itself yet."))
    return text.join("\n", lines)


def responsible(approval: Approval, names: Mapping[str, str]) -> str:
    """Name who sees to what follows from a request: whoever asked, or operations where the bot did."""
    return "operations" if approval.requester == roster.BOT else names[approval.requester]


def asked_by(approval: Approval, names: Mapping[str, str], team: Team) -> Mrkdwn:
    """Say who asked, and when; the bot asks at a number of complaints."""
    own = approval.requester == roster.BOT
    at = md(" at {count}", count=_complaints(approval)) if own else md("")
    return md(
        "Asked by {who}{at}, {when}",
        who=names[approval.requester],
        at=at,
        when=text.instant(approval.requested_at, team.zone, "date_time"),
    )


def _complaints(approval: Approval) -> str:
    return count(Facts.of(approval.asked_facts).complaints, "complaint", "complaints")
