"""The modals of /faxi-lift: find, ask, no contact yet, nothing to lift, lift anyway, why not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.engine import cases
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail.contacts import HOW, SAID, Contact
from bot.mail.lifts import CRITERIA, SAYS, Candidate, Criteria, NotRestricted
from bot.slack import text
from bot.slack.blocks import (
    Block,
    View,
    actions,
    context,
    input_block,
    modal,
    option,
    section,
    select,
    text_input,
)
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, lift_wording
from commands.decisions import DENIAL_LEAST, WORDS_MOST
from commands.finding_forms import WORDS_LEAST, Find, Typed, in_your_words

TITLE = "Lift a restriction"
_UNCHANGED = md("Nothing was changed.")
_ASKED: Mapping[str, str] = {
    "understands": "Understands what went wrong: which contact?",
    "promises": "Promises to keep the rules: which contact?",
}
_MOST_CONTACTS = 20
_NAME = 30
_NOT_LISTED = "Not in the list? Record it first with Record a contact… on the account."


FIND: Final = Find(
    callback="lift.find",
    title=TITLE,
    label="Number, mail address or id of the account, or its case",
    placeholder="+81 … or OPS-0053",
    next_page="The next page shows the account and what was counted.",
)


def ask(
    candidate: Candidate, account_value: str, names: Mapping[str, str], words: Typed, team: Team, now: datetime
) -> View:
    """Show what the bot counted, then ask which contact answers the rest, and for words."""
    counted = candidate.counted
    looked = [md("*The bot looked*"), *lift_wording.counted_lines(counted, team)]
    fields: list[Block] = []
    for word in SAYS:
        talks = candidate.saying(word)
        if talks:
            fields.append(_which(word, talks, names, team))
        else:
            looked.append(lift_wording.talk_line(word, None, names, team))
    return modal(
        "lift.ask",
        TITLE,
        section(
            text.join(
                "\n",
                [
                    md("*{masked}*", masked=candidate.account.number_masked),
                    lift_wording.since_line(candidate, team, now),
                ],
            )
        ),
        section(text.join("\n", looked)),
        *fields,
        *in_your_words(words, "Why it can be lifted"),
        context(
            md(
                "Nothing happens before a manager approves. "
                "Was it our error? Close this and press Our error… on the account."
            )
        ),
        submit="Ask for approval",
        close="Cancel",
        metadata=account_value,
    )


def _which(word: str, talks: Sequence[Contact], names: Mapping[str, str], team: Team) -> Block:
    options = [
        option(
            f"{HOW[one.how]}, {text.deadline(one.at, team.zone)}, {text.clip(names[one.recorded_by], _NAME)}",
            f"ct_{one.id}",
            _said(one),
        )
        for one in talks[:_MOST_CONTACTS]
    ]
    return input_block(
        _ASKED[word],
        select(word, *options, placeholder="Choose a contact", initial=f"ct_{talks[0].id}"),
        block_id=word,
        optional=True,
        hint=_NOT_LISTED if word == SAYS[-1] else None,
    )


def _said(contact: Contact) -> str:
    """Say in a few words what of the criteria a contact holds."""
    words = [SAID[word] for word in SAYS if word in contact.said]
    return ", ".join([words[0], *(word[0].lower() + word[1:] for word in words[1:])])


def contact_id(value: str) -> int | None:
    """Return the contact that a choice names; ``None`` when it names none."""
    digits = value.removeprefix("ct_")
    return int(digits) if value.startswith("ct_") and digits.isascii() and digits.isdigit() else None


def no_contact(candidate: Candidate, account_value: str, team: Team, now: datetime) -> View:
    """Say that the person has to be talked with first."""
    if candidate.contacted:
        warning = md(":warning: *No recorded contact says that the person understands, or promises to keep the rules.*")
    else:
        warning = md(":warning: *No contact with the person since the restriction is recorded.*")
    masked = md("*{masked}*", masked=candidate.account.number_masked)
    return modal(
        "lift.no_contact",
        TITLE,
        section(text.join("\n", [masked, lift_wording.since_line(candidate, team, now)])),
        section(
            text.join("\n", [warning, md("Two of the four criteria point to one. Please talk with the person first.")])
        ),
        actions(account_buttons.contact(account_value, primary=True), account_buttons.show(account_value)),
        context(_UNCHANGED),
    )


def not_restricted(state: NotRestricted, account_value: str) -> View:
    """Say that there is nothing to lift."""
    return modal(
        "lift.refused",
        TITLE,
        section(
            md("*{masked}*\n:white_check_mark: *This account is not restricted.*", masked=state.account.number_masked)
        ),
        actions(account_buttons.show(account_value)),
        context(_UNCHANGED),
    )


def _asked_by(approval: Approval, masked: str, names: Mapping[str, str]) -> Mrkdwn:
    return md(
        "*{masked}* · {number}\nAsked by {who}: {met} of {all} criteria are met.",
        masked=masked,
        number=cases.number(approval.case_id),
        who=names[approval.requester],
        met=Criteria.of(approval.facts).met,
        all=CRITERIA,
    )


def deny(approval: Approval, masked: str, value: str, names: Mapping[str, str], _team: Team) -> View:
    """Ask why not."""
    return modal(
        "lift.deny",
        "Deny the request",
        section(_asked_by(approval, masked, names)),
        input_block(
            "Why not?",
            text_input(
                "reason",
                multiline=True,
                placeholder="For example: please talk with them first",
                least=DENIAL_LEAST,
                most=WORDS_MOST,
            ),
            block_id="reason",
            hint=text.plain(f"{names[approval.requester]} and the channel read this. No names, no words from mails."),
        ),
        context(md("The restriction stays.")),
        submit="Deny request",
        close="Back",
        metadata=value,
    )


def anyway(approval: Approval, masked: str, value: str, how_told: str, names: Mapping[str, str], team: Team) -> View:
    """Ask why it is to be lifted although a criterion is not met; ``how_told`` says how the person hears of it."""
    criteria = Criteria.of(approval.facts)
    head = md("*{masked}* · {number}", masked=masked, number=cases.number(approval.case_id))
    return modal(
        "lift.approve.anyway",
        "Lift anyway",
        section(text.join("\n", [head, *lift_wording.unmet_lines(criteria, names, team)])),
        input_block(
            "Why lift it anyway?",
            text_input(
                "why",
                multiline=True,
                placeholder="What speaks for the person",
                least=WORDS_LEAST,
                most=WORDS_MOST,
            ),
            block_id="why",
            hint="Kept in the record. No names, no words from mails.",
        ),
        context(md("The mark is taken away now. {told}", told=Mrkdwn(how_told))),
        submit="Lift restriction",
        close="Back",
        metadata=value,
    )
