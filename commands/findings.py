"""What a check found, in words: its title where that says more, and the figures, each rate with its fraction."""

from collections.abc import Callable, Mapping
from typing import Final

from bot.engine.cases import Step
from bot.engine.team import Team
from bot.mail.metrics.status import Rate
from bot.slack import text
from bot.slack.text import Mrkdwn, md
from commands import weekly_findings, wording
from commands.bounce_words import REASONS, called_so
from commands.finding_words import Facts, Words, kinds_of, over, rate_words
from commands.report_rows import fraction, in_percent, percent

SETTLED: Final = "the last hour is not counted yet"
_MOST_CASES = 5


def words(step: Step, team: Team) -> Mrkdwn:
    """Say what was found, line by line; empty for a step that was not looked at."""
    return text.join("\n", of(step, team).lines)


def title(step: Step, team: Team) -> Mrkdwn:
    """Return the title of an item with what matters of the finding."""
    return of(step, team).title or md("{title}", title=step.title)


def of(step: Step, team: Team) -> Words:
    """Return a finding in words."""
    if step.looked_at is None or step.facts is None:
        return Words(())
    known = FINDINGS.get(step.calls or "")
    if step.verdict == "unknown" and ("why" in step.facts or known is None):
        return Words((md("unknown: the bot could not look"),))
    return known(step.facts, team) if known is not None else Words((md("{verdict}", verdict=_VERDICTS[step.verdict]),))


_VERDICTS: Final[Mapping[str | None, str]] = {
    "pass": "in order",
    "warn": "worth a look",
    "fail": "not in order",
    "unknown": "unknown",
    None: "",
}


def _bounces_and_delivery(facts: Facts, team: Team) -> Words:
    limits = team.runbook.thresholds
    bounced, delivered = Rate(facts["bounced"], facts["sent"]), Rate(facts["delivered"], facts["settled"])
    kinds = kinds_of(facts)
    lines = (
        md(
            "Bounces {rate}{kinds}",
            rate=rate_words(bounced, 2, limits.bounce_rate.warning, limits.bounce_rate.critical),
            kinds=md(": {kinds}", kinds=kinds) if kinds else md(""),
        ),
        md(
            "Delivered {percent} ({fraction}; {settled})",
            percent=percent(delivered, 2, limits.delivery_rate.critical),
            fraction=fraction(delivered),
            settled=SETTLED,
        ),
    )
    head = over("Bounces", bounced, limits.bounce_rate)
    if delivered.under(*limits.delivery_rate.critical):
        low = md("Delivered under {limit}", limit=in_percent(limits.delivery_rate.critical))
        head = low if head is None else md("{head}, {low}", head=head, low=low)
    return Words(lines, head)


def _complaints(facts: Facts, team: Team) -> Words:
    limits = team.runbook.thresholds.complaint_rate
    rate = Rate(facts["complaints"], facts["sent"])
    head = over("Complaints", rate, limits)
    figure = rate_words(rate, 3, limits.warning, limits.critical)
    return Words((md("{figure}", figure=figure) if head else md("Complaints {figure}", figure=figure),), head)


def _compared(facts: Facts, team: Team) -> Words:
    limits = team.runbook.thresholds
    lines = []
    for name, part, whole, decimals, marks in (
        ("Complaints", "complaints", "sent", 3, limits.complaint_rate),
        ("Bounces", "bounced", "sent", 2, limits.bounce_rate),
        ("Delivered", "delivered", "settled", 2, None),
    ):
        both = (limits.delivery_rate.critical,) if marks is None else (marks.warning, marks.critical)
        now, before = (Rate(facts[day][part], facts[day][whole]) for day in ("today", "before"))
        lines.append(
            md(
                "{name} {now}, day before {before}",
                name=name,
                now=rate_words(now, decimals, *both),
                before=rate_words(before, decimals, *both),
            )
        )
    return Words(tuple(lines))


def _trends(facts: Facts, _: Team) -> Words:
    changes = facts.get("changes")
    if changes is None:
        return Words((md("No rate to compare with: no mail was sent in 24 hours, or in the 7 days before."),))
    if not changes:
        return Words((md("No clear change against the 7 days before"),))
    lines = []
    for name, key, decimals in (("Complaints", "complaints", 3), ("Bounces", "bounced", 2)):
        direction = changes.get("complaints" if key == "complaints" else "bounces")
        if direction:
            now, before = (Rate(facts[span][key], facts[span]["sent"]) for span in ("today", "week"))
            lines.append(
                md(
                    "{name} went {direction}: {now}, 7 days before {before}",
                    name=name,
                    direction=direction,
                    now=rate_words(now, decimals),
                    before=rate_words(before, decimals),
                )
            )
    return Words(tuple(lines))


def _pattern(facts: Facts, _: Team) -> Words:
    bounced, what = facts["bounced"], facts.get("what")
    senders = wording.count(facts["senders"], "sender", "senders")
    if not bounced:
        return Words((md("Nothing bounced in 24 hours"),))
    rest = md(
        "{permanent} of {all} are permanent. {senders}.", permanent=f"{facts['permanent']:,}", all=f"{bounced:,}",
        senders=senders,
    )  # fmt: skip
    if what is None:
        return Words((md("No more than half of the {all} have anything in common.", all=f"{bounced:,}"), rest))
    part = f"{facts['part']:,} of {bounced:,}"
    if what == "sender":
        first = md("{part} are mails of one sender.", part=part)
    elif what == "reason":
        first = md("{part} for one reason: {reason}.", part=part, reason=REASONS[facts["reason"]])
    elif facts["place"]:
        first = md("{part} went to {place}.", part=part, place=called_so(facts["place"]))
    else:
        first = md("{part} went to one domain, of fewer than 3 senders.", part=part)
    return Words((first, rest))


def _accounts(count: int) -> str:
    return wording.count(count, "account", "accounts")


def _flagged(facts: Facts, _: Team) -> Words:
    count, new = facts["flagged"], facts["new"]
    line = md("{count}, {new} of them new", count=f"{count:,}", new=f"{new:,}") if count else md("0")
    if not facts["unasked"]:
        return Words((line,))
    asked = md(
        "{accounts} with 5 complaints or more, and nobody asked to restrict", accounts=_accounts(facts["unasked"])
    )
    return Words((line, asked))


def _details(facts: Facts, _: Team) -> Words:
    if not facts["flagged"]:
        return Words((md("No account is flagged"),))
    count = wording.count(facts["complaints"], "complaint", "complaints")
    head = md("Complaints of {accounts}", accounts=_accounts(facts["flagged"]))
    return Words((md("{count} in 30 days", count=count),), head)


def _plans(facts: Facts, _: Team) -> Words:
    if not facts["flagged"]:
        return Words((md("No account is flagged"),))
    if not facts["unplanned"]:
        return Words((md("Something is under way for each of {accounts}", accounts=_accounts(facts["flagged"])),))
    head = md("Follow-up for {accounts}", accounts=_accounts(facts["flagged"]))
    return Words((md("Nothing is planned for {n} of them", n=f"{facts['unplanned']:,}"),), head)


def _reviews(facts: Facts, _: Team) -> Words:
    if not facts["waiting"]:
        return Words((md("No review waits"),))
    late = md(", {late} of them late", late=f"{facts['late']:,}") if facts["late"] else md("")
    count = wording.count(facts["waiting"], "review waits", "reviews wait")
    return Words((md("{count}{late}", count=count, late=late),))


def _critical(facts: Facts, _: Team) -> Words:
    if not facts["open"]:
        return Words((md("No critical case is open"),))
    numbers = ", ".join(f"OPS-{one:04d}" for one in facts["cases"][:_MOST_CASES])
    more = facts["open"] - len(facts["cases"][:_MOST_CASES])
    rest = f" and {more:,} more" if more > 0 else ""
    unowned = md(", nobody has {n} of them", n=f"{facts['unowned']:,}") if facts["unowned"] else md("")
    head = md("Critical issues, {n}", n=f"{facts['open']:,}")
    return Words((md("{numbers}{rest}{unowned}", numbers=numbers, rest=rest, unowned=unowned),), head)


def _open(facts: Facts, _: Team) -> Words:
    parts = [wording.count(facts["open"], "case is open", "cases are open")]
    parts += [f"nobody has {facts['unowned']:,}"] if facts["unowned"] else []
    parts += [f"{facts['late']:,} late"] if facts["late"] else []
    return Words((md("{parts}", parts=", ".join(parts)),))


def _on_call(facts: Facts, _: Team) -> Words:
    if facts["somebody"]:
        return Words((md("Somebody is on call"),))
    if "since" in facts:
        return Words((md("Whoever is on call is in none of the team's groups any more"),))
    return Words((md("Nobody is on call"),))


def _health(facts: Facts, _: Team) -> Words:
    lines = [] if facts["sends"] else [md("The bot sends nothing: no process holds the sender's place")]
    if facts["overdue"]:
        waits = wording.count(facts["overdue"], "thing waits", "things wait")
        lines.append(md("The bot is late: {waits}", waits=waits))
    if facts["unanchored"]:
        lines.append(md("Records wait for their anchor"))
    if facts["undelivered"]:
        count = wording.count(facts["undelivered"], "message", "messages")
        lines.append(md("Slack refused {count} in 24 hours", count=count))
    if facts["in_doubt"]:
        count = wording.count(facts["in_doubt"], "fax", "faxes")
        lines.append(md("Nobody knows of {count} whether it went out", count=count))
    return Words(tuple(lines) or (md("The bot sends, and nothing is late"),))


FINDINGS: Final[Mapping[str, Callable[[Facts, Team], Words]]] = {
    "mail.bounces_and_delivery": _bounces_and_delivery,
    "mail.complaints": _complaints,
    "mail.compared": _compared,
    "mail.trends": _trends,
    "bounces.pattern": _pattern,
    "flagged.new": _flagged,
    "flagged.details": _details,
    "flagged.plans": _plans,
    "flagged.reviews": _reviews,
    "cases.critical": _critical,
    "cases.open": _open,
    "oncall.now": _on_call,
    "bot.health": _health,
    **weekly_findings.FINDINGS,
}
"""What draws the figures of each check, by the name that a runbook calls."""
