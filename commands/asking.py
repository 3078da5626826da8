"""Asking management for something, whatever it is: who could approve, and what the person is told."""

import asyncio
from uuid import UUID

from bot.engine import approvals, cases, roster
from bot.engine.access import Membership, Person, Right
from bot.engine.approvals import Approval
from bot.mail.restrictions import AlreadyAsked
from bot.slack import text
from bot.slack.blocks import Block, View, actions, button, context, modal, section
from bot.slack.clicks import Click
from bot.slack.interactions import Call, Outcome, Show
from bot.slack.people import Directory
from bot.slack.text import md
from commands.decisions import Face, request_link

_UNCHANGED = md("Nothing was changed.")


async def approvers(click: Click, membership: Membership, directory: Directory) -> frozenset[str]:
    """Return who could approve what this person asks: active members of management, except them."""
    others = sorted(membership.holders(Right.APPROVE_RESTRICTION) - {click.user})
    found = await asyncio.gather(*(directory.person(one) for one in others), return_exceptions=True)
    able = {person.id for person in found if isinstance(person, Person) and not person.outsider}
    unknown = next((one for one in found if isinstance(one, BaseException)), None)
    if unknown is not None and not able:
        raise unknown
    return frozenset(able)


async def sent(call: Call, face: Face, approval: Approval, title: str) -> View:
    """Say that the request waits for management, with the button that takes it back."""
    return modal(
        "restrict.sent",
        title,
        section(
            md(
                ":white_check_mark: *Asked* ({number}). Management decides by {until}.\n"
                "You get a message when it is decided.",
                number=cases.number(approval.case_id),
                until=text.deadline(approval.expires_at, call.team.zone),
            )
        ),
        actions(await _withdraw(call, face, approval)),
    )


async def already(call: Call, face: Face, state: AlreadyAsked, title: str) -> Outcome:
    """Say that a request waits, whose it is, and how to get to it; whoever asked can take it back."""
    approval = state.approval
    mine = approval.requester == call.person.id
    names = await roster.names(call.connection, [approval.requester])
    who = md("*You asked already*") if mine else md("*Already asked* by {who}", who=names[approval.requester])
    buttons = [await _withdraw(call, face, approval)] if mine else []
    link = await request_link(call, face.kind, approval)
    if link is not None:
        buttons.append(button("Open the request", "open.link", url=link))
    lines = section(
        md(
            "*{masked}*\n:hourglass_flowing_sand: {who}, {at} ({number}).\nManagement decides by {until}.",
            masked=state.account.number_masked,
            who=who,
            at=text.instant(approval.requested_at, call.team.zone, "date_time"),
            number=cases.number(approval.case_id),
            until=text.deadline(approval.expires_at, call.team.zone),
        )
    )
    row = [actions(*buttons)] if buttons else []
    view = modal("restrict.already", title, lines, *row, context(_UNCHANGED))
    return Outcome(
        Show(view), "refused:already_asked", allowed=False, case_id=approval.case_id, subject=approval.subject
    )


def nobody(call: Call, subject: UUID, title: str) -> Outcome:
    """Refuse at once what nobody could approve."""
    if call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION):
        why = md("Management has 1 active member, and that is you. A second person must decide.")
    else:
        why = md("Management has no active member. A workspace owner can add one.")
    lines = [md(":no_entry_sign: *Nobody could approve this.*"), why]
    view = modal("restrict.refused", title, section(text.join("\n", lines)), context(_UNCHANGED))
    return Outcome(Show(view), "refused:nobody_can_approve", allowed=False, subject=subject)


async def _withdraw(call: Call, face: Face, approval: Approval) -> Block:
    return face.withdraw_button(approval, await approvals.button_value(call.connection, approval))
