"""A runbook in words, for whoever writes one: what each step of each list and procedure does, and what it calls."""

from collections.abc import Iterator, Mapping

from bot.engine.procedures import Checklist, Procedure, Schedule, Step
from bot.engine.runbook import Runbook

_DOES = {
    "check": "the bot looks",
    "show": "the bot shows",
    "act": "the bot or a person starts",
    "confirm": "a person does it",
}


def lines(runbook: Runbook, described: Mapping[str, str]) -> Iterator[str]:
    """Say in words what a file holds.

    Parameters:
        described: a sentence on each check, show and act, by the name that a runbook calls.
    """
    lists, alerts = len(runbook.checklists), len(runbook.handbook.alerts)
    yield f"{lists} lists, {len(runbook.procedures) - lists} procedures, {alerts} alerts."
    for name, one in runbook.procedures.items():
        yield ""
        yield f"{name}: {one.title} (runbook: {one.source}){_when(one)}"
        for position, step in enumerate(one.steps, 1):
            yield f"  {position:2}. {step.title}: {_does(step, described)}"


def _when(one: Procedure) -> str:
    if not isinstance(one, Checklist):
        return f", when: {one.trigger}" if one.trigger else ""
    return f", comes {_days(one.schedule)}, to be done in {one.due_in} minutes"


def _days(schedule: Schedule) -> str:
    ahead = f"{schedule.ahead} minutes before " if schedule.ahead else ""
    return f"{schedule.on.replace('_', ' ')}, {ahead}{schedule.at}"


def _does(step: Step, described: Mapping[str, str]) -> str:
    """Say what a step does and what it calls, whom it asks, and what it leads to."""
    parts = [_DOES[step.kind]]
    if step.calls:
        parts = [f"{_DOES[step.kind]} ({step.calls})"]
        if step.calls in described:
            parts[0] += f": {described[step.calls]}"
    if step.why_by_hand:
        parts.append(f"by hand: {step.why_by_hand}")
    if step.asks:
        parts.append(f"asks {step.asks!r} when it is not in order")
    if step.leads_to:
        parts.append(f"when it fails, proposes {step.leads_to}")
    if step.when:
        parts.append(f"only if {step.when.step} is {step.when.state}")
    return "; ".join(parts)
