"""The four criteria of a lift in words, one a line; the same in forms and messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.engine import cases
from bot.engine.approvals import Approval
from bot.engine.cases import Case
from bot.engine.team import Team
from bot.mail.contacts import HOW
from bot.mail.lifts import DAYS, Candidate, Criteria, Talk
from bot.slack import text
from bot.slack.blocks import Block, section
from bot.slack.text import Mrkdwn, md
from commands import account_buttons, wording

_NAME = 40


@dataclass(frozen=True)
class Drawn:
    """What every state of a request's live message needs."""

    approval: Approval
    case: Case
    names: Mapping[str, str]
    masked: str
    account: str
    """The value of buttons about the account."""

    @property
    def criteria(self) -> Criteria:
        """The criteria as they were when it was last looked."""
        return Criteria.of(self.approval.facts)

    @property
    def show(self) -> Block:
        """The button that shows the account."""
        return account_buttons.show(self.account)

    def head(self, *lines: Mrkdwn) -> Block:
        """Name the account, masked, and the case; then these lines."""
        first = md("*{masked}* · {number}", masked=self.masked, number=self.case.number)
        return section(text.join("\n", [first, *lines]))


def since_line(candidate: Candidate, team: Team, now: datetime) -> Mrkdwn:
    """Say since when an account is restricted, in which case, and when the follow-up is."""
    since, one = candidate.counted.since, candidate.restriction
    if one is None:
        if since is None:
            return md("Restricted, not by this bot; since when is not recorded.")
        return md("Restricted since {since}, not by this bot.", since=text.deadline(since, team.zone))
    number = cases.number(one.case_id)
    if since is None:
        return md("Restricted, {number}; since when is not recorded.", number=number)
    when = text.deadline(since, team.zone)
    return md(
        "Restricted since {since}, {number}. {follow_up}",
        since=when,
        number=number,
        follow_up=_follow_up(one.follow_up_at, one.review_case, team, now),
    )


def _follow_up(at: datetime, review: int | None, team: Team, now: datetime) -> Mrkdwn:
    today = at.astimezone(team.zone).date() == now.astimezone(team.zone).date()
    tail = md(": {number}.", number=cases.number(review)) if review else md(".")
    if today:
        return md("Follow-up today{tail}", tail=tail)
    return md("Follow-up on {day}{tail}", day=text.day(at, team.zone), tail=tail)


def counted_lines(criteria: Criteria, team: Team) -> Sequence[Mrkdwn]:
    """Say what the bot counted: the days, and the new complaints."""
    if criteria.since is None or criteria.days is None:
        return (
            md(":grey_question: {limit} days: unknown, since when is not recorded", limit=DAYS),
            md(":grey_question: New complaints since then: unknown"),
        )
    days_met, none_new, *_ = criteria.answers
    since = text.day(criteria.since, team.zone)[:-5]
    over = md(":white_check_mark: {limit} days are over", limit=DAYS)
    not_over = md(":no_entry_sign: {limit} days are not over", limit=DAYS)
    mails = wording.count(criteria.mails or 0, "mail", "mails")
    return (
        md("{verdict}: {days} since {since}", verdict=over if days_met else not_over, days=criteria.days, since=since),
        md(
            "{sign} {complaints} since then ({mails} sent)",
            sign=md(":white_check_mark:") if none_new else md(":no_entry_sign:"),
            complaints=wording.count(criteria.complaints or 0, "new complaint", "new complaints"),
            mails=mails,
        ),
    )


def talk_line(word: str, talk: Talk | None, names: Mapping[str, str], team: Team) -> Mrkdwn:
    """Say which contact answers a criterion, or that none does."""
    what = md("understands what went wrong") if word == "understands" else md("promises to keep the rules")
    if talk is None:
        return md(":no_entry_sign: No recorded contact says that the person {what}", what=what)
    return md(
        ":white_check_mark: The person {what}: {how} of {at}, recorded by {who}",
        what=what,
        how=HOW[talk.how].lower(),
        at=text.deadline(talk.at, team.zone),
        who=text.clip(names[talk.recorded_by], _NAME),
    )


def lines(criteria: Criteria, names: Mapping[str, str], team: Team) -> Sequence[Mrkdwn]:
    """Say each of the four criteria, in the order of their answers."""
    return (
        *counted_lines(criteria, team),
        talk_line("understands", criteria.understands, names, team),
        talk_line("promises", criteria.promises, names, team),
    )


def unmet_lines(criteria: Criteria, names: Mapping[str, str], team: Team) -> Sequence[Mrkdwn]:
    """Say the criteria that are not met."""
    said = zip(lines(criteria, names, team), criteria.answers, strict=True)
    return tuple(line for line, met in said if not met)


def people(criteria: Criteria) -> Sequence[str]:
    """Return who recorded the contacts that the criteria name."""
    return [talk.recorded_by for talk in (criteria.understands, criteria.promises) if talk]
