"""How the accounts that need attention look: what needs a step now, then a page of them, each with one button."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.engine import cases, handles, roster
from bot.engine.team import Team
from bot.mail import restrictions
from bot.mail.attention import Attention, Listed, Work
from bot.mail.crossings import FLAGGED
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, context, header, message, section
from bot.slack.interactions import Call
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, fax_messages, report_rows, wording
from commands.account_messages import Reader
from commands.list_pages import Page, Turning

TURNING = Turning("fl", "flagged.page.back", "flagged.page")
SHOW = "flagged.show"
_ASK, _LINK, _WORK = "restriction.ask", "open.link", "case.answer"


async def drawn(call: Call, found: Listed, page: Page[Attention], seen_by: Reader) -> Message:
    """Draw a page of the list for one person."""
    team = call.team
    names = await roster.names(call.connection, [one.work.owner if one.work else None for one in page.rows])
    head = f":{'warning' if found.flagged else 'eyes'}: {_accounts(found)}"
    blocks: list[Block] = [header(head), section(text.join("\n", _first_lines(found, page, seen_by, team)))]
    for one in page.rows:
        value = await handles.mint(call.connection, restrictions.ACCOUNT, str(one.account.id), 1, call.now)
        said = md(
            "*{masked}*, {count}\nNext: {next}",
            masked=one.account.number_masked,
            count=wording.count(one.complaints, "complaint", "complaints"),
            next=_next(one, names, found.at, team),
        )
        blocks.append(section(said, _button(one, value, seen_by, team)))
    row = await TURNING.buttons(call, page)
    blocks += [actions(*row)] if row else []
    return message(_sentence(found, page, seen_by, team), *blocks, _counted(found.at, team))


def none(at: datetime, accounts: int, team: Team) -> Message:
    """Say that nothing needs attention, and of how many accounts."""
    looked = wording.count(accounts, "account", "accounts")
    said = md(
        ":white_check_mark: *No account is flagged.*\n"
        "An account is flagged at {limit} complaints in 30 days. {looked} looked at.",
        limit=FLAGGED,
        looked=looked,
    )
    return message("No account is flagged.", section(said), _counted(at, team))


def away(since: datetime, team: Team) -> Message:
    """Say that the database does not answer."""
    said = md(
        ":grey_question: *Flagged accounts unknown since {since}.* The database does not answer.\n"
        "Nothing was changed. Please ask again later.",
        since=text.instant(since, team.zone),
    )
    clock = f"{text.clock_time(since, team.zone)} {wording.zone_name(since, team.zone)}"
    return message(f"The flagged accounts are unknown since {clock}: the database does not answer.", section(said))


def _counted(at: datetime, team: Team) -> Block:
    return context(
        md(
            "Most urgent first. Complaints of the last 30 days, since the last lift. Counted at {at}. "
            "This look is recorded.",
            at=text.instant(at, team.zone),
        )
    )


def _first_lines(found: Listed, page: Page[Attention], seen_by: Reader, team: Team) -> Iterable[Mrkdwn]:
    if page.start == 0:
        yield _verdict(found, seen_by, team)
        others = len(found.rows) - found.flagged
        if others and not found.flagged:
            yield md("No account is flagged: none has {limit} complaints in 30 days.", limit=FLAGGED)
        elif others:
            verb = "account has" if others == 1 else "accounts have"
            yield md(
                "{others} more {verb} fewer than {limit} complaints, but something open.",
                others=others,
                verb=verb,
                limit=FLAGGED,
            )
    if page.total > len(page.rows):
        yield md("{span}", span=page.span)
    if page.moved:
        yield md("The list has changed since the last page.")


def _verdict(found: Listed, seen_by: Reader, team: Team) -> Mrkdwn:
    now = _now(found)
    if now:
        verb = "needs" if now == 1 else "need"
        ask = found.count("ask")
        parts = []
        if ask:
            parts.append(f"{ask:,} {'has' if ask == 1 else 'have'} no request yet")
        parts += _late(found)
        return md("*{now} {verb} a next step now:* {parts}.", now=f"{now:,}", verb=verb, parts=", ".join(parts))
    mine = [one for one in found.rows if _is_for(one, seen_by)]
    if not mine:
        return md("*Nothing here needs you now.*")
    what = _what(mine[0])
    by = md(" by {at}", at=wording.moment(mine[0].at, found.at, team)) if mine[0].at else md("")
    if len(mine) == 1:
        return md("*1 needs you:* {what}{by}.", what=what, by=by)
    return md("*{count} need you:* first {what}{by}.", count=f"{len(mine):,}", what=what, by=by)


def _accounts(found: Listed) -> str:
    if found.flagged:
        return wording.count(found.flagged, "flagged account", "flagged accounts")
    return wording.count(len(found.rows), "account to look after", "accounts to look after")


def _now(found: Listed) -> int:
    return found.count("ask") + found.count("late")


def _late(found: Listed) -> Iterable[str]:
    late = [one for one in found.rows if one.need == "late"]
    calls = sum(one.work is not None and one.work.to_call for one in late)
    for number, one, many in ((len(late) - calls, "review is", "reviews are"), (calls, "call is", "calls are")):
        if number:
            yield f"{wording.count(number, one, many)} late"


def _is_for(one: Attention, seen_by: Reader) -> bool:
    """Say whether this person can do what comes next."""
    if one.need == "decide" and one.request is not None:
        return seen_by.sees_requests and one.request.requester != seen_by.id
    if one.need == "ask":
        return _ASK in seen_by.actions and seen_by.others_decide
    return one.need in {"late", "review", "unseen", "call"} and _WORK in seen_by.actions


def _what(one: Attention) -> str:
    if one.need == "decide":
        return "a decision"
    return "a call" if one.work is not None and one.work.to_call else "a review"


def _sentence(found: Listed, page: Page[Attention], seen_by: Reader, team: Team) -> str:
    accounts = _accounts(found)
    if page.start:
        return f"{accounts}, here {page.start + 1:,}-{page.end:,}."
    now = _now(found)
    if now:
        return f"{accounts}, {_of_them(now, found)} a next step now."
    mine = [one for one in found.rows if _is_for(one, seen_by)]
    if not mine:
        return f"{accounts}, and nothing here needs you now."
    by = f" by {wording.moment_plain(mine[0].at, found.at, team)}" if mine[0].at else ""
    if len(mine) == 1:
        return f"{accounts}, {_of_them(1, found)} {_what(mine[0])}{by}."
    return f"{accounts}, {len(mine):,} of them need you, first {_what(mine[0])}{by}."


def _of_them(number: int, found: Listed) -> str:
    if len(found.rows) == 1:
        return "and it needs"
    return f"{number:,} of them {'needs' if number == 1 else 'need'}"


def _next(one: Attention, names: Mapping[str, str], now: datetime, team: Team) -> Mrkdwn:
    """Say what comes next with an account, and its date."""
    number = cases.number(one.case_id) if one.case_id else ""
    at = wording.moment(one.at, now, team) if one.at else None
    if one.need == "ask":
        return _ask(one, now, team)
    if one.need == "decide" and one.request is not None:
        until = text.deadline(one.request.expires_at, team.zone)
        return md("management decides by {until} ({number})", until=until, number=number)
    if one.work is not None:
        return _step(one.work, now, names, team)
    if one.need == "watch" and one.at is not None:
        return md("watched until {day}", day=wording.short_day(one.at, team))
    if one.need in {"late", "unseen"}:
        late = md(", late since") if one.need == "late" else md(" by")
        by = md("{late} {at}", late=late, at=at) if at else md("")
        return md("review{by}: nobody has, and none is open", by=by)
    if at is None:
        return md("nothing now")
    if one.denied:
        return md("nothing now, management decided not to restrict, {at} ({number})", at=at, number=number)
    return md("nothing now, reviewed {at} ({number})", at=at, number=number)


def _ask(one: Attention, now: datetime, team: Team) -> Mrkdwn:
    since = md(", due since {at}", at=wording.moment(one.at, now, team)) if one.at else md(", due now")
    if one.again_at is None:
        return md("ask to restrict{since}", since=since)
    again = text.deadline(one.again_at, team.zone)
    return md("ask to restrict{since}. The bot asks again by itself {again}", since=since, again=again)


def _step(work: Work, now: datetime, names: Mapping[str, str], team: Team) -> Mrkdwn:
    """Say by when the review, or the call with whoever makes it, is to be."""
    number = cases.number(work.case_id)
    late = work.due_at is not None and work.due_at <= now
    if not work.to_call:
        if work.due_at is None:
            return md("review ({number})", number=number)
        word = md(", late since") if late else md(" by")
        return md("review{word} {at}", word=word, at=wording.moment(work.due_at, now, team))
    if work.due_at is None:
        when = md(" the person")
    elif late:
        when = md(", late since {at}", at=wording.moment(work.due_at, now, team))
    else:
        when = md(" {day}", day=wording.by_day(work.due_at, now, team))
    who = names[work.owner] if work.owner and work.owner != roster.BOT else "nobody has it yet"
    no_fax = md(". No fax: {why}", why=fax_messages.because(work.no_fax)) if work.no_fax else md("")
    return md("call{when}, {who} ({number}){no_fax}", when=when, who=who, number=number, no_fax=no_fax)


def _button(one: Attention, value: str, seen_by: Reader, team: Team) -> Block:
    """Make the button for what comes next, as far as this person can do it; else the one that shows the account."""
    account = one.account
    if not _is_for(one, seen_by):
        return report_rows.show_button(account, value)
    if one.need == "ask":
        return report_rows.ask_button(account, value)
    if one.need == "decide" and one.request is not None and one.request.place is not None:
        label = f"Open the request about the account{report_rows.ending(account)}"
        return button("Open the request", _LINK, url=team.link(*one.request.place), label=label)
    if one.work is not None and one.work.to_call and account_buttons.CONTACT in seen_by.actions:
        label = f"Record a contact with the account{report_rows.ending(account)}"
        return button("Record a contact…", account_buttons.CONTACT, value, label=label)
    place = one.work.place if one.work is not None else None
    if place is not None and (seen_by.sees_requests or place.destination != team.channels.management):
        label = f"Open the review of the account{report_rows.ending(account)}"
        return button("Open the review", _LINK, url=team.link(place.channel, place.ts), label=label)
    return report_rows.show_button(account, value)
