"""What needs this person: each thing with its deadline and its buttons, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bot.duty import checklists, waiting
from bot.duty.status import Figures
from bot.duty.waiting import Decision, Theirs, Waiting
from bot.engine import approvals, cases, handles
from bot.engine.access import Group, Right
from bot.engine.approvals import Approval
from bot.mail import accounts, faxes, flagged
from bot.mail.crossings import RESTRICT
from bot.mail.restrictions import Facts
from bot.slack import text
from bot.slack.blocks import Block, actions, button, section
from bot.slack.interactions import Call, Catalogue
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, fax_messages, wording
from commands.checklist_lines import Standing
from commands.checklist_messages import SHOW

SHOWN = 6
"""Things that are shown; the others are counted."""
_REVIEW_HOURS = flagged.WITHIN // timedelta(hours=1)
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_DECIDE = {"restriction": "Restrict", "lift": "Lift the restriction of", "error": "Undo our error about"}


@dataclass(frozen=True)
class Thing:
    """One thing that needs this person.

    Attributes:
        sign: how urgent it is: ``rotating_light``, ``warning``, ``grey_question`` or ``raised_hand``.
        words: what it is, in bold, and a second line.
        sentence: the same for a notification: nothing of an account, without a full stop.
        by: until when.
        buttons: what one does about it.
    """

    sign: str
    words: Mrkdwn
    sentence: str
    by: datetime | None
    buttons: Sequence[Block]


@dataclass(frozen=True)
class Needs:
    """What needs a person: the first things, and how many there are in all."""

    things: tuple[Thing, ...] = ()
    total: int = 0


async def needs(call: Call, figures: Figures, catalogue: Catalogue, *, lists: bool = True) -> Needs:
    """Return what needs whoever asks.

    Alarms of the mail are for operations and for whoever is on call, requests for management, cases
    for their owner; cases that nobody of the team has are for operations.

    Params:
        lists: lists that are due count too, each as one thing.
    """
    alarms = []
    if _watches(call, figures):
        alarms = [
            *_alarms(call, figures, catalogue),
            *_unasked(call, figures, catalogue),
            *_unreviewed(figures, catalogue),
        ]
    asked: Waiting[Decision] = Waiting((), 0)
    if call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION):
        asked = await waiting.decisions(call.connection, call.person.id, SHOWN)
    mine = _in_operations(call)
    own = await waiting.theirs(call.connection, call.person.id, call.now, SHOWN, in_operations=mine, lists=lists)
    things = [*alarms]
    for decision in asked.first:
        things += await _decision(call, decision)
    for one in own.first:
        things += await _case(call, one)
    ordered = sorted(things, key=lambda one: (one.sign != "rotating_light", one.by or call.now))
    return Needs(tuple(ordered[:SHOWN]), len(alarms) + asked.total + own.total)


def unasked(count: int) -> str:
    """Say of how many accounts at the limit nobody has asked for a restriction, without a full stop."""
    have = "account has" if count == 1 else "accounts have"
    return f"{count:,} {have} {RESTRICT} complaints or more, and no request"


def unreviewed(count: int) -> str:
    """Say of how many flagged accounts nobody has made the review, without a full stop."""
    return f"{wording.count(count, 'flagged account has', 'flagged accounts have')} no review"


def drawn(thing: Thing, *, primary: bool) -> Sequence[Block]:
    """Draw one thing with its buttons; ``primary`` marks the first of them as what is to be done first."""
    row = list(thing.buttons)
    if row and primary:
        row[0] = {**row[0], "style": "primary"}
    return [section(thing.words), actions(*row)] if row else [section(thing.words)]


def _in_operations(call: Call) -> bool:
    return Group.OPERATIONS in call.membership.of(call.person.id)


def _watches(call: Call, figures: Figures) -> bool:
    work = figures.work.now
    return _in_operations(call) or (work is not None and work.duty is not None and work.duty.person == call.person.id)


def _alarms(call: Call, figures: Figures, catalogue: Catalogue) -> list[Thing]:
    mail = figures.mail.now
    if mail is None:
        return []
    today, found = mail.figures.today, []
    limits = call.team.runbook.thresholds

    def alarm(first: Mrkdwn, minutes: int, sentence: str, *buttons: Block) -> None:
        second = md("The runbook asks for a look within {minutes} minutes.", minutes=minutes)
        words = md("*{first}*\n{second}", first=first, second=second)
        found.append(Thing("rotating_light", words, sentence, None, buttons))

    if today.complaint_rate.over(*limits.complaint_rate.critical):
        label = f"Show {wording.count(today.complaints, 'complaint', 'complaints')}"
        shown = [button(label[:24], "complaints.show")] if catalogue.find("action", "complaints.show") else []
        alarm(md("Complaints are over the limit."), 15, "the complaint rate is over its limit", *shown)
    if today.bounce_rate.over(*limits.bounce_rate.critical):
        label = f"Show {wording.count(today.bounced, 'bounce', 'bounces')}"
        shown = [button(label[:24], "bounces.show")] if catalogue.find("action", "bounces.show") else []
        alarm(md("Bounces are over the limit."), 30, "the bounce rate is over its limit", *shown)
    if mail.figures.delivery.rate.under(*limits.delivery_rate.critical):
        alarm(md("Too few mails are delivered."), 30, "too few mails are delivered")
    if mail.usual:
        weekday = _WEEKDAYS[mail.figures.at.astimezone(call.team.zone).weekday()]
        words = md(
            "*No mail was sent in 24 hours.*\nOn other {weekday} it is about {usual}.",
            weekday=weekday,
            usual=f"{_about(mail.usual):,}",
        )
        found.append(Thing("warning", words, "no mail was sent for 24 hours", None, ()))
    return found


def _unasked(call: Call, figures: Figures, catalogue: Catalogue) -> list[Thing]:
    """Say that accounts wait for somebody to ask; where complaints are over the limit, that is one thing with it."""
    mail, known = figures.mail.now, figures.accounts.now
    limit = call.team.runbook.thresholds.complaint_rate.critical
    alarmed = mail is not None and mail.figures.today.complaint_rate.over(*limit)
    if known is None or not known.unasked or alarmed:
        return []
    said = unasked(known.unasked)
    words = md("*{said}.*\nA restriction is due: please ask management.", said=said)
    return [Thing("warning", words, said, None, _show_flagged(catalogue))]


def _unreviewed(figures: Figures, catalogue: Catalogue) -> list[Thing]:
    known = figures.accounts.now
    if known is None or not known.unreviewed:
        return []
    said = unreviewed(known.unreviewed)
    words = md("*{said}.*\nThe runbook asks for one within {hours} hours.", said=said, hours=_REVIEW_HOURS)
    return [Thing("warning", words, said, None, _show_flagged(catalogue))]


def _show_flagged(catalogue: Catalogue) -> list[Block]:
    return [button("Show flagged accounts", "flagged.show")] if catalogue.find("action", "flagged.show") else []


def _about(number: int) -> int:
    """Return a number with two digits that count, and zeros."""
    return int(float(f"{number:.2g}"))


async def _decision(call: Call, one: Decision) -> list[Thing]:
    approval = await approvals.load(call.connection, one.approval)
    if approval is None or not approval.waiting:
        return []
    number, until = cases.number(approval.case_id), approval.expires_at
    words = md(
        ":raised_hand: *{what} {masked}?* {number}\n{facts}Decide by {until}.",
        what=_DECIDE.get(approval.action, "Decide about"),
        masked=await _masked(call, approval),
        number=number,
        facts=_facts(approval),
        until=text.deadline(until, call.team.zone),
    )
    link = _link(call, one.place, "Open the request", number)
    value = await _account_value(call, approval.subject)
    return [
        Thing(
            "raised_hand", words, f"a request waits for your decision ({number})", until, (*link, _show(value, number))
        )
    ]


async def _masked(call: Call, approval: Approval) -> str:
    account = await accounts.load(call.connection, approval.subject)
    return account.number_masked if account else "an account that is gone"


def _facts(approval: Approval) -> Mrkdwn:
    if approval.action != "restriction":
        return md("")
    facts = Facts.of(approval.facts)
    return md(
        "{complaints} about {mails} in 30 days. ",
        complaints=wording.count(facts.complaints, "complaint", "complaints"),
        mails=wording.count(facts.mails, "mail", "mails"),
    )


def _link(call: Call, place: tuple[str, str] | None, words: str, number: str) -> list[Block]:
    if place is None:
        return []
    return [button(words, "open.link", url=call.team.link(*place), label=f"{words} {number}")]


async def _case(call: Call, one: Theirs) -> list[Thing]:
    case = await cases.load(call.connection, one.case)
    if case is None or case.closed_at is not None:
        return []
    doubted = [told for told in await faxes.of_case(call.connection, case.id) if told.state == "unknown"]
    account = await accounts.load(call.connection, case.subject) if case.subject else None
    masked = md(", {masked}", masked=account.number_masked) if account else md("")
    by = case.due_at if one.why == "due" else None
    if doubted:
        sign, first = "grey_question", md("*Nobody knows whether a fax went out.*")
        second = fax_messages.line(doubted[0], call.team)
        sentence = f"nobody knows whether a fax went out ({case.number})"
        first = md("{first} {number}{masked}\n{second}", first=first, number=case.number, masked=masked, second=second)
    elif one.why == "untold":
        sign, sentence = "warning", f"a person was not told yet ({case.number})"
        first = md(
            ":warning: *A person was not told yet: please call.* {number}{masked}\n"
            "{title}. Please record the call then.",
            number=case.number,
            masked=masked,
            title=case.title,
        )
    else:
        late, at = by is not None and by <= call.now, text.deadline(by, call.team.zone) if by else "now"
        sign, sentence = "warning", f"{case.title[:60].lower()} {'was' if late else 'is'} due ({case.number})"
        first = md(
            ":warning: *{title}* {number}{masked}\n{step}{due}.",
            title=case.title,
            number=case.number,
            masked=masked,
            step=_next(case),
            due=md("{word} {at}", word="was due" if late else "due by", at=at),
        )
    return [Thing(sign, first, sentence, by, await _buttons(call, case, one, doubted))]


def _next(case: cases.Case) -> Mrkdwn:
    """Say what is to be done next in a case, or how much of a list is left, for a line that goes on."""
    if case.kind == "checklist":
        stand = Standing.of(case)
        return md("{left} left of {all}, ", left=len(stand.left), all=len(stand.items))
    step = case.present
    return md("Step {n}: {title}, ", n=step.position, title=step.title) if step else md("")


async def _buttons(call: Call, case: cases.Case, one: Theirs, doubted: Sequence[faxes.Told]) -> tuple[Block, ...]:
    """Make what one does about a case; who may not work on cases gets none that would be refused."""
    made: list[Block] = []
    may = call.membership.holds(call.person.id, Right.WORK)
    value = await _account_value(call, case.subject) if case.subject is not None else None
    if may and value is not None and one.why != "due":
        label = f"Record a contact with the person of {case.number}"
        made.append(button("Record a contact…", account_buttons.CONTACT, value, label=label))
        made += [await fax_messages.again_button(call.connection, told) for told in doubted[:1]]
    step = case.present
    if case.kind == "checklist":
        items = await handles.value_of(call.connection, checklists.HANDLE, f"{case.id} open", 0)
        made.append(button("Show the items", SHOW, items, label=f"Show the items of {case.number}"))
    elif may and one.why == "due" and step is not None and step.kind == "confirm":
        answer = await cases.step_value(call.connection, case.id, step.name)
        label = f"Answer step {step.position} of {case.number}: {step.title}"[:75]
        made.append(button("Answer…", "case.answer", answer, label=label))
    manages = call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION)
    if manages or one.destination != call.team.channels.management:
        made += _link(call, one.place, "Open the case", case.number)
    if value is not None:
        made.append(_show(value, case.number))
    return tuple(made)


def _show(value: str, number: str) -> Block:
    return button("Show account", account_buttons.SHOW, value, label=f"Show account of {number}")


async def _account_value(call: Call, subject: UUID) -> str:
    return await handles.mint(call.connection, accounts.HANDLE, str(subject), 1, call.now)
