"""What the show steps of weekly and monthly lists show in their thread: reports, activities, durations, skips.

Sources: runbook "Monday Tasks", "Wednesday Tasks" 2, "Friday Tasks" 2, "First Monday of Month", "Mid-Month" 1.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bot.base.database import Connection
from bot.duty import activities, checklist_days
from bot.engine.team import Team
from bot.mail import bounce_report, lifts, restriction_list
from bot.mail.metrics.bounces import bounces
from bot.mail.restriction_list import Restricted
from bot.slack import text
from bot.slack.blocks import Message, actions, button, context, message, section
from bot.slack.sender import Renderer
from bot.slack.text import Mrkdwn, md
from commands import (
    audit_sentences,
    blocklist_messages,
    bounce_words,
    checklist_lines,
    lift_review,
    mail_report_messages,
    restriction_list_messages,
    wording,
)
from commands.shows import shown_step

_WEEK: Final = timedelta(weeks=1)
_SKIPS: Final = timedelta(days=31)
"""How far back items are looked for that were skipped again and again."""
_LISTED: Final = 10
"""Rows of a list; what is not listed is counted."""
_LONG: Final = (30, 90)
"""Days by which restrictions are counted: until the first review, and three times as long."""


async def bounces_week(connection: Connection, subject: str, parameters: Mapping[str, Any], _: Team) -> Message:
    """Show the bounces of 7 days by domain and reason, and which of them come again."""
    case, step, at = await shown_step(connection, subject, parameters)
    found, before = await bounces(connection, at - _WEEK, at), await bounces(connection, at - 2 * _WEEK, at - _WEEK)
    if not found:
        said = section(md("*{n}. Nothing bounced in 7 days*", n=step.position))
        return message(f"Nothing bounced in 7 days ({case.number}).", said)
    report = bounce_report.report(found, before, bounce_report.nameable(found))
    count = bounce_words.count_of(report.kinds.total)
    return message(
        f"{count} of 7 days ({case.number}).",
        section(md("*{n}. {count} of 7 days*", n=step.position, count=count)),
        section(bounce_words.by_domain(report, report.places[:_LISTED], report.places[_LISTED:])),
        section(bounce_words.by_reason(report)),
        section(bounce_words.new_or_again(report, "7 days")),
        context(md("{kinds}. Addresses stay hidden.", kinds=bounce_words.by_kind(report.kinds))),
    )


async def week_activities(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Show what was done this week, counted from the audit."""
    case, step, at = await shown_step(connection, subject, parameters)
    found = await activities.of_span(connection, *activities.week_so_far(at, team.zone))
    complete, lists = found.lists
    cases_ = wording.count(found.opened, "case", "cases")
    who = wording.count(found.who, "person", "people")
    since = wording.short_day(found.start, team)
    head = md("*{n}. The week since {day}*", n=step.position, day=since)
    lines = [
        md("{cases} opened, {closed} closed", cases=cases_, closed=f"{found.closed:,}"),
        md("{done} of {lists} complete", done=f"{complete:,}", lists=wording.count(lists, "list", "lists")),
        md("{who} did something; {refused} refused, {failed} failed", who=who,
           refused=wording.count(found.refused, "attempt", "attempts"), failed=f"{found.failed:,}"),
    ]  # fmt: skip
    return message(
        f"The week since {since}: {cases_} opened, {found.closed:,} closed ({case.number}).",
        section(text.join("\n", [head, *lines])),
        *checklist_lines.paragraphs(md("*By people*"), _done(found.people)),
        *checklist_lines.paragraphs(md("*By the bot*"), _done(found.bot)),
        context(md("Counted from the records until {at}. `/faxi-audit` has each.", at=text.instant(at, team.zone))),
    )


def _done(actions_: Mapping[str, int]) -> list[Mrkdwn]:
    """Write what was done and how often, most often first; what is not listed is counted."""
    if not actions_:
        return [md("Nothing")]
    rows = list(actions_.items())
    lines = []
    for action, times in rows[:_LISTED]:
        known = audit_sentences.SENTENCES.get(action)
        words = known.did if known else action.replace("_", " ").replace(":", ", ")
        lines.append(md("{words}, {times}", words=words, times=wording.count(times, "time", "times")))
    rest = rows[_LISTED:]
    if rest:
        kinds = wording.count(len(rest), "other kind", "other kinds")
        often = wording.count(sum(number for _, number in rest), "time", "times")
        lines.append(md("{kinds}, {times}", kinds=kinds, times=often))
    return lines


async def durations(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Show how long each account has been restricted, the longest first, and what comes next."""
    case, step, at = await shown_step(connection, subject, parameters)
    found = await restriction_list.listed(connection, at)
    count = wording.count(len(found.rows), "restricted account", "restricted accounts")
    if not found.rows:
        none = section(md("*{n}. No account is restricted*", n=step.position))
        return message(f"No account is restricted ({case.number}).", none)
    dated = [(_days(one, at, team), one) for one in found.rows]
    known = sorted(((n, one) for n, one in dated if n is not None), key=lambda it: (-it[0], str(it[1].account.id)))
    unknown = [one for n, one in dated if n is None]
    short, long = _LONG
    parts = [
        md("under {n} days: {count}", n=short, count=sum(n < short for n, _ in known)),
        md("{a} to {b} days: {count}", a=short, b=long, count=sum(short <= n <= long for n, _ in known)),
        md("over {n} days: {count}", n=long, count=sum(n > long for n, _ in known)),
    ]
    if unknown:
        parts.append(md("since when is not recorded: {count}", count=len(unknown)))
    rows = [
        md(
            "*{masked}* {days}, since {since}. {need}",
            masked=one.account.number_masked,
            days=wording.count(n, "day", "days"),
            since=text.day(one.account.restricted_at or at, team.zone),
            need=_NEEDS[one.need],
        )
        for n, one in known[:_LISTED]
    ]
    more = len(known) - len(rows)
    rest = [md("{n}", n=wording.count(more, "more account", "more accounts"))] if more > 0 else []
    head = md("*{n}. {count}*, by how long", n=step.position, count=count)
    return message(
        f"{count}, by how long ({case.number}).",
        section(text.join("\n", [head, *parts])),
        *checklist_lines.paragraphs(md("*Longest first*"), [*rows, *rest]),
        actions(button("Show restrictions", restriction_list_messages.SHOW)),
    )


def _days(one: Restricted, at: datetime, team: Team) -> int | None:
    since = one.account.restricted_at
    return None if since is None else lifts.days_since(since, at, team.zone)


_NEEDS: Final[Mapping[str, Mrkdwn]] = {
    "late": md("Its review is late."),
    "call": md("The person was not told yet."),
    "decide": md("A decision waits."),
    "review": md("Its review is due."),
    "unplanned": md("No review is planned."),
    "planned": md("Its follow-up is planned."),
}


async def skips(connection: Connection, subject: str, parameters: Mapping[str, Any], team: Team) -> Message:
    """Show the items of lists that were skipped again and again: the runbook may want another one."""
    case, step, at = await shown_step(connection, subject, parameters)
    found = await checklist_days.repeated_skips(connection, at - _SKIPS, at)
    if not found:
        none = md("*{n}. No item was skipped again and again in {days} days*", n=step.position, days=_SKIPS.days)
        return message(f"No item was skipped again and again ({case.number}).", section(none))
    lines = []
    for one in found[:_LISTED]:
        known = team.runbook.checklists.get(one.list)
        parts = [f"skipped {one.skipped:,} times"] if one.skipped else []
        parts += [f"not done {one.not_done:,} times"] if one.not_done else []
        lines.append(
            md(
                "{title} ({list}): {times}",
                title=one.title,
                list=known.title if known else one.list.replace("_", " "),
                times=", ".join(parts),
            )
        )
    if len(found) > _LISTED:
        lines.append(md("{n}", n=wording.count(len(found) - _LISTED, "more item", "more items")))
    count = wording.count(len(found), "item was", "items were")
    head = md("*{n}. {count} skipped again and again in {days} days*", n=step.position, count=count, days=_SKIPS.days)
    said = f"{count} skipped again and again ({case.number})."
    last = context(md("Is it still needed? `/faxi-feedback` asks for a change."))
    return message(said, *checklist_lines.paragraphs(head, lines), last)


SHOWS: Final[Mapping[str, Renderer]] = {
    "report.week": mail_report_messages.drawn(mail_report_messages.WEEK),
    "report.month": mail_report_messages.drawn(mail_report_messages.MONTH),
    "bounces.week": bounces_week,
    "week.activities": week_activities,
    "restrictions.liftable": lift_review.shown,
    "restrictions.durations": durations,
    "blocklists.patterns": blocklist_messages.patterns,
    "lists.skips": skips,
}
"""What draws the post of each show step of these lists, by the name that a runbook calls."""
