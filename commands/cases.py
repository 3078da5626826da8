"""/faxi-case: one case, or the list of one's own and the team's; and all that people do about cases."""

from bot.engine import case_lists, case_numbers, cases
from bot.engine.access import Right
from bot.slack.blocks import message, section
from bot.slack.interactions import Call, Help, Interaction, Outcome, Say, Silent
from bot.slack.text import md
from commands import (
    case_keeping,
    case_list,
    case_messages,
    case_opening,
    case_record,
    case_steps,
    checklist_pages,
    which_case,
)

_HELP = Help(
    need="Work",
    does="shows a case, or what is open",
    usage=(
        ("/faxi-case", "your open cases and the team's, with what is next"),
        ("/faxi-case list", "the same"),
        ("/faxi-case OPS-0042", "one case, open or closed, with all its buttons"),
    ),
    hint="[OPS-0042 or list]",
)


async def _command(call: Call) -> Outcome:
    typed = call.click.text or await which_case.of_thread(call)
    if not typed or typed.lower() == "list":
        return await _list(call, 0)
    case_id = case_numbers.parse(typed)
    case = await cases.load(call.connection, case_id) if case_id else None
    if case is None:
        if case_id is None:
            said = md(":grey_question: *That is no case number.* Write it like `/faxi-case OPS-0042`.")
        else:
            said = md(
                ":grey_question: *There is no case {number}.* `/faxi-case` lists what is open.",
                number=cases.number(case_id),
            )
        answer = message("There is no such case, and nothing was changed.", section(said))
        return Outcome(Say(answer), "refused:not_found", allowed=False)
    if case.kind == "checklist":
        shown = await checklist_pages.items(call, case, "all", 0)
    else:
        shown = await case_messages.whole(call.connection, case, call.team, now=call.now)
    return Outcome(Say(shown), "shown", case_id=case.id, subject=case.subject)


async def _list(call: Call, offset: int) -> Outcome:
    mine = await case_lists.open_page(call.connection, owner=call.person.id)
    above = [line.id for line in mine.lines]
    page = await case_lists.open_page(call.connection, offset=offset, but=above)
    if offset and not page.lines:
        offset, page = 0, await case_lists.open_page(call.connection, but=above)
    shown = await case_list.listed(call.connection, mine, page, offset, call.team, call.now)
    return Outcome(Say(shown), "listed", parameters={"from": offset})


async def _page(call: Call) -> Outcome:
    return await _list(call, await case_list.page_offset(call.connection, call.click.value))


async def _link(_call: Call) -> Outcome:
    return Outcome(Silent(), "opened")


def declarations() -> tuple[Interaction, ...]:
    """Return what people can do about cases."""
    return (
        Interaction("command", "/faxi-case", "case:show", Right.READ, _command, help=_HELP),
        Interaction("action", "case.previous", "case:list", Right.READ, _page),
        Interaction("action", "case.next", "case:list", Right.READ, _page),
        *case_steps.declarations(),
        *case_keeping.declarations(),
        *case_record.declarations(),
        *case_opening.declarations(),
        Interaction("action", "open.link", "link:open", Right.HELP, _link, anywhere=True),
    )
