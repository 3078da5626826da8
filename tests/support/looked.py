"""A step as it stands after its check looked."""

from bot.engine import roster
from bot.engine.cases import Step
from bot.engine.checks import Finding
from tests.support.pressing import NOW


def step(name: str, found: Finding, title: str = "An item") -> Step:
    """Return a step whose check found this."""
    return Step(
        position=1,
        name="item",
        kind="check",
        title=title,
        state="done",
        who=roster.BOT,
        at=NOW,
        outcome=None,
        note=None,
        when_step=None,
        when_state=None,
        calls=name,
        verdict=found.verdict,
        facts=found.facts,
        looked_at=NOW,
    )
