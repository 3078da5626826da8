"""/faxi-bounces: what bounced in 24 hours, 7 or 30 days, at one domain or of one account, for who asks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from uuid import UUID

from bot.base.shared import Shared
from bot.mail import accounts, bounce_report, metrics
from bot.mail.accounts import Account
from bot.mail.bounce_report import Name, What
from bot.mail.metrics import status
from bot.mail.metrics.bounces import Bounce, bounces
from bot.mail.metrics.carriers import CARRIERS
from bot.mail.metrics.status import Window
from bot.slack.blocks import Block, Message
from bot.slack.interactions import Call, Help, Interaction, Outcome, Say
from commands import bounce_messages, report_options
from commands.bounce_messages import BUTTONS, PLACES, SENDERS, Shown
from commands.report_commands import ReportCommand
from commands.report_options import PERIODS, SUMMARY, View

NAME = "/faxi-bounces"
_USAGE = (
    (NAME, "what bounced in 24 hours"),
    (f"{NAME} 7d", "in 7 days; 30d in 30 days"),
    (f"{NAME} 7d docomo", "at one carrier or domain"),
    (f"{NAME} 7d +81…", "of one account, by number, mail address or id"),
)
_COMMAND = ReportCommand(
    NAME,
    "bounces:show",
    Help(
        need="Now",
        does="shows what bounced, where, why, and whose it was",
        usage=_USAGE,
        hint="[24h, 7d or 30d] [domain, or number, mail address or id]",
    ),
    BUTTONS,
    parts=frozenset({PLACES, SENDERS}),
)
_DOMAIN = re.compile(r"(?:[a-z]+://)?@?((?:[a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63})\.?/?")
_LONGEST = 253
_LABEL, _READ_OUT = 24, 75
_CARRIERS: Mapping[str, str] = {name.lower(): name for name in CARRIERS}


@dataclass(frozen=True)
class _Found:
    """What was counted for all who ask in the same moment."""

    window: Window
    bounces: tuple[Bounce, ...]
    before: tuple[Bounce, ...]


def declarations() -> tuple[Interaction, ...]:
    """Return what showing bounces takes; who asks for the same in the same moment gets the same count."""
    kept: Mapping[str, Shared[_Found]] = {period: Shared() for period in PERIODS}

    async def looked(call: Call, view: View) -> Outcome:
        found = await kept[view.period].get(lambda: _count(call, view))
        return await _drawn(call, view, found)

    async def command(call: Call) -> Outcome:
        period, words = report_options.split(call.click.text)
        if words and report_options.is_account(words):
            return await _COMMAND.of_account(call, period, words, looked)
        place = _place(words)
        both = _account_and_place(words) if place is None else None
        if both is not None:
            return await _one_of_both(call, period, *both)
        if words and place is None:
            return await _not_known(call, period, words)
        return await looked(call, View(period, place=place or ""))

    return _COMMAND.interactions(command, looked)


async def _count(call: Call, view: View) -> _Found:
    start = call.now - view.length
    return _Found(
        await status.window(call.connection, start, call.now),
        await bounces(call.connection, start, call.now),
        await bounces(call.connection, start - view.length, start),
    )


def _place(words: str) -> str | None:
    """Return the carrier or the domain that words mean; ``None`` when they mean neither."""
    if words.lower() in _CARRIERS:
        return _CARRIERS[words.lower()]
    found = _DOMAIN.fullmatch(words.lower()) if len(words) <= _LONGEST else None
    return found[1] if found else None


def _account_and_place(words: str) -> tuple[str, str] | None:
    """Return the account and the place that words name together, in any order; ``None`` when they do not."""
    first, _, after = words.partition(" ")
    before, _, last = words.rpartition(" ")
    for account, other in ((before, last), (after, first)):
        place = _place(other)
        if account and place is not None and report_options.is_account(account):
            return account, place
    return None


async def _one_of_both(call: Call, period: str, account: str, place: str) -> Outcome:
    """Say that an account and a place are asked for one after the other, and offer both."""
    found = await accounts.find(call.connection, account)
    if not isinstance(found, Account):
        return report_options.not_found(NAME, found, account)
    value = await BUTTONS.value(call, View(period, owner=found.id))
    row = [report_options.guess_button("Show this account", BUTTONS.show, value)]
    label = f"Show {place}" if len(f"Show {place}") <= _LABEL else "Show this domain"
    row.append(await BUTTONS.to(call, View(period, place=place), label))
    said = bounce_messages.one_of_both(row)
    outcome = Outcome(Say(said), "refused:one_at_a_time", allowed=False, subject=found.id)
    return report_options.with_warning(outcome) if call.click.kind == "event" else outcome


def _named(place: str) -> Name:
    return Name(place, carrier=place in CARRIERS)


async def _not_known(call: Call, period: str, words: str) -> Outcome:
    guess = report_options.guessed(words, CARRIERS)
    if guess is None:
        return report_options.not_known(NAME, words, _USAGE, None)
    view = View(guess) if guess in PERIODS else View(period, place=guess)
    label = f"Show {view.within}" if guess in PERIODS else f"Show {guess}"
    offered = report_options.guess_button(label, BUTTONS.show, await BUTTONS.value(call, view))
    return report_options.not_known(NAME, words, _USAGE, (guess, offered))


async def _drawn(call: Call, view: View, found: _Found) -> Outcome:
    if view.owner is not None:
        return await _of_account(call, view, found, view.owner)
    if view.place:
        return await _of_place(call, view, found, _named(view.place))
    shown = _taken_apart(view, found, found.bounces, found.before, ("sender", "place", "reason"))
    draw = bounce_messages.summary if view.part == SUMMARY else bounce_messages.page
    return _said(view, await draw(call, shown), "all")


async def _of_account(call: Call, view: View, found: _Found, owner: UUID) -> Outcome:
    account = await accounts.load(call.connection, owner)
    if account is None:
        return report_options.gone(owner)
    mine, before = (bounce_report.of_sender(some, owner) for some in (found.bounces, found.before))
    shown = _taken_apart(view, found, mine, before, ("place", "reason"))
    mails = await metrics.mails_since(call.connection, owner, found.window.start, found.window.end)
    return _said(view, await bounce_messages.of_account(call, shown, account, mails), "account")


async def _of_place(call: Call, view: View, found: _Found, name: Name) -> Outcome:
    there, before = (bounce_report.at_place(some, name) for some in (found.bounces, found.before))
    shown = _taken_apart(view, found, there, before, ("sender", "reason"))
    if name not in bounce_report.nameable(found.bounces):
        near = None if there else await _like(call, view, found, name)
        return _said(view, bounce_messages.few_at(call, shown, name, near), "place")
    if view.part == SUMMARY:
        return _said(view, await bounce_messages.of_place(call, shown, name), "place")
    return _said(view, await bounce_messages.page(call, shown), "place")


async def _like(call: Call, view: View, found: _Found, name: Name) -> Block | None:
    """Return the button that shows the place of the likeliest name at which mail did bounce."""
    known = [one.text for one in bounce_report.nameable(found.bounces)]
    near = get_close_matches(name.text, sorted(known), n=1)
    if not near:
        return None
    label, read_out = f"Show {near[0]}", None
    if len(label) > _LABEL:
        label, read_out = "Show the nearest name", f"Show the nearest name: {near[0]}"[:_READ_OUT]
    return await BUTTONS.to(call, View(view.period, place=near[0]), label, read_out)


def _taken_apart(
    view: View, found: _Found, some: Sequence[Bounce], before: Sequence[Bounce], looked_for: Sequence[What]
) -> Shown:
    named = bounce_report.nameable(found.bounces)
    return Shown(view, found.window, bounce_report.report(some, before, named, looked_for), len(before))


def _said(view: View, said: Message, about: str) -> Outcome:
    parameters = {"period": view.period, "part": view.part, "of": about, "from": view.offset}
    return Outcome(Say(said), "shown", subject=view.owner, parameters=parameters)
