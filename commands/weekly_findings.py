"""What the checks of weekly and monthly lists found, in words: figures of spans, changes, restrictions, bounces."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bot.engine.handbook import Thresholds
from bot.engine.team import Team
from bot.mail.metrics.carriers import CARRIERS
from bot.mail.metrics.status import Rate
from bot.slack import text
from bot.slack.text import Mrkdwn, md
from commands import wording
from commands.finding_words import Facts, Words, over, rate_words
from commands.report_rows import in_percent

TITLES: Final[Mapping[str, str]] = {"delivered": "Delivered", "bounces": "Bounces", "complaints": "Complaints"}
DECIMALS: Final[Mapping[str, int]] = {"delivered": 2, "bounces": 2, "complaints": 3}


def rates_of(period: Facts) -> Mapping[str, Rate]:
    """Return the three rates of a span's figures."""
    return {
        "delivered": Rate(period["delivered"], period["settled"]),
        "bounces": Rate(period["bounced"], period["sent"]),
        "complaints": Rate(period["complaints"], period["sent"]),
    }


def days_of(period: Facts, team: Team) -> str:
    """Return the days of a span: ``16 to 22 Nov``, ``28 Dec to 3 Jan``."""
    first = datetime.fromisoformat(period["start"]).astimezone(team.zone)
    last = (datetime.fromisoformat(period["end"]) - timedelta(microseconds=1)).astimezone(team.zone)
    begin = f"{first.day}" if (first.year, first.month) == (last.year, last.month) else f"{first.day} {first:%b}"
    return f"{first.day} {first:%b}" if first.date() == last.date() else f"{begin} to {last.day} {last:%b}"


def month_of(period: Facts, team: Team) -> str:
    """Return the month of a span: ``November 2026``."""
    return f"{datetime.fromisoformat(period['start']).astimezone(team.zone):%B %Y}"


def limits_of(name: str, limits: Thresholds) -> tuple[Any, ...]:
    """Return the limits of a rate by its name."""
    if name == "delivered":
        return (limits.delivery_rate.critical,)
    pair = limits.bounce_rate if name == "bounces" else limits.complaint_rate
    return pair.warning, pair.critical


def _lines(period: Facts, team: Team) -> tuple[Mrkdwn, ...]:
    limits = team.runbook.thresholds
    return tuple(
        md("{name} {rate}", name=TITLES[name], rate=rate_words(rate, DECIMALS[name], *limits_of(name, limits)))
        for name, rate in rates_of(period).items()
    )


def _head(period: Facts, team: Team) -> Mrkdwn | None:
    """Name the limits that the figures of a span are over."""
    limits, rates = team.runbook.thresholds, rates_of(period)
    found = [over("Complaints", rates["complaints"], limits.complaint_rate)]
    found.append(over("Bounces", rates["bounces"], limits.bounce_rate))
    if rates["delivered"].under(*limits.delivery_rate.critical):
        found.append(md("Delivered under {limit}", limit=in_percent(limits.delivery_rate.critical)))
    said = [one for one in found if one is not None]
    return text.join(", ", said) if said else None


def _dated(days: str, lines: Sequence[Mrkdwn]) -> tuple[Mrkdwn, ...]:
    """Begin the first line with the days that all of them are about."""
    return (md("{days}: {line}", days=days, line=lines[0]), *lines[1:])


def _week(facts: Facts, team: Team) -> Words:
    period = facts["periods"][0]
    return Words(_dated(days_of(period, team), _lines(period, team)), _head(period, team))


def _month(facts: Facts, team: Team) -> Words:
    period = facts["periods"][0]
    return Words(_dated(month_of(period, team), _lines(period, team)), _head(period, team))


def _trends_over(unit: str) -> Callable[[Facts, Team], Words]:
    def trends(facts: Facts, team: Team) -> Words:
        before = f"the {facts['spans']} {unit}s before"
        changes = facts.get("changes")
        if changes is None:
            return Words((md("No rate to compare with: no mail was sent, or none in {before}.", before=before),))
        if not changes:
            return Words((md("No clear change against {before}", before=before),))
        lines = []
        for name in (one for one in TITLES if one in changes):
            marks = limits_of(name, team.runbook.thresholds)
            now, earlier = (rate_words(Rate(*facts[name][key]), DECIMALS[name], *marks) for key in ("now", "before"))
            lines.append(
                md(
                    "{name} went {way}: {now}, {before} {earlier}",
                    name=TITLES[name],
                    way=changes[name],
                    now=now,
                    before=before,
                    earlier=earlier,
                )
            )
        return Words(tuple(lines))

    return trends


def _so_far(facts: Facts, team: Team) -> Words:
    limits = team.runbook.thresholds
    now, before = rates_of(facts["now"]), rates_of(facts["before"])
    lines = []
    for name, rate in now.items():
        marks = limits_of(name, limits)
        lines.append(
            md(
                "{name} {now}, week before {before}",
                name=TITLES[name],
                now=rate_words(rate, DECIMALS[name], *marks),
                before=rate_words(before[name], DECIMALS[name], *marks),
            )
        )
    return Words(_dated(days_of(facts["now"], team), lines))


def _targets(facts: Facts, team: Team) -> Words:
    head = _head(facts["now"], team)
    if not facts["now"]["sent"]:
        return Words((md("No rate: no mail was sent this week"),))
    return Words(_lines(facts["now"], team) if head else (md("All three rates are within their limits"),), head)


def _accounts(count: int) -> str:
    return wording.count(count, "account", "accounts")


_NEEDS: Final = (
    ("late", "review is late", "reviews are late"),
    ("call", "person was not told yet", "people were not told yet"),
    ("decide", "decision waits", "decisions wait"),
    ("review", "review is due", "reviews are due"),
    ("unplanned", "has no review planned", "have no review planned"),
)


def _restricted(facts: Facts, _: Team) -> Words:
    if not facts["restricted"]:
        return Words((md("No account is restricted"),))
    parts = [wording.count(facts[need], one, many) for need, one, many in _NEEDS if facts[need]]
    told = ", ".join(parts) if parts else "every one has its follow-up"
    return Words((md("{n} restricted: {told}", n=_accounts(facts["restricted"]), told=told),))


def _planned(facts: Facts, _: Team) -> Words:
    if not facts["restricted"]:
        return Words((md("No account is restricted"),))
    if not facts["unplanned"] and not facts["late"]:
        return Words((md("Each of {n} has its next date", n=_accounts(facts["restricted"])),))
    parts = [md("{n} without a review planned", n=_accounts(facts["unplanned"]))] if facts["unplanned"] else []
    if facts["late"]:
        parts.append(md("{n} late", n=wording.count(facts["late"], "review is", "reviews are")))
    return Words((text.join(", ", parts),))


def _untalked(facts: Facts, _: Team) -> Words:
    if not facts["to_contact"]:
        return Words((md("Nobody waits only for a talk"),))
    count = _accounts(facts["to_contact"])
    head = md("Contact the people of {n}", n=count)
    days = facts["days"]
    return Words((md("{n}: {days} days are over, no new complaint, only the talk lacks", n=count, days=days),), head)


def _recurring(facts: Facts, _: Team) -> Words:
    if not facts["bounced"]:
        return Words((md("Nothing bounced in 7 days"),))
    places = wording.count(facts["places"], "domain", "domains")
    senders = wording.count(facts["senders"], "sender", "senders")
    first = md(
        "{bounced} of 7 days, 7 days before {before}",
        bounced=wording.count(facts["bounced"], "bounce", "bounces"),
        before=f"{facts['before']:,}",
    )
    again = md(
        "{p} of {places} and {s} of {senders} had bounces in the 7 days before, too",
        p=f"{facts['places_again']:,}",
        places=places,
        s=f"{facts['senders_again']:,}",
        senders=senders,
    )
    return Words((first, again))


def _places(facts: Facts, _: Team) -> Words:
    if not facts["bounced"]:
        return Words((md("Nothing bounced in 7 days"),))
    if not facts["many"]:
        return Words((md("No domain stands out in 7 days"),))
    lines = []
    for name, count, again in facts["places"]:
        word = "also the week before" if again else "new this week"
        called = md("{name}", name=name) if name in CARRIERS else text.code(name)
        lines.append(md("{name} {n}, {word}", name=called, n=wording.count(count, "bounce", "bounces"), word=word))
    more = facts["many"] - len(facts["places"])
    if more > 0:
        lines.append(md("{n}", n=wording.count(more, "more domain", "more domains")))
    return Words(tuple(lines), md("Domains with many bounces, {n}", n=f"{facts['many']:,}"))


def _large(facts: Facts, _: Team) -> Words:
    grown = wording.count(facts["grown"], "entry", "entries")
    last = md(
        "{grown} added in {days} days, {before} in the {days} days before",
        grown=grown,
        days=facts["days"],
        before=f"{facts['grown_before']:,}",
    )
    if not facts["large"]:
        return Words((md("No blocklist has more than {limit} entries", limit=facts["limit"]), last))
    first = md(
        "{n} with more than {limit} entries, of {users} that block anybody",
        n=_accounts(facts["large"]),
        limit=facts["limit"],
        users=f"{facts['users']:,}",
    )
    return Words((first, last))


def _growing(facts: Facts, _: Team) -> Words:
    if not facts["to_guide"]:
        return Words((md("No large blocklist grew by {n} or more in {days} days", n=facts["by"], days=facts["days"]),))
    count = wording.count(facts["to_guide"], "large blocklist", "large blocklists")
    line = md("{count} grew by {n} or more in {days} days", count=count, n=facts["by"], days=facts["days"])
    people = wording.count(facts["to_guide"], "person", "people")
    return Words((line, md("`/faxi-blocklists` shows them")), md("Guidance for {people}", people=people))


FINDINGS: Final[Mapping[str, Callable[[Facts, Team], Words]]] = {
    "week.figures": _week,
    "week.trends": _trends_over("week"),
    "week.so_far": _so_far,
    "week.targets": _targets,
    "month.figures": _month,
    "month.trends": _trends_over("month"),
    "restrictions.all": _restricted,
    "restrictions.planned": _planned,
    "restrictions.untalked": _untalked,
    "bounces.recurring": _recurring,
    "bounces.places": _places,
    "blocklists.large": _large,
    "blocklists.growing": _growing,
}
"""What draws the figures of each check of a weekly or monthly list, by the name that a runbook calls."""
