"""Playing a machine of a test on a database of its own, with the same games each time."""

import asyncio
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.local.postgres import Postgres
from tests.support.databases import clone


def play(template: Postgres, machine: Any, examples: int, steps: int) -> None:
    """Play a machine that counts what it came to in ``reached``, which begins at nothing.

    Parameters:
        machine: the class; it is given the ``database``.
        examples: how many games.
        steps: of each game.
    """
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        copy = clone(template)
        machine.database = runner.run(copy.__aenter__())
        machine.reached.clear()
        machine.games = 0
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=steps,
                    deadline=None,
                    derandomize=True,
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(copy.__aexit__(None, None, None))
