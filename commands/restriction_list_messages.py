"""How the restricted accounts look: what needs a step, then a page of them: since when, why, by whom, what is next."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from bot.engine import cases, handles, roster
from bot.engine.team import Team
from bot.mail import lifts, restriction_list, restrictions
from bot.mail.restriction_list import Listed, Made, Restricted, Review
from bot.mail.restrictions import REASONS
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, context, header, message, section
from bot.slack.interactions import Call
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, fax_messages, noted_in_faxi, report_rows, wording
from commands.account_messages import Reader
from commands.list_pages import Page, Turning

TURNING = Turning("rl", "restrictions.page.back", "restrictions.page")
SHOW = "restrictions.show"
_LIFT = "lift.ask"
_NEEDS_NOW = (
    ("late", "review is late", "reviews are late"),
    ("call", "person was not told yet", "people were not told yet"),
    ("decide", "decision waits", "decisions wait"),
    ("review", "review is due", "reviews are due"),
    ("unplanned", "has no review planned", "have no review planned"),
)


async def drawn(call: Call, found: Listed, page: Page[Restricted], seen_by: Reader) -> Message:
    """Draw a page of the list for one person."""
    team = call.team
    names = await roster.names(call.connection, _people(page))
    mails = await restriction_list.mails_since(call.connection, tuple(page.rows), found.at)
    count = wording.count(len(found.rows), "restricted account", "restricted accounts")
    blocks: list[Block] = [
        header(f":no_entry_sign: {count}"),
        section(text.join("\n", _first_lines(found, page, team))),
    ]
    for one in page.rows:
        value = await handles.mint(call.connection, restrictions.ACCOUNT, str(one.account.id), 1, call.now)
        said = text.join("\n", _row(one, names, mails, found.at, team))
        blocks.append(section(said, _button(one, value, seen_by, found.at, team)))
    row = await TURNING.buttons(call, page)
    blocks += [actions(*row)] if row else []
    return message(_sentence(found, page, count), *blocks, _counted(found.at, team))


def none(at: datetime, team: Team) -> Message:
    """Say that no account is restricted."""
    said = md(":white_check_mark: *No account is restricted.*")
    return message("No account is restricted.", section(said), _counted(at, team))


def away(since: datetime, team: Team) -> Message:
    """Say that the database does not answer."""
    said = md(
        ":grey_question: *Restricted accounts unknown since {since}.* The database does not answer.\n"
        "Nothing was changed. Please ask again later.",
        since=text.instant(since, team.zone),
    )
    clock = f"{text.clock_time(since, team.zone)} {wording.zone_name(since, team.zone)}"
    return message(f"The restricted accounts are unknown since {clock}: the database does not answer.", section(said))


def _counted(at: datetime, team: Team) -> Block:
    return context(md("Most urgent first. Counted at {at}. This look is recorded.", at=text.instant(at, team.zone)))


def _people(page: Page[Restricted]) -> Iterable[str | None]:
    for one in page.rows:
        if one.made is not None:
            yield from (one.made.requested_by, one.made.approved_by)
        yield one.review.owner if one.review is not None else None
        yield one.work.owner if one.work is not None else None
        yield one.request.requester if one.request is not None else None


def _first_lines(found: Listed, page: Page[Restricted], team: Team) -> Iterable[Mrkdwn]:
    if page.start == 0:
        parts = _parts(found)
        if parts:
            yield md("*{parts}.*", parts=", ".join(parts))
        else:
            yield md("*Nothing is due*: every one has its follow-up.")
        if not team.enforced:
            yield md(":warning: Faxi does not stop their mail by itself yet.")
    if page.total > len(page.rows):
        yield md("{span}", span=page.span)
    if page.moved:
        yield md("The list has changed since the last page.")


def _parts(found: Listed) -> list[str]:
    return [wording.count(number, one, many) for need, one, many in _NEEDS_NOW if (number := _number(found, need))]


def _number(found: Listed, need: str) -> int:
    return sum(one.need == need for one in found.rows)


def _sentence(found: Listed, page: Page[Restricted], count: str) -> str:
    if page.start:
        return f"{count}, here {page.start + 1:,}-{page.end:,}."
    parts = _parts(found)
    return f"{count}: {parts[0]}." if parts else f"{count}, and nothing is due."


def _row(
    one: Restricted, names: Mapping[str, str], mails: Mapping[UUID, int], now: datetime, team: Team
) -> Iterable[Mrkdwn]:
    since = one.account.restricted_at
    when = md("since {day}", day=text.day(since, team.zone)) if since else md("nobody knows since when")
    yield md("*{masked}*, {when}", masked=one.account.number_masked, when=when)
    yield _made(one.made, names) if one.made else noted_in_faxi.restriction(one.account.restriction_reason)
    if one.account.id in mails:
        yield md("{mails} sent since", mails=wording.count(mails[one.account.id], "mail", "mails"))
    yield md("Next: {next}", next=_next(one, names, now, team))


def _made(made: Made, names: Mapping[str, str]) -> Mrkdwn:
    by_hand = md(", by hand") if made.by_hand else md("")
    return md(
        "{reason}, asked by {asker}, approved by {approver}{by_hand} ({number})",
        reason=REASONS.get(made.reason, REASONS["other"]),
        asker=names[made.requested_by],
        approver=names[made.approved_by],
        by_hand=by_hand,
        number=cases.number(made.case_id),
    )


def _next(one: Restricted, names: Mapping[str, str], now: datetime, team: Team) -> Mrkdwn:
    if one.need == "call" and one.work is not None:
        no_fax = md(". No fax: {why}", why=fax_messages.because(one.work.no_fax)) if one.work.no_fax else md("")
        number = cases.number(one.work.case_id)
        return md(
            "call the person, who was not told yet, {who} ({number}){no_fax}",
            who=_owner(one.work.owner, names),
            number=number,
            no_fax=no_fax,
        )
    if one.need == "decide" and one.request is not None:
        what = "lifts it" if one.request.action == lifts.ACTION else "undoes it as our error"
        return md(
            "management decides whether it {what} by {until}, asked by {who} ({number})",
            what=what,
            until=text.deadline(one.request.expires_at, team.zone),
            who=names[one.request.requester],
            number=cases.number(one.request.case_id),
        )
    if one.review is not None:
        return _review(one.review, one, names, now, team)
    if one.need == "late" and one.at is not None:
        return md("review, late since {at}: none is open yet", at=wording.moment(one.at, now, team))
    if one.made is None:
        return md("a look at it, nobody planned a review")
    return md("follow-up on {day}", day=text.day(one.made.follow_up_at, team.zone))


def _review(review: Review, one: Restricted, names: Mapping[str, str], now: datetime, team: Team) -> Mrkdwn:
    number = cases.number(review.case_id)
    if review.done_at is not None:
        day = text.day(review.done_at, team.zone)
        return md("a look at it, reviewed on {day} ({number}) and no other review is planned", day=day, number=number)
    if review.by is None:
        return md("review, {who} ({number})", who=_owner(review.owner, names), number=number)
    word = md(", late since") if one.need == "late" else md(" by")
    return md(
        "review{word} {at}, {who} ({number})",
        word=word,
        at=wording.moment(review.by, now, team),
        who=_owner(review.owner, names),
        number=number,
    )


def _owner(owner: str | None, names: Mapping[str, str]) -> str:
    return names[owner] if owner and owner != roster.BOT else "nobody has it yet"


def _button(one: Restricted, value: str, seen_by: Reader, now: datetime, team: Team) -> Block:
    """Make the button for what comes next, as far as this person can do it; else the one that shows the account."""
    account, request = one.account, one.request
    if one.need == "call" and account_buttons.CONTACT in seen_by.actions:
        label = f"Record a contact with the account{report_rows.ending(account)}"
        return button("Record a contact…", account_buttons.CONTACT, value, label=label)
    if one.need == "decide" and request is not None:
        if seen_by.sees_requests and request.requester != seen_by.id and request.place is not None:
            label = f"Open the request about the account{report_rows.ending(account)}"
            return button("Open the request", "open.link", url=team.link(*request.place), label=label)
    elif _may_lift(one, seen_by, now, team):
        label = f"Ask to lift the restriction of the account{report_rows.ending(account)}"
        return button("Ask to lift…", _LIFT, value, label=label)
    return report_rows.show_button(account, value)


def _may_lift(one: Restricted, seen_by: Reader, now: datetime, team: Team) -> bool:
    """Say whether this person could ask for a lift, and the days have passed that the runbook wants."""
    since = one.account.restricted_at
    if _LIFT not in seen_by.actions or not seen_by.others_decide or since is None or one.request is not None:
        return False
    return one.need != "planned" and lifts.days_since(since, now, team.zone) >= lifts.DAYS
