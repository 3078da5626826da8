"""How one account looks: its state with reason and next date, what this person can do now, then facts and history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.engine import approvals, cases, handles, roster
from bot.engine.access import Right
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail import account_page, restrictions
from bot.mail.account_page import AccountPage, place_of
from bot.mail.crossings import FLAGGED, RESTRICT
from bot.mail.metrics import activity
from bot.mail.restrictions import REASONS
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, context, header, message, section
from bot.slack.interactions import Call, Catalogue
from bot.slack.text import Mrkdwn, md
from commands import (
    account_buttons,
    account_figures,
    account_history,
    complaint_messages,
    decisions,
    noted_in_faxi,
    reveal_rights,
    wording,
)
from commands.report_options import View
from commands.restriction_undone import ERROR, error_button

_MOST_CASES = 5
_ROW = 5
_ASKED_FOR: Mapping[str, str] = {
    "restriction": "restrict the account",
    "lift": "lift the restriction",
    "error": "undo our error",
}


_PREFIXES: Mapping[str, str] = {"error": ERROR}
"""What the ids of a request's buttons begin with, where that is not the name of what is asked for."""


@dataclass(frozen=True)
class Reader:
    """For whom an account is drawn.

    Attributes:
        actions: the ids of the actions that exist and that this person may use.
        others_decide: somebody else could decide what this person asks for.
        sees_requests: may be in the channel where requests are.
    """

    id: str
    actions: frozenset[str]
    others_decide: bool
    sees_requests: bool


def reader(call: Call, catalogue: Catalogue) -> Reader:
    """Return for whom the call's answer is drawn."""
    mine = (one.name for one in catalogue if one.kind == "action" and call.membership.holds(call.person.id, one.right))
    return Reader(
        id=call.person.id,
        actions=frozenset(mine),
        others_decide=bool(call.membership.holders(Right.APPROVE_RESTRICTION) - {call.person.id}),
        sees_requests=call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION),
    )


async def drawn(call: Call, page: AccountPage, seen_by: Reader) -> Message:
    """Draw an account for one person."""
    names = await roster.names(call.connection, people(page))
    row = await buttons(call, page, seen_by)
    state = _state(page)
    head = [
        header(_header(page, state, call.team)),
        section(text.join("\n", _head_lines(page, state, names, call.team))),
    ]
    mail = await activity.account_mail(call.connection, page.account.id, page.at)
    blocked = await account_page.blocked_senders(call.connection, page.account.id)
    body = [
        *account_figures.blocks(page, mail, blocked, call.team),
        *account_history.blocks(page, names, call.team),
        actions(*await _more(call, page)),
    ]
    used = [actions(*row)] if row else []
    # Where nothing is to be done, the facts are what one came for.
    blocks = [*head, *body, *used] if state == "active" else [*head, *used, *body]
    counted = md("Counted at {at}. This look is recorded.", at=text.instant(page.at, call.team.zone))
    return message(_sentence(page, state, call.team), *blocks, context(counted))


async def _more(call: Call, page: AccountPage) -> list[Block]:
    """Return the buttons that show more of the account."""
    value = await handles.mint(call.connection, restrictions.ACCOUNT, str(page.account.id), 1, call.now)
    row = [account_buttons.activity(value), account_buttons.history(value)]
    if page.facts.complaints or page.facts.not_counted:
        view = View("30d", owner=page.account.id)
        row.insert(0, await complaint_messages.BUTTONS.to(call, view, "Show complaints"))
    return row


def people(page: AccountPage) -> Iterable[str | None]:
    """Give whoever of the team is named where the account is shown."""
    yield from (one.requester for one in page.waiting)
    yield from (case.owner for case in page.open_cases)
    yield from (one.who for one in page.contacts)
    for one in page.restrictions:
        yield from (one.requested_by, one.approved_by, one.lifted_by)


def _state(page: AccountPage) -> str:
    if page.account.restricted:
        return "restricted"
    if page.facts.complaints >= FLAGGED:
        return "flagged"
    if page.watched_until is not None:
        return "watched"
    return "due" if page.waiting or page.open_cases else "active"


def _header(page: AccountPage, state: str, team: Team) -> str:
    if state == "restricted":
        since = page.account.restricted_at
        return (
            f":no_entry_sign: Restricted since {wording.short_day(since, team)}"
            if since
            else ":no_entry_sign: Restricted"
        )
    if state == "flagged":
        return f":warning: Flagged: {page.facts.complaints:,} complaints"
    if page.watched_until is not None:
        return f":eyes: Watched until {wording.short_day(page.watched_until, team)}"
    return ":hourglass_flowing_sand: Something is open" if state == "due" else ":white_check_mark: In order"


def _head_lines(page: AccountPage, state: str, names: Mapping[str, str], team: Team) -> Iterable[Mrkdwn]:
    yield md("*{masked}*", masked=page.account.number_masked)
    if state == "restricted":
        yield from _restricted_lines(page, names, team)
    else:
        count = wording.count(page.facts.complaints, "complaint", "complaints")
        review = page.review_due
        by = (
            md(". Review by {at}", at=wording.moment(review, page.at, team))
            if review and state == "flagged"
            else md("")
        )
        yield md("{count} in 30 days{by}{next}", count=count, by=by, next=_next_threshold(page.facts.complaints))
    if page.watched_until is not None and not page.account.restricted:
        yield md(":eyes: Watched until {day}, complaints counted anew.", day=text.day(page.watched_until, team.zone))
    for one in page.waiting:
        yield _waiting_line(one, names, team)
    yield from _open_lines(page, names, team)


def _next_threshold(complaints: int) -> Mrkdwn:
    if complaints < FLAGGED:
        return md(", flagged at {n}.", n=FLAGGED)
    if complaints < RESTRICT:
        return md(". At {n} a restriction is due.", n=RESTRICT)
    return md(": a restriction is due.")


def _restricted_lines(page: AccountPage, names: Mapping[str, str], team: Team) -> Iterable[Mrkdwn]:
    one = page.holding
    if one is None:
        yield noted_in_faxi.restriction(page.account.restriction_reason)
    else:
        reason = REASONS.get(one.reason, REASONS["other"])
        yield md("Reason: {reason} ({number}).", reason=reason, number=cases.number(one.case_id))
        day = text.day(one.follow_up_at, team.zone)
        owner = "operations" if one.requested_by == roster.BOT else names[one.requested_by]
        if one.review_case is None:
            yield md("Follow-up on {day}, {owner}.", day=day, owner=owner)
        else:
            number = cases.number(one.review_case)
            yield md("Follow-up of {day}: {number}, {owner}.", day=day, number=number, owner=owner)
    if page.to_call is not None:
        number = page.to_call.number
        yield md(":warning: *The person was not told yet.* Please call, then record it ({number}).", number=number)
    mails = (
        md("")
        if page.mails_since is None
        else md(" {count} sent since.", count=wording.count(page.mails_since, "mail", "mails"))
    )
    if team.enforced:
        yield md("No sending, no replying.{mails} Can receive and shop.", mails=mails)
    else:
        asked = md("Asked to send no mail until we have talked.") if page.knows else md("Marked as restricted.")
        yield md("{asked}{mails} Can receive and shop.", asked=asked, mails=mails)
        yield md(":warning: Faxi does not stop the mail by itself yet.")


def _waiting_line(one: Approval, names: Mapping[str, str], team: Team) -> Mrkdwn:
    but = md("") if one.requester == roster.BOT else md(", except {who}", who=names[one.requester])
    return md(
        ":hourglass_flowing_sand: *A decision waits*: {what}? ({number})\n"
        "Asked by {who}. Any manager may decide by {until}{but}.",
        but=but,
        what=_ASKED_FOR.get(one.action, "a request"),
        number=cases.number(one.case_id),
        who=names[one.requester],
        until=text.deadline(one.expires_at, team.zone),
    )


def _open_lines(page: AccountPage, names: Mapping[str, str], team: Team) -> Iterable[Mrkdwn]:
    """Name the other open cases: the restriction's and the requests' stand above."""
    above = {one.case_id for one in page.waiting} | ({page.holding.case_id} if page.holding else set())
    others = [case for case in page.open_cases if case.id not in above]
    for case in others[:_MOST_CASES]:
        due = md(", due {at}", at=text.deadline(case.due_at, team.zone)) if case.due_at else md("")
        owner = names[case.owner] if case.owner else "nobody yet"
        yield md(
            ":white_large_square: {number} {title}{due}, {owner}",
            number=case.number,
            title=case.title,
            due=due,
            owner=owner,
        )
    if len(others) > _MOST_CASES:
        more = wording.count(len(others) - _MOST_CASES, "more open case", "more open cases")
        yield md("And {more}; `/faxi-case` lists them.", more=more)


async def buttons(call: Call, page: AccountPage, seen_by: Reader) -> list[Block]:
    """Return what this person can do about the account now; what would be refused is not there."""
    user_id = page.account.id
    value = await handles.mint(call.connection, restrictions.ACCOUNT, str(user_id), 1, call.now)
    asked, restricted = page.waits(restrictions.ACTION), page.account.restricted
    row = []
    if account_buttons.CONTACT in seen_by.actions:
        row.append(account_buttons.contact(value, primary=page.to_call is not None))
    if not restricted and asked is None and seen_by.others_decide and "restriction.ask" in seen_by.actions:
        due = page.facts.complaints >= RESTRICT and page.to_call is None
        row.append(button("Ask to restrict…", "restriction.ask", value, style="primary" if due else None))
    if restricted and page.waits("lift") is None and seen_by.others_decide and "lift.ask" in seen_by.actions:
        row.append(button("Ask to lift…", "lift.ask", value))
    able = seen_by.others_decide or seen_by.sees_requests
    if page.holding is not None and page.waits("error") is None and able and ERROR in seen_by.actions:
        row.append(error_button(value))
    if account_buttons.REVEAL in seen_by.actions and await reveal_rights.may(call):
        row.append(account_buttons.reveal(value))
    for own in (one for one in page.waiting if one.requester == seen_by.id):
        prefix = _PREFIXES.get(own.action, own.action)
        if f"{prefix}.withdraw" in seen_by.actions:
            label = f"Withdraw request {cases.number(own.case_id)}"
            row.append(decisions.withdraw_button(prefix, await approvals.button_value(call.connection, own), label))
    link = await _link(call, page) if seen_by.sees_requests else None
    if link is not None:
        row.append(button("Open the request", "open.link", url=link))
    return row[:_ROW]


async def _link(call: Call, page: AccountPage) -> str | None:
    """Return the address of the request that waits, else of the one that led to the restriction."""
    channel = call.team.channels.management
    wanted = [(one.case_id, one.id) for one in page.waiting] + ([(page.holding.case_id, None)] if page.holding else [])
    for case_id, approval_id in wanted:
        place = await place_of(call.connection, case_id, approval_id, channel)
        if place is not None:
            return call.team.link(*place)
    return None


def _sentence(page: AccountPage, state: str, team: Team) -> str:
    """Say the verdict for the notification, with nothing of the account."""
    if page.to_call is not None:
        return f"Account found, and somebody must call the person ({page.to_call.number})."
    if page.waiting:
        one = page.waiting[0]
        until = wording.until(one.expires_at, team)
        return f"Account found, with a decision due by {until} ({cases.number(one.case_id)})."
    if state == "restricted":
        return _restricted_sentence(page, team)
    if state == "flagged":
        review = page.review_due
        if review is not None:
            return f"Account found, with a review due by {wording.until(review, team)}."
        return f"Account found, flagged with {page.facts.complaints:,} complaints."
    if page.watched_until is not None:
        return f"Account found, watched until {text.day(page.watched_until, team.zone)}."
    if page.open_cases:
        return f"Account found, with an open case ({page.open_cases[0].number})."
    return "Account found, and nothing is due."


def _restricted_sentence(page: AccountPage, team: Team) -> str:
    one = page.holding
    if one is None:
        return "Account found, restricted, but not by this bot."
    if one.review_case is not None:
        return f"Account found, with its follow-up in {cases.number(one.review_case)}."
    return f"Account found, with a follow-up on {text.day(one.follow_up_at, team.zone)}."
