"""What is said in the thread of a request to restrict, and in the alerts channel."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.base.database import Connection
from bot.engine import roster
from bot.engine.access import Group
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail import thresholds
from bot.slack import text
from bot.slack.blocks import Message, message, quote, section
from bot.slack.text import Mrkdwn, md
from commands import restriction_done, wording
from commands.restriction_messages import case_of, moment, void_reason


async def asked(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say in the thread who asked, and call management by day."""
    approval, case, names, _ = await case_of(connection, subject)
    who = names[approval.requester]
    if parameters["quiet"]:
        call_at = datetime.fromisoformat(parameters["call_at"])
        at, zone = text.clock_time(call_at, team.zone), wording.zone_name(call_at, team.zone)
        return message(
            f"Asked by {who[:40]}: management is called at {at} {zone} ({case.number}).",
            section(md("*Asked* by {who}. It is night: management is called at {at}, not now.", who=who, at=at)),
        )
    times = int(parameters.get("asked", 1))
    by_name = times >= thresholds.ALL_BY_NAME
    group = await _everybody(connection, team) if by_name else wording.mention_group(team, Group.MANAGEMENT)
    nth = md(", for the {nth} time", nth=wording.ordinal(times)) if times > 1 else md("")
    return message(
        f"Asked by {who[:40]}: management, please decide ({case.number}).",
        section(
            md(
                "*Asked* by {who}{nth}. {group}, please decide by {until}.",
                who=who,
                nth=nth,
                group=group,
                until=text.deadline(approval.expires_at, team.zone),
            )
        ),
    )


async def _everybody(connection: Connection, team: Team) -> Mrkdwn:
    """Call every manager by name, as the group was read last; the group where nobody is known."""
    people = await roster.members(connection, Group.MANAGEMENT)
    if not people:
        return wording.mention_group(team, Group.MANAGEMENT)
    return text.join(" ", [text.user(one) for one in people])


async def reminder(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Call management in the thread, after the night."""
    approval, case, _names, _masked = await case_of(connection, subject)
    return message(
        f"Still waiting for a decision, by {wording.until(approval.expires_at, team)} ({case.number}).",
        section(
            md(
                ":hourglass_flowing_sand: *Waiting since the night.* {group}, please decide by {until}.",
                group=wording.mention_group(team, Group.MANAGEMENT),
                until=text.deadline(approval.expires_at, team.zone),
            )
        ),
    )


async def decided(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say in the thread how the request ended, and call whoever asked, but not at night."""
    approval, case, names, _masked = await case_of(connection, subject)
    who = names[approval.decided_by or roster.BOT]
    quiet, own = parameters["quiet"], approval.requester == roster.BOT
    if own:
        requester = md("Operations") if quiet else wording.mention_group(team, Group.OPERATIONS)
    else:
        requester = md("{name}", name=names[approval.requester]) if quiet else text.user(approval.requester)
    please = md("") if own else md(" {requester}, please ask again if it is still needed.", requester=requester)
    if approval.state == "approved":
        lines = [
            md(
                "*Approved* by {who}. {requester}, the account is marked. {hears}",
                who=who,
                requester=requester,
                hears=restriction_done.hears(await restriction_done.notice_of(connection, case.id), team),
            )
        ]
        lines += new_decider(approval, who, team)
        return message(f"Approved by {who[:40]} ({case.number}).", section(text.join("\n", lines)))
    if approval.state == "denied":
        return message(
            f"Denied by {who[:40]} ({case.number}).",
            section(
                md("*Denied* by {who}. The reason:", who=who)
                if own
                else md("*Denied* by {who}. {requester}, the reason:", who=who, requester=requester)
            ),
            quote(approval.decision_words or ""),
        )
    if approval.state == "withdrawn":
        return message(
            f"Withdrawn by {who[:40]} ({case.number}).",
            section(md("*Withdrawn* by {who}. No decision is needed.", who=who)),
        )
    if approval.state == "expired":
        again = team.calendar.next_opening(approval.decided_at or approval.expires_at)
        if own:
            please = md(" The bot asks again on {at}.", at=text.deadline(again, team.zone))
        return message(
            f"No decision in time, so nothing was changed ({case.number}).",
            section(md("*No decision in time.* Nothing was changed.{please}", please=please)),
        )
    return message(
        f"The request is void, so nothing was changed ({case.number}).",
        section(md("*Void.* {reason}{please}", reason=void_reason(approval), please=please)),
    )


def new_decider(approval: Approval, who: str, team: Team) -> list[Mrkdwn]:
    """Say that whoever approved joined management less than a day before, where it is so."""
    if not approval.decider_is_new or approval.decider_joined_at is None:
        return []
    at = text.instant(approval.decider_joined_at, team.zone, "date_time")
    return [md(":warning: {who} joined management {at}, less than a day before.", who=who, at=at)]


async def alert(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Tell the administrators in the alerts channel that an account is restricted (runbook: answer in 1 hour)."""
    approval, case, names, masked = await case_of(connection, subject)
    return message(
        f"Account restricted, High: please review and document within 1 hour ({case.number}).",
        section(
            md(
                ":warning: *Account restricted*: {masked} · {number}\n"
                "Approved by {who}, {at}. High: review and document within 1 hour. `/faxi-case {number}` shows it.",
                masked=masked,
                number=case.number,
                who=names[approval.decided_by or roster.BOT],
                at=moment(approval.decided_at, team),
            )
        ),
    )
