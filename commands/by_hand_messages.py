"""What is said of a restriction or lift that was made by hand, and the form that shows its fax and sends it."""

from collections.abc import Mapping
from typing import Any

from bot.base.database import Connection
from bot.engine import cases, roster
from bot.engine.access import Group, Right
from bot.engine.cases import Case
from bot.engine.team import Team
from bot.mail import accounts, by_hand, faxes, previews
from bot.mail.by_hand import Act
from bot.paper import notices
from bot.slack import text
from bot.slack.blocks import Block, Message, View, actions, button, context, header, message, modal, quote, section
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Interaction, Outcome, Say, Show
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import case_words, fax_messages, fax_previews, wording

_READ = "Read the fax"


async def _known(connection: Connection, subject: str) -> tuple[Act, Case, str]:
    """Return what was done, its case, and the masked number."""
    case_id = cases.id_of(subject)
    act, case = await by_hand.of_case(connection, case_id), await cases.load(connection, case_id)
    if act is None or case is None:
        reason = f"nothing was done by hand in {subject}"
        raise LookupError(reason)
    account = await accounts.load(connection, act.subject)
    return act, case, account.number_masked if account else "an account that is gone"


def _done(act: Act) -> str:
    return "Lifted" if act.lifting else "Restricted"


def _who(act: Act, team: Team) -> Mrkdwn:
    return md(
        "Asked by {asker}, approved by {approver}, {at}.",
        asker=act.requested_by,
        approver=act.approved_by,
        at=text.instant(act.at, team.zone, "date_time"),
    )


async def _live(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Draw the live message in the management channel: what was done by hand, and what is left to do."""
    act, case, masked = await _known(connection, subject)
    holds = await by_hand.stands(connection, act)
    proposed = await by_hand.proposed(connection, case.id) is not None
    left = case.closed_at is None and case.present is not None
    lines = [md("*{masked}* · {number}", masked=masked, number=case.number), _who(act, team)]
    lines.append(md("*Why*: {reason}", reason=act.words))
    if not holds:
        lines.append(md(":heavy_minus_sign: It was changed again since."))
    names = await roster.names(connection, [step.who for step in case.steps])
    told = [fax_messages.line(one, team) for one in await faxes.of_case(connection, case.id)]
    below = [*told, *[case_words.step_line(step, case, names, team) for step in case.steps if case.applies(step)]]
    if not act.lifting and holds and not team.enforced:
        below.append(md(":warning: Faxi does not stop the mail by itself yet."))
    verdict = "please see what is left" if left else "nothing is left to do"
    return message(
        f"{_done(act)} by hand while Slack or the bot was away: {verdict} ({case.number}).",
        header(f"{':warning:' if left else ':white_check_mark:'} {_done(act)} by hand"),
        section(text.join("\n", lines)),
        *await _next(connection, case, proposed=proposed),
        *([section(text.join("\n", below))] if below else []),
        context(md("Done at the database. The names are as they were typed there.")),
    )


async def _next(connection: Connection, case: Case, *, proposed: bool) -> list[Block]:
    """Draw what comes next: the fax that waits for a manager, what became of it, or the step of a person."""
    if proposed:
        value = await cases.step_value(connection, case.id, "tell")
        label = f"Read the fax of {case.number}, then send it"
        return [
            section(md("*The person was not told yet.* A manager reads the fax, and sends it.")),
            actions(button("Read the fax…", "by_hand.fax", value, style="primary", label=label)),
        ]
    row = [
        await fax_messages.again_button(connection, one)
        for one in await faxes.of_case(connection, case.id)
        if one.state in {"failed", "unknown"}
    ]
    present = case.present
    if present is not None and present.kind == "confirm":
        value = await cases.step_value(connection, case.id, present.name)
        label = f"Answer step {present.position} of {case.number}: {present.title}"[:75]
        row.insert(0, button("Answer…", "case.answer", value, style="primary", label=label))
    return [actions(*row)] if row else []


async def _taken(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Say in the thread what was done while nobody could press a button here, and call management, but not at night."""
    act, case, _masked = await _known(connection, subject)
    group = md("Management") if parameters["quiet"] else wording.mention_group(team, Group.MANAGEMENT)
    ask = "please read this and see that the person is told" if case.present else "nothing is left to do"
    said = md(
        "*{done} by hand*, because Slack or the bot was away. {who}\n"
        "{group}, {ask}. If you do not know of it, please ask the two who are named.",
        done=_done(act),
        who=_who(act, team),
        group=group,
        ask=ask,
    )
    return message(f"{_done(act)} by hand while Slack or the bot was away ({case.number}).", section(said))


async def _alert(connection: Connection, subject: str, _: Mapping[str, Any], team: Team) -> Message:
    """Tell the administrators in the alerts channel, as after an approval (runbook: answer in 1 hour)."""
    act, case, masked = await _known(connection, subject)
    return message(
        f"Account restricted by hand, High: please review and document within 1 hour ({case.number}).",
        section(
            md(
                ":warning: *Account restricted by hand*: {masked} · {number}\n"
                "{who} High: review and document within 1 hour. `/faxi-case {number}` shows it.",
                masked=masked,
                number=case.number,
                who=_who(act, team),
            )
        ),
    )


def _looking(_click: Click) -> View:
    return looking(_READ)


async def _read(call: Call) -> Outcome:
    found = await cases.step_of(call.connection, call.click.value)
    if found is None:
        return _old("This button is old, so nothing was sent.")
    case_id = found[0]
    act = await by_hand.proposed(call.connection, case_id)
    if act is None:
        return await _not_waiting(call, case_id)
    if not call.team.faxes:  # they were when the bot took it up: there is nothing to read, and a person has to call
        return await _want(call, case_id)
    account = await accounts.load(call.connection, act.subject)
    reason, complaints = await by_hand.said(call.connection, act, call.now)
    sample = await previews.sample(
        call.connection, call.team, kind=act.notice, user_id=act.subject, reason=reason, complaints=complaints
    )
    notice = sample.notice(previews.support_of(call.team), call.now.astimezone(call.team.zone).date())
    pages = await previews.pages_of(call.connection, case_id, sample)
    first = md(
        "*{masked}* · {number}\nWhat the person gets by fax, {hours}:",
        masked=account.number_masked if account else "an account that is gone",
        number=cases.number(case_id),
        hours=fax_messages.hours(call.team),
    )

    def form(*fax: Block) -> View:
        return modal(
            "by_hand.fax",
            _READ,
            section(first),
            *fax,
            context(md("In short, in English: {gist}", gist=notices.gist(notice))),
            submit="Send the fax",
            close="Not now",
            metadata=call.click.value or "",
        )

    pictured = form(*fax_previews.pictures(notice, pages)) if pages else None
    show = Show(form(quote(notices.wording(notice).text())), pictured=pictured)
    return Outcome(show, "form", case_id=case_id, subject=act.subject)


async def _send(call: Call) -> Outcome:
    found = await cases.step_of(call.connection, call.click.metadata)
    if found is None:
        return _old("This form is old, so nothing was sent.")
    return await _want(call, found[0])


async def _want(call: Call, case_id: int) -> Outcome:
    told = await by_hand.send(call.connection, call.team, case_id, by=call.person.id, now=call.now)
    if told is None:
        return await _not_waiting(call, case_id)
    number = cases.number(case_id)
    said = md("{line}\n{number} shows how it goes on.", line=fax_messages.line(told, call.team), number=number)
    sentence = f"The fax goes out ({number})." if told.state == "sending" else f"No fax can go out ({number})."
    return Outcome(
        Say(message(sentence, section(said))),
        "wanted" if told.state == "sending" else "refused:unfit",
        allowed=told.state == "sending",
        case_id=case_id,
        subject=told.subject,
        parameters={"notice": told.kind},
    )


async def _not_waiting(call: Call, case_id: int) -> Outcome:
    """Say what became of a fax that does not wait to be sent, or that none ever did."""
    act = await by_hand.of_case(call.connection, case_id)
    if act is None:
        return _old("This button is old, so nothing was sent.")
    number = cases.number(case_id)
    lines = [fax_messages.line(one, call.team) for one in await faxes.of_case(call.connection, case_id)]
    said = text.join("\n", [md("*No fax waits to be sent* ({number}). Nothing was sent.", number=number), *lines])
    answer = Say(message(f"No fax waits to be sent, so nothing was sent ({number}).", section(said)))
    return Outcome(answer, "refused:state", allowed=False, case_id=case_id, subject=act.subject)


def _old(words: str) -> Outcome:
    said = section(md(":heavy_minus_sign: *{words}*\n`/faxi-case` shows what is open.", words=words))
    return Outcome(Say(message(words, said)), "refused:unknown_button", allowed=False)


def renderers() -> Mapping[str, Renderer]:
    """Return what draws the messages about what was done by hand."""
    return {by_hand.CASE: _live, by_hand.TAKEN: _taken, by_hand.ALERT: _alert}


def declarations() -> tuple[Interaction, ...]:
    """Return what one can do about it: read the fax, and send it, as who may approve."""
    right = Right.APPROVE_RESTRICTION
    return (
        Interaction("action", "by_hand.fax", "fax:read", right, _read, opening=_looking),
        Interaction("view", "by_hand.fax", "fax:send", right, _send),
    )
