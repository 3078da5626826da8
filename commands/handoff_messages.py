"""How a handoff looks: the verdict and whose turn it is, what happened, then each item, and who has it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from bot.base.database import Connection
from bot.duty import handoff_calls
from bot.engine import cases
from bot.engine.access import Group
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, context, divider, header, message, quote, section
from bot.slack.text import Mrkdwn, md
from commands import handoff_parts as parts
from commands import wording
from commands.handoff_parts import MOST, Seen, seen
from commands.handoff_words import first_name, short

SENDS_TO: Final = "to-"
"""What begins the id of the block with the button that sends a draft; the receiver's id follows."""
_HEADER = 30
_LATE = timedelta(minutes=1)


async def live(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw the live message."""
    return whole(await seen(connection, cases.id_of(subject), team))


def whole(it: Seen) -> Message:
    """Draw a handoff as it stands."""
    handoff = it.handoff
    if handoff.state == "accepted":
        return _accepted(it)
    if handoff.state == "draft":
        return _draft(it) if handoff.outgoing else _nobodys(it)
    if not handoff.open:
        return _all_taken(it)
    return _not_accepted(it) if handoff.reminded_at else _handed_over(it)


def _title(words: str, otherwise: str) -> Block:
    sign, _, rest = words.partition(": ") if words.startswith(":") else ("", "", words)
    fits = len(rest) <= _HEADER
    if sign:
        return header(words if fits else f"{sign}: {otherwise}")
    return header(words if fits else otherwise)


def _draft(it: Seen) -> Message:
    handoff, to = it.handoff, it.incoming
    number = handoff.number
    known = handoff.incoming is not None
    title = f"Draft: {it.outgoing} hands over to {to}" if known else f"Draft: {it.outgoing} hands over"
    send = (
        button(text.clip(f"Send to {to}", 24), "handoff.send", it.value, style="primary")
        if known
        else button("Send to…", "handoff.choose", it.value, style="primary", label="Send to… somebody whom you choose")
    )
    row = [
        send,
        button("Add an item…", "handoff.add", it.value),
        button("Change an item…", "handoff.edit", it.value),
        *([button("Give to another…", "handoff.other", it.value)] if known else []),
    ]
    ask = md(
        "{who}, *is anything missing?* The bot filled in all open items. Add what only you know.",
        who=it.names[handoff.outgoing or ""] if _by_night(it) else text.user(handoff.outgoing or ""),
    )
    change = handoff.planned_at or handoff.drafted_at + handoff_calls.AHEAD
    until = wording.until(change, it.team)
    at = text.instant(change, it.team.zone)
    to_whom = f" to {it.names[handoff.incoming or '']}" if known else ""
    return message(
        text.clip(f"{handoff.title}{to_whom}: please read it, {it.outgoing}, before {until} ({number}).", 150),
        _title(title, "Draft of the handoff"),
        section(ask),
        actions(*row, block_id=f"{SENDS_TO}{handoff.incoming}" if known else None),
        *_late(it),
        *parts.body(it, buttons=False),
        context(md("{number} · on-call changes {at}", number=number, at=at)),
    )


def _nobodys(it: Seen) -> Message:
    number = it.handoff.number
    said = md(
        "{group}, *nobody is on call*, so nobody hands over. Whoever takes it is on call at once.",
        group="Operations" if _by_night(it) else wording.mention_group(it.team, Group.OPERATIONS),
    )
    return message(
        f"Nobody is on call, so nobody hands over: please take it ({number}).",
        header(":warning: Nobody is on call"),
        section(said),
        actions(
            button("Take on call", "handoff.claim", it.value, style="primary"),
            button("Add an item…", "handoff.add", it.value),
        ),
        *_late(it),
        *parts.body(it, buttons=False),
        context(md("{number}", number=number)),
    )


def _by_night(it: Seen) -> bool:
    """Say whether it was drafted at night: whoever is to read it is named then, and not called."""
    return it.team.calendar.is_quiet(it.handoff.drafted_at)


def _late(it: Seen) -> list[Block]:
    handoff = it.handoff
    if handoff.planned_at is None:
        return []
    wanted = handoff.planned_at - handoff_calls.AHEAD
    if handoff.drafted_at - wanted < _LATE:
        return []
    by = wording.count(int((handoff.drafted_at - wanted).total_seconds()) // 60, "minute", "minutes")
    return [section(md(":warning: This draft came {by} late: the bot was away.", by=by))]


def _handed_over(it: Seen) -> Message:
    handoff = it.handoff
    taken = len(handoff.items) - len(handoff.open)
    name, items = it.names[handoff.incoming or ""], short(len(handoff.items))
    by = f" by {wording.until(handoff.planned_at, it.team)}" if handoff.planned_at else ""
    sentence = (
        f"{handoff.title}: {name} has {taken} of {items}"
        if taken
        else f"{handoff.title} for {name}: {items} to take over{by}"
    )
    ask = md(
        "{who}, *take over {items}.* {taken} of {all} so far.",
        who=text.user(handoff.incoming or ""),
        items=items,
        taken=taken,
        all=len(handoff.items),
    )
    return message(
        text.clip(f"{sentence} ({handoff.number}).", 150),
        _title(_hands_over(it), "Shift handoff"),
        *parts.mood(it),
        parts.happened(it),
        divider(),
        section(ask),
        *parts.listed(it, handoff.open, buttons=True),
        *parts.taken(it, when=True),
        actions(*_row(it)),
        _stays(it),
    )


def _hands_over(it: Seen) -> str:
    return f"{it.outgoing} hands over to {it.incoming}" if it.handoff.outgoing else f"{it.incoming} takes over"


def _row(it: Seen) -> list[Block]:
    ask = []
    if it.handoff.outgoing:
        label = f"Ask {it.outgoing} a question in the thread"
        ask.append(button(text.clip(f"Ask {it.outgoing}…", 24), "handoff.ask", it.value, label=label[:75]))
    return [
        *ask,
        button("Add an item…", "handoff.add", it.value),
        button("Give to another…", "handoff.other", it.value),
        *([button("Show the items", "handoff.show", it.value)] if len(it.handoff.items) > MOST else []),
    ]


def _all_taken(it: Seen) -> Message:
    handoff = it.handoff
    count = len(handoff.items)
    ask = md(
        "{who}, you have {all} of {items}. *One thing left: accept.*",
        who=text.user(handoff.incoming or ""),
        all=count,
        items=short(count),
    )
    name = it.names[handoff.incoming or ""]
    return message(
        text.clip(f"{handoff.title}: {name} has {count} of {short(count)} and can accept ({handoff.number}).", 150),
        _title(_hands_over(it), "Shift handoff"),
        section(ask),
        actions(button("Accept handoff…", "handoff.accept", it.value, style="primary"), *_row(it)),
        *parts.mood(it),
        parts.happened(it),
        divider(),
        *parts.taken(it, when=False),
        _stays(it),
    )


def _not_accepted(it: Seen) -> Message:
    handoff = it.handoff
    left, count = len(handoff.open), len(handoff.items)
    stays = f"{it.outgoing} stays" if handoff.outgoing else "take it over"
    at = handoff.raised_at or handoff.reminded_at or handoff.drafted_at
    after = md("Management was called.") if handoff.raised_at else md("Management is called next.")
    said = md(
        "{at}, and {who} has {taken} of {items}.\n{call}, please take them. {after}",
        at=text.instant(at, it.team.zone),
        who=it.incoming,
        taken=count - left,
        items=short(count),
        call=text.user(handoff.incoming or ""),
        after=after,
    )
    name = it.names[handoff.outgoing] if handoff.outgoing else "nobody"
    return message(
        text.clip(f"Not accepted: {name} stays on call ({handoff.number}).", 150),
        _title(f":warning: Not accepted: {stays}", "Not accepted yet"),
        section(said),
        actions(
            button(f"Show {left} open {'item' if left == 1 else 'items'}", "handoff.show", it.value, style="primary"),
            button("Give to another…", "handoff.other", it.value),
            *([button("Ask…", "handoff.ask", it.value, label="Ask a question in the thread")]),
        ),
        _next_call(it),
    )


def _accepted(it: Seen) -> Message:
    handoff = it.handoff
    name = it.names[handoff.accepted_by or ""]
    at = handoff.accepted_at or handoff.drafted_at
    titles = [parts.line(it, one, mark=True) for one in handoff.items]
    before = it.names[handoff.outgoing] if handoff.outgoing else "nobody"
    return message(
        text.clip(f"{name} accepted the handoff and is on call ({handoff.number}).", 150),
        _title(f":white_check_mark: {first_name(name)} is on call", "Accepted"),
        section(
            md(
                "Accepted {at}.\n{who}'s read-back:",
                at=text.instant(at, it.team.zone, "date_time"),
                who=first_name(name),
            )
        ),
        quote(handoff.readback or ""),
        *parts.short_lines(titles),
        actions(button("Show the items", "handoff.show", it.value)),
        context(
            md(
                "{number} · from {before}, {n} of {all}",
                number=handoff.number,
                before=before,
                n=len(handoff.items),
                all=short(len(handoff.items)),
            )
        ),
    )


def _next_call(it: Seen) -> Block:
    """Say when the next call is, and who is on call until then."""
    number, stays = it.handoff.number, _on_call(it)
    if it.next_call is None:
        return context(md("{number} · {stays}", number=number, stays=stays))
    at = text.instant(it.next_call, it.team.zone)
    return context(md("{number} · next call {at} · {stays}", number=number, at=at, stays=stays))


def _on_call(it: Seen) -> Mrkdwn:
    handoff = it.handoff
    who = first_name(it.names[it.duty]) if it.duty else "Nobody"
    stays = md("{who} is on call until {to} accepts", who=who, to=it.incoming)
    if it.duty == handoff.outgoing and it.duty:
        stays = md("{who} stays on call until {to} accepts", who=who, to=it.incoming)
    elif it.duty == handoff.incoming:
        stays = md("{who} is on call", who=who)
    return stays


def _stays(it: Seen) -> Block:
    handoff, stays = it.handoff, _on_call(it)
    since = [one for one in handoff.items if one.added_at > handoff.drafted_at or one.changed_at is not None]
    news = f"{len(since)} new or changed since" if since else "nothing new since"
    at = text.instant(handoff.drafted_at, it.team.zone)
    return context(
        md("{number} · {stays} · draft of {at}, {news}", number=handoff.number, stays=stays, at=at, news=news)
    )
