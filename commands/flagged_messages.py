"""What is shown of a flagged account's review: the live message with its facts, and who is called to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.base.database import Connection
from bot.engine import cases, handles
from bot.engine.access import Group
from bot.engine.team import Team
from bot.mail import accounts, faxes, flagged, restrictions, review_calls
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, header, message, section
from bot.slack.sender import Renderer
from bot.slack.text import md
from commands import account_buttons, case_messages, fax_messages, wording

SEE = "flagged.warning"


async def live(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw the review in the operations channel, as it stands."""
    case = await cases.load(connection, cases.id_of(subject))
    if case is None or case.subject is None:
        reason = f"{subject} is no review of an account"
        raise LookupError(reason)
    account = await accounts.load(connection, case.subject)
    told = await faxes.of_case(connection, case.id)
    blocks: list[Block] = []
    below: Sequence[Block]
    late = await review_calls.is_late(connection, case)
    if case.closed_at is None and account is not None:
        below = await case_messages.body(connection, case, team)
        gathered = case.step("gather")
        found = gathered.outcome if gathered and gathered.outcome else "complaints"
        lines = [md("*{masked}* · {number}", masked=account.number_masked, number=case.number), md("{it}.", it=found)]
        if case.due_at is not None:
            lines.append(
                md(
                    "{by} {at}. At 5 complaints the bot asks for a restriction.",
                    by=md(":warning: *Late:* the review was due by") if late else md("Review by"),
                    at=text.deadline(case.due_at, team.zone),
                )
            )
        blocks += [header(":warning: Review a flagged account"), section(text.join("\n", lines))]
        blocks.append(actions(*await _buttons(connection, case, account.restricted)))
    else:
        below = (await case_messages.whole(connection, case, team)).blocks
    blocks += [section(fax_messages.line(one, team)) for one in told]
    return message(_sentence(case, team, late=late), *blocks, *below)


def _sentence(case: cases.Case, team: Team, *, late: bool) -> str:
    if case.closed_at is not None:
        return f"The review of a flagged account is done ({case.number})."
    if late:
        return f"The review of a flagged account is late: please go on with it ({case.number})."
    by = f" by {wording.until(case.due_at, team)}" if case.due_at is not None else ""
    return f"An account has 3 or more complaints in 30 days: please review it{by} ({case.number})."


async def _buttons(connection: Connection, case: cases.Case, restricted: bool) -> list[Block]:  # noqa: FBT001
    made = []
    if flagged.may_warn(case) and not restricted and not await faxes.of_case(connection, case.id):
        value = await cases.step_value(connection, case.id, flagged.WARN)
        made.append(button("See the warning fax…", SEE, value, label=f"See the warning fax of {case.number}"))
    value = await handles.value_of(connection, restrictions.ACCOUNT, str(case.subject), 1)
    return [*made, account_buttons.show(value), account_buttons.contact(value)]


async def opened(_connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Call operations to a new review, or to one that is open still at a new rise, but not at night."""
    number = cases.number(cases.id_of(subject))
    group = wording.mention_group(team, Group.OPERATIONS)
    if parameters.get("again"):
        rise = md("*Third complaint in 30 days, again,* while this review is open.")
        asked = md("{group}, please go on with it.", group=group)
        if parameters["quiet"]:
            asked = md("It is night: operations are called in the morning.")
        said = md("{rise} {asked}", rise=rise, asked=asked)
        return message(f"Third complaint in 30 days, again: the review is still open ({number}).", section(said))
    if parameters["quiet"]:
        said = md("*Third complaint in 30 days.* It is night: operations are called in the morning.")
    else:
        said = md("*Third complaint in 30 days.* {group}, please review the account within 24 hours.", group=group)
    return message(f"Third complaint in 30 days: a review is open ({number}).", section(said))


def renderers() -> Mapping[str, Renderer]:
    """Return what draws a review."""
    return {flagged.LIVE: live, flagged.OPENED: opened}
