"""/faxi-contacts: whom to reach inside and outside, who belongs to which level, who is on call and what they do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.duty import confirmations, oncall
from bot.engine import roster
from bot.engine.access import Right
from bot.engine.handbook import Contact, Handbook
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Block, Message, context, header, message, section
from bot.slack.interactions import Call, Help, Interaction, Outcome, Say
from bot.slack.text import Mrkdwn, md

NAME: Final = "/faxi-contacts"
_HELP: Final = Help(
    need="Look back",
    does="whom to reach, who decides what, and where it is written",
    usage=((NAME, "contacts, levels, on call and its duties, documentation"),),
)
_NOT_HERE: Final[Mapping[str, str]] = {"phone": "telephone", "account_id": "account id"}


async def _command(call: Call) -> Outcome:
    confirmed = await confirmations.last_confirmed(call.connection)
    duty = await oncall.now_on_call(call.connection)
    names = await roster.names(call.connection, [duty.person if duty else None])
    now = md("Nobody is on call") if duty is None else md("On call now: {who}", who=names[duty.person])
    shown = drawn(call.team, confirmed.at if confirmed else None, now)
    if call.click.text:
        unused = context(md("`/faxi-contacts` takes no words: yours were not used."))
        shown = replace(shown, blocks=(*shown.blocks, unused))
    return Outcome(Say(shown), "shown")


def drawn(team: Team, confirmed: datetime | None, on_call: Mrkdwn) -> Message:
    """Draw all of it.

    Parameters:
        confirmed: when those concerned confirmed their data last; ``None``: never.
        on_call: who is on call now.
    """
    book = team.runbook.handbook
    blocks: list[Block] = [header("Whom to reach")]
    blocks += _contacts("Inside", book.contacts.internal, team)
    blocks += _contacts("Outside", book.contacts.external, team)
    if confirmed is None:
        said = md(":grey_question: *Not confirmed yet:* nobody has said on a Friday that these are current.")
    else:
        said = md(":white_check_mark: *Confirmed* {day} by those concerned.", day=text.day(confirmed, team.zone))
    blocks.append(section(said))
    blocks += _levels(book)
    duties = [md("*{title}*: {does}", title=one.title, does="; ".join(one.duties)) for one in book.on_call.values()]
    blocks.append(section(text.join("\n", [md("*On call*, {now}", now=_small(on_call)), *duties])))
    if book.documentation:
        pages = [md("{title} {path}", title=one.title, path=text.code(one.path)) for one in book.documentation]
        blocks.append(section(text.join("\n", [md("*Documentation*, beside the runbook"), *pages])))
    blocks.append(context(md("What is wrong here? `/faxi-feedback` tells the team.")))
    return message("This is whom to reach, and who decides what.", *blocks)


def _small(words: Mrkdwn) -> Mrkdwn:
    """Return words of ours as they go on within a line."""
    return Mrkdwn(words[:1].lower() + words[1:])


def _contacts(title: str, some: Mapping[str, Contact], team: Team) -> list[Block]:
    if not some:
        return []
    lines = [md("*{title}*", title=title), *(_contact(key, one, team) for key, one in some.items())]
    return [section(text.join("\n", lines))]


def _contact(key: str, one: Contact, team: Team) -> Mrkdwn:
    ways: list[Mrkdwn] = []
    if one.email:
        ways.append(md("{email}", email=one.email))
    if one.slack:
        ours = getattr(team.channels, key, None)
        ways.append(text.channel(ours) if isinstance(ours, str) else md("{slack}", slack=one.slack))
    if one.phone:
        ways.append(md("{phone}", phone=one.phone))
    if one.console:
        ways.append(md("<{address}|console>", address=Mrkdwn(one.console)))
    if one.account_id:
        ways.append(md("account {account}", account=one.account_id))
    lacking = " and ".join(_NOT_HERE[what] for what in one.not_recorded)
    if lacking:
        ways.append(md("{lacking} not recorded here", lacking=lacking))
    return md("{name}: {ways}", name=one.name, ways=text.join(", ", ways))


def _levels(book: Handbook) -> list[Block]:
    if not book.escalation:
        return []
    lines = [
        md("{level}. *{who}*: {does}", level=one.level, who=one.who, does="; ".join(one.does))
        for one in book.escalation
    ]
    return [section(text.join("\n", [md("*Who belongs where*, from the first level on"), *lines]))]


def declarations() -> tuple[Interaction, ...]:
    """Return what shows the contacts."""
    return (Interaction("command", NAME, "handbook:contacts", Right.READ, _command, help=_HELP),)
