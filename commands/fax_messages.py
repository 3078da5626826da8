"""What is said of a fax to a person: its line in a live message, why it failed, and its replies in the thread."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.base.database import Connection
from bot.engine import cases, handles, roster
from bot.engine.access import Group
from bot.engine.team import Team
from bot.mail import accounts, fax_outcomes, faxes
from bot.mail.faxes import Attempt, Told
from bot.services import telnyx
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, confirm, message, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, wording

NAMES: Mapping[str, str] = {
    "restriction": "Fax",
    "lift": "Fax",
    "apology": "Apology by fax",
    "warning": "Warning fax",
}
"""What each kind of notice is called at the start of a line."""
_REASONS: Mapping[str, str] = {
    "gone": "the account is gone",
    "demo_user": "this is Faxi's demo user",
    "not_e164": "the number is not written as a telephone number",
    "not_verified": "the fax number is not verified",
    "not_set_up": "faxes are not set up",
    "too_late": "the bot was away for hours when it was to go out",
    "broken": "something in the bot failed again and again (its log says what)",
    "not_restricted": "the account is not restricted any more",
    "restricted_again": "the account is restricted again",
    "restricted_meanwhile": "the account is restricted by now",
    "not_sent": "the fax service took nothing for three quarters of an hour",
    "pages_not_stored": "the pages could not be stored",
    "telnyx_refused": "Telnyx refused it",
    "answer_lost": "Telnyx did not answer, and twice did not find the fax",
    "not_asked": "Telnyx did not answer, and cannot be asked whether it has the fax",
    "no_end": "Telnyx has not said for a day what became of it",
}
_NOBODY: Final = frozenset({"gone", "demo_user"})
"""Why a notice fails where there is nobody who could be called."""
_DEAD: Final = frozenset(
    {
        "not_e164",
        "receiver_unallocated_number",
        "receiver_invalid_number_format",
        "destination_invalid",
        "destination_unreachable",
    }
)
"""Why a notice fails where a call to the same number would fail too."""
_KNOWS: Mapping[str, str] = {
    "lift": "The person knows that mail may be sent again.",
    "apology": "The person knows that it was our error.",
    "warning": "The person knows of the complaints, and what happens at 5.",
}


def because(reason: str | None) -> str:
    """Return in words why a notice was refused or failed: a code of ours, else Telnyx's own reason."""
    return _REASONS.get(reason or "") or telnyx.words(reason)


def not_by_call(reason: str | None) -> str | None:
    """Say, as the end of a sentence, what helps where a call would reach nobody; ``None`` where one may.

    Parameters:
        reason: why no fax reached the person: a code of ours, else Telnyx's own.
    """
    if reason in _NOBODY:
        return "there is nobody to call: please answer the step as not applicable."
    if reason in _DEAD:
        return (
            "a call to this number would not arrive either: please try another number, the family, "
            "a mail or a letter, and record how it went."
        )
    return None


def line(told: Told, team: Team) -> Mrkdwn:
    """Draw the one line that says how far a notice has come: a sign and words."""
    name = NAMES[told.kind]
    newest = told.newest
    at = text.instant(told.ended_at, team.zone, "date_time") if told.ended_at else md("")
    if told.state == "told":
        pages = told.arrived.pages if told.arrived else None
        count = md(" ({pages})", pages=wording.count(pages, "page", "pages")) if pages else md("")
        return md(":white_check_mark: {name} delivered, {at}{count}", name=name, at=at, count=count)
    if told.state == "failed":
        return md(":no_entry_sign: {name} failed, {at}: {why}", name=name, at=at, why=tries(told))
    if told.state == "refused":
        return md(":no_entry_sign: {name}: none can go out, {why}", name=name, why=because(told.reason))
    if told.state == "cancelled":
        why = md(": {why}", why=because(told.reason)) if told.reason else md("")
        return md(":heavy_minus_sign: {name} taken back before it went out, {at}{why}", name=name, at=at, why=why)
    if told.state == "unknown":
        reference = newest.reference if newest else ""
        since = text.instant(newest.attempted_at, team.zone, "date_time") if newest and newest.attempted_at else md("")
        return md(
            ":grey_question: {name} {reference} unknown since {since}", name=name, reference=reference, since=since
        )
    return _under_way(name, told, team) if newest else md(":hourglass_flowing_sand: {name} to the person", name=name)


def tries(told: Told) -> str:
    """Say why a notice failed, and after how many attempts where there were several."""
    number = told.tries
    return because(told.reason) + (f", {number} tries" if number > 1 else "")


def _under_way(name: str, told: Told, team: Team) -> Mrkdwn:
    newest = told.attempts[-1]
    if newest.state == "following":
        sent = text.instant(newest.accepted_at, team.zone, "date_time") if newest.accepted_at else md("")
        return md(":hourglass_flowing_sand: {name} sent, {at}; not delivered yet", name=name, at=sent)
    if newest.state == "asking":
        return md(":grey_question: {name}: no answer from Telnyx, the bot asks whether it has the fax", name=name)
    if newest.state == "attempting":
        return md(":hourglass_flowing_sand: {name} to the person: being sent", name=name)
    before = _before(told)
    if before is not None:
        return md(
            ":hourglass_flowing_sand: {name}: {why}; try {number} at {at}",
            name=name,
            why=because(before.failure_reason),
            number=str(told.tries),
            at=text.instant(newest.due_at, team.zone, "date_time"),
        )
    if newest.error:
        return md(
            ":hourglass_flowing_sand: {name} waits: the fax service cannot be reached, the bot tries on", name=name
        )
    if newest.due_at > newest.wanted_at:
        return md(
            ":hourglass_flowing_sand: {name} to the person: waits until {at}",
            name=name,
            at=text.instant(newest.due_at, team.zone),
        )
    return md(":hourglass_flowing_sand: {name} to the person: queued", name=name)


def _before(told: Told) -> Attempt | None:
    """Return the attempt before the newest one, since a person wanted the notice."""
    counted = [one for one in told.attempts if one.attempt >= told.first_attempt]
    return counted[-2] if len(counted) > 1 else None


async def again_button(connection: Connection, told: Told, *, primary: bool = False) -> Block:
    """Make the button that sends a notice once more; of one that is unknown, it asks first."""
    value = await handles.value_of(connection, faxes.HANDLE, str(told.id), 1)
    twice = (
        "Nobody knows whether the first one arrived. The person may get it twice." if told.state == "unknown" else ""
    )
    return button(
        "Send the fax again",
        "fax.again",
        value,
        style="primary" if primary else None,
        label=f"Send the fax again to the person of {cases.number(told.case_id)}",
        confirm=confirm("Send the fax again?", twice or "The person gets the same notice.", "Send", "Not now"),
    )


async def _called(
    connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team
) -> tuple[str, Mrkdwn]:
    """Return the case's number, and whoever has it, if still of the team: called by day, named at night.

    Operations where nobody has it, or Slack could not reach whoever does.
    """
    case = await cases.load(connection, cases.id_of(subject))
    owner = case.owner if case else None
    number = cases.number(cases.id_of(subject))
    nobody = owner is None or owner == roster.BOT or parameters.get("instead")
    if nobody or owner is None or not await roster.works(connection, owner):
        return number, md("Operations") if parameters["quiet"] else wording.mention_group(team, Group.OPERATIONS)
    if parameters["quiet"]:
        return number, md("{who}", who=(await roster.names(connection, [owner]))[owner])
    return number, text.user(owner)


async def _told(connection: Connection, subject: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    told = await faxes.load(connection, parameters["notice"])
    number = cases.number(cases.id_of(subject))
    pages = told.arrived.pages if told.arrived else None
    count = md(" ({pages})", pages=wording.count(pages, "page", "pages")) if pages else md("")
    if told.kind == "restriction" and told.facts["enforced"]:
        knows = "The person knows why no mail goes out, and how to ask for a review."
    else:
        asked = "The person knows why we ask for no mail until we have talked, and how to ask for a review."
        knows = _KNOWS.get(told.kind, asked)
    said = md(":white_check_mark: *{name} delivered*{count}. {knows}", name=NAMES[told.kind], count=count, knows=knows)
    return message(f"The fax was delivered ({number}).", section(said))


async def _failed(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    number, who = await _called(connection, subject, parameters, team)
    told = await faxes.load(connection, parameters["notice"])
    said = md(
        ":no_entry_sign: *{name} failed:* {why}.\n{who}, {please}",
        name=NAMES[told.kind],
        why=tries(told) if told.state == "failed" else because(parameters["reason"]),
        who=who,
        please=not_by_call(parameters["reason"]) or "please call the person, and record how it went.",
    )
    about = await _alone(connection, told, parameters)
    return message(f"The fax failed: please see that the person hears of it ({number}).", section(said), *about)


async def _refused(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    number, who = await _called(connection, subject, parameters, team)
    said = md(
        ":no_entry_sign: *No fax can go out:* {why}.\n{who}, {please}",
        why=because(parameters["reason"]),
        who=who,
        please=not_by_call(parameters["reason"]) or "please call the person, and record how it went.",
    )
    about = await _alone(connection, await faxes.load(connection, parameters["notice"]), parameters)
    return message(f"No fax can go out: please see that the person hears of it ({number}).", section(said), *about)


async def _unknown(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    number, who = await _called(connection, subject, parameters, team)
    why = because(parameters["reason"])
    said = md(
        ":grey_question: *Nobody knows whether the fax went out:* {why}.\n"
        "A second one might reach the person twice. {who}, please decide{above}: send it again, or call.",
        why=why,
        who=who,
        above="" if parameters.get("alone") else " above",
    )
    about = await _alone(connection, await faxes.load(connection, parameters["notice"]), parameters)
    return message(f"Nobody knows whether the fax went out: please decide ({number}).", section(said), *about)


async def _strange(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say that Telnyx has a fax that it should not have, and what to do."""
    number, who = await _called(connection, subject, parameters, team)
    fax = str(parameters["fax"])
    if parameters["what"] == "two":
        what = md("*Telnyx has two faxes for one of ours* ({fax}): the person may get the same one twice.", fax=fax)
        do = md("{who}, please look in Telnyx's list, and stop the one that is not through yet.", who=who)
        sentence = "Telnyx has two faxes for one of ours"
    else:
        what = md("*Telnyx has a fax that the bot takes for not sent* ({fax}): the person may get it.", fax=fax)
        do = md("{who}, please look in Telnyx's list what became of it, before anybody sends it again.", who=who)
        sentence = "Telnyx has a fax that the bot takes for not sent"
    end = md("If it reached the person, say so when you talk to them.")
    said = md(":warning: {what}\n{do} {end}", what=what, do=do, end=end)
    return message(f"{sentence}: please look ({number}).", section(said))


async def _alone(connection: Connection, told: Told, parameters: Mapping[str, Any]) -> tuple[Block, ...]:
    """Say whom it is about, and give its buttons, where no live message stands above it."""
    if not parameters.get("alone"):
        return ()
    account = await accounts.load(connection, told.subject)
    masked = account.number_masked if account else "an account that is gone"
    value = await handles.value_of(connection, accounts.HANDLE, str(told.subject), 1)
    again = [await again_button(connection, told)] if told.state in {"failed", "unknown"} else []
    return (
        section(md("*{masked}* · {number}", masked=masked, number=cases.number(told.case_id))),
        actions(account_buttons.contact(value, primary=True), *again, account_buttons.show(value)),
    )


def renderers() -> Mapping[str, Renderer]:
    """Return what draws the replies about faxes."""
    drawn: Mapping[str, Callable[..., Any]] = {
        "told": _told,
        "failed": _failed,
        "unknown": _unknown,
        "refused": _refused,
    }
    return {fax_outcomes.STRANGE: _strange} | {faxes.POSTS[state]: renderer for state, renderer in drawn.items()}


def hours(team: Team) -> str:
    """Say between which times of a day faxes go out: ``between 09:00 and 18:00``."""
    span = team.calendar.fax
    return f"between {span.start:%H:%M} and {span.end:%H:%M}"
