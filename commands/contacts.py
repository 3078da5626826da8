"""Record a contact…: a call, fax or letter with a person, as choices only."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from bot.engine import approvals, cases, handles, roster
from bot.engine.access import Membership, Person, Right
from bot.mail import account_page, accounts, contacts, restrictions
from bot.mail.accounts import Account
from bot.mail.contacts import HOW, OUTCOMES, SAID, Contact, Refused, Settled
from bot.slack import refusals, text
from bot.slack.blocks import (
    Block,
    View,
    actions,
    checkboxes,
    context,
    input_block,
    modal,
    moment_input,
    option,
    radio,
    section,
    users_select,
)
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Catalogue, Errors, Interaction, Outcome, Say, Show
from bot.slack.people import Directory
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, account_history, account_messages

_TITLE = "Record a contact"


def _looking(_click: Click) -> View:
    return looking(_TITLE)


async def _who(click: Click, membership: Membership, directory: Directory) -> Person | None:
    """Return the person who was in contact, as Slack knows them; ``None`` when they are none of the team."""
    who = click.values.get("who", "")
    return await directory.person(who) if membership.holds(who, Right.WORK) else None


async def _about(call: Call, value: str | None) -> tuple[Account, int | None] | None:
    """Return the account that a button or form names, and the case that a contact now belongs to."""
    of_account = await handles.resolve(call.connection, restrictions.ACCOUNT, value)
    of_request = await handles.resolve(call.connection, approvals.HANDLE, value)
    if of_request is not None:
        approval = await approvals.load(call.connection, int(of_request.subject))
        account = await accounts.load(call.connection, approval.subject) if approval else None
        return (account, approval.case_id) if approval and account else None
    account = await accounts.load(call.connection, UUID(of_account.subject)) if of_account else None
    return (account, await _case_of(call, account)) if account else None


async def _case_of(call: Call, account: Account) -> int | None:
    """Return the case in which somebody is to call or talk, else that of the restriction that holds."""
    for case in await contacts.open_cases(call.connection, account.id):
        if contacts.to_talk(case):
            return case.id
    held = await restrictions.open_restriction(call.connection, account.id)
    return held.case_id if held else None


async def _form(call: Call) -> Outcome:
    about = await _about(call, call.click.value)
    if about is None:
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    account, case_id = about
    view = _empty_form(call, account, case_id)
    return Outcome(Show(view), "form", subject=account.id, case_id=case_id)


def _choices(words: Mapping[str, str]) -> list[Block]:
    return [option(said, key) for key, said in words.items()]


def _empty_form(call: Call, account: Account, case_id: int | None) -> View:
    number = md(" · {number}", number=cases.number(case_id)) if case_id else md("")
    zone = call.team.zone
    state = md("Not restricted.")
    if account.restricted and account.restricted_at is not None:
        state = md("Restricted since {day}.", day=text.day(account.restricted_at, zone)[:-5])
    elif account.restricted:
        state = md("Restricted.")
    last = [context(md("A request to lift can point to this contact."))] if account.restricted else []
    kept = "Only these choices are kept, no words of the person."
    return modal(
        account_buttons.CONTACT,
        _TITLE,
        section(md("*{masked}*{number}\n{state}", masked=account.number_masked, number=number, state=state)),
        input_block("How?", radio("how", *_choices(HOW), initial="call"), block_id="how"),
        input_block("Who of us?", users_select("who", initial=call.person.id), block_id="who"),
        input_block("When?", moment_input("when", initial=call.now), block_id="when"),
        input_block("How did it end?", radio("outcome", *_choices(OUTCOMES), initial="talked"), block_id="outcome"),
        input_block(
            "What did the person say?",
            checkboxes("said", *_choices(SAID)),
            block_id="said",
            hint=kept,
            optional=True,
        ),
        *last,
        submit="Record contact",
        close="Cancel",
        metadata=call.click.value or "",
    )


def _instant(typed: str) -> datetime | None:
    """Read what Slack says of a day and time: seconds since 1970."""
    try:
        return datetime.fromtimestamp(int(typed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def declarations(catalogue: Callable[[], Catalogue]) -> tuple[Interaction, ...]:
    """Return what recording a contact takes; what can be done next is read from the catalogue when asked."""

    async def submit(call: Call) -> Outcome:
        about = await _about(call, call.click.metadata)
        if about is None:
            return Outcome(Say(refusals.old_button()), "refused:stale_form", allowed=False)
        account, case_id = about
        values, who = call.click.values, call.prepared
        at = _instant(values.get("when", ""))
        wrong = {}
        if at is None:
            wrong["when"] = "Please give the day and the time."
        if not isinstance(who, Person):
            wrong["who"] = "Please choose somebody of operations, engineering or management."
        if at is None or not isinstance(who, Person):
            return Outcome(Errors(wrong), "refused:form", allowed=False, subject=account.id, case_id=case_id)
        kept = await contacts.record(
            call.connection,
            subject=account.id,
            case_id=case_id,
            how=values.get("how", ""),
            who=who.id,
            at=at,
            outcome=values.get("outcome", ""),
            said=[one for one in values.get("said", "").split(",") if one],
            by=call.person.id,
            now=call.now,
        )
        if isinstance(kept, Refused):
            errors = Errors({kept.part: kept.reason})
            return Outcome(errors, "refused:form", allowed=False, subject=account.id, case_id=case_id)
        await roster.remember(call.connection, who, call.now)
        settled = await contacts.settle_call(call.connection, kept, call.now)
        view = await _saved(call, catalogue(), kept, settled)
        parameters = {
            "how": kept.how,
            "who": kept.who,
            "outcome": kept.outcome,
            "said": list(kept.said),
            "step": settled.step.name if settled else None,
        }
        return Outcome(Show(view), "recorded", subject=account.id, case_id=case_id, parameters=parameters)

    return (
        Interaction("action", account_buttons.CONTACT, "account:contact_form", Right.WORK, _form, opening=_looking),
        Interaction("view", account_buttons.CONTACT, "account:contact", Right.WORK, submit, prepare=_who),
    )


async def _saved(call: Call, catalogue: Catalogue, kept: Contact, settled: Settled | None) -> View:
    """Say what was recorded, what it settled, and offer what may come next."""
    names = await roster.names(call.connection, [kept.who])
    way, who = account_history.how(kept, names)
    lines: list[Mrkdwn] = [
        md(
            ":white_check_mark: *Recorded:* {way} of {at}, {who}. {outcome}.",
            way=way,
            at=text.deadline(kept.at, call.team.zone),
            who=who,
            outcome=OUTCOMES[kept.outcome],
        )
    ]
    words = account_history.said(kept)
    if words is not None:
        lines.append(words)
    if settled is not None:
        number = cases.number(settled.case_id)
        closed = md(" It was the last step: the case is closed.") if settled.closed else md("")
        lines.append(md("Step {n} of {number} is done.{closed}", n=settled.step.position, number=number, closed=closed))
    page = await account_page.of_account(call.connection, kept.subject, call.now)
    row: list[Block] = []
    if page is not None:
        offered = await account_messages.buttons(call, page, account_messages.reader(call, catalogue))
        row = [one for one in offered if one["action_id"] == "lift.ask"]
        value = await handles.value_of(call.connection, restrictions.ACCOUNT, str(kept.subject), 1)
        row.append(account_buttons.show(value))
    rest = [actions(*row)] if row else []
    return modal(f"{account_buttons.CONTACT}.saved", _TITLE, section(text.join("\n", lines)), *rest)
