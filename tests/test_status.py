"""/faxi-status: what needs whoever asks comes first, figures are as counted, and what is unknown says so."""

from bot.base.database import Pool
from tests.support.pressing import labels, press, shown, words


async def test_an_empty_bot_says_that_there_is_no_rate_and_no_event(pool: Pool) -> None:
    outcome = await press(pool, "/faxi-status", kind="command")
    message = shown(outcome)
    said = words(message.blocks)
    assert said.startswith(":warning: Not all is well\n*No mail was sent in 24 hours, so there is no rate.*\n")
    assert ":grey_question: *Complaints* no rate: 0 of 0 sent\nday before no rate (0 of 0)" in said
    assert said.endswith("No event of any mail has come yet.")
    assert labels(message.blocks)[0] == "Refresh"
