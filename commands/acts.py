"""What a person starts from an act of a case: the button that opens the form which does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.base.database import Connection
from bot.engine import cases, handles
from bot.engine.cases import Case, Step
from bot.mail import restrictions
from bot.slack.blocks import Block, button
from commands import account_buttons

ACKNOWLEDGE: Final = cases.ACKNOWLEDGE
"""The act, and the button, by which a person has a case."""

SHARE, LESSONS, DRILL = "report.share", "lists.lessons", "lists.drill"
"""The buttons of list items: a report goes to management, lessons are written down, a drill is recorded."""

HANDOFF, HANDOFF_NOTE = "handoff.start", "handoff.add"
"""The buttons that lead to the handoff under way, or draft one, and that add a note to it."""


@dataclass(frozen=True)
class Act:
    """How an act is started.

    Attributes:
        text: what the button says, at most 24 letters.
        action_id: of the button, which is declared where the form is.
        about: what the button's value names: the case's account, the step, or nothing.
        settles: whether doing it answers the step; else the person says so afterwards.
    """

    text: str
    action_id: str
    about: str = "nothing"
    settles: bool = False


ACTS: Final[Mapping[str, Act]] = {
    ACKNOWLEDGE: Act("I have it", ACKNOWLEDGE, "step", settles=True),
    "restrictions.ask": Act("Ask to restrict…", "restriction.ask", "account"),
    "lifts.ask": Act("Ask to lift…", "lift.ask", "account"),
    "contacts.record": Act("Record a contact…", account_buttons.CONTACT, "account"),
    "report.week.share": Act("Share with management", SHARE, "step", settles=True),
    "report.month.share": Act("Share with management", SHARE, "step", settles=True),
    "lists.lessons": Act("Write it down…", LESSONS, "step", settles=True),
    "lists.drill": Act("Record the drill…", DRILL, "step", settles=True),
    "handoffs.start": Act("Prepare handoff", HANDOFF, "step", settles=True),
    "handoffs.note": Act("Add a note…", HANDOFF_NOTE, "step", settles=True),
}
"""The acts that a person starts, by the name that a runbook calls; all others the bot does by itself."""


def of(step: Step) -> Act | None:
    """Return how a person starts a step; ``None`` for what is no act of theirs."""
    return ACTS.get(step.calls or "") if step.kind == "act" else None


async def start(connection: Connection, case: Case, step: Step, *, primary: bool) -> Block | None:
    """Make the button that starts an act of a person; ``None`` where it cannot be started from here."""
    act = of(step)
    if act is None:
        return None
    value = None
    if act.about == "step":
        value = await cases.step_value(connection, case.id, step.name)
    elif act.about == "account" and case.subject is not None:
        value = await handles.value_of(connection, restrictions.ACCOUNT, str(case.subject), 1)
    if act.action_id == account_buttons.CONTACT and value is None:
        return None  # a contact is recorded of an account that is known
    label = f"{act.text.rstrip('…')}: step {step.position} of {case.number}"
    return button(act.text, act.action_id, value, style="primary" if primary else None, label=label[:75])
