"""What one person is told about a handoff: why something was not done, all items in pages, and earlier ones."""

from typing import Final

from bot.duty import handoffs
from bot.duty.handoff_steps import Refused
from bot.engine import cases, handles, roster
from bot.engine.access import HOLDERS, Group, Membership, Person, Right
from bot.slack import refusals, text
from bot.slack.blocks import Block, Message, actions, header, message, quote, section
from bot.slack.interactions import Call, Outcome, Say
from bot.slack.text import Mrkdwn, md
from commands import handoff_parts
from commands.handoff_words import first_name, short
from commands.turning import turn_button

PAGES, PAST_PAGES = "hg", "hq"
"""Letters that begin the values of buttons that turn pages: of a handoff's items, and of earlier handoffs."""
NEXT, PREVIOUS = "handoff.next", "handoff.previous"
LATER, EARLIER = "handoff.later", "handoff.earlier"
SIZE: Final = 6
"""Items on a page: each may have what people wrote beside it."""
_PAST: Final = 5


def unfit(person: Person | None, membership: Membership, *, asker: str, outgoing: str | None) -> str | None:
    """Say why somebody cannot take over, in a sentence, or ``None`` when they can."""
    if person is None:
        return "Please choose who takes over."
    name = text.clip(text.plain(person.name), 40)
    if person.id == outgoing:
        return "You cannot hand over to yourself." if person.id == asker else f"{name} is the one who hands over."
    if person.deactivated:
        return f"{name} has left, and their account is closed."
    if person.bot:
        return f"{name} is a program, which nobody can call."
    if person.foreign:
        return f"{name} belongs to another workspace."
    if person.guest:
        return f"{name} is a guest here."
    if not membership.holds(person.id, Right.WORK):
        return f"{name} is not in {refusals.group_names(HOLDERS[Right.WORK]).replace(' and ', ' or ')}."
    return None


def is_manager(call: Call) -> bool:
    """Say whether the person is of management, who may act for others."""
    return Group.MANAGEMENT in call.membership.of(call.person.id)


def old() -> Outcome:
    """Answer a button that names nothing that there is."""
    return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)


def said(sentence: Mrkdwn, plain: str) -> Message:
    """Say one thing; ``plain`` is for notifications."""
    return message(plain, section(sentence))


def no(sentence: str, next_step: str | Mrkdwn, result: str, case_id: int | None = None) -> Outcome:
    """Answer that nothing was changed, why, and what to do."""
    said = md(":no_entry_sign: *{sentence}* Nothing was changed.\n{then}", sentence=sentence, then=next_step)
    short_one = text.clip(f"{sentence.rstrip('.')}, so nothing was changed.", 150)
    return Outcome(Say(message(short_one, section(said))), f"refused:{result}", allowed=False, case_id=case_id)


async def refused(call: Call, why: Refused) -> Outcome:
    """Answer why nothing was done."""
    handoff = why.handoff
    if handoff is None:
        return old()
    names = await roster.names(call.connection, [handoff.incoming, handoff.outgoing, handoff.accepted_by])
    receiver = first_name(names[handoff.incoming]) if handoff.incoming else "nobody yet"
    outgoing = first_name(names[handoff.outgoing]) if handoff.outgoing else "nobody"
    n = why.item.n if why.item else 0
    words = {
        "accepted": (f"{receiver} has accepted this handoff.", "`/faxi-handoff last` shows it."),
        "not_sent": ("It was not handed over yet.", f"{outgoing} reads the draft first, and sends it."),
        "not_yours": (f"{receiver} takes this over, from {outgoing}.", "Give to another… changes who takes it over."),
        "self": ("One cannot hand over to oneself.", "Please choose somebody else."),
        "changed": (
            "Something is new since you looked.",
            "Please look at the handoff again. It shows what is open now.",
        ),
        "taken": ("That is done already.", "The handoff shows how it stands."),
        "item_gone": ("This is not open any more.", "The handoff shows what is open now."),
        "open_items": (f"You have not taken {short(len(handoff.open))}.", "Please take each one, then accept."),
        "words": ("These are too few words, or too many.", "Please write 20 to 500 letters."),
        "gone": ("This handoff is gone.", "`/faxi-handoff` shows the present one."),
    }
    sentence, then = words[why.why]
    if why.why == "not_yours" and handoff.state == "draft":
        sentence, then = f"{outgoing} hands over.", "They, or a manager, may do this."
    if why.why == "taken" and n:
        sentence = f"Item {n} is taken already."
    return no(sentence, then.replace("`", ""), why.why, handoff.case_id)


async def page(call: Call, case_id: int, offset: int) -> Message:
    """Draw a page of all items, with the receiver's buttons."""
    it = await handoff_parts.seen(call.connection, case_id, call.team)
    handoff = it.handoff
    items = handoff.items
    offset = min(offset, max(0, (len(items) - 1) // SIZE * SIZE))
    mine = handoff.state == "handed_over" and handoff.incoming == call.person.id
    blocks: list[Block] = [section(md("*{number}*, {items}", number=handoff.number, items=short(len(items))))]
    for item in items[offset : offset + SIZE]:
        blocks += handoff_parts.item_blocks(it, item, take=mine and item.state == "open")
        if item.state == "taken" and handoff.state != "accepted":
            blocks.append(section(md(":white_check_mark: {who} has it.", who=it.incoming)))
    row = []
    total = len(items)
    if offset:
        value = await handles.mint(call.connection, PAGES, str(case_id), offset - SIZE, call.now)
        row.append(turn_button("Previous", PREVIOUS, value, offset - SIZE + 1, offset, total))
    if offset + SIZE < total:
        value = await handles.mint(call.connection, PAGES, str(case_id), offset + SIZE, call.now)
        row.append(turn_button("Next", NEXT, value, offset + SIZE + 1, min(offset + 2 * SIZE, total), total))
    if total > SIZE:
        end = min(offset + SIZE, total)
        blocks.append(section(md("{a}-{b} of {total}", a=offset + 1, b=end, total=total)))
    if row:
        blocks.append(actions(*row))
    return message(f"{handoff.title}: {short(total)} ({handoff.number}).", *blocks)


async def past(call: Call, offset: int) -> Message:
    """Draw a page of the handoffs that were accepted, the newest first."""
    found, total = await handoffs.past(call.connection, _PAST, offset)
    if not found:
        return message(
            "No handoff was accepted yet.", section(md("*No handoff was accepted yet.*\n`/faxi-handoff` drafts one."))
        )
    names = await roster.names(call.connection, [who for one in found for who in (one.outgoing, one.accepted_by)])
    end = offset + len(found)
    blocks: list[Block] = [header("Earlier handoffs"), section(md("{a}-{b} of {n}", a=offset + 1, b=end, n=total))]
    for one in found:
        blocks += [
            section(
                md(
                    "*{number}* {title}, {at}\n{outgoing} to {incoming}, {items}. {who}'s read-back:",
                    number=cases.number(one.case_id),
                    title=handoffs.title(weekend=one.weekend),
                    at=text.instant(one.accepted_at, call.team.zone, "date_time"),
                    outgoing=names[one.outgoing] if one.outgoing else "Nobody",
                    incoming=names[one.accepted_by],
                    items=short(one.items),
                    who=first_name(names[one.accepted_by]),
                )
            ),
            quote(one.readback),
        ]
    row = []
    if offset:
        value = await handles.mint(call.connection, PAST_PAGES, "past", max(0, offset - _PAST), call.now)
        row.append(turn_button("Previous", LATER, value, max(1, offset - _PAST + 1), offset, total))
    if end < total:
        value = await handles.mint(call.connection, PAST_PAGES, "past", end, call.now)
        row.append(turn_button("Next", EARLIER, value, end + 1, min(end + _PAST, total), total))
    if row:
        blocks.append(actions(*row))
    return message(f"Earlier handoffs: {offset + 1} to {end} of {total}.", *blocks)
