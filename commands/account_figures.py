"""The figures and facts of one account: complaints of 30 days as a fraction, fax number, language, since when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from bot.engine.team import Team
from bot.mail.account_page import AccountPage
from bot.slack import text
from bot.slack.blocks import Block, section
from bot.slack.text import Mrkdwn, md
from commands import wording

_LANGUAGES: Mapping[str, str] = {"ja": "Japanese", "en": "English"}


def blocks(page: AccountPage, team: Team) -> Sequence[Block]:
    """Draw the figures, then the facts."""
    return [section(_figures(page, team)), section(_facts(page, team))]


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


def _figures(page: AccountPage, team: Team) -> Mrkdwn:
    facts = page.facts
    lines = [md("*Last 30 days*"), md("Complaints {rate}", rate=rate(facts.complaints, facts.mails))]
    if facts.dated:
        days = [f"{text.day(datetime.fromisoformat(at), team.zone)[:-5]} ({kind})" for at, kind in facts.dated]
        more = facts.complaints - len(days)
        lines.append(md("Of {days}{more}.", days=", ".join(days), more=f" and {more:,} more" if more > 0 else ""))
    if facts.not_counted:
        reports = wording.count(facts.not_counted, "report", "reports")
        lines.append(md("{reports} not counted (not spam, or a failed check).", reports=reports))
    return text.join("\n", lines)


def _facts(page: AccountPage, team: Team) -> Mrkdwn:
    account = page.account
    if account.demo:
        fax = md(":heavy_minus_sign: *Demo user of Faxi*: no notices by fax")
    elif account.fax_verified:
        fax = md("*Fax number* verified")
    else:
        fax = md(":warning: *Fax number* not verified: no notices by fax")
    language = _LANGUAGES.get((account.language or "")[:2])
    set_to = language or ("not set, notices in Japanese" if not account.language else "another, notices in Japanese")
    lines = [fax, md("*Language* {language}", language=set_to)]
    if account.since is not None:
        lines.append(md("*With Faxi since* {day}", day=text.day(account.since, team.zone)[4:]))
    return text.join("\n", lines)
