"""Bounces in words: where, why, of which kind, new or again, and what the runbook has one do about them."""

from collections.abc import Mapping, Sequence

from bot.mail.bounce_report import BounceReport, Kinds, Name, Pattern, Place, Repeats
from bot.mail.metrics.carriers import CARRIERS
from bot.mail.metrics.reasons import Reason
from bot.slack import text
from bot.slack.text import Mrkdwn, clip, md
from commands import wording

REASONS: Mapping[Reason, str] = {
    "mailbox_unknown": "unknown address",
    "mailbox_full": "mailbox full",
    "domain_unknown": "no mail server",
    "blocked": "blocked by the other side",
    "deferred": "put off by the other side",
    "too_large": "too large",
    "other": "another reason",
    "unknown": "no reason given",
}
"""Each class of reasons in words, to be read after a number."""
_NEXT: Mapping[str, str] = {
    "sender": "show the account, call the person, and give guidance.",
    "place": "check the DNS configuration, that domain's and ours.",
    "blocked": "check our DNS configuration, then contact AWS support.",
    "reason": "look at the senders with the most bounces, and give them guidance.",
    "none": "look at the senders with the most bounces; if none stands out, contact AWS support.",
}
"""What the runbook has one do (Handling High Bounce Rate Alert, 4), by what the bounces share."""

_LONGEST_DOMAIN = 60


def by_domain(report: BounceReport, places: Sequence[Place], left: Sequence[Place] = ()) -> Mrkdwn:
    """List places with their bounces, then what is not listed with its count.

    Params:
        places: those to list.
        left: those that may be named and are not listed here.
    """
    lines = [md("*By domain*"), *(_place(one) for one in places)]
    if left:
        count = wording.count(len(left), "more domain", "more domains")
        lines.append(md("{count}, {left}", count=count, left=count_of(sum(one.kinds.total for one in left))))
    if report.other_places:
        count = wording.count(report.other_places, "other domain", "other domains")
        lines.append(
            md("{count}, {left} (each of fewer than 3 senders)", count=count, left=count_of(report.other_bounces))
        )
    if report.nowhere:
        lines.append(md(":grey_question: Unknown domain, {left}", left=count_of(report.nowhere)))
    return text.join("\n", lines)


def _place(place: Place) -> Mrkdwn:
    more = md("")
    if place.name.carrier and place.domains:
        listed = [
            md("`{domain}` {count}", domain=_short(domain), count=f"{count:,}") for domain, count in place.domains
        ]
        more = md(": {listed}", listed=text.join(", ", listed))
        hidden = place.kinds.total - sum(count for _, count in place.domains)
        if hidden:
            more = md("{more}, {hidden} at others", more=more, hidden=f"{hidden:,}")
        elif len(listed) == 1:
            more = md(": all `{domain}`", domain=_short(place.domains[0][0]))
    return md(
        "{name} {count} ({kinds}), {again}{more}",
        name=called(place.name),
        count=f"{place.kinds.total:,}",
        kinds=among(place.kinds),
        again="also before" if place.again else "new",
        more=more,
    )


def by_reason(report: BounceReport) -> Mrkdwn:
    """Say how many gave each reason, most first."""
    listed = [md("{count} {reason}", count=f"{count:,}", reason=REASONS[reason]) for reason, count in report.reasons]
    return md("*By reason*\n{listed}", listed=text.join(", ", listed))


def new_or_again(report: BounceReport, within: str) -> Mrkdwn:
    """Say how many of the domains and senders had bounces in the window before, too."""
    return md(
        "*New or again*\n{places} and {senders} had bounces in the {within} before, too.",
        places=_of(report.place_repeats, "domain", "domains"),
        senders=_of(report.sender_repeats, "sender", "senders"),
        within=within,
    )


def _of(repeats: Repeats, one: str, many: str) -> str:
    return f"{repeats.again:,} of {wording.count(repeats.all, one, many)}"


def called(name: Name) -> Mrkdwn:
    """Write a carrier by its name, and a domain as it is typed."""
    return md("{name}", name=name.text) if name.carrier else md("`{name}`", name=_short(name.text))


def called_so(place: str) -> Mrkdwn:
    """Write a place as :func:`called`, where only its name is known."""
    return called(Name(place, carrier=place in CARRIERS))


def _short(domain: str) -> str:
    return clip(domain, _LONGEST_DOMAIN)


def _told(kinds: Kinds) -> list[tuple[int, str]]:
    told = [(kinds.permanent, "permanent"), (kinds.transient, "temporary"), (kinds.undetermined, "unclear")]
    return [one for one in told if one[0]]


def by_kind(kinds: Kinds) -> str:
    """Say how many are permanent, temporary and unclear: ``12 permanent, 2 temporary``."""
    return ", ".join(f"{count:,} {word}" for count, word in _told(kinds))


def among(kinds: Kinds) -> str:
    """Say the same of what was counted already: ``all permanent``."""
    told = _told(kinds)
    if len(told) > 1:
        return by_kind(kinds)
    return told[0][1] if kinds.total == 1 else f"all {told[0][1]}"


def count_of(count: int) -> str:
    """Return a count with its noun: ``1 bounce``, ``71 bounces``."""
    return wording.count(count, "bounce", "bounces")


def what_next(pattern: Pattern | None) -> str:
    """Say what the runbook has one do next."""
    if pattern is None:
        return _NEXT["none"]
    return _NEXT["blocked" if pattern.reason == "blocked" and pattern.what != "sender" else pattern.what]
