"""The modals of /faxi-restrict and of Deny…: find, found, already so, sent, why not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.engine import cases
from bot.engine.approvals import Approval
from bot.engine.team import Team
from bot.mail import restrictions
from bot.mail.accounts import Account
from bot.mail.crossings import RESTRICT
from bot.mail.restrictions import REASONS, AlreadyRestricted, Candidate, Facts, Restriction
from bot.slack import text
from bot.slack.blocks import (
    View,
    actions,
    button,
    context,
    input_block,
    modal,
    option,
    radio,
    section,
    text_input,
)
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, fax_previews, telling, wording
from commands.decisions import DENIAL_LEAST, WORDS_MOST
from commands.finding_forms import Find, Typed, in_your_words
from commands.telling import Way

TITLE = "Restrict an account"
_UNCHANGED = md("Nothing was changed.")


FIND: Final = Find(
    callback="restrict.find",
    title=TITLE,
    label="Number, mail address or id of the account",
    placeholder="+81 …",
    next_page="The next page shows the account and what would happen.",
)


def found(
    candidate: Candidate,
    account_value: str,
    words: Typed,
    expires_at: datetime,
    now: datetime,
    team: Team,
    *,
    how: Way,
    more: Sequence[Mrkdwn] = (),
) -> View:
    """Show the account and the consequences, and only then ask for reason and words.

    ``how`` says how the person would be told, ``more`` what else is known, such as how the last request ended.
    """
    facts = candidate.facts
    default = "complaints" if facts.complaints >= RESTRICT else None
    follow_up = team.calendar.review_after(now, restrictions.FOLLOW_UP_DAYS)
    return modal(
        "restrict.ask",
        TITLE,
        section(
            text.join(
                "\n",
                [
                    md("*{masked}*", masked=candidate.account.number_masked),
                    wording.facts_lines(facts, team),
                    *more,
                ],
            )
        ),
        section(wording.consequences("If management approves", follow_up, team, telling.line(how, team))),
        *([actions(fax_previews.see_button("restriction", account_value))] if how.by_fax else []),
        input_block(
            "Reason",
            radio("reason", *(option(words, key) for key, words in REASONS.items()), initial=default),
            block_id="reason",
        ),
        *in_your_words(words, "What happened, what was tried"),
        context(
            md(
                "Nothing happens before a manager approves. Without a decision by {until} nothing happens at all.",
                until=text.deadline(expires_at, team.zone),
            )
        ),
        submit="Ask for approval",
        close="Cancel",
        metadata=account_value,
    )


def already_restricted(state: AlreadyRestricted, account_value: str, names: Mapping[str, str], team: Team) -> View:
    """Say that the account is restricted, since when and by whom, and lead on."""
    lines = [md("*{masked}*", masked=state.account.number_masked)]
    if state.restriction is not None:
        one = state.restriction
        since = text.instant(one.restricted_at, team.zone, "date_time")
        lines += [
            md(":no_entry_sign: *Already restricted* since {since}.", since=since),
            md("Asked by {a}, approved by {b}.", a=names[one.requested_by], b=names[one.approved_by]),
            _follow_up(one, team),
        ]
    else:
        lines.append(_restricted_elsewhere(state.account, team))
    onward = actions(account_buttons.show(account_value), button("Ask to lift…", "lift.ask", account_value))
    return modal("restrict.already", TITLE, section(text.join("\n", lines)), onward, context(_UNCHANGED))


def _follow_up(one: Restriction, team: Team) -> Mrkdwn:
    day = text.day(one.follow_up_at, team.zone)
    if one.review_case is None:
        return md("Follow-up on {day}.", day=day)
    return md("Follow-up of {day}: {number}.", day=day, number=cases.number(one.review_case))


def _restricted_elsewhere(account: Account, team: Team) -> Mrkdwn:
    if account.restricted_at is None:
        return md(":no_entry_sign: *Already restricted*, not by this bot; since when is not recorded.")
    since = text.instant(account.restricted_at, team.zone, "date_time")
    return md(":no_entry_sign: *Already restricted* since {since}, not by this bot.", since=since)


def reason_does_not_hold(facts: Facts) -> str:
    """Say, for the reason's field, that the figures say something else."""
    return (
        f"{wording.count(facts.complaints, 'complaint', 'complaints')} in 30 days, and {RESTRICT} are needed. "
        "Please choose another reason."
    )


def deny(approval: Approval, masked: str, value: str, names: Mapping[str, str], _team: Team) -> View:
    """Ask why not."""
    facts = Facts.of(approval.facts)
    requester = names[approval.requester]
    return modal(
        "restriction.deny",
        "Deny the request",
        section(
            md(
                "*{masked}* · {number}\nAsked by {who}: {figure}",
                masked=masked,
                number=cases.number(approval.case_id),
                who=requester,
                figure=f"{facts}.",
            )
        ),
        input_block(
            "Why not?",
            text_input(
                "reason",
                multiline=True,
                placeholder="For example: please call first",
                least=DENIAL_LEAST,
                most=WORDS_MOST,
            ),
            block_id="reason",
            hint=text.plain(f"{requester} and the channel read this. No names, no words from mails."),
        ),
        context(md("Nothing changes for the person.")),
        submit="Deny request",
        close="Back",
        metadata=value,
    )
