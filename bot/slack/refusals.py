"""What the bot says when it does not do something: what did not happen, why, and the next step."""

from datetime import datetime

from bot.engine.access import HOLDERS, Group, Membership, Right
from bot.engine.team import Team
from bot.slack import text
from bot.slack.blocks import Message, message, section
from bot.slack.text import md

_GROUPS = {
    Group.OPERATIONS: "operations",
    Group.ENGINEERING: "engineering",
    Group.MANAGEMENT: "management",
    Group.AUDITORS: "auditors",
}


def group_names(groups: frozenset[Group]) -> str:
    """Name groups in words: ``operations and management``."""
    words = [_GROUPS[group] for group in Group if group in groups]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "no group"


def not_allowed(right: Right, user: str, membership: Membership, team: Team) -> Message:
    """Say who may do this instead."""
    mine = membership.of(user)
    who = group_names(HOLDERS[right])
    sentence = f"Only {who} may {right.value}, so nothing was changed."
    lines = [md(":no_entry_sign: *Only {who} may {what}.* Nothing was changed.", who=who, what=right.value)]
    if mine == frozenset({Group.AUDITORS}):
        sentence = "Auditors read and search, so nothing was changed."
        lines = [
            md(":no_entry_sign: *Auditors read and search.* Nothing was changed."),
            md("Operations works on cases: {channel}.", channel=text.channel(team.channels.operations)),
        ]
    else:
        others = sorted(membership.holders(right) - {user})[:3]
        next_step = text.join(", ", [text.user(one) for one in others]) if others else md("Nobody may at the moment")
        ask = _may_ask_instead(right, user, membership)
        also = md(": you may ask for one, or write in the thread") if ask else md("")
        verb = "may decide" if right is Right.APPROVE_RESTRICTION else "may"
        may = md(
            "You are in {groups}{also}. {who} {verb}.", groups=group_names(mine), also=also, who=next_step, verb=verb
        )
        lines.append(may if others else md("You are in {groups}. {who}.", groups=group_names(mine), who=next_step))
    return message(sentence, section(text.join("\n", lines)))


def _may_ask_instead(right: Right, user: str, membership: Membership) -> bool:
    return right is Right.APPROVE_RESTRICTION and membership.holds(user, Right.ASK_RESTRICTION)


def in_no_group() -> Message:
    """Say that the person is in none of the groups."""
    return message(
        "You are in none of Faxi's groups, so nothing was shown or changed.",
        section(
            md(
                ":no_entry_sign: *You are in none of Faxi's groups.* Nothing was shown or changed.\n"
                "You may read `/faxi-help`. A workspace owner can add you."
            )
        ),
    )


def outsider() -> Message:
    """Refuse guests, bots and people of other workspaces."""
    return message(
        "Guests and people of other workspaces may not use this bot, so nothing was shown or changed.",
        section(
            md(
                ":no_entry_sign: *Not for guests or people of other workspaces.* Nothing was shown or changed.\n"
                "Ask the person who invited you."
            )
        ),
    )


def cannot_check_rights() -> Message:
    """Say that Slack does not tell who may what."""
    return message(
        "Your rights cannot be checked right now, so nothing was changed.",
        section(
            md(
                ":grey_question: *Your rights cannot be checked now:* Slack does not answer.\n"
                "Nothing was changed. Please press again in a minute."
            )
        ),
    )


def database_away(since: datetime, team: Team) -> Message:
    """Say that the database does not answer."""
    return message(
        "The database does not answer: nothing was changed, please press again later.",
        section(
            md(
                ":grey_question: *The database does not answer* since {since}.\n"
                "Nothing was changed. Please press again later.",
                since=text.instant(since, team.zone),
            )
        ),
    )


def database_away_words(since: datetime, reference: str, team: Team) -> str:
    """Say in plain text, below a field, that the database does not answer."""
    at = f"{text.clock_time(since, team.zone)} {since.astimezone(team.zone).tzname()}"
    return (
        f"The database does not answer since {at}. Nothing was changed. "
        f"Please press again later. Reference {reference}."
    )


def database_unsure(since: datetime, team: Team) -> Message:
    """Say that the database went away at the very end, so that nobody knows what became of the click."""
    return message(
        "The database does not answer, and it is not known whether your click still counted.",
        section(
            md(
                ":grey_question: *The database does not answer* since {since}.\n"
                "*Whether your click still counted is not known.* Please press again later: nothing is done twice.",
                since=text.instant(since, team.zone),
            )
        ),
    )


def unexpected(reference: str, team: Team) -> Message:
    """Say that something went wrong, with the reference that the log carries too."""
    return message(
        f"Something went wrong and nothing was changed (reference {reference}).",
        section(
            md(
                ":warning: *Something went wrong. Nothing was changed.*\n"
                "Please press again. If it stays, tell {channel} this reference: `{reference}`.",
                channel=text.channel(team.channels.engineering),
                reference=reference,
            )
        ),
    )


def not_here(team: Team) -> Message:
    """Say where commands work."""
    return message(
        "This works in the team's channels and in a message to faxi-bot.",
        section(
            md(
                ":heavy_minus_sign: *Not in this channel.* Nothing was shown or changed.\n"
                "People who are not of the team can read it.\n"
                "Use it in {channel} or in a message to me.",
                channel=text.channel(team.channels.operations),
            )
        ),
    )


def old_button() -> Message:
    """Say that a button is of a message that is out of date, or not the bot's own."""
    return message(
        "This button is old or not known here, so nothing was changed.",
        section(
            md(
                ":heavy_minus_sign: *This button is old, or not one of mine.* Nothing was changed.\n"
                "`/faxi-case` shows what is open."
            )
        ),
    )


def unknown_command(name: str) -> Message:
    """Say that there is no such command."""
    return message(
        "There is no such command, so nothing was changed.",
        section(
            md(
                ":grey_question: I do not know {name}. Nothing was changed.\n`/faxi-help` shows what I can do.",
                name=name,
            )
        ),
    )


def already_done() -> Message:
    """Answer an interaction that arrives a second time."""
    return message(
        "This was done already, so nothing was changed.",
        section(md(":white_check_mark: *This was done already.* Your click was not counted twice.")),
    )
