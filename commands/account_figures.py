"""The figures and facts of one account: rates of 30 days as fractions, fax number, language, since when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from bot.engine.team import Team
from bot.mail.account_page import AccountPage
from bot.mail.metrics.activity import AccountMail
from bot.slack import text
from bot.slack.blocks import Block, section
from bot.slack.text import Mrkdwn, md
from commands import wording

_LANGUAGES: Mapping[str, str] = {"ja": "Japanese", "en": "English"}


def blocks(page: AccountPage, mail: AccountMail, blocked: int | None, team: Team) -> Sequence[Block]:
    """Draw the figures, then the facts.

    Parameters:
        blocked: how many senders the person wants no mail from; ``None`` where the bot may not count them.
    """
    return [section(_figures(page, mail, team)), section(_facts(page, blocked, team))]


def rate(part: int, whole: int) -> str:
    """Write a rate with its fraction, ``5.81% (5 of 86)``; two decimals, and more where it would else look like 0."""
    fraction = f"({part:,} of {whole:,})"
    if whole == 0:
        return f"no rate {fraction}"
    exact = Decimal(100 * part) / Decimal(whole)
    if exact in {0, 100}:
        return f"{exact:.0f}% {fraction}"
    for decimals in range(2, 9):
        rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        if rounded not in {0, 100}:
            return f"{rounded}% {fraction}"
    return f"{exact}% {fraction}"


def _figures(page: AccountPage, mail: AccountMail, team: Team) -> Mrkdwn:
    facts = page.facts
    lines = [
        md("*Last 30 days*"),
        md("Complaints {rate}", rate=rate(facts.complaints, facts.mails)),
        _bounces(mail),
        md("Delivered {rate}; the last hour is not counted yet)", rate=_delivered(mail)),
    ]
    if facts.dated:
        days = [f"{text.day(datetime.fromisoformat(at), team.zone)[:-5]} ({kind})" for at, kind in facts.dated]
        more = facts.complaints - len(days)
        lines.append(md("Of {days}{more}.", days=", ".join(days), more=f" and {more:,} more" if more > 0 else ""))
    if facts.not_counted:
        reports = wording.count(facts.not_counted, "report", "reports")
        lines.append(md("{reports} not counted (not spam, or a failed check).", reports=reports))
    return text.join("\n", lines)


def _bounces(mail: AccountMail) -> Mrkdwn:
    whole = mail.bounce_rate
    if whole.part == 0:
        return md("Bounces {rate}", rate=rate(whole.part, whole.whole))
    unclear = md(", {count} unclear", count=f"{mail.undetermined:,}") if mail.undetermined else md("")
    return md(
        "Bounces {rate}: {permanent} permanent, {transient} temporary{unclear}",
        rate=rate(whole.part, whole.whole),
        permanent=f"{mail.permanent:,}",
        transient=f"{mail.transient:,}",
        unclear=unclear,
    )


def _delivered(mail: AccountMail) -> str:
    """Write the rate without its last bracket, for something is still said in it."""
    return rate(mail.delivery.delivered, mail.delivery.sent).removesuffix(")")


def _facts(page: AccountPage, blocked: int | None, team: Team) -> Mrkdwn:
    account = page.account
    if account.demo:
        fax = md(":heavy_minus_sign: *Demo user of Faxi*: no notices by fax")
    elif account.fax_verified:
        fax = md("*Fax number* verified")
    else:
        fax = md(":warning: *Fax number* not verified: no notices by fax")
    language = _LANGUAGES.get((account.language or "")[:2])
    set_to = language or ("not set, notices in Japanese" if not account.language else "another, notices in Japanese")
    lines = [
        fax,
        md("*Language* {language}", language=set_to),
        _blocked(blocked),
    ]
    if account.since is not None:
        lines.append(md("*With Faxi since* {day}", day=text.day(account.since, team.zone)[4:]))
    return text.join("\n", lines)


def _blocked(count: int | None) -> Mrkdwn:
    if count is None:
        return md(":grey_question: *Blocked senders* unknown: the bot may not count them. Run `sql/roles.sql` again.")
    return md("*Blocked senders* {count}", count=f"{count:,}")
