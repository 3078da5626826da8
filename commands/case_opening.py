"""Open a case: the shortcut of a message, and the form that asks which procedure fits and which account."""

from typing import Final
from uuid import UUID

from bot.base import masking
from bot.duty import case_opening
from bot.duty.case_opening import GENERAL, Refused
from bot.engine import handles
from bot.engine.access import Right
from bot.engine.cases import Origin
from bot.engine.procedures import Checklist, Procedure
from bot.engine.team import Team
from bot.mail import accounts
from bot.mail.accounts import Account
from bot.slack import refusals, text
from bot.slack.blocks import Block, View, button, context, input_block, modal, option, section, select, text_input
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Interaction, Offered, Outcome, Say, Show
from bot.slack.text import Mrkdwn, md
from commands import case_steps

OPEN: Final = "case.open"
"""The shortcut, and the form."""
ANOTHER: Final = "case.another"
_TITLE: Final = "Open a case"
_HANDLE: Final = "op"
_MOST: Final = 100
_MESSAGE: Final = "m"
_ACCOUNT: Final = "a"
_PARTS: Final = 6


def choices(team: Team) -> dict[str, Procedure]:
    """Return the procedures that a person may start, by name: the general one first, then in the file's order."""
    found = {
        name: one
        for name, one in team.runbook.procedures.items()
        if one.starts == "by_hand" and not isinstance(one, Checklist)
    }
    first = {GENERAL: found.pop(GENERAL)} if GENERAL in found else {}
    return {**first, **found}


async def form(call: Call, origin: Origin | None, *, chosen: str | None = None) -> View:
    """Ask which procedure fits, and which account where it is about one.

    Parameters:
        origin: the message that it is opened from; only its place is kept, never its words.
        chosen: the procedure that is chosen first.
    """
    offered = choices(call.team)
    options = [option(text.clip(one.title, 75), name) for name, one in offered.items()][:_MOST]
    first = chosen if chosen in offered else next(iter(offered), None)
    about: list[Block] = []
    metadata = ""
    if origin is not None and origin.channel is not None and origin.ts is not None:
        link = Mrkdwn(call.team.link(origin.channel, origin.ts))
        about.append(section(md("From <{link}|this message>. Its words are not kept.", link=link)))
        place = f"{_MESSAGE}:{origin.channel}:{origin.ts}"
        metadata = await handles.mint(call.connection, _HANDLE, place, 1, call.now)
    named = [one.title for one in offered.values() if one.about_account]
    asks = [
        input_block(
            "Account, where it is about one",
            text_input("number", most=255, placeholder="+81 90 1234 5678"),
            block_id="account",
            hint="With country code or as dialled in Japan, a mail address or an id.",
            optional=True,
        )
    ]
    return modal(
        OPEN,
        _TITLE,
        *about,
        input_block("What is it about?", select("procedure", *options, initial=first), block_id="procedure"),
        *(asks if named else []),
        context(md("You have the case then. It appears in the operations channel.")),
        submit="Open case",
        close="Cancel",
        metadata=metadata,
    )


async def _shortcut(call: Call) -> Outcome:
    if call.click.channel is None or call.click.message_ts is None:
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    if not choices(call.team):
        return _nothing()
    return Outcome(Show(await form(call, Origin(channel=call.click.channel, ts=call.click.message_ts))), "form")


def _nothing() -> Outcome:
    none = section(md(":heavy_minus_sign: The runbook has no procedure that people start.\nNothing was changed."))
    view = modal("case.none", _TITLE, none)
    return Outcome(Show(view), "refused:no_procedure", allowed=False)


async def _submit(call: Call) -> Outcome:
    name = call.click.values.get("procedure", "")
    typed = call.click.values.get("account", "").strip()
    wanted = choices(call.team).get(name)
    if wanted is None:
        return Outcome(Errors({"procedure": "Please choose one of the list."}), "refused:form", allowed=False)
    account: Account | None = None
    if wanted.about_account:
        found = await accounts.find(call.connection, typed) if typed else None
        if not isinstance(found, Account):
            why = (
                "Please give the account: this is about one."
                if not typed
                else "No one account has this. Please check it."
            )
            parameters = {"typed": masking.mask_typed(typed)} if typed else {}
            return Outcome(Errors({"account": why}), "refused:not_found", allowed=False, parameters=parameters)
        account = found
    origin = await _origin(call, call.click.metadata)
    return await opened(call, name, account.id if account else None, origin)


async def _origin(call: Call, value: str) -> Origin | None:
    held = await handles.resolve(call.connection, _HANDLE, value)
    parts = held.subject.split(":") if held else []
    return Origin(channel=parts[1], ts=parts[2]) if parts[:1] == [_MESSAGE] else None


async def opened(
    call: Call, name: str, account: UUID | None, origin: Origin | None, *, beside: int | None = None
) -> Outcome:
    """Open the case, or say which one is there, with the button that opens another one all the same."""
    made = await case_opening.open_procedure(
        call.connection,
        call.team,
        name,
        by=call.person.id,
        now=call.now,
        account=account,
        origin=origin,
        beside=beside,
    )
    if isinstance(made, Refused):
        return Outcome(Say(refusals.old_button()), f"refused:{made.why}", allowed=False)
    if made.new:
        return await case_steps.opened_answer(call, made.case_id, new=True)
    place = f"{origin.channel}:{origin.ts}" if origin is not None and origin.ts is not None else ":"
    subject = f"{_ACCOUNT}:{place}:{account or ''}:{name}:{made.case_id}"
    value = await handles.mint(call.connection, _HANDLE, subject, 1, call.now)
    more = (button("Open another one", ANOTHER, value, label="Open another one about the same"),)
    return await case_steps.opened_answer(call, made.case_id, new=False, more=more)


async def _another(call: Call) -> Outcome:
    held = await handles.resolve(call.connection, _HANDLE, call.click.value)
    parts = held.subject.split(":") if held else []
    if parts[:1] != [_ACCOUNT] or len(parts) != _PARTS or parts[4] not in choices(call.team):
        return Outcome(Say(refusals.old_button()), "refused:unknown_button", allowed=False)
    _, channel, ts, account, name, there = parts
    origin = Origin(channel=channel, ts=ts) if ts else None
    return await opened(call, name, UUID(account) if account else None, origin, beside=int(there))


def _looking(_click: Click) -> View:
    return looking(_TITLE)


def declarations() -> tuple[Interaction, ...]:
    """Return what opens a case by hand."""
    offered = Offered("Open a case", "Makes a case of this message, with a link to it")
    return (
        Interaction("shortcut", OPEN, "case:open_form", Right.WORK, _shortcut, opening=_looking, offered=offered),
        Interaction("view", OPEN, "case:open", Right.WORK, _submit),
        Interaction("action", ANOTHER, "case:open", Right.WORK, _another),
    )
