"""App Home: the three things to know at first, or whom to ask for access."""

from bot.engine.access import Right
from bot.slack import refusals
from bot.slack.blocks import View, actions, button, context, divider, header, home, section
from bot.slack.interactions import Call, Interaction, Outcome, ShowHome, Silent
from bot.slack.text import md
from commands import oncall


def _no_access() -> View:
    return home(
        header("Nothing here for you yet"),
        section(
            md(
                "You are in none of Faxi's groups (operations, engineering, management, auditors).\n"
                "Ask a workspace owner to add you. Until then `/faxi-help` works for you."
            )
        ),
        context(md("Nothing was shown or changed.")),
    )


async def _opened(call: Call) -> Outcome:
    if call.click.value != "home":
        return Outcome(Silent(), "other_tab")
    groups = call.membership.of(call.person.id)
    if not groups:
        return Outcome(ShowHome(_no_access()), "no_access")
    lines = [md("`/faxi-case` what is open, yours first"), md("`/faxi-help` everything you may use")]
    if call.membership.holds(call.person.id, Right.ASK_RESTRICTION):
        lines.insert(0, md("`/faxi-restrict` asks management to restrict an account"))
    quick = [button("Show help", "help.show")]
    if call.membership.holds(call.person.id, Right.ASK_RESTRICTION):
        quick.insert(0, button("Ask to restrict…", "restriction.ask", style="primary"))
    view = home(
        header("Welcome: start with these"),
        *(section(line) for line in lines),
        actions(*quick),
        divider(),
        section(
            await oncall.line(call.connection, call.team, may_take=call.membership.holds(call.person.id, Right.WORK))
        ),
        context(md("{name} · {groups}", name=call.person.name, groups=refusals.group_names(groups))),
    )
    return Outcome(ShowHome(view), "shown")


def declarations() -> tuple[Interaction, ...]:
    """Return what opens App Home."""
    return (Interaction("event", "app_home_opened", "home:open", Right.HELP, _opened, anywhere=True),)
