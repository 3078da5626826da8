"""Our error…: a manager undoes a restriction at once; anybody else reports it to management."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.engine import cases, roster
from bot.engine.access import Right
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail import restriction_errors
from bot.mail.restriction_errors import Holding, NotOurs, Over
from bot.mail.restrictions import AlreadyAsked, Asked
from bot.slack import text
from bot.slack.blocks import Block, View, context, input_block, modal, quote, section, text_input
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Interaction, Outcome, Show
from bot.slack.text import Mrkdwn, md
from commands import asking, decisions, telling
from commands.asking import approvers
from commands.decisions import DENIAL_LEAST, WORDS_MOST, Face
from commands.restriction_error_messages import PREFIX, apology_line, void_reason, withdraw_button

TITLE: Final = "Our error"
_UNCHANGED = md("Nothing was changed.")


def _deny(approval: Approval, masked: str, value: str, names: Mapping[str, str], _team: Team) -> View:
    """Ask why the restriction stays."""
    reporter = names[approval.requester]
    return modal(
        f"{PREFIX}.deny",
        "Keep the restriction",
        section(
            md(
                "*{masked}* · {number}\nReported by {who}:",
                masked=masked,
                number=cases.number(approval.case_id),
                who=reporter,
            )
        ),
        quote(approval.words),
        input_block(
            "Why was it no error?",
            text_input(
                "reason",
                multiline=True,
                placeholder="For example: the mails were this person's",
                least=DENIAL_LEAST,
                most=WORDS_MOST,
            ),
            block_id="reason",
            hint=text.plain(f"{reporter} and the channel read this. No names, no words from mails."),
        ),
        context(md("Nothing changes for the person.")),
        submit="Keep restriction",
        close="Back",
        metadata=value,
    )


FACE: Final = Face(
    kind=restriction_errors.KIND,
    prefix=PREFIX,
    done=":leftwards_arrow_with_hook: *Undone.* The account is free again ({number}), and the person gets an apology.",
    sentence="Undone: the account is free again",
    withdraw_button=withdraw_button,
    void_reason=void_reason,
    deny=_deny,
    denied="The restriction stays",
)
"""How reports of an error speak."""


async def _form_view(call: Call, holding: Holding, *, decides: bool) -> View:
    restriction, team = holding.restriction, call.team
    waiting = holding.waiting
    people = [restriction.requested_by, restriction.approved_by, *([waiting.requester] if waiting else [])]
    names = await roster.names(call.connection, people)
    day = text.day(restriction.follow_up_at, team.zone)
    followed = (
        md("• The follow-up of {day} is cancelled.", day=day)
        if restriction.review_case is None
        else md("• The follow-up of {day} ends: {number}.", day=day, number=cases.number(restriction.review_case))
    )
    apology = apology_line(await telling.way(call.connection, team, holding.account.id), team)
    reported: list[Block] = []
    if waiting is not None:
        reported = [section(md("*What was our error*, says {who}", who=names[waiting.requester])), quote(waiting.words)]
    hint = f"Management and {names[restriction.requested_by]} read this. No names, no words from mails."
    return modal(
        PREFIX,
        TITLE,
        section(
            md(
                "*{masked}* · {number}\nRestricted since {since}. Asked by {asker}, approved by {approver}.",
                masked=holding.account.number_masked,
                number=cases.number(restriction.case_id),
                since=text.instant(restriction.restricted_at, team.zone, "date_time"),
                asker=names[restriction.requested_by],
                approver=names[restriction.approved_by],
            )
        ),
        *reported,
        section(
            text.join(
                "\n",
                [
                    md("*If you undo it*") if decides else md("*If management undoes it*"),
                    md("• The mark is taken away at once. No 30 days, no other criteria."),
                    followed,
                    md("• {apology}", apology=apology),
                    md("• The record keeps both: the restriction, and that it was our error."),
                ],
            )
        ),
        input_block(
            "What was our error?",
            text_input(
                "what",
                multiline=True,
                placeholder="For example: wrong account",
                least=DENIAL_LEAST,
                most=WORDS_MOST,
            ),
            block_id="what",
            hint=text.plain(hint),
        ),
        context(md("One manager is enough.") if decides else md("Nothing happens before a manager decides.")),
        submit="Undo restriction" if decides else "Ask management",
        close="Cancel",
        metadata=await restriction_errors.form_value(call.connection, restriction, call.now),
    )


def _refused(why: Mrkdwn, masked: str | None = None) -> View:
    lines = [why] if masked is None else [md("*{masked}*", masked=masked), why]
    return modal(f"{PREFIX}.refused", TITLE, section(text.join("\n", lines)), context(_UNCHANGED))


async def _form(call: Call) -> Outcome:
    found = await restriction_errors.about(call.connection, call.click.value)
    if found is None:
        view = _refused(md(":heavy_minus_sign: *This button is old.* `/faxi-account` shows the account as it is."))
        return Outcome(Show(view), "refused:unknown_button", allowed=False)
    if not isinstance(found, Holding):
        return _nothing(found)
    decides = call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION)
    ids = {"subject": found.account.id, "case_id": found.restriction.case_id}
    if found.waiting is not None and (not decides or found.waiting.requester == call.person.id):
        return await asking.already(call, FACE, AlreadyAsked(found.account, found.waiting), TITLE)
    if not decides and not call.prepared:
        return _nobody(call, found)
    return Outcome(Show(await _form_view(call, found, decides=decides)), "form", **ids)  # type: ignore[arg-type]


def _nothing(found: NotOurs | Over) -> Outcome:
    if isinstance(found, NotOurs):
        why = md(":no_entry_sign: *Not restricted by this bot*, so nobody here knows why.\n`/faxi-lift` may lift it.")
        view = _refused(why, found.account.number_masked)
        return Outcome(Show(view), "refused:not_ours", allowed=False, subject=found.account.id)
    if found.account is None:
        return Outcome(Show(_refused(md(":grey_question: *This account is gone.*"))), "refused:gone", allowed=False)
    view = _refused(md(":white_check_mark: *This restriction has ended already.*"), found.account.number_masked)
    return Outcome(Show(view), "refused:not_restricted", allowed=False, subject=found.account.id)


def _nobody(call: Call, found: Holding) -> Outcome:
    return replace(asking.nobody(call, found.account.id, TITLE), tag=_tag(call))


def _tag(call: Call) -> str:
    return "error:undo" if call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION) else "error:ask"


async def _submit(call: Call) -> Outcome:
    words = call.click.values.get("what", "").strip()
    if not DENIAL_LEAST <= len(words) <= WORDS_MOST:
        said = f"Please write {DENIAL_LEAST} to {WORDS_MOST} letters; these are {len(words):,}."
        return Outcome(Errors({"what": said}), "refused:form", allowed=False, tag=_tag(call))
    found = await restriction_errors.of_form(call.connection, call.click.metadata)
    if found is None:
        view = _refused(md(":heavy_minus_sign: *This form is too old.* Please start again."))
        return Outcome(Show(view), "refused:stale_form", allowed=False, tag=_tag(call))
    if not isinstance(found, Holding):
        return _nothing(found)
    decides = call.membership.holds(call.person.id, Right.APPROVE_RESTRICTION)
    return await (_undo(call, found, words) if decides else _report(call, found, words))


async def _undo(call: Call, found: Holding, words: str) -> Outcome:
    done = await restriction_errors.undo(
        call.connection, call.team, found, by=call.person.id, words=words, now=call.now
    )
    if isinstance(done, Over):
        return _nothing(done)
    outcome = await decisions.answer(call, FACE, done)
    return replace(outcome, tag="error:undo", result="undone" if outcome.allowed else outcome.result)


async def _report(call: Call, found: Holding, words: str) -> Outcome:
    if not call.prepared:
        return _nobody(call, found)
    asked = await restriction_errors.report(
        call.connection, call.team, found, reporter=call.person.id, words=words, now=call.now
    )
    if isinstance(asked, AlreadyAsked):
        return await asking.already(call, FACE, asked, TITLE)
    if not isinstance(asked, Asked):
        return _nothing(asked)
    approval = asked.approval
    view = await asking.sent(call, FACE, approval, TITLE)
    return Outcome(Show(view), "asked", case_id=approval.case_id, subject=approval.subject, tag="error:ask")


def declarations() -> tuple[Interaction, ...]:
    """Return what undoing and reporting an error takes."""
    ask = Right.ASK_RESTRICTION
    return (
        Interaction(
            "action", PREFIX, "error:form", ask, _form, opening=lambda _click: looking(TITLE), prepare=approvers
        ),
        Interaction("view", PREFIX, "error:ask", ask, _submit, prepare=approvers),
        *decisions.declarations(FACE, "Keep the restriction"),
    )
