"""The buttons of a case: those that answer its present step, and those that it always has.

What would be refused is not shown: nothing that a decision of management or the bot itself is to settle.
"""

from typing import Final

from bot.base.database import Connection
from bot.duty import case_opening
from bot.engine import cases
from bot.engine.cases import Case, Step
from bot.engine.team import Team
from bot.mail import flagged, lifts, restrictions
from bot.slack.blocks import Block, actions, button
from commands import acts

ANSWER, RUN, LOOK, PROPOSE = "case.answer", "case.run", "case.look", "case.propose"
NOTE, HANDOVER, CLOSE, REOPEN, RECORD = "case.note", "case.handover", "case.close", "case.reopen", "case.show"
OWN_END: Final = frozenset({restrictions.ACTION, lifts.ACTION, flagged.PROCEDURE, "review"})
"""Procedures that end with a decision or by themselves, and are not opened again by a button."""
_GIVEN: Final = OWN_END - {flagged.PROCEDURE}
"""Of these, those that somebody has from the start."""
_LABEL: Final = 75


def may_answer(step: Step) -> bool:
    """Say whether a person answers a step: what is theirs to do, to show, or to start and then to say so."""
    act = acts.of(step)
    return step.is_persons or step.kind == "show" or (act is not None and not act.settles)


def may_look(step: Step) -> bool:
    """Say whether a person may have the bot look again."""
    return step.kind == "check" and step.looked_at is not None


def may_acknowledge(case: Case) -> bool:
    """Say whether the case waits for somebody who has it, or for whoever it was handed to to say that they do.

    A review is given to somebody from its start, and asks for no answer but its steps'.
    """
    if case.closed_at is not None or case.state != "open" or case.acknowledged_at is not None:
        return False
    return case.owner is None or case.procedure not in _GIVEN


def may_close(case: Case) -> bool:
    """Say whether all is answered, and closing asks for something."""
    return case.closed_at is None and case.closing is not None and case.present is None


def may_reopen(case: Case) -> bool:
    """Say whether a closed case can be opened again by a button."""
    return case.closed_at is not None and case.kind == "procedure" and case.procedure not in OWN_END


async def value_of(connection: Connection, case: Case) -> str | None:
    """Return the value of the buttons about a case as it stands; ``None`` for one that has no step yet."""
    step = case.present or (case.steps[-1] if case.steps else None)
    return None if step is None else await cases.step_value(connection, case.id, step.name)


async def of_present(connection: Connection, case: Case) -> list[Block]:
    """Make the buttons of the present step, with "I have it" first while nobody has the case."""
    made: list[Block] = []
    present, value = case.present, await value_of(connection, case)

    def add(text: str, action: str, label: str) -> None:
        style = None if made else "primary"
        made.append(button(text, action, value, style=style, label=label[:_LABEL]))  # type: ignore[arg-type]

    asked = present is not None and (act := acts.of(present)) is not None and act.action_id == acts.ACKNOWLEDGE
    if value is not None and may_acknowledge(case) and not asked:
        add("I have it", acts.ACKNOWLEDGE, f"I have it: {case.number} {case.title}")
    if present is None or case.state == "waiting":
        if value is not None and may_close(case):
            add("Close…", CLOSE, f"Close {case.number}: {case.title}")
        return made
    step = f"step {present.position} of {case.number}: {present.title}"
    if present.kind == "show":
        add("Show it", RUN, f"Show it: {step}")
    started = await acts.start(connection, case, present, primary=not made)
    if started is not None:
        made.append(started)
    if present.kind == "check" and may_look(present):
        add("Look now", LOOK, f"Look now at {step}")
    if may_answer(present):
        add("Answer…", ANSWER, f"Answer {step}")
    if present.link and made:
        made.append(button("Open the page", "open.link", url=present.link, label=f"Open the page of {step}"[:_LABEL]))
    return made


async def always(connection: Connection, case: Case) -> list[Block]:
    """Make the buttons that a case has at any time: those of an open one, or those of a closed one."""
    value = await value_of(connection, case)
    if value is None:
        return []
    number = case.number
    record = button("Show the record", RECORD, value, label=f"Show the record of {number}")
    if case.closed_at is not None:
        again = button("Open again…", REOPEN, value, label=f"Open again {number}")
        return [record, again] if may_reopen(case) else [record]
    return [
        button("Add note…", NOTE, value, label=f"Add note to {number}"),
        button("Hand over…", HANDOVER, value, label=f"Hand over {number} to somebody"),
        record,
    ]


async def proposals(connection: Connection, case: Case, team: Team) -> list[tuple[Step, Block]]:
    """Return the checks that are not in order, each with the row that starts the procedure which fits, or shows it."""
    if case.closed_at is not None:
        return []
    opened = {child.procedure for child in await case_opening.opened_from(connection, case.id)}
    found = []
    for step in case.steps:
        wanted = team.runbook.procedures.get(step.leads_to or "")
        if wanted is None or step.verdict not in {"warn", "fail"} or wanted.starts == "by_command":
            continue
        if wanted.about_account and case.subject is None:
            continue  # nobody has said which account yet: it is started by name
        value = await cases.step_value(connection, case.id, step.name)
        verb = "Show" if step.leads_to in opened else "Start"
        label = f"{verb} the procedure that fits step {step.position}: {wanted.title}"[:_LABEL]
        row = [button(f"{verb} the procedure", PROPOSE, value, label=label)]
        if case.present != step:
            row.append(button("Look again", LOOK, value, label=f"Look again at step {step.position}"))
        found.append((step, actions(*row, block_id=f"step-{step.position}")))
    return found
