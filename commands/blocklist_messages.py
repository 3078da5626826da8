"""How the blocklists look: large ones page by page, how they grew, whom to guide, and what is blocked most."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.base.database import Connection
from bot.engine import handles
from bot.engine.team import Team
from bot.mail import blocklists, restrictions
from bot.mail.blocklists import GROWTH, GUIDE, LARGE, Blocklists, Large
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, context, header, message, section
from bot.slack.interactions import Call
from bot.slack.text import Mrkdwn, md
from commands import report_rows, wording
from commands.list_pages import Page, Turning
from commands.shows import shown_step

SHOW: Final = "blocklists.show"
TURNING: Final = Turning("bk", "blocklists.back", "blocklists.next")
_DOMAINS: Final = 10
_LONGEST: Final = 60


async def drawn(call: Call, found: Blocklists, page: Page[Large]) -> Message:
    """Draw a page of the large blocklists for one person."""
    count = wording.count(len(found.rows), "large blocklist", "large blocklists")
    blocks: list[Block] = [header(count[:1].upper() + count[1:])]
    if page.start == 0:
        blocks += [section(text.join("\n", _first(found))), *_domains(found)]
    if page.total > len(page.rows):
        blocks.append(section(md("{span}", span=page.span)))
    if page.moved:
        blocks.append(section(md("The list has changed since the last page.")))
    for one in page.rows:
        value = await handles.mint(call.connection, restrictions.ACCOUNT, str(one.account.id), 1, call.now)
        blocks.append(section(_row(one), report_rows.show_button(one.account, value)))
    row = await TURNING.buttons(call, page)
    blocks += [actions(*row)] if row else []
    here = f", here {page.start + 1:,}-{page.end:,}" if page.start else ""
    return message(f"{count[:1].upper()}{count[1:]}{here}.", *blocks, _counted(found.at, call.team))


def none(found: Blocklists, team: Team) -> Message:
    """Say that no blocklist is large."""
    said = md(":white_check_mark: *No blocklist has more than {limit} entries.*\n{all}", limit=LARGE, all=_all(found))
    return message("No blocklist is large.", section(said), *_domains(found), _counted(found.at, team))


def not_granted() -> Message:
    """Say that the bot may not count blocklists yet."""
    said = md(
        ":heavy_minus_sign: *Blocklists are not set up.* The bot may not count them yet.\n"
        "Whoever runs it: `sql/roles.sql` again, as `faxi-bot doctor` says."
    )
    return message("Blocklists are not set up: the bot may not count them yet.", section(said))


def away(since: datetime, team: Team) -> Message:
    """Say that the database does not answer."""
    said = md(
        ":grey_question: *Blocklists unknown since {since}.* The database does not answer.\n"
        "Nothing was changed. Please ask again later.",
        since=text.instant(since, team.zone),
    )
    clock = f"{text.clock_time(since, team.zone)} {wording.zone_name(since, team.zone)}"
    return message(f"The blocklists are unknown since {clock}: the database does not answer.", section(said))


def _first(found: Blocklists) -> Sequence[Mrkdwn]:
    people = wording.count(found.to_guide, "person", "people")
    if found.to_guide:
        guide = md("*Guide {people}*: {n} or more added in {days} days.", people=people, n=GUIDE, days=GROWTH.days)
    else:
        guide = md("*Nobody needs guidance*: none grew by {n} or more in {days} days.", n=GUIDE, days=GROWTH.days)
    return guide, md("More than {limit} entries make a large one.", limit=LARGE), _all(found)


def _all(found: Blocklists) -> Mrkdwn:
    return md(
        "All: {entries} of {users}; {grown} added in {days} days, {before} in the {days} days before",
        entries=wording.count(found.entries, "entry", "entries"),
        users=wording.count(found.users, "person", "people"),
        grown=f"{found.grown[0]:,}",
        days=GROWTH.days,
        before=f"{found.grown[1]:,}",
    )


def _domains(found: Blocklists) -> list[Block]:
    """List the domains that most people block; those of few people are counted, not named."""
    if not found.entries:
        return []
    lines = [md("*Most blocked domains*")]
    for one in found.domains[:_DOMAINS]:
        people = wording.count(one.users, "person", "people")
        entries = wording.count(one.entries, "entry", "entries")
        name = text.code(text.clip(one.name, _LONGEST) or "-")
        lines.append(md("{name} {people}, {entries}", name=name, people=people, entries=entries))
    rest = found.domains[_DOMAINS:]
    if rest:
        entries = wording.count(sum(one.entries for one in rest), "entry", "entries")
        lines.append(md("{n}, {entries}", n=wording.count(len(rest), "more domain", "more domains"), entries=entries))
    others, entries_ = found.other_domains
    if others:
        lines.append(
            md(
                "{n}, {entries} (each of fewer than {few} people)",
                n=wording.count(others, "other domain", "other domains"),
                entries=wording.count(entries_, "entry", "entries"),
                few=blocklists.FEWEST_USERS,
            )
        )
    return [section(text.join("\n", lines))]


def _row(one: Large) -> Mrkdwn:
    grown = md(", {n} of them in {days} days", n=f"{one.grown:,}", days=GROWTH.days) if one.grown else md("")
    guide = md("\nGuide the person: it grows.") if one.to_guide else md("")
    restricted = md(", restricted") if one.account.restricted else md("")
    return md(
        "*{masked}* {entries} blocked senders{grown}{restricted}{guide}",
        masked=one.account.number_masked,
        entries=f"{one.entries:,}",
        grown=grown,
        restricted=restricted,
        guide=guide,
    )


def _counted(at: datetime, team: Team) -> Block:
    return context(
        md("Whom to guide first. Counted at {at}. Addresses are never read.", at=text.instant(at, team.zone))
    )


async def patterns(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Show in a list's thread what is blocked most, and the button that shows the large blocklists."""
    case, step, at = await shown_step(connection, subject, parameters)
    if not await blocklists.may_read(connection):
        return not_granted()
    found = await blocklists.all_of_them(connection, at)
    head = md("*{n}. What is blocked most*\n{all}", n=step.position, all=_all(found))
    shown = wording.count(len(found.rows), "large blocklist", "large blocklists")
    return message(
        f"What is blocked most, and {shown} ({case.number}).",
        section(head),
        *_domains(found),
        actions(button("Show blocklists", SHOW)),
        context(md("Counted at {at}. Addresses are never read.", at=text.instant(at, team.zone, "date_time"))),
    )
