"""/faxi-oncall: who is on call, and taking it over."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from bot.base.database import Connection
from bot.duty import oncall
from bot.engine import roster
from bot.engine.access import Right
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Block, Message, actions, button, confirm, message, section
from bot.slack.interactions import Call, Help, Interaction, Outcome, Say
from bot.slack.text import Mrkdwn, md

_WORD = 20
_HELP = Help(
    need="Now",
    does="who is on call",
    usage=(
        ("/faxi-oncall", "shows who is on call"),
        ("/faxi-oncall take", "puts you on call, and says so to the team"),
    ),
    hint="[take]",
)


async def line(connection: Connection, team: Team, *, may_take: bool) -> Mrkdwn:
    """Say who is on call since when, or that nobody is; ``may_take`` says whether the reader could be."""
    duty = await oncall.now_on_call(connection)
    if duty is None:
        take = md(" `/faxi-oncall take` puts you on call.") if may_take else md("")
        return md(":warning: *Nobody is on call.*{take}", take=take)
    names = await roster.names(connection, [duty.person])
    since = text.instant(duty.since, team.zone, "date_time")
    return md("*On call*: {who}, since {since}", who=names[duty.person], since=since)


async def _command(call: Call) -> Outcome:
    word = call.click.text.lower()
    if word == "take":
        return await _take(call)
    if word:
        return _unknown_word(call, word)
    duty = await oncall.now_on_call(call.connection)
    may_take = call.membership.holds(call.person.id, Right.WORK)
    blocks = [section(await line(call.connection, call.team, may_take=may_take))]
    if (duty is None or duty.person != call.person.id) and may_take:
        blocks.append(actions(_take_button()))
    sentence = "Nobody is on call." if duty is None else "This is who is on call."
    return Outcome(Say(message(sentence, *blocks)), "shown")


def _unknown_word(call: Call, word: str) -> Outcome:
    # Only what is surely a word is repeated: anything else may hold somebody's number.
    named = f"“{word}”" if word.isalpha() and len(word) <= _WORD else "that"
    meant = bool(get_close_matches(word, ["take"])) and call.membership.holds(call.person.id, Right.WORK)
    said = md(
        ":grey_question: `/faxi-oncall` does not know {named}. Nothing was changed.\n"
        "`/faxi-oncall` shows who is on call, `/faxi-oncall take` puts you on call.",
        named=named,
    )
    row = [actions(_take_button())] if meant else []
    answer = message("/faxi-oncall does not know this word, so nothing was changed.", section(said), *row)
    return Outcome(Say(answer), "refused:unknown_word", allowed=False)


def _take_button() -> Block:
    sure = confirm("Take over on call?", "The team is told at once.", "Take over", "Not now")
    return button("Take on call", "oncall.take", style="primary", confirm=sure)


async def _take(call: Call) -> Outcome:
    if not call.membership.holds(call.person.id, Right.WORK):
        said = md(
            ":no_entry_sign: *Auditors are not on call.* Nothing was changed.\n"
            "Operations, engineering and management take it: {channel}.",
            channel=text.channel(call.team.channels.operations),
        )
        answer = message("Auditors are not on call, so nothing was changed.", section(said))
        return Outcome(Say(answer), "refused:not_allowed", allowed=False, tag="oncall:take")
    if await oncall.take(call.connection, call.team, call.person.id, call.now):
        said = md(
            ":white_check_mark: *You are on call* from now on. The team reads it in {channel}.",
            channel=text.channel(call.team.channels.operations),
        )
        return Outcome(Say(message("You are on call from now on.", section(said))), "taken", tag="oncall:take")
    said = md(":white_check_mark: *You are on call already.* Nothing was changed.")
    return Outcome(
        Say(message("You are on call already, so nothing was changed.", section(said))), "unchanged", tag="oncall:take"
    )


async def taken(connection: Connection, _: str, parameters: Mapping[str, Any], _team: Team) -> Message:
    """Announce who is on call from now on."""
    names = await roster.names(connection, [parameters["person"], parameters["before"]])
    who = names[parameters["person"]]
    before = md(", in place of {name}", name=names[parameters["before"]]) if parameters["before"] else md("")
    said = md(":eyes: *{who} is on call* from now on{before}.", who=who, before=before)
    return message(f"{who[:60]} is on call from now on.", section(said))


def declarations() -> tuple[Interaction, ...]:
    """Return what people can do about on call."""
    return (
        Interaction("command", "/faxi-oncall", "oncall:show", Right.READ, _command, help=_HELP),
        Interaction("action", "oncall.take", "oncall:take", Right.WORK, _take),
    )
