"""More of one account: all that happened, newest first, and its mail by day and domain; in pages of fifteen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.engine import cases, handles, roster
from bot.engine.access import Right
from bot.mail import account_page, restrictions
from bot.mail.account_page import AccountPage
from bot.mail.metrics import activity
from bot.mail.metrics.activity import ActiveDay
from bot.mail.metrics.events import Kind
from bot.slack import refusals, text
from bot.slack.blocks import Block, Message, actions, context, header, message, section
from bot.slack.interactions import Call, Interaction, Outcome, Say
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, account_history, account_messages, report_options, wording
from commands.turning import PAGE, turns

Part = Literal["history", "activity"]
PARTS: Final[Mapping[str, Part]] = {"history": "history", "activity": "activity"}
"""What may be typed after an account."""
_KIND: Final = "ah"
_PREVIOUS, _NEXT = "account.previous", "account.next"
_IN_A_SECTION = 5
_DOMAINS, _FEW_DOMAINS = 5, 3
_DOMAIN = 40
_KINDS: Final[Sequence[tuple[Kind, str]]] = (
    ("permanent", "permanent"),
    ("transient", "temporary"),
    ("undetermined", "unclear"),
)


@dataclass(frozen=True)
class _Drawn:
    """What a page is cut from: its lines, newest first, and the words around them."""

    title: str
    sentence: str
    lines: Sequence[Mrkdwn]
    none: Mrkdwn
    about: Mrkdwn


async def shown(call: Call, user_id: UUID, part: Part, offset: int = 0) -> Outcome:
    """Show a page of an account's history or of its activity to whoever asks.

    Parameters:
        offset: how many lines stand before it.
    """
    page = await account_page.of_account(call.connection, user_id, call.now)
    if page is None:
        return report_options.gone(user_id)
    days = await activity.active_days(call.connection, user_id, call.now, call.team.zone)
    drawn = await _history(call, page, days) if part == "history" else _activity(days, call.team.zone)
    answer = await _message(call, page, part, drawn, offset)
    return Outcome(Say(answer), "shown", subject=user_id, parameters={"from": offset}, tag=f"account:{part}")


async def _message(call: Call, page: AccountPage, part: Part, drawn: _Drawn, offset: int) -> Message:
    total = len(drawn.lines)
    offset = min(offset, max(0, total - 1) // PAGE * PAGE)
    lines = drawn.lines[offset : offset + PAGE]
    parts = [lines[start : start + _IN_A_SECTION] for start in range(0, len(lines), _IN_A_SECTION)]
    span = md("{first}-{last} of {total}. ", first=offset + 1, last=offset + len(lines), total=f"{total:,}")
    counted = md(
        "{span}{about} Counted at {at}. This look is recorded.",
        span=span if lines else md(""),
        about=drawn.about,
        at=text.instant(page.at, call.team.zone),
    )
    return message(
        drawn.sentence,
        header(drawn.title),
        section(md("*{masked}*", masked=page.account.number_masked)),
        *(section(text.join("\n", one)) for one in parts or [[drawn.none]]),
        actions(*await _buttons(call, page.account.id, part, offset, total)),
        context(counted),
    )


async def _buttons(call: Call, user_id: UUID, part: Part, offset: int, total: int) -> list[Block]:
    row = await turns(_PREVIOUS, _NEXT, offset, total, partial(_value, call, user_id, part))
    value = await handles.mint(call.connection, restrictions.ACCOUNT, str(user_id), 1, call.now)
    other = account_buttons.activity(value) if part == "history" else account_buttons.history(value)
    return [*row, account_buttons.show(value), other]


async def _value(call: Call, user_id: UUID, part: Part, offset: int) -> str:
    return await handles.mint(call.connection, _KIND, f"{part} {user_id}", offset, call.now)


async def _history(call: Call, page: AccountPage, days: Sequence[ActiveDay]) -> _Drawn:
    names = await roster.names(call.connection, account_messages.people(page))
    zone = call.team.zone
    dated = [*account_history.of_page(page, names), *_of_cases(page)]
    dated += [(one.at, md("complaint ({kind})", kind=one.kind)) for day in days for one in day.complaints]
    lines = [(at, md("{at} {what}", at=text.instant(at, zone, "date_time"), what=what)) for at, what in dated]
    lines += [(day.until, _day_in_history(day, zone)) for day in days if day.sent or day.bounced]
    lines.sort(key=lambda one: one[0], reverse=True)
    return _Drawn(
        title="History of one account",
        sentence="This is what happened with the account.",
        lines=[line for _, line in lines],
        none=md("Nothing happened yet that the bot knows of."),
        about=md("Newest first; mail of the last 30 days, all else from the beginning."),
    )


def _of_cases(page: AccountPage) -> Iterator[tuple[datetime, Mrkdwn]]:
    for case in page.cases:
        number = cases.number(case.id)
        yield case.opened_at, md("{number} opened: {title}", number=number, title=case.title)
        if case.closed_at is not None:
            yield case.closed_at, md("{number} closed: {title}", number=number, title=case.title)


def _activity(days: Sequence[ActiveDay], zone: ZoneInfo) -> _Drawn:
    return _Drawn(
        title="Mail of one account",
        sentence="This is the account's mail by day and domain.",
        lines=[_day(day, zone) for day in days],
        none=md("No mail in 30 days."),
        about=md("Days with mail of the last 30. Delivered is counted where the mail was sent that day."),
    )


def _day_in_history(day: ActiveDay, zone: ZoneInfo) -> Mrkdwn:
    most = sorted(day.domains, key=lambda one: -(one.sent or one.bounced))
    named = [md("{name} {count}", name=_name(one.name), count=f"{one.sent or one.bounced:,}") for one in most]
    return md(
        "{day} {counts}: {domains}", day=_date(day, zone), counts=_counts(day), domains=_some(named, _FEW_DOMAINS)
    )


def _day(day: ActiveDay, zone: ZoneInfo) -> Mrkdwn:
    named = []
    for one in day.domains:
        ends = [f"{one.delivered:,} delivered"] if one.sent else []
        ends += [f"{one.bounced:,} bounced"] if one.bounced else []
        named.append(md("{name} {count} ({ends})", name=_name(one.name), count=f"{one.sent:,}", ends=", ".join(ends)))
    counts = _counts(day)
    if day.complaints:
        more = wording.count(len(day.complaints), "complaint", "complaints")
        counts = md("{counts}, {more}", counts=counts, more=more)
    domains = md("\n{domains}", domains=_some(named, _DOMAINS)) if named else md("")
    return md("*{day}* {counts}{domains}", day=_date(day, zone), counts=counts, domains=domains)


def _counts(day: ActiveDay) -> Mrkdwn:
    mails = wording.count(day.sent, "mail", "mails")
    delivered = md(", {count} delivered", count=f"{day.delivered:,}") if day.sent else md("")
    kinds = ", ".join(f"{day.bounced[kind]:,} {word}" for kind, word in _KINDS if day.bounced.get(kind))
    bounced = md(", bounced {kinds}", kinds=kinds) if kinds else md("")
    return md("{mails}{delivered}{bounced}", mails=mails, delivered=delivered, bounced=bounced)


def _some(named: Sequence[Mrkdwn], most: int) -> Mrkdwn:
    rest = len(named) - most
    more = [md("{count}", count=wording.count(rest, "more domain", "more domains"))] if rest > 0 else []
    return text.join(", ", [*named[:most], *more])


def _name(domain: str | None) -> str:
    return text.clip(domain, _DOMAIN) if domain else "domain not kept"


def _date(day: ActiveDay, zone: ZoneInfo) -> str:
    return text.day(day.begin, zone)[:-5]  # without the year


async def _of_account(call: Call, part: Part) -> Outcome:
    handle = await handles.resolve(call.connection, restrictions.ACCOUNT, call.click.value)
    if handle is None:
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    return await shown(call, UUID(handle.subject), part)


async def _show_history(call: Call) -> Outcome:
    return await _of_account(call, "history")


async def _show_activity(call: Call) -> Outcome:
    return await _of_account(call, "activity")


async def _turn(call: Call) -> Outcome:
    handle = await handles.resolve(call.connection, _KIND, call.click.value)
    if handle is None:
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    part, _, user_id = handle.subject.partition(" ")
    return await shown(call, UUID(user_id), PARTS[part], handle.version)


def declarations() -> tuple[Interaction, ...]:
    """Return what showing more of an account takes."""
    return (
        Interaction("action", account_buttons.HISTORY, "account:history", Right.READ, _show_history),
        Interaction("action", account_buttons.ACTIVITY, "account:activity", Right.READ, _show_activity),
        Interaction("action", _PREVIOUS, "account:history", Right.READ, _turn),
        Interaction("action", _NEXT, "account:history", Right.READ, _turn),
    )
