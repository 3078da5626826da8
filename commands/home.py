"""App Home: what waits for this person, then the three things to know at first; or whom to ask for access."""

from collections.abc import Callable, Sequence

from bot.duty.status import Status
from bot.engine.access import Right
from bot.slack import refusals
from bot.slack.blocks import Block, View, actions, button, context, divider, header, home, section
from bot.slack.interactions import Call, Catalogue, Interaction, Outcome, ShowHome, Silent
from bot.slack.text import md
from commands import needs_you, oncall, wording
from commands.needs_you import Needs


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


def _waiting(needs: Needs) -> Sequence[Block]:
    """Draw what waits for the person, each thing with its buttons; one line when nothing does."""
    if not needs.total:
        return [section(md(":white_check_mark: Nothing waits for you."))]
    drawn: list[Block] = [header(f"{wording.count(needs.total, 'thing waits', 'things wait')} for you")]
    for place, thing in enumerate(needs.things):
        drawn += needs_you.drawn(thing, primary=place == 0)
    more = needs.total - len(needs.things)
    if more > 0:
        drawn.append(section(md("And {more} more: `/faxi-case` lists what is open.", more=f"{more:,}")))
    return [*drawn, divider()]


def _quick(call: Call, needs: Needs) -> Block:
    quick = [button("Show help", "help.show"), button("Status", "status.show", label="Status: how all is")]
    if call.membership.holds(call.person.id, Right.ASK_RESTRICTION):
        above = any(thing.buttons for thing in needs.things)
        quick.insert(0, button("Ask to restrict…", "restriction.ask", style=None if above else "primary"))
    return actions(*quick)


def declarations(catalogue: Callable[[], Catalogue], status: Status) -> tuple[Interaction, ...]:
    """Return what opens App Home; the status is the process's own, which counts once for all who ask."""

    async def opened(call: Call) -> Outcome:
        if call.click.value != "home":
            return Outcome(Silent(), "other_tab")
        groups = call.membership.of(call.person.id)
        if not groups:
            return Outcome(ShowHome(_no_access()), "no_access")
        needs = await needs_you.needs(call, await status.figures(call.connection, call.now), catalogue())
        lines = [md("`/faxi-case` what is open, yours first"), md("`/faxi-help` everything you may use")]
        if call.membership.holds(call.person.id, Right.ASK_RESTRICTION):
            lines.insert(0, md("`/faxi-restrict` asks management to restrict an account"))
        may_take = call.membership.holds(call.person.id, Right.WORK)
        waiting = _waiting(needs)
        view = home(
            *(waiting if needs.total else ()),
            header("Welcome: start with these"),
            *(section(line) for line in lines),
            _quick(call, needs),
            divider(),
            *(() if needs.total else waiting),
            section(await oncall.line(call.connection, call.team, may_take=may_take)),
            context(md("{name} · {groups}", name=call.person.name, groups=refusals.group_names(groups))),
        )
        return Outcome(ShowHome(view), "shown")

    return (Interaction("event", "app_home_opened", "home:open", Right.HELP, opened, anywhere=True),)
