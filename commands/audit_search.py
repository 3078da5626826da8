"""/faxi-audit: searches the records by words, buttons and forms; operations and engineering see their own."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bot.base import masking
from bot.engine import audit_search, case_numbers, roster
from bot.engine.access import Right
from bot.engine.audit_search import PAGE, Query
from bot.mail import accounts
from bot.mail.accounts import Account, Malformed, Several
from bot.slack import refusals
from bot.slack.blocks import Message, View
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Catalogue, Errors, Handler, Help, Interaction, Outcome, Say, Show
from commands import audit_days, audit_forms, audit_messages, audit_words, which_case
from commands.audit_words import Typed

_WORD = 20
_HELP = Help(
    need="Look back",
    does="searches the records of what was done",
    usage=(
        ("/faxi-audit", "what was done since yesterday"),
        ("/faxi-audit OPS-0042", "the records of a case"),
        ("/faxi-audit @name 7d", "what somebody did in 7 days; also me, or bot"),
        ("/faxi-audit refused", "what was refused"),
        ("/faxi-audit restrict 20 Nov", "what it was about, and when"),
    ),
    hint="[@name] [restrict, approve, …] [account] [OPS-0042] [today, 7d, 20 Nov]",
)


class _Search:
    """The handlers; who may what is read from the catalogue when a record is told."""

    def __init__(self, catalogue: Callable[[], Catalogue]) -> None:
        self._catalogue = catalogue

    def _rights(self) -> Mapping[str, Right]:
        return {one.tag: one.right for one in self._catalogue()}

    async def command(self, call: Call) -> Outcome:
        marked = call.click.marked or call.click.text or await which_case.of_thread(call)
        typed = audit_words.read(
            marked, reader=call.person.id, bot=call.team.bot_user, today=audit_messages.today(call)
        )
        if typed.no_day:
            return Outcome(Say(audit_messages.no_such_day()), "refused:no_such_day", allowed=False)
        unknown = list(typed.unknown)
        who = list(typed.query.who)
        for name in typed.names:
            person = await audit_search.named(call.connection, name)
            if person is None:
                unknown.append(name)
            else:
                who.append(person)
        query = _with_days(replace(typed.query, who=tuple(dict.fromkeys(who))), typed, audit_messages.today(call))
        if not audit_messages.sees_all(call) and set(query.who) - {call.person.id}:
            return _others(call)
        if typed.account is not None:
            found = await accounts.find(call.connection, typed.account)
            if not isinstance(found, Account):
                return _no_account(found, typed.account)
            query = replace(query, subject=found.id)
        if unknown:
            return await self._unknown(call, query, unknown)
        return await self._show(call, query, 0)

    async def _unknown(self, call: Call, query: Query, unknown: list[str]) -> Outcome:
        word = unknown[0]
        guess = audit_words.nearest(word) if len(unknown) == 1 else None
        value = None
        if guess is not None:
            again = audit_words.read(
                guess, reader=call.person.id, bot=call.team.bot_user, today=audit_messages.today(call)
            )
            guess = None if again.unknown else guess
            meant = _merged(query, again)
            value = await audit_search.keep(call.connection, meant, 0, call.now)
        # Only what is surely a word is repeated: anything else may hold somebody's number.
        named = word if word.isalpha() and len(word) <= _WORD else ""
        shown = audit_messages.unknown_word(named, guess, value)
        return Outcome(Say(shown), "refused:unknown_word", allowed=False)

    async def _show(self, call: Call, query: Query, offset: int) -> Outcome:
        """Find and draw one page; whoever sees their own records only gets these, whatever the query says."""
        if not audit_messages.sees_all(call):
            query = replace(query, who=(call.person.id,))
        if query.up_to is None:
            query = replace(query, up_to=await audit_search.newest(call.connection))
        actions = audit_words.actions(query.words)
        page = await audit_search.find(call.connection, query, actions, call.team.zone, offset)
        shown = await audit_messages.found(call, query, page, self._rights())
        return Outcome(
            _answer(call, shown),
            "shown",
            case_id=query.case_id,
            subject=query.subject,
            parameters=_parameters(query, page.offset, page.total),
        )

    def turn(self, pages: int) -> Handler:
        """Return what shows the page that lies so many further on."""

        async def turn(call: Call) -> Outcome:
            kept = await audit_search.kept(call.connection, call.click.value)
            if kept is None:
                return _old(call)
            query, offset = kept
            return await self._show(call, query, offset + pages * PAGE)

        return turn

    async def refused(self, call: Call) -> Outcome:
        kept = await audit_search.kept(call.connection, call.click.value)
        if kept is None:
            return _old(call)
        return await self._show(call, replace(kept[0], refused=True, up_to=None), 0)

    async def all(self, call: Call) -> Outcome:
        return await self._show(call, _with_days(Query(), None, audit_messages.today(call)), 0)

    async def own(self, call: Call) -> Outcome:
        own = Query(who=(call.person.id,))
        return await self._show(call, _with_days(own, None, audit_messages.today(call)), 0)

    async def case(self, call: Call) -> Outcome:
        kept = await audit_search.kept(call.connection, call.click.metadata)
        if kept is None:
            return _old(call)
        number = case_numbers.parse(call.click.values.get("case", ""))
        if number is None:
            return _wrong("case", "Please write a case's number, like OPS-0042.")
        return await self._show(call, replace(kept[0], case_id=number, first=None, last=None, up_to=None), 0)

    async def person(self, call: Call) -> Outcome:
        kept = await audit_search.kept(call.connection, call.click.metadata)
        if kept is None:
            return _old(call)
        person = call.click.values.get("person")
        if not person:
            return _wrong("person", "Please choose somebody.")
        if not audit_messages.sees_all(call) and person != call.person.id:
            return _others(call)
        who = roster.BOT if person == call.team.bot_user else person
        return await self._show(call, replace(kept[0], who=(who,), up_to=None), 0)

    async def days(self, call: Call) -> Outcome:
        kept = await audit_search.kept(call.connection, call.click.metadata)
        if kept is None:
            return _old(call)
        today = audit_messages.today(call)
        day, choice = call.click.values.get("day", "").strip(), call.click.values.get("days", "")
        if day:
            one = audit_days.one_day(day, today)
            if one is None:
                return _wrong("day", "That is no day. Write it like 20 Nov, or 2026-11-20.")
            return await self._show(call, replace(kept[0], first=one, last=one, up_to=None), 0)
        if choice not in audit_forms.DAYS:
            return _wrong("days", "Please choose days.")
        first = audit_forms.first_of(choice, today)
        return await self._show(call, replace(kept[0], first=first, last=None, up_to=None), 0)


def _with_days(query: Query, typed: Typed | None, today: date) -> Query:
    """Add the usual days where none were typed; a case is small enough to be shown from its beginning."""
    if (typed is not None and typed.days) or query.case_id is not None or query.subject is not None:
        return query
    return replace(query, first=today - timedelta(days=1))


def _merged(query: Query, more: Typed) -> Query:
    """Return the query with what a guessed word adds to it."""
    other = more.query
    days = {"first": other.first, "last": other.last} if more.days else {}
    return replace(
        query,
        who=tuple(dict.fromkeys((*query.who, *other.who))),
        words=tuple(dict.fromkeys((*query.words, *other.words))),
        refused=query.refused or other.refused,
        **days,  # type: ignore[arg-type]
    )


def _parameters(query: Query, offset: int, total: int) -> dict[str, Any]:
    """Return what was searched for, as it was resolved; case and account have columns of their own."""
    limits = audit_search.told(replace(query, case_id=None, subject=None, up_to=None))
    return {**limits, "from": offset, "found": total}


def _answer(call: Call, shown: Message) -> Say | Show:
    """Answer where it was asked: in the form that is open, else with a message."""
    in_form = call.click.kind == "view" or call.click.view_type == "modal"
    return Show(audit_messages.in_modal(shown)) if in_form else Say(shown)


def _old(call: Call) -> Outcome:
    return Outcome(_answer(call, refusals.old_button()), "refused:unknown_button", allowed=False)


def _others(call: Call) -> Outcome:
    return Outcome(_answer(call, audit_messages.others_refused()), "refused:others_records", allowed=False)


def _wrong(field: str, words: str) -> Outcome:
    return Outcome(Errors({field: words}), "refused:form", allowed=False)


def _no_account(found: object, typed: str) -> Outcome:
    if isinstance(found, Malformed):
        why = "That can be no account."
    elif isinstance(found, Several):
        why = "More than one account fits."
    else:
        why = "No account has this number, address or id."
    parameters = {"typed": masking.mask_typed(typed)}
    return Outcome(
        Say(audit_messages.account_not_found(why)), "refused:not_found", allowed=False, parameters=parameters
    )


def _looking(_click: Click) -> View:
    return looking("Records")


def _form(draw: Callable[[str], View]) -> Handler:
    async def form(call: Call) -> Outcome:
        if await audit_search.kept(call.connection, call.click.value) is None:
            return _old(call)
        return Outcome(Show(draw(call.click.value or "")), "form")

    return form


def declarations(catalogue: Callable[[], Catalogue]) -> tuple[Interaction, ...]:
    """Return how one searches the records; who may what is read from the catalogue when a record is told."""
    search, own, everybody = _Search(catalogue), Right.SEARCH_OWN, Right.SEARCH_AUDIT
    tag, form = "audit:search", "audit:form"
    return (
        Interaction("command", "/faxi-audit", tag, own, search.command, help=_HELP),
        Interaction("action", "audit.page", tag, own, search.turn(1)),
        Interaction("action", "audit.page.back", tag, own, search.turn(-1)),
        Interaction("action", "audit.search", tag, own, search.turn(0)),
        Interaction("action", "audit.refused", tag, own, search.refused),
        Interaction("action", "audit.all", tag, own, search.all),
        Interaction("action", "audit.own", tag, own, search.own),
        Interaction("action", "audit.case", form, own, _form(audit_forms.case_form), opening=_looking),
        Interaction("view", "audit.case", tag, own, search.case),
        Interaction("action", "audit.person", form, everybody, _form(audit_forms.person_form), opening=_looking),
        Interaction("view", "audit.person", tag, everybody, search.person),
        Interaction("action", "audit.days", form, own, _form(audit_forms.days_form), opening=_looking),
        Interaction("view", "audit.days", tag, own, search.days),
    )
