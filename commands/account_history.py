"""What happened with an account, newest first: restrictions, contacts in coded words, and what was told by fax."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.engine import cases
from bot.engine.team import Team
from bot.mail.account_page import REVIEW, AccountPage, Past
from bot.mail.contacts import HOW, OUTCOMES, SAID, Contact
from bot.mail.faxes import Told
from bot.slack import text
from bot.slack.blocks import Block, section
from bot.slack.text import Mrkdwn, md
from commands import fax_messages

_MOST = 10
_IN_A_SECTION = 5
_NAME = 40
_FAXES: Mapping[str, str] = {
    "restriction": "restriction fax",
    "lift": "fax about the lift",
    "apology": "apology by fax",
    "warning": "warning fax",
}
_BECAME: Mapping[str, str] = {
    "sending": "on its way",
    "told": "delivered",
    "failed": "failed",
    "unknown": "unknown: nobody knows whether it went out",
    "refused": "not sent",
    "cancelled": "taken back",
}
_LIFTED: Mapping[str, str] = {"lift": "lifted", "error": "undone, our error", "by_hand": "lifted by hand"}


def said(contact: Contact) -> Mrkdwn | None:
    """Say what the person said, in the words of the choices; ``None`` when nothing is kept."""
    return md("{words}.", words=". ".join(SAID[one] for one in contact.said)) if contact.said else None


def how(contact: Contact, names: Mapping[str, str]) -> tuple[str, str]:
    """Return the way of a contact as it stands within a sentence, and who of the team it was."""
    return HOW[contact.how].lower(), text.clip(names[contact.who], _NAME)


def blocks(page: AccountPage, names: Mapping[str, str], team: Team) -> Sequence[Block]:
    """Draw the newest of what happened, and say how much more there is; nothing where nothing happened."""
    entries = sorted([*of_page(page, names), *_flagged(page)], key=lambda one: one[0], reverse=True)
    lines = [md("{at} {what}", at=text.instant(at, team.zone, "date_time"), what=what) for at, what in entries[:_MOST]]
    if not lines:
        return []
    if len(entries) > _MOST:
        lines.append(md("And {count} earlier.", count=f"{len(entries) - _MOST:,}"))
    parts = [lines[start : start + _IN_A_SECTION] for start in range(0, len(lines), _IN_A_SECTION)]
    parts[0] = [md("*What happened*"), *parts[0]]
    return [section(text.join("\n", part)) for part in parts]


def _flagged(page: AccountPage) -> Iterator[tuple[datetime, Mrkdwn]]:
    for case in page.cases:
        if case.procedure == REVIEW:
            yield case.opened_at, md("third complaint, flagged ({number})", number=cases.number(case.id))


def of_page(page: AccountPage, names: Mapping[str, str]) -> Iterator[tuple[datetime, Mrkdwn]]:
    """Give what the team did about an account, in no order: restrictions, contacts, faxes."""
    for past in page.restrictions:
        yield from _of_restriction(past, names)
    if page.account.restricted and page.holding is None and page.account.restricted_at is not None:
        yield page.account.restricted_at, md("restricted, not by this bot")
    for contact in page.contacts:
        way, who = how(contact, names)
        ended = md("{outcome}.", outcome=OUTCOMES[contact.outcome])
        words = text.join(" ", [one for one in (ended, said(contact)) if one is not None])
        yield contact.at, md("{way}, {who}. {words}", way=way, who=who, words=words)
    for told in page.told:
        yield _of_fax(told)


def _of_restriction(past: Past, names: Mapping[str, str]) -> Iterator[tuple[datetime, Mrkdwn]]:
    number, who = cases.number(past.case_id), text.clip(names[past.approved_by], _NAME)
    yield past.restricted_at, md("restricted, approved by {who} ({number})", who=who, number=number)
    if past.lifted_at is not None and past.lifted_as == "elsewhere":
        number = cases.number(past.lift_case or past.case_id)
        yield past.lifted_at, md("an older mark had ended elsewhere ({number})", number=number)
    elif past.lifted_at is not None:
        became = _LIFTED[past.lifted_as or "by_hand"]
        who = text.clip(names[past.lifted_by or past.approved_by], _NAME)
        number = cases.number(past.lift_case or past.case_id)
        yield past.lifted_at, md("{became}, {who} ({number})", became=became, who=who, number=number)


def _of_fax(told: Told) -> tuple[datetime, Mrkdwn]:
    why = md("")
    if told.state in {"refused", "failed"}:
        why = md(": {why}", why=fax_messages.because(told.reason))
    newest = told.newest
    waits = told.state == "sending" and newest is not None and newest.state == "waiting"
    became = "waits to be sent" if waits else _BECAME[told.state]
    fax, number = _FAXES[told.kind], cases.number(told.case_id)
    what = md("{fax} {became}{why} ({number})", fax=fax, became=became, why=why, number=number)
    return told.ended_at or told.wanted_at, what
