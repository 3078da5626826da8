"""Draws what /faxi-audit finds: a page of sentences, that nothing is there, or a word that is not known."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from bot.engine import audit_search, cases, roster
from bot.engine.access import Right
from bot.engine.audit_search import PAGE, Page, Query
from bot.mail import accounts
from bot.slack import refusals, text
from bot.slack.blocks import Block, Message, View, actions, button, context, message, modal, section
from bot.slack.interactions import Call
from bot.slack.text import Mrkdwn, md
from commands import audit_sentences, audit_words
from commands.turning import turn_button

_GROUP = 5
"""Sentences in one block: what one reads at a time."""
EXPORT = "audit.export"
_EXPORTS = "Export… these records as a file"
_LOOKED = md("This look is recorded.")


def sees_all(call: Call) -> bool:
    """Say whether this person may see the records of others."""
    return call.membership.holds(call.person.id, Right.SEARCH_AUDIT)


def today(call: Call) -> date:
    """Return the day in the team's zone."""
    return call.now.astimezone(call.team.zone).date()


async def masked(call: Call, ids: set[UUID]) -> dict[UUID, str]:
    """Return the numbers of these accounts as people may see them; one that is gone has none."""
    found = {one: await accounts.load(call.connection, one) for one in sorted(ids)}
    return {one: account.number_masked for one, account in found.items() if account is not None}


def days_of(query: Query, now: date) -> str:
    """Say which days a query is about; empty for all."""
    first, last = query.first, query.last
    if first is None and last is None:
        return ""
    if last is None and first is not None:
        if first == now:
            return "today"
        return f"since {_day(first, now)}"
    if first == last and last is not None:
        return _day(last, now) if now - last <= timedelta(days=1) else f"on {_day(last, now)}"
    if first is None and last is not None:
        return f"until {_day(last, now)}"
    return f"from {_day(first or now, now)} to {_day(last or now, now)}"


def _day(one: date, now: date) -> str:
    if one in {now, now - timedelta(days=1)}:
        return "today" if one == now else "yesterday"
    return f"{one:%a} {one.day} {one:%b} {one.year}"


def _of(query: Query, names: Mapping[str, str], *, own: bool) -> str:
    """Say what a query is about besides its days, with nothing of an account."""
    parts = [] if own or not query.who else [f"by {', '.join(names[one] for one in query.who)}"]
    if query.words:
        parts.append(f"about {', '.join(query.words)}")
    if query.case_id is not None:
        parts.append(f"of {cases.number(query.case_id)}")
    if query.subject is not None:
        parts.append("of one account")
    return " ".join(parts)


async def found(call: Call, query: Query, page: Page, rights: Mapping[str, Right]) -> Message:
    """Draw one page of what was found."""
    own = query.who == (call.person.id,)
    names = await roster.names(call.connection, [*query.who, *(one.actor for one in page.entries)])
    now = today(call)
    days, of = days_of(query, now), _of(query, names, own=own)
    value = await audit_search.keep(call.connection, query, page.offset, call.now)
    if not page.total:
        return _nothing(query, of, days, value, await audit_search.newest(call.connection), own=not sees_all(call))
    ids = {one.subject for one in page.entries if one.subject is not None and one.case_id is None}
    shown = await masked(call, ids | ({query.subject} if query.subject else set()))
    lines = [
        audit_sentences.line(
            one, names, shown, rights, today=one.at.astimezone(call.team.zone).date() == now, team=call.team
        )
        for one in page.entries
    ]
    what = "Refused" if query.refused else "Records"
    if own:
        what = f"Your own {what.lower()}"
    whom = f"({shown.get(query.subject, 'gone')})" if query.subject else ""
    head = md(
        "*{title}, newest first*\n{a}-{b} of {total}",
        title=_spaced(what, of, whom, days),
        a=f"{page.offset + 1:,}",
        b=f"{page.end:,}",
        total=f"{page.total:,}",
    )
    blocks: list[Block] = [section(head)]
    blocks += [section(text.join("\n", lines[at : at + _GROUP])) for at in range(0, len(lines), _GROUP)]
    if steps := _steps(page, value):
        blocks.append(actions(*steps))
    blocks.append(actions(*_filters(call, query, value)))
    blocks.append(context(await _last(call, query, page)))
    return message(_sentence(query, page, of, days, own=own), *blocks)


def _sentence(query: Query, page: Page, of: str, days: str, *, own: bool) -> str:
    count = "refused" if query.refused else "record" if page.total == 1 else "records"
    here = f", here {page.offset + 1:,}-{page.end:,}" if page.total > PAGE else ""
    rest = _spaced(f"{page.total:,} {count}", "of your own" if own else "", of, days)
    return f"{text.clip(rest, 100)}, newest first{here}."


def title(query: Query, total: int, names: Mapping[str, str], now: date, *, own: bool) -> str:
    """Say which records a query finds: ``47 records since yesterday``."""
    noun = f"{'refused ' if query.refused else ''}{'record' if total == 1 else 'records'}"
    whose = "of your own" if own else ""
    return _spaced(f"{total:,} {noun}", whose, _of(query, names, own=own), days_of(query, now))


def _spaced(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _steps(page: Page, value: str) -> list[Block]:
    steps = []
    if page.offset:
        first = page.offset - PAGE + 1
        steps.append(turn_button("Previous", "audit.page.back", value, first, page.offset, page.total))
    if page.end < page.total:
        last = min(page.end + PAGE, page.total)
        steps.append(turn_button("Next", "audit.page", value, page.end + 1, last, page.total))
    return steps


def _filters(call: Call, query: Query, value: str) -> list[Block]:
    """Return the buttons that narrow, or lead back where one thing alone is shown."""
    everything, export = button("Show all records", "audit.all"), button("Export…", EXPORT, value, label=_EXPORTS)
    if query.refused:
        return [everything]
    if query.case_id is not None:
        return [everything, export]
    narrowed = bool(query.words or query.subject or (query.who and query.who != (call.person.id,)))
    row = [button("Refused only", "audit.refused", value), button("One case…", "audit.case", value)]
    if narrowed:
        row.insert(0, everything)
    elif sees_all(call):
        row.append(button("One person…", "audit.person", value))
    return [*row, button("Other days…", "audit.days", value), export]


async def _last(call: Call, query: Query, page: Page) -> Mrkdwn:
    """Say how the same is asked in words, which records these are, and that the look is recorded."""
    if not sees_all(call):
        groups = refusals.group_names(call.membership.of(call.person.id))
        return md(
            "You are in {groups}: you see what you did yourself. Management and auditors see all. {looked}",
            groups=groups,
            looked=_LOOKED,
        )
    if query.case_id is not None:
        return md("In words: `/faxi-audit {number}`. {looked}", number=cases.number(query.case_id), looked=_LOOKED)
    if query.refused:
        return md("In words: `/faxi-audit refused`. {looked}", looked=_LOOKED)
    case = next((one.case_id for one in page.entries if one.case_id is not None), 42)
    words = md("In words: `/faxi-audit {number}`, `/faxi-audit refused`, `/faxi-audit 7d`.", number=cases.number(case))
    return md("{words}{which} {looked}", words=words, which=await _which(call, page), looked=_LOOKED)


async def _which(call: Call, page: Page) -> Mrkdwn:
    """Say on the first page which records these are, and how far they lie anchored where nobody can change them."""
    if page.offset or page.lowest is None or page.highest is None:
        return md("")
    anchored = await audit_search.anchored(call.connection)
    tail = md("")
    if anchored is not None:
        number, at = anchored
        same = at.astimezone(call.team.zone).date() == today(call)
        when = text.instant(at, call.team.zone, "time" if same else "date_time")
        tail = md("; anchored up to {number}, {when}", number=f"{number:,}", when=when)
    return md(" Records {a} to {b}{tail}.", a=f"{page.lowest:,}", b=f"{page.highest:,}", tail=tail)


def _nothing(query: Query, of: str, days: str, value: str, total: int, *, own: bool) -> Message:
    """Say that nothing matches, and what could be widened."""
    if query.first is not None or query.last is not None:
        hint = md("There may be others on other days.") if query.last else md("There may be older ones.")
    elif own:
        hint = md("You see your own records only; management and auditors see all.")
    elif query.refused or query.words or query.who:
        hint = md("Ask for less at once: a case alone, or a person alone.")
    else:
        hint = md("Nobody did anything about it.")
    row = [button("Other days…", "audit.days", value, style="primary"), button("Show all records", "audit.all")]
    what = md("refused record") if query.refused else md("record")
    about = md("`{number}`", number=cases.number(query.case_id)) if query.case_id else md("{of}", of=of)
    parts = [part for part in (md("*No {what} matches*", what=what), about, md("{days}", days=days)) if part]
    said = md(":heavy_minus_sign: {none}.\n{hint}", none=text.join(" ", parts), hint=hint)
    count = f"{total:,} {'record' if total == 1 else 'records'}"
    return message(
        "No record matches.", section(said), actions(*row), context(md("{n} in all. {l}", n=count, l=_LOOKED))
    )


def others_refused() -> Message:
    """Say that the records of others are not for this person."""
    said = md(
        ":no_entry_sign: *You may see your own records only.* Nothing was shown.\nManagement and auditors see all."
    )
    return message(
        "The records of others are for management and auditors, so nothing was shown.",
        section(said),
        actions(button("Show my records", "audit.own")),
    )


_LIST = md(
    "`/faxi-audit @name` what somebody did; `me`, `bot`\n"
    "`/faxi-audit OPS-0042` one case\n"
    "`/faxi-audit +81…` one account, also by mail address\n"
    "`/faxi-audit refused` what was refused\n"
    "`/faxi-audit today`, `yesterday`, `7d`, `2026-11-20`, `20 Nov`, `since 20 Nov`, `all`\n"
    "`/faxi-audit restrict approve` what it was about, what was done\n"
    "About: {about}. Done: {done}.",
    about=", ".join(audit_words.SHOWN),
    done=", ".join(audit_words.DONE),
)


def unknown_word(word: str, guess: str | None, value: str | None) -> Message:
    """Say that a word was not known: with the nearest one as a button, then the list.

    Parameters:
        word: what was typed, where it is surely a word; else empty.
        guess: the nearest word of ours, if one is near.
        value: of the query with the guess in the word's place.
    """
    named = f"“{word}”" if word else "a part of that"
    said = md(":grey_question: `/faxi-audit` does not know {named}. Nothing was searched.", named=named)
    blocks: list[Block] = []
    if guess is None or value is None:
        blocks.append(section(said))
    else:
        blocks.append(section(md("{said}\nDid you mean `{guess}`?", said=said, guess=guess)))
        blocks.append(actions(button(f"Search for {guess}", "audit.search", value, style="primary")))
    return message("/faxi-audit does not know this word, so nothing was searched.", *blocks, section(_LIST))


def no_such_day() -> Message:
    """Say that a day was written that no calendar has."""
    said = md(
        ":grey_question: *There is no such day.* Nothing was searched.\n"
        "Write it like `20 Nov` or `2026-11-20`: `/faxi-audit since 20 Nov`."
    )
    return message("There is no such day, so nothing was searched.", section(said))


def account_not_found(why: str) -> Message:
    """Say that no account, or more than one, has what was typed; it is not repeated."""
    said = md(
        ":grey_question: *{why}* Nothing was searched.\n"
        "Give the whole number with country code, its mail address, or a case: `/faxi-audit OPS-0042`.",
        why=why,
    )
    return message("No such account was found, so nothing was searched.", section(said))


def in_modal(shown: Message) -> View:
    """Return a page as a modal, for who asked for it in a form."""
    return modal("audit.records", "Records", *shown.blocks)
