"""What the bot says of what it noticed by itself: limits that were crossed, and what it asks again."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.base.database import Connection
from bot.engine import approvals, cases, handles, roster
from bot.engine.access import Group
from bot.engine.team import Team
from bot.mail import accounts, after_lift, lifts, restricted_senders, restrictions, thresholds, watching
from bot.slack import text
from bot.slack.blocks import Message, actions, message, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, wording


async def _baseline(_connection: Connection, _subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Say how many accounts stood at a limit before the bot began."""
    flagged, over = int(parameters["flagged"]), int(parameters["over"])
    stand = "1 account stands" if flagged == 1 else f"{flagged:,} accounts stand"
    said = md(
        ":eyes: *{stand} at 3 or more complaints* in 30 days, {over} of them at 5 or more, from before the bot began.\n"
        "Nothing was asked for. `/faxi-flagged` lists them.",
        stand=stand,
        over=f"{over:,}",
    )
    return message(f"{stand} at 3 or more complaints, from before the bot began.", section(said))


async def _planned(_connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say in the thread of somebody's request that the bot asks, because the complaints stand."""
    at = datetime.fromisoformat(parameters["at"])
    number = cases.number(cases.id_of(subject))
    said = md("*The complaints still stand.* The bot asks on {at}.", at=text.deadline(at, team.zone))
    return message(f"The complaints still stand: the bot asks on {wording.until(at, team)} ({number}).", section(said))


async def _not_asked(_connection: Connection, subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Say in the thread of the last request why the bot does not ask again."""
    number = cases.number(cases.id_of(subject))
    said = md("*Not asked again.* {why}", why=_why_not(str(parameters["why"])))
    return message(f"Not asked again, and nothing was changed ({number}).", section(said))


def _why_not(code: str) -> Mrkdwn:
    if code.startswith("complaints:"):
        now = int(code.partition(":")[2])
        return md("{count} in 30 days now, and 5 are the limit.", count=wording.count(now, "complaint", "complaints"))
    return {
        "already_restricted": md("The account is restricted."),
        "denied": md("It was denied meanwhile."),
    }.get(code, md("The account is gone."))


async def _sent(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say that a restricted account sends mail, in the thread of its request or in a channel."""
    number, about, value = await _sender(connection, subject)
    since = md("since the restriction") if parameters["since_known"] else md("today")
    count = wording.count(int(parameters["mails"]), "mail", "mails")
    if team.enforced:
        what = md("*Mail still goes out, although Faxi is to stop it:* {count} {since}.", count=count, since=since)
        why = md("The stop does not work.")
    else:
        what = md("*Mail still goes out:* {count} {since}.", count=count, since=since)
        why = md("Faxi does not stop it by itself yet.")
    who = md("Engineering") if parameters["quiet"] else wording.mention_group(team, Group.ENGINEERING)
    lines = [md(":warning: {what} {why} {who}, please look.", what=what, why=why, who=who)]
    if not parameters.get("thread"):
        lines.append(about)
    return message(
        f"Mail still goes out from a restricted account{f' ({number})' if number else ''}.",
        section(text.join("\n", lines)),
        actions(account_buttons.show(value)),
    )


async def _sent_at_night(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Call engineering after the night; what was said in it stands above."""
    number, about, value = await _sender(connection, subject)
    who = wording.mention_group(team, Group.ENGINEERING)
    return message(
        f"Mail went out in the night from a restricted account{f' ({number})' if number else ''}.",
        section(
            text.join("\n", [md("{who}, please look: mail went out in the night, as said above.", who=who), about])
        ),
        actions(account_buttons.show(value)),
    )


async def _sender(connection: Connection, subject: str) -> tuple[str, Mrkdwn, str]:
    """Return the number of the restriction's case, the line that says which account it is, and the buttons' value."""
    user_id = restricted_senders.account_of(subject)
    number = ""
    if user_id is None:
        case = await cases.load(connection, cases.id_of(subject))
        user_id, number = (case.subject, case.number) if case else (None, "")
    account = await accounts.load(connection, user_id) if user_id else None
    masked = account.number_masked if account else "an account that is gone"
    tail = md(" · {number}", number=number) if number else md(", not restricted by the bot")
    value = await handles.value_of(connection, restrictions.ACCOUNT, str(user_id), 1)
    return number, md("*{masked}*{tail}", masked=masked, tail=tail), value


async def _complained(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say in the thread of a lift that a complaint came, and call whoever asked for the lift."""
    case_id = cases.id_of(subject)
    case = await cases.load(connection, case_id)
    asked = await approvals.of_case(connection, case_id, lifts.ACTION)
    names = await roster.names(connection, [asked.requester if asked else None])
    if asked is None or parameters.get("instead"):
        who = md("Operations") if parameters["quiet"] else wording.mention_group(team, Group.OPERATIONS)
    else:
        who = md("{name}", name=names[asked.requester]) if parameters["quiet"] else text.user(asked.requester)
    count = wording.count(int(parameters["complaints"]), "new complaint", "new complaints")
    value = await handles.value_of(connection, restrictions.ACCOUNT, str(case.subject if case else ""), 1)
    lines = [md(":warning: *{count}* since the lift. {who}, please call the person.", count=count, who=who)]
    if parameters.get("alone"):
        account = await accounts.load(connection, case.subject) if case and case.subject else None
        masked = account.number_masked if account else "an account that is gone"
        lines.append(md("*{masked}* · {number}", masked=masked, number=cases.number(case_id)))
    return message(
        f"A new complaint about a watched account ({cases.number(case_id)}).",
        section(text.join("\n", lines)),
        actions(account_buttons.contact(value), account_buttons.show(value)),
    )


def renderers() -> Mapping[str, Renderer]:
    """Return what draws the posts about what the bot noticed."""
    drawn: Mapping[str, Callable[..., Any]] = {
        watching.BASELINE_POST: _baseline,
        thresholds.PLANNED_POST: _planned,
        thresholds.NOT_ASKED_POST: _not_asked,
        restricted_senders.POST: _sent,
        restricted_senders.CALL_POST: _sent_at_night,
        after_lift.POST: _complained,
    }
    return drawn
