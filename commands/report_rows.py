"""What the reports of bounces and complaints draw alike: rates, rows of accounts, pages of fifteen."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from bot.engine import handles
from bot.mail import accounts, restrictions
from bot.mail.accounts import Account
from bot.mail.metrics.limits import Limit
from bot.mail.metrics.owners import ABOUT
from bot.mail.metrics.status import Rate
from bot.slack.blocks import Block, actions, button, section
from bot.slack.interactions import Call
from bot.slack.text import Mrkdwn, md
from commands import account_buttons
from commands.report_options import SUMMARY, View
from commands.turning import PAGE, turns

TOP = 5
"""Rows of a list that a summary shows."""
_ASK = "restriction.ask"
_MOST_DECIMALS = 9


def percent(rate: Rate, decimals: int, *limits: Limit) -> str:
    """Write a rate in percent, half up; with more decimals where it would else look like 0, 100 or a limit.

    Returns:
        ``0.312%``; ``no rate`` without a whole.
    """
    part, whole = rate.part, rate.whole
    if whole == 0:
        return "no rate"
    if part in {0, whole}:
        return "100%" if part else "0%"
    marks = [Limit(0, 1), Limit(1, 1), *limits]
    rounded = places = 0
    for places in range(decimals, _MOST_DECIMALS):
        scale = 10 ** (places + 2)
        rounded = (2 * part * scale + whole) // (2 * whole)
        if not any(
            rounded * mark.denominator == mark.numerator * scale and part * mark.denominator != whole * mark.numerator
            for mark in marks
        ):
            break
    return f"{Decimal(rounded).scaleb(-places):,.{places}f}%"


def fraction(rate: Rate) -> str:
    """Write a rate as what was counted: ``4 of 1,284``."""
    return f"{rate.part:,} of {rate.whole:,}"


def in_percent(limit: Limit) -> str:
    """Write a limit as the runbook does: ``5%``, ``0.05%``."""
    return f"{(Decimal(100 * limit.numerator) / Decimal(limit.denominator)).normalize():f}%"


@dataclass(frozen=True)
class Verdict:
    """How a rate stands to the runbook's two limits."""

    sign: str
    word: str
    """``over 5%``, ``over 3%, not over 5%``, ``under 3%``, ``no rate``."""
    worst: str
    """What it is over, or not over: ``over 5%``; empty without a rate."""
    calm: bool
    """It is over neither."""


def verdict(rate: Rate, warn: Limit, critical: Limit) -> Verdict:
    """Compare a rate with both limits, strictly and unrounded."""
    low, high = in_percent(warn), in_percent(critical)
    if rate.over(*critical):
        return Verdict("rotating_light", f"over {high}", f"over {high}", calm=False)
    if rate.over(*warn):
        below = "under" if rate.under(*critical) else "at"
        return Verdict("warning", f"over {low}, {below} {high}", f"over {low}", calm=False)
    if rate.whole == 0:
        return Verdict("grey_question", "no rate", "", calm=False)
    if rate.under(*warn):
        return Verdict("white_check_mark", f"under {low}", f"under {low}", calm=True)
    return Verdict("white_check_mark", f"at {low}, not over", f"not over {low}", calm=True)


async def account_row(call: Call, owner: UUID, words: Mrkdwn, *, may_ask: bool = False) -> Sequence[Block]:
    """Draw one account with the button that shows it, and the one that asks to restrict it where that would work.

    Params:
        call: of whoever reads it.
        owner: Faxi's id.
        words: what is said of it, after its number.
        may_ask: this person may ask, and somebody else could decide.
    """
    account = await accounts.load(call.connection, owner)
    if account is None:
        return [section(md("*An account that is gone*{words}", words=words))]
    value = await handles.mint(call.connection, restrictions.ACCOUNT, str(owner), 1, call.now)
    show = show_button(account, value)
    restricted = md(", restricted") if account.restricted else md("")
    said = md("*{masked}*{words}{restricted}", masked=account.number_masked, words=words, restricted=restricted)
    if may_ask and await can_be_asked(call, owner):
        return [section(said), actions(show, ask_button(account, value))]
    return [section(said, show)]


def unknown_owner(words: Mrkdwn) -> Block:
    """Draw what nobody known sent, and how far senders were looked for: an older mail's would not be found.

    Params:
        words: how much there is of it.
    """
    said = md(
        ":grey_question: *Unknown owner*, {words}\nIts senders were looked for in the {days} days around.",
        words=words,
        days=ABOUT.days,
    )
    return section(said)


async def can_be_asked(call: Call, owner: UUID) -> bool:
    """Say whether a restriction can be asked for now: none holds, and no request waits."""
    return isinstance(await restrictions.look(call.connection, owner, call.now), restrictions.Candidate)


def ask_button(account: Account, value: str) -> Block:
    """Make the button that opens the form in which a restriction is asked for."""
    return button("Ask to restrict…", _ASK, value, label=f"Ask to restrict the account{ending(account)}")


def show_button(account: Account, value: str) -> Block:
    """Make the button that shows an account, told apart by what it is read out as."""
    return button("Show account", account_buttons.SHOW, value, label=f"Show account{ending(account)}")


def ending(account: Account) -> str:
    """Say how an account's number ends, for what is read out; nothing where it is hidden wholly."""
    last = account.number_masked[-4:]
    return f" ending in {last}" if last.isdigit() else ""


@dataclass(frozen=True)
class Buttons:
    """The ids of one report's buttons, and the two letters that begin their values."""

    kind: str
    show: str
    previous: str
    next: str

    async def value(self, call: Call, view: View) -> str:
        """Return the value that names a view."""
        return await handles.mint(call.connection, self.kind, view.subject, view.offset, call.now)

    async def to(self, call: Call, view: View, words: str, label: str | None = None) -> Block:
        """Make a button that shows a view."""
        return button(words, self.show, await self.value(call, view), label=label)

    async def pages(self, call: Call, view: View, total: int) -> Block:
        """Make the row under a page: back, on, and to the summary."""

        async def value(offset: int) -> str:
            return await self.value(call, view.of(view.part, offset))

        row = await turns(self.previous, self.next, view.offset, total, value)
        return actions(*row, await self.to(call, view.of(SUMMARY), "Show the summary"))


def span(offset: int, total: int) -> str:
    """Say which of a list a page has: ``16-30``."""
    return f"{offset + 1:,}-{min(offset + PAGE, total):,}"
